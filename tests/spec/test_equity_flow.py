"""The flow of what is still to come through a period: every line from its own customers, and nothing is left over."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest
from ibis import _

from tasks.customer_math.lifetime import summaries
from tasks.customer_math.lifetime.flow import LINES, Expected, equity_flow, flow_residuals

MONEY = "decimal(18, 2)"
AMOUNTS = ("purchases_amount", "contracts_amount", "cost_of_goods_amount", "cost_to_serve_amount", "opening_amount", "closing_amount")
MOVED = {
    "anna": ("increased", True, True, "30.00", "12.00"),
    "bert": ("lapsed", True, False, "4.00", "1.00"),
    "cleo": ("new", False, True, "9.00", "2.00"),
    "dora": ("returned", False, True, "8.00", "2.00"),
    "emil": ("in_and_out", False, False, "7.00", "2.00"),
    "fred": ("not_a_customer", False, False, "-1.00", "0.00"),
    "gina": ("out_and_back", True, True, "0.00", "0.00"),
}
"""Movement, whether a customer at opening and at closing, purchases and their cost."""
OPENING = {"anna": "100.00", "bert": "50.00", "gina": "10.00"}
CLOSING_AS_BEFORE = {"anna": "90.00", "cleo": "40.00", "dora": "20.00"}
CLOSING = {"anna": "95.00", "cleo": "44.00", "dora": "18.00", "gina": "1.00"}


def ledger() -> ibis.Table:
    rows = [
        {
            **dict.fromkeys(AMOUNTS, "0"),
            "customer_id": who,
            "period": "2026-Q1",
            "movement": movement,
            "is_active_at_opening": was_one,
            "is_active_at_closing": is_one,
            "purchases_amount": bought,
            "cost_of_goods_amount": cost,
            "region": "North",
            "region_at_opening": "North",
            "came_by_channel": "search",
            "is_weakening": who == "anna",
            "ahead_1_count": int(who == "gina"),
        }
        for who, (movement, was_one, is_one, bought, cost) in MOVED.items()
    ]
    days = {"came_on": ibis.null("date"), "went_on": ibis.null("date")}
    return ibis.memtable(rows).cast(dict.fromkeys(AMOUNTS, MONEY)).mutate(**days)


def expected(amounts: dict[str, str]) -> ibis.Table:
    return ibis.memtable([{"customer_id": who, "equity_amount": amount} for who, amount in amounts.items()]).cast({"equity_amount": MONEY})


def flow(*, is_margin: bool = True) -> ibis.Table:
    ends = Expected(expected(OPENING), expected(CLOSING_AS_BEFORE), expected(CLOSING))
    return equity_flow(ledger(), ends, unwinding_rate=0.02, is_margin=is_margin, minor_units=2, segments=("region",))


@pytest.fixture(scope="module")
def stated(connection: Any) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in connection.to_pyarrow(flow()).to_pylist()}


@pytest.mark.parametrize(
    ("who", "amounts"),
    [
        ("anna", ("100", "0", "2", "18", "6", "0", "0", "5", "95")),
        ("bert", ("50", "50", "0", "0", "0", "0", "0", "0", "0")),
        ("cleo", ("0", "0", "0", "0", "0", "40", "0", "4", "44")),
        ("dora", ("0", "0", "0", "0", "0", "0", "20", "-2", "18")),
        ("emil", ("0",) * 9),
        ("fred", ("0",) * 9),
        ("gina", ("10", "0", "0.20", "0", "-10.20", "0", "0", "1", "1")),
    ],
)
def test_each_customer_stands_in_its_own_lines(who: str, amounts: tuple[str, ...], stated: dict[str, dict[str, Any]]) -> None:
    """Anna's expectation: 90 - 100 x 1.02 + 18, of which the discount unwinds 2 and 18 came."""
    assert [stated[who][name] for name in LINES] == [Decimal(amount) for amount in amounts]


def test_the_statement_of_all_begins_and_ends_with_what_is_expected(connection: Any) -> None:
    rows = {row["measure"]: row for row in connection.to_pyarrow(summaries.flow_sums(flow())).to_pylist()}
    assert rows["opening_equity_amount"]["amount"] == sum(map(Decimal, OPENING.values()))
    assert rows["closing_equity_amount"]["amount"] == sum(map(Decimal, CLOSING.values()))
    assert rows["lost_equity_amount"]["customers_count"] == 1
    assert rows["all_margin_amount"]["amount"] == Decimal(30 + 4 + 9 + 8 + 7 - 1) - Decimal(12 + 1 + 2 + 2 + 2)
    assert connection.to_pyarrow(summaries.margin_of_opening(flow())).to_pylist() == [{"amount": Decimal("18.00") + Decimal("3.00")}]


def test_without_costs_it_is_revenue_that_came(connection: Any) -> None:
    rows = {row["measure"]: row["amount"] for row in connection.to_pyarrow(summaries.flow_sums(flow(is_margin=False))).to_pylist()}
    assert rows["received_margin_amount"] == Decimal("30.00") + Decimal("0.00")


