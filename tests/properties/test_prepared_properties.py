"""What is made once for all periods says of each period what the period finds by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import ibis
import pytest

from config.definitions import Calendar
from tasks.customer_math.ledger.first_purchases import first_days
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.prepared import check_prepared, days_needed, prepared
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import behaviour, value_groups
from tasks.customer_math.topics.cohorts import CohortSpec, cohort_customers, newcomers_of

pytestmark = pytest.mark.thorough

CALENDAR = Calendar()
FIRST_DAY = date(2026, 1, 1)
MONTHS = [period_named(name, CALENDAR) for name in ("2026-02", "2026-03", "2026-04", "2026-05")]
DAYS = frozenset[date]().union(*(days_needed(month, CALENDAR) for month in MONTHS))
OPEN_ENDED = date(9999, 12, 31)


@pytest.fixture(scope="module")
def history(told: Any) -> Any:
    """Four hundred customers who buy, sign, refund and leave by chance."""
    chance = Random(20260101)

    def who_and_when() -> tuple[str, date]:
        return f"customer {chance.randrange(400)}", FIRST_DAY + timedelta(days=chance.randrange(150))

    purchases = [
        {"customer_id": who, "purchased_on": day, "amount": Decimal(chance.randrange(-5_000, 20_000)) / 100}
        for who, day in (who_and_when() for _ in range(1_500))
    ]
    contracts = [
        {
            "customer_id": who,
            "starts_on": day,
            "ends_on": chance.choice([OPEN_ENDED, day + timedelta(days=chance.randrange(120))]),
            "annual_amount": Decimal(chance.randrange(50_000)) / 100,
            "currency": chance.choice(["EUR", "CHF"]),
        }
        for who, day in (who_and_when() for _ in range(300))
    ]
    departures = [{"customer_id": who, "departed_on": day, "reason_code": "price"} for who, day in (who_and_when() for _ in range(150))]
    rates = [
        {"currency": "CHF", "rate_on": FIRST_DAY - timedelta(days=60), "rate_through": date(2026, 3, 9), "rate": Decimal("1.07")},
        {"currency": "CHF", "rate_on": date(2026, 3, 10), "rate_through": date(2027, 1, 1), "rate": Decimal("1.09")},
    ]
    return told.Told(purchases=purchases, contracts=contracts, departures=departures, rates=rates, groups={}).history()


@pytest.mark.parametrize(("lapse_days", "month"), [(20, 1), (90, 3)])
def test_what_is_prepared_for_all_periods_says_what_each_finds_by_itself(
    connection: Any, told: Any, history: Any, lapse_days: int, month: int
) -> None:
    choices, ledgers = told.rules(lapse_days=lapse_days, value_days=60), []
    for each in (history, prepared(history, days=DAYS, rules=choices)):
        context = TopicContext(each, MONTHS[month], choices, core_ledger(each, MONTHS[month], choices))
        ledger = with_topics(context, (value_groups.TOPIC, behaviour.TOPIC)).order_by("customer_id")
        ledgers.append(connection.to_pyarrow(ledger).to_pylist())
    assert len({row["movement"] for row in ledgers[0]}) > 5
    assert ledgers[0] == ledgers[1]


@pytest.mark.parametrize("missing", ["purchases", "contracts"])
def test_who_sells_in_one_way_only_is_prepared_alike(connection: Any, told: Any, history: Any, missing: str) -> None:
    choices, alone = told.rules(lapse_days=20, value_days=60), replace(history, **{missing: None})
    ready = prepared(alone, days=DAYS, rules=choices)
    assert ({"purchases", "purchase_values"} & ready.tables.keys() == set()) is (missing == "purchases")
    by_itself, by_prepared = (
        connection.to_pyarrow(core_ledger(each, MONTHS[1], choices).order_by("customer_id")).to_pylist() for each in (alone, ready)
    )
    assert by_itself == by_prepared


def test_intakes_of_what_is_prepared_are_those_of_the_history(connection: Any, told: Any, history: Any) -> None:
    choices = told.rules(lapse_days=20, value_days=60)
    looked = CohortSpec.at(MONTHS[3], choices.intakes, CALENDAR)
    newcomers = newcomers_of(first_days(history), looked)
    by_itself, by_prepared = (
        connection.to_pyarrow(cohort_customers(each, newcomers, looked=looked, rules=choices).order_by("customer_id")).to_pylist()
        for each in (history, prepared(history, days=DAYS, rules=choices))
    )
    assert len(by_itself) > 100
    assert by_itself == by_prepared


def test_what_was_prepared_for_other_days_or_choices_is_not_used(told: Any, history: Any) -> None:
    choices = told.rules(lapse_days=20, value_days=60)
    made = prepared(history, days=days_needed(MONTHS[0], CALENDAR), rules=choices)
    check_prepared(made, MONTHS[0], choices)
    check_prepared(history, MONTHS[0], choices)
    with pytest.raises(AssertionError, match="2026-03: values were not prepared"):
        check_prepared(made, MONTHS[1], choices)
    with pytest.raises(AssertionError, match="other choices"):
        check_prepared(made, MONTHS[0], told.rules(lapse_days=21, value_days=60))
    everything: Any = ibis.literal(value=True)
    assert made.narrowed(purchases=lambda _: everything, contracts=lambda _: everything).prepared is None
