"""Workbooks as programs and people leave them: cells without a value, other forms of the format, sheets that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Desk

FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar, unreadable"
HEADINGS = ("id", "customer", "day", "amount")
ROWS = [HEADINGS, ("1", "ada", datetime(2024, 3, 1), 5), ("2", "bob", datetime(2024, 3, 2), 7)]  # noqa: DTZ001 - Excel knows no zones
PLAIN = [("1", "ada", "2024-03-01", "5.0000", None), ("2", "bob", "2024-03-02", "7.0000", None)]
MAIN, STRICT = "schemas.openxmlformats.org/spreadsheetml/2006/main", "purl.oclc.org/ooxml/spreadsheetml/main"
LINKS, STRICT_LINKS = "schemas.openxmlformats.org/officeDocument/2006/relationships", "purl.oclc.org/ooxml/officeDocument/relationships"


def workbook(rows: list[tuple[Any, ...]] | None = None, **options: Any) -> openpyxl.Workbook:
    """A workbook with a sheet of rows."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = options.get("sheet", "Export")
    for row in rows or ROWS:
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook, change: Callable[[str, str], str] | None = None) -> bytes:
    """The workbook's bytes; `change` makes another text of the part with a name. Excel itself never asks for its own calculation."""
    written, changed = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(changed, "w") as copy:
        for name in whole.namelist():
            text = whole.read(name).decode().replace(' fullCalcOnLoad="1"', "")
            copy.writestr(name, change(name, text) if change else text)
    return changed.getvalue()


def landed(desk: Desk, content: bytes, name: str = "orders.xlsx", **read: Any) -> list[tuple[Any, ...]]:
    """What is landed of a workbook."""
    desk.write(name, content)
    return desk.rows(FACTS, desk.land(desk.purchases(path=name, read=read)))


def with_formula(stored: str, kind: str = "") -> Callable[[str, str], str]:
    """The second row's amount as a formula with what is stored of its value."""

    def change(name: str, text: str) -> str:
        return text.replace('<c r="D2" t="n"><v>5</v></c>', f'<c r="D2"{kind}><f>2+3</f>{stored}</c>') if "sheet1" in name else text

    return change


@pytest.mark.parametrize("stored", ["", "<v></v>", "<v/>"])
def test_a_formula_without_a_stored_value_is_set_aside_by_its_cell(desk: Desk, stored: str) -> None:
    missing = ("1", "ada", "2024-03-01", None, "amount='formula without a stored value in Export!D2'")
    assert landed(desk, saved(workbook(), with_formula(stored))) == [missing, PLAIN[1]]


def test_a_formula_with_its_value_is_read_and_one_of_an_empty_text_is_empty(desk: Desk) -> None:
    assert landed(desk, saved(workbook(), with_formula("<v>5</v>"))) == PLAIN
    assert landed(desk, saved(workbook(), with_formula("<v></v>", ' t="str"')))[0] == ("1", "ada", "2024-03-01", None, None)


def test_a_value_that_a_program_stored_instead_of_calculating_it_is_no_value(desk: Desk) -> None:
    def change(name: str, text: str) -> str:
        asking = text.replace("<calcPr ", '<calcPr fullCalcOnLoad="1" ') if name == "xl/workbook.xml" else text
        return with_formula("<v>0</v>")(name, asking)

    first, second = landed(desk, saved(workbook(), change))
    assert (first[3], first[4], second) == (None, "amount='formula without a stored value in Export!D2'", PLAIN[1])


def test_an_error_in_a_cell_is_no_customer_no_attribute_and_no_amount(desk: Desk) -> None:
    rows = [(*HEADINGS, "region"), ("1", "#N/A", date(2024, 3, 1), 5, "north"), ("2", "bob", date(2024, 3, 2), "#DIV/0!", "#REF!")]
    desk.write("orders.xlsx", saved(workbook(rows)))
    extract = desk.purchases(path="orders.xlsx", attributes={"region": "region"})
    assert desk.rows("customer_id, amount, region, unreadable", desk.land(extract)) == [
        (None, 5, "north", "customer_id='#N/A in Export!B2'"),
        ("bob", None, None, "amount='#DIV/0! in Export!D3'; region='#REF! in Export!E3'"),
    ]
    extract["read"] = {"null_texts": ["#REF!", "#N/A", "#DIV/0!"]}
    assert desk.rows("customer_id, amount, region, unreadable", desk.land(extract)) == [
        (None, 5, "north", None),
        ("bob", None, None, None),
    ]


