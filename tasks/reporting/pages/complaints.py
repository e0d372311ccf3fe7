"""Complaints against active customers, period by period: a table and a chart with the limits of what chance makes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import number
from tasks.reporting.blocks import Column, Marked, RunChart, Table
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import ComplaintLine, ComplaintRates

PER_CUSTOMERS = 1000
"""Rates are said for so many customers."""
DIGITS = 4
METHOD = gettext_noop(
    "Complaints opened in a period for every {count} customers at its opening. A trend is shown where it is beyond chance after all lines "
    "are taken into account (quasi-Poisson, Benjamini and Hochberg, 5%); limits are those of Laney's chart."
)
LIMITS_COLUMNS = (
    Column(gettext_noop("Centre"), "times"),
    Column(gettext_noop("Lower limit"), "times"),
    Column(gettext_noop("Upper limit"), "times"),
)
TREND_COLUMNS = (
    Column(gettext_noop("Times a period"), "times"),
    Column(gettext_noop("95% interval"), "figure"),
    Column(gettext_noop("Trend"), "text"),
)
RISING, FALLING, NO_TREND = gettext_noop("rising"), gettext_noop("falling"), gettext_noop("no trend shown")
BEYOND = {
    RISING: gettext_noop("rising, beyond its limits in this period"),
    FALLING: gettext_noop("falling, beyond its limits in this period"),
    NO_TREND: gettext_noop("no trend shown, beyond its limits in this period"),
}
"""What is said of a trend whose last period lies beyond what chance makes."""


def complaints_table(rates: ComplaintRates) -> Table:
    """A line for all complaints, each category and each stage: this period, the one before, the trend."""
    now, before = rates.periods[-1], rates.periods[-2] if len(rates.periods) > 1 else None
    columns = [Column(gettext("Complaints"), "text"), Column(now), _rate_column()]
    columns += [Column(before), Column(gettext("Change"), "signed_count")] if before else []
    rows = tuple(_row(rates, line, has_before=before is not None) for line in rates.lines)
    title = ngettext("Complaints over {count} period", "Complaints over {count} periods", len(rates.periods))
    return Table(title, (*columns, *TREND_COLUMNS), rows, description=gettext(METHOD, count=whole_number(PER_CUSTOMERS)))


def complaints_chart(rates: ComplaintRates) -> RunChart | None:
    """All complaints with the limits of their rate; none where there are too few for limits."""
    whole = rates.lines[0]
    if whole.centre is None:
        return None
    limits = zip(rates.periods, whole.counts, rates.active_counts, whole.limits_low, whole.limits_high, strict=True)
    rows = tuple(
        (period, _rate(count / active), _rate(whole.centre), _rate(low), _rate(high)) for period, count, active, low, high in limits
    )
    numbers = Table(
        gettext("The second chart is drawn from these numbers"),
        (Column(gettext("Period"), "text"), _rate_column(), *LIMITS_COLUMNS),
        rows,
    )
    title = gettext("Complaints for {count} customers, with the limits of what chance makes", count=whole_number(PER_CUSTOMERS))
    return RunChart(title, numbers, ("base", "quiet", "out", "out"))


def _rate_column() -> Column:
    return Column(gettext("For {count} customers", count=whole_number(PER_CUSTOMERS)), "times")


def _row(rates: ComplaintRates, line: ComplaintLine, *, has_before: bool) -> tuple[CellValue, ...]:
    now = line.counts[-1]
    before = (line.counts[-2], now - line.counts[-2]) if has_before else ()
    factor = None if line.factor is None else round(Decimal(line.factor), DIGITS)
    interval = None if line.low is None or line.high is None else gettext("{low} to {high}", low=_factor(line.low), high=_factor(line.high))
    return (line.part or gettext("All"), now, _rate(now / rates.active_counts[-1]), *before, factor, interval, _trend(line))


def _trend(line: ComplaintLine) -> Marked:
    """What a headline may say of it."""
    if line.factor is None:
        return Marked(gettext("too few"), "quiet")
    trend = (RISING if line.factor > 1 else FALLING) if line.is_shown else NO_TREND
    text = gettext(BEYOND[trend] if line.is_outside else trend)
    return Marked(text, None if line.is_shown or line.is_outside else "quiet", is_bold=line.is_shown or line.is_outside)


def _factor(factor: float) -> str:
    return number(Decimal(f"{factor:.2f}"), decimals=2)


def _rate(rate: float) -> Decimal:
    return round(Decimal(rate * PER_CUSTOMERS), DIGITS)
