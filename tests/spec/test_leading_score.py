"""Whether a survey's score leads: ranks, correlations and what they say beyond value and tenure."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pytest

from tasks.customer_math.lifetime.held_out import HeldOutSpan
from tasks.customer_math.lifetime.leading_score import VARIABLES, correlations, lead_of_score, scored_customers

SPAN = HeldOutSpan(date(2026, 3, 31), 90, date(2023, 1, 1))


def customers(*amounts: tuple[str, str, str]) -> ibis.Table:
    """Customers with what came and what had come, one day apart in when they came."""
    rows = [
        {
            "customer_id": who,
            "came_on": date(2024, 1, 1) + timedelta(days=number),
            "actual_amount": Decimal(came),
            "rule_amount": Decimal(before),
        }
        for number, (who, came, before) in enumerate(amounts)
    ]
    return ibis.memtable(rows)


def answers(*given: tuple[str, date, int | None]) -> ibis.Table:
    columns = dict(zip(("customer_id", "answered_on", "score"), map(list, zip(*given, strict=True)), strict=True))
    return ibis.memtable(columns, schema={"customer_id": "string", "answered_on": "date", "score": "int64"})


def test_a_customers_latest_score_of_before_counts_and_equals_share_a_rank(connection: Any) -> None:
    every = customers(("anna", "9", "1"), ("bert", "9", "2"), ("cleo", "3", "3"), ("dora", "1", "4"))
    surveys = answers(
        ("anna", date(2026, 1, 1), 2),
        ("anna", date(2026, 3, 31), 10),
        ("bert", date(2026, 2, 1), 6),
        ("bert", date(2026, 2, 1), 8),
        ("cleo", date(2025, 3, 31), 9),
        ("cleo", date(2026, 2, 1), None),
        ("dora", date(2026, 4, 1), 1),
    )
    rows = {row["customer_id"]: row for row in connection.to_pyarrow(scored_customers(every, surveys, SPAN)).to_pylist()}
    assert sorted(rows) == ["anna", "bert"]
    assert rows["anna"]["score"] > rows["bert"]["score"]
    assert rows["anna"]["actual_amount"] == rows["bert"]["actual_amount"]


def simulated(*, leads: bool, count: int = 400) -> dict[str, Any]:
    """Correlations where value makes both the score and what comes, and the score itself does or does not."""
    chance = np.random.default_rng(9)
    value = chance.normal(size=count)
    score = value + chance.normal(size=count)
    came = value + chance.normal(size=count) + (score if leads else 0)
    since = chance.normal(size=count)
    ranks = [np.argsort(np.argsort(each)) for each in (score, came, value, since)]
    matrix = np.atleast_2d(np.corrcoef(ranks))
    pairs = {f"{one} {other}": matrix[a, b] for a, one in enumerate(VARIABLES) for b, other in enumerate(VARIABLES) if a < b}
    return {"customers_count": count, **pairs}


@pytest.mark.parametrize("leads", [True, False])
def test_a_score_leads_where_it_says_more_than_value_and_tenure(*, leads: bool) -> None:
    """A score that only follows value goes with what comes as well, but says nothing beyond it."""
    found = lead_of_score(simulated(leads=leads))
    assert found is not None
    alone, beyond = found
    assert alone.low > 0.3
    assert (beyond.low > 0) is leads
    assert beyond.low < beyond.value < beyond.high


def test_of_few_or_alike_customers_nothing_is_said() -> None:
    assert lead_of_score(simulated(leads=True, count=99)) is None
    assert lead_of_score({**simulated(leads=True), "score came_on": None}) is None
    assert lead_of_score({**simulated(leads=True), "score rule_amount": 1.0}) is None


def test_the_engine_correlates_ranks_as_numpy_does(connection: Any) -> None:
    chance = np.random.default_rng(4)
    count = 60
    every = customers(*((f"c{number:03d}", f"{chance.integers(0, 20)}", f"{chance.integers(0, 20)}") for number in range(count)))
    surveys = answers(*((f"c{number:03d}", date(2026, 1, 1), int(chance.integers(0, 11))) for number in range(count)))
    ranked = scored_customers(every, surveys, SPAN)
    (found,) = connection.to_pyarrow(correlations(ranked)).to_pylist()
    arrays = connection.to_pyarrow(ranked)
    expected = np.corrcoef([arrays[name].to_numpy() for name in VARIABLES])
    assert found["customers_count"] == count
    assert found["score actual_amount"] == pytest.approx(expected[0, 1])
    assert found["rule_amount came_on"] == pytest.approx(expected[2, 3])
