"""Relative value and share of wallet: the latest answer of customers, in tables small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar, Definitions
from config.measures.relative_value import share_of_wallet
from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.staging import comparisons_with_others
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.topics import relative_value
from tasks.reporting.blocks import Share, Table
from tasks.reporting.pages.relative_value import relative_value_sentences, relative_value_tables

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

JUNE = period_named("2026-06", Calendar())
BOUGHT = """
who | day        | amount
ann | 2026-05-20 | 10
ben | 2026-06-05 | 20
cay | 2026-06-10 | 30
dan | 2025-01-05 | 40
"""
"""Ann, Ben and Cay are customers in June; Dan was one long ago."""
ANSWERS = """
key | who | day        | ours | best | brands | place | spend
1   | ann | 2026-05-31 | 1    | 9    | 2      | 2     | 999
2   | ann | 2026-06-02 | 6    | 8    | 3      | 1     | 300
3   | ann | 2026-06-30 | 9    | 6    |        |       |
4   | ben | 2026-06-03 | 5    |      | 2      | 1.5   | 100
5   | ben | 2026-06-04 |      |      | 4      | 2     |
6   | cay | 2026-06-09 | 3    | 4    | 3      | 3     | 60.01
7   | dan | 2026-06-09 | 9    | 1    | 1      | 1     | 500
8   | ann | 2026-07-01 | 1    | 9    | 2      | 2     | 999
9   | cay | 2026-06-09 | 2    | 5    |        |       |
"""
SCHEMA = pa.schema(
    {
        "record_key": pa.string(),
        "customer_id": pa.string(),
        "answered_on": pa.date32(),
        "own_worth": pa.int64(),
        "competitor_worth": pa.int64(),
        "brands_count": pa.int64(),
        "brand_rank": pa.decimal128(18, 8),
        "category_spend_amount": pa.decimal128(18, 4),
        "currency": pa.string(),
    }
)


def answered(told: Any, text: str) -> ibis.Table:
    """The rows of a survey, in US dollars worth half a euro from June 2026 on."""
    lines = []
    for key, who, on, *numbers in ([*cells, "", ""][:8] for cells in told.rows(text)):
        ours, best, brands = (int(number) if number else None for number in numbers[:3])
        rank, spend = (Decimal(number) if number else None for number in numbers[3:])
        lines.append(dict(zip(SCHEMA.names, (key, who, told.day(on), ours, best, brands, rank, spend, "USD"), strict=True)))
    return ibis.memtable(pa.Table.from_pylist(lines, SCHEMA))


@pytest.fixture(scope="module")
def compared(told: Any) -> ibis.Table:
    dollar = {"currency": "USD", "rate_on": date(2026, 6, 1), "rate_through": date(2026, 12, 31), "rate": Decimal("0.5")}
    rates = told.Told(purchases=told.bought(BOUGHT), rates=[dollar]).history().rates
    return comparisons_with_others(answered(told, ANSWERS), rates, Definitions.model_construct(currency="EUR", minor_units=2))


@pytest.fixture(scope="module")
def june(connection: Any, told: Any, compared: ibis.Table) -> dict[str, dict[str, Any]]:
    history = replace(told.Told(purchases=told.bought(BOUGHT)).history(), comparisons=ibis.memtable(connection.to_pyarrow(compared)))
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))
    found = with_topics(TopicContext(history, JUNE, told.rules(), ledger), [relative_value.TOPIC])
    return {row["customer_id"]: row for row in connection.to_pyarrow(found).to_pylist()}


@pytest.mark.parametrize(
    ("rank", "brands", "share"),
    [(1, 3, ".500"), (2, 3, ".333"), (3, 3, ".167"), (1, 1, "1.000"), (Fraction(3, 2), 2, ".500"), (Fraction(5, 2), 3, ".250")],
)
def test_a_rank_among_brands_has_its_share_of_the_wallet(rank: Fraction, brands: int, share: str) -> None:
    """Keiningham and others, 2011: of three brands .5, .333 and .167; two that share a place have the mean of both."""
    assert round(Decimal(float(share_of_wallet(Fraction(rank), brands))), 3) == Decimal(share)


@pytest.mark.parametrize("brands", range(1, 9))
def test_the_shares_of_all_brands_add_up_to_the_whole_wallet(brands: int) -> None:
    assert sum(share_of_wallet(Fraction(rank), brands) for rank in range(1, brands + 1)) == 1


def test_the_latest_complete_answer_of_the_period_counts(june: dict[str, dict[str, Any]]) -> None:
    """Of both questions by itself; of two answers on one day the one whose key comes last."""
    names = ("own_points_count", "competitor_points_count", "rank_among_brands")
    assert {who: tuple(june[who][name] for name in names) for who in ("ann", "ben", "cay")} == {
        "ann": (9, 6, "1 of 3"),
        "ben": (0, 0, "2 of 4"),
        "cay": (2, 5, "3 of 3"),
    }


def test_what_is_spent_is_converted_and_our_part_of_it_rounded_once(june: dict[str, dict[str, Any]]) -> None:
    assert (june["ann"]["category_spend_amount"], june["ann"]["wallet_amount"]) == (Decimal("150.00"), Decimal("75.00"))
    assert (june["cay"]["category_spend_amount"], june["cay"]["wallet_amount"]) == (Decimal("30.01"), Decimal("5.00"))
    assert june["ben"]["has_category_spend"] is False


def test_a_spend_without_a_rate_for_the_day_is_seen(connection: Any, compared: ibis.Table) -> None:
    rows = connection.to_pyarrow(compared).to_pylist()
    assert [row["answer_id"] for row in rows if row["has_spend"] and row["spend_amount"] is None] == ["1"]
    assert [row["half_ranks"] for row in rows if row["answer_id"] == "4"] == [3]


def test_only_answers_of_customers_of_the_period_are_added_up(june: dict[str, dict[str, Any]], connection: Any) -> None:
    """Dan answered, but is no customer; Ben did not rate both."""
    ledger = ibis.memtable(pa.Table.from_pylist(list(june.values())))
    parts = connection.to_pyarrow(ledger.select(**{each.name: each.contribution(ledger) for each in relative_value.MEASURES})).to_pylist()
    assert {each.name: sum(row[each.name] for row in parts) for each in relative_value.MEASURES} == {
        "comparing_customers": 2,
        "own_points_count": 9 + 2,
        "competitor_points_count": 6 + 5,
        "ranking_customers": 3,
        "spending_customers": 2,
        "category_spend_amount": Decimal("180.01"),
        "wallet_amount": Decimal("80.00"),
    }


def test_without_such_a_survey_nobody_compared_us(told: Any, connection: Any) -> None:
    history = told.Told(purchases=told.bought(BOUGHT)).history()
    ledger = ibis.memtable(connection.to_pyarrow(core_ledger(history, JUNE, told.rules())))
    assert relative_value.TOPIC.write(TopicContext(history, JUNE, told.rules(), ledger)) is None


EVERYBODY: dict[str, int | Decimal] = {
    "comparing_customers": 40,
    "own_points_count": 300,
    "competitor_points_count": 280,
    "ranking_customers": 42,
    "spending_customers": 30,
    "category_spend_amount": Decimal("60000.00"),
    "wallet_amount": Decimal("24000.00"),
}
ASKED = frozenset(
    ("surveys.own_worth", "surveys.competitor_worth", "surveys.brands_count", "surveys.brand_rank", "surveys.category_spend_amount")
)


def asked(data: ScorecardData, figures: dict[str, int | Decimal]) -> ScorecardData:
    """The facts with such answers of everybody, and of one region with a tenth of the heads."""
    by, group = next((name, data.segments_of(name)[0]) for name in data.segment_by)
    few = {name: value // 10 for name, value in figures.items()}
    figures_of = {
        (data.period, where, which, name): value
        for where, which, each in ((ALL, ALL, figures), (by, group, few))
        for name, value in each.items()
    }
    ranks = {"1 of 2": {"ranking_customers": 30}, "2.5 of 3": {"ranking_customers": 12}, "not ranked": {"ranking_customers": 0}}
    splits = {(data.period, ALL, ALL, "rank_among_brands"): ranks}
    return replace(data, figures={**data.figures, **figures_of}, splits=splits, supplied=ASKED, smallest_rate_base=20)


def table(data: ScorecardData, title: str) -> Table:
    (found,) = (each for each in relative_value_tables(data) if each.title.startswith(title))
    return found


def test_both_are_said_with_how_many_said_so(data: ScorecardData) -> None:
    assert relative_value_sentences(asked(data, EVERYBODY)) == [
        "40 customers rated what they get for what they pay 7.50 from us and 7.00 from the best competitor: a relative value of 1.07.",
        "By our place among the brands that 30 customers use, EUR 24.0k of the EUR 60.0k that they spend in the category are ours (40%).",
    ]


def test_of_too_few_no_ratio_is_shown_but_how_many_they_are(data: ScorecardData) -> None:
    few = asked(data, {name: value // 4 for name, value in EVERYBODY.items()})
    assert relative_value_sentences(few) == []
    assert table(few, "Relative value").rows[0] == ("All who said it", 10, None, None, None)
    assert table(few, "Share of wallet").rows[0][-1] is None


def test_groups_and_places_stand_with_their_bases(data: ScorecardData) -> None:
    whole = asked(data, EVERYBODY)
    rows = table(whole, "Relative value").rows
    assert rows[0] == ("All who said it", 40, Decimal("7.50"), Decimal("7.00"), Decimal("1.07"))
    assert [row[1:] for row in rows[1:]] == [(4, None, None, None)]
    ranks = table(whole, "Our place among the brands")
    assert ranks.rows == (("1 of 2", 30, Decimal("0.67")), ("2.5 of 3", 12, Decimal("0.25")))
    assert ranks.total == ("All who said it", 42, Decimal("0.55"))
    (spent,) = (each for each in relative_value_tables(whole) if each.title.startswith("Share of wallet"))
    assert spent.rows[0] == (
        "All who said it",
        30,
        Decimal("60000.00"),
        Decimal("24000.00"),
        Share(Decimal("24000.00"), Decimal("60000.00")),
    )


def test_what_no_survey_asks_has_no_table_and_nothing_answered_no_row(data: ScorecardData) -> None:
    assert list(relative_value_tables(data)) == []
    assert relative_value_sentences(data) == []
    nobody = asked(data, dict.fromkeys(EVERYBODY, 0))
    nobody = replace(nobody, splits={})
    assert [each.rows for each in relative_value_tables(nobody)] == [(), (), ()]
    assert table(nobody, "Our place among the brands").total == ("All who said it", 0, None)
    assert relative_value_sentences(nobody) == []
