"""What holds under every set of choices: opening + in - out = closing, and the own one says what the ledger says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.definitions import Activity, Calendar, Definitions, Presets
from tasks.customer_math.analysis.counting_rule_headlines import (
    AcceptedRows,
    headline_under,
    history_under,
    movements_under,
    movements_without_value,
)
from tasks.customer_math.analysis.counting_rules import PRESETS, Preset
from tasks.customer_math.ledger.deductions import without_deductions
from tasks.customer_math.ledger.history import counted_contracts, counted_purchases
from tasks.customer_math.ledger.movements import LedgerRules, movements
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.prepared import days_needed, prepared
from tasks.customer_math.ledger.versions import held_for_life

if TYPE_CHECKING:
    from tasks.customer_math.ledger.history import History

pytestmark = pytest.mark.thorough

FIRST_DAY = date(2026, 1, 1)
MAY = period_named("2026-05", Calendar())
DEFINITIONS = Definitions(
    company="Corner Shop (made up)",
    currency="EUR",
    time_zone="Europe/Berlin",
    sells_by=("repeat_purchase", "contract"),
    activity=Activity(lapse_days=40, excluded_statuses=("draft",)),
    presets=Presets(paused_statuses=("paused",), free_statuses=("trial",), returned_within_days=30),
)
RULES = LedgerRules(DEFINITIONS.activity, DEFINITIONS.value, ())
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(20)])
DAYS = st.integers(0, 180).map(lambda number: FIRST_DAY + timedelta(days=number))
STATUSES = st.sampled_from([None, "active", "paused", "trial", "draft"])


@st.composite
def contract(draw: st.DrawFn) -> dict[str, Any]:
    starts_on = draw(DAYS)
    return {
        "customer_id": draw(CUSTOMERS),
        "starts_on": starts_on,
        "ends_on": draw(st.one_of(st.none(), st.integers(0, 120).map(lambda days: starts_on + timedelta(days=days)))),
        "notice_on": draw(st.one_of(st.none(), DAYS)),
        "recurring_amount": draw(st.sampled_from([Decimal(0), Decimal(12)])),
        "recurring_per": "year",
        "currency": "EUR",
        "status": draw(STATUSES),
    }


@st.composite
def purchase(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "customer_id": draw(CUSTOMERS),
        "purchased_on": draw(DAYS),
        "sale_on": draw(st.one_of(st.none(), DAYS)),
        "amount": draw(st.sampled_from([Decimal(-10), Decimal(10), Decimal(20)])),
        "currency": "EUR",
        "status": draw(STATUSES),
    }


def table(rows: list[dict[str, Any]]) -> ibis.Table:
    money, day = pa.decimal128(18, 4), pa.date32()
    kinds = {name: money if name.endswith("amount") else day if name.endswith("_on") else pa.string() for name in rows[0]}
    told = ibis.memtable(pa.Table.from_pylist(rows, pa.schema(kinds)))
    return told.mutate(**{name: ibis.null(kind) for name, kind in NOT_TOLD.items()})


NOT_TOLD = {
    **dict.fromkeys(("contract_id", "record_key", "product_group"), "string"),
    "seats_count": "int64",
    "cost_amount": "decimal(18, 4)",
}
"""Columns that extracts need not bring, and that no preset asks for."""


def own_history(told: Any, rows: AcceptedRows) -> History:
    own = told.Told().history()
    assert rows.contracts is not None
    assert rows.purchases is not None
    contracts, purchases = counted_contracts(rows.contracts, DEFINITIONS), counted_purchases(rows.purchases, own.rates, DEFINITIONS)
    return replace(own, contracts=contracts, purchases=purchases)


def headline(connection: Any, told: Any, rows: AcceptedRows, preset: Preset) -> tuple[dict[str, int], History]:
    own = own_history(told, rows)
    history = history_under(preset.choices, own, rows, period=MAY, definitions=DEFINITIONS)
    ledger = ibis.memtable(connection.to_pyarrow(movements_without_value(history, MAY, DEFINITIONS)))
    (found,) = connection.to_pyarrow(headline_under(preset.choices, ledger, history, period=MAY, definitions=DEFINITIONS)).to_pylist()
    return found, history


@given(st.lists(contract(), min_size=1, max_size=30), st.lists(purchase(), min_size=1, max_size=30), st.sampled_from(PRESETS))
def test_opening_and_in_less_out_make_closing_under_every_preset(
    connection: Any, told: Any, contracts: list[dict[str, Any]], purchases: list[dict[str, Any]], preset: Preset
) -> None:
    found, history = headline(connection, told, AcceptedRows(without_deductions(held_for_life(table(contracts))), table(purchases)), preset)
    assert min(found.values()) >= 0
    assert found["opening_count"] + found["in_count"] - found["out_count"] == found["closing_count"]
    beside = found["in_and_out_count"] if preset.choices.inside == "netted" else 0
    assert found["new_count"] + found["returned_count"] + found["in_and_out_count"] - beside == found["in_count"]
    if preset.choices.inside == "counted":
        ledger = connection.to_pyarrow(movements(history, MAY, RULES)).to_pylist()
        assert sum(row["in_count"] for row in ledger) == found["in_count"]
        assert sum(row["out_count"] for row in ledger) == found["out_count"]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@given(contracts=st.lists(contract(), min_size=1, max_size=30), purchases=st.lists(purchase(), min_size=1, max_size=30))
def test_customers_told_alike_move_as_in_the_own_history_whose_spells_are_there(
    connection: Any, told: Any, preset: Preset, contracts: list[dict[str, Any]], purchases: list[dict[str, Any]]
) -> None:
    rows = AcceptedRows(without_deductions(held_for_life(table(contracts))), table(purchases))
    plain, about = own_history(told, rows), {"period": MAY, "definitions": DEFINITIONS}
    own = prepared(plain, days=days_needed(MAY, RULES.calendar), rules=RULES)
    expected = movements_without_value(history_under(preset.choices, plain, rows, **about), MAY, DEFINITIONS)
    movements = movements_without_value(own, MAY, DEFINITIONS)
    history = history_under(preset.choices, own, rows, **about)
    found = movements if history is own else movements_under(preset.choices, history, own=own, movements=movements, **about)
    assert sorted_rows(connection, found) == sorted_rows(connection, expected)


def sorted_rows(connection: Any, found: ibis.Table) -> list[dict[str, Any]]:
    return connection.to_pyarrow(found.order_by("customer_id")).to_pylist()
