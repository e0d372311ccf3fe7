"""Intakes: customers by the month in which they came for the first time, looked at when all of them are equally old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import later
from tasks.customer_math.ledger.first_purchases import first_purchases, priced_at_start, with_acquisition
from tasks.customer_math.ledger.history import money_type
from tasks.customer_math.ledger.periods import period_around, period_before
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.spells import every_spell, is_qualifying, spells
from tasks.customer_math.topics.referrals import with_referral

if TYPE_CHECKING:
    from ibis.expr.types import DecimalValue, IntegerValue, Table

    from config.definitions import Activity, Calendar
    from config.topic_settings import CohortSettings
    from tasks.customer_math.ledger.beginning import Beginning
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period

COHORTS_SHOWN = 13
"""So many intakes are compared at each age: a year of months, and the same month a year before."""
PAID_BACK_DAYS = tuple(range(30, 361, 30))
"""Ages at which it is asked whether an intake has paid back what it cost, beside the company's own ages."""
YEAR_DAYS = 365
"""A contract brings its annual amount in so many days, leap years or not."""


@dataclass(frozen=True)
class CohortSpec:
    """Which intakes are looked at as a period ends, at which ages, and how far back each age reaches."""

    period: Period
    months: tuple[Period, ...]
    """Whole months, oldest first."""
    rules: CohortSettings
    beginning: Beginning | None = None
    """Where the data begin: whoever came in that month, or before, is no newcomer that anybody knows of."""

    @classmethod
    def at(cls, period: Period, rules: CohortSettings, calendar: Calendar, *, beginning: Beginning | None = None) -> CohortSpec:
        """As many months as it takes to have 13 of the oldest age; the latest is the last that was over with the period."""
        months = [period_before(period_around(period.closes_on, "month", calendar), calendar)]
        oldest = timedelta(days=rules.ages_days[-1])
        while sum(month.closing_day + oldest <= period.closing_day for month in months) < COHORTS_SHOWN:
            months.insert(0, period_before(months[0], calendar))
        return cls(period, tuple(months), rules, beginning)

    @property
    def ages(self) -> tuple[int, ...]:
        """Every age at which the intakes' value is known, in days."""
        return tuple(sorted({*self.rules.ages_days, *PAID_BACK_DAYS}))

    @property
    def first_came_on(self) -> date:
        """The first day of the first intake: of a month that opens after the data begin."""
        covered = [month for month in self.months if not (self.beginning and self.beginning.is_opening_unknown(month.opens_on))]
        return covered[0].opens_on if covered else self.months[-1].closes_on

    def last_came_on(self, days: int) -> date:
        """Who came no later belongs to an intake of which everyone has been known for so many days by the period's last day."""
        old_enough = [month.closing_day for month in self.months if month.closing_day + timedelta(days=days) <= self.period.closing_day]
        return max(old_enough, default=self.months[0].opening_day)


def newcomers_of(first_days: Table, looked: CohortSpec) -> Table:
    """The customers of the intakes: customer_id, first_came_on, intake (the month, `2026-03`)."""
    came = first_days.first_came_on
    inside = first_days.filter(came.between(ibis.literal(looked.first_came_on), ibis.literal(looked.months[-1].closing_day)))
    return inside.select("customer_id", "first_came_on", intake=inside.first_came_on.strftime("%Y-%m"))


def cohort_customers(history: History, newcomers: Table, *, looked: CohortSpec, rules: LedgerRules) -> Table:
    """One row for each customer of the intakes, with what became of it at every age that its whole intake has reached.

    Columns: period, customer_id, first_came_on, intake, came_by_channel, came_by_campaign, came_by_referral, first_purchase_amount,
    has_reached_horizon, has_second; for every age has_reached_N, value_N_amount (what it bought in its first N days, and
    what contracts brought in them), goods_N_amount (what the goods had cost, where recorded), is_customer_N; the segments.
    Where the intake has not reached an age, everything about that age is no or 0.
    """
    parts = (_bought(history, newcomers, looked=looked), _agreed(history, newcomers, looked=looked))
    brought = _together(newcomers, [part for part in parts if part is not None], looked=looked, minor_units=history.minor_units)
    customers = newcomers
    for table in (first_purchases(history, newcomers), brought, _stayed(history, newcomers, looked=looked, activity=rules.activity)):
        customers = customers.left_join(table, "customer_id").drop("customer_id_right")
    customers = with_acquisition(_at_equal_age(customers, looked=looked), history, through=looked.period.closing_day)
    customers = with_referral(customers, history)
    return with_segments(customers, history.attributes, period=looked.period, segments=rules.segments)


def share_of_year(annual: DecimalValue, days: IntegerValue, *, minor_units: int) -> DecimalValue:
    """What so many days of an annual amount are worth, rounded half away from zero to the minor unit.

    73 days of 1,200.00 a year are 240.00; exact for amounts of up to a hundred billion.
    """
    units = (annual * 10**minor_units).cast("int64")
    rounded = (2 * units.abs() * days + YEAR_DAYS) // (2 * YEAR_DAYS) * units.sign().cast("int64")
    unit = ibis.literal(Decimal(1).scaleb(-minor_units), type=f"decimal({minor_units + 1}, {minor_units})")
    return (rounded.cast(money_type(minor_units)) * unit).cast(money_type(minor_units))


