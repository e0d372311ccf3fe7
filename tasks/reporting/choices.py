"""What other choices would have said, and what a steady rate hides, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal
    from fractions import Fraction


@dataclass(frozen=True)
class SteadyRate:
    """A retention rate that did not change, and what it hides."""

    rate: float
    interval: tuple[float, float]
    against: tuple[tuple[str, float, int], ...]
    """Period, rate and lost customers of those against which it is steady."""
    conditions: tuple[str, ...]
    """Which of `net_heads_negative`, `lost_value_exceeds_lost_heads` and `lost_heads_rose` hold."""
    out_count: int
    in_count: int
    lost_amount: Decimal
    lost_heads_share: Fraction
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
class PresetLine:
    """The headline under one set of choices; no figures where something is missing for it."""

    name: str
    label: str
    habit: str
    choices: tuple[str, ...]
    missing: str | None
    opening_count: int = 0
    new_count: int = 0
    returned_count: int = 0
    in_and_out_count: int = 0
    in_count: int = 0
    out_count: int = 0
    closing_count: int = 0


@dataclass(frozen=True)
class Range:
    """The fewest and the most customers out that any rule gives."""

    low_count: int
    high_count: int
    company_count: int

    @property
    def rate(self) -> float:
        """How wide it is, as a part of what the company's own rule gives."""
        return (self.high_count - self.low_count) / self.company_count if self.company_count else float(self.high_count > self.low_count)


def range_of(presets: Iterable[PresetLine]) -> Range | None:
    """How far the rules lie apart in customers out; the company's own is the first; none where there is nothing to compare."""
    counts = [preset.out_count for preset in presets if preset.missing is None]
    return Range(min(counts), max(counts), counts[0]) if len(counts) > 1 else None
