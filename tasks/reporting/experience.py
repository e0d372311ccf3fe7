"""Which experiences precede which losses, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from config.measures.experiences import Outcome


@dataclass(frozen=True)
class ExperienceLine:
    """One experience and one outcome: the counts, and the ratio where they are enough for one."""

    experience: str
    part: str
    """What a complaint was about, or its stage; empty for experiences that are not told apart."""
    outcome: Outcome
    exposed_count: int
    exposed_events_count: int
    others_count: int
    others_events_count: int
    compared_count: int
    """Of the exposed, those who have others alike."""
    lost_amount: Decimal
    """Opening value of the exposed who were lost; 0 for other outcomes."""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    e_value: float | None = None
    """Of the lower bound."""
    q_value: float | None = None
    differs_p_value: float | None = None
    explained_amount: Decimal | None = None
    explained_low_amount: Decimal | None = None
    explained_high_amount: Decimal | None = None
    is_demonstrated: bool = False


@dataclass(frozen=True)
class RecordedSpan:
    """Days of experiences that an extract does not tell of, though they count."""

    extract: str
    covers_from: date | None
    covers_through: date | None


@dataclass(frozen=True)
class ExperienceLinks:
    """Every experience of the exposure days against what customers did in the period."""

    lines: tuple[ExperienceLine, ...]
    """By outcome, the surest first."""
    exposure_days: int
    first_day: date
    last_day: date
    """The exposure days."""
    compared_within: tuple[str, ...]
    """The segments within which customers are compared, beside value group and tenure."""
    fewest_events_count: int
    not_looked_at_count: int = 0
    """Further categories and stages of complaints, each of fewer customers than those that are shown."""
    unlisted_stages_count: int = 0
    """Experiences of the exposure days at a stage that is not on the company's list."""
    not_covered: tuple[RecordedSpan, ...] = ()

    def of(self, *outcomes: Outcome) -> tuple[ExperienceLine, ...]:
        """The lines of some outcomes."""
        return tuple(line for line in self.lines if line.outcome in outcomes)
