"""The flow of customer equity through a period, customer by customer: what it was, what became of it, what it is.

V0 and V1 are what was and is expected of a customer under the assumptions of the opening, V1' under those of the closing. Every
line is summed from its own customers, and none is a difference of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ibis import _

from config.published_files import AS_IN_THE_LEDGER
from tasks.customer_math.ledger.history import money_type, no_money
from tasks.customer_math.ledger.segments import at_opening
from tasks.customer_math.measures import sum_of, with_formulas
from tasks.customer_math.topics.profit import profit, revenue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, DecimalValue, Table

LINES = (
    "opening_equity_amount",
    "lost_equity_amount",
    "unwinding_amount",
    "received_margin_amount",
    "changed_expectation_amount",
    "new_equity_amount",
    "returned_equity_amount",
    "changed_assumptions_amount",
    "closing_equity_amount",
)
EQUITY_MEASURES = {measure.name: measure for measure in with_formulas({name: sum_of(name) for name in (*LINES, "all_margin_amount")})}
"""Every line of the statement, as the sum of what each customer contributes."""


@dataclass(frozen=True)
class Expected:
    """What is expected of customers: customer_id, equity_amount, a row for whom anything is expected; three times."""

    opening: Table
    """At opening, under the assumptions of the opening."""
    closing_as_before: Table
    """At closing, under the assumptions of the opening."""
    closing: Table
    """At closing, under the assumptions of the closing."""


def _with_expected(ledger: Table, expected: Expected) -> Table:
    """The ledger with what is expected of each customer, by the three sets of assumptions; empty where nothing is."""
    for name in ("opening", "closing_as_before", "closing"):
        amounts = getattr(expected, name).select("customer_id", **{f"{name}_expected": _.equity_amount})
        ledger = ledger.left_join(amounts, "customer_id").drop("customer_id_right")
    return ledger


def equity_flow(
    ledger: Table, expected: Expected, *, unwinding_rate: float, is_margin: bool, minor_units: int, segments: Sequence[str]
) -> Table:
    """The lines of the statement, a row a customer of the ledger.

    opening - lost + unwinding - received + changed expectation + new + returned + changed assumptions = closing, for every
    row. Expected of Anna: 100 at opening, 90 at closing, 95 under new assumptions; she brought 30, and a discount of 2% unwinds:
    100 + 2.00 - 30 + 18.00 + 5 = 95.
    """
    nothing, money = no_money(minor_units), money_type(minor_units)
    joined = _with_expected(ledger.mutate(all_margin_amount=(profit if is_margin else revenue)(ledger).cast(money)), expected)
    was_one, is_one = joined.is_active_at_opening, joined.is_active_at_closing

    def of(condition: BooleanValue, amount: DecimalValue) -> DecimalValue:
        return condition.ifelse(amount.fill_null(nothing), nothing).cast(money)

    stays, before = was_one & is_one, joined.opening_expected.fill_null(nothing)
    unwound = (before.cast("float64") * unwinding_rate).round(minor_units).cast(money)
    changed = joined.closing_as_before_expected.fill_null(nothing) - before - unwound + joined.all_margin_amount
    return joined.select(
        *AS_IN_THE_LEDGER,
        *(column for name in segments for column in (name, at_opening(name))),
        opening_equity_amount=of(was_one, joined.opening_expected),
        lost_equity_amount=of(was_one & ~is_one, joined.opening_expected),
        unwinding_amount=of(stays, unwound),
        received_margin_amount=of(stays, joined.all_margin_amount),
        changed_expectation_amount=of(stays, changed),
        new_equity_amount=of(joined.movement == "new", joined.closing_as_before_expected),
        returned_equity_amount=of(joined.movement == "returned", joined.closing_as_before_expected),
        changed_assumptions_amount=of(
            is_one, joined.closing_expected.fill_null(nothing) - joined.closing_as_before_expected.fill_null(nothing)
        ),
        closing_equity_amount=of(is_one, joined.closing_expected),
        all_margin_amount=joined.all_margin_amount,
    )


def flow_residuals(flow: Table) -> Table:
    """The customers whose line does not end where it should: customer_id, residual; nobody, or a line of the statement is missing."""
    came = flow.opening_equity_amount - flow.lost_equity_amount + flow.unwinding_amount - flow.received_margin_amount
    came = came + flow.changed_expectation_amount + flow.new_equity_amount + flow.returned_equity_amount + flow.changed_assumptions_amount
    return flow.select("customer_id", residual=came - flow.closing_equity_amount).filter(_.residual != 0)
