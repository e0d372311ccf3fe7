"""The call list: who is drawn, who calls whom, and what is counted of the calls."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.definitions import Definitions
from config.topic_settings import LostReview
from tasks.customer_math.analysis.call_list import calls_by_executive, drawn_customers
from tasks.customer_math.ledger.departures import departures_in, stated_reasons
from tasks.customer_math.ledger.history import called_reasons, stated_departures
from tasks.customer_math.ledger.periods import period_named

PERIOD = period_named("2026-08", Definitions.model_fields["calendar"].default)
LEDGER = {
    "customer_id": "string",
    "period": "string",
    "movement": "string",
    "opening_group": "string",
    "reason_code": "string",
    "has_unmapped_reason": "boolean",
    "went_on": "date",
    "opening_amount": "decimal(18, 2)",
    "in_and_out_amount": "decimal(18, 2)",
}
CALLS = {
    "customer_id": "string",
    "lost_on": "date",
    "executive": "string",
    "called_on": "date",
    "outcome": "string",
    "reason_code": "string",
    "silo": "string",
}
TRUST = ("service", "sales", "marketing")


def table(rows: list[dict[str, Any]], kinds: dict[str, str]) -> ibis.Table:
    columns = {name: [row.get(name) for row in rows] for name in kinds}
    return ibis.memtable(columns, schema={name: "string" if kind == "date" else kind for name, kind in kinds.items()}).cast(kinds)


def ledger(*, golds: int, bronzes: int, reasons: int) -> ibis.Table:
    """Lost customers of two groups, of whom some gave a reason, and one who stayed."""
    usual = {
        "period": "2026-08",
        "movement": "lapsed",
        "has_unmapped_reason": False,
        "went_on": "2026-08-09",
        "in_and_out_amount": Decimal(0),
    }
    rows = [
        {
            **usual,
            "customer_id": f"c{number:03}",
            "opening_group": "Gold" if number < golds else "Bronze",
            "reason_code": "price" if number % (golds + bronzes) < reasons else "no_reason_known",
            "opening_amount": Decimal(number),
        }
        for number in range(golds + bronzes)
    ]
    return table([*rows, {**rows[0], "customer_id": "stays", "movement": "unchanged"}], LEDGER)


def drawn(connection: Any, lost: ibis.Table, executives: tuple[str, ...], count: int) -> list[dict[str, Any]]:
    return connection.to_pyarrow(drawn_customers(lost, executives, customers_count=count)).to_pylist()


def test_every_executive_gets_as_many_and_every_kind_alike(connection: Any) -> None:
    rows = drawn(connection, ledger(golds=60, bronzes=140, reasons=30), ("Ada", "Bo"), 10)
    assert Counter(row["executive"] for row in rows) == {"Ada": 10, "Bo": 10}
    kinds = Counter((row["executive"], row["value_group"], row["is_reason_missing"]) for row in rows)
    assert max(kinds.values()) - min(kinds.values()) <= 1
    assert len({row["customer_id"] for row in rows}) == 20


def test_the_same_customers_are_drawn_whenever_it_is_asked_and_others_in_another_period(connection: Any) -> None:
    lost = ledger(golds=60, bronzes=140, reasons=30)
    first, again = (drawn(connection, lost, ("Ada",), 10) for _ in range(2))
    assert sorted(row["customer_id"] for row in first) == sorted(row["customer_id"] for row in again)
    other = drawn(connection, lost.mutate(period=ibis.literal("2026-09")), ("Ada",), 10)
    assert {row["customer_id"] for row in other} != {row["customer_id"] for row in first}


def test_where_fewer_were_lost_all_of_them_are_called_and_nobody_else(connection: Any) -> None:
    rows = drawn(connection, ledger(golds=1, bronzes=2, reasons=1), ("Ada", "Bo"), 10)
    assert sorted(row["customer_id"] for row in rows) == ["c000", "c001", "c002"]
    assert {row["amount"] for row in rows} == {Decimal(0), Decimal(1), Decimal(2)}


CALLED = [
    {"customer_id": "c000", "executive": "Ada", "called_on": "2026-10-01", "outcome": "won_back", "reason_code": "price"},
    {"customer_id": "c001", "executive": "Ada", "called_on": "2026-10-01", "outcome": "not_reached"},
    {"customer_id": "c002", "executive": "Ada"},
    {"customer_id": "c003", "executive": None, "called_on": "2026-10-02", "reason_code": "service"},
    {"customer_id": "stays", "executive": "Ada", "called_on": "2026-10-02", "outcome": "reached"},
    {"customer_id": "c004", "executive": "Ada", "called_on": "2026-10-02", "outcome": "reached", "lost_on": "2026-07-31"},
]


def calls() -> ibis.Table:
    return table([{"lost_on": "2026-08-09", "silo": "service", **row} for row in CALLED], CALLS)


def in_period(departures: ibis.Table | None) -> ibis.Table:
    """What departures and the calls above tell of each customer."""
    stated = stated_reasons(departures, called_reasons(calls()))
    assert stated is not None
    return departures_in(stated, PERIOD, trust=TRUST)


def test_calls_are_counted_by_executive_with_what_the_customers_were_worth(connection: Any) -> None:
    found = connection.to_pyarrow(calls_by_executive(calls(), ledger(golds=5, bronzes=0, reasons=0), PERIOD)).to_pylist()
    counts = [tuple(row[f"{step}_count"] for step in ("listed", "called", "reached", "reason", "won_back")) for row in found]
    assert [(row["executive"], *each) for row, each in zip(found, counts, strict=True)] == [("Ada", 3, 2, 1, 1, 1), (None, 1, 1, 1, 1, 0)]
    assert [(row["listed_amount"], row["called_amount"], row["won_back_amount"]) for row in found] == [(3, 1, 0), (3, 3, 0)]


def test_what_a_lost_customer_said_when_called_is_a_reason_and_no_departure(connection: Any) -> None:
    rows = {
        row["customer_id"]: (row["told_reason_code"], row["told_on"], row["departures_told_count"])
        for row in connection.to_pyarrow(in_period(None)).to_pylist()
    }
    assert rows == {"c000": ("price", None, 0), "c003": ("service", None, 0)}
    assert stated_reasons(None, None) is None


def test_a_call_and_a_departure_of_one_silo_are_one_word_the_latest(connection: Any) -> None:
    departures = table(
        [{"customer_id": "c000", "departed_on": "2026-08-02", "reason_code": "service", "silo": "service"}],
        {"customer_id": "string", "departed_on": "date", "reason_code": "string", "silo": "string"},
    )
    (row,) = [each for each in connection.to_pyarrow(in_period(stated_departures(departures))).to_pylist() if each["customer_id"] == "c000"]
    assert (row["told_reason_code"], row["departures_told_count"], row["has_conflicting_reasons"]) == ("price", 1, False)


@pytest.mark.parametrize("executives", [("Ada", "Ada"), (" ",)])
def test_executives_have_names_of_their_own(executives: tuple[str, ...]) -> None:
    assert LostReview(executives=("Ada", "Grace")).executives == ("Ada", "Grace")
    with pytest.raises(ValueError, match="expected every executive once, by a name"):
        LostReview(executives=executives)
