"""Who came and who went in the period of the headline, by the spells alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import HEADLINE_OPENS_ON, QUARTERS
from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from tasks.sample.random_numbers import Flags, Numbers
    from tasks.sample.scenario import Scenario


@dataclass(frozen=True)
class Headline:
    """Flags of every customer: who was one when the period opened, who was one when it closed, who came and went within it."""

    at_opening: Flags
    at_closing: Flags
    is_in_and_out: Flags

    @property
    def opening_customers(self) -> int:
        """Customers on the day before the period opens."""
        return int(self.at_opening.sum())

    @property
    def closing_customers(self) -> int:
        """Customers on the last day of the period."""
        return int(self.at_closing.sum())

    @property
    def customers_in(self) -> int:
        """Customers who came in the period."""
        return int((~self.at_opening & self.at_closing | self.is_in_and_out).sum())

    @property
    def customers_out(self) -> int:
        """Customers who went in the period."""
        return int((self.at_opening & ~self.at_closing | self.is_in_and_out).sum())

    @property
    def movers(self) -> Numbers:
        """Numbers of the customers who came or went."""
        return np.flatnonzero((self.at_opening != self.at_closing) | self.is_in_and_out)


def headline_of(scenario: Scenario) -> Headline:
    """Who came and who went in the period of the headline."""
    quarter = next(quarter for quarter in QUARTERS if quarter.opens_on == HEADLINE_OPENS_ON)
    opens_on, closes_on = day_number(quarter.opens_on), day_number(quarter.closes_on)
    at_opening, at_closing = scenario.is_customer_on(opens_on - 1), scenario.is_customer_on(closes_on - 1)
    ended = np.zeros(scenario.customers.count, dtype=bool)
    ended[scenario.spells.customer[(scenario.spells.ended_on >= opens_on) & (scenario.spells.ended_on < closes_on)]] = True
    return Headline(at_opening, at_closing, ended & ~at_opening & ~at_closing)
