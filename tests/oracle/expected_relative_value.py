"""The expected figures on how customers rate us beside others, and on our share of what they spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from customer_measures import Breakdown, CustomerMeasures
from expected_ledger import NONE

if TYPE_CHECKING:
    from counted_events import CountedEvents
    from expected_ledger import Ledger

RANKS = tuple(sorted({(half, brands) for brands in range(1, 6) for half in range(2, 2 * brands + 1)}))
NAMES = (*(f"{half // 2}{'.5' if half % 2 else ''} of {brands}" for half, brands in RANKS), "not ranked")


def measures_of(events: CountedEvents, period_ledger: Ledger) -> CustomerMeasures:
    """What the customers of the period answered in it, each the last time that it did."""
    study = events.brand_study
    inside = np.flatnonzero((study.day >= period_ledger.span.opens_on) & (study.day < period_ledger.span.closes_on))
    last = np.full(events.customers_count, -1)
    last[study.customer[inside]] = inside  # in order of days, so that the latest stays
    last[period_ledger.movement == NONE] = -1
    answered, row = last >= 0, np.maximum(last, 0)
    brands, half, cents = study.brands[row], study.half_rank[row], study.spend[row] * 100
    parts = {rank: number for number, rank in enumerate(RANKS)}
    part = [parts[rank] if has else len(RANKS) for rank, has in zip(zip(half, brands, strict=True), answered, strict=True)]
    count = answered.astype(np.int64)
    measures = {
        "comparing_customers": count,
        "own_points_count": study.own_worth[row] * answered,
        "competitor_points_count": study.competitor_worth[row] * answered,
        "ranking_customers": count,
        "spending_customers": count,
        "category_spend_amount": cents * answered,
        "wallet_amount": cents * (2 * brands + 2 - half) // (brands * (brands + 1)) * answered,
    }
    return CustomerMeasures(measures, {"rank_among_brands": Breakdown(NAMES, np.array(part), ("ranking_customers",))})
