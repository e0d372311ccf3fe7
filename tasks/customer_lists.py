"""What is told customer by customer beside the ledger: the recommendations that won most, and who should be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from tasks.customer_math.analysis.call_list import calls_by_executive, drawn_customers
from tasks.customer_math.lifetime.summaries import most_at_risk
from tasks.customer_math.topics.behaviour import to_be_called
from tasks.customer_math.topics.referrals import worth_telling
from tasks.reporting.model import CustomerList
from tasks.reporting.pages.behaviour import TO_BE_CALLED
from tasks.reporting.pages.lost_review import CALL_LIST, CALLS
from tasks.reporting.pages.referrals import WORTH_TELLING
from tasks.reporting.pages.worth import AT_RISK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.topic_settings import LostReview
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period

TOLD_COUNT = 2
"""So many recommendations are worth telling."""
CALL_COLUMNS = ("executive", "customer_id", "customer_name", "lost_on", "amount", "value_group", "reason")
"""What a call list says of each customer."""


def referrals_told(connection: Backend, named: Table) -> dict[str, tuple[dict[str, Any], ...]]:
    """The recommendations of a period that won most, with both names, for the workbook; from its ledger with names."""
    names = named.select("customer_id", "customer_name")
    told = worth_telling(named, count=TOLD_COUNT).join(names, "customer_id")
    referrers = names.select(by="customer_id", referrer_name=names.customer_name)
    told = told.left_join(referrers, [told.referrer_id == referrers.by]).drop("by")
    rows = connection.to_pyarrow(told.order_by(told.amount.desc(), told.customer_id)).to_pylist()
    return {WORTH_TELLING: tuple(rows)}


def weakening_listed(connection: Backend, named: Table, *, count: int, who: tuple[str, ...], segments: tuple[str, ...]) -> CustomerList:
    """The most valuable customers who weaken, a row each, with their signs in words and how long they have been silent.

    Nothing stands where a customer never bought, or has no habit yet.
    """
    columns = (*who, "amount", "weakening_signs", "last_bought_on", "silent_days_count", "usual_gap_days_count", *segments)
    called = to_be_called(named, count=count)
    told = called.mutate(
        amount=called.closing_amount,
        silent_days_count=called.last_bought_on.notnull().ifelse(called.silent_days_count, ibis.null("int64")),
        usual_gap_days_count=called.usual_gap_days_count.nullif(ibis.literal(0)),
    ).select(*columns)
    rows = connection.to_pyarrow(told).to_pylist()
    says = "the most valuable who stayed and show signs of weakening, by what they are worth at closing; for action"
    return CustomerList(TO_BE_CALLED, says, columns, tuple(tuple(row.values()) for row in rows), len(rows))


def at_risk_listed(
    connection: Backend, named: Table, equity: Path, *, count: int, who: tuple[str, ...], segments: tuple[str, ...]
) -> tuple[CustomerList, ...]:
    """The customers who weaken or come due and of whom most is still to come, a row each; no list where nothing is expected of anybody."""
    if not equity.exists():
        return ()
    columns = (*who, "still_to_come_amount", "amount", "weakening_signs", "next_due_on", *segments)
    at_risk = most_at_risk(named, connection.read_parquet(equity), count=count).select(*columns)
    rows = connection.to_pyarrow(at_risk).to_pylist()
    sentence = "who weaken or whose terms come due, by what is still expected of them; for action"
    return (CustomerList(AT_RISK, sentence, columns, tuple(tuple(row.values()) for row in rows), len(rows)),)


def customers_to_call(ledger: Table, review: LostReview) -> Table:
    """The customers of a period's call list, a row each, executive by executive, the most valuable first; from its ledger with names."""
    drawn = drawn_customers(ledger, review.executives, customers_count=review.customers_count)
    return drawn.order_by("executive", drawn.amount.desc(), "customer_id").select(*CALL_COLUMNS)


def call_listed(connection: Backend, named: Table, review: LostReview, *, is_being_called: bool) -> tuple[CustomerList, ...]:
    """The call list; none where nobody is to call, or outcomes of the period's list are read back already."""
    if not review.executives or is_being_called:
        return ()
    rows = connection.to_pyarrow(customers_to_call(named, review)).to_pylist()
    sentence = "who were lost, drawn for each executive to call; `customer-math call-list` writes them into a file for outcomes"
    return (CustomerList(CALL_LIST, sentence, CALL_COLUMNS, tuple(tuple(row.values()) for row in rows), len(rows)),)


def calls_summed(
    connection: Backend, named: Table, accepted: Sequence[Accepted], *, period: Period
) -> dict[str, tuple[dict[str, Any], ...]]:
    """What came of calling the period's lost customers, an executive a row; nothing where no extract has calls."""
    calls = [connection.read_parquet(each.path) for each in accepted if each.dataset == "calls"]
    if not calls:
        return {}
    columns = ("customer_id", "lost_on", "executive", "called_on", "outcome", "reason_code")
    every = ibis.union(*(each.select(*columns) for each in calls)) if len(calls) > 1 else calls[0]
    return {CALLS: tuple(connection.to_pyarrow(calls_by_executive(every, named, period)).to_pylist())}
