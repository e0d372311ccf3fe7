"""Where it happened: groups that lost more than their own past and everyone else's change would have them lose, beyond chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_FALSE_SHARE = 0.05
"""Of the groups that are named, at most so many are expected to be named by chance (Benjamini and Hochberg)."""


@dataclass(frozen=True)
class Losses:
    """Customers at a period's opening with their value, and those of them who are none at its closing."""

    opening_count: int
    lost_count: int
    opening_amount: float
    lost_amount: float

    @property
    def rate(self) -> float:
        """Lost / opening, in customers."""
        return self.lost_count / self.opening_count

    @property
    def amount_rate(self) -> float:
        """Lost / opening, in value; 0 where there was none to lose."""
        return self.lost_amount / self.opening_amount if self.opening_amount > 0 else 0.0

    @property
    def variance(self) -> float:
        """Of the rate, as chance has it; with one more customer lost and one more retained, so that none is certain."""
        share = (self.lost_count + 1) / (self.opening_count + 2)
        return share * (1 - share) / self.opening_count

    def without(self, other: Losses) -> Losses:
        """Everyone else."""
        return Losses(
            self.opening_count - other.opening_count,
            self.lost_count - other.lost_count,
            self.opening_amount - other.opening_amount,
            self.lost_amount - other.lost_amount,
        )


@dataclass(frozen=True)
class GroupLosses:
    """What one group lost, now and before, beside the rest of the customers."""

    segment_by: str
    segment: str
    current: Losses
    before: Losses
    rest_current: Losses
    rest_before: Losses
    dispersion: float = 1.0
    """How much more its rate wanders from period to period than chance alone."""

    @property
    def rate_excess(self) -> float:
        """By how much its loss rate rose more than that of the rest."""
        return (self.current.rate - self.before.rate) - (self.rest_current.rate - self.rest_before.rate)

    @property
    def excess_count(self) -> float:
        """Customers lost beyond what its own past and the change of the rest would have it lose."""
        return self.current.opening_count * self.rate_excess

    @property
    def excess_amount(self) -> float:
        """The same in value, with the rates of value."""
        change = self.current.amount_rate - self.before.amount_rate
        return self.current.opening_amount * (change - (self.rest_current.amount_rate - self.rest_before.amount_rate))

    @property
    def chance(self) -> float:
        """How often chance alone brings an excess as large, either side: the normal test of a difference of differences."""
        by_chance = sum(losses.variance for losses in (self.current, self.before, self.rest_current, self.rest_before))
        return math.erfc(abs(self.rate_excess) / math.sqrt(2 * self.dispersion * by_chance))

    def is_on(self, smallest_base: int) -> bool:
        """Whether both it and the rest are large enough for rates, now and before."""
        return min(losses.opening_count for losses in (self.current, self.before, self.rest_current, self.rest_before)) >= smallest_base


def false_discovery_rates(chances: Sequence[float]) -> list[float]:
    """For each chance the smallest share of false discoveries at which it would be one.

    0.01, 0.04, 0.03: 0.03, 0.04, 0.04. Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate (1995).
    """
    count, smallest = len(chances), 1.0
    rates = [1.0] * count
    for rank, index in reversed(list(enumerate(sorted(range(count), key=chances.__getitem__), start=1))):
        smallest = min(smallest, chances[index] * count / rank)
        rates[index] = smallest
    return rates


def tested_groups(groups: Sequence[GroupLosses], *, smallest_base: int) -> list[GroupLosses]:
    """The groups that are large enough to be judged, as their rest is."""
    return [group for group in groups if group.is_on(smallest_base)]


def where_it_happened(groups: Sequence[GroupLosses], *, smallest_base: int, smallest_change_rate: float) -> list[GroupLosses]:
    """The groups that lost more than they should have, beyond chance, the most valuable excess first; none: everywhere alike."""
    tested = tested_groups(groups, smallest_base=smallest_base)
    rates = false_discovery_rates([group.chance for group in tested])
    named = [
        group
        for group, rate in zip(tested, rates, strict=True)
        if rate <= LARGEST_FALSE_SHARE and group.rate_excess >= smallest_change_rate and group.current.rate > group.before.rate
    ]
    return sorted(named, key=lambda group: (-group.excess_amount, -group.excess_count, group.segment_by, group.segment))


@dataclass(frozen=True)
class ChangeOfRate:
    """How the loss rate of the whole changed, through the groups of one way of grouping: `within` and `mix` add up to it."""

    within: float
    """Sum of each group's share now times the change of its rate."""
    mix: float
    """Sum of the change of each group's share times its rate before."""


def change_of_rate(pairs: Sequence[tuple[Losses, Losses]]) -> ChangeOfRate:
    """The change through all groups of one way of grouping, each now and before."""
    whole_current, whole_before = (sum(pair[side].opening_count for pair in pairs) for side in (0, 1))
    within = mix = 0.0
    for current, before in pairs:
        share_current, share_before = current.opening_count / whole_current, before.opening_count / whole_before
        rate_current = current.rate if current.opening_count else 0.0
        rate_before = before.rate if before.opening_count else rate_current
        within += share_current * (rate_current - rate_before)
        mix += (share_current - share_before) * rate_before
    return ChangeOfRate(within, mix)
