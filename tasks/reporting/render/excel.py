"""A page on a sheet: the sentence, the picture, what is missing, and the tables below one another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.utils import get_column_letter

from config.language import gettext
from tasks.reporting.blocks import ON_THE_LEFT, Marked, Share
from tasks.reporting.render.cells import (
    COLOURS,
    COUNT,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN_FILL,
    OUT_FILL,
    POINT,
    SECTION,
    SIGNED_COUNT,
    SMALL,
    TEXT,
    WHITE,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    day_format,
    fill_in,
    heading_height,
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
from tasks.reporting.render.sheet import is_upright
from tasks.reporting.text import in_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.blocks import CellValue, Column, Page, Table
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.cells import Value
    from tasks.reporting.render.chart_data import ChartRanges

CHART_ROWS, CHART_COLUMNS = 12, 8
ABREAST = {2: CHART_ROWS, 3: 16}
"""So many charts stand beside one another, and how many rows they take: three are narrow, so that their titles take several lines."""
LONGEST_ALT_TEXT = 1_000
"""In characters; who listens to a picture wants to know what it shows, not every number."""
SENTENCE = CellStyle(size=14, bold=True, wrap=True, at_top=True)
SENTENCE_LINE_POINTS = 1.4
"""How much taller a line of the sentence is than a line of text."""
RATE, TIMES = "0.0%", "0.00"
INDENT_WIDTH = 2
"""What an indent takes of a column's width, in characters."""


@dataclass(frozen=True)
class Room:
    """Where a chart is drawn: its first row, counted from 0, and its columns, the last one not covered."""

    row: int
    columns: tuple[int, int]
    rows_count: int = CHART_ROWS


@dataclass(frozen=True)
class Layout:
    """A sheet as it is laid out: its rows, where blocks begin that no page should cut, and what is drawn over them."""

    data: ScorecardData
    title: str
    """Of the sheet."""
    widths: tuple[float, ...]
    printed: tuple[float, ...]
    """Widths of the columns that are printed; sentences keep to these."""
    rows: list[Row] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """Rows where a block begins, counted from 0."""
    charts: list[tuple[ChartBase, Room, str]] = field(default_factory=list)
    """Each with where it is drawn, and what it shows in words."""
    tables: list[tuple[Table, int]] = field(default_factory=list)
    """Each with its first row below the headings, counted from 1."""

    def begin(self) -> None:
        """Begin a block here."""
        self.starts.append(len(self.rows))

    def leave_room(self, rows_count: int = CHART_ROWS) -> Room:
        """Leave room for a chart."""
        room = Room(len(self.rows), (0, min(CHART_COLUMNS, len(self.printed))), rows_count)
        self.rows.extend([Row()] * rows_count)
        return room

    def leave_rooms(self, count: int) -> list[Room]:
        """Leave room for charts, two or three of them abreast where a page lies on its side, since the right of it would be empty."""
        if count not in ABREAST or is_upright(self.printed):
            return [self.leave_room() for _number in range(count)]
        room, last = self.leave_room(ABREAST[count]), len(self.printed)
        parts = [sum(self.printed) * number / count for number in range(1, count)]
        inner = [next(column for column in range(1, last) if sum(self.printed[:column]) >= part) for part in parts]
        return [replace(room, columns=columns) for columns in pairwise((0, *inner, last))]

    def add_chart(self, chart: ChartBase, alt_text: str, room: Room | None = None) -> None:
        """Draw a chart here, or where room was left for it."""
        self.charts.append((chart, room or self.leave_room(), alt_text))

    def add_table(self, table: Table, *, is_joined: bool = False) -> int:
        """Add a table as a block, or to the block before it, such as a heading that is not left behind; where its first row stands."""
        if not is_joined:
            self.begin()
        first_row = _add_table(self.rows, self.data, table, widths=self.widths if table.is_detail else self.printed)
        self.tables.append((table, first_row))
        return first_row

    def write(self, sheet: Worksheet) -> None:
        """Fill an empty sheet."""
        for table, first_row in self.tables:
            shade(sheet, table, first_row=first_row)
        fill_in(sheet, self.rows)
        for chart, room, alt_text in self.charts:
            anchor_chart(
                sheet,
                chart,
                columns=room.columns,
                rows=(room.row, room.row + room.rows_count - 1),
                description=alt_text,
            )


def add_page(layout: Layout, page: Page, drawn: ChartRanges | None) -> list[Room]:
    """Lay out what is printed of a page, but its own charts, whose numbers come later; where room is left for these."""
    layout.rows.extend(_sentences(page, layout.printed))
    chart = _bars_chart(page, drawn) if drawn else None
    own_count = sum(own is not None for own in (page.curves, page.intervals, page.run_chart))
    rooms = layout.leave_rooms(own_count + (chart is not None))
    if chart:
        layout.add_chart(chart, _alt_text(page), rooms.pop(0))
    if page.sentence and not chart and not rooms:
        layout.rows.append(Row())
    for number, table in enumerate(table for table in page.tables if not table.is_detail):
        layout.add_table(table, is_joined=number == 0 and not chart and not rooms)
    if page.small_print:  # with what stands above it, so that it is never alone on a page
        layout.rows.extend([Row(), *(sentence(text, layout.printed) for text in page.small_print)])
    return rooms


