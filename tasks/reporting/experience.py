"""Which experiences precede which losses, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.measures.experiences import is_demonstrated

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
class ComplaintLine:
    """Complaints of one kind, period by period, with their trend and the limits of their rate, where they are enough for them."""

    part: str
    """Category or stage; empty for all complaints."""
    counts: tuple[int, ...]
    factor: float | None = None
    low: float | None = None
    high: float | None = None
    """By what factor the rate changes from one period to the next, with its 95% interval."""
    is_shown: bool = False
    """Whether there is a trend, after all that were looked at are taken into account."""
    is_outside: bool = False
    """Whether the last period lies beyond what chance makes."""
    centre: float | None = None
    limits_low: tuple[float, ...] = ()
    limits_high: tuple[float, ...] = ()


@dataclass(frozen=True)
class ComplaintRates:
    """Complaints against customers at opening, the oldest period first."""

    periods: tuple[str, ...]
    active_counts: tuple[int, ...]
    lines: tuple[ComplaintLine, ...]
    """All complaints first."""


@dataclass(frozen=True)
class ThemeLine:
    """What customers wrote in the exposure days that is of one theme."""

    name: str
    """Empty: comments of no theme."""
    comments_count: int
    customers_count: int


@dataclass(frozen=True)
class CommentThemes:
    """What customers wrote in the exposure days, by the company's themes."""

    comments_count: int
    lines: tuple[ThemeLine, ...]
    """The theme with most comments first, those of none last; a comment may be of several."""

    @property
    def of_none_count(self) -> int:
        """Comments of no theme."""
        return sum(line.comments_count for line in self.lines if not line.name)


@dataclass(frozen=True)
class FollowUpLine:
    """Complaints or low scores, those that somebody came back to in time and the others, and who was lost some days after."""

    kind: str
    """`complaint` or `detractor`."""
    days: int
    in_time_count: int
    in_time_lost_count: int
    others_count: int
    others_lost_count: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    """How many times as often the others were lost, among customers alike, with the 95% interval; none where too few were."""
    q_value: float | None = None

    @property
    def is_demonstrated(self) -> bool:
        """Whether the whole interval lies above 1, after all that were looked at are taken into account."""
        return is_demonstrated(self.low, self.q_value)


@dataclass(frozen=True)
class ScoreForecast:
    """How well a score foretold who was lost in the year after, beside what tenure and value say by themselves."""

    customers_count: int
    lost_count: int
    without_area: float
    with_area: float
    low: float
    high: float
    """The 95% interval of the difference."""


@dataclass(frozen=True)
class ScoredGroup:
    """Customers of one group with one kind of score, and how many were lost in the year after."""

    segment_by: str
    segment: str
    score_group: str
    customers_count: int
    lost_count: int


@dataclass(frozen=True)
class AYearLater:
    """What became of those who complained or scored a year before the period."""

    opens_on: date
    """The day from which on it is counted."""
    follow_up_days: int
    follow_ups: tuple[FollowUpLine, ...] = ()
    forecast: ScoreForecast | None = None
    scored: tuple[ScoredGroup, ...] = ()


@dataclass(frozen=True)
class DriverLine:
    """Scored answers about one thing, and how many of them are low; the same of all others."""

    driver: str
    """`category`, `stage`, `channel` or `theme`."""
    part: str
    answers_count: int
    low_count: int
    others_count: int
    others_low_count: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    is_demonstrated: bool = False


@dataclass(frozen=True)
class OutcomeLine:
    """One thing that customers want: how many rated it in a year, to how many it matters, and how many are satisfied."""

    name: str
    customers_count: int
    important_count: int
    satisfied_count: int
    opportunity: float
    low: float | None = None
    high: float | None = None
    """Its 95% interval; none of few customers."""


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
    detractors_through: int
    promoters_from: int
    """Up to which score a customer is a detractor, and from which on a promoter."""
    not_looked_at_count: int = 0
    """Further categories and stages of complaints, each of fewer customers than those that are shown."""
    unlisted_stages_count: int = 0
    """Experiences of the exposure days at a stage that is not on the company's list."""
    not_covered: tuple[RecordedSpan, ...] = ()
    follow_ups: tuple[ExperienceLine, ...] = ()
    """What nobody followed up against what was: the others are those of the same experience who were followed up."""
    complaints: ComplaintRates | None = None
    """None where no extract marks complaints, or covers the period."""
    themes: CommentThemes | None = None
    """None where the company has no themes, or nobody wrote anything."""
    drivers: tuple[DriverLine, ...] = ()
    """What low scores are about, the surest first."""
    outcomes: tuple[OutcomeLine, ...] = ()
    """What customers want, the largest opportunity first."""
    high_from: int = 8
    """From which rating on it matters to them, or satisfies them."""
    later: AYearLater | None = None
    """None where the data do not reach back, or nothing was recorded then."""
    promoter_score: tuple[float, float] | None = None
    """Promoters less detractors in per cent of the customers at opening who gave a score, and its standard error."""

    def of(self, *outcomes: Outcome) -> tuple[ExperienceLine, ...]:
        """The lines of some outcomes."""
        return tuple(line for line in self.lines if line.outcome in outcomes)
