"""What holds for recommendations of every history: a second opinion, one winner a customer, and that the future changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import referrals

MAY = period_named("2026-05", Calendar())
FIRST_DAY = date(2026, 3, 1)
DAYS = st.integers(0, 100).map(lambda number: FIRST_DAY + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(9)])
PURCHASES = st.lists(
    st.fixed_dictionaries({"customer_id": CUSTOMERS, "purchased_on": DAYS, "amount": st.integers(1, 9).map(Decimal)}),
    min_size=1,
    max_size=25,
)
REFERRALS = st.lists(
    st.tuples(CUSTOMERS, st.one_of(st.none(), CUSTOMERS), DAYS, st.sampled_from([None, None, "price", "quality"])), min_size=1, max_size=30
)
SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "referred_customer_id": pa.string(),
        "referred_on": pa.date32(),
        "reason_code": pa.string(),
        "referral_id": pa.string(),
    }
)


@pytest.fixture(scope="module")
def ledger_of(connection: Any, told: Any) -> Any:
    """May's ledger with the topic, by customer."""

    def of(purchases: Any, made: Any) -> dict[str, dict[str, Any]]:
        lines = [dict(zip(SCHEMA.names, (*each, f"{number:03d}"), strict=True)) for number, each in enumerate(made)]
        history = replace(told.Told(purchases=purchases).history(), referrals=ibis.memtable(pa.Table.from_pylist(lines, SCHEMA)))
        stored = ibis.memtable(connection.to_pyarrow(core_ledger(history, MAY, told.rules(lapse_days=20))))
        found = with_topics(TopicContext(history, MAY, told.rules(lapse_days=20), stored), [referrals.TOPIC])
        return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}

    return of


def first_referrer(made: Any, who: str, came_on: date) -> str | None:
    """Who recommended us to a customer first, if on the day it came or before."""
    told = [(on, number, by) for number, (by, whom, on, why) in enumerate(made) if whom == who and by != who and why is None]
    on, _, by = min(told, default=(None, None, None))
    return by if on is not None and on <= came_on else None


@given(PURCHASES, REFERRALS)
def test_recommendations_are_counted_as_a_second_opinion_counts_them(ledger_of: Any, purchases: Any, made: Any) -> None:
    rows = ledger_of(purchases, made)
    inside = [(by, on, number, why) for number, (by, _, on, why) in enumerate(made) if MAY.opens_on <= on <= MAY.closing_day]
    new = {who: row["came_on"] for who, row in rows.items() if row["movement"] == "new"}
    came = {who: by for who, on in new.items() if (by := first_referrer(made, who, on))}
    for who, row in rows.items():
        refusals = [(on, number, why) for by, on, number, why in inside if by == who and why]
        assert row["refusals_count"] == len(refusals)
        assert row["referrals_count"] == sum(by == who and why is None for by, _, _, why in inside)
        assert row["has_referred"] == (row["referrals_count"] > 0)
        assert row["refused_reason_code"] == (max(refusals)[2] if refusals else "not_refused")
        assert row["is_referred_new"] == (who in came)
        assert row["referrer_id"] == came.get(who, "no_referrer")
        won = [rows[newcomer]["closing_amount"] for newcomer, by in came.items() if by == who]
        assert (row["referred_won_count"], row["referred_won_amount"]) == (len(won), sum(won, Decimal(0)))
    assert {by for by, *_ in inside} <= set(rows)


@settings(max_examples=3)
@given(PURCHASES, REFERRALS)
def test_who_won_and_who_was_won_come_to_the_same_number_and_value(ledger_of: Any, purchases: Any, made: Any) -> None:
    rows = ledger_of(purchases, made).values()
    newcomers = [row for row in rows if row["is_referred_new"]]
    assert sum(row["referred_won_count"] for row in rows) == len(newcomers)
    assert sum(row["referred_won_amount"] for row in rows) == sum(row["closing_amount"] for row in newcomers)
    assert all(row["movement"] == "new" and row["referrer_id"] != row["customer_id"] for row in newcomers)


@settings(max_examples=3)
@given(PURCHASES, REFERRALS, REFERRALS)
def test_no_recommendation_of_the_future_changes_a_closed_period(ledger_of: Any, purchases: Any, made: Any, future: Any) -> None:
    later = [(by, whom, on + timedelta(days=92), why) for by, whom, on, why in future]
    assert all(on > MAY.closing_day for _, _, on, _ in later)
    assert ledger_of(purchases, [*made, *later]) == ledger_of(purchases, made)
