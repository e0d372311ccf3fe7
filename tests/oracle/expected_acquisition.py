"""The expected figures on new customers: who came for the first time, by what, and what that first day brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import NEW
from tasks.sample.prospects import CAMPAIGNS, SOURCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counted_events import CountedEvents
    from expected_ledger import Ledger
    from tasks.sample.random_numbers import Numbers

NOT_RECORDED = "not recorded"


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """New customers and their value, first-time customers and their first purchases, by channel and campaign."""
    is_first = (events.first_started_on >= period_ledger.span.opens_on) & (events.first_started_on < period_ledger.span.closes_on)
    is_new = period_ledger.movement == NEW
    measures = {
        "new_customers": is_new.astype(np.int64),
        "new_amount": (period_ledger.closing_cents - period_ledger.fx_cents - period_ledger.opening_cents) * is_new,
        "first_time_customers": is_first.astype(np.int64),
        "first_purchase_amount": first_cents(events) * is_first,
    }
    return CustomerMeasures(measures, origin_breakdowns(events, tuple(measures)))


def first_cents(events: CountedEvents) -> Numbers:
    """What each bought on its first day, and what contracts from that day bring in a year."""
    bought = events.bought_on == events.first_started_on[events.buyer]
    starts = events.starts_on == events.first_started_on[events.holder]
    annual = events.rates.in_euro(events.annual_cents[starts], currency=events.currency[starts], day=events.starts_on[starts])
    return added_up(events, events.buyer[bought], events.bought_cents[bought]) + added_up(events, events.holder[starts], annual)


def added_up(events: CountedEvents, customer: Numbers, values: Numbers) -> Numbers:
    """Whole numbers added up by customer: far below 2**53, so the sums are exact."""
    return np.bincount(customer, weights=values, minlength=events.customers_count).astype(np.int64)


def origin_breakdowns(events: CountedEvents, measures: tuple[str, ...]) -> dict[str, Breakdown]:
    """By what each customer came: its prospect's source and campaign."""
    leads = events.leads
    leads_by = {"channel": (SOURCES, leads.source), "campaign": (CAMPAIGNS, leads.campaign)}
    return {
        name: Breakdown((*names, NOT_RECORDED), _origin(events, names, of_lead), measures) for name, (names, of_lead) in leads_by.items()
    }


def _origin(events: CountedEvents, names: Sequence[str], of_lead: Numbers) -> Numbers:
    origin = np.full(events.customers_count, len(names))
    origin[events.leads.customer[events.leads.is_won]] = of_lead[events.leads.is_won]
    return origin
