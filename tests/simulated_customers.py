"""Companies whose parameters are given: their customers buy, spend and renew as the models of lifetime value say that they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.customer_math.lifetime import contract_survival, purchase_activity, purchase_spend
from tasks.customer_math.lifetime.equity import Outlook, PurchaseModel
from tasks.customer_math.lifetime.estimation import Interval, log_interval
from tasks.customer_math.lifetime.purchase_groups import SPEND_STEPS, YEAR_WEEKS

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

ACTIVITY = (0.525, 6.183, 0.891, 1.614)
"""r, alpha (weeks), a and b, as they were published for the CDNOW sample."""
SPEND = (6.25, 3.74, 15.44)
RENEWALS = (0.668, 3.806)
WEEK_DAYS = 7
LONGEST_WEEKS, LONGEST_RENEWALS = 156, 8
OUTLOOK = Outlook(discount_rate=0.10, years=5)


@dataclass(frozen=True)
class Buyers:
    """Simulated buyers, one by one, times in whole days, and what their repeat purchases brought."""

    repeats: NDArray[np.float64]
    recency_days: NDArray[np.float64]
    age_days: NDArray[np.float64]
    repeat_amount: NDArray[np.float64]


def buyers(chance: Generator, count: int) -> Buyers:
    """As many buyers, who came on any day of three years."""
    r, alpha, a, b = ACTIVITY
    rate, gone = chance.gamma(r, 1 / alpha, count), chance.beta(a, b, count)
    age_days = chance.integers(4 * WEEK_DAYS, LONGEST_WEEKS * WEEK_DAYS, count).astype(float)
    limit = chance.geometric(np.maximum(gone, 1e-9)) - 1
    repeats, recency, clock = (np.zeros(count) for _ in range(3))
    buying = np.flatnonzero(limit > 0)
    while len(buying):
        clock[buying] += WEEK_DAYS * chance.exponential(1 / rate[buying])
        buying = buying[clock[buying] <= age_days[buying] + 0.5]
        repeats[buying] += 1
        recency[buying] = np.rint(clock[buying])
        buying = buying[repeats[buying] < limit[buying]]
    p, q, gamma = SPEND
    scale = chance.gamma(q, 1 / gamma, count)
    amount = np.where(repeats > 0, chance.gamma(p * np.maximum(repeats, 1), 1 / scale), 0)
    return Buyers(repeats, np.minimum(recency, age_days), age_days, amount)


@dataclass(frozen=True)
class Purchases:
    """What simulated buyers bought, a row a day of purchase."""

    buyer: NDArray[np.int64]
    """Number of the buyer, from 0."""
    days_ago: NDArray[np.int64]
    amount: NDArray[np.float64]


def purchases(chance: Generator, one_by_one: Buyers, *, first_amount: float = 20.0) -> Purchases:
    """Their first day, their last, and as many days between as they bought on; each repeat brings the buyer's mean."""
    repeats = one_by_one.repeats.astype(np.int64)
    buyer = np.repeat(np.arange(len(repeats)), repeats + 1)
    place = np.arange(len(buyer)) - np.repeat(np.cumsum(repeats + 1) - repeats - 1, repeats + 1)
    last, within = one_by_one.recency_days[buyer], chance.random(len(buyer)) * one_by_one.recency_days[buyer]
    days = np.select([place == 0, place == repeats[buyer]], [np.zeros(len(buyer)), last], default=within).astype(np.int64)
    mean = one_by_one.repeat_amount[buyer] / np.maximum(repeats[buyer], 1)
    amount = np.maximum(np.where(place == 0, first_amount, mean), 0.01).round(2)
    return Purchases(buyer, one_by_one.age_days[buyer].astype(np.int64) - days, amount)


