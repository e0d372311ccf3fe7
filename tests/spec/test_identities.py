"""The identities: they hold for true figures, and leave a residual wherever one figure was tampered with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from tasks.customer_math.identities import broken_chains, residuals, split_residuals, whole_residuals

Key = tuple[str, str, str, str]
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("period", "segment_by", "segment", "measure", "split_by", "split", "unit"), pa.string()),
        "value": pa.decimal128(38, 4),
    }
)
GROUPS = (("all", "all"), ("region", "North"), ("region", "South"))
FIGURES = """
measure                | all | North | South | all after | North after | South after
opening_customers      | 10  | 6     | 4     | 11        | 11          | 0
customers_in           | 5   | 5     | 0     | 0         | 0           | 0
customers_out          | 4   | 0     | 4     | 1         | 1           | 0
closing_customers      | 11  | 11    | 0     | 10        | 10          | 0
opening_amount         | 100 | 70    | 30    | 127       | 127         | 0
new_amount             | 40  | 40    | 0     | 0         | 0           | 0
returned_amount        | 5   | 5     | 0     | 0         | 0           | 0
increased_amount       | 20  | 20    | 0     | 0         | 0           | 0
unchanged_drift_amount | 1   | 1     | 0     | 0         | 0           | 0
out_and_back_amount    | -2  | -2    | 0     | 0         | 0           | 0
fx_effect_amount       | -3  | -3    | 0     | 0         | 0           | 0
decreased_amount       | 4   | 4     | 0     | 0         | 0           | 0
left_amount            | 10  | 0     | 10    | 7         | 7           | 0
lapsed_amount          | 20  | 0     | 20    | 0         | 0           | 0
closing_amount         | 127 | 127   | 0     | 120       | 120         | 0
"""
"""August and September: 10 + 5 - 4 = 11 customers, and 100 + 40 + 5 + 20 + 1 - 2 - 3 - 4 - 10 - 20 = 127."""


@pytest.fixture(scope="module")
def true_figures(told: Any) -> dict[Key, Decimal]:
    """Value by period, segment_by, segment and measure; nobody in the South is a customer in September."""
    places = [(period, *group) for period in ("2026-08", "2026-09") for group in GROUPS]
    every = {(*place, measure): Decimal(cell) for measure, *cells in told.rows(FIGURES) for place, cell in zip(places, cells, strict=True)}
    return {key: value for key, value in every.items() if key[:3] != ("2026-09", "region", "South")}


def table(figures: dict[Key, Decimal], parts: dict[Key, Decimal] | None = None, rates: dict[Key, Decimal] | None = None) -> ibis.Table:
    rows = [
        {**dict(zip(SCHEMA.names, key, strict=False)), "split_by": split_by, "split": split, "unit": unit, "value": value}
        for table, split_by, split, unit in (
            (figures, "all", "all", "any"),
            (parts, "reason", "price", "any"),
            (rates, "all", "all", "share"),
        )
        for key, value in (table or {}).items()
    ]
    return ibis.memtable(pa.Table.from_pylist(rows, SCHEMA))


def tampered(figures: dict[Key, Decimal], measure: str, *, by: str, segment: str = "all", period: str = "2026-08") -> ibis.Table:
    key = (period, "all" if segment == "all" else "region", segment, measure)
    return table({**figures, key: figures[key] + Decimal(by)})


def rows(connection: Any, found: ibis.Table) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in connection.to_pyarrow(found).to_pylist()]


LINKS = [("2026-08", "2026-09")]


def test_true_figures_leave_no_residual(connection: Any, true_figures: dict[Key, Decimal]) -> None:
    figures = table(true_figures)
    assert rows(connection, residuals(figures)) == []
    assert rows(connection, whole_residuals(figures)) == []
    assert rows(connection, broken_chains(figures, LINKS)) == []


@pytest.mark.parametrize(
    ("measure", "heads", "value"),
    [
        ("opening_customers", 1, 0),
        ("customers_in", 1, 0),
        ("customers_out", -1, 0),
        ("closing_customers", -1, 0),
        *((f"{name}_amount", 0, 1) for name in ("opening", "new", "returned", "increased", "unchanged_drift", "out_and_back", "fx_effect")),
        *((f"{name}_amount", 0, -1) for name in ("decreased", "left", "lapsed", "closing")),
    ],
)
def test_one_too_many_in_any_part_is_found(connection: Any, true_figures: dict[Key, Decimal], measure: str, heads: int, value: int) -> None:
    assert rows(connection, residuals(tampered(true_figures, measure, by="1"))) == [("2026-08", "all", "all", heads, value)]


def test_a_cent_in_one_group_is_found(connection: Any, true_figures: dict[Key, Decimal]) -> None:
    figures = tampered(true_figures, "lapsed_amount", by="0.01", segment="South")
    assert rows(connection, residuals(figures)) == [("2026-08", "region", "South", 0, Decimal("-0.01"))]


@pytest.mark.parametrize(("segment", "residual"), [("all", "1"), ("North", "-1"), ("South", "-1")])
@pytest.mark.parametrize("measure", ["customers_in", "opening_amount"])
def test_groups_that_do_not_add_up_to_the_whole_are_found(
    connection: Any, true_figures: dict[Key, Decimal], measure: str, segment: str, residual: str
) -> None:
    figures = tampered(true_figures, measure, by="1", segment=segment)
    assert rows(connection, whole_residuals(figures)) == [("region", "2026-08", "all", "all", measure, Decimal(residual))]


@pytest.mark.parametrize(
    ("measure", "period", "end", "residual"),
    [
        ("closing_customers", "2026-08", "customers", "1"),
        ("closing_amount", "2026-08", "amount", "1"),
        ("opening_customers", "2026-09", "customers", "-1"),
        ("opening_amount", "2026-09", "amount", "-1"),
    ],
)
def test_a_period_that_opens_otherwise_than_the_one_before_closed_is_found(
    connection: Any, true_figures: dict[Key, Decimal], measure: str, period: str, end: str, residual: str
) -> None:
    figures = tampered(true_figures, measure, by="1", period=period)
    assert rows(connection, broken_chains(figures, LINKS)) == [("2026-09", "all", "all", end, Decimal(residual))]


def test_a_group_that_is_gone_must_have_closed_empty(connection: Any, true_figures: dict[Key, Decimal]) -> None:
    figures = tampered(true_figures, "closing_customers", by="3", segment="South")
    assert rows(connection, broken_chains(figures, LINKS)) == [("2026-09", "region", "South", "customers", Decimal(3))]


@pytest.mark.parametrize(("all_parts", "left_over"), [("4", []), ("3", ["1"]), ("5", ["-1"])])
def test_parts_that_do_not_add_up_to_their_measure_are_found(
    connection: Any, true_figures: dict[Key, Decimal], all_parts: str, left_over: list[str]
) -> None:
    key = ("2026-08", "all", "all", "customers_out")
    figures = table(true_figures, parts={key: Decimal(all_parts)})
    found = [("2026-08", "all", "all", "customers_out", "reason", Decimal(residual)) for residual in left_over]
    assert rows(connection, split_residuals(figures)) == found
    assert rows(connection, residuals(figures)) == []


def test_a_rate_is_no_sum_of_its_groups(connection: Any, true_figures: dict[Key, Decimal]) -> None:
    figures = table(true_figures, rates={("2026-08", "region", "North", "renewal_rate"): Decimal("0.5")})
    assert rows(connection, whole_residuals(figures)) == []
