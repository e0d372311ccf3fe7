"""What each kind of printed sentence claims, clause by clause, held against figures.csv; shares no code with what writes them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOW, THEN = "2026-Q3", "2025-Q3"
ALL = ("all", "all")
REASONS = {"Too expensive": "a", "Moved away": "b"}
"""The company's reasons, and their codes."""
STEP = {"k": 10**3, "m": 10**6, "bn": 10**9}
COUNT, SIGNED = r"(?<![\d,.-])(none|no|-?\d[\d,]*)", r"([+-]?[\d,]+)"
RATE = r"\((under 1%|over 99%|under 0\.1%|[\d.]+%)\)"
MONEY = r"([+-]?EUR [\d.,]+(?:bn|m|k)?)"


@dataclass(frozen=True)
class Claim:
    """One number of a clause: how it reads, and which figures it is made of."""

    kind: str
    """count, money, difference, rate, taken_off (printed with a minus), less (one count less another), most (the reason with the most)."""
    measures: tuple[str, ...]
    period: str = NOW
    split: tuple[str, str] = ALL


@dataclass(frozen=True)
class Clause:
    """A run of printed text with its numbers in order."""

    pattern: str
    claims: tuple[Claim, ...]


def of(measure: str, split: tuple[str, str], kind: str = "count") -> Claim:
    """A number of one part: money where its measure says so."""
    return Claim("money" if measure.endswith("_amount") else kind, (measure,), NOW, split)


def count(measure: str, period: str = NOW, split: tuple[str, str] = ALL) -> Claim:
    return Claim("count", (measure,), period, split)


def money(measure: str, split: tuple[str, str] = ALL) -> Claim:
    return Claim("money", (measure,), NOW, split)


def rate(part: str, whole: str) -> Claim:
    return Claim("rate", (part, whole))


def moved(name: str, label: str) -> Clause:
    return Clause(rf"{COUNT} {label}(?: \({MONEY}\))?", (count(f"{name}_customers"), money(f"{name}_amount")))


def against(label: str, measure: str) -> Clause:
    return Clause(rf"{label} {SIGNED} \(then {SIGNED}\)", (Claim("difference", (measure,)), count(measure, THEN)))


def most_often(text: str, measure: str, split_by: str) -> Clause:
    return Clause(rf"{text} “({'|'.join(REASONS)})”", (Claim("most", (measure,), NOW, (split_by, "")),))


def of_share(part: str, whole: str, text: str) -> Clause:
    return Clause(rf"{COUNT} of {COUNT}(?: {RATE})?{text}", (count(part), count(whole), rate(part, whole)))


