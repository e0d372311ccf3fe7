"""The proof-reader of thread and sheets: what is printed follows from figures.csv, and a line of another figure is caught."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.reporting.pages.headline import value_line
from tasks.reporting.pages.lost_customers import lost_customers_page
from tasks.reporting.pages.new_customers import new_customers_page
from tasks.reporting.pages.renewals import renewals_page
from tasks.reporting.pages.thread import thread_lines, thread_sentences
from tests.printed_mutants import unnamed_figures
from tests.printed_sentences import KINDS, NOW, THEN, PrintedReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData

pytestmark = pytest.mark.thorough

SUPPLIED = frozenset({"departures.reason_code", "contracts.ends_on", "purchases.amount"})
SMALL = st.integers(0, 900)
COUNTED = (
    *("due_ahead_1_customers", "due_ahead_1_count", "weakening_customers", "reason_conflict_customers", "unmapped_reason_customers"),
    *("departures_told_count", "terms_beside_count", "told_departure_customers", "staying_customers"),
)
PAID = (
    *("due_ahead_1_amount", "weakening_amount", "reason_known_amount", "unmapped_reason_amount", "told_departure_amount"),
    *("terms_due_amount", "terms_renewed_amount", "bought_again_amount", "terms_decided_amount"),
    *(f"terms_{kind}_amount" for kind in ("on_time", "early", "late", "beside", "not_renewed", "in_grace")),
)
PARTS_OF = {
    "terms_renewed_count": "terms_due_count",
    "bought_again_customers": "opening_customers",
    "reason_known_customers": "customers_out",
}


@st.composite
def companies(draw: st.DrawFn, made_up: Any) -> ScorecardData:
    """Facts that satisfy the identities, with figures of every question that a sentence is printed of."""
    names = ("new", "returned", "in_and_out", "left", "lapsed", "increased", "decreased")
    moves = {period: made_up.Moves(**{name: draw(SMALL) for name in names}) for period in (THEN, NOW)}
    facts = made_up.made_up_facts(moves, opening=draw(st.integers(4_000, 10**6)), groups={"region": {"North": 60, "South": 40}})
    figures: dict[str, int | Decimal] = {name: draw(SMALL) for name in COUNTED}
    figures |= {name: Decimal(draw(st.integers(0, 10**9))) / 100 for name in PAID}
    figures["terms_due_count"] = draw(st.integers(1, 900))
    figures |= {part: draw(st.integers(0, int(figures.get(whole, 0) or facts.count(whole)))) for part, whole in PARTS_OF.items()}
    figures |= dict.fromkeys((f"terms_{kind}_count" for kind in ("on_time", "early", "late", "not_renewed")), 0)
    figures |= dict.fromkeys((f"{kind}_customers" for kind in ("due", "renewed", "not_renewed", "in_grace")), 0)
    figures["terms_in_grace_count"] = draw(st.integers(0, int(figures["terms_due_count"]) - int(figures["terms_renewed_count"])))
    figures["terms_decided_count"] = int(figures["terms_due_count"]) - int(figures["terms_in_grace_count"])
    figures["first_time_customers"] = facts.count("new_customers") + draw(SMALL)
    figures["left_notified_customers"] = draw(st.integers(0, facts.count("left_customers")))
    figures["left_ended_customers"] = facts.count("left_customers") - int(figures["left_notified_customers"])
    return with_questions(facts, figures, counts=[draw(st.integers(1, 900)) for _ in range(4)])


def with_questions(facts: ScorecardData, figures: dict[str, Any], *, counts: list[int]) -> ScorecardData:
    out, other_out, told, other_told = counts
    reasons = {
        "a": {"customers_out": out, "customers_out_amount": Decimal(7 * out)},
        "b": {"customers_out": other_out, "customers_out_amount": Decimal(11 * other_out)},
    }
    recorded = {"a": {"told_departure_customers": told}, "b": {"told_departure_customers": other_told}}
    whole = (NOW, "all", "all")
    return replace(
        facts,
        figures={**facts.figures, **{(*whole, name): value for name, value in figures.items()}},
        splits={(*whole, "reason"): reasons, (*whole, "told_reason"): recorded},
        reason_labels={"a": "Too expensive", "b": "Moved away"},
        supplied=SUPPLIED,
        due_days=(90,),
        trend=(facts.period,),
        previous=None,
    )


def figures_csv(facts: ScorecardData) -> str:
    """The text of figures.csv, as far as its whole goes: a row a figure."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["period", "split_by", "split", "measure", "value"])
    rows.writerows([period, "all", "all", name, value] for (period, by, _segment, name), value in facts.figures.items() if by == "all")
    rows.writerows(
        [period, split_by, part, name, value]
        for (period, _by, _segment, split_by), parts in facts.splits.items()
        for part, measured in parts.items()
        for name, value in measured.items()
    )
    return file.getvalue()


