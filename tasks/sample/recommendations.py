"""Who recommends the demo company to whom, or would not and why, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.prospects import NEVER_A_CUSTOMER
from tasks.sample.random_numbers import Flags, Numbers, below, between, happens
from tasks.sample.scenario import COVERED_THROUGH

if TYPE_CHECKING:
    from tasks.sample.scenario import Scenario

WHY_NOT = ("N1", "N2", "N3", "N4")
"""Why somebody would not recommend us, in marketing's codes."""
REFERRALS_PER_MILLE = 30
REFUSED_PER_MILLE = 300
CAME_PER_MILLE = 450
KNOWS_US_PER_MILLE = 250
"""Of those whom somebody recommended us to by name, so many may have known us long before."""
COMES_WITHIN_DAYS = 45


@dataclass(frozen=True)
class Recommendations:
    """Recommendations made and refused, in order of days and of their keys."""

    customer: Numbers
    day: Numbers
    came: Numbers
    """The customer who was recommended, if it is one."""
    why_not: Numbers
    """Index in the list of reasons, of those who refused."""

    @property
    def is_refused(self) -> Flags:
        """Whether somebody said why not, instead of recommending us."""
        return self.why_not != NEVER_A_CUSTOMER


def recommendations_of(scenario: Scenario) -> Recommendations:
    """Who of the scenario's customers recommended us to whom, or would not, and why."""
    spells = scenario.spells.at(
        happens("asked to recommend", scenario.spells.customer + scenario.spells.started_on, per_mille=REFERRALS_PER_MILLE)
    )
    day = between("recommends on", spells.customer, first=spells.started_on, last=np.minimum(spells.ended_on - 1, COVERED_THROUGH))
    order = np.lexsort((spells.customer, day))
    customer, day = spells.customer[order], day[order]
    refuses = happens("would not recommend", customer, per_mille=REFUSED_PER_MILLE)
    knows_us = happens("knows us already", customer, per_mille=KNOWS_US_PER_MILLE)
    friend = np.where(knows_us, _anybody(scenario, customer), _newcomer(scenario, customer, day))
    came = ~refuses & happens("came by recommendation", customer, per_mille=CAME_PER_MILLE) & (friend != customer)
    why_not = np.where(refuses, below("why not", customer, limit=len(WHY_NOT)), NEVER_A_CUSTOMER)
    return Recommendations(customer, day, np.where(came, friend, NEVER_A_CUSTOMER), why_not)


def _anybody(scenario: Scenario, customer: Numbers) -> Numbers:
    """Somebody who is a customer at some time, perhaps long before the recommendation."""
    return np.minimum(customer + 1 + below("recommended to", customer, limit=2_000), scenario.customers.count - 1)


def _newcomer(scenario: Scenario, customer: Numbers, day: Numbers) -> Numbers:
    """Somebody who becomes a customer within some weeks of a day."""
    in_order = np.argsort(scenario.first_started_on, kind="stable")
    first, after = (np.searchsorted(scenario.first_started_on[in_order], day + within) for within in (0, COMES_WITHIN_DAYS))
    index = first + below("recommended to", customer, limit=np.maximum(after - first, 1))
    return in_order[np.minimum(index, scenario.customers.count - 1)]
