"""What is counted of renewals: terms due and renewed, repeat buying, reasons for staying, what comes due next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from config.measures.renewals import STAYING
from tasks.customer_math.ledger.history import UNKNOWN_REASON
from tasks.customer_math.ledger.terms import RENEWED
from tasks.customer_math.measures import Breakdown, count_flag, money_where, sum_of, with_formulas, zero

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, Table


def _renewed(ledger: Table, *, kind: str) -> NumericValue:
    """What was renewed of the terms due, in whichever way."""
    first, *others = (ledger[f"terms_{outcome}_{kind}"] for outcome in RENEWED)
    return sum(others, start=first)


def _has(ledger: Table, *, column: str) -> NumericValue:
    return (ledger[column] > 0).cast("int64")


def _has_renewed_all(ledger: Table) -> NumericValue:
    return ((ledger.terms_due_count > 0) & (ledger.terms_not_renewed_count == 0)).cast("int64")


def _is_undecided(ledger: Table) -> BooleanValue:
    """Whether it waits for terms in grace whether a customer renewed all: none is lost to it yet."""
    return (ledger.terms_in_grace_count > 0) & (ledger.terms_not_renewed_count == ledger.terms_in_grace_count)


def _is_decided(ledger: Table) -> NumericValue:
    return ((ledger.terms_due_count > 0) & ~_is_undecided(ledger)).cast("int64")


def _has_staying_reason(ledger: Table) -> BooleanValue:
    return ledger.has_stayed & (ledger.staying_reason_code != UNKNOWN_REASON)


MEASURES = with_formulas(
    {
        "terms_due_count": sum_of("terms_due_count"),
        "terms_due_amount": sum_of("terms_due_amount"),
        "terms_renewed_count": partial(_renewed, kind="count"),
        "terms_renewed_amount": partial(_renewed, kind="amount"),
        "terms_early_count": sum_of("terms_early_count"),
        "terms_early_amount": sum_of("terms_early_amount"),
        "terms_on_time_count": sum_of("terms_on_time_count"),
        "terms_on_time_amount": sum_of("terms_on_time_amount"),
        "terms_late_count": sum_of("terms_late_count"),
        "terms_late_amount": sum_of("terms_late_amount"),
        "terms_beside_count": sum_of("terms_beside_count"),
        "terms_beside_amount": sum_of("terms_beside_amount"),
        "terms_not_renewed_count": sum_of("terms_not_renewed_count"),
        "terms_not_renewed_amount": sum_of("terms_not_renewed_amount"),
        "terms_in_grace_count": sum_of("terms_in_grace_count"),
        "terms_in_grace_amount": sum_of("terms_in_grace_amount"),
        "terms_decided_count": lambda ledger: ledger.terms_due_count - ledger.terms_in_grace_count,
        "terms_decided_amount": lambda ledger: ledger.terms_due_amount - ledger.terms_in_grace_amount,
        "due_customers": partial(_has, column="terms_due_count"),
        "renewed_customers": _has_renewed_all,
        "not_renewed_customers": partial(_has, column="terms_not_renewed_count"),
        "in_grace_customers": lambda ledger: _is_undecided(ledger).cast("int64"),
        "decided_customers": _is_decided,
        "bought_again_customers": count_flag("has_bought_again"),
        "bought_again_amount": sum_of("bought_again_amount"),
        "stayed_customers": count_flag("has_stayed"),
        "stayed_amount": money_where("closing_amount", "has_stayed"),
        "staying_reason_known_customers": lambda ledger: _has_staying_reason(ledger).cast("int64"),
        "staying_reason_known_amount": lambda ledger: _has_staying_reason(ledger).ifelse(ledger.closing_amount, zero(ledger)),
        "unmapped_staying_reason_customers": count_flag("has_unmapped_staying_reason"),
        "due_ahead_1_count": sum_of("ahead_1_count"),
        "due_ahead_1_customers": partial(_has, column="ahead_1_count"),
        "due_ahead_1_amount": sum_of("ahead_1_amount"),
        "due_ahead_2_count": sum_of("ahead_2_count"),
        "due_ahead_2_customers": partial(_has, column="ahead_2_count"),
        "due_ahead_2_amount": sum_of("ahead_2_amount"),
        "due_ahead_3_count": sum_of("ahead_3_count"),
        "due_ahead_3_customers": partial(_has, column="ahead_3_count"),
        "due_ahead_3_amount": sum_of("ahead_3_amount"),
    }
)
SPLITS: tuple[Breakdown, ...] = (
    Breakdown(
        "staying_reason",
        "Reason for staying",
        "Why customers stay, by the company's list of reasons for staying.",
        lambda ledger: ledger.staying_reason_code,
        ("stayed_customers", "stayed_amount", "unmapped_staying_reason_customers"),
        needs=STAYING,
    ),
)
