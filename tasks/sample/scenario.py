"""The scenario of the demo company: who is a customer from which day to which, decided before anything is bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import (
    BUYING_MODE_WEIGHTS,
    CHANNELS,
    CUSTOMER_TYPES,
    FIRST_DAY,
    HEADLINE_OPENS_ON,
    LAST_DAY,
    QUARTERS,
    REGIONS,
)
from tasks.sample.random_numbers import Flags, Numbers, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.sample.assumptions import Choice, Quarter


def day_number(day: date) -> int:
    """A day as the number of days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


PROSPECT_PER_MILLE = 30
"""People who registered and never became a customer, in a thousand customers."""
COVERED_FROM, COVERED_THROUGH = day_number(FIRST_DAY), day_number(LAST_DAY)


@dataclass(frozen=True)
class Customers:
    """What every customer is like, by number: indexes into the lists of the assumptions."""

    buying_mode: Numbers
    region: Numbers
    customer_type: Numbers
    channel: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.buying_mode)

    @property
    def prospects_count(self) -> int:
        """How many people are registered without ever having been a customer."""
        return max(1, self.count * PROSPECT_PER_MILLE // 1000)

    @classmethod
    def drawn(cls, count: int) -> Customers:
        """So many customers."""
        numbers = np.arange(count, dtype=np.int64)
        customer_type = one_of("customer type", numbers, weights=weights_of(CUSTOMER_TYPES))
        modes = np.stack([one_of("way of buying", numbers, weights=modes) for modes in BUYING_MODE_WEIGHTS])
        region = one_of("region", numbers, weights=weights_of(REGIONS))
        channel = one_of("channel", numbers, weights=weights_of(CHANNELS))
        return cls(modes[customer_type, numbers], region, customer_type, channel)

    def first(self, count: int) -> Customers:
        """The first so many of them."""
        return Customers(self.buying_mode[:count], self.region[:count], self.customer_type[:count], self.channel[:count])


@dataclass(frozen=True)
class Spells:
    """Every run of days on which a customer is one: from its first day to the first day that it no longer is.

    A run that is not over on the last covered day ends on a later one, which only says how far its purchases are planned.
    """

    customer: Numbers
    started_on: Numbers
    ended_on: Numbers
    is_end_reported: Flags

    def at(self, picked: Numbers | Flags) -> Spells:
        """Only those that are picked, in the order in which they are."""
        return Spells(self.customer[picked], self.started_on[picked], self.ended_on[picked], self.is_end_reported[picked])

    @property
    def is_over(self) -> Flags:
        """Whether it ended within the covered days."""
        return self.ended_on <= COVERED_THROUGH

    @classmethod
    def together(cls, parts: Sequence[Spells]) -> Spells:
        """Several lists as one, in order of customer and day."""
        customer = np.concatenate([part.customer for part in parts])
        started_on = np.concatenate([part.started_on for part in parts])
        ended_on = np.concatenate([part.ended_on for part in parts])
        is_end_reported = np.concatenate([part.is_end_reported for part in parts])
        return cls(customer, started_on, ended_on, is_end_reported).at(np.lexsort((started_on, customer)))


@dataclass(frozen=True)
class Scenario:
    """All customers and all their spells."""

    customers: Customers
    spells: Spells

    @property
    def first_started_on(self) -> Numbers:
        """The first day on which each customer ever was one."""
        return self.spells.started_on[np.searchsorted(self.spells.customer, np.arange(self.customers.count))]

    def is_customer_on(self, day: int) -> Flags:
        """Whether each is a customer on a day."""
        is_customer = np.zeros(self.customers.count, dtype=bool)
        is_customer[self.spells.customer[(self.spells.started_on <= day) & (self.spells.ended_on > day)]] = True
        return is_customer

    @property
    def registered_count(self) -> int:
        """Customers and people who only registered."""
        return self.customers.count + self.customers.prospects_count


@dataclass(frozen=True)
class Flow:
    """How many customers come and go in a quarter, at the scale that is written."""

    opens_on: int
    closes_on: int
    new: int
    returned: int
    left: int
    lapsed: int
    in_and_out: int
    out_and_back: int


def flows(scale: float) -> list[Flow]:
    """What every quarter brings and takes at a scale; the quarter of the headline keeps its numbers to the customer."""
    quarters: list[Flow] = []
    full_base, base = 0, 0
    for quarter in QUARTERS:
        out = scaled(full_base + quarter.in_count - quarter.closing_count, scale)
        is_headline = quarter.opens_on == HEADLINE_OPENS_ON
        came = scaled(quarter.in_count, scale) if is_headline else scaled(quarter.closing_count, scale) - base + out
        quarters.append(_flow(quarter, came=came, out=out, scale=scale))
        full_base, base = quarter.closing_count, base + came - out
    return quarters


def _flow(quarter: Quarter, *, came: int, out: int, scale: float) -> Flow:
    in_and_out = scaled(quarter.in_and_out_count, scale)
    returned, lapsed = scaled(quarter.returned_count, scale), scaled(quarter.lapsed_count, scale)
    return Flow(
        opens_on=day_number(quarter.opens_on),
        closes_on=day_number(quarter.closes_on),
        new=came - returned - in_and_out,
        returned=returned,
        left=out - lapsed - in_and_out,
        lapsed=lapsed,
        in_and_out=in_and_out,
        out_and_back=scaled(quarter.out_and_back_count, scale),
    )


def weights_of(choices: Sequence[Choice]) -> list[int]:
    """How often each of the choices is met."""
    return [choice.weight for choice in choices]


def scaled(count: int, scale: float) -> int:
    """A count of the full company at a scale, rounded half up."""
    return int(count * scale + 0.5)
