"""Chance without luck: the same numbers on every run and every machine.

Every draw is a hash of what it is for and of a row's number, in whole numbers only: adding a new kind of draw changes
no other, and no machine's rounding of logarithms can.
"""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
SECOND_MIX = np.uint64(0x94D049BB133111EB)
TABLE_LENGTH = 512
"""Steps of a table of amounts; enough that no amount looks repeated."""


def draws(purpose: str, numbers: Numbers) -> NDArray[np.uint64]:
    """One draw for every number, even over all of 64 bits (the finaliser of SplitMix64)."""
    seed = np.frombuffer(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), dtype="<u8")
    mixed = numbers.astype(np.uint64) * GOLDEN + seed
    mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST_MIX
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND_MIX
    return mixed ^ (mixed >> np.uint64(31))


def below(purpose: str, numbers: Numbers, *, limit: Numbers | int) -> Numbers:
    """A whole number from 0 to below the limit for every number."""
    return (draws(purpose, numbers) >> np.uint64(11)).astype(np.int64) % limit


def between(purpose: str, numbers: Numbers, *, first: Numbers | int, last: Numbers | int) -> Numbers:
    """A whole number from first to last, both included, for every number."""
    return first + below(purpose, numbers, limit=np.asarray(last) - np.asarray(first) + 1)


def happens(purpose: str, numbers: Numbers, *, per_mille: int) -> Flags:
    """Whether something that happens so many times in a thousand does, for every number."""
    return below(purpose, numbers, limit=1000) < per_mille


def one_of(purpose: str, numbers: Numbers, *, weights: Sequence[int]) -> Numbers:
    """The index in the list of what is drawn, each as often as its weight."""
    steps = np.cumsum(np.asarray(weights, dtype=np.int64))
    return np.searchsorted(steps, below(purpose, numbers, limit=int(steps[-1])), side="right").astype(np.int64)


def chosen(purpose: str, numbers: Numbers, *, count: int, weights: Numbers | None = None) -> Numbers:
    """So many of the numbers, in order; each has as many draws in the lottery as its weight, or one."""
    if count > len(numbers):
        raise ValueError(f"{purpose}: expected at least {count} to choose from, found {len(numbers)}; choose a larger scale")
    counts = np.ones(len(numbers), dtype=np.int64) if weights is None else weights
    best = np.zeros(len(numbers), dtype=np.uint64)
    for draw in range(int(counts.max(initial=0))):
        drawn = draws(f"{purpose} {draw}", numbers)
        best = np.where(counts > draw, np.maximum(best, drawn), best)
    first = len(numbers) - count
    return np.sort(numbers[np.argpartition(best, first)[first:]]) if count else numbers[:0]


def amounts_around(median_cents: int, *, spread: float) -> Numbers:
    """A table of amounts in cents as purchases have them: many small ones, few large ones (lognormal), in order."""
    normal = NormalDist()
    steps = ((step + 0.5) / TABLE_LENGTH for step in range(TABLE_LENGTH))
    return np.array([max(1, round(median_cents * math.exp(spread * normal.inv_cdf(step)))) for step in steps], dtype=np.int64)
