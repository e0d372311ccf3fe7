"""The planted answers on new customers: who came for the first time, by what, and what that first day brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Answers, Splitting
from expected_ledger import NEW
from tasks.sample.prospects import CAMPAIGNS, SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counted_events import CountedEvents
    from expected_ledger import Ledger
    from tasks.sample.chance import Numbers

NOT_RECORDED = "not recorded"


def answer(events: CountedEvents, found: Ledger) -> Answers:
    """New customers and their value, first-time customers and their first purchases, by channel and campaign."""
    is_first = (events.first_started_on >= found.span.opens_on) & (events.first_started_on < found.span.closes_on)
    is_new = found.movement == NEW
    measures = {
        "new_customers": is_new.astype(np.int64),
        "new_amount": (found.closing_cents - found.fx_cents - found.opening_cents) * is_new,
        "first_time_customers": is_first.astype(np.int64),
        "first_purchase_amount": first_cents(events) * is_first,
    }
    return Answers(measures, ways(events, tuple(measures)))


def first_cents(events: CountedEvents) -> Numbers:
    """What each bought on its first day, and what contracts from that day bring in a year."""
    bought = events.bought_on == events.first_started_on[events.buyer]
    starts = events.starts_on == events.first_started_on[events.holder]
    annual = events.rates.in_euro(events.annual_cents[starts], currency=events.currency[starts], day=events.starts_on[starts])
    return added_up(events, events.buyer[bought], events.bought_cents[bought]) + added_up(events, events.holder[starts], annual)


def added_up(events: CountedEvents, customer: Numbers, values: Numbers) -> Numbers:
    """Whole numbers added up by customer: far below 2**53, so the sums are exact."""
    return np.bincount(customer, weights=values, minlength=events.customers_count).astype(np.int64)


def ways(events: CountedEvents, measures: tuple[str, ...]) -> dict[str, Splitting]:
    """By what each customer came: its prospect's source and campaign."""
    leads = events.leads
    told = {"channel": (SOURCES, leads.source), "campaign": (CAMPAIGNS, leads.campaign)}
    return {name: Splitting((*names, NOT_RECORDED), _way(events, names, of_lead), measures) for name, (names, of_lead) in told.items()}


def _way(events: CountedEvents, names: Sequence[str], of_lead: Numbers) -> Numbers:
    way = np.full(events.customers_count, len(names))
    way[events.leads.customer[events.leads.is_won]] = of_lead[events.leads.is_won]
    return way
