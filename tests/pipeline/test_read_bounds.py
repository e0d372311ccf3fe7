"""What is damaged, endless or no file at all is refused in a sentence that quotes neither a library nor a cell."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import zipfile
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from tasks.sources import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

PERSON = "Zephyrine Quux"
SECRET = "s3cr3t-of-the-shop"
HEADINGS = ("id", "customer", "day", "amount")
ROWS = 40
CSV = f"id,customer,day,amount\n1,{PERSON},2024-03-01,1\n"


def workbook(rows: int = ROWS) -> bytes:
    """A workbook of purchases, all by one person."""
    book, packed = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(HEADINGS)
    for number in range(rows):
        book.active.append((number, PERSON, date(2024, 3, 1), number * 1.5))
    book.save(packed)
    return packed.getvalue()


def repacked(packed: bytes, **parts: bytes) -> bytes:
    """The workbook with some parts, by the end of their names, in place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as there, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in there.namelist():
            new.writestr(name, parts.get(name.rpartition("/")[2].removesuffix(".xml"), there.read(name)))
    return out.getvalue()


def part_of(packed: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as there:
        return there.read(next(each for each in there.namelist() if each.endswith(name)))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut off, a piece missing, or bytes that are others."""
    place = chance.randrange(len(content))
    match chance.randrange(3):
        case 0:
            return content[:place]
        case 1:
            return content[:place] + content[place + chance.randrange(1, 60) :]
        case _:
            return content[:place] + chance.randbytes(3) + content[place + 3 :]


def refused_or_whole(desk: Desk, path: str, rows: int) -> bool:
    """Whether a file is refused without a word of it; one that is read has every row."""
    try:
        landed, refusal = desk.land(desk.purchases(path=path)), None
    except SourceError as error:
        landed, refusal = None, str(error)
    assert refusal is None or (PERSON not in refusal and refusal.startswith(f"orders: {path}"))
    assert landed is None or landed.rows_count == rows
    return landed is None


@pytest.mark.parametrize("part", ["sheet1.xml", "workbook.xml", "styles.xml", "[Content_Types].xml", "workbook.xml.rels", ""])
def test_a_damaged_workbook_is_refused_and_never_loses_a_row(desk: Desk, part: str) -> None:
    assert _refusals(desk, part) > 5


def test_a_workbook_whose_own_description_is_damaged_is_read_whole(desk: Desk) -> None:
    assert _refusals(desk, "core.xml") == 0


def _refusals(desk: Desk, part: str) -> int:
    """Of workbooks that are damaged in one part, or anywhere, how many are refused; each other has every row."""
    chance, whole = random.Random(part), workbook()
    name = part.removesuffix(".xml")
    refusals = 0
    for _ in range(20):
        spoilt = repacked(whole, **{name: damaged(part_of(whole, part), chance)}) if part else damaged(whole, chance)
        desk.write("orders.xlsx", spoilt)
        refusals += refused_or_whole(desk, "orders.xlsx", ROWS)
    return refusals


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="9"', b'<row r="8"'),
        (b'<row r="9"', b'<row r="2"'),
        (b'<row r="9"', b'<row r="9999999999"'),
        (b'r="B9"', b'r="B8"'),
        (b'r="B9"', b'r="A9"'),
        (b'r="D9"', b'r="XFE9"'),
    ],
)
def test_rows_and_cells_that_are_out_of_order_are_refused_rather_than_passed_over(desk: Desk, old: bytes, new: bytes) -> None:
    sheet = part_of(workbook(), "sheet1.xml")
    assert sheet.count(old) == 1
    desk.write("orders.xlsx", repacked(workbook(), sheet1=sheet.replace(old, new)))
    assert "expected rows and cells in order, each once" in desk.problem(desk.purchases(path="orders.xlsx"))


def test_a_sheet_that_says_it_is_as_large_as_can_be_is_read_to_its_last_row(desk: Desk) -> None:
    sheet = part_of(workbook(), "sheet1.xml")
    desk.write("orders.xlsx", repacked(workbook(), sheet1=sheet.replace(b'ref="A1:D41"', b'ref="A1:XFD1048576"')))
    assert desk.land(desk.purchases(path="orders.xlsx")).rows_count == ROWS


def test_a_bomb_of_a_workbook_is_refused_unopened(desk: Desk) -> None:
    desk.write("orders.xlsx", repacked(workbook(), sheet1=b" " * (60 << 20)))
    assert "times its size; export it as CSV or Parquet" in desk.problem(desk.purchases(path="orders.xlsx"))


def test_a_bomb_of_a_packed_file_is_refused(desk: Desk) -> None:
    path = desk.folder / "orders.csv.gz"
    with gzip.open(path, "wb") as packed:
        packed.write(CSV.encode())
        for _ in range(300):
            packed.write(b"\n" * (1 << 20))
    assert "unpacks to at most 200 times its size, found more" in desk.problem(desk.purchases(path="orders.csv.gz"))


@pytest.mark.parametrize("name", ["orders.parquet", "orders.csv.gz", "orders.jsonl", "orders.jsonl.gz"])
def test_a_damaged_file_of_any_kind_is_refused_or_whole(desk: Desk, name: str) -> None:
    table = {"id": [str(n) for n in range(ROWS)], "customer": [PERSON] * ROWS, "day": ["2024-03-01"] * ROWS, "amount": ["1"] * ROWS}
    pyarrow.parquet.write_table(pa.table(table), desk.folder / "whole.parquet")
    lines = "".join(json.dumps({name: table[name][n] for name in HEADINGS}) + "\n" for n in range(ROWS))
    csv = ",".join(HEADINGS) + "\n" + "".join(f"{n},{PERSON},2024-03-01,1\n" for n in range(ROWS))
    whole = {
        "orders.parquet": (desk.folder / "whole.parquet").read_bytes(),
        "orders.csv.gz": gzip.compress(csv.encode()),
        "orders.jsonl": lines.encode(),
        "orders.jsonl.gz": gzip.compress(lines.encode()),
    }[name]
    cut = whole[: len(whole) - 25]
    desk.write(name, cut)
    assert refused_or_whole(desk, name, ROWS)
    desk.write(name, b"\0" * 3 + whole[3:])
    refused_or_whole(desk, name, ROWS)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("**.csv", "expected `**` between two `/`"),
        ("**", "expected `**` between two `/`"),
        (".", "found a folder; name a file"),
        ("/", "found a folder; name a file"),
        ("/dev/zero", "found something that is no regular file"),
        ("queue.csv", "found something that is no regular file"),
        ("loop.csv", "found something that is no regular file"),
        ("x" * 5000, "found: File name too long"),
        ("a\0b.csv", "found a path that no file can have"),
        ("~nobody-at-all/orders.csv", "found a path that no file can have"),
        ("none/*.csv", "there is no folder"),
    ],
)
def test_a_path_that_leads_to_no_file_is_refused_with_what_it_leads_to(desk: Desk, path: str, message: str) -> None:
    os.mkfifo(desk.folder / "queue.csv")
    (desk.folder / "loop.csv").symlink_to("loop.csv")
    found = desk.problem(desk.purchases(path=path))
    assert message in found
    assert len(found) < 500


def test_a_pattern_over_a_whole_disk_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.sources.files.MOST_LOOKED_AT", 30)
    for number in range(40):
        desk.write(f"{number}/orders.txt", CSV)
    assert "expected a pattern that leads past 30 files at most" in desk.problem(desk.purchases(path="**/orders.csv"))


def test_patterns_find_what_they_say(desk: Desk) -> None:
    for name in ("a/orders-1.csv", "a/b/orders-2.csv", "a/.hidden.csv", "a/b/c/other.txt", "orders-3.csv"):
        desk.write(name, CSV)
    expected = {
        "**/*.csv": ("a/b/orders-2.csv", "a/orders-1.csv", "orders-3.csv"),
        "a/**/orders-?.csv": ("b/orders-2.csv", "orders-1.csv"),
        "a/*.csv": ("orders-1.csv",),
        "a/[ab]/*": ("orders-2.csv",),
        "**/b/*.csv": ("orders-2.csv",),
    }
    assert {path: desk.land(desk.purchases(path=path)).files for path in expected} == expected


def test_a_file_without_headings_is_refused_without_its_first_row(desk: Desk) -> None:
    desk.write("orders.csv", f"1,{PERSON},2024-03-01,1\n")
    found = desk.problem()
    assert "found none of them among 4, and no row that looks like headings" in found
    assert PERSON not in found
    desk.write("orders.csv", f'id,customer,day,"amount\n1",{PERSON}\n')
    assert PERSON not in desk.problem()


def test_as_many_columns_as_no_export_has_are_refused(desk: Desk) -> None:
    desk.write("orders.csv", "," * 20_000 + "\n")
    assert "expected 16,384 columns at most, found 20,001; correct `read.delimiter`" in desk.problem()


def test_a_column_that_is_there_twice_is_refused_in_every_kind_of_file(desk: Desk) -> None:
    columns = [pa.array(["1"])] * 5
    pyarrow.parquet.write_table(pa.Table.from_arrays(columns, [*HEADINGS, "amount"]), desk.folder / "orders.parquet")
    assert "`amount` stands there 2 times" in desk.problem(desk.purchases(path="orders.parquet"))
    desk.write("orders.jsonl", '{"id": 1, "customer": "c", "day": "2024-03-01", "amount": 1, "amount": 2}\n')
    assert "orders.jsonl, line 1: expected every name of an object once" in desk.problem(desk.purchases(path="orders.jsonl"))


def test_a_line_of_json_nested_without_end_is_read_or_refused(desk: Desk) -> None:
    nested = "[" * 100_000 + "]" * 100_000
    desk.write("orders.jsonl", f'{{"id": 1, "customer": "c", "day": "2024-03-01", "amount": 1, "more": {nested}}}\n')
    refused_or_whole(desk, "orders.jsonl", 1)


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"PAR1 cut off"])
def test_a_landed_file_that_was_damaged_is_read_anew(desk: Desk, suffix: str, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    desk.write("orders.csv", CSV)
    landed = desk.land()
    landed.path.with_suffix(suffix).write_bytes(content)
    assert desk.land() == landed
    assert "is damaged, its extract is read anew" in caplog.text
    assert desk.rows("customer_id", landed) == [(PERSON,)]


@pytest.mark.parametrize(
    "path",
    [
        "${SHOP_SECRET}/orders.csv",
        "${SHOP_SECRET}-*.csv",
        "${SHOP_SECRET}*/*.csv",
        "exports/${SHOP_SECRET}/none-*.csv",
        "a\0${SHOP_SECRET}",
    ],
)
def test_what_was_filled_into_a_path_is_never_said(desk: Desk, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    desk.write(f"{SECRET}-old.txt", CSV)
    (desk.folder / SECRET).mkdir()
    found = desk.problem(desk.purchases(path=path))
    assert SECRET not in found
    assert "SHOP_SECRET" in found or "no file can have" in found


def test_files_are_named_without_what_was_filled_in(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    desk.write(f"{SECRET}-1.csv", CSV)
    desk.write(f"{SECRET}-2.csv", CSV.replace("1\n", "x\n"))
    with caplog.at_level("INFO"):
        landed = desk.land(desk.purchases(path="${SHOP_SECRET}-?.csv"))
    assert landed.files == ("${SHOP_SECRET}-1.csv", "${SHOP_SECRET}-2.csv")
    assert desk.rows("source_file", landed) == [("${SHOP_SECRET}-1.csv",), ("${SHOP_SECRET}-2.csv",)]
    assert SECRET not in caplog.text + landed.path.with_suffix(".json").read_text()


def readable_by_nobody(path: Path) -> bool:
    """Whether a file's owner may be shut out at all; an administrator may not."""
    path.chmod(0)
    return not os.access(path, os.R_OK)


def test_a_folder_that_may_not_be_read_is_refused_rather_than_passed_over(desk: Desk) -> None:
    desk.write("open/orders.csv", CSV)
    desk.write("shut/orders.csv", CSV)
    if not readable_by_nobody(desk.folder / "shut"):
        pytest.skip(reason="this user may read everything")
    found = desk.problem(desk.purchases(path="**/orders.csv"))
    (desk.folder / "shut").chmod(0o755)
    assert "found: Permission denied; correct `path`, or who may read it" in found
