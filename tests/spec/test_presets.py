"""Presets: each choice on a history of a few rows, and what is missing where the extracts do not tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Activity, Calendar, Definitions, Presets
from tasks.customer_math.analysis.counting_rule_headlines import (
    AcceptedRows,
    headline_under,
    history_under,
    movements_without_value,
    what_is_recorded,
)
from tasks.customer_math.analysis.counting_rules import OWN, PRESETS, Choices, Recorded, describe_choices, missing_for
from tasks.customer_math.ledger.deductions import without_deductions
from tasks.customer_math.ledger.history import counted_contracts, counted_purchases
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.versions import held_for_life

APRIL = period_named("2026-04", Calendar())
DEFINITIONS = Definitions(
    company="Corner Shop (made up)",
    currency="EUR",
    time_zone="Europe/Berlin",
    sells_by=("repeat_purchase", "contract"),
    activity=Activity(lapse_days=60, excluded_statuses=("draft", "resting")),
    presets=Presets(paused_statuses=("paused", "resting"), free_statuses=("trial",), returned_within_days=30),
)
CONTRACT_ROWS = pa.schema(
    {
        "customer_id": pa.string(),
        "starts_on": pa.date32(),
        "ends_on": pa.date32(),
        "notice_on": pa.date32(),
        "status": pa.string(),
        "recurring_amount": pa.decimal128(18, 4),
        "recurring_per": pa.string(),
        "currency": pa.string(),
    }
)
PURCHASE_ROWS = pa.schema(
    {
        "customer_id": pa.string(),
        "purchased_on": pa.date32(),
        "sale_on": pa.date32(),
        "amount": pa.decimal128(18, 4),
        "currency": pa.string(),
        "status": pa.string(),
    }
)


def contract_rows(told: Any, text: str) -> ibis.Table:
    """Accepted contracts from `| customer | starts | ends | notice | amount | status |`."""
    cells = [
        {
            "customer_id": who,
            "starts_on": date.fromisoformat(starts),
            "ends_on": _day(ends),
            "notice_on": _day(notice),
            "recurring_amount": Decimal(amount),
            "recurring_per": "year",
            "currency": "EUR",
            "status": None if status == "-" else status,
        }
        for who, starts, ends, notice, amount, status in told.rows(text)
    ]
    nothing = {"contract_id": ibis.null("string"), "product_group": ibis.null("string"), "seats_count": ibis.null("int64")}
    return without_deductions(
        held_for_life(ibis.memtable(pa.Table.from_pylist(cells, CONTRACT_ROWS)).mutate(record_key=ibis.literal("k"), **nothing))
    )


def purchase_rows(told: Any, text: str) -> ibis.Table:
    """Accepted purchases from `| customer | day | sale | amount |`."""
    cells = [
        {
            "customer_id": who,
            "purchased_on": date.fromisoformat(on),
            "sale_on": _day(sale),
            "amount": Decimal(amount),
            "currency": "EUR",
            "status": None,
        }
        for who, on, sale, amount in told.rows(text)
    ]
    nothing = {"product_group": ibis.null("string"), "cost_amount": ibis.null("decimal(18, 4)")}
    return ibis.memtable(pa.Table.from_pylist(cells, PURCHASE_ROWS)).mutate(**nothing)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def heads(connection: Any, told: Any, choices: Choices, *, contracts: str = "", purchases: str = "") -> dict[str, int]:
    """The headline of April under some choices; opening + in - out = closing is seen to."""
    rows = AcceptedRows(
        contract_rows(told, contracts) if contracts else None,
        purchase_rows(told, purchases) if purchases else None,
    )
    history = told.Told().history()
    if rows.contracts is not None:
        history = replace(history, contracts=counted_contracts(rows.contracts, DEFINITIONS))
    if rows.purchases is not None:
        history = replace(history, purchases=counted_purchases(rows.purchases, history.rates, DEFINITIONS))
    changed = history_under(choices, history, rows, period=APRIL, definitions=DEFINITIONS)
    ledger = movements_without_value(changed, APRIL, DEFINITIONS)
    (found,) = connection.to_pyarrow(headline_under(choices, ledger, changed, period=APRIL, definitions=DEFINITIONS)).to_pylist()
    assert found["opening_count"] + found["in_count"] - found["out_count"] == found["closing_count"]
    return found


RETURNED = """
customer | starts     | ends       | notice | amount | status
a        | 2025-01-01 | 2026-03-11 |        | 10     | -        # 30 days: returned
a        | 2026-04-10 |            |        | 10     | -
b        | 2025-01-01 | 2026-03-10 |        | 10     | -        # 31 days: forgotten
b        | 2026-04-10 |            |        | 10     | -
c        | 2026-04-10 |            |        | 10     | -        # new
"""


def without_remarks(text: str) -> str:
    return "\n".join(line.partition("  # ")[0] for line in text.splitlines())


@pytest.mark.parametrize(("returned", "new", "back"), [("ever", 1, 2), ("within_limit", 2, 1)])
def test_who_was_gone_for_longer_than_the_limit_is_new_again(connection: Any, told: Any, returned: Any, new: int, back: int) -> None:
    found = heads(connection, told, Choices(returned=returned), contracts=without_remarks(RETURNED))
    assert (found["new_count"], found["returned_count"], found["in_count"]) == (new, back, 3)


INSIDE = """
customer | starts     | ends       | notice | amount | status
a        | 2025-01-01 | 2026-04-15 |        | 10     | -        # left
b        | 2026-04-05 | 2026-04-20 |        | 10     | -        # came and went
c        | 2025-01-01 | 2026-04-05 |        | 10     | -        # out
c        | 2026-04-15 |            |        | 10     | -        # and back
d        | 2026-04-10 |            |        | 10     | -        # new
"""


@pytest.mark.parametrize(
    ("inside", "came", "went", "beside"), [("counted", 2, 2, 1), ("dropped", 1, 1, 0), ("netted", 1, 1, 1), ("every_move", 3, 3, 2)]
)
def test_who_came_and_went_is_counted_dropped_or_netted(connection: Any, told: Any, inside: Any, came: int, went: int, beside: int) -> None:
    found = heads(connection, told, Choices(inside=inside), contracts=without_remarks(INSIDE))
    assert (found["in_count"], found["out_count"], found["in_and_out_count"]) == (came, went, beside)
    assert (found["opening_count"], found["closing_count"]) == (2, 2)


LOSS = """
customer | starts     | ends       | notice     | amount | status
a        | 2025-01-01 | 2026-06-01 | 2026-04-10 | 10     | -        # notice in April, paid through May
b        | 2025-01-01 | 2026-04-20 | 2026-02-10 | 10     | -        # notice in February, paid through 19 April
c        | 2025-01-01 | 2026-04-15 |            | 10     | -        # ended without a notice
d        | 2025-01-01 | 2026-03-31 |            | 10     | -        # the last day of March is its first without
e        | 2026-04-10 | 2026-09-01 | 2026-04-10 | 10     | -        # notice on the first day: a customer on that day
f        | 2025-01-01 |            |            | 10     | -        # stays
"""


@pytest.mark.parametrize(
    ("loss", "opening", "came", "went", "closing"),
    [
        ("paid_through", 4, 1, 2, 3),
        ("notice", 3, 1, 3, 1),
        ("period_end", 5, 1, 1, 5),
    ],
)
def test_a_loss_is_dated_at_notice_at_the_end_of_paid_time_or_at_the_periods_end(
    connection: Any, told: Any, loss: Any, opening: int, came: int, went: int, closing: int
) -> None:
    found = heads(connection, told, Choices(loss=loss), contracts=without_remarks(LOSS))
    assert tuple(found[name] for name in ("opening_count", "in_count", "out_count", "closing_count")) == (opening, came, went, closing)


def test_a_buyer_too_is_a_customer_to_the_end_of_the_period_in_which_it_lapses(connection: Any, told: Any) -> None:
    purchases = """
    customer | day        | sale | amount
    a        | 2026-01-20 |      | 10
    b        | 2026-02-10 |      | 10
    """
    own, by_period = (heads(connection, told, Choices(loss=loss), purchases=purchases) for loss in ("paid_through", "period_end"))
    assert tuple(own.values()) == (1, 0, 0, 0, 0, 1, 0)
    assert tuple(by_period.values()) == (2, 0, 0, 0, 0, 1, 1)


STATES = """
customer | starts     | ends       | notice | amount | status
a        | 2025-01-01 |            |        | 10     | paused   # counts, unless paused ones do not
b        | 2025-01-01 |            |        | 10     | resting  # left out, unless paused ones count
c        | 2025-01-01 |            |        | 10     | draft    # never counts
d        | 2025-01-01 |            |        | 10     | trial    # free by its state
e        | 2025-01-01 |            |        | 0      | -        # free by its amount
f        | 2025-01-01 |            |        | 10     | active
"""


@pytest.mark.parametrize(
    ("choices", "customers"),
    [
        (Choices(), 4),
        (Choices(paused="in"), 5),
        (Choices(paused="out"), 3),
        (Choices(free="in"), 4),
        (Choices(free="out"), 2),
        (Choices(paused="in", free="out"), 3),
    ],
    ids=["own", "paused in", "paused out", "free in", "free out", "both"],
)
def test_paused_and_free_ones_are_in_or_out(connection: Any, told: Any, choices: Choices, customers: int) -> None:
    found = heads(connection, told, choices, contracts=without_remarks(STATES))
    assert (found["opening_count"], found["closing_count"]) == (customers, customers)


REFUNDS = """
customer | day        | sale       | amount
a        | 2026-04-10 |            | 10       # taken back in full: never a sale
a        | 2026-05-05 | 2026-04-10 | -10
b        | 2026-04-10 |            | 10       # taken back in part
b        | 2026-05-05 | 2026-04-10 | -4
c        | 2026-04-10 |            | 10       # nobody knows which sale
c        | 2026-05-05 |            | -10
d        | 2026-04-10 |            | 10       # two sales on the day, one taken back
d        | 2026-04-10 |            | 5
d        | 2026-04-12 | 2026-04-10 | -10
"""


@pytest.mark.parametrize(("refunds", "came"), [("at_refund", 4), ("at_sale", 3)])
def test_a_sale_taken_back_in_full_is_none_where_refunds_are_dated_at_the_sale(connection: Any, told: Any, refunds: Any, came: int) -> None:
    assert heads(connection, told, Choices(refunds=refunds), purchases=without_remarks(REFUNDS))["in_count"] == came


def test_what_the_rows_tell_is_asked_of_all_of_them(connection: Any, told: Any) -> None:
    contracts, purchases = contract_rows(told, without_remarks(LOSS)), purchase_rows(told, without_remarks(REFUNDS))
    states = contract_rows(told, without_remarks(STATES))
    asked = {
        "contracts": AcceptedRows(contracts, None),
        "purchases": AcceptedRows(None, purchases),
        "both": AcceptedRows(states, purchases),
        "no row": AcceptedRows(contracts.filter(False), purchases.filter(False)),
    }
    found = {name: connection.to_pyarrow(what_is_recorded(rows)).to_pylist() for name, rows in asked.items()}
    assert {name: list(row.values()) for name, (row,) in found.items()} == {
        "contracts": [True, False, False],
        "purchases": [False, True, True],
        "both": [False, True, True],
        "no row": [False, False, False],
    }


EVERYTHING = Recorded(has_notice=True, has_sale_of_refund=True, has_refund=True)
NOTHING = Recorded(has_notice=False, has_sale_of_refund=False, has_refund=True)


def test_what_the_extracts_do_not_tell_is_named() -> None:
    told = {preset.name: missing_for(preset.choices, DEFINITIONS, EVERYTHING) for preset in PRESETS}
    assert set(told.values()) == {()}
    silent = DEFINITIONS.model_copy(update={"presets": Presets()})
    missing = {preset.name: missing_for(preset.choices, silent, NOTHING) for preset in PRESETS}
    assert [name for name, gap in missing.items() if not gap] == [
        *("own", "returned_within_limit", "inside_dropped", "inside_netted", "every_move", "loss_at_period_end", "free_in", "free_out")
    ]
    assert missing["loss_at_notice"] == ("no contract has the day of its notice (`notice_on` in sources.yaml)",)
    assert missing["paused_in"] == missing["paused_out"] == ("no state is known as paused (`presets.paused_statuses`)",)
    assert missing["refunds_at_sale"] == ("no refund has the day of its sale (`sale_on` in sources.yaml)",)
    assert missing["subscription_billing"] == missing["paused_in"]


@pytest.mark.parametrize(
    ("sells_by", "preset", "recorded"),
    [
        (("contract",), "refunds_at_sale", Recorded(has_notice=True, has_sale_of_refund=False, has_refund=False)),
        (("repeat_purchase",), "free_in", NOTHING),
        (("repeat_purchase",), "loss_at_notice", NOTHING),
        (("repeat_purchase",), "paused_out", NOTHING),
        (("contract", "repeat_purchase"), "refunds_at_sale", Recorded(has_notice=True, has_sale_of_refund=False, has_refund=False)),
    ],
)
def test_a_rule_about_what_the_company_does_not_have_is_computed_as_it_is(
    sells_by: tuple[str, ...], preset: str, recorded: Recorded
) -> None:
    definitions = DEFINITIONS.model_copy(update={"sells_by": sells_by, "presets": Presets()})
    choices = {each.name: each.choices for each in PRESETS}
    assert missing_for(choices[preset], definitions, recorded) == ()


def test_a_loss_that_a_period_cannot_show_is_no_end_of_a_range() -> None:
    assert [preset.name for preset in PRESETS if not preset.choices.can_lose] == ["loss_at_period_end"]


def test_every_preset_says_what_it_does_otherwise_and_only_our_own_does_nothing() -> None:
    words = {preset: describe_choices(preset.choices, DEFINITIONS) for preset in PRESETS}
    assert [preset.name for preset, said in words.items() if not said] == [OWN.name]
    assert PRESETS[0] is OWN
    assert len({preset.name for preset in PRESETS}) == len({preset.choices for preset in PRESETS}) == len(PRESETS)
    several = describe_choices(Choices(returned="within_limit", loss="notice"), DEFINITIONS)
    assert [str(each) for each in several] == ["returned within 30 days, later new", "lost on the day of notice"]
