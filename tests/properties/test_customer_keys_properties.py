"""Whatever keys, crosswalks and addresses there are: every row is counted once, and none is guessed."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.customer_math.ledger.customer_keys import aliases_of, counts, keys_of, matches

KEYS = st.sampled_from(["1", "2", "3", "a@b", "A@B ", "c@d"])
PAIRS = st.lists(st.tuples(KEYS, KEYS), max_size=5)


@pytest.fixture(scope="module")
def connection() -> Any:
    return ibis.duckdb.connect()


def as_compared(key: str) -> str:
    return key.strip().lower() if "@" in key else key


def expected_of(key: str, customers: list[tuple[str, str]], crosswalk: list[tuple[str, str]]) -> set[str]:
    """The customers to whom any rule leads, computed by hand."""
    by_id = {one for one, _mail in customers if one == key}
    by_mail = {one for one, mail in customers if mail.strip().lower() == as_compared(key)}
    return by_id | by_mail | {one for other, one in crosswalk if as_compared(other) == as_compared(key)}


def table(rows: list[tuple[str, str]], *names: str) -> ibis.Table:
    columns = list(zip(*rows, strict=True)) if rows else [(), ()]
    return ibis.memtable(pa.table({name: pa.array(list(values), pa.string()) for name, values in zip(names, columns, strict=True)}))


@settings(max_examples=25, deadline=None)
@given(customers=PAIRS, crosswalk=PAIRS, rows=st.lists(KEYS, min_size=1, max_size=8))
def test_a_key_is_matched_only_where_all_rules_lead_to_one_customer(
    connection: Any, customers: list[tuple[str, str]], crosswalk: list[tuple[str, str]], rows: list[str]
) -> None:
    people = table(customers, "customer_id", "email")
    known: Any = {
        "id": keys_of(people, "customer_id"),
        "crosswalk": aliases_of(table(crosswalk, "silo_key", "customer_id")),
        "email": keys_of(people, "email"),
    }
    keys = ibis.memtable({"sent": sorted(set(rows)), "rows_count": [rows.count(key) for key in sorted(set(rows))]})
    found = matches(keys, known)
    for row in connection.to_pyarrow(found).to_pylist():
        one = expected_of(row["sent"], customers, crosswalk)
        assert row["state"] == ("unmatched", "matched", "ambiguous")[min(len(one), 2)]
        assert row["customer_id"] == (next(iter(one)) if len(one) == 1 else None)
    (total,) = connection.to_pyarrow(counts(found)).to_pylist()
    assert total.pop("rows_count") == len(rows) == sum(total.values())
