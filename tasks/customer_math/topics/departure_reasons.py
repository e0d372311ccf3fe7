"""Lost customers: why they went, whose word it is, how long they had stayed, and what else was told of departures."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from config.measures.departures import REASON
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.departures import NO_SILO, told_in
from tasks.customer_math.ledger.history import NO_REASON_KNOWN
from tasks.customer_math.ledger.movements import GOES_OUT, NOT_APPLICABLE
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_DAY, Topic
from tasks.customer_math.measures import Breakdown, count_flag, nothing, sum_of, with_formulas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ibis.expr.types import BooleanValue, DateValue, NumericValue, StringColumn, StringValue, Table

    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.topics import Default, TopicContext

COLUMNS: Mapping[str, Default] = {
    "reason_silo": NOT_APPLICABLE,
    "has_reason_conflict": NO,
    "has_unmapped_reason": NO,
    "tenure_group": NOT_APPLICABLE,
    "opening_tenure_group": NOT_APPLICABLE,
    "told_reason_code": NOT_APPLICABLE,
    "told_on": NO_DAY,
    "departures_told_count": NO_COUNT,
}


def write(asked: TopicContext) -> Table:
    """What lost customers said, and how long everyone had been a customer.

    A row for everyone in the ledger, and for whoever a departure was recorded of. reason_silo: whose word the
    reason_code of the ledger is; has_reason_conflict: two silos know different reasons; has_unmapped_reason: the code
    is none of the company's; all three only of customers who went. tenure_group: days since the customer first came,
    to the day it went, or to the end of the period's last day; opening_tenure_group: the same at the opening, of customers
    at opening. told_reason_code, told_on, departures_told_count: what was recorded
    of departures in the period, whether or not the customer went.
    """
    stays = _with_tenure(asked.ledger, asked.period, bounds=asked.rules.departing.tenure_days)
    told = told_in(asked.history.departures, asked.period, trust=asked.rules.departing.trust, called=asked.history.called)
    if told is None:
        nobody = _of_those_who_went(stays, ibis.literal(NO_SILO))
        return stays.select("customer_id", "tenure_group", "opening_tenure_group", **_nothing_told(), reason_silo=nobody)
    both = stays.outer_join(told, "customer_id")
    went = both.movement.isin(GOES_OUT).fill_null(False)
    listed = [reason.code for reason in asked.rules.reasons]
    is_unmapped = both.told_reason_code.notnull() & ~both.told_reason_code.isin([*listed, NO_REASON_KNOWN])
    return both.select(
        "tenure_group",
        "opening_tenure_group",
        "told_reason_code",
        "told_on",
        "departures_told_count",
        customer_id=ibis.coalesce(both.customer_id, both.customer_id_right),
        reason_silo=_of_those_who_went(both, both.told_silo.fill_null(NO_SILO)),
        has_reason_conflict=went & both.has_conflicting_reasons.fill_null(False),
        has_unmapped_reason=went & is_unmapped,
    )


def _nothing_told() -> dict[str, ibis.Value]:
    return {
        "has_reason_conflict": ibis.literal(False),
        "has_unmapped_reason": ibis.literal(False),
        "told_reason_code": ibis.literal(NOT_APPLICABLE),
        "told_on": ibis.null("date"),
        "departures_told_count": ibis.literal(0),
    }


def _of_those_who_went(ledger: Table, silo: StringValue) -> StringValue:
    return ledger.movement.isin(GOES_OUT).ifelse(silo, NOT_APPLICABLE)


def _with_tenure(ledger: Table, period: PeriodDates, *, bounds: Sequence[int]) -> Table:
    """With the groups of each customer's days since it first came; who came again counts from its very first day."""
    opens_on, closes_on = as_day(period.opens_on), as_day(period.closes_on)
    until = ledger.movement.isin(GOES_OUT).ifelse(ledger.went_on, closes_on)
    at_opening = _group(ledger.first_came_on, opens_on, bounds=bounds)
    return ledger.mutate(
        tenure_group=_group(ledger.first_came_on, until, bounds=bounds),
        opening_tenure_group=ledger.is_active_at_opening.ifelse(at_opening, NOT_APPLICABLE),
    )


