"""What holds for every history: the identities, chaining, the second opinion, and that the future changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import contributions, figures, grouped_by
from tasks.customer_math.identities import broken_chains, residuals, whole_residuals
from tasks.customer_math.ledger.movements import movements, only_silence_ends
from tasks.customer_math.ledger.periods import Period, period_before, period_named
from tasks.customer_math.ledger.spells import spells
from tasks.customer_math.measures import Catalogue
from tests.histories import monthly_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.thorough

CALENDAR = Calendar()
CATALOGUE = Catalogue({measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY)})
"""What every ledger says, without the topics of the questions."""
FIRST_DAY = date(2026, 1, 1)
DAYS = st.integers(0, 150).map(lambda number: FIRST_DAY + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(16)])
"""Many customers at once: each is a history of its own, and one run of the engine judges them all."""
CENTS = st.integers(-5_000, 20_000).map(lambda cents: Decimal(cents) / 100)
MONTHS = [period_named(name, CALENDAR) for name in ("2026-02", "2026-03", "2026-04", "2026-05")]
RATES = monthly_rates(FIRST_DAY - timedelta(days=60), count=10)


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    starts_on = draw(DAYS)
    ends_on = draw(st.one_of(st.just(date(9999, 12, 31)), st.integers(0, 120).map(lambda days: starts_on + timedelta(days=days))))
    amount = Decimal(draw(st.integers(0, 50_000))) / 100
    return {
        "customer_id": draw(CUSTOMERS),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "annual_amount": amount,
        "currency": draw(st.sampled_from(["EUR", "CHF"])),
    }


PURCHASES = st.lists(st.fixed_dictionaries({"customer_id": CUSTOMERS, "purchased_on": DAYS, "amount": CENTS}), min_size=1, max_size=60)
CONTRACTS = st.lists(contracts(), max_size=25)
DEPARTURES = st.lists(
    st.fixed_dictionaries({"customer_id": CUSTOMERS, "departed_on": DAYS, "reason_code": st.sampled_from(["price", "moved"])}), max_size=12
)
GROUPS = st.dictionaries(CUSTOMERS, st.sampled_from(["North", "South"]))
LAPSE = st.sampled_from([5, 20, 31, 90])


@pytest.fixture(scope="module")
def happened(told: Any) -> Any:
    """How a random history is put together."""
    return lambda purchases, contracts_, departures, groups: told.Told(
        purchases=purchases, contracts=contracts_, departures=departures, rates=RATES, groups=groups
    )


def figures_of(connection: Any, told: Any, history: Any, periods: Sequence[Period], *, choices: Any) -> ibis.Table:
    tables = history.history()
    ledgers = pa.concat_tables([connection.to_pyarrow(movements(tables, period, choices)) for period in periods])
    names = [period.name for period in periods]
    return ibis.memtable(connection.to_pyarrow(figures(ibis.memtable(ledgers), periods=names, segments=("region",), catalogue=CATALOGUE)))


def rows(connection: Any, table: ibis.Table) -> list[dict[str, Any]]:
    return connection.to_pyarrow(table).to_pylist()


@given(PURCHASES, CONTRACTS, DEPARTURES, LAPSE, st.sampled_from(MONTHS))
def test_every_customer_moves_as_a_second_opinion_says(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, lapse_days: int, period: Period
) -> None:
    history = happened(purchases, agreed, departures, {})
    choices = told.rules(lapse_days=lapse_days, value_days=60)
    second = told.SecondOpinion(history, choices)
    expected = {who: movement for who in second.customers if (movement := second.movement(who, period))}
    found = {row["customer_id"]: row for row in told.ledger(connection, history, period, choices)}
    assert {who: row["movement"] for who, row in found.items()} == expected
    for who, row in found.items():
        assert row["opening_amount"] == second.value(who, period.opening_day)
        assert row["closing_amount"] == second.value(who, period.closing_day)
        last_day = row["went_on"] - timedelta(days=1) if row["movement"] == "in_and_out" else None
        assert row["in_and_out_amount"] == (second.value(who, last_day) if last_day else Decimal(0))


@given(PURCHASES, st.sampled_from([31, 40, 90]), st.sampled_from(MONTHS))
def test_the_short_way_over_the_last_purchase_says_what_spells_say(
    connection: Any, told: Any, happened: Any, purchases: Any, lapse_days: int, period: Period
) -> None:
    choices = told.rules(lapse_days=lapse_days)
    history = happened(purchases, [], [], {}).history()
    assert only_silence_ends(history, period, choices.activity)
    with_no_contracts = replace(history, contracts=ibis.memtable(told.SCHEMAS["contracts"].empty_table()))
    short, by_spells = (rows(connection, movements(each, period, choices).order_by("customer_id")) for each in (history, with_no_contracts))
    assert short == by_spells


@given(PURCHASES, CONTRACTS, DEPARTURES, GROUPS, LAPSE)
def test_periods_reconcile_and_chain_for_the_whole_and_every_group(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, groups: Any, lapse_days: int
) -> None:
    history = happened(purchases, agreed, departures, groups)
    choices = told.rules(lapse_days=lapse_days, value_days=60)
    computed = figures_of(connection, told, history, MONTHS, choices=choices)
    assert rows(connection, residuals(computed)) == []
    assert rows(connection, whole_residuals(computed)) == []
    assert rows(connection, broken_chains(computed, [(earlier.name, later.name) for earlier, later in pairwise(MONTHS)])) == []


@given(PURCHASES, CONTRACTS, DEPARTURES, LAPSE)
def test_weeks_chain_and_add_up_to_the_months_that_they_tile(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, lapse_days: int
) -> None:
    history = happened(purchases, agreed, departures, {})
    choices = told.rules(lapse_days=lapse_days)
    weeks = [period_named(f"2026-W{number:02d}", CALENDAR) for number in range(9, 13)]
    span = Period(weeks[0].opens_on, weeks[-1].closes_on, "month", "four weeks")
    *by_week, whole = _heads(connection, told, history, [*weeks, span], choices)
    assert sum(each["net_customers"] for each in by_week) == whole["net_customers"]
    assert all(earlier["closing_customers"] == later["opening_customers"] for earlier, later in pairwise(by_week))
    cancelled_in = sum(each["customers_in"] for each in by_week) - whole["customers_in"]
    cancelled_out = sum(each["customers_out"] for each in by_week) - whole["customers_out"]
    assert cancelled_in == cancelled_out >= 0


def _heads(connection: Any, told: Any, history: Any, periods: Sequence[Period], choices: Any) -> list[dict[str, int]]:
    computed = rows(connection, figures_of(connection, told, history, periods, choices=choices))
    whole = [row for row in computed if row["segment_by"] == "all"]
    return [{row["measure"]: int(row["value"]) for row in whole if row["period"] == period.name} for period in periods]


@given(PURCHASES, CONTRACTS, DEPARTURES, LAPSE, st.lists(st.tuples(CUSTOMERS, st.integers(1, 40), CENTS), max_size=6))
def test_no_future_row_changes_a_closed_period(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, lapse_days: int, future: Any
) -> None:
    period, choices = MONTHS[2], told.rules(lapse_days=lapse_days)
    later = [period.closing_day + timedelta(days=days) for _, days, _ in future]
    more = [{"customer_id": who, "purchased_on": on, "amount": amount} for (who, _, amount), on in zip(future, later, strict=True)]
    more_agreed = [
        {"customer_id": who, "starts_on": on, "ends_on": date(9999, 12, 31), "annual_amount": Decimal(9), "currency": "EUR"}
        for (who, _, _), on in zip(future, later, strict=True)
    ]
    more_told = [{"customer_id": who, "departed_on": on, "reason_code": "price"} for (who, _, _), on in zip(future, later, strict=True)]
    before = told.ledger(connection, happened(purchases, agreed, departures, {}), period, choices)
    after = told.ledger(connection, happened(purchases + more, agreed + more_agreed, departures + more_told, {}), period, choices)
    assert [_without_reasons(row) for row in after] == [_without_reasons(row) for row in before]
    late_on = period.closing_day + timedelta(days=choices.departing.reason_after_days)
    too_late = [row for row in more_told if row["departed_on"] > late_on]
    assert told.ledger(connection, happened(purchases + more, agreed + more_agreed, departures + too_late, {}), period, choices) == before


def _without_reasons(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the ledger without what may be told for some days after a customer went."""
    return {name: value for name, value in row.items() if name not in {"ended_by", "reason_code"}}


