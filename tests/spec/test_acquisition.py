"""New customers: who came for the first time, what that first day brought, and by which channel and campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import acquisition

JUNE = period_named("2026-06", Calendar())
FRANCS = [{"currency": "CHF", "rate_on": date(2026, 6, 1), "rate_through": date(2026, 6, 30), "rate": Decimal("1.05")}]
BOUGHT = """
who | day        | amount
ann | 2026-06-05 | 20
ann | 2026-06-05 | 30
ann | 2026-06-06 | 99
ben | 2026-06-07 | 40
ben | 2026-06-07 | -15
cay | 2026-01-02 | 70
cay | 2026-06-30 | 80
dan | 2026-06-30 | 10
"""
AGREED = """
who | starts     | ends       | a year  | currency
ann | 2026-06-05 |            | 1200.00 | EUR
ann | 2026-06-06 |            | 600.00  | EUR
eve | 2026-06-03 | 2026-06-20 | 100.00  | CHF
fay | 2026-06-01 | 2026-06-01 | 50.00   | EUR
"""
CAME = """
who | contacted  | channel | campaign
ann | 2026-06-01 | Fair    | Moon
ben | 2026-07-01 | Search  | Sun
cay | 2025-12-01 | Search  | -
dan | 2026-06-30 | -       | Moon
"""


def acquisitions(told: Any, text: str) -> ibis.Table:
    """How customers came, from a pipe table; `-` is nothing."""
    rows = [
        (who, date.fromisoformat(on), *(None if way == "-" else way for way in (channel, campaign)))
        for who, on, channel, campaign in told.rows(text)
    ]
    names = {"customer_id": pa.string(), "contacted_on": pa.date32(), "channel": pa.string(), "campaign": pa.string()}
    return ibis.memtable(pa.table({name: pa.array([row[at] for row in rows], kind) for at, (name, kind) in enumerate(names.items())}))


def june(connection: Any, told: Any, history: Any) -> dict[str, dict[str, Any]]:
    """The ledger of June with the topic, by customer."""
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))
    found = with_topics(TopicContext(history, JUNE, told.rules(), ledger), [acquisition.TOPIC])
    return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}


@pytest.fixture(scope="module")
def found(connection: Any, told: Any) -> dict[str, dict[str, Any]]:
    history = told.Told(purchases=told.bought(BOUGHT), contracts=told.agreed(AGREED), rates=FRANCS).history()
    return june(connection, told, replace(history, acquisitions=acquisitions(told, CAME)))


@pytest.mark.parametrize(
    ("who", "movement", "is_first", "amount", "channel", "campaign"),
    [
        pytest.param("ann", "new", True, "20 + 30 + 1200", "Fair", "Moon", id="bought twice and agreed on the first day"),
        pytest.param("ben", "new", True, "40 - 15", "not recorded", "not recorded", id="took a part back; the contact is told later"),
        pytest.param("cay", "returned", False, "0", "Search", "not recorded", id="had come before"),
        pytest.param("dan", "new", True, "10", "not recorded", "Moon", id="came on the last day"),
        pytest.param("eve", "in_and_out", True, "105", "not recorded", "not recorded", id="came and went, in francs"),
    ],
)
def test_who_comes_for_the_first_time_brings_what_that_day_brought(  # every column of the topic at once
    found: dict[str, dict[str, Any]], who: str, movement: str, is_first: bool, amount: str, channel: str, campaign: str
) -> None:
    row = found[who]
    assert (row["movement"], row["is_first_time"]) == (movement, is_first)
    assert row["first_purchase_amount"] == sum(Decimal(part) for part in amount.replace(" - ", " + -").split(" + "))
    assert (row["came_by_channel"], row["came_by_campaign"]) == (channel, campaign)


def test_a_contract_of_no_day_makes_nobody_a_new_customer(found: dict[str, dict[str, Any]]) -> None:
    assert "fay" not in found


@pytest.mark.parametrize("sold_by", ["purchases", "contracts"])
def test_a_company_that_sells_in_one_way_has_its_first_purchases_too(connection: Any, told: Any, sold_by: str) -> None:
    sold = {"purchases": told.bought(BOUGHT), "contracts": told.agreed(AGREED)}[sold_by]
    found = june(connection, told, told.Told(**{sold_by: sold}, rates=FRANCS).history())
    assert found["ann"]["first_purchase_amount"] == {"purchases": 50, "contracts": 1200}[sold_by]
    assert found["ann"]["came_by_channel"] == "not recorded"


@pytest.mark.parametrize(
    ("sold", "expected"),
    [
        (("purchases",), {"ann": 5, "ben": 7, "cay": None, "dan": 30}),
        (("contracts",), {"ann": 5, "eve": 3}),
        (("purchases", "contracts"), {"ann": 5, "ben": 7, "cay": None, "dan": 30, "eve": 3}),
    ],
)
def test_the_first_day_is_that_of_the_first_purchase_or_contract(connection: Any, told: Any, sold: Any, expected: dict[str, Any]) -> None:
    both = {"purchases": told.bought(BOUGHT), "contracts": told.agreed(AGREED)}
    days = first_days(told.Told(**{name: both[name] for name in sold}).history())
    found = {row["customer_id"]: row["first_came_on"] for row in connection.to_pyarrow(days).to_pylist()}
    assert found == {who: date(2026, 6, day) if day else date(2026, 1, 2) for who, day in expected.items()}


def test_channels_and_campaigns_tell_new_customers_apart(connection: Any, found: dict[str, dict[str, Any]]) -> None:
    ledger = ibis.memtable({"came_by_channel": ["Fair"], "came_by_campaign": ["Moon"]})
    parts = [connection.to_pyarrow(split.part(ledger).name("part").as_table())["part"].to_pylist() for split in acquisition.SPLITS]
    assert parts == [["Fair"], ["Moon"]]
    assert {split.name for split in acquisition.SPLITS} == {"channel", "campaign"}
