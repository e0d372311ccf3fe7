"""The models of lifetime value against what was published of them, and what they say where the data decide nothing."""

from __future__ import annotations

import csv
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1

from tasks.customer_math.lifetime import contract_survival, estimation, purchase_activity, purchase_spend

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

REGULAR = (1000, 869, 743, 653, 593, 551, 517, 491)
HIGH_END = (1000, 631, 468, 382, 326, 289, 262, 241)
"""Customers of two cohorts who were left year after year (Fader and Hardie, 2007)."""
CDNOW_MBG = np.array([0.525, 6.183, 0.891, 1.614])


@pytest.fixture(scope="module")
def cdnow() -> Any:
    """The CDNOW sample of 2,357 customers as the package `lifetimes` holds it: columns x, t_x, T, zbar; nothing of it is run."""
    (path,) = (each for each in distribution("lifetimes").files or () if each.name == "cdnow_customers_summary_with_transactions.csv")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")}


@pytest.fixture(scope="module")
def cdnow_counts(cdnow: Any) -> purchase_activity.PurchaseCounts:
    rows, customers = np.unique(np.stack([cdnow["x"], cdnow["t_x"], cdnow["T"]]), axis=1, return_counts=True)
    return purchase_activity.PurchaseCounts(rows[0], rows[1], rows[2], customers.astype(float))


def significant(values: tuple[float, ...]) -> list[float]:
    return [round(value, 3) for value in values]


@pytest.mark.parametrize(
    ("alive", "parameters", "log_likelihood"),
    [
        (HIGH_END[:5], [0.764, 1.296], -1401.6),
        (HIGH_END, [0.704, 1.182], -1680.3),
        (REGULAR, [0.668, 3.806], -1611.2),
    ],
)
def test_contract_survival_is_the_published_one(alive: tuple[int, ...], parameters: list[float], log_likelihood: float) -> None:
    estimate = contract_survival.fitted(contract_survival.RenewalCounts.of_cohort(alive))
    assert significant(estimate.values) == parameters
    assert round(estimate.log_likelihood, 1) == log_likelihood
    assert estimate.has_converged
    assert estimate.customers_count == 1000


def test_contracts_are_expected_to_last_as_long_as_published() -> None:
    """3.6202 terms, each paid for when it begins; here a term is paid for in its middle, half a term's discount later."""
    terms = contract_survival.expected_terms(np.array([0.764, 1.296]), np.zeros(1), discount=0.1, terms=600, elapsed=0)
    assert round(float(terms[0]) * 1.1**0.5, 4) == 3.6202


def test_half_of_the_running_term_is_still_to_come() -> None:
    alpha, beta = parameters = np.array([1.0, 3.0])
    stays = beta / (alpha + beta)
    terms = contract_survival.expected_terms(parameters, np.zeros(1), discount=0.0, terms=1)
    assert terms[0] == pytest.approx(0.5 + 0.5 * stays)


def test_purchase_activity_is_the_published_one(cdnow_counts: purchase_activity.PurchaseCounts) -> None:
    estimate = purchase_activity.fitted(cdnow_counts)
    assert significant(estimate.values) == pytest.approx(list(CDNOW_MBG), abs=0.001)
    assert estimate.has_converged
    assert estimate.customers_count == 2357
    assert estimate.groups_count < 2357


def test_purchase_spend_is_the_published_one(cdnow: Any) -> None:
    has_bought = cdnow["x"] > 0
    counts = purchase_spend.SpendCounts(cdnow["x"][has_bought], cdnow["zbar"][has_bought], np.ones(has_bought.sum()))
    estimate = purchase_spend.fitted(counts)
    assert estimate.customers_count == 946
    assert [round(value, 2) for value in estimate.values] == pytest.approx([6.25, 3.74, 15.44], abs=0.011)
    assert purchase_spend.has_mean(estimate.parameters)


def bgnbd(counts: purchase_activity.PurchaseCounts) -> Callable[..., NDArray[np.float64]]:
    """The model without the change, which calls everybody alive who bought once (Fader, Hardie and Lee, 2005)."""

    def log_likelihood(parameters: NDArray[np.float64], some: Any) -> NDArray[np.float64]:
        r, alpha, a, b = parameters
        x, recency, age = counts.repeats[some], counts.recency[some], counts.age[some]
        leads = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        gone = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency)
        return leads + np.logaddexp(-(r + x) * np.log(alpha + age), np.where(x > 0, gone, -np.inf))

    return log_likelihood


