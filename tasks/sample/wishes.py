"""The study of wishes: some customers say how much four things matter to them, and how satisfied they are with each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import HEADLINE_OPENS_ON
from tasks.sample.random_numbers import Numbers, between, happens
from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from tasks.sample.scenario import Scenario

ANSWERED_PER_MILLE = 80
STUDY_DAYS = 120
"""The study ends before the headline's quarter opens, after so many days."""
WISHES = {
    "Parcels on the day": ((7, 10), (2, 9)),
    "Coffee as it was last time": ((5, 10), (6, 10)),
    "A machine that works": ((6, 10), (3, 10)),
    "Somebody who answers": ((3, 9), (5, 10)),
}
"""What customers want: between which ratings its importance lies, and between which how satisfied they are."""


@dataclass(frozen=True)
class WishStudy:
    """Answers in order of days; a row of ratings a wish, in the order of the list."""

    customer: Numbers
    day: Numbers
    importance: tuple[Numbers, ...]
    satisfaction: tuple[Numbers, ...]


def wish_study_of(scenario: Scenario) -> WishStudy:
    """Who answers was a customer on every day of the study."""
    opens_on = day_number(HEADLINE_OPENS_ON)
    spells = scenario.spells
    among = spells.customer[(spells.started_on <= opens_on - STUDY_DAYS) & (spells.ended_on >= opens_on)]
    customer = among[happens("wishes answered", among, per_mille=ANSWERED_PER_MILLE)]
    day = between("wishes answered on", customer, first=opens_on - STUDY_DAYS, last=opens_on - 1)
    order = np.lexsort((customer, day))
    customer, day = customer[order], day[order]
    important, satisfied = (
        tuple(between(f"{what} {name}", customer, first=spans[part][0], last=spans[part][1]) for name, spans in WISHES.items())
        for part, what in enumerate(("importance of", "satisfaction with"))
    )
    return WishStudy(customer, day, important, satisfied)
