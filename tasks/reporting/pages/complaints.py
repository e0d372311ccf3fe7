"""Complaints against active customers, period by period: a table and a chart with the limits of what chance makes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.reporting.blocks import Column, Marked, RunChart, Table

if TYPE_CHECKING:
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import ComplaintLine, ComplaintRates

PER_CUSTOMERS = 1000
"""Rates are said for so many customers."""
DIGITS = 4
METHOD = (
    "Complaints opened in a period for every 1,000 customers at its opening. A trend is shown where it is beyond chance after all lines "
    "are taken into account (quasi-Poisson, Benjamini and Hochberg, 5%); limits are those of Laney's chart."
)
CHART_COLUMNS = (
    Column("Period", "text"),
    *(Column(heading, "times") for heading in ("For 1,000 customers", "Centre", "Lower limit", "Upper limit")),
)


def complaints_table(rates: ComplaintRates) -> Table:
    """A line for all complaints, each category and each stage: this period, the one before, the trend."""
    now, before = rates.periods[-1], rates.periods[-2] if len(rates.periods) > 1 else None
    columns = [Column("Complaints", "text"), Column(now), Column("For 1,000 customers", "times")]
    columns += [Column(before), Column("Change", "signed_count")] if before else []
    columns += [
        Column("Times a period", "times"),
        Column("95% interval", "figure"),
        Column("Trend", "text", is_indented=True),
    ]
    rows = tuple(_row(rates, line, has_before=before is not None) for line in rates.lines)
    return Table(f"Complaints over {counted(len(rates.periods), 'period')}", tuple(columns), rows, says=METHOD)


def complaints_chart(rates: ComplaintRates) -> RunChart | None:
    """All complaints with the limits of their rate; none where there are too few for limits."""
    whole = rates.lines[0]
    if whole.centre is None:
        return None
    limits = zip(rates.periods, whole.counts, rates.active_counts, whole.limits_low, whole.limits_high, strict=True)
    rows = tuple(
        (period, _rate(count / active), _rate(whole.centre), _rate(low), _rate(high)) for period, count, active, low, high in limits
    )
    numbers = Table("The second chart is drawn from these numbers", CHART_COLUMNS, rows)
    return RunChart("Complaints for 1,000 customers, with the limits of what chance makes", numbers, ("base", "quiet", "out", "out"))


def _row(rates: ComplaintRates, line: ComplaintLine, *, has_before: bool) -> tuple[CellValue, ...]:
    now = line.counts[-1]
    before = (line.counts[-2], now - line.counts[-2]) if has_before else ()
    factor = None if line.factor is None else round(Decimal(line.factor), DIGITS)
    interval = None if line.low is None or line.high is None else f"{line.low:.2f} to {line.high:.2f}"
    return (line.part or "All", now, _rate(now / rates.active_counts[-1]), *before, factor, interval, _trend(line))


def _trend(line: ComplaintLine) -> Marked:
    """What a headline may say of it."""
    if line.factor is None:
        return Marked("too few", "quiet")
    text = ("rising" if line.factor > 1 else "falling") if line.is_shown else "no trend shown"
    outside = ", beyond its limits in this period" if line.is_outside else ""
    return Marked(f"{text}{outside}", None if line.is_shown or line.is_outside else "quiet", is_bold=line.is_shown or line.is_outside)


def _rate(rate: float) -> Decimal:
    return round(Decimal(rate * PER_CUSTOMERS), DIGITS)
