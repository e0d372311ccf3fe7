"""Renewals: which terms are due, how each is followed, who bought again, why customers stay, what comes due next."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.definitions import Calendar, Reason
from config.topic_settings import Renewals
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import TopicContext
from tasks.customer_math.topics import renewals

JUNE = period_named("2026-06", Calendar())
HEADING = "who | starts | ends | a year | currency\n"


def topic(connection: Any, told: Any, happened: Any, **chosen: Any) -> dict[str, dict[str, Any]]:
    """The topic of June, by customer."""
    staying = (Reason(code="taste", says="They like it"), Reason(code="habit", says="They always did"))
    rules = replace(told.rules(), renewals=Renewals(**chosen), staying_reasons=staying)
    history = happened.history()
    kept = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, rules)))
    found = connection.to_pyarrow(renewals.TOPIC.write(TopicContext(history, JUNE, rules, kept))).to_pylist()
    assert all(list(row) == ["customer_id", *renewals.COLUMNS] for row in found)
    return {row["customer_id"]: row for row in found}


def of_ann(connection: Any, told: Any, *contracts: str, **chosen: Any) -> dict[str, Any]:
    """The topic of one customer's contracts, written `starts | ends`, 100 a year each."""
    lines = "\n".join(f"ann | {contract} | 100 | EUR" for contract in contracts)
    return topic(connection, told, told.Told(contracts=told.agreed(HEADING + lines)), **chosen)["ann"]


@pytest.mark.parametrize(
    ("ends", "grace_days", "expected"),
    [
        pytest.param("2026-05-31", 30, None, id="ended before the period"),
        pytest.param("2026-06-01", 29, 0, id="the grace ends on the last day"),
        pytest.param("2026-06-01", 30, 1, id="the grace ends on the day after"),
        pytest.param("2026-06-30", 0, 0, id="there is no grace"),
        pytest.param("2026-06-30", 1, 1, id="a day of grace"),
    ],
)
def test_terms_whose_grace_was_not_over_are_told(connection: Any, told: Any, ends: str, grace_days: int, expected: int | None) -> None:
    lines = f"{HEADING}ann | 2025-06-01 | {ends} | 100 | EUR\nben | 2026-01-01 | | 1 | EUR"
    row = topic(connection, told, told.Told(contracts=told.agreed(lines)), grace_days=grace_days).get("ann")
    assert (row["terms_in_grace_count"] if row else None) == expected
    assert row is None or row["terms_not_renewed_count"] == 1


@pytest.mark.parametrize(
    ("through", "departed_on", "expected"),
    [
        pytest.param("2026-06-30", None, 1, id="the data end with the period"),
        pytest.param("2026-07-09", None, 1, id="they end on the last day of grace"),
        pytest.param("2026-07-10", None, 0, id="they cover the end of the grace"),
        pytest.param("2026-06-30", "2026-05-31", 1, id="a departure before the term began is of another"),
        pytest.param("2026-06-30", "2026-06-01", 0, id="a departure is recorded on the first day of the term"),
        pytest.param("2026-06-30", "2026-07-11", 0, id="a departure is recorded on the last day that is about the end"),
        pytest.param("2026-06-30", "2026-07-12", 1, id="a departure is recorded too late"),
    ],
)
def test_a_term_is_in_grace_until_data_or_a_departure_decide_it(
    connection: Any, told: Any, through: str, departed_on: str | None, expected: int
) -> None:
    """The grace of a term that ends on 10 June ends on 10 July; what is told up to 31 days after the end is about it."""
    contracts = told.agreed(f"{HEADING}ann | 2026-06-01 | 2026-06-10 | 100 | EUR\nben | 2026-01-01 | | 1 | EUR")
    departures = told.departed(f"who | day | reason\nann | {departed_on} | price") if departed_on else ()
    happened = told.Told(contracts=contracts, departures=departures, data_through=date.fromisoformat(through))
    row = topic(connection, told, happened)["ann"]
    assert (row["terms_in_grace_count"], row["terms_in_grace_amount"]) == (expected, 100 * expected)
    assert row["grace_ends_on"] == (date(2026, 7, 10) if expected else None)


def test_a_rate_leaves_out_terms_that_are_in_grace(connection: Any) -> None:
    """Ann renewed one of two, Ben waits for his only one, Cay lost one and waits for another, Dan renewed and waits."""
    kinds = ("terms_due_count", "terms_not_renewed_count", "terms_in_grace_count")
    rows = [dict(zip(kinds, counts, strict=True)) for counts in ((2, 1, 0), (1, 1, 1), (2, 2, 1), (2, 1, 1), (1, 0, 0), (0, 0, 0))]
    formulas = {measure.name: measure.contribution for measure in renewals.MEASURES}
    ledger = ibis.memtable(rows)
    names = ("terms_decided_count", "in_grace_customers", "decided_customers", "renewed_customers")
    found = connection.to_pyarrow(ledger.select(**{name: formulas[name](ledger) for name in names}))
    assert found["terms_decided_count"].to_pylist() == [2, 0, 1, 1, 1, 0]
    assert found["in_grace_customers"].to_pylist() == [0, 1, 0, 1, 0, 0]
    assert found["decided_customers"].to_pylist() == [1, 0, 1, 0, 1, 0]
    assert found["renewed_customers"].to_pylist() == [0, 0, 0, 0, 1, 0]


