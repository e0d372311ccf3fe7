"""The planted answers to the questions, customer by customer: what a right scorecard says beside who came and who went.

Each question has its own bookkeeping, from the plan by plain arithmetic; here the answers of single customers are only
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
import expected_renewals
from expected_ledger import SEGMENTS, ledger, spans
from expected_value_groups import groups_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from counted_events import CountedEvents
    from customer_measures import Answers
    from expected_ledger import Ledger, Span
    from tasks.sample.chance import Numbers

ANSWERED = ("2025", "2025-Q3", "2026-Q2", "2026-Q3", "2026-08", "2026-W30", "2026-W38")
"""The periods whose answers are written."""


@dataclass(frozen=True)
class AnswerRow:
    """One figure that is planted; an amount in cents."""

    period: str
    segment_by: str
    segment: str
    split_by: str
    split: str
    measure: str
    value: int


QUESTIONS: tuple[Callable[[CountedEvents, Ledger], Answers], ...] = (
    expected_acquisition.answer,
    expected_departure_reasons.answer,
    expected_renewals.answer,
    groups_answer,
    expected_referrals.answer,
    expected_behaviour.answer,
)
"""How each question is answered from the events, for one period."""


def answer_rows(events: CountedEvents) -> Iterator[AnswerRow]:
    """Every planted answer; a part to which nobody contributes is left out."""
    for span in spans():
        if span.name in ANSWERED:
            found = ledger(events, span)
            for question in QUESTIONS:
                yield from rows_of(events, span, question(events, found))


def rows_of(events: CountedEvents, span: Span, answers: Answers) -> Iterator[AnswerRow]:
    """The answers of customers, added up for the whole, for every group and for every part."""
    groupings = {"all": (("all",), np.zeros(events.customers_count, dtype=np.int64))}
    groupings |= {name: (tuple(choice.name for choice in choices), events.groups[name]) for name, choices in SEGMENTS.items()}
    for segment_by, (segments, group) in groupings.items():
        for measure, values in answers.measures.items():
            for segment, value in zip(segments, _sums(group, values, count=len(segments)), strict=True):
                yield AnswerRow(span.name, segment_by, segment, "all", "all", measure, value)
        for split_by, splitting in answers.splits.items():
            for measure in splitting.measures:
                sums = _sums(
                    group * len(splitting.parts) + splitting.part, answers.measures[measure], count=len(segments) * len(splitting.parts)
                )
                places = ((segment, part) for segment in segments for part in splitting.parts)
                for (segment, part), value in zip(places, sums, strict=True):
                    if value:
                        yield AnswerRow(span.name, segment_by, segment, split_by, part, measure, value)


def _sums(group: Numbers, values: Numbers, *, count: int) -> Sequence[int]:
    """Sums by group: whole numbers far below 2**53, so the sums are exact."""
    return np.bincount(group, weights=values, minlength=count).astype(np.int64).tolist()