@given(PURCHASES, CONTRACTS, DEPARTURES, LAPSE, st.integers(0, 10))
def test_spells_of_a_customer_are_apart_by_more_than_the_bridge(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, lapse_days: int, bridge_days: int
) -> None:
    history = happened(purchases, agreed, departures, {})
    choices = told.rules(lapse_days=lapse_days, bridge_days=bridge_days)
    found = rows(connection, spells(history.history(), choices.activity).order_by("customer_id", "started_on"))
    assert all(row["started_on"] < row["ended_on"] for row in found)
    for earlier, later in pairwise(found):
        if earlier["customer_id"] == later["customer_id"]:
            assert (later["started_on"] - earlier["ended_on"]).days > bridge_days


@settings(max_examples=3)
@given(PURCHASES, CONTRACTS, DEPARTURES, LAPSE)
def test_the_customers_behind_a_number_are_as_many_as_the_number(
    connection: Any, told: Any, happened: Any, purchases: Any, agreed: Any, departures: Any, lapse_days: int
) -> None:
    history = happened(purchases, agreed, departures, {})
    choices = told.rules(lapse_days=lapse_days)
    ledger = ibis.memtable(connection.to_pyarrow(movements(history.history(), MONTHS[1], choices)))
    ledger = grouped_by(ledger, None, side="opening")
    (heads,) = _heads(connection, told, history, MONTHS[1:2], choices)
    for measure in CATALOGUE.measures.values():
        behind = rows(connection, contributions(ledger, measure))
        if measure.unit == "customers" and measure.name != "net_customers":
            assert len(behind) == heads[measure.name]
        assert sum(row["contribution"] for row in behind) == pytest.approx(heads[measure.name], abs=1)


def test_a_period_before_another_closes_where_it_opens() -> None:
    assert period_before(MONTHS[1], CALENDAR) == MONTHS[0]