def grouped(one_by_one: Buyers) -> tuple[purchase_activity.PurchaseCounts, NDArray[np.float64]]:
    """Those who are alike to the week in a row each, at their mean times in weeks, and what their repeat purchases brought."""
    place, rows = _alike(one_by_one.repeats, one_by_one.recency_days // WEEK_DAYS, one_by_one.age_days // WEEK_DAYS)
    count = np.bincount(place).astype(float)
    sums = [
        np.bincount(place, each).astype(float) for each in (one_by_one.recency_days, one_by_one.age_days + 0.5, one_by_one.repeat_amount)
    ]
    counts = purchase_activity.PurchaseCounts(rows[:, 0], sums[0] / count / WEEK_DAYS, sums[1] / count / WEEK_DAYS, count)
    return counts, sums[2]


def _alike(*columns: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """In which row of those who are alike each is, and the rows."""
    rows, place = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    return place.ravel(), rows


@dataclass(frozen=True)
class Resampled:
    """Buyers as counts of those who are alike, so that customers can be drawn anew: how often and when, and how much."""

    activity: purchase_activity.PurchaseCounts
    amounts: NDArray[np.float64]
    spend: purchase_spend.SpendCounts
    _places: tuple[NDArray[np.int64], NDArray[np.int64]]
    """In which row each buyer is, and each of those who bought again."""
    _has_bought: NDArray[np.bool_]

    @classmethod
    def of(cls, one_by_one: Buyers) -> Resampled:
        """From buyers one by one; their mean amounts are alike to the hundredth."""
        activity, amounts = grouped(one_by_one)
        place, _rows = _alike(one_by_one.repeats, one_by_one.recency_days // WEEK_DAYS, one_by_one.age_days // WEEK_DAYS)
        has_bought, each = one_by_one.repeats > 0, spend_counts(one_by_one)
        spend_place, rows = _alike(each.purchases, np.floor(np.log(each.mean_amount) * SPEND_STEPS))
        customers = np.bincount(spend_place).astype(float)
        spend = purchase_spend.SpendCounts(rows[:, 0], np.bincount(spend_place, each.mean_amount).astype(float) / customers, customers)
        return cls(activity, amounts, spend, (place, spend_place), has_bought)

    def model(self) -> PurchaseModel:
        """What is fitted on them."""
        return PurchaseModel(purchase_activity.fitted(self.activity), purchase_spend.fitted(self.spend))

    def drawn(self, chance: Generator) -> PurchaseModel:
        """What is fitted on as many customers drawn from them: each is drawn as often as Poisson's distribution of mean 1 says."""
        times = chance.poisson(1.0, len(self._has_bought)).astype(float)
        customers = np.bincount(self._places[0], times, minlength=len(self.amounts)).astype(float)
        again = np.bincount(self._places[1], times[self._has_bought], minlength=len(self.spend.customers)).astype(float)
        counts, spend, some, bought = self.activity, self.spend, customers > 0, again > 0
        return PurchaseModel(
            purchase_activity.fitted(
                purchase_activity.PurchaseCounts(counts.repeats[some], counts.recency[some], counts.age[some], customers[some])
            ),
            purchase_spend.fitted(purchase_spend.SpendCounts(spend.purchases[bought], spend.mean_amount[bought], again[bought])),
        )

    def quantities(self, model: PurchaseModel) -> dict[str, float]:
        """The parameters, and what follows from them of these very buyers: purchases of the next year, and equity."""
        counts, amounts = self.activity, self.amounts
        equity = float(model.purchases(counts, OUTLOOK) @ model.amounts(counts, amounts))
        parameters = {name: value for each in (model.activity, model.spend) for name, value in zip(each.names, each.values, strict=True)}
        return {**parameters, "next_year_purchases": self._next_year(model.activity.parameters), "equity": equity}

    def errors(self, model: PurchaseModel) -> dict[str, float]:
        """The standard error of the logarithm of each, by the sandwich and the delta method."""
        names = (*model.activity.names, *model.spend.names)
        errors = [float(error) for each in (model.activity, model.spend) for error in np.sqrt(np.diag(each.covariance))]
        purchases = model.activity.standard_error_of(self._next_year) / self._next_year(model.activity.parameters)
        equity, error = model.total(self.activity, self.amounts, OUTLOOK)
        return {**dict(zip(names, errors, strict=True)), "next_year_purchases": purchases, "equity": error / equity}

    def _next_year(self, parameters: NDArray[np.float64]) -> float:
        counts = self.activity
        return float(counts.customers @ purchase_activity.expected_purchases(parameters, counts, ahead=YEAR_WEEKS))


def spend_counts(one_by_one: Buyers) -> purchase_spend.SpendCounts:
    """The buyers with a repeat purchase, each a row."""
    has_bought = one_by_one.repeats > 0
    number = one_by_one.repeats[has_bought]
    return purchase_spend.SpendCounts(number, one_by_one.repeat_amount[has_bought] / number, np.ones(len(number)))


def renewal_counts(chance: Generator, count: int) -> contract_survival.RenewalCounts:
    """As many contracts, which began up to eight terms ago."""
    leaves_after = chance.geometric(np.maximum(chance.beta(*RENEWALS, count), 1e-9)) - 1
    seen = chance.integers(1, LONGEST_RENEWALS + 1, count)
    renewals, is_lost = np.minimum(leaves_after, seen), leaves_after < seen
    rows, number = np.unique(np.stack([renewals, is_lost], axis=1), axis=0, return_counts=True)
    return contract_survival.RenewalCounts(rows[:, 0].astype(float), rows[:, 1].astype(bool), number.astype(float))


def recovered(seed: int, *, count: int) -> dict[str, bool]:
    """Whether the 95% interval of each parameter, of the next year's purchases and of what they will bring holds the truth."""
    chance = np.random.default_rng(seed)
    one_by_one, renewals = buyers(chance, count), renewal_counts(chance, count)
    counts, amounts = grouped(one_by_one)
    model = PurchaseModel(purchase_activity.fitted(counts), purchase_spend.fitted(spend_counts(one_by_one)))
    terms = contract_survival.fitted(renewals)
    truth, intervals = {}, {}
    for kind, estimate, given in (("activity", model.activity, ACTIVITY), ("spend", model.spend, SPEND), ("renewals", terms, RENEWALS)):
        truth |= {f"{kind}.{name}": value for name, value in zip(estimate.names, given, strict=True)}
        intervals |= {f"{kind}.{name}": interval for name, interval in estimate.intervals().items()}

    def next_year(parameters: NDArray[np.float64]) -> float:
        return float(counts.customers @ purchase_activity.expected_purchases(parameters, counts, ahead=YEAR_WEEKS))

    def to_come(parameters: NDArray[np.float64]) -> float:
        stays = ~renewals.is_lost
        left = contract_survival.expected_terms(parameters, renewals.renewals, discount=OUTLOOK.discount_rate, terms=OUTLOOK.years)
        return float((renewals.customers * left)[stays].sum())

    activity, spend = np.array(ACTIVITY), np.array(SPEND)
    truth |= {"next_year_purchases": next_year(activity), "contract_terms": to_come(np.array(RENEWALS))}
    intervals |= {"next_year_purchases": model.activity.interval_of(next_year), "contract_terms": terms.interval_of(to_come)}
    equity, error = model.total(counts, amounts, OUTLOOK)
    truth["equity"] = float(model.purchases(counts, OUTLOOK, activity=activity) @ model.amounts(counts, amounts, spend=spend))
    intervals["equity"] = Interval(equity, *log_interval(equity, standard_error=error))
    return {name: bool(intervals[name].low <= truth[name] <= intervals[name].high) for name in truth}
