"""Periods: names, bounds, neighbours, and what cannot be computed."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from config.definitions import Calendar
from tasks.customer_math.ledger.periods import (
    Period,
    PeriodError,
    PeriodNameError,
    Plan,
    check_that_it_is_covered,
    check_that_it_is_over,
    last_complete,
    period_a_year_before,
    period_around,
    period_before,
    period_named,
    plan_for,
    trend_to,
)

MONDAYS = Calendar()
SUNDAYS = Calendar(week_starts_on="sunday")
APRIL = Calendar(fiscal_year_starts_in=4)


@pytest.mark.parametrize(
    ("name", "calendar", "opens_on", "closes_on", "label"),
    [
        ("2025-W01", MONDAYS, date(2024, 12, 30), date(2025, 1, 6), "Week 1 of 2025"),
        ("2020-W53", MONDAYS, date(2020, 12, 28), date(2021, 1, 4), "Week 53 of 2020"),
        ("2025-W36", MONDAYS, date(2025, 9, 1), date(2025, 9, 8), "Week 36 of 2025"),
        ("2025-W36", SUNDAYS, date(2025, 8, 31), date(2025, 9, 7), "Week 36 of 2025"),
        ("2024-02", MONDAYS, date(2024, 2, 1), date(2024, 3, 1), "February 2024"),
        ("2025-12", MONDAYS, date(2025, 12, 1), date(2026, 1, 1), "December 2025"),
        ("2025-Q3", MONDAYS, date(2025, 7, 1), date(2025, 10, 1), "Q3 2025"),
        ("2025-Q4", APRIL, date(2025, 1, 1), date(2025, 4, 1), "Q4 2025"),
        ("2025", MONDAYS, date(2025, 1, 1), date(2026, 1, 1), "2025"),
        ("2025", APRIL, date(2024, 4, 1), date(2025, 4, 1), "2025"),
    ],
)
def test_a_written_period_has_its_days(name: str, calendar: Calendar, opens_on: date, closes_on: date, label: str) -> None:
    period = period_named(name, calendar)
    assert (period.opens_on, period.closes_on, period.label) == (opens_on, closes_on, label)
    assert (period.opening_day, period.closing_day) == (opens_on - timedelta(days=1), closes_on - timedelta(days=1))


@pytest.mark.parametrize("name", ["2025-W54", "2025-W00", "2025-W53"])
def test_a_week_that_a_year_does_not_have_is_refused_with_those_it_has(name: str) -> None:
    with pytest.raises(PeriodNameError, match=r"2025 has weeks 01 to 52"):
        period_named(name, MONDAYS)


@pytest.mark.parametrize(
    "name", ["", "2025-13", "2025-Q5", "25-W01", "last week", "2025-W1", "0000", "0000-W01", "9999", "9999-12", "20211"]
)
def test_a_period_written_otherwise_is_refused_with_how_it_is_written(name: str) -> None:
    with pytest.raises(PeriodNameError, match=r"expected a week \(2025-W36\), month \(2025-08\)"):
        period_named(name, MONDAYS)


@pytest.mark.parametrize("calendar", [MONDAYS, SUNDAYS, APRIL])
@pytest.mark.parametrize("kind", ["week", "month", "quarter", "year"])
def test_every_day_lies_in_the_period_around_it_and_neighbours_touch(calendar: Calendar, kind: str) -> None:
    for number in range(0, 3000, 17):
        day = date(2019, 1, 1) + timedelta(days=number)
        period = period_around(day, kind, calendar)  # pyright: ignore[reportArgumentType] - parametrised as text
        assert period.opens_on <= day < period.closes_on
        assert period_named(period.name, calendar) == period
        assert period_before(period, calendar).closes_on == period.opens_on


@pytest.mark.parametrize(
    ("name", "before"),
    [("2026-W38", "2025-W38"), ("2020-W53", "2019-W52"), ("2026-03", "2025-03"), ("2026-Q1", "2025-Q1"), ("2026", "2025")],
)
def test_the_same_period_a_year_before_has_the_same_number(name: str, before: str) -> None:
    assert period_a_year_before(period_named(name, MONDAYS), MONDAYS).name == before


def test_the_trend_is_thirteen_touching_periods_that_end_with_this_one() -> None:
    trend = trend_to(period_named("2026-Q3", MONDAYS), MONDAYS)
    assert [trend[0].name, trend[-1].name, len(trend)] == ["2023-Q3", "2026-Q3", 13]
    assert all(earlier.closes_on == later.opens_on for earlier, later in itertools.pairwise(trend))


def test_the_last_complete_week_ended_before_today() -> None:
    assert last_complete("week", date(2026, 11, 23), MONDAYS).name == "2026-W47"
    assert last_complete("week", date(2026, 11, 22), MONDAYS).name == "2026-W46"


def quarter() -> Period:
    return period_named("2026-Q3", MONDAYS)


def test_a_period_that_is_not_over_is_refused_with_its_last_day() -> None:
    with pytest.raises(
        PeriodError, match="2026-Q3 is not over: its last day is 2026-09-30, today is 2026-09-30; ask for it from 2026-10-01"
    ):
        check_that_it_is_over(quarter(), today=date(2026, 9, 30))
    check_that_it_is_over(quarter(), today=date(2026, 10, 1))


def test_a_period_that_the_data_does_not_cover_is_refused_with_what_is_covered() -> None:
    with pytest.raises(PeriodError, match="orders ends 2026-09-29, 2026-Q3 needs 2026-09-30: the extracts cover 2024-01-01 to 2026-09-29"):
        _check(covers_through=date(2026, 9, 29))


def test_a_period_before_the_first_record_is_refused_with_what_is_covered() -> None:
    with pytest.raises(
        PeriodError, match="2026-Q3 ends 2026-09-30, before anything was recorded: the extracts cover 2026-10-01 to 2026-12-31"
    ):
        _check(covers_through=date(2026, 12, 31), covers_from=date(2026, 10, 1))


def test_a_period_that_is_covered_is_computed() -> None:
    _check(covers_through=date(2026, 9, 30))


def test_a_plan_reaches_back_as_far_as_anything_was_recorded() -> None:
    plan = plan_for(quarter(), MONDAYS, covers_from=date(2026, 3, 31))
    assert [each.name for each in plan.trend] == ["2026-Q1", "2026-Q2", "2026-Q3"]
    assert (plan.previous, plan.year_before) == (period_named("2026-Q2", MONDAYS), None)
    assert [each.name for each in plan.periods] == ["2026-Q1", "2026-01-01--2026-09-30", "2026-Q2", "2026-Q3"]


def test_a_plan_of_weeks_adds_the_year_before_the_year_to_date_and_the_last_twelve_months() -> None:
    plan = plan_for(period_named("2026-W38", MONDAYS), MONDAYS, covers_from=None)
    assert [plan.trend[0].name, plan.trend[-1].name, len(plan.trend)] == ["2026-W26", "2026-W38", 13]
    assert [each.name for each in plan.periods if each not in plan.trend] == [
        "2025-01-01--2025-09-21",
        "2025-W38",
        "2025-09-21--2026-09-20",
        "2026-01-01--2026-09-20",
    ]
    assert plan.periods[-1] == plan.period
    assert ("2026-W37", "2026-W38") in plan.links


@pytest.mark.parametrize(
    ("name", "so_far", "twelve_months"),
    [
        pytest.param("2026-01", "2026-01", "2025-02-01--2026-01-31", id="the year so far is its first month"),
        pytest.param("2026", "2026", "2026", id="a year is both"),
        pytest.param("2026-12", "2026-01-01--2026-12-31", "2026-01-01--2026-12-31", id="in December both are the whole year"),
        pytest.param("2024-02", "2024-01-01--2024-02-29", "2023-03-01--2024-02-29", id="through a leap day"),
        pytest.param("2024-W09", "2024-01-01--2024-03-03", "2023-03-04--2024-03-03", id="through a week"),
    ],
)
def test_spans_beside_a_period_end_with_it(name: str, so_far: str, twelve_months: str) -> None:
    plan = plan_for(period_named(name, MONDAYS), MONDAYS, covers_from=None)
    assert plan.year_to_date is not None
    assert plan.year_through is not None
    assert (plan.year_to_date.name, plan.year_through.name) == (so_far, twelve_months)


def test_spans_are_called_as_people_say_them() -> None:
    plan = plan_for(period_named("2026-W38", MONDAYS), MONDAYS, covers_from=None)
    assert plan.year_to_date is not None
    assert plan.year_through is not None
    assert plan.year_to_date.label == "Year to date, 20 September 2026"
    assert plan.year_through.label == "Twelve months to 20 September 2026"


def test_twelve_months_of_which_the_data_covers_only_the_end_are_not_computed() -> None:
    assert plan_for(quarter(), MONDAYS, covers_from=date(2025, 9, 30)).year_through is not None
    assert plan_for(quarter(), MONDAYS, covers_from=date(2025, 10, 1)).year_through is None


def _check(*, covers_through: date, covers_from: date = date(2024, 1, 1)) -> None:
    check_that_it_is_covered(quarter(), covers_from=covers_from, covers_through=covers_through, limiting_extract="orders")


def test_nothing_is_said_of_a_first_day_that_nobody_knows() -> None:
    with pytest.raises(PeriodError, match="2026-Q3 needs 2026-09-30: the extracts cover days up to 2026-06-25; bring a later"):
        check_that_it_is_covered(quarter(), covers_from=None, covers_through=date(2026, 6, 25), limiting_extract="contracts")
    check_that_it_is_covered(quarter(), covers_from=None, covers_through=date(2026, 9, 30), limiting_extract="contracts")


def test_a_period_alone_is_shown_beside_no_other() -> None:
    alone = Plan.alone(quarter())
    assert (alone.period, alone.periods, alone.links) == (quarter(), (quarter(),), [])