def add_details(layout: Layout, page: Page, drawn: ChartRanges | None, *, rooms: list[Room]) -> None:
    """Lay out what is not printed: waterfalls, tables to look things up in, and the numbers of the page's own charts."""
    for fall, steps in zip(page.waterfalls, drawn.waterfalls.get(page.title, ()) if drawn else (), strict=False):
        layout.add_chart(waterfall_chart(steps, title=fall.title, numbers=whole_numbers()), fall.title)
    for table in page.tables:
        if table.is_detail:
            layout.add_table(table)
    for chart, room in zip(_own_charts(layout, page), rooms, strict=True):
        layout.charts.append((chart, room, _alt_text(page)))


def is_printed(page: Page) -> bool:
    """Whether anything of a page is printed."""
    return bool(page.sentence or page.bars) or any(not table.is_detail for table in page.tables)


def has_details(page: Page) -> bool:
    """Whether a page has anything that is not printed."""
    return any(table.is_detail for table in page.tables) or bool(page.waterfalls or page.curves or page.intervals or page.run_chart)


def _alt_text(page: Page) -> str:
    """What a reader who does not see a chart of the page is told."""
    drawn = page.bars or page.curves or page.intervals or page.run_chart or (page.waterfalls[0] if page.waterfalls else None)
    title = drawn.title if drawn else page.title
    return f"{title}. {page.sentence}"[:LONGEST_ALT_TEXT]


def _own_charts(layout: Layout, page: Page) -> Iterator[ChartBase]:
    if page.curves:
        first_row = layout.add_table(page.curves.numbers)
        layout.add_table(page.curves.ends)
        yield curves_chart(layout.title, page.curves, first_row=first_row)
    if page.intervals:
        yield intervals_chart(layout.title, page.intervals, first_row=layout.add_table(page.intervals.numbers))
    if page.run_chart:
        yield run_chart(layout.title, page.run_chart, first_row=layout.add_table(page.run_chart.numbers))


def _bars_chart(page: Page, drawn: ChartRanges) -> ChartBase | None:
    ranges = drawn.pages.get(page.title)
    if not ranges or not page.bars:
        return None
    numbers = short_amounts(Decimal(page.bars.highest)) if page.bars.is_money else whole_numbers()
    return bars_chart(ranges, page.bars, numbers=numbers.plain)


def _sentences(page: Page, widths: Sequence[float]) -> Iterator[Row]:
    if page.sentence:
        height = wrapped_height([page.sentence], [sum(widths) / SENTENCE_LINE_POINTS]) * SENTENCE_LINE_POINTS
        yield Row((Cell(page.sentence, SENTENCE, spans=len(widths)),), height=height)
    yield from (sentence(text, widths) for text in page.missing)
    if page.sentence:
        yield Row()


def _add_table(lines: list[Row], data: ScorecardData, table: Table, *, widths: Sequence[float]) -> int:
    """Add a table to the lines of a sheet; where its first row stands."""
    lines += above_rows(table, widths)
    first_row = len(lines) + 1
    lines += _table_rows(data, table, widths)
    return first_row


def _table_rows(data: ScorecardData, table: Table, widths: Sequence[float]) -> Iterator[Row]:
    for number, row in enumerate(table.rows):
        is_folded = table.folded_from is not None and number >= table.folded_from
        yield replace(_row(data, table, row, widths=widths), is_folded=is_folded)
    if not table.rows and table.when_empty:
        yield Row((Cell(gettext(table.when_empty), SMALL),))
    if table.total is not None:
        yield _row(data, table, table.total, widths=widths, is_total=True)
    if table.below:
        yield Row((Cell(table.below, SMALL),))


def table_cells(data: ScorecardData, table: Table) -> list[tuple[Cell | None, ...]]:
    """The cells of a table's headings and rows, to be put beside something else."""
    headings = tuple(_heading(column, number) for number, column in enumerate(table.columns))
    return [headings, *(_row(data, table, row, widths=()).items for row in table.rows)]


def above_rows(table: Table, widths: Sequence[float]) -> Iterator[Row]:
    """What stands above a table's rows: a space, its title, what a reader must know, the headings."""
    if not table.is_joined:
        yield Row()
    if table.title:
        note = (*[None] * (table.note_column - 1), Cell(table.note, SMALL)) if table.note else ()
        yield Row((Cell(table.title, SECTION), *note), height=20)
    if table.description:
        yield sentence(table.description, widths)
    if table.has_headings:
        headings = [column.heading for column in table.columns]
        height = heading_height(headings, widths[: len(headings)])
        yield Row(tuple(_heading(column, position) for position, column in enumerate(table.columns)), height=height)


