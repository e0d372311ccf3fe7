"""Which tickets the demo company's customers open, and when they are closed, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.random_numbers import Flags, Numbers, below, between, happens, one_of
from tasks.sample.scenario import COVERED_THROUGH

if TYPE_CHECKING:
    from tasks.sample.scenario import Spells

TOPICS = ("Delivery late", "Machine fault", "Invoice", "Taste", "Contract question", "Praise")
MACHINE_FAULT = 1
IS_COMPLAINT = (True, True, True, True, False, False)
TICKETS_PER_MILLE = 210
MORE_TICKETS_BEFORE_THE_END_PER_MILLE = 160
FOLLOWED_UP_PER_MILLE = (680, 300)
"""Of how many in a thousand tickets somebody calls the customer: of those of every day, and of those shortly before the end."""


@dataclass(frozen=True)
class Tickets:
    """Tickets in order of days; a ticket's number is its position."""

    day: Numbers
    closed_on: Numbers
    customer: Numbers
    topic: Numbers
    is_before_the_end: Flags
    followed_up_on: Numbers

    @property
    def is_followed_up(self) -> Flags:
        """Whether somebody had called the customer about it by the last covered day."""
        rate = np.asarray(FOLLOWED_UP_PER_MILLE)[self.is_before_the_end.astype(np.int64)]
        return (below("followed up", self.numbers, limit=1000) < rate) & (self.followed_up_on <= COVERED_THROUGH)

    @property
    def numbers(self) -> Numbers:
        """Their numbers, from 0 on."""
        return np.arange(len(self.day), dtype=np.int64)

    @property
    def is_closed(self) -> Flags:
        """Whether it is closed by the last covered day."""
        return self.closed_on <= COVERED_THROUGH

    @property
    def is_complaint(self) -> Flags:
        """Whether it is a complaint."""
        return np.asarray(IS_COMPLAINT)[self.topic]


def tickets_of(spells: Spells) -> Tickets:
    """The tickets of the scenario's customers, in order of days."""
    key = spells.customer * 10 + spells.started_on
    usual, late = (
        happens("ticket", key, per_mille=TICKETS_PER_MILLE),
        happens("late", key, per_mille=MORE_TICKETS_BEFORE_THE_END_PER_MILLE),
    )
    last_day = np.minimum(spells.ended_on - 1, COVERED_THROUGH)
    any_day = between("ticket on", key, first=spells.started_on, last=last_day)
    late_day = between("late ticket on", key, first=np.maximum(spells.started_on, last_day - 60), last=last_day)
    late &= spells.is_over
    day = np.concatenate([any_day[usual], late_day[late]])
    customer = np.concatenate([spells.customer[usual], spells.customer[late]])
    is_before_the_end = np.repeat([False, True], [usual.sum(), late.sum()])
    order = np.lexsort((customer, is_before_the_end, day))
    day, customer, is_before_the_end = day[order], customer[order], is_before_the_end[order]
    numbers = np.arange(len(day), dtype=np.int64)
    topic = np.where(is_before_the_end, below("complaint", numbers, limit=4), one_of("topic", numbers, weights=(18, 16, 16, 10, 20, 20)))
    closed_on, followed_up_on = day + below("closed after", numbers, limit=21), day + below("followed up after", numbers, limit=25)
    return Tickets(day, closed_on, customer, topic, is_before_the_end, followed_up_on)
