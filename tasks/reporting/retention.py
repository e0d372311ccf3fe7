"""How retention stands and where customers were lost, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True)
class RetentionRate:
    """A share retained, of customers or of value, beside the one it is compared with."""

    rate: float
    before_rate: float | None = None
    """None: nothing to compare with."""
    verdict: str | None = None
    """fell, rose or steady; None: nothing to compare with, or too few hold the value for chance to be judged."""
    interval: tuple[float, float] | None = None
    """The 95% interval of the difference."""
    reach: float | None = None
    """How far the 95% interval of the rate itself reaches to either side; None where chance cannot be judged."""
    is_within_chance: bool = False
    """Whether it is steady though it differs by as much as a change must, since chance alone lets it wander as far."""


@dataclass(frozen=True)
class Retention:
    """Retention of a period, in customers and in value."""

    customers: RetentionRate | None
    """None: nobody was a customer at opening."""
    value: RetentionRate | None
    """None: there was no value at opening."""
    before: str | None = None
    """The period it is compared with: a year before, or the period before where that is not known."""


@dataclass(frozen=True)
class ExcessLoss:
    """What a group lost, beside what its own past and the change of the rest would have it lose."""

    segment_by: str
    segment: str
    opening_count: int
    lost_count: int
    before_opening_count: int
    before_lost_count: int
    lost_amount: Decimal
    excess_count: int
    excess_amount: Decimal

    @property
    def rate(self) -> float:
        """Lost / opening."""
        return self.lost_count / self.opening_count

    @property
    def before_rate(self) -> float:
        """The same before."""
        return self.before_lost_count / self.before_opening_count


@dataclass(frozen=True)
class LossMix:
    """How the loss rate of all changed, through the groups of one way of grouping; both add up to the change."""

    within: float
    """Since groups lost other shares than before."""
    mix: float
    """Since the groups are of other sizes than before."""


@dataclass(frozen=True)
class Whereabouts:
    """Where customers were lost: every group that is large enough to be judged, and those that stand out."""

    groups: tuple[ExcessLoss, ...] = ()
    named: tuple[ExcessLoss, ...] = ()
    """Those that lost more than they should have, beyond chance, the most valuable excess first."""
    mixes: Mapping[str, LossMix] = field(default_factory=dict)
    """By way of grouping."""
