"""Parquet, Excel and JSON lines: values that their source already knows the kind of."""

from __future__ import annotations

import gzip
import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

if TYPE_CHECKING:
    from conftest import Desk

FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar, unreadable"


def write_parquet(desk: Desk, name: str = "orders.parquet", **columns: Any) -> None:
    """A Parquet file of the company."""
    pyarrow.parquet.write_table(pa.table(columns), desk.folder / name)


def write_excel(desk: Desk, rows: list[tuple[Any, ...]], *, sheet: str = "Export", first: bool = True) -> None:
    """A workbook with one sheet of rows, perhaps behind another one."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet if first else "Read me"
    page = book.active if first else book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    book.save(desk.folder / "orders.xlsx")


def test_parquet_s_own_kinds_are_read_exactly(desk: Desk) -> None:
    write_parquet(
        desk,
        id=pa.array([1, 2, 3], pa.int64()),
        customer=pa.array([17850.0, None, 3.5], pa.float64()),
        day=pa.array([date(2024, 3, 1), None, date(2024, 3, 3)], pa.date32()),
        amount=pa.array([Decimal("10.50"), Decimal("-0.0001"), None], pa.decimal128(18, 4)),
    )
    landed = desk.land(desk.purchases(path="orders.parquet", read={"decimal": ",", "thousands": ".", "dates": ["%d.%m.%Y"]}))
    assert desk.rows(FACTS, landed) == [
        ("1", "17850", "2024-03-01", "10.5000", None),
        ("2", None, None, "-0.0001", None),
        ("3", "3,5", "2024-03-03", None, None),
    ]


def test_a_number_that_is_none_becomes_nothing_and_infinity_is_unreadable(desk: Desk) -> None:
    write_parquet(
        desk, id=["1", "2", "3"], customer=["a", "b", "c"], day=["2024-03-01"] * 3, amount=[float("nan"), float("inf"), 0.1 + 0.2]
    )
    landed = desk.land(desk.purchases(path="orders.parquet"))
    assert desk.rows("amount::varchar, unreadable", landed) == [(None, None), (None, "amount='inf'"), ("0.3000", None)]


def test_parquet_s_instants_become_the_company_s_days(desk: Desk) -> None:
    late = datetime(2024, 3, 1, 23, 30)  # noqa: DTZ001 - a time without a zone is what is tried
    write_parquet(desk, id=["1"], customer=["a"], amount=["1"], day=pa.array([late], pa.timestamp("us")))
    extract = desk.purchases(path="orders.parquet", read={"time_zone": "UTC"})
    assert desk.values("purchased_on", extract, time_zone="Europe/Berlin") == [date(2024, 3, 2)]
    west = late.replace(tzinfo=timezone(timedelta(hours=-5)))
    write_parquet(desk, id=["1"], customer=["a"], amount=["1"], day=pa.array([west], pa.timestamp("us", tz="America/Bogota")))
    assert desk.values("purchased_on", extract, time_zone="Europe/Berlin") == [date(2024, 3, 2)]
    assert desk.values("purchased_on", extract, time_zone="America/Bogota") == [date(2024, 3, 1)]


def test_nested_values_are_json_that_sql_can_take_apart(desk: Desk) -> None:
    write_parquet(desk, id=["1"], who=[{"name": "ada", "tags": ["x"]}], day=["2024-03-01"], amount=[1], is_new=[True])
    sql = "SELECT id, who ->> '$.name' AS customer, day, amount, is_new FROM orders"
    landed = desk.land(desk.purchases(path="orders.parquet", sql=sql, attributes={"fresh": "is_new"}))
    assert desk.rows("customer_id, fresh", landed) == [("ada", "true")]


def test_what_is_no_parquet_is_refused(desk: Desk) -> None:
    desk.write("orders.parquet", b"PAR1 and then nothing")
    assert "orders.parquet: expected a whole Parquet file" in desk.problem(desk.purchases(path="orders.parquet"))


def test_a_column_that_parquet_does_not_have_is_said(desk: Desk) -> None:
    write_parquet(desk, id=["1"], Customer=["a"], day=["2024-03-01"], amount=[1])
    assert "`customer` and `Customer` differ only in capitals" in desk.problem(desk.purchases(path="orders.parquet"))


def test_a_sheet_s_values_are_read_exactly(desk: Desk) -> None:
    rows = [
        ("id", "customer", "day", "amount"),
        (1, "ada", datetime(2024, 3, 1), 10.1),  # noqa: DTZ001 - Excel knows no zones
        (2, 17850.0, datetime(2024, 3, 2, 23, 59, 30), Decimal("0.005")),  # noqa: DTZ001 - Excel knows no zones
        (None, None, None, None),
        ("3", "#N/A", date(2024, 3, 3), "1.234,50"),
        (4, True, "05.03.2024", None),
    ]
    write_excel(desk, rows)
    read = {"decimal": ",", "thousands": ".", "dates": ["%d.%m.%Y"], "null_texts": ["#N/A"], "time_zone": "Pacific/Auckland"}
    landed = desk.land(desk.purchases(path="orders.xlsx", read=read))
    assert desk.rows(FACTS, landed) == [
        ("1", "ada", "2024-03-01", "10.1000", None),
        ("2", "17850", "2024-03-02", "0.0050", None),
        ("3", None, "2024-03-03", "1234.5000", None),
        ("4", "true", "2024-03-05", None, None),
    ]


def test_a_sheet_below_other_things_is_found_by_its_name_and_rows(desk: Desk) -> None:
    write_excel(
        desk,
        [("Report",), (), ("id", "customer", "day", "amount"), ("no", "who", "when", "much"), ("1", "ada", "2024-03-01", 5)],
        first=False,
    )
    read = {"sheet": "Export", "skip_rows": 2, "header_rows": 2}
    assert desk.values("customer_id", desk.purchases(path="orders.xlsx", read=read)) == ["ada"]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(desk: Desk) -> None:
    write_excel(desk, [("id",)], first=False)
    assert "expected a sheet `Data`, found Read me, Export" in desk.problem(desk.purchases(path="orders.xlsx", read={"sheet": "Data"}))
    assert "is empty, expected 1 row(s) of headings" in desk.problem(desk.purchases(path="orders.xlsx"))


def test_a_value_outside_the_headings_is_refused_with_its_column(desk: Desk) -> None:
    write_excel(desk, [("id", "customer", "day", "amount"), ("1", "ada", "2024-03-01", 5), ("2", "bob", "2024-03-01", 5, None, "!")])
    assert "row 3: expected values under headings only, found one in column F" in desk.problem(desk.purchases(path="orders.xlsx"))


def test_what_is_no_workbook_is_refused(desk: Desk) -> None:
    desk.write("orders.xlsx", "id,customer")
    assert "orders.xlsx: expected an Excel workbook (.xlsx)" in desk.problem(desk.purchases(path="orders.xlsx"))


def lines(*records: dict[str, Any]) -> str:
    """Records as JSON lines."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def test_json_lines_are_read_whatever_order_or_names_are_left_out(desk: Desk) -> None:
    first = {"id": 1, "customer": "Zoë\nx", "day": "2024-03-01T10:00:00", "amount": 10.5, "more": {"a": [1]}}
    second = {"amount": "1e2", "day": "2024-03-02", "id": "2", "customer": ""}
    third = {"id": 3, "day": None, "customer": "null", "amount": None}
    desk.write("orders.jsonl", lines(first) + "\n" + lines(second, third))
    landed = desk.land(desk.purchases(path="orders.jsonl", attributes={"more": "more"}))
    assert desk.rows(f"{FACTS}, more", landed) == [
        ("1", "Zoë\nx", "2024-03-01", "10.5000", None, '{"a":[1]}'),
        ("2", None, "2024-03-02", "100.0000", None, None),
        ("3", "null", None, None, None, None),
    ]


