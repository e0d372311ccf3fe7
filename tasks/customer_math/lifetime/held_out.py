"""What the models would have expected, had they not seen the last year, beside what came and what a plain rule would have said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.history import no_money
from tasks.customer_math.ledger.periods import Period
from tasks.customer_math.ledger.topics import TopicContext
from tasks.customer_math.topics.profit import revenues

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules

LONGEST_DAYS, SHORTEST_DAYS = 365, 90
"""A year is held out; less where the data are short, but never less than a quarter."""
PART_OF_DATA = 3
"""No more than this part of all days is held out."""
DECILES = 10
YEARS_OF_COHORTS = 2
"""Customers of more years are looked at by the year in which they came, of fewer by the quarter."""
AMOUNTS = ("expected_amount", "actual_amount", "rule_amount")


@dataclass(frozen=True)
class HeldOutSpan:
    """The days that are held out, after a day."""

    day: date
    days_count: int
    first_day: date
    """On which anything was first recorded."""

    @property
    def after(self) -> Period:
        """The days that are held out."""
        return _span(self.day + timedelta(days=1), self.days_count)

    @property
    def before(self) -> Period:
        """As many days before, by which the plain rule goes."""
        return _span(self.day - timedelta(days=self.days_count - 1), self.days_count)


def _span(opens_on: date, days_count: int) -> Period:
    return Period(opens_on, opens_on + timedelta(days=days_count), "year_through", f"{opens_on}")


def held_out_span(first_day: date | None, last_day: date) -> HeldOutSpan | None:
    """The last year, or a third of the days where there are fewer than three years; none where that is less than a quarter."""
    recorded = 0 if first_day is None else (last_day - first_day).days + 1
    days_count = min(LONGEST_DAYS, recorded // PART_OF_DATA)
    if first_day is None or days_count < SHORTEST_DAYS:
        return None
    return HeldOutSpan(last_day - timedelta(days=days_count), days_count, first_day)


def held_out_customers(history: History, expected: Table, span: HeldOutSpan, *, rules: LedgerRules) -> Table:
    """Everybody of whom anything was expected: customer_id, came_on, expected_amount, actual_amount, rule_amount."""
    nothing = no_money(history.minor_units)
    every = expected.select("customer_id", expected_amount=_.equity_amount).join(_first_days(history), "customer_id")
    for name, period in (("actual_amount", span.after), ("rule_amount", span.before)):
        amounts = revenues(TopicContext(history, period, rules, expected)).select("customer_id", **{name: _.amount})
        every = every.left_join(amounts, "customer_id").drop("customer_id_right")
        every = every.mutate(**{name: every[name].fill_null(nothing)})
    return every


def _first_days(history: History) -> Table:
    tables = ((history.purchases, "purchased_on"), (history.contracts, "starts_on"))
    days = [table.select("customer_id", day=table[name]) for table, name in tables if table is not None]
    every = ibis.union(*days) if len(days) > 1 else days[0]
    return every.group_by("customer_id").agg(came_on=_.day.min())


def held_out_lines(every: Table, span: HeldOutSpan) -> dict[str, Table]:
    """The same in all, by tenths of what was expected, and by when customers came: label, customers_count and the amounts."""
    tenth = ibis.ntile(DECILES).over(order_by=[every.expected_amount.desc(), every.customer_id]) + 1
    labels = {ALL: ibis.literal(ALL), "decile": tenth.cast("string").lpad(2, " "), "cohort": _cohort(every, span)}
    return {name: _summed(every.mutate(label=label)) for name, label in labels.items()}


def _cohort(every: Table, span: HeldOutSpan) -> StringValue:
    year = every.came_on.year().cast("string")
    if (span.day - span.first_day).days > YEARS_OF_COHORTS * LONGEST_DAYS:
        return year
    return year + ibis.literal("-Q") + every.came_on.quarter().cast("string")


def _summed(labelled: Table) -> Table:
    sums = {name: labelled[name].sum() for name in AMOUNTS}
    return labelled.group_by("label").agg(customers_count=_.count(), **sums).order_by("label")
