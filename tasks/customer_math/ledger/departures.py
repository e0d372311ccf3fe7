"""What customers said when they went: one reason for each, from all that the silos were told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import UNKNOWN_REASON, agreements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, StringColumn, Table

    from config.topic_settings import Departing
    from tasks.customer_math.ledger.dates import PeriodDates

NO_SILO = "no_silo"
"""The silo of a reason that nobody knows."""
STATED = ("customer_id", "departed_on", "silo", "reason_code", "is_departure")
BEFORE_LAST_PURCHASE_DAYS = 31
"""A month: what was told so long before the last purchase, or later, is about the silence that followed it."""


@dataclass(frozen=True)
class _SiloReason:
    """What one silo knows of a customer's reason: the latest that it was told."""

    silo: str
    code: StringColumn


def stated_reasons(departures: Table | None, called: Table | None) -> Table | None:
    """Reasons from departures and from calls as one table, with whether each is of a departure; none where there is neither."""
    parts = [(departures, True), (called, False)]
    tables = [table.select(*STATED[:-1], is_departure=ibis.literal(is_departure)) for table, is_departure in parts if table is not None]
    return ibis.union(*tables) if len(tables) > 1 else (tables[0] if tables else None)


def departures_in(stated: Table, period: PeriodDates, *, trust: Sequence[str]) -> Table:
    """What was told of each customer's departure inside the period: see `stated_reasons` and `decided`."""
    return decided(stated.filter(stated.departed_on.between(as_day(period.opens_on), as_day(period.closing_day))), trust=trust)


def stated_around(stated: Table, went: Table, contracts: Table | None, *, departing: Departing, lapse_days: int) -> Table:
    """What was told of the departure of each customer who went, in the days around it that are about it: see `decided`.

    `went` is customer_id, went_on, is_end_observed. Where the end is observed these are the days from `reason_before_days` before
    it, but not from before the running term began; where the customer fell silent, from 31 days before its last purchase; both
    until `reason_after_days` after the day on which it went.

    A contract of a year ends on 10 June; what was told on 3 May or on 2 July is about that, and what was told in January is not.
    """
    windows = _windows(went, contracts, departing=departing, lapse_days=lapse_days)
    both = stated.join(windows, "customer_id")
    around = both.filter(both.departed_on.between(both.from_on, both.until_on))
    return decided(around.select(*STATED), trust=departing.trust)


def _windows(went: Table, contracts: Table | None, *, departing: Departing, lapse_days: int) -> Table:
    since_on, silent_on = (later(went.went_on, -days) for days in (departing.reason_before_days, lapse_days + BEFORE_LAST_PURCHASE_DAYS))
    spans = went.select(
        "customer_id",
        "went_on",
        from_on=went.is_end_observed.ifelse(since_on, silent_on),
        until_on=later(went.went_on, departing.reason_after_days),
    )
    if contracts is None:
        return spans
    terms = agreements(contracts).group_by("customer_id", "ends_on").agg(begun_on=_.term_starts_on.min())
    running = spans.left_join(terms, ["customer_id", spans.went_on == terms.ends_on]).drop("customer_id_right")
    return running.mutate(from_on=ibis.greatest(running.from_on, running.begun_on.fill_null(running.from_on)))


def decided(stated: Table, *, trust: Sequence[str]) -> Table:
    """One reason for each customer, of all that was told of it, a row a customer of whom anything was.

    Columns: customer_id, told_reason_code (UNKNOWN_REASON if no silo knows one), told_silo (whose reason it is),
    has_conflicting_reasons, told_on (the latest day), departures_told_count. Within a silo the latest known reason
    counts, however many extracts it sends; between silos the first in the order of trust that knows one. A reason that a
    lost customer gave when it was called is one like those of departures, and no departure.

    Service knows `price`, sales `service` of one departure: with service before sales the reason is `price`, a conflict.
    """
    latest_first = ibis.struct({"on": stated.departed_on, "code": stated.reason_code})
    has_reason = stated.reason_code != UNKNOWN_REASON
    codes = {silo: stated.reason_code.argmax(latest_first, where=has_reason & (stated.silo == silo)) for silo in trust}
    by_customer = stated.group_by("customer_id").agg(
        told_on=stated.departed_on.max(where=stated.is_departure), departures_told_count=stated.is_departure.cast("int64").sum(), **codes
    )
    reasons = [_SiloReason(silo, by_customer[silo]) for silo in trust]
    return by_customer.select(
        "customer_id",
        "told_on",
        "departures_told_count",
        told_reason_code=ibis.coalesce(*(reason.code for reason in reasons), UNKNOWN_REASON),
        told_silo=ibis.cases(*((reason.code.notnull(), reason.silo) for reason in reasons), else_=NO_SILO),
        has_conflicting_reasons=_differ(reasons),
    )


def _differ(reasons: Sequence[_SiloReason]) -> BooleanValue:
    """Whether any two silos know different reasons."""
    pairs = [(one.code != other.code).fill_null(False) for one, other in combinations(reasons, 2)]
    return reduce(or_, pairs)
