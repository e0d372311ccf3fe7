"""What the demo company's customers write about it before a quarter opens, and how much oftener those who then go do so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import QUARTERS, REGION_OF_THE_PRICE_RISE
from tasks.sample.random_numbers import Flags, Numbers, below, between
from tasks.sample.scenario import COVERED_THROUGH, day_number

if TYPE_CHECKING:
    from tasks.sample.scenario import Scenario

WRITTEN_BEFORE = QUARTERS[-5:]
"""The quarters before whose opening somebody writes; the last has just begun, and nobody is known to go in it."""
DAYS_BEFORE = 90


@dataclass(frozen=True)
class Topic:
    """What is written about, and how many in a thousand customers do, by whether they go in the quarter."""

    texts: tuple[str, ...]
    going_per_mille: int
    staying_per_mille: int
    hit_per_mille: int
    """In the region of the price rise, whoever stays or goes."""


TOPICS = {
    "Machine breaks down": Topic(("The machine leaks again", "Broken pump; the machine stood still for a week"), 130, 45, 0),
    "Packaging": Topic(("So much plastic in one box", "The packaging is clever, thank you"), 70, 70, 0),
    "Price": Topic(("Dearer once more?", "The price went up,\nthe coffee did not"), 8, 8, 400),
}
"""The machine is written about oftener by those who go, packaging by all alike, and the price where most go anyway."""


@dataclass(frozen=True)
class Reviews:
    """Reviews in order of days; topics and texts by their place in the lists."""

    customer: Numbers
    day: Numbers
    topic: Numbers
    text: Numbers


def per_mille(topic: Topic, *, goes: Flags, is_hit: Flags) -> Numbers:
    """How many in a thousand customers like each write about a topic."""
    usual = np.where(goes, topic.going_per_mille, topic.staying_per_mille)
    return np.where(is_hit & (topic.hit_per_mille > 0), topic.hit_per_mille, usual)


def reviews_of(scenario: Scenario) -> Reviews:
    """The reviews of the customers who were one when each of the quarters opened."""
    parts = [_written(scenario, number, quarter) for quarter in range(len(WRITTEN_BEFORE)) for number in range(len(TOPICS))]
    customer, day, topic = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((topic, customer, day))
    customer, day, topic = customer[order], day[order], topic[order]
    return Reviews(customer, day, topic, below("review text", customer + day, limit=2))


def _written(scenario: Scenario, number: int, quarter: int) -> tuple[Numbers, Numbers, Numbers]:
    """Who writes about one topic before one quarter, and on which day: while it is a customer, and before the quarter opens."""
    name, topic = list(TOPICS.items())[number]
    opens_on, closes_on = (day_number(day) for day in (WRITTEN_BEFORE[quarter].opens_on, WRITTEN_BEFORE[quarter].closes_on))
    spells = scenario.spells.at((scenario.spells.started_on < opens_on) & (scenario.spells.ended_on >= opens_on))
    goes = ~scenario.is_customer_on(closes_on - 1)[spells.customer] & (closes_on <= COVERED_THROUGH)
    is_hit = scenario.customers.region[spells.customer] == REGION_OF_THE_PRICE_RISE
    what = f"{name} before {opens_on}"
    writes = below(f"reviews {what}", spells.customer, limit=1000) < per_mille(topic, goes=goes, is_hit=is_hit)
    spells = spells.at(writes)
    first = np.maximum(spells.started_on, opens_on - DAYS_BEFORE)
    day = between(f"day of {what}", spells.customer, first=first, last=opens_on - 1)
    return spells.customer, day, np.full(len(day), number, dtype=np.int64)
