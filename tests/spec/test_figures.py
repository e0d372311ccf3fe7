"""Figures: every measure of the catalogue from a ledger in which each movement happens once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import FIGURE_COLUMNS, contributions, figures, grouped_by
from tasks.customer_math.ledger.movements import COMES_IN, GOES_OUT
from tasks.customer_math.measures import Catalogue

MEASURES = {measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY)}
"""What every ledger says, without the topics of the questions."""
CATALOGUE = Catalogue(MEASURES)
EUROS = pa.decimal128(18, 2)
AMOUNTS = ("opening_amount", "closing_amount", "fx_effect_amount", "in_and_out_amount")
LEDGER = """
who | movement     | opening | closing | fx | in_and_out | region
a   | new          | 0       | 100     | 0  | 0          | North
b   | returned     | 0       | 50      | 1  | 0          | South
c   | left         | 30      | 0       | 0  | 0          | North
d   | lapsed       | 20      | 0       | 0  | 0          | South
e   | in_and_out   | 0       | 0       | 0  | 7          | North
f   | out_and_back | 10      | 14      | 0  | 0          | South
g   | increased    | 40      | 65      | 5  | 0          | North
h   | decreased    | 60      | 41      | -2 | 0          | South
i   | unchanged    | 15      | 15.50   | 0  | 0          | North
"""
WHOLE = {
    "opening_customers": "1 + 1 + 1 + 1 + 1 + 1",
    "new_customers": "1",
    "returned_customers": "1",
    "in_and_out_customers": "1",
    "customers_in": "1 + 1 + 1",
    "left_customers": "1",
    "lapsed_customers": "1",
    "customers_out": "1 + 1 + 1",
    "net_customers": "3 - 3",
    "transferred_in_customers": "0",
    "transferred_out_customers": "0",
    "closing_customers": "1 + 1 + 1 + 1 + 1 + 1",
    "increased_customers": "1",
    "decreased_customers": "1",
    "unchanged_customers": "1",
    "out_and_back_customers": "1",
    "opening_amount": "30 + 20 + 10 + 40 + 60 + 15",
    "new_amount": "100",
    "returned_amount": "50 - 1",
    "in_and_out_amount": "7",
    "customers_in_amount": "100 + 49 + 7",
    "increased_amount": "65 - 5 - 40",
    "decreased_amount": "60 - 41 - 2",
    "left_amount": "30",
    "lapsed_amount": "20",
    "customers_out_amount": "30 + 20 + 7",
    "retained_amount": "10 + 40 + 60 + 15",
    "unchanged_drift_amount": "15.50 - 15",
    "out_and_back_amount": "14 - 10",
    "fx_effect_amount": "1 + 5 - 2",
    "transferred_in_amount": "0",
    "transferred_out_amount": "0",
    "net_amount": "285.50 - 175",
    "closing_amount": "100 + 50 + 14 + 65 + 41 + 15.50",
}


def total(sums: str) -> Decimal:
    """What a sum such as `100 + 50 - 1` makes."""
    return sum((Decimal(part) for part in sums.replace("- ", "-").replace("+ ", "").split()), Decimal(0))


@pytest.fixture(scope="module")
def ledger(told: Any) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pylist([_row(*cells) for cells in told.rows(LEDGER)], _schema()))


def _row(who: str, movement: str, *cells: str) -> dict[str, Any]:
    comes, goes = movement in COMES_IN, movement in GOES_OUT
    return {
        "period": "2026-08",
        "customer_id": who,
        "movement": movement,
        "in_count": int(comes),
        "out_count": int(goes),
        "is_active_at_opening": not comes,
        "is_active_at_closing": not goes,
        **dict(zip(AMOUNTS, map(Decimal, cells[:-1]), strict=True)),
        "region": cells[-1],
        "region_at_opening": cells[-1],
    }


def _schema() -> pa.Schema:
    texts = dict.fromkeys(("period", "customer_id", "movement", "region", "region_at_opening"), pa.string())
    counts = dict.fromkeys(("in_count", "out_count"), pa.int64())
    flags = dict.fromkeys(("is_active_at_opening", "is_active_at_closing"), pa.bool_())
    return pa.schema({**texts, **counts, **flags, **dict.fromkeys(AMOUNTS, EUROS)})


@pytest.fixture(scope="module")
def found(connection: Any, ledger: ibis.Table) -> list[dict[str, Any]]:
    """The figures of a period in which each movement happened, and of one in which nobody was a customer."""
    return connection.to_pyarrow(figures(ledger, periods=["2026-08", "2026-09"], segments=("region",), catalogue=CATALOGUE)).to_pylist()


def of(found: list[dict[str, Any]], period: str, segment_by: str, segment: str) -> dict[str, Decimal]:
    place = {"period": period, "segment_by": segment_by, "segment": segment}
    return {row["measure"]: row["value"] for row in found if place.items() <= row.items()}


def test_every_measure_of_the_whole_is_the_sum_over_its_customers(found: list[dict[str, Any]]) -> None:
    assert of(found, "2026-08", "all", "all") == {name: total(sums) for name, sums in WHOLE.items()}
    assert set(WHOLE) == set(MEASURES)


def test_the_groups_of_a_segment_add_up_to_the_whole(found: list[dict[str, Any]]) -> None:
    north, south = of(found, "2026-08", "region", "North"), of(found, "2026-08", "region", "South")
    assert (north["customers_in"], south["customers_in"], north["closing_amount"]) == (2, 1, total("100 + 65 + 15.50"))
    assert {name: north[name] + south[name] for name in MEASURES} == of(found, "2026-08", "all", "all")


def test_a_period_without_any_customer_has_its_figures_for_the_whole(found: list[dict[str, Any]]) -> None:
    assert of(found, "2026-09", "all", "all") == dict.fromkeys(MEASURES, Decimal(0))
    assert {row["segment"] for row in found if row["period"] == "2026-09"} == {"all"}


def test_figures_are_long_with_numerator_denominator_value_and_unit(found: list[dict[str, Any]]) -> None:
    assert {tuple(row) for row in found} == {FIGURE_COLUMNS}
    assert all((row["numerator"], row["denominator"]) == (row["value"], None) for row in found)
    assert {row["measure"]: row["unit"] for row in found} == {name: measure.unit for name, measure in MEASURES.items()}


def test_figures_of_the_whole_need_no_segment(connection: Any, ledger: ibis.Table) -> None:
    rows = connection.to_pyarrow(figures(ledger, periods=["2026-08"], segments=(), catalogue=CATALOGUE)).to_pylist()
    assert {(row["segment_by"], row["segment"]) for row in rows} == {("all", "all")}
    assert len(rows) == len(MEASURES)


@pytest.mark.parametrize(
    ("measure", "customers"),
    [
        ("customers_in", "a b e"),
        ("customers_out", "c d e"),
        ("net_customers", "a b c d"),
        ("opening_customers", "c d f g h i"),
        ("customers_in_amount", "a b e"),
        ("returned_amount", "b"),
        ("fx_effect_amount", "b g h"),
        ("unchanged_drift_amount", "i"),
    ],
)
def test_behind_a_measure_stand_those_who_contribute_and_nobody_else(
    connection: Any, ledger: ibis.Table, measure: str, customers: str
) -> None:
    behind = connection.to_pyarrow(
        contributions(grouped_by(ledger, None, side="opening"), MEASURES[measure]).order_by("customer_id")
    ).to_pylist()
    assert [row["customer_id"] for row in behind] == customers.split()
    assert sum(row["contribution"] for row in behind) == total(WHOLE[measure])


@pytest.mark.parametrize("side", ["opening", "closing"])
def test_a_group_counts_who_was_in_it_on_its_measures_side(
    connection: Any, ledger: ibis.Table, found: list[dict[str, Any]], side: Any
) -> None:
    measure = MEASURES[f"{side}_customers"]
    grouped = grouped_by(ledger, "region", side=side)
    behind = connection.to_pyarrow(contributions(grouped, measure)).to_pylist()
    counted = {group: sum(row["contribution"] for row in behind if row["group"] == group) for group in ("North", "South")}
    assert counted == {group: of(found, "2026-08", "region", group)[measure.name] for group in counted}
    assert all(row["is_transferred"] == (row["region"] != row["region_at_opening"]) for row in behind)
