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


def told_in(departures: Table | None, period: PeriodDates, *, trust: Sequence[str], called: Table | None = None) -> Table | None:
    """What was told of each customer's departure inside the period, a row a customer of whom anything was; none where nobody recorded any.

    Columns: customer_id, told_reason_code (NO_REASON_KNOWN if no silo knows one), told_silo (whose reason it is),
    has_conflicting_reasons, told_on (the latest day), departures_told_count. Within a silo the latest known reason
    counts, however many extracts it sends; between silos the first in the order of trust that knows one. A reason that a
    lost customer gave when it was called is one like those of departures, and no departure.

    Service knows `price`, sales `service` of one departure: with service before sales the reason is `price`, a conflict.
    """
    stated = _stated(departures, called)
    if stated is None:
        return None
    told = stated.filter(stated.departed_on.between(as_day(period.opens_on), as_day(period.closing_day)))
    latest_first = ibis.struct({"on": told.departed_on, "code": told.reason_code})
    is_known = told.reason_code != NO_REASON_KNOWN
    codes = {silo: told.reason_code.argmax(latest_first, where=is_known & (told.silo == silo)) for silo in trust}
    known = told.group_by("customer_id").agg(
        told_on=told.departed_on.max(where=told.is_departure), departures_told_count=told.is_departure.cast("int64").sum(), **codes
    )
    words = [_Word(silo, known[silo]) for silo in trust]
    return known.select(
        "customer_id",
        "told_on",
        "departures_told_count",
        told_reason_code=ibis.coalesce(*(word.code for word in words), NO_REASON_KNOWN),
        told_silo=ibis.cases(*((word.code.notnull(), word.silo) for word in words), else_=NO_SILO),
        has_conflicting_reasons=_differ(words),
    )


def _stated(departures: Table | None, called: Table | None) -> Table | None:
    """Reasons from departures and from calls as one table, with whether each is of a departure."""
    columns = ("customer_id", "departed_on", "silo", "reason_code")
    parts = [(departures, True), (called, False)]
    tables = [table.select(*columns, is_departure=ibis.literal(is_departure)) for table, is_departure in parts if table is not None]
    return ibis.union(*tables) if len(tables) > 1 else (tables[0] if tables else None)


def _differ(words: Sequence[_Word]) -> BooleanValue:
    """Whether any two silos know different reasons."""
    pairs = [(one.code != other.code).fill_null(False) for one, other in combinations(words, 2)]
    return reduce(or_, pairs)
