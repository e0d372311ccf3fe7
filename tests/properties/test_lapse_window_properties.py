"""What holds for every history of purchases: the curve is the one that a slow second opinion finds, and the window follows from it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.definitions import LapseWindow
from tasks.customer_math.analysis import lapse_window as windows
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase

FIRST_DAY = date(2026, 1, 1)
THROUGH = FIRST_DAY + timedelta(days=100)
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(12)])
BOUGHT = st.lists(st.tuples(CUSTOMERS, st.integers(0, 110), st.sampled_from([-5, 0, 5, 10])), min_size=1, max_size=80)


def second_opinion(bought: list[tuple[str, int, int]]) -> list[tuple[int, bool]]:
    """Silences, one customer after the other."""
    days: dict[str, set[int]] = defaultdict(set)
    for who, day, amount in bought:
        if amount > 0 and day <= 100:
            days[who].add(day)
    silences: list[tuple[int, bool]] = []
    for visits in days.values():
        ordered = sorted(visits)
        silences += [(later - earlier, True) for earlier, later in pairwise(ordered)]
        silences.append((100 - ordered[-1], False))
    return silences


def slow_kaplan_meier(silences: list[tuple[int, bool]]) -> list[float]:
    """Day by day, silence by silence."""
    rates, rate = [], 1.0
    for day in range(max(length for length, _ in silences) + 1):
        watched = sum(length >= day for length, _ in silences)
        came = sum(length == day and ended for length, ended in silences)
        rate *= 1 - came / watched
        rates.append(rate)
    return rates


def counts_of(connection: Any, told: Any, bought: list[tuple[str, int, int]]) -> windows.GapCounts | None:
    """The silences of everybody by sample group; none where nobody bought."""
    purchases = [
        {"customer_id": who, "purchased_on": FIRST_DAY + timedelta(days=day), "amount": Decimal(amount)} for who, day, amount in bought
    ]
    history = told.Told(purchases=purchases).history()
    gaps = windows.with_groups(windows.purchase_gaps(days_of_purchase(history.purchases), THROUGH), history.attributes, ())
    found = connection.to_pyarrow(windows.gaps_by_group(gaps, ())).to_pylist()
    if not found:
        return None
    columns = {name: np.array([entry[name] for entry in found[0]["gaps"]]) for name in found[0]["gaps"][0]}
    return windows.GapCounts.by_sample_group(
        columns["sample_group"], columns["day"], ended=columns["ended_count"], silences=columns["silences_count"]
    )


def computed(
    connection: Any, told: Any, bought: list[tuple[str, int, int]], choices: LapseWindow
) -> tuple[list[dict[str, Any]], int | None]:
    counts = counts_of(connection, told, bought)
    if counts is None:
        return [], None
    curve = windows.curves(windows.observed(counts), choices)
    return curve.days(), windows.suggestions(curve, choices)[0]


@given(BOUGHT, st.integers(1, 60), st.sampled_from([0.05, 0.2, 0.5]))
def test_the_curve_and_the_suggestion_are_those_of_the_slow_way(
    connection: Any, told: Any, bought: list[tuple[str, int, int]], within_days: int, tolerance: float
) -> None:
    choices = LapseWindow(tolerance_rate=tolerance, within_days=within_days, fewest_watched_count=1)
    curve, suggested = computed(connection, told, bought, choices)
    silences = second_opinion(bought)
    rates = slow_kaplan_meier(silences) if silences else []
    assert [row["silent_rate"] for row in curve] == pytest.approx(rates, abs=1e-12)
    back = [
        1 - rates[day + within_days] / rates[day] if rates[day] > 1e-12 and day + within_days < len(rates) else None
        for day in range(len(rates))
    ]
    close = [day for day, rate in enumerate(back) if rate is not None and abs(rate - tolerance) < 1e-9]
    allowed = [day for day, rate in enumerate(back) if day and rate is not None and rate <= tolerance]
    assert suggested == min(allowed, default=None) or suggested in close


@given(BOUGHT)
def test_a_longer_window_declares_fewer_lost_and_keeps_more_days_in_vain(
    connection: Any, told: Any, bought: list[tuple[str, int, int]]
) -> None:
    curve, _suggested = computed(connection, told, bought, LapseWindow(fewest_watched_count=1))
    for earlier, later in pairwise(curve):
        assert 0 <= later["silent_rate"] <= earlier["silent_rate"] <= 1
        assert later["watched_count"] <= earlier["watched_count"]
        assert later["wrongly_lost_rate"] <= earlier["wrongly_lost_rate"] + 1e-12
        assert later["wrongly_kept_rate"] >= earlier["wrongly_kept_rate"] - 1e-12


@given(BOUGHT)
def test_every_purchase_day_begins_one_silence(connection: Any, told: Any, bought: list[tuple[str, int, int]]) -> None:
    curve, _suggested = computed(connection, told, bought, LapseWindow(fewest_watched_count=1))
    days = {(who, day) for who, day, amount in bought if amount > 0 and day <= 100}
    assert (curve[0]["watched_count"] if curve else 0) == len(days)


@given(BOUGHT)
def test_a_replicate_holds_each_customer_as_often_as_its_sample_group_is_drawn(
    connection: Any, told: Any, bought: list[tuple[str, int, int]]
) -> None:
    counts = counts_of(connection, told, bought)
    if counts is None:
        return
    weights = windows.sample_weights()[:3]
    drawn = windows.bootstrap(counts, weights)
    for replicate, weight in enumerate(weights):
        entries = [(group, day) for group in range(12) for day in range(counts.silences.shape[1])]
        for matrix, of_replicate in ((counts.ended, drawn.ended), (counts.silences, drawn.silences)):
            slow = [0] * counts.silences.shape[1]
            for group, day in entries:
                slow[day] += int(weight[group]) * int(matrix[group, day])
            assert of_replicate[replicate].tolist() == slow
