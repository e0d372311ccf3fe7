"""What is left of an amount: of the last year's purchases, as far as their cost is recorded, after goods and service."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.lifetime.estimation import SIGNIFICANT_DIGITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.history import History

YEAR_DAYS = 365


def margin_sums(history: History, day: date) -> Table:
    """One row for the year up to a day: amount, costed_amount, cost_amount, tickets_count."""
    assert history.purchases is not None
    first, last = later(day, 1 - YEAR_DAYS), as_day(day)
    bought = history.purchases.filter(history.purchases.purchased_on.between(first, last))
    costed = bought.amount.sum(where=bought.cost_amount.notnull())
    sums = bought.agg(amount=bought.amount.sum(), costed_amount=costed, cost_amount=bought.cost_amount.sum())
    if history.tickets is None:
        return sums.mutate(tickets_count=ibis.literal(0, type="int64"))
    opened = history.tickets.filter(history.tickets.opened_on.between(first, last))
    return sums.cross_join(opened.agg(tickets_count=opened.count()))


def rate_of_margin(sums: Mapping[str, Any], *, ticket_amount: Decimal) -> float:
    """What is left of an amount of 1, to 6 significant digits; 1 where nothing was bought whose cost is recorded.

    Of 1,000, of which 800 have a cost of 480, and 10 tickets of 5.00: 1 - 480 / 800 - 50 / 1,000 = 0.35.
    """
    amount, costed, cost = (Decimal(sums[name] or 0) for name in ("amount", "costed_amount", "cost_amount"))
    if costed <= 0 or amount <= 0:
        return 1.0
    rate = 1 - cost / costed - int(sums["tickets_count"]) * ticket_amount / amount
    return float(f"{rate:.{SIGNIFICANT_DIGITS - 1}e}")
