"""What every period asks of a history, made once for all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.history import Prepared
from tasks.customer_math.ledger.spells import spells
from tasks.customer_math.ledger.topics import as_it_is
from tasks.customer_math.ledger.value import purchase_values

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from config.definitions import Calendar
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.topics import StoreTable


def prepared(history: History, *, days: Collection[date] = (), rules: LedgerRules, store: StoreTable = as_it_is) -> History:
    """The history with its spells, the first day of everybody, and what purchases were worth on some days; `store` may keep each."""
    ready = Prepared(
        activity=rules.activity,
        value_days=rules.value.value_days,
        days=frozenset(),
        spells=store("spells", spells(history, rules.activity)),
        first_days=store("first-days", first_days(history)),
        purchase_values=None,
    )
    return with_purchase_values(replace(history, prepared=ready), days, store=store)


def with_purchase_values(history: History, days: Collection[date], *, store: StoreTable = as_it_is) -> History:
    """A prepared history with what purchases were worth on some days, and on no others."""
    assert history.prepared is not None, "what everybody is worth comes after spells and first days"
    values = None
    if history.purchases is not None and days:
        by_day = purchase_values(history.purchases, days, value_days=history.prepared.value_days).order_by("day")
        values = store("purchase-values", by_day)
    return replace(history, prepared=replace(history.prepared, days=frozenset(days), purchase_values=values))


def days_needed(period: Period, calendar: Calendar) -> frozenset[date]:
    """The days on which a ledger of the period asks what customers were worth."""
    ends = (
        day for ledger_period in (period, period.as_long_before(calendar)) for day in (ledger_period.opening_day, ledger_period.closing_day)
    )
    return frozenset({*ends, period.year_opening_day(calendar)})


def check_prepared(history: History, period: Period, rules: LedgerRules) -> None:
    """What was prepared for other days or choices would be nothing, or something else, without a word; raises AssertionError."""
    ready = history.prepared
    if ready is not None:
        assert ready.days >= days_needed(period, rules.calendar), f"{period.name}: values were not prepared for its days"
        assert (ready.activity, ready.value_days) == (rules.activity, rules.value.value_days), "prepared under other choices"
