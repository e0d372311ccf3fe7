"""Behaviour: each sign at its boundary, for customers who stay, in tables small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from config.topic_settings import Behaviour
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named, year_through, year_to_date
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import behaviour, behaviour_measures
from tasks.customer_math.topics.behaviour import COLUMNS, STRENGTHENING, WEAKENING, at_risk_customers

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = period_named("2026-06", Calendar())
TICKETS = pa.schema({"customer_id": pa.string(), "opened_on": pa.date32(), "is_complaint": pa.bool_()})


@pytest.fixture(scope="module")
def june(connection: Any, told: Any) -> Callable[..., dict[str, dict[str, Any]]]:
    """June's ledger with the topic, by customer."""

    def of(
        happened: Any, *, tickets: ibis.Table | None = None, tolerance: str = "0", keeps_days: bool = False
    ) -> dict[str, dict[str, Any]]:
        history = replace(happened.history(), tickets=tickets)
        if keeps_days:
            history = replace(history, purchase_days=days_of_purchase(history.purchases))
        rules = replace(told.rules(lapse_days=90, value_days=100, tolerance=tolerance), behaviour=Behaviour(fewest_gaps_count=3))
        ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, rules)))
        found = with_topics(TopicContext(history, JUNE, rules, ledger), [behaviour.TOPIC])
        return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}

    return of


def bought_of(told: Any, text: str) -> list[dict[str, Any]]:
    """Purchases from `| customer | day | amount | group |`."""
    lines = ([*cells, ""][:4] for cells in told.rows(text))
    return [
        {"customer_id": who, "purchased_on": told.day(on), "amount": Decimal(amount), "product_group": group or None}
        for who, on, amount, group in lines
    ]


def held(told: Any, text: str) -> list[dict[str, Any]]:
    """Contracts from `| customer | starts | ends | seats |`, of 120 a year in euro."""
    return [
        {
            "customer_id": who,
            "starts_on": told.day(starts),
            "ends_on": told.day(ends),
            "annual_amount": Decimal(120),
            "currency": "EUR",
            "seats_count": int(seats) if seats else None,
        }
        for who, starts, ends, seats in ([*cells, ""][:4] for cells in told.rows(text))
    ]


def showing(rows: dict[str, dict[str, Any]], sign: str) -> set[str]:
    return {who for who, row in rows.items() if row[sign]}


@pytest.mark.parametrize("keeps_days", [False, True], ids=["days made for the period", "days kept with the history"])
def test_a_silence_of_one_and_a_half_usual_gaps_is_beyond_habit(june: Any, told: Any, keeps_days: bool) -> None:
    days = {
        "ann": ["02-05", "03-07", "04-06", "05-16"],  # gaps 30, 30, 40; silent for 45: exactly 1.5 x 30
        "ben": ["02-06", "03-08", "04-07", "05-17"],  # the same a day later: silent for 44
        "cay": ["04-01", "05-01", "05-16"],  # two gaps are no habit yet
        "dan": ["03-01", "03-21", "04-10", "05-31"],  # gaps 20, 20, 51; silent for 30: exactly 1.5 x 20
        "eve": ["03-01", "03-21", "04-11", "05-15", "07-01"],  # a purchase after closing is not known yet: 46 >= 1.5 x 21
    }
    purchases = [
        {"customer_id": who, "purchased_on": date.fromisoformat(f"2026-{on}"), "amount": Decimal(5)} for who in days for on in days[who]
    ]
    refund = {"customer_id": "ann", "purchased_on": date(2026, 6, 20), "amount": Decimal(-1)}
    same_day = {"customer_id": "ann", "purchased_on": date(2026, 5, 16), "amount": Decimal(1)}
    rows = june(told.Told(purchases=[*purchases, refund, same_day]), keeps_days=keeps_days)
    assert showing(rows, "is_silent_beyond_habit") == {"ann", "dan", "eve"}
    found = {who: (row["silent_days_count"], row["usual_gap_days_count"], row["last_bought_on"]) for who, row in rows.items()}
    assert found["ann"] == (45, 30, date(2026, 5, 16))
    assert found["cay"] == (45, 0, date(2026, 5, 16))


