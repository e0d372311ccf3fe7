"""Lost customers to be called: drawn so that anybody can draw them again, from every kind alike, and what came of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import UNKNOWN_REASON
from tasks.customer_math.ledger.movements import GOES_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.dates import PeriodDates

REACHED = ("reached", "won_back")
"""Outcomes of calls that reached the customer."""


def drawn_customers(ledger: Table, executives: Sequence[str], *, customers_count: int) -> Table:
    """For each executive so many customers who went: the ledger's columns, and executive, lost_on, amount, value_group.

    Customers are of one kind who were in the same value group at opening and whose reason is known, or is not. Within a
    kind chance decides, by the digest of period and id, which draws the same customers whenever it is asked. As many are
    drawn of each kind as it has, up to an equal part; each executive gets every kind alike.
    """
    went = ledger.filter(ledger.movement.isin(GOES_OUT))
    missing = (went.reason_code == UNKNOWN_REASON) | went.has_unmapped_reason
    kinds = went.mutate(
        value_group=went.opening_group, is_reason_missing=missing, drawn=(went.period + " " + went.customer_id).hexdigest("md5")
    )
    by_chance = ibis.window(group_by=["value_group", "is_reason_missing"], order_by=["drawn", "customer_id"])
    numbered = kinds.mutate(nth_of_kind=ibis.row_number().over(by_chance))
    in_turn = numbered.order_by("nth_of_kind", _.is_reason_missing.desc(), "value_group", "drawn").limit(len(executives) * customers_count)
    dealt = ibis.window(order_by=[_.is_reason_missing.desc(), "value_group", "nth_of_kind"])
    turns = in_turn.mutate(nth_drawn=ibis.row_number().over(dealt))
    turn = turns.nth_drawn % len(executives)
    named = ibis.cases(*((turn == number, name) for number, name in enumerate(executives)))
    amount = turns.opening_amount + turns.in_and_out_amount
    return turns.mutate(executive=named, lost_on=turns.went_on, amount=amount)


def calls_by_executive(calls: Table, ledger: Table, period: PeriodDates) -> Table:
    """Of the customers who went in the period, those on call lists, a row an executive (empty: nobody is named).

    Columns: executive, listed_count, called_count, reached_count, reason_count, won_back_count, then the same as amounts of
    what they were worth. A customer on several rows counts once for each executive, with what came of any of them.
    """
    went = ledger.filter(ledger.movement.isin(GOES_OUT))
    went = went.select("customer_id", amount=went.opening_amount + went.in_and_out_amount)
    inside = calls.filter(calls.lost_on.between(as_day(period.opens_on), as_day(period.closing_day)))
    called = inside.called_on.notnull()
    reason, outcome = inside.reason_code.notnull(), inside.outcome.fill_null("")
    every = inside.mutate(
        is_called=called,
        is_reached=called & (outcome.isin(REACHED) | reason),
        is_reason=called & reason,
        is_won_back=outcome == REACHED[-1],
    )
    flags = ("is_called", "is_reached", "is_reason", "is_won_back")
    once = every.group_by("executive", "customer_id").agg(**{name: every[name].any() for name in flags}).join(went, "customer_id")
    once = once.mutate(is_listed=ibis.literal(True))
    names = ("is_listed", *flags)
    counts = {f"{name.removeprefix('is_')}_count": once[name].cast("int64").sum() for name in names}
    amounts = {f"{name.removeprefix('is_')}_amount": once.amount.sum(where=once[name]).fill_null(0) for name in names}
    return once.group_by("executive").agg(**counts, **amounts).order_by(once.executive.asc(nulls_first=False))
