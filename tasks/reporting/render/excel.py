"""A page as a sheet: the sentence, the picture, what is missing, and the tables below one another."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.utils import get_column_letter

from tasks.reporting.blocks import Marked, Share, money_width
from tasks.reporting.render.cells import (
    COLOURS,
    COUNT,
    DAY,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN_FILL,
    OUT_FILL,
    SECTION,
    SIGNED_COUNT,
    SMALL,
    TEXT,
    WHITE,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
    sentence,
    signed_money_format,
    wrapped_height,
)
from tasks.reporting.render.excel_charts import (
    anchor_chart,
    bars_chart,
    curves_chart,
    intervals_chart,
    run_chart,
    short_amounts,
    waterfall_chart,
    whole_numbers,
)
from tasks.reporting.render.sheet import new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.blocks import CellValue, Column, Page, Table
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.cells import Value
    from tasks.reporting.render.chart_data import ChartRanges

FIRST_WIDTH, NARROWEST = 36, 15
CHART_ROWS, CHART_COLUMNS, FEWEST_COLUMNS = 16, 7, 8
SAID = CellStyle(size=14, bold=True, wrap=True, at_top=True)
SAID_LINE_POINTS = 1.4
"""How much taller a line of the sentence is than a line of text."""
RATE, TIMES = "0.0%", "0.00"
INDENT_WIDTH = 2
"""What an indent takes of a column's width, in characters."""


def page_sheet(book: Workbook, facts: ScorecardData, page: Page, *, drawn: ChartRanges | None = None) -> None:
    """Write one page, its charts between the sentence and the tables."""
    widths = page.widths or _widths(facts, page)
    facts = facts if page.minor_units is None else replace(facts, minor_units=page.minor_units)
    above, charts = [*top_lines(page.heading or page.title, page.question), *_said(page, widths)], _charts(page, drawn) if drawn else []
    frozen_at, repeated_rows = _in_sight(page, above, widths)
    sheet = new_sheet(book, facts, title=page.title, widths=widths, frozen_at=frozen_at, repeated_rows=repeated_rows)
    charts_count = len(charts) + bool(page.curves) + bool(page.intervals) + bool(page.run_chart)
    lines = [*above, *[Row()] * (CHART_ROWS * charts_count or bool(page.sentence))]
    for table in page.tables:
        first_row = _add_table(lines, facts, table, widths=widths)
        _shade(sheet, table, first_row=first_row)
    if page.small_print:
        lines += [Row(), *(sentence(text, widths) for text in page.small_print)]
    if page.curves:
        first_row = _add_table(lines, facts, page.curves.numbers, widths=widths)
        _add_table(lines, facts, page.curves.ends, widths=widths)
        charts.append(curves_chart(page.title, page.curves, first_row=first_row))
    if page.intervals:
        first_row = _add_table(lines, facts, page.intervals.numbers, widths=widths)
        charts.append(intervals_chart(page.title, page.intervals, first_row=first_row))
    if page.run_chart:
        first_row = _add_table(lines, facts, page.run_chart.numbers, widths=widths)
        charts.append(run_chart(page.title, page.run_chart, first_row=first_row))
    fill_in(sheet, lines)
    for number, chart in enumerate(charts):
        first_row = len(above) + CHART_ROWS * number
        anchor_chart(sheet, chart, columns=(0, CHART_COLUMNS), rows=(first_row, first_row + CHART_ROWS - 1))


def _widths(facts: ScorecardData, page: Page) -> tuple[float, ...]:
    columns_count = max(FEWEST_COLUMNS, *(len(table.columns) for table in page.tables), 0)
    others = max(NARROWEST, money_width(facts)) if _holds_money(page) else NARROWEST
    return (FIRST_WIDTH, *(others,) * (columns_count - 1))


def _in_sight(page: Page, above: Sequence[Row], widths: Sequence[float]) -> tuple[str, str]:
    """Before which cell the sheet scrolls, and which rows every printed page repeats."""
    if not page.is_headed_once:
        return "A3", "1:2" if page.sentence else "1:1"
    headed_count = len([*above, *_above_rows(page.tables[0], widths)])
    return f"B{headed_count + 1}", f"1:{headed_count}"


def _charts(page: Page, drawn: ChartRanges) -> list[ChartBase]:
    charts: list[ChartBase] = []
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
    if page.sentence:
        height = wrapped_height([page.sentence], [sum(widths) / SAID_LINE_POINTS]) * SAID_LINE_POINTS
        yield Row((Cell(page.sentence, SAID, spans=len(widths)),), height=height)
    yield from (sentence(text, widths) for text in page.missing)
    if page.sentence:
        yield Row()


def _add_table(lines: list[Row], facts: ScorecardData, table: Table, *, widths: Sequence[float]) -> int:
    """Add a table to the lines of a sheet; where its first row stands."""
    lines += _above_rows(table, widths)
    first_row = len(lines) + 1
    lines += _table_rows(facts, table, widths)
    return first_row


