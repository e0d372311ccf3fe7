"""Days counted from days, as days on every engine; and the days of a period, known now or only when a statement is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import ibis
from ibis.expr.types import Value

if TYPE_CHECKING:
    from datetime import date

    from ibis import Deferred
    from ibis.expr.types import DateValue, StringValue

    from config.definitions import Calendar

    Day = date | DateValue
    """A day that is known, or a parameter."""


class PeriodDates(Protocol):
    """A period as expressions see it: a `Period`, or one whose days are parameters of a statement."""

    @property
    def name(self) -> str | StringValue:
        """What the period is called."""
        ...

    @property
    def opens_on(self) -> Day:
        """Its first day."""
        ...

    @property
    def closes_on(self) -> Day:
        """The day after its last."""
        ...

    @property
    def opening_day(self) -> Day:
        """The day before it opens."""
        ...

    @property
    def closing_day(self) -> Day:
        """Its last day."""
        ...

    def is_within(self, days: int) -> bool:
        """Whether it is no longer than so many days."""
        ...

    def as_long_before(self, calendar: Calendar) -> PeriodDates:
        """The period before it, as long by the calendar."""
        ...

    def year_opening_day(self, calendar: Calendar) -> Day:
        """The day before the year opens that holds its last day."""
        ...


def as_day(day: Day) -> DateValue:
    """A day as an expression."""
    return day if isinstance(day, Value) else ibis.literal(day)


def as_text(name: str | StringValue) -> StringValue:
    """A name as an expression."""
    return name if isinstance(name, Value) else ibis.literal(name)


def later(day: Day | Deferred, days: int) -> DateValue:
    """The day so many days later; earlier for a negative number."""
    start = day if isinstance(day, ibis.Deferred) else as_day(day)
    # An engine may answer a day plus an interval with an instant, whatever Ibis calls it: back to a day.
    return (start + ibis.interval(days=days)).cast("timestamp").date()
