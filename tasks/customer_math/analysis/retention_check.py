"""The false-positive guard: a retention rate that looks steady while people, or money, are lost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Condition = Literal["net_heads_negative", "lost_value_exceeds_lost_heads", "lost_heads_rose"]
LARGEST_CHANCE = 0.05
"""A rise that chance alone brings more often than this is none."""
SMALLEST_TERM = 1e-18
"""A further term of a sum of probabilities below this share of it changes no digit that anybody reads."""


@dataclass(frozen=True)
class OpeningLosses:
    """Of the customers at a period's opening, how many are none at its closing."""

    period: str
    opening_count: int
    lost_count: int

    @property
    def rate(self) -> float:
        """How much of the opening base was retained."""
        return 1 - self.lost_count / self.opening_count


@dataclass(frozen=True)
class Guard:
    """A rate that did not change, beside what it hides, in heads and in money."""

    current: OpeningLosses
    before: OpeningLosses
    """The period against which the rate is steady."""
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


def guard(figures: Mapping[tuple[str, str], int | Decimal], *, period: str, before: str, value_reach: float | None = None) -> Guard | None:
    """What a rate that is steady against another period hides, or nothing where it hides nothing.

    `figures` are those of the whole, by period and measure. Whether the rate is steady was judged before
    (`retention.verdict_of`). Something is hidden where customers in less customers out is negative; where the value at
    opening of the customers lost is a larger share of all value at opening than they are of all customers at opening,
    by more than the reach of its interval (`value_reach`; none: nobody can say); or where more customers were lost,
    beyond chance (`chance_of_a_difference` at most 5%), and that does not come of a base that grew while its rate rose.

    27,000 of 122,727 lost, as many of the base as the quarter before, and 22,000 won: the rate is 78%, the base
    117,727, and 27,000 had to be won to stand still.
    """
    now, before_losses = _losses(figures, period), _losses(figures, before)
    if now is None or before_losses is None:
        return None
    value_share, customers_share = _lost_value_share(figures, period), Fraction(now.lost_count, now.opening_count)
    is_growing = now.opening_count > before_losses.opening_count and now.rate >= before_losses.rate
    held: dict[Condition, bool] = {
        "net_heads_negative": figures[period, "customers_in"] < figures[period, "customers_out"],
        "lost_value_exceeds_lost_heads": value_reach is not None and value_share - customers_share > value_reach,
        "lost_heads_rose": rose_beyond_chance(now.lost_count, before_losses.lost_count) and not is_growing,
    }
    conditions = tuple(condition for condition, holds in held.items() if holds)
    if not conditions:
        return None
    return Guard(
        current=now,
        before=before_losses,
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


def rose_beyond_chance(now_count: int, earlier_count: int) -> bool:
    """Whether more were lost than before, and a difference as large comes by chance in at most 5 of 100 cases."""
    return now_count > earlier_count and chance_of_a_difference(now_count, earlier_count) <= LARGEST_CHANCE


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


def _losses(figures: Mapping[tuple[str, str], int | Decimal], period: str) -> OpeningLosses | None:
    opening = int(figures.get((period, "opening_customers"), 0))
    if opening <= 0:
        return None
    lost = int(figures[period, "left_customers"] + figures[period, "lapsed_customers"])
    return OpeningLosses(period, opening, lost)