OUT, OUT_AMOUNT = "customers_out", "customers_out_amount"
TOLD_US = Clause(rf"\({COUNT} told us, {COUNT} contract ended\)", (count("left_notified_customers"), count("left_ended_customers")))
RECORDED = "told_departure_customers"
KNOWN = of_share("reason_known_customers", OUT, "")
OF_TERMS = (
    of_share("terms_renewed_count", "terms_due_count", " terms? due"),
    Clause(rf"worth {MONEY} of {MONEY} a year", (money("terms_renewed_amount"), money("terms_due_amount"))),
    Clause(rf"{COUNT} of them only by", (count("terms_beside_count"),)),
    Clause(rf"{COUNT} of the others (?:is|are) in grace on 30 September 2026", (count("terms_in_grace_count"),)),
    Clause(
        rf"renewed of those decided: {COUNT} of {COUNT}(?: {RATE})?",
        (count("terms_renewed_count"), count("terms_decided_count"), rate("terms_renewed_count", "terms_decided_count")),
    ),
)
OF_BUYING = (
    of_share("bought_again_customers", "opening_customers", " customers at opening"),
    Clause(rf"for {MONEY}", (money("bought_again_amount"),)),
)
OF_AHEAD = (
    Clause(rf"{COUNT} terms? comes?", (count("due_ahead_1_count"),)),
    Clause(rf"of {COUNT} customers?, worth {MONEY}", (count("due_ahead_1_customers"), money("due_ahead_1_amount"))),
)
KINDS: dict[str, tuple[str, tuple[Clause, ...]]] = {
    "thread in": (r"In: .* new", (moved("new", "new"), moved("returned", "returned"), moved("in_and_out", "in and out"))),
    "thread out": (
        r"Out: .* left",
        (moved("left", r"left \(on record\)"), TOLD_US, moved("lapsed", r"lapsed \(went silent\)"), moved("in_and_out", "in and out")),
    ),
    "stayed": (
        r"Stayed: ",
        (
            moved("increased", "worth more"),
            Clause(rf"{COUNT} worth less(?: \({MONEY}\))?", (count("decreased_customers"), Claim("taken_off", ("decreased_amount",)))),
        ),
    ),
    "against": (
        r"Against ",
        tuple(against(label, name) for label, name in (("in", "customers_in"), ("out", OUT), ("net", "net_customers"))),
    ),
    "why they went": (
        r"Why they went: ",
        (
            of_share("reason_known_customers", OUT, " customers out"),
            Clause(rf"of {MONEY} of {MONEY} a year", (money("reason_known_amount"), money(OUT_AMOUNT))),
        ),
    ),
    "departures recorded": (
        r"Departures recorded: ",
        (
            Clause(rf"{COUNT} customers?, whether", (count(RECORDED),)),
            most_often("most often", RECORDED, "told_reason"),
            Clause(rf"“Too expensive” \({COUNT}\)", (count(RECORDED, NOW, ("told_reason", "a")),)),
            Clause(rf"“Moved away” \({COUNT}\)", (count(RECORDED, NOW, ("told_reason", "b")),)),
        ),
    ),
    "renewals sheet": (
        r"[\d,]+ of [\d,]+ (?:\([^)]*\) )?terms? due .*(?:bought again|after the period)",
        (*OF_TERMS, *OF_BUYING, *OF_AHEAD),
    ),
    "renewals": (r"Renewals: ", OF_TERMS),
    "bought again": (r"Bought again: ", OF_BUYING),
    "coming due": (r"Coming due: ", OF_AHEAD),
    "weakening": (
        r"Weakening: ",
        (
            Clause(
                rf"{COUNT}(?: {RATE})? of {COUNT} customers? who stayed",
                (count("weakening_customers"), rate("weakening_customers", "staying_customers"), count("staying_customers")),
            ),
            Clause(rf"worth {MONEY}", (money("weakening_amount"),)),
        ),
    ),
    "value line": (
        r"EUR .* came in",
        (
            Clause(rf"{MONEY} came in", (money("customers_in_amount"),)),
            Clause(rf"{MONEY} went;", (money(OUT_AMOUNT),)),
            Clause(
                rf"base {COUNT} → {COUNT} \({SIGNED}\)", (count("opening_customers"), count("closing_customers"), count("net_customers"))
            ),
        ),
    ),
    "lost customers": (
        r"[\d,]+ customers? went in",
        (
            Clause(rf"{COUNT} customers? went in", (count(OUT),)),
            Clause(rf"worth {MONEY} a year:", (money(OUT_AMOUNT),)),
            Clause(rf"{COUNT} left \(on record\)", (count("left_customers"),)),
            TOLD_US,
            Clause(rf"{COUNT} lapsed", (count("lapsed_customers"),)),
            Clause(rf"{COUNT} came and went", (count("in_and_out_customers"),)),
            *(
                Clause(
                    rf"told most is “{reason}” \({COUNT} customers?, {MONEY}",
                    (count(OUT, NOW, ("reason", code)), money(OUT_AMOUNT, ("reason", code))),
                )
                for code, reason in (("a", "Too expensive"), ("b", "Moved away"))
            ),
            Clause(rf"known of {COUNT} of {COUNT}(?: {RATE})?", KNOWN.claims),
            most_often("told most is", OUT, "reason"),
            most_often("most often", RECORDED, "told_reason"),
            Clause(rf"recorded of {COUNT} customers?", (count(RECORDED),)),
            Clause(rf"most often “Too expensive” \({COUNT}\)", (count(RECORDED, NOW, ("told_reason", "a")),)),
            Clause(rf"most often “Moved away” \({COUNT}\)", (count(RECORDED, NOW, ("told_reason", "b")),)),
        ),
    ),
    "new customers": (
        r"(?:[\d,]+ new customers?|[\d,]+ newcomers?)",
        (
            Clause(rf"{COUNT} new customers?, worth {MONEY}", (count("new_customers"), money("new_amount"))),
            Clause(rf"{COUNT} newcomers?", (Claim("less", ("first_time_customers", "new_customers")),)),
        ),
    ),
    "reason a": (
        r"Too expensive: ",
        (Clause(rf"{COUNT} customers?, {MONEY}", (count(OUT, NOW, ("reason", "a")), money(OUT_AMOUNT, ("reason", "a")))),),
    ),
    "reason b": (
        r"Moved away: ",
        (Clause(rf"{COUNT} customers?, {MONEY}", (count(OUT, NOW, ("reason", "b")), money(OUT_AMOUNT, ("reason", "b")))),),
    ),
}
"""Every kind: how its line begins, and its clauses."""
NAMED = (r"Q[1-4] 20\d\d", r"within 90 days", r"explain 2026-Q3")
"""What holds digits and is no figure: names of periods, in words and in commands, and the company's own number of days."""


