"""Customers' groups are kept with each landing: one who changes its group is transferred, and segments still sum to the whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from decimal import Decimal
    from pathlib import Path

AUGUST, SEPTEMBER = "2026-08", "2026-09"


@pytest.fixture
def landed_twice(shop: Any, pipelines: Any, tmp_path: Path) -> dict[tuple[str, str, str, str], Decimal]:
    """Figures after a second landing, of 1 September, in which a customer who stays is at home elsewhere."""
    company = shop(tmp_path / "shop")
    first = pipelines.read_and_validate(company.folder, tmp_path / "home")
    first.figures([AUGUST], as_of=date(2026, 8, 31))
    company.change("customers.csv", "c08,Xaver Quux,South", "c08,Xaver Quux,North")
    company.change("customers.csv", "c03,Ottilie Quux,North", "c03,Ottilie Quux,South")
    second = pipelines.read_and_validate(company.folder, tmp_path / "home")
    return second.figures([AUGUST, SEPTEMBER], as_of=date(2026, 9, 1))


def test_a_customer_who_stays_and_moves_is_transferred_between_groups(landed_twice: Any) -> None:
    found = {
        (segment, name): int(landed_twice[SEPTEMBER, "region", segment, f"transferred_{name}_customers"])
        for segment in ("North", "South")
        for name in ("in", "out")
    }
    assert found == {("North", "in"): 1, ("North", "out"): 0, ("South", "in"): 0, ("South", "out"): 1}
    assert landed_twice[SEPTEMBER, "all", "all", "transferred_in_customers"] == 0


def test_what_was_known_later_changes_no_earlier_period(landed_twice: Any, shop: Any, pipelines: Any, tmp_path: Path) -> None:
    never_moved = pipelines.read_and_validate(shop(tmp_path / "other").folder, tmp_path / "other home").figures([AUGUST, SEPTEMBER])
    august, august_of_those = ({key: value for key, value in each.items() if key[0] == AUGUST} for each in (landed_twice, never_moved))
    assert august == august_of_those


def test_a_landing_that_says_nothing_new_is_not_kept(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate(shop(tmp_path / "shop").folder, tmp_path / "home")
    for day in (1, 2, 3):
        stages.figures([AUGUST], as_of=date(2026, 10, day))
    kept = sorted(path.name for path in (tmp_path / "home").rglob("attributes/*/*.parquet"))
    assert kept == ["000001-2026-10-01.parquet"]


def test_a_run_as_of_an_earlier_day_knows_only_what_was_known_then(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop")
    pipelines.read_and_validate(company.folder, tmp_path / "home").figures([SEPTEMBER], as_of=date(2026, 8, 1))
    company.change("customers.csv", "c08,Xaver Quux,South", "c08,Xaver Quux,North")
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    stages.figures([SEPTEMBER], as_of=date(2026, 9, 15))
    kept = sorted(path.name for path in (tmp_path / "home").rglob("attributes/*/*.parquet"))
    assert kept == ["000001-2026-08-01.parquet", "000002-2026-09-15.parquet"]
