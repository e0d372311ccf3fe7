"""What holds for the intakes of every history: months sum to the whole, ages are equal, the future changes nothing, first days tie out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.topic_settings import CohortSettings
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import split_residuals, whole_residuals
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_around, period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import acquisition
from tasks.customer_math.topics.cohort_measures import cohort_catalogue
from tasks.customer_math.topics.cohorts import CohortSpec, cohort_customers, newcomers_of

pytestmark = pytest.mark.thorough

CALENDAR = Calendar()
AGES = CohortSettings(ages_days=(10, 45), horizon_days=20)
FIRST_DAY = date(2026, 1, 1)
APRIL = period_named("2026-04", CALENDAR)
LOOKED = CohortSpec.at(APRIL, AGES, CALENDAR)
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(12)])
DAYS = st.integers(0, 119).map(lambda number: FIRST_DAY + timedelta(days=number))
LATER = st.integers(1, 60).map(lambda number: APRIL.closing_day + timedelta(days=number))
CENTS = st.integers(-2_000, 9_000).map(lambda cents: Decimal(cents) / 100)


def purchases(days: Any) -> Any:
    """Purchases and refunds of some customers on some days."""
    return st.fixed_dictionaries({"customer_id": CUSTOMERS, "purchased_on": days, "amount": CENTS})


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    starts_on = draw(DAYS)
    return {
        "customer_id": draw(CUSTOMERS),
        "starts_on": starts_on,
        "ends_on": draw(st.one_of(st.just(date(9999, 12, 31)), st.integers(0, 90).map(lambda days: starts_on + timedelta(days=days)))),
        "annual_amount": Decimal(draw(st.integers(0, 90_000))) / 100,
        "currency": "EUR",
    }


BOUGHT = st.lists(purchases(DAYS), min_size=1, max_size=50)
AGREED = st.lists(contracts(), max_size=20)
GROUPS = st.dictionaries(CUSTOMERS, st.sampled_from(["North", "South"]))


def members(connection: Any, told: Any, history: Any) -> list[dict[str, Any]]:
    tables = history.history()
    found = cohort_customers(tables, newcomers_of(first_days(tables), LOOKED), looked=LOOKED, rules=told.rules(lapse_days=30))
    return connection.to_pyarrow(found.order_by("customer_id")).to_pylist()


def earned(contract: dict[str, Any], came_on: date, days: int) -> Decimal:
    """What a contract brings in a customer's first days, day by day."""
    last = min(contract["ends_on"], came_on + timedelta(days=days))
    covered = max((last - contract["starts_on"]).days, 0)
    return (contract["annual_amount"] * covered / 365).quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(BOUGHT, AGREED)
def test_every_customer_is_worth_at_an_age_what_a_second_opinion_says(connection: Any, told: Any, bought: Any, agreed: Any) -> None:
    second = told.SecondOpinion(told.Told(purchases=bought, contracts=agreed), told.rules(lapse_days=30))
    for row in members(connection, told, second.told):
        who, came_on = row["customer_id"], row["first_came_on"]
        assert second.is_active(who, came_on)
        assert not any(second.is_active(who, came_on - timedelta(days=days)) for days in range(1, 30))
        for days in AGES.ages_days:
            is_old_enough = period_around(came_on, "month", CALENDAR).closing_day + timedelta(days=days) <= APRIL.closing_day
            assert row[f"has_reached_{days}"] == is_old_enough
            theirs = [each["amount"] for each in second._of("purchases", who) if 0 <= (each["purchased_on"] - came_on).days < days]
            part = [earned(each, came_on, days) for each in second._of("contracts", who) if each["starts_on"] < each["ends_on"]]
            assert row[f"value_{days}_amount"] == (sum(theirs, Decimal(0)) + sum(part, Decimal(0)) if is_old_enough else 0)
            assert row[f"is_customer_{days}"] == (is_old_enough and second.is_active(who, came_on + timedelta(days=days)))


@settings(max_examples=3)
@given(BOUGHT, AGREED, st.lists(purchases(LATER), max_size=8))
def test_no_future_purchase_changes_what_an_intake_was_worth(connection: Any, told: Any, bought: Any, agreed: Any, future: Any) -> None:
    before = members(connection, told, told.Told(purchases=bought, contracts=agreed))
    assert members(connection, told, told.Told(purchases=[*bought, *future], contracts=agreed)) == before


@settings(max_examples=3)
@given(BOUGHT, AGREED, GROUPS)
def test_months_and_groups_of_intakes_add_up_to_the_whole(connection: Any, told: Any, bought: Any, agreed: Any, groups: Any) -> None:
    rows = members(connection, told, told.Told(purchases=bought, contracts=agreed, groups=groups))
    if not rows:
        return
    computed = figures(
        ibis.memtable(pa.Table.from_pylist(rows)), periods=[APRIL.name], segments=("region",), catalogue=cohort_catalogue(AGES)
    )
    stored = ibis.memtable(connection.to_pyarrow(computed))
    assert connection.to_pyarrow(whole_residuals(stored)).to_pylist() == []
    assert connection.to_pyarrow(split_residuals(stored)).to_pylist() == []


@settings(max_examples=3)
@given(BOUGHT, AGREED)
def test_who_comes_first_in_a_month_is_its_intake_and_brings_the_same(connection: Any, told: Any, bought: Any, agreed: Any) -> None:
    history, choices = told.Told(purchases=bought, contracts=agreed), replace(told.rules(lapse_days=30), intakes=AGES)
    tables = history.history()
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(tables, APRIL, choices)))
    topic = connection.to_pyarrow(with_topics(TopicContext(tables, APRIL, choices, ledger), [acquisition.TOPIC])).to_pylist()
    came = {row["customer_id"]: row["first_purchase_amount"] for row in topic if row["is_first_time"]}
    of_april = [row for row in members(connection, told, history) if row["intake"] == APRIL.name]
    assert came == {row["customer_id"]: row["first_purchase_amount"] for row in of_april}
    assert all(not row["first_purchase_amount"] for row in topic if not row["is_first_time"])
