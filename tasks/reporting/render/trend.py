"""How every picture of the trend names periods and numbers, and in which colours it paints them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from config.localization import number, short_month, short_word
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLOURS: Mapping[str, str] = {
    "new_customers": "#0072b2",
    "returned_customers": "#56b4e9",
    "left_customers": "#d55e00",
    "lapsed_customers": "#f0b060",
    "in_and_out_customers": "#8a8a8a",
}
"""Blue and orange, dark and light: told apart whatever colours the reader sees (after Okabe and Ito)."""
THOUSAND, WHOLE_BELOW, MILLION = 1_000, 10_000, 1_000_000


def short_period(period: str) -> str:
    """A period in three or four letters, without its year where it is a part of one: 2025-08 is Aug."""
    year, _, part = period.partition("-")
    return short_month(int(part)) if part.isdigit() else part or year


def short_label(period: str) -> str:
    """The same with its year: 2025-08 is Aug 2025."""
    year = period.partition("-")[0]
    return year if period == year else f"{short_period(period)} {year}"


def short_count(count: int) -> str:
    """A number of customers at the edge of the picture: 7,500, 30k or 1.5m."""
    powers = ((6, MILLION, MILLION), (3, WHOLE_BELOW, THOUSAND))
    step, word = next(((step, short_word(power)) for power, least, step in powers if count >= least), (1, ""))
    return f"{_leading(count / step)}{word}" if word else whole_number(count)


def _leading(count: float) -> str:
    shown = f"{count:g}"
    return number(Decimal(shown), decimals=len(shown.partition(".")[2]))


def tick_labels(periods: Sequence[str]) -> list[str]:
    """What stands under each column; the year only where it begins."""
    years = [period.partition("-")[0] for period in periods]
    begins = [True, *(before != year for before, year in pairwise(years))]
    begins[0] = begins[1:2] != [True]  # two years side by side would touch
    return [
        f"{short_period(period)}\n{year if is_first and period != year else ' '}"
        for period, year, is_first in zip(periods, years, begins, strict=True)
    ]
