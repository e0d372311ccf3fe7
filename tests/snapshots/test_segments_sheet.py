"""The sheet of segments where customers changed from one group to another."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook

from config.measures.table import heading_of
from tasks.reporting.pages.segments import CUSTOMERS, customers_shown, segments_page
from tasks.reporting.render.tabs import page_sheet

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


@pytest.fixture
def changed(data: ScorecardData) -> ScorecardData:
    """The made-up quarter, in which three customers changed from the second group of the first segment to the first."""
    by = next(iter(data.segment_by))
    into, away, *_ = data.segments_of(by)
    figures: dict[Any, Any] = dict(data.figures)
    for name in data.segment_by:
        for segment in ("all", *data.segments_of(name)):
            for measure in ("transferred_in_customers", "transferred_out_customers"):
                figures[data.period, "all" if segment == "all" else name, segment, measure] = 0
    figures[data.period, by, into, "transferred_in_customers"] = 3
    figures[data.period, by, away, "transferred_out_customers"] = 3
    return replace(data, figures=figures)


def rows_of(data: ScorecardData) -> dict[str, list[Any]]:
    book = Workbook(write_only=True)
    page_sheet(book, data, segments_page(data))
    saved = io.BytesIO()
    book.save(saved)
    return {str(row[0]): list(row[1:]) for row in load_workbook(saved).worksheets[0].iter_rows(values_only=True) if row[0]}


def test_who_changed_its_group_stands_before_the_closing_base(changed: ScorecardData) -> None:
    rows, (into, away, *_) = rows_of(changed), changed.segments_of(next(iter(changed.segment_by)))
    place = rows["Segment"].index(heading_of("transferred_in_customers"))
    shown = ("transferred_in_customers", "transferred_out_customers", "closing_customers")
    assert rows["Segment"][place : place + 3] == list(map(heading_of, shown))
    assert [rows[name][place : place + 2] for name in (into, away, "All customers")] == [[3, 0], [0, 3], [0, 0]]


def test_where_nobody_changed_its_group_there_is_no_such_column(data: ScorecardData) -> None:
    assert customers_shown(data) == CUSTOMERS
    assert heading_of("transferred_in_customers") not in rows_of(data)["Segment"]