def test_nothing_is_left_over_and_a_movement_that_is_dropped_is_seen(connection: Any) -> None:
    whole = flow()
    assert connection.to_pyarrow(flow_residuals(whole)).to_pylist() == []
    without_returned = whole.mutate(returned_equity_amount=_.returned_equity_amount * 0)
    assert [row["customer_id"] for row in connection.to_pyarrow(flow_residuals(without_returned)).to_pylist()] == ["dora"]


def test_customers_at_closing_are_cut_into_tenths_and_those_at_risk_are_counted(connection: Any) -> None:
    active = ledger().filter(_.is_active_at_closing)
    customers = summaries.equity_by_customer(active, expected({**CLOSING, "bert": "9.00"}))
    deciles = connection.to_pyarrow(summaries.by_decile(customers)).to_pylist()
    assert [(row["number"], row["customers_count"], row["equity_amount"]) for row in deciles] == [
        (1, 1, Decimal(95)),
        (2, 1, Decimal(44)),
        (3, 1, Decimal(18)),
        (4, 1, Decimal(1)),
    ]
    at_risk = {
        row["reason"]: (row["customers_count"], row["equity_amount"])
        for row in connection.to_pyarrow(summaries.at_risk(customers)).to_pylist()
    }
    assert at_risk == {"weakening": (1, Decimal(95)), "coming_due": (1, Decimal(1))}


def test_of_whom_nothing_is_expected_the_expectation_is_nothing(connection: Any) -> None:
    active = ledger().filter(_.is_active_at_closing).drop("ahead_1_count")
    rows = connection.to_pyarrow(summaries.equity_by_customer(active, expected({"anna": "1.00"}))).to_pylist()
    assert {row["customer_id"]: row["equity_amount"] for row in rows}["gina"] == 0
    assert not any(row["comes_due"] for row in rows)


def test_those_at_risk_are_listed_by_what_is_still_to_come(connection: Any) -> None:
    named = ledger().mutate(customer_name=ibis.null("string"))
    rows = connection.to_pyarrow(summaries.most_at_risk(named, flow(), count=5)).to_pylist()
    assert [(row["customer_id"], row["still_to_come_amount"]) for row in rows] == [("anna", Decimal(95)), ("gina", Decimal(1))]
    assert len(connection.to_pyarrow(summaries.most_at_risk(named, flow(), count=1)).to_pylist()) == 1


def test_new_customers_stand_by_the_channel_that_brought_them_and_what_it_cost(connection: Any) -> None:
    assert connection.to_pyarrow(summaries.new_by_channel(ledger(), flow())).to_pylist() == [
        {"channel": "search", "customers_count": 1, "equity_amount": Decimal(40), "received_amount": Decimal(9 - 2)}
    ]
    spent = [(date(2026, 1, 1), "search", "10.00"), (date(2026, 3, 31), None, "5.00"), (date(2026, 4, 1), "search", "99.00")]
    campaigns = ibis.memtable([{"spent_on": day, "channel": channel, "cost_amount": Decimal(amount)} for day, channel, amount in spent])
    cost = summaries.cost_by_channel(campaigns, first=date(2026, 1, 1), last=date(2026, 3, 31))
    rows = {row["channel"]: row["amount"] for row in connection.to_pyarrow(cost).to_pylist()}
    assert rows == {"search": Decimal("10.00"), "not recorded": Decimal("5.00")}


def test_who_went_stands_with_what_it_was_worth_and_what_had_been_expected(connection: Any) -> None:
    (lapsed,) = connection.to_pyarrow(summaries.lost_by_movement(flow())).to_pylist()
    assert lapsed == {"movement": "lapsed", "customers_count": 1, "value_amount": Decimal("0.00"), "equity_amount": Decimal("50.00")}


def test_what_is_to_come_of_a_channel_is_that_of_its_new_customers_alone(connection: Any) -> None:
    rows = connection.to_pyarrow(summaries.to_come_by_channel(ledger(), expected(CLOSING))).to_pylist()
    assert rows == [{"channel": "search", "equity_amount": Decimal("44.00")}]


def test_groups_at_closing_are_added_up_for_every_segment(connection: Any) -> None:
    """Anna, Cleo, Dora and Gina are there at closing, all in the North; 95 + 44 + 18 + 1."""
    active = flow().mutate(size=ibis.literal("large"))
    rows = connection.to_pyarrow(summaries.by_group(active, ["region", "size"])).to_pylist()
    sums = {"customers_count": 4, "value_amount": Decimal("0.00"), "equity_amount": Decimal("158.00")}
    assert rows == [{"segment_by": "region", "segment": "North", **sums}, {"segment_by": "size", "segment": "large", **sums}]
    alone = connection.to_pyarrow(summaries.by_group(active, ["region"])).to_pylist()
    assert alone == rows[:1]
