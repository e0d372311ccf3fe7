"""How much of the value lost an experience may explain: the part beyond what would have been lost anyway, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.customer_math.analysis.stratified_risk import Strata

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.customer_math.analysis.stratified_risk import Counts

DRAWS_COUNT = 1000
"""How often customers are drawn anew."""
CELLS_AT_ONCE = 2_000_000
"""Numbers that are drawn at once, so that memory does not grow with the strata."""
SEED = 20_250_101
"""Where the draws begin: the same counts give the same interval."""


@dataclass(frozen=True)
class LostValue:
    """By stratum, what the exposed who were lost had been worth, summed, and the sum of the squares."""

    amount: Counts
    squared: Counts

    def only(self, which: NDArray[np.bool_]) -> LostValue:
        """Some of the strata."""
        return LostValue(self.amount[which], self.squared[which])


@dataclass(frozen=True)
class ValueRange:
    """An amount with the ends of its 95% interval."""

    amount: float
    low: float
    high: float


def explained_value(strata: Strata, lost: LostValue) -> ValueRange:
    """Of the value that the exposed took with them, the part beyond what others alike would have: V (RR - 1) / RR, never below 0.

    The interval is a bootstrap by customer: each counts as often as a Poisson number of mean 1 says. Every customer lies
    in one stratum and one cell of it, so the weights of a cell sum to a Poisson number of its size, and the value lost in
    it has the mean and variance of so many customers drawn anew. It never reaches beyond what they took with them. Strata
    without others are compared with nobody and left out.
    """
    compared = strata.is_compared
    strata, lost = strata.only(compared), lost.only(compared)
    draws = np.concatenate(list(_drawn(strata, lost))) if compared.any() else np.zeros(1)
    observed = float(lost.amount.sum()) * _excess(strata)
    low, high = np.minimum(np.percentile(draws, [2.5, 97.5]), lost.amount.sum())
    return ValueRange(float(observed), float(low), float(high))


def _drawn(strata: Strata, lost: LostValue) -> list[NDArray[np.float64]]:
    """Amounts that customers drawn anew give, some draws at a time."""
    random = np.random.default_rng(SEED)
    at_once = max(1, min(DRAWS_COUNT, CELLS_AT_ONCE // len(strata.exposed)))
    sizes = [min(at_once, DRAWS_COUNT - first) for first in range(0, DRAWS_COUNT, at_once)]
    return [_draw(random, strata, lost, count=size) for size in sizes]


def _draw(random: np.random.Generator, strata: Strata, lost: LostValue, *, count: int) -> NDArray[np.float64]:
    """One amount a draw."""
    shape = (count, len(strata.exposed))
    events = random.poisson(strata.exposed_events, shape).astype(np.float64)
    exposed = events + random.poisson(strata.exposed - strata.exposed_events, shape)
    others_events = random.poisson(strata.others_events, shape).astype(np.float64)
    others = others_events + random.poisson(strata.others - strata.others_events, shape)
    worth = lost.amount / np.maximum(strata.exposed_events, 1)
    spread = np.maximum(lost.squared / np.maximum(strata.exposed_events, 1) - worth**2, 0)
    amount = np.sum(events * worth, axis=1) + random.standard_normal(count) * np.sqrt(np.sum(events * spread, axis=1))
    return np.maximum(amount, 0) * _excess(Strata(exposed, events, others, others_events))


def _excess(strata: Strata) -> NDArray[np.float64]:
    """The part of the exposed's events beyond those of others alike, 1 - 1 / RR, over the strata in the last axis."""
    everybody = np.maximum(strata.everybody, 1)
    up = np.sum(strata.exposed_events * strata.others / everybody, axis=-1)
    down = np.sum(strata.others_events * strata.exposed / everybody, axis=-1)
    return np.clip((up - down) / np.where(up > 0, up, 1), 0, 1)
