"""Tables of where new customers came from and what they cost: ways, funnel, costs and pay-back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.language import gettext, gettext_noop
from tasks.reporting.blocks import Column, Share, Table, column_of
from tasks.reporting.model import NOT_RECORDED, named
from tasks.reporting.pages.cohorts import COHORTS_SHOWN, Cohort, ages, cohort_label, per_customer, reached, value_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData

TITLES_BY_SPLIT = {"channel": gettext_noop("By channel of new customers"), "campaign": gettext_noop("By campaign of new customers")}
"""By what new customers came, and how its table is called."""
CAME = ("new_customers", "new_amount", "first_purchase_amount")
SPENT = {
    "channel": (
        gettext_noop("Spent by channel"),
        gettext_noop("A channel's costs are matched with customers who came by a channel of the same name."),
    ),
    "campaign": (
        gettext_noop("Spent by campaign"),
        gettext_noop("A campaign's costs are matched with customers who came by a campaign of the same name."),
    ),
}
"""How the table of what was spent on each is called, and what a reader must know of it."""
MATCHED_NOBODY = gettext_noop("Brought no new customer")
"""Costs of channels or campaigns by whose name nobody came."""
BROUGHT_LESS_GOODS = gettext_noop("Brought so far: value at the oldest age that everyone of the month has reached, less the cost of goods.")
BROUGHT_WITHOUT_GOODS = gettext_noop(
    "Brought so far: value at the oldest age that everyone of the month has reached; the cost of goods is not known."
)
Row = dict[str, Any]


def channel_tables(data: ScorecardData) -> Iterator[Table]:
    """New customers of the period by channel and by campaign, with what customers by that way were worth at equal age."""
    days = ages(data)
    columns = [Column("", "text"), *map(column_of, CAME)]
    columns += [Column(gettext("Value each, {days} days", days=age), "money") for age in days]
    for split_by, title in TITLES_BY_SPLIT.items():
        parts = data.parts(split_by)
        groups = [Cohort(name, parts[name]) for name in _not_recorded_last(parts)]
        rows = tuple(_channel_row(data, group, days) for group in groups if group.figures)
        if rows:
            description = gettext("Value each is of all customers by that way whose whole month has reached the age.")
            yield Table(gettext(title), tuple(columns), rows, description=description if days else "")


def _not_recorded_last(parts: Mapping[str, Mapping[str, int | Decimal]]) -> list[str]:
    """Names of parts by how many new customers they brought, those of whom nothing is recorded below all others."""
    return sorted(parts, key=lambda name: (name == NOT_RECORDED, -parts[name].get("new_customers", 0), name))


def _channel_row(data: ScorecardData, group: Cohort, days: Sequence[int]) -> tuple[CellValue, ...]:
    values = (per_customer(group.money(value_after(age)), group.count(reached(age)), data) for age in days)
    customers, *amounts = CAME
    return (named(group.name), group.count(customers), *map(group.money, amounts), *values)


def funnel_tables(data: ScorecardData) -> Iterator[Table]:
    """Prospects by channel: how many there were, how many were won, how many ever became customers."""
    rows = sorted(data.tables.get("funnel", ()), key=lambda row: (row["channel"] == NOT_RECORDED, -row["leads_count"], row["channel"]))
    if not rows:
        return
    total = {name: sum(row[name] for row in rows) for name in ("leads_count", "won_count", "customers_count", "won_later_count")}
    columns = [Column("Channel", "text")]
    columns += (
        [Column("Leads"), Column("Became customers"), Column("Of leads", "share")] if total["leads_count"] else [Column("Became customers")]
    )
    columns += [Column("Deals won")] if total["won_count"] else []
    columns += [Column("Won since")] if total["won_later_count"] else []
    cells = tuple((named(row["channel"]), *_prospects(row, total)) for row in rows)
    description = gettext("All prospects up to the period's last day, and those of them who ever were customers by then.")
    yield Table(
        gettext("Marketing's prospects"),
        tuple(columns),
        cells,
        total=(gettext("All channels"), *_prospects(total, total)),
        description=description,
    )


def _prospects(row: Mapping[str, Any], total: Mapping[str, int]) -> Iterator[CellValue]:
    if total["leads_count"]:
        yield row["leads_count"]
    yield row["customers_count"]
    if total["leads_count"]:
        yield Share(row["customers_count"], row["leads_count"])
    if total["won_count"]:
        yield row["won_count"]
    if total["won_later_count"]:
        yield row["won_later_count"]


def cost_tables(data: ScorecardData) -> Iterator[Table]:
    """What each intake cost, what it has brought, and when it had paid back."""
    rows = _shown(data, "all")
    columns = (
        Column("Came in", "text"),
        Column("Customers"),
        Column("Spent in the month", "money"),
        Column("Cost each", "money"),
        Column("Brought so far", "money"),
        Column("At age, days"),
        Column("Paid back", "text"),
    )
    if rows:
        has_goods, title = data.has("purchases.cost_amount"), gettext("What new customers cost, and when they pay it back")
        description = gettext(BROUGHT_LESS_GOODS if has_goods else BROUGHT_WITHOUT_GOODS)
        yield Table(title, columns, tuple(_cost_row(data, row) for row in rows), description=description)


def _cost_row(data: ScorecardData, row: Row) -> tuple[CellValue, ...]:
    cost = per_customer(row["cost_amount"], row["customers_count"], data) if row["cost_amount"] else None
    brought = row["brought_amount"] if row["looked_at_days"] else None
    spent = (row["customers_count"], row["cost_amount"], cost)
    return (cohort_label(row["intake"]), *spent, brought, row["looked_at_days"] or None, _paid_back(row))


def _paid_back(row: Row) -> str:
    """When an intake had brought what it cost, in words that claim no more than is known."""
    if not row["cost_amount"]:
        return gettext("nothing spent")
    if row["paid_back_days"] is not None:
        return gettext("after {days} days", days=row["paid_back_days"])
    looked_at = row["looked_at_days"]
    return gettext("not yet after {days} days", days=looked_at) if looked_at else gettext("too early to say")


def campaign_tables(data: ScorecardData) -> Iterator[Table]:
    """What was spent on each channel and campaign over the intakes shown, and how many new customers came by it."""
    for cost_by in TITLES_BY_SPLIT:
        rows = _shown(data, cost_by)
        if rows and any(row["cost_amount"] for row in rows):
            yield _spent_table(data, cost_by, rows)


def _spent_table(data: ScorecardData, cost_by: str, rows: Sequence[Row]) -> Table:
    customers, costs = _summed(rows, "customers_count"), _summed(rows, "cost_amount")
    idle = [name for name in costs if costs[name] and not customers[name]]
    active = sorted((name for name in costs if customers[name]), key=lambda name: (name == NOT_RECORDED, -costs[name], name))
    lines = [_spent(data, named(name), customers=int(customers[name]), cost=costs[name]) for name in active]
    if idle:
        name, cost = f"{gettext(MATCHED_NOBODY)}: {', '.join(map(named, sorted(idle)))}", sum((costs[name] for name in idle), Decimal(0))
        lines.append(_spent(data, name, customers=0, cost=cost))
    total = _spent(data, gettext("All that was spent"), customers=int(sum(customers.values())), cost=sum(costs.values(), Decimal(0)))
    columns = (Column("", "text"), column_of("new_customers"), Column("Spent", "money"), Column("Cost each", "money"))
    months = sorted({row["intake"] for row in rows})
    first, last = cohort_label(months[0]), cohort_label(months[-1])
    span = gettext("{low} to {high}", low=first, high=last) if len(months) > 1 else first
    title, matched = SPENT[cost_by]
    return Table(gettext(title), columns, tuple(lines), total=total, description=f"{span}. {gettext(matched)}")


def _spent(data: ScorecardData, name: str, *, customers: int, cost: Decimal) -> tuple[CellValue, ...]:
    return (name, customers, cost, per_customer(cost, customers, data) if cost else None)


def _summed(rows: Sequence[Row], column: str) -> dict[str, Decimal]:
    names = dict.fromkeys(row["name"] for row in rows)
    return {name: sum((Decimal(row[column]) for row in rows if row["name"] == name), Decimal(0)) for name in names}


def _shown(data: ScorecardData, cost_by: str) -> list[Row]:
    """The costs of the latest intakes, whole or by channel or campaign."""
    every = data.tables.get("intake_costs", ())
    months = sorted({row["intake"] for row in every})[-COHORTS_SHOWN:]
    return [dict(row) for row in every if row["cost_by"] == cost_by and row["intake"] in months]
