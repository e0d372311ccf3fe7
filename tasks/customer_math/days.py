"""Days counted from days, as days on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis import Deferred
    from ibis.expr.types import DateValue


def later(day: DateValue | Deferred, days: int) -> DateValue:
    """The day so many days later; earlier for a negative number."""
    # An engine may answer a day plus an interval with an instant, whatever Ibis calls it: back to a day.
    return (day + ibis.interval(days=days)).cast("timestamp").date()
