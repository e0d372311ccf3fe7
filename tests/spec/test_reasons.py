"""Lost customers: whose reason counts, what is in conflict or not mapped, how long they had stayed, what else was told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.definitions import Calendar, Reason
from config.topic_settings import Departing
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.prepared import days_needed, prepared
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import departure_reasons

JUNE = period_named("2026-06", Calendar())
LISTED = (Reason(code="price", says="Too expensive"), Reason(code="quality", says="Not good enough"))
CONTRACTS = """
who | starts     | ends       | a year | currency
ann | 2026-01-01 | 2026-06-20 | 100    | EUR
"""
CATALOGUE = Catalogue({measure.name: measure for measure in departure_reasons.MEASURES})


def ledger(connection: Any, told: Any, happened: Any, **departing: Any) -> dict[str, dict[str, Any]]:
    """The ledger of June with its topic, by customer."""
    rules = replace(told.rules(), departing=Departing(**departing), reasons=LISTED)
    history = happened.history()
    kept = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, rules)))
    found = connection.to_pyarrow(with_topics(TopicContext(history, JUNE, rules, kept), [departure_reasons.TOPIC])).to_pylist()
    return {row["customer_id"]: row for row in found}


def sums(connection: Any, rows: dict[str, dict[str, Any]]) -> dict[str, Decimal]:
    """Every measure over some rows of a ledger."""
    table = ibis.memtable(list(rows.values()), schema=_schema(rows))
    told = table.select(**{name: measure.contribution(table) for name, measure in CATALOGUE.measures.items()})
    return {name: sum(values, Decimal(0)) for name, values in connection.to_pyarrow(told).to_pydict().items()}


def _schema(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    kinds = {bool: "boolean", int: "int64", str: "string", Decimal: "decimal(18, 2)", date: "date", type(None): "date"}
    first = next(iter(rows.values()))
    return {name: kinds[type(value)] for name, value in first.items()}


@pytest.mark.parametrize(
    ("day", "before", "reason"),
    [
        pytest.param("2026-05-01", 120, "price", id="as the term that ended began"),
        pytest.param("2026-04-30", 120, "no_reason_known", id="in the term before"),
        pytest.param("2026-06-10", 10, "price", id="10 days before, where the company looks back 10"),
        pytest.param("2026-06-09", 10, "no_reason_known", id="11 days before"),
    ],
)
def test_what_was_told_before_the_running_term_is_not_about_its_end(connection: Any, told: Any, day: str, before: int, reason: str) -> None:
    terms = told.agreed("""
    who | starts     | ends       | a year | currency
    ann | 2026-01-01 | 2026-05-01 | 100    | EUR
    ann | 2026-05-01 | 2026-06-20 | 100    | EUR
    """)
    happened = told.Told(contracts=terms, departures=told.departed(f"who | day | reason | silo\nann | {day} | price | sales"))
    assert ledger(connection, told, happened, reason_before_days=before)["ann"]["reason_code"] == reason


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        pytest.param("2026-02-09", "price", id="31 days before the last purchase"),
        pytest.param("2026-02-08", "no_reason_known", id="32 days before it"),
        pytest.param("2026-07-11", "price", id="31 days after the silence became a lapse"),
        pytest.param("2026-07-12", "no_reason_known", id="32 days after it"),
    ],
)
def test_what_was_told_from_a_month_before_the_last_purchase_is_about_the_silence(
    connection: Any, told: Any, day: str, reason: str
) -> None:
    bought = told.bought("who | day | amount\nann | 2026-03-12 | 10")
    happened = told.Told(purchases=bought, departures=told.departed(f"who | day | reason | silo\nann | {day} | price | sales"))
    row = ledger(connection, told, happened)["ann"]
    # 90 days from 12 March are over on 10 June.
    assert (row["movement"], row["reason_code"], row["ended_by"]) == ("lapsed", reason, "silent")


WAYS_OUT = """
who | starts     | ends       | a year | currency
ann | 2026-01-01 | 2026-06-20 | 100    | EUR
ben | 2026-01-01 | 2026-06-20 | 40     | EUR
cay | 2026-06-03 | 2026-06-10 | 7      | EUR
dan | 2026-06-03 | 2026-06-10 | 5      | EUR
eve | 2026-01-01 |            | 3      | EUR
"""
RECORDED = "who | day | reason | silo\nann | 2026-05-12 | no_reason_known | sales\ncay | 2026-06-10 | price | sales"


def test_those_who_left_told_us_or_their_contract_ended_and_inside_came_and_went_too(connection: Any, told: Any) -> None:
    found = ledger(connection, told, told.Told(contracts=told.agreed(WAYS_OUT), departures=told.departed(RECORDED)))
    assert {who: row["ended_by"] for who, row in found.items()} == {
        "ann": "notified",
        "ben": "ended",
        "cay": "notified",
        "dan": "ended",
        "eve": "not_applicable",
    }
    table = ibis.memtable(list(found.values()), schema=_schema(found))
    left = {name: MEASURES[name].contribution(table) for name in MEASURES if name.startswith("left_")}
    sums_of = {name: sum(values) for name, values in connection.to_pyarrow(table.select(**left)).to_pydict().items()}
    assert sums_of == {
        "left_customers": len(["ann", "ben"]),
        "left_notified_customers": len(["ann"]),
        "left_ended_customers": len(["ben"]),
        "left_amount": Decimal(100 + 40),
        "left_notified_amount": Decimal(100),
        "left_ended_amount": Decimal(40),
    }


def test_the_company_chooses_whom_it_trusts(connection: Any, told: Any) -> None:
    departures = told.departed("who | day | reason | silo\nann | 2026-06-20 | price | sales\nann | 2026-06-20 | quality | service")
    happened = told.Told(contracts=told.agreed(CONTRACTS), departures=departures)
    row = ledger(connection, told, happened, trust=("marketing", "sales", "service"))["ann"]
    assert (row["reason_code"], row["reason_silo"]) == ("price", "sales")


MIXED = """
who | starts     | ends       | a year | currency
ann | 2026-01-01 | 2026-06-20 | 100    | EUR
ben | 2026-01-01 | 2026-06-30 | 50     | EUR
cay | 2026-01-01 | 2026-06-10 | 30     | EUR
dan | 2026-01-01 |            | 20     | EUR
eve | 2026-06-05 | 2026-06-15 | 7      | EUR
fay | 2026-06-05 |            | 3      | EUR
"""
TOLD = """
who | day        | reason  | silo
ann | 2026-06-20 | price   | service
ben | 2026-06-30 | K77     | service
ben | 2026-06-30 | quality | sales
dan | 2026-06-12 | quality | service
dan | 2026-06-13 | price   | service
eve | 2026-06-15 | K78     | sales
fay | 2026-06-20 | price   | sales
gus | 2026-06-20 | K79     | sales
"""


@pytest.fixture(scope="module")
def mixed(connection: Any, told: Any) -> dict[str, dict[str, Any]]:
    return ledger(connection, told, told.Told(contracts=told.agreed(MIXED), departures=told.departed(TOLD)))


def test_known_reasons_conflicts_and_unmapped_codes_are_counted_among_those_who_went(
    connection: Any, mixed: dict[str, dict[str, Any]]
) -> None:
    found = sums(connection, mixed)
    assert found["reason_known_customers"] == len(["ann"])
    assert found["reason_known_amount"] == Decimal(100)
    assert found["reason_conflict_customers"] == len(["ben"])
    assert found["unmapped_reason_customers"] == len(["ben", "eve"])
    assert found["unmapped_reason_amount"] == Decimal(50 + 7)
    assert {who: mixed[who]["reason_code"] for who in ("ben", "cay", "eve")} == {"ben": "K77", "cay": "no_reason_known", "eve": "K78"}


def test_a_departure_that_was_recorded_counts_whether_or_not_the_customer_went(connection: Any, mixed: dict[str, dict[str, Any]]) -> None:
    found = sums(connection, mixed)
    assert found["told_departure_customers"] == len(["ann", "ben", "dan", "eve", "fay", "gus"])
    assert found["told_departure_amount"] == Decimal(100 + 50 + 20 + 7 + 3 + 0)
    assert found["departures_told_count"] == len(TOLD.strip().splitlines()) - 1
    assert {who: (row["told_reason_code"], row["movement"]) for who, row in mixed.items()} == {
        "ann": ("price", "left"),
        "ben": ("K77", "left"),
        "cay": ("not_applicable", "left"),
        "dan": ("price", "unchanged"),
        "eve": ("K78", "in_and_out"),
        "fay": ("price", "new"),
        "gus": ("K79", "not_a_customer"),
    }
    assert (mixed["dan"]["reason_code"], mixed["dan"]["reason_silo"], mixed["dan"]["told_on"]) == (
        "not_applicable",
        "not_applicable",
        date(2026, 6, 13),
    )


def test_without_departures_nobody_said_why_and_everyone_still_has_a_tenure(connection: Any, told: Any) -> None:
    found = ledger(connection, told, told.Told(contracts=told.agreed(MIXED)))
    assert {(row["reason_code"], row["reason_silo"]) for row in found.values() if row["out_count"]} == {("no_reason_known", "no_silo")}
    assert {row["reason_silo"] for row in found.values() if not row["out_count"]} == {"not_applicable"}
    assert {row["tenure_group"] for row in found.values()} == {"up to 90 days", "91 to 365 days"}
    assert not any(row["departures_told_count"] for row in found.values())


@pytest.mark.parametrize(
    ("spans", "tenure", "opening", "since_first"),
    [
        pytest.param(
            ["2020-01-01 | 2020-02-01", "2026-06-01 | 2026-06-20"], "up to 90 days", "not_applicable", "over 1,095 days", id="came and went"
        ),
        pytest.param(
            ["2020-01-01 | 2020-02-01", "2026-01-01 | 2026-06-20"], "91 to 365 days", "91 to 365 days", "over 1,095 days", id="went"
        ),
        pytest.param(["2020-01-01 | 2026-06-05", "2026-06-20 |"], "up to 90 days", "over 1,095 days", "over 1,095 days", id="out and back"),
        pytest.param(
            ["2020-01-01 | 2026-05-30", "2026-05-30 | 2026-06-20"], *["over 1,095 days"] * 3, id="a term that follows is one stay"
        ),
        pytest.param(["2020-01-01 | 2020-02-01", "2026-05-31 |"], "up to 90 days", "up to 90 days", "over 1,095 days", id="came again"),
    ],
)
def test_whoever_came_again_stays_since_it_came_again(
    connection: Any, told: Any, spans: list[str], tenure: str, opening: str, since_first: str
) -> None:
    contracts = "\n".join(f"ann | {span} | 1 | EUR" for span in spans)
    happened = told.Told(contracts=told.agreed(f"who | starts | ends | a year | currency\n{contracts}"))
    row = ledger(connection, told, happened)["ann"]
    assert (row["tenure_group"], row["opening_tenure_group"], row["since_first_group"]) == (tenure, opening, since_first)


def test_the_length_of_a_stay_is_the_same_with_prepared_spells(connection: Any, told: Any) -> None:
    contracts = "who | starts | ends | a year | currency\nann | 2020-01-01 | 2020-02-01 | 1 | EUR\nann | 2026-06-01 | 2026-06-20 | 1 | EUR"
    history, rules = told.Told(contracts=told.agreed(contracts)).history(), replace(told.rules(), reasons=LISTED)
    ready = prepared(history, days=days_needed(JUNE, rules.calendar), rules=rules)
    asked = TopicContext(ready, JUNE, rules, ibis.memtable(connection.to_pyarrow(core_ledger(ready, JUNE, rules))))
    (row,) = connection.to_pyarrow(with_topics(asked, [departure_reasons.TOPIC])).to_pylist()
    assert (row["tenure_group"], row["since_first_group"]) == ("up to 90 days", "over 1,095 days")


def test_groups_of_tenure_are_named_as_people_say_them() -> None:
    assert departure_reasons.tenure_groups((90, 365, 1095)) == ("up to 90 days", "91 to 365 days", "366 to 1,095 days", "over 1,095 days")
    assert departure_reasons.tenure_groups((1,)) == ("up to 1 day", "over 1 day")
