"""The lapse window from data: silences, the Kaplan-Meier curve against a published one, what a window gets wrong, the suggestion."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from config.definitions import LapseWindow
from tasks.customer_math.analysis import lapse_window as windows
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.segments import latest_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis

THROUGH = date(2026, 3, 31)
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
"""Weeks in remission under 6-mercaptopurine (Freireich and others, 1963); + where the patient was still in remission when last seen."""
FIRST_DRAWN = [0, 0, 0, 2, 3, 1, 2, 0]
"""How often the first replicate takes the first sample groups: published intervals rest on it."""
EVERYTHING = LapseWindow(fewest_watched_count=1)


def counts(silences: str, *, customers: int = 1) -> windows.GapCounts:
    """Silences written as their length, with + where no purchase ended them, all of the first sample groups in turn."""
    lengths = [(int(each.rstrip("+")), not each.endswith("+")) for each in silences.split()]
    table = np.zeros((2, windows.SAMPLE_GROUPS, max(day for day, _ in lengths) + 1), dtype=np.int64)
    for number, (day, was_ended) in enumerate(lengths):
        table[:, number % customers, day] += (was_ended, 1)
    return windows.GapCounts(table[0], table[1])


def rows(connection: Any, table: ibis.Table, *order: str) -> list[dict[str, Any]]:
    return connection.to_pyarrow(table.order_by(*order)).to_pylist()


def curve(silences: str, choices: LapseWindow = EVERYTHING) -> dict[int, dict[str, Any]]:
    return {row["day"]: row for row in windows.curves(windows.observed(counts(silences)), choices).days()}


def suggested(silences: str, choices: LapseWindow) -> int | None:
    found = windows.suggestions(windows.curves(windows.observed(counts(silences)), choices), choices)
    return found[0] if found else None


def test_the_curve_is_the_published_one_of_the_patients_in_remission() -> None:
    days = curve(TREATED)
    rates = {day: round(days[day]["silent_rate"], 3) for day in (5, 6, 7, 9, 10, 13, 16, 22, 23, 35)}
    assert rates == {5: 1, 6: 0.857, 7: 0.807, 9: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448, 35: 0.448}
    watched = {day: days[day]["watched_count"] for day in (6, 7, 10, 13, 16, 22, 23)}
    assert watched == {6: 21, 7: 17, 10: 15, 13: 12, 16: 11, 22: 7, 23: 6}


@pytest.mark.parametrize(
    ("silences", "rates"),
    [
        ("1 2 2+ 3", {0: 1, 1: 3 / 4, 2: 3 / 4 * 2 / 3, 3: 0}),
        ("2 2", {0: 1, 1: 1, 2: 0}),
        ("0+ 2", {0: 1, 1: 1, 2: 0}),
        ("3+", {0: 1, 1: 1, 2: 1, 3: 1}),
    ],
    ids=["ties", "all return", "bought on the last day", "nobody returns"],
)
def test_whoever_is_last_seen_on_a_day_is_watched_on_it(silences: str, rates: dict[int, float]) -> None:
    found = {day: row["silent_rate"] for day, row in curve(silences).items()}
    assert found == pytest.approx(rates)


PURCHASES = """
customer | day        | amount
a        | 2026-03-01 | 10
a        | 2026-03-01 | 5
a        | 2026-03-11 | 10
b        | 2026-03-31 | 10
c        | 2026-03-10 | 10
c        | 2026-03-20 | -10
c        | 2026-04-02 | 10
"""


def test_purchases_of_a_day_are_one_and_the_last_silence_is_cut_off_not_left_out(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(PURCHASES)).history()
    found = rows(connection, windows.purchase_gaps(days_of_purchase(history.purchases), THROUGH), "customer_id", "days_count")
    assert [(row["customer_id"], row["days_count"], row["was_ended"]) for row in found] == [
        ("a", 10, True),
        ("a", 20, False),
        ("b", 0, False),
        ("c", 21, False),
    ]


def test_what_a_window_gets_wrong_is_found_by_hand() -> None:
    found = curve("1 2 3+ 3+", LapseWindow(within_days=1, fewest_watched_count=1))
    rates = {day: [row[name] for name in ("back_within_rate", "wrongly_lost_rate", "wrongly_kept_rate")] for day, row in found.items()}
    assert rates[0] == pytest.approx([1 - 0.75, 1 - 0.5 / 1, 0])
    assert rates[1] == pytest.approx([1 - 0.50 / 0.75, 1 - 0.5 / 0.75, 1 * 0.5 / 1])
    assert rates[2] == pytest.approx([1 - 0.50 / 0.50, 1 - 0.5 / 0.5, 2 * 0.5 / (1 + 0.75)])
    assert rates[3] == [None, 0, pytest.approx(3 * 0.5 / (1 + 0.75 + 0.5))]


def test_nobody_left_makes_no_chance_to_come_back() -> None:
    found = curve("1 2", LapseWindow(within_days=1, fewest_watched_count=1))
    assert [found[day]["back_within_rate"] for day in (0, 1, 2)] == [0.5, 1, None]
    assert [found[day]["wrongly_lost_rate"] for day in (0, 1, 2)] == [1, 1, 0]


@pytest.mark.parametrize(
    ("silences", "within_days", "tolerance", "days"),
    [
        ("10 " * 9 + "50+", 20, 0.10, 10),
        ("10 " * 9 + "50+", 45, 0.10, None),
        ("10 " * 8 + "30 50+", 20, 0.50, 10),
        ("10 " * 8 + "30 50+", 20, 0.49, 30),
        ("10 " * 8 + "30 50+", 5, 0.49, 1),
        ("50+ " * 10, 20, 0.10, 1),
    ],
    ids=["all who return do by 10", "not watched for so long", "at the tolerance", "beyond it", "none near", "nobody returns"],
)
def test_the_suggestion_is_the_smallest_window_within_the_tolerance(
    silences: str, within_days: int, tolerance: float, days: int | None
) -> None:
    choices = LapseWindow(tolerance_rate=tolerance, within_days=within_days, fewest_watched_count=1)
    assert suggested(silences, choices) == days


def test_a_percentile_of_the_silences_that_ended_is_no_window() -> None:
    """Nine in ten of the silences that ended did so by day 10, yet half of those silent for 10 days still come back."""
    silences = "10 " * 50 + "20+ " * 40 + "100 " * 5 + "200+ " * 5
    ended = sorted(int(each) for each in silences.split() if not each.endswith("+"))
    percentile = ended[math.ceil(0.9 * len(ended)) - 1]
    choices = LapseWindow(tolerance_rate=0.10, within_days=100, fewest_watched_count=1)
    assert percentile == 10
    assert curve(silences, choices)[percentile]["back_within_rate"] == pytest.approx(5 / 10)
    assert suggested(silences, choices) == 100


def test_the_curve_ends_where_too_few_are_watched() -> None:
    assert list(curve("1+ 2+ 3+", LapseWindow(fewest_watched_count=2))) == [0, 1, 2]
    assert curve("1+ 2+ 3+", LapseWindow(fewest_watched_count=4)) == {}


def groups_of(connection: Any, history: Any, segments: Sequence[str]) -> dict[tuple[str, str], windows.GapCounts]:
    """How the silences of each group end, the whole first."""
    gaps = windows.purchase_gaps(days_of_purchase(history.purchases), THROUGH)
    grouped = windows.with_groups(gaps, latest_groups(history.attributes), segments)
    found = connection.to_pyarrow(windows.gaps_by_group(grouped, segments)).to_pylist()
    return {(row["segment_by"], row["segment"]): counted(row["gaps"]) for row in found}


def counted(entries: list[dict[str, int]]) -> windows.GapCounts:
    columns = {name: np.array([entry[name] for entry in entries]) for name in entries[0]}
    return windows.GapCounts.by_sample_group(
        columns["sample_group"], columns["day"], ended=columns["ended_count"], silences=columns["silences_count"]
    )


def test_silences_are_told_for_the_whole_and_for_every_group(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(PURCHASES), groups={"a": "North", "b": "South"}).history()
    sizes = [(*key, each.silences_count, each.returns_count) for key, each in groups_of(connection, history, ("region",)).items()]
    assert sizes == [
        ("all", "all", 4, 1),
        ("region", "North", 2, 1),
        ("region", "South", 1, 0),
        ("region", "not recorded", 1, 0),
    ]
    assert [each.silences_count for each in groups_of(connection, history, ()).values()] == [4]


def test_customers_stand_on_either_side_of_a_window_by_their_silence(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(PURCHASES), groups={"a": "North", "b": "South"}).history()
    groups = groups_of(connection, history, ("region",))
    shorter = {segment: [each.still_silent_count(less_than_days=days) for days in (1, 20, 21)] for (_, segment), each in groups.items()}
    assert shorter == {"all": [1, 1, 2], "North": [0, 0, 1], "South": [1, 1, 1], "not recorded": [0, 0, 0]}
    assert {segment: each.still_silent_count() for (_, segment), each in groups.items()} == {
        "all": 3,
        "North": 1,
        "South": 1,
        "not recorded": 1,
    }


def drawn_from(connection: Any, told: Any, customers_count: int, choices: LapseWindow) -> tuple[int, tuple[int, int]]:
    """The suggestion, and its interval, for a company whose customers buy every 5 to 44 days, a third of them for the last time."""
    bought = [
        {"customer_id": f"customer {number}", "purchased_on": THROUGH - timedelta(days=300 - visit * (5 + number % 40)), "amount": 1}
        for number in range(customers_count)
        for visit in range(4 if number % 3 else 2)
    ]
    (whole,) = groups_of(connection, told.Told(purchases=bought).history(), ()).values()
    (own,) = windows.suggestions(windows.curves(windows.observed(whole), choices), choices)
    drawn = windows.bootstrap(windows.censor_after(whole, 250), windows.sample_weights())
    low, high = windows.interval(windows.suggestions(windows.curves(drawn, choices), choices))
    assert own is not None
    assert low is not None
    assert high is not None
    return own, (low, high)


def test_the_interval_lies_around_the_suggestion_and_is_the_same_each_time(connection: Any, told: Any) -> None:
    choices = LapseWindow(tolerance_rate=0.2, within_days=60)
    few, (few_low, few_high) = drawn_from(connection, told, 90, choices)
    many, (many_low, many_high) = drawn_from(connection, told, 900, choices)
    assert few_low <= few <= few_high
    assert many_low <= many <= many_high
    assert many_high - many_low < few_high - few_low
    assert drawn_from(connection, told, 90, choices) == (few, (few_low, few_high))


def test_a_replicate_takes_each_sample_group_as_often_as_it_is_drawn() -> None:
    weights = windows.sample_weights()
    assert weights.shape == (windows.REPLICATES, windows.SAMPLE_GROUPS)
    assert weights[0, :8].tolist() == FIRST_DRAWN
    drawn = windows.bootstrap(counts("3 5+ 3+ 5", customers=2), weights)
    first, second = weights[:, 0], weights[:, 1]
    assert drawn.ended[:, [3, 5]].T.tolist() == [first.tolist(), second.tolist()]
    assert drawn.silences[:, [3, 5]].T.tolist() == [(first + first).tolist(), (second + second).tolist()]


def test_a_cut_beyond_what_is_asked_changes_no_suggestion() -> None:
    choices = LapseWindow(tolerance_rate=0.10, within_days=20, fewest_watched_count=1)
    whole = windows.observed(counts("10 " * 9 + "50+ 90 200"))
    full, cut = (windows.curves(each, choices).days() for each in (whole, windows.censor_after(whole, 60)))
    until_40 = [{day["day"]: day["back_within_rate"] for day in each if day["day"] <= 40} for each in (full, cut)]
    assert until_40[0] == until_40[1]
    assert len(until_40[0]) == 41
    assert [day["watched_count"] for day in cut] == [day["watched_count"] for day in full[:62]]


def test_the_chance_to_come_back_is_none_beyond_the_curve_and_where_there_is_none() -> None:
    found = windows.curves(windows.observed(counts("1 2 3+ 3+")), LapseWindow(within_days=1, fewest_watched_count=1))
    assert [found.back_within_rate_at(day) for day in (0, 3, 4)] == [0.25, None, None]
    none = windows.curves(windows.observed(counts("1 2")), LapseWindow(fewest_watched_count=3))
    assert none.back_within_rate_at(0) is None
    assert windows.suggestions(none, LapseWindow()) == []


@pytest.mark.parametrize(
    ("suggestions", "ends"),
    [
        (range(1, 201), (5, 195)),
        ([*range(1, 151), *[None] * 50], (5, None)),
        ([None] * 200, (None, None)),
        ([], (None, None)),
    ],
    ids=["all", "some beyond", "none", "no curve"],
)
def test_a_replicate_without_a_suggestion_counts_as_longer_than_any(
    suggestions: Sequence[int | None], ends: tuple[int | None, int | None]
) -> None:
    assert windows.interval(list(suggestions)[::-1]) == ends
