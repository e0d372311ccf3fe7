"""What every period asks of a history, made once for all of them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.history import Prepared
from tasks.customer_math.ledger.spells import spells
from tasks.customer_math.ledger.topics import as_it_is
from tasks.customer_math.ledger.value import purchase_values

if TYPE_CHECKING:
    from datetime import date

    from config.definitions import Calendar
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.topics import StoreTable


def prepared(history: History, *, days: frozenset[date], rules: LedgerRules, store: StoreTable = as_it_is) -> History:
    """The history with its spells, the first day of everybody, and what purchases were worth on some days; `store` may keep each."""
    activity, value_days = rules.activity, rules.value.value_days
    values = None
    if history.purchases is not None:
        digest = hashlib.sha256(" ".join(map(str, sorted(days))).encode()).hexdigest()[:12]
        by_day = purchase_values(history.purchases, days, value_days=value_days).order_by("day", "customer_id")
        values = store(f"purchase-values.{digest}", by_day)
    ready = Prepared(
        activity=activity,
        value_days=value_days,
        days=days,
        spells=store("spells", spells(history, activity)),
        first_days=store("first-days", first_days(history)),
        purchase_values=values,
    )
    return replace(history, prepared=ready)


def days_needed(period: Period, calendar: Calendar) -> frozenset[date]:
    """The days on which a ledger of the period asks what customers were worth."""
    ends = (
        day for ledger_period in (period, period.as_long_before(calendar)) for day in (ledger_period.opening_day, ledger_period.closing_day)
    )
    return frozenset({*ends, period.year_opening_day(calendar) or period.opening_day})


def check_prepared(history: History, period: Period, rules: LedgerRules) -> None:
    """What was prepared for other days or choices would be nothing, or something else, without a word; raises AssertionError."""
    ready = history.prepared
    if ready is not None:
        assert ready.days >= days_needed(period, rules.calendar), f"{period.name}: values were not prepared for its days"
        assert (ready.activity, ready.value_days) == (rules.activity, rules.value.value_days), "prepared under other choices"
