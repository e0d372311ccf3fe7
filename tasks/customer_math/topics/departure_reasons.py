"""Lost customers: why they went, whose word it is, how long they had stayed, and what else was told of departures."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.measures.departures import REASON
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.departures import NO_SILO, departures_in, stated_around, stated_reasons
from tasks.customer_math.ledger.history import UNKNOWN_REASON
from tasks.customer_math.ledger.movements import GOES_OUT, NOT_APPLICABLE
from tasks.customer_math.ledger.spells import every_spell
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_DAY, Topic
from tasks.customer_math.measures import Breakdown, count_flag, sum_of, with_formulas, zero

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ibis.expr.types import BooleanValue, DateValue, NumericValue, StringColumn, StringValue, Table

    from tasks.customer_math.ledger.topics import Default, TopicContext

RECORDED = ("told_reason_code", "told_on", "departures_told_count")
TENURES = ("tenure_group", "opening_tenure_group", "since_first_group")
COLUMNS: Mapping[str, Default] = {
    "reason_silo": NOT_APPLICABLE,
    "has_reason_conflict": NO,
    "has_unmapped_reason": NO,
    **dict.fromkeys(TENURES, NOT_APPLICABLE),
    "told_reason_code": NOT_APPLICABLE,
    "told_on": NO_DAY,
    "departures_told_count": NO_COUNT,
}


def write(context: TopicContext) -> Table:
    """What lost customers said, and how long everyone had been a customer.

    A row for everyone in the ledger, and for whoever a departure was recorded of. reason_silo: whose word the
    reason_code of the ledger is; has_reason_conflict: two silos know different reasons; has_unmapped_reason: the code
    is none of the company's; all three only of customers who went. tenure_group: days of the current stay, to the day the
    customer went, or to the end of the period's last day; opening_tenure_group: the same at the opening, of customers at
    opening; since_first_group: days since the customer first came ever, to the same day. told_reason_code, told_on,
    departures_told_count: what was recorded of departures in the period, whether or not the customer went.
    """
    stays = _with_tenure(context)
    stated = stated_reasons(context.history.departures, context.history.called)
    if stated is None:
        nobody = _of_those_who_went(stays, ibis.literal(NO_SILO))
        return stays.select("customer_id", *TENURES, **_no_departures(), reason_silo=nobody)
    recorded = departures_in(stated, context.period, trust=context.rules.departing.trust).select("customer_id", *RECORDED)
    both = stays.outer_join(recorded, "customer_id")
    listed = [reason.code for reason in context.rules.reasons]
    whole = both.mutate(customer_id=ibis.coalesce(both.customer_id, both.customer_id_right)).drop("customer_id_right")
    everybody = whole.left_join(_around(context, stated), "customer_id")
    is_unmapped = everybody.reason_code.notnull() & ~everybody.reason_code.isin([*listed, UNKNOWN_REASON])
    went = everybody.movement.isin(GOES_OUT).fill_null(False)
    return everybody.select(
        "customer_id",
        *TENURES,
        *RECORDED,
        reason_silo=_of_those_who_went(everybody, everybody.silo.fill_null(NO_SILO)),
        has_reason_conflict=went & everybody.is_conflict.fill_null(False),
        has_unmapped_reason=went & is_unmapped,
    )


def _around(context: TopicContext, stated: Table) -> Table:
    """Whose word the reason of each customer who went is, and whether another silo's is another."""
    gone = context.ledger.filter(context.ledger.movement.isin(GOES_OUT))
    went = gone.select("customer_id", "went_on", is_end_observed=gone.ended_by != "silent")
    rules = context.rules
    around = stated_around(stated, went, context.history.contracts, departing=rules.departing, lapse_days=rules.activity.lapse_days)
    return around.select("customer_id", silo="told_silo", is_conflict="has_conflicting_reasons")


def _no_departures() -> dict[str, ibis.Value]:
    return {
        "has_reason_conflict": ibis.literal(False),
        "has_unmapped_reason": ibis.literal(False),
        "told_reason_code": ibis.literal(NOT_APPLICABLE),
        "told_on": ibis.null("date"),
        "departures_told_count": ibis.literal(0),
    }


def _of_those_who_went(ledger: Table, silo: StringValue) -> StringValue:
    return ledger.movement.isin(GOES_OUT).ifelse(silo, NOT_APPLICABLE)


