"""What the customers of the scenario buy: purchases that hold each spell exactly, refunds, and rows that do not count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasks.sample.assumptions import (
    COST_PERCENT_OF_GROUP,
    CURRENCY_OF_REGION,
    GAP_DAYS_OF_TYPE,
    LAPSE_DAYS,
    PRODUCT_GROUPS,
    PURCHASE_CENTS_OF_TYPE,
    SUBSCRIBES,
)
from tasks.sample.random_numbers import Flags, Numbers, amounts_around, below, between, happens, one_of
from tasks.sample.scenario import COVERED_FROM, COVERED_THROUGH, weights_of

if TYPE_CHECKING:
    from tasks.sample.rates import Rates
    from tasks.sample.scenario import Customers, Scenario, Spells

SHIPPED, REFUNDED, CANCELLED, TEST = range(4)
"""States of an order; cancelled and test do not count."""
NUMBERS_WITHIN_A_DAY = 10**9
"""Of them each row has one, which says where among those of its day it stands."""
SAME_DAY_PER_MILLE = 40
REFUND_PER_MILLE = 25
FULL_REFUND_PER_MILLE = 600
CANCELLED_PER_MILLE = 12
TEST_PER_MILLE = 1
FREE_SAMPLE_PER_MILLE = 3
REFUND_WITHIN_DAYS = 40
PRICES_RISE_PERCENT = 3
"""A year."""


@dataclass(frozen=True)
class Purchases:
    """Rows of the orders: amounts in cents of the row's own currency, and in euro at the rate of its day."""

    customer: Numbers
    day: Numbers
    cents: Numbers
    currency: Numbers
    euro_cents: Numbers
    product_group: Numbers
    cost_cents: Numbers
    status: Numbers

    @property
    def counts(self) -> Flags:
        """Whether the row's state counts."""
        return (self.status == SHIPPED) | (self.status == REFUNDED)


