"""What the demo company's customers were made to bring: the planted lifetime value of each, without any model of customers.

Up to the last day the scenario decided who goes and what everybody buys: `brought_after` a day is what came of it. After the last
day nothing is decided, but everything is planted that it would be decided by, so `planted_after` is what has to be expected: how
often each customer buys, for how much, what it agreed to pay, and how prone it is to go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from expected_ledger import agreed_on, is_customer
from tasks.sample.assumptions import (
    CURRENCY_OF_REGION,
    GAP_DAYS_OF_TYPE,
    LAPSE_DAYS,
    PRICE_RISE_QUARTERS,
    PURCHASE_CENTS_OF_TYPE,
    QUARTERS,
    REGION_OF_THE_PRICE_RISE,
    SUBSCRIBES,
)
from tasks.sample.purchases import FULL_REFUND_PER_MILLE, PRICES_RISE_PERCENT, REFUND_PER_MILLE, SAME_DAY_PER_MILLE
from tasks.sample.random_numbers import amounts_around, below, between
from tasks.sample.scenario import COVERED_FROM, day_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from counted_events import CountedEvents
    from tasks.sample.random_numbers import Numbers

    Amounts = NDArray[np.float64]

YEAR_DAYS = 365.25
QUARTERS_LOOKED_AT = 4
"""How prone to go the customers are after the last day: as in the last year."""
SMALLEST_PERCENT, LARGEST_PERCENT = 55, 160
"""Of the usual amount, every amount between alike."""
OF_A_PURCHASE = 1 + SAME_DAY_PER_MILLE / 1000 * 2 / 3 - REFUND_PER_MILLE / 1000 * (1 + FULL_REFUND_PER_MILLE / 1000) / 2
"""What a purchase brings with a further one on its day, and without what is paid back."""
STEPS_OF_A_YEAR = 24


@dataclass(frozen=True)
class Tenth:
    """Some customers: how many they are, and the cents that were expected and planted of them together."""

    customers_count: int
    expected: float
    planted: float


def tenths(expected: Amounts, planted: Amounts, customers: Numbers) -> list[Tenth]:
    """The customers by what is expected of them, the most first."""
    order = customers[np.argsort(-expected[customers], kind="stable")]
    return [Tenth(len(some), float(expected[some].sum()), float(planted[some].sum())) for some in np.array_split(order, 10)]


def brought_after(events: CountedEvents, day: int, *, years: int, discount_rate: float) -> Amounts:
    """Cents that each customer brought in so many years after a day, those of each year discounted from its middle."""
    brought = np.zeros(events.customers_count)
    for year in range(years):
        first, after = (day + 1 + round(YEAR_DAYS * number) for number in (year, year + 1))
        brought += _brought(events, first, after) / (1 + discount_rate) ** (year + 0.5)
    return brought


def _brought(events: CountedEvents, first: int, after: int) -> Amounts:
    """Cents bought and earned from a day to before another: an annual amount is earned in a year of 365 days."""
    bought = (events.bought_on >= first) & (events.bought_on < after)
    brought = np.bincount(events.buyer[bought], weights=events.bought_cents[bought], minlength=events.customers_count)
    days = np.maximum(np.minimum(events.ends_on, after) - np.maximum(events.starts_on, first), 0)
    cents = events.rates.in_euro(events.annual_cents, currency=events.currency, day=first - 1)
    earned = np.bincount(events.holder, weights=cents * days / 365, minlength=events.customers_count)
    return brought.astype(float) + earned.astype(float)


def planted_after(events: CountedEvents, buying_mode: Numbers, day: int, *, years: int, discount_rate: float) -> Amounts:
    """Cents that must be expected of each customer of a day in so many years after it, those of each year discounted from its middle.

    Going silent shows half a year after the last purchase: who will have lapsed by then buys no more today. Nobody lapses sooner
    after coming. Returning is left out.
    """
    buys, since, lots = buying_mode != SUBSCRIBES, _since(events, day), _lots(events, np.arange(events.customers_count), is_after=False)
    leaves, lapses = (each * lots for each in _hazards(events, buying_mode))
    bought, agreed = _bought_in_a_year(events, since, day) * buys, agreed_on(events, day, rate_day=day).astype(float)
    silent = np.minimum(LAPSE_DAYS, day - since) / YEAR_DAYS
    expected = np.zeros(events.customers_count)
    for at in (np.arange(years * STEPS_OF_A_YEAR) + 0.5) / STEPS_OF_A_YEAR:
        stays = np.exp(-leaves * at)
        goes_on_buying = stays * np.exp(-lapses * (at + silent))
        goes_on_agreeing = stays * np.exp(-lapses * np.maximum(at - LAPSE_DAYS / YEAR_DAYS + silent, 0) * buys)
        prices, discount = 1 + PRICES_RISE_PERCENT / 100 * at, (1 + discount_rate) ** (at // 1 + 0.5)
        expected += (bought * prices * goes_on_buying + agreed * goes_on_agreeing) / discount / STEPS_OF_A_YEAR
    return expected * is_customer(events, day)


def _since(events: CountedEvents, day: int) -> Numbers:
    """The day from which each customer of a day has been one."""
    since = np.zeros(events.customers_count, dtype=np.int64)
    going_on = (events.spells.started_on <= day) & (events.spells.ended_on > day)
    since[events.spells.customer[going_on]] = events.spells.started_on[going_on]
    return since


def _bought_in_a_year(events: CountedEvents, since: Numbers, day: int) -> Amounts:
    """Cents that each buys in a year at the prices of a day: how often and how much is planted customer by customer."""
    customer = np.arange(events.customers_count)
    kind, region = events.groups["customer_type"], events.groups["region"]
    gap = np.asarray(GAP_DAYS_OF_TYPE)[kind] * between("gap", since + customer, first=60, last=140) // 100
    tables = np.stack([amounts_around(cents, spread=0.7) for cents in PURCHASE_CENTS_OF_TYPE])
    usual = tables[kind, below("usual amount", customer, limit=tables.shape[1])]
    price = (100 + PRICES_RISE_PERCENT * ((day - COVERED_FROM) // 365)) / 100
    cents = usual * (SMALLEST_PERCENT + LARGEST_PERCENT) / 200 * price * OF_A_PURCHASE
    euro = events.rates.in_euro(cents.astype(np.int64), currency=np.asarray(CURRENCY_OF_REGION)[region], day=day)
    return euro * YEAR_DAYS / np.minimum(gap, LAPSE_DAYS)


def _hazards(events: CountedEvents, buying_mode: Numbers) -> tuple[float, float]:
    """How likely it is to leave, and to lapse, in a year for each lot: by who went in the last full quarters of all who could."""
    went, could = np.zeros(2), np.zeros(2)
    for quarter in QUARTERS[-1 - QUARTERS_LOOKED_AT : -1]:
        opens, closes = day_number(quarter.opens_on), day_number(quarter.closes_on)
        spells = events.spells.at((events.spells.started_on < opens) & (events.spells.ended_on >= opens))
        lots = _lots(events, spells.customer, is_after=quarter.opens_on in PRICE_RISE_QUARTERS)
        lapses = (buying_mode[spells.customer] != SUBSCRIBES) & (spells.started_on + LAPSE_DAYS < closes)
        ended = spells.ended_on < closes
        went += [(ended & spells.is_end_reported).sum(), (ended & ~spells.is_end_reported).sum()]
        could += [lots.sum(), lots[lapses].sum()]
    leaves, lapses = went / could * QUARTERS_LOOKED_AT
    return float(leaves), float(lapses)


def _lots(events: CountedEvents, customer: Numbers, *, is_after: bool) -> Numbers:
    """How often each customer's name is in the lottery of those who go."""
    is_hit = (events.groups["region"][customer] == REGION_OF_THE_PRICE_RISE) & is_after
    return 1 + np.isin(events.groups["customer_type"][customer], (0, 3)) + 3 * is_hit
