"""The demo company's new customers: intakes at equal ages, and what they cost, as expected."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.customer_math.ledger.periods import period_named
from tasks.store.engine import engine
from tasks.store.first_purchases import Newcomers

if TYPE_CHECKING:
    from pathlib import Path

COHORT_PERIODS = ("2026-Q3", "2026-W38")
KEYS = ("period", "segment_by", "segment", "split_by", "split", "measure")


@pytest.fixture(scope="module")
def figures(demo_stages: Any) -> list[dict[str, Any]]:
    """Figures of each period, as it is published."""
    return [row for period in COHORT_PERIODS for row in demo_stages.figure_rows([period])]


@pytest.fixture(scope="module")
def costs(demo_stages: Any, figures: Any) -> dict[str, list[dict[str, Any]]]:
    """What intakes cost as each period ends."""
    return {name: _tables(demo_stages, name)["intake_costs"] for name in COHORT_PERIODS}


def _tables(stages: Any, name: str) -> Any:
    (kept,) = stages.home.folder.glob(f"ledger/*/intake_costs-{name}.parquet")
    period = period_named(name, stages.company.definitions.calendar)
    with engine(stages.settings) as connection:
        return Newcomers(kept.parent, period).tables(connection)


def expected_rows(home: Path, name: str) -> list[dict[str, str]]:
    with (home / "expected" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_figure_of_the_intakes_is_what_is_expected(demo_home: Path, figures: list[dict[str, Any]]) -> None:
    expected = {tuple(row[key] for key in KEYS): Decimal(row["value"]) for row in expected_rows(demo_home, "intakes.csv")}
    told = [row for row in figures if row["measure"].startswith("intake_") and row["unit"] != "share"]
    found = {tuple(row[key] for key in KEYS): row["value"] for row in told}
    assert {key: value for key, value in found.items() if value} == {key: value for key, value in expected.items() if value}


def test_what_intakes_cost_and_when_they_paid_it_back_is_what_is_expected(demo_home: Path, costs: Any) -> None:
    lines = expected_rows(demo_home, "intake_costs.csv")
    for name, rows in costs.items():
        expected = [{key: text for key, text in row.items() if key != "period"} for row in lines if row["period"] == name]
        found = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
        assert _in_order(found) == _in_order(expected)


def _in_order(rows: list[dict[str, str]]) -> list[list[tuple[str, str]]]:
    return sorted(sorted(row.items()) for row in rows)


def test_costs_by_channel_and_by_campaign_add_up_to_all_that_was_spent(costs: Any) -> None:
    for rows in costs.values():
        by_way = {way: sum(row["cost_amount"] for row in rows if row["cost_by"] == way) for way in ("all", "channel", "campaign")}
        assert by_way["all"] == by_way["channel"] == by_way["campaign"] > 0
