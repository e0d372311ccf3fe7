"""How much a purchase brings: the Gamma-Gamma model of spend.

P. S. Fader, B. G. S. Hardie and K. L. Lee, "RFM and CLV: using iso-value curves for customer base analysis" (2005).
A customer's purchases vary around a mean of its own, and the means are spread; a mean of few purchases is drawn towards
everybody's. It holds where who buys often spends no more a purchase than who buys seldom, which is looked at each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import gammaln

from tasks.customer_math.lifetime.estimation import NORMAL_95, Interval, maximum_likelihood

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.estimation import Estimate

PARAMETERS = ("p", "q", "gamma")
Number = Any
"""A number, an array of them, or a column of the engine: arithmetic is written alike for all."""


@dataclass(frozen=True)
class SpendCounts:
    """Buyers who are alike, a row each: arrays of one length."""

    purchases: NDArray[np.float64]
    """How many days of purchase the mean is of; at least 1."""
    mean_amount: NDArray[np.float64]
    """What one brought on average; more than 0."""
    customers: NDArray[np.float64]


def fitted(counts: SpendCounts) -> Estimate:
    """The three parameters: p of a customer's own purchases, q and gamma of the means of all."""
    levels, level = np.unique(counts.purchases, return_inverse=True)

    def log_likelihood(parameters: NDArray[np.float64], some: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        p, q, gamma = parameters
        at, number, mean = level[some], counts.purchases[some], counts.mean_amount[some]
        # What depends on the number of purchases alone is computed once for each number: there are few of them.
        shapes = p * levels
        leads, shape = gammaln(shapes + q) - gammaln(shapes) - gammaln(q) + q * np.log(gamma), shapes[at]
        return leads[at] + (shape - 1) * np.log(mean) + shape * np.log(number) - (shape + q) * np.log(gamma + mean * number)

    return maximum_likelihood(log_likelihood, counts.customers, names=PARAMETERS)


def has_mean(parameters: NDArray[np.float64]) -> bool:
    """Whether the customers' means have a mean: where q is 1 or less they spread without end, and nothing can be expected."""
    return bool(parameters[1] > 1)


def expected_amount(parameters: Sequence[float], purchases: Number, brought: Number, *, customers: Number | float = 1.0) -> Number:
    """What a further purchase of some customers is expected to bring, after so many of each that brought so much in all.

    Numbers of arrays or columns of the engine alike. Of 0 purchases: as much as everybody's. A mean of few purchases is
    drawn towards everybody's.
    """
    p, q, gamma = parameters
    return p * (gamma * customers + brought) / (p * purchases + (q - 1))


def dependence(counts: SpendCounts) -> Interval:
    """The correlation of the logarithms of how often and of how much, with its 95% interval (Fisher's z); 0 is independence.

    R. A. Fisher, "Frequency distribution of the values of the correlation coefficient" (1915).
    """
    often, much = np.log(counts.purchases), np.log(counts.mean_amount)
    (one, both), (_both, other) = np.cov(often, much, fweights=counts.customers.astype(np.int64))
    if one <= 0 or other <= 0:
        return Interval(0.0, 0.0, 0.0)
    centre = np.arctanh(np.clip(both / np.sqrt(one * other), -0.999999, 0.999999))
    error = NORMAL_95 / np.sqrt(max(counts.customers.sum() - 3, 1))
    value, low, high = (float(np.tanh(z)) for z in (centre, centre - error, centre + error))
    return Interval(value, low, high)
