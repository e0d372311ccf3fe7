"""The first sheet: what an executive reads in ten seconds, the roll-forward that it rests on, and where everything else stands."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from config.language import gettext, gettext_noop, look_up
from config.measures.roll_forward import ROLL_FORWARD
from config.measures.table import MEASURES
from tasks.reporting.model import CUSTOMERS_FILE
from tasks.reporting.pages.front import data_line, front_lines, groups_table
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.meeting import about, line_label, period_headings, scale_of, small_print
from tasks.reporting.pages.roll_forward import NO_NUMBER, is_unknown
from tasks.reporting.render.cells import (
    BASE,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    INK,
    LINKED,
    OUT,
    SECTION,
    SIGNED_COUNT,
    SMALL,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
    number_format,
    sentence,
    signed_money_format,
)
from tasks.reporting.render.excel import shade, table_cells
from tasks.reporting.render.excel_charts import anchor_chart, short_amounts, trend_chart, waterfall_chart, whole_numbers
from tasks.reporting.render.sheet import SCORECARD, fit_on_one_page, new_sheet
from tasks.reporting.render.trend_table import TREND, add_table, trend_columns, trend_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from config.measures.roll_forward import Role, RollForwardLine
    from tasks.reporting.blocks import Tab
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.pages.front import FrontLine
    from tasks.reporting.render.chart_data import ChartRanges

LineColourRole = Literal["base", "in", "out", "part"]
COLOUR_OF: dict[LineColourRole, str] = {"base": INK, "in": IN, "out": OUT, "part": INK}
WIDTHS = (32, 14, 14, 12, 14, 12, 3, 30, 14, 14, 14, 14)
VALUE_COLUMN = 7
"""Where the value begins, counted from 0."""
WATERFALL_ROWS, TREND_ROWS = 13, 12
THOUSANDS = {1_000: 1, 1_000_000: 2}
"""How many commas take so much off a number in a format of Excel."""
NO_PICTURE = gettext_noop("There is no picture of the value: it is zero, or falls below zero on the way.")
NO_OPENING = gettext_noop("There is no picture of the change: who was a customer at opening is not known.")
NO_TREND = gettext_noop("There is no trend yet: nobody was a customer before this period.")
NOBODY_WENT = gettext_noop("Nobody went, so no group lost more than others.")
NO_COMPARISON = gettext_noop("Groups have nothing before to be held against yet.")
ROLE_COLOURS: dict[Role, LineColourRole] = {"opening": "base", "in": "in", "out": "out", "net": "base", "closing": "base"}
"""The other lines are parts of these."""


def scorecard_sheet(book: Workbook, data: ScorecardData, drawn: ChartRanges, *, tabs: Sequence[Tab], lists: Sequence[str]) -> None:
    """Write the sheet with its charts, its named figures, and the trend below what is printed."""
    sheet = new_sheet(book, data, title=gettext(SCORECARD), widths=WIDTHS)
    sheet.sheet_properties.tabColor = OUT
    fit_on_one_page(sheet)
    above = [*_top(data), *_roll_forward(data), Row()]
    room = _waterfall_room(data, drawn)
    below = (sentence(text, WIDTHS) for text in small_print(data))
    printed = [*above, *room, *_trend_room(data, drawn), *_contents(tabs, lists), *below]
    table = groups_table(data)
    if table:
        shade(sheet, table, first_row=len(above) + len(room) + 3, first_column=VALUE_COLUMN)
    title = Row((Cell(gettext("Trend: every period, to the last minor unit"), SECTION),), height=20)
    trend = list(trend_rows(data))
    fill_in(sheet, [*printed, Row(), title, *trend])
    sheet.print_area = f"A1:{get_column_letter(len(WIDTHS))}{len(printed)}"
    headings = [gettext("Period"), *(heading for heading, _name in trend_columns(data))]
    add_table(sheet, gettext(TREND), headings, first_row=len(printed) + 3, rows_count=len(trend) - 1)
    if not data.is_opening_unknown:
        _add_waterfalls(sheet, data, drawn, first_row=len(above))
    _add_trend(sheet, data, drawn, first_row=len(above) + len(room))
    _name_figures(book, first_row=len(_top(data)) + 3)


def _top(data: ScorecardData) -> list[Row]:
    return [
        Row((Cell(about(data), CellStyle(size=11, bold=True, colour=GREY)),), height=18),
        Row((Cell(headline(data), CellStyle(size=24, bold=True, colour=BASE)),), height=38),
        Row((Cell(value_line(data), CellStyle(size=14)),), height=24),
        *map(_front_line, front_lines(data)),
        Row((Cell(data_line(data), SMALL),), height=16),
        Row(),
    ]


def _front_line(line: FrontLine) -> Row:
    if line.is_small:
        return Row((Cell(line.text, SMALL),), height=16)
    colour = OUT if line.is_alarm else INK
    look = replace(LINKED, size=12) if line.tab else CellStyle(size=12, bold=line.is_bold, colour=colour)
    return Row((Cell(line.text, look, link=look_up(line.tab) if line.tab else None),), height=20)


def _trend_room(data: ScorecardData, drawn: ChartRanges) -> Iterator[Row]:
    """Room for the trend, with the groups that lost most at its right."""
    table = groups_table(data)
    why_not = gettext(NO_COMPARISON if data.count("customers_out") else NOBODY_WENT)
    right = table_cells(data, table) if table else [(Cell(why_not, SMALL),)]
    rows_count = max(TREND_ROWS if drawn.has_trend else 2, len(right) + 1)
    for number in range(rows_count):
        left = Cell(gettext(NO_TREND), SMALL) if number == 0 and not drawn.has_trend else None
        cells = right[number - 1] if 0 < number <= len(right) else ()
        yield Row((left, *[None] * (VALUE_COLUMN - 1), *cells))


def _contents(tabs: Sequence[Tab], lists: Sequence[str]) -> Iterator[Row]:
    """Every tab with what it is good for, and beside them the lists of customers in the other workbook."""
    yield Row(
        (
            Cell(gettext("Where to look further"), SECTION),
            *[None] * (VALUE_COLUMN - 1),
            Cell(gettext("Customers by name, in {file}", file=CUSTOMERS_FILE), SECTION),
        ),
        height=20,
    )
    for number in range(max(len(tabs), len(lists))):
        tab = tabs[number] if number < len(tabs) else None
        left = (Cell(tab.heading, LINKED, link=tab.heading), Cell(_about(tab), SMALL)) if tab else (None, None)
        right = Cell(lists[number], LINKED, link=lists[number], file=CUSTOMERS_FILE) if number < len(lists) else None
        yield Row((*left, *[None] * (VALUE_COLUMN - 2), right))


def _about(tab: Tab) -> str:
    what = gettext(tab.about)
    return f"{what[:1].upper()}{what[1:]}."


def _name_figures(book: Workbook, *, first_row: int) -> None:
    """Name this period's figures of the roll-forward as the files call them, so that other workbooks can ask for them."""
    for row, line in enumerate(ROLL_FORWARD, start=first_row):
        for name, column in ((line.customers, "B"), (line.amount, get_column_letter(VALUE_COLUMN + 1))):
            if name:
                book.defined_names.setdefault(name, DefinedName(name, attr_text=f"'{gettext(SCORECARD)}'!${column}${row}"))


