"""The sheet of the lost-customer review, as text: coverage of contact, what was said beside what preceded, and the calls."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook

from tasks.reporting.blocks import Share
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.lost_review import TITLE, lost_review_page
from tasks.reporting.render.workbook import workbook
from tests.snapshots.test_experience_sheet import LATE, LINKS, UNRESOLVED

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

STEPS = ("listed", "called", "reached", "reason", "won_back")


REASONS = {"no_reason_known": 15_000, "price": 8_000, "K77": 20}


def with_reasons(data: ScorecardData, **changes: Any) -> ScorecardData:
    """Facts of a company that records reasons."""
    counts = {
        "reason_known_customers": 8_000,
        "unmapped_reason_customers": 20,
        "reason_conflict_customers": 3,
        "told_departure_customers": 9_000,
        "departures_told_count": 9_100,
    }
    known = {
        **counts,
        "reason_known_amount": Decimal("4000000.00"),
        "unmapped_reason_amount": Decimal("10000.00"),
        "told_departure_amount": Decimal("9000.00"),
    }
    figures = {**data.figures, **{(data.period, "all", "all", name): value for name, value in known.items()}}
    parts = {code: {"customers_out": count, "customers_out_amount": Decimal(500 * count)} for code, count in REASONS.items()}
    splits = {**data.splits, (data.period, "all", "all", "reason"): parts}
    usual = {
        "supplied": frozenset({"departures.reason_code"}),
        "reason_labels": {"price": "Too expensive"},
        "figures": figures,
        "splits": splits,
    }
    return replace(data, **{**usual, **changes})


def calls(executive: str | None, *counts: int) -> dict[str, Any]:
    amounts = {f"{step}_amount": Decimal(1_000 * count) for step, count in zip(STEPS, counts, strict=True)}
    return {"executive": executive, **{f"{step}_count": count for step, count in zip(STEPS, counts, strict=True)}, **amounts}


CALLS = {"calls": (calls(None, 1, 1, 0, 0, 0), calls("A. Okafor", 10, 7, 5, 4, 1))}


def owner(name: str | None, *numbers: int, team: str | None = None) -> dict[str, Any]:
    complained, stayed, returned = numbers
    amounts = {"stayed_amount": Decimal(500 * stayed), "returned_amount": Decimal(500 * returned)}
    return {"owner": name, "team": team, "complained_count": complained, "stayed_count": stayed, "returned_count": returned, **amounts}


OWNERS = {"recognition": (owner("K. Brandt", 40, 31, 0, team="Desk"), owner("A. Okafor", 0, 0, 3), owner(None, 5, 4, 12))}


def test_the_sheet_says_what_it_said_before(data: ScorecardData, made_up: Any, snapshot: SnapshotAssertion) -> None:
    file = BytesIO()
    whole = with_reasons(data, experience=LINKS, tables={**data.tables, **CALLS, **OWNERS})
    workbook(whole, made_up.made_up_lists(1)).save(file)
    rows = list(load_workbook(file)["Who left"].iter_rows())
    first = next(number for number, row in enumerate(rows) if row[0].value == TITLE)
    cells = (cell for row in rows[first:] for cell in row if cell.value is not None)
    assert "\n".join(f"{cell.coordinate} {cell.value!r} {cell.number_format}" for cell in cells) == snapshot


def test_no_column_of_any_page_lies_under_one_that_spans_it(data: ScorecardData) -> None:
    whole = with_reasons(data, experience=LINKS, tables={**data.tables, **CALLS, **OWNERS})
    for table in (table for tab in tabs(whole) for page in tab.pages for table in page.tables):
        for place, column in enumerate(table.columns):
            assert {each.kind for each in table.columns[place + 1 : place + column.spans]} <= {"gap"}, (table.title, column.heading)


def test_without_calls_reasons_stand_beside_what_preceded(data: ScorecardData) -> None:
    page = lost_review_page(with_reasons(data, experience=replace(LINKS, lines=(UNRESOLVED, LATE))))
    assert page is not None
    assert page.sentence.endswith("is known; no call is recorded.")
    assert [table.title for table in page.tables] == ["Whom we spoke with", "What they said, and what preceded"]
    none = lost_review_page(with_reasons(data, experience=replace(LINKS, lines=(LATE,))))
    assert none is not None
    assert none.tables[-1].below == "No experience is demonstrated to precede losses."


def test_without_reasons_the_calls_are_shown_alone(data: ScorecardData) -> None:
    page = lost_review_page(with_reasons(data, supplied=frozenset(), tables={**data.tables, **CALLS}))
    assert page is not None
    assert [table.title for table in page.tables] == ["Whom we spoke with", "Calls"]
    assert [row[0] for row in page.tables[0].rows][:2] == ["Lost", "On a call list"]


def test_who_saved_and_won_back_customers_is_shown_with_whom_nobody_is_named_for(data: ScorecardData) -> None:
    page = lost_review_page(with_reasons(data, supplied=frozenset(), tables={**data.tables, **OWNERS}))
    assert page is not None
    (table,) = page.tables
    assert [row[:2] for row in table.rows] == [("K. Brandt", "Desk"), ("A. Okafor", None), ("nobody named", None)]
    assert [row[4] for row in table.rows] == [Share(31, 40), None, Share(4, 5)]
    assert table.below == ""
    many = {"recognition": tuple(owner(f"Owner {number}", 1, 1, 0) for number in range(14))}
    page = lost_review_page(with_reasons(data, supplied=frozenset(), tables={**data.tables, **many}))
    assert page is not None
    assert (len(page.tables[0].rows), page.tables[0].below) == (12, "2 further owners, with customers of less value or nobody named.")


def test_without_losses_calls_or_experiences_there_is_no_sheet(data: ScorecardData) -> None:
    assert lost_review_page(with_reasons(data)) is None
    nobody = {key: 0 if key[3] == "customers_out" else value for key, value in data.figures.items()}
    assert lost_review_page(replace(data, experience=LINKS, figures=nobody)) is None
    assert lost_review_page(replace(data, experience=LINKS, supplied=frozenset())) is None