def _group(first_on: DateValue, until: DateValue, *, bounds: Sequence[int]) -> StringValue:
    """The group of the days from the first to before the last."""
    days, groups = until.delta(first_on, unit="day"), tenure_groups(bounds)
    return ibis.cases(*((days <= bound, group) for bound, group in zip(bounds, groups, strict=False)), else_=groups[-1])


def tenure_groups(bounds: Sequence[int]) -> tuple[str, ...]:
    """The groups of tenure in words, the shortest first: `up to 90 days`, `91 to 365 days`, `over 365 days`."""
    between = (f"{one + 1:,} to {other:,} days" for one, other in pairwise(bounds))
    first, last = (f"{bound:,} {'day' if bound == 1 else 'days'}" for bound in (bounds[0], bounds[-1]))
    return (f"up to {first}", *between, f"over {last}")


def _part(column: str) -> Callable[[Table], StringColumn]:
    return lambda ledger: ledger[column]


def _is_known(ledger: Table) -> BooleanValue:
    """A code that nobody mapped says nothing in the company's words, and is no reason known."""
    return (ledger.out_count == 1) & (ledger.reason_code != NO_REASON_KNOWN) & ~ledger.has_unmapped_reason


def _value_lost(ledger: Table, which: BooleanValue) -> NumericValue:
    """What customers who went were worth, as in the value lost: at opening, or on their last day if they came in the period."""
    lost = ledger.movement.isin(GOES_OUT).ifelse(ledger.opening_amount + ledger.in_and_out_amount, nothing(ledger))
    return which.ifelse(lost, nothing(ledger))


def _was_told(ledger: Table) -> BooleanValue:
    return ledger.departures_told_count > 0


def _told_amount(ledger: Table) -> NumericValue:
    """What a customer of whom a departure was recorded was worth at opening; if it came in the period, what it brought."""
    brought = ledger.closing_amount + ledger.in_and_out_amount
    worth = ledger.is_active_at_opening.ifelse(ledger.opening_amount, brought)
    return _was_told(ledger).ifelse(worth, nothing(ledger))


MEASURES = with_formulas(
    {
        "reason_known_customers": lambda ledger: _is_known(ledger).cast("int64"),
        "reason_known_amount": lambda ledger: _value_lost(ledger, _is_known(ledger)),
        "reason_conflict_customers": count_flag("has_reason_conflict"),
        "unmapped_reason_customers": count_flag("has_unmapped_reason"),
        "unmapped_reason_amount": lambda ledger: _value_lost(ledger, ledger.has_unmapped_reason),
        "told_departure_customers": lambda ledger: _was_told(ledger).cast("int64"),
        "told_departure_amount": _told_amount,
        "departures_told_count": sum_of("departures_told_count"),
    }
)
OUT = ("customers_out", "customers_out_amount", "left_customers", "left_amount", "lapsed_customers", "lapsed_amount")
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "reason",
        "Reason",
        "Why customers went, by the company's list of reasons.",
        _part("reason_code"),
        (
            *OUT,
            "in_and_out_customers",
            "in_and_out_amount",
            "reason_conflict_customers",
            "unmapped_reason_customers",
            "unmapped_reason_amount",
        ),
        needs=REASON,
    ),
    Breakdown(
        "tenure",
        "Tenure",
        "Days from the first on which customers came to the day they went.",
        _part("tenure_group"),
        (*OUT, "in_and_out_customers", "in_and_out_amount"),
    ),
    Breakdown(
        "opening_tenure",
        "Tenure at opening",
        "Days from the first on which customers came to the opening of the period: so many of them went.",
        _part("opening_tenure_group"),
        ("opening_customers", "opening_amount", "left_customers", "left_amount", "lapsed_customers", "lapsed_amount"),
    ),
    Breakdown(
        "told_reason",
        "Reason told",
        "Reasons of the departures that were recorded, whether or not the customer went.",
        _part("told_reason_code"),
        ("told_departure_customers", "told_departure_amount", "departures_told_count"),
        needs=REASON,
    ),
    Breakdown(
        "reason_silo",
        "Whose word",
        "The silo whose reason counts, by the company's order of trust.",
        _part("reason_silo"),
        ("customers_out", "customers_out_amount"),
        needs=REASON,
    ),
)
CHAPTER = Topic(COLUMNS, write)
