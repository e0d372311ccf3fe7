"""A tab of the workbook: the pages of one subject below one another, what is printed first."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from config.language import gettext, gettext_noop
from tasks.reporting.blocks import Tab, number_width
from tasks.reporting.render.cells import BASE, GREY, IN, LINKED, SECTION, SMALL, Cell, CellStyle, Row
from tasks.reporting.render.excel import Layout, Room, above_rows, add_details, add_page, has_details, is_printed
from tasks.reporting.render.sheet import break_pages, new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl import Workbook

    from tasks.reporting.blocks import Page, TabKind
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.chart_data import ChartRanges

FIRST_WIDTH, NARROWEST, FEWEST_COLUMNS = 30, 12, 8
TAB_COLOURS: dict[TabKind, str] = {"question": IN, "depth": BASE, "notes": GREY}
"""Colours of tabs; that of the front sheet is the one of what goes out."""
PAGE_TITLE = CellStyle(size=14, bold=True, colour=BASE)
NOT_PRINTED = gettext_noop("To look things up: what follows is not printed.")
TOP_COUNT = 2
"""Rows that every printed page repeats."""


def page_sheet(book: Workbook, data: ScorecardData, page: Page, *, drawn: ChartRanges | None = None) -> None:
    """Write a tab of one page."""
    tab_sheet(book, data, Tab(page.title, page.question, (page,)), drawn=drawn)


def tab_sheet(book: Workbook, data: ScorecardData, tab: Tab, *, drawn: ChartRanges | None = None) -> None:
    """Write a tab: its pages, then what is not printed of them."""
    data = _with_decimals(data, tab)
    widths = _widened(tab.widths or _widths(data, tab.pages), tab.pages)
    printed = widths[: _printed_columns(tab.pages)]
    layout = Layout(data, tab.heading, widths, printed)
    frozen_at, repeated_rows = "A3", "1:2"
    if len(tab.pages) == 1:
        (page,) = tab.pages
        layout.rows.extend([*top_lines(page.heading or tab.heading, page.question), *([Row()] if page.sentence else [])])
        repeated_rows = "1:2" if page.sentence else "1:1"
        if page.is_headed_once:
            headed_count = len([*layout.rows, *above_rows(page.tables[0], widths)])
            frozen_at, repeated_rows = f"B{headed_count + 1}", f"1:{headed_count}"
        rooms = [add_page(layout, page, drawn)]
    else:
        rooms = _add_pages(layout, tab, drawn)
    printed_count = len(layout.rows)
    _add_details(layout, tab.pages, drawn, rooms=rooms)
    sheet = new_sheet(book, data, title=tab.heading, widths=widths, printed=printed, frozen_at=frozen_at, repeated_rows=repeated_rows)
    sheet.sheet_properties.tabColor = TAB_COLOURS[tab.kind]
    sheet.print_area = f"A1:{get_column_letter(len(printed))}{printed_count}"
    starts = [start for start in layout.starts if start < printed_count]
    break_pages(sheet, layout.rows[:printed_count], starts=[0, *starts], widths=printed, repeated_count=TOP_COUNT)
    layout.write(sheet)


def _with_decimals(data: ScorecardData, tab: Tab) -> ScorecardData:
    """The facts, whose amounts are shown as the tab has them."""
    decimals = tab.pages[0].minor_units if len(tab.pages) == 1 and tab.minor_units is None else tab.minor_units
    return data if decimals is None else replace(data, minor_units=decimals)


def _add_pages(layout: Layout, tab: Tab, drawn: ChartRanges | None) -> list[list[Room]]:
    """The pages below one another, each under its title, with links to them from the top."""
    layout.rows.extend([*top_lines(tab.heading, gettext(tab.about)), Row(), Row()])
    links_row, titles, rooms = len(layout.rows) - 2, [], []
    for page in tab.pages:
        if not is_printed(page):
            rooms.append([])
            continue
        layout.begin()
        layout.rows.append(Row())
        titles.append(Cell(page.heading or page.title, LINKED, link=tab.heading, link_row=len(layout.rows) + 1))
        layout.rows.append(Row((Cell(page.heading or page.title, PAGE_TITLE),), height=22))
        layout.rows.append(Row((Cell(page.question, SMALL),)))
        rooms.append(add_page(layout, page, drawn))
    layout.rows[links_row] = Row(_side_by_side(titles, layout.widths))
    return rooms


def _side_by_side(texts: Iterable[Cell], widths: Sequence[float]) -> tuple[Cell | None, ...]:
    """Texts in one row, each over as many columns as it needs."""
    row: list[Cell | None] = []
    for text in texts:
        ahead = accumulate(widths[len(row) :])
        spans = next((count for count, width in enumerate(ahead, start=1) if width > len(str(text.value))), 1)
        row += [replace(text, spans=spans), *[None] * (spans - 1)]
    return tuple(row)


def _add_details(layout: Layout, pages: Sequence[Page], drawn: ChartRanges | None, *, rooms: Sequence[list[Room]]) -> None:
    with_details = [(page, own) for page, own in zip(pages, rooms, strict=True) if has_details(page)]
    if with_details:
        layout.begin()
        layout.rows.extend([Row(), Row((Cell(gettext(NOT_PRINTED), SECTION),), height=20)])
    for page, own in with_details:
        if len(pages) > 1:
            layout.rows.extend([Row(), Row((Cell(page.heading or page.title, PAGE_TITLE),), height=22)])
        add_details(layout, page, drawn, rooms=own)


def _widths(data: ScorecardData, pages: Sequence[Page]) -> tuple[float, ...]:
    if len(pages) == 1 and pages[0].widths:
        return pages[0].widths
    columns_count = max(FEWEST_COLUMNS, *(len(table.columns) for page in pages for table in page.tables), 0)
    return (FIRST_WIDTH, *(number_width(data, narrowest=NARROWEST),) * (columns_count - 1))


def _widened(widths: Sequence[float], pages: Sequence[Page]) -> tuple[float, ...]:
    """The widths, or more where a word of a heading is longer: it would be broken anywhere."""
    longest: dict[int, int] = {}
    for table in (table for page in pages for table in page.tables):
        for number, column in enumerate(table.columns):
            tokens = column.heading.split() if table.has_headings and column.spans == 1 else []
            longest[number] = max(longest.get(number, 0), *map(len, tokens), 0)
    return tuple(longest[number] + 1 if longest.get(number, 0) > width else width for number, width in enumerate(widths))


def _printed_columns(pages: Sequence[Page]) -> int:
    """How many columns the tables take that are printed."""
    tables = [table for page in pages for table in page.tables if not table.is_detail]
    return max(FEWEST_COLUMNS, *(sum(column.spans for column in table.columns) for table in tables), 0)
