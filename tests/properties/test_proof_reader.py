"""A proof-reader of the message: it reads what is printed, and reckons again from the figures, sharing no code with what writes it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.reporting.pages.message import message_sentences
from tasks.reporting.retention import ExcessLoss, Whereabouts
from tests.printed_sentences import reads_as

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import FigureName, Sentence

THEN, NOW = "2025-Q3", "2026-Q3"
COUNTS = st.integers(0, 900)
Figures = "Mapping[tuple[str, str, str, str], int | Decimal]"
N = r"(none|no customers|[\d,]+)"
MONEY = r"(-?EUR [\d.,]+(?:bn|m|k)?)"
RATE = r"(over 99\.9%|under 0\.1%|[\d.]+%)"


def number(text: str) -> int:
    return 0 if text in {"none", "no customers"} else int(text.replace(",", ""))


def percent_is(text: str, part: Decimal, whole: Decimal) -> bool:
    rate = part / whole
    if text.startswith(("over", "under")):
        return Decimal("0.9995") <= rate < 1 if text.startswith("over") else 0 < rate <= Decimal("0.0005")
    return abs(Decimal(text[:-1]) - 100 * rate) <= Decimal("0.0501")


class Reader:
    """The figures of one company, and what each kind of line says of them; `wrong` names the kinds that do not hold."""

    def __init__(self, facts: ScorecardData) -> None:
        self.figures, self.splits, self.words = facts.figures, facts.splits, facts.reason_labels

    def of(self, measure: str, period: str = NOW, by: str = "all", segment: str = "all") -> int | Decimal:
        return self.figures[period, by, segment, measure]

    def lost(self, period: str, by: str = "all", segment: str = "all") -> tuple[int, int]:
        left, lapsed, opening = (int(self.of(f"{each}_customers", period, by, segment)) for each in ("left", "lapsed", "opening"))
        return left + lapsed, opening

    def wrong(self, lines: list[str]) -> set[str]:
        checks: dict[str, Callable[[str], bool]] = {
            r"We brought in ": self.headline,
            r"Q3 2026: ": self.retention,
            r"-?[\d,]+ → ": self.base,
            r"In: ": lambda line: self.direction(line, "customers_in"),
            r"Out: ": lambda line: self.direction(line, "customers_out"),
            r"Where: (?!everywhere)": self.where,
            r"Why: ": self.why,
            r"Still to win: ": self.still,
        }
        found = {pattern: [line for line in lines if re.match(pattern, line)] for pattern in checks}
        return {pattern for pattern, read in found.items() for line in read if not checks[pattern](line)}

    def headline(self, line: str) -> bool:
        read = re.fullmatch(rf"We brought in {N}(?: customers?)?(, but we| and) lost {N}\.", line)
        assert read, line
        came, but, went = read.groups()
        counts = number(came), number(went)
        return counts == (self.of("customers_in"), self.of("customers_out")) and (but == ", but we") is (counts[0] < counts[1])

    def retention(self, line: str) -> bool:
        read = re.fullmatch(
            r"Q3 2026: retention (fell|rose|steady), ([\d,]+) of ([\d,]+) customers stayed "
            r"\(([^;]+); a year ago ([^,)]+)(, within chance)?\); "
            rf"value(?: (fell|rose|steady))?, {RATE} \({RATE}(, within chance)?\)",
            line,
        )
        assert read, line
        verdict, stayed, opening, now, then, chance, of_value, value_now, value_then, chance_of_value = read.groups()
        holds = [(number(opening) - number(stayed), number(opening)) == self.lost(NOW)]
        rates, values = [], []
        for period, shown, shown_value in ((NOW, now, value_now), (THEN, then, value_then)):
            lost, base = self.lost(period)
            held, gone = self.of("opening_amount", period), self.of("left_amount", period) + self.of("lapsed_amount", period)
            rates.append(Decimal(base - lost) / base)
            values.append(Decimal(held - gone) / Decimal(held))
            holds += [percent_is(shown, Decimal(base - lost), Decimal(base)), percent_is(shown_value, Decimal(held - gone), Decimal(held))]
        holds += [agrees(verdict, rates[0] - rates[1], within_chance=bool(chance))]
        holds += [agrees(of_value or "steady", values[0] - values[1], within_chance=bool(chance_of_value)) or not of_value]
        return all(holds)

    def base(self, line: str) -> bool:
        read = re.fullmatch(rf"{N} → {N}(?: customers?)? \(([+-]?[\d,]+)\), {MONEY} → {MONEY} \(([+-]?EUR [\d.,]+(?:bn|m|k)?)\)", line)
        assert read, line
        opening, closing, net, value_opening, value_closing, value_net = read.groups()
        counts = [number(opening), number(closing), int(net.replace(",", ""))]
        names = ("opening", "closing", "net")
        amounts = [
            reads_as(text, Decimal(self.of(f"{name}_amount")))
            for name, text in zip(names, (value_opening, value_closing, value_net), strict=True)
        ]
        return counts == [self.of(f"{name}_customers") for name in names] and counts[0] + counts[2] == counts[1] and all(amounts)

    def direction(self, line: str, measure: str) -> bool:
        read = re.fullmatch(rf"(?:In|Out): {N} \(a year ago ([\d,]+)\)(?:, {MONEY})?", line)
        assert read, line
        now, then, worth = read.groups()
        counts = (number(now), number(then)) == (self.of(measure), self.of(measure, THEN))
        return counts and (reads_as(worth, Decimal(self.of(f"{measure}_amount"))) if worth else not number(now))

    def where(self, line: str) -> bool:
        read = re.fullmatch(rf"Where: (\S+) lost ([\d,]+) of ([\d,]+) \({RATE}; a year ago {RATE}\), {MONEY}(?:; (.+))?", line)
        assert read, line
        name, lost, opening, now, then, worth, others = read.groups()
        holds = [(number(lost), number(opening)) == self.lost(NOW, "region", name)]
        holds += [percent_is(shown, *map(Decimal, self.lost(period, "region", name))) for period, shown in ((NOW, now), (THEN, then))]
        gone = [Decimal(self.of(each, NOW, "region", name)) for each in ("left_amount", "lapsed_amount")]
        holds.append(reads_as(worth, sum(gone, Decimal(0))))
        changes = [self.change(each) for each in self.regions() if each != name]
        risen, fallen = sum(each > 0 for each in changes), sum(each < 0 for each in changes)
        expected = {
            "all others improved": fallen == len(changes),
            "all others rose, too": risen == len(changes),
            "no other rose": risen == 0,
        }
        holds.append(expected.get(others or "", others is None or others == f"{risen} of {len(changes)} others rose, too"))
        holds.append(self.change(name) > 0)
        return all(holds)

    def regions(self) -> set[str]:
        return {segment for period, by, segment, _measure in self.figures if (period, by) == (NOW, "region")}

    def change(self, region: str) -> Decimal:
        (now, opening), (then, opening_then) = self.lost(NOW, "region", region), self.lost(THEN, "region", region)
        return Decimal(now) / opening - Decimal(then) / opening_then

    def why(self, line: str) -> bool:
        read = re.fullmatch(rf"Why: “(.+)”, ([\d,]+) of ([\d,]+) known reasons, {MONEY}(?:; ([\d,]+) went)?", line)
        assert read, line
        reason, count, known, worth, went = read.groups()
        parts = {self.words[code]: part for code, part in self.splits[NOW, "all", "all", "reason"].items() if code in self.words}
        holds = [number(count) == parts[reason]["customers_out"], number(known) == sum(each["customers_out"] for each in parts.values())]
        holds += [reads_as(worth, Decimal(parts[reason]["customers_out_amount"])), went is None or number(went) == self.of("customers_out")]
        largest = max(each["customers_out_amount"] for each in parts.values() if each["customers_out"])
        return all(holds) and parts[reason]["customers_out_amount"] == largest

    def still(self, line: str) -> bool:
        due, weak = rf"{N} customers? comes? due within 90 days, {MONEY}", rf"{N}(?: customers?)? shows? weakening, {MONEY}"
        read = re.fullmatch(rf"Still to win: (?:{due})?(?:; )?(?:{weak})?", line)
        assert read, line
        shown = {"due_ahead_1": read.groups()[:2], "weakening": read.groups()[2:]}
        return all(
            number(heads) == self.of(f"{name}_customers") and reads_as(worth, Decimal(self.of(f"{name}_amount")))
            if heads
            else not self.of(f"{name}_customers")
            for name, (heads, worth) in shown.items()
        )


def agrees(verdict: str, difference: Decimal, *, within_chance: bool) -> bool:
    """Whether a verdict agrees with the sign, and is none of a change below half a point; a steady one of a larger change says why."""
    is_large = abs(difference) >= Decimal("0.005")
    if verdict == "steady":
        return within_chance is is_large
    return is_large and not within_chance and (difference > 0) is (verdict == "rose")


@st.composite
def companies(draw: st.DrawFn, made_up: Any) -> Any:
    """Facts that satisfy the identities, of a company with regions, reasons, terms that come due and signs of weakening."""
    moves = {name: made_up.Moves(*(draw(COUNTS) for _movement in range(3)), left=draw(COUNTS), lapsed=draw(COUNTS)) for name in (THEN, NOW)}
    groups = {"region": {"North": draw(st.integers(20, 60)), "South": draw(st.integers(20, 60)), "East": 20}}
    facts = made_up.made_up_facts(moves, opening=draw(st.integers(4_000, 10**6)), groups=groups)
    ahead = {name: draw(COUNTS) for name in ("due_ahead_1_customers", "weakening_customers")}
    money = {name: Decimal(draw(st.integers(0, 10**9))) / 100 for name in ("due_ahead_1_amount", "weakening_amount")}
    figures = {(NOW, "all", "all", name): value for name, value in {**ahead, **money}.items()}
    parts = {
        code: {"customers_out": draw(COUNTS), "customers_out_amount": Decimal(draw(st.integers(0, 10**7)))} for code in ("a", "b", "c")
    }
    return replace(
        facts,
        figures={**facts.figures, **figures},
        splits={(NOW, "all", "all", "reason"): parts},
        reason_labels={"a": "Too expensive", "b": "Moved away"},
        supplied=frozenset({"departures.reason_code"}),
        due_days=(90,),
    )


def printed(facts: ScorecardData) -> list[str]:
    return [each.line for each in message_sentences(facts)]


@settings(max_examples=500)
@given(data=st.data())
def test_every_printed_line_follows_from_the_figures(data: st.DataObject, made_up: Any) -> None:
    facts = data.draw(companies(made_up))
    assert Reader(facts).wrong(printed(facts)) == set()


def mutants(facts: ScorecardData) -> Iterator[tuple[str, list[str]]]:
    """What would be printed, were one named figure of one sentence another: its sign, its period's, a sibling's, or more."""
    for sentence in message_sentences(facts):
        for name in sentence.figures:
            key = (name.period, name.segment_by, name.segment, name.measure)
            if name.split_by != "all":
                yield from mutants_of_split(facts, sentence, name)
                continue
            if key not in facts.figures:
                continue
            value = facts.figures[key]
            siblings = (facts.figures.get((THEN if name.period == NOW else NOW, *key[1:]), value), -value, value * 2 + 7)
            for other in siblings:
                if other == value:
                    continue
                changed = replace(facts, figures={**facts.figures, key: other})
                lines = [each.line for each in message_sentences(changed) if each.kind == sentence.kind]
                if lines and lines != [sentence.line]:
                    yield f"{sentence.kind} {name.measure} {other}", lines


def mutants_of_split(facts: ScorecardData, sentence: Sentence, name: FigureName) -> Iterator[tuple[str, list[str]]]:
    """The same of a figure of one part, such as a reason: its sign, a sibling's, or more."""
    key = (name.period, name.segment_by, name.segment, name.split_by)
    parts = facts.splits[key]
    value = parts[name.split][name.measure]
    sibling = next(part[name.measure] for code, part in parts.items() if code != name.split)
    for other in (-value, sibling, 2 * value + 7):
        changed = replace(facts, splits={**facts.splits, key: {**parts, name.split: {**parts[name.split], name.measure: other}}})
        lines = [each.line for each in message_sentences(changed) if each.kind == sentence.kind]
        if other != value and lines and lines != [sentence.line]:
            yield f"{sentence.kind} {name.split} {name.measure} {other}", lines


