"""What holds for every history: order of arrival, merged customers, and causes that add up whatever changed."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.definitions import Calendar
from tasks.customer_math.analysis.restatements import (
    cause_differences,
    changed_customers,
    changed_figures,
    customers_behind,
    restatement,
    with_causes,
)
from tasks.customer_math.catalogue import CATALOGUE, CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named

if TYPE_CHECKING:
    from datetime import date

pytestmark = pytest.mark.thorough

MARCH = period_named("2026-03", Calendar())
FIRST_DAY = period_named("2026-01", Calendar()).opens_on
CUSTOMERS = [f"customer {number}" for number in range(8)]
CAUSES = ["late row", "corrected row", "deleted row", "unexplained"]
ROLL_FORWARD = CATALOGUE.only({measure.name for measure in (*CUSTOMER_MEASURES, *MONEY)}, ())
"""What a ledger without topics tells."""
MONEY_AT_ENDS = ("opening_amount", "closing_amount")


def day(number: int) -> date:
    from datetime import timedelta

    return FIRST_DAY + timedelta(days=number)


PURCHASE = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(CUSTOMERS),
        "purchased_on": st.integers(0, 100).map(day),
        "amount": st.integers(-2_000, 20_000).map(lambda cents: Decimal(cents) / 100),
    }
)
PURCHASES = st.lists(PURCHASE, min_size=1, max_size=30)
LONG = 3660


def measured(connection: Any, told: Any, purchases: list[dict[str, Any]], **choices: Any) -> tuple[ibis.Table, ibis.Table]:
    """The ledger of March and its figures, held by the engine."""
    groups = {who: ("North", "South")[number % 2] for number, who in enumerate(CUSTOMERS)}
    history = told.Told(purchases=purchases, groups=groups).history()
    ledger = connection.to_pyarrow(movements(history, MARCH, told.rules(**choices)))
    held = connection.create_table(ibis.util.gen_name("ledger"), ledger, temp=True)
    found = connection.to_pyarrow(figures(held, periods=[MARCH.name], segments=["region"], catalogue=ROLL_FORWARD))
    return held, connection.create_table(ibis.util.gen_name("figures"), found, temp=True)


def as_rows(connection: Any, table: ibis.Table) -> list[dict[str, Any]]:
    return sorted(connection.to_pyarrow(table).to_pylist(), key=str)


@given(purchases=PURCHASES, order=st.randoms())
def test_rows_may_arrive_in_any_order_and_give_the_same_figures(connection: Any, told: Any, purchases: Any, order: Any) -> None:
    shuffled = list(purchases)
    order.shuffle(shuffled)
    (ledger, found), (ledger_again, found_again) = (measured(connection, told, rows) for rows in (purchases, shuffled))
    assert as_rows(connection, found) == as_rows(connection, found_again)
    assert as_rows(connection, ledger) == as_rows(connection, ledger_again)


@given(purchases=PURCHASES, one=st.sampled_from(CUSTOMERS), other=st.sampled_from(CUSTOMERS))
def test_merging_two_customers_changes_heads_and_never_money(connection: Any, told: Any, purchases: Any, one: str, other: str) -> None:
    """Money of those who are customers: with a lapse longer than the history, whoever once bought is one."""
    first = {"customer_id": one, "purchased_on": FIRST_DAY, "amount": Decimal(1)}
    rows = [first, {**first, "customer_id": other}, *purchases]
    everyone = [{**first, "customer_id": who} for who in CUSTOMERS]  # all are customers from the first day on
    merged = [{**row, "customer_id": one if row["customer_id"] == other else row["customer_id"]} for row in [*rows, *everyone]]
    values = []
    for history in ([*rows, *everyone], merged):
        _ledger, found = measured(connection, told, history, lapse_days=LONG, value_days=LONG)
        whole = {row["measure"]: row["value"] for row in as_rows(connection, found) if row["segment_by"] == "all"}
        values.append(whole)
    before, after = values
    assert {name: before[name] for name in MONEY_AT_ENDS} == {name: after[name] for name in MONEY_AT_ENDS}
    assert before["closing_customers"] - after["closing_customers"] == (one != other)
    assert {measure.name for measure in (*CUSTOMER_MEASURES, *MONEY)} == set(before)


@given(then=PURCHASES, now=PURCHASES, causes=st.lists(st.sampled_from(CAUSES), min_size=len(CUSTOMERS), max_size=len(CUSTOMERS)))
def test_the_causes_of_any_change_add_up_to_it(connection: Any, told: Any, then: Any, now: Any, causes: list[str]) -> None:
    (ledger, found), (ledger_now, found_now) = (measured(connection, told, rows) for rows in (then, now))
    schema = pa.schema({"customer_id": pa.string(), "cause": pa.string()})
    given_causes = ibis.memtable(pa.table({"customer_id": CUSTOMERS, "cause": causes}, schema))
    caused = connection.to_pyarrow(with_causes(changed_customers(ledger, ledger_now), given_causes, otherwise="nothing"))
    steps = [(ledger, ledger_now, connection.create_table(ibis.util.gen_name("caused"), caused, temp=True))]
    held = [
        connection.create_table(ibis.util.gen_name("held"), table, temp=True)
        for table in (
            changed_figures(found, found_now, period=MARCH.name, segments=["region"]),
            cause_differences(steps, segments=["region"], catalogue=ROLL_FORWARD),
            customers_behind(steps, ROLL_FORWARD),
        )
    ]
    changed_now, parts, behind = held
    rows = as_rows(connection, restatement(changed_now, parts, behind, remainder="left over"))
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        assert row["cause"] in CAUSES
        sums[row["segment"], row["measure"]] += row["cause_difference"]
    assert dict(sums) == {(row["segment"], row["measure"]): row["difference"] for row in rows}
    published, known = (
        {(row["segment"], row["measure"]): row["value"] for row in as_rows(connection, table)} for table in (found, found_now)
    )
    changed = {key for key in {*published, *known} if published.get(key, Decimal(0)) != known.get(key, Decimal(0))}
    assert set(sums) == changed


@given(purchases=PURCHASES)
def test_a_restatement_of_the_same_history_is_empty(connection: Any, told: Any, purchases: Any) -> None:
    (ledger, found), (again, found_again) = (measured(connection, told, rows) for rows in (purchases, purchases))
    assert as_rows(connection, changed_customers(ledger, again)) == []
    assert as_rows(connection, changed_figures(found, found_again, period=MARCH.name, segments=["region"])) == []
