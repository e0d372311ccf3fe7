"""The lapse window from data: silences, the Kaplan-Meier curve against a published one, what a window gets wrong, the suggestion."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import LapseWindow
from tasks.customer_math.analysis import lapse_window as windows
from tasks.customer_math.ledger.segments import latest_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

THROUGH = date(2026, 3, 31)
ONE_LINE = 1_000
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
"""Weeks in remission under 6-mercaptopurine (Freireich and others, 1963); + where the patient was still in remission when last seen."""
EVERYTHING = LapseWindow(fewest_watched_count=1)


def counts(silences: str) -> ibis.Table:
    """Silences written as their length, with + where no purchase ended them."""
    lengths = [(int(each.rstrip("+")), not each.endswith("+")) for each in silences.split()]
    days = sorted({day for day, _ in lengths})
    of_day = {day: [was_ended for length, was_ended in lengths if length == day] for day in days}
    columns = {"line": [ONE_LINE] * len(days), "day": days}
    return ibis.memtable(pa.table({**columns, "ended_count": [*map(sum, of_day.values())], "silences_count": [*map(len, of_day.values())]}))


def rows(connection: Any, table: ibis.Table, *order: str) -> list[dict[str, Any]]:
    return connection.to_pyarrow(table.order_by(*order)).to_pylist()


def curve(connection: Any, silences: str, choices: LapseWindow = EVERYTHING) -> dict[int, dict[str, Any]]:
    table = windows.curves(windows.kaplan_meier(counts(silences)), choices)
    return {row["day"]: row for row in rows(connection, table, "day")}


def suggested(connection: Any, silences: str, choices: LapseWindow) -> int | None:
    table = windows.suggestions(windows.curves(windows.kaplan_meier(counts(silences)), choices), choices)
    found = rows(connection, table, "line")
    return found[0]["suggested_days"] if found else None


def test_the_curve_is_the_published_one_of_the_patients_in_remission(connection: Any) -> None:
    days = {row["day"]: row for row in rows(connection, windows.kaplan_meier(counts(TREATED)), "day")}
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
def test_whoever_is_last_seen_on_a_day_is_watched_on_it(connection: Any, silences: str, rates: dict[int, float]) -> None:
    found = {row["day"]: row["silent_rate"] for row in rows(connection, windows.kaplan_meier(counts(silences)), "day")}
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
    found = rows(connection, windows.purchase_gaps(history.purchases, THROUGH), "customer_id", "days_count")
    assert [(row["customer_id"], row["days_count"], row["was_ended"]) for row in found] == [
        ("a", 10, True),
        ("a", 20, False),
        ("b", 0, False),
        ("c", 21, False),
    ]


def test_what_a_window_gets_wrong_is_found_by_hand(connection: Any) -> None:
    found = curve(connection, "1 2 3+ 3+", LapseWindow(within_days=1, fewest_watched_count=1))
    rates = {day: [row[name] for name in ("back_within_rate", "wrongly_lost_rate", "wrongly_kept_rate")] for day, row in found.items()}
    assert rates[0] == pytest.approx([1 - 0.75, 1 - 0.5 / 1, 0])
    assert rates[1] == pytest.approx([1 - 0.50 / 0.75, 1 - 0.5 / 0.75, 1 * 0.5 / 1])
    assert rates[2] == pytest.approx([1 - 0.50 / 0.50, 1 - 0.5 / 0.5, 2 * 0.5 / (1 + 0.75)])
    assert rates[3] == [None, 0, pytest.approx(3 * 0.5 / (1 + 0.75 + 0.5))]


def test_nobody_left_makes_no_chance_to_come_back(connection: Any) -> None:
    found = curve(connection, "1 2", LapseWindow(within_days=1, fewest_watched_count=1))
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
    connection: Any, silences: str, within_days: int, tolerance: float, days: int | None
) -> None:
    choices = LapseWindow(tolerance_rate=tolerance, within_days=within_days, fewest_watched_count=1)
    assert suggested(connection, silences, choices) == days


def test_a_percentile_of_the_silences_that_ended_is_no_window(connection: Any) -> None:
    """Nine in ten of the silences that ended did so by day 10, yet half of those silent for 10 days still come back."""
    silences = "10 " * 50 + "20+ " * 40 + "100 " * 5 + "200+ " * 5
    ended = sorted(int(each) for each in silences.split() if not each.endswith("+"))
    percentile = ended[math.ceil(0.9 * len(ended)) - 1]
    choices = LapseWindow(tolerance_rate=0.10, within_days=100, fewest_watched_count=1)
    assert percentile == 10
    assert curve(connection, silences, choices)[percentile]["back_within_rate"] == pytest.approx(5 / 10)
    assert suggested(connection, silences, choices) == 100


def test_the_curve_ends_where_too_few_are_watched(connection: Any) -> None:
    assert list(curve(connection, "1+ 2+ 3+", LapseWindow(fewest_watched_count=2))) == [0, 1, 2]
    assert curve(connection, "1+ 2+ 3+", LapseWindow(fewest_watched_count=4)) == {}


def test_silences_are_told_for_the_whole_and_for_every_group(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(PURCHASES), groups={"a": "North", "b": "South"}).history()
    silent = windows.with_sample_group(windows.purchase_gaps(history.purchases, THROUGH))
    by_day = windows.ends_by_day(silent, latest_groups(history.attributes), ("region",))
    sizes = rows(connection, windows.group_sizes(by_day), "group_number")
    assert [tuple(row.values()) for row in sizes] == [
        (1, "all", "all", 4, 1),
        (2, "region", "North", 2, 1),
        (3, "region", "South", 1, 0),
        (4, "region", "not recorded", 1, 0),
    ]
    whole = windows.ends_by_day(silent, latest_groups(history.attributes), ())
    assert [row["silences_count"] for row in rows(connection, windows.group_sizes(whole), "group_number")] == [4]


def test_customers_stand_on_either_side_of_a_window_by_their_silence(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(PURCHASES), groups={"a": "North", "b": "South"}).history()
    for segments, groups in (((), ["all"]), (("region",), ["all", "North", "South", "not recorded"])):
        silent = windows.silent_buyers(history.purchases, latest_groups(history.attributes), segments, data_through=THROUGH)
        names = pa.table({"segment_by": ["all", "region"], "segment": ["all", "North"], "suggested_days": [21, 20]})
        sides = windows.on_either_side(silent, ibis.memtable(names), in_force_days=1)
        found = {row["segment"]: tuple(row.values())[2:] for row in rows(connection, sides, "segment")}
        assert sorted(found) == sorted(groups)
        assert found["all"] == (3, 1, 2)
    assert (found["North"], found["South"]) == ((1, 0, 0), (1, 1, None))


def drawn_from(connection: Any, told: Any, customers_count: int, choices: LapseWindow) -> tuple[int, dict[str, Any]]:
    """The suggestion, and its interval, for a company whose customers buy every 5 to 44 days, a third of them for the last time."""
    bought = [
        {"customer_id": f"customer {number}", "purchased_on": THROUGH - timedelta(days=300 - visit * (5 + number % 40)), "amount": 1}
        for number in range(customers_count)
        for visit in range(4 if number % 3 else 2)
    ]
    history = told.Told(purchases=bought).history()
    by_day = windows.ends_by_day(
        windows.with_sample_group(windows.purchase_gaps(history.purchases, THROUGH)), latest_groups(history.attributes), ()
    )
    (own,) = rows(connection, windows.suggestions(windows.curves(windows.kaplan_meier(windows.observed(by_day)), choices), choices), "line")
    anew = windows.curves(windows.kaplan_meier(windows.bootstrap(windows.censor_after(by_day, 250))), choices)
    (interval,) = rows(connection, windows.intervals(windows.suggestions(anew, choices)), "group_number")
    return own["suggested_days"], interval


def test_the_interval_lies_around_the_suggestion_and_is_the_same_each_time(connection: Any, told: Any) -> None:
    choices = LapseWindow(tolerance_rate=0.2, within_days=60)
    few, few_interval = drawn_from(connection, told, 90, choices)
    many, many_interval = drawn_from(connection, told, 900, choices)
    assert few_interval["low_days"] <= few <= few_interval["high_days"]
    assert many_interval["low_days"] <= many <= many_interval["high_days"]
    assert many_interval["high_days"] - many_interval["low_days"] < few_interval["high_days"] - few_interval["low_days"]
    assert drawn_from(connection, told, 90, choices) == (few, few_interval)


def test_a_cut_beyond_what_is_asked_changes_no_suggestion(connection: Any) -> None:
    choices = LapseWindow(tolerance_rate=0.10, within_days=20, fewest_watched_count=1)
    table = counts("10 " * 9 + "50+ 90 200")
    cut = windows.censor_after(table, 60)
    whole, less = (windows.curves(windows.kaplan_meier(each), choices) for each in (table, cut))
    until_40 = [
        {row["day"]: row["back_within_rate"] for row in rows(connection, each, "day") if row["day"] <= 40} for each in (whole, less)
    ]
    assert until_40[0] == until_40[1]
    assert len(until_40[0]) == 41


@pytest.mark.parametrize(
    ("suggestions", "ends"),
    [(range(1, 201), (5, 195)), ([*range(1, 151), *[None] * 50], (5, None)), ([None] * 200, (None, None))],
    ids=["all", "some beyond", "none"],
)
def test_a_replicate_without_a_suggestion_counts_as_longer_than_any(
    connection: Any, suggestions: Sequence[int | None], ends: tuple[int | None, int | None]
) -> None:
    lines = pa.table(
        {"line": [ONE_LINE + 1 + number for number in range(200)], "suggested_days": pa.array(list(suggestions)[::-1], pa.int64())}
    )
    (interval,) = rows(connection, windows.intervals(ibis.memtable(lines)), "group_number")
    assert (interval["low_days"], interval["high_days"]) == ends