def _with_tenure(context: TopicContext) -> Table:
    """With the groups of the days of each customer's stay, and of those since it first came ever.

    A stay is a spell; who came again stays since it came again: a customer from January to February and again from 1 June to
    20 June stayed 19 days when it went, and first came 170 days before.
    """
    opens_on, closes_on = as_day(context.period.opens_on), as_day(context.period.closes_on)
    ledger, bounds = context.ledger.mutate(until=_until(context.ledger, closes_on)), context.rules.departing.tenure_days
    stays = every_spell(context.history, context.rules.activity).select("customer_id", "started_on")
    both = ledger.select("customer_id", "until").join(stays, "customer_id").filter(_.started_on < _.until)
    since = both.group_by("customer_id").agg(
        stayed_since_on=_.started_on.max(), at_opening_since_on=both.started_on.max(where=both.started_on < opens_on)
    )
    dated = ledger.left_join(since, "customer_id").drop("customer_id_right")
    at_opening = _group(dated.at_opening_since_on, opens_on, bounds=bounds)
    return dated.mutate(
        tenure_group=_group(dated.stayed_since_on, dated.until, bounds=bounds),
        since_first_group=_group(dated.first_came_on, dated.until, bounds=bounds),
        opening_tenure_group=dated.is_active_at_opening.ifelse(at_opening, NOT_APPLICABLE),
    ).drop("until", "stayed_since_on", "at_opening_since_on")


def _until(ledger: Table, closes_on: DateValue) -> DateValue:
    """The day to which a stay is counted: on which the customer went, or the end of the period's last day."""
    return ledger.movement.isin(GOES_OUT).ifelse(ledger.went_on, closes_on)


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


def _has_reason(ledger: Table) -> BooleanValue:
    """A code that nobody mapped says nothing in the company's words, and is no reason known."""
    return (ledger.out_count == 1) & (ledger.reason_code != UNKNOWN_REASON) & ~ledger.has_unmapped_reason


def _value_lost(ledger: Table, which: BooleanValue) -> NumericValue:
    """What customers who went were worth, as in the value lost: at opening, or on their last day if they came in the period."""
    lost = ledger.movement.isin(GOES_OUT).ifelse(ledger.opening_amount + ledger.in_and_out_amount, zero(ledger))
    return which.ifelse(lost, zero(ledger))


def _has_departure(ledger: Table) -> BooleanValue:
    return ledger.departures_told_count > 0


def _departure_amount(ledger: Table) -> NumericValue:
    """What a customer of whom a departure was recorded was worth at opening; if it came in the period, what it brought."""
    brought = ledger.closing_amount + ledger.in_and_out_amount
    worth = ledger.is_active_at_opening.ifelse(ledger.opening_amount, brought)
    return _has_departure(ledger).ifelse(worth, zero(ledger))


def _left_by(ledger: Table, end: str) -> BooleanValue:
    return (ledger.movement == "left") & (ledger.ended_by == end)


MEASURES = with_formulas(
    {
        "left_notified_customers": lambda ledger: _left_by(ledger, "notified").cast("int64"),
        "left_ended_customers": lambda ledger: _left_by(ledger, "ended").cast("int64"),
        "left_notified_amount": lambda ledger: _left_by(ledger, "notified").ifelse(ledger.opening_amount, zero(ledger)),
        "left_ended_amount": lambda ledger: _left_by(ledger, "ended").ifelse(ledger.opening_amount, zero(ledger)),
        "reason_known_customers": lambda ledger: _has_reason(ledger).cast("int64"),
        "reason_known_amount": lambda ledger: _value_lost(ledger, _has_reason(ledger)),
        "reason_conflict_customers": count_flag("has_reason_conflict"),
        "unmapped_reason_customers": count_flag("has_unmapped_reason"),
        "unmapped_reason_amount": lambda ledger: _value_lost(ledger, ledger.has_unmapped_reason),
        "told_departure_customers": lambda ledger: _has_departure(ledger).cast("int64"),
        "told_departure_amount": _departure_amount,
        "departures_told_count": sum_of("departures_told_count"),
    }
)
OUT = ("customers_out", "customers_out_amount", "left_customers", "left_amount", "lapsed_customers", "lapsed_amount")
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "ended_by",
        "How they went",
        "Whether a departure is recorded of those who went, a contract ended without one, or they went silent.",
        _part("ended_by"),
        (*OUT, "in_and_out_customers", "in_and_out_amount"),
    ),
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
        "Days of the stay that ended: from the day on which customers came, or came again, to the day they went.",
        _part("tenure_group"),
        (*OUT, "in_and_out_customers", "in_and_out_amount"),
    ),
    Breakdown(
        "since_first",
        "Since they first came",
        "Days from the first on which customers came ever, whatever gaps there were, to the day they went.",
        _part("since_first_group"),
        (*OUT, "in_and_out_customers", "in_and_out_amount"),
    ),
    Breakdown(
        "opening_tenure",
        "Tenure at opening",
        "Days of the stay of customers at opening, from the day on which they came, or came again: so many of them went.",
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
TOPIC = Topic(COLUMNS, write)
