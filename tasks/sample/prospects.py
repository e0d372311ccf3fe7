"""Marketing's own view: who came as a prospect, from where and by which campaign, and what campaigns cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.random_numbers import Flags, Numbers, below, between, happens, one_of
from tasks.sample.scenario import COVERED_FROM, COVERED_THROUGH

if TYPE_CHECKING:
    from tasks.sample.scenario import Scenario

CAMPAIGNS = ("Moon Week", "Brick by Brick", "First Cup Free", "Office Mornings", "Bring a Neighbour", "Winter Roast")
SOURCES = ("Paid search", "Social media", "Trade fair", "Newsletter", "Recommendation", "Offline")
NEVER_A_CUSTOMER = -1
WON_BY_LEAD_PER_MILLE = 350
LEADS_LOST_PER_WON = 2
WEEKLY_SPEND_CENTS = 185_000


@dataclass(frozen=True)
class Leads:
    """Prospects, in order of days; those that became a customer name it."""

    day: Numbers
    customer: Numbers
    source: Numbers
    campaign: Numbers

    @property
    def is_won(self) -> Flags:
        """Whether it became a customer."""
        return self.customer != NEVER_A_CUSTOMER


def leads_of(scenario: Scenario) -> Leads:
    """Some customers came as prospects; many prospects never became customers."""
    won = np.flatnonzero(happens("came as a prospect", np.arange(scenario.customers.count), per_mille=WON_BY_LEAD_PER_MILLE))
    won_day = scenario.first_started_on[won] - between("prospect before", won, first=2, last=60)
    won, won_day = won[won_day >= COVERED_FROM], won_day[won_day >= COVERED_FROM]
    lost = np.arange(len(won) * LEADS_LOST_PER_WON)
    day = np.concatenate([won_day, between("prospect lost", lost, first=COVERED_FROM, last=COVERED_THROUGH)])
    customer = np.concatenate([won, np.full(len(lost), NEVER_A_CUSTOMER)])
    order = np.lexsort((below("prospect of the day", np.arange(len(day)), limit=10**9), day))
    numbers = np.arange(len(day))
    source = one_of("source", numbers, weights=(30, 24, 8, 14, 12, 12))
    return Leads(day[order], customer[order], source, one_of("campaign", numbers, weights=(22, 18, 20, 15, 15, 10)))


@dataclass(frozen=True)
class Spending:
    """What campaigns cost, a row a week and campaign; each has the channel of the same place in its list."""

    monday: Numbers
    campaign: Numbers
    cents: Numbers


def spending() -> Spending:
    """What every campaign cost in every week."""
    mondays = np.arange(COVERED_FROM + 2, COVERED_THROUGH + 1, 7, dtype=np.int64)
    monday, campaign = np.repeat(mondays, len(CAMPAIGNS)), np.tile(np.arange(len(CAMPAIGNS)), len(mondays))
    return Spending(monday, campaign, WEEKLY_SPEND_CENTS * between("spent", monday * 10 + campaign, first=20, last=180) // 100)
