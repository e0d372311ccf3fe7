"""Topics: what each question asks of every customer stands beside how it moved, and nobody is lost or doubled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest
from ibis import _

from config.definitions import Calendar
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.topics import NO, NO_COUNT, NO_DAY, NO_MONEY, Topic, TopicContext, with_topics

JUNE = period_named("2026-06", Calendar())
COLUMNS = {"seen_amount": NO_MONEY, "seen_count": NO_COUNT, "was_seen": NO, "seen_on": NO_DAY, "seen_as": "nobody"}


def seen(asked: TopicContext) -> ibis.Table:
    """A topic of everybody who bought or returned something in June."""
    assert asked.history.purchases is not None
    inside = asked.history.purchases.filter(asked.history.purchases.purchased_on >= ibis.literal(asked.period.opens_on))
    sums = {"seen_amount": _.amount.sum(), "seen_count": _.count(), "seen_on": _.purchased_on.min()}
    return inside.group_by("customer_id").agg(was_seen=ibis.literal(True), seen_as=ibis.literal("buyer"), **sums)


@pytest.fixture(scope="module")
def asked(connection: Any, told: Any) -> TopicContext:
    bought = told.bought("who | day | amount\nann | 2026-05-20 | 10\nben | 2026-06-05 | 20\ncay | 2026-01-05 | 30\ncay | 2026-06-07 | -30")
    history = told.Told(purchases=bought).history()
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))
    return TopicContext(history, JUNE, told.rules(), ledger)


def rows(connection: Any, asked: TopicContext, *topics: Topic) -> dict[str, dict[str, Any]]:
    found = connection.to_pyarrow(with_topics(asked, topics)).to_pylist()
    assert len({row["customer_id"] for row in found}) == len(found)
    return {row["customer_id"]: row for row in found}


def test_a_topic_says_of_everyone_what_it_asks(connection: Any, asked: TopicContext) -> None:
    found = rows(connection, asked, Topic(COLUMNS, seen))
    assert {name: found["ben"][name] for name in COLUMNS} == {
        "seen_amount": Decimal("20.00"),
        "seen_count": 1,
        "was_seen": True,
        "seen_on": date(2026, 6, 5),
        "seen_as": "buyer",
    }
    assert [found["ann"][name] for name in COLUMNS] == [Decimal("0.00"), 0, False, None, "nobody"]


def test_whoever_has_a_part_without_being_a_customer_has_a_row_that_counts_nowhere(connection: Any, asked: TopicContext) -> None:
    row = rows(connection, asked, Topic(COLUMNS, seen))["cay"]
    assert (row["movement"], row["in_count"], row["out_count"], row["seen_amount"]) == ("not_a_customer", 0, 0, Decimal("-30.00"))
    assert (row["is_active_at_opening"], row["is_active_at_closing"], row["opening_amount"]) == (False, False, Decimal("0.00"))
    assert row["period"] == "2026-06"


def test_a_topic_that_the_company_cannot_fill_leaves_its_defaults(connection: Any, asked: TopicContext) -> None:
    found = rows(connection, asked, Topic(COLUMNS, lambda _: None))
    assert set(found) == {"ann", "ben"}
    assert {row["seen_as"] for row in found.values()} == {"nobody"}