def test_a_silence_of_few_days_is_none_however_often_a_customer_buys(june: Any, told: Any) -> None:
    days = {"ann": ["06-12", "06-13", "06-14", "06-15", "06-16"], "ben": ["06-13", "06-14", "06-15", "06-16", "06-17"]}
    purchases = [
        {"customer_id": who, "purchased_on": date.fromisoformat(f"2026-{on}"), "amount": Decimal(5)}
        for who in days
        for on in ["05-20", *days[who]]
    ]
    rows = june(told.Told(purchases=purchases))
    assert {who: (row["silent_days_count"], row["usual_gap_days_count"]) for who, row in rows.items()} == {"ann": (14, 1), "ben": (13, 1)}
    assert showing(rows, "is_silent_beyond_habit") == {"ann"}


def test_the_median_of_an_even_number_of_gaps_lies_between_the_two_in_the_middle(june: Any, told: Any) -> None:
    # Gaps 20, 21, 22, 23: a habit of 21.5 days, and a silence of 32 days falls short of 32.25.
    bought = told.bought("who | day | amount\n" + "\n".join(f"ann | 2026-{on} | 5" for on in ("03-04", "03-24", "04-14", "05-06", "05-29")))
    row = june(told.Told(purchases=bought))["ann"]
    assert (row["silent_days_count"], row["usual_gap_days_count"], row["is_silent_beyond_habit"]) == (32, 21, False)


def test_who_comes_back_in_two_thirds_of_the_usual_gap_buys_more_often(june: Any, told: Any) -> None:
    days = {
        "ann": ["03-02", "04-01", "05-01", "05-31", "06-20"],  # 20 days after a habit of 30: exactly 30 / 1.5
        "ben": ["03-02", "04-01", "05-01", "05-31", "06-21"],  # 21 days
        "cay": ["03-02", "04-01", "05-01", "05-31", "06-05", "06-30"],  # 30 days for two gaps: 15 on average
        "dan": ["03-22", "04-21", "05-21"],  # nothing in June
        "eve": ["06-01", "06-05", "06-06"],  # new
        "fay": ["05-20", "06-05", "06-06"],  # two gaps are no habit yet
    }
    purchases = [
        {"customer_id": who, "purchased_on": date.fromisoformat(f"2026-{on}"), "amount": Decimal(5)} for who in days for on in days[who]
    ]
    rows = june(told.Told(purchases=purchases))
    assert showing(rows, "has_shorter_gaps") == {"ann", "cay"}
    assert showing(rows, "is_staying") == {"ann", "ben", "cay", "dan", "fay"}


def test_who_bought_often_and_then_fell_silent_does_not_grow_stronger(connection: Any, told: Any) -> None:
    year = period_named("2026", Calendar())
    days = ["2025-12-01", "2025-12-21", "2026-01-10", "2026-01-30", "2026-02-01", "2026-02-02", "2026-02-03", "2026-12-01"]
    bought = told.bought("who | day | amount\n" + "\n".join(f"ann | {on} | 5" for on in days))
    history, rules = told.Told(purchases=bought).history(), told.rules(lapse_days=365)
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, year, rules)))
    (row,) = connection.to_pyarrow(behaviour.write(TopicContext(history, year, rules, ledger))).to_pylist()
    assert (row["is_silent_beyond_habit"], row["has_shorter_gaps"], row["behaviour"]) == (True, False, "weakens")


