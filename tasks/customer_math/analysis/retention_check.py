"""The false-positive guard: a retention rate that looks steady while people, or money, are lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Condition = Literal["net_heads_negative", "lost_value_exceeds_lost_heads", "lost_heads_rose"]
TWO_SIDED_95 = 1.959963984540054
"""The normal deviate beyond which 2.5 per cent lie on either side."""
LARGEST_CHANCE = 0.05
"""A rise that chance alone brings more often than this is none."""
SMALLEST_TERM = 1e-18
"""A further term of a sum of probabilities below this share of it changes no digit that anybody reads."""


@dataclass(frozen=True)
class Retention:
    """Of the customers at a period's opening, how many are still customers at its closing, gone and back included."""

    period: str
    opening_count: int
    lost_count: int

    @property
    def stayed_count(self) -> int:
        """Customers at opening who are customers at closing."""
        return self.opening_count - self.lost_count

    @property
    def rate(self) -> float:
        """Stayed / opening."""
        return self.stayed_count / self.opening_count

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the rate."""
        return wilson_interval(self.stayed_count, self.opening_count)


@dataclass(frozen=True)
class Guard:
    """A rate that did not change, beside what it hides, in heads and in money."""

    current: Retention
    against: tuple[Retention, ...]
    """The periods against which the rate is steady, the one before first."""
    changed_against: tuple[Retention, ...]
    """The others that there are: against them the rate is not steady, and a reader is told so."""
    rose_against: tuple[Retention, ...]
    """Those of them in which fewer were lost, beyond chance."""
    conditions: tuple[Condition, ...]
    out_count: int
    """Customers out; to stand still, as many had to be won: the break-even acquisition."""
    in_count: int
    lost_amount: Decimal
    """Value lost, as the scorecard shows it."""
    lost_value_share: Fraction
    """Of the value at opening, the part that its lost customers held."""

    @property
    def break_even_count(self) -> int:
        """How many customers had to be won for the base to stand still."""
        return self.out_count


def guard(figures: Mapping[tuple[str, str], int | Decimal], *, period: str, comparisons: Sequence[str]) -> Guard | None:
    """What a steady rate hides in a period, or nothing where there is nothing to guard against.

    `figures` are those of the whole, by period and measure; `comparisons` are the period before and the same period a
    year before, where there are such.

    Steady: the earlier rate lies within the Wilson 95% interval of this period's rate, for at least one comparison.
    And one of: customers in less customers out is negative; the value at opening of the customers lost is a larger
    share of all value at opening than they are of all customers at opening; or more customers were lost than in a
    period against which the rate is steady, beyond chance (`chance_of_a_difference` at most 5%).

    27,000 of 122,727 lost, as many of the base as the quarter before, and 22,000 won: the rate is 78%, the base
    117,727, and 27,000 had to be won to stand still.
    """
    now = _retention(figures, period)
    if now is None:
        return None
    earlier = [each for name in comparisons if (each := _retention(figures, name))]
    against = tuple(each for each in earlier if is_steady(now, each))
    value_share = _lost_value_share(figures, period)
    rose_against = tuple(each for each in against if rose_beyond_chance(now.lost_count, each.lost_count))
    held: dict[Condition, bool] = {
        "net_heads_negative": figures[period, "customers_in"] < figures[period, "customers_out"],
        "lost_value_exceeds_lost_heads": value_share > Fraction(now.lost_count, now.opening_count),
        "lost_heads_rose": bool(rose_against),
    }
    conditions = tuple(condition for condition, holds in held.items() if holds)
    if not against or not conditions:
        return None
    return Guard(
        current=now,
        against=against,
        changed_against=tuple(each for each in earlier if each not in against),
        rose_against=rose_against,
        conditions=conditions,
        out_count=int(figures[period, "customers_out"]),
        in_count=int(figures[period, "customers_in"]),
        lost_amount=Decimal(figures[period, "customers_out_amount"]),
        lost_value_share=value_share,
    )


def _lost_value_share(figures: Mapping[tuple[str, str], int | Decimal], period: str) -> Fraction:
    """Of the value at opening, the part that those held who were lost of it; nothing where there was none to lose."""
    opening_amount = figures[period, "opening_amount"]
    lost_of_opening = figures[period, "left_amount"] + figures[period, "lapsed_amount"]
    return Fraction(lost_of_opening) / Fraction(opening_amount) if opening_amount > 0 else Fraction(0)


def is_steady(now: Retention, earlier: Retention) -> bool:
    """Whether the earlier rate lies within the 95% interval of the rate now, its ends included."""
    low, high = now.interval
    return low <= earlier.rate <= high


def rose_beyond_chance(now_count: int, earlier_count: int) -> bool:
    """Whether more were lost than before, and a difference as large comes by chance in at most 5 of 100 cases."""
    return now_count > earlier_count and chance_of_a_difference(now_count, earlier_count) <= LARGEST_CHANCE


def wilson_interval(hits_count: int, tries_count: int, *, deviate: float = TWO_SIDED_95) -> tuple[float, float]:
    """Wilson's score interval of a share: the rates from which the share found is no further away than chance takes it.

    15 of 20 are 0.75, and the interval is 0.5313 to 0.8881. It never leaves 0 to 1, and holds for few and for many.
    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    share, squared = hits_count / tries_count, deviate * deviate
    middle = (share + squared / (2 * tries_count)) / (1 + squared / tries_count)
    reach = deviate * math.sqrt(share * (1 - share) / tries_count + squared / (4 * tries_count**2)) / (1 + squared / tries_count)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def chance_of_a_difference(one_count: int, other_count: int) -> float:
    """How often chance alone parts two equal expectations at least as far: the exact two-sided test of two counts.

    Given both together, either of two equal Poisson counts is binomial with a half; both tails are taken. A count out
    of a base varies less than a Poisson count, so the test errs on the side of not alarming.

    60 and 40: 0.0569. 27,000 and 26,000: below 0.0001.
    """
    both, larger = one_count + other_count, max(one_count, other_count)
    if 2 * larger == both:
        return 1.0
    term = math.exp(math.lgamma(both + 1) - math.lgamma(larger + 1) - math.lgamma(both - larger + 1) - both * math.log(2))
    tail, count = term, larger
    while count < both and term > tail * SMALLEST_TERM:
        term *= (both - count) / (count + 1)
        tail += term
        count += 1
    return min(1.0, 2 * tail)


def _retention(figures: Mapping[tuple[str, str], int | Decimal], period: str) -> Retention | None:
    opening = int(figures.get((period, "opening_customers"), 0))
    if opening <= 0:
        return None
    lost = int(figures[period, "left_customers"] + figures[period, "lapsed_customers"])
    return Retention(period, opening, lost)
