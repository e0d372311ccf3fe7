"""What holds for the behaviour of every history: each sign as a second opinion sees it, and that the future changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.measures.behaviour import RATES
from config.topic_settings import Behaviour
from tasks.customer_math.ledger.movements import MOVEMENTS, core_ledger
from tasks.customer_math.ledger.periods import Period, period_before, period_named
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import behaviour, behaviour_measures

if TYPE_CHECKING:
    from collections.abc import Sequence

CALENDAR = Calendar()
PERIODS = [period_named(name, CALENDAR) for name in ("2026-04", "2026-05", "2026-W18", "2026-Q2")]
FIRST_DAY = date(2026, 1, 1)
DAYS = st.integers(0, 200).map(lambda number: FIRST_DAY + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number}" for number in range(8)])
PURCHASES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": CUSTOMERS,
            "purchased_on": DAYS,
            "amount": st.integers(-2, 9).map(Decimal),
            "product_group": st.sampled_from([None, "beans", "cups", "capsules"]),
        }
    ),
    min_size=20,
    max_size=70,
)
CONTRACTS = st.lists(
    st.tuples(CUSTOMERS, DAYS, st.integers(0, 150), st.integers(1, 9), st.sampled_from([None, 1, 2, 3, 3])).map(
        lambda drawn: {
            "customer_id": drawn[0],
            "starts_on": drawn[1],
            "ends_on": drawn[1] + timedelta(days=drawn[2]),
            "annual_amount": Decimal(drawn[3]),
            "currency": "EUR",
            "seats_count": drawn[4],
        }
    ),
    max_size=12,
)
COMPLAINTS = st.lists(st.tuples(CUSTOMERS, DAYS, st.booleans()), min_size=1, max_size=12)
RULES = Behaviour(gap_rate=Decimal("1.5"), fewest_gaps_count=2, fewest_silent_days_count=4)
TICKETS = pa.schema({"customer_id": pa.string(), "opened_on": pa.date32(), "is_complaint": pa.bool_()})
SIGNS = (*behaviour.WEAKENING, *behaviour.STRENGTHENING)


@pytest.fixture(scope="module")
def rules(told: Any) -> Any:
    """The choices of the company."""
    return replace(told.rules(lapse_days=40, value_days=60, tolerance="1"), behaviour=RULES)


@pytest.fixture(scope="module")
def ledger_of(connection: Any, rules: Any) -> Any:
    """A period's ledger with the topic, by customer; days of purchase made for the period, or kept with the history."""

    def of(happened: Any, complaints: Any, period: Period, *, keeps_days: bool = False) -> dict[str, dict[str, Any]]:
        tickets = pa.Table.from_pylist([dict(zip(TICKETS.names, each, strict=True)) for each in complaints], TICKETS)
        history = replace(happened.history(), tickets=ibis.memtable(tickets))
        if keeps_days:
            history = replace(history, purchase_days=days_of_purchase(history.purchases))
        stored = ibis.memtable(connection.to_pyarrow(core_ledger(history, period, rules)))
        found = with_topics(TopicContext(history, period, rules, stored), [behaviour.TOPIC])
        return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}

    return of


def expected_signs(second: Any, complaints: Any, who: str, period: Period) -> dict[str, bool]:
    """The signs of one customer who stays, by looking at its own rows."""
    days = sorted({row["purchased_on"] for row in second.told.purchases if row["customer_id"] == who and row["amount"] > 0})
    groups = [set(_groups(second, who, day)) for day in (period.opening_day, period.closing_day)]
    seats = _seats(second, who, period)
    changes = [_change(second, who, each) for each in (period_before(period, CALENDAR), period)]
    first = min((on for whose, on, is_one in complaints if whose == who and is_one), default=date.max)
    return {
        **_habit([day for day in days if day <= period.closing_day], period),
        "has_fewer_groups": len(groups[1]) < len(groups[0]),
        "has_more_groups": len(groups[1]) > len(groups[0]),
        "has_fewer_seats": seats is not None and seats[1] < seats[0],
        "has_more_seats": seats is not None and seats[1] > seats[0],
        "has_fallen_twice": all(change is not None and change < -1 for change in changes),
        "has_risen_twice": all(change is not None and change > 1 for change in changes),
        "has_first_complaint": period.opens_on <= first <= period.closing_day,
    }


def _habit(days: Sequence[date], period: Period) -> dict[str, bool]:
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(gaps) < RULES.fewest_gaps_count:
        return {"is_silent_beyond_habit": False, "has_shorter_gaps": False}
    usual = Decimal(str(median(gaps)))
    silent_days = (period.closing_day - days[-1]).days
    is_silent = silent_days >= max(RULES.fewest_silent_days_count, RULES.gap_rate * usual)
    inside = [gap for gap, day in zip(gaps, days[1:], strict=True) if day >= period.opens_on]
    is_sooner = bool(inside) and sum(inside) * RULES.gap_rate <= usual * len(inside)
    return {"is_silent_beyond_habit": is_silent, "has_shorter_gaps": is_sooner and not is_silent}


