"""What is told customer by customer: both names of a recommendation, and a list for action that shows nothing where nothing is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from config.measures.table import label_of
from tasks.customer_lists import top_referral_rows, weakening_listed
from tasks.customer_math.topics.behaviour import WEAKENING

if TYPE_CHECKING:
    import ibis

COLUMNS = (
    "customer_id",
    "customer_name",
    "is_referred_new",
    "referrer_id",
    "closing_amount",
    "is_weakening",
    "weakening_signs",
    "last_bought_on",
    "silent_days_count",
    "usual_gap_days_count",
)
ROWS = (
    ("ann", "Ann", False, "no_referrer", "10", True, "silent beyond habit", date(2026, 5, 1), 60, 30),
    ("ben", None, True, "ann", "30", False, "no sign", date(2026, 6, 1), 29, 0),
    ("cay", "Cay", True, "zoe", "40", False, "no sign", date(2026, 6, 1), 29, 0),
    ("dan", "Dan", True, "ann", "20", False, "no sign", date(2026, 6, 1), 29, 0),
    ("eve", "Eve", False, "no_referrer", "90", True, "fewer seats", None, 0, 0),
    ("fay", "Fay", False, "no_referrer", "90", True, "first complaint", date(2026, 6, 9), 21, 0),
    ("zoe", None, False, "no_referrer", "0", False, "no sign", None, 0, 0),
)


@pytest.fixture(scope="module")
def named(connection: Any) -> ibis.Table:
    """The ledger of a period with names."""
    table = pa.table({name: [row[place] for row in ROWS] for place, name in enumerate(COLUMNS)})
    amounts = table["closing_amount"].cast(pa.decimal128(18, 2))
    table = table.set_column(table.schema.get_field_index("closing_amount"), "closing_amount", amounts)
    nothing = pa.array([Decimal(0)] * len(ROWS), pa.decimal128(18, 2))
    for name in ("opening_amount", "fx_effect_amount"):
        table = table.append_column(name, nothing)
    for name, measure in WEAKENING.items():
        shown = pa.array([row[COLUMNS.index("weakening_signs")] == label_of(measure).lower() for row in ROWS])
        table = table.append_column(name, shown)
    return connection.create_table("named", table, temp=True, overwrite=True)


def test_the_two_recommendations_that_won_most_are_told_with_both_names(connection: Any, named: ibis.Table) -> None:
    told = top_referral_rows(connection, named)["referrals_worth_telling"]
    assert [(row["referrer_id"], row["referrer_name"], row["customer_id"], row["customer_name"], row["amount"]) for row in told] == [
        ("zoe", None, "cay", "Cay", Decimal("40.00")),
        ("ann", "Ann", "ben", None, Decimal("30.00")),
    ]


def test_the_list_for_action_shows_nothing_where_nothing_is_known(connection: Any, named: ibis.Table) -> None:
    listed = weakening_listed(connection, named, count=200, who=("customer_id",), segments=())
    assert listed.columns == ("customer_id", "amount", "weakening_signs", "last_bought_on", "silent_days_count", "usual_gap_days_count")
    assert listed.rows == (
        ("eve", Decimal("90.00"), "fewer seats", None, None, None),
        ("fay", Decimal("90.00"), "first complaint", date(2026, 6, 9), 21, None),
        ("ann", Decimal("10.00"), "silent beyond habit", date(2026, 5, 1), 60, 30),
    )
    assert listed.count == 3


@pytest.mark.parametrize(("count", "called"), [(2, ["eve", "fay"]), (0, [])])
def test_the_list_for_action_is_as_long_as_the_company_chose(connection: Any, named: ibis.Table, count: int, called: list[str]) -> None:
    listed = weakening_listed(connection, named, count=count, who=("customer_id",), segments=())
    assert [row[0] for row in listed.rows] == called
