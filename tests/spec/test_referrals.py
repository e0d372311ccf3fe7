"""Referrals: who recommended us, who would not, and who came by it, in tables small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from config.measures.referrals import RATES
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import referrals
from tasks.customer_math.topics.referrals import referred_customers, top_referrals, with_referral

if TYPE_CHECKING:
    from collections.abc import Callable

JUNE = period_named("2026-06", Calendar())
SCHEMA = pa.schema(
    {
        "referral_id": pa.string(),
        "customer_id": pa.string(),
        "referred_customer_id": pa.string(),
        "referred_on": pa.date32(),
        "reason_code": pa.string(),
    }
)
BOUGHT = """
who | day        | amount
ann | 2026-05-20 | 10
ben | 2026-06-05 | 20
cay | 2026-06-10 | 30
dan | 2026-01-05 | 40
eve | 2026-06-20 | 50
eve | 2026-06-21 | 5
"""
"""Ann is a customer all along, Ben, Cay and Eve come in June, Dan was one until 4 April."""


@pytest.fixture(scope="module")
def june(connection: Any, told: Any) -> Callable[[str], dict[str, dict[str, Any]]]:
    """June's ledger with the topic, by customer, from `| id | who | to whom | day | reason |`."""
    history = told.Told(purchases=told.bought(BOUGHT)).history()
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))

    def of(text: str) -> dict[str, dict[str, Any]]:
        recorded = replace(history, referrals=recommended(told, text))
        found = with_topics(TopicContext(recorded, JUNE, told.rules(), ledger), [referrals.TOPIC])
        return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}

    return of


def recommended(told: Any, text: str) -> ibis.Table:
    lines = [
        {
            "referral_id": key,
            "customer_id": who,
            "referred_customer_id": whom or None,
            "referred_on": told.day(on),
            "reason_code": why or None,
        }
        for key, who, whom, on, why in ([*cells, ""][:5] for cells in told.rows(text))
    ]
    return ibis.memtable(pa.Table.from_pylist(lines, SCHEMA))


def measured(rows: dict[str, dict[str, Any]], connection: Any) -> dict[str, Any]:
    ledger = ibis.memtable(pa.Table.from_pylist(list(rows.values())))
    parts = ledger.select(**{measure.name: measure.contribution(ledger) for measure in referrals.MEASURES})
    found = connection.to_pyarrow(parts).to_pylist()
    return {measure.name: sum(row[measure.name] for row in found) for measure in referrals.MEASURES}


def test_a_recommendation_counts_in_the_period_it_was_made_and_a_refusal_is_none(june: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ann |      | 2026-05-31 |
        2  | ann |      | 2026-06-01 |
        3  | ann | ben  | 2026-06-30 |
        4  | ann |      | 2026-07-01 |
        5  | ben |      | 2026-06-15 | price
        """
    )
    assert {who: (row["referrals_count"], row["has_referred"], row["refusals_count"]) for who, row in rows.items()} == {
        "ann": (2, True, 0),
        "ben": (0, False, 1),
        "cay": (0, False, 0),
        "eve": (0, False, 0),
    }


def test_the_latest_refusal_of_the_period_gives_the_reason(june: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ann |      | 2026-06-02 | quality
        2  | ann |      | 2026-06-03 | price
        3  | ann |      | 2026-06-04 |
        4  | ann |      | 2026-07-04 | service
        5  | ben |      | 2026-06-09 | quality
        6  | ben |      | 2026-06-09 | delivery
        """
    )
    assert {who: row["refused_reason_code"] for who, row in rows.items()} == {
        "ann": "price",
        "ben": "delivery",
        "cay": "not_refused",
        "eve": "not_refused",
    }
    assert rows["ann"]["has_referred"]


def test_who_came_on_the_day_of_the_recommendation_or_later_came_by_it(june: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ann | ben  | 2026-06-05 |
        2  | ann | cay  | 2026-06-11 |
        3  | dan | eve  | 2026-01-15 |
        4  | ann | dan  | 2026-01-01 |
        """
    )
    assert {who: row["referrer_id"] for who, row in rows.items() if row["is_referred_new"]} == {"ben": "ann", "eve": "dan"}
    assert rows["cay"]["referrer_id"] == "no_referrer"
    assert {who: (row["referred_won_count"], row["referred_won_amount"]) for who, row in rows.items() if row["referred_won_count"]} == {
        "ann": (1, Decimal("20.00")),
        "dan": (1, Decimal("55.00")),
    }
    assert rows["dan"]["movement"] == "not_a_customer"


def test_the_earliest_recommendation_decides_and_nobody_recommends_himself(june: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ben | ben  | 2026-01-01 |
        2  | dan | ben  | 2026-01-02 | price
        3  | cay | ben  | 2026-05-01 |
        4  | ann | ben  | 2026-04-30 |
        5  | cay | eve  | 2026-05-01 |
        6  | ann | eve  | 2026-05-01 |
        """
    )
    assert {who: row["referrer_id"] for who, row in rows.items() if row["is_referred_new"]} == {"ben": "ann", "eve": "cay"}


