"""The lapse window that the purchases themselves suggest: how long a silence must last until hardly anybody comes back."""

from __future__ import annotations

import bisect
import itertools
import random
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.spells import is_qualifying

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ibis.expr.types import Table

    from config.definitions import LapseWindow

NOT_RECORDED = "not recorded"
"""The group of customers of whom nobody knows to which they belong, as in the ledger."""
LINES_OF_ONE_GROUP = 1_000
"""A curve is known by one number, its group's number times this, and the replicate: engines sort one number fastest."""
SAMPLE_GROUPS = 200
"""Customers are dealt into so many groups of equal size, and groups are drawn: fewer customers are drawn one by one."""
REPLICATES = 200
"""How often the company is drawn anew from its own customers."""
SEED = 20_260_101
"""Any number would do; the same one each time gives the same interval each time."""
POISSON_OF_ONE = (0.36787944, 0.73575888, 0.91969860, 0.98101184, 0.99634015, 0.99940582, 0.99991676, 0.99998975)
"""How often an expectation of 1 brings at most 0, 1, 2, ... 7."""
NOBODY, NOBODY_LEFT = 1e-30, 1e-25
"""What stands for 0 where a logarithm is taken, and the rate below which nobody is left: 1 of more than all people on earth."""
ROUNDING = 1e-9
"""A rate that is above the tolerance by less is at it: the last bits of a float decide nothing."""
OUTSIDE_95 = 0.025
NEVER = 1_000_000
"""Days that stand for a suggestion which the data cannot give, so that it sorts behind all that they can."""


def purchase_gaps(purchases: Table, data_through: date) -> Table:
    """Every time between a customer's purchase day and its next: customer_id, days_count, was_ended.

    Purchases of one day are one. The last one runs until the end of the data and has not ended: it is censored, not
    left out. Customers who bought on 1 and 11 March, with data through 31 March, make one of 10 days that was ended
    and one of 20 that was not.
    """
    through = ibis.literal(data_through)
    bought = purchases.filter(is_qualifying(purchases) & (purchases.purchased_on <= through))
    days = bought.select("customer_id", "purchased_on").distinct()
    next_on = days.purchased_on.lead().over(group_by="customer_id", order_by="purchased_on")
    until = next_on.fill_null(through)
    return days.select("customer_id", days_count=until.delta(days.purchased_on, unit="day").cast("int64"), was_ended=next_on.notnull())


def with_sample_group(silent: Table) -> Table:
    """The same with each customer's sample_group: its place among all, by a fingerprint that says nothing about it."""
    customers = silent.select("customer_id").distinct()
    place = ibis.row_number().over(ibis.window(order_by=[customers.customer_id.hexdigest("md5"), customers.customer_id]))
    return silent.join(customers.mutate(sample_group=place % SAMPLE_GROUPS), "customer_id")


def ends_by_day(silent: Table, attributes: Table, segments: Sequence[str]) -> Table:
    """How many silences end on each day, by return or by the end of the data, for the whole and each group of each segment.

    Columns: segment_by, segment, group_number (1: the whole), sample_group, day, ended_count (by a return), silences_count.
    """
    joined = silent.left_join(attributes, "customer_id").drop("customer_id_right") if segments else silent
    parts = [_counted(joined, segment_by=ALL, segment=ibis.literal(ALL))]
    parts += [_counted(joined, segment_by=name, segment=joined[name].fill_null(NOT_RECORDED)) for name in segments]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    order = ibis.window(order_by=[every.segment_by != ALL, every.segment_by, every.segment])
    return every.mutate(group_number=ibis.dense_rank().over(order) + 1)


def _counted(silent: Table, *, segment_by: str, segment: ibis.Value) -> Table:
    counted = silent.group_by("sample_group", segment=segment, day=silent.days_count).agg(
        ended_count=silent.was_ended.cast("int64").sum(), silences_count=silent.count()
    )
    return counted.select("segment", "sample_group", "day", "ended_count", "silences_count", segment_by=ibis.literal(segment_by))


def group_sizes(by_day: Table) -> Table:
    """How many silences each group has, and how many a purchase ended: group_number, segment_by, segment, silences_count, returns_count."""
    return by_day.group_by("group_number", "segment_by", "segment").agg(
        silences_count=by_day.silences_count.sum().cast("int64"), returns_count=by_day.ended_count.sum().cast("int64")
    )


