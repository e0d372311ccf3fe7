"""The page of alignment: sentences that cannot contradict the bridge, whatever stands in it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tasks.reporting.pages.agenda import supply_pages, tabs
from tasks.reporting.pages.source_reconciliation import Bridge, alignment_lines, alignment_page, bridges

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

MARKETING = {
    "agreed": 21_000,
    "duplicate": 1_204,
    "customer_before": 1_800,
    "other_period": 1_000,
    "missing_from_silo": 1_000,
    "unexplained": 0,
}


def with_bridges(data: ScorecardData, *told: tuple[str, str, dict[str, int]]) -> ScorecardData:
    rows = tuple(
        {"silo": silo, "extract": "deals", "claimed": claimed, "says": "deals won", "line": line, "customers_count": count}
        for silo, claimed, lines in told
        for line, count in lines.items()
    )
    return replace(data, tables={"alignment": rows})


def test_a_silo_that_counts_more_says_why_largest_reason_first(data: ScorecardData) -> None:
    page = alignment_page(with_bridges(data, ("marketing", "new", MARKETING)))
    assert page.sentence == (
        "Marketing counts 25,004 new customers (deals won), the company 22,000. 21,000 are the same. Marketing alone counts 4,004: "
        "1,800 were customers before, 1,204 claims counted a customer again, 1,000 belong to another period. "
        "The company alone counts 1,000: 1,000 are never claimed."
    )


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        pytest.param({"agreed": 5}, "Service counts 5 lost customers (deals won), the company 5. 5 are the same.", id="no difference"),
        pytest.param(
            {"agreed": 5, "duplicate": 1, "missing_from_silo": 1},
            "Service counts 6 lost customers (deals won), the company 6. 5 are the same. Service alone counts 1: "
            "1 claim counted a customer again. The company alone counts 1: 1 is never claimed.",
            id="differences that cancel",
        ),
        pytest.param(
            {"agreed": 1, "missing_from_silo": 2, "claimed_elsewhere": 3},
            "Service counts 1 lost customer (deals won), the company 6. 1 is the same. The company alone counts 5: "
            "3 are claimed in another period, 2 are never claimed.",
            id="fewer",
        ),
        pytest.param(
            {"unknown_customer": 1},
            "Service counts 1 lost customer (deals won), the company 0. 0 are the same. Service alone counts 1: "
            "1 is of nobody the company knows.",
            id="nobody in common",
        ),
    ],
)
def test_a_bridge_is_said_as_it_is(lines: dict[str, int], sentence: str) -> None:
    assert Bridge("service", "lost", "deals won", lines).sentence == sentence


def test_every_line_leads_from_one_count_to_the_other_and_unexplained_is_always_shown() -> None:
    bridge = Bridge("marketing", "new", "deals won", {**MARKETING, "unexplained": 2})
    assert bridge.silo_count + sum(count for _, count in bridge.changes) == bridge.shared_count
    assert bridge.changes[-1] == ("Unexplained", 2)
    assert Bridge("marketing", "new", "deals won", {"agreed": 1}).changes == (("Unexplained", 0),)


def test_the_page_has_a_chart_and_a_table_for_each_bridge(data: ScorecardData) -> None:
    page = alignment_page(with_bridges(data, ("marketing", "new", MARKETING), ("service", "lost", {"agreed": 3})))
    assert [table.title for table in page.tables] == [
        "Counted by each, the furthest apart first",
        "Marketing: deals won",
        "Service: deals won",
    ]
    first, _ = page.waterfalls
    assert first.title == "Marketing: new customers (deals won), from its count to the company's"
    assert (first.opening, first.closing) == (("Marketing counts", 25_004), ("The company counts", 22_000))
    assert first.opening[1] + sum(count for _, count in first.changes) == first.closing[1]
    assert page.tables[1].total == ("The company counts", 22_000)
    assert page.tables[0].rows[0] == ("Marketing", "new", "deals won", 25_004, 22_000, MARKETING["agreed"])


def test_a_company_without_claims_is_told_how_to_declare_them(data: ScorecardData) -> None:
    page = alignment_page(data)
    assert bridges(data) == []
    assert page.missing
    assert "`claims`" in page.missing[0]


@pytest.mark.parametrize(("limit", "told"), [("0.05", 1), ("0.14", 0)])
def test_the_digest_tells_a_difference_that_passes_the_companys_limit(data: ScorecardData, limit: str, told: int) -> None:
    known = replace(with_bridges(data, ("marketing", "new", MARKETING)), alignment_threshold_rate=Decimal(limit))
    assert len(alignment_lines(known)) == told
    assert alignment_lines(with_bridges(data, ("service", "lost", {"agreed": 3}))) == []


def test_the_notes_hold_the_silos_counts_where_there_are_any(data: ScorecardData) -> None:
    def titles(known: ScorecardData) -> list[str]:
        return [page.title for page in tabs(known)[-1].pages]

    assert "Alignment" not in titles(data)
    assert "Alignment" in titles(with_bridges(data, ("marketing", "new", MARKETING)))


def test_what_an_extract_would_add_stands_in_the_notes_and_no_leader_reads_of_files(data: ScorecardData) -> None:
    *questions, notes = tabs(data)
    assert not any(".yaml" in text for tab in questions for page in tab.pages for text in page.missing)
    (supply,) = [page for page in notes.pages if page.title == "What further extracts would add"]
    assert any("sources.yaml" in str(row[0]) for row in supply.tables[0].rows)


def test_where_nothing_is_missing_no_page_asks_for_more() -> None:
    assert supply_pages([]) == ()
