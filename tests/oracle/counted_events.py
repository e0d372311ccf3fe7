"""The events of the demo company that count, and nothing else: what every expected figure is counted from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.contract_terms import IN_FORCE
from tasks.sample.extract_writer import picked_rows
from tasks.sample.service import ticket_defects

if TYPE_CHECKING:
    from tasks.sample import Sample
    from tasks.sample.brand_study import BrandStudy
    from tasks.sample.departures import Departures
    from tasks.sample.prospects import Leads
    from tasks.sample.random_numbers import Numbers
    from tasks.sample.rates import Rates
    from tasks.sample.recommendations import Recommendations
    from tasks.sample.renewal_answers import RenewalAnswers
    from tasks.sample.reviews import Reviews
    from tasks.sample.scenario import Spells
    from tasks.sample.tickets import Tickets
    from tasks.sample.wishes import WishStudy

NOBODY_CALLED = np.iinfo(np.int64).max


@dataclass(frozen=True)
class CountedEvents:
    """Only what counts, in cents; one array a column, one number a row."""

    spells: Spells
    first_started_on: Numbers
    groups: dict[str, Numbers]
    buyer: Numbers
    bought_on: Numbers
    bought_cents: Numbers
    cost_cents: Numbers
    bought_group: Numbers
    holder: Numbers
    starts_on: Numbers
    ends_on: Numbers
    annual_cents: Numbers
    currency: Numbers
    seats: Numbers
    rates: Rates
    departures: dict[str, Departures]
    """What each silo was told of departures, the most trusted first."""
    answers: RenewalAnswers
    """Why customers stay, as they said when asked at renewal."""
    brand_study: BrandStudy
    """What customers said of us and others."""
    recommendations: Recommendations
    complainer: Numbers
    complained_on: Numbers
    """Who complained, and on which day, in order of days."""
    complainer_called_on: Numbers
    """The day on which somebody called about it; NOBODY_CALLED where nobody had by the last covered day."""
    reviews: Reviews
    """What customers wrote of us elsewhere."""
    wish_study: WishStudy
    """What customers want, and lack."""
    requester: Numbers
    requested_on: Numbers
    """Who opened a ticket, and on which day."""
    leads: Leads
    registered_count: int
    """Customers and people who only registered."""

    @property
    def customers_count(self) -> int:
        """How many customers there ever were."""
        return len(self.first_started_on)


def counted_events(sample: Sample) -> CountedEvents:
    """What counts of everything that happened."""
    events, customers = sample.events, sample.events.scenario.customers
    purchases, terms, tickets = events.purchases, events.contract_terms, events.tickets
    bought, agreed = purchases.counts & (purchases.customer < customers.count), terms.status == IN_FORCE
    served = _tickets_that_count(tickets, scale=sample.scale)
    return CountedEvents(
        spells=events.scenario.spells,
        first_started_on=events.scenario.first_started_on,
        groups={"region": customers.region, "customer_type": customers.customer_type, "sales_channel": customers.channel},
        buyer=purchases.customer[bought],
        bought_on=purchases.day[bought],
        bought_cents=purchases.euro_cents[bought],
        cost_cents=events.rates.in_euro(purchases.cost_cents[bought], currency=purchases.currency[bought], day=purchases.day[bought]),
        bought_group=purchases.product_group[bought],
        holder=terms.customer[agreed],
        starts_on=terms.starts_on[agreed],
        ends_on=terms.ends_on[agreed],
        annual_cents=terms.annual_cents[agreed],
        currency=terms.currency[agreed],
        seats=terms.seats[agreed],
        rates=events.rates,
        departures={"service": events.departures, "sales": events.cancellations},
        answers=events.renewal_answers,
        brand_study=events.brand_study,
        recommendations=events.recommendations,
        complainer=tickets.customer[tickets.is_complaint],
        complained_on=tickets.day[tickets.is_complaint],
        complainer_called_on=np.where(tickets.is_followed_up, tickets.followed_up_on, NOBODY_CALLED)[tickets.is_complaint],
        reviews=events.reviews,
        wish_study=events.wish_study,
        requester=tickets.customer[served],
        requested_on=tickets.day[served],
        leads=events.leads,
        registered_count=events.scenario.registered_count,
    )


def _tickets_that_count(tickets: Tickets, *, scale: float) -> Numbers:
    """Numbers of the tickets that count: sound ones, and copies under keys of their own that are only noted."""
    noted = [defect for defect in ticket_defects() if defect.handled == "noted"]
    copies = (picked_rows("tickets", defect, among=tickets.numbers, scale=scale) for defect in noted)
    return np.concatenate([tickets.numbers, *copies])
