"""Pages: tables and shares made of facts, whatever is missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.measures.table import ENTRIES, entries_of, heading_of, label_of
from tasks.reporting.blocks import Bars, Column, Series, Share, by_segment, column_of, compared, format_share, kind_of
from tasks.reporting.pages.agenda import digest_lines, tabs

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

OUT_OF_OPENING = "out_of_opening_rate"
NOT_MEASURED = "period_customers"
"""A measure that the made-up company does not publish."""


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1_204, 5_000, "1,204 of 5,000 (24%)"),
        (7, 29, "7 of 29"),
        (7, 30, "7 of 30 (23%)"),
        (0, 0, "0 of 0"),
        (Decimal("10.00"), Decimal("40.00"), "10.00 of 40.00 (25%)"),
    ],
)
def test_a_share_is_said_with_its_two_numbers_and_a_percentage_only_of_enough(part: Any, whole: Any, said: str) -> None:
    assert format_share(part, whole, smallest=30) == said


def test_nothing_has_no_share_of_nothing() -> None:
    assert Share(0, 0).rate is Share(Decimal("-153.30"), Decimal("-322.92")).rate is None
    assert Share(1, 4).rate == Decimal("0.25")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("customers_in", "count"),
        ("net_customers", "signed_count"),
        ("net_amount", "signed_money"),
        ("new_amount", "money"),
        (OUT_OF_OPENING, "share"),
        ("terms_due_count", "count"),
    ],
)
def test_a_column_shows_what_its_measure_is(name: str, kind: Any) -> None:
    assert kind_of(ENTRIES[name]) == kind
    assert column_of(name) == Column(heading_of(name), kind)


def test_a_comparison_shows_the_period_before_and_the_year_before_with_their_changes(data: ScorecardData) -> None:
    table = compared(data, entries_of("customers_in", OUT_OF_OPENING, NOT_MEASURED))
    headings = [column.heading for column in table.columns]
    assert data.previous is not None
    assert data.year_before is not None
    assert headings == ["", data.labels[data.period], data.labels[data.previous], "Change", data.labels[data.year_before], "Change"]
    heads, rate = table.rows
    before = data.count("customers_in", period=data.previous)
    assert heads[:4] == (label_of("customers_in"), 22_000, before, 22_000 - before)
    assert rate[:2] == (label_of(OUT_OF_OPENING), Share(27_000, 122_727))
    assert (rate[3], rate[5]) == (None, None)


def test_a_comparison_without_a_year_before_says_so(made_up: Any) -> None:
    data = made_up.made_up_facts()
    alone = replace(data, year_before=None, year_to_date="so far", labels={**data.labels, "so far": "Year to date"})
    table = compared(alone, entries_of("customers_in"))
    assert table.description == "There is no data of a year before."
    assert table.columns[-1].heading == "Year to date"
    assert table.rows[0][-1] is None


def test_a_table_a_segment_lists_the_largest_group_first_and_the_whole_last(data: ScorecardData) -> None:
    tables = by_segment(data, entries_of("customers_out", OUT_OF_OPENING, NOT_MEASURED))
    assert [table.title for table in tables] == [f"By {name.replace('_', ' ')}" for name in data.segment_by]
    for table in tables:
        heads = [row[1] for row in table.rows]
        assert heads == sorted(heads, reverse=True)  # pyright: ignore[reportCallIssue, reportArgumentType] - all are whole numbers
        assert table.total == ("All customers", 27_000, Share(27_000, 122_727), None)


def test_groups_are_ranked_by_the_part_of_a_share_and_by_name_where_nothing_is_known(data: ScorecardData) -> None:
    (by_share, *_), (by_name, *_) = (
        by_segment(data, entries_of(OUT_OF_OPENING)),
        by_segment(data, entries_of(NOT_MEASURED)),
    )
    parts = [row[1].part for row in by_share.rows if isinstance(row[1], Share)]
    assert parts == sorted(parts, reverse=True)
    assert [row[0] for row in by_name.rows] == sorted(str(row[0]) for row in by_name.rows)


def test_the_highest_bar_decides_the_scale_wherever_it_points() -> None:
    assert Bars("Profit", ("a", "b"), (Series("Profit", (3, -7)),)).highest == 7
    assert Bars("Profit", (), ()).highest == 0


def test_a_meeting_goes_through_its_pages_in_order(data: ScorecardData) -> None:
    told = tabs(data)
    pages = [page for tab in told for page in tab.pages]
    assert [tab.title for tab in told] == ["Who came", "Who left", "Still to win", "Groups", "Notes"]
    assert len({page.title for page in pages}) == len(pages)
    assert all(page.sentence.endswith((".", "?")) for page in pages if page.sentence)
    assert all(each.line for each in digest_lines(data))