def test_product_groups_are_counted_in_the_value_days_up_to_each_end(june: Any, told: Any) -> None:
    # 100 value days: from 21 February to the opening, from 23 March to the closing.
    rows = june(
        told.Told(
            purchases=bought_of(
                told,
                """
                who | day        | amount | group
                ann | 2026-03-22 | 5      | beans
                ann | 2026-05-01 | 5      | cups
                ben | 2026-03-23 | 5      | beans
                ben | 2026-05-01 | 5      | cups
                cay | 2026-05-01 | 5      | cups
                cay | 2026-06-30 | 5      | beans
                dan | 2026-02-20 | 5      | beans
                dan | 2026-05-01 | 5      |
                """,
            )
        )
    )
    assert showing(rows, "has_fewer_groups") == {"ann"}
    assert showing(rows, "has_more_groups") == {"cay"}


def test_a_refund_buys_of_no_product_group(june: Any, told: Any) -> None:
    rows = june(
        told.Told(
            purchases=bought_of(
                told,
                """
                who | day        | amount | group
                ann | 2026-05-01 | 5      | cups
                ann | 2026-06-10 | -5     | beans
                """,
            )
        )
    )
    assert showing(rows, "has_more_groups") == set()


def test_seats_are_those_under_contract_on_the_day_and_unknown_ones_say_nothing(june: Any, told: Any) -> None:
    rows = june(
        told.Told(
            contracts=held(
                told,
                """
                who | starts     | ends       | seats
                ann | 2026-01-01 | 2026-06-30 | 3
                ann | 2026-06-01 |            | 2
                ben | 2026-01-01 |            | 3
                ben | 2026-06-30 |            | 2
                cay | 2026-01-01 | 2026-06-15 | 3
                cay | 2026-06-15 |            |
                dan | 2026-01-01 | 2026-05-31 |
                dan | 2026-01-01 |            | 3
                """,
            )
        )
    )
    assert showing(rows, "has_fewer_seats") == {"ann"}
    assert showing(rows, "has_more_seats") == {"ben"}
    assert {row["last_bought_on"] for row in rows.values()} == {None}
    assert showing(rows, "is_staying") == {"ann", "ben", "cay", "dan"}


def test_value_falls_twice_where_it_fell_in_this_period_and_the_one_before(june: Any, told: Any) -> None:
    # 100 value days: up to 30 April from 21 January, up to 31 May from 21 February, up to 30 June from 23 March.
    bought = told.bought(
        """
        who | day        | amount
        ann | 2026-02-01 | 20
        ann | 2026-03-01 | 10
        ann | 2026-04-15 | 10
        ben | 2026-03-01 | 10
        ben | 2026-05-01 | 10
        cay | 2026-04-01 | 10
        cay | 2026-05-01 | 10
        cay | 2026-06-01 | 10
        """
    )
    rows = june(told.Told(purchases=bought))
    assert showing(rows, "has_fallen_twice") == {"ann"}
    assert showing(rows, "has_risen_twice") == {"cay"}
    assert showing(june(told.Told(purchases=bought), tolerance="10"), "has_fallen_twice") == set()


def test_who_was_no_customer_at_the_opening_of_the_period_before_has_not_fallen_twice(june: Any, told: Any) -> None:
    # On 30 April Ann had just lapsed: what she had bought was worth nothing; since May she has bought less again.
    bought = told.bought("who | day | amount\nann | 2026-01-30 | 900\nann | 2026-05-01 | 10\nann | 2026-06-01 | -2")
    row = june(told.Told(purchases=bought))["ann"]
    assert (row["movement"], row["has_fallen_twice"]) == ("decreased", False)


def test_only_the_first_complaint_ever_is_a_sign(june: Any, told: Any) -> None:
    agreed = held(told, "who | starts | ends | seats\n" + "\n".join(f"{who} | 2026-01-01 | | 1" for who in ("ann", "ben", "cay", "dan")))
    said = [
        ("ann", date(2026, 6, 1), True),
        ("ann", date(2026, 6, 30), True),
        ("ben", date(2026, 5, 31), True),
        ("ben", date(2026, 6, 2), True),
        ("cay", date(2026, 6, 2), False),
        ("dan", date(2026, 7, 1), True),
    ]
    tickets = ibis.memtable(pa.Table.from_pylist([dict(zip(TICKETS.names, each, strict=True)) for each in said], TICKETS))
    assert showing(june(told.Told(contracts=agreed), tickets=tickets), "has_first_complaint") == {"ann"}


