"""What holds of renewals for every history: a second opinion day by day, due is renewed or not, and what later contracts may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.topic_settings import Renewals
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.terms import OUTCOMES, RENEWED
from tasks.customer_math.ledger.topics import TopicContext
from tasks.customer_math.topics import renewals

MARCH = period_named("2026-03", Calendar())
FIRST_DAY = date(2026, 1, 1)
OPEN_ENDED = date(9999, 12, 31)
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(12)])


@st.composite
def contracts(draw: st.DrawFn, *, first_day: int = 0, last_day: int = 120) -> dict[str, Any]:
    starts_on = FIRST_DAY + timedelta(days=draw(st.integers(first_day, last_day)))
    ends_on = draw(st.one_of(st.just(OPEN_ENDED), st.integers(0, 60).map(lambda days: starts_on + timedelta(days=days))))
    amount = Decimal(draw(st.integers(0, 50_000))) / 100
    return {"customer_id": draw(CUSTOMERS), "starts_on": starts_on, "ends_on": ends_on, "annual_amount": amount, "currency": "EUR"}


CONTRACTS = st.lists(contracts(), min_size=20, max_size=80)
GRACE = st.sampled_from([0, 1, 10, 30])
LATER = st.lists(contracts(first_day=90, last_day=150), max_size=12)
"""Contracts that start after March: the 90th day after the first of January is the first of April."""


def found_by_us(connection: Any, told: Any, agreed: list[dict[str, Any]], *, grace_days: int) -> dict[str, dict[str, Any]]:
    rules = replace(told.rules(), renewals=Renewals(grace_days=grace_days))
    history = told.Told(contracts=agreed).history()
    kept = ibis.memtable(connection.to_pyarrow(core_ledger(history, MARCH, rules)))
    rows = connection.to_pyarrow(renewals.TOPIC.write(TopicContext(history, MARCH, rules, kept))).to_pylist()
    return {row["customer_id"]: row for row in rows}


def outcome(term: dict[str, Any], agreed: list[dict[str, Any]], *, grace_days: int) -> str:
    """How a term is followed, by asking for every day from its end whether the customer has a contract."""
    for number in range(grace_days + 1):
        day = term["ends_on"] + timedelta(days=number)
        running = [each for each in agreed if each["customer_id"] == term["customer_id"] and each["starts_on"] <= day < each["ends_on"]]
        if running and number:
            return "late"
        if running:
            latest = max(each["starts_on"] for each in running)
            return "on_time" if latest == day else "early" if latest > term["starts_on"] else "beside"
    return "not_renewed"


@given(CONTRACTS, GRACE)
def test_every_term_is_followed_and_comes_due_as_a_second_opinion_says(
    connection: Any, told: Any, agreed: list[dict[str, Any]], grace_days: int
) -> None:
    found = found_by_us(connection, told, agreed, grace_days=grace_days)
    terms = [each for each in agreed if each["starts_on"] < each["ends_on"] and MARCH.opens_on <= each["ends_on"] <= MARCH.closing_day]
    expected: dict[str, dict[str, Decimal]] = {who: dict.fromkeys(OUTCOMES, Decimal(0)) for who in found}
    counts: dict[str, dict[str, int]] = {who: dict.fromkeys(OUTCOMES, 0) for who in found}
    for term in terms:
        way = outcome(term, agreed, grace_days=grace_days)
        expected[term["customer_id"]][way] += term["annual_amount"]
        counts[term["customer_id"]][way] += 1
    assert {who: {way: row[f"terms_{way}_count"] for way in OUTCOMES} for who, row in found.items()} == counts
    assert {who: {way: row[f"terms_{way}_amount"] for way in OUTCOMES} for who, row in found.items()} == expected
    running = [each for each in agreed if each["starts_on"] <= MARCH.closing_day < each["ends_on"]]
    for who, row in found.items():
        ahead = [(each["ends_on"] - MARCH.closing_day).days for each in running if each["customer_id"] == who]
        assert [row[f"ahead_{place}_count"] for place in (1, 2, 3)] == [sum(days <= most for days in ahead) for most in (30, 60, 90)]
        for kind in ("count", "amount"):
            renewed = sum(row[f"terms_{way}_{kind}"] for way in RENEWED)
            assert row[f"terms_due_{kind}"] == renewed + row[f"terms_not_renewed_{kind}"]


@settings(max_examples=3)
@given(CONTRACTS, GRACE, LATER)
def test_a_later_contract_changes_a_closed_period_only_by_a_late_renewal(
    connection: Any, told: Any, agreed: list[dict[str, Any]], grace_days: int, later: list[dict[str, Any]]
) -> None:
    before = found_by_us(connection, told, agreed, grace_days=grace_days)
    after = found_by_us(connection, told, agreed + later, grace_days=grace_days)
    assert after.keys() == before.keys()
    changeable = {f"terms_{kind}_{unit}" for kind in ("late", "not_renewed", "in_grace") for unit in ("count", "amount")} | {
        "grace_ends_on"
    }
    for who, row in before.items():
        assert {name: value for name, value in after[who].items() if name not in changeable} == {
            name: value for name, value in row.items() if name not in changeable
        }
        turned = after[who]["terms_late_count"] - row["terms_late_count"]
        assert turned == row["terms_not_renewed_count"] - after[who]["terms_not_renewed_count"] >= 0
        assert turned <= row["terms_in_grace_count"]
