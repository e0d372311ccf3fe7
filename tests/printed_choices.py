"""What sentences claim of other rules, intakes, the whole base, what others offer, calls and restatements; read as printed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.printed_sentences import COUNT, MONEY, NOW, SIGNED, Claim, Clause, PrintedReader, count, money, of, reads_as

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES = {"Ours": "own", "At notice": "notice", "Every move counted": "moves"}
"""Sets of choices by how a reader is told of them."""
MONTHS = ("2026-05", "2026-06")
"""Two intakes: the one before, and the latest."""
BEST, EVERY, RECENT, CALLS, SPREAD, COST = (
    ("base", "best"),
    ("base", "every"),
    ("base", "recent"),
    ("calls", "all"),
    ("spread", "2026-06"),
    ("cost", "2026-06"),
)
PERCENT = r"\((under 1%|over 99%|[\d.]+%)\)"
OUT = ("customers_out", "customers_out_amount")


def _rule(label: str, kind: str) -> tuple[Claim, ...]:
    return (Claim(kind, ("out",), NOW, ("rule", RULES[label])),)


def _restated(word: str, measure: str) -> Clause:
    places = (("published", "1"), ("published", "2"))
    then, now = (of(measure, place) for place in places)
    return Clause(rf"{word} {COUNT} → {COUNT} \({SIGNED}\)", (then, now, Claim("risen", (measure,), NOW)))


CHOICES: dict[str, tuple[str, tuple[Clause, ...]]] = {
    "steady": (
        r"Retention steady at ",
        (
            Clause(r"steady at ([\d.]+%): that", (Claim("stayed_rate", ("opening_customers", "lost_customers")),)),
            Clause(rf"that is {COUNT} (?:person|people)", (count(OUT[0]),)),
            Clause(rf"\({COUNT} of whom also came", (count("in_and_out_customers"),)),
            Clause(rf" and {MONEY}\.", (money(OUT[1]),)),
            Clause(rf"we had to win {COUNT}; we won {COUNT}\.", (count(OUT[0]), count("customers_in"))),
        ),
    ),
    "range": (
        r"Lost [\d,-]+ (?:whatever|\()",
        (
            *(Clause(rf"Lost {COUNT} \({label}\)", _rule(label, "least")) for label in RULES),
            *(Clause(rf"to {COUNT} \({label}\)", _rule(label, "most_of_rules")) for label in RULES),
            Clause(rf"{COUNT} by ours", (of("out", ("rule", "own")),)),
            Clause(rf"Lost {COUNT} whatever", _rule("Ours", "alike")),
        ),
    ),
    "quality": (
        r"New customers: 30 days on",
        (
            Clause(rf"June 2026 had brought {MONEY} each", (Claim("each", ("30",), NOW, ("intake", MONTHS[1])),)),
            Clause(rf"\(without one customer {MONEY}\)", (of("mean_amount", SPREAD),)),
            Clause(
                rf"(more|less) than the {MONEY} of the intake before it",
                (Claim("more_each", MONTHS), Claim("each", ("30",), NOW, ("intake", MONTHS[0]))),
            ),
        ),
    ),
    "cost": (
        r"Cost of a new customer: ",
        (
            Clause(rf"{MONEY} in June 2026", (Claim("each_of", ("cost_amount", "customers_count"), NOW, COST),)),
            Clause(rf"after {COUNT} days?", (of("paid_back_days", COST),)),
        ),
    ),
    "base": (
        r"The most valuable [\d,-]+ of",
        (
            Clause(
                rf"most valuable {COUNT} of {COUNT} customers? are worth {MONEY} of {MONEY} {PERCENT}",
                (
                    of("base_count", BEST),
                    of("base_count", EVERY),
                    of("base_amount", BEST),
                    of("base_amount", EVERY),
                    Claim("part_of_base", ("base_amount",), NOW, BEST),
                ),
            ),
            Clause(
                rf"{COUNT} came within the last year, and are worth {MONEY} {PERCENT}",
                (of("base_count", RECENT), of("base_amount", RECENT), Claim("part_of_base", ("base_amount",), NOW, RECENT)),
            ),
        ),
    ),
    "relative": (
        r"(?:[\d,]+ customers?|no customers) rated",
        (
            Clause(rf"{COUNT} customers? rated", (count("comparing_customers"),)),
            Clause(r"pay (-?[\d.]+) from us", (Claim("mean", ("own_points_count", "comparing_customers")),)),
            Clause(r"and (-?[\d.]+) from the best", (Claim("mean", ("competitor_points_count", "comparing_customers")),)),
            Clause(r"of (-?[\d.]+)\.$", (Claim("mean", ("own_points_count", "competitor_points_count")),)),
        ),
    ),
    "wallet": (
        r"By our place among",
        (
            Clause(
                rf"that {COUNT} customers? use, {MONEY} of the {MONEY} that",
                (count("spending_customers"), money("wallet_amount"), money("category_spend_amount")),
            ),
            Clause(rf"are ours {PERCENT}", (Claim("rate", ("wallet_amount", "category_spend_amount")),)),
        ),
    ),
    "calls": (
        r"Of [\d,-]+ customers? lost in",
        (
            Clause(rf"Of {COUNT} customers? lost", (count(OUT[0]),)),
            Clause(rf"the reason of {COUNT} is known", (count("reason_known_customers"),)),
            Clause(rf"{COUNT} were called and {COUNT} reached", (of("called_count", CALLS), of("reached_count", CALLS))),
        ),
    ),
    "restated": (
        r"Restated: Q2 2026 \(edition 1 → 2\)",
        (_restated("customers in", "customers_in"), _restated("customers out", "customers_out")),
    ),
}
"""Every kind: how its line begins, and its clauses."""


class ChoicesReader(PrintedReader):
    """Reads such sentences against the same text, in which tables of their own stand as further parts."""

    kinds = CHOICES
    named = ("30 days on", "edition 1 → 2", "(?:May|June) 2026")

    def is_borne_out(self, text: str, claim: Claim) -> bool:
        values = [self.figures.get((claim.period, *claim.split, measure), Decimal(0)) for measure in claim.measures]
        rules = [self.figures[NOW, "rule", name, "out"] for name in RULES.values()]
        checks = {
            "stayed_rate": lambda: self.is_rate(text, 1 - values[1] / values[0]),
            "least": lambda: self.whole(text) == values[0] == min(rules),
            "most_of_rules": lambda: self.whole(text) == values[0] == max(rules),
            "alike": lambda: self.whole(text) == values[0] and len(set(rules)) == 1,
            "each": lambda: reads_as(text, self.each(claim.split[1])),
            "more_each": lambda: (text == "more") is (self.each(MONTHS[1]) > self.each(MONTHS[0])),
            "each_of": lambda: reads_as(text, round(values[0] / values[1], 2)),
            "part_of_base": lambda: self.is_rate(text, values[0] / self.figures[NOW, *EVERY, "base_amount"]),
            "mean": lambda: abs(Decimal(text) - values[0] / values[1]) <= Decimal("0.5001") / 10 ** len(text.partition(".")[2]),
            "risen": lambda: (
                self.whole(text)
                == self.figures[NOW, "published", "2", claim.measures[0]] - self.figures[NOW, "published", "1", claim.measures[0]]
            ),
        }
        return checks[claim.kind]() if claim.kind in checks else super().is_borne_out(text, claim)

    def holds(self, line: str, clauses: Sequence[Clause]) -> bool:
        brought = re.search(rf"June 2026 had brought {MONEY} each", line)
        is_alike = brought is not None and reads_as(brought[1], self.each(MONTHS[0]))
        return super().holds(line, clauses) and (brought is None or is_alike or " than the " in line)

    def each(self, month: str) -> Decimal:
        """What a customer of an intake had brought in 30 days."""
        amount, customers = (self.figures[NOW, "intake", month, name] for name in ("intake_value_30_amount", "intake_reached_30_customers"))
        return round(amount / customers, 2)
