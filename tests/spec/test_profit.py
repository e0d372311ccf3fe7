"""Revenue and profit: what was bought and earned in the period, what the goods and the service cost, and nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from config.measures.profit import RATES
from config.topic_settings import Costs
from tasks.customer_math.catalogue import CATALOGUE, MEASURES
from tasks.customer_math.ledger.history import in_company_currency
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import profit

JUNE = period_named("2026-06", Calendar())
TICKETS = pa.schema({"customer_id": pa.string(), "opened_on": pa.date32()})
CHF = [
    {"currency": "CHF", "rate_on": date(2026, 1, 1), "rate_through": date(2026, 6, 9), "rate": Decimal(2)},
    {"currency": "CHF", "rate_on": date(2026, 6, 10), "rate_through": date(2026, 12, 31), "rate": Decimal(3)},
]


def earned(connection: Any, told: Any, history: Any, *, tickets: str = "", ticket_amount: str | None = "2.50") -> dict[str, dict[str, Any]]:
    """What everybody brought and cost in June, by name: movement and the topic, with revenue and profit."""
    rows = [{"customer_id": who, "opened_on": told.day(on)} for who, on in told.rows(tickets or "who | day")]
    asked_for = ibis.memtable(pa.Table.from_pylist(rows, TICKETS)) if tickets else None
    tables = replace(history.history(), tickets=asked_for)
    choices = replace(told.rules(), costs=Costs(ticket_amount=Decimal(ticket_amount) if ticket_amount else None))
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(tables, JUNE, choices)))
    full = with_topics(TopicContext(tables, JUNE, choices, ledger), [profit.TOPIC])
    found = connection.to_pyarrow(full.mutate(revenue=profit.revenue(full), profit=profit.profit(full))).to_pylist()
    names = ("movement", *profit.COLUMNS, "revenue", "profit")
    return {row["customer_id"]: {name: row[name] for name in names} for row in found}


def costed(told: Any, text: str) -> list[dict[str, Any]]:
    """Purchases from `| customer | day | amount | cost |`."""
    return [
        {
            "customer_id": who,
            "purchased_on": told.day(on),
            "amount": Decimal(amount),
            "cost_amount": None if cost == "none" else Decimal(cost),
        }
        for who, on, amount, cost in told.rows(text)
    ]


BOUGHT = """
who | day        | amount | cost
ann | 2026-05-31 | 500    | 1
ann | 2026-06-01 | 100    | 60
ann | 2026-06-30 | 50     | none
ann | 2026-07-01 | 700    | 1
ben | 2026-06-10 | 30     | 50
cay | 2026-01-05 | 80     | 40
cay | 2026-06-05 | -80    | -40
dan | 2026-06-05 | 0      | 0
"""


def test_purchases_of_the_period_less_what_the_goods_and_the_tickets_cost(connection: Any, told: Any) -> None:
    tickets = "who | day\nann | 2026-06-01\nann | 2026-06-30\nann | 2026-07-01\nben | 2026-05-31"
    found = earned(connection, told, told.Told(purchases=costed(told, BOUGHT)), tickets=tickets)
    ann, ben = found["ann"], found["ben"]
    assert (ann["revenue"], ann["cost_of_goods_amount"], ann["uncosted_amount"]) == (Decimal(100 + 50), Decimal(60), Decimal(50))
    assert (ann["tickets_count"], ann["cost_to_serve_amount"]) == (2, Decimal("2.50") * 2)
    assert ann["profit"] == Decimal(150 - 60) - 5
    assert (ben["tickets_count"], ben["profit"]) == (0, Decimal(30 - 50))


def test_a_refund_after_the_customer_went_is_told_and_makes_nobody_a_customer(connection: Any, told: Any) -> None:
    found = earned(connection, told, told.Told(purchases=costed(told, BOUGHT)))
    assert (found["cay"]["movement"], found["cay"]["revenue"], found["cay"]["cost_of_goods_amount"]) == ("not_a_customer", -80, -40)
    assert "dan" not in found


def test_a_ticket_of_someone_who_is_no_customer_costs_all_the_same(connection: Any, told: Any) -> None:
    found = earned(connection, told, told.Told(purchases=costed(told, BOUGHT)), tickets="who | day\neve | 2026-06-05")
    assert (found["eve"]["movement"], found["eve"]["tickets_count"], found["eve"]["profit"]) == ("not_a_customer", 1, Decimal("-2.50"))


def test_without_the_cost_of_a_ticket_tickets_are_counted_and_cost_nothing(connection: Any, told: Any) -> None:
    history = told.Told(purchases=costed(told, BOUGHT))
    found = earned(connection, told, history, tickets="who | day\nann | 2026-06-05", ticket_amount=None)
    assert (found["ann"]["tickets_count"], found["ann"]["cost_to_serve_amount"]) == (1, 0)


@pytest.mark.parametrize(
    ("starts", "ends", "amount", "currency", "expected"),
    [
        pytest.param("2026-01-01", "", "365", "EUR", "1 * 30", id="thirty days of June"),
        pytest.param("2026-06-10", "2026-06-20", "365", "EUR", "1 * 10", id="from the 10th to before the 20th"),
        pytest.param("2026-05-31", "2026-06-01", "365", "EUR", "1 * 0", id="it ended as June opened"),
        pytest.param("2026-07-01", "", "365", "EUR", "1 * 0", id="it starts as July opens"),
        pytest.param("2026-06-10", "2026-06-10", "365", "EUR", "1 * 0", id="it covers no day"),
        pytest.param("2026-05-31", "", "365", "CHF", "2 * 30", id="at the rate of the opening"),
        pytest.param("2026-06-11", "", "365", "CHF", "3 * 20", id="at the rate of its first day"),
        pytest.param("2026-06-30", "", "1.825", "EUR", "0.01 * 1", id="half a cent is rounded away from zero"),
    ],
)
def test_a_contract_earns_for_the_days_that_it_covers(
    connection: Any, told: Any, starts: str, ends: str, amount: str, currency: str, expected: str
) -> None:
    text = f"who | starts | ends | amount | currency\nann | {starts} | {ends} | {amount} | {currency}"
    found = earned(connection, told, told.Told(contracts=told.agreed(text), rates=CHF))
    each, times = map(Decimal, expected.split(" * "))
    ann = found.get("ann", {"revenue": 0, "uncosted_amount": 0, "profit": 0})
    assert ann["revenue"] == ann["uncosted_amount"] == ann["profit"] == each * times


def test_purchases_and_contracts_of_one_customer_are_added_up(connection: Any, told: Any) -> None:
    agreed = told.agreed("who | starts | ends | amount | currency\nann | 2026-01-01 | | 365 | EUR\nann | 2026-06-30 | | 365 | EUR")
    found = earned(connection, told, told.Told(purchases=costed(told, BOUGHT), contracts=agreed))["ann"]
    assert (found["purchases_amount"], found["contracts_amount"], found["revenue"]) == (150, 30 + 1, 150 + 31)
    assert found["uncosted_amount"] == 50 + 31


@pytest.mark.parametrize(
    ("annual", "rate", "days", "minor_units", "expected"),
    [
        ("1200.0000", "1", 31, 2, "101.92"),
        ("-1200.0000", "1", 31, 2, "-101.92"),
        ("3.6500", "0.5", 1, 2, "0.01"),
        ("-3.6500", "0.5", 1, 2, "-0.01"),
        ("3.6499", "0.5", 1, 2, "0.00"),
        ("1000.0000", "1", 73, 0, "200"),
        ("1000.0000", "1", 1, 3, "2.740"),
        ("98765432109.8765", "1.23456789", 366, 2, "122266693127.91"),
    ],
)
def test_a_part_of_a_year_is_exact_whatever_its_size(
    connection: Any, annual: str, rate: str, days: int, minor_units: int, expected: str
) -> None:
    told = pa.table(
        {
            "annual": pa.array([Decimal(annual)], pa.decimal128(18, 4)),
            "rate": pa.array([Decimal(rate)], pa.decimal128(18, 8)),
            "days": pa.array([days], pa.int64()),
        }
    )
    row: Any = ibis.memtable(told)
    part = profit.part_of_year(row.annual, row.rate, days=row.days, minor_units=minor_units)
    assert str(connection.to_pyarrow(row.select(part=part)).to_pylist()[0]["part"]) == expected


def test_an_amount_of_millions_is_converted_like_any_other(connection: Any) -> None:
    row: Any = ibis.memtable(
        pa.table(
            {
                "amount": pa.array([Decimal("98765432.1000"), Decimal("-0.0050")], pa.decimal128(18, 4)),
                "rate": pa.array([Decimal("1.25000000"), Decimal(1)], pa.decimal128(18, 8)),
            }
        )
    )
    found = connection.to_pyarrow(row.select(amount=in_company_currency(row.amount, row.rate, minor_units=2))).to_pylist()
    assert [each["amount"] for each in found] == [Decimal("123456790.13"), Decimal("-0.01")]


def test_a_company_that_bought_sold_and_was_asked_nothing_has_no_topic(told: Any) -> None:
    history = replace(told.Told(purchases=costed(told, BOUGHT)).history(), purchases=None)
    assert profit.write(TopicContext(history, JUNE, told.rules(), ibis.memtable({"customer_id": ["ann"]}))) is None


@pytest.mark.parametrize(
    ("supplied", "published"),
    [
        ("purchases.amount", "revenue_amount purchases_amount"),
        ("purchases.amount purchases.cost_amount", "revenue_amount purchases_amount cost_of_goods_amount uncosted_amount profit_amount"),
        ("contracts.recurring_amount tickets.opened_on", "revenue_amount contracts_amount tickets_count"),
        ("tickets.opened_on costs.ticket_amount", "revenue_amount tickets_count cost_to_serve_amount"),
    ],
)
def test_what_a_company_does_not_supply_is_not_published(supplied: str, published: str) -> None:
    found = CATALOGUE.supplied_by(frozenset(supplied.split()))
    assert [name for name in found.measures if MEASURES[name] in profit.MEASURES] == published.split()
    assert {rate.name for rate in found.rates if rate in RATES} == ({"profit_rate"} if "profit_amount" in published else set())
