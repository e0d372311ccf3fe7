"""The statistics of experiences and losses, held against published values."""

from __future__ import annotations

import pytest

from tasks.customer_math.analysis.stratified_risk import (
    Strata,
    corrected_for_many,
    differs_by_stratum,
    e_value,
    net_promoter_score,
    odds_ratio,
    rate_ratio,
    risk_ratio,
)

PHYSICIANS = Strata.of([11_034], [189], others=[11_037], others_events=[104])
"""Physicians' Health Study (1989): infarctions on placebo and on aspirin."""
ADMISSIONS = Strata.of(
    [825, 560, 325, 417, 191, 373],
    [512, 353, 120, 138, 53, 22],
    others=[108, 25, 593, 375, 393, 341],
    others_events=[89, 17, 202, 131, 94, 24],
)
"""Berkeley (1973): men and women who applied to six departments, and those who were admitted."""


def test_a_risk_ratio_has_its_published_interval() -> None:
    found = risk_ratio(PHYSICIANS)
    assert found is not None
    assert (found.ratio, found.low, found.high) == pytest.approx((1.818, 1.433, 2.306), abs=5e-4)
    assert found.p_value < 1e-6


def test_strata_turn_the_berkeley_admissions_around() -> None:
    crude, alike = risk_ratio(ADMISSIONS.pooled()), risk_ratio(ADMISSIONS)
    assert crude is not None
    assert alike is not None
    assert crude.ratio == pytest.approx(1.467, abs=5e-4)
    assert crude.low > 1
    assert (alike.ratio, alike.low, alike.high) == pytest.approx((0.945, 0.866, 1.030), abs=5e-4)
    assert odds_ratio(ADMISSIONS) == pytest.approx(0.9047, abs=5e-5)


def test_the_chance_is_that_of_the_published_test() -> None:
    # R: mantelhaen.test(UCBAdmissions, correct = FALSE) says 1.5246 on one degree of freedom, p 0.2169.
    found = risk_ratio(ADMISSIONS)
    assert found is not None
    assert found.p_value == pytest.approx(0.2169, abs=5e-5)


def test_departments_differ_by_the_published_test_of_breslow_and_day() -> None:
    # R: DescTools::BreslowDayTest(UCBAdmissions) says 18.826 on five degrees of freedom, p 0.002071.
    assert differs_by_stratum(ADMISSIONS) == pytest.approx(0.002071, abs=2e-6)


def test_strata_with_one_ratio_do_not_differ() -> None:
    alike = Strata.of([100, 1_000], [20, 200], others=[200, 2_000], others_events=[20, 200])
    assert differs_by_stratum(alike) == pytest.approx(1)


@pytest.mark.parametrize(
    "strata",
    [
        pytest.param(PHYSICIANS, id="one stratum"),
        pytest.param(Strata.of([9, 9], [3, 3], others=[9, 9], others_events=[2, 3]), id="thin strata"),
        pytest.param(Strata.of([9, 9], [0, 0], others=[9, 9], others_events=[2, 3]), id="no event among the exposed"),
    ],
)
def test_where_strata_cannot_be_held_apart_nothing_is_claimed_of_them(strata: Strata) -> None:
    assert differs_by_stratum(strata) is None


def test_a_stratum_with_one_arm_only_changes_nothing() -> None:
    further = Strata.of([11_034, 50, 0], [189, 50, 0], others=[11_037, 0, 70], others_events=[104, 0, 70])
    assert risk_ratio(further) == risk_ratio(PHYSICIANS)


@pytest.mark.parametrize(
    "strata",
    [
        pytest.param(Strata.of([], [], others=[], others_events=[]), id="nobody"),
        pytest.param(Strata.of([10], [0], others=[10], others_events=[3]), id="no event among the exposed"),
        pytest.param(Strata.of([10], [3], others=[10], others_events=[0]), id="no event among others"),
    ],
)
def test_without_an_event_in_both_arms_there_is_no_ratio(strata: Strata) -> None:
    assert risk_ratio(strata) is None


def test_where_everybody_has_the_outcome_the_ratio_is_one_for_certain() -> None:
    found = risk_ratio(Strata.of([10], [10], others=[20], others_events=[20]))
    assert found is not None
    assert (found.ratio, found.low, found.high, found.p_value) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("ratio", "needed"),
    [(3.9, 7.26), (1 / 3.9, 7.26), (1.818, 3.037), (1.0, 1.0)],
)
def test_an_e_value_is_the_published_one(ratio: float, needed: float) -> None:
    assert e_value(ratio) == pytest.approx(needed, abs=5e-3)


@pytest.mark.parametrize(
    ("ratio", "bound", "needed"),
    [(1.818, 1.433, 2.220), (0.945, 1.030, 1.0), (1.2, 0.9, 1.0), (0.5, 0.8, 1.809), (1.2, 1.0, 1.0)],
)
def test_an_interval_that_reaches_one_needs_no_other_cause(ratio: float, bound: float, needed: float) -> None:
    assert e_value(ratio, bound=bound) == pytest.approx(needed, abs=5e-3)


def test_many_tests_are_corrected_as_published() -> None:
    assert corrected_for_many([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert corrected_for_many([]) == []


def test_two_rates_are_compared_exactly() -> None:
    found = rate_ratio(11, 800, other_count=21, other_exposure=3_011)
    assert found is not None
    assert (found.ratio, found.low, found.high) == pytest.approx((1.9715, 0.8584, 4.2773), abs=5e-5)
    assert found.p_value == pytest.approx(0.07967, abs=5e-6)


def test_a_rate_of_nothing_is_compared_with_nothing() -> None:
    assert rate_ratio(0, 800, other_count=21, other_exposure=3_011) is None
    assert rate_ratio(3, 800, other_count=0, other_exposure=3_011) is None


def test_a_net_promoter_score_has_its_published_error() -> None:
    assert net_promoter_score(162, 108, detractors=54) == pytest.approx((33.3, 4.141), abs=5e-2)
    found = net_promoter_score(162, 108, detractors=54)
    assert found is not None
    assert found[1] == pytest.approx(4.141, abs=5e-4)
    assert net_promoter_score(0, 0, detractors=0) is None
