"""What the silos of the demo company are told of customers who leave, and why, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import BUYS, PRICE_RISE_QUARTERS, REGION_OF_THE_PRICE_RISE, SUBSCRIBES
from tasks.sample.random_numbers import Numbers, happens, one_of
from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from tasks.sample.scenario import Scenario, Spells

DEPARTURE_CODES = ("K01", "K02", "K03", "K04", "K05", "K06", "K07", "")
"""Why customers leave, in service's codes; empty: they would not say."""
UNMAPPED_CODE = "K77"
USUAL_REASONS = (14, 16, 18, 14, 10, 9, 7, 12)
REASONS_AFTER_THE_PRICE_RISE = (58, 12, 6, 5, 4, 4, 6, 5)
UNMAPPED = len(DEPARTURE_CODES)
CONTRACT_DEPARTURE_PER_MILLE = 850
UNMAPPED_PER_MILLE = 4
WRITTEN_DOWN_PER_MILLE = 700
SEES_IT_ALIKE_PER_MILLE = 820


@dataclass(frozen=True)
class Departures:
    """What one silo was told of customers who leave, in order of days: codes by their index in DEPARTURE_CODES, UNMAPPED after them."""

    customer: Numbers
    day: Numbers
    code: Numbers


def departures_of(scenario: Scenario) -> Departures:
    """Customers who told the service desk that they leave, and why."""
    spells = _departing(scenario)
    # A code that nobody mapped changes no figure where the contract's end says by itself that the customer left.
    is_subscriber = scenario.customers.buying_mode[spells.customer] == SUBSCRIBES
    is_unmapped = is_subscriber & happens("unmapped", spells.customer, per_mille=UNMAPPED_PER_MILLE)
    return Departures(spells.customer, spells.ended_on, np.where(is_unmapped, UNMAPPED, reasons_of(scenario, spells)))


def reasons_of(scenario: Scenario, spells: Spells) -> Numbers:
    """Why each spell ended, as its customer sees it."""
    is_after = spells.ended_on >= day_number(PRICE_RISE_QUARTERS[0])
    is_hit = (scenario.customers.region[spells.customer] == REGION_OF_THE_PRICE_RISE) & is_after
    usual = one_of("reason", spells.customer, weights=USUAL_REASONS)
    return np.where(is_hit, one_of("reason after the rise", spells.customer, weights=REASONS_AFTER_THE_PRICE_RISE), usual)


def cancellations_of(scenario: Scenario) -> Departures:
    """Contracts whose end sales wrote down; now and then it sees another reason than the service desk."""
    spells = scenario.spells.at(scenario.spells.is_over & scenario.spells.is_end_reported)
    spells = spells.at(scenario.customers.buying_mode[spells.customer] != BUYS)
    key = spells.customer + spells.ended_on
    spells = spells.at(happens("cancellation written down", key, per_mille=WRITTEN_DOWN_PER_MILLE))
    spells = spells.at(np.lexsort((spells.customer, spells.ended_on)))
    sees_it_alike = happens("sales sees it alike", spells.customer, per_mille=SEES_IT_ALIKE_PER_MILLE)
    code = np.where(sees_it_alike, reasons_of(scenario, spells), one_of("reason as sales sees it", spells.customer, weights=USUAL_REASONS))
    return Departures(spells.customer, spells.ended_on, code)


def _departing(scenario: Scenario) -> Spells:
    """Spells that the customer ended: every buyer's departure is recorded, not every contract's."""
    spells = scenario.spells.at(scenario.spells.is_over & scenario.spells.is_end_reported)
    is_recorded = happens("departure recorded", spells.customer + spells.ended_on, per_mille=CONTRACT_DEPARTURE_PER_MILLE)
    spells = spells.at((scenario.customers.buying_mode[spells.customer] != SUBSCRIBES) | is_recorded)
    return spells.at(np.lexsort((spells.customer, spells.ended_on)))