def amount_formats(data: ScorecardData) -> tuple[str, str]:
    """Formats of amounts and of differences: millions or thousands where they are large, since cells hold them to the last unit."""
    scale = scale_of(data)
    plain = money_format(scale.decimals)
    if not scale.letter:
        return plain, signed_money_format(scale.decimals)
    plain = f'{plain}{"," * THOUSANDS[scale.step]}"{scale.letter}"'
    return plain, f"+{plain};-{plain};0"


def _roll_forward(data: ScorecardData) -> list[Row]:
    names = [Cell(name, HEADING_OF_NUMBERS) for name in period_headings(data)]
    group = CellStyle(size=12, bold=True, colour=BASE)
    return [
        Row((None, Cell(gettext("Customers"), group), *[None] * 5, Cell(_value_heading(data), group)), height=20),
        Row((Cell("", HEADING), *names, None, *names), height=18 if data.previous and data.year_before else 30),
        *(_movement_line(data, line) for line in ROLL_FORWARD),
    ]


def _value_heading(data: ScorecardData) -> str:
    return gettext("Value, {currency}", currency=data.currency)


def _movement_line(data: ScorecardData, line: RollForwardLine) -> Row:
    colour_role = ROLE_COLOURS.get(line.role, "part")
    label = CellStyle(
        bold=colour_role != "part",
        colour=COLOUR_OF[colour_role],
        indent=1 if colour_role == "part" else 0,
        rule_above=colour_role == "base",
    )
    counts = replace(label, number_format=number_format(line.customers or line.amount, data.minor_units), indent=0)
    if line.role == "stayed":
        counts = replace(counts, colour=GREY, italic=True)
    plain, signed = amount_formats(data)
    amounts = replace(label, number_format=signed if MEASURES[line.amount].sign == "either" else plain, indent=0)
    unknown = is_unknown(data, line)
    return Row(
        (
            Cell(line_label(line), label),
            *_compared(data, line.customers, look=counts, difference=SIGNED_COUNT, is_unknown=unknown),
            None,
            *_compared(data, line.amount, look=amounts, difference=signed, is_unknown=unknown),
        )
    )