def _row(data: ScorecardData, table: Table, values: Sequence[CellValue], *, widths: Sequence[float], is_total: bool = False) -> Row:
    is_ruled = is_total or (table.is_ruled and values[0] is not None)
    look = replace(WRAPPED if table.is_wrapped else TEXT, bold=is_total, rule_above=is_ruled)
    items = tuple(_item(data, value, column, look=look) for value, column in zip(values, table.columns, strict=True))
    return Row(items, height=_height(items, widths) if table.is_wrapped else None)


def _height(items: Sequence[Cell | None], widths: Sequence[float]) -> float:
    """Height of a row that shows all of its texts, each in the columns that it takes."""
    texts = {position: item for position, item in enumerate(items) if item and isinstance(item.value, str) and item.look.wrap}
    rooms = [sum(widths[position : position + item.spans]) - INDENT_WIDTH * item.look.indent for position, item in texts.items()]
    return wrapped_height(["", *(str(item.value) for item in texts.values())], [1, *rooms])


def shade(sheet: Worksheet, table: Table, *, first_row: int, first_column: int = 0) -> None:
    """Shade the numbers of the columns that are shaded, but not their total; columns are counted from 0, rows from 1."""
    for position, column in enumerate(table.columns, start=1):
        highest = max(
            (abs(Decimal(number)) for row in table.rows if isinstance(number := row[position - 1], int | Decimal)), default=Decimal(0)
        )
        if column.is_shaded and highest:
            letter = get_column_letter(first_column + position)
            cells = f"{letter}{first_row}:{letter}{first_row + len(table.rows) - 1}"
            sheet.conditional_formatting.add(cells, ColorScaleRule(**_shades(highest, is_more_worse=column.is_more_worse)))


def _shades(highest: int | Decimal, *, is_more_worse: bool) -> dict[str, Any]:
    """The colours of a rule of Excel, from the lowest over zero to the highest."""
    below, above = (IN_FILL, OUT_FILL) if is_more_worse else (OUT_FILL, IN_FILL)
    ends = {"start": (-highest, below), "mid": (0, WHITE), "end": (highest, above)}
    values = {f"{end}_value": value for end, (value, _colour) in ends.items()}
    return {**values, **{f"{end}_type": "num" for end in ends}, **{f"{end}_color": colour for end, (_value, colour) in ends.items()}}


def _heading(column: Column, position: int) -> Cell | None:
    if column.kind == "gap":
        return None
    is_text = position == 0 or column.kind in ON_THE_LEFT
    look = HEADING if is_text else HEADING_OF_NUMBERS
    return Cell(column.heading, replace(look, indent=int(column.is_indented)), spans=column.spans)


def _item(data: ScorecardData, value: CellValue, column: Column, *, look: CellStyle) -> Cell | None:
    """A cell, formatted as its column is; in a column of figures an amount looks like money, and a share always like a share."""
    if column.kind == "gap":
        return None
    look = replace(look, colour=COLOURS[column.colour_role] if column.colour_role else look.colour, indent=int(column.is_indented))
    kind = column.kind
    if isinstance(value, Marked):
        look = replace(look, colour=COLOURS[value.colour_role] if value.colour_role else look.colour, bold=look.bold or value.is_bold)
        look, kind = replace(look, indent=look.indent or int(value.is_indented)), value.kind or kind
        value = value.value
    if isinstance(value, Share):
        return _share(data, value, look)
    if isinstance(value, str) or value is None:
        look = look if kind in ON_THE_LEFT else replace(look, align="right")
        return Cell(value, look, spans=column.spans)
    unit = "money" if isinstance(value, Decimal) else "count"
    number_format = _formats(data)[kind.replace("figure", unit)]
    return Cell(value, replace(look, number_format=number_format, wrap=False, align="left" if kind == "day" else None))


def _share(data: ScorecardData, share: Share, look: CellStyle) -> Cell:
    """A percentage; of too few, the two numbers instead."""
    if share.rate is None:
        return Cell(gettext("none"), replace(look, align="right", colour=GREY))
    if share.whole < data.smallest_rate_base:
        text: Value = gettext("{part} of {whole}", part=in_full(share.part), whole=in_full(share.whole))
        return Cell(text, replace(look, align="right", colour=GREY))
    return Cell(share.rate, replace(look, number_format=RATE))


def _formats(data: ScorecardData) -> dict[str, str]:
    return {
        "count": COUNT,
        "signed_count": SIGNED_COUNT,
        "money": money_format(data.minor_units),
        "signed_money": signed_money_format(data.minor_units),
        "share": RATE,
        "signed_share": POINT,
        "times": TIMES,
        "day": day_format(),
        "text": "General",
    }
