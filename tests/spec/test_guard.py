"""The false-positive guard: its statistics against published values, and when it speaks and when it is silent."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tasks.customer_math.analysis.retention import wilson_interval
from tasks.customer_math.analysis.retention_check import Guard, chance_of_a_difference, guard, rose_beyond_chance

BEFORE, NOW = "2026-Q2", "2026-Q3"


def told(
    period: str, opening: int, lost: int, won: int, *, inside: int = 0, opening_amount: int = 1_000, lost_amount: int = 0
) -> dict[tuple[str, str], Any]:
    """What the guard looks at; whoever is lost has lapsed."""
    return {
        (period, "opening_customers"): opening,
        (period, "left_customers"): 0,
        (period, "lapsed_customers"): lost,
        (period, "customers_in"): won + inside,
        (period, "customers_out"): lost + inside,
        (period, "opening_amount"): Decimal(opening_amount),
        (period, "left_amount"): Decimal(0),
        (period, "lapsed_amount"): Decimal(lost_amount),
        (period, "customers_out_amount"): Decimal(lost_amount),
    }


def found(*periods: dict[tuple[str, str], Any], value_reach: float | None = 0.0) -> Guard | None:
    figures = {key: value for each in periods for key, value in each.items()}
    return guard(figures, period=NOW, before=BEFORE, value_reach=value_reach)


def test_27_000_lost_at_78_per_cent_are_122_727_at_opening_and_117_727_at_closing() -> None:
    alarm = found(
        told(NOW, 122_727, 27_000, 22_000, opening_amount=66_300_000, lost_amount=9_400_000), told(BEFORE, 120_000, 26_400, 29_127)
    )
    assert alarm is not None
    assert round(27_000 / (1 - 0.78)) == alarm.current.opening_count == 122_727
    assert f"{alarm.current.rate:.2%}" == "78.00%"
    assert alarm.current.opening_count + alarm.in_count - alarm.out_count == 117_727
    assert alarm.break_even_count == 27_000
    assert (alarm.in_count, alarm.lost_amount) == (22_000, Decimal(9_400_000))
    assert alarm.conditions == ("net_heads_negative", "lost_heads_rose")


@pytest.mark.parametrize(
    ("stayed", "opening", "interval"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (15, 20, (0.5313, 0.8881)),
        (20, 20, (0.8389, 1.0000)),
    ],
)
def test_wilsons_interval_is_the_published_one(stayed: int, opening: int, interval: tuple[float, float]) -> None:
    assert wilson_interval(stayed, opening) == pytest.approx(interval, abs=0.00005)


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [
        (60, 40, 0.05688793),
        (40, 60, 0.05688793),
        (9, 1, 22 / 1024),
        (5, 5, 1),
        (0, 0, 1),
        (1, 0, 1),
        (6, 0, 2 / 64),
    ],
)
def test_the_chance_of_a_difference_is_that_of_the_exact_binomial_test(one: int, other: int, chance: float) -> None:
    assert chance_of_a_difference(one, other) == pytest.approx(chance, rel=1e-6)


def test_the_chance_of_a_difference_comes_to_the_normal_one_for_large_counts() -> None:
    deviate = (270_900 - 269_500 - 1) / math.sqrt(270_900 + 269_500)
    assert chance_of_a_difference(270_900, 269_500) == pytest.approx(math.erfc(deviate / math.sqrt(2)), rel=1e-3)


@pytest.mark.parametrize(("now", "before", "rose"), [(60, 40, False), (61, 40, True), (40, 61, False), (6, 0, True), (5, 0, False)])
def test_more_lost_is_a_rise_only_beyond_chance(now: int, before: int, rose: bool) -> None:
    assert rose_beyond_chance(now, before) is rose


@pytest.mark.parametrize(
    ("lost", "won", "lost_amount", "before_opening", "before_lost", "conditions"),
    [
        (220, 300, 220, 1_000, 220, None),
        (220, 220, 220, 1_000, 220, None),
        (220, 219, 220, 1_000, 220, ("net_heads_negative",)),
        (220, 300, 221, 1_000, 220, ("lost_value_exceeds_lost_heads",)),
        (220, 300, 220, 700, 150, ("lost_heads_rose",)),
        (220, 300, 220, 700, 154, None),
        (220, 300, 220, 1_300, 286, None),
        (220, 100, 300, 700, 150, ("net_heads_negative", "lost_value_exceeds_lost_heads", "lost_heads_rose")),
    ],
    ids=["nothing", "stands still", "one short", "value", "heads", "of a growing base", "fewer", "all three"],
)
def test_the_guard_speaks_only_where_a_condition_holds(
    lost: int, won: int, lost_amount: int, before_opening: int, before_lost: int, conditions: tuple[str, ...] | None
) -> None:
    alarm = found(told(NOW, 1_000, lost, won, lost_amount=lost_amount), told(BEFORE, before_opening, before_lost, 0))
    assert (alarm and alarm.conditions) == conditions


@pytest.mark.parametrize(("reach", "is_said"), [(0.079, True), (0.081, False), (None, False)])
def test_a_larger_share_of_value_within_its_interval_is_not_said(reach: float | None, is_said: bool) -> None:
    alarm = found(told(NOW, 1_000, 220, 300, lost_amount=300), told(BEFORE, 1_000, 220, 0), value_reach=reach)
    assert (alarm is not None) is is_said


def test_the_guard_compares_the_shares_without_rounding() -> None:
    alarm = found(told(NOW, 3, 1, 5, opening_amount=3_000, lost_amount=1_001), told(BEFORE, 3, 1, 5))
    assert alarm is not None
    assert (alarm.lost_value_share, alarm.conditions) == (Fraction(1_001, 3_000), ("lost_value_exceeds_lost_heads",))


def test_those_who_came_and_went_inside_are_won_and_lost_and_not_of_the_opening_base() -> None:
    alarm = found(told(NOW, 1_000, 220, 100, inside=30), told(BEFORE, 1_000, 220, 100))
    assert alarm is not None
    assert (alarm.break_even_count, alarm.in_count, alarm.current.lost_count) == (220 + 30, 100 + 30, 220)


def test_without_anybody_at_opening_now_or_before_the_guard_is_silent() -> None:
    assert found(told(NOW, 1_000, 220, 100), told(BEFORE, 0, 0, 1_000)) is None
    assert found(told(NOW, 0, 0, 100), told(BEFORE, 1_000, 220, 100)) is None


def test_a_base_that_is_worth_nothing_has_no_share_of_value_to_lose() -> None:
    assert found(told(NOW, 1_000, 220, 300, opening_amount=0, lost_amount=10), told(BEFORE, 1_000, 220, 300)) is None
