"""Renewals: which terms came due and were renewed, who bought again, why customers stay, and what comes due next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import UNKNOWN_REASON, money_type
from tasks.customer_math.ledger.movements import NOT_APPLICABLE
from tasks.customer_math.ledger.spells import is_qualifying
from tasks.customer_math.ledger.terms import OUTCOMES, due_ahead, terms_due
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_DAY, NO_MONEY, Topic
from tasks.customer_math.topics.renewal_measures import MEASURES, SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.topics import Default, TopicContext

__all__ = ["COLUMNS", "MEASURES", "SPLITS", "TOPIC", "write"]

AHEAD = (1, 2, 3)
"""Places of the company's windows ahead; where it has fewer, the others hold nothing."""
KINDS = ("due", *OUTCOMES, "in_grace")
COLUMNS: Mapping[str, Default] = {
    **{f"terms_{kind}_count": NO_COUNT for kind in KINDS},
    **{f"terms_{kind}_amount": NO_MONEY for kind in KINDS},
    **{f"ahead_{position}_count": NO_COUNT for position in AHEAD},
    **{f"ahead_{position}_amount": NO_MONEY for position in AHEAD},
    "next_due_on": NO_DAY,
    "grace_ends_on": NO_DAY,
    "has_bought_again": NO,
    "bought_again_amount": NO_MONEY,
    "has_stayed": NO,
    "staying_reason_code": NOT_APPLICABLE,
    "has_unmapped_staying_reason": NO,
}


def write(context: TopicContext) -> Table:
    """What came due, was renewed or bought again, and why customers stay; a row for everyone in the ledger.

    Terms, by `terms_due`: terms_<kind>_count and _amount for due, for each outcome, and for those in grace; grace_ends_on:
    the first day on which one of these is decided. ahead_1 to
    ahead_3: what comes due within the company's numbers of days after the period's last day, next_due_on the first of it.
    has_bought_again: a
    customer at opening with a qualifying purchase in the period; bought_again_amount: net amount of all of its purchases
    in the period. has_stayed: a customer at closing who was one at opening or had a term due; staying_reason_code: the
    latest reason that it gave in the period when asked at renewal.
    """
    customers = context.ledger.select("customer_id", "is_active_at_opening", "is_active_at_closing")
    for part in (_terms(context), _ahead(context), _bought(context.history, context.period), _staying_reasons(context)):
        if part is not None:
            customers = customers.left_join(part, "customer_id").drop("customer_id_right")
    customers = customers.mutate(**_filled(customers, minor_units=context.history.minor_units))
    has_bought_again = customers.has_bought_again & customers.is_active_at_opening
    has_stayed = customers.is_active_at_closing & (customers.is_active_at_opening | (customers.terms_due_count > 0))
    code = has_stayed.ifelse(customers.staying_reason_code.fill_null(UNKNOWN_REASON), NOT_APPLICABLE)
    listed = [reason.code for reason in context.rules.staying_reasons]
    nothing = ibis.literal(0).cast(money_type(context.history.minor_units))
    completed = customers.mutate(
        has_bought_again=has_bought_again,
        bought_again_amount=has_bought_again.ifelse(customers.bought_again_amount, nothing),
        has_stayed=has_stayed,
        staying_reason_code=code,
        has_unmapped_staying_reason=~code.isin([*listed, UNKNOWN_REASON, NOT_APPLICABLE]),
    )
    return completed.select("customer_id", *COLUMNS)


def _filled(customers: Table, *, minor_units: int) -> dict[str, ibis.Value]:
    """Every column, none of it where a customer has no part, or the company nothing of the kind."""
    none: dict[str, ibis.Value] = {
        "staying_reason_code": ibis.null("string"),
        "next_due_on": ibis.null("date"),
        "grace_ends_on": ibis.null("date"),
        "has_bought_again": ibis.literal(False),
    }
    for name in COLUMNS:
        if name.endswith(("_count", "_amount")):
            none[name] = ibis.literal(0).cast("int64" if name.endswith("_count") else money_type(minor_units))
    return {name: customers[name].fill_null(value) if name in customers.columns else value for name, value in none.items()}


def _terms(context: TopicContext) -> Table | None:
    """Counts and amounts of the terms due, by customer and outcome."""
    if context.history.contracts is None:
        return None
    terms = terms_due(context.history, context.period, grace_days=context.rules.renewals.grace_days, departing=context.rules.departing)
    where = {"due": None, **{outcome: terms.outcome == outcome for outcome in OUTCOMES}, "in_grace": terms.is_in_grace}
    money = money_type(context.history.minor_units)
    counts = {f"terms_{kind}_count": terms.terms_count.sum(where=which) for kind, which in where.items()}
    amounts = {f"terms_{kind}_amount": terms.amount.sum(where=which).cast(money) for kind, which in where.items()}
    return terms.group_by("customer_id").agg(**counts, **amounts, grace_ends_on=terms.grace_ends_on.min(where=terms.is_in_grace))


def _ahead(context: TopicContext) -> Table | None:
    if context.history.contracts is None:
        return None
    return due_ahead(context.history, context.period.closing_day, within_days=context.rules.renewals.due_days)


def _bought(history: History, period: PeriodDates) -> Table | None:
    """Who bought in the period, and for how much, refunds taken off: one pass over the period's purchases."""
    if history.purchases is None:
        return None
    inside = history.purchases.filter(_.purchased_on.between(as_day(period.opens_on), as_day(period.closing_day)))
    amount = inside.amount.sum().cast(money_type(history.minor_units))
    return inside.group_by("customer_id").agg(has_bought_again=is_qualifying(inside).any(), bought_again_amount=amount)


def _staying_reasons(context: TopicContext) -> Table | None:
    """The latest reason for staying that each customer gave in the period when asked at renewal."""
    answers = context.history.surveys
    if answers is None:
        return None
    inside = answers.answered_on.between(as_day(context.period.opens_on), as_day(context.period.closing_day))
    given = answers.filter(inside & (answers.occasion == context.rules.renewals.asked_at) & answers.reason_code.notnull())
    latest_first = ibis.struct({"on": given.answered_on, "code": given.reason_code})
    return given.group_by("customer_id").agg(staying_reason_code=given.reason_code.argmax(latest_first))


TOPIC = Topic(COLUMNS, write, is_in_trend=True)
