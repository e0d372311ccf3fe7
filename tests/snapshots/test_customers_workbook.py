"""The lists of customers in their own workbook: every customer a row, names as they are, nothing calculated, a way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from tasks.reporting.model import CustomerList
from tasks.reporting.render.workbook import customers_workbook, workbook

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


def written(data: ScorecardData, lists: Any, **given: Any) -> bytes:
    """The file of the lists."""
    file = BytesIO()
    customers_workbook(data, lists, **given).save(file)
    return file.getvalue()


def read(file: bytes) -> Any:
    """The workbook as read back."""
    return load_workbook(BytesIO(file))


def links_of(sheet: Any) -> list[tuple[str | None, str | None]]:
    """Where the links of a sheet lead: to which file beside, none for the same, and where in it."""
    links = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    return [(link.target, link.location) for link in links]


@pytest.fixture(scope="module")
def book(data: ScorecardData, made_up: Any) -> Any:
    """The lists of the made-up company, read back."""
    return read(written(data, made_up.made_up_lists(6)))


def test_every_list_leads_back_to_the_scorecard_and_the_scorecard_to_every_list(data: ScorecardData, made_up: Any) -> None:
    listing = CustomerList("Coming due", "with terms", ("customer_id",), [("1",)], 1)
    lists = read(written(data, made_up.made_up_lists(6, further=(listing,))))
    assert lists.sheetnames == ["Customers in", "Customers out", "Coming due"]
    assert [links_of(sheet) for sheet in lists] == [[("scorecard.xlsx", "'Scorecard'!A1")]] * 3
    file = BytesIO()
    workbook(data, made_up.made_up_lists(6, further=(listing,))).save(file)
    away = {link for link in links_of(read(file.getvalue())["Scorecard"]) if link[0]}
    assert away == {("customers.xlsx", f"'{title}'!A1") for title in lists.sheetnames}


def test_the_scorecard_itself_holds_no_row_of_a_list(data: ScorecardData, made_up: Any) -> None:
    lists = made_up.made_up_lists(6)
    workbook(data, lists).save(BytesIO())
    assert len(list(lists.rows_in)) == len(list(lists.rows_out)) == 6


def test_lists_repeat_their_headings_keep_them_in_sight_and_can_be_filtered(book: Any) -> None:
    assert book["Customers in"].print_title_rows == "$1:$3"
    assert book["Customers out"].freeze_panes == "C4"
    assert book["Customers out"].tables["Customers_out"].ref == "A3:I9"


def test_a_list_of_nobody_says_so_in_its_title(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=0, opening_cents=0)
    book = read(written(data, made_up.made_up_lists(0)))
    assert book["Customers in"]["A1"].value == "No customers came in Q3 2026"
    assert not book["Customers in"].tables
    assert book["Customers out"]["A1"].value == "No customers were lost in Q3 2026"


def test_the_document_of_lists_says_what_it_is(book: Any) -> None:
    assert book.properties.title == "Alder & Finch: customers behind the scorecard, Q3 2026, edition 1"
    assert book.properties.creator == "Customer Math"


def test_columns_of_text_are_as_wide_as_what_they_hold(data: ScorecardData, made_up: Any) -> None:
    ids = [("a" * 32, "n"), ("b", "x" * 400)]
    lists = made_up.made_up_lists(2, columns=("customer_id", "customer_name"), rows_in=iter(ids), rows_out=iter(ids))
    sheet = read(written(data, lists))["Customers in"]
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [32 + 4, 44]


def test_without_names_only_the_ids_stay_in_sight(data: ScorecardData, made_up: Any) -> None:
    lists = made_up.made_up_lists(1, columns=("customer_id", "region"), rows_in=iter([("1", "North")]), rows_out=iter([("2", "South")]))
    assert read(written(data, lists))["Customers in"].freeze_panes == "B4"


def test_text_that_looks_like_a_formula_or_an_error_stays_text(data: ScorecardData, made_up: Any) -> None:
    texts = ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0", "#N/A", "\t=1", "=", "'quoted"]
    lists = made_up.made_up_lists(9, columns=("customer_id",), rows_in=iter([(text,) for text in texts]), rows_out=iter([("1",)] * 9))
    file = written(replace(data, company="=1+1", segment_by={"region": "=2", "channel": "@3"}), lists)
    cells = [cell for (cell,) in read(file)["Customers in"]["A4:A12"]]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in texts]
    assert [cell.quotePrefix for cell in cells] == [True, True, True, True, True, False, True, True, False]
    assert all(b"<f>" not in ZipFile(BytesIO(file)).read(name) for name in ZipFile(BytesIO(file)).namelist() if "worksheets" in name)


def test_names_survive_as_far_as_a_cell_can_hold_them(data: ScorecardData, made_up: Any) -> None:
    shown_as = {
        "Ada\x00\x07 Lovelace\x1b": "Ada Lovelace",
        "one\r\ntwo\rthree": "one\ntwo\nthree",
        "\ud800half a pair\uffff": "half a pair",
        "مقهى النيل": "مقهى النيل",
        "👩‍👩‍👧 & <b>": "👩‍👩‍👧 & <b>",
        "_x0041_": "_x005F_x0041_",
        "x" * 40_000: "x" * 32_766 + "…",
        "😀" * 20_000: "😀" * 16_383 + "…",
        " spaces ": " spaces ",
        None: None,
    }
    lists = made_up.made_up_lists(
        10, columns=("customer_name",), rows_in=iter([(name,) for name in shown_as]), rows_out=iter([("1",)] * 10)
    )
    sheet = read(written(data, lists))["Customers in"]
    assert [sheet.cell(4 + place, 1).value for place in range(10)] == list(shown_as.values())


def test_more_customers_than_a_sheet_holds_are_counted_and_found_in_the_file(data: ScorecardData, made_up: Any) -> None:
    sheet = read(written(data, made_up.made_up_lists(12), list_rows_limit=8))["Customers out"]
    assert sheet["A1"].value == (
        "The first 5 of 12 customers who were lost in Q3 2026; a sheet holds no more, all 12 are in movements.parquet"
    )
    assert sheet.max_row == 8
    assert sheet.tables["Customers_out"].ref == "A3:I8"


def test_a_list_that_fits_to_the_row_is_shown_whole(data: ScorecardData, made_up: Any) -> None:
    sheet = read(written(data, made_up.made_up_lists(5), list_rows_limit=8))["Customers in"]
    assert sheet["A1"].value == "5 customers who came in Q3 2026, every one listed"
    assert sheet.max_row == 8


@pytest.mark.parametrize(("counted", "found"), [(5, "found 4"), (3, "found more than 3")])
def test_a_list_that_differs_from_its_count_is_refused(data: ScorecardData, made_up: Any, counted: int, found: str) -> None:
    with pytest.raises(ValueError, match=f"Customers in: expected {counted} customers as counted, {found}"):
        customers_workbook(data, made_up.made_up_lists(4, in_count=counted))


def test_days_amounts_and_counts_are_numbers_and_ids_are_text(data: ScorecardData, made_up: Any) -> None:
    columns = ("customer_id", "movement", "moved_on", "first_came_on", "opening_amount", "orders_count", "closing_amount")
    row = (7, "in_and_out", date(2026, 7, 1), date(1899, 12, 31), Decimal("12.30"), 3, "unknown")
    lists = made_up.made_up_lists(1, columns=columns, rows_in=iter([row]), rows_out=iter([row]))
    book = read(written(data, lists))
    cells = [(cell.value, cell.number_format) for cell in book["Customers in"][4]]
    assert cells[:2] == [("7", "General"), ("in and out", "General")]
    assert (cells[2][0].date(), cells[2][1]) == (date(2026, 7, 1), "d mmm yyyy")
    assert [value for value, _ in cells[3:]] == ["1899-12-31", 12.3, 3, "unknown"]
    assert [cell.value for cell in book["Customers in"][3]][2:] == [
        "Came on",
        "First came on",
        "Opening value, EUR",
        "Orders count",
        "Closing value, EUR",
    ]
    assert book["Customers out"]["C3"].value == "Went on"
