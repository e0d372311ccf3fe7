"""Value groups: one ranking cuts them, at both ends, and every customer's way from one to the other has its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from config.definitions import Calendar
from config.topic_settings import ValueGroup, ValueGroups
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import Period, period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.ledger.value import value_on
from tasks.customer_math.topics import value_groups

JUNE = period_named("2026-06", Calendar())
BY_AMOUNT = ValueGroups(
    groups=(
        ValueGroup(name="Gold", from_amount=Decimal(1000)),
        ValueGroup(name="Silver", from_amount=Decimal(100)),
        ValueGroup(name="Bronze"),
    )
)
HALVES = ValueGroups(groups=(ValueGroup(name="Best", best_rate=Decimal("0.5")), ValueGroup(name="Others")))


def grouped(
    connection: Any, told: Any, history: Any, *, chosen: ValueGroups, period: Period = JUNE, **rules: Any
) -> dict[str, dict[str, Any]]:
    """The topic of every customer, by its name."""
    tables, choices = history.history(), replace(told.rules(**rules), value_groups=chosen)
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(tables, period, choices)))
    found = connection.to_pyarrow(with_topics(TopicContext(tables, period, choices, ledger), [value_groups.TOPIC])).to_pylist()
    return {row["customer_id"]: {name: row[name] for name in value_groups.COLUMNS} for row in found}


def ways(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {who: f"{row['migration']} / {row['value_group']}" for who, row in found.items()}


def test_fixed_amounts_cut_at_both_ends_and_an_amount_itself_is_in_the_group(connection: Any, told: Any) -> None:
    bought = told.bought(
        """
        who | day        | amount
        ann | 2026-05-20 | 1000
        ben | 2026-05-20 | 999.99
        ben | 2026-06-20 | 0.01
        cay | 2026-05-20 | 100
        cay | 2026-06-20 | -0.01
        dan | 2026-06-20 | 100
        eve | 2026-03-20 | 1500
        """
    )
    found = grouped(connection, told, told.Told(purchases=bought), chosen=BY_AMOUNT)
    assert ways(found) == {
        "ann": "Gold → Gold / Gold",
        "ben": "Silver → Gold / Gold",
        "cay": "Silver → Bronze / Bronze",
        "dan": "not a customer → Silver / Silver",
        "eve": "Gold → out / Gold",
    }
    assert {row["groups_cut_on"] for row in found.values()} == {None}
    assert {who: int(row["group_from_amount"]) for who, row in found.items()} == {
        "ann": 1000,
        "ben": 1000,
        "cay": 0,
        "dan": 100,
        "eve": 1000,
    }


def test_who_came_and_went_inside_is_grouped_by_what_it_brought(connection: Any, told: Any) -> None:
    agreed = told.agreed("who | starts | ends | amount | currency\nann | 2026-06-05 | 2026-06-09 | 1000 | EUR")
    found = grouped(connection, told, told.Told(contracts=agreed), chosen=BY_AMOUNT)
    assert ways(found) == {"ann": "not a customer → out / Gold"}


def test_who_is_worth_less_than_nothing_is_in_the_last_group(connection: Any, told: Any) -> None:
    bought = told.bought("who | day | amount\nann | 2026-05-20 | 10\nann | 2026-05-21 | -30\nben | 2026-05-20 | 5\nben | 2026-05-21 | -26")
    assert set(ways(grouped(connection, told, told.Told(purchases=bought), chosen=HALVES)).values()) == {"Others → Others / Others"}


RANKED = """
who | day        | amount
ann | 2025-12-20 | 50
ben | 2025-12-20 | 50
cay | 2025-12-20 | 50
dan | 2025-12-20 | 10
ann | 2026-06-20 | -1
dan | 2026-06-20 | 40
eve | 2026-06-20 | 50
fay | 2026-06-20 | 900
"""


def test_the_cut_is_taken_at_the_opening_of_the_year_once_and_a_tie_is_decided_by_id(connection: Any, told: Any) -> None:
    found = grouped(connection, told, told.Told(purchases=told.bought(RANKED)), chosen=HALVES, lapse_days=365)
    assert ways(found) == {
        "ann": "Best → Others / Others",
        "ben": "Best → Best / Best",
        "cay": "Others → Others / Others",
        "dan": "Others → Others / Others",
        "eve": "not a customer → Others / Others",
        "fay": "not a customer → Best / Best",
    }
    assert {row["groups_cut_on"] for row in found.values()} == {date(2025, 12, 31)}
    assert (found["fay"]["group_from_amount"], found["eve"]["group_from_amount"]) == (Decimal("50.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("count", "best"),
    [(1, 1), (9, 1), (10, 1), (11, 2), (20, 2), (21, 3)],
    ids=["one customer is the best tenth", "of nine one", "of ten one", "of eleven two", "of twenty two", "of twenty-one three"],
)
def test_a_share_of_the_customers_is_rounded_up(connection: Any, told: Any, count: int, best: int) -> None:
    bought = [{"customer_id": f"{who:02d}", "purchased_on": date(2026, 5, 20), "amount": Decimal(100 - who)} for who in range(count)]
    found = grouped(connection, told, told.Told(purchases=bought), chosen=ValueGroups())
    assert [who for who, row in sorted(found.items()) if row["opening_group"] == "Gold"] == [f"{who:02d}" for who in range(best)]


@pytest.mark.parametrize(
    ("first_day", "cut_on"),
    [("2025-12-31", date(2025, 12, 31)), ("2026-01-01", date(2026, 5, 31)), ("2026-06-01", date(2026, 6, 30))],
    ids=["at the year's opening", "the data begins later: at the period's opening", "nobody was one then either: at its closing"],
)
def test_groups_are_cut_on_the_first_of_three_days_that_has_customers(connection: Any, told: Any, first_day: str, cut_on: date) -> None:
    bought = told.bought(f"who | day | amount\nann | {first_day} | 50")
    found = grouped(connection, told, told.Told(purchases=bought), chosen=HALVES, lapse_days=365)
    assert found["ann"]["groups_cut_on"] == cut_on
    assert found["ann"]["closing_group"] == "Best"


def test_a_period_that_opens_the_year_is_cut_at_its_own_opening(connection: Any, told: Any) -> None:
    january = period_named("2026-01", Calendar())
    found = grouped(connection, told, told.Told(purchases=told.bought(RANKED)), chosen=HALVES, period=january, lapse_days=365)
    assert {who: row["opening_group"] for who, row in found.items()} == {"ann": "Best", "ben": "Best", "cay": "Others", "dan": "Others"}


def test_where_nobody_stays_at_either_end_everyone_is_in_the_last_group(connection: Any, told: Any) -> None:
    agreed = told.agreed("who | starts | ends | amount | currency\nann | 2026-06-05 | 2026-06-09 | 1000 | EUR")
    found = grouped(connection, told, told.Told(contracts=agreed), chosen=HALVES)
    assert found["ann"] == {
        "opening_group": "not a customer",
        "closing_group": "out",
        "value_group": "Others",
        "migration": "not a customer → out",
        "groups_cut_on": None,
        "group_from_amount": Decimal("0.00"),
    }


def test_a_fiscal_year_that_begins_in_july_is_cut_before_july(told: Any) -> None:
    assert JUNE.year_opening_day(Calendar(fiscal_year_starts_in=7)) == date(2025, 6, 30)
    assert period_named("2026-W27", Calendar()).year_opening_day(Calendar(fiscal_year_starts_in=7)) == date(2026, 6, 30)


def test_value_on_a_day_is_what_was_bought_of_late_and_what_contracts_bring(connection: Any, told: Any) -> None:
    bought = told.bought("who | day | amount\nann | 2025-12-31 | 10\nann | 2025-12-25 | 20\nben | 2026-01-01 | 40\nben | 2025-12-31 | -1")
    agreed = told.agreed(
        "who | starts | ends | amount | currency\nann | 2025-12-31 | 2026-01-01 | 365 | EUR\ncay | 2025-01-01 | 2025-12-31 | 7 | EUR"
    )
    worth = value_on(told.Told(purchases=bought, contracts=agreed).history(), date(2025, 12, 31), value_days=6)
    assert {row["customer_id"]: row["amount"] for row in connection.to_pyarrow(worth).to_pylist()} == {
        "ann": Decimal(10 + 365),
        "ben": Decimal(-1),
    }


def test_where_each_group_begins_is_read_from_the_ledger(connection: Any) -> None:
    ledger = ibis.memtable(
        {
            "value_group": ["Silver", "Gold", "Silver", "Bronze"],
            "group_from_amount": [100, 1000, 100, 0],
            "groups_cut_on": [date(2025, 12, 31)] * 4,
        }
    )
    assert connection.to_pyarrow(value_groups.group_starts(ledger)).to_pylist() == [
        {"value_group": "Gold", "from_amount": 1000, "cut_on": date(2025, 12, 31)},
        {"value_group": "Silver", "from_amount": 100, "cut_on": date(2025, 12, 31)},
    ]
