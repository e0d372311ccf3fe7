"""What notes and small print claim: windows, rows, keys, terms in grace, mixes, limits of groups, editions, comments; read as printed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.printed_sentences import ALL, COUNT, MONEY, NOW, THEN, Claim, Clause, PrintedReader, count, money, of

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW, RATES, ORDERS, LEADS, MIX, KEYS = (
    ("lapse", "all"),
    ("steady", "all"),
    ("rows", "orders"),
    ("rows", "leads"),
    ("mix", "region"),
    ("keys", "all"),
)
GOLD, SILVER, FORECAST, COMMENTS, OWNERS, EDITION = (
    ("limit", "Gold"),
    ("limit", "Silver"),
    ("forecast", "all"),
    ("comments", "all"),
    ("owners", "all"),
    ("edition", "all"),
)
MOST = (("referral", "0"), ("referral", "1"))
PERCENT, POINTS, AREA = r"(\d+(?:\.\d+)?%)", r"([+-]?\d+\.\d)", r"([+-]?\d\.\d{3})"
WHOLE_PERCENT = r"\((under 1%|over 99%|\d+%)\)"
PLAIN = r"(\d[\d,]*(?:\.\d+)?)"


def made_of(kind: str, *measures: str, split: tuple[str, str] = ALL) -> Claim:
    return Claim(kind, measures, NOW, split)


LOST_SHARES = (made_of("rate_of", "lost_customers", "opening_customers"), made_of("rate_of", "lost_amount", "opening_amount"))
NOTES: dict[str, tuple[str, tuple[Clause, ...]]] = {
    "lapse in force": (
        r"In force: ",
        (
            Clause(rf"after {COUNT} days? of silence", (of("in_force_days", WINDOW),)),
            Clause(
                rf"so long, {PERCENT} still come back within {COUNT} days?", (of("back_rate", WINDOW, "share"), of("within_days", WINDOW))
            ),
        ),
    ),
    "lapse suggested": (
        r"Suggested by the purchases: ",
        (
            Clause(
                rf"purchases: {COUNT} days? \({COUNT} to {COUNT}\), after",
                tuple(of(f"{name}_days", WINDOW) for name in ("suggested", "low", "high")),
            ),
            Clause(
                rf"at most {PERCENT} of the silent come back within {COUNT} days?",
                (of("tolerance_rate", WINDOW, "share"), of("within_days", WINDOW)),
            ),
            Clause(
                rf"data {COUNT} buyers? (?:is|are) active by it, {COUNT} by",
                (of("active_suggested_count", WINDOW), of("active_in_force_count", WINDOW)),
            ),
        ),
    ),
    "why steady": (
        r"Steady: ",
        (
            Clause(
                rf"Steady: {PERCENT} \({PERCENT} to {PERCENT}\) against {PERCENT} in Q3 2025",
                tuple(of(f"{name}_rate", RATES, "share") for name in ("now", "low", "high", "then")),
            ),
            Clause(rf"between {POINTS} and {POINTS} points", (of("least_rate", RATES, "points"), of("most_rate", RATES, "points"))),
            Clause(rf"were {PERCENT} of the customers at opening and held {PERCENT}", LOST_SHARES),
            Clause(
                rf"{COUNT} of those at opening were lost, against {COUNT} in Q3 2025",
                (count("lost_customers"), count("lost_customers", THEN)),
            ),
        ),
    ),
    "data": (
        r"Data to 30 September 2026: ",
        (
            Clause(rf"{COUNT} of {COUNT} rows? set aside", (made_of("aside", "aside_count"), made_of("aside", "read_count"))),
            Clause(rf"none of {COUNT} rows? set aside", (made_of("aside", "read_count"),)),
            Clause(r"(all|\d[\d,]*) in (orders|leads)", (made_of("worst_count", "aside_count"), made_of("worst", "aside_count"))),
            Clause(rf"in (?:orders|leads) \({MONEY}\)", (made_of("worst_money", "aside_amount"),)),
            Clause(rf"{COUNT} findings? to look at", (of("findings_count", ORDERS),)),
        ),
    ),
    "mix": (
        r"Excess: ",
        (
            Clause(
                rf"changed by {POINTS} points: {POINTS} since groups lost other shares, {POINTS} since",
                (made_of("points", "within", "mix", split=MIX), of("within", MIX, "points"), made_of("rest_points", "mix", split=MIX)),
            ),
        ),
    ),
    "matrix": (
        r"From the group in the row",
        (
            Clause(
                rf"sum to {COUNT} at opening, their columns to {COUNT} at closing", (count("opening_customers"), count("closing_customers"))
            ),
        ),
    ),
    "matrix rows": (r"Rows sum to ", (Clause(rf"sum to {MONEY},", (money("opening_amount"),)),)),
    "matrix columns": (r"Columns sum to ", (Clause(rf"sum to {MONEY},", (money("closing_amount"),)),)),
    "came and went": (r"Customers out hold", (Clause(rf"hold {COUNT} customers? who came and went", (count("in_and_out_customers"),)),)),
    "why they stay": (
        r"A reason is known of ",
        (
            Clause(
                rf"of {COUNT} of {COUNT} {WHOLE_PERCENT} who stayed",
                (
                    count("staying_reason_known_customers"),
                    count("stayed_customers"),
                    made_of("rate", "staying_reason_known_customers", "stayed_customers"),
                ),
            ),
            Clause(
                rf"and of {PLAIN} of {PLAIN} {WHOLE_PERCENT} of their value",
                (
                    made_of("plain", "staying_reason_known_amount"),
                    made_of("plain", "stayed_amount"),
                    made_of("rate", "staying_reason_known_amount", "stayed_amount"),
                ),
            ),
        ),
    ),
    "in grace": (r".*Rates are compared once", (Clause(rf"over: {COUNT} terms? waits?", (count("terms_in_grace_count"),)),)),
    "uncosted": (
        r".* of the revenue",
        (
            Clause(
                rf"{MONEY} of the revenue {WHOLE_PERCENT} has no known",
                (money("uncosted_amount"), made_of("rate", "uncosted_amount", "revenue_amount")),
            ),
        ),
    ),
    "limits": (
        r"Value groups are cut",
        (Clause(rf"Gold from {MONEY}, Silver from {MONEY};", (of("from_amount", GOLD), of("from_amount", SILVER))),),
    ),
    "keys": (
        r"Of [\d,-]+ keys? of customers",
        (
            Clause(
                rf"Of {COUNT} keys? of customers in the rows, {COUNT} stands? for one customer, {COUNT} for nobody",
                (of("rows_count", KEYS), made_of("matched", "rows_count", split=KEYS), of("unmatched_count", KEYS)),
            ),
            Clause(rf"and {COUNT} for several", (of("ambiguous_count", KEYS),)),
        ),
    ),
    "forecast": (
        r"Last year's score",
        (
            Clause(
                rf"curve {AREA} with it, {AREA} without; difference {AREA} \({AREA} to {AREA}\)",
                (
                    of("with_area", FORECAST, "area"),
                    of("without_area", FORECAST, "area"),
                    made_of("gain", "with_area", "without_area", split=FORECAST),
                    of("low", FORECAST, "area"),
                    of("high", FORECAST, "area"),
                ),
            ),
            Clause(r"(is not shown to have foretold|score foretold who)", (made_of("shown", "low", split=FORECAST),)),
        ),
    ),
    "foretold": (
        r"Of [\d,-]+ customers? on ",
        (
            Clause(rf"Of {COUNT} customers? on", (of("customers_count", FORECAST),)),
            Clause(rf"before, {COUNT} w(?:as|ere) lost", (of("lost_count", FORECAST),)),
        ),
    ),
    "comments": (
        r"Comments of no theme",
        (Clause(rf": {COUNT} of {COUNT}\.", (of("of_none_count", COMMENTS), of("comments_count", COMMENTS))),),
    ),
    "owners": (r"[\d,-]+ further owners?", (Clause(rf"{COUNT} further owners?", (of("further_count", OWNERS),)),)),
    "won most": (
        r"The 2 recommendations",
        (Clause(rf"worth {MONEY} and {MONEY} a year", tuple(of("won_amount", place) for place in MOST)),),
    ),
    "correction": (
        r"Customers out .* → ",
        (
            Clause(
                rf"out {COUNT} → {COUNT} \(([+-]?[\d,]+)\)",
                (of("before", EDITION), of("after", EDITION), made_of("risen", "before", "after", split=EDITION)),
            ),
        ),
    ),
}
"""Every kind: how its line begins, and its clauses."""


class NotesReader(PrintedReader):
    """Reads such sentences against the same text, in which tables of their own stand as further parts."""

    kinds = NOTES
    named = (r"30 September 202[56]", "The 2 recommendations", "365 days later")

    def is_borne_out(self, text: str, claim: Claim) -> bool:
        values = [self.figures.get((claim.period, *claim.split, measure), Decimal(0)) for measure in claim.measures]
        checks = {
            "share": lambda: self.is_rate(text, values[0]),
            "rate_of": lambda: self.is_rate(text, values[0] / values[1]),
            "points": lambda: abs(Decimal(text) - 100 * sum(values)) <= Decimal("0.0501"),
            "rest_points": lambda: abs(Decimal(text) - 100 * values[0]) <= Decimal("0.1001"),
            "area": lambda: abs(Decimal(text) - values[0]) <= Decimal("0.0005"),
            "gain": lambda: abs(Decimal(text) - (values[0] - values[1])) <= Decimal("0.001"),
            "shown": lambda: text.startswith("is not") is (values[0] <= 0),
            "plain": lambda: Decimal(text.replace(",", "")) == values[0],
            "aside": lambda: self.whole(text) == sum(self.rows(claim.measures[0])),
            "worst": lambda: self.figures[NOW, "rows", text, "aside_count"] == max(self.rows("aside_count")),
            "worst_count": lambda: self.is_worst(text),
            "worst_money": lambda: super(NotesReader, self).is_borne_out(text, of("aside_amount", self.worst_place())),
            "matched": lambda: self.whole(text) == self.matched(),
            "risen": lambda: self.whole(text) == values[1] - values[0],
        }
        return checks[claim.kind]() if claim.kind in checks else super().is_borne_out(text, claim)

    def holds(self, line: str, clauses: Sequence[Clause]) -> bool:
        areas = [Decimal(text) for text in re.findall(AREA, line)] if line.startswith("Last year") else [Decimal(0)] * 3
        points = [Decimal(text) for text in re.findall(POINTS, line)] if line.startswith("Excess") else [Decimal(0)] * 3
        adds_up = areas[0] - areas[1] == areas[2] and points[0] == points[1] + points[2]
        return super().holds(line, clauses) and self.says_all_of_the_data(line) and adds_up

    def says_all_of_the_data(self, line: str) -> bool:
        """Whether rows that were set aside are not passed over, nor their money, nor what there is to look at."""
        if not line.startswith("Data to "):
            return True
        aside = sum(self.rows("aside_count"))
        has_money = bool(aside and self.figures[NOW, *self.worst_place(), "aside_amount"])
        found = self.figures[NOW, *ORDERS, "findings_count"]
        shown = (
            "none of" not in line,
            bool(re.search(rf"in (?:orders|leads) \({MONEY}\)", line)),
            "to look at" in line and "nothing" not in line,
        )
        return shown == (aside > 0, has_money, found > 0)

    def rows(self, measure: str) -> list[Decimal]:
        return [self.figures[NOW, *place, measure] for place in (ORDERS, LEADS)]

    def worst_place(self) -> tuple[str, str]:
        orders, leads = self.rows("aside_count")
        return ORDERS if orders >= leads else LEADS

    def is_worst(self, text: str) -> bool:
        counts = self.rows("aside_count")
        return max(counts) == sum(counts) if text == "all" else self.whole(text) == max(counts) < sum(counts)

    def matched(self) -> Decimal:
        every, nobody, several = (self.figures[NOW, *KEYS, f"{name}_count"] for name in ("rows", "unmatched", "ambiguous"))
        return every - nobody - several
