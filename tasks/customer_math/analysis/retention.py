"""Whether retention fell, rose or is steady: two shares of two periods, their difference, and how far chance may have brought it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import Table

Verdict = Literal["fell", "rose", "steady"]
TWO_SIDED_95 = 1.959963984540054
"""The normal deviate beyond which 2.5 per cent lie on either side."""
FEWEST_EQUAL_CUSTOMERS = 30
"""A share of value is judged where it is spread as widely as over so many customers of equal value."""
FEWEST_DIFFERENCES = 4
"""From so many differences on, earlier periods say how far rates wander without a cause."""
MEDIAN_OF_SQUARE = 0.4549364231195724
"""The middle of the square of a standard normal deviate."""
SEASON_LENGTHS = {"week": 52, "month": 12, "quarter": 4, "year": 1}
"""After how many periods of a kind the season is the same."""


@dataclass(frozen=True)
class RetainedCustomers:
    """Of the customers at a period's opening, how many are customers at its closing; gone and back are."""

    opening_count: int
    retained_count: int

    @property
    def rate(self) -> float:
        """Retained / opening."""
        return self.retained_count / self.opening_count

    @property
    def variance(self) -> float:
        """Of the rate, as chance alone has it."""
        return self.rate * (1 - self.rate) / self.opening_count

    def spans(self) -> tuple[float, float]:
        """How far Wilson's 95% interval reaches below the rate and above it."""
        low, high = wilson_interval(self.retained_count, self.opening_count)
        return self.rate - low, high - self.rate


@dataclass(frozen=True)
class RetainedValue:
    """Of the value at a period's opening, how much its retained customers held, with the sums of squares that its variance is made of."""

    opening_amount: float
    retained_amount: float
    squares: float
    """Sum of the squared values of the customers at opening."""
    retained_squares: float
    """The same of those who are customers at closing."""

    @property
    def rate(self) -> float:
        """Retained / opening."""
        return self.retained_amount / self.opening_amount

    @property
    def variance(self) -> float:
        """Of the rate as a ratio estimator: sum v^2 (y - r)^2 / (sum v)^2, y being 1 for the retained."""
        lost_squares = max(self.squares - self.retained_squares, 0.0)  # sums of floats may differ by less than nothing
        spread = self.rate**2 * lost_squares + (1 - self.rate) ** 2 * self.retained_squares
        return spread / self.opening_amount**2

    @property
    def is_spread(self) -> bool:
        """Whether enough customers hold the value for chance to be judged: (sum v)^2 / sum v^2 is at least 30."""
        return self.opening_amount**2 >= FEWEST_EQUAL_CUSTOMERS * self.squares

    def spans(self) -> tuple[float, float]:
        """How far the 95% interval reaches below the rate and above it."""
        reach = TWO_SIDED_95 * math.sqrt(self.variance)
        return reach, reach


@dataclass(frozen=True)
class RateGap:
    """By how much one group's rate is above that of everyone else: what moves both alike is not in it."""

    rate: float
    variance: float


Retained = RetainedCustomers | RetainedValue


def wilson_interval(hits_count: int, tries_count: int, *, deviate: float = TWO_SIDED_95) -> tuple[float, float]:
    """Wilson's score interval of a share: the rates from which the share found is no further away than chance takes it.

    15 of 20 are 0.75, and the interval is 0.5313 to 0.8881. It never leaves 0 to 1, and holds for few and for many.
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    share, squared = hits_count / tries_count, deviate * deviate
    middle = (share + squared / (2 * tries_count)) / (1 + squared / tries_count)
    reach = deviate * math.sqrt(share * (1 - share) / tries_count + squared / (4 * tries_count**2)) / (1 + squared / tries_count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def difference_interval(now: Retained, before: Retained, *, dispersion: float = 1.0) -> tuple[float, float]:
    """The 95% interval of the rate now less the rate before, each within its own interval; widened where rates wander more than chance.

    Of 56 of 70 and 48 of 80 the difference is 0.2, and the interval 0.0524 to 0.3339.
    Source: R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), method 10.
    """
    difference, widening = now.rate - before.rate, math.sqrt(dispersion)
    (now_below, now_above), (before_below, before_above) = now.spans(), before.spans()
    low, high = math.hypot(now_below, before_above), math.hypot(now_above, before_below)
    return difference - widening * low, difference + widening * high


def verdict_of(now: Retained, before: Retained, *, dispersion: float, smallest_change_rate: float) -> Verdict:
    """Fell or rose where the interval of the difference is without 0 and the difference is large enough to matter; else steady."""
    low, high = difference_interval(now, before, dispersion=dispersion)
    difference = now.rate - before.rate
    if low <= 0 <= high or abs(difference) < smallest_change_rate:
        return "steady"
    return "rose" if difference > 0 else "fell"


def dispersion_of(earlier: Sequence[Retained | RateGap], *, season_length: int) -> float:
    """How much more rates wander from period to period than chance alone would have them, 1 at least.

    The earlier periods, oldest first, are each compared with the one a season before, or with the one before where the
    seasons do not reach back so far (which holds the season too, and errs on the side of steady). Each difference from
    the middle one, squared, is held against what chance gives it; the middle of these over the middle that chance
    alone would give, so that one period in which something happened does not hide the next one.
    """
    seasonal = list(zip(earlier[season_length:], earlier, strict=False))
    pairs = seasonal if len(seasonal) >= FEWEST_DIFFERENCES else [(after, one) for one, after in pairwise(earlier)]
    compared = [(one.rate - other.rate, one.variance + other.variance) for one, other in pairs if one.variance + other.variance]
    if len(compared) < FEWEST_DIFFERENCES:
        return 1.0
    middle = median(difference for difference, _by_chance in compared)
    wandering = median((difference - middle) ** 2 / by_chance for difference, by_chance in compared)
    return max(1.0, wandering / MEDIAN_OF_SQUARE)


def value_squares(ledger: Table, group: ibis.Value) -> Table:
    """What the variance of a share of value is made of, a row a group: group, squares, retained_squares."""
    value = ledger.opening_amount.cast("float64")
    at_opening = ledger.mutate(group=group, square=value * value).filter(ledger.is_active_at_opening)
    retained = at_opening.is_active_at_closing
    return at_opening.group_by("group").agg(
        squares=at_opening.square.sum(),
        retained_squares=at_opening.square.sum(where=retained).fill_null(ibis.literal(0.0)),
    )