def pareto_nbd(counts: purchase_activity.PurchaseCounts) -> Callable[..., NDArray[np.float64]]:
    """Customers who may go at any time, not only after a purchase (Schmittlein, Morrison and Colombo, 1987)."""

    def log_likelihood(parameters: NDArray[np.float64], some: Any) -> NDArray[np.float64]:
        r, alpha, s, beta = parameters
        x, recency, age = counts.repeats[some], counts.recency[some], counts.age[some]
        total, first = r + s + x, s + 1 if alpha >= beta else r + x

        def log_part(time: NDArray[np.float64]) -> NDArray[np.float64]:
            largest = max(alpha, beta) + time
            return np.log(hyp2f1(total, first, total + 1, abs(alpha - beta) / largest)) - total * np.log(largest)

        early, late = log_part(recency), log_part(age)
        gone = np.log(s / total) + early + np.log(-np.expm1(np.minimum(late - early, -1e-15)))
        alive = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        return r * np.log(alpha) + s * np.log(beta) + gammaln(r + x) - gammaln(r) + np.logaddexp(alive, gone)

    return log_likelihood


@pytest.mark.parametrize(
    ("model", "parameters", "log_likelihood"),
    [(bgnbd, [0.243, 4.414, 0.793, 2.426], -9582.4), (pareto_nbd, [0.553, 10.578, 0.606, 11.669], -9595.0)],
)
def test_the_search_finds_the_published_maxima_of_other_models(
    model: Any, parameters: list[float], log_likelihood: float, cdnow_counts: purchase_activity.PurchaseCounts
) -> None:
    estimate = estimation.maximum_likelihood(model(cdnow_counts), cdnow_counts.customers, names="abcd")
    assert list(estimate.values) == pytest.approx(parameters, abs=0.005)
    assert round(estimate.log_likelihood, 1) == log_likelihood


def alive_by_integration(parameters: NDArray[np.float64], *, repeats: int, recency: float, age: float) -> float:
    """Both sides of Bayes' rule, over every chance to be gone; the rates of buying are integrated out by hand."""
    r, alpha, a, b = parameters

    def density(gone: float) -> float:
        return gone ** (a - 1) * (1 - gone) ** (b - 1)

    alive = quad(lambda gone: density(gone) * (1 - gone) ** (repeats + 1), 0, 1)[0] * (alpha + age) ** -(r + repeats)
    dead = quad(lambda gone: density(gone) * (1 - gone) ** repeats * gone, 0, 1)[0] * (alpha + recency) ** -(r + repeats)
    return alive / (alive + dead)


@pytest.mark.parametrize(("repeats", "recency", "age"), [(0, 0.0, 20.0), (1, 5.0, 20.0), (7, 38.0, 39.0)])
def test_the_chance_to_be_alive_is_bayes_rule(repeats: int, recency: float, age: float) -> None:
    one = purchase_activity.PurchaseCounts(*(np.array([float(each)]) for each in (repeats, recency, age, 1)))
    expected = alive_by_integration(CDNOW_MBG, repeats=repeats, recency=recency, age=age)
    assert float(purchase_activity.alive_rate(CDNOW_MBG, one)[0]) == pytest.approx(expected, rel=1e-5)


def test_whoever_bought_once_may_be_gone() -> None:
    once = purchase_activity.PurchaseCounts(*(np.array([each]) for each in (0.0, 0.0, 39.0, 1.0)))
    assert 0 < float(purchase_activity.alive_rate(CDNOW_MBG, once)[0]) < 1


@pytest.mark.parametrize("a", [0.891, 1.0, 1.7])
def test_expected_purchases_are_those_that_simulated_customers_make(a: float) -> None:
    r, alpha, _a, b = CDNOW_MBG
    parameters, chance, count = np.array([r, alpha, a, b]), np.random.default_rng(7), 400_000
    rate, gone = chance.gamma(r + 3, 1 / (alpha + 30), count), chance.beta(a, b + 4, count)
    bought = np.minimum(chance.poisson(rate * 52), chance.geometric(gone))
    one = purchase_activity.PurchaseCounts(*(np.array([each]) for each in (3.0, 28.0, 30.0, 1.0)))
    alive = float(purchase_activity.alive_rate(parameters, one)[0])
    expected = float(purchase_activity.expected_purchases(parameters, one, ahead=52)[0])
    error = bought.std() / np.sqrt(count) * alive
    assert expected == pytest.approx(bought.mean() * alive, abs=4 * error)


