"""Workbooks of the old kind (.xls) and of OpenDocument (.ods), written by LibreOffice: the same rows as in .xlsx, and the same refusals."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tasks.sources.landed import SourceError
from tests.pipeline.golden_edition import made_once

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
HEAD = ("id", "customer", "day", "amount", "note")
ROWS = (
    ("001", "ada", date(2024, 3, 1), 5.5, "two  blanks\nand a line"),
    (2, "bob", datetime(2024, 3, 2, 10, 30), "=2+3", True),  # noqa: DTZ001 - a sheet knows no zones
    (3, "cid", "2024-03-03", 12345678901234, time(10, 5)),
    (4, "dan", "2024-03-04", "=1/0", "=NA()"),
    (),
    (5, "eve", "2024-03-05", 0.3, None),
    (6, "fay", "2024-03-06", 1, "="),
)
SHEET = "Orders"
MANIFEST = "META-INF/manifest.xml"
YES = {"xls": "true", "ods": "1"}
"""LibreOffice writes yes as a number that is shown as TRUE."""
FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar, unreadable"


def write_books(folder: Path) -> None:
    """The same workbook as .xlsx, .xls and .ods, with a hidden sheet first and cells merged over two rows and two columns."""
    folder.mkdir(parents=True)
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Hidden"
    book.active.append(["nothing", "of", "this"])
    sheet = book.create_sheet(SHEET)
    for row in (HEAD, *ROWS):
        sheet.append(row)
    sheet.merge_cells("D7:D8")
    book["Hidden"].sheet_state = "hidden"
    book.active = 1
    book.save(folder / "orders.xlsx")
    for kind in ("xls", "ods"):
        profile = f"-env:UserInstallation=file://{folder / 'profile'}"
        command = [str(OFFICE), profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(folder / "orders.xlsx")]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    shutil.rmtree(folder / "profile")


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory.getbasetemp() / "books", write_books)


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_sheet_of_another_kind_gives_the_rows_that_it_shows(desk: Desk, books: Path, kind: str) -> None:
    shutil.copy(books / f"orders.{kind}", desk.folder)
    landed = desk.land(desk.purchases(path=f"orders.{kind}", attributes={"note": "note"}))
    assert desk.rows(f"{FACTS}, note", landed) == [
        ("001", "ada", "2024-03-01", "5.5000", None, "two  blanks\nand a line"),
        ("2", "bob", "2024-03-02", "5.0000", None, YES[kind]),
        ("3", "cid", "2024-03-03", "12345678901234.0000", None, "10:05:00"),
        ("4", "dan", "2024-03-04", None, f"amount='#DIV/0! in {SHEET}!D5'; note='#N/A in {SHEET}!E5'", None),
        ("5", "eve", "2024-03-05", "0.3000", None, None),
        ("6", "fay", "2024-03-06", None, f"amount='hidden by merged cells in {SHEET}!D8'", "="),
    ]


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods"])
@pytest.mark.parametrize("place", range(0, 100, 7))
def test_a_damaged_workbook_of_another_kind_gives_its_rows_or_a_sentence(desk: Desk, books: Path, kind: str, place: int) -> None:
    content = bytearray((books / f"orders.{kind}").read_bytes())
    start = len(content) * place // 100
    content[start : start + 40] = bytes(40)
    desk.write(f"orders.{kind}", bytes(content))
    try:
        became = str(desk.land(desk.purchases(path=f"orders.{kind}")).files)
    except SourceError as refused:
        became = str(refused)
    assert f"orders.{kind}" in became


@needs_office
def test_an_open_document_without_a_stored_value_or_with_a_password_is_not_read_as_empty(desk: Desk, books: Path) -> None:
    with zipfile.ZipFile(books / "orders.ods") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    formula = re.search(rb'<table:table-cell[^>]*table:formula="of:=2\+3"[^>]*?>', parts["content.xml"])
    assert formula
    without = re.sub(rb' (office:value-type|office:value|calcext:value-type)="[^"]*"', b"", formula[0])
    packing = {
        "unvalued": {**parts, "content.xml": parts["content.xml"].replace(formula[0], without)},
        "locked": {
            **parts,
            "META-INF/manifest.xml": parts["META-INF/manifest.xml"].replace(b"</manifest", b"<encryption-data/></manifest"),
        },
    }
    for name, held in packing.items():
        with zipfile.ZipFile(desk.folder / f"{name}.ods", "w") as packed:
            for part, content in held.items():
                packed.writestr(part, content)
    assert "found one that a password protects; save it without a password" in desk.problem(desk.purchases(path="locked.ods"))
    landed = desk.land(desk.purchases(path="unvalued.ods"))
    assert desk.rows("amount, unreadable", landed)[1] == (None, f"amount='formula without a stored value in {SHEET}!D3'")


@needs_office
@pytest.mark.parametrize("kind", ["xls", "ods"])
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"read": {"sheet": "Sales"}}, "expected a sheet `Sales`, found Hidden, Orders"),
        ({"read": {"sheet": "Hidden"}}, "found none of them among 3, and no row that looks like headings"),
        ({"read": {"drop_lines_matching": ["x"]}}, "`read.drop_lines_matching` has no effect on a file of excel"),
    ],
)
def test_what_is_not_there_is_said_of_every_kind(desk: Desk, books: Path, kind: str, changes: dict[str, object], says: str) -> None:
    shutil.copy(books / f"orders.{kind}", desk.folder)
    assert says in desk.problem(desk.purchases(path=f"orders.{kind}", **changes))
