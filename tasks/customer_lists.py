"""What is told customer by customer beside the ledger: who came, who went, who comes due, and who should be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.language import gettext
from config.measures.table import label_of
from tasks.customer_math.analysis.call_list import calls_by_executive, drawn_customers
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.lifetime.summaries import most_at_risk
from tasks.customer_math.topics.behaviour import NO_SIGN, WEAKENING, at_risk_customers, format_signs
from tasks.customer_math.topics.referrals import top_referrals
from tasks.reporting.model import CustomerList, CustomerLists
from tasks.reporting.pages.behaviour import TO_BE_CALLED
from tasks.reporting.pages.departure_reasons import NOT_APPLICABLE, UNKNOWN_REASON
from tasks.reporting.pages.lost_review import CALL_LIST, CALLS
from tasks.reporting.pages.referrals import RECOMMENDED, TOP_REFERRALS
from tasks.reporting.pages.renewals import COMING_DUE
from tasks.reporting.pages.worth_tables import AT_RISK
from tasks.reporting.text import lowered, whole_number
from tasks.store.editions import EQUITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table, Value

    from config.definitions import Definitions
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.model import ScorecardData

TOP_REFERRALS_COUNT = 2
"""So many recommendations are worth telling."""
LIST_ROWS_AT_ONCE = 10_000
"""Rows of a list that are in memory at once."""
RECOMMENDED_COLUMNS = ("customer_id", "customer_name", "referrer_id", "referrer_name", "amount")

CALL_COLUMNS = ("executive", "customer_id", "customer_name", "lost_on", "amount", "value_group", "reason")
"""What a call list says of each customer."""


def customer_lists(connection: Backend, folder: Path, data: ScorecardData, *, definitions: Definitions) -> CustomerLists:
    """Every list of an edition's customers, from the tables in its folder."""
    moved = connection.read_parquet(folder / "movements.parquet")
    (named,) = connection.to_pyarrow(moved.aggregate([_.customer_name.notnull().any().name("has_names")])).to_pylist()
    who = ("customer_id", "customer_name") if named["has_names"] else ("customer_id",)
    columns_in = (*who, "movement", "moved_on", "first_came_on", "amount", *data.segment_by)
    columns_out = (*who, "movement", "moved_on", "first_came_on", "amount", "reason", *data.segment_by)
    came, went = customers_in(moved), customers_out(moved, data.reason_labels)
    listed = {"count": definitions.behaviour.listed_count, "who": who, "segments": tuple(data.segment_by)}
    return CustomerLists(
        columns_in=columns_in,
        columns_out=columns_out,
        rows_in=_rows(connection, came, columns=columns_in),
        rows_out=_rows(connection, went, columns=columns_out),
        in_count=data.count("customers_in"),
        out_count=data.count("customers_out"),
        parquet_name="movements.parquet",
        further=(
            *_coming_due(connection, moved, data, who=who, within_days=definitions.renewals.due_days),
            weakening_listed(connection, moved, **listed),
            *at_risk_listed(connection, moved, folder / EQUITY, **listed),
            *call_listed(connection, moved, definitions, is_being_called=bool(data.tables.get("calls"))),
            *_recommended(data),
        ),
    )


def customers_in(moved: Table) -> Table:
    """The customers who came in, from a ledger: its rows, with the day and the value with which each came."""
    came = moved.filter(_.in_count > 0)
    return came.mutate(moved_on=came.came_on, amount=MEASURES["customers_in_amount"].contribution(came))


def customers_out(moved: Table, labels: Mapping[str, str]) -> Table:
    """The customers who went out, from a ledger: its rows, with the day, the value and the reason in words of each."""
    went = moved.filter(_.out_count > 0)
    return went.mutate(moved_on=went.went_on, amount=MEASURES["customers_out_amount"].contribution(went), reason=_reason(labels))


def coming_due(moved: Table, *, number: int) -> Table:
    """The customers with terms that end within one of the company's numbers of days, from a ledger: its rows, with number and value."""
    due = moved.mutate(terms_count=moved[f"ahead_{number}_count"], amount=moved[f"ahead_{number}_amount"])
    return due.filter(_.terms_count > 0)


def _reason(labels: Mapping[str, str]) -> Value:
    """Why a customer went, in the company's words; a code that it has not listed stands as it came."""
    texts = {UNKNOWN_REASON: gettext("no reason known"), NOT_APPLICABLE: gettext("not applicable"), **labels}
    return ibis.cases(
        *((_.reason_code == code, text) for code, text in texts.items()), else_=gettext("not mapped: {code}", code="") + _.reason_code
    )


def _coming_due(
    connection: Backend, moved: Table, data: ScorecardData, *, who: tuple[str, ...], within_days: Sequence[int]
) -> tuple[CustomerList, ...]:
    """The customers whose terms come due next; none of a company whose contracts have no ends."""
    if not data.has("contracts.ends_on"):
        return ()
    due = coming_due(moved, number=len(within_days))
    columns = (*who, "next_due_on", "terms_count", "amount", *data.segment_by)
    days, period = whole_number(within_days[-1]), data.labels[data.period]
    sentence = gettext("with terms that come due within {days} days after {period}, the most valuable first", days=days, period=period)
    count = int(connection.to_pyarrow(due.aggregate([_.count().name("count")])).to_pylist()[0]["count"])
    return (CustomerList(COMING_DUE, sentence, columns, _rows(connection, due, columns=columns), count),)


