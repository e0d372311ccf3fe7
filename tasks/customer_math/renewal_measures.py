"""What is counted of renewals: terms due and renewed, repeat buying, reasons for staying, what comes due next."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tasks.customer_math.history import NO_REASON_KNOWN
from tasks.customer_math.measures import Measure, Rate, Split, counted_in, flagged, money_where, nothing
from tasks.customer_math.terms import RENEWED

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, NumericValue, Table

TERMS = ("contracts.ends_on",)
BUYING = ("purchases.amount",)
STAYING = ("surveys.reason_code", "surveys.occasion")


def _renewed(ledger: Table, *, kind: str) -> NumericValue:
    """What was renewed of the terms due, in whichever way."""
    first, *others = (ledger[f"terms_{outcome}_{kind}"] for outcome in RENEWED)
    return sum(others, start=first)


def _has(ledger: Table, *, column: str) -> NumericValue:
    return (ledger[column] > 0).cast("int64")


def _has_renewed_all(ledger: Table) -> NumericValue:
    return ((ledger.terms_due_count > 0) & (ledger.terms_not_renewed_count == 0)).cast("int64")


def _says_why(ledger: Table) -> BooleanValue:
    return ledger.has_stayed & (ledger.staying_reason_code != NO_REASON_KNOWN)


def _terms_measures(kind: str, label: str, says: str) -> tuple[Measure, Measure]:
    """The number of terms of a kind, and what they brought in a year."""
    return (
        Measure(f"terms_{kind}_count", f"Terms {label}", f"Terms {says}.", "count", counted_in(f"terms_{kind}_count"), needs=TERMS),
        Measure(
            f"terms_{kind}_amount",
            f"Value of terms {label}",
            f"What terms {says} brought in a year, at the exchange rate of their last day.",
            "money",
            counted_in(f"terms_{kind}_amount"),
            needs=TERMS,
        ),
    )


def _ahead_measures(place: str, window: str) -> tuple[Measure, Measure, Measure]:
    """Terms, customers and value of what comes due within one of the company's windows."""
    says = f"within the {window} of the company's numbers of days after the period"
    count, amount = f"ahead_{place}_count", f"ahead_{place}_amount"
    return (
        Measure(
            f"due_ahead_{place}_count",
            f"Terms due ahead, {window}",
            f"Terms that end {says}.",
            "count",
            counted_in(count),
            side="closing",
            needs=TERMS,
        ),
        Measure(
            f"due_ahead_{place}_customers",
            f"Customers due ahead, {window}",
            f"Customers with a term that ends {says}.",
            "customers",
            partial(_has, column=count),
            side="closing",
            needs=TERMS,
        ),
        Measure(
            f"due_ahead_{place}_amount",
            f"Value due ahead, {window}",
            f"What the terms that end {says} bring in a year, at the exchange rate of the period's last day.",
            "money",
            counted_in(amount),
            side="closing",
            needs=TERMS,
        ),
    )


