"""The lapse window in force beside the one that the purchases suggest, for the whole and every group, and what each would get wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from tasks.reporting.blocks import Column, Curves, Marked, Page, Table
from tasks.reporting.model import ALL, named
from tasks.reporting.pages.what_if import format_interval, lapse_sentences
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.what_if import LapseLine, LapsePoint, LapseWindow

TITLE = gettext_noop("Lapse window")
COLUMNS = (
    Column("Customers", "text"),
    Column("Suggested days"),
    Column("95% interval", "figure"),
    Column("Come back later, in force", "share"),
    Column("Silences"),
    Column("Ended by a purchase"),
    Column("Buyers ever"),
    Column("Active buyers, in force"),
    Column("Active buyers, suggested"),
    Column("Difference", "signed_count"),
)
GROUP_COLUMNS = (replace(COLUMNS[0], is_indented=True), *COLUMNS[1:])
CURVE_COLUMNS = (
    Column("Days of silence"),
    Column("Declared lost, yet come back", "share"),
    Column("Days kept for those who never return", "share"),
    Column("Come back within the horizon", "share"),
    Column("Still silent", "share"),
    Column("Watched"),
)
WIDTHS = (34, *(16,) * (len(COLUMNS) - 1))
RATE_DIGITS = 6
POINTS_SHOWN = 60
"""How many days the curves are drawn from."""
TIMES_THE_WINDOW = 3
"""The curves are drawn up to so many times the longer of the two windows."""
METHOD = (
    gettext_noop(
        "Every time between a buyer's purchase days counts; the last one runs until the end of the data and is cut off there "
        "(Kaplan-Meier)."
    ),
    gettext_noop("Suggested: the fewest days of silence after which at most the tolerated part comes back within the horizon."),
    gettext_noop("95% interval of the suggestion: between which days it lies when the buyers are drawn anew 200 times."),
    gettext_noop(
        "Declared lost, yet come back: of those whom the window declares lost, the part that still buys as far as the data can see."
    ),
    gettext_noop(
        "Days kept for those who never return: of all customer days that the window grants, the part that goes to those who "
        "never buy again."
    ),
    gettext_noop("Departures that customers told us of are not looked at: the window is about silence."),
)


def lapse_window_page(window: LapseWindow) -> Page:
    """What is in force and suggested, the chart, every group, and the numbers of the chart; or why there is no suggestion."""
    question, sentence = gettext("How long a buyer must be silent to have lapsed."), "\n".join(lapse_sentences(window))
    page = Page(title=gettext(TITLE), question=question, sentence=sentence, widths=WIDTHS)
    if window.why_not:
        return page
    return replace(page, tables=(*_tables(window), _method()), curves=_curves(window))


def shown_points(window: LapseWindow) -> list[LapsePoint]:
    """The days that the curves are drawn from: evenly spread, and the windows themselves."""
    windows = {window.in_force_days, window.whole.suggested_days or window.in_force_days}
    near = [point for point in window.curve if 0 < point.day <= TIMES_THE_WINDOW * max(windows)]
    step = max(1, math.ceil(len(near) / POINTS_SHOWN))
    return [point for point in near if point.day % step == 0 or point == near[0] or point.day in windows or point == near[-1]]


def _tables(window: LapseWindow) -> Iterator[Table]:
    """The whole, then a table a way of grouping under the same headings."""
    whole = tuple(Marked(value, is_bold=True) for value in _row(window.whole))
    yield Table("", COLUMNS, (whole,), is_joined=True)
    for segment_by, lines in groupby(window.lines[1:], key=lambda line: line.segment_by):
        rows = tuple(map(_row, lines))
        yield Table(gettext("By {group}", group=segment_by.replace("_", " ")), GROUP_COLUMNS, rows, is_detail=True)


def _method() -> Table:
    """How the suggestion is made, a sentence a row."""
    columns = (Column("", "text", spans=len(WIDTHS)),)
    return Table(gettext("How it is suggested"), columns, tuple((gettext(text),) for text in METHOD), has_headings=False, is_detail=True)


def _row(line: LapseLine) -> tuple[str | int | Decimal | None, ...]:
    gained = None if line.active_suggested_count is None else line.active_suggested_count - line.active_in_force_count
    return (
        gettext("All buyers") if line.segment_by == ALL else named(line.segment),
        gettext("none") if line.suggested_days is None else line.suggested_days,
        format_interval(line),
        gettext("not known") if line.back_in_force_rate is None else _rate(line.back_in_force_rate),
        line.silences_count,
        line.returns_count,
        line.customers_count,
        line.active_in_force_count,
        line.active_suggested_count,
        gained,
    )


def _curves(window: LapseWindow) -> Curves | None:
    """What a window of so many days would get wrong, beside the window in force and the suggested one; none of too short data."""
    points, suggested = shown_points(window), window.whole.suggested_days
    if not points:
        return None
    in_force = (gettext("In force: {days} days", days=whole_number(window.in_force_days)), window.in_force_days)
    by_data = () if suggested is None else ((gettext("Suggested: {days} days", days=whole_number(suggested)), suggested),)
    return Curves(
        title=gettext("What a window of so many days gets wrong"),
        across=gettext("Days of silence after which a buyer has lapsed"),
        until=points[-1].day,
        numbers=Table(gettext("The chart is drawn from these numbers"), CURVE_COLUMNS, tuple(map(_point, points))),
        colour_roles=("out", "base", "quiet"),
        uprights=(in_force, *by_data),
    )


def _point(point: LapsePoint) -> tuple[int | Decimal | None, ...]:
    back = None if point.back_within_rate is None else _rate(point.back_within_rate)
    return point.day, _rate(point.wrongly_lost_rate), _rate(point.wrongly_kept_rate), back, _rate(point.silent_rate), point.watched_count


def _rate(rate: float) -> Decimal:
    """A rate as a cell holds it: to the hundredth of a per cent of a per cent, so that the last bits of a float do not show."""
    return round(Decimal(rate), RATE_DIGITS)
