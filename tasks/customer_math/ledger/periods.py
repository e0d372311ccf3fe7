"""Weeks, months, quarters and years, as half-open runs of local dates."""

from __future__ import annotations

import calendar as month_lengths
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, Self

from config.definitions import WEEKDAYS
from config.language import gettext, gettext_noop
from config.localization import long_day, month_of_year
from config.refusal import ExitStatus, Refusal

if TYPE_CHECKING:
    from config.definitions import Calendar, PeriodKind
    from tasks.customer_math.ledger.beginning import Beginning

WRITTEN = {
    "week": re.compile(r"(?P<year>[12][0-9]{3})-W(?P<number>[0-9]{2})"),
    "quarter": re.compile(r"(?P<year>[12][0-9]{3})-Q(?P<number>[1-4])"),
    "month": re.compile(r"(?P<year>[12][0-9]{3})-(?P<number>0[1-9]|1[0-2])"),
    "year": re.compile(r"(?P<year>[12][0-9]{3})"),
}
"""How each is written; the years 0000 and 9999 lie at the ends of what a calendar can count."""
SpanKind = Literal["year_to_date", "year_through"]
"""Runs of days beside the periods of the calendar: the fiscal year so far, and the last twelve months."""
SPAN_LABELS: dict[str, str] = {
    "year_to_date": gettext_noop("Year to date, {day}"),
    "year_through": gettext_noop("Twelve months to {day}"),
}
TREND_PERIODS = 13
"""A quarter of weeks, or a year of months with the same month a year before."""
DAYS_INTO_WEEK_THAT_NAME_IT = 3
"""A week belongs to the year that holds its fourth day, as in ISO 8601."""


class PeriodError(Refusal):
    """A period cannot be computed: it is not over, or not covered. The message says why and what to do."""


class NotCoveredYetError(PeriodError):
    """The extracts end before the period does: a later one has not arrived."""

    state_name = "Extract missing"


class PeriodNameError(Refusal):
    """There is no such period; the message says how periods are written."""

    exit_status = ExitStatus.WRONG_USE


@dataclass(frozen=True, order=True)
class Period:
    """A week, month, quarter or year: `[opens_on, closes_on)` in local dates."""

    opens_on: date
    closes_on: date
    kind: PeriodKind | SpanKind
    name: str

    @property
    def opening_day(self) -> date:
        """The day before it opens; the opening base is counted on it."""
        return self.opens_on - timedelta(days=1)

    @property
    def closing_day(self) -> date:
        """Its last day; the closing base is counted on it."""
        return self.closes_on - timedelta(days=1)

    def is_within(self, days: int) -> bool:
        """Whether it is no longer than so many days."""
        return (self.closes_on - self.opens_on).days <= days

    def as_long_before(self, calendar: Calendar) -> Period:
        """The period before, of the same kind; before a run of days that no calendar knows, a run of as many days."""
        if self.kind in SPAN_LABELS:
            opens_on = self.opens_on - (self.closes_on - self.opens_on)
            return Period(opens_on, self.opens_on, self.kind, f"{opens_on}--{self.opening_day}")
        return period_before(self, calendar)

    def year_opening_day(self, calendar: Calendar) -> date:
        """The day before the year opens that holds its last day."""
        return period_around(self.closing_day, "year", calendar).opening_day

    @property
    def label(self) -> str:
        """How people say it: `Week 36 of 2025`, `August 2025`, `Q3 2025`, `2025`."""
        year, _, part = self.name.partition("-")
        if self.kind in SPAN_LABELS:
            last = self.closing_day
            return gettext(SPAN_LABELS[self.kind], day=long_day(last))
        if self.kind == "week":
            return gettext("Week {week} of {year}", week=int(part[1:]), year=year)
        if self.kind == "month":
            return month_of_year(date(int(year), int(part), 1))
        return f"{part} {year}".strip()


def period_named(name: str, calendar: Calendar) -> Period:
    """The period that is written so, `2025-W36`, `2025-08`, `2025-Q3` or `2025`; raises PeriodNameError."""
    for kind, pattern in WRITTEN.items():
        match = pattern.fullmatch(name.strip())
        if match:
            parts = match.groupdict(default="1")
            return _BUILT[kind](int(parts["year"]), int(parts.get("number", "1")), calendar)
    raise PeriodNameError(f"period {name!r}: expected a week (2025-W36), month (2025-08), quarter (2025-Q3) or year (2025)")