def _groups(second: Any, who: str, on: date) -> list[str]:
    since = on - timedelta(days=second.choices.value.value_days)
    bought = [row for row in second.told.purchases if row["customer_id"] == who and row["amount"] > 0 and since < row["purchased_on"] <= on]
    return [row["product_group"] for row in bought if row["product_group"]]


def _seats(second: Any, who: str, period: Period) -> tuple[int, int] | None:
    """Seats at opening and at closing; none where a contract that is in force at one of them does not tell its seats."""
    days = (period.opening_day, period.closing_day)
    theirs = [row for row in second.told.contracts if row["customer_id"] == who]
    held = [[row["seats_count"] for row in theirs if row["starts_on"] <= day < row["ends_on"]] for day in days]
    return None if None in held[0] + held[1] else (sum(held[0]), sum(held[1]))


def _change(second: Any, who: str, period: Period) -> Decimal | None:
    """By how much the value changed; none where the customer was none at one of the ends."""
    if not (second.is_active(who, period.opening_day) and second.is_active(who, period.closing_day)):
        return None
    return second.value(who, period.closing_day) - second.value(who, period.opening_day)


@settings(max_examples=4)
@given(PURCHASES, CONTRACTS, COMPLAINTS, st.sampled_from(PERIODS), st.booleans())
def test_every_sign_is_as_a_second_opinion_sees_it(
    ledger_of: Any, told: Any, rules: Any, purchases: Any, agreed: Any, complaints: Any, period: Period, keeps_days: bool
) -> None:
    happened = told.Told(purchases=purchases, contracts=agreed)
    second = told.SecondOpinion(happened, rules)
    for who, row in ledger_of(happened, complaints, period, keeps_days=keeps_days).items():
        stays = row["is_active_at_opening"] and row["is_active_at_closing"]
        signs = expected_signs(second, complaints, who, period) if stays else dict.fromkeys(SIGNS, False)
        assert {sign: row[sign] for sign in SIGNS} == signs, who
        assert row["is_staying"] == stays
        assert row["weakening_count"] == sum(signs[sign] for sign in behaviour.WEAKENING)
        assert row["strengthening_count"] == sum(signs[sign] for sign in behaviour.STRENGTHENING)


@settings(max_examples=3)
@given(PURCHASES, CONTRACTS, COMPLAINTS, st.sampled_from(PERIODS))
def test_every_customer_who_stays_weakens_strengthens_does_both_or_is_steady(
    ledger_of: Any, told: Any, purchases: Any, agreed: Any, complaints: Any, period: Period
) -> None:
    rows = ledger_of(told.Told(purchases=purchases, contracts=agreed), complaints, period).values()
    for row in rows:
        shown = (row["is_weakening"], row["is_strengthening"])
        kinds = {(True, False): "weakens", (False, True): "strengthens", (True, True): "both", (False, False): "steady"}
        assert row["behaviour"] == (kinds[shown] if row["is_staying"] else "does_not_stay")
        assert (row["weakening_signs"] == "no sign") == (not row["is_weakening"])
        assert row["is_staying"] == (row["movement"] in MOVEMENTS[-4:])
        assert row["is_weakening"] == (row["weakening_count"] > 0)


@settings(max_examples=2)
@given(PURCHASES, CONTRACTS, COMPLAINTS, PURCHASES, COMPLAINTS)
def test_nothing_that_happens_later_changes_how_somebody_behaved(
    ledger_of: Any, told: Any, purchases: Any, agreed: Any, complaints: Any, future: Any, complained: Any
) -> None:
    far = timedelta(days=250)
    later = [{**row, "purchased_on": row["purchased_on"] + far} for row in future]
    more = [(who, on + far, is_one) for who, on, is_one in complained]
    before = ledger_of(told.Told(purchases=purchases, contracts=agreed), complaints, PERIODS[1])
    after = ledger_of(told.Told(purchases=purchases + later, contracts=agreed), complaints + more, PERIODS[1], keeps_days=True)
    assert after == before


def test_signs_that_a_company_cannot_see_are_not_published() -> None:
    catalogue = Catalogue({measure.name: measure for measure in behaviour_measures.MEASURES}, RATES)
    names = catalogue.supplied_by(frozenset({"purchases.purchased_on"})).measures
    assert {name.rpartition("_")[0] for name in names} == {
        "staying",
        "weakening",
        "strengthening",
        "silent_beyond_habit",
        "shorter_gaps",
        "fallen_twice",
        "risen_twice",
    }
