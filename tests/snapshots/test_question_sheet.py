"""A page as a sheet: sentence, chart, what is missing, tables, and rates of too few without a percentage."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook

from tasks.reporting.blocks import Bars, Column, Page, Series, Share, Tab, Table, Waterfall
from tasks.reporting.model import CustomerList
from tasks.reporting.render.chart_data import chart_data_sheet, charted
from tasks.reporting.render.excel_lists import listing_sheet
from tasks.reporting.render.scorecard import scorecard_sheet
from tasks.reporting.render.tabs import page_sheet
from tasks.reporting.render.workbook import customers_workbook

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

COLUMNS = (
    Column("Reason", "text"),
    Column("Customers"),
    Column("Value", "money"),
    Column("Share", "share"),
    Column("Change", "count"),
)
REASONS = Table(
    "Why they left",
    COLUMNS,
    (("Price", 1_200, Decimal("34000.50"), Share(1_200, 5_000), 12), ("=HYPERLINK", 3, Decimal("1.00"), Share(3, 7), None)),
    total=("All", 1_203, Decimal("34001.50"), Share(0, 0), 8),
    description="Reasons that customers told.",
)
MIXED = Table(
    "Compared",
    (Column("", "text"), Column("Q3", "figure"), Column("Less", "signed_figure")),
    (("Value", Decimal("1.50"), Decimal("-2.50")), ("Heads", 3, -4)),
)
EMPTY = Table("Nobody", (Column("Day", "day"), Column("Share", "share")), ())
DAYS = Table("Days", (Column("Day", "day"), Column("Share", "share")), ((date(2026, 9, 30), Share(40, 50)),))
BARS = Bars("Customers out by reason", ("Price", "Other"), (Series("Left", (1_200, 3), "out"), Series("Lapsed", (5, 6), "out")))
PAGE = Page(
    "Lost customers", "Whom did we lose?", "We lost 1,203 customers.", BARS, (REASONS, MIXED, EMPTY, DAYS), ("No reasons are told.",)
)


def opened(data: ScorecardData, *pages: Page) -> Any:
    book, drawn = Workbook(write_only=True), charted(data, pages)
    scorecard_sheet(book, data, drawn, tabs=[Tab(page.title, page.question, (page,)) for page in pages], lists=())
    for page in pages:
        page_sheet(book, data, page, drawn=drawn)
    chart_data_sheet(book, data, drawn)
    saved = io.BytesIO()
    book.save(saved)
    return load_workbook(saved)


@pytest.fixture(scope="module")
def sheet(data: ScorecardData) -> Any:
    return opened(replace(data, smallest_rate_base=30), PAGE)["Lost customers"]


def cells(sheet: Any) -> dict[str, Any]:
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}


def test_a_sheet_says_what_happened_and_what_is_missing_before_it_shows_tables(sheet: Any) -> None:
    found = list(cells(sheet).values())
    assert found[:5] == ["Lost customers", "Back to the scorecard", "Whom did we lose?", "We lost 1,203 customers.", "No reasons are told."]
    assert [found.index(title) for title in ("Why they left", "Compared", "Nobody", "Days")] == sorted(
        found.index(title) for title in ("Why they left", "Compared", "Nobody", "Days")
    )
    assert "None in this period." in found


def test_numbers_are_formatted_as_their_column_whatever_its_heading(sheet: Any) -> None:
    formats = {str(cell.value): cell.number_format for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert formats["1200"] == "#,##0"
    assert formats["34000.5"] == "#,##0.00"
    assert formats["0.24"] == "0.0%"
    assert formats["12"] == "#,##0"
    assert formats["1.5"] == "#,##0.00"
    assert formats["-4"] == "+#,##0;-#,##0;0"
    assert formats["-2.5"] == "+#,##0.00;-#,##0.00;#,##0.00"
    assert formats["2026-09-30 00:00:00"] == "d mmm yyyy"


def test_a_rate_of_too_few_shows_its_two_numbers(sheet: Any) -> None:
    found = set(cells(sheet).values())
    assert {"3 of 7", "none"} <= found
    assert sheet["A1"].value == "Lost customers"


def test_a_page_has_one_native_chart_drawn_from_the_chart_data(data: ScorecardData) -> None:
    book = opened(data, PAGE, replace(PAGE, title="Stacked", bars=replace(BARS, is_stacked=True, is_money=True)))
    assert [len(book[name]._charts) for name in ("Lost customers", "Stacked")] == [1, 1]
    assert "Lost customers: Customers out by reason" in cells(book["Chart data"]).values()


def test_a_page_without_anything_to_draw_has_no_chart(data: ScorecardData) -> None:
    one = Bars("Customers", ("Price",), (Series("Left", (0,)),))
    many = Bars("Customers", tuple(f"reason {number}" for number in range(50)), (Series("Left", tuple(range(50))),))
    book = opened(data, replace(PAGE, bars=one), replace(PAGE, title="None", bars=None), replace(PAGE, title="Many", bars=many, tables=()))
    assert [len(book[name]._charts) for name in ("Lost customers", "None", "Many")] == [0, 0, 1]


def test_the_front_sheet_links_to_every_question(data: ScorecardData) -> None:
    front = opened(data, PAGE, replace(PAGE, title="Renewals"))["Scorecard"]
    links = {cell.value: cell.hyperlink.location for row in front.iter_rows() for cell in row if cell.hyperlink}
    assert links["Lost customers"] == "'Lost customers'!A1"
    assert links["Renewals"] == "'Renewals'!A1"


@pytest.mark.parametrize(("count", "said"), [(2, "2 customers who weaken"), (0, "No customers who weaken")])
def test_a_list_of_another_kind_says_who_is_listed(data: ScorecardData, count: int, said: str) -> None:
    book = Workbook(write_only=True)
    rows = [(f"c{number}", 10 - number) for number in range(count)]
    listing_sheet(book, data, CustomerList("Weakening", "who weaken", ("customer_id", "days_count"), rows, count), rows_limit=100)
    saved = io.BytesIO()
    book.save(saved)
    found = cells(load_workbook(saved)["Weakening"])
    assert found["A1"] == said
    assert len([value for value in found.values() if str(value).startswith("c0")]) == min(count, 1)


def test_a_bridge_is_drawn_beside_its_table(data: ScorecardData) -> None:
    fall = Waterfall("Deals won", ("Marketing counts", 9), (("Counted again", -2), ("Unexplained", 0)), ("The company counts", 7))
    book = opened(data, replace(PAGE, title="Alignment", bars=None, waterfalls=(fall,)))
    assert len(book["Alignment"]._charts) == 1
    assert "Alignment: Deals won" in cells(book["Chart data"]).values()


def test_further_lists_have_a_sheet_each(data: ScorecardData, made_up: Any) -> None:
    listing = CustomerList("Coming due", "with terms that come due", ("customer_id", "amount"), [("c01", Decimal(5))], 1)
    saved = io.BytesIO()
    customers_workbook(data, made_up.made_up_lists(further=(listing,))).save(saved)
    assert cells(load_workbook(saved)["Coming due"])["A1"] == "1 customer with terms that come due"


def test_bars_below_nothing_are_drawn_below_the_line(data: ScorecardData) -> None:
    loss = Bars("Profit", ("Gold", "Bronze"), (Series("Profit", (Decimal(5), Decimal(-3)), "in"),), is_money=True)
    sheet = opened(data, replace(PAGE, title="Profit", bars=loss))["Profit"]
    assert sheet._charts[0].y_axis.scaling.min is None


def test_rows_that_are_folded_away_can_be_opened(data: ScorecardData, made_up: Any) -> None:
    sheet = made_up.sheet_of(data, replace(PAGE, bars=None, tables=(replace(REASONS, folded_from=1),)))
    folded = [number for number, row in sheet.row_dimensions.items() if row.hidden]
    assert [sheet.cell(number, 1).value for number in folded] == ["=HYPERLINK"]
    assert [sheet.row_dimensions[number].outlineLevel for number in folded] == [1]