def test_a_contract_that_starts_after_the_period_within_the_grace_renews_late(connection: Any, told: Any) -> None:
    as_it_stood = of_ann(connection, told, "2025-06-20 | 2026-06-20")
    as_known_later = of_ann(connection, told, "2025-06-20 | 2026-06-20", "2026-07-10 | ")
    assert (as_it_stood["terms_not_renewed_count"], as_it_stood["terms_in_grace_count"]) == (1, 1)
    assert (as_known_later["terms_late_count"], as_known_later["terms_in_grace_count"]) == (1, 0)


def test_terms_are_worth_what_they_brought_at_the_rate_of_their_last_day(connection: Any, told: Any) -> None:
    rates = [
        {"currency": "CHF", "rate_on": date(2026, 6, 9), "rate_through": date(2026, 6, 9), "rate": Decimal("1.10")},
        {"currency": "CHF", "rate_on": date(2026, 6, 10), "rate_through": date(2026, 7, 30), "rate": Decimal("1.20")},
    ]
    contracts = (
        HEADING
        + "ann | 2025-06-10 | 2026-06-10 | 100.05 | CHF\nann | 2025-06-10 | 2026-06-10 | 10 | EUR\nann | 2026-06-10 | 2026-07-20 | 50 | CHF"
    )
    row = topic(connection, told, told.Told(contracts=told.agreed(contracts), rates=rates))["ann"]
    assert (row["terms_due_count"], row["terms_due_amount"]) == (2, Decimal("110.06") + Decimal(10))
    assert row["ahead_1_amount"] == Decimal("60.00")


def test_what_comes_due_is_counted_up_to_each_number_of_days(connection: Any, told: Any) -> None:
    contracts = """
    who | starts     | ends       | a year | currency
    ann | 2025-07-01 | 2026-07-01 | 1      | EUR
    ann | 2025-07-01 | 2026-07-30 | 20     | EUR
    ann | 2025-07-01 | 2026-07-31 | 300    | EUR
    ann | 2025-07-01 | 2026-09-28 | 4000   | EUR
    ann | 2025-07-01 | 2026-09-29 | 50000  | EUR
    ann | 2026-07-01 | 2026-07-20 | 600000 | EUR
    """
    row = topic(connection, told, told.Told(contracts=told.agreed(contracts)))["ann"]
    assert [row[f"ahead_{place}_count"] for place in (1, 2, 3)] == [2, 2 + 1, 3 + 1]
    assert row["next_due_on"] == date(2026, 7, 1)
    assert [row[f"ahead_{place}_amount"] for place in (1, 2, 3)] == [1 + 20, 21 + 300, 321 + 4000]


def test_a_company_that_looks_less_far_ahead_has_nothing_in_the_further_windows(connection: Any, told: Any) -> None:
    row = of_ann(connection, told, "2025-07-01 | 2026-07-10", due_days=(30,))
    assert [row[f"ahead_{place}_count"] for place in (1, 2, 3)] == [1, 0, 0]


BOUGHT = """
who | day        | amount
ann | 2026-05-01 | 10
ann | 2026-06-01 | 20
ann | 2026-06-30 | -5
ben | 2026-05-01 | 10
ben | 2026-06-10 | -10
cay | 2026-06-10 | 40
dan | 2026-05-01 | 10
"""


def test_who_was_a_customer_and_bought_in_the_period_bought_again(connection: Any, told: Any) -> None:
    found = topic(connection, told, told.Told(purchases=told.bought(BOUGHT)))
    assert {who: row["has_bought_again"] for who, row in found.items()} == {"ann": True, "ben": False, "cay": False, "dan": False}
    assert {who: row["bought_again_amount"] for who, row in found.items()} == {"ann": 20 - 5, "ben": 0, "cay": 0, "dan": 0}
    assert {row["terms_due_count"] + row["ahead_3_count"] for row in found.values()} == {0}


STAYING = """
who | starts     | ends       | a year | currency
ann | 2025-01-01 |            | 10     | EUR
ben | 2025-06-20 | 2026-06-20 | 10     | EUR
cay | 2026-06-05 | 2026-06-20 | 10     | EUR
cay | 2026-06-20 |            | 10     | EUR
dan | 2026-06-05 |            | 10     | EUR
eve | 2025-01-01 |            | 10     | EUR
fay | 2025-01-01 |            | 10     | EUR
"""
ANSWERS = """
who | day        | occasion     | reason
ann | 2026-06-01 | renewal      | taste
ann | 2026-06-30 | renewal      | habit
ann | 2026-07-01 | renewal      | taste
ben | 2026-06-10 | renewal      | taste
cay | 2026-06-20 | renewal      | Z9
dan | 2026-06-20 | renewal      | taste
eve | 2026-06-20 | after ticket | taste
fay | 2026-06-20 | renewal      |
"""


def test_the_latest_answer_of_those_who_stayed_says_why(connection: Any, told: Any) -> None:
    found = topic(connection, told, told.Told(contracts=told.agreed(STAYING), surveys=told.answered(ANSWERS)))
    assert {who: row["staying_reason_code"] for who, row in found.items()} == {
        "ann": "habit",
        "ben": "not_applicable",
        "cay": "Z9",
        "dan": "not_applicable",
        "eve": "no_reason_known",
        "fay": "no_reason_known",
    }
    assert [who for who, row in found.items() if row["has_unmapped_staying_reason"]] == ["cay"]
    assert {who for who, row in found.items() if row["has_stayed"]} == {"ann", "cay", "eve", "fay"}


def test_the_company_says_at_which_occasion_it_asks(connection: Any, told: Any) -> None:
    happened = told.Told(contracts=told.agreed(STAYING), surveys=told.answered(ANSWERS))
    assert topic(connection, told, happened, asked_at="after ticket")["eve"]["staying_reason_code"] == "taste"
