"""Everything that happens to the demo company, decided before any of it is written: the same at every writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.sample.agreements import agreements_of
from tasks.sample.departing import cancellations_of, departures_of
from tasks.sample.play import planned
from tasks.sample.prospects import leads_of
from tasks.sample.purchases import purchases_of
from tasks.sample.rates import invented_rates
from tasks.sample.recommendations import recommendations_of
from tasks.sample.renewal_answers import renewal_answers_of
from tasks.sample.tickets import tickets_of

if TYPE_CHECKING:
    from tasks.sample.agreements import Agreements
    from tasks.sample.departing import Departures
    from tasks.sample.plan import Plan
    from tasks.sample.prospects import Leads
    from tasks.sample.purchases import Purchases
    from tasks.sample.rates import Rates
    from tasks.sample.recommendations import Recommendations
    from tasks.sample.renewal_answers import Answers
    from tasks.sample.tickets import Tickets


@dataclass(frozen=True)
class Events:
    """The events of the whole history, by kind; amounts in cents, days as numbers since 1970-01-01."""

    scenario: Plan
    rates: Rates
    purchases: Purchases
    contract_terms: Agreements
    leads: Leads
    recommendations: Recommendations
    tickets: Tickets
    renewal_answers: Answers
    departures: Departures
    """What the service desk was told of customers who leave."""
    cancellations: Departures
    """What sales wrote down of contracts that ended."""


def events_of(scale: float) -> Events:
    """What happens at a scale; at 1, to some 120,000 customers at a time."""
    scenario, rates = planned(scale), invented_rates()
    contract_terms = agreements_of(scenario)
    return Events(
        scenario=scenario,
        rates=rates,
        purchases=purchases_of(scenario, rates),
        contract_terms=contract_terms,
        leads=leads_of(scenario),
        recommendations=recommendations_of(scenario),
        tickets=tickets_of(scenario.spells),
        renewal_answers=renewal_answers_of(contract_terms),
        departures=departures_of(scenario),
        cancellations=cancellations_of(scenario),
    )
