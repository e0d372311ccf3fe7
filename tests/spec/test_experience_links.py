"""Experience to money on counts: which links are demonstrated, what is not claimed, and the value that may be explained."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tasks.customer_math.analysis import attributable_value
from tasks.customer_math.analysis.attributable_value import LostValue, explained_value
from tasks.customer_math.analysis.experience_links import links
from tasks.customer_math.analysis.stratified_risk import Strata

if TYPE_CHECKING:
    from tasks.customer_math.analysis.experience_links import Columns, Link

COUNTED = ("customers_count", "lost_count", "due_count", "renewed_count", "bought_more_count")
BASE = {"North": (2_000, 200, 500, 400, 300), "South": (1_000, 300, 0, 0, 100)}
"""By stratum: customers, lost, due, renewed, grown."""
WORTH = Decimal(1_000)
"""What each of the lost had been worth."""


def columns(rows: list[tuple[Any, ...]], names: tuple[str, ...]) -> Columns:
    return {
        name: np.asarray(values, dtype=np.int64 if name.endswith("_count") else object)
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }


def base_of(strata: dict[str, tuple[int, ...]]) -> Columns:
    return columns([(stratum, *counts) for stratum, counts in strata.items()], ("stratum", *COUNTED))


def exposed_of(rows: list[tuple[Any, ...]]) -> Columns:
    """The exposed, from experience, part, stratum and the five counts."""
    names = ("experience", "part", "stratum", *COUNTED, "lost_amount", "lost_amount_squared")
    return columns([(*row, row[4] * WORTH, row[4] * WORTH**2) for row in rows], names)


def linked(*rows: tuple[Any, ...], strata: dict[str, tuple[int, ...]] = BASE) -> dict[tuple[str, str], Link]:
    return {(link.experience, link.outcome): link for link in links(base_of(strata), exposed_of(list(rows)), fewest_events_count=5)}


def test_a_strong_link_is_demonstrated_with_its_counts_and_its_value() -> None:
    link = linked(("complaint", "", "North", 100, 30, 0, 0, 10))["complaint", "lost"]
    assert (link.exposed_count, link.exposed_events_count, link.others_count, link.others_events_count) == (100, 30, 2_900, 470)
    assert link.risk is not None
    assert link.risk.ratio == pytest.approx((30 / 100) / (170 / 1_900))
    assert link.is_demonstrated
    assert link.lost_amount == 30 * WORTH
    assert link.explained is not None
    assert link.explained.amount == pytest.approx(30_000 * (1 - 1 / link.risk.ratio))
    assert 0 < link.explained.low < link.explained.amount < link.explained.high <= 30_000
    assert link.e_value is not None
    assert link.e_value > 1


def test_a_link_that_strata_explain_is_none_and_its_value_reaches_down_to_nothing() -> None:
    # 260 of the 300 exposed are in the South, where everybody is lost more often; within each stratum they are as the others.
    link = linked(("refund", "", "North", 40, 4, 0, 0, 0), ("refund", "", "South", 260, 78, 0, 0, 0))["refund", "lost"]
    crude = (82 / 300) / (418 / 2_700)
    assert crude > 1.7
    assert link.risk is not None
    assert link.risk.ratio == pytest.approx(1, abs=0.01)
    assert not link.is_demonstrated
    assert link.explained is not None
    assert link.explained.low == 0


@pytest.mark.parametrize(("lost", "has_ratio"), [(4, False), (5, True)])
def test_too_few_events_leave_the_counts_alone(lost: int, has_ratio: bool) -> None:
    link = linked(("complaint", "", "North", 50, lost, 0, 0, 0))["complaint", "lost"]
    assert (link.risk is not None) is has_ratio
    assert link.exposed_events_count == lost
    assert not (link.is_demonstrated and not has_ratio)


def test_too_few_events_among_the_others_leave_the_counts_alone() -> None:
    link = linked(("complaint", "", "North", 1_990, 196, 0, 0, 0))["complaint", "lost"]
    assert (link.others_events_count, link.risk) == (304, None)
    assert link.compared_count == 1_990


def test_where_nearly_all_of_an_arm_stay_no_ratio_of_staying_is_claimed() -> None:
    found = linked(("promoter", "", "North", 200, 4, 100, 97, 40))
    assert found["promoter", "stayed"].exposed_events_count == 196
    assert found["promoter", "stayed"].risk is None
    assert found["promoter", "renewed"].risk is None
    assert found["promoter", "bought_more"].risk is not None


def test_staying_renewing_and_growing_are_compared_as_losses_are() -> None:
    found = linked(("promoter", "", "North", 400, 8, 300, 285, 120))
    assert {outcome for (_name, outcome), link in found.items() if link.is_demonstrated} == {"stayed", "renewed", "bought_more"}
    renewed = found["promoter", "renewed"]
    assert (renewed.exposed_count, renewed.exposed_events_count, renewed.others_count) == (300, 285, 200)
    assert renewed.explained is None


def test_an_outcome_that_nobody_can_have_is_left_out() -> None:
    found = linked(("complaint", "", "South", 100, 30, 0, 0, 10), strata={"South": BASE["South"]})
    assert {outcome for _name, outcome in found} == {"lost", "stayed", "bought_more"}


def test_links_come_surest_first_and_those_without_a_ratio_last() -> None:
    rows = [
        ("complaint", "", "North", 100, 15, 0, 0, 0),
        ("refund", "", "North", 100, 40, 0, 0, 0),
        ("complaint_about", "late", "North", 60, 2, 0, 0, 0),
        ("complaint_about", "wrong", "North", 70, 1, 0, 0, 0),
    ]
    lost = [link for link in links(base_of(BASE), exposed_of(rows), fewest_events_count=5) if link.outcome == "lost"]
    assert [(link.experience, link.part) for link in lost] == [
        ("refund", ""),
        ("complaint", ""),
        ("complaint_about", "wrong"),
        ("complaint_about", "late"),
    ]


def test_one_of_many_looks_by_chance_is_not_demonstrated() -> None:
    rows = [("complaint_about", f"kind {number}", "North", 100, 10, 0, 0, 0) for number in range(20)]
    alone = linked(("complaint", "", "North", 100, 18, 0, 0, 0))["complaint", "lost"]
    among = linked(*rows, ("complaint", "", "North", 100, 18, 0, 0, 0))["complaint", "lost"]
    assert alone.is_demonstrated
    assert among.risk == alone.risk
    assert not among.is_demonstrated


def test_exposed_without_others_alike_are_counted_and_not_compared() -> None:
    strata = {**BASE, "West": (10, 10, 0, 0, 0)}
    link = linked(("refund", "", "North", 100, 30, 0, 0, 0), ("refund", "", "West", 10, 10, 0, 0, 0), strata=strata)["refund", "lost"]
    alone = linked(("refund", "", "North", 100, 30, 0, 0, 0))["refund", "lost"]
    assert (link.exposed_count, link.compared_count) == (110, 100)
    assert link.risk == alone.risk
    assert link.lost_amount == 40 * WORTH
    assert link.explained == alone.explained


def test_without_anybody_to_compare_with_no_value_is_explained() -> None:
    found = explained_value(
        Strata.of([5], [5], others=[0], others_events=[0]), LostValue(_sum(np.asarray([100.0])), _sum(np.asarray([100.0**2])))
    )
    assert (found.amount, found.low, found.high) == (0, 0, 0)


def test_one_large_customer_widens_the_range() -> None:
    strata = Strata.of([400], [100], others=[1_000], others_events=[200])
    alike, unlike = (
        explained_value(strata, LostValue(np.asarray([10_000.0]), np.asarray([squared]))) for squared in (100 * 100.0**2, 9_000.0**2)
    )
    assert alike.amount == unlike.amount
    assert unlike.high - unlike.low > 1.5 * (alike.high - alike.low)


def test_no_more_is_explained_than_they_took_with_them() -> None:
    found = explained_value(
        Strata.of([100], [20], others=[1_000], others_events=[10]), LostValue(_sum(np.asarray([2e3])), _sum(np.asarray([4e6])))
    )
    assert found.amount == pytest.approx(2_000 * (1 - 0.01 / 0.2))
    assert found.high == 2_000


def test_the_range_is_that_of_customers_drawn_anew_one_by_one() -> None:
    random = np.random.default_rng(7)
    worth = random.gamma(2, 50, 40)
    found = explained_value(Strata.of([200], [40], others=[1_000], others_events=[100]), LostValue(_sum(worth), _sum(worth**2)))
    weights = random.poisson(1, (4_000, 40))
    rest = [random.poisson(count, 4_000) for count in (160, 100, 900)]
    exposed = weights.sum(axis=1)
    ratio = (exposed / (exposed + rest[0])) / (rest[1] / (rest[1] + rest[2]))
    low, high = np.percentile((weights * worth).sum(axis=1) * np.clip(1 - 1 / ratio, 0, 1), [2.5, 97.5])
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.06)


def _sum(numbers: Any) -> Any:
    return np.asarray([numbers.sum()])


def test_many_strata_are_drawn_a_few_at_a_time_with_the_same_kind_of_range(monkeypatch: pytest.MonkeyPatch) -> None:
    strata = Strata.of([100, 80], [30, 24], others=[1_000, 900], others_events=[100, 80])
    lost = LostValue(np.asarray([3_000.0, 2_400.0]), np.asarray([30, 24]) * 100.0**2)
    at_once = explained_value(strata, lost)
    monkeypatch.setattr(attributable_value, "CELLS_AT_ONCE", 600)
    in_parts = explained_value(strata, lost)
    assert (in_parts.low, in_parts.high) == pytest.approx((at_once.low, at_once.high), rel=0.1)
