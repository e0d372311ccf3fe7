"""Who saved and won back customers: each customer counts for one owner, and who is nobody's is said to be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.topic_settings import Experience
from tasks.customer_math.analysis.exposures import Landmark
from tasks.customer_math.analysis.recognition import called_back, recognition, signed_again, with_complaint

LEDGER = ("customer_id", "movement", "is_active_at_opening", "closing_amount", "came_on")
MOVED = (
    ("anna", "unchanged", True, 100, None),
    ("bert", "lapsed", True, 0, None),
    ("cleo", "out_and_back", True, 40, "2026-08-01"),
    ("dora", "returned", False, 70, "2026-08-10"),
    ("emil", "returned", False, 20, "2026-08-20"),
    ("fritz", "returned", False, 5, "2026-08-20"),
    ("gina", "new", False, 900, "2026-08-20"),
)
TICKETS = (
    ("anna", "1", "2026-06-01", True, "Kim", "Desk"),
    ("anna", "2", "2026-05-01", True, "Lee", "Desk"),
    ("anna", "3", "2026-06-20", False, "Lee", "Desk"),
    ("anna", "4", "2026-07-01", True, "Lee", "Desk"),
    ("bert", "5", "2026-06-01", True, "Kim", "Desk"),
    ("cleo", "6", "2026-06-01", True, None, None),
    ("dora", "7", "2026-06-01", True, "Kim", "Desk"),
    ("anna", "8", "2026-04-01", True, "Lee", "Desk"),
    ("bert", "9", "2026-06-02", None, "Lee", "Desk"),
)
CALLS = (
    ("dora", "2026-06-30", "Ada", "2026-08-01"),
    ("dora", "2026-06-30", "Bo", "2026-08-11"),
    ("dora", "2026-06-30", "Cy", None),
    ("emil", "2026-08-30", "Ada", "2026-08-19"),
    ("fritz", "2024-06-30", "Ada", "2025-08-19"),
    ("gina", "2026-06-30", "Ada", "2026-08-01"),
)
CONTRACTS = (
    ("dora", "1", "2026-08-10", None, "signed", "Sam", "Accounts"),
    ("emil", "2", "2026-08-20", "2027-08-20", None, "Sam", "Accounts"),
    ("emil", "3", "2026-08-20", "2027-08-20", "draft", "Tom", "Accounts"),
    ("fritz", "4", "2025-08-20", "2026-08-20", "signed", "Sam", "Accounts"),
)


def table(rows: tuple[tuple[Any, ...], ...], **kinds: str) -> Any:
    columns = {name: [row[number] for row in rows] for number, name in enumerate(kinds)}
    return ibis.memtable(columns, schema={name: "string" if kind == "date" else kind for name, kind in kinds.items()}).cast(kinds)


@pytest.fixture
def ledger() -> Any:
    rows = tuple((*row[:3], Decimal(row[3]), row[4]) for row in MOVED)
    return table(
        rows, customer_id="string", movement="string", is_active_at_opening="boolean", closing_amount="decimal(18, 2)", came_on="date"
    )


@pytest.fixture
def complained() -> Any:
    kinds = {
        "customer_id": "string",
        "record_key": "string",
        "opened_on": "date",
        "is_complaint": "boolean",
        "owner": "string",
        "team": "string",
    }
    return with_complaint(table(TICKETS, **kinds), Landmark(date(2026, 7, 1), Experience()))


@pytest.fixture
def called(ledger: Any) -> Any:
    return called_back(table(CALLS, customer_id="string", lost_on="date", executive="string", called_on="date"), ledger)


def signed(ledger: Any, *excluded: str) -> Any:
    kinds = {"customer_id": "string", "record_key": "string", "starts_on": "date", "ends_on": "date", "status": "string"}
    return signed_again(table(CONTRACTS, **kinds, owner="string", team="string"), ledger, excluded_statuses=excluded)


def rows_of(connection: Any, expression: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in connection.to_pyarrow(expression).to_pylist()]


def test_a_customer_s_latest_complaint_of_the_exposure_days_decides_whose_it_is(connection: Any, complained: Any) -> None:
    assert sorted(rows_of(connection, complained)) == [
        ("anna", "Kim", "Desk"),
        ("bert", "Kim", "Desk"),
        ("cleo", None, None),
        ("dora", "Kim", "Desk"),
    ]


def test_the_last_call_between_going_and_coming_back_counts_for_a_year(connection: Any, called: Any) -> None:
    assert rows_of(connection, called) == [("dora", "Ada", None)]


def test_the_contract_that_covers_the_day_of_coming_back_says_whose_it_was(connection: Any, ledger: Any) -> None:
    assert sorted(rows_of(connection, signed(ledger, "draft"))) == [("dora", "Sam", "Accounts"), ("emil", "Sam", "Accounts")]
    assert sorted(rows_of(connection, signed(ledger))) == [("dora", "Sam", "Accounts"), ("emil", "Tom", "Accounts")]


def test_each_customer_counts_for_one_owner_and_a_call_before_a_contract(
    connection: Any, ledger: Any, complained: Any, called: Any
) -> None:
    found = recognition(ledger, complained=complained, returned=(called, signed(ledger, "draft")))
    assert rows_of(connection, found) == [
        ("Kim", "Desk", 2, 1, Decimal(100), 0, Decimal(0)),
        ("Ada", None, 0, 0, Decimal(0), 1, Decimal(70)),
        ("Sam", "Accounts", 0, 0, Decimal(0), 1, Decimal(20)),
        (None, None, 1, 1, Decimal(40), 1, Decimal(5)),
    ]


def test_where_only_contracts_name_an_owner_complaints_are_left_out(connection: Any, ledger: Any) -> None:
    assert rows_of(connection, recognition(ledger, complained=None, returned=(signed(ledger, "draft"),))) == [
        ("Sam", "Accounts", 0, 0, Decimal(0), 2, Decimal(90)),
        (None, None, 0, 0, Decimal(0), 1, Decimal(5)),
    ]
