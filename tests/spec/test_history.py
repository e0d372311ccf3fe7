"""From accepted rows to what is known of customers: what counts, at which rate, and in which group."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Definitions
from tasks.customer_math.ledger import history as histories
from tasks.customer_math.ledger.deductions import without_deductions
from tasks.customer_math.ledger.versions import held_for_life

OPEN = histories.OPEN_ENDED
DATE, TEXT, AMOUNT = pa.date32(), pa.string(), pa.decimal128(18, 4)
KINDS = {
    "customer_id": TEXT,
    "currency": TEXT,
    "status": TEXT,
    "recurring_per": TEXT,
    "record_key": TEXT,
    "group": TEXT,
    "amount": AMOUNT,
    "recurring_amount": AMOUNT,
    "annual_amount": AMOUNT,
    "cost_amount": AMOUNT,
    "contract_id": TEXT,
    "product_group": TEXT,
    "seats_count": pa.int64(),
    "silo": TEXT,
    "rate": pa.decimal128(18, 8),
    "reason_code": TEXT,
    **dict.fromkeys(("departed_on", "purchased_on", "starts_on", "ends_on", "rate_on", "rate_through", "on"), DATE),
}
"""The columns of the tables below, by their names."""
OPTIONAL = ("cost_amount", "contract_id", "product_group", "seats_count", "silo", "record_key")
"""Columns that extracts need not bring; they are there all the same, empty."""


def definitions(**changes: Any) -> Definitions:
    said = {"company": "Tried", "currency": "EUR", "time_zone": "UTC", "sells_by": ["repeat_purchase", "contract"]}
    return Definitions.model_validate(said | changes)


EXCLUDING = {"activity": {"excluded_statuses": ["cancelled", "test"]}}


def table(text: str) -> ibis.Table:
    """A table from a pipe table whose headings are names of columns; an empty cell is nothing."""
    names, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    columns = {name: [line[place] or None for line in lines] for place, name in enumerate(names)}
    return ibis.memtable(
        pa.table({name: pa.array([_typed(cell, KINDS[name]) for cell in cells], KINDS[name]) for name, cells in columns.items()})
    )


def accepted_rows(text: str) -> ibis.Table:
    """Rows as an extract brings them, with the columns that the table does not name left empty."""
    told = table(text)
    return told.mutate(**{name: ibis.null(ibis.dtype(KINDS[name])) for name in OPTIONAL if name not in told.columns})


def _typed(cell: str | None, kind: Any) -> Any:
    if cell is None or kind == TEXT:
        return cell
    return date.fromisoformat(cell) if kind == DATE else Decimal(cell)


@pytest.fixture(scope="module")
def rates() -> ibis.Table:
    """The company's own currency, and francs in the first half of June."""
    francs = table("currency | rate_on | rate_through | rate\nCHF | 2026-06-01 | 2026-06-15 | 1.105")
    return histories.own_rate(definitions()).union(francs)


def rows(connection: Any, found: ibis.Table, *order: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in connection.to_pyarrow(found.order_by(*order) if order else found).to_pylist()]


@pytest.mark.parametrize(
    ("purchase", "counted"),
    [
        pytest.param("2026-06-01 |  10     | EUR | shipped  ", ["10.00"], id="counts"),
        pytest.param("2026-06-01 |  10     | EUR |          ", ["10.00"], id="counts without a state"),
        pytest.param("2026-06-01 |  10     | EUR | cancelled", [], id="excluded"),
        pytest.param("2026-06-01 |  10.005 | EUR | shipped  ", ["10.01"], id="half a cent counts as one"),
        pytest.param("2026-06-01 | -10.005 | EUR | shipped  ", ["-10.01"], id="and so for a refund"),
        pytest.param("2026-06-01 | 100     | CHF | shipped  ", ["110.50"], id="at the rate of its first day"),
        pytest.param("2026-06-15 | 100     | CHF | shipped  ", ["110.50"], id="at the rate of its last day"),
        pytest.param("2026-06-16 | 100     | CHF | shipped  ", [None], id="no rate for the day"),
    ],
)
def test_a_purchase_counts_in_the_companys_currency(connection: Any, rates: Any, purchase: str, counted: list[str | None]) -> None:
    accepted = accepted_rows(f"customer_id | purchased_on | amount | currency | status\nann | {purchase}")
    found = histories.counted_purchases(accepted, rates, definitions(**EXCLUDING))
    assert [row["amount"] for row in connection.to_pyarrow(found).to_pylist()] == [text and Decimal(text) for text in counted]


