"""What customers are worth on a day: what they bought of late, and what their contracts bring in a year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _, selectors

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import in_company_currency, money_type, no_money

if TYPE_CHECKING:
    from collections.abc import Collection

    from ibis.expr.types import BooleanValue, DateColumn, DateValue, DecimalValue, Table

    from tasks.customer_math.ledger.dates import Day
    from tasks.customer_math.ledger.history import History


def _is_recent(bought_on: DateColumn, day: DateValue, *, value_days: int) -> BooleanValue:
    return (bought_on > later(day, -value_days)) & (bought_on <= day)


def amount_bought(purchases: Table, day: DateValue, *, value_days: int) -> DecimalValue:
    """Net amount of the purchases in `(day - value_days, day]`, refunds on the day of the refund."""
    is_recent = _is_recent(purchases.purchased_on, day, value_days=value_days)
    # A sum of zeros and amounts is a tenth faster over ten million rows than a filtered sum.
    return is_recent.ifelse(purchases.amount, ibis.literal(0).cast(purchases.amount.type())).sum()


def purchase_values(purchases: Table, days: Collection[date], *, value_days: int) -> Table:
    """What each customer had bought of late on each of some days: day, customer_id, amount; nobody who bought nothing is in it.

    One pass sums each customer's purchases once for every day that looks back at them, a column a day, which then become rows.
    """
    earliest, last = min(days) - timedelta(days=value_days), max(days)
    near = purchases.filter((purchases.purchased_on > earliest) & (purchases.purchased_on <= last))
    sums = {f"{day}": near.amount.sum(where=_is_recent(near.purchased_on, as_day(day), value_days=value_days)) for day in sorted(days)}
    by_day = near.group_by("customer_id").agg(**sums)
    long = by_day.pivot_longer(~selectors.cols("customer_id"), names_to="day", values_to="amount", names_transform=date.fromisoformat)
    return long.filter(long.amount.notnull()).select("day", "customer_id", "amount")


def is_covered(contracts: Table, day: DateValue) -> BooleanValue:
    """Whether a contract is active on a day: it has started and not yet ended."""
    return (contracts.starts_on <= day) & (contracts.ends_on > day)


def rates_on(rates: Table, day: DateValue) -> Table:
    """Every currency's rate on a day: currency, rate."""
    return rates.filter((rates.rate_on <= day) & (rates.rate_through >= day)).select("currency", "rate")


def value_on(history: History, day: Day, *, value_days: int) -> Table:
    """What everybody is worth on one day who bought or agreed anything: customer_id, amount; customers on that day or not."""
    on, parts = as_day(day), []
    if history.purchases is not None:
        parts.append(_bought_on(history, on, value_days=value_days))
    if history.contracts is not None:
        covering = history.contracts.filter(is_covered(history.contracts, on))
        priced = covering.join(rates_on(history.rates, on), "currency")
        amount = in_company_currency(priced.annual_amount, priced.rate, minor_units=history.minor_units)
        parts.append(priced.group_by("customer_id").agg(amount=amount.sum()))
    money = money_type(history.minor_units)
    every = ibis.union(*(part.select("customer_id", amount=part.amount.cast(money)) for part in parts))
    return every.group_by("customer_id").agg(amount=_.amount.sum().cast(money))


def _bought_on(history: History, day: DateValue, *, value_days: int) -> Table:
    assert history.purchases is not None
    if history.prepared is not None and history.prepared.purchase_values is not None:
        return history.prepared.purchase_values.filter(_.day == day).select("customer_id", "amount")
    recent = history.purchases.filter(_is_recent(history.purchases.purchased_on, day, value_days=value_days))
    return recent.group_by("customer_id").agg(amount=recent.amount.sum())


def value_on_own_day(history: History, days: Table, *, value_days: int) -> Table:
    """Value of each customer on a day of its own: from (customer_id, day) to (customer_id, day, amount).

    A customer who bought for 100 and 50 in the value days and has a contract of 1,200 a year is worth 1,350.
    """
    nothing = days.select("customer_id", "day", amount=no_money(history.minor_units))
    parts = [nothing]
    if history.purchases is not None:
        bought = history.purchases.join(days, "customer_id")
        amount = amount_bought(bought, bought.day, value_days=value_days)
        parts.append(_as_money(bought.group_by("customer_id", "day").agg(amount=amount), history))
    if history.contracts is not None:
        parts.append(_as_money(_agreed_on_own_day(history.contracts, days, history), history))
    return _as_money(ibis.union(*parts).group_by("customer_id", "day").agg(amount=_.amount.sum()), history)


def _agreed_on_own_day(contracts: Table, days: Table, history: History) -> Table:
    agreed = contracts.join(days, "customer_id")
    agreed = agreed.filter(is_covered(agreed, agreed.day))
    rates = history.rates
    is_its_rate = [agreed.currency == rates.currency, agreed.day >= rates.rate_on, agreed.day <= rates.rate_through]
    priced = agreed.join(rates, is_its_rate)
    amount = in_company_currency(priced.annual_amount, priced.rate, minor_units=history.minor_units)
    return priced.group_by("customer_id", "day").agg(amount=amount.sum())


def _as_money(amounts: Table, history: History) -> Table:
    nothing = no_money(history.minor_units)
    return amounts.select("customer_id", "day", amount=amounts.amount.cast(money_type(history.minor_units)).fill_null(nothing))
