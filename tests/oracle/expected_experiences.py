"""What a right scorecard says of experiences and losses: who had which, and the planted ratios within the printed strata.

The generator says how many in a thousand customers write about what, by whether they go and where they live; who went, and
who is like whom, is this folder's own bookkeeping. A planted ratio is the expectation of both parts of the ratio of Mantel and
Haenszel over everything that chance could have let customers write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from expected_departure_reasons import opening_tenure
from expected_ledger import LAPSED, LEFT, SEGMENTS, is_customer
from expected_value_groups import opening_groups
from tasks.sample.assumptions import REGION_OF_THE_PRICE_RISE
from tasks.sample.reviews import TOPICS, per_mille
from tasks.sample.wishes import WISHES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from counted_events import CountedEvents
    from expected_ledger import Ledger
    from tasks.sample.random_numbers import Flags, Numbers

EXPOSURE_DAYS = 90
HIGH_FROM = 8


@dataclass(frozen=True)
class ExpectedExperience:
    """One experience: how many customers at opening had it, how many of them were lost, and what was planted of it, if anything."""

    experience: str
    part: str
    exposed_count: int
    lost_count: int
    ratio: float | None = None
    """How many times as often they are expected to be lost as others alike."""
    crude_ratio: float | None = None
    """The same against all others."""


def expected_experiences(events: CountedEvents, period_ledger: Ledger) -> Iterator[ExpectedExperience]:
    """The experiences of one period before whose opening customers wrote reviews."""
    opens_on = period_ledger.span.opens_on
    at_opening = is_customer(events, opens_on - 1)
    lost = np.isin(period_ledger.movement, (LEFT, LAPSED))
    complained = _is_before(events.complained_on, opens_on)
    uncalled = complained & (events.complainer_called_on >= opens_on)
    for name, rows in (("complaint", complained), ("complaint_without_follow_up", uncalled)):
        had = _had(events, events.complainer[rows], at_opening)
        yield ExpectedExperience(name, "", int(had.sum()), int((had & lost).sum()))
    is_hit = (events.groups["region"] == REGION_OF_THE_PRICE_RISE)[at_opening]
    stratum = _strata(events, period_ledger)[at_opening]
    written = _is_before(events.reviews.day, opens_on)
    for number, (name, topic) in enumerate(TOPICS.items()):
        had = _had(events, events.reviews.customer[written & (events.reviews.topic == number)], at_opening)
        rate = per_mille(topic, goes=lost[at_opening], is_hit=is_hit) / 1000
        ratios = (_ratio(rate, lost[at_opening], strata) for strata in (stratum, np.zeros_like(stratum)))
        yield ExpectedExperience("comment_about", name, int(had.sum()), int((had & lost).sum()), *ratios)


def expected_opportunities(events: CountedEvents) -> Iterator[tuple[str, int, int, int, float]]:
    """Each wish with how many rated it, to how many it matters, how many are satisfied, and its opportunity."""
    for name, importance, satisfaction in zip(WISHES, events.wish_study.importance, events.wish_study.satisfaction, strict=True):
        important, satisfied = int((importance >= HIGH_FROM).sum()), int((satisfaction >= HIGH_FROM).sum())
        tenths = [10 * count / len(importance) for count in (important, satisfied)]
        yield name, len(importance), important, satisfied, tenths[0] + max(tenths[0] - tenths[1], 0)


def _is_before(day: Numbers, opens_on: int) -> Flags:
    return (day >= opens_on - EXPOSURE_DAYS) & (day < opens_on)


def _had(events: CountedEvents, customer: Numbers, at_opening: Flags) -> Flags:
    had = np.zeros(events.customers_count, dtype=bool)
    had[customer] = True
    return had & at_opening


def _strata(events: CountedEvents, period_ledger: Ledger) -> Numbers:
    """The number of each customer's stratum: its segments, value group and tenure at opening."""
    columns = (*(events.groups[name] for name in SEGMENTS), opening_groups(events, period_ledger), opening_tenure(events, period_ledger))
    return np.unique(np.stack(columns), axis=1, return_inverse=True)[1].reshape(-1)


def _ratio(rate: np.ndarray, lost: Flags, stratum: Numbers) -> float:
    """Expected exposed and lost against others, over expected others lost against exposed; customers write independently."""

    def by_stratum(values: np.ndarray) -> np.ndarray:
        return np.bincount(stratum, weights=values)

    everybody, writes, writes_not = (by_stratum(values) for values in (np.ones_like(rate), rate, 1 - rate))
    everybody = np.maximum(everybody, 1)  # a stratum in which nobody was a customer at opening
    up = by_stratum(lost * rate * (writes_not[stratum] - (1 - rate)))
    down = by_stratum(lost * (1 - rate) * (writes[stratum] - rate))
    return float((up / everybody).sum() / (down / everybody).sum())
