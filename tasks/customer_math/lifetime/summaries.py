"""What is expected of customers, added up: by tenths, of those at risk, line by line of the flow statement, and how far off it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.segments import NOT_RECORDED
from tasks.customer_math.lifetime.flow import EQUITY_MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ibis.expr.types import BooleanValue, Table

    from tasks.customer_math.ledger.history import History

DECILES = 10
AT_RISK = {"weakening": "is_weakening", "coming_due": "comes_due"}
"""Why a customer at closing is at risk, and the column that says so."""


def equity_by_customer(active: Table, expected: Table) -> Table:
    """Customers at closing: customer_id, closing_amount, equity_amount, is_weakening, comes_due (in the longest time looked ahead).

    `active` are rows of the ledger; of whom nothing is expected, the expectation is 0.
    """
    joined = active.left_join(expected, "customer_id").drop("customer_id_right")
    nothing = ibis.literal(0).cast(joined.equity_amount.type())
    return joined.select(
        "customer_id",
        "closing_amount",
        "is_weakening",
        equity_amount=joined.equity_amount.fill_null(nothing),
        comes_due=_comes_due(joined),
    )


def _comes_due(ledger: Table) -> BooleanValue:
    """Whether any term comes due in the time that is looked ahead."""
    due = (ledger[name] > 0 for name in ledger.columns if name.startswith("ahead_") and name.endswith("_count"))
    return ibis.or_(ibis.literal(False), *due)


def most_at_risk(ledger: Table, flow: Table, *, count: int) -> Table:
    """The customers at closing who weaken or come due and of whom most is to come: the ledger's rows, with still_to_come_amount and amount.

    `flow` is the statement customer by customer. An expectation of nothing is at no risk.
    """
    to_come = flow.select("customer_id", still_to_come_amount=flow.closing_equity_amount).filter(_.still_to_come_amount > 0)
    joined = ledger.mutate(amount=ledger.closing_amount).join(to_come, "customer_id")
    at_risk = joined.filter(joined.is_weakening | _comes_due(joined))
    return at_risk.order_by(at_risk.still_to_come_amount.desc(), at_risk.customer_id).limit(count)


def by_decile(customers: Table) -> Table:
    """Tenths of the customers by what is expected of them, the most first: number, customers_count, value_amount, equity_amount."""
    ranked = customers.mutate(number=ibis.ntile(DECILES).over(order_by=[customers.equity_amount.desc(), customers.customer_id]) + 1)
    sums = {"value_amount": _.closing_amount.sum(), "equity_amount": _.equity_amount.sum()}
    return ranked.group_by("number").agg(customers_count=_.count(), **sums).order_by("number")


def at_risk(customers: Table) -> Table:
    """Those at closing who may be lost, a row for why: reason, customers_count, equity_amount; one customer may be in both."""
    parts = [
        customers.filter(customers[flag]).agg(
            reason=ibis.literal(reason), customers_count=_.count(), equity_amount=_.equity_amount.sum().fill_null(0)
        )
        for reason, flag in AT_RISK.items()
    ]
    return ibis.union(*parts).order_by("reason")


def flow_sums(flow: Table) -> Table:
    """Every line of the statement added up: measure, amount, customers_count (to whom it is not 0)."""
    parts = []
    for name, measure in EQUITY_MEASURES.items():
        line = flow.select(part=measure.contribution(flow))
        sums = {"amount": line.part.sum().fill_null(0), "customers_count": (line.part != 0).cast("int64").sum().fill_null(0)}
        parts.append(line.agg(measure=ibis.literal(name), **sums))
    return ibis.union(*parts)


def sum_of_column(expected: Table, name: str) -> Table:
    """What is expected of all together: amount."""
    return expected.agg(amount=expected[name].sum().fill_null(0))


def margin_of_opening(flow: Table) -> Table:
    """What the customers at opening brought in the period, those who were lost too: amount."""
    return flow.filter(flow.is_active_at_opening).agg(amount=_.all_margin_amount.sum().fill_null(0))


def root_mean_squares(held_out: Table) -> Table:
    """By how much the expectation and the plain rule were off, of a customer: expected, rule."""
    came = held_out.actual_amount.cast("float64")
    squares = {
        name: ((held_out[column].cast("float64") - came) ** 2).mean().sqrt()
        for name, column in (("expected", "expected_amount"), ("rule", "rule_amount"))
    }
    return held_out.agg(**squares)


def first_day(history: History) -> Table:
    """The first day on which anything was bought or agreed: day, empty where nothing was."""
    tables = ((history.purchases, "purchased_on"), (history.contracts, "starts_on"))
    parts = [table.select(day=table[name]) for table, name in tables if table is not None]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.agg(day=every.day.min())


def new_by_channel(ledger: Table, flow: Table) -> Table:
    """Customers who came for the first time, by the channel that brought them; the one of whose most is to come first.

    Columns: channel, customers_count, equity_amount, received_amount (what they brought in the period).
    """
    new = flow.filter(flow.movement == "new").join(ledger.select("customer_id", channel=ledger.came_by_channel), "customer_id")
    sums = {"customers_count": _.count(), "equity_amount": _.new_equity_amount.sum(), "received_amount": _.all_margin_amount.sum()}
    return new.group_by("channel").agg(**sums).order_by(_.equity_amount.desc(), _.channel)


def to_come_by_channel(ledger: Table, expected: Table) -> Table:
    """What is expected of customers who came for the first time, by the channel that brought them: channel, and the other columns' sums."""
    new = ledger.filter(ledger.movement == "new").select("customer_id", channel=ledger.came_by_channel)
    sums = {name: _[name].sum() for name in expected.columns if name != "customer_id"}
    return new.join(expected, "customer_id").group_by("channel").agg(**sums)


def lost_by_movement(flow: Table) -> Table:
    """Customers at opening who are customers no longer, by how they went: movement, customers_count, value_amount, equity_amount."""
    lost = flow.filter(flow.is_active_at_opening & ~flow.is_active_at_closing)
    sums = {"value_amount": _.opening_amount.sum(), "equity_amount": _.lost_equity_amount.sum()}
    return lost.group_by("movement").agg(customers_count=_.count(), **sums).order_by("movement")


def by_group(flow: Table, segments: Sequence[str]) -> Table:
    """Customers at closing by their groups, a row a group of every segment; the one of whose most is to come first.

    Columns: segment_by, segment, customers_count, value_amount, equity_amount.
    """
    active = flow.filter(flow.is_active_at_closing)
    sums = {"customers_count": _.count(), "value_amount": _.closing_amount.sum(), "equity_amount": _.closing_equity_amount.sum()}
    parts = [
        active.group_by(segment=active[name].fill_null(NOT_RECORDED)).agg(**sums).mutate(segment_by=ibis.literal(name)) for name in segments
    ]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.order_by(every.segment_by, every.equity_amount.desc(), every.segment)


def cost_by_channel(campaigns: Table, *, first: date, last: date) -> Table:
    """What each channel's campaigns cost from a day to another: channel, amount."""
    spent = campaigns.filter(campaigns.spent_on.between(first, last))
    return spent.group_by(channel=spent.channel.fill_null(NOT_RECORDED)).agg(amount=spent.cost_amount.sum())


def campaigns_cost(campaigns: Table, *, first: date, last: date) -> Table:
    """What campaigns cost from a day to another: amount."""
    spent = campaigns.filter(campaigns.spent_on.between(first, last))
    return spent.agg(amount=spent.cost_amount.sum().fill_null(0))
