"""How a sheet prints: small print is never alone on a page, and charts of a page that lies on its side stand abreast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasks.reporting.blocks import Column, Page, Table
from tasks.reporting.render.excel import CHART_ROWS, Layout
from tests.snapshots.facts_for_tests import sheet_of

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

WIDE, NARROW = (20.0,) * 9, (20.0,) * 3


def long_table(title: str, rows_count: int) -> Table:
    rows = tuple((f"{title} {number}",) for number in range(rows_count))
    return Table(title, (Column("", "text"),), rows)


@pytest.mark.parametrize("rows_count", range(20, 50))
def test_small_print_is_never_alone_on_a_page(data: ScorecardData, rows_count: int) -> None:
    page = Page("Long", "What?", "Said.", tables=(long_table("First", 40), long_table("Second", rows_count)), small_print=("Small.",) * 4)
    sheet = sheet_of(data, page)
    small = next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == "Small.")
    breaks = [each.id for each in sheet.row_breaks.brk]
    assert all(not small - 2 <= row <= small + 3 for row in breaks)
    assert len(breaks) <= 1


@pytest.mark.parametrize(
    ("widths", "count", "columns", "rows_count"),
    [
        (WIDE, 3, [(0, 3), (3, 6), (6, 9)], 16),
        (WIDE, 2, [(0, 5), (5, 9)], CHART_ROWS),
        (WIDE, 1, [(0, 8)], CHART_ROWS),
        (NARROW, 3, [(0, 3)] * 3, 3 * CHART_ROWS),
    ],
)
def test_charts_stand_abreast_where_a_page_lies_on_its_side(
    data: ScorecardData, widths: tuple[float, ...], count: int, columns: list[tuple[int, int]], rows_count: int
) -> None:
    layout = Layout(data, "Sheet", widths, widths)
    assert [room.columns for room in layout.leave_rooms(count)] == columns
    assert len(layout.rows) == rows_count