def period_around(day: date, kind: PeriodKind, calendar: Calendar) -> Period:
    """The period of that kind which holds the day."""
    if kind == "week":
        return _week_opening(day - timedelta(days=(day.weekday() - WEEKDAYS.index(calendar.week_starts_on)) % 7))
    if kind == "month":
        return _month(day.year, day.month, calendar)
    months_in = (day.month - calendar.fiscal_year_starts_in) % 12
    opening_year = day.year if day.month >= calendar.fiscal_year_starts_in else day.year - 1
    year = opening_year + (calendar.fiscal_year_starts_in > 1)
    return _quarter(year, months_in // 3 + 1, calendar) if kind == "quarter" else _year(year, 1, calendar)


def period_before(period: Period, calendar: Calendar) -> Period:
    """The period of the same kind that ends where this one opens."""
    return period_around(period.opening_day, period.kind, calendar)


def period_a_year_before(period: Period, calendar: Calendar) -> Period:
    """The same period a year before: the week or quarter of the same number, the same month, the year before."""
    year, _, part = period.name.partition("-")
    if part == "W53":
        return _week_opening(period.opens_on - timedelta(weeks=53))
    return period_named(f"{int(year) - 1:04d}{'-' if part else ''}{part}", calendar)


def year_to_date(period: Period, calendar: Calendar) -> Period:
    """The fiscal year of the period's last day, from its opening to that day; the period itself where it is that long."""
    opens_on = period_around(period.closing_day, "year", calendar).opens_on
    return _span(opens_on, period, "year_to_date")


def year_through(period: Period) -> Period:
    """The year that ends with the period's last day; the period itself where it is that long."""
    closing = period.closes_on
    day = min(closing.day, month_lengths.monthrange(closing.year - 1, closing.month)[1])
    return _span(closing.replace(year=closing.year - 1, day=day), period, "year_through")


def _span(opens_on: date, period: Period, kind: SpanKind) -> Period:
    """Named as ISO 8601 writes an interval in names of files: `2026-01-01--2026-09-30`, both days included."""
    if opens_on == period.opens_on:
        return period
    return Period(opens_on, period.closes_on, kind, f"{opens_on}--{period.closing_day}")


def trend_to(period: Period, calendar: Calendar) -> tuple[Period, ...]:
    """The 13 periods that end with this one, oldest first."""
    periods = [period]
    while len(periods) < TREND_PERIODS:
        periods.insert(0, period_before(periods[0], calendar))
    return tuple(periods)


def last_complete(kind: PeriodKind, today: date, calendar: Calendar) -> Period:
    """The latest period of that kind that is over."""
    return period_before(period_around(today, kind, calendar), calendar)


@dataclass(frozen=True)
class Plan:
    """Which period is published, and which it is shown beside."""

    period: Period
    previous: Period | None
    """None where the data does not reach back to it."""
    year_before: Period | None
    trend: tuple[Period, ...]
    year_to_date: Period | None = None
    year_to_date_before: Period | None = None
    year_through: Period | None = None
    """The year up to the period's last day; None where the data does not reach back to its opening."""
    others: tuple[Period, ...] = ()
    """Periods that are shown beside none of these, and of which everything is computed too."""
    beginning: Beginning | None = None
    """Where the data begin; None: nobody was a customer before them."""
    compared: frozenset[Period] = frozenset()
    """Periods that were published and will be held against what is known now, so that their ledgers have every topic."""

    @classmethod
    def alone(cls, *periods: Period) -> Self:
        """Periods, the latest last, of which each is shown beside no other."""
        return cls(periods[-1], None, None, periods[-1:], others=periods[:-1])

    @property
    def periods(self) -> tuple[Period, ...]:
        """Every period that is needed, oldest first."""
        return tuple(sorted({*self.trend, *self.in_full}))

    @property
    def in_full(self) -> frozenset[Period]:
        """The periods of which everything is shown; the others are only in the trend."""
        related = (self.previous, self.year_before, self.year_to_date, self.year_to_date_before, self.year_through)
        return frozenset({self.period, *self.others, *(period for period in related if period)})

    @property
    def links(self) -> list[tuple[str, str]]:
        """The periods of which the second opens where the first closes, by name."""
        return [(one.name, other.name) for one in self.periods for other in self.periods if one.closes_on == other.opens_on]


def plan_for(period: Period, calendar: Calendar, *, covers_from: date | None, beginning: Beginning | None = None) -> Plan:
    """The period with those that it is shown beside, as far back as anything was recorded and it is known who was a customer."""

    def reached(candidate: Period) -> Period | None:
        is_recorded = covers_from is None or candidate.closing_day >= covers_from
        return candidate if is_recorded and not (beginning and beginning.is_opening_unknown(candidate.opens_on)) else None

    trend = tuple(candidate for candidate in trend_to(period, calendar) if candidate == period or reached(candidate))
    year_before, so_far, year = period_a_year_before(period, calendar), year_to_date(period, calendar), year_through(period)
    year = so_far if so_far.opens_on == year.opens_on else year
    return Plan(
        period,
        reached(period_before(period, calendar)),
        reached(year_before),
        trend,
        year_to_date=period if so_far == period else reached(so_far),
        year_to_date_before=reached(year_to_date(year_before, calendar)),
        year_through=year if (covers_from is None or year.opening_day >= covers_from) and reached(year) else None,
        beginning=beginning,
    )


def check_that_it_is_over(period: Period, *, today: date) -> None:
    """Refuse a period that is not over; raises PeriodError with its last day."""
    if today < period.closes_on:
        raise PeriodError(
            f"{period.name} is not over: its last day is {period.closing_day}, today is {today}; ask for it from {period.closes_on}"
        )


def check_that_it_is_covered(period: Period, *, covers_from: date | None, covers_through: date, limiting_extract: str) -> None:
    """Refuse a period that the extracts do not cover; raises PeriodError with the days that they do, from none where nobody says it."""
    covered = f"the extracts cover {f'{covers_from} to' if covers_from else 'days up to'} {covers_through}"
    if covers_through < period.closing_day:
        raise NotCoveredYetError(
            f"{limiting_extract} ends {covers_through}, {period.name} needs {period.closing_day}: {covered}; "
            f"bring a later extract, and where `covers_through` of {limiting_extract} is written in sources.yaml, write there "
            f"`covers_through: {period.closing_day}` or later; or ask for an earlier period"
        )
    if covers_from and period.closing_day < covers_from:
        raise PeriodError(f"{period.name} ends {period.closing_day}, before anything was recorded: {covered}; ask for a later period")


def _week_opening(opens_on: date) -> Period:
    naming_day = opens_on + timedelta(days=DAYS_INTO_WEEK_THAT_NAME_IT)
    number = (naming_day.timetuple().tm_yday - 1) // 7 + 1
    return Period(opens_on, opens_on + timedelta(weeks=1), "week", f"{naming_day.year:04d}-W{number:02d}")


def _week(year: int, number: int, calendar: Calendar) -> Period:
    first = period_around(date(year, 1, 1 + DAYS_INTO_WEEK_THAT_NAME_IT), "week", calendar)
    week = _week_opening(first.opens_on + timedelta(weeks=number - 1))
    if number < 1 or week.name != f"{year:04d}-W{number:02d}":
        last = period_around(date(year, 12, 31 - DAYS_INTO_WEEK_THAT_NAME_IT), "week", calendar).name
        raise PeriodNameError(f"period {year}-W{number:02d}: {year} has weeks 01 to {last[-2:]}")
    return week


def _month(year: int, number: int, calendar: Calendar) -> Period:  # noqa: ARG001 - every kind is built the same way
    return Period(date(year, number, 1), _month_start(year, number, 1), "month", f"{year:04d}-{number:02d}")


def _quarter(year: int, number: int, calendar: Calendar) -> Period:
    opening = _year(year, 1, calendar).opens_on
    opens_on = _month_start(opening.year, opening.month, 3 * (number - 1))
    return Period(opens_on, _month_start(opens_on.year, opens_on.month, 3), "quarter", f"{year:04d}-Q{number}")


def _year(year: int, number: int, calendar: Calendar) -> Period:  # noqa: ARG001 - every kind is built the same way
    """A fiscal year carries the name of the calendar year in which it ends."""
    opening_year = year - (calendar.fiscal_year_starts_in > 1)
    opens_on = date(opening_year, calendar.fiscal_year_starts_in, 1)
    return Period(opens_on, _month_start(opening_year, calendar.fiscal_year_starts_in, 12), "year", f"{year:04d}")


def _month_start(year: int, month: int, months_later: int) -> date:
    months = year * 12 + month - 1 + months_later
    return date(months // 12, months % 12 + 1, 1)


_BUILT = {"week": _week, "month": _month, "quarter": _quarter, "year": _year}
