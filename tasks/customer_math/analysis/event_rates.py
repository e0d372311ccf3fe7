"""Whether counted events, such as complaints, became more frequent: a trend with its interval, and limits that chance keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST_PERIODS = 4
"""A slope and its dispersion need more periods than they are numbers."""
MOVING_RANGE_TO_DEVIATION = 1.128
"""How large the mean distance of two normal numbers is, in standard deviations."""
DEVIATIONS = 3
"""A chart's limits lie so many standard deviations from its centre: chance crosses them in 3 of 1,000 periods."""
FEWEST_EVENTS = 10
"""Fewer events in all periods together make no trend and no limits."""
STEPS_COUNT, LONGEST_STEP = 100, 0.5
"""How often the fit of a trend is improved, far beyond need, and how far it goes at once, so that a steep one does not overshoot."""


@dataclass(frozen=True)
class Trend:
    """By what factor a rate changes from one period to the next, with its 95% interval."""

    factor: float
    low: float
    high: float
    dispersion: float
    """How many times as much the counts vary as Poisson counts do, at least once."""
    p_value: float
    """Chance of a slope as steep as this, if there were none."""


@dataclass(frozen=True)
class Limits:
    """The limits between which chance keeps a rate, period by period."""

    centre: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    inflation: float
    """How many times as much the rates vary from period to period as Poisson counts would."""


def rate_trend(counts: Sequence[int], exposures: Sequence[float]) -> Trend | None:
    """The slope of the logarithm of a rate by quasi-Poisson regression; none of too few periods, or of no events.

    The counts' own spread widens the interval: complaints come in waves, and a Poisson interval would call each a trend.
    """
    count, exposure = np.asarray(counts, dtype=np.float64), np.asarray(exposures, dtype=np.float64)
    if not _is_enough(count, exposure):
        return None
    time = np.arange(len(count)) - (len(count) - 1) / 2
    design = np.stack([np.ones_like(time), time], axis=1)
    coefficients = _fitted(design, count, exposure)
    expected = exposure * np.exp(design @ coefficients)
    free = len(count) - 2
    dispersion = max(1.0, float(np.sum((count - expected) ** 2 / expected)) / free)
    error = float(np.sqrt(dispersion * np.linalg.inv(design.T @ (design * expected[:, None]))[1, 1]))
    slope, spread = float(coefficients[1]), float(stdtrit(free, 0.975)) * error
    chance = 2 * float(stdtr(free, -abs(slope) / error))
    return Trend(float(np.exp(slope)), float(np.exp(slope - spread)), float(np.exp(slope + spread)), dispersion, chance)


def _is_enough(count: NDArray[np.float64], exposure: NDArray[np.float64]) -> bool:
    """Whether there is enough for a trend; events of one period alone would make an endless one."""
    return len(count) >= FEWEST_PERIODS and count.sum() >= FEWEST_EVENTS and np.count_nonzero(count) > 1 and bool(exposure.all())


def _fitted(design: NDArray[np.float64], count: NDArray[np.float64], exposure: NDArray[np.float64]) -> NDArray[np.float64]:
    """The coefficients of greatest likelihood, by Newton's method."""
    coefficients = np.array([np.log(count.sum() / exposure.sum()), 0.0])
    for _ in range(STEPS_COUNT):
        expected = exposure * np.exp(design @ coefficients)
        step = np.linalg.solve(design.T @ (design * expected[:, None]), design.T @ (count - expected))
        coefficients = coefficients + np.clip(step, -LONGEST_STEP, LONGEST_STEP)
    return coefficients


def rate_limits(counts: Sequence[int], exposures: Sequence[float]) -> Limits | None:
    """The limits of Laney's u'-chart; none of too few periods, or of no events.

    A plain u-chart takes the counts for Poisson counts; of many customers its limits are so narrow that it always alarms.
    """
    count, exposure = np.asarray(counts, dtype=np.float64), np.asarray(exposures, dtype=np.float64)
    if not _is_enough(count, exposure):
        return None
    centre = float(count.sum() / exposure.sum())
    deviation = np.sqrt(centre / exposure)
    inflation = float(np.mean(np.abs(np.diff((count / exposure - centre) / deviation)))) / MOVING_RANGE_TO_DEVIATION
    reach = DEVIATIONS * deviation * inflation
    return Limits(centre, tuple(map(float, np.maximum(centre - reach, 0))), tuple(map(float, centre + reach)), inflation)
