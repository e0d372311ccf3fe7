"""Spells: the unbroken runs of days on which a customer is one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import agreements

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from config.definitions import Activity
    from tasks.customer_math.ledger.dates import Day
    from tasks.customer_math.ledger.history import History

DAY_ZERO = date(1900, 1, 1)
"""Where the counting of windows starts; any day before the first purchase would do."""


def spells(history: History, activity: Activity) -> Table:
    """Every spell of every customer: `[started_on, ended_on)`.

    Columns: customer_id, started_on, ended_on, is_end_observed (they told us, or the contract ended; otherwise they
    went silent), bridged_gaps_count.

    A purchase on 1 March with 90 lapse days and another on 1 April make one spell from 1 March to 30 June.
    """
    return merged(active_intervals(history, activity), bridge_days=activity.bridge_days)


def every_spell(history: History, activity: Activity) -> Table:
    """The same, as they are prepared where they are: customer_id, started_on, ended_on, is_end_observed, and others."""
    ready = history.prepared
    return ready.spells if ready is not None and ready.activity == activity else spells(history, activity)


def spells_around(history: History, activity: Activity, *, first_day: Day, last_day: Day) -> Table:
    """The spells that touch the days from first to last, from no more rows than these need.

    A spell that started before the first day may show a later start than it had; ends and the starts after the first
    day are exact.
    """
    touches = (_.started_on <= as_day(last_day)) & (_.ended_on > as_day(first_day))
    if history.prepared is not None and history.prepared.activity == activity:
        return history.prepared.spells.filter(touches)
    earliest, latest = later(first_day, -(activity.lapse_days + activity.bridge_days)), later(last_day, activity.bridge_days)
    nearby = history.narrowed(
        purchases=lambda purchases: purchases.purchased_on.between(earliest, latest),
        contracts=lambda contracts: (contracts.starts_on <= latest) & (contracts.ends_on >= later(first_day, -activity.bridge_days)),
    )
    return spells(nearby, activity).filter(touches)


def active_intervals(history: History, activity: Activity) -> Table:
    """The days that contracts cover and that purchases reach: customer_id, started_on, ended_on, is_end_observed."""
    intervals: list[Table] = []
    if history.contracts is not None:
        intervals.append(contract_intervals(history.contracts))
    if history.purchases is not None:
        intervals.append(purchase_windows(history.purchases, history.departures, lapse_days=activity.lapse_days))
    return ibis.union(*intervals, distinct=True) if len(intervals) > 1 else intervals[0]


def contract_intervals(contracts: Table) -> Table:
    """The days that a contract covers; its end is told, never guessed."""
    intervals = agreements(contracts).select("customer_id", started_on=_.starts_on, ended_on=_.ends_on, is_end_observed=ibis.literal(True))
    return intervals.distinct()


def purchase_windows(purchases: Table, departures: Table | None, *, lapse_days: int) -> Table:
    """The days that purchases reach: so many days from each, cut short where the customer told us that it departs.

    Purchases less than the lapse apart hold the same run of days, so one window stands for all within a stretch of
    that length that have the same next departure. A purchase on the day of a departure still counts for that day.
    """
    bought = purchases.filter(is_qualifying(purchases))
    stretch = bought.purchased_on.delta(ibis.literal(DAY_ZERO), unit="day") // lapse_days
    ends = {"started_on": _.purchased_on.min(), "last_purchased_on": _.purchased_on.max()}
    silent_on = later(_.last_purchased_on, lapse_days)
    if departures is None:
        windows = bought.group_by("customer_id", stretch=stretch).agg(**ends)
        return windows.select("customer_id", "started_on", ended_on=silent_on, is_end_observed=ibis.literal(False))
    followed = _with_next_departure(bought.select("customer_id", "purchased_on", stretch=stretch), departures)
    windows = followed.group_by("customer_id", "departed_on", "stretch").agg(**ends).mutate(silent_on=silent_on)
    stated_on = ibis.greatest(windows.departed_on, later(windows.last_purchased_on, 1))
    is_stated = (windows.departed_on.notnull() & (stated_on <= windows.silent_on)).fill_null(False)
    return windows.select("customer_id", "started_on", ended_on=is_stated.ifelse(stated_on, windows.silent_on), is_end_observed=is_stated)


def _with_next_departure(bought: Table, departures: Table) -> Table:
    """Purchases with the next departure that their customer told of, on the same day or later; empty where there is none."""
    nothing = {"purchased_on": ibis.null("date"), "stretch": ibis.null("int64")}
    stated = departures.select("customer_id", **nothing, departed_on=_.departed_on, day=_.departed_on)
    purchases = bought.select("customer_id", "purchased_on", "stretch", departed_on=ibis.null("date"), day=_.purchased_on)
    following = ibis.range_window(group_by="customer_id", order_by="day", preceding=0, following=None)
    both = ibis.union(purchases, stated)
    followed = both.mutate(departed_on=both.departed_on.min().over(following))
    return followed.filter(followed.purchased_on.notnull()).drop("day")


def is_qualifying(purchases: Table) -> BooleanValue:
    """Whether a purchase makes its customer active, as `counted_purchases` decides; a refund changes value, never activity."""
    return purchases.is_qualifying


def merged(intervals: Table, *, bridge_days: int) -> Table:
    """Intervals that overlap, touch or lie no further apart than the bridge, as one spell each.

    No two intervals may be alike, or their order is left to chance.
    """
    order = ["started_on", "ended_on", "is_end_observed"]
    earlier = ibis.window(group_by="customer_id", order_by=order, preceding=(None, 1))
    reached = intervals.mutate(reached_on=intervals.ended_on.max().over(earlier))
    gap_days = reached.started_on.delta(reached.reached_on, unit="day")
    in_order = ibis.window(group_by="customer_id", order_by=order, preceding=None, following=0)
    numbered = reached.mutate(
        spell_number=_is(gap_days > bridge_days, if_first=True).cast("int64").sum().over(in_order),
        is_bridged=_is((gap_days > 0) & (gap_days <= bridge_days), if_first=False),
    )
    together = numbered.group_by("customer_id", "spell_number").agg(
        started_on=_.started_on.min(),
        ended_on=_.ended_on.max(),
        observed_on=_.ended_on.max(where=_.is_end_observed),
        bridged_gaps_count=_.is_bridged.sum(),
    )
    is_observed = _is(together.observed_on == together.ended_on, if_first=False)
    return together.select("customer_id", "started_on", "ended_on", "bridged_gaps_count", is_end_observed=is_observed)


def _is(condition: BooleanValue, *, if_first: bool) -> BooleanValue:
    """A condition on what came before, with its answer where nothing did."""
    return condition.fill_null(if_first)
