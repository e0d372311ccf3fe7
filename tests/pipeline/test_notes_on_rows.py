"""Rows that count for less, or otherwise, than one would think: readers know of each kind, and of how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from flows.stages import assemble_ledger
from tasks.customer_math.ledger.periods import Plan, period_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def notes(pipelines: Any, tmp_path: Path) -> Callable[[Any], tuple[str, ...]]:
    """What readers of August must know, of the extracts of a small company."""

    def found(company: Any) -> tuple[str, ...]:
        stages = pipelines.read_and_judge(company.folder, tmp_path / "home")
        period = period_named("2026-08", stages.company.definitions.calendar)
        return assemble_ledger(stages.context, tuple(stages.accepted.values()), Plan.alone(period)).notes

    return found


def test_a_company_whose_rows_all_count_has_no_notes(shop: Any, notes: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"])
    assert notes(company) == ()


@pytest.mark.parametrize(("ends", "noted"), [("2026-08-04", 0), ("2026-08-03", 1)])
def test_a_contract_that_covers_no_day_is_counted_in_a_note(shop: Any, notes: Any, tmp_path: Path, ends: str, noted: int) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"])
    company.change("contracts.csv", "2026-08-03,2026-08-20", f"2026-08-03,{ends}")
    says = "Rows of contracts that end on the day on which they start, cover no day and count for nothing: 1."
    assert notes(company) == (says,) * noted


@pytest.mark.parametrize(("day", "noted"), [("2026-09-30", 0), ("2026-10-01", 1)])
def test_a_row_after_the_last_day_covered_is_counted_in_a_note(shop: Any, notes: Any, tmp_path: Path, day: str, noted: int) -> None:
    company = shop(tmp_path / "shop")
    company.change("orders.csv", "12,c10,2026-07-25", f"12,c10,{day}")
    company.change("contracts.csv", "k2,c06,2026-08-03,2026-08-20", f"k2,c06,{day},2027-08-20")
    says = [
        f"Rows of {name} after 2026-09-30, the last day that the extract covers, which no period counts yet: 1."
        for name in ("orders", "contracts")
    ]
    assert [note for note in notes(company) if "the last day" in note] == says * noted


def test_a_state_of_today_that_does_not_count_is_said_to_hold_for_the_whole_past(shop: Any, notes: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"], contracts={"constants": {"status": "test"}})
    says = "Contracts in a state that does not count (test): 3; today's state is applied to the whole past of 3 contracts."
    assert notes(company) == (says,)
