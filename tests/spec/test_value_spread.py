"""Nothing is said of two means within chance, and one customer who makes a mean is mentioned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pytest

from tasks.customer_math.analysis.value_spread import ValueSpread, compared_cohorts, differ_beyond_chance, value_spreads


def spread(*values: int) -> ValueSpread:
    return ValueSpread(len(values), Decimal(sum(values)), float(sum(value * value for value in values)), Decimal(max(values)))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param([100] * 40, [80] * 40, True, id="all alike: any difference is one"),
        pytest.param([100] * 40, [100] * 40, False, id="no difference"),
        # Means 100 and 90, variances around them 1,025.6 of 40 each: standard error 7.2, reach 14.0.
        pytest.param([68, 132] * 20, [58, 122] * 20, False, id="within the interval"),
        # Means 100 and 80: 20 is more than 14.0.
        pytest.param([68, 132] * 20, [48, 112] * 20, True, id="beyond the interval"),
        pytest.param([100], [80] * 40, False, id="one customer alone"),
    ],
)
def test_two_means_differ_where_the_interval_of_their_difference_does_not_hold_nothing(
    one: list[int], other: list[int], expected: bool
) -> None:
    assert differ_beyond_chance(spread(*one), spread(*other)) is expected
    assert differ_beyond_chance(spread(*other), spread(*one)) is expected


@pytest.mark.parametrize(
    ("values", "without"),
    [
        # (39 * 711 + 16,351) / 40 = 1,102.
        pytest.param([711] * 39 + [16_351], Decimal(711), id="one makes the mean"),
        pytest.param([100] * 40, None, id="all alike"),
        pytest.param([100] * 9 + [212], Decimal(100), id="11.2 of 111.2 are more than a tenth"),
        pytest.param([100] * 9 + [200], None, id="10 of 110 are less than a tenth"),
        pytest.param([500], None, id="one alone"),
        pytest.param([0, 0], None, id="nothing at all"),
    ],
)
def test_a_customer_without_whom_a_mean_is_another_is_mentioned(values: list[int], without: Decimal | None) -> None:
    assert spread(*values).mean_without_largest == without


INTAKES = (("2026-04", True, (1, 1)), ("2026-05", True, (10, 10, 10)), ("2026-06", True, (12, 12, 12)), ("2026-07", False, (10, 50)))
ROWS = [
    {"intake": intake, "has_reached_30": True, "value_30_amount": value, "has_reached_90": is_old, "value_90_amount": 2 * value}
    for intake, is_old, values in INTAKES
    for value in map(Decimal, values)
]
MONEY = "decimal(18, 2)"
KINDS = {"intake": "string", "has_reached_30": "boolean", "value_30_amount": MONEY, "has_reached_90": "boolean", "value_90_amount": MONEY}
TABLE = ibis.memtable(ROWS, schema=KINDS)


def test_the_latest_intake_of_every_age_is_held_against_those_before_it(connection: Any) -> None:
    rows = connection.to_pyarrow(value_spreads(TABLE, (30, 90))).to_pylist()
    judged = list(compared_cohorts(rows, before_count=1))
    # After 30 days July's 30 each (10 + 50) against June's 12; after 90 days June's 24 each against May's 20, all alike.
    assert judged == [
        {"days": 30, "intake": "2026-07", "is_beyond_chance": False, "mean_without_largest": Decimal(10)},
        {"days": 90, "intake": "2026-06", "is_beyond_chance": True, "mean_without_largest": None},
    ]
    (alone,) = compared_cohorts(connection.to_pyarrow(value_spreads(TABLE, (90,))).to_pylist(), before_count=12)
    assert alone["intake"] == "2026-06"
    first = [row for row in rows if row["intake"] == "2026-04"]
    assert [row["is_beyond_chance"] for row in compared_cohorts(first, before_count=12)] == [False, False]