@dataclass(frozen=True)
class _Bought:
    """Who bought when, for how much of their own currency."""

    customer: Numbers
    day: Numbers
    cents: Numbers
    status: Numbers

    def at(self, picked: Numbers | Flags) -> _Bought:
        return _Bought(self.customer[picked], self.day[picked], self.cents[picked], self.status[picked])

    @classmethod
    def together(cls, *parts: _Bought) -> _Bought:
        names = ("customer", "day", "cents", "status")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def purchases_of(scenario: Scenario, rates: Rates) -> Purchases:
    """Every order of the history, in order of days."""
    holding = _purchases_that_hold_spells(scenario)
    same_day = holding.at(happens("buys twice", np.arange(len(holding.day)), per_mille=SAME_DAY_PER_MILLE))
    same_day = _Bought(same_day.customer, same_day.day, same_day.cents * 2 // 3, same_day.status)
    bought = _Bought.together(holding, same_day)
    rows = _Bought.together(bought, _refunds(bought), *_rows_that_do_not_count(bought, scenario.customers))
    within_day = below("order within the day", np.arange(len(rows.day)), limit=NUMBERS_WITHIN_A_DAY)
    order = np.argsort(rows.day * NUMBERS_WITHIN_A_DAY + within_day, kind="stable")
    return _with_details(rows.at(order), scenario.customers, rates=rates)


def _purchases_that_hold_spells(scenario: Scenario) -> _Bought:
    spells = scenario.spells.at(scenario.customers.buying_mode[scenario.spells.customer] != SUBSCRIBES)
    customer_type = scenario.customers.customer_type[spells.customer]
    usual_gap = np.asarray(GAP_DAYS_OF_TYPE)[customer_type] * between("gap", spells.started_on + spells.customer, first=60, last=140) // 100
    spell, day = purchase_days(spells.started_on, _last_purchase_days(spells), usual_gap=usual_gap)
    customer = spells.customer[spell]
    cents = _amounts(customer, day, customer_type=customer_type[spell])
    bought = _Bought(customer, day, cents, np.full(len(day), SHIPPED))
    return bought.at(day <= COVERED_THROUGH)


def _last_purchase_days(spells: Spells) -> Numbers:
    """The last purchase: exactly a lapse before silence ended the spell, or some day before the customer told us."""
    earliest = np.maximum(spells.started_on, spells.ended_on - LAPSE_DAYS + 1)
    reported = between("last purchase", spells.customer + spells.ended_on, first=earliest, last=spells.ended_on - 1)
    return np.where(spells.is_end_reported, reported, spells.ended_on - LAPSE_DAYS)


def purchase_days(first: Numbers, last: Numbers, *, usual_gap: Numbers) -> tuple[Numbers, Numbers]:
    """Days of purchase from first to last, never more than a lapse apart: place of the spell, and day."""
    span = last - first
    steps = np.minimum(np.maximum(-(-span // LAPSE_DAYS), span // usual_gap), span)
    spell = np.repeat(np.arange(len(first)), steps + 1)
    number = np.arange(len(spell)) - np.repeat(np.cumsum(steps + 1) - steps - 1, steps + 1)
    spell_span, spell_steps = span[spell], np.maximum(steps, 1)[spell]
    room = np.minimum((LAPSE_DAYS - -(-spell_span // spell_steps)) // 2, spell_span // spell_steps // 3)
    shift = between("shift of a purchase", np.arange(len(spell)), first=-room, last=room)
    is_inner = (number > 0) & (number < steps[spell])
    return spell, first[spell] + spell_span * number // spell_steps + np.where(is_inner, shift, 0)


def _amounts(customer: Numbers, day: Numbers, *, customer_type: Numbers) -> Numbers:
    """Amounts as customers of a type spend them: each around an amount of its own, prices rising with the years."""
    tables = np.stack([amounts_around(cents, spread=0.7) for cents in PURCHASE_CENTS_OF_TYPE])
    usual = tables[customer_type, below("usual amount", customer, limit=tables.shape[1])]
    percent = between("amount", np.arange(len(day)), first=55, last=160)
    price = 100 + PRICES_RISE_PERCENT * ((day - COVERED_FROM) // 365)
    return np.maximum(usual * percent * price // 10_000, 100)


def _refunds(bought: _Bought) -> _Bought:
    """Money back some days after a purchase, of all or half of it."""
    numbers = np.arange(len(bought.day))
    of = bought.at(happens("refund", numbers, per_mille=REFUND_PER_MILLE))
    numbers = np.arange(len(of.day))
    share = np.where(happens("full refund", numbers, per_mille=FULL_REFUND_PER_MILLE), 2, 1)
    day = of.day + between("refund after", numbers, first=1, last=REFUND_WITHIN_DAYS)
    refunds = _Bought(of.customer, day, -(of.cents * share // 2), np.full(len(of.day), REFUNDED))
    return refunds.at(refunds.day <= COVERED_THROUGH)


def _rows_that_do_not_count(bought: _Bought, customers: Customers) -> list[_Bought]:
    """Cancelled orders and test orders of any day, and free samples: nobody becomes a customer, or stays one, by these."""
    rows = []
    for what, status, per_mille in (
        ("cancelled", CANCELLED, CANCELLED_PER_MILLE),
        ("test", TEST, TEST_PER_MILLE),
        ("sample", SHIPPED, FREE_SAMPLE_PER_MILLE),
    ):
        like = bought.at(happens(what, np.arange(len(bought.day)), per_mille=per_mille))
        numbers = np.arange(len(like.day))
        prospect = customers.count + below(f"{what} by", numbers, limit=customers.prospects_count)
        customer = np.where(happens(f"{what} by prospect", numbers, per_mille=150), prospect, like.customer)
        day = between(f"{what} on", numbers, first=COVERED_FROM, last=COVERED_THROUGH)
        rows.append(_Bought(customer, day, like.cents * (what != "sample"), np.full(len(day), status)))
    return rows


def _with_details(rows: _Bought, customers: Customers, *, rates: Rates) -> Purchases:
    numbers = np.arange(len(rows.day))
    region = customers.region[np.minimum(rows.customer, customers.count - 1)]
    currency = np.asarray(CURRENCY_OF_REGION)[region]
    group = one_of("product group", numbers, weights=weights_of(PRODUCT_GROUPS))
    percent = np.asarray(COST_PERCENT_OF_GROUP)[group] + below("cost", numbers, limit=9) - 4
    euro_cents = rates.in_euro(rows.cents, currency=currency, day=rows.day)
    cost_cents = np.sign(rows.cents) * (np.abs(rows.cents) * percent // 100)
    return Purchases(rows.customer, rows.day, rows.cents, currency, euro_cents, group, cost_cents, rows.status)
