"""Buyers as the models of purchases see them: how often and when each bought, and counts of those who are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import no_money
from tasks.customer_math.lifetime.purchase_activity import PurchaseCounts
from tasks.customer_math.lifetime.purchase_spend import SpendCounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy as np
    from ibis.expr.types import DecimalValue, Table
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.float64]]
    """The columns of a table of few rows, by name."""

WEEK_DAYS = 7
YEAR_WEEKS = 365.25 / WEEK_DAYS
UNTIL_EVENING = 0.5
"""Who first bought on the day itself has been one for half a day on average when it ends."""
SPEND_STEPS = 100
"""Buyers whose purchases bring the same to the hundredth are alike; each row has the exact sum of what its buyers brought."""
ALIKE = ("repeats_count", "recency_weeks", "age_weeks")


def buyers(purchases: Table, days: Table, day: date, *, minor_units: int) -> Table:
    """Everybody who ever bought up to a day, a row each, from the purchases and the days of purchase (see `days_of_purchase`).

    Columns: customer_id, first_on, repeats_count (days of purchase after the first), recency_days (from the first to the
    last), age_days (from the first to the day), repeat_amount (net amount after the first day, nothing where it is less),
    and recency_weeks and age_weeks, in which whole week each lies. Who bought on 1, 1 and 11 March and is looked at on 31
    March has 1 repeat, a recency of 10 days and an age of 30.
    """
    bought = days.filter(days.bought_on <= as_day(day)).group_by("customer_id")
    often = bought.agg(first_on=_.bought_on.min(), last_on=_.bought_on.max(), repeats_count=_.count() - 1)
    until = purchases.filter(purchases.purchased_on <= as_day(day)).select("customer_id", "purchased_on", "amount")
    later = until.join(often, "customer_id").filter(_.purchased_on > _.first_on)
    brought = later.group_by("customer_id").agg(repeat_amount=_.amount.sum())
    every = often.left_join(brought, "customer_id").drop("customer_id_right")
    every = every.mutate(repeat_amount=every.repeat_amount.fill_null(ibis.literal(0).cast(every.repeat_amount.type())))
    recency_days, age_days = every.last_on.delta(every.first_on, unit="day"), as_day(day).delta(every.first_on, unit="day")
    return every.select(
        "customer_id",
        "first_on",
        "repeats_count",
        repeat_amount=_positive(every.repeat_amount, minor_units=minor_units),
        recency_days=recency_days.cast("int64"),
        age_days=age_days.cast("int64"),
        recency_weeks=(recency_days // WEEK_DAYS).cast("int64"),
        age_weeks=(age_days // WEEK_DAYS).cast("int64"),
    )


def _positive(amount: DecimalValue, *, minor_units: int) -> DecimalValue:
    nothing = no_money(minor_units)
    return (amount > 0).ifelse(amount.cast(nothing.type()), nothing)


def purchase_groups(every: Table) -> Table:
    """How many buyers are alike to the week, with the sums of their days and amounts: a row a group, in a fixed order."""
    sums = {name: every[name].sum().cast("float64") for name in ("recency_days", "age_days", "repeat_amount")}
    return every.group_by(*ALIKE).agg(customers_count=_.count().cast("float64"), **sums).order_by(*ALIKE)


def purchase_counts(groups: Columns) -> PurchaseCounts:
    """The same as the model takes them: each group at its mean times, in weeks."""
    customers = groups["customers_count"]
    recency, age = groups["recency_days"] / customers, groups["age_days"] / customers + UNTIL_EVENING
    return PurchaseCounts(groups["repeats_count"].astype(float), recency / WEEK_DAYS, age / WEEK_DAYS, customers)


def spend_groups(every: Table) -> Table:
    """How many buyers with a repeat purchase bought as often and spent as much a time, to the hundredth: a row a group."""
    spent = every.filter((every.repeats_count > 0) & (every.repeat_amount > 0))
    mean = spent.repeat_amount.cast("float64") / spent.repeats_count.cast("float64")
    step = (mean.ln() * SPEND_STEPS).floor().cast("int64")
    alike = spent.group_by("repeats_count", step=step)
    counted = alike.agg(customers_count=_.count().cast("float64"), repeat_amount=_.repeat_amount.sum().cast("float64"))
    return counted.order_by("repeats_count", "step")


def spend_counts(groups: Columns) -> SpendCounts:
    """The same as the model takes them: each group at its mean amount."""
    repeats = groups["repeats_count"].astype(float)
    return SpendCounts(repeats, groups["repeat_amount"] / (repeats * groups["customers_count"]), groups["customers_count"])
