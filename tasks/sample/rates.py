"""The demo company's exchange rates: one a working day, each standing in until the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from tasks.sample.assumptions import CURRENCIES, FIRST_RATES, RATE_DIGITS
from tasks.sample.random_numbers import Flags, Numbers, below
from tasks.sample.scenario import COVERED_THROUGH, day_number

FIRST_RATE_DAY = day_number(date(2021, 12, 27))
LARGEST_STEP = 34
"""Largest change from one working day to the next, in ten-thousandths of a euro."""
BANK_HOLIDAYS = ("12-25", "12-26", "01-01")


@dataclass(frozen=True)
class Rates:
    """What a unit of each currency is worth in ten-thousandths of a euro, every day, and on which days it was fixed."""

    by_day: Numbers
    """One row a currency, one column a day from FIRST_RATE_DAY."""
    is_fixed: Flags

    @property
    def fixed_on(self) -> Numbers:
        """The days on which rates were fixed."""
        return np.flatnonzero(self.is_fixed) + FIRST_RATE_DAY

    def on(self, currency: Numbers, day: Numbers | int) -> Numbers:
        """Each currency's rate on a day of its own, or on one day for all."""
        return self.by_day[currency, np.asarray(day) - FIRST_RATE_DAY]

    def in_euro(self, cents: Numbers, *, currency: Numbers, day: Numbers | int) -> Numbers:
        """Amounts in cents of the euro at the rate of the day, half a cent rounded away from zero."""
        exact = np.abs(cents) * self.on(currency, day)
        return np.sign(cents) * ((2 * exact + RATE_DIGITS) // (2 * RATE_DIGITS))


def simulated_rates() -> Rates:
    """Rates that wander a little from one working day to the next."""
    days = np.arange(FIRST_RATE_DAY, COVERED_THROUGH + 1, dtype=np.int64)
    is_fixed = np.is_busday(days.astype("M8[D]"), holidays=_holidays())
    steps = np.stack([below(f"rate of {name}", days, limit=2 * LARGEST_STEP + 1) - LARGEST_STEP for name in CURRENCIES])
    steps[:, ~is_fixed] = 0
    steps[:, 0] = 0
    steps[0] = 0
    return Rates(np.asarray(FIRST_RATES)[:, np.newaxis] + np.cumsum(steps, axis=1), is_fixed)


def _holidays() -> list[str]:
    return [f"{year}-{holiday}" for year in range(2021, 2027) for holiday in BANK_HOLIDAYS]
