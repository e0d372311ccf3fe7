"""What customers said when they went: one reason for each, from all that the silos were told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import NO_REASON_KNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, StringColumn, Table

    from tasks.customer_math.ledger.dates import PeriodDates

NO_SILO = "no_silo"
"""The silo of a reason that nobody knows."""


@dataclass(frozen=True)
class _Word:
    """What one silo knows of a customer's reason: the latest that it was told."""

    silo: str
    code: StringColumn


def told_in(departures: Table, period: PeriodDates, *, trust: Sequence[str]) -> Table:
    """What was told of each customer's departure inside the period, a row a customer of whom anything was.

    Columns: customer_id, told_reason_code (NO_REASON_KNOWN if no silo knows one), told_silo (whose reason it is),
    has_conflicting_reasons, told_on (the latest day), departures_told_count. Within a silo the latest known reason
    counts, however many extracts it sends; between silos the first in the order of trust that knows one.

    Service knows `price`, sales `service` of one departure: with service before sales the reason is `price`, a conflict.
    """
    told = departures.filter(departures.departed_on.between(as_day(period.opens_on), as_day(period.closing_day)))
    latest_first = ibis.struct({"on": told.departed_on, "code": told.reason_code})
    is_known = told.reason_code != NO_REASON_KNOWN
    codes = {silo: told.reason_code.argmax(latest_first, where=is_known & (told.silo == silo)) for silo in trust}
    known = told.group_by("customer_id").agg(told_on=told.departed_on.max(), departures_told_count=told.count(), **codes)
    words = [_Word(silo, known[silo]) for silo in trust]
    return known.select(
        "customer_id",
        "told_on",
        "departures_told_count",
        told_reason_code=ibis.coalesce(*(word.code for word in words), NO_REASON_KNOWN),
        told_silo=ibis.cases(*((word.code.notnull(), word.silo) for word in words), else_=NO_SILO),
        has_conflicting_reasons=_differ(words),
    )


def _differ(words: Sequence[_Word]) -> BooleanValue:
    """Whether any two silos know different reasons."""
    pairs = [(one.code != other.code).fill_null(False) for one, other in combinations(words, 2)]
    return reduce(or_, pairs)