@pytest.mark.parametrize(
    ("amount", "qualifies"),
    [
        ("0.01", (True, True)),
        ("0.005", (True, True)),
        ("0.004", (False, True)),
        ("0", (False, True)),
        ("-0.004", (False, False)),
        ("-1", (False, False)),
    ],
)
def test_a_purchase_qualifies_by_its_rounded_amount_or_by_a_choice_where_it_is_0(
    connection: Any, rates: Any, amount: str, qualifies: tuple[bool, bool]
) -> None:
    accepted = accepted_rows(f"customer_id | purchased_on | amount | currency | status\nann | 2026-06-01 | {amount} | EUR |")
    found = [
        connection.to_pyarrow(
            histories.counted_purchases(accepted, rates, definitions(activity={"zero_amount_counts": counts}))
        ).to_pylist()
        for counts in (False, True)
    ]
    assert tuple(row["is_qualifying"] for (row,) in found) == qualifies


def test_every_state_counts_where_none_is_excluded(connection: Any, rates: Any) -> None:
    accepted = accepted_rows("customer_id | purchased_on | amount | currency | status\nann | 2026-06-01 | 10 | EUR | cancelled")
    assert len(rows(connection, histories.counted_purchases(accepted, rates, definitions()))) == 1


@pytest.mark.parametrize(
    ("purchase", "minor_units", "expected"), [("10", 2, "11.05"), ("10", 0, "11"), ("10", 3, "11.050"), ("10.4999", 0, "12")]
)
def test_an_amount_is_rounded_to_the_companys_minor_unit(connection: Any, purchase: str, minor_units: int, expected: str) -> None:
    amount: Any = ibis.literal(Decimal(purchase))
    rate: Any = ibis.literal(Decimal("1.105"))
    assert connection.execute(histories.in_company_currency(amount, rate, minor_units=minor_units)) == Decimal(expected)


@pytest.mark.parametrize(
    ("agreed", "a_year"),
    [
        ("100 | year      | signed   ", "100"),
        ("100 | half_year | signed   ", "100 * 2"),
        ("100 | quarter   | signed   ", "100 * 4"),
        ("100 | month     | signed   ", "100 * 12"),
        ("100 |           | signed   ", "100"),
        ("100 | month     |          ", "100 * 12"),
        ("100 | week      | signed   ", "100 * 52"),
        ("1   | day       | signed   ", "1 * 365"),
        ("200 | 2 years   | signed   ", "100"),
        ("100 | 26 weeks  | signed   ", "100 * 2"),
        ("100 | every 3 months | signed", "100 * 4"),
        ("700 | 7 months  | signed   ", "1200"),
        ("73  | 73 days   | signed   ", "73 * 5"),
        ("100 | month     | cancelled", None),
    ],
)
def test_a_contract_counts_with_what_it_brings_in_a_year(connection: Any, agreed: str, a_year: str | None) -> None:
    accepted = accepted_rows(
        f"customer_id | starts_on | ends_on | currency | recurring_amount | recurring_per | status\nann | 2026-06-01 | | CHF | {agreed}"
    )
    found = connection.to_pyarrow(
        histories.counted_contracts(without_deductions(held_for_life(accepted)), definitions(**EXCLUDING))
    ).to_pylist()
    amount, _, times = (a_year or "").partition(" * ")
    assert [row["annual_amount"] for row in found] == ([Decimal(amount) * int(times or 1)] if a_year else [])
    assert [(row["ends_on"], row["currency"]) for row in found] == [(OPEN, "CHF")] * len(found)


def test_a_contract_keeps_its_last_day(connection: Any) -> None:
    accepted = accepted_rows(
        """customer_id | starts_on | ends_on | currency | recurring_amount | recurring_per | status
        ann | 2026-06-01 | 2026-07-01 | EUR | 1 | year | signed
        """
    )
    found = connection.to_pyarrow(histories.counted_contracts(without_deductions(held_for_life(accepted)), definitions())).to_pylist()
    assert [(row["starts_on"], row["ends_on"]) for row in found] == [(date(2026, 6, 1), date(2026, 7, 1))]


