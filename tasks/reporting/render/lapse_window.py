"""The lapse window in force beside the one that the purchases suggest, for the whole and every group, and what each would get wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor

from tasks.reporting.model import ALL
from tasks.reporting.pages.what_if import interval_in_words, lapse_sentences
from tasks.reporting.render.cells import (
    COUNT,
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
    sentence,
)
from tasks.reporting.render.lapse_chart import Drawn, lapse_chart
from tasks.reporting.render.sheet import new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import LapseLine, LapsePoint, LapseWindow

LAPSE_WINDOW = "Lapse window"
HEADINGS = ("Suggested days", "95% interval", "Come back later, in force", "Silences", "Ended by a purchase", "Buyers ever")
SIDES = ("Active buyers, in force", "Active buyers, suggested", "Difference")
WIDTHS = (34, *(16,) * (len(HEADINGS) + len(SIDES)))
RATE = CellStyle("0.0%")
NUMBER = CellStyle(COUNT)
RIGHT = CellStyle(align="right")
RATE_DIGITS = 6
CHART_ROWS = 20
POINTS_SHOWN = 60
"""How many days the curves are drawn from."""
TIMES_THE_WINDOW = 3
"""The curves are drawn up to so many times the longer of the two windows."""
CURVES = ("Declared lost, yet come back", "Days kept for those who never return", "Come back within the horizon")
METHOD = (
    "Every time between a buyer's purchase days counts; the last one runs until the end of the data and is cut off there (Kaplan-Meier).",
    "Suggested: the fewest days of silence after which at most the tolerated part comes back within the horizon.",
    "95% interval of the suggestion: between which days it lies when the buyers are drawn anew 200 times.",
    "Declared lost, yet come back: of those whom the window declares lost, the part that still buys as far as the data can see.",
    "Days kept for those who never return: of all customer days that the window grants, the part that goes to those who never buy again.",
    "Departures that customers told us of are not looked at: the window is about silence.",
)


def lapse_window_sheet(book: Workbook, facts: ScorecardData, window: LapseWindow) -> None:
    """Write the sheet: what is in force and suggested, the chart, every group, and the numbers of the chart."""
    sheet = new_sheet(book, facts, title=LAPSE_WINDOW, widths=WIDTHS)
    said = [*top_lines("Lapse window", "How long a buyer must be silent to have lapsed."), Row(), *map(_said, lapse_sentences(window))]
    if window.why_not:
        fill_in(sheet, said)
        return
    points = shown_points(window)
    room = [Row()] * CHART_ROWS if points else []
    lines = [*said, *room, *_groups(window), Row(), *(sentence(text, WIDTHS) for text in METHOD)]
    if points:
        drawn, numbers = _numbers(window, points, first_row=len(lines) + 1)
        lines += numbers
        _place(sheet, drawn, first_row=len(said))
    fill_in(sheet, lines)


def _place(sheet: Worksheet, drawn: Drawn, *, first_row: int) -> None:
    chart = lapse_chart(drawn)
    corners = (AnchorMarker(col=0, row=first_row), AnchorMarker(col=len(WIDTHS), row=first_row + CHART_ROWS))
    chart.anchor = TwoCellAnchor("twoCell", *corners)  # pyright: ignore[reportAttributeAccessIssue] - the stubs know only names of cells
    sheet.add_chart(chart)


def shown_points(window: LapseWindow) -> list[LapsePoint]:
    """The days that the curves are drawn from: evenly spread, and the windows themselves."""
    windows = {window.in_force_days, window.whole.suggested_days or window.in_force_days}
    near = [point for point in window.curve if 0 < point.day <= TIMES_THE_WINDOW * max(windows)]
    step = max(1, math.ceil(len(near) / POINTS_SHOWN))
    return [point for point in near if point.day % step == 0 or point == near[0] or point.day in windows or point == near[-1]]


def _said(text: str) -> Row:
    return Row((Cell(text, CellStyle(size=11)),), height=18)


def _groups(window: LapseWindow) -> list[Row]:
    """A table of every group of every segment, the whole first."""
    headings = Row((Cell("Customers", HEADING), *(Cell(name, HEADING_OF_NUMBERS) for name in (*HEADINGS, *SIDES))), height=30)
    lines, segment_by = [headings], ALL
    for line in window.lines:
        if line.segment_by != segment_by:
            segment_by = line.segment_by
            lines.append(Row((Cell(f"By {segment_by.replace('_', ' ')}", SECTION),), height=20))
        lines.append(_group(line))
    return lines


def _group(line: LapseLine) -> Row:
    is_whole = line.segment_by == ALL
    gained = None if line.active_suggested_count is None else line.active_suggested_count - line.active_in_force_count
    items = (
        Cell("All buyers" if is_whole else line.segment, replace(TEXT, indent=0 if is_whole else 1)),
        Cell(line.suggested_days, NUMBER) if line.suggested_days is not None else Cell("none", RIGHT),
        Cell(interval_in_words(line), RIGHT),
        Cell(_rate(line.back_in_force_rate), RATE) if line.back_in_force_rate is not None else Cell("not known", RIGHT),
        *(Cell(count, NUMBER) for count in (line.silences_count, line.returns_count, line.customers_count, line.active_in_force_count)),
        Cell(line.active_suggested_count, NUMBER),
        Cell(gained, replace(NUMBER, number_format=SIGNED_COUNT)),
    )
    bold = [item and replace(item, look=replace(item.look, bold=True)) for item in items] if is_whole else items
    return Row(tuple(bold))


def _numbers(window: LapseWindow, points: Sequence[LapsePoint], *, first_row: int) -> tuple[Drawn, list[Row]]:
    """The numbers of the chart, and where they stand."""
    headings = ("Days of silence", *CURVES, "Still silent", "Watched")
    first = first_row + 3
    lines = [
        Row(),
        Row((Cell("The chart is drawn from these numbers", SECTION),), height=20),
        Row((Cell(headings[0], HEADING), *(Cell(name, HEADING_OF_NUMBERS) for name in headings[1:])), height=44),
        *map(_point, points),
    ]
    uprights = _uprights(window)
    rows = [(name, first + len(points) + 2 * number) for number, (name, _days) in enumerate(uprights)]
    for name, days in uprights:
        lines += [Row((Cell(days, NUMBER), Cell(end, RATE), Cell(name, SMALL))) for end in (0, 1)]
    return Drawn(LAPSE_WINDOW, first, first + len(points) - 1, CURVES, tuple(rows), points[-1].day), lines


def _point(point: LapsePoint) -> Row:
    rates: Sequence[float | None] = (point.wrongly_lost_rate, point.wrongly_kept_rate, point.back_within_rate, point.silent_rate)
    return Row(
        (Cell(point.day, NUMBER), *(None if rate is None else Cell(_rate(rate), RATE) for rate in rates), Cell(point.watched_count, NUMBER))
    )


def _rate(rate: float) -> Decimal:
    """A rate as a cell holds it: to the hundredth of a per cent of a per cent, so that the last bits of a float do not show."""
    return round(Decimal(rate), RATE_DIGITS)


def _uprights(window: LapseWindow) -> list[tuple[str, int]]:
    suggested = window.whole.suggested_days
    in_force = [(f"In force: {window.in_force_days:,} days", window.in_force_days)]
    return in_force + ([] if suggested is None else [(f"Suggested: {suggested:,} days", suggested)])