def mutants_of_where(facts: ScorecardData) -> Iterator[tuple[str, list[str]]]:
    """What would be printed of the group that lost more, were one of its numbers another."""
    (worst,) = facts.excess_losses
    for field in ("lost_count", "opening_count", "before_lost_count", "before_opening_count", "lost_amount"):
        value = getattr(worst, field)
        for other in (-value, getattr(worst, TWINS.get(field, field)), value + value // 7 + 11):
            if other != value:
                changed = replace(worst, **{field: other})
                lines = message_sentences(replace(facts, whereabouts=Whereabouts(named=(changed,))))
                yield f"where {field} {other}", [each.line for each in lines if each.kind == "where"]


TWINS = {
    "lost_count": "before_lost_count",
    "before_lost_count": "lost_count",
    "opening_count": "before_opening_count",
    "before_opening_count": "opening_count",
}
"""The same number of the period compared with."""


def with_questions(facts: ScorecardData) -> ScorecardData:
    """The facts with a group that lost more, reasons, terms that come due and signs of weakening."""
    key, figures = (NOW, "region", "South"), dict(facts.figures)
    figures[(*key, "left_customers")] = int(figures[(*key, "left_customers")]) + 500
    lost, before = (
        sum(int(figures[period, "region", "South", f"{name}_customers"]) for name in ("left", "lapsed")) for period in (NOW, THEN)
    )
    openings = (int(figures[period, "region", "South", "opening_customers"]) for period in (NOW, THEN))
    amount = sum((Decimal(figures[(*key, f"{name}_amount")]) for name in ("left", "lapsed")), Decimal(0))
    now, then = openings
    worst = ExcessLoss("region", "South", now, lost, then, before, amount, lost - before, amount)
    ahead = {
        "due_ahead_1_customers": 50,
        "due_ahead_1_amount": Decimal(5_000),
        "weakening_customers": 61,
        "weakening_amount": Decimal(7_100),
    }
    figures |= {(NOW, "all", "all", name): value for name, value in ahead.items()}
    parts = {code: {"customers_out": 10 * size, "customers_out_amount": Decimal(170 * size)} for code, size in (("a", 9), ("b", 4))}
    return replace(
        facts,
        figures=figures,
        splits={(NOW, "all", "all", "reason"): parts},
        reason_labels={"a": "Too expensive", "b": "Moved away"},
        supplied=frozenset({"departures.reason_code"}),
        due_days=(90,),
        whereabouts=Whereabouts(named=(worst,)),
    )


def test_every_kind_of_line_of_the_message_is_read(made_up: Any) -> None:
    moves = {THEN: made_up.Moves(900, 90, 9, 200, 500), NOW: made_up.Moves(700, 80, 7, 300, 800)}
    one = with_questions(made_up.made_up_facts(moves, opening=9_000, groups={"region": {"North": 40, "South": 40, "East": 20}}))
    reader, caught = Reader(one), Counter[str]()
    made = Counter[str]()
    survivors = []
    for what, lines in (*mutants(one), *mutants_of_where(one)):
        kind = what.split()[0]
        made[kind] += 1
        try:
            is_caught = bool(reader.wrong(lines))
        except (AssertionError, AttributeError, ArithmeticError, KeyError, StopIteration):
            is_caught = True
        caught[kind] += is_caught
        survivors += [] if is_caught else [what]
    assert reader.wrong(printed(one)) == set()
    assert set(made) == {"headline", "retention", "base", "in", "out", "where", "why", "still_to_win"}
    assert all(caught[kind] >= 0.95 * count for kind, count in made.items()), survivors
    assert survivors == []


def test_at_least_95_of_100_lines_of_another_figure_are_caught(made_up: Any) -> None:
    moves = {THEN: made_up.Moves(900, 90, 9, 200, 500), NOW: made_up.Moves(700, 80, 7, 300, 800)}
    one = made_up.made_up_facts(moves, opening=9_000, groups={"region": {"North": 40, "South": 40, "East": 20}})
    reader, survivors, count = Reader(one), [], 0
    for what, lines in mutants(one):
        count += 1
        try:
            is_caught = bool(reader.wrong(lines))
        except (AssertionError, AttributeError, ArithmeticError):
            is_caught = True  # the line no longer reads as one of its kind
        survivors += [] if is_caught else [what]
    assert count > 60
    assert len(survivors) <= count * 0.05, survivors
