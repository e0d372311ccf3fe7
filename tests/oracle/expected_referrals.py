"""The expected figures on recommendations: who recommended us, who would not and why, and which newcomers had been recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import NEW, NONE

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger
    from tasks.sample.random_numbers import Flags, Numbers
    from tasks.sample.recommendations import Recommendations

REASONS = ("price", "quality", "service", "delivery", "not_refused")
"""The company's words for marketing's codes, in the order of these, and for whoever gave none."""
DID_NOT_REFUSE = REASONS.index("not_refused")
NOBODY = -1


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """Recommendations made and refused in the period, and the newcomers whom they brought."""
    recommendations = events.recommendations
    is_inside = (recommendations.day >= period_ledger.span.opens_on) & (recommendations.day < period_ledger.span.closes_on)
    recommended, refused = (
        _times(events, recommendations.customer[is_inside & is_it]) for is_it in (~recommendations.is_refused, recommendations.is_refused)
    )
    is_customer, is_new = period_ledger.movement != NONE, period_ledger.movement == NEW
    referrer, since = first_recommended(recommendations, count=events.customers_count)
    came = is_new & (referrer != NOBODY) & (since <= events.first_started_on)
    worth = (period_ledger.closing_cents - period_ledger.fx_cents - period_ledger.opening_cents) * came
    measures = {
        "period_customers": is_customer.astype(np.int64),
        "referring_customers": ((recommended > 0) & is_customer).astype(np.int64),
        "referring_former_customers": ((recommended > 0) & ~is_customer).astype(np.int64),
        "referrals_count": recommended,
        "refusals_count": refused,
        "refusing_customers": (refused > 0).astype(np.int64),
        "referred_new_customers": came.astype(np.int64),
        "referred_new_amount": worth,
        "referred_won_count": _times(events, referrer[came]),
        "referred_won_amount": np.bincount(referrer[came], weights=worth[came], minlength=events.customers_count).astype(np.int64),
    }
    reason = _latest_reason(recommendations, is_inside, count=events.customers_count)
    return CustomerMeasures(measures, {"refused_reason": Breakdown(REASONS, reason, ("refusing_customers",))})


def _times(events: CountedEvents, customer: Numbers) -> Numbers:
    return np.bincount(customer, minlength=events.customers_count).astype(np.int64)


def first_recommended(recommendations: Recommendations, *, count: int) -> tuple[Numbers, Numbers]:
    """Who recommended us to each customer first, and on which day; of rows in order of days the first one stays."""
    referrer, since = np.full(count, NOBODY), np.zeros(count, dtype=np.int64)
    rows = np.flatnonzero((recommendations.came != NOBODY) & ~recommendations.is_refused)[::-1]
    referrer[recommendations.came[rows]], since[recommendations.came[rows]] = recommendations.customer[rows], recommendations.day[rows]
    return referrer, since


def _latest_reason(recommendations: Recommendations, is_inside: Flags, *, count: int) -> Numbers:
    """Why each would not recommend us; of rows in order of days the last one stays."""
    reason = np.full(count, DID_NOT_REFUSE)
    rows = is_inside & recommendations.is_refused
    reason[recommendations.customer[rows]] = recommendations.why_not[rows]
    return reason
