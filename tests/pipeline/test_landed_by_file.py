"""An extract of several files: those that did not change are not read again, and what is landed is what a landing from nothing gives."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as some

from config.restatement_settings import Keeping
from tasks.sources import file_texts
from tasks.sources.landed import SourceError
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import Home, write_if_absent
from tasks.tidy import forget_computed, tidy_up

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

    from config.company import Company
    from tasks.sources.landed import Landed

HEADINGS = ("id", "customer", "day", "amount")
Line = tuple[str, str, str, str]


def csv_of(lines: list[Line]) -> bytes:
    return "".join(",".join(line) + "\n" for line in (HEADINGS, *lines)).encode()


def workbook_of(lines: list[Line]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for line in (HEADINGS, *lines):
        book.active.append(line)
    book.save(content)
    return content.getvalue()


def json_lines_of(lines: list[Line]) -> bytes:
    return "".join(json.dumps(dict(zip(HEADINGS, line, strict=True))) + "\n" for line in lines).encode()


def parquet_of(lines: list[Line]) -> bytes:
    content = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({name: [line[place] for line in lines] for place, name in enumerate(HEADINGS)}), content)
    return content.getvalue()


FORMATS = {"csv": csv_of, "xlsx": workbook_of, "jsonl": json_lines_of, "parquet": parquet_of}


def week(number: int, *, customer: str = "ada") -> list[Line]:
    return [(f"{number}-{place}", customer, f"2024-03-{number + 1:02}", f"{place}.50") for place in range(1, 4)]


@dataclass(frozen=True)
class Weekly:
    """An extract of orders that gets a file a week, in a home of its own."""

    desk: Desk
    caplog: pytest.LogCaptureFixture

    @property
    def home(self) -> Home:
        return Home(self.desk.folder / "home")

    def write(self, name: str, lines: list[Line]) -> Path:
        return self.desk.write(f"weeks/{name}", FORMATS[name.rpartition(".")[2]](lines))

    def land(self, *, time_zone: str = "UTC", **changes: Any) -> tuple[Landed, int | None]:
        """What is landed, which is what a landing from nothing gives, and how many files were read for it; none where nothing was."""
        company = self.desk.company({"orders": self.desk.purchases(**{"path": "weeks/*", **changes})}, time_zone=time_zone)
        self.caplog.clear()
        store = LandingStore(partial(self.home.landed, "orders"), write_if_absent, self.home.texts("orders"))
        with self.caplog.at_level(logging.INFO, logger="tasks"):
            landed = land(company, "orders", connection=self.desk.connection, store=store)
        (line,) = [line for line in self.caplog.messages if line.startswith(("read ", "kept "))]
        counts = re.search(r"from (\d+) files?(?:, (\d+) of them new)?", line)
        if counts is None or counts[2]:
            self._holds_what_a_landing_from_nothing_gives(company, landed)
        return landed, int(counts[2] or counts[1]) if counts else None

    def _holds_what_a_landing_from_nothing_gives(self, company: Company, landed: Landed) -> None:
        path = self.desk.folder / f"apart-{len(list(self.desk.folder.iterdir()))}.parquet"
        from_nothing = land(company, "orders", connection=self.desk.connection, store=LandingStore(lambda _: path, write_if_absent))
        assert replace(landed, path=path) == from_nothing
        rows, expected = pyarrow.parquet.read_table(landed.path), pyarrow.parquet.read_table(path)
        if company.sources.extracts["orders"].key == "nth_of_equal_rows":  # the engine numbers rows in no certain order
            rows, expected = (each.sort_by([("source_file", "ascending"), ("source_row", "ascending")]) for each in (rows, expected))
        assert rows.schema == expected.schema
        assert rows.equals(expected)

    def texts(self) -> list[Path]:
        return sorted(self.home.texts("orders").glob("*.parquet"))

    def files_read(self, **changes: Any) -> int | None:
        return self.land(**changes)[1]


@pytest.fixture
def weekly(desk: Desk, caplog: pytest.LogCaptureFixture) -> Weekly:
    made = Weekly(desk, caplog)
    for number in range(5):
        made.write(f"week-{number}.csv", week(number))
    return made


def test_of_five_files_only_the_one_that_came_or_changed_is_read(weekly: Weekly) -> None:
    folder = weekly.desk.folder / "weeks"
    assert weekly.files_read() == 5
    assert "read sales.orders: 15 rows from 5 files, 37.50 EUR" in weekly.caplog.messages
    weekly.write("week-5.csv", week(5))
    assert weekly.files_read() == 1
    assert "read sales.orders: 18 rows from 6 files, 1 of them new, 45.00 EUR" in weekly.caplog.messages
    weekly.write("week-2.csv", [*week(2), ("2-9", "bob", "2024-03-31", "1000")])
    assert weekly.files_read() == 1
    (folder / "week-1.csv").unlink()
    assert weekly.files_read() == 0
    (folder / "week-3.csv").rename(folder / "a-week.csv")
    assert weekly.files_read() == 0
    for number in (0, 2):
        os.utime(folder / f"week-{number}.csv", (0, 0))
    assert weekly.files_read() is None
    (folder / "week-0.csv").write_bytes((folder / "week-2.csv").read_bytes())
    assert weekly.files_read() == 0


def test_the_first_file_is_not_read_again_when_the_second_comes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    weekly = Weekly(desk, caplog)
    weekly.write("week-0.csv", week(0))
    assert weekly.files_read(path="weeks/week-0.csv") == 1
    assert weekly.texts() == [], "a file that is declared by its name never has another beside it"
    assert weekly.files_read() == 1
    weekly.write("week-1.csv", week(1))
    assert weekly.files_read() == 1
    assert "read sales.orders: 6 rows from 2 files, 1 of them new, 15.00 EUR" in weekly.caplog.messages


@pytest.mark.parametrize("ending", ["xlsx", "jsonl", "parquet"])
def test_the_same_holds_for_files_of_every_kind(weekly: Weekly, ending: str) -> None:
    for number in range(5):
        (weekly.desk.folder / "weeks" / f"week-{number}.csv").unlink()
        weekly.write(f"week-{number}.{ending}", week(number))
    assert weekly.files_read() == 5
    weekly.write(f"week-3.{ending}", week(3, customer="bob"))
    weekly.write(f"week-9.{ending}", week(9))
    assert weekly.files_read() == 2


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("nth_of_equal_rows", {}),
        ("place_in_file", {}),
        (["id", "customer"], {"changed_at": "day"}),
        (["id"], {"read": {"drop_rows_where": {"id": ".*-2"}}, "attributes": {"whose": "customer"}, "constants": {"currency": "CHF"}}),
    ],
)
def test_keys_places_and_rows_that_are_no_data_are_as_if_all_were_read(weekly: Weekly, key: Any, changes: dict[str, Any]) -> None:
    weekly.files_read(key=key, **changes)
    weekly.write("week-0.csv", week(2))
    weekly.write("week-7.csv", week(7) * 2)
    (weekly.desk.folder / "weeks" / "week-3.csv").rename(weekly.desk.folder / "weeks" / "week-8.csv")
    landed, files_read = weekly.land(key=key, **changes)
    assert (landed.rows_count, files_read) == (14 if "read" in changes else 21, 1)


@pytest.mark.parametrize(
    "lines",
    [
        [("1.0", "7.0", "2024-03-31", "1"), ("2.5", "8.0", "2024-03-31", "1")],
        [("x", "Ada ", "2024-03-31", "1"), ("y", "ADA", "2024-03-31", "1"), ("z", "ada", "2024-03-31", "1")],
        [("x", "null", "2024-03-31", "one"), ("y", "#N/A", "31.03.2024", "1"), ("", "", "", "")],
    ],
)
def test_what_is_decided_over_all_rows_is_decided_anew(weekly: Weekly, lines: list[Line]) -> None:
    weekly.write("week-0.csv", [("1.0", "7.0", "2024-03-01", "1"), ("3.0", "Ada", "2024-03-01", "1")])
    before, _ = weekly.land()
    weekly.write("week-9.csv", lines)
    landed, files_read = weekly.land()
    assert (landed.notes != before.notes, files_read) == (True, 1)
    (weekly.desk.folder / "weeks" / "week-9.csv").unlink()
    assert weekly.land()[0] == before


def test_instants_that_are_all_midnights_are_seen_over_all_files(weekly: Weekly) -> None:
    for number in range(5):
        weekly.write(f"week-{number}.csv", [(*line[:2], f"{line[2]}T00:00:00Z", line[3]) for line in week(number)])
    changes: dict[str, Any] = {"read": {"dates": ["%Y-%m-%dT%H:%M:%S%z"]}, "time_zone": "America/New_York"}
    before, _ = weekly.land(**changes)
    assert "all 15 instants are midnights of UTC" in before.notes[0]
    weekly.write("week-5.csv", [("5-1", "ada", "2024-03-06T10:00:00Z", "1")])
    landed, files_read = weekly.land(**changes)
    assert (landed.notes, files_read) == ((), 1)


def test_a_workbook_among_text_files_lets_all_be_typed_by_its_kinds(weekly: Weekly) -> None:
    changes: dict[str, Any] = {"read": {"dates": ["%d.%m.%Y"]}}
    before, _ = weekly.land(**changes)
    weekly.write("week-9.xlsx", week(9))
    landed, files_read = weekly.land(**changes)
    assert (before.covers_from, str(landed.covers_from), files_read) == (None, "2024-03-01", 1)


def test_what_was_passed_over_is_noted_under_the_file_s_name_of_today(weekly: Weekly) -> None:
    path = weekly.desk.write("weeks/week-1.csv", csv_of(week(1)) + b",,,\n")
    before, _ = weekly.land()
    path.rename(path.with_name("week-6.csv"))
    landed, files_read = weekly.land()
    assert files_read == 0
    assert before.notes == ("orders: week-1.csv: 1 row without any value passed over.",)
    assert landed.notes == ("orders: week-6.csv: 1 row without any value passed over.",)


def test_advice_on_a_file_stays_advice(weekly: Weekly) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(week(6))))
    assert book.active is not None
    book.active.row_dimensions[3].hidden = True
    book.save(weekly.desk.folder / "weeks" / "week-6.xlsx")
    assert len(weekly.land()[0].advice) == 1
    weekly.write("week-7.csv", week(7))
    landed, files_read = weekly.land()
    assert (len(landed.advice), files_read) == (1, 1)


def test_another_setting_reads_again_what_depends_on_it(weekly: Weekly) -> None:
    weekly.files_read()
    assert weekly.files_read(covers_through="2024-03-31") == 0
    assert weekly.files_read(codes={"customer_id": {"ada": "eve"}}) == 0
    assert weekly.files_read(columns={**weekly.desk.purchases()["columns"], "purchase_id": "id"}) == 0
    assert weekly.files_read(attributes={"whose": "id"}, key=["id", "day"]) == 0
    assert weekly.files_read(read={"null_texts": ["ada"]}) == 5


def test_columns_that_nobody_mapped_are_not_stored(weekly: Weekly) -> None:
    weekly.files_read(sql="SELECT * FROM orders")
    assert weekly.files_read(sql="SELECT id, customer, day, amount, source_file, source_row FROM orders") == 5
    assert not weekly.home.texts("orders").exists()


def test_a_folder_that_names_a_column_of_parquet_is_part_of_what_is_read(weekly: Weekly) -> None:
    changes: dict[str, Any] = {"path": "years/*/*.parquet", "attributes": {"year": "year"}}
    for year in (2022, 2023):
        weekly.desk.write(f"years/year={year}/orders.parquet", parquet_of(week(1)))
    assert weekly.files_read(**changes) == 2
    (weekly.desk.folder / "years" / "year=2023").rename(weekly.desk.folder / "years" / "year=2024")
    landed, files_read = weekly.land(**changes)
    assert files_read == 1
    assert {row[0] for row in weekly.desk.rows("year", landed)} == {"2022", "2024"}


@pytest.mark.parametrize(("ending", "damage"), [(".parquet", "cut"), (".parquet", "other"), (".parquet", "removed"), (".json", "cut")])
def test_what_is_stored_and_damaged_is_made_again(weekly: Weekly, ending: str, damage: str) -> None:
    weekly.files_read()
    texts = [path.with_suffix(ending) for path in weekly.texts()]
    if damage == "cut":
        texts[0].write_bytes(texts[0].read_bytes()[:-9])
    elif damage == "other":
        texts[0].write_bytes(texts[1].read_bytes())
    else:
        texts[0].unlink()
    weekly.write("week-5.csv", week(5))
    assert weekly.files_read() == 2
    assert len(weekly.texts()) == 6


def test_a_file_that_is_written_to_while_it_is_read_is_refused_and_not_stored(weekly: Weekly, monkeypatch: pytest.MonkeyPatch) -> None:
    path = weekly.desk.folder / "weeks" / "week-4.csv"
    read_csv = file_texts.read_csv

    def growing(file: Any, *options: Any, **others: Any) -> Any:
        read = read_csv(file, *options, **others)
        if file.path == path:
            path.write_bytes(path.read_bytes() + b"9,bob,2024-03-31,1\n")
        return read

    with monkeypatch.context() as patch:
        patch.setattr(file_texts, "read_csv", growing)
        company = weekly.desk.company({"orders": weekly.desk.purchases(path="weeks/*")})
        store = LandingStore(partial(weekly.home.landed, "orders"), write_if_absent, weekly.home.texts("orders"))
        with pytest.raises(SourceError, match=r"week-4\.csv: expected a file that nothing writes to while it is read"):
            land(company, "orders", connection=weekly.desk.connection, store=store)
    assert len(weekly.texts()) == 4
    assert weekly.files_read() == 1


def test_texts_are_tidied_once_nothing_uses_them_and_a_rebuild_uses_none(weekly: Weekly) -> None:
    weekly.files_read()
    long_ago = (datetime.now(UTC) - timedelta(days=100)).timestamp()
    for path in weekly.home.texts("orders").iterdir():
        os.utime(path, (long_ago, long_ago))
    weekly.write("week-4.csv", week(4, customer="bob"))
    assert weekly.files_read() == 1
    tidy_up(weekly.home, Keeping(), now=datetime.now(UTC))
    weekly.write("week-4.csv", week(4, customer="eve"))
    assert weekly.files_read() == 1
    assert len(weekly.texts()) == 6
    forget_computed(weekly.home, now=datetime.now(UTC), waits=False)
    assert not list(weekly.home.texts("orders").iterdir())
    weekly.write("week-4.csv", week(4, customer="dan"))
    assert weekly.files_read() == 5


texts_of_cells = some.sampled_from(["1", "2.0", "2.5", "a", "A", " a", "a-b", "a b", "#N/A", "", "0", "1,5", "x|y"])
days = some.sampled_from(["2024-03-01", "2024-03-01 10:00", "01.03.2024", "", "2024-03-02T00:00:00"])
orders = some.tuples(
    texts_of_cells.filter(lambda text: "," not in text),
    texts_of_cells.map(lambda text: text.replace(",", ";")),
    days,
    some.sampled_from(["1", "2.50", "-3", "x", ""]),
)
splits = some.dictionaries(some.integers(0, 6), some.lists(orders.map(tuple), min_size=1, max_size=4), min_size=2, max_size=6)


@given(
    histories=some.lists(splits, min_size=2, max_size=2),
    key=some.sampled_from([["id"], ["id", "customer"], "nth_of_equal_rows", "place_in_file"]),
)
def test_however_rows_are_split_into_files_and_change_the_landing_is_that_from_nothing(
    weekly: Weekly, histories: list[dict[int, list[Line]]], key: Any
) -> None:
    for files in histories:
        for path in (weekly.desk.folder / "weeks").iterdir():
            path.unlink()
        for number, lines in files.items():
            weekly.write(f"week-{number}.csv", lines)
        weekly.land(key=key)
