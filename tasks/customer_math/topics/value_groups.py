"""Value groups: which customers are worth most, and who rose, fell, came or went between them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.topic_settings import MIGRATES, NOT_A_CUSTOMER, OUT
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import money_type
from tasks.customer_math.ledger.spells import spells_around
from tasks.customer_math.ledger.topics import NO_DAY, NO_MONEY, Topic
from tasks.customer_math.ledger.value import value_on
from tasks.customer_math.measures import Breakdown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ibis.expr.types import BooleanValue, DecimalValue, StringValue, Table

    from config.topic_settings import ValueGroups
    from tasks.customer_math.ledger.dates import Day
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.topics import TopicContext

COLUMNS = {
    "opening_group": NOT_A_CUSTOMER,
    "closing_group": OUT,
    "value_group": NOT_A_CUSTOMER,
    "migration": f"{NOT_A_CUSTOMER}{MIGRATES}{OUT}",
    "groups_cut_on": NO_DAY,
    "group_from_amount": NO_MONEY,
}
"""Group at opening and at closing, the one that a customer counts for, its way from one to the other; the day on which
the groups were cut (empty: by fixed amounts), and the value from which on its group begins (0 for the last group)."""


@dataclass(frozen=True)
class Cuts:
    """Where the groups are cut: a row with the day of the cut, and the last customer of each group but the last."""

    table: Table
    groups: ValueGroups

    def group_of(self, amount: DecimalValue, customer_id: StringValue) -> StringValue:
        """The group of a customer with that value; ties between customers are decided by id, and less than nothing is the last."""
        *cut, last = self.groups.names
        ranks = ((self._ranks_in(position, amount, customer_id), name) for position, name in enumerate(cut))
        return ibis.cases(*(((amount >= 0) & is_in, name) for is_in, name in ranks), else_=last)

    def from_amount(self, group: StringValue) -> DecimalValue:
        """The value from which on a group begins; nothing for the last, and for those who are in none."""
        starts = ((group == name, self.table[f"amount_{position}"]) for position, name in enumerate(self.groups.names[:-1]))
        return ibis.cases(*starts, else_=ibis.literal(0).cast(self.table.amount_0.type()))

    def _ranks_in(self, position: int, amount: DecimalValue, customer_id: StringValue) -> BooleanValue:
        last_amount, last_id = self.table[f"amount_{position}"], self.table[f"id_{position}"]
        return (amount > last_amount) | ((amount == last_amount) & (last_id.isnull() | (customer_id <= last_id)))


def write(context: TopicContext) -> Table:
    """The group of each customer at both ends of the period, by the same cuts."""
    groups = context.rules.value_groups
    cuts = _fixed_cuts(context, groups) if groups.are_fixed else _cuts_of_the_year(context, groups)
    ledger = context.ledger.cross_join(cuts)
    cut = Cuts(ledger, groups)
    opening, closing, brought = (
        cut.group_of(ledger[name], ledger.customer_id) for name in ("opening_amount", "closing_amount", "in_and_out_amount")
    )
    was_one, is_one = ledger.is_active_at_opening, ledger.is_active_at_closing
    grouped = ledger.mutate(
        opening_group=was_one.ifelse(opening, NOT_A_CUSTOMER),
        closing_group=is_one.ifelse(closing, OUT),
        value_group=ibis.cases((is_one, closing), (was_one, opening), else_=brought),
    )
    return grouped.select(
        *("customer_id", "opening_group", "closing_group", "value_group"),
        migration=grouped.opening_group + MIGRATES + grouped.closing_group,
        groups_cut_on=grouped.cut_on,
        group_from_amount=Cuts(grouped, groups).from_amount(grouped.value_group),
    )


def customers_on(history: History, day: Day, rules: LedgerRules) -> Table:
    """Who is a customer on a day, and what it is worth: customer_id, amount."""
    spells = spells_around(history, rules.activity, first_day=day, last_day=day).select("customer_id").distinct()
    worth = value_on(history, day, value_days=rules.value.value_days)
    customers = spells.left_join(worth, "customer_id").drop("customer_id_right")
    return customers.mutate(amount=customers.amount.fill_null(ibis.literal(0).cast(money_type(history.minor_units))))


def _fixed_cuts(context: TopicContext, groups: ValueGroups) -> Table:
    """The same amounts on every day; whoever is worth exactly as much is in, whatever its id."""
    money = money_type(context.history.minor_units)
    amounts = {f"amount_{position}": ibis.literal(group.from_amount).cast(money) for position, group in enumerate(groups.groups[:-1])}
    ids = {f"id_{position}": ibis.null("string") for position in range(len(groups.groups) - 1)}
    one = context.ledger.agg(customers_count=_.count())
    return one.select(cut_on=ibis.null("date"), **amounts, **ids)


def _cuts_of_the_year(context: TopicContext, groups: ValueGroups) -> Table:
    """The last customer of each group, where all customers are ranked by value, then id, on the first day that has any.

    A share of the customers is rounded up, so that the best group of a few customers is not empty.
    """
    everybody = ibis.union(*_candidates(context))
    on_one_day = everybody.filter(everybody.choice == everybody.choice.min())
    best_first = ibis.window(order_by=[ibis.desc("amount"), "customer_id"])
    ranked = on_one_day.mutate(place=ibis.row_number().over(best_first), everyone_count=_.count().over(ibis.window()))
    last: dict[str, ibis.Value] = {}
    for number, group in enumerate(groups.groups[:-1]):
        is_last = _is_last_of(ranked, Fraction(group.best_rate or 0))
        last[f"amount_{number}"] = ranked.amount.max(where=is_last)
        last[f"id_{number}"] = ranked.customer_id.max(where=is_last)
    return ranked.agg(cut_on=ranked.day.max(), **last)


def _is_last_of(ranked: Table, share: Fraction) -> BooleanValue:
    """Whether a customer is the last one of the best share; places count from 0."""
    end = ranked.everyone_count * share.numerator
    return (ranked.place * share.denominator < end) & ((ranked.place + 1) * share.denominator >= end)


def _candidates(context: TopicContext) -> Iterator[Table]:
    """The customers of the days on which groups may be cut, by preference: choice, day, customer_id, amount.

    At the opening of the year that holds the period's last day; if nobody was a customer then, at the period's opening,
    and if nobody was one then either, at its closing.
    """
    period, ledger = context.period, context.ledger
    year_opening = period.year_opening_day(context.rules.calendar)
    yield _chosen(customers_on(context.history, year_opening, context.rules), year_opening, choice=0)
    for choice, (end, day) in enumerate((("opening", period.opening_day), ("closing", period.closing_day)), start=1):
        there = ledger.filter(ledger[f"is_active_at_{end}"]).select("customer_id", amount=ledger[f"{end}_amount"])
        yield _chosen(there, day, choice=choice)


def _chosen(customers: Table, day: Day, *, choice: int) -> Table:
    return customers.select("customer_id", "amount", day=as_day(day), choice=ibis.literal(choice, type="int64"))


def group_starts(ledger: Table) -> Table:
    """From which value on each group began that anybody was in: value_group, from_amount, cut_on; the most valuable first."""
    grouped = ledger.filter(ledger.group_from_amount > 0)
    return (
        grouped.group_by("value_group")
        .agg(from_amount=_.group_from_amount.max(), cut_on=_.groups_cut_on.max())
        .order_by(ibis.desc("from_amount"))
    )


TOPIC = Topic(COLUMNS, write)
BY_GROUP = (
    *("customers_in", "customers_in_amount", "customers_out", "customers_out_amount", "closing_customers", "closing_amount"),
    *("revenue_amount", "purchases_amount", "contracts_amount", "cost_of_goods_amount", "uncosted_amount"),
    *("tickets_count", "cost_to_serve_amount", "profit_amount"),
)
SPLITS = (
    Breakdown(
        "value_group",
        "Value group",
        "By the group that a customer is in at closing, or was in when it went.",
        lambda ledger: ledger.value_group,
        BY_GROUP,
    ),
    Breakdown(
        "migration",
        "Migration",
        "From the group at opening to the group at closing: rows sum to the opening, columns to the closing.",
        lambda ledger: ledger.migration,
        ("opening_customers", "closing_customers", "opening_amount", "closing_amount", "net_amount"),
    ),
)
