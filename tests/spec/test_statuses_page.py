"""The states of purchases and contracts on the sheet Data quality: which of them count, and which sound like a refund and do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tasks.reporting.blocks import Marked
from tasks.reporting.model import StatusProfile
from tasks.reporting.pages.statuses import STATES_SHOWN, is_suspect, refunds_to_look_at, status_table

SHIPPED = StatusProfile("orders", "shipped", 10, 9, 1, 0, Decimal(900), Decimal(900), is_counted=True)
REFUNDED = StatusProfile("orders", "refunded", 3, 2, 0, 1, Decimal(30), Decimal(50), is_counted=True)


@pytest.mark.parametrize(
    ("status", "suspect"),
    [
        *(
            (sounds, True)
            for sounds in ("Refund", "partially_refunded", "returned", "store credit", "STORNO", "teil-erstattet", "zurückerstattet")
        ),
        *((sounds, False) for sounds in ("shipped", "", "accredited", "nonreturnable", "paid")),
    ],
)
def test_a_state_sounds_like_a_refund_by_how_a_word_begins(status: str, suspect: bool) -> None:
    assert is_suspect(replace(REFUNDED, status=status)) == suspect


@pytest.mark.parametrize("changes", [{"is_counted": False}, {"positive_count": 0}])
def test_a_refund_that_is_negative_or_does_not_count_is_none_to_look_at(changes: dict[str, Any]) -> None:
    assert refunds_to_look_at([replace(REFUNDED, **changes)]) == ()


def test_a_refund_that_counts_as_a_sale_is_told_with_its_money_and_what_to_do() -> None:
    (said,) = refunds_to_look_at([SHIPPED, REFUNDED])
    assert said == (
        "orders: rows above 0 in the state `refunded`, which sounds like a refund, count as sales: 2 (50.00 in their own currencies). "
        "Write refunds with a minus sign, or leave the state out by `activity.excluded_statuses`."
    )


def test_each_state_stands_on_a_line_of_its_own_and_those_to_look_at_first(made_up: Any) -> None:
    unnamed = replace(SHIPPED, status="", rows_count=2, is_counted=False)
    table = status_table(made_up.made_up_facts(statuses=(SHIPPED, unnamed, REFUNDED)))
    assert table.rows == (
        ("orders", "refunded", Marked("yes: looks like a refund", "out", is_bold=True), 3, 2, 0, 1, 30),
        ("orders", "shipped", "yes", 10, 9, 1, 0, 900),
        ("orders", Marked("not recorded", "quiet"), "no", 2, 9, 1, 0, 900),
    )


def test_states_beyond_the_twentieth_are_counted_in_one_line(made_up: Any) -> None:
    many = tuple(replace(SHIPPED, status=f"s{number:02d}") for number in range(STATES_SHOWN + 2))
    rows = status_table(made_up.made_up_facts(statuses=many)).rows
    assert len(rows) == STATES_SHOWN + 1
    assert rows[-1] == ("orders", Marked("and 2 more states", "quiet"), None, 20, None, None, None, None)
