"""Maximum likelihood on grouped counts: the parameters under which what happened is most probable, and how sure they are.

A likelihood depends on a customer only through a few whole numbers, so customers who are equal in them are one row with a
weight, and a million customers are some ten thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    LogLikelihood = Callable[[NDArray[np.float64]], NDArray[np.float64]]
    """From parameters to the logarithm of each group's likelihood."""
    Quantity = Callable[[NDArray[np.float64]], float]
    """From parameters to a number."""

SIGNIFICANT_DIGITS = 6
"""Parameters are rounded so before anything is computed from them, so that a replay on another machine finds the same."""
STEP = 1e-3
"""Of the logarithm of a parameter: wide enough that rounding does not show in a second difference, narrow enough to be one."""
LARGEST_LOGARITHM = 9.0
"""A parameter beyond exp(9), or below its inverse, says that the data do not determine it."""
LARGEST_DECREMENT = 1e-4
"""By how much the log-likelihood might still grow, after Newton, for the search to be over: no digit that is shown changes."""
NEWTON_STEPS = 25
PARTS = 4_000
"""The search begins on so many of the groups, evenly spread, and ends on all."""
NORMAL_95 = 1.959964
"""Within so many standard errors lie 95% of a normal distribution."""


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """The parameters of a model, and how sure they are."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    """Rounded to 6 significant digits."""
    log_likelihood: float
    covariance: NDArray[np.float64]
    """Of the parameters' logarithms: White's sandwich, which holds where the model is only nearly true."""
    customers_count: int
    groups_count: int
    has_converged: bool
    """Whether the likelihood has a maximum here; where it has none, nothing may be computed from the parameters."""

    @property
    def parameters(self) -> NDArray[np.float64]:
        """The values as an array."""
        return np.array(self.values)

    def intervals(self) -> dict[str, Interval]:
        """Each parameter with its 95% interval, by name."""
        errors = np.sqrt(np.diag(self.covariance)) * NORMAL_95
        return {
            name: Interval(value, value * float(np.exp(-error)), value * float(np.exp(error)))
            for name, value, error in zip(self.names, self.values, errors, strict=True)
        }

    def interval_of(self, quantity: Quantity) -> Interval:
        """A positive number that follows from the parameters, with the 95% interval that their uncertainty gives it (delta method)."""
        value = float(quantity(self.parameters))
        return Interval(value, *log_interval(value, standard_error=self.standard_error_of(quantity)))

    def standard_error_of(self, quantity: Quantity) -> float:
        """How far a number that follows from the parameters may be off by their uncertainty alone (delta method)."""
        at = np.log(self.parameters)
        slope = np.array([quantity(np.exp(at + step)) - quantity(np.exp(at - step)) for step in _steps(len(at))]) / (2 * STEP)
        return float(np.sqrt(max(slope @ self.covariance @ slope, 0.0)))


def log_interval(value: float, *, standard_error: float) -> tuple[float, float]:
    """The 95% interval of a positive number whose logarithm is nearly normal; a point where the number is 0."""
    if value <= 0:
        return value, value
    factor = float(np.exp(NORMAL_95 * standard_error / value))
    return value / factor, value * factor


def maximum_likelihood(
    log_likelihood: Callable[[NDArray[np.float64], NDArray[np.int64] | slice], NDArray[np.float64]],
    weights: NDArray[np.float64],
    *,
    names: Sequence[str],
) -> Estimate:
    """The parameters, all of them positive, under which the weighted groups are most probable.

    `log_likelihood` is given parameters and which groups to look at. The search is L-BFGS-B on the logarithms, on some of the
    groups where there are many, and then Newton's on all; it is over only where the likelihood curves downwards in every
    direction and could not grow by anything that shows.

    R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, "A limited memory algorithm for bound constrained optimization" (1995).
    H. White, "Maximum likelihood estimation of misspecified models" (1982).
    """
    every = slice(None)
    some = every if len(weights) <= PARTS else np.linspace(0, len(weights) - 1, PARTS).astype(np.int64)
    start = _searched(lambda at: log_likelihood(np.exp(at), some), weights[some], count=len(names))

    def by_group(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return log_likelihood(np.exp(at), every)

    at, hessian, has_converged = _newton(by_group, weights, start)
    covariance = np.full((len(names), len(names)), np.nan)
    if has_converged:
        scores = _scores(by_group, at)
        inverse = np.linalg.inv(hessian)
        covariance = inverse @ np.einsum("i,ij,ik->jk", weights, scores, scores) @ inverse
    values = tuple(float(f"{value:.{SIGNIFICANT_DIGITS - 1}e}") for value in np.exp(at))
    return Estimate(
        names=tuple(names),
        values=values,
        log_likelihood=float(_summed(weights, by_group(at))),
        covariance=covariance,
        customers_count=int(weights.sum()),
        groups_count=len(weights),
        has_converged=has_converged,
    )


def _summed(weights: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weighted sum over groups, added in one order on every machine and by one processor: several wait longer than they add."""
    return np.einsum("i,i...->...", weights, values)