def test_packed_json_lines_of_another_encoding_are_read(desk: Desk) -> None:
    record = {"a/b~c": "1", "customer": "Müller", "day": "2024-03-01", "amount": 1.25}
    desk.write("orders.jsonl.gz", gzip.compress(lines(record).encode("cp1252")))
    extract = desk.purchases(path="orders.jsonl.gz", key=["a/b~c"], read={"encoding": "cp1252", "decimal": ","})
    assert desk.rows(FACTS, desk.land(extract)) == [("1", "Müller", "2024-03-01", "1.2500", None)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"id": 1}\n{"id": 2\n', "line 2: expected one JSON object a line"),
        ('{"id": 1}\n\n[1, 2]\n', "line 3: expected one JSON object a line"),
        ("id,customer\n", "line 1: expected one JSON object a line"),
        ("", "is empty, expected one JSON object a line"),
        ('{"id": 1}\n', "expected a column `customer`, `day`, `amount`, found `id` and 0 others, and no row that"),
        ('{"id": "' + "x" * 2_200_000 + '"}\n', "expected rows of at most 2 MB"),
    ],
)
def test_what_is_no_json_line_is_said_with_its_line(desk: Desk, content: str, said: str) -> None:
    desk.write("orders.jsonl", content)
    problem = desk.problem(desk.purchases(path="orders.jsonl"))
    assert problem.startswith("orders: orders.jsonl")
    assert said in problem


def test_an_endless_instant_is_open_where_that_is_declared_and_no_day_anywhere(desk: Desk) -> None:
    endless = "SELECT 1 AS id, 'ada' AS customer, DATE '2024-03-01' AS \"from\", {end} AS \"to\", 1 AS amount"
    columns = {"customer_id": "customer", "starts_on": "from", "ends_on": "to", "recurring_amount": "amount"}
    for end in ("DATE 'infinity'", "TIMESTAMP 'infinity'", "TIMESTAMPTZ 'infinity'", "TIMESTAMP '9999-12-31'", "TIMESTAMPTZ '9999-12-31'"):
        desk.connection.con.execute("SET TimeZone = 'UTC'")
        desk.connection.con.execute(f"COPY ({endless.format(end=end)}) TO '{desk.folder / 'orders.parquet'}' (FORMAT parquet)")
        extract = desk.purchases(dataset="contracts", columns=columns, path="orders.parquet")
        assert [row[0] for row in desk.rows("ends_on", desk.land(extract))] == [None]
        assert desk.values("unreadable", extract)[0].startswith("ends_on='")
        declared = {**extract, "read": {"open_ended": ["infinity", "9999-12-31"]}}
        assert desk.rows("ends_on, unreadable", desk.land(declared)) == [(None, None)]