def test_an_error_saved_as_text_is_no_customer_either(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount\n1,#NV,2024-03-01,5\n#BEZUG!,bob,2024-03-02,7\n3,#1,2024-03-03,1\n")
    assert desk.rows("record_key, customer_id, unreadable", desk.land(desk.purchases())) == [
        ("1", None, "customer_id='#NV'"),
        (None, "bob", "record_key='#BEZUG!'"),
        ("3", "#1", None),
    ]


def test_a_missing_part_of_a_key_is_no_key(desk: Desk) -> None:
    desk.write("orders.csv", "id,line,customer,day,amount\n1,#REF!,ada,2024-03-01,5\n1,2,ada,2024-03-01,5\n")
    landed_rows = desk.rows("record_key, unreadable", desk.land(desk.purchases(key=["id", "line"])))
    assert landed_rows == [(None, "record_key='#REF!'"), ("1|2", None)]


def test_what_merged_cells_hide_is_set_aside_and_what_they_decorate_is_read(desk: Desk) -> None:
    book = workbook([("Orders", None, None, None), *ROWS, ("3", None, datetime(2024, 3, 3), 1)])  # noqa: DTZ001 - the same
    assert book.active is not None
    book.active.merge_cells("A1:D1")
    book.active.merge_cells("B4:B5")
    book.active.merge_cells("A8:D9")
    hidden = ("3", None, "2024-03-03", "1.0000", "customer_id='hidden by merged cells in Export!B5'")
    assert landed(desk, saved(book), skip_rows=1) == [*PLAIN, hidden]


def test_the_first_sheet_is_the_first_that_has_rows_and_is_shown(desk: Desk) -> None:
    book = workbook([("secret",)], sheet="Lists")
    assert book.active is not None
    book.active.sheet_state = "hidden"
    book.create_chartsheet("Chart", 0)
    shown = book.create_sheet("Orders")
    for row in ROWS:
        shown.append(row)
    book.active = 2
    desk.write("orders.xlsx", saved(book))
    assert "expected a sheet `Chart`, found Lists, Orders" in desk.problem(desk.purchases(path="orders.xlsx", read={"sheet": "Chart"}))
    assert landed(desk, saved(book)) == PLAIN


def test_a_strict_workbook_is_read_like_any_other(desk: Desk) -> None:
    assert landed(desk, saved(workbook(), lambda _, text: text.replace(MAIN, STRICT).replace(LINKS, STRICT_LINKS))) == PLAIN


def test_styles_and_properties_that_only_excel_understands_are_passed_over(desk: Desk) -> None:
    def change(name: str, text: str) -> str:
        no_fill = text.replace("<fill><patternFill /></fill>", "<fill />") if name == "xl/styles.xml" else text
        return no_fill.replace("<dcterms:created", "<dcterms:created>soon</dcterms:created><dcterms:created") if "core" in name else no_fill

    assert landed(desk, saved(workbook(), change)) == PLAIN


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def package(name: str) -> bytes:
    """A package with one part."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (OLE + bytes(5000) + "EncryptedPackage".encode("utf-16-le"), "one that a password protects; save it without a password"),
        (b"\xef\xbb\xbf\r\n<HTML><table><tr><td>id</td></tr></table>", "a web page (HTML) under a workbook's name; open it in Excel"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "an `XML Spreadsheet 2003`; save it"),
        (b"id,customer,day,amount\n", "text; if it is CSV, write `read: {format: csv}`"),
        (b"\x00\x01\x02", "a file that is none; save it as .xlsx again"),
        (package("xl/workbook.bin"), "a binary workbook (.xlsb); save it as .xlsx"),
    ],
)
def test_what_is_no_workbook_is_called_what_it_is(desk: Desk, content: bytes, kind: str) -> None:
    desk.write("orders.xls", content)
    expected = f"orders: orders.xls: expected an Excel workbook (.xlsx), found {kind}"
    assert desk.problem(desk.purchases(path="orders.xls")).startswith(expected)


@pytest.mark.parametrize("content", [OLE + bytes(5000), package("content.xml")])
def test_a_damaged_workbook_of_another_kind_is_called_damaged(desk: Desk, content: bytes) -> None:
    desk.write("orders.xls", content)
    expected = "orders: orders.xls: expected an Excel workbook, found a damaged one; open it, save it as .xlsx again"
    assert desk.problem(desk.purchases(path="orders.xls")) == expected