def test_customers_with_hundreds_of_purchases_overflow_nothing() -> None:
    many = purchase_activity.PurchaseCounts(*(np.array([each]) for each in (900.0, 150.0, 150.5, 1.0)))
    expected = purchase_activity.expected_purchases(CDNOW_MBG, many, ahead=5_200.0)
    assert np.isfinite(expected).all()


def test_a_year_is_discounted_from_its_middle(cdnow_counts: purchase_activity.PurchaseCounts) -> None:
    first = purchase_activity.expected_purchases(CDNOW_MBG, cdnow_counts, ahead=52)
    second = purchase_activity.expected_purchases(CDNOW_MBG, cdnow_counts, ahead=104) - first
    discounted = purchase_activity.discounted_purchases(CDNOW_MBG, cdnow_counts, discount=0.1, years=2, year=52)
    assert discounted == pytest.approx(first / 1.1**0.5 + second / 1.1**1.5)


def test_a_mean_of_few_purchases_is_drawn_towards_everybodys() -> None:
    parameters = (6.25, 3.74, 15.44)
    everybodys = 6.25 * 15.44 / 2.74
    none, one, many = purchase_spend.expected_amount(parameters, np.array([0.0, 1.0, 50.0]), np.array([0.0, 100.0, 5000.0]))
    assert none == pytest.approx(everybodys)
    assert everybodys < one < many < 100


def test_spend_that_rises_with_frequency_is_seen() -> None:
    number = np.repeat([1.0, 2.0, 4.0, 8.0], 50)
    counts = purchase_spend.SpendCounts(number, number * np.tile([9.0, 11.0], 100), np.ones(200))
    assert purchase_spend.dependence(counts).low > 0.9
    alike = purchase_spend.SpendCounts(number, np.tile([9.0, 11.0], 100), np.ones(200))
    assert purchase_spend.dependence(alike).low < 0 < purchase_spend.dependence(alike).high


def test_where_everybody_buys_alike_there_is_no_dependence_to_see() -> None:
    counts = purchase_spend.SpendCounts(np.ones(3), np.array([9.0, 10.0, 11.0]), np.ones(3))
    assert purchase_spend.dependence(counts) == estimation.Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize("alive", [(1000, 1000, 1000), (1000, 500, 250, 125)])
def test_data_that_determine_no_parameter_are_not_called_converged(alive: tuple[int, ...]) -> None:
    """Nobody left, or everybody at the same rate: the likelihood grows without end."""
    estimate = contract_survival.fitted(contract_survival.RenewalCounts.of_cohort(alive))
    assert not estimate.has_converged
    assert np.isnan(estimate.covariance).all()


def test_many_groups_are_searched_in_part_and_fitted_in_whole(cdnow_counts: purchase_activity.PurchaseCounts, monkeypatch: Any) -> None:
    whole = purchase_activity.fitted(cdnow_counts)
    monkeypatch.setattr(estimation, "PARTS", 300)
    assert purchase_activity.fitted(cdnow_counts).values == pytest.approx(whole.values, rel=1e-4)


def test_parameters_are_rounded_before_anything_follows_from_them(cdnow_counts: purchase_activity.PurchaseCounts) -> None:
    estimate = purchase_activity.fitted(cdnow_counts)
    assert all(value == float(f"{value:.5e}") for value in estimate.values)
    twice = estimate.interval_of(lambda parameters: 2 * float(parameters[0]))
    one = estimate.intervals()["r"]
    assert (twice.value, twice.low, twice.high) == pytest.approx((2 * one.value, 2 * one.low, 2 * one.high), rel=1e-5)


def test_nothing_is_sure_to_be_nothing() -> None:
    assert estimation.log_interval(0.0, standard_error=1.0) == (0.0, 0.0)


def test_a_search_that_comes_to_no_end_has_not_converged(monkeypatch: Any) -> None:
    monkeypatch.setattr(estimation, "NEWTON_STEPS", 0)
    assert not contract_survival.fitted(contract_survival.RenewalCounts.of_cohort(REGULAR)).has_converged
