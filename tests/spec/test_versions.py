"""The history of a contract: what was agreed on each day, and which terms it makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from config.definitions import Calendar
from config.topic_settings import Departing
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.terms import due_ahead, terms_due
from tests.versions import counted_versions

OPEN = "9999-12-31"
AUGUST = period_named("2026-08", Calendar())


def contract(text: str) -> list[dict[str, Any]]:
    """The versions of one contract from `changed | starts | ends | amount | status`, a line each, the oldest first."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [
        {
            "record_key": "k1",
            "changed_on": _day(changed),
            "starts_on": _day(starts),
            "ends_on": _day(ends),
            "recurring_amount": Decimal(amount),
            "status": status or None,
        }
        for changed, starts, ends, amount, status in lines
    ]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def held(connection: Any, text: str) -> list[str]:
    """What holds from when to when, such as `2026-01-01 120 2026-08-15`; versions that never hold are left out."""
    rows = sorted(counted_versions(connection, contract(text)), key=lambda row: row["starts_on"])
    return [f"{row['starts_on']} {row['annual_amount']:.0f} {row['ends_on']}" for row in rows if row["starts_on"] < row["ends_on"]]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param(
            "2026-01-05 | 2026-01-01 | | 120 |\n2026-08-15 | 2026-01-01 | | 1200 |",
            ["2026-01-01 120 2026-08-15", f"2026-08-15 1200 {OPEN}"],
            id="the first holds from the first day, each other from its own",
        ),
        pytest.param(" | 2026-01-01 | | 120 |", [f"2026-01-01 120 {OPEN}"], id="a day that is not recorded"),
        pytest.param(
            "2026-01-01 | 2026-01-01 | | 1 |\n2026-03-01 | 2026-01-01 | | 2 |\n2026-03-01 | 2026-01-01 | | 3 |",
            ["2026-01-01 1 2026-03-01", f"2026-03-01 3 {OPEN}"],
            id="of two on one day the later holds",
        ),
        pytest.param(
            "2026-01-01 | 2026-01-01 | | 1 |\n2026-03-01 | 2026-04-01 | | 2 |",
            ["2026-01-01 1 2026-04-01", f"2026-04-01 2 {OPEN}"],
            id="what is agreed ahead holds from its first day, without a gap",
        ),
        pytest.param(
            "2026-01-01 | 2026-01-01 | | 1 |\n2026-03-01 | 2026-06-01 | | 2 |\n2026-04-01 | 2026-01-01 | | 3 |",
            ["2026-01-01 1 2026-04-01", f"2026-04-01 3 {OPEN}"],
            id="what is agreed ahead and taken back never holds",
        ),
        pytest.param(
            "2026-01-01 | 2026-01-01 | | 1 |\n2026-03-05 | 2026-01-01 | 2026-03-01 | 1 |",
            ["2026-01-01 1 2026-03-01"],
            id="an end that is written late is the end all the same",
        ),
        pytest.param(
            "2026-01-01 | 2026-01-01 | | 1 |\n2026-03-01 | 2026-01-01 | | 1 | paused\n2026-05-01 | 2026-01-01 | | 1 |",
            ["2026-01-01 1 2026-03-01", f"2026-05-01 1 {OPEN}"],
            id="a state that does not count leaves out its own days only",
        ),
        pytest.param(
            "2025-01-01 | 2025-01-01 | 2026-01-01 | 1 |\n2026-01-01 | 2026-01-01 | 2027-01-01 | 2 |",
            ["2025-01-01 1 2026-01-01", "2026-01-01 2 2027-01-01"],
            id="a term that is renewed in place keeps the days before",
        ),
    ],
)
def test_a_version_holds_from_the_day_of_its_change_until_the_next(connection: Any, versions: str, expected: list[str]) -> None:
    assert held(connection, versions) == expected


UPGRADED = "2025-08-10 | 2025-08-10 | 2026-08-10 | 100 |\n2026-08-01 | 2025-08-10 | 2026-08-10 | 150 |"


def renewals(connection: Any, told: Any, *contracts: list[dict[str, Any]]) -> list[tuple[str, str, int, Decimal]]:
    """The terms due in August: when they began and ended, how they were followed, for how much."""
    rows = [{**row, "record_key": f"k{number}"} for number, versions in enumerate(contracts) for row in versions]
    history = told.Told(contracts=counted_versions(connection, rows)).history()
    due = connection.to_pyarrow(terms_due(history, AUGUST, grace_days=30, departing=Departing())).to_pylist()
    return [(f"{row['starts_on']} {row['ends_on']}", row["outcome"], row["terms_count"], row["amount"]) for row in due]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param(UPGRADED, [("2025-08-10 2026-08-10", "not_renewed", 1, 150)], id="a plan that changes inside a term"),
        pytest.param(
            f"{UPGRADED}\n2026-08-10 | 2026-08-10 | 2027-08-10 | 150 |",
            [("2025-08-10 2026-08-10", "on_time", 1, 150)],
            id="renewed in place on the day of the end",
        ),
        pytest.param(
            f"{UPGRADED}\n2026-08-05 | 2025-08-10 | 2027-08-10 | 150 |", [], id="prolonged before its end, so that it never came due"
        ),
        pytest.param("2025-08-10 | 2025-08-10 | | 1 |\n2026-08-05 | 2025-08-10 | | 1 | paused", [], id="paused, which is no end of a term"),
    ],
)
def test_a_change_inside_of_a_term_is_no_renewal_and_no_end(connection: Any, told: Any, versions: str, expected: list[Any]) -> None:
    assert renewals(connection, told, contract(versions)) == expected


def test_another_contract_whose_plan_changes_on_the_day_of_an_end_is_no_renewal_on_time(connection: Any, told: Any) -> None:
    ending = contract("2025-08-10 | 2025-08-10 | 2026-08-10 | 100 |")
    other = contract("2025-01-01 | 2025-01-01 | | 1 |\n2026-08-10 | 2025-01-01 | | 2 |")
    assert renewals(connection, told, ending, other) == [("2025-08-10 2026-08-10", "beside", 1, 100)]


def test_what_comes_due_ahead_is_the_end_that_the_version_in_force_names(connection: Any, told: Any) -> None:
    versions = contract("2025-09-10 | 2025-09-10 | 2026-09-10 | 100 |\n2026-09-05 | 2025-09-10 | 2027-09-10 | 150 |")
    history = told.Told(contracts=counted_versions(connection, versions)).history()
    (ahead,) = connection.to_pyarrow(due_ahead(history, AUGUST.closing_day, within_days=(30,))).to_pylist()
    assert (ahead["next_due_on"], ahead["ahead_1_count"], ahead["ahead_1_amount"]) == (date(2026, 9, 10), 1, 100)
