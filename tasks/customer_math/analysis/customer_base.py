"""The customer base from five sides: how customers differ, how that changes, one intake, intakes at one age, the health of the base.

P. S. Fader, B. G. S. Hardie and M. Ross, "The customer-base audit" (2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.language import gettext_noop
from tasks.customer_math.ledger.dates import as_day

if TYPE_CHECKING:
    from datetime import date

    from ibis.expr.types import StringValue, Table

TENTHS = 10
YEAR_DAYS = 365
RECENT, LONG = gettext_noop("less than a year"), gettext_noop("a year and longer")
"""For how long those at closing have been known since they first came."""


def value_tenths(ledger: Table) -> Table:
    """Tenths of the customers at closing by what they are worth, the most first: number, customers_count, value_amount."""
    there = ledger.filter(ledger.is_active_at_closing)
    ranked = there.mutate(number=_tenth(there, "closing_amount"))
    return ranked.group_by("number").agg(customers_count=_.count(), value_amount=_.closing_amount.sum()).order_by("number")


def movements_by_tenth(ledger: Table) -> Table:
    """Tenths of the customers at opening by what they were worth, the most first, with what became of them.

    Columns: number, customers_count, out_count, decreased_count, alike_count, increased_count, opening_amount, closing_amount
    (of the same customers). The four counts add up to the customers.
    """
    there = ledger.filter(ledger.is_active_at_opening)
    ranked = there.mutate(number=_tenth(there, "opening_amount"))
    counts = {
        "out_count": ~ranked.is_active_at_closing,
        "decreased_count": ranked.movement == "decreased",
        "alike_count": ranked.movement.isin(("unchanged", "out_and_back")),
        "increased_count": ranked.movement == "increased",
    }
    sums = {name: condition.cast("int64").sum() for name, condition in counts.items()}
    amounts = {name: ranked[name].sum() for name in ("opening_amount", "closing_amount")}
    return ranked.group_by("number").agg(customers_count=_.count(), **sums, **amounts).order_by("number")


def _tenth(customers: Table, amount: str) -> ibis.Value:
    return ibis.ntile(TENTHS).over(order_by=[customers[amount].desc(), customers.customer_id]) + 1


def base_by_cohort(ledgers: Table, closing_days: Table, *, first_day: date) -> Table:
    """The customers at each closing by the year of their first day, and by how long ago that was: a row each.

    `closing_days`: period, closing_on. `first_day` is that from which anything is recorded: who came in its year may have come
    before, so that this cohort is `2022 and before`. Columns: period, cohort, tenure, customers_count, value_amount.
    """
    there = ledgers.filter(ledgers.is_active_at_closing).join(closing_days, "period")
    tenure_days = there.closing_on.delta(there.first_came_on, unit="day")
    tenure = (tenure_days < YEAR_DAYS).ifelse(RECENT, LONG)
    grouped = there.group_by("period", cohort=_cohort(there, first_day), tenure=tenure)
    return grouped.agg(customers_count=_.count(), value_amount=_.closing_amount.sum()).order_by("period", "cohort", "tenure")


def _cohort(there: Table, first_day: date) -> StringValue:
    year = there.first_came_on.year().cast("string")
    began = as_day(first_day).year().cast("string")
    return (year <= began).ifelse(began + ibis.literal(" and before"), year)
