"""The ledger of customers: every row of the table of movements, and the days on which it turns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from config.definitions import Calendar
from tasks.customer_math.ledger.periods import period_named

JUNE = period_named("2026-06", Calendar())
MARCH = period_named("2026-03", Calendar())
"""Holds the day of 23 hours (29 March) in Europe."""
OCTOBER = period_named("2026-10", Calendar())
"""Holds the day of 25 hours (25 October) in Europe."""


def one(connection: Any, told: Any, happened: Any, *, period: Any = JUNE, **choices: Any) -> dict[str, Any] | None:
    """The only customer's row of the ledger; none if it is not in it."""
    found = told.ledger(connection, happened, period, told.rules(**choices))
    assert len(found) <= 1
    return found[0] if found else None


def movement(connection: Any, told: Any, happened: Any, **choices: Any) -> str | None:
    row = one(connection, told, happened, **choices)
    return row["movement"] if row else None


def test_a_purchase_on_the_day_of_departure_counts_for_that_day(connection: Any, told: Any) -> None:
    happened = told.Told(
        purchases=told.bought("who | day | amount\nann | 2026-06-10 | 10"),
        departures=told.departed("who | day | reason\nann | 2026-06-10 | price"),
    )
    row = one(connection, told, happened)
    assert row is not None
    assert (row["movement"], str(row["came_on"]), str(row["went_on"]), row["in_and_out_amount"]) == (
        "in_and_out",
        "2026-06-10",
        "2026-06-11",
        Decimal("10.00"),
    )


def test_one_who_told_us_and_one_who_went_silent_are_kept_apart(connection: Any, told: Any) -> None:
    happened = told.Told(
        purchases=told.bought(
            """
            who    | day        | amount
            silent | 2026-03-15 | 10
            told   | 2026-05-15 | 10
            """
        ),
        departures=told.departed("who | day | reason\ntold | 2026-06-15 | price"),
    )
    found = {row["customer_id"]: (row["movement"], row["reason_code"]) for row in told.ledger(connection, happened, JUNE, told.rules())}
    assert found == {"silent": ("lapsed", "no_reason_known"), "told": ("left", "price")}


def test_the_latest_reason_inside_the_period_counts(connection: Any, told: Any) -> None:
    happened = told.Told(
        contracts=told.agreed("who | starts | ends | a year | currency\nann | 2025-01-01 | 2026-06-20 | 100 | EUR"),
        departures=told.departed(
            """
            who | day        | reason
            ann | 2026-05-02 | too_early
            ann | 2026-06-05 | price
            ann | 2026-06-19 | quality
            """
        ),
    )
    row = one(connection, told, happened)
    assert row is not None
    assert (row["movement"], row["reason_code"]) == ("left", "quality")


@pytest.mark.parametrize(("tolerance", "expected"), [("0", "increased"), ("4.99", "increased"), ("5", "unchanged"), ("100", "unchanged")])
def test_a_change_within_the_tolerance_is_none(connection: Any, told: Any, tolerance: str, expected: str) -> None:
    happened = told.Told(purchases=told.bought("who | day | amount\nann | 2026-05-15 | 100\nann | 2026-06-15 | 5"))
    assert movement(connection, told, happened, tolerance=tolerance) == expected


@pytest.mark.parametrize(
    ("bridge", "expected", "came_on"), [(0, "out_and_back", "2026-06-20"), (11, "out_and_back", "2026-06-20"), (12, "increased", "None")]
)
def test_a_gap_up_to_the_bridge_is_no_leaving(connection: Any, told: Any, bridge: int, expected: str, came_on: str) -> None:
    happened = told.Told(purchases=told.bought("who | day | amount\nann | 2026-03-10 | 10\nann | 2026-06-20 | 10"))
    row = one(connection, told, happened, bridge_days=bridge)
    assert row is not None
    assert (row["movement"], str(row["came_on"])) == (expected, came_on)


@pytest.mark.parametrize(
    ("period", "purchase", "expected"),
    [
        (MARCH, "2026-03-29", "new"),
        (MARCH, "2025-12-30", "lapsed"),
        (MARCH, "2025-12-31", "lapsed"),
        (MARCH, "2026-01-01", "unchanged"),
        (OCTOBER, "2026-10-25", "new"),
        (OCTOBER, "2026-08-02", "lapsed"),
        (OCTOBER, "2026-08-03", "unchanged"),
    ],
)
def test_days_are_counted_as_days_where_a_clock_is_put_forward_or_back(
    connection: Any, told: Any, period: Any, purchase: str, expected: str
) -> None:
    happened = told.Told(purchases=told.bought(f"who | day | amount\nann | {purchase} | 10"))
    assert movement(connection, told, happened, period=period) == expected


def test_exchange_rates_are_an_effect_of_their_own(connection: Any, told: Any) -> None:
    happened = told.Told(
        contracts=told.agreed(
            """
            who  | starts     | ends | a year | currency
            stay | 2025-01-01 |      | 100    | CHF
            new  | 2026-06-10 |      | 200    | CHF
            """
        ),
        rates=[
            {"currency": "CHF", "rate_on": JUNE.opening_day, "rate_through": JUNE.opening_day, "rate": Decimal("1.10")},
            {"currency": "CHF", "rate_on": JUNE.opens_on, "rate_through": JUNE.closing_day, "rate": Decimal("1.05")},
        ],
    )
    found = {row["customer_id"]: row for row in told.ledger(connection, happened, JUNE, told.rules())}
    stay, new = found["stay"], found["new"]
    assert (stay["movement"], stay["opening_amount"], stay["closing_amount"]) == ("unchanged", Decimal(110), Decimal(105))
    assert (stay["fx_effect_amount"], new["fx_effect_amount"]) == (Decimal(105 - 110), Decimal(210 - 220))


def test_one_who_came_and_went_brought_what_it_was_worth_on_its_last_day(connection: Any, told: Any) -> None:
    happened = told.Told(
        purchases=told.bought("who | day | amount\nann | 2026-06-05 | 30\nann | 2026-06-20 | 500"),
        contracts=told.agreed("who | starts | ends | a year | currency\nann | 2026-06-01 | 2026-06-12 | 120 | EUR"),
        departures=told.departed("who | day | reason\nann | 2026-06-10 | price\nann | 2026-06-21 | price"),
    )
    row = one(connection, told, happened)
    assert row is not None
    assert (row["movement"], str(row["went_on"]), row["in_and_out_amount"]) == ("in_and_out", "2026-06-21", Decimal(30 + 500))
    assert (row["opening_amount"], row["closing_amount"], row["in_count"], row["out_count"]) == (Decimal(0), Decimal(0), 1, 1)


def test_a_customer_without_a_group_is_in_a_group_of_that_name(connection: Any, told: Any) -> None:
    happened = told.Told(purchases=told.bought("who | day | amount\nann | 2026-06-05 | 30\nben | 2026-06-05 | 30"), groups={"ann": "North"})
    assert [row["region"] for row in told.ledger(connection, happened, JUNE, told.rules())] == ["North", "not recorded"]
