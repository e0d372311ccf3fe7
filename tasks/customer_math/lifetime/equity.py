"""Customer equity: what is still expected of everybody who is a customer, discounted to a day, with how sure it is.

S. Gupta, D. R. Lehmann and J. A. Stuart, "Valuing customers" (2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.customer_math.lifetime.contract_groups import YEAR_DAYS
from tasks.customer_math.lifetime.contract_survival import expected_terms
from tasks.customer_math.lifetime.purchase_activity import discounted_purchases
from tasks.customer_math.lifetime.purchase_groups import YEAR_WEEKS
from tasks.customer_math.lifetime.purchase_spend import expected_amount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasks.customer_math.lifetime.estimation import Estimate
    from tasks.customer_math.lifetime.purchase_activity import PurchaseCounts


@dataclass(frozen=True)
class Outlook:
    """How far ahead is looked, and how much less what comes later is worth."""

    discount_rate: float
    """Of a year."""
    years: float


@dataclass(frozen=True)
class PurchaseModel:
    """The two models of repeat purchases: how often, and how much; times are in weeks."""

    activity: Estimate
    spend: Estimate

    def purchases(self, counts: PurchaseCounts, outlook: Outlook, *, activity: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Discounted days of purchase that are expected of a customer of each group, under other parameters where they are given."""
        parameters = self.activity.parameters if activity is None else activity
        return discounted_purchases(parameters, counts, discount=outlook.discount_rate, years=outlook.years, year=YEAR_WEEKS)

    def amounts(
        self, counts: PurchaseCounts, repeat_amounts: NDArray[np.float64], *, spend: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """What one further purchase of every customer of a group brings in all, which is linear in what their repeats brought."""
        parameters = self.spend.values if spend is None else tuple(spend)
        return expected_amount(parameters, counts.repeats, repeat_amounts, customers=counts.customers)

    def total(self, counts: PurchaseCounts, repeat_amounts: NDArray[np.float64], outlook: Outlook) -> tuple[float, float]:
        """What all of them are expected to bring, and its standard error; the two models are fitted apart from each other."""
        amounts, purchases = self.amounts(counts, repeat_amounts), self.purchases(counts, outlook)
        errors = (
            self.activity.standard_error_of(lambda activity: float(self.purchases(counts, outlook, activity=activity) @ amounts)),
            self.spend.standard_error_of(lambda spend: float(purchases @ self.amounts(counts, repeat_amounts, spend=spend))),
        )
        return float(purchases @ amounts), float(np.hypot(*errors))


@dataclass(frozen=True)
class ContractModel:
    """How contracts of one group of customers are renewed, and how many days a term has."""

    survival: Estimate
    term_days: float

    def contract_years(
        self, renewals: NDArray[np.float64], outlook: Outlook, *, survival: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Discounted years under contract that are expected of those who renewed so often."""
        term_years = self.term_days / YEAR_DAYS
        discount = (1 + outlook.discount_rate) ** term_years - 1
        parameters = self.survival.parameters if survival is None else survival
        return term_years * expected_terms(parameters, renewals, discount=discount, terms=outlook.years / term_years)

    def total(self, renewals: NDArray[np.float64], annual_amounts: NDArray[np.float64], outlook: Outlook) -> tuple[float, float]:
        """What contracts worth so much a year in all are expected to bring, and its standard error."""

        def summed(survival: NDArray[np.float64]) -> float:
            return float(self.contract_years(renewals, outlook, survival=survival) @ annual_amounts)

        return summed(self.survival.parameters), self.survival.standard_error_of(summed)
