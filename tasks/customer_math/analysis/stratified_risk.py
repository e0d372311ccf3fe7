"""Whether an outcome is more frequent among the exposed, customers being compared with their like only: statistics on counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtri

from tasks.customer_math.analysis.excess_losses import false_discovery_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

Counts = NDArray[np.float64]
"""Customers a stratum, as floating numbers, whose products do not overflow."""
TWO_SIDED_95 = float(ndtri(0.975))
"""The normal deviate beyond which 2.5 per cent lie on either side."""
SMALLEST_FITTED_COUNT = 5
"""A chi-square distance is told of strata only in which no cell is expected to hold fewer (Cochran's rule)."""


@dataclass(frozen=True)
class Strata:
    """Customers by stratum: how many had the experience, how many did not, and of how many of each the outcome came true."""

    exposed: Counts
    exposed_events: Counts
    others: Counts
    others_events: Counts

    @classmethod
    def of(cls, exposed: Sequence[int], exposed_events: Sequence[int], *, others: Sequence[int], others_events: Sequence[int]) -> Strata:
        """The strata with these counts, in one order."""
        return cls(*(np.asarray(counts, dtype=np.float64) for counts in (exposed, exposed_events, others, others_events)))

    @property
    def everybody(self) -> Counts:
        """Customers of each stratum."""
        return self.exposed + self.others

    @property
    def events(self) -> Counts:
        """Those of whom the outcome came true."""
        return self.exposed_events + self.others_events

    @property
    def is_compared(self) -> NDArray[np.bool_]:
        """Whether a stratum has both; one that has only exposed, or none, says nothing."""
        return (self.exposed > 0) & (self.others > 0)

    def only(self, which: NDArray[np.bool_]) -> Strata:
        """Some of the strata."""
        return Strata(*(counts[which] for counts in (self.exposed, self.exposed_events, self.others, self.others_events)))

    def pooled(self) -> Strata:
        """Everybody in one stratum: the crude comparison."""
        parts = (self.exposed, self.exposed_events, self.others, self.others_events)
        return Strata(*(np.asarray([counts.sum()]) for counts in parts))


@dataclass(frozen=True)
class RiskRatio:
    """How many times as often the outcome came true among the exposed as among others alike."""

    ratio: float
    low: float
    high: float
    """The 95% interval."""
    p_value: float
    """Chance of a distance from 1 as large as this, if there were no link."""


def risk_ratio(strata: Strata) -> RiskRatio | None:
    """The risk ratio of Mantel and Haenszel with the interval of Greenland and Robins (1985); none where an arm has no event.

    The p-value is that of the Cochran-Mantel-Haenszel test without correction for continuity. The 22,071 physicians of
    whom 189 of 11,034 on placebo and 104 of 11,037 on aspirin had an infarction: 1.818 (1.433 to 2.306).
    """
    compared = strata.only(strata.is_compared)
    n1, n0, n, m1 = compared.exposed, compared.others, compared.everybody, compared.events
    numerator, denominator = _weighed(compared)
    if not numerator or not denominator:
        return None
    variance = np.sum((n1 * n0 * m1 - compared.exposed_events * compared.others_events * n) / n**2) / (numerator * denominator)
    ratio, spread = numerator / denominator, TWO_SIDED_95 * float(np.sqrt(variance))
    return RiskRatio(ratio, ratio * float(np.exp(-spread)), ratio * float(np.exp(spread)), _chance(compared))


def _weighed(strata: Strata) -> tuple[float, float]:
    """Events of both arms, each weighed by the size of the other: their quotient is the ratio."""
    n = strata.everybody
    return float(np.sum(strata.exposed_events * strata.others / n)), float(np.sum(strata.others_events * strata.exposed / n))


def _chance(strata: Strata) -> float:
    """The two-sided p-value of Cochran, Mantel and Haenszel; 1 where nothing can vary."""
    n1, n0, n, m1 = strata.exposed, strata.others, strata.everybody, strata.events
    variance = float(np.sum(n1 * n0 * m1 * (n - m1) / (n**2 * (n - 1))))
    distance = float(np.sum(strata.exposed_events - n1 * m1 / n))
    return float(chdtrc(1, distance**2 / variance)) if variance else 1.0


def odds_ratio(strata: Strata) -> float | None:
    """The odds ratio of Mantel and Haenszel; none where one arm has no event, or the other nothing but events."""
    compared = strata.only(strata.is_compared)
    n = compared.everybody
    up = float(np.sum(compared.exposed_events * (compared.others - compared.others_events) / n))
    down = float(np.sum((compared.exposed - compared.exposed_events) * compared.others_events / n))
    return up / down if up and down else None


def e_value(ratio: float, *, bound: float = np.inf) -> float:
    """How strong a cause that nobody recorded would have to be to explain a ratio away (VanderWeele and Ding 2017).

    It would have to multiply both the chance of the experience and that of the outcome by as much. `bound` is the end of
    the interval that lies nearer to 1: where the interval reaches 1, nothing is needed, and the answer is 1. A ratio of
    3.9 needs 7.26.
    """
    nearer = ratio if np.isinf(bound) else bound
    if (nearer - 1) * (ratio - 1) <= 0:
        return 1.0
    above = nearer if nearer > 1 else 1 / nearer
    return float(above + np.sqrt(above * (above - 1)))


def differs_by_stratum(strata: Strata) -> float | None:
    """The p-value of Breslow and Day, with Tarone's correction, that one ratio of odds holds in every stratum.

    A small one says that the pooled ratio hides different ones. Strata too thin for it are left out; none where fewer
    than two remain. Men and women admitted by six departments in Berkeley in 1973: 0.0021.
    """
    common = odds_ratio(strata)
    if common is None:
        return None
    fitted = _fitted(strata, common)
    thick = fitted.min(axis=0) >= SMALLEST_FITTED_COUNT
    if thick.sum() < 2:
        return None
    variance = 1 / np.sum(1 / fitted[:, thick], axis=0)
    apart = strata.exposed_events[thick] - fitted[0, thick]
    distance = float(np.sum(apart**2 / variance) - np.sum(apart) ** 2 / np.sum(variance))
    return float(chdtrc(int(thick.sum()) - 1, distance))


def _fitted(strata: Strata, common: float) -> NDArray[np.float64]:
    """The four cells of each stratum if its odds ratio were the common one: with its own margins, a row a cell."""
    n1, n0, m1 = strata.exposed, strata.others, strata.events
    linear = n0 - m1 + common * (n1 + m1)
    root = np.sqrt(linear**2 + 4 * (1 - common) * common * m1 * n1)
    both = 2 * common * m1 * n1 / np.maximum(linear + root, np.finfo(float).tiny)
    return np.stack([both, n1 - both, m1 - both, n0 - m1 + both])


def corrected_for_many(p_values: Sequence[float]) -> list[float]:
    """The p-values as Benjamini and Hochberg raise them, in the same order.

    Of the links that are called demonstrated up to 5%, at most 5% are expected to be none, however many were looked at.
    """
    return false_discovery_rates(p_values)


@dataclass(frozen=True)
class RateRatio:
    """How many times as many events a unit of exposure there were, with the exact 95% interval."""

    ratio: float
    low: float
    high: float
    p_value: float


def rate_ratio(count: int, exposure: float, *, other_count: int, other_exposure: float) -> RateRatio | None:
    """Two rates of counted events compared exactly, given how many there were in all; none where either is none.

    11 events in 800 against 21 in 3,011: 1.9715 (0.8584 to 4.2773), p 0.07967.
    """
    if not count or not other_count:
        return None
    from scipy.stats import binomtest  # noqa: PLC0415 - it takes seconds, and only where two rates are compared

    both = binomtest(count, count + other_count, exposure / (exposure + other_exposure))
    part = both.proportion_ci(0.95, method="exact")
    ratio, low, high = (share / (1 - share) * other_exposure / exposure for share in (count / (count + other_count), part.low, part.high))
    return RateRatio(ratio, float(low), float(high), float(both.pvalue))


def net_promoter_score(promoters: int, passives: int, *, detractors: int) -> tuple[float, float] | None:
    """Promoters less detractors in per cent of those who answered, and its standard error in the same; none of no answers.

    162 promoters, 108 passives and 54 detractors: 33.3, give or take a standard error of 4.141.
    """
    answers = promoters + passives + detractors
    if not answers:
        return None
    score = (promoters - detractors) / answers
    return 100 * score, 100 * float(np.sqrt(((promoters + detractors) / answers - score**2) / answers))
