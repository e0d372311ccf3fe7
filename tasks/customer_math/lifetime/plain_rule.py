"""Where no model can be fitted: that every customer brings in the next year what it is worth today, and that nobody stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.ledger.history import money_type
from tasks.customer_math.ledger.value import value_on

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.history import History

YEARS = 1
"""So far ahead the rule looks: who stops is not known, so that every further year would only say the same again."""
RULE_DAYS = 365


def expected_by_rule(history: History, day: date, *, margin_rates: Mapping[str, float], discount_rate: float, among: Table) -> Table:
    """What the rule expects of each of some customers from a day on: customer_id, and a column by the name of each margin rate.

    Purchases of the last 365 days once more and a year of the contracts in force, nothing where that is less; discounted from
    the middle of the year, and rounded once. Of 121.00 at a margin of 1 and a discount of 10%: 115.37.
    """
    middle, money = (1 + discount_rate) ** (YEARS / 2), money_type(history.minor_units)
    before = _worth_of_a_year(history, day).semi_join(among, "customer_id")
    amounts = {name: (before.amount * rate / middle).round(history.minor_units).cast(money) for name, rate in margin_rates.items()}
    return before.select("customer_id", **amounts)


def expected_in_days(history: History, day: date, *, days_count: int) -> Table:
    """What the rule expects of everybody in so many days after a day, undiscounted: customer_id, equity_amount."""
    every = _worth_of_a_year(history, day)
    part = (every.amount * (days_count / RULE_DAYS)).round(history.minor_units)
    return every.select("customer_id", equity_amount=part.cast(money_type(history.minor_units)))


def _worth_of_a_year(history: History, day: date) -> Table:
    """What each bought in a year up to a day and agreed to for a year from it, as a floating number that is not negative."""
    every = value_on(history, day, value_days=RULE_DAYS)
    return every.select("customer_id", amount=ibis.greatest(every.amount.cast("float64"), ibis.literal(0.0)))
