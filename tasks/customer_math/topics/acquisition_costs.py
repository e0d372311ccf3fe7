"""What new customers cost, and when they have paid it back: campaigns' costs of a month beside the customers who came in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.history import money_type

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from tasks.customer_math.topics.cohorts import CohortSpec

ALL = "all"
NOT_NAMED = "not named"
"""The channel of costs that name none; they are matched with nobody, not even with customers whose channel is not recorded."""
KEYS = ("intake", "cost_by", "name")


def cohort_costs(cohorts: Table, campaigns: Table, *, looked: CohortSpec, minor_units: int) -> Table:
    """What each intake cost, whole and by channel and campaign, and when what it brought reached the cost.

    Columns: intake, cost_by (all, channel, campaign), name, customers_count, cost_amount, brought_amount (value less cost
    of goods at the oldest age that the intake has reached), looked_at_days (that age; 0: none), paid_back_days (the first
    age at which it had brought what it cost; empty: not yet, or nothing to pay back). By channel and by campaign, costs
    add up to the whole; where nobody came by a channel or campaign that cost something, customers_count is 0.
    """
    money = money_type(minor_units)
    parts = [*_customers_by(cohorts, looked=looked), *_costs_by(campaigns, looked=looked)]
    amounts = ["cost_amount", *(f"brought_{days}_amount" for days in looked.ages)]
    kinds = {"customers_count": "int64", **dict.fromkeys(amounts, money)}
    none = {name: ibis.literal(0).cast(kind) for name, kind in kinds.items()}
    every = [part.mutate(**{name: value for name, value in none.items() if name not in part.columns}) for part in parts]
    together = ibis.union(*(part.select(*KEYS, *kinds).cast(kinds) for part in every))
    sums = {name: _[name].sum().cast(money) for name in amounts}
    summed = together.group_by(*KEYS).agg(customers_count=_.customers_count.max(), **sums)
    return _paid_back(summed, looked=looked)


def _customers_by(cohorts: Table, *, looked: CohortSpec) -> list[Table]:
    """Customers, and what they brought less the cost of goods, of each intake: whole, by channel, by campaign."""
    groupings = {ALL: ibis.literal(ALL), "channel": cohorts.came_by_channel, "campaign": cohorts.came_by_campaign}
    brought = {f"brought_{days}_amount": (_[f"value_{days}_amount"] - _[f"goods_{days}_amount"]).sum() for days in looked.ages}
    return [_named(cohorts, cost_by, name).group_by(*KEYS).agg(customers_count=_.count(), **brought) for cost_by, name in groupings.items()]


def _costs_by(campaigns: Table, *, looked: CohortSpec) -> list[Table]:
    """What campaigns cost in the months of the intakes: whole, by channel, by campaign."""
    first, last = ibis.literal(looked.first_came_on), ibis.literal(looked.months[-1].closing_day)
    spent = campaigns.filter(campaigns.spent_on.between(first, last))
    spent = spent.mutate(intake=spent.spent_on.strftime("%Y-%m"))
    groupings = {ALL: ibis.literal(ALL), "channel": spent.channel.fill_null(NOT_NAMED), "campaign": spent.campaign}
    return [_named(spent, cost_by, name).group_by(*KEYS).agg(cost_amount=_.cost_amount.sum()) for cost_by, name in groupings.items()]


def _named(table: Table, cost_by: str, name: StringValue) -> Table:
    return table.mutate(cost_by=ibis.literal(cost_by), name=name)


def _paid_back(summed: Table, *, looked: CohortSpec) -> Table:
    def has_reached(days: int) -> BooleanValue:
        return summed.intake <= f"{looked.last_came_on(days):%Y-%m}"

    def has_paid(days: int) -> BooleanValue:
        return has_reached(days) & (summed.cost_amount > 0) & (summed[f"brought_{days}_amount"] >= summed.cost_amount)

    oldest_first = looked.ages[::-1]
    brought = ibis.cases(*((has_reached(days), summed[f"brought_{days}_amount"]) for days in oldest_first), else_=summed.cost_amount * 0)
    return summed.select(
        *KEYS,
        "customers_count",
        "cost_amount",
        brought_amount=brought.cast(summed.cost_amount.type()),
        looked_at_days=ibis.cases(*((has_reached(days), days) for days in oldest_first), else_=0).cast("int64"),
        paid_back_days=ibis.cases(*((has_paid(days), days) for days in looked.ages), else_=ibis.null("int64")).cast("int64"),
    )
