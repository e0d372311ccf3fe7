"""Files that people open: a spreadsheet shows every text as it is, and calculates none."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import openpyxl
import pytest

from expectations.verdict import RefusedError
from flows.replay import replay
from tasks.explain import ExplainRequest, explain
from tasks.store.machine_csv import write_machine_csv
from tasks.store.spreadsheets import write_query, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
NAMES = ["=1+1", '=HYPERLINK("http://example.org","x")', "@SUM(1)", "+1", "-1", "Müller; =1+1", "Zoë", "'quoted'", "two\nlines", 'a "b", c']
AS_TEXT = [
    *("'=1+1", '\'=HYPERLINK("http://example.org","x")', "'@SUM(1)", "'+1", "'-1", "Müller; '=1+1", "Zoë", "''quoted'"),
    *("two\nlines", 'a "b", c'),
]
COLUMNS = ("name", "amount", "count", "on", "at", "is_new", "rate", "nothing")
ROWS = [
    (name, Decimal("-120.50"), -3, date(2026, 8, 1), datetime(2026, 8, 1, 12, tzinfo=UTC), True, 0.25, None) for name in NAMES
]  # numbers stay numbers, whatever their sign


def in_libreoffice(path: Path, folder: Path) -> list[list[str]]:
    """What LibreOffice shows of a file when it opens it, a CSV file as the UTF-8 that its mark says, with formulas evaluated."""
    assert SOFFICE is not None
    text = "Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    reads = [f"--infilter={text},false,false,-1,true"] if path.suffix == ".csv" else []
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", *reads, "--convert-to", f"csv:{text}"]
    subprocess.run([*command, "--outdir", folder / "shown", path], check=True, capture_output=True, timeout=300)
    with (folder / "shown" / f"{path.stem}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_file_for_people_holds_inert_texts_and_bare_numbers(tmp_path: Path) -> None:
    write_table(tmp_path / "made" / "table.csv", COLUMNS, ROWS)
    content = (tmp_path / "made" / "table.csv").read_bytes()
    assert content.startswith(b'\xef\xbb\xbf"name","amount","count","on","at","is_new","rate","nothing"\n"\'=1+1",-120.50,-3,"2026-08-01",')
    with (tmp_path / "made" / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == AS_TEXT
    assert rows[1][1:] == ["-120.50", "-3", "2026-08-01", "2026-08-01 12:00:00+00:00", "true", "0.25", ""]


def test_an_amount_of_nothing_is_written_in_full(tmp_path: Path) -> None:
    write_table(tmp_path / "table.csv", ("amount",), [(Decimal("0E-8"),)])
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig") == '"amount"\n0.00000000\n'


def test_a_workbook_for_people_holds_values_and_no_formulas(tmp_path: Path) -> None:
    write_table(tmp_path / "table.XLSX", COLUMNS, ROWS)
    heading, *rows = openpyxl.load_workbook(tmp_path / "table.XLSX").worksheets[0].iter_rows()
    assert tuple(each.value for each in heading) == COLUMNS
    assert [row[0].value for row in rows] == NAMES
    assert {row[0].data_type for row in rows} == {"s"}
    shown = [each.value for each in rows[0][1:]]
    assert shown == [-120.5, -3, datetime(2026, 8, 1), "2026-08-01T12:00:00+00:00", True, 0.25, None]  # noqa: DTZ001 - a sheet knows no zone


def test_more_rows_than_a_sheet_holds_are_refused_and_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.store.spreadsheets.EXCEL_ROWS", 3)
    with pytest.raises(RefusedError, match=r"table\.xlsx: a sheet holds 3 rows, and there are more; name a file that ends in \.csv"):
        write_table(tmp_path / "table.xlsx", COLUMNS, ROWS)
    assert list(tmp_path.iterdir()) == []


def test_a_query_is_written_to_its_last_row(tmp_path: Path, connection: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.store.spreadsheets.ROWS_AT_ONCE", 2)
    write_query(connection, ibis.memtable({"number": [1, 2, 3, 4, 5]}), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig") == '"number"\n1\n2\n3\n4\n5\n'


def test_what_machines_read_is_what_it_was_but_for_texts_that_would_be_calculated(tmp_path: Path, connection: Backend) -> None:
    table: Any = ibis.memtable({"segment": [*NAMES, None], "value": [Decimal("-1.50")] * (len(NAMES) + 1)})
    write_machine_csv(connection, table, tmp_path / "inert.csv")
    with (tmp_path / "inert.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["segment"] for row in rows] == [*AS_TEXT, ""]
    assert {row["value"] for row in rows} == {"-1.50"}
    harmless = table.filter(table.segment.isin(["Zoë", "two\nlines", 'a "b", c']) | table.segment.isnull())
    write_machine_csv(connection, harmless, tmp_path / "harmless.csv")
    connection.to_csv(harmless, tmp_path / "as-the-engine-does.csv")
    assert (tmp_path / "harmless.csv").read_bytes() == (tmp_path / "as-the-engine-does.csv").read_bytes()


@pytest.mark.libreoffice
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("name", "shows"), [("table.csv", AS_TEXT), ("table.xlsx", NAMES)])
def test_a_spreadsheet_program_shows_every_text_and_runs_none(tmp_path: Path, name: str, shows: list[str]) -> None:
    write_table(tmp_path / name, COLUMNS, ROWS)
    _heading, *rows = in_libreoffice(tmp_path / name, tmp_path)
    assert [row[0] for row in rows] == shows
    assert {Decimal(row[1]) for row in rows} == {Decimal("-120.5")}
    (tmp_path / "plain.csv").write_text("name\n=1+1\n", encoding="utf-8")
    assert in_libreoffice(tmp_path / "plain.csv", tmp_path) == [["name"], ["2"]]  # so it would run one that is not inert


def test_segments_that_look_like_formulas_are_inert_in_figures_and_replayed_byte_for_byte(
    shop: Any, pipelines: Any, tmp_path: Path
) -> None:
    company = shop(tmp_path / "shop", only=["customers", "orders"])
    company.change("customers.csv", "Zephyrine Quux,North", 'Zephyrine Quux,"=HYPERLINK(""x"")"')
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    published = stages.publish("2026-08")
    with (published.folder / "figures.csv").open(encoding="utf-8", newline="") as file:
        segments = {row["segment"] for row in csv.DictReader(file)}
    assert '\'=HYPERLINK("x")' in segments
    assert {each for each in segments if each.startswith(("=", "+", "-", "@"))} == set()
    assert replay(stages.company, "2026-08", edition=None, settings=stages.settings).differences == ()
    question = ExplainRequest("2026-08", "customers_in", 'region==HYPERLINK("x")')
    for name in ("who.csv", "who.xlsx"):
        explain(stages.company, question, settings=stages.settings, output=tmp_path / name)
    assert '"\'=HYPERLINK(""x"")"' in (tmp_path / "who.csv").read_text(encoding="utf-8-sig")
    cells = [each for row in openpyxl.load_workbook(tmp_path / "who.xlsx").worksheets[0].iter_rows() for each in row]
    assert {each.data_type for each in cells if each.value == '=HYPERLINK("x")'} == {"s"}