def reads_as(text: str, amount: Decimal) -> bool:
    """Whether an amount that is shortened so may be this one."""
    read = re.fullmatch(r"([+-]?)EUR ([\d.,]+)(bn|m|k)?", text)
    assert read, text
    sign, digits, step = read.groups()
    scale = STEP.get(step or "", 1)
    shown = Decimal(digits.replace(",", "")) * scale * (-1 if sign == "-" else 1)
    places = len(digits.partition(".")[2])
    return abs(shown - amount) <= Decimal(scale) / 10**places / 2


class PrintedReader:
    """Reads printed lines against the text of figures.csv."""

    kinds = KINDS
    named: tuple[str, ...] = ()
    """What else holds digits and is no figure."""

    def __init__(self, figures_csv: str) -> None:
        rows = csv.DictReader(io.StringIO(figures_csv))
        self.figures = {(row["period"], row["split_by"], row["split"], row["measure"]): Decimal(row["value"]) for row in rows}

    def kind_of(self, line: str) -> str | None:
        return next((kind for kind, (begins, _clauses) in self.kinds.items() if re.match(begins, line)), None)

    def wrong(self, lines: Iterable[str]) -> list[str]:
        """The lines that do not hold, and those with a number that no clause accounts for."""
        return [line for line in lines if (kind := self.kind_of(line)) and not self.holds(line, self.kinds[kind][1])]

    def holds(self, line: str, clauses: Sequence[Clause]) -> bool:
        rest = list(line)
        for clause in clauses:
            read = re.search(clause.pattern, line)
            if read is None:
                continue
            shown = [(text, claim) for text, claim in zip(read.groups(), clause.claims, strict=True) if text is not None]
            if not all(self.is_borne_out(text, claim) for text, claim in shown):
                return False
            rest[slice(*read.span())] = " " * len(read[0])
        if not self.says_what_was_recorded(line):
            return False
        left_over = re.sub("|".join((*NAMED, *self.named)), "", "".join(rest))
        return not re.search(r"\d", left_over)

    def says_what_was_recorded(self, line: str) -> bool:
        """Whether departures that were recorded of more than twice those who left on record are said of the lost, and others are not."""
        if not re.match(self.kinds.get("lost customers", ("(?!)", ()))[0], line):
            return True
        recorded, left, brief = (
            self.figures.get((NOW, "all", "all", name), Decimal(0)) for name in (RECORDED, "left_customers", "in_and_out_customers")
        )
        return ("Departures were recorded of" in line) is (recorded > 2 * (left + brief))

    def is_borne_out(self, text: str, claim: Claim) -> bool:
        values = [self.figures.get((claim.period, *claim.split, measure), Decimal(0)) for measure in claim.measures]
        if claim.kind == "most":
            told = {part: self.figures[NOW, claim.split[0], part, claim.measures[0]] for part in REASONS.values()}
            return told[REASONS[text]] == max(told.values())
        if claim.kind == "rate":
            return bool(values[1]) and self.is_rate(text, values[0] / values[1])
        if claim.kind in {"money", "taken_off"}:
            return reads_as(text, values[0] if claim.kind == "money" else -values[0])
        if claim.kind == "difference":
            then = self.figures.get((THEN, *claim.split, claim.measures[0]), Decimal(0))
            return self.whole(text) == values[0] - then
        return self.whole(text) == (values[0] - values[1] if claim.kind == "less" else values[0])

    @staticmethod
    def whole(text: str) -> Decimal:
        return Decimal(0) if text in {"none", "no", "None"} else Decimal(text.replace(",", ""))

    @staticmethod
    def is_rate(text: str, part: Decimal) -> bool:
        if text.startswith(("under", "over")):
            return 0 < 100 * part < Decimal(text[6:-1]) if text.startswith("under") else Decimal(text[5:-1]) < 100 * part < 100
        places = len(text[:-1].partition(".")[2])
        return abs(Decimal(text[:-1]) - 100 * part) <= Decimal("0.5001") / 10**places