def printed(facts: ScorecardData) -> list[str]:
    below = thread_lines(facts, workbook_name="scorecard.xlsx", segments_count=3)
    pages = (lost_customers_page(facts), new_customers_page(facts), renewals_page(facts))
    return [*below, value_line(facts), *(page.sentence for page in pages)]


@settings(max_examples=500)
@given(data=st.data())
def test_every_line_of_thread_and_sheets_follows_from_figures_csv(data: st.DataObject, made_up: Any) -> None:
    facts = data.draw(companies(made_up))
    assert PrintedReader(figures_csv(facts)).wrong(printed(facts)) == []


FIXED: dict[str, Any] = {
    **{name: 40 + 13 * number for number, name in enumerate(COUNTED)},
    **{name: Decimal(2_000 + 731 * number) for number, name in enumerate(PAID)},
    **dict.fromkeys((f"terms_{kind}_count" for kind in ("on_time", "early", "late", "not_renewed")), 0),
    **dict.fromkeys((f"{kind}_customers" for kind in ("due", "renewed", "not_renewed", "in_grace")), 0),
    "terms_due_count": 400,
    "terms_in_grace_count": 30,
    "terms_renewed_count": 310,
    "terms_decided_count": 370,
    "bought_again_customers": 4_100,
    "reason_known_customers": 150,
    "first_time_customers": 733,
    "left_notified_customers": 210,
    "left_ended_customers": 90,
    "told_departure_customers": 2_400,
    "staying_customers": 8_190,
}


def mutants(facts: ScorecardData) -> Iterator[tuple[str, str, ScorecardData]]:
    """The facts with one figure changed: its sign, another period's, a sibling's, ten times as much, or somewhat more (a denominator)."""
    of_whole = [key for key in facts.figures if key[1] == "all" and key[0] in {NOW, THEN}]
    for key in of_whole:
        value, same_kind = facts.figures[key], [each for each in of_whole if type(facts.figures[each]) is type(facts.figures[key])]
        sibling = facts.figures[same_kind[(same_kind.index(key) + 1) % len(same_kind)]]
        then = facts.figures.get((THEN if key[0] == NOW else NOW, *key[1:]), sibling)
        for what, other in (("sign", -value), ("period", then), ("sibling", sibling), ("tenfold", 10 * value + 3), ("more", 2 * value + 7)):
            if other != value:
                yield f"{key[3]} of {key[0]}", what, replace(facts, figures={**facts.figures, key: other})
    for key, parts in facts.splits.items():
        for part, measured in parts.items():
            for name, value in measured.items():
                for what, other in (("sign", -value), ("more", 2 * value + 7)):
                    splits = {**facts.splits, key: {**parts, part: {**measured, name: other}}}
                    yield f"{key[3]} {part} {name}", what, replace(facts, splits=splits)


@pytest.fixture(scope="module")
def fixed(made_up: Any) -> ScorecardData:
    """Facts of which every kind of sentence is printed."""
    moves = {THEN: made_up.Moves(900, 90, 9, 200, 500, 20, 30), NOW: made_up.Moves(700, 80, 7, 300, 800, 30, 40)}
    plain = made_up.made_up_facts(moves, opening=9_000, groups={"region": {"North": 60, "South": 40}})
    return with_questions(plain, FIXED, counts=[100, 50, 1_900, 500])


def test_every_figure_that_a_line_of_the_thread_is_made_of_is_named_by_it(fixed: ScorecardData) -> None:
    below = thread_sentences(fixed, workbook_name="scorecard.xlsx", segments_count=3)
    assert [each.kind for each in below if not each.figures] == ["everywhere_alike", "data", "note", "note", "origin"]
    assert list(unnamed_figures(fixed, lambda facts: thread_sentences(facts, workbook_name="scorecard.xlsx", segments_count=3))) == []


def test_at_least_95_of_100_changed_lines_of_every_kind_are_caught(fixed: ScorecardData) -> None:
    facts = fixed
    reader = PrintedReader(figures_csv(facts))
    lines = {kind: line for line in printed(facts) if (kind := reader.kind_of(line))}
    assert set(lines) == set(KINDS), "every kind of sentence is printed"
    assert reader.wrong(lines.values()) == []
    made, caught, survivors = Counter[str](), Counter[str](), []
    for figure, what, changed in mutants(facts):
        for line in printed(changed):
            kind = reader.kind_of(line)
            if kind and line != lines[kind]:
                made[kind] += 1
                is_caught = bool(reader.wrong([line]))
                caught[kind] += is_caught
                survivors += [] if is_caught else [f"{kind}: {figure} {what} [{line}]"]
    assert set(made) == set(KINDS), "every kind of sentence was changed"
    assert all(caught[kind] >= 0.95 * count for kind, count in made.items()), survivors
    assert sum(made.values()) > 300, made
    assert survivors == []
