"""Whether retention fell, rose or is steady: published intervals, wandering rates, shares of value, and the words that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pytest

from tasks.customer_math.analysis.retention import (
    RateGap,
    RetainedCustomers,
    RetainedValue,
    difference_interval,
    dispersion_of,
    value_squares,
    verdict_of,
)

if TYPE_CHECKING:
    from tasks.customer_math.analysis.retention import Verdict


@pytest.mark.parametrize(
    ("one", "other", "interval"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
        ((10, 10), (0, 20), (0.6791, 1.0000)),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(one: tuple[int, int], other: tuple[int, int], interval: tuple[float, float]) -> None:
    now, before = (RetainedCustomers(opening, retained) for retained, opening in (one, other))
    assert difference_interval(now, before) == pytest.approx(interval, abs=0.00005)


@pytest.mark.parametrize(
    ("now", "before", "verdict"),
    [
        ((79, 100), (100, 100), "fell"),
        ((100, 100), (79, 100), "rose"),
        ((79, 100), (80, 100), "steady"),
        ((79_600, 100_000), (80_000, 100_000), "steady"),
        ((79_400, 100_000), (80_000, 100_000), "fell"),
    ],
    ids=["from 100 to 79", "from 79 to 100", "within chance", "certain, and too small", "certain, and large enough"],
)
def test_fell_and_rose_need_more_than_chance_and_more_than_nothing(now: tuple[int, int], before: tuple[int, int], verdict: Verdict) -> None:
    pair = [RetainedCustomers(opening, retained) for retained, opening in (now, before)]
    assert verdict_of(*pair, dispersion=1.0, smallest_change_rate=0.005) == verdict


def test_where_rates_wander_the_same_change_is_steady() -> None:
    now, before = RetainedCustomers(1_000, 760), RetainedCustomers(1_000, 800)
    assert verdict_of(now, before, dispersion=1.0, smallest_change_rate=0.005) == "fell"
    assert verdict_of(now, before, dispersion=4.0, smallest_change_rate=0.005) == "steady"


def test_the_variance_of_a_share_of_value_is_that_of_a_ratio() -> None:
    held = RetainedValue(opening_amount=10 + 20 + 30, retained_amount=10 + 20, squares=100 + 400 + 900, retained_squares=100 + 400)
    assert held.rate == 0.5
    assert held.variance == pytest.approx((0.25 * 100 + 0.25 * 400 + 0.25 * 900) / 3_600)
    assert held.spans() == (pytest.approx(1.959964 * held.variance**0.5), pytest.approx(1.959964 * held.variance**0.5))


def test_a_company_that_lost_nobody_is_sure_of_it_however_sums_are_rounded() -> None:
    assert RetainedValue(30.0, 30.0, squares=30.0, retained_squares=30.000000000000004).spans() == (0.0, 0.0)


def test_value_that_few_hold_is_not_judged() -> None:
    assert RetainedValue(30.0, 20.0, squares=30.0, retained_squares=20.0).is_spread
    assert not RetainedValue(29.0, 20.0, squares=29.0, retained_squares=20.0).is_spread


def test_squares_are_those_of_the_customers_at_opening(connection: Any) -> None:
    rows = [(10.0, True, True), (20.0, True, False), (99.0, False, True)]
    names = ("opening_amount", "is_active_at_opening", "is_active_at_closing")
    ledger = ibis.memtable([dict(zip(names, row, strict=True)) for row in rows])
    told = connection.to_pyarrow(value_squares(ledger, ibis.literal("2026-Q3"))).to_pylist()
    assert told == [{"group": "2026-Q3", "squares": 100.0 + 400.0, "retained_squares": 100.0}]


def gaps(*rates: float) -> list[RateGap]:
    return [RateGap(rate, 0.0002) for rate in rates]


def test_rates_that_wander_as_chance_has_it_widen_nothing() -> None:
    assert dispersion_of(gaps(0.80, 0.81, 0.80, 0.81, 0.80, 0.81), season_length=1) == 1.0


def test_rates_that_wander_more_than_chance_widen_the_interval() -> None:
    differences = [0.06, -0.08, 0.10, -0.06, 0.08]
    rates = [0.80, *(0.80 + sum(differences[: place + 1]) for place in range(5))]
    middle = 0.06
    squares = sorted((difference - middle) ** 2 / 0.0004 for difference in differences)
    assert dispersion_of(gaps(*rates), season_length=1) == pytest.approx(squares[2] / 0.4549364231195724)


def test_a_season_that_comes_again_is_no_wandering() -> None:
    years = [0.80, 0.70, 0.85, 0.75] * 2
    assert dispersion_of(gaps(*years), season_length=4) == 1.0
    assert dispersion_of(gaps(*years[:7]), season_length=4) > 1.0


def test_one_period_in_which_something_happened_does_not_hide_the_next() -> None:
    assert dispersion_of(gaps(0.80, 0.80, 0.80, 0.80, 0.80, 0.80, 0.60), season_length=1) == 1.0


@pytest.mark.parametrize("rates", [(), (0.8,), (0.8, 0.2, 0.8, 0.2)])
def test_few_periods_say_nothing_of_wandering(rates: tuple[float, ...]) -> None:
    assert dispersion_of(gaps(*rates), season_length=1) == 1.0