def test_the_rate_counts_customers_only_and_everything_else_counts_whoever_it_was(june: Any, connection: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ann | ben  | 2026-06-01 |
        2  | ann |      | 2026-06-02 |
        3  | dan | eve  | 2026-06-03 |
        4  | zoe |      | 2026-06-04 | price
        5  | zoe |      | 2026-06-05 | price
        """
    )
    assert measured(rows, connection) == {
        "period_customers": 4,
        "referring_customers": 1,
        "referring_former_customers": 1,
        "referrals_count": 2 + 1,
        "referred_new_customers": 2,
        "referred_won_count": 1 + 1,
        "refusals_count": 2,
        "refusing_customers": 1,
        "referred_new_amount": Decimal("20.00") + Decimal("55.00"),
        "referred_won_amount": Decimal("75.00"),
    }


def test_a_row_without_a_customer_is_nobodys(june: Any, told: Any, connection: Any) -> None:
    text = "id | who | whom | day | why not\n1 | ann | ben | 2026-06-01 |"
    history = replace(told.Told(purchases=told.bought(BOUGHT)).history(), referrals=recommended(told, text))
    assert connection.to_pyarrow(referred_customers(history)).to_pylist() == [
        {"referred_on": told.day("2026-06-01"), "referrer_id": "ann", "customer_id": "ben"}
    ]
    assert "" not in june(text)


def test_a_company_that_records_no_recommendations_publishes_none(connection: Any, told: Any) -> None:
    history = told.Told(purchases=told.bought(BOUGHT)).history()
    assert referred_customers(history) is None
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))
    found = connection.to_pyarrow(with_topics(TopicContext(history, JUNE, told.rules(), ledger), [referrals.TOPIC])).to_pylist()
    assert {row["has_referred"] for row in found} == {False}
    measures = {measure.name: measure for measure in referrals.MEASURES}
    none = Catalogue(measures, RATES, referrals.SPLITS).supplied_by(frozenset({"purchases.amount"}))
    assert (none.measures, none.rates, none.splits) == ({}, (), ())


def test_the_recommendations_that_won_most_are_told_first(june: Any, connection: Any) -> None:
    rows = june(
        """
        id | who | whom | day        | why not
        1  | ann | ben  | 2026-06-01 |
        2  | ann | cay  | 2026-06-02 |
        3  | ben | eve  | 2026-06-03 |
        """
    )
    ledger = ibis.memtable(pa.Table.from_pylist(list(rows.values())))
    told_first = connection.to_pyarrow(top_referrals(ledger, count=2)).to_pylist()
    assert [(row["customer_id"], row["referrer_id"], row["amount"]) for row in told_first] == [
        ("eve", "ben", Decimal("55.00")),
        ("cay", "ann", Decimal("30.00")),
    ]


def test_newcomers_are_referred_or_others_by_the_day_they_first_came(told: Any, connection: Any) -> None:
    text = "id | who | whom | day | why not\n1 | ann | ben | 2026-06-05 |\n2 | ann | cay | 2026-06-11 |"
    newcomers = ibis.memtable(
        pa.table({"customer_id": ["ben", "cay", "eve"], "first_came_on": [told.day(f"2026-06-{on}") for on in ("05", "10", "20")]})
    )
    history = told.Told(purchases=told.bought(BOUGHT)).history()
    for recorded, referred in ((replace(history, referrals=recommended(told, text)), {"ben"}), (history, set())):
        found = connection.to_pyarrow(with_referral(newcomers, recorded)).to_pylist()
        assert {row["customer_id"] for row in found} == {"ben", "cay", "eve"}
        assert {row["customer_id"] for row in found if row["came_by_referral"] == "referred"} == referred
        assert {row["came_by_referral"] for row in found if row["customer_id"] not in referred} == {"others"}
