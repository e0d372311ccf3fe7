"""The page for the meeting: what stands on it, that nothing on it is active, and that it is one page on paper."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from tasks.reporting.beginning import DataBeginning
from tasks.reporting.blocks import Bars, Column, Curves, Interval, Intervals, Page, RunChart, Series, Tab, Table
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.front import data_line, front_lines
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.render.page_html import anchor_of, page_html
from tasks.reporting.render.page_pdf import page_data, page_pdf

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

NASTY = '<script>alert(1)</script>"onload="x&#1;'
ONE_PAGE = b"/Type/Pages/Count 1/"
RATES = Table("Rates", (Column("Days"), Column("Gone", "share")), ((0, Decimal("0.1")), (30, Decimal("0.4")), (400, Decimal(1))))
VALUES = Table("Each", (Column("Period", "text"), Column("Each", "money")), (("Q1", None), ("Q2", Decimal(-5)), ("Q3", Decimal(9))))
TIMES = Table("A rate", (Column("Period", "text"), Column("Rate", "times")), (("Q1", Decimal("1.5")),))
COUNTS = Table("A count", (Column("Period", "text"), Column("Count")), (("Q1", 3), ("Q2", 5)))
LATE = Interval("Late", Decimal(1), Decimal(2), Decimal(9), is_sure=True)
EARLY = Interval("Early", Decimal(0), Decimal(1), Decimal(2), is_sure=False)
RATIOS = Intervals("Ratios", (LATE, EARLY), Decimal(4))
DRAWN = Page(
    "Drawn",
    "What is drawn?",
    "Everything is.",
    Bars("Side by side", ("One", "Another with a long name of its own"), (Series("Up", (1, -2), "in"), Series("Down", (3, 4), "in"))),
    (
        RATES,
        Table("Looked up", (Column("", "text"),), (), is_detail=True),
        Table("", (Column("", "text"), Column("", "gap")), (), has_headings=False),
    ),
    missing=("A company that says so.",),
    curves=Curves("Curves", "days", 60, RATES, ("out",), (("In force", 30),)),
    intervals=RATIOS,
    run_chart=RunChart("Lines", VALUES, ("quiet",)),
    small_print=("Small.",),
)


def shown(data: ScorecardData, *pages: Page, **changes: Any) -> str:
    data = replace(data, **changes)
    return page_html(data, [Tab("Who left", "who went", pages)] if pages else tabs(data))


def charts(page: str) -> list[ET.Element]:
    return [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page)]


def as_text(page: str) -> str:
    """What a reader sees, a line a block; of charts all their texts in one line."""
    body = re.sub(r"(?s)^.*<body>", "", page)
    body = re.sub(r"<svg.*?</svg>", lambda svg: f"[{' | '.join(re.findall(r'>([^<>]+)</text>', svg[0]))}]", body)
    body = re.sub(r"(</t[dh]>)+(?=<t[dh])", " | ", body)
    parts = re.sub(r"</?(?:td|th)[^>]*>", "", body)
    return unescape("\n".join(line.strip() for line in re.sub(r"<[^>]*>", "\n", parts).splitlines() if line.strip()))


def test_the_page_as_it_reads(data: ScorecardData, snapshot: SnapshotAssertion) -> None:
    assert as_text(shown(data)) == snapshot


def test_the_page_says_what_the_front_sheet_says(data: ScorecardData) -> None:
    page = unescape(shown(data))
    for text in (headline(data), value_line(data), data_line(data), *(line.text for line in front_lines(data))):
        assert text in page
        assert text in str(page_data(data))


def test_every_figure_of_the_customers_table_is_the_published_one(data: ScorecardData) -> None:
    table = re.search(r"<h4>Customers</h4>.*?</table>", shown(data))
    assert table is not None
    rows = {name: numbers for name, *numbers in (re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table[0].split("<tr>")[2:])}
    names = {"Customers at opening": "opening_customers", "Customers in (+)": "customers_in", "Left (on record)": "left_customers"}
    for label, name in names.items():
        now, before, year_before = (data.count(name, period=period) for period in (data.period, data.previous, data.year_before))
        assert rows[label] == [f"{now:,}", f"{before:,}", f"{year_before:,}", f"{now - year_before:+,}"]


def test_of_many_notes_the_first_stand_on_the_page(data: ScorecardData) -> None:
    text = as_text(shown(data, notes=("One.", "Two.", "Three.", "Four.")))
    assert "Three." in text
    assert "Four." not in text
    assert "1 further note: on the sheet Notes of scorecard.xlsx." in text


def test_a_line_leads_to_its_part_of_the_page_where_there_is_one(data: ScorecardData) -> None:
    assert '<a href="#who-left">1  Where' in shown(data)
    assert '<section id="who-left">' in shown(data)
    assert anchor_of("Still to win") == "still-to-win"
    assert 'href="#' not in page_html(data, [])


def test_names_of_others_do_nothing_on_the_page(data: ScorecardData) -> None:
    page = shown(data, replace(DRAWN, sentence=NASTY, title=NASTY), company=NASTY, notes=(NASTY,))
    assert "<script" not in page
    assert 'onload="' not in page
    assert len(charts(page)) == 7


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(data: ScorecardData) -> None:
    page = shown(data)
    assert re.findall(r'(?:src|href|url)[=(]"?([^"#>)]+)', page) == ["scorecard.xlsx", "validation/index.html"]
    assert not re.search(r"<script|<link|<iframe|@import|@font-face| on\w+=", page)


def test_every_chart_says_what_it_shows_and_keeps_within_its_frame(data: ScorecardData) -> None:
    for chart in charts(shown(data, DRAWN)):
        assert chart.get("aria-label")
        _left, _top, width, height = map(float, str(chart.get("viewBox")).split())
        for part in chart:
            assert 0 <= float(part.get("x", 0)) <= width
            assert 0 <= float(part.get("y", 0)) <= height


def test_what_a_chart_is_drawn_from_stands_beside_it(data: ScorecardData) -> None:
    text = as_text(shown(data, DRAWN))
    assert "[Side by side | Up | Down | One | 1 | 3 | Another with a long | name of its own | -2 | 4]" in text
    assert "[Ratios | Late | Early | 0 | 1 | 2 | 3 | 4]" in text
    assert "In force" in text
    assert "Looked up" not in text


@pytest.mark.parametrize(("numbers", "tick"), [(VALUES, "-5"), (TIMES, "1.5"), (COUNTS, "5")])
def test_an_axis_says_numbers_as_they_are(data: ScorecardData, numbers: Table, tick: str) -> None:
    page = Page("Drawn", "What?", run_chart=RunChart("Lines", numbers, ("base",)))
    (line,) = [line for line in as_text(shown(data, page)).splitlines() if line.startswith("[Lines")]
    parts = line.strip("[]").split(" | ")
    assert tick in parts
    assert len(parts) == len(set(parts))


def test_a_bar_that_is_money_is_as_short_as_it_is_said(data: ScorecardData) -> None:
    bars = Bars("Value", ("One",), (Series("Value", (Decimal(1_250_000),)),), is_money=True, is_stacked=True)
    assert "[Value | One | 1.3m]" in as_text(shown(data, Page("Drawn", "What?", bars=bars)))


def test_a_page_to_look_things_up_in_is_not_shown(data: ScorecardData) -> None:
    hidden = Page("Hidden", "What?", tables=(replace(RATES, is_detail=True),))
    assert "Hidden" not in shown(data, hidden, DRAWN)
    assert "<h3>Drawn</h3>" in shown(data, hidden, DRAWN)


def test_a_key_takes_as_many_lines_as_it_needs_and_nothing_has_no_bar(data: ScorecardData) -> None:
    series = tuple(Series(f"A series with a long name, number {number}", (0,), "out") for number in range(4))
    page = shown(data, Page("Drawn", "What?", bars=Bars("Bars", ("One",), (*series, Series("Last", (1,), "base")))))
    chart = charts(page)[-1]
    assert len({part.get("y") for part in chart if (part.text or "").startswith("A series")}) == 4
    assert len([part for part in chart if part.tag.endswith("rect")]) == 5 + 1


def test_what_nobody_knows_is_said_instead_of_a_number(data: ScorecardData) -> None:
    began = DataBeginning(date(2026, 8, 1), "orders", is_assumed=True, openings={}, is_opening_unknown=True)
    text = as_text(shown(data, beginning=began))
    assert "Customers at opening | not known |" in text
    assert "Customers at closing | 117,727 |" in text
    assert "How the number of customers changed" not in text


@pytest.mark.parametrize("lost", [1, 2, 3, 7])
def test_an_axis_of_few_customers_says_no_number_twice(made_up: Any, lost: int) -> None:
    few = made_up.made_up_facts({"2026-Q2": made_up.Moves(), "2026-Q3": made_up.Moves(lapsed=lost)}, opening=9)
    chart = charts(page_html(few, ()))[-1]
    numbers = [part.text for part in chart if part.get("text-anchor") == "end" and (part.text or "").isdigit()]
    assert len(numbers) == len(set(numbers)) > 1


def test_without_value_and_without_a_past_there_are_fewer_pictures(data: ScorecardData) -> None:
    worthless = {key: Decimal(0) if isinstance(value, Decimal) else value for key, value in data.figures.items()}
    alone = replace(data, figures=worthless, trend=(data.period,), previous=None, year_before=None)
    assert [chart.get("aria-label") for chart in charts(page_html(alone, []))] == [headline(alone)]
    assert len(page_data(alone)["charts"]) == 1
    assert page_data(alone)["groups"] == []


def test_the_page_on_paper_is_one_page_and_the_same_bytes_again(data: ScorecardData) -> None:
    pdf = page_pdf(data)
    assert pdf is not None
    assert pdf.startswith(b"%PDF")
    assert ONE_PAGE in pdf
    assert pdf == page_pdf(data)


def test_a_long_page_is_made_smaller_and_names_are_no_markup_on_it(data: ScorecardData) -> None:
    pdf = page_pdf(replace(data, company="#panic() $ * \\ " + NASTY, customer=" ".join(["household of many names"] * 120)))
    assert pdf is not None
    assert ONE_PAGE in pdf


def test_without_typst_there_is_no_page_on_paper(data: ScorecardData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert page_pdf(data) is None
