"""Referrals: who recommended us, who would not and why, and which new customers came by a recommendation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from config.measures.referrals import REFUSED
from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.movements import change_amount
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_MONEY, NOT_A_CUSTOMER, Topic
from tasks.customer_math.measures import Breakdown, count_flag, sum_of, with_formulas, zero

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, Table

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.topics import TopicContext

NOT_REFUSED = "not_refused"
"""The reason of whoever did not refuse to recommend us in the period."""
NO_REFERRER = "no_referrer"
"""The referrer of whoever is not a new customer that came by a recommendation."""
REFERRED, OTHERS = "referred", "others"
"""Customers who had been recommended to us before they came, and all others."""
COLUMNS = {
    "referrals_count": NO_COUNT,
    "has_referred": NO,
    "refusals_count": NO_COUNT,
    "refused_reason_code": NOT_REFUSED,
    "referred_won_count": NO_COUNT,
    "referred_won_amount": NO_MONEY,
    "is_referred_new": NO,
    "referrer_id": NO_REFERRER,
}


def is_refusal(referrals: Table) -> BooleanValue:
    """Whether a row gives a reason against recommending us; every other row is a recommendation."""
    return referrals.reason_code.notnull()


def referred_customers(history: History) -> Table | None:
    """Who was ever recommended to us, and by whom first: customer_id, referred_on, referrer_id; none where nobody recorded it.

    The earliest recommendation decides; of several on one day, the one whose key comes first. Nobody recommends
    himself. Whether the customer came by it depends on when it came: on that day or later.
    """
    if history.referrals is None:
        return None
    referrals = history.referrals
    is_somebody_else = referrals.referred_customer_id != referrals.customer_id
    recommendations = referrals.filter(~is_refusal(referrals) & is_somebody_else)
    order = ibis.struct({"on": recommendations.referred_on, "key": recommendations.referral_id, "by": recommendations.customer_id})
    first = recommendations.group_by("referred_customer_id").agg(
        referred_on=recommendations.referred_on.min(), referrer_id=recommendations.customer_id.argmin(order)
    )
    return first.select("referred_on", "referrer_id", customer_id=_.referred_customer_id)


def write(context: TopicContext) -> Table | None:
    """A row for everybody who recommended us, refused to, won a customer, or came by a recommendation in the period."""
    came = came_by_referral(context)
    if came is None:
        return None
    won = came.group_by("referrer_id").agg(referred_won_count=_.count(), referred_won_amount=_.amount.sum())
    newcomers = came.select("customer_id", "referrer_id", is_referred_new=ibis.literal(True))
    referrals = _referrals_by_customer(context)
    everybody = ibis.union(*(table.select(customer_id=table[0]) for table in (referrals, won, newcomers)), distinct=True)
    joined = everybody.left_join(referrals, "customer_id").drop("customer_id_right")
    joined = joined.left_join(won.rename(by="referrer_id"), _.customer_id == won.referrer_id).drop("by")
    return joined.left_join(newcomers, "customer_id").drop("customer_id_right")


def came_by_referral(context: TopicContext) -> Table | None:
    """New customers of the period who were recommended to us on the day they came or before: customer_id, referrer_id, amount.

    The amount is their new value. None where nobody recorded recommendations.
    """
    referred = referred_customers(context.history)
    if referred is None:
        return None
    new = context.ledger.filter(context.ledger.movement == "new")
    came = new.join(referred, [new.customer_id == referred.customer_id, new.came_on >= referred.referred_on])
    return came.select("customer_id", "referrer_id", amount=change_amount(came))


def with_referral(customers: Table, history: History) -> Table:
    """Customers with whether each had been recommended to us on the day it first came, or before: came_by_referral.

    `customers` have first_came_on. Without records of recommendations all are among the others.
    """
    referred = referred_customers(history)
    if referred is None:
        return customers.mutate(came_by_referral=ibis.literal(OTHERS))
    joined = customers.left_join(referred.select("customer_id", "referred_on"), "customer_id").drop("customer_id_right")
    is_referred = (joined.referred_on <= joined.first_came_on).fill_null(False)
    return joined.mutate(came_by_referral=is_referred.ifelse(REFERRED, OTHERS)).drop("referred_on")


def _referrals_by_customer(context: TopicContext) -> Table:
    """What each customer said in the period: how often it recommended us or refused to, and the reason it gave last."""
    referrals = context.history.referrals
    assert referrals is not None
    days = (as_day(context.period.opens_on), as_day(context.period.closing_day))
    inside = referrals.filter(referrals.referred_on.between(*days) & referrals.customer_id.notnull())
    order = ibis.struct({"on": inside.referred_on, "key": inside.referral_id})
    by_customer = inside.group_by("customer_id").agg(
        referrals_count=(~is_refusal(inside)).sum(),
        refusals_count=is_refusal(inside).sum(),
        refused_reason_code=inside.reason_code.argmax(order, where=is_refusal(inside)),
    )
    return by_customer.mutate(has_referred=by_customer.referrals_count > 0)


def _has_referred(ledger: Table, *, as_customer: bool) -> NumericValue:
    is_customer = ledger.movement != NOT_A_CUSTOMER
    return (ledger.has_referred & (is_customer if as_customer else ~is_customer)).cast("int64")


def _new_amount(ledger: Table) -> NumericValue:
    return ledger.is_referred_new.ifelse(change_amount(ledger), zero(ledger))


TOPIC = Topic(COLUMNS, write, is_in_trend=True)
MEASURES = with_formulas(
    {
        "period_customers": lambda ledger: (ledger.movement != NOT_A_CUSTOMER).cast("int64"),
        "referring_customers": lambda ledger: _has_referred(ledger, as_customer=True),
        "referring_former_customers": lambda ledger: _has_referred(ledger, as_customer=False),
        "referrals_count": sum_of("referrals_count"),
        "referred_new_customers": count_flag("is_referred_new"),
        "referred_won_count": sum_of("referred_won_count"),
        "refusals_count": sum_of("refusals_count"),
        "refusing_customers": lambda ledger: (ledger.refusals_count > 0).cast("int64"),
        "referred_new_amount": _new_amount,
        "referred_won_amount": sum_of("referred_won_amount"),
    }
)
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "refused_reason",
        "Reason for not recommending",
        "Why people would not recommend us, in the company's words.",
        lambda ledger: ledger.refused_reason_code,
        ("refusing_customers",),
        needs=REFUSED,
    ),
)


def top_referrals(ledger: Table, *, count: int) -> Table:
    """The recommendations that won the most valuable customers of a period: customer_id, referrer_id, amount; by value, then id."""
    won = ledger.filter(ledger.is_referred_new)
    referrals = won.select("customer_id", "referrer_id", amount=change_amount(won))
    return referrals.order_by(referrals.amount.desc(), referrals.customer_id).limit(count)
