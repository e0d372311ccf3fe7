"""Deductions: negative lines of contracts hold as long as what they are netted with, and are no agreement of their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from config.definitions import Calendar
from config.topic_settings import Departing
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.terms import due_ahead, terms_due
from tests.versions import counted_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.sources import NetsWith

AUGUST = period_named("2026-08", Calendar())
LINES = """
ann | k1 | 2025-08-20 | 2026-08-20 | 120 |
ann | k1 | 2025-01-01 |            | -20 |
ann | k2 | 2026-01-01 | 2026-09-10 |  60 |
ann | k2 | 2026-02-01 | 2026-10-01 |  -5 |
bob | k3 | 2026-01-01 |            |  50 | paused
bob | k3 | 2026-01-01 |            |  -7 |
"""


OPEN_LINES = """
ann | k1 | 2026-02-01 | | 120 |
ann | k2 | 2026-01-01 | |  60 |
ann | k3 | 2026-03-01 | |  50 |
ann | k4 | 2026-04-01 | |  -7 |
"""


def lines(nets_with: NetsWith, connection: Any, *, written: Sequence[str] = LINES.strip().splitlines()) -> list[dict[str, Any]]:
    """What History has of the lines above."""
    cells = [[cell.strip() for cell in line.split("|")] for line in written]
    rows = [
        {
            "customer_id": who,
            "record_key": f"{contract}|{amount}",
            "contract_id": contract,
            "starts_on": date.fromisoformat(starts),
            "ends_on": date.fromisoformat(ends) if ends else None,
            "recurring_amount": Decimal(amount),
            "status": status or None,
        }
        for who, contract, starts, ends, amount, status in cells
    ]
    return counted_versions(connection, rows, nets_with=nets_with)


@pytest.mark.parametrize(
    ("nets_with", "expected"),
    [
        ("contract", ["-20 2025-08-20 2026-08-20", "-5 2026-02-01 2026-09-10"]),
        ("customer", ["-20 2025-08-20 2026-09-10", "-5 2026-02-01 2026-09-10"]),
    ],
)
def test_a_deduction_holds_from_the_first_to_the_last_day_of_its_whole(connection: Any, nets_with: NetsWith, expected: list[str]) -> None:
    deductions = [row for row in lines(nets_with, connection) if row["is_deduction"] and row["starts_on"] < row["ends_on"]]
    assert sorted(f"{row['annual_amount']:.0f} {row['starts_on']} {row['ends_on']}" for row in deductions) == expected


@pytest.mark.parametrize("written", [*permutations(OPEN_LINES.strip().splitlines())])
def test_of_lines_that_end_on_one_day_the_first_begun_decides_in_every_order(connection: Any, written: tuple[str, ...]) -> None:
    (deduction,) = [row for row in lines("customer", connection, written=written) if row["is_deduction"]]
    assert deduction["term_starts_on"] == date(2026, 1, 1)


def test_what_comes_due_is_told_net_of_the_deductions_of_its_contract(connection: Any, told: Any) -> None:
    history = told.Told(contracts=lines("contract", connection)).history()
    due = connection.to_pyarrow(terms_due(history, AUGUST, grace_days=0, departing=Departing())).to_pylist()
    assert [(row["starts_on"], row["ends_on"], row["terms_count"], row["amount"], row["outcome"]) for row in due] == [
        (date(2025, 8, 20), date(2026, 8, 20), 1, 120 - 20, "early")
    ]
    (ahead,) = connection.to_pyarrow(due_ahead(history, AUGUST.closing_day, within_days=(30,))).to_pylist()
    assert (ahead["next_due_on"], ahead["ahead_1_count"], ahead["ahead_1_amount"]) == (date(2026, 9, 10), 1, 60 - 5)