def test_signs_are_counted_and_named_and_may_point_both_ways(june: Any, told: Any) -> None:
    agreed = held(
        told,
        """
        who | starts     | ends       | seats
        ann | 2026-01-01 | 2026-06-30 | 3
        ann | 2026-06-01 |            | 2
        ben | 2026-01-01 |            | 1
        ben | 2026-06-01 |            | 1
        cay | 2026-01-01 |            | 1
        dan | 2026-06-01 |            | 1
        eve | 2026-03-01 |            | 5
        eve | 2026-05-05 | 2026-06-05 | 1
        """,
    )
    bought = bought_of(told, "who | day | amount | group\nann | 2026-06-02 | 5 | beans\nann | 2026-03-01 | 1 | ")
    complaint = ibis.memtable(pa.Table.from_pylist([{"customer_id": "ann", "opened_on": date(2026, 6, 2), "is_complaint": True}], TICKETS))
    rows = june(told.Told(purchases=bought, contracts=agreed), tickets=complaint)
    assert {who: row["behaviour"] for who, row in rows.items()} == {
        "ann": "both",
        "ben": "strengthens",
        "cay": "steady",
        "dan": "does_not_stay",
        "eve": "weakens",
    }
    ann = rows["ann"]
    assert (ann["weakening_count"], ann["strengthening_count"]) == (2, 1)
    assert ann["weakening_signs"] == "fewer seats; first complaint"
    assert rows["cay"]["weakening_signs"] == "no sign"


def test_the_most_valuable_customers_who_weaken_are_called_first(june: Any, told: Any, connection: Any) -> None:
    agreed = held(
        told,
        """
        who | starts     | ends       | seats
        cay | 2026-01-01 | 2026-06-15 | 3
        cay | 2026-06-15 |            | 2
        ben | 2026-01-01 | 2026-06-15 | 3
        ben | 2026-06-15 |            | 2
        ann | 2026-01-01 | 2026-06-15 | 3
        ann | 2026-01-01 | 2026-06-15 | 3
        ann | 2026-06-15 |            | 2
        eve | 2026-01-01 |            | 2
        """,
    )
    rows = june(told.Told(contracts=agreed, purchases=told.bought("who | day | amount\nann | 2026-06-01 | 7")))
    ledger = ibis.memtable(pa.Table.from_pylist(list(rows.values())))
    called = connection.to_pyarrow(at_risk_customers(ledger, count=2)).to_pylist()
    assert [(row["customer_id"], row["closing_amount"]) for row in called] == [("ann", Decimal(120 + 7)), ("ben", Decimal(120))]


def test_every_sign_has_its_measures_in_heads_and_value() -> None:
    signs = {column.partition("_")[2] for column in (*WEAKENING, *STRENGTHENING)}
    measured = {measure.name for measure in behaviour_measures.MEASURES}
    assert {*WEAKENING, *STRENGTHENING} <= set(COLUMNS)
    assert measured == {f"{sign}_{unit}" for sign in (*signs, "staying", "weakening", "strengthening") for unit in ("customers", "amount")}
    assert {column: f"{column.partition('_')[2]}_customers" for column in WEAKENING} == WEAKENING


def test_before_a_run_of_days_lies_a_run_of_as_many_days() -> None:
    september = period_named("2026-09", Calendar())
    assert september.as_long_before(Calendar()).name == "2026-08"
    assert year_to_date(september, Calendar()).as_long_before(Calendar()).name == "2025-04-03--2025-12-31"
    assert year_through(september).as_long_before(Calendar()).name == "2024-10-01--2025-09-30"
