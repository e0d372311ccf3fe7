"""Intakes: customers by the month in which they came, looked at only when all of them are equally old."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from config.topic_settings import CohortSettings
from tasks.customer_math.figures import figures
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.topics.cohort_measures import cohort_catalogue
from tasks.customer_math.topics.cohorts import CohortSpec, cohort_customers, newcomers_of, share_of_year

CALENDAR = Calendar()
SHORT = CohortSettings(ages_days=(10, 30), horizon_days=20)
"""Ages short enough for a table of a few months."""
BOUGHT = """
who | day        | amount
ann | 2026-03-05 | 100
ann | 2026-03-14 | 20
ann | 2026-03-15 | 7
ann | 2026-04-03 | 3
ben | 2026-03-31 | 40
ben | 2026-04-05 | -15
cay | 2026-04-30 | 50
cay | 2026-05-05 | 60
"""
AGREED = """
who | starts     | ends       | a year | currency
dan | 2026-03-01 | 2026-03-08 | 365.00 | EUR
dan | 2026-03-21 |            | 730.00 | EUR
eve | 2026-03-10 | 2026-03-12 | 100.00 | EUR
"""


def looked(period: str, rules: CohortSettings = SHORT) -> CohortSpec:
    return CohortSpec.at(period_named(period, CALENDAR), rules, CALENDAR)


@pytest.fixture(scope="module")
def found(connection: Any, told: Any) -> dict[str, dict[str, Any]]:
    """The intakes as the week that ends on 10 May closes: those of March are 40 days old at least, those of April 10."""
    history = told.Told(
        purchases=[{**row, "cost_amount": row["amount"] / 2} for row in told.bought(BOUGHT)],
        contracts=told.agreed(AGREED),
        groups={"ann": "North", "cay": "South"},
    ).history()
    at = looked("2026-W19")
    rows = cohort_customers(history, newcomers_of(first_days(history), at), looked=at, rules=told.rules(lapse_days=30))
    return {row["customer_id"]: row for row in connection.to_pyarrow(rows).to_pylist()}


@pytest.mark.parametrize(
    ("who", "after_10", "after_30"),
    [
        pytest.param("ann", "100 + 20", "100 + 20 + 7 + 3", id="the eleventh day is no day of the first ten"),
        pytest.param("ben", "40 + -15", "40 + -15", id="a refund takes value away on its own day"),
        pytest.param("cay", "50 + 60", "0", id="April has not reached thirty days"),
        pytest.param("dan", "7 * 365 / 365", "7 + 10 * 730 / 365", id="contracts bring value day by day"),
        pytest.param("eve", "0.55", "0.55", id="2 days of 100.00 a year, rounded once"),
    ],
)
def test_value_at_an_age_is_what_the_first_days_brought(found: dict[str, dict[str, Any]], who: str, after_10: str, after_30: str) -> None:
    expected = {"7 * 365 / 365": "7", "7 + 10 * 730 / 365": "27"}
    values = [sum(Decimal(part) for part in expected.get(text, text).split(" + ")) for text in (after_10, after_30)]
    assert [found[who]["value_10_amount"], found[who]["value_30_amount"]] == values


def test_what_the_goods_had_cost_is_known_at_the_same_ages(found: dict[str, dict[str, Any]]) -> None:
    assert (found["ann"]["goods_10_amount"], found["ann"]["goods_30_amount"], found["dan"]["goods_30_amount"]) == (60, 65, 0)


@pytest.mark.parametrize(
    ("who", "intake", "again", "known"),
    [("ann", "2026-03", True, True), ("ben", "2026-03", False, True), ("cay", "2026-04", False, False), ("dan", "2026-03", True, True)],
    ids=["bought again", "only took back", "bought again, but April is too young", "agreed again on the last day of the horizon"],
)
def test_who_buys_or_agrees_on_a_later_day_within_the_horizon_came_again(
    found: dict[str, dict[str, Any]], who: str, intake: str, again: bool, known: bool
) -> None:
    row = found[who]
    assert (row["intake"], row["has_second"], row["has_reached_horizon"]) == (intake, again, known)


def test_who_is_a_customer_at_an_age_has_stayed_until_then(found: dict[str, dict[str, Any]]) -> None:
    stayed = {who: (row["is_customer_10"], row["is_customer_30"]) for who, row in found.items()}
    assert stayed == {"ann": (True, True), "ben": (True, False), "cay": (True, False), "dan": (False, True), "eve": (False, False)}


def test_a_newcomer_belongs_to_its_group_and_one_of_whom_nothing_is_recorded_to_none(found: dict[str, dict[str, Any]]) -> None:
    assert {who: found[who]["region"] for who in ("ann", "ben", "cay")} == {"ann": "North", "ben": "not recorded", "cay": "South"}
    assert found["ann"]["came_by_channel"] == "not recorded"


@pytest.mark.parametrize("sold_by", ["purchases", "contracts"])
def test_a_company_that_sells_in_one_way_has_its_intakes_too(connection: Any, told: Any, sold_by: str) -> None:
    sold = {"purchases": told.bought(BOUGHT), "contracts": told.agreed(AGREED)}[sold_by]
    history, at = told.Told(**{sold_by: sold}).history(), looked("2026-W19")
    rows = cohort_customers(history, newcomers_of(first_days(history), at), looked=at, rules=told.rules(lapse_days=30))
    value = {row["customer_id"]: row["value_30_amount"] for row in connection.to_pyarrow(rows).to_pylist()}
    assert value == {"purchases": {"ann": 130, "ben": 25, "cay": 0}, "contracts": {"dan": 27, "eve": Decimal("0.55")}}[sold_by]


def test_an_intake_is_a_month_that_is_over() -> None:
    assert [looked(name).months[-1].name for name in ("2026-05", "2026-W22", "2026-W23", "2026-Q1", "2025")] == [
        "2026-05",
        "2026-05",
        "2026-05",
        "2026-03",
        "2025-12",
    ]


def test_every_age_has_thirteen_intakes_that_reached_it() -> None:
    at = looked("2026-09", CohortSettings())
    assert (at.months[0].name, at.months[-1].name) == ("2024-09", "2026-09")
    assert at.ages == (30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330, 360, 365)


@pytest.mark.parametrize(
    ("days", "last"),
    [(30, "2026-08-31"), (31, "2026-07-31"), (90, "2026-06-30"), (365, "2025-09-30"), (3650, "2024-08-31")],
    ids=["to the day", "a day short", "ninety days", "a year", "none is so old"],
)
def test_an_intake_reaches_an_age_when_its_last_day_does(days: int, last: str) -> None:
    assert looked("2026-09", CohortSettings()).last_came_on(days) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("annual", "days", "minor_units", "expected"),
    [
        ("1200.00", 73, 2, "240.00"),
        ("1.00", 365, 2, "1.00"),
        ("3.65", 1, 2, "0.01"),
        ("1.83", 1, 2, "0.01"),
        ("1.82", 1, 2, "0.00"),
        ("-1.83", 1, 2, "-0.01"),
        ("365", 100, 0, "100"),
        ("99999999999.99", 365, 2, "99999999999.99"),
    ],
)
def test_a_contract_earns_its_days_rounded_half_away_from_zero(
    connection: Any, annual: str, days: int, minor_units: int, expected: str
) -> None:
    rows = pa.table({"annual": pa.array([Decimal(annual)], pa.decimal128(18, minor_units)), "days": [days]})
    table: Any = ibis.memtable(rows)
    earned = share_of_year(table.annual, table.days, minor_units=minor_units)
    assert str(connection.to_pyarrow(table.select(earned=earned))["earned"][0]) == expected


def test_what_is_measured_of_intakes_is_split_by_month_and_sums_to_the_whole(connection: Any, found: dict[str, dict[str, Any]]) -> None:
    table = ibis.memtable(pa.Table.from_pylist(list(found.values())))
    catalogue = cohort_catalogue(SHORT).supplied_by(frozenset({"acquisitions.channel"}))
    computed = connection.to_pyarrow(figures(table, periods=["2026-W19"], segments=("region",), catalogue=catalogue)).to_pylist()
    value = {(row["segment"], row["split"], row["measure"]): row["value"] for row in computed if row["split_by"] in ("all", "intake")}
    assert value["all", "2026-03", "intake_customers"] == 4
    assert value["all", "2026-04", "intake_value_10_amount"] == 50 + 60
    assert ("all", "2026-04", "intake_value_30_amount") not in value
    assert value["all", "all", "intake_value_30_amount"] == 130 + 25 + 27 + Decimal("0.55")
    assert value["North", "2026-03", "intake_customers"] == 1
    assert {row["split_by"] for row in computed} == {"all", "intake", "channel"}


def test_measures_of_intakes_are_named_by_their_unit_and_told_apart() -> None:
    catalogue = cohort_catalogue(CohortSettings())
    endings = {"customers": "_customers", "money": "_amount"}
    assert [name for name, measure in catalogue.measures.items() if not name.endswith(endings[measure.unit])] == []
    said = [each.description for each in (*catalogue.measures.values(), *catalogue.rates)]
    assert [says for says in said if not (says[0].isupper() and says.endswith("."))] == []
    labels = [each.label for each in (*catalogue.measures.values(), *catalogue.rates)]
    assert len(set(labels)) == len(labels)
    part = ibis.memtable({"came_by_campaign": ["Moon"]})
    assert next(split for split in catalogue.splits if split.name == "campaign").part(part).get_name() == "came_by_campaign"