def _rows(connection: Backend, listed: Table, *, columns: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """Most valuable first; a batch at a time, so that memory does not grow with the list."""
    ordered = listed.order_by(listed.amount.desc(), "customer_id").select(*columns)
    for batch in connection.to_pyarrow_batches(ordered, chunk_size=LIST_ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def top_referral_rows(connection: Backend, named: Table) -> dict[str, tuple[dict[str, Any], ...]]:
    """The recommendations of a period that won most, with both names; from its ledger with names."""
    names = named.select("customer_id", "customer_name")
    referrals = top_referrals(named, count=TOP_REFERRALS_COUNT).join(names, "customer_id")
    referrers = names.select(by="customer_id", referrer_name=names.customer_name)
    referrals = referrals.left_join(referrers, [referrals.referrer_id == referrers.by]).drop("by")
    rows = connection.to_pyarrow(referrals.order_by(referrals.amount.desc(), referrals.customer_id)).to_pylist()
    return {TOP_REFERRALS: tuple(rows)}


def _recommended(data: ScorecardData) -> tuple[CustomerList, ...]:
    """The recommendations that won most, with both names; no list where nobody came by one."""
    rows = tuple(tuple(row[column] for column in RECOMMENDED_COLUMNS) for row in data.tables.get(TOP_REFERRALS, ()))
    period = data.labels[data.period]
    sentence = gettext("recommended to us before they came in {period}, the most valuable first; worth telling", period=period)
    return (CustomerList(RECOMMENDED, sentence, RECOMMENDED_COLUMNS, rows, len(rows)),) if rows else ()


def weakening_listed(connection: Backend, named: Table, *, count: int, who: tuple[str, ...], segments: tuple[str, ...]) -> CustomerList:
    """The most valuable customers who weaken, a row each, with their signs in words and how long they have been silent.

    Nothing stands where a customer never bought, or has no habit yet.
    """
    columns = (*who, "amount", "weakening_signs", "last_bought_on", "silent_days_count", "usual_gap_days_count", *segments)
    called = at_risk_customers(named, count=count)
    listed = called.mutate(
        amount=called.closing_amount,
        weakening_signs=_signs(called),
        silent_days_count=called.last_bought_on.notnull().ifelse(called.silent_days_count, ibis.null("int64")),
        usual_gap_days_count=called.usual_gap_days_count.nullif(ibis.literal(0)),
    ).select(*columns)
    rows = connection.to_pyarrow(listed).to_pylist()
    sentence = gettext("with signs of weakening, of those who stayed: the most valuable by what they are worth at closing; for action")
    return CustomerList(TO_BE_CALLED, sentence, columns, tuple(tuple(row.values()) for row in rows), len(rows))


def _signs(ledger: Table) -> Value:
    """The signs of weakening that each customer shows, in the language in force."""
    labels = {name: lowered(label_of(measure)) for name, measure in WEAKENING.items()}
    return format_signs(ledger, labels, without=gettext(NO_SIGN))


def at_risk_listed(
    connection: Backend, named: Table, equity: Path, *, count: int, who: tuple[str, ...], segments: tuple[str, ...]
) -> tuple[CustomerList, ...]:
    """The customers who weaken or come due and of whom most is still to come, a row each; no list where nothing is expected of anybody."""
    if not equity.exists():
        return ()
    columns = (*who, "still_to_come_amount", "amount", "weakening_signs", "next_due_on", *segments)
    at_risk = most_at_risk(named, connection.read_parquet(equity), count=count)
    at_risk = at_risk.mutate(weakening_signs=_signs(at_risk)).select(*columns)
    rows = connection.to_pyarrow(at_risk).to_pylist()
    sentence = gettext("with signs of weakening or terms that come due, by what is still expected of them; for action")
    return (CustomerList(AT_RISK, sentence, columns, tuple(tuple(row.values()) for row in rows), len(rows)),)


def customers_to_call(ledger: Table, definitions: Definitions) -> Table:
    """The customers of a period's call list, a row each, executive by executive, the most valuable first; from its ledger with names."""
    review = definitions.lost_review
    drawn = drawn_customers(ledger, review.executives, customers_count=review.customers_count)
    drawn = drawn.mutate(reason=_reason({reason.code: reason.says for reason in definitions.reasons}))
    return drawn.order_by("executive", drawn.amount.desc(), "customer_id").select(*CALL_COLUMNS)


def call_listed(connection: Backend, named: Table, definitions: Definitions, *, is_being_called: bool) -> tuple[CustomerList, ...]:
    """The call list; none where nobody is to call, or outcomes of the period's list are read back already."""
    if not definitions.lost_review.executives or is_being_called:
        return ()
    rows = connection.to_pyarrow(customers_to_call(named, definitions)).to_pylist()
    sentence = gettext("who were lost, drawn for each executive to call; `customer-math call-list` writes them into a file for outcomes")
    return (CustomerList(CALL_LIST, sentence, CALL_COLUMNS, tuple(tuple(row.values()) for row in rows), len(rows)),)


def calls_summed(
    connection: Backend, named: Table, accepted: Sequence[Accepted], *, period: Period
) -> dict[str, tuple[dict[str, Any], ...]]:
    """What came of calling the period's lost customers, an executive a row; nothing where no extract has calls."""
    calls = [connection.read_parquet(extract.path) for extract in accepted if extract.dataset == "calls"]
    if not calls:
        return {}
    columns = ("customer_id", "lost_on", "executive", "called_on", "outcome", "reason_code")
    every = ibis.union(*(table.select(*columns) for table in calls)) if len(calls) > 1 else calls[0]
    return {CALLS: tuple(connection.to_pyarrow(calls_by_executive(every, named, period)).to_pylist())}