TERMS_DUE: tuple[Measure, ...] = (
    *_terms_measures("due", "due", "whose end falls in the period"),
    Measure(
        "terms_renewed_count",
        "Terms renewed",
        "Terms due whose customer has a contract on their end, or within the company's grace days after it.",
        "count",
        partial(_renewed, kind="count"),
        needs=TERMS,
    ),
    Measure(
        "terms_renewed_amount",
        "Value of terms renewed",
        "What the terms renewed brought in a year, at the exchange rate of their last day; not what the contracts after them bring.",
        "money",
        partial(_renewed, kind="amount"),
        needs=TERMS,
    ),
    *_terms_measures("early", "renewed early", "followed by a contract that started before their end, and after their start"),
    *_terms_measures("on_time", "renewed on time", "followed by a contract that starts on the day of their end"),
    *_terms_measures("late", "renewed late", "followed by a contract that starts after their end, within the grace days"),
    *_terms_measures("beside", "kept by another", "whose customer keeps another contract, at least as old, and no new one"),
    *_terms_measures("not_renewed", "not renewed", "due without any contract of their customer up to the last of the grace days"),
    *_terms_measures("in_grace", "in grace", "not renewed whose grace days were not over on the period's last day"),
)
CUSTOMERS_DUE: tuple[Measure, ...] = (
    Measure(
        "due_customers",
        "Customers with a term due",
        "Customers with at least one term whose end falls in the period.",
        "customers",
        partial(_has, column="terms_due_count"),
        needs=TERMS,
    ),
    Measure(
        "renewed_customers",
        "Customers who renewed",
        "Customers with a term due, all of whose terms due are renewed.",
        "customers",
        _has_renewed_all,
        needs=TERMS,
    ),
    Measure(
        "not_renewed_customers",
        "Customers who did not renew",
        "Customers with a term due, at least one of whose terms due is not renewed.",
        "customers",
        partial(_has, column="terms_not_renewed_count"),
        needs=TERMS,
    ),
)
REPEAT_BUYING: tuple[Measure, ...] = (
    Measure(
        "bought_again_customers",
        "Bought again",
        "Customers at opening who made a qualifying purchase in the period.",
        "customers",
        flagged("has_bought_again"),
        needs=BUYING,
    ),
    Measure(
        "bought_again_amount",
        "Value bought again",
        "Net amount of the period's purchases by customers who bought again, refunds taken off.",
        "money",
        counted_in("bought_again_amount"),
        needs=BUYING,
    ),
)
REASONS_FOR_STAYING: tuple[Measure, ...] = (
    Measure(
        "stayed_customers",
        "Customers who stayed",
        "Customers at closing who were customers at opening, or had a term due in the period.",
        "customers",
        flagged("has_stayed"),
        needs=STAYING,
    ),
    Measure(
        "stayed_amount",
        "Value that stayed",
        "What the customers who stayed were worth at closing.",
        "money",
        money_where("closing_amount", "has_stayed"),
        needs=STAYING,
    ),
    Measure(
        "staying_reason_known_customers",
        "Reason for staying known",
        "Customers who stayed and said why when they were asked at renewal in the period.",
        "customers",
        lambda ledger: _says_why(ledger).cast("int64"),
        needs=STAYING,
    ),
    Measure(
        "staying_reason_known_amount",
        "Value that stayed, reason known",
        "What the customers were worth at closing who stayed and said why when they were asked at renewal in the period.",
        "money",
        lambda ledger: _says_why(ledger).ifelse(ledger.closing_amount, nothing(ledger)),
        needs=STAYING,
    ),
    Measure(
        "unmapped_staying_reason_customers",
        "Reason for staying not mapped",
        "Customers who stayed and gave a reason whose code is not in the company's list; listed, never dropped.",
        "customers",
        flagged("has_unmapped_staying_reason"),
        needs=STAYING,
    ),
)
MEASURES: tuple[Measure, ...] = (
    *TERMS_DUE,
    *CUSTOMERS_DUE,
    *REPEAT_BUYING,
    *REASONS_FOR_STAYING,
    *_ahead_measures("1", "first"),
    *_ahead_measures("2", "second"),
    *_ahead_measures("3", "third"),
)
RATES: tuple[Rate, ...] = (
    Rate("renewal_rate", "Renewal rate", "Terms renewed of the terms due.", "terms_renewed_count", "terms_due_count"),
    Rate(
        "renewal_amount_rate",
        "Renewal rate in value",
        "Value of the terms renewed of the value of the terms due.",
        "terms_renewed_amount",
        "terms_due_amount",
    ),
    Rate(
        "renewed_customers_rate",
        "Customers who renewed all",
        "Customers all of whose terms due are renewed, of the customers with a term due.",
        "renewed_customers",
        "due_customers",
    ),
    Rate(
        "repeat_buying_rate",
        "Repeat-buying rate",
        "Customers at opening who bought in the period, of the customers at opening; no retention rate.",
        "bought_again_customers",
        "opening_customers",
    ),
    Rate(
        "staying_reason_coverage_rate",
        "Coverage of reasons for staying",
        "Share of the customers who stayed of whom a reason for staying is known.",
        "staying_reason_known_customers",
        "stayed_customers",
    ),
    Rate(
        "staying_reason_coverage_amount_rate",
        "Coverage of reasons for staying in value",
        "Share of the value that stayed of which a reason for staying is known.",
        "staying_reason_known_amount",
        "stayed_amount",
    ),
)
SPLITS: tuple[Split, ...] = (
    Split(
        "staying_reason",
        "Reason for staying",
        "Why customers stay, by the company's list of reasons for staying.",
        lambda ledger: ledger.staying_reason_code,
        ("stayed_customers", "stayed_amount", "unmapped_staying_reason_customers"),
        needs=STAYING,
    ),
)
