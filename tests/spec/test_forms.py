"""The form of a deployment: recent periods of the company's calendar are offered, and any other is taken by its name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.definitions import Calendar
from flows.orchestration.forms import OFFERED, recent_periods, with_recent_periods
from flows.orchestration.parameters import PERIOD_NAME

TODAY = date(2026, 9, 21)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "company": {"type": "string"},
        "period": {"type": "string", "pattern": PERIOD_NAME, "title": "Or the period's exact name", "default": "", "position": 3},
    },
}


def test_the_latest_periods_that_are_over_are_offered_kind_by_kind() -> None:
    offered = recent_periods(Calendar(), today=TODAY)
    assert offered[:8] == tuple(f"2026-W{number}" for number in range(38, 30, -1))
    assert offered[8:14] == tuple(f"2026-0{number}" for number in range(8, 2, -1))
    assert offered[14:] == ("2026-Q2", "2026-Q1", "2025-Q4", "2025-Q3", "2025-Q2", "2025", "2024", "2023")
    assert len(offered) == sum(OFFERED.values())


def test_a_fiscal_year_has_quarters_of_its_own() -> None:
    assert recent_periods(Calendar(fiscal_year_starts_in=7), today=TODAY)[14] == "2026-Q4"


@pytest.mark.parametrize(
    ("period", "is_taken"), [("", True), ("2026-W38", True), ("2019-W05", True), ("2019", True), ("last week", False), ("2026-Q5", False)]
)
def test_a_period_that_is_not_offered_is_taken_by_its_name(period: str, is_taken: bool) -> None:
    schema = with_recent_periods(SCHEMA, Calendar(), today=TODAY)
    assert Draft202012Validator(schema).is_valid({"period": period}) is is_taken


def test_the_field_keeps_its_title_default_and_place_and_is_offered_anew_as_well() -> None:
    once = with_recent_periods(SCHEMA, Calendar(), today=date(2026, 9, 14))
    field = once["properties"]["period"]
    assert {name: field[name] for name in ("title", "default", "position")} == {
        "title": "Or the period's exact name",
        "default": "",
        "position": 3,
    }
    assert with_recent_periods(once, Calendar(), today=TODAY) == with_recent_periods(SCHEMA, Calendar(), today=TODAY)