def censor_after(by_day: Table, last_day: int) -> Table:
    """The same, watched no longer than so many days: nothing changes up to them, and there is less to work through."""
    is_later = by_day.day > last_day
    return by_day.mutate(day=is_later.ifelse(last_day + 1, by_day.day), ended_count=is_later.ifelse(0, by_day.ended_count))


def observed(by_day: Table) -> Table:
    """The data themselves: line, day, ended_count, silences_count."""
    return by_day.group_by("day", line=by_day.group_number * LINES_OF_ONE_GROUP).agg(
        ended_count=by_day.ended_count.sum(), silences_count=by_day.silences_count.sum()
    )


def bootstrap(by_day: Table) -> Table:
    """The data as they might have been, once for every replicate: line, day, ended_count, silences_count.

    Customers are drawn, not silences, since those of one customer are alike. Each sample group is taken as often as a
    Poisson variable of expectation 1 says, which is drawing with return when there are many.
    """
    joined = by_day.join(_weights(), "sample_group")
    return joined.group_by("day", line=joined.group_number * LINES_OF_ONE_GROUP + joined.replicate).agg(
        ended_count=(joined.ended_count * joined.weight).sum().cast("int64"),
        silences_count=(joined.silences_count * joined.weight).sum().cast("int64"),
    )


def kaplan_meier(counts: Table) -> Table:
    """How many stay silent, day by day: line, day, watched_count (still silent and under observation), silent_rate.

    `silent_rate` is the Kaplan-Meier estimate: the product, over all days up to this one, of 1 less the part of those
    watched on the day who came back on it. Whoever is last seen on a day is watched on it.
    """
    every_day = _every_day(counts)
    so_far = ibis.window(group_by="line", order_by="day", preceding=None, following=0)
    from_here = ibis.window(group_by="line", order_by="day", preceding=0, following=None)
    watched = every_day.mutate(watched_count=every_day.silences_count.sum().over(from_here))
    stay_rate = 1 - watched.ended_count.cast("float64") / watched.watched_count
    staying = watched.mutate(stay_log=ibis.greatest(stay_rate, NOBODY).ln())
    rate = staying.stay_log.sum().over(so_far).exp()
    return staying.select("line", "day", "watched_count", silent_rate=(rate > NOBODY_LEFT).ifelse(rate, 0.0))


def curves(silent: Table, choices: LapseWindow) -> Table:
    """What a window of each number of days would get wrong: line, day, watched_count, silent_rate and three rates.

    `back_within_rate`: of those silent for so many days, the part that comes back within the horizon,
    1 - S(day + horizon) / S(day); empty where the horizon lies beyond what was watched.
    `wrongly_lost_rate`: of those silent for so many days, whom a window of so many days declares lost, the part that
    still comes back as far as the data can see, 1 - S(last) / S(day).
    `wrongly_kept_rate`: of all days for which a window of so many days keeps a buyer a customer after a purchase, the
    part that is spent on those who had bought for the last time, day x S(last) / (S(0) + ... + S(day - 1)).
    The last day is the one until which `fewest_watched_count` silences were watched; fewer in all make no curve.
    """
    seen = silent.filter(silent.watched_count >= choices.fewest_watched_count)
    last_rate = seen.silent_rate.min().over(ibis.window(group_by="line"))
    kept_days = seen.silent_rate.sum().over(ibis.window(group_by="line", order_by="day", preceding=(None, 1)))
    later_rate = seen.silent_rate.lead(choices.within_days).over(ibis.window(group_by="line", order_by="day"))
    is_anybody = seen.silent_rate > 0
    return seen.select(
        "line",
        "day",
        "watched_count",
        "silent_rate",
        back_within_rate=is_anybody.ifelse(1 - later_rate / seen.silent_rate, ibis.null("float64")),
        wrongly_lost_rate=is_anybody.ifelse(1 - last_rate / seen.silent_rate, 0.0),
        wrongly_kept_rate=(seen.day > 0).ifelse(seen.day * last_rate / kept_days, 0.0),
    )


