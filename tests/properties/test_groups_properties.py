"""What holds of value groups and profit whatever happened: matrices sum, money ties out, order and merging change nothing."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.definitions import Calendar
from config.measures.profit import RATES
from config.topic_settings import Costs, ValueGroup, ValueGroups
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import residuals, split_residuals, whole_residuals
from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import profit, value_groups

pytestmark = pytest.mark.thorough

FIRST_DAY = date(2025, 11, 15)
DAYS = st.integers(0, 150).map(lambda number: FIRST_DAY + timedelta(days=number))
CUSTOMERS = st.sampled_from([f"customer {number:02d}" for number in range(12)])
CENTS = st.integers(-4_000, 12_000).map(lambda cents: Decimal(cents) / 100)
COSTS = st.one_of(st.none(), st.integers(0, 9_000).map(lambda cents: Decimal(cents) / 100))
PURCHASES = st.lists(
    st.fixed_dictionaries({"customer_id": CUSTOMERS, "purchased_on": DAYS, "amount": CENTS, "cost_amount": COSTS}), min_size=5, max_size=60
)
CONTRACTS = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": CUSTOMERS,
            "starts_on": DAYS,
            "ends_on": st.one_of(st.just(OPEN_ENDED), DAYS),
            "annual_amount": st.integers(0, 90_000).map(lambda cents: Decimal(cents) / 100),
            "currency": st.sampled_from(["EUR", "CHF"]),
        }
    ),
    max_size=15,
)
TICKETS = st.lists(st.fixed_dictionaries({"customer_id": CUSTOMERS, "opened_on": DAYS}), max_size=12)
MOVES = st.dictionaries(CUSTOMERS, st.tuples(st.sampled_from(["North", "South"]), st.sampled_from(["North", "South"])), min_size=1)
RANKED, FIXED = (
    ValueGroups(
        groups=(
            ValueGroup(name="Gold", best_rate=Decimal("0.2")),
            ValueGroup(name="Silver", best_rate=Decimal("0.5")),
            ValueGroup(name="Last"),
        )
    ),
    ValueGroups(
        groups=(
            ValueGroup(name="Gold", from_amount=Decimal(150)),
            ValueGroup(name="Silver", from_amount=Decimal(40)),
            ValueGroup(name="Last"),
        )
    ),
)
CHF = [{"currency": "CHF", "rate_on": date(2025, 1, 1), "rate_through": OPEN_ENDED, "rate": Decimal("1.07")}]
FEBRUARY = period_named("2026-02", Calendar())
PUBLISHED = Catalogue({measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY, *profit.MEASURES)}, RATES, value_groups.SPLITS)


@pytest.fixture(scope="module")
def ask(told: Any) -> Any:
    """What a random history is asked: `ask(purchases, contracts, tickets, chosen)`."""

    def asked(purchases: Any, agreed: Any, tickets: Any, chosen: ValueGroups) -> tuple[Any, TopicContext]:
        history = told.Told(purchases=purchases, contracts=agreed, rates=CHF)
        schema = pa.schema({"customer_id": pa.string(), "opened_on": pa.date32()})
        tables = replace(history.history(), tickets=ibis.memtable(pa.Table.from_pylist(tickets, schema)))
        choices = replace(told.rules(lapse_days=40, value_days=60), value_groups=chosen, costs=Costs(ticket_amount=Decimal("6.505")))
        return history, TopicContext(tables, FEBRUARY, choices, core_ledger(tables, FEBRUARY, choices))

    return asked


def topics(connection: Any, asked: TopicContext) -> list[dict[str, Any]]:
    """The ledger with both topics, ordered by customer."""
    stored = replace(asked, ledger=ibis.memtable(connection.to_pyarrow(asked.ledger)))
    return connection.to_pyarrow(with_topics(stored, (value_groups.TOPIC, profit.TOPIC)).order_by("customer_id")).to_pylist()


def measured(connection: Any, asked: TopicContext, moves: Any) -> ibis.Table:
    """The figures of February; whoever moves does so in its middle."""
    days = ((ALWAYS, date(2026, 2, 14)), (date(2026, 2, 14), OPEN_ENDED))
    known = [
        {"customer_id": who, "from_on": start, "until_on": end, "region": region}
        for who, regions in moves.items()
        for (start, end), region in zip(days, regions, strict=True)
    ]
    attributes = ibis.memtable(pa.Table.from_pylist(known))
    stored = replace(asked, ledger=ibis.memtable(connection.to_pyarrow(asked.ledger)))
    ledger = with_segments(with_topics(stored, (value_groups.TOPIC, profit.TOPIC)), attributes, period=FEBRUARY, segments=("region",))
    full = ibis.memtable(connection.to_pyarrow(ledger))
    return ibis.memtable(connection.to_pyarrow(figures(full, periods=[FEBRUARY.name], segments=("region",), catalogue=PUBLISHED)))


@settings(max_examples=3)
@given(PURCHASES, CONTRACTS, TICKETS, MOVES, st.sampled_from([RANKED, FIXED]))
def test_rows_sum_to_the_opening_and_columns_to_the_closing_in_heads_and_value(
    connection: Any, ask: Any, purchases: Any, agreed: Any, tickets: Any, moves: Any, chosen: ValueGroups
) -> None:
    _, asked = ask(purchases, agreed, tickets, chosen)
    computed = measured(connection, asked, moves)
    for left_over in (residuals(computed), whole_residuals(computed), split_residuals(computed)):
        assert connection.to_pyarrow(left_over).to_pylist() == []
    ledger = topics(connection, asked)
    cells = [row for row in connection.to_pyarrow(computed).to_pylist() if row["split_by"] == "migration" and row["segment_by"] == "all"]
    for end, side in (("opening", 0), ("closing", 1)):
        there = [row for row in ledger if row[f"is_active_at_{end}"]]
        heads, value = Counter[str](), Counter[str]()
        for row in there:
            heads[row[f"{end}_group"]] += 1
            value[row[f"{end}_group"]] += row[f"{end}_amount"]
        assert _summed(cells, f"{end}_customers", side=side) == heads
        assert _summed(cells, f"{end}_amount", side=side) == {name: amount for name, amount in value.items() if amount}
    found = {(cell["split"], cell["measure"]): cell["value"] for cell in cells}
    stayed = [way for way, _ in found if not way.startswith("not a customer") and not way.endswith("out")]
    assert all(found[way, "opening_customers"] == found[way, "closing_customers"] for way in stayed)


def _summed(cells: list[dict[str, Any]], measure: str, *, side: int) -> dict[str, Decimal]:
    """The sums of a matrix's rows (side 0) or columns (side 1), where they are not 0."""
    summed: dict[str, Decimal] = defaultdict(Decimal)
    for cell in cells:
        if cell["measure"] == measure:
            summed[cell["split"].split(" → ")[side]] += cell["value"]
    return {name: value for name, value in summed.items() if value}


