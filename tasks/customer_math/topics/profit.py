"""Revenue and profit: what customers brought in a period, what the goods cost, and what it cost to serve them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import WIDE_MONEY_TYPE, WIDE_RATE_TYPE, money_type, no_money, with_rate
from tasks.customer_math.ledger.topics import NO_COUNT, NO_MONEY, Topic
from tasks.customer_math.measures import sum_of, with_formulas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ibis.expr.types import DecimalValue, IntegerValue, Table

    from tasks.customer_math.ledger.topics import TopicContext

YEAR_DAYS = 365
"""A contract earns its annual amount in so many days, in every year."""
REVENUES = ("purchases_amount", "contracts_amount")
"""What a customer brought, by what it was brought by."""
AMOUNTS = (*REVENUES, "cost_of_goods_amount", "uncosted_amount")
COLUMNS = {**dict.fromkeys((*AMOUNTS, "cost_to_serve_amount"), NO_MONEY), "tickets_count": NO_COUNT}
"""Uncosted: the part of the revenue of which nobody knows what the goods cost."""


def write(context: TopicContext) -> Table | None:
    """What everybody brought and cost in the period, customers or not: a refund may come after the customer went."""
    parts = list(_parts(context))
    if not parts:
        return None
    money = money_type(context.history.minor_units)
    nothing = {**dict.fromkeys(AMOUNTS, no_money(context.history.minor_units)), "tickets_count": ibis.literal(0, type="int64")}
    alike = [part.mutate(**{name: value for name, value in nothing.items() if name not in part.columns}) for part in parts]
    every = ibis.union(*(part.select("customer_id", *nothing) for part in alike))
    sums = every.group_by("customer_id").agg(
        **{name: every[name].sum().cast(money) for name in AMOUNTS}, tickets_count=_.tickets_count.sum().cast("int64")
    )
    served = sums.mutate(cost_to_serve_amount=_cost_to_serve(sums.tickets_count, context))
    # Who brought nothing and cost nothing, such as by a free sample, has no part in it.
    return served.filter(ibis.or_(*(served[name] != 0 for name in COLUMNS)))


def revenues(context: TopicContext) -> Table:
    """What everybody brought in the period, as by `revenue`: customer_id, amount; nothing of whom nothing is recorded."""
    parts = [part.select("customer_id", amount=part[name]) for part in _parts(context) for name in REVENUES if name in part.columns]
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return every.group_by("customer_id").agg(amount=_.amount.sum().cast(money_type(context.history.minor_units)))


def _parts(context: TopicContext) -> Iterator[Table]:
    history = context.history
    if history.purchases is not None:
        yield _bought(history.purchases, context)
    if history.contracts is not None:
        yield _earned(history.contracts, context)
    if history.tickets is not None:
        tickets = history.tickets
        opened = tickets.filter(tickets.opened_on.between(*_ends(context)))
        yield opened.group_by("customer_id").agg(tickets_count=_.count())


def _ends(context: TopicContext) -> tuple[ibis.Value, ibis.Value]:
    return as_day(context.period.opens_on), as_day(context.period.closing_day)


def _bought(purchases: Table, context: TopicContext) -> Table:
    """Net amount and cost of what each bought, refunds on the day of the refund."""
    inside = purchases.filter(purchases.purchased_on.between(*_ends(context)))
    nothing, money = no_money(context.history.minor_units), money_type(context.history.minor_units)
    uncosted = inside.cost_amount.isnull().ifelse(inside.amount, ibis.literal(0).cast(inside.amount.type())).sum()
    cost = inside.cost_amount.sum().cast(money).fill_null(nothing)
    return inside.group_by("customer_id").agg(
        purchases_amount=inside.amount.sum().cast(money), cost_of_goods_amount=cost, uncosted_amount=uncosted.cast(money)
    )


def _earned(contracts: Table, context: TopicContext) -> Table:
    """What each contract earned on the days that it covers; no extract knows what its service costs.

    At the rate of the opening, or of its first day where it began later; each version of a contract is rounded once.
    """
    opens_on, closes_on = as_day(context.period.opens_on), as_day(context.period.closes_on)
    covering = contracts.filter((contracts.starts_on < closes_on) & (contracts.ends_on > opens_on))
    covering = covering.filter(covering.starts_on < covering.ends_on)
    days = ibis.least(covering.ends_on, closes_on).delta(ibis.greatest(covering.starts_on, opens_on), unit="day")
    priced_on = ibis.greatest(covering.term_starts_on, as_day(context.period.opening_day))
    priced = with_rate(covering.mutate(days_count=days, priced_on=priced_on), context.history.rates, on=_.priced_on)
    earned = part_of_year(priced.annual_amount, priced.rate, days=priced.days_count, minor_units=context.history.minor_units)
    money = money_type(context.history.minor_units)
    return (
        priced.mutate(contracts_amount=earned)
        .group_by("customer_id")
        .agg(contracts_amount=_.contracts_amount.sum().cast(money), uncosted_amount=_.contracts_amount.sum().cast(money))
    )


def part_of_year(annual: DecimalValue, rate: DecimalValue, *, days: IntegerValue, minor_units: int) -> DecimalValue:
    """So many days' part of an annual amount, at a rate, rounded half away from zero to the minor unit.

    Of 1,200.00 a year, 31 days are 101.92 (1,200 x 31 / 365 = 101.9178).
    """
    exact = annual.cast(WIDE_MONEY_TYPE) * rate.cast(WIDE_RATE_TYPE) * days
    unit = (Decimal(YEAR_DAYS) * Decimal(10) ** -minor_units).normalize()
    twice_unit, half_up = ibis.literal(2 * unit).cast(WIDE_MONEY_TYPE), ibis.literal(unit).cast(WIDE_MONEY_TYPE)
    doubled = exact.abs() * 2 + half_up
    # Engines divide decimals as floats. What is divided here leaves no remainder, so the quotient is whole, and exact
    # far beyond any contract: up to 2**49 minor units.
    whole = doubled - doubled % twice_unit
    units = (whole.cast("float64") / twice_unit.cast("float64")).round().cast("int64")
    signed = (exact < 0).ifelse(-units, units)
    return (signed * ibis.literal(Decimal(10) ** -minor_units)).cast(money_type(minor_units))


def _cost_to_serve(tickets_count: IntegerValue, context: TopicContext) -> DecimalValue:
    """What each customer's tickets cost; nothing where the company does not say what one costs."""
    ticket_cost = ibis.literal(context.rules.costs.ticket_amount or Decimal(0)).cast(WIDE_MONEY_TYPE)
    return (tickets_count * ticket_cost).round(context.history.minor_units).cast(money_type(context.history.minor_units))


def revenue(ledger: Table) -> DecimalValue:
    """What a customer brought: purchases less refunds, and what contracts earned."""
    return ledger.purchases_amount + ledger.contracts_amount


def profit(ledger: Table) -> DecimalValue:
    """What is left of the revenue after the goods and the service."""
    return revenue(ledger) - ledger.cost_of_goods_amount - ledger.cost_to_serve_amount


TOPIC = Topic(COLUMNS, write)
MEASURES = with_formulas(
    {
        "revenue_amount": revenue,
        "purchases_amount": sum_of("purchases_amount"),
        "contracts_amount": sum_of("contracts_amount"),
        "cost_of_goods_amount": sum_of("cost_of_goods_amount"),
        "uncosted_amount": sum_of("uncosted_amount"),
        "tickets_count": sum_of("tickets_count"),
        "cost_to_serve_amount": sum_of("cost_to_serve_amount"),
        "profit_amount": profit,
    }
)
