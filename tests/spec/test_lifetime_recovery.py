"""Simulated companies whose parameters are given: what is fitted on their customers holds them within its intervals."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

STUDY = Path(__file__).resolve().parents[1] / "bench" / "lifetime_study.json"
COMPANIES, CUSTOMERS, FIRST_SEED = 10, 2_000, 1
FEWEST, MOST = 181, 199
"""Of 200 intervals of 95%, so many hold the truth in all but one of a hundred studies (binomial)."""


@pytest.fixture(scope="module")
def held(simulated: Any) -> Counter[str]:
    """In how many of ten companies each interval holds the truth."""
    every = [simulated.recovered(FIRST_SEED + number, count=CUSTOMERS) for number in range(COMPANIES)]
    return Counter(name for each in every for name, holds in each.items() if holds)


def test_ten_simulated_companies_are_recovered_within_their_intervals(held: Counter[str]) -> None:
    """Fewer than eight of ten at 95% happen by chance once in a thousand studies."""
    assert len(held) == 12
    assert {name: count for name, count in held.items() if count < 8} == {}


def test_the_stored_study_of_two_hundred_companies_holds_the_truth_as_often_as_it_says() -> None:
    study = json.loads(STUDY.read_text())
    counts = study["intervals_that_hold_the_truth"]
    assert study["companies"] == 200
    assert len(counts) == 12
    assert {name: count for name, count in counts.items() if not FEWEST <= count <= MOST} == {}


def test_a_bootstrap_of_customers_finds_errors_as_wide_as_the_sandwich() -> None:
    """Of 400 replicates a standard deviation is known to 3.5%: a fifth more or less would be seen."""
    errors = json.loads(STUDY.read_text())["standard_errors_of_logarithms"]
    apart = {name: each["bootstrap"] / each["sandwich"] for name, each in errors.items()}
    assert set(apart) == {"r", "alpha", "a", "b", "p", "q", "gamma", "next_year_purchases", "equity"}
    assert {name: ratio for name, ratio in apart.items() if not 0.8 < ratio < 1.2} == {}
