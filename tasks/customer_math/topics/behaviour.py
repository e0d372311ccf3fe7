"""Behaviour: the customers who stay, and the signs that their relationship with us weakens or grows stronger.

Each sign holds a customer against its own past, never against others. A customer may show several, even both ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.language import gettext_noop
from config.measures.table import label_of
from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import agreements
from tasks.customer_math.ledger.movements import change_amount, with_amounts_at_both_ends
from tasks.customer_math.ledger.purchase_intervals import HABIT_COLUMNS, days_of_purchase, habits
from tasks.customer_math.ledger.spells import is_qualifying, spells_around
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_DAY, Topic
from tasks.customer_math.ledger.value import is_covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ibis.expr.types import BooleanValue, StringValue, Table

    from tasks.customer_math.ledger.topics import TopicContext

WEAKENING = {
    "is_silent_beyond_habit": "silent_beyond_habit_customers",
    "has_fewer_groups": "fewer_groups_customers",
    "has_fewer_seats": "fewer_seats_customers",
    "has_fallen_twice": "fallen_twice_customers",
    "has_first_complaint": "first_complaint_customers",
}
"""The signs of a relationship that weakens, each with the measure of those who show it."""
STRENGTHENING = ("has_shorter_gaps", "has_more_groups", "has_more_seats", "has_risen_twice")
LABELS = {name: label_of(measure).lower() for name, measure in WEAKENING.items()}
NO_SIGN = gettext_noop("no sign")
WEAKENS, STRENGTHENS, BOTH, STEADY, DOES_NOT_STAY = "weakens", "strengthens", "both", "steady", "does_not_stay"
COLUMNS = {
    "is_staying": NO,
    **dict.fromkeys((*WEAKENING, *STRENGTHENING), NO),
    "weakening_count": NO_COUNT,
    "strengthening_count": NO_COUNT,
    "is_weakening": NO,
    "is_strengthening": NO,
    "behaviour": DOES_NOT_STAY,
    "weakening_signs": NO_SIGN,
    "last_bought_on": NO_DAY,
    "silent_days_count": NO_COUNT,
    "usual_gap_days_count": NO_COUNT,
}
"""`silent_days_count` and `usual_gap_days_count` are 0 where nothing was bought, and where there is no habit yet."""


def write(context: TopicContext) -> Table:
    """A row for each customer who was one at opening and at closing."""
    ledger = context.ledger
    stays = ledger.filter(ledger.is_active_at_opening & ledger.is_active_at_closing)
    customers = stays.select("customer_id", is_staying=ibis.literal(True), change=change_amount(stays))
    parts = (_habit(context, stays), _groups(context, stays), _seats(context), _change_before(context, stays), _first_complaint(context))
    for number, part in enumerate(parts):
        if part is not None:
            customers = customers.left_join(context.store(f"behaviour_{number}", part), "customer_id").drop("customer_id_right")
    tolerance = context.rules.value.tolerance_amount
    customers = customers.mutate(
        has_fallen_twice=(customers.change < -tolerance) & (customers.change_before < -tolerance),
        has_risen_twice=(customers.change > tolerance) & (customers.change_before > tolerance),
    )
    return _summed_up(customers)


def _habit(context: TopicContext, stays: Table) -> Table | None:
    """How each customer usually buys, and whether it departs from that: silent for too long, or back sooner."""
    if context.history.purchases is None:
        return None
    days = context.history.purchase_days
    if days is None:
        days = days_of_purchase(context.history.purchases)
    return habits(days.semi_join(stays, "customer_id"), context.period, context.rules.behaviour)


def _groups(context: TopicContext, stays: Table) -> Table | None:
    """Whether each customer bought of fewer, or more, product groups in the value days up to closing than up to opening."""
    if context.history.purchases is None:
        return None
    opening, closing = as_day(context.period.opening_day), as_day(context.period.closing_day)
    since_opening, since_closing = (later(day, -context.rules.value.value_days) for day in (opening, closing))
    bought = context.history.purchases.semi_join(stays, "customer_id")
    bought = bought.filter(is_qualifying(bought) & (bought.purchased_on > since_opening) & (bought.purchased_on <= closing))
    by_group = bought.filter(bought.product_group.notnull()).group_by("customer_id", "product_group")
    groups = by_group.agg(
        was_bought=(_.purchased_on <= opening).any(),
        is_bought=(_.purchased_on > since_closing).any(),
    )
    counts = groups.group_by("customer_id").agg(before=groups.was_bought.sum(), after=groups.is_bought.sum())
    return counts.select("customer_id", has_fewer_groups=counts.after < counts.before, has_more_groups=counts.after > counts.before)


def _seats(context: TopicContext) -> Table | None:
    """Whether each customer has fewer, or more, seats under contract; nothing is said where a contract does not tell its seats."""
    if context.history.contracts is None:
        return None
    contracts = agreements(context.history.contracts)
    was, is_now = (is_covered(contracts, as_day(day)) for day in (context.period.opening_day, context.period.closing_day))
    held = contracts.filter(was | is_now).mutate(before=was.cast("int64"), after=is_now.cast("int64"))
    seats = held.group_by("customer_id").agg(
        before=(held.seats_count * held.before).sum(),
        after=(held.seats_count * held.after).sum(),
        is_known=held.seats_count.notnull().all(),
    )
    fewer, more = seats.is_known & (seats.after < seats.before), seats.is_known & (seats.after > seats.before)
    return seats.select("customer_id", has_fewer_seats=fewer, has_more_seats=more)


def _change_before(context: TopicContext, stays: Table) -> Table:
    """By how much the value of each changed in the period before, exchange rates held; of those who were customers at its opening."""
    before = context.period.as_long_before(context.rules.calendar)
    were = spells_around(context.history, context.rules.activity, first_day=before.opening_day, last_day=before.opening_day)
    both = stays.select("customer_id").semi_join(were, "customer_id")
    valued = with_amounts_at_both_ends(both, context.history, before, value_days=context.rules.value.value_days)
    after = valued.bought_at_closing + valued.agreed_in_opening_rates
    return valued.select("customer_id", change_before=after - valued.bought_at_opening - valued.agreed_at_opening)


def _first_complaint(context: TopicContext) -> Table | None:
    """The customers whose first complaint ever was in the period."""
    if context.history.tickets is None:
        return None
    complaints = context.history.tickets.filter(context.history.tickets.is_complaint)
    first = complaints.group_by("customer_id").agg(first_on=complaints.opened_on.min())
    inside = first.first_on.between(as_day(context.period.opens_on), as_day(context.period.closing_day))
    return first.filter(inside).select("customer_id", has_first_complaint=ibis.literal(True))


def _summed_up(customers: Table) -> Table:
    """With the signs counted, and what they come to."""
    signs = {name: _flag(customers, name) for name in (*WEAKENING, *STRENGTHENING)}
    data = {name: customers[name] for name in HABIT_COLUMNS if name in customers.columns}
    summary = customers.select("customer_id", "is_staying", **signs, **data)
    summary = summary.mutate(weakening_count=_how_many(summary, WEAKENING), strengthening_count=_how_many(summary, STRENGTHENING))
    summary = summary.mutate(is_weakening=summary.weakening_count > 0, is_strengthening=summary.strengthening_count > 0)
    missing = {name: ibis.null("date" if value is NO_DAY else "int64") for name, value in COLUMNS.items() if name not in summary.columns}
    summary = summary.mutate(**{name: value for name, value in missing.items() if name in HABIT_COLUMNS})
    return summary.mutate(behaviour=_behaviour(summary), weakening_signs=format_signs(summary, LABELS, without=NO_SIGN))


def _flag(customers: Table, name: str) -> BooleanValue:
    return customers[name].fill_null(False) if name in customers.columns else ibis.literal(False)


def _how_many(customers: Table, signs: Iterable[str]) -> ibis.expr.types.IntegerValue:
    first, *others = (customers[name].cast("int64") for name in signs)
    return sum(others, start=first)


def _behaviour(customers: Table) -> StringValue:
    return ibis.cases(
        (customers.is_weakening & customers.is_strengthening, BOTH),
        (customers.is_weakening, WEAKENS),
        (customers.is_strengthening, STRENGTHENS),
        else_=STEADY,
    )


def format_signs(customers: Table, labels: Mapping[str, str], *, without: str) -> StringValue:
    """The signs that a customer shows, one after the other as they are called; what is said of one without any."""
    shown = ibis.literal("")
    for name, label in labels.items():
        shown = shown + customers[name].ifelse(ibis.literal(f"; {label}"), ibis.literal(""))
    return (shown == "").ifelse(ibis.literal(without), shown.substr(2))


def at_risk_customers(ledger: Table, *, count: int) -> Table:
    """The most valuable customers who weaken, for action: the ledger's rows, by value at closing, then id."""
    weakening = ledger.filter(ledger.is_weakening)
    return weakening.order_by(weakening.closing_amount.desc(), weakening.customer_id).limit(count)


TOPIC = Topic(COLUMNS, write)
