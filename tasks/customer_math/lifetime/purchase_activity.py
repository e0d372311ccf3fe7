"""Who still buys, and how often: the modified beta-geometric / negative binomial model of repeat purchases (MBG/NBD).

E. P. Batislam, M. Denizel and A. Filiztekin, "Empirical validation and comparison of models for customer base analysis" (2007);
D. Hoppe and U. Wagner, "Customer base analysis: the case for a central variant of the Betageometric/NBD model" (2007).
While a customer is alive it buys at a rate of its own; after every purchase, the first included, it may be gone for good. The
rates are spread as a gamma distribution, the chances to be gone as a beta distribution. (In the model without the change, whoever
bought only once is alive for ever, so it must never be used to count.) It says nothing of who is a customer: the ledger does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln, gammaln, hyp2f1

from tasks.customer_math.lifetime.estimation import maximum_likelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.estimation import Estimate

PARAMETERS = ("r", "alpha", "a", "b")
TOO_NEAR_ONE = 1e-7
"""The expectation has (a - 1) above and below; so near to 1 it is taken a little further off, where it is the same to 6 digits."""


@dataclass(frozen=True)
class PurchaseCounts:
    """Customers who are alike, a row each: arrays of one length, times in one unit, in the middle of their interval."""

    repeats: NDArray[np.float64]
    """Days of purchase after the first."""
    recency: NDArray[np.float64]
    """Time from the first purchase to the last; 0 where there is no other."""
    age: NDArray[np.float64]
    """Time from the first purchase to the end of what is recorded."""
    customers: NDArray[np.float64]


def fitted(counts: PurchaseCounts) -> Estimate:
    """The four parameters: r and alpha of the rates of buying, a and b of the chances to be gone."""
    levels, level = np.unique(counts.repeats, return_inverse=True)

    def log_likelihood(parameters: NDArray[np.float64], some: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        r, alpha, a, b = parameters
        at, recency, age = level[some], counts.recency[some], counts.age[some]
        # What depends on the number of purchases alone is computed once for each number: there are few of them.
        leads = gammaln(r + levels) - gammaln(r) + r * np.log(alpha) + betaln(a, b + levels + 1) - betaln(a, b)
        shape, chance = r + levels, np.log(a) - np.log(b + levels)
        alive = -shape[at] * np.log(alpha + age)
        gone = chance[at] - shape[at] * np.log(alpha + recency)
        return leads[at] + np.logaddexp(alive, gone)

    return maximum_likelihood(log_likelihood, counts.customers, names=PARAMETERS)


def alive_rate(parameters: NDArray[np.float64], counts: PurchaseCounts) -> NDArray[np.float64]:
    """The chance that a customer still buys."""
    r, alpha, a, b = parameters
    silent = (r + counts.repeats) * (np.log(alpha + counts.age) - np.log(alpha + counts.recency))
    return 1 / (1 + np.exp(np.log(a) - np.log(b + counts.repeats) + silent))


def expected_purchases(parameters: NDArray[np.float64], counts: PurchaseCounts, *, ahead: float) -> NDArray[np.float64]:
    """How many further days of purchase are expected of each customer of a group in so much time.

    Hoppe and Wagner's equation, after Euler's transformation of the hypergeometric function: as it is printed, it overflows for
    customers with hundreds of purchases.
    """
    r, alpha, a, b = parameters
    if abs(a - 1) < TOO_NEAR_ONE:
        a = 1 + TOO_NEAR_ONE
    total = a + b + counts.repeats
    later = ahead / (alpha + counts.age + ahead)
    still = (1 - later) ** (a - 1) * hyp2f1(a + b - r, a - 1, total, later)
    return total / (a - 1) * (1 - still) * alive_rate(parameters, counts)


def discounted_purchases(
    parameters: NDArray[np.float64], counts: PurchaseCounts, *, discount: float, years: float, year: float
) -> NDArray[np.float64]:
    """How many further days of purchase are expected in so many years, those of each year discounted from its middle.

    `discount` is a year's, and `year` is how long one is in the counts' unit of time. The last year may be a part of one.
    """
    discounted, before = np.zeros_like(counts.age), np.zeros_like(counts.age)
    for begins in range(math.ceil(years)):
        ends = min(begins + 1, years)
        until = expected_purchases(parameters, counts, ahead=year * ends)
        discounted, before = discounted + (until - before) / (1 + discount) ** ((begins + ends) / 2), until
    return discounted