def _table_rows(facts: ScorecardData, table: Table, widths: Sequence[float]) -> Iterator[Row]:
    for row in table.rows:
        yield _row(facts, table, row, widths=widths)
    if not table.rows and table.when_empty:
        yield Row((Cell(table.when_empty, SMALL),))
    if table.total is not None:
        yield _row(facts, table, table.total, widths=widths, is_total=True)
    if table.below:
        yield Row((Cell(table.below, SMALL),))


def _above_rows(table: Table, widths: Sequence[float]) -> Iterator[Row]:
    """What stands above a table's rows: a space, its title, what a reader must know, the headings."""
    if not table.is_joined:
        yield Row()
    if table.title:
        note = (*[None] * (table.note_column - 1), Cell(table.note, SMALL)) if table.note else ()
        yield Row((Cell(table.title, SECTION), *note), height=20)
    if table.says:
        yield sentence(table.says, widths)
    if table.has_headings:
        headings = [column.heading for column in table.columns]
        height = wrapped_height(headings, widths[: len(headings)])
        yield Row(tuple(_heading(column, place) for place, column in enumerate(table.columns)), height=height)


def _row(facts: ScorecardData, table: Table, values: Sequence[CellValue], *, widths: Sequence[float], is_total: bool = False) -> Row:
    is_ruled = is_total or (table.is_ruled and values[0] is not None)
    look = replace(WRAPPED if table.is_wrapped else TEXT, bold=is_total, rule_above=is_ruled)
    items = tuple(_item(facts, value, column, look=look) for value, column in zip(values, table.columns, strict=True))
    return Row(items, height=_height(items, widths) if table.is_wrapped else None)


def _height(items: Sequence[Cell | None], widths: Sequence[float]) -> float:
    """Height of a row that shows all of its texts, each in the columns that it takes."""
    texts = {place: item for place, item in enumerate(items) if item and isinstance(item.value, str) and item.look.wrap}
    rooms = [sum(widths[place : place + item.spans]) - INDENT_WIDTH * item.look.indent for place, item in texts.items()]
    return wrapped_height(["", *(str(item.value) for item in texts.values())], [1, *rooms])


def _shade(sheet: Worksheet, table: Table, *, first_row: int) -> None:
    """Shade the numbers of the columns that are shaded, but not their total."""
    for place, column in enumerate(table.columns, start=1):
        highest = max(
            (abs(Decimal(number)) for row in table.rows if isinstance(number := row[place - 1], int | Decimal)), default=Decimal(0)
        )
        if column.is_shaded and highest:
            letter = get_column_letter(place)
            cells = f"{letter}{first_row}:{letter}{first_row + len(table.rows) - 1}"
            sheet.conditional_formatting.add(cells, ColorScaleRule(**_shades(highest, is_more_worse=column.is_more_worse)))


def _shades(highest: int | Decimal, *, is_more_worse: bool) -> dict[str, Any]:
    """The colours of a rule of Excel, from the lowest over zero to the highest."""
    below, above = (IN_FILL, OUT_FILL) if is_more_worse else (OUT_FILL, IN_FILL)
    ends = {"start": (-highest, below), "mid": (0, WHITE), "end": (highest, above)}
    values = {f"{end}_value": value for end, (value, _colour) in ends.items()}
    return {**values, **{f"{end}_type": "num" for end in ends}, **{f"{end}_color": colour for end, (_value, colour) in ends.items()}}


def _heading(column: Column, place: int) -> Cell | None:
    if column.kind == "gap":
        return None
    is_text = place == 0 or column.kind in {"text", "day"}
    look = HEADING if is_text else HEADING_OF_NUMBERS
    return Cell(column.heading, replace(look, indent=int(column.is_indented)), spans=column.spans)


def _item(facts: ScorecardData, value: CellValue, column: Column, *, look: CellStyle) -> Cell | None:
    """A cell, formatted as its column is; in a column of figures an amount looks like money, and a share always like a share."""
    if column.kind == "gap":
        return None
    look = replace(look, colour=COLOURS[column.tone] if column.tone else look.colour, indent=int(column.is_indented))
    if isinstance(value, Marked):
        look = replace(look, colour=COLOURS[value.tone] if value.tone else look.colour, bold=look.bold or value.is_bold)
        value = value.value
    if isinstance(value, Share):
        return _share(facts, value, look)
    if isinstance(value, str) or value is None:
        look = look if column.kind in {"text", "day"} else replace(look, align="right")
        return Cell(value, look, spans=column.spans)
    unit = "money" if isinstance(value, Decimal) else "count"
    number_format = _formats(facts)[column.kind.replace("figure", unit)]
    return Cell(value, replace(look, number_format=number_format, wrap=False, align="left" if column.kind == "day" else None))


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
        "times": TIMES,
        "day": DAY,
        "text": "General",
    }
