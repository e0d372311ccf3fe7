"""The expected figures of the topics, customer by customer: what a right scorecard says beside who came and who went.

Each topic has its own bookkeeping, from the events by plain arithmetic; here the figures of single customers are only
added up, for the whole, for every group and for every part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import expected_acquisition
import expected_behaviour
import expected_departure_reasons
import expected_referrals
import expected_relative_value
import expected_renewals
import expected_value_groups
from expected_ledger import SEGMENTS, ledger, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from counted_events import CountedEvents
    from customer_measures import CustomerMeasures
    from expected_ledger import Ledger, Span
    from tasks.sample.random_numbers import Numbers

TOPIC_PERIODS = ("2025", "2025-Q3", "2026-Q2", "2026-Q3", "2026-08", "2026-W30", "2026-W38")
"""The periods whose topics are expected."""


@dataclass(frozen=True)
class ExpectedRow:
    """One figure that is expected; an amount in cents."""

    period: str
    segment_by: str
    segment: str
    split_by: str
    split: str
    measure: str
    value: int


TOPICS: tuple[Callable[[CountedEvents, Ledger], CustomerMeasures], ...] = (
    expected_acquisition.measures_of,
    expected_departure_reasons.measures_of,
    expected_renewals.measures_of,
    expected_value_groups.measures_of,
    expected_referrals.measures_of,
    expected_behaviour.measures_of,
    expected_relative_value.measures_of,
)
"""How each question is answered from the events, for one period."""


def topic_rows(events: CountedEvents) -> Iterator[ExpectedRow]:
    """Every expected figure; a part to which nobody contributes is left out."""
    for span in spans():
        if span.name in TOPIC_PERIODS:
            period_ledger = ledger(events, span)
            for topic in TOPICS:
                yield from rows_of(events, span, topic(events, period_ledger))


def rows_of(events: CountedEvents, span: Span, customer_measures: CustomerMeasures) -> Iterator[ExpectedRow]:
    """The figures of customers, added up for the whole, for every group and for every part."""
    groupings = {"all": (("all",), np.zeros(events.customers_count, dtype=np.int64))}
    groupings |= {name: (tuple(choice.name for choice in choices), events.groups[name]) for name, choices in SEGMENTS.items()}
    for segment_by, (segments, group) in groupings.items():
        for measure, values in customer_measures.measures.items():
            for segment, value in zip(segments, _sums(group, values, count=len(segments)), strict=True):
                yield ExpectedRow(span.name, segment_by, segment, "all", "all", measure, value)
        for split_by, breakdown in customer_measures.breakdowns.items():
            for measure in breakdown.measures:
                sums = _sums(
                    group * len(breakdown.parts) + breakdown.part,
                    customer_measures.measures[measure],
                    count=len(segments) * len(breakdown.parts),
                )
                labels = ((segment, part) for segment in segments for part in breakdown.parts)
                for (segment, part), value in zip(labels, sums, strict=True):
                    if value:
                        yield ExpectedRow(span.name, segment_by, segment, split_by, part, measure, value)


def _sums(group: Numbers, values: Numbers, *, count: int) -> Sequence[int]:
    """Sums by group: whole numbers far below 2**53, so the sums are exact."""
    return np.bincount(group, weights=values, minlength=count).astype(np.int64).tolist()