def suggestions(curve: Table, choices: LapseWindow) -> Table:
    """The smallest window after which the chance to come back within the horizon is within the tolerance: line, suggested_days.

    Empty where there is none within what was watched.
    """
    is_late = (curve.day > 0) & (curve.back_within_rate <= choices.tolerance_rate + ROUNDING)
    return curve.group_by("line").agg(suggested_days=curve.day.min(where=is_late))


def intervals(replicates: Table) -> Table:
    """Between which windows 95% of the replicates' suggestions lie: group_number, low_days, high_days.

    A replicate without a suggestion counts as one that is longer than any; an end of the interval there is empty.
    """
    days = replicates.select(group_number=_.line // LINES_OF_ONE_GROUP, days=_.suggested_days.fill_null(NEVER), line=_.line)
    order = ibis.window(group_by="group_number", order_by=["days", "line"])
    placed = days.mutate(place=ibis.row_number().over(order) + 1, all_count=days.count().over(ibis.window(group_by="group_number")))
    low_place, high_place = ((placed.all_count * part).ceil().cast("int64") for part in (OUTSIDE_95, 1 - OUTSIDE_95))
    ends = placed.group_by("group_number").agg(
        low_days=placed.days.min(where=placed.place == low_place), high_days=placed.days.min(where=placed.place == high_place)
    )
    return ends.mutate(low_days=ends.low_days.nullif(NEVER), high_days=ends.high_days.nullif(NEVER))


def silent_buyers(purchases: Table, attributes: Table, segments: Sequence[str], *, data_through: date) -> Table:
    """How long each buyer has been silent at the end of the data: segment_by, segment, silent_days, once for every way of grouping."""
    through = ibis.literal(data_through)
    bought = purchases.filter(is_qualifying(purchases) & (purchases.purchased_on <= through))
    last = bought.group_by("customer_id").agg(last_on=bought.purchased_on.max())
    silent = last.select("customer_id", silent_days=through.delta(last.last_on, unit="day").cast("int64"))
    joined = silent.left_join(attributes, "customer_id").drop("customer_id_right") if segments else silent
    parts = [joined.select("silent_days", segment_by=ibis.literal(ALL), segment=ibis.literal(ALL))]
    parts += [
        joined.select("silent_days", segment_by=ibis.literal(name), segment=joined[name].fill_null(NOT_RECORDED)) for name in segments
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def on_either_side(silent: Table, suggested: Table, *, in_force_days: int) -> Table:
    """How many buyers are customers at the end of the data, by the window in force and by the suggested one.

    `suggested`: segment_by, segment, suggested_days (may be empty). Columns: segment_by, segment, customers_count (who
    ever bought), active_in_force_count, active_suggested_count (empty: no suggestion).
    """
    joined = silent.left_join(suggested, ["segment_by", "segment"])
    return joined.group_by("segment_by", "segment").agg(
        customers_count=joined.count(),
        active_in_force_count=(joined.silent_days < in_force_days).sum(),
        active_suggested_count=(joined.silent_days < joined.suggested_days).sum(),
    )


def _every_day(counts: Table) -> Table:
    """Every day from 0 to the longest of each line, with its counts, 0 where nothing happened."""
    lasts = counts.group_by("line").agg(last_day=counts.day.max())
    days = lasts.mutate(day=ibis.range(ibis.literal(0, "int64"), lasts.last_day + 1).unnest()).drop("last_day")
    joined = days.left_join(counts, ["line", "day"])
    return joined.select("line", "day", ended_count=joined.ended_count.fill_null(0), silences_count=joined.silences_count.fill_null(0))


def _weights() -> Table:
    """How often each sample group is drawn in each replicate: sample_group, replicate, weight (none: not drawn)."""
    chance = random.Random(SEED)  # noqa: S311 - draws a sample, guards no secret
    drawn: dict[str, list[int]] = {"sample_group": [], "replicate": [], "weight": []}
    for replicate, group in itertools.product(range(1, REPLICATES + 1), range(SAMPLE_GROUPS)):
        weight = bisect.bisect_left(POISSON_OF_ONE, chance.random())
        if weight:
            drawn["sample_group"].append(group)
            drawn["replicate"].append(replicate)
            drawn["weight"].append(weight)
    return ibis.memtable(drawn, schema=dict.fromkeys(drawn, "int64"))
