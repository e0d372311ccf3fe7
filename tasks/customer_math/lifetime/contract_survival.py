"""How long contracts last: the shifted beta-geometric model of renewals.

P. S. Fader and B. G. S. Hardie, "How to project customer retention" (2007); "Customer-base valuation in a contractual
setting" (2010). Each customer has a chance of its own to leave at a renewal; the chances are spread as a beta distribution, so
that those who stayed longer are those who were less likely to leave, and the renewal rate of a cohort rises.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaln

from tasks.customer_math.lifetime.estimation import maximum_likelihood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.estimation import Estimate

PARAMETERS = ("alpha", "beta")


@dataclass(frozen=True)
class RenewalCounts:
    """Customers who are alike, a row each: arrays of one length."""

    renewals: NDArray[np.float64]
    """How often they renewed."""
    is_lost: NDArray[np.bool_]
    """Whether they left at the renewal after these; otherwise it has not come yet."""
    customers: NDArray[np.float64]

    @classmethod
    def of_cohort(cls, alive: tuple[float, ...]) -> RenewalCounts:
        """From the customers of one cohort who were left after 0, 1, 2, ... renewals."""
        lost = -np.diff(np.array(alive, dtype=float))
        renewals = np.array([*range(len(lost)), len(lost)], dtype=float)
        is_lost = np.array([*[True] * len(lost), False])
        return cls(renewals, is_lost, np.array([*lost, alive[-1]], dtype=float))


def log_survival(parameters: NDArray[np.float64], renewals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the chance to renew at least so often: B(alpha, beta + renewals) / B(alpha, beta)."""
    alpha, beta = parameters
    return betaln(alpha, beta + renewals) - betaln(alpha, beta)


def fitted(counts: RenewalCounts) -> Estimate:
    """The two parameters, alpha and beta."""

    def log_likelihood(parameters: NDArray[np.float64], some: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        alpha, beta = parameters
        renewals = counts.renewals[some]
        lost = betaln(alpha + 1, beta + renewals) - betaln(alpha, beta)
        return np.where(counts.is_lost[some], lost, log_survival(parameters, renewals))

    return maximum_likelihood(log_likelihood, counts.customers, names=PARAMETERS)


def survival_after(parameters: NDArray[np.float64], renewals: NDArray[np.float64], *, further: int) -> NDArray[np.float64]:
    """The chance that those who renewed so often renew at least so many further times."""
    return np.exp(log_survival(parameters, renewals + further) - log_survival(parameters, renewals))


def expected_terms(
    parameters: NDArray[np.float64], renewals: NDArray[np.float64], *, discount: float, terms: float, elapsed: float = 0.5
) -> NDArray[np.float64]:
    """How many terms are still to come of those who renewed so often, up to so many from today, each discounted from its middle.

    `discount` is a term's. So much of the running term is over: half of it, where customers came on any day. Without discount,
    of one term ahead, the half that is left of the running one is sure, and half of the next is as likely as its renewal.
    """
    expected = np.zeros_like(renewals)
    for further in range(math.ceil(terms + elapsed)):
        begins, ends = max(further - elapsed, 0.0), min(further + 1 - elapsed, terms)
        weight = max(ends - begins, 0.0) / (1 + discount) ** ((begins + ends) / 2)
        expected += weight * survival_after(parameters, renewals, further=further)
    return expected
