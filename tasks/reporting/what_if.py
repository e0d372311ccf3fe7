"""What other choices would have said, and what a steady rate hides, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal
    from fractions import Fraction

    from config.language import Message


@dataclass(frozen=True)
class SteadyRate:
    """A retention rate that did not change, and what it hides."""

    rate: float
    interval: tuple[float, float]
    """Wilson's 95% interval of the rate."""
    against: tuple[str, float]
    """Period and rate of the one against which it is steady."""
    difference: tuple[float, float]
    """The 95% interval of the rate less the other's."""
    lost_against_count: int
    """Customers lost of that period's opening."""
    conditions: tuple[str, ...]
    """Which of `net_heads_negative`, `lost_value_exceeds_lost_heads` and `lost_heads_rose` hold."""
    lost_of_opening_count: int
    """Customers at opening who are none at closing."""
    out_count: int
    """Customers out; as many had to be won to stand still."""
    in_count: int
    lost_amount: Decimal
    lost_customers_share: Fraction
    lost_value_share: Fraction


@dataclass(frozen=True)
class LapseLine:
    """One group of customers: the window that its purchases suggest, and what it would change."""

    segment_by: str
    segment: str
    customers_count: int
    silences_count: int
    """Times between a purchase and the next, or until the end of the data."""
    returns_count: int
    """Those that a further purchase ended."""
    suggested_days: int | None
    low_days: int | None
    high_days: int | None
    """The 95% interval of the suggestion; none: longer than the data can tell."""
    back_in_force_rate: float | None
    """Chance to come back within the horizon at the window in force."""
    active_in_force_count: int
    """Buyers at the end of the data whose silence is shorter than the window in force."""
    active_suggested_count: int | None


@dataclass(frozen=True)
class LapsePoint:
    """One day of silence, and what a window of so many days would get wrong."""

    day: int
    watched_count: int
    silent_rate: float
    back_within_rate: float | None
    wrongly_lost_rate: float
    wrongly_kept_rate: float


@dataclass(frozen=True)
class LapseWindow:
    """The window after which a silent buyer has lapsed: the one in force, and what the data suggest."""

    in_force_days: int
    tolerance_rate: float
    within_days: int
    lines: tuple[LapseLine, ...] = ()
    """The whole first, then each group."""
    curve: tuple[LapsePoint, ...] = ()
    """Of the whole, day by day."""
    why_not: str | None = None
    """Why there is no suggestion for this company."""

    @property
    def whole(self) -> LapseLine:
        """The line of all customers."""
        return self.lines[0]


@dataclass(frozen=True)
class CustomerCounts:
    """The headline in customers: opening + in - out = closing."""

    opening_count: int
    new_count: int
    returned_count: int
    in_and_out_count: int
    """Came and went inside the period; where the rule nets them, they stand beside, in neither sum."""
    in_count: int
    out_count: int
    closing_count: int


@dataclass(frozen=True)
class PresetLine:
    """The headline under one set of choices, or what is missing for it."""

    name: str
    label: str
    habit: str
    choices: tuple[Message | str, ...]
    """What it does otherwise, in the language in which it is shown."""
    counts: CustomerCounts | None
    missing: tuple[str, ...] = ()
    """What the extracts would have to tell, each a message."""
    can_lose: bool = True
    """Whether a period can show losses under it; where not, it is no end of a range."""


@dataclass(frozen=True)
class Presets:
    """The headline under every set of choices, and from when on the digest tells how far they lie apart."""

    lines: tuple[PresetLine, ...]
    """The company's own first."""
    range_threshold_rate: float

    @property
    def out_counts(self) -> tuple[tuple[int, str], ...]:
        """Customers out and what the rule is called, for each that could be computed and can lose customers, the company's own first."""
        return tuple((line.counts.out_count, line.label) for line in self.lines if line.counts and line.can_lose)

    @property
    def own_out_count(self) -> int:
        """Customers out by the company's own rule."""
        return self.out_counts[0][0]

    @property
    def is_range_reported(self) -> bool:
        """Whether the rules lie further apart than the company's limit."""
        counts = [count for count, _label in self.out_counts]
        return max(counts) - min(counts) > self.range_threshold_rate * self.own_out_count