def _compared(data: ScorecardData, measure: str | None, *, look: CellStyle, difference: str, is_unknown: bool) -> Iterator[Cell]:
    """A figure, or that it is not known, and those of the period before and of a year before, each with the difference."""
    now = data.figure(measure) if measure else None
    change = replace(look, number_format=difference, bold=False, colour=GREY)
    yield Cell(gettext(NO_NUMBER) if is_unknown and measure else now, look)
    for period in (data.previous, data.year_before):
        earlier = data.figure(measure, period=period) if measure and period else None
        yield Cell(earlier, replace(look, bold=False))
        yield Cell(None if now is None or earlier is None else now - earlier, change)


def _waterfall_room(data: ScorecardData, drawn: ChartRanges) -> list[Row]:
    """Room for both waterfalls; of one that cannot be drawn, why."""
    if data.is_opening_unknown:
        return [Row((Cell(gettext(NO_OPENING), SMALL),)), Row()]
    return [Row(() if drawn.money else (*[None] * VALUE_COLUMN, Cell(gettext(NO_PICTURE), SMALL))), *[Row()] * (WATERFALL_ROWS - 1)]


def _add_waterfalls(sheet: Worksheet, data: ScorecardData, drawn: ChartRanges, *, first_row: int) -> None:
    rows = (first_row, first_row + WATERFALL_ROWS)
    customers = waterfall_chart(drawn.customers, title=gettext("How the number of customers changed"), numbers=whole_numbers())
    anchor_chart(sheet, customers, columns=(0, VALUE_COLUMN - 1), rows=rows, description=headline(data))
    if drawn.money:
        numbers = short_amounts(Decimal(drawn.money.highest))
        money = waterfall_chart(drawn.money, title=gettext("How their value changed, {currency}", currency=data.currency), numbers=numbers)
        anchor_chart(sheet, money, columns=(VALUE_COLUMN, len(WIDTHS)), rows=rows, description=value_line(data))


def _add_trend(sheet: Worksheet, data: ScorecardData, drawn: ChartRanges, *, first_row: int) -> None:
    if drawn.has_trend:
        trend = trend_chart(drawn.trend, title=gettext("Customers in above the line, out below it, and the net"))
        until = {"count": len(data.trend_with_customers), "period": data.labels[data.period]}
        about = gettext("Customers in and out of {count} periods up to {period}", **until)
        anchor_chart(sheet, trend, columns=(0, VALUE_COLUMN - 1), rows=(first_row, first_row + TREND_ROWS), description=about)
