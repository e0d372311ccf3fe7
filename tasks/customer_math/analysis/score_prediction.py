"""Whether a score foretells who is lost better than tenure and value alone: areas under the curve, out of fold, on counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.customer_math.analysis.experience_links import Columns

    Numbers = NDArray[np.float64]

FOLDS = 4
"""Customers of each fourth are foretold from those of the other three."""
PRIOR_COUNT = 20.0
"""A rate of few customers is drawn towards a wider group's, as if so many more of that group were among them."""
FEWEST_CUSTOMERS, FEWEST_LOST = 100, 20
"""Of fewer nothing is said."""
DRAWS_COUNT, SEED = 1000, 20_250_101
RECORDED_ANYWAY = ("tenure", "value_group")
WITH_SCORE = (*RECORDED_ANYWAY, "score_group")


@dataclass(frozen=True)
class ScoreGain:
    """How well who is lost is foretold, as the chance that one who was lost had been given a higher risk than one who stayed."""

    customers_count: int
    lost_count: int
    without_area: float
    with_area: float
    low: float
    high: float
    """The 95% interval of the gain."""

    @property
    def gain(self) -> float:
        """By how much the score foretells better."""
        return self.with_area - self.without_area

    @property
    def is_shown(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.low > 0


def score_gain(cells: Columns) -> ScoreGain | None:
    """The gain of the score over tenure and value alone; none where too few gave a score, or too few of them were lost.

    `cells` has a row a digit, tenure, value group and score group, with customers_count and lost_count. Each customer is
    foretold by the rates of customers of other folds; customers are drawn anew, each as often as a Poisson number of mean 1.
    """
    lost, everybody = (np.asarray(cells[name], dtype=np.float64) for name in ("lost_count", "customers_count"))
    stayed = everybody - lost
    if everybody.sum() < FEWEST_CUSTOMERS or min(lost.sum(), stayed.sum()) < FEWEST_LOST:
        return None
    fold = np.asarray([int(str(digit), 16) % FOLDS for digit in cells["digit"]], dtype=np.int64)
    risks = _risks(cells, fold, lost=lost, everybody=everybody)
    random = np.random.default_rng(SEED)
    drawn = [random.poisson(counts, (DRAWS_COUNT, len(counts))).astype(np.float64) for counts in (lost, stayed)]
    without, with_score = (float(_area(risk, lost[None, :], stayed[None, :])[0]) for risk in risks)
    gains = _area(risks[1], *drawn) - _area(risks[0], *drawn)
    low, high = np.percentile(gains, [2.5, 97.5])
    return ScoreGain(int(everybody.sum()), int(lost.sum()), without, with_score, float(low), float(high))


def _risks(cells: Columns, fold: NDArray[np.int64], *, lost: Numbers, everybody: Numbers) -> tuple[Numbers, Numbers]:
    """The risk of each cell's customers without the score, and with it, from the customers of other folds."""
    alike, same = (_numbered(cells, names) for names in (RECORDED_ANYWAY, WITH_SCORE))
    without, with_score = np.zeros_like(lost), np.zeros_like(lost)
    for number in range(FOLDS):
        others = fold != number
        overall = np.full(len(lost), lost[others].sum() / max(everybody[others].sum(), 1))
        rough = _rates(alike, lost * others, everybody * others, towards=overall)
        fine = _rates(same, lost * others, everybody * others, towards=rough)
        without[~others], with_score[~others] = rough[~others], fine[~others]
    return without, with_score


def _numbered(cells: Columns, names: Sequence[str]) -> NDArray[np.int64]:
    """The number of each row's group by some columns."""
    keys = list(zip(*(cells[name] for name in names), strict=True))
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.asarray([numbers[key] for key in keys], dtype=np.int64)


def _rates(group: NDArray[np.int64], lost: Numbers, everybody: Numbers, *, towards: Numbers) -> Numbers:
    """The rate of each row's group, drawn towards a wider one's."""
    sums = [np.bincount(group, weights=counts)[group] for counts in (lost, everybody)]
    return (sums[0] + PRIOR_COUNT * towards) / (sums[1] + PRIOR_COUNT)


def _area(risk: Numbers, lost: Numbers, stayed: Numbers) -> Numbers:
    """The area under the curve of each draw, a row a draw; equal risks count half."""
    levels, level = np.unique(risk, return_inverse=True)
    is_of = (level[:, None] == np.arange(len(levels))[None, :]).astype(np.float64)
    lost_at, stayed_at = lost @ is_of, stayed @ is_of
    below = np.cumsum(stayed_at, axis=1) - stayed_at
    pairs = np.maximum(lost_at.sum(axis=1) * stayed_at.sum(axis=1), 1)
    return np.sum(lost_at * (below + stayed_at / 2), axis=1) / pairs