@settings(max_examples=4)
@given(PURCHASES, CONTRACTS, st.sampled_from([RANKED, FIXED]))
def test_customers_are_grouped_as_a_second_opinion_ranks_them(
    connection: Any, told: Any, ask: Any, purchases: Any, agreed: Any, chosen: ValueGroups
) -> None:
    history, asked = ask(purchases, agreed, [], chosen)
    second = told.SecondOpinion(history, asked.rules)
    cuts = list(_cuts(second, chosen))
    names = chosen.names
    for row in topics(connection, asked):
        if row["movement"] == "not_a_customer":
            assert (row["opening_group"], row["closing_group"], row["value_group"]) == ("not a customer", "out", "not a customer")
            continue
        who = row["customer_id"]
        expected = [
            names[_place(second.value(who, day), who, cuts)] if second.is_active(who, day) else nowhere
            for day, nowhere in ((FEBRUARY.opening_day, "not a customer"), (FEBRUARY.closing_day, "out"))
        ]
        assert [row["opening_group"], row["closing_group"]] == expected
        assert row["migration"] == " → ".join(expected)


def _cuts(second: Any, chosen: ValueGroups) -> Any:
    """The last customer of each group, as (value, id) that sorts the best first; of fixed amounts any id."""
    if chosen.are_fixed:
        yield from ((-group.from_amount, "~") for group in chosen.groups[:-1] if group.from_amount is not None)
        return
    for day in (FEBRUARY.year_opening_day(Calendar()), FEBRUARY.opening_day, FEBRUARY.closing_day):
        ranking = sorted((-second.value(who, day), who) for who in second.customers if second.is_active(who, day))
        if ranking:
            for group in chosen.groups[:-1]:
                yield ranking[math.ceil(len(ranking) * (group.best_rate or 0)) - 1]
            return
    yield from [(Decimal("-Infinity"), "")] * (len(chosen.groups) - 1)


def _place(value: Decimal, who: str, cuts: list[tuple[Decimal, str]]) -> int:
    return next((place for place, cut in enumerate(cuts) if value >= 0 and (-value, who) <= cut), len(cuts))


@settings(max_examples=3)
@given(PURCHASES, CONTRACTS, TICKETS, st.dictionaries(CUSTOMERS, CUSTOMERS, min_size=1, max_size=5))
def test_purchases_tie_out_and_neither_order_nor_merging_changes_money(
    connection: Any, ask: Any, purchases: Any, agreed: Any, tickets: Any, merged: dict[str, str]
) -> None:
    _, asked = ask(purchases, agreed, tickets, RANKED)
    found = topics(connection, asked)
    inside = [row for row in purchases if FEBRUARY.opens_on <= row["purchased_on"] < FEBRUARY.closes_on]
    assert sum(row["purchases_amount"] for row in found) == sum(row["amount"] for row in inside)
    assert sum(row["cost_of_goods_amount"] for row in found) == sum(row["cost_amount"] or 0 for row in inside)
    uncosted = sum(row["amount"] for row in inside if row["cost_amount"] is None)
    assert sum(row["uncosted_amount"] for row in found) == uncosted + sum(row["contracts_amount"] for row in found)
    _, backwards = ask(purchases[::-1], agreed[::-1], tickets[::-1], RANKED)
    assert topics(connection, backwards) == found
    renamed = (
        [{**row, "customer_id": merged.get(row["customer_id"], row["customer_id"])} for row in rows]
        for rows in (purchases, agreed, tickets)
    )
    _, together = ask(*renamed, RANKED)
    after = topics(connection, together)
    for name in ("purchases_amount", "contracts_amount", "cost_of_goods_amount", "uncosted_amount", "tickets_count"):
        assert sum(row[name] for row in after) == sum(row[name] for row in found)


@settings(max_examples=3)
@given(PURCHASES, CONTRACTS, TICKETS, st.sampled_from([RANKED, FIXED]))
def test_no_future_row_changes_the_groups_or_the_profit_of_a_closed_period(
    connection: Any, ask: Any, purchases: Any, agreed: Any, tickets: Any, chosen: ValueGroups
) -> None:
    _, full = ask(purchases, agreed, tickets, chosen)
    known = [row for row in purchases if row["purchased_on"] < FEBRUARY.closes_on]
    begun = [row for row in agreed if row["starts_on"] < FEBRUARY.closes_on]
    opened = [row for row in tickets if row["opened_on"] < FEBRUARY.closes_on]
    _, then = ask(known or purchases, begun, opened, chosen)
    assert topics(connection, then) == topics(connection, full)
