"""The one period that a scorecard is compared with in words: a year before, or the period before where that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext
from config.localization import percentage

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

LEAST_RATE = 0.001
"""The smallest that one decimal shows."""
ALMOST_ALL = 0.9995
"""A rate from here on would read as all of them with one decimal."""


def compared_period(data: ScorecardData) -> str | None:
    """The period compared with; none where nobody was a customer yet when it opened."""
    return next(
        (period for period in (data.year_before, data.previous) if period and data.figure("opening_customers", period=period)), None
    )


def compared_label(data: ScorecardData, period: str) -> str:
    """How it is called in a sentence: a year ago, or by its name."""
    return gettext("a year ago") if period == data.year_before else gettext("in {period}", period=data.labels[period])


def lost_of_opening(data: ScorecardData, *, period: str | None = None, segment_by: str = "all", segment: str = "all") -> tuple[int, int]:
    """Of the customers at opening, how many are none at closing: lost, opening; 0 of 0 where there was no such group."""
    names = ("left_customers", "lapsed_customers", "opening_customers")
    left, lapsed, opening = (int(data.figure(name, period=period, segment_by=segment_by, segment=segment) or 0) for name in names)
    return left + lapsed, opening


def has_comparable_groups(data: ScorecardData, before: str) -> bool:
    """Whether any way of grouping has two groups that were large enough for rates, now and before."""

    def is_large(segment_by: str, segment: str) -> bool:
        bases = (lost_of_opening(data, period=period, segment_by=segment_by, segment=segment)[1] for period in (data.period, before))
        return min(bases) >= max(data.smallest_rate_base, 1)

    return any(sum(is_large(by, segment) for segment in data.segments_of(by)) > 1 for by in data.segment_by)


def percent(rate: float) -> str:
    """A rate with one decimal, never all or none where it is not: 78.3%, 100%, under 100%."""
    if 0 < rate < 1 - ALMOST_ALL:
        return gettext("under {rate}", rate=percentage(LEAST_RATE, decimals=1))
    if ALMOST_ALL <= rate < 1:
        return gettext("over {rate}", rate=percentage(1 - LEAST_RATE, decimals=1))
    return percentage(rate, decimals=1)
