"""Planted ratios lie inside their intervals, one that strata explain is none: a few made-up companies every day, two hundred by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.bench.experience_study import PLANTED, RESULT, crude_ratio, links_of, made_up_company, study

pytestmark = pytest.mark.thorough

FEW, FEW_FROM = 10, 1


@pytest.fixture(scope="module")
def few(connection: Any) -> dict[str, Any]:
    return study(connection, companies_count=FEW, first_seed=FEW_FROM)


@pytest.fixture(scope="module")
def many() -> dict[str, Any]:
    """What `make study` has found."""
    return json.loads(RESULT.read_text(encoding="utf-8"))


def test_planted_ratios_lie_inside_their_intervals_in_nearly_all_of_a_few_companies(few: dict[str, Any]) -> None:
    assert min(few["covered_count"].values()) >= 8
    assert few["demonstrated_count"]["complaint"] == FEW
    assert few["covered_count"].keys() == PLANTED.keys()


def test_a_link_that_only_a_segment_makes_is_not_demonstrated(connection: Any) -> None:
    of_companies = [links_of(connection, made_up_company(seed))["detractor"] for seed in range(2, 6)]
    assert min(map(crude_ratio, of_companies)) > 1.1
    assert not any(link.is_demonstrated for link in of_companies)


def test_the_study_was_of_two_hundred_companies_with_these_ratios(many: dict[str, Any]) -> None:
    assert (many["companies_count"], many["planted"]) == (200, PLANTED)


@pytest.mark.parametrize("name", PLANTED)
def test_of_two_hundred_intervals_as_many_cover_the_planted_ratio_as_they_promise(many: dict[str, Any], name: str) -> None:
    assert 181 <= many["covered_count"][name] <= 199


def test_hardly_any_link_that_was_demonstrated_is_none(many: dict[str, Any]) -> None:
    assert many["false_discovery_rate"] <= 0.05 + 2 * many["false_discovery_standard_error"]


def test_a_ratio_of_one_and_a_half_is_found_in_four_of_five_companies(many: dict[str, Any]) -> None:
    found = many["demonstrated_count"]["slow_ticket"]
    assert found >= 0.8 * many["companies_count"], f"of {many['exposed_mean_count']['slow_ticket']} exposed customers each"
    assert math.isclose(many["planted"]["slow_ticket"], 1.5)
