"""Newcomers: who came for the first time ever, on which day, by which channel, and what each brought on that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import agreements, in_company_currency, money_type, with_rate
from tasks.customer_math.ledger.segments import NOT_RECORDED
from tasks.customer_math.ledger.spells import is_qualifying

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.customer_math.ledger.dates import Day
    from tasks.customer_math.ledger.history import History


def first_days(history: History) -> Table:
    """The day on which each customer came for the first time ever: customer_id, first_came_on."""
    parts: list[Table] = []
    if history.purchases is not None:
        bought = history.purchases.filter(is_qualifying(history.purchases))
        parts.append(bought.group_by("customer_id").agg(first_came_on=_.purchased_on.min()))
    if history.contracts is not None:
        agreed = agreements(history.contracts)
        parts.append(agreed.group_by("customer_id").agg(first_came_on=_.starts_on.min()))
    return ibis.union(*parts).group_by("customer_id").agg(first_came_on=_.first_came_on.min()) if len(parts) > 1 else parts[0]


def first_purchases(history: History, newcomers: Table) -> Table:
    """What each newcomer brought on its first day: from (customer_id, first_came_on) to (customer_id, first_purchase_amount).

    Net amount of that day's purchases, and what the contracts that start on it bring in a year: 30 bought and a contract
    of 1,200 a year make 1,230.
    """
    parts: list[Table] = []
    if history.purchases is not None:
        bought = history.purchases.join(newcomers, ["customer_id", history.purchases.purchased_on == newcomers.first_came_on])
        parts.append(bought.select("customer_id", "amount"))
    if history.contracts is not None:
        agreed = priced_at_start(history.contracts, history)
        parts.append(agreed.join(newcomers, ["customer_id", agreed.starts_on == newcomers.first_came_on]).select("customer_id", "amount"))
    money = money_type(history.minor_units)
    every = ibis.union(*(part.cast({"amount": money}) for part in parts)) if len(parts) > 1 else parts[0]
    return every.group_by("customer_id").agg(first_purchase_amount=every.amount.sum().cast(money))


def priced_at_start(contracts: Table, history: History) -> Table:
    """Contracts with what they bring in a year at the exchange rate of the day on which their term starts; empty: no rate.

    Columns: customer_id, starts_on, ends_on, term_starts_on, is_deduction, currency, amount. One rate for all ages, so that a
    group of customers seems to grow better only if it does.
    """
    covering = contracts.filter(contracts.starts_on < contracts.ends_on)
    priced = with_rate(covering, history.rates, on=covering.term_starts_on)
    amount = in_company_currency(priced.annual_amount, priced.rate, minor_units=history.minor_units)
    return priced.select("customer_id", "starts_on", "ends_on", "term_starts_on", "is_deduction", "currency", amount=amount)


def with_acquisition(customers: Table, history: History, *, through: Day) -> Table:
    """Customers with how they came, as far as it was recorded through a day: came_by_channel, came_by_campaign."""
    if history.acquisitions is None:
        return customers.mutate(came_by_channel=ibis.literal(NOT_RECORDED), came_by_campaign=ibis.literal(NOT_RECORDED))
    acquisitions = history.acquisitions.filter(_.contacted_on <= as_day(through)).select("customer_id", "channel", "campaign")
    joined = customers.left_join(acquisitions, "customer_id").drop("customer_id_right")
    origins = {f"came_by_{origin}": joined[origin].fill_null(NOT_RECORDED) for origin in ("channel", "campaign")}
    return joined.mutate(**origins).drop("channel", "campaign")
