"""What the demo company's customers were made to bring, against what is expected of them: by tenths of the expectation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from config.company import load_company
from counted_events import CountedEvents, counted_events
from expected_ledger import is_customer
from planted_lifetime import Tenth, brought_after, planted_after, tenths
from tasks.customer_math.ledger.history import OPEN_ENDED, History
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.lifetime.equity import Outlook
from tasks.customer_math.lifetime.valuation import View
from tasks.sample.contract_terms import OPEN
from tasks.sample.events import events_of
from tasks.sample.scenario import day_number
from tasks.store.engine import columns_of
from tasks.valued_customers import Valuer

if TYPE_CHECKING:
    from tasks.sample.random_numbers import Numbers

SCALE, DISCOUNT_RATE = 0.03, 0.10
MONEY = pa.decimal128(18, 2)
TWO_YEARS_AHEAD, LAST_DAY = date(2024, 3, 31), date(2026, 9, 30)
"""On the first day, what came of it in two years is decided; after the last, nothing is."""


def days(numbers: Numbers) -> Any:
    return pa.array(numbers.astype("M8[D]"), pa.date32())


def money(cents: Numbers) -> Any:
    return pa.array(cents / 100).cast(MONEY, safe=False)


def history_of(events: CountedEvents, told: Any) -> History:
    """What the extracts say of purchases and contracts, without their defects, in euro."""
    bought = {
        "customer_id": pa.array(events.buyer).cast(pa.string()),
        "purchased_on": days(events.bought_on),
        "amount": money(events.bought_cents),
        "is_qualifying": pa.array(events.bought_cents > 0),
    }
    ends = days(np.where(events.ends_on >= OPEN, day_number(OPEN_ENDED), events.ends_on))
    agreed = {
        "customer_id": pa.array(events.holder).cast(pa.string()),
        "contract_id": pa.array(np.arange(len(events.holder))).cast(pa.string()),
        **dict.fromkeys(("starts_on", "term_starts_on"), days(events.starts_on)),
        **dict.fromkeys(("ends_on", "due_on", "term_ends_on"), ends),
        "annual_amount": money(events.rates.in_euro(events.annual_cents, currency=events.currency, day=day_number(LAST_DAY))),
        "currency": pa.array(["EUR"] * len(events.holder)),
        "is_deduction": pa.array([False] * len(events.holder)),
    }
    tables = {name: ibis.memtable(pa.table(columns)) for name, columns in (("purchases", bought), ("contracts", agreed))}
    return replace(told.Told().history(), **tables, purchase_days=days_of_purchase(tables["purchases"]))


class Demo:
    """The demo company at a scale: what happened, what was planted, and what is expected."""

    def __init__(self, scale: float, told: Any) -> None:
        sample: Any = SimpleNamespace(events=events_of(scale), scale=scale)
        self.events, self.buying_mode = counted_events(sample), sample.events.scenario.customers.buying_mode
        self.valuer = Valuer(ibis.duckdb.connect(), load_company("demo"), history_of(self.events, told))

    def expected(self, day: date, *, years: int) -> Any:
        """Cents expected of each customer."""
        believed = self.valuer.assumptions_on(day)
        customers = self.valuer.customers_on(day, believed)
        rows = columns_of(self.valuer.connection, customers.expected({"cents": View(believed, Outlook(DISCOUNT_RATE, years))}))
        expected = np.zeros(self.events.customers_count)
        expected[rows["customer_id"].astype(np.int64)] = rows["cents"].astype(float) * 100
        return expected

    def tenths(self, day: date, *, years: int) -> list[Tenth]:
        """The customers of a day: what was expected of them, and what they were made to bring."""
        number = day_number(day)
        if day == LAST_DAY:
            planted = planted_after(self.events, self.buying_mode, number, years=years, discount_rate=DISCOUNT_RATE)
        else:
            planted = brought_after(self.events, number, years=years, discount_rate=DISCOUNT_RATE)
        return tenths(self.expected(day, years=years), planted, np.flatnonzero(is_customer(self.events, number)))


@pytest.fixture(scope="module")
def demo(told: Any) -> Demo:
    return Demo(SCALE, told)


def test_what_customers_were_made_to_bring_in_two_years_is_expected_of_them(demo: Demo) -> None:
    """In all within 5%, each of the six upper tenths within 25%. The lowest are drawn towards what everybody brings, by little money."""
    found = demo.tenths(TWO_YEARS_AHEAD, years=2)
    expected, planted = (np.array([getattr(each, name) for each in found]) for name in ("expected", "planted"))
    assert [each.customers_count for each in found] == [314] * 5 + [313] * 5
    assert expected.sum() == pytest.approx(planted.sum(), rel=0.05)
    assert expected[:6] == pytest.approx(planted[:6], rel=0.25)
    assert np.abs(expected - planted)[6:].max() < planted.mean() / 10
    assert list(planted) == sorted(planted, reverse=True)


def test_what_is_planted_after_the_last_day_is_expected_of_the_customers_in_order(demo: Demo) -> None:
    """Less is expected: whoever is there at the demo's end bought for the last time up to half a year before, as if some were gone."""
    found = demo.tenths(LAST_DAY, years=5)
    expected, planted = (np.array([getattr(each, name) for each in found]) for name in ("expected", "planted"))
    assert 0.75 < expected.sum() / planted.sum() < 1
    assert expected[0] == pytest.approx(planted[0], rel=0.15)
    assert list(planted) == sorted(planted, reverse=True)
