"""Cells as text: numbers as the workbook's formats show them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tasks.reporting.blocks import Column, Marked, Share, Table
from tasks.reporting.pages.meeting import Scale
from tasks.reporting.render.cell_text import Numbers, number_text, shown_rows, shown_total

FULL, MILLIONS = Numbers(2, 50), Numbers(2, 50, Scale(1_000_000, "m", 1))


@pytest.mark.parametrize(
    ("value", "kind", "numbers", "text"),
    [
        (22_000, "count", FULL, "22,000"),
        (22_000, "signed_count", FULL, "+22,000"),
        (-5_000, "signed_count", FULL, "-5,000"),
        (0, "signed_count", FULL, "0"),
        (Decimal("1234.5"), "money", FULL, "1,234.50"),
        (Decimal("1234.505"), "signed_money", FULL, "+1,234.51"),
        (Decimal(-14800000), "signed_money", MILLIONS, "-14.8m"),
        (Decimal(40000), "signed_money", MILLIONS, "0.0m"),
        (Decimal(-40000), "signed_money", MILLIONS, "0.0m"),
        (Decimal(14850000), "signed_figure", MILLIONS, "+14.9m"),
        (7, "figure", MILLIONS, "7"),
        (Decimal("0.4045"), "share", FULL, "40.5%"),
        (Decimal("0.0004"), "signed_share", FULL, "0.0%"),
        (Decimal("0.012"), "signed_share", FULL, "+1.2%"),
        (Decimal("1.625"), "times", FULL, "1.62"),
    ],
)
def test_a_number_is_shown_as_its_kind(value: Any, kind: Any, numbers: Numbers, text: str) -> None:
    assert number_text(value, kind, numbers) == text


@pytest.mark.parametrize(
    ("value", "kind", "text", "colour_role", "align"),
    [
        (Share(1, 0), "share", "none", "quiet", "right"),
        (Share(3, 7), "share", "3 of 7", "quiet", "right"),
        (Share(20, 50), "share", "40.0%", None, "right"),
        (None, "count", "", None, "right"),
        ("not known", "count", "not known", None, "right"),
        (date(2026, 9, 4), "day", "4 Sep 2026", None, "left"),
        ("North", "text", "North", None, "left"),
        (Marked(-4, "out", True, "signed_count", True), "count", "-4", "out", "right"),
        (Marked("North"), "text", "North", None, "left"),
    ],
)
def test_a_cell_is_shown_as_its_column_or_its_mark_says(value: Any, kind: Any, text: str, colour_role: str | None, align: str) -> None:
    ((cell,),) = shown_rows(Table("", (Column("", kind),), ((value,),)), FULL)
    assert (cell.text, cell.colour_role, cell.align) == (text, colour_role, align)
    is_marked = isinstance(value, Marked) and value.is_bold
    assert (cell.is_bold, cell.is_indented) == (is_marked, is_marked)


def test_shades_are_as_strong_as_numbers_are_large_on_both_sides_of_zero() -> None:
    column = Column("", "signed_count", is_shaded=True, is_more_worse=True)
    rows = ((10,), (-5,), (0,), ("few",))
    assert [cell.shade for (cell,) in shown_rows(Table("", (column,), rows), FULL)] == [5, -3, 0, 0]
    gains = Column("", "signed_count", is_shaded=True)
    assert [cell.shade for (cell,) in shown_rows(Table("", (gains,), rows), FULL)] == [-5, 3, 0, 0]


def test_what_is_folded_away_and_gaps_are_not_shown_and_a_total_is() -> None:
    columns = (Column("", "text"), Column("", "gap"), Column("Customers"))
    table = Table("", columns, (("A", None, 1), ("B", None, 2)), total=("All", None, 3), folded_from=1)
    assert [[cell.text for cell in row] for row in shown_rows(table, FULL)] == [["A", "1"]]
    assert [cell.text for cell in shown_total(table, FULL)] == ["All", "3"]
    assert shown_total(Table("", columns, ()), FULL) == []


@pytest.mark.parametrize(
    "kinds", [("text", "count", "text"), ("count", "day", "share", "day"), ("money", "gap", "text", "text", "figure", "text")]
)
def test_what_begins_on_the_left_keeps_away_from_numbers_that_end_on_the_right_before_it(kinds: tuple[Any, ...]) -> None:
    columns = Table("", tuple(Column("", kind) for kind in kinds), ()).columns
    assert [kinds[number - 1 : number + 1] for number, column in enumerate(columns) if column.is_indented] == [
        (before, kind) for before, kind in pairwise(kinds) if before in {"count", "share", "money", "figure"} and kind in {"text", "day"}
    ]
