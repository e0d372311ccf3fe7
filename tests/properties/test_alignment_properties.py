"""What holds for every silo's claims: each stands in one line, and the lines add up to both counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from config.definitions import Activity, Calendar
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.prepared import days_needed, prepared
from tasks.customer_math.topics import source_reconciliation

APRIL = period_named("2026-04", Calendar())
DAYS = st.integers(0, 150).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(12)])
PURCHASES = st.lists(
    st.fixed_dictionaries({"customer_id": CUSTOMERS, "purchased_on": DAYS, "amount": st.just(Decimal("10.00"))}), min_size=1, max_size=40
)
CLAIMS = st.lists(st.tuples(st.sampled_from(["matched", "matched", "unmatched", "ambiguous"]), CUSTOMERS, DAYS, st.booleans()), max_size=25)
SCHEMA = pa.schema(
    {"claim_key": pa.string(), "customer_id": pa.string(), "match": pa.string(), "claimed_on": pa.date32(), "is_outside_scope": pa.bool_()}
)


@given(PURCHASES, CLAIMS, st.sampled_from(["new", "lost"]), st.integers(0, 40))
def test_any_two_counts_are_bridged_exactly_and_nothing_is_unexplained(
    connection: Any, told: Any, purchases: Any, made: Any, claimed: Any, timing_days: int
) -> None:
    rows = [
        {
            "claim_key": f"claim {number}",
            "customer_id": who if match == "matched" else None,
            "match": match,
            "claimed_on": on,
            "is_outside_scope": outside,
        }
        for number, (match, who, on, outside) in enumerate(made)
    ]
    history, activity = told.Told(purchases=purchases).history(), Activity(lapse_days=30)
    ledger = ibis.memtable(connection.to_pyarrow(movements(history, APRIL, told.rules(lapse_days=30))))
    question = source_reconciliation.ReconciliationQuery(claimed, APRIL, timing_days=timing_days)
    claims = ibis.memtable(pa.Table.from_pylist(rows, SCHEMA))
    bridged = rows_of_bridge(connection, claims, ledger, history, activity=activity, question=question)
    ready = prepared(history, days=days_needed(APRIL, Calendar()), rules=told.rules(lapse_days=30))
    assert rows_of_bridge(connection, claims, ledger, ready, activity=activity, question=question) == bridged
    lines: dict[str, int] = {}
    for row in bridged:
        lines[row["line"]] = lines.get(row["line"], 0) + 1
    inside = [row["claim_key"] for row in rows if APRIL.opens_on <= row["claimed_on"] < APRIL.closes_on]
    assert sorted(row["claim_key"] for row in bridged if row["claim_key"]) == sorted(inside)
    assert source_reconciliation.silo_count(lines) == len(inside)
    (counted,) = connection.to_pyarrow(source_reconciliation.counted_by_company(ledger, claimed, APRIL)).to_pylist()
    assert source_reconciliation.unexplained(lines, counted=int(counted["customers_count"])) == 0


def rows_of_bridge(connection: Any, *tables: Any, **about: Any) -> list[dict[str, Any]]:
    return connection.to_pyarrow(source_reconciliation.bridge(*tables, **about).order_by("claim_key", "customer_id")).to_pylist()