@pytest.mark.parametrize(
    ("carried", "through"),
    [
        (4, ["2026-06-02", "2026-06-07", "2026-06-24", "2026-06-06"]),
        (0, ["2026-06-01", "2026-06-03", "2026-06-20", "2026-06-02"]),
        (366, ["2026-06-02", "2026-06-19", "2027-06-21", "2027-06-03"]),
    ],
    ids=["over a week-end", "on its own day only", "for a year"],
)
def test_a_rate_holds_until_the_next_or_as_long_as_it_may_be_carried(connection: Any, carried: int, through: list[str]) -> None:
    accepted = table(
        """currency | rate_on | rate
        CHF | 2026-06-01 | 1.1
        CHF | 2026-06-03 | 1.2
        CHF | 2026-06-20 | 1.3
        USD | 2026-06-02 | 0.9
        """
    )
    found = histories.rates_table(accepted, definitions(value={"rate_carried_days": carried}))
    assert [str(row[2]) for row in rows(connection, found, "currency", "rate_on")] == through


def test_a_rate_of_the_companys_own_currency_changes_nothing(connection: Any) -> None:
    accepted = table("currency | rate_on | rate\nEUR | 2026-06-01 | 1\nCHF | 2026-06-01 | 1.1")
    every = histories.own_rate(definitions()).union(histories.rates_table(accepted, definitions()))
    assert [row[0] for row in rows(connection, every, "currency")] == ["CHF", "EUR"]


@pytest.mark.parametrize(
    ("contract", "missing"),
    [
        pytest.param("2026-06-10 | 2026-06-16 | CHF", None, id="its last covered day is the rate's last"),
        pytest.param("2026-06-10 | 2026-06-17 | CHF", "2026-06-16", id="a day longer"),
        pytest.param("2026-05-30 | 2026-06-16 | CHF", "2026-05-31", id="began before the rates, asked from 31 May"),
        pytest.param("2026-07-01 | 9999-12-31 | CHF", None, id="begins after the last day that is asked for"),
        pytest.param("2026-06-30 | 9999-12-31 | CHF", "2026-06-30", id="begins on the last day that is asked for"),
        pytest.param("2026-01-01 | 2026-05-31 | CHF", None, id="ended before the first day that is asked for"),
        pytest.param("2026-01-01 | 9999-12-31 | EUR", None, id="in the company's own currency"),
    ],
)
def test_days_without_a_rate_are_those_on_which_a_contract_ran(connection: Any, rates: Any, contract: str, missing: str | None) -> None:
    contracts = table(f"customer_id | starts_on | ends_on | currency | annual_amount\nann | {contract} | 100")
    found = histories.days_without_rate(contracts, rates, first_day=date(2026, 5, 31), last_day=date(2026, 6, 30))
    assert rows(connection, found) == ([("CHF", date.fromisoformat(missing), 1)] if missing else [])


def test_a_departure_without_a_reason_says_so(connection: Any) -> None:
    accepted = accepted_rows(
        "customer_id | departed_on | reason_code | silo\nann | 2026-06-01 | price | service\nben | 2026-06-02 | | sales"
    )
    assert rows(connection, histories.stated_departures(accepted), "customer_id") == [
        ("ann", date(2026, 6, 1), "service", "price"),
        ("ben", date(2026, 6, 2), "sales", "no_reason_known"),
    ]


def test_a_history_is_narrowed_where_it_has_something(connection: Any, told: Any) -> None:
    bought = told.bought("who | day | amount\nann | 2026-06-01 | 10\nann | 2026-06-02 | 10")
    history = told.Told(purchases=bought).history()
    narrowed = history.narrowed(
        purchases=lambda table: table.purchased_on > date(2026, 6, 1), contracts=lambda table: table.ends_on.notnull()
    )
    assert len(rows(connection, narrowed.purchases)) == 1
    assert narrowed.contracts is None


def test_nothing_is_an_amount_of_the_companys_currency(connection: Any) -> None:
    nothing: Any = histories.no_money(3)
    assert (nothing.type().scale, connection.execute(nothing)) == (3, Decimal(0))


@pytest.mark.parametrize(("ends", "nothing"), [("2026-06-01", True), ("2026-06-02", False), ("", False)])
def test_a_contract_covers_no_day_if_it_ends_on_its_first(connection: Any, ends: str, nothing: bool) -> None:
    contracts = table(f"starts_on | ends_on\n2026-06-01 | {ends}")
    assert rows(connection, contracts.select(covers_no_day=histories.covers_no_day(contracts))) == [(nothing,)]