def _bought(history: History, newcomers: Table, *, looked: CohortSpec) -> Table | None:
    """What each bought in its first days, what the goods had cost, and whether it bought a second time."""
    if history.purchases is None:
        return None
    bought = history.purchases.join(newcomers, "customer_id")
    bought = bought.mutate(age=bought.purchased_on.delta(bought.first_came_on, unit="day")).filter(_.age >= 0)
    nothing = ibis.literal(0).cast(bought.amount.type())
    value = {f"value_{days}_amount": (bought.age < days).ifelse(bought.amount, nothing).sum() for days in looked.ages}
    goods = {f"goods_{days}_amount": (bought.age < days).ifelse(bought.cost_amount, nothing).sum() for days in looked.ages}
    again = is_qualifying(bought) & bought.age.between(1, looked.rules.horizon_days)
    return bought.group_by("customer_id").agg(second_count=again.sum(), **value, **goods)


def _agreed(history: History, newcomers: Table, *, looked: CohortSpec) -> Table | None:
    """What each one's contracts brought in its first days, and whether it agreed to a second one."""
    if history.contracts is None:
        return None
    priced = priced_at_start(history.contracts, history).join(newcomers, "customer_id")
    starts, ends = (priced[day].delta(priced.first_came_on, unit="day") for day in ("starts_on", "ends_on"))
    agreed = priced.mutate(starts=starts, ends=ends)

    def brought(days: int) -> DecimalValue:
        covered = ibis.greatest(ibis.least(agreed.ends, days) - agreed.starts, 0)
        return share_of_year(agreed.amount, covered, minor_units=history.minor_units).sum()

    again = agreed.starts.between(1, looked.rules.horizon_days) & (agreed.starts_on == agreed.term_starts_on) & ~agreed.is_deduction
    value = {f"value_{days}_amount": brought(days) for days in looked.ages}
    return agreed.group_by("customer_id").agg(second_count=again.sum(), **value)


def _together(newcomers: Table, parts: list[Table], *, looked: CohortSpec, minor_units: int) -> Table:
    """What was bought and what contracts brought, added up for each newcomer; 0 of who has neither."""
    amounts = [f"{kind}_{days}_amount" for kind in ("value", "goods") for days in looked.ages]
    kinds = {"second_count": "int64", **dict.fromkeys(amounts, money_type(minor_units))}
    joined = newcomers.select("customer_id")
    for number, part in enumerate(parts):
        columns = {f"{name}_{number}": part[name].cast(kind) for name, kind in kinds.items() if name in part.columns}
        joined = joined.left_join(part.select("customer_id", **columns), "customer_id").drop("customer_id_right")

    def added(name: str, kind: str) -> ibis.Value:
        nothing = ibis.literal(0).cast(kind)
        amounts = (joined[f"{name}_{number}"].fill_null(nothing) for number, part in enumerate(parts) if name in part.columns)
        return reduce(add, amounts, nothing).cast(kind)

    return joined.select("customer_id", **{name: added(name, kind) for name, kind in kinds.items()})


def _stayed(history: History, newcomers: Table, *, looked: CohortSpec, activity: Activity) -> Table:
    """Whether each was a customer so many days after the day on which it came."""
    stays = _spells_of(history, newcomers, activity).join(newcomers, "customer_id")

    def is_one_after(days: int) -> ibis.Value:
        day = later(stays.first_came_on, days)
        return ((stays.started_on <= day) & (stays.ended_on > day)).any()

    return stays.group_by("customer_id").agg(**{f"is_customer_{days}": is_one_after(days) for days in looked.rules.ages_days})


def _spells_of(history: History, newcomers: Table, activity: Activity) -> Table:
    """The spells of the newcomers: of those that are prepared, or made of what they bought and agreed alone."""
    if history.prepared is not None:
        return every_spell(history, activity)
    theirs = history.narrowed(
        purchases=lambda purchases: purchases.customer_id.isin(newcomers.customer_id),
        contracts=lambda contracts: contracts.customer_id.isin(newcomers.customer_id),
    )
    return spells(theirs, activity)


def _at_equal_age(customers: Table, *, looked: CohortSpec) -> Table:
    """Only what is known at ages that the whole intake has reached; for the rest no, and 0."""
    nothing = ibis.literal(0).cast(customers.first_purchase_amount.type())
    columns: dict[str, ibis.Value] = {}
    for days in looked.ages:
        reached = customers.first_came_on <= ibis.literal(looked.last_came_on(days))
        columns[f"has_reached_{days}"] = reached
        for kind in ("value", "goods"):
            amount = customers[f"{kind}_{days}_amount"].fill_null(nothing)
            columns[f"{kind}_{days}_amount"] = reached.ifelse(amount, nothing)
    for days in looked.rules.ages_days:
        columns[f"is_customer_{days}"] = columns[f"has_reached_{days}"] & customers[f"is_customer_{days}"].fill_null(False)
    reached_horizon = customers.first_came_on <= ibis.literal(looked.last_came_on(looked.rules.horizon_days))
    return customers.mutate(
        period=ibis.literal(looked.period.name),
        first_purchase_amount=customers.first_purchase_amount.fill_null(nothing),
        has_reached_horizon=reached_horizon,
        has_second=reached_horizon & (customers.second_count > 0).fill_null(False),
        is_active_at_opening=ibis.literal(False),
        is_active_at_closing=ibis.literal(True),
        **columns,
    ).drop("second_count")