def _searched(by_group: LogLikelihood, weights: NDArray[np.float64], *, count: int) -> NDArray[np.float64]:
    total = weights.sum()
    bounds = [(-LARGEST_LOGARITHM, LARGEST_LOGARITHM)] * count

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        return -float(_summed(weights, by_group(at))) / total, -_summed(weights, _scores(by_group, at)) / total

    options = {"maxiter": 300, "ftol": 1e-12, "gtol": 1e-7}
    return np.asarray(minimize(loss, np.zeros(count), jac=True, method="L-BFGS-B", bounds=bounds, options=options).x)


def _newton(
    by_group: LogLikelihood, weights: NDArray[np.float64], at: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Where Newton's steps end, the second derivatives there, and whether that is a maximum."""
    hessian = _hessian(by_group, weights, at)
    for _step in range(NEWTON_STEPS):
        gradient = _summed(weights, _scores(by_group, at))
        if not _curves_downwards(hessian) or np.any(np.abs(at) >= LARGEST_LOGARITHM):
            break
        move = -np.linalg.solve(hessian, gradient)
        if gradient @ move / 2 < LARGEST_DECREMENT:
            return at, hessian, True
        at = _improved(by_group, weights, at=at, move=move)
        hessian = _hessian(by_group, weights, at)
    return at, hessian, False


def _curves_downwards(hessian: NDArray[np.float64]) -> bool:
    return bool(np.all(np.isfinite(hessian)) and np.linalg.eigvalsh(hessian).max() < 0)


def _improved(
    by_group: LogLikelihood, weights: NDArray[np.float64], *, at: NDArray[np.float64], move: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The longest of some fractions of a step that makes what happened more probable; where none does, the place itself."""
    before = _summed(weights, by_group(at))
    tried = (np.clip(at + move / 2**halvings, -LARGEST_LOGARITHM, LARGEST_LOGARITHM) for halvings in range(12))
    return next((trial for trial in tried if _summed(weights, by_group(trial)) > before), at)


def _steps(count: int) -> NDArray[np.float64]:
    return np.eye(count) * STEP


def _scores(by_group: LogLikelihood, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """The slope of each group's log-likelihood, a column a parameter."""
    return np.stack([by_group(at + step) - by_group(at - step) for step in _steps(len(at))], axis=1) / (2 * STEP)


def _hessian(by_group: LogLikelihood, weights: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second derivatives of the whole; differences are taken group by group, where they are exact, and then added up."""
    steps, here = _steps(len(at)), by_group(at)
    hessian = np.empty((len(at), len(at)))
    for row, one in enumerate(steps):
        hessian[row, row] = _summed(weights, by_group(at + one) - 2 * here + by_group(at - one))
        for column, other in enumerate(steps[:row]):
            crossed = by_group(at + one + other) - by_group(at + one - other) - by_group(at - one + other) + by_group(at - one - other)
            hessian[row, column] = hessian[column, row] = _summed(weights, crossed) / 4
    return hessian / STEP**2
