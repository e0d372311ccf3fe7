"""The study of brands: some who bought say what they get for what they pay, from us and from others, and where else they buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.random_numbers import Numbers, below, between, happens, one_of
from tasks.sample.scenario import COVERED_THROUGH

if TYPE_CHECKING:
    from tasks.sample.purchases import Purchases

ANSWERED_PER_MILLE = 60
BRANDS_WEIGHTS = (18, 30, 28, 15, 9)
"""How many customers use one brand, two, three, four, five."""
SPEND_STEP = 60
"""In euro: whatever the rule makes our part of it, it is whole."""
UNTIL_ANSWERED = 30
"""Days at most from a purchase to the answer."""


@dataclass(frozen=True)
class BrandStudy:
    """Answers in order of days; a place is told in halves, since two brands may share one."""

    customer: Numbers
    day: Numbers
    own_worth: Numbers
    competitor_worth: Numbers
    brands: Numbers
    half_rank: Numbers
    spend: Numbers
    """Whole euro a year in the category."""


def brand_study_of(purchases: Purchases, *, customers_count: int) -> BrandStudy:
    """Who answers bought shortly before; the first place is more likely than any later one, and some places are shared."""
    numbers = np.arange(len(purchases.day), dtype=np.int64)
    day = purchases.day + between("study answered after", numbers, first=1, last=UNTIL_ANSWERED)
    answers = happens("study answered", numbers, per_mille=ANSWERED_PER_MILLE) & (day <= COVERED_THROUGH)
    numbers = numbers[purchases.counts & (purchases.customer < customers_count) & (purchases.cents > 0) & answers]
    numbers = numbers[np.lexsort((numbers, day[numbers]))]
    brands = one_of("study brands", numbers, weights=BRANDS_WEIGHTS) + 1
    rank = np.minimum(below("study place", numbers, limit=brands), below("study second place", numbers, limit=brands)) + 1
    is_shared = happens("study shared place", numbers, per_mille=100) & (rank < brands)
    return BrandStudy(
        customer=purchases.customer[numbers],
        day=day[numbers],
        own_worth=between("study own worth", numbers, first=4, last=10),
        competitor_worth=between("study competitor worth", numbers, first=4, last=9),
        brands=brands,
        half_rank=2 * rank + is_shared,
        spend=SPEND_STEP * between("study spend", numbers, first=2, last=40),
    )
