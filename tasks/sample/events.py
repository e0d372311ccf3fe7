"""Everything that happens to the demo company, decided before any of it is written: the same at every writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.sample.brand_study import brand_study_of
from tasks.sample.contract_terms import contract_terms_of
from tasks.sample.departures import cancellations_of, departures_of
from tasks.sample.prospects import leads_of
from tasks.sample.purchases import purchases_of
from tasks.sample.rates import simulated_rates
from tasks.sample.recommendations import recommendations_of
from tasks.sample.renewal_answers import renewal_answers_of
from tasks.sample.reviews import reviews_of
from tasks.sample.simulation import simulated
from tasks.sample.tickets import tickets_of
from tasks.sample.wishes import wish_study_of

if TYPE_CHECKING:
    from tasks.sample.brand_study import BrandStudy
    from tasks.sample.contract_terms import ContractTerms
    from tasks.sample.departures import Departures
    from tasks.sample.prospects import Leads
    from tasks.sample.purchases import Purchases
    from tasks.sample.rates import Rates
    from tasks.sample.recommendations import Recommendations
    from tasks.sample.renewal_answers import RenewalAnswers
    from tasks.sample.reviews import Reviews
    from tasks.sample.scenario import Scenario
    from tasks.sample.tickets import Tickets
    from tasks.sample.wishes import WishStudy


@dataclass(frozen=True)
class Events:
    """The events of the whole history, by kind; amounts in cents, days as numbers since 1970-01-01."""

    scenario: Scenario
    rates: Rates
    purchases: Purchases
    contract_terms: ContractTerms
    leads: Leads
    recommendations: Recommendations
    tickets: Tickets
    renewal_answers: RenewalAnswers
    brand_study: BrandStudy
    reviews: Reviews
    wish_study: WishStudy
    departures: Departures
    """What the service desk was told of customers who leave."""
    cancellations: Departures
    """What sales wrote down of contracts that ended."""


def events_of(scale: float) -> Events:
    """What happens at a scale; at 1, to some 120,000 customers at a time."""
    scenario, rates = simulated(scale), simulated_rates()
    purchases = purchases_of(scenario, rates)
    contract_terms = contract_terms_of(scenario)
    return Events(
        scenario=scenario,
        rates=rates,
        purchases=purchases,
        contract_terms=contract_terms,
        leads=leads_of(scenario),
        recommendations=recommendations_of(scenario),
        tickets=tickets_of(scenario.spells),
        renewal_answers=renewal_answers_of(contract_terms),
        brand_study=brand_study_of(purchases, customers_count=scenario.customers.count),
        reviews=reviews_of(scenario),
        wish_study=wish_study_of(scenario),
        departures=departures_of(scenario),
        cancellations=cancellations_of(scenario),
    )
