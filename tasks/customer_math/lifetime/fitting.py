"""From counts to models, or to the sentence that says why there are none: too few customers, or nothing that the data determine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import Message, gettext_noop
from tasks.customer_math.figures import ALL
from tasks.customer_math.lifetime import contract_survival, purchase_activity, purchase_spend
from tasks.customer_math.lifetime.contract_groups import renewal_counts
from tasks.customer_math.lifetime.equity import ContractModel, PurchaseModel
from tasks.customer_math.lifetime.purchase_groups import purchase_counts, spend_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.contract_survival import RenewalCounts
    from tasks.customer_math.lifetime.estimation import Estimate

    Columns = Mapping[str, NDArray[np.float64]]

LEAST_ENDED_PART = 0.05
"""Of the fewest customers, so many contracts at least must have ended: from contracts that all go on nothing is learnt of ends."""
NOBODY_STOPS = 1e-4
"""A chance to be gone after a purchase that is smaller is none: the search ran to the end of what it may try."""


class NotFittedError(Exception):
    """There is no model of what happened; the message says why, as a reader of the scorecard sees it."""

    def __init__(self, why: Message) -> None:
        super().__init__(why)
        self.why = why


def fitted_purchases(groups: Columns, spend: Columns, *, fewest: int) -> PurchaseModel:
    """The models of repeat purchases; raises NotFittedError where too few bought again, or nothing is determined."""
    again = int(spend["customers_count"].sum())
    if again < fewest:
        text = gettext_noop("{again} bought on a second day and spent something, {fewest} customers are needed")
        raise NotFittedError(Message(text, {"again": again, "fewest": fewest}))
    activity = purchase_activity.fitted(purchase_counts(groups))
    if not activity.has_converged:
        raise NotFittedError(_why_no_activity(activity, groups))
    amounts = purchase_spend.fitted(spend_counts(spend))
    if not amounts.has_converged or not purchase_spend.has_mean(amounts.parameters):
        raise NotFittedError(Message(gettext_noop("what customers spend a time is spread so widely that no mean can be expected")))
    return PurchaseModel(activity, amounts)


def _why_no_activity(activity: Estimate, groups: Columns) -> Message:
    """What was missing; where nobody stops, a model in which customers go at any time finds no end either: it has the same limit."""
    _r, _alpha, a, b = activity.values
    if a / (a + b) < NOBODY_STOPS:
        days = int((groups["age_days"] / groups["customers_count"]).max())
        text = gettext_noop(
            "in the {days} days that are recorded nobody can be seen to stop buying: the {buyers} buyers cannot be "
            "told from buyers who never stop, so that how long customers go on is not known; extracts of a longer time are needed"
        )
        return Message(text, {"days": days, "buyers": activity.customers_count})
    return Message(gettext_noop("the days of purchase do not determine how often customers buy and when they stop"))


def fitted_contracts(groups: Columns, *, term_days: float, fewest: int) -> dict[str, ContractModel]:
    """The model of renewals of all, and of each group that has enough; raises NotFittedError where all together are too few."""
    every = _fitted_renewals(renewal_counts(groups), fewest=fewest)
    if every is None:
        counts = renewal_counts(groups)
        stays, ended = int(counts.customers.sum()), int(counts.customers[counts.is_lost].sum())
        if _are_enough(counts, fewest=fewest):
            raise NotFittedError(Message(gettext_noop("the renewals do not determine how contracts go on")))
        text = gettext_noop("{stays} had contracts and {ended} let them end, {fewest} customers and {fewest_ended} who did are needed")
        numbers = {"stays": stays, "ended": ended, "fewest": fewest, "fewest_ended": _fewest_ended(fewest)}
        raise NotFittedError(Message(text, numbers))
    models = {ALL: ContractModel(every, term_days)}
    for group in sorted(set(groups["group"]) - {ALL}):
        own = _fitted_renewals(renewal_counts(groups, group=str(group)), fewest=fewest)
        if own is not None:
            models[str(group)] = ContractModel(own, term_days)
    return models


def _fitted_renewals(counts: RenewalCounts, *, fewest: int) -> Estimate | None:
    if not _are_enough(counts, fewest=fewest):
        return None
    estimate = contract_survival.fitted(counts)
    return estimate if estimate.has_converged else None


def _are_enough(counts: RenewalCounts, *, fewest: int) -> bool:
    ended = counts.customers[counts.is_lost].sum()
    return bool(counts.customers.sum() >= fewest and ended >= _fewest_ended(fewest))


def _fewest_ended(fewest: int) -> int:
    return max(round(fewest * LEAST_ENDED_PART), 1)
