"""A page as a sheet: the sentence, the picture, what is missing, and the tables below one another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor

from tasks.reporting.blocks import Share
from tasks.reporting.render.cells import (
    COUNT,
    DAY,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    SECTION,
    SIGNED_COUNT,
    SMALL,
    TEXT,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
    sentence,
    signed_money_format,
    wrapped_height,
)
from tasks.reporting.render.excel_charts import bars_chart, short_amounts, waterfall_chart, whole_numbers
from tasks.reporting.render.sheet import money_width, new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.chart import BarChart

    from tasks.reporting.blocks import CellValue, Column, Page, Table
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.cells import Value
    from tasks.reporting.render.chart_data import ChartRanges

FIRST_WIDTH, NARROWEST = 36, 15
CHART_ROWS, CHART_COLUMNS, FEWEST_COLUMNS = 16, 7, 8
SAID = CellStyle(size=14, bold=True, wrap=True, at_top=True)
SAID_LINE_POINTS = 1.4
"""How much taller a line of the sentence is than a line of text."""
RATE = "0.0%"


def question_sheet(book: Workbook, facts: ScorecardData, page: Page, *, drawn: ChartRanges) -> None:
    """Write one page, its charts between the sentence and the tables."""
    columns_count = max(FEWEST_COLUMNS, *(len(table.columns) for table in page.tables), 0)
    others = max(NARROWEST, money_width(facts)) if _holds_money(page) else NARROWEST
    widths = (FIRST_WIDTH, *(others,) * (columns_count - 1))
    sheet = new_sheet(book, facts, title=page.title, widths=widths, frozen_at="A3", repeated_rows="1:2")
    above, charts = [*top_lines(page.title, page.question), *_said(page, widths)], _charts(page, drawn)
    room = [Row()] * (CHART_ROWS * len(charts) or 1)
    below = [line for table in page.tables for line in _table_lines(facts, table, widths)]
    fill_in(sheet, [*above, *room, *below])
    for number, chart in enumerate(charts):
        first_row = len(above) + CHART_ROWS * number
        corners = (AnchorMarker(col=0, row=first_row), AnchorMarker(col=CHART_COLUMNS, row=first_row + CHART_ROWS - 1))
        chart.anchor = TwoCellAnchor("twoCell", *corners)  # pyright: ignore[reportAttributeAccessIssue] - the stubs know only names of cells
        sheet.add_chart(chart)


def _charts(page: Page, drawn: ChartRanges) -> list[BarChart]:
    charts: list[BarChart] = []
    place = drawn.pages.get(page.title)
    if place and page.bars:
        numbers = short_amounts(Decimal(page.bars.highest)) if page.bars.is_money else whole_numbers()
        charts.append(bars_chart(place, page.bars, numbers=numbers.plain))
    for fall, steps in zip(page.waterfalls, drawn.waterfalls.get(page.title, ()), strict=True):
        charts.append(waterfall_chart(steps, title=fall.title, numbers=whole_numbers()))
    return charts


def _holds_money(page: Page) -> bool:
    return any(column.kind.endswith("money") for table in page.tables for column in table.columns)


def _said(page: Page, widths: Sequence[float]) -> Iterator[Row]:
    height = wrapped_height([page.sentence], [sum(widths) / SAID_LINE_POINTS]) * SAID_LINE_POINTS
    yield Row((Cell(page.sentence, SAID, spans=len(widths)),), height=height)
    yield from (sentence(text, widths) for text in page.missing)
    yield Row()


def _table_lines(facts: ScorecardData, table: Table, widths: Sequence[float]) -> Iterator[Row]:
    yield Row()
    yield Row((Cell(table.title, SECTION),), height=20)
    if table.says:
        yield sentence(table.says, widths)
    headings = [column.heading for column in table.columns]
    height = wrapped_height(headings, widths[: len(headings)])
    yield Row(tuple(_heading(column, place) for place, column in enumerate(table.columns)), height=height)
    for row in table.rows:
        yield Row(tuple(_item(facts, value, column, look=TEXT) for value, column in zip(row, table.columns, strict=True)))
    if not table.rows:
        yield Row((Cell("None in this period.", SMALL),))
    if table.total is not None:
        bold = CellStyle(bold=True, rule_above=True)
        yield Row(tuple(_item(facts, value, column, look=bold) for value, column in zip(table.total, table.columns, strict=True)))


def _heading(column: Column, place: int) -> Cell:
    is_text = place == 0 or column.kind in {"text", "day"}
    return Cell(column.heading, HEADING if is_text else HEADING_OF_NUMBERS)


def _item(facts: ScorecardData, value: CellValue, column: Column, *, look: CellStyle) -> Cell:
    """A cell, formatted as its column is; in a column of figures an amount looks like money, and a share always like a share."""
    if isinstance(value, Share):
        return _share(facts, value, look)
    if isinstance(value, str) or value is None:
        return Cell(value, look if column.kind in {"text", "day"} else replace(look, align="right"))
    unit = "money" if isinstance(value, Decimal) else "count"
    return Cell(value, replace(look, number_format=_formats(facts)[column.kind.replace("figure", unit)]))


def _share(facts: ScorecardData, share: Share, look: CellStyle) -> Cell:
    """A percentage; of too few, the two numbers instead."""
    if share.rate is None:
        return Cell("none", replace(look, align="right", colour=GREY))
    if share.whole < facts.smallest_rate_base:
        said: Value = f"{share.part:,} of {share.whole:,}"
        return Cell(said, replace(look, align="right", colour=GREY))
    return Cell(share.rate, replace(look, number_format=RATE))


def _formats(facts: ScorecardData) -> dict[str, str]:
    return {
        "count": COUNT,
        "signed_count": SIGNED_COUNT,
        "money": money_format(facts.minor_units),
        "signed_money": signed_money_format(facts.minor_units),
        "share": RATE,
        "day": DAY,
        "text": "General",
    }
