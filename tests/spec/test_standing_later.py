"""A year later: who was followed up in time, who was still a customer, and whether a score foretold it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pytest

from config.topic_settings import Experience
from tasks.customer_math.analysis.exposures import Landmark
from tasks.customer_math.analysis.score_prediction import FEWEST_CUSTOMERS, score_gain
from tasks.customer_math.analysis.standing_later import (
    counts_by_score,
    counts_by_segment,
    counts_in_time,
    followed_up,
    kinds_recorded,
    latest_scores,
    with_standing,
)
from tasks.customer_math.ledger.experiences import KINDS
from tasks.experience_later import _follow_ups, a_year_later, is_over
from tasks.reporting.experience import FollowUpLine, ScoredGroup

OPENS_ON = date(2025, 7, 1)
CHOICES = Experience(exposure_days=60, follow_up_days=14)
DATES = {"experienced_on", "closed_on", "reopened_on", "followed_up_on"}
SPELLS = (("anna", 0, 500), ("bert", 0, 90), ("bert", 300, 500), ("cleo", 0, 91), ("dora", -400, 0), ("emil", 0, 365))
"""From which day after the opening, to before which."""


def recorded(*rows: dict[str, Any]) -> ibis.Table:
    usual = {"kind": "ticket", "is_complaint": True}
    every = [{**usual, "experience_id": f"{number:03}", **row} for number, row in enumerate(rows)]
    columns = {name: [row.get(name) for row in every] for name in KINDS}
    return ibis.memtable(columns, schema={name: "string" if name in DATES else kind for name, kind in KINDS.items()}).cast(KINDS)


def spells() -> ibis.Table:
    days = [(who, OPENS_ON + timedelta(days=start), OPENS_ON + timedelta(days=end)) for who, start, end in SPELLS]
    rows = {
        "customer_id": [row[0] for row in days],
        **{name: [str(row[place]) for row in days] for name, place in (("started_on", 1), ("ended_on", 2))},
    }
    return ibis.memtable(rows).cast({"started_on": "date", "ended_on": "date"})


def base(*customers: str) -> ibis.Table:
    count = len(customers)
    groups = {"stratum": ["one"] * count, "opening_tenure_group": ["long"] * count, "opening_group": ["Gold"] * count}
    return ibis.memtable({"customer_id": list(customers), **groups, "region_at_opening": ["North"] * count})


def standing() -> ibis.Table:
    days = {"lost_90": OPENS_ON + timedelta(days=90), "lost_365": OPENS_ON + timedelta(days=365)}
    return with_standing(base("anna", "bert", "cleo", "dora", "emil", "none"), spells(), days)


def test_who_is_no_customer_on_the_day_is_lost_by_it_whatever_came_between(connection: Any) -> None:
    rows = {row["customer_id"]: (row["lost_90"], row["lost_365"]) for row in connection.to_pyarrow(standing()).to_pylist()}
    assert rows == {
        "anna": (False, False),
        "bert": (True, False),
        "cleo": (False, True),
        "dora": (True, True),
        "emil": (False, True),
        "none": (True, True),
    }


@pytest.mark.parametrize(
    ("day", "followed_up_on", "in_time"),
    [
        ("2025-06-16", "2025-06-30", True),
        ("2025-06-16", "2025-07-01", False),
        ("2025-06-16", None, False),
        ("2025-06-17", "2025-06-18", None),  # the time to come back was not over when the period opened
        ("2025-05-02", "2025-05-02", True),
        ("2025-05-01", "2025-05-02", None),
    ],
)
def test_only_complaints_whose_time_is_over_are_followed_up_in_time_or_not(
    connection: Any, day: str, followed_up_on: str | None, in_time: bool | None
) -> None:
    row = {"customer_id": "anna", "experienced_on": day, "followed_up_on": followed_up_on}
    found = connection.to_pyarrow(followed_up(recorded(row), OPENS_ON, CHOICES)).to_pylist()
    assert found == ([] if in_time is None else [{"customer_id": "anna", "kind": "complaint", "is_in_time": in_time}])


def test_once_too_late_is_not_in_time_and_a_low_score_is_a_kind_of_its_own(connection: Any) -> None:
    happened = recorded(
        {"customer_id": "anna", "experienced_on": "2025-06-01", "followed_up_on": "2025-06-02"},
        {"customer_id": "anna", "experienced_on": "2025-06-05"},
        {"customer_id": "bert", "experienced_on": "2025-06-01", "kind": "answer", "score": 6, "followed_up_on": "2025-06-10"},
        {"customer_id": "cleo", "experienced_on": "2025-06-01", "kind": "answer", "score": 7},
        {"customer_id": "dora", "experienced_on": "2025-06-01", "is_complaint": False},
    )
    counted = connection.to_pyarrow(counts_in_time(followed_up(happened, OPENS_ON, CHOICES), standing(), ("lost_90", "lost_365")))
    assert [tuple(row.values()) for row in counted.to_pylist()] == [
        ("complaint", "one", False, 1, 0, 0),
        ("detractor", "one", True, 1, 1, 0),
    ]


def test_the_latest_score_of_the_year_before_counts_by_score_and_segment(connection: Any) -> None:
    happened = recorded(
        {"customer_id": "anna", "experienced_on": "2024-07-01", "kind": "answer", "score": 9},
        {"customer_id": "anna", "experienced_on": "2024-06-30", "kind": "answer", "score": 1},
        {"customer_id": "bert", "experienced_on": "2025-01-01", "kind": "answer", "score": 9},
        {"customer_id": "bert", "experienced_on": "2025-01-01", "kind": "answer", "score": 7},
        {"customer_id": "bert", "experienced_on": "2025-07-01", "kind": "answer", "score": 0},
        {"customer_id": "cleo", "experienced_on": "2025-06-30", "kind": "answer", "score": 3},
    )
    scores = latest_scores(happened, OPENS_ON, CHOICES)
    rows = connection.to_pyarrow(counts_by_segment(scores, standing(), "lost_365", segments={"region": "region_at_opening"})).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("region", "North", "detractor", 1, 1),
        ("region", "North", "passive", 1, 0),
        ("region", "North", "promoter", 1, 0),
    ]
    both = counts_by_segment(scores, standing(), "lost_365", segments={"region": "region_at_opening", "value": "opening_group"})
    assert connection.to_pyarrow(both).num_rows == 6
    cells = connection.to_pyarrow(counts_by_score(scores, standing(), "lost_365")).to_pylist()
    assert {(row["tenure"], row["value_group"], row["score_group"], row["customers_count"], row["lost_count"]) for row in cells} == {
        ("long", "Gold", "detractor", 1, 1),
        ("long", "Gold", "passive", 1, 0),
        ("long", "Gold", "promoter", 1, 0),
    }


def test_what_became_of_those_who_complained_is_counted_for_both_horizons(connection: Any) -> None:
    happened = recorded(
        {"customer_id": "anna", "experienced_on": "2025-06-01", "followed_up_on": "2025-06-02"},
        {"customer_id": "bert", "experienced_on": "2025-06-01"},
        {"customer_id": "cleo", "experienced_on": "2025-06-01", "kind": "answer", "score": 3},
    )
    settings = {"landmark": Landmark(OPENS_ON, CHOICES), "segments": ("region",)}
    supplied = {"tickets.is_complaint", "tickets.followed_up_on"}
    found = a_year_later(connection, base("anna", "bert", "cleo"), happened, spells=spells(), supplied=supplied, **settings)
    assert found is not None
    assert found.follow_ups == (FollowUpLine("complaint", 90, 1, 0, 1, 1), FollowUpLine("complaint", 365, 1, 0, 1, 0))
    assert found.forecast is None
    assert found.scored == (ScoredGroup("region", "North", "detractor", 1, 1),)
    long_ago = recorded({"customer_id": "anna", "experienced_on": "2020-06-01"})
    assert a_year_later(connection, base("anna"), long_ago, spells=spells(), supplied=supplied, **settings) is None


@pytest.mark.parametrize(("through", "is_it"), [("2026-06-30", False), ("2026-07-01", True)])
def test_a_year_later_is_looked_at_once_it_is_over(through: str, is_it: bool) -> None:
    assert is_over(OPENS_ON, date.fromisoformat(through)) is is_it


def test_who_was_left_alone_is_compared_within_strata_only() -> None:
    # Within each stratum twice as often; 90 of the 110 left alone are in the stratum of few losses, so that all together it is less.
    rows = [
        {
            "kind": "complaint",
            "stratum": stratum,
            "is_in_time": in_time,
            "customers_count": count,
            "lost_90_count": lost,
            "lost_365_count": lost,
        }
        for stratum, in_time, count, lost in (
            ("few", False, 900, 90),
            ("few", True, 100, 5),
            ("many", False, 100, 80),
            ("many", True, 900, 360),
        )
    ]
    first, _second = _follow_ups(rows, ["complaint"], fewest_events_count=5)
    assert first.ratio == pytest.approx(2)
    assert first.is_demonstrated
    assert first.others_lost_count / first.others_count < first.in_time_lost_count / first.in_time_count


def simulated(seed: int, *, customers_count: int, effect: float) -> dict[str, Any]:
    """Cells of customers who are lost more often without tenure, and with a low score by so much more."""
    random = np.random.default_rng(seed)
    tenure, score, digit = (random.integers(0, high, customers_count) for high in (2, 3, 16))
    lost = random.random(customers_count) < 0.15 + 0.2 * tenure + effect * (score == 0)
    keys, place = np.unique(np.stack([digit, tenure, score]), axis=1, return_inverse=True)
    return {
        "digit": np.asarray([f"{value:x}" for value in keys[0]]),
        "tenure": keys[1],
        "value_group": np.zeros(keys.shape[1]),
        "score_group": keys[2],
        "customers_count": np.bincount(place.ravel()),
        "lost_count": np.bincount(place.ravel(), weights=lost),
    }


def test_a_score_that_tells_something_is_shown_to_foretell() -> None:
    gain = score_gain(simulated(1, customers_count=4_000, effect=0.2))
    assert gain is not None
    assert gain.is_shown
    assert 0 < gain.low < gain.gain < gain.high
    assert gain.with_area > gain.without_area > 0.5


def test_a_score_that_tells_nothing_is_seldom_shown_to_foretell() -> None:
    gains = [score_gain(simulated(seed, customers_count=1_500, effect=0)) for seed in range(40)]
    assert sum(gain.is_shown for gain in gains if gain) <= 3
    assert all(gain is not None for gain in gains)


def test_of_few_customers_nothing_is_said_about_scores() -> None:
    assert score_gain(simulated(1, customers_count=FEWEST_CUSTOMERS - 1, effect=0)) is None
    nobody = simulated(1, customers_count=400, effect=0)
    assert score_gain({**nobody, "lost_count": nobody["lost_count"] * 0}) is None


def test_the_time_to_come_back_must_be_over_in_the_exposure_days() -> None:
    with pytest.raises(ValueError, match="expected `follow_up_days` below `exposure_days`"):
        Experience(exposure_days=14)


def test_where_no_extract_tells_who_was_called_nobody_seems_to_have_been_left_alone() -> None:
    assert kinds_recorded({"tickets.is_complaint", "surveys.score"}) == []
    assert kinds_recorded({"tickets.is_complaint", "tickets.followed_up_on", "surveys.score"}) == ["complaint"]
