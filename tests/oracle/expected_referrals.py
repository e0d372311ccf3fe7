"""The planted answers on recommendations: who recommended us, who would not and why, and which newcomers had been recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Answers, Splitting
from expected_ledger import NEW, NONE

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger
    from tasks.sample.chance import Flags, Numbers
    from tasks.sample.recommendations import Recommendations

REASONS = ("price", "quality", "service", "delivery", "not_refused")
"""The company's words for marketing's codes, in the order of these, and for whoever gave none."""
DID_NOT_REFUSE = REASONS.index("not_refused")
NOBODY = -1


def answer(events: CountedEvents, found: Ledger) -> Answers:
    """Recommendations made and refused in the period, and the newcomers whom they brought."""
    told = events.recommendations
    is_inside = (told.day >= found.span.opens_on) & (told.day < found.span.closes_on)
    made, refused = (_times(events, told.customer[is_inside & is_it]) for is_it in (~told.is_refused, told.is_refused))
    is_customer, is_new = found.movement != NONE, found.movement == NEW
    referrer, since = first_recommended(told, count=events.customers_count)
    came = is_new & (referrer != NOBODY) & (since <= events.first_started_on)
    worth = (found.closing_cents - found.fx_cents - found.opening_cents) * came
    measures = {
        "period_customers": is_customer.astype(np.int64),
        "referring_customers": ((made > 0) & is_customer).astype(np.int64),
        "referring_former_customers": ((made > 0) & ~is_customer).astype(np.int64),
        "referrals_count": made,
        "refusals_count": refused,
        "refusing_customers": (refused > 0).astype(np.int64),
        "referred_new_customers": came.astype(np.int64),
        "referred_new_amount": worth,
        "referred_won_count": _times(events, referrer[came]),
        "referred_won_amount": np.bincount(referrer[came], weights=worth[came], minlength=events.customers_count).astype(np.int64),
    }
    reason = _latest_reason(told, is_inside, count=events.customers_count)
    return Answers(measures, {"refused_reason": Splitting(REASONS, reason, ("refusing_customers",))})


def _times(events: CountedEvents, customer: Numbers) -> Numbers:
    return np.bincount(customer, minlength=events.customers_count).astype(np.int64)


def first_recommended(told: Recommendations, *, count: int) -> tuple[Numbers, Numbers]:
    """Who recommended us to each customer first, and on which day; of rows in order of days the first one stays."""
    referrer, since = np.full(count, NOBODY), np.zeros(count, dtype=np.int64)
    rows = np.flatnonzero((told.came != NOBODY) & ~told.is_refused)[::-1]
    referrer[told.came[rows]], since[told.came[rows]] = told.customer[rows], told.day[rows]
    return referrer, since


def _latest_reason(told: Recommendations, is_inside: Flags, *, count: int) -> Numbers:
    """Why each would not recommend us; of rows in order of days the last one stays."""
    reason = np.full(count, DID_NOT_REFUSE)
    rows = is_inside & told.is_refused
    reason[told.customer[rows]] = told.why_not[rows]
    return reason
