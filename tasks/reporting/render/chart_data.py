"""The numbers that the charts are drawn from, where a reader can see them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from tasks.reporting.blocks import money_width
from tasks.reporting.render.cells import (
    COUNT,
    HEADING,
    HEADING_OF_NUMBERS,
    SECTION,
    SMALL,
    TEXT,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
)
from tasks.reporting.render.sheet import CHART_DATA, new_sheet, top_lines
from tasks.reporting.render.steps import cut_of, steps_of, steps_of_customers, steps_of_money
from tasks.reporting.render.trend import short_label
from tasks.reporting.text import measure_heading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from openpyxl import Workbook

    from tasks.reporting.blocks import Bars, Page, Waterfall
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.steps import Step

TREND = ("customers_in", "customers_out", "net_customers", "closing_customers")
STEP_HEADINGS = (
    gettext_noop("Step"),
    gettext_noop("Starts at (not painted)"),
    gettext_noop("Base"),
    gettext_noop("Up"),
    gettext_noop("Down"),
)


@dataclass(frozen=True)
class ChartRange:
    """Rows of the sheet that hold one chart's numbers; the headings are in the row above."""

    first_row: int
    last_row: int
    highest: int | Decimal = 0
    """Top of the highest column of a waterfall."""
    cut_at: int = 0
    """From where on the columns are shown; above 0 where the movements would be too thin to see beside the whole base."""


@dataclass(frozen=True)
class ChartRanges:
    """The lines of the sheet, and where each chart finds its numbers; none where there is nothing that can be drawn."""

    lines: tuple[Row, ...]
    customers: ChartRange
    money: ChartRange | None
    trend: ChartRange
    pages: Mapping[str, ChartRange] = field(default_factory=dict)
    """Where each page's chart finds its numbers, by the page's title."""
    waterfalls: Mapping[str, tuple[ChartRange, ...]] = field(default_factory=dict)
    """Where each page's waterfalls find their numbers, by the page's title."""

    @property
    def has_trend(self) -> bool:
        """Whether there is more than one period to draw."""
        return self.trend.last_row > self.trend.first_row


def charted(data: ScorecardData, pages: Sequence[Page] = ()) -> ChartRanges:
    """What the charts are drawn from, laid out for the sheet."""
    lines = top_lines(gettext(CHART_DATA), gettext("The charts of the scorecard are drawn from these numbers."))
    customers = _add_steps(lines, gettext("From opening to closing base, customers"), steps_of_customers(data), number_format=COUNT)
    in_money = gettext("From opening to closing value, {currency}", currency=data.currency)
    money = _add_steps(lines, in_money, steps_of_money(data), number_format=money_format(data.minor_units))
    trend = _add(
        lines,
        gettext("Trend, customers"),
        (gettext("Period"), *map(measure_heading, TREND)),
        added=[_trend_line(data, period) for period in data.trend_with_customers],
    )
    page_ranges = {page.title: _add_bars(lines, data, page.bars, title=page.title) for page in pages if page.bars and page.bars.highest}
    falls = {page.title: tuple(_add_waterfall(lines, page.title, fall) for fall in page.waterfalls) for page in pages if page.waterfalls}
    return ChartRanges(tuple(lines), customers, money if money.highest else None, trend, page_ranges, falls)


def _add_waterfall(lines: list[Row], title: str, fall: Waterfall) -> ChartRange:
    steps = steps_of(fall.opening, fall.changes, closing=fall.closing)
    return _add_steps(lines, f"{title}: {fall.title}", steps, number_format=COUNT)


def _add_bars(lines: list[Row], data: ScorecardData, bars: Bars, *, title: str) -> ChartRange:
    look = CellStyle(money_format(data.minor_units) if bars.is_money else COUNT)
    added = [
        Row((Cell(category, TEXT), *(Cell(series.values[number], look) for series in bars.series)))
        for number, category in enumerate(bars.categories)
    ]
    return _add(lines, f"{title}: {bars.title}", ("", *(series.name for series in bars.series)), added=added)


def chart_data_sheet(book: Workbook, data: ScorecardData, drawn: ChartRanges) -> None:
    """Write the sheet that shows what the charts are drawn from."""
    sheet = new_sheet(book, data, title=gettext(CHART_DATA), widths=(26, 24, *(max(18, money_width(data)),) * 3))
    sheet.sheet_state = "hidden"
    fill_in(sheet, drawn.lines)


def _add_steps(lines: list[Row], title: str, steps: list[Step], *, number_format: str) -> ChartRange:
    added = [_step_line(step, CellStyle(number_format)) for step in steps]
    chart_range = _add(lines, title, tuple(map(gettext, STEP_HEADINGS)), added=added)
    return replace(chart_range, highest=max((step.starts_at + step.height for step in steps), default=0), cut_at=cut_of(steps))


def _add(lines: list[Row], title: str, headings: tuple[str, ...], *, added: list[Row]) -> ChartRange:
    first, *others = headings
    headed = Row((Cell(first, HEADING), *(Cell(name, HEADING_OF_NUMBERS) for name in others)))
    lines += [Row(), Row((Cell(title, SECTION),)), headed]
    chart_range = ChartRange(len(lines) + 1, len(lines) + len(added))
    lines += added
    return chart_range


def _step_line(step: Step, number: CellStyle) -> Row:
    starts_at = None if step.kind == "base" else Cell(step.starts_at, number)
    heights = (Cell(step.height, number) if step.kind == kind else None for kind in ("base", "in", "out"))
    return Row((Cell(step.label, TEXT), starts_at, *heights))


def _trend_line(data: ScorecardData, period: str) -> Row:
    figures = ((measure, data.figure(measure, period=period)) for measure in TREND)
    cells = (
        Cell(gettext("no data"), SMALL) if figure is None else Cell(_drawn(measure, figure), CellStyle(COUNT))
        for measure, figure in figures
    )
    return Row((Cell(short_label(period), TEXT), *cells))


def _drawn(measure: str, figure: int | Decimal) -> int | Decimal:
    """A figure as the trend draws it: who went, below the line."""
    return -figure if measure == "customers_out" else figure
