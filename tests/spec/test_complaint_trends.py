"""Complaints against active customers: trends and limits against published arithmetic, and what is not called a trend."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pytest

from tasks.customer_math.analysis.complaint_trends import complaint_trends, complaints_by_period
from tasks.customer_math.analysis.event_rates import rate_limits, rate_trend

COUNTS = [30, 42, 28, 51, 46, 60, 38, 66, 71, 52, 80, 77]
ACTIVE = [1_000] * 12


def test_a_trend_is_that_of_a_quasi_poisson_regression() -> None:
    # statsmodels: GLM of a Poisson family, scale "X2", with the exposure as offset; interval by Student's t on ten degrees.
    found = rate_trend(COUNTS, ACTIVE)
    assert found is not None
    assert (found.factor, found.low, found.high, found.dispersion) == pytest.approx((1.0804, 1.0418, 1.1205, 1.9527), abs=5e-5)
    assert found.p_value < 0.01


def test_counts_that_vary_less_than_chance_are_not_made_surer_than_chance() -> None:
    found = rate_trend([100, 101, 100, 101, 100], [1_000] * 5)
    assert found is not None
    assert found.dispersion == 1


def test_a_steep_trend_is_still_fitted() -> None:
    found = rate_trend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 500], ACTIVE)
    assert found is not None
    assert found.factor == pytest.approx(500, rel=0.01)


def test_limits_are_widened_by_how_much_rates_move_from_period_to_period() -> None:
    found = rate_limits(COUNTS, ACTIVE)
    assert found is not None
    assert (found.centre, found.inflation) == pytest.approx((0.05342, 1.9077), abs=5e-5)
    reach = 3 * (found.centre / 1_000) ** 0.5 * found.inflation
    assert (found.low[0], found.high[0]) == pytest.approx((max(found.centre - reach, 0), found.centre + reach))


@pytest.mark.parametrize(
    ("counts", "active"),
    [
        pytest.param([10, 20, 30], [90, 90, 90], id="too few periods"),
        pytest.param([1, 2, 3, 2, 1], [90] * 5, id="too few complaints"),
        pytest.param([0, 0, 0, 0, 50], [90] * 5, id="all of them in one period"),
        pytest.param([10, 20, 30, 40, 50], [90, 90, 0, 90, 90], id="a period without customers"),
    ],
)
def test_too_little_makes_no_trend_and_no_limits(counts: list[int], active: list[int]) -> None:
    assert rate_trend(counts, active) is None
    assert rate_limits(counts, active) is None


def test_complaints_are_counted_in_the_period_in_which_they_were_opened(connection: Any) -> None:
    happened = ibis.memtable(
        {
            "kind": ["ticket"] * 5 + ["answer"],
            "is_complaint": [True, True, True, False, True, None],
            "experienced_on": [
                date(2026, 6, 30),
                date(2026, 7, 1),
                date(2026, 7, 31),
                date(2026, 7, 5),
                date(2026, 8, 1),
                date(2026, 7, 5),
            ],
            "category": ["late", "late", None, "late", "late", "late"],
            "stage": [None, None, "use", None, None, None],
        }
    )
    periods = ibis.memtable({"period": ["2026-07"], "opens_on": [date(2026, 7, 1)], "closes_on": [date(2026, 8, 1)]})
    rows = connection.to_pyarrow(complaints_by_period(happened, periods)).to_pylist()
    assert {(row["parted_by"], row["part"], row["period"], row["complaints_count"]) for row in rows} == {
        ("all", "", "2026-07", 2),
        ("category", "late", "2026-07", 1),
        ("stage", "use", "2026-07", 1),
    }


def rows_of(parted_by: str, part: str, counts: list[int]) -> list[dict[str, Any]]:
    return [
        {"parted_by": parted_by, "part": part, "period": f"p{number}", "complaints_count": count}
        for number, count in enumerate(counts)
        if count
    ]


def test_only_trends_that_many_looks_do_not_explain_are_shown() -> None:
    active = {f"p{number}": 1_000 for number in range(12)}
    flat = [50, 52, 47, 51, 50, 48, 53, 50, 49, 51, 50, 52]
    rows = [*rows_of("all", "", COUNTS), *rows_of("category", "late", flat), *rows_of("stage", "use", [0] * 11 + [3])]
    whole, late, use = complaint_trends(rows, active)
    assert (whole.parted_by, whole.counts, whole.is_shown, whole.is_outside) == ("all", tuple(COUNTS), True, False)
    assert (late.part, late.is_shown) == ("late", False)
    assert use.counts == (0,) * 11 + (3,)


def test_a_period_beyond_its_limits_is_pointed_out() -> None:
    active = {f"p{number}": 10_000 for number in range(8)}
    (whole,) = complaint_trends(rows_of("all", "", [100, 104, 98, 101, 99, 103, 100, 260]), active)
    assert whole.is_outside


def test_without_complaints_there_is_a_line_of_nothing() -> None:
    (whole,) = complaint_trends([], {"p0": 10, "p1": 10})
    assert (whole.counts, whole.trend, whole.limits, whole.is_outside, whole.is_shown) == ((0, 0), None, None, False, False)
