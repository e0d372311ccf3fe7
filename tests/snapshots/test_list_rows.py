"""Rows of lists are written past openpyxl, and what stands in the file is what openpyxl itself would have written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import canonicalize
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from tasks.reporting.render import workbook as workbooks
from tasks.reporting.render.cells import CellStyle, begins_like_a_formula, set_text, set_value, styled_cell
from tasks.reporting.render.list_rows import ListColumn, append_rows, rows_as_xml

DAY, MONEY = CellStyle(number_format="yyyy-mm-dd"), CellStyle(number_format="#,##0.00", align="right")
ROWS = [
    (date(2026, 9, 30), Decimal("1234.50"), "Ada & <Co>", 12),
    (date(1899, 12, 31), Decimal(0), " blanks at its ends ", -3),
    (None, Decimal("-0.01"), "=1+1", None),
    (date(1900, 3, 1), None, "", 0),
    (date(2024, 2, 29), Decimal("98765432101234.99"), "one\r\ntwo _x0041_ \x07 مقهى 😀", 7),
    (None, None, None, None),
    (date(2024, 2, 29), Decimal("0.1"), " ", 1_000_000),
]


def by_openpyxl(book: Workbook) -> None:
    """A sheet of the rows, every cell written by openpyxl."""
    sheet = book.create_sheet("list")
    sheet.append(["above"])
    for row in ROWS:
        cells = []
        for value, look in zip(row, (DAY, MONEY, CellStyle(), CellStyle()), strict=True):
            is_formula = isinstance(value, str) and begins_like_a_formula(value)
            made = styled_cell(sheet, CellStyle(number_format=look.number_format, align=look.align, is_quoted=is_formula))
            if isinstance(value, str):
                set_text(made, value)
            else:
                set_value(made, value)
            cells.append(None if value is None else made)
        sheet.append(cells)


def by_us(book: Workbook) -> None:
    """The same sheet, its rows written as text."""
    sheet = book.create_sheet("list")
    sheet.append(["above"])
    columns = [
        ListColumn(sheet, number, look, is_number=number != 3) for number, look in enumerate((DAY, MONEY, CellStyle(), CellStyle()), 1)
    ]
    append_rows(sheet, rows_as_xml(columns, ROWS, first_row=2))


def test_a_row_stands_in_the_file_as_openpyxl_would_have_written_it() -> None:
    sheets = []
    for write in (by_openpyxl, by_us):
        book, file = Workbook(write_only=True), BytesIO()
        write(book)
        book.save(file)
        sheets.append(canonicalize(ZipFile(file).read("xl/worksheets/sheet1.xml").decode()))
    assert sheets[1] == sheets[0]


def test_a_text_is_shown_in_the_words_of_its_column() -> None:
    sheet = Workbook(write_only=True).create_sheet("list")
    (row,) = rows_as_xml([ListColumn(sheet, 1, CellStyle(), shown_as=str.upper)], [("came back",)], first_row=4)
    assert b"<t>CAME BACK</t>" in row


def test_a_list_that_ends_in_the_middle_leaves_no_sheet_half_begun() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        append_rows(sheet, rows_as_xml([ListColumn(sheet, 1, CellStyle())] * 2, [("1",)], first_row=1))
    assert sheet.closed


def test_a_scorecard_that_cannot_be_finished_leaves_no_sheet_open(data: Any, made_up: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    books: list[Workbook] = []

    def without_room(book: Workbook, *_rest: object) -> None:
        books.append(book)
        raise OSError("no space left")

    monkeypatch.setattr(workbooks, "chart_data_sheet", without_room)
    with pytest.raises(OSError, match="no space left"):
        workbooks.workbook(data, made_up.made_up_lists())
    sheets: list[Any] = [*books[0].worksheets]
    assert len(sheets) > 1
    assert [sheet.title for sheet in sheets if not sheet.closed] == []
