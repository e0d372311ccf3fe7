"""Alignment: every line of the bridge from a silo's count to the company's, in small tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Activity, Calendar
from config.sources import Claim
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.topics import source_reconciliation

JUNE = period_named("2026-06", Calendar())
ACTIVITY = Activity(lapse_days=60)
BOUGHT = """
who | day        | amount
new | 2026-06-10 | 10
two | 2026-06-11 | 10
old | 2026-01-10 | 10
old | 2026-06-12 | 10
may | 2026-05-25 | 10
jul | 2026-07-03 | 10
out | 2026-04-10 | 10
stay | 2026-05-01 | 10
stay | 2026-06-20 | 10
mis | 2026-06-05 | 10
"""
"""Of June: new, two and mis come; old returns; may came in May; jul comes in July; out lapses on 9 June; stay stays."""
KINDS = {"claimed_on": pa.date32(), "is_outside_scope": pa.bool_()}


def claims(*told: tuple[str, str | None, str | None]) -> ibis.Table:
    """Claims by key, customer and day; `test` outside the scope, `?` ambiguous, no customer unmatched."""
    rows = [
        {
            "claim_key": key,
            "customer_id": who if who not in {"?", None} else None,
            "match": {"?": "ambiguous", None: "unmatched"}.get(who, "matched"),
            "claimed_on": date.fromisoformat(on) if on else None,
            "is_outside_scope": key.startswith("test"),
        }
        for key, who, on in told
    ]
    names = ("claim_key", "customer_id", "match", "claimed_on", "is_outside_scope")
    return ibis.memtable(pa.Table.from_pylist(rows, pa.schema({name: KINDS.get(name, pa.string()) for name in names})))


@pytest.fixture(scope="module")
def history(told: Any) -> Any:
    return told.Told(purchases=told.bought(BOUGHT)).history()


@pytest.fixture
def lines(connection: Any, told: Any, history: Any) -> Any:
    """The line of every claim and of everybody whom the silo missed, by claim or customer."""

    def found(made: ibis.Table, claimed: Any, *, is_standing: bool = False) -> dict[str, str]:
        ledger = ibis.memtable(connection.to_pyarrow(movements(history, JUNE, told.rules(lapse_days=60))))
        question = source_reconciliation.ReconciliationQuery(claimed, JUNE, timing_days=10, is_standing=is_standing)
        bridged = connection.to_pyarrow(
            source_reconciliation.bridge(made, ledger, history, activity=ACTIVITY, question=question)
        ).to_pylist()
        return {row["claim_key"] or row["customer_id"]: row["line"] for row in bridged}

    return found


def test_every_claim_of_a_new_customer_stands_in_one_line(lines: Any) -> None:
    made = claims(
        ("a", "new", "2026-06-09"),
        ("b", "new", "2026-06-20"),
        ("c", "old", "2026-06-12"),
        ("d", "may", "2026-06-02"),
        ("e", "jul", "2026-06-29"),
        ("f", "never", "2026-06-15"),
        ("g", None, "2026-06-15"),
        ("h", "?", "2026-06-15"),
        ("test", "two", "2026-06-15"),
        ("later", "two", "2026-07-15"),
    )
    assert lines(made, "new") == {
        "a": "agreed",
        "b": "duplicate",
        "c": "customer_before",
        "d": "other_period",
        "e": "other_period",
        "f": "never_a_customer",
        "g": "unknown_customer",
        "h": "ambiguous_customer",
        "test": "outside_scope",
        "two": "missing_from_silo",
        "mis": "missing_from_silo",
    }


def test_every_claim_of_a_lost_customer_stands_in_one_line(lines: Any) -> None:
    made = claims(
        ("a", "out", "2026-06-09"),
        ("b", "stay", "2026-06-09"),
        ("c", "old", "2026-06-01"),
        ("d", "may", "2026-06-30"),
        ("e", "never", "2026-06-30"),
    )
    assert lines(made, "lost") == {
        "a": "agreed",
        "b": "still_a_customer",
        "c": "still_a_customer",
        "d": "still_a_customer",
        "e": "never_a_customer",
    }


@pytest.mark.parametrize(
    ("on", "line"),
    [
        pytest.param("2026-06-10", "other_period", id="ten days after it went, in May"),
        pytest.param("2026-06-11", "gone_before", id="eleven days after"),
    ],
)
def test_a_loss_of_another_period_is_timing_within_the_days_of_the_setting(connection: Any, told: Any, on: str, line: str) -> None:
    gone = told.Told(purchases=told.bought("who | day | amount\ngone | 2026-03-01 | 10")).history()
    ledger = ibis.memtable(connection.to_pyarrow(movements(gone, JUNE, told.rules(lapse_days=91))))
    question = source_reconciliation.ReconciliationQuery("lost", JUNE, timing_days=10)
    bridged = source_reconciliation.bridge(claims(("a", "gone", on)), ledger, gone, activity=Activity(lapse_days=91), question=question)
    assert [row["line"] for row in connection.to_pyarrow(bridged).to_pylist()] == [line]


@pytest.mark.parametrize(
    ("came", "claimed_on", "line"),
    [
        pytest.param("2026-06-25", "2026-07-05", "claimed_elsewhere", id="ten days later, in July"),
        pytest.param("2026-06-25", "2026-07-06", "missing_from_silo", id="eleven days later"),
        pytest.param("2026-06-05", "2026-05-26", "claimed_elsewhere", id="ten days before, in May"),
        pytest.param("2026-06-05", "2026-05-25", "missing_from_silo", id="eleven days before"),
    ],
)
def test_a_customer_whom_the_silo_claims_in_another_period_is_told_from_one_it_never_claims(
    connection: Any, told: Any, came: str, claimed_on: str, line: str
) -> None:
    history = told.Told(purchases=told.bought(f"who | day | amount\nnew | {came} | 10")).history()
    ledger = ibis.memtable(connection.to_pyarrow(movements(history, JUNE, told.rules(lapse_days=60))))
    question = source_reconciliation.ReconciliationQuery("new", JUNE, timing_days=10)
    made = claims(("a", "new", claimed_on), ("b", "other", "2026-06-10"))
    bridged = source_reconciliation.bridge(made, ledger, history, activity=Activity(lapse_days=60), question=question)
    rows = connection.to_pyarrow(bridged).to_pylist()
    assert {row["customer_id"]: row["line"] for row in rows if row["claim_key"] is None} == {"new": line}


def test_a_claim_without_a_day_is_held_against_everybody_who_ever_went(lines: Any) -> None:
    made = claims(("a", "out", None), ("b", "stay", None), ("c", "never", None))
    assert lines(made, "lost", is_standing=True) == {"a": "agreed", "b": "still_a_customer", "c": "never_a_customer"}
    everybody = lines(made, "new", is_standing=True)
    assert {who for who, line in everybody.items() if line == "missing_from_silo"} == {"new", "two", "old", "may", "mis"}


def test_a_key_that_stands_for_several_customers_is_never_guessed(connection: Any) -> None:
    keys = ibis.memtable({"key": ["k1", "k1", "k2", "k2", None], "customer_id": ["ann", "ann", "ben", "cay", "dan"]})
    made = ibis.memtable(
        {
            "claim_key": ["1", "2", "3", "4"],
            "key": ["k1", "k2", "k3", None],
            "claimed_on": [date(2026, 6, 1)] * 4,
            "is_outside_scope": [False] * 4,
            "is_unclear": [False] * 4,
        }
    )
    found = connection.to_pyarrow(source_reconciliation.matched_by_key(made, keys).order_by("claim_key")).to_pylist()
    assert [(row["customer_id"], row["match"]) for row in found] == [
        ("ann", "matched"),
        (None, "ambiguous"),
        (None, "unmatched"),
        (None, "unmatched"),
    ]


@pytest.fixture(scope="module")
def rows() -> ibis.Table:
    return ibis.memtable(
        {
            "record_key": ["1", "1", "2", None],
            "source_file": ["a", "b", "a", "a"],
            "source_row": [1, 1, 2, 3],
            "customer_id": ["ann", "ann", "ben", "cay"],
            "mail": [" Ann@Example.test ", "ann@example.TEST", "", "cay@example.test"],
            "won_on": [date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 2), None],
            "stage": ["won", "won", "lost", None],
            "kind": ["test", "real", "real", None],
        }
    )


def test_a_silo_counts_its_rows_by_its_own_rule(connection: Any, rows: ibis.Table) -> None:
    claim = Claim(says="deals that were won", on="won_on", where={"stage": ("won",)}, outside={"kind": ("test",)})
    found = connection.to_pyarrow(source_reconciliation.claims_of(rows, claim).order_by("claim_key")).to_pylist()
    assert [(row["key"], str(row["claimed_on"]), row["is_outside_scope"]) for row in found] == [
        ("ann", "2026-06-01", True),
        ("ann", "2026-06-01", False),
    ]
    assert len({row["claim_key"] for row in found}) == 2


def test_a_claim_whose_row_says_that_its_key_stands_for_several_is_ambiguous(connection: Any, rows: ibis.Table) -> None:
    unclear = rows.mutate(unclear_customer=ibis.cases((rows.customer_id == "ben", "ambiguous")))
    claims = source_reconciliation.claims_of(unclear, Claim(says="everybody listed"))
    keys = ibis.memtable({"key": ["ann", "ben"], "customer_id": ["ann", "ben"]})
    found = connection.to_pyarrow(source_reconciliation.matched_by_key(claims, keys)).to_pylist()
    assert sorted(row["match"] for row in found) == ["ambiguous", "matched", "matched", "unmatched"]


def test_every_row_counts_where_no_rule_is_told_and_addresses_are_compared_in_their_normal_form(connection: Any, rows: ibis.Table) -> None:
    claim = Claim(says="everybody listed", customer="mail", matched_by="email")
    found = connection.to_pyarrow(source_reconciliation.claims_of(rows, claim)).to_pylist()
    assert sorted(str(row["key"]) for row in found) == ["None", "ann@example.test", "ann@example.test", "cay@example.test"]
    assert {row["claimed_on"] for row in found} == {None}


def test_the_bridge_adds_up_to_both_counts() -> None:
    lines = {"agreed": 20, "duplicate": 3, "customer_before": 2, "missing_from_silo": 5}
    assert (source_reconciliation.silo_count(lines), source_reconciliation.shared_count(lines)) == (20 + 3 + 2, 20 + 5)
    assert source_reconciliation.unexplained(lines, counted=25) == 0
    assert source_reconciliation.unexplained(lines, counted=26) == 1


def test_the_company_counts_from_its_ledger_alone(connection: Any, told: Any, history: Any) -> None:
    ledger = ibis.memtable(connection.to_pyarrow(movements(history, JUNE, told.rules(lapse_days=60))))
    found = [
        connection.to_pyarrow(source_reconciliation.counted_by_company(ledger, claimed, JUNE)).to_pylist() for claimed in ("new", "lost")
    ]
    assert found == [[{"customers_count": 3}], [{"customers_count": 1}]]


def test_lines_are_counted_and_each_row_knows_its_place(connection: Any) -> None:
    bridged = ibis.memtable({"silo": ["sales"] * 3, "claimed": ["new"] * 3, "line": ["agreed", "agreed", "duplicate"]})
    counted = connection.to_pyarrow(source_reconciliation.counts(bridged)).to_pylist()
    assert {row["line"]: row["customers_count"] for row in counted} == {"agreed": 2, "duplicate": 1}
    placed = connection.to_pyarrow(source_reconciliation.with_line_key(bridged)).to_pylist()
    assert {row["place"] for row in placed} == {"sales.new.agreed", "sales.new.duplicate"}
