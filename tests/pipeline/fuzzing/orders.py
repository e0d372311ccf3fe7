"""The extract that is damaged: some orders of a small shop, whole and right, in each of the formats that are read."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("id", "customer", "contact", "day", "amount", "state", "changed")
NAMES = ("Zephyrine Quux", "Balthasar Quux, sen.", 'Ottilie "Otti" Quux', "Kasimír Quüx", "Walburga\u2028Quux")
ROWS_COUNT = 20
SHEET, STRINGS, RELATIONS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRINGS_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
STRINGS_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
SECRETS = ("Quux", "Quüx", "CUST-")
"""What no message may repeat: how customers are called, and by which numbers."""
Record = dict[str, Any]
EXTRACT: dict[str, Any] = {
    "silo": "sales",
    "dataset": "purchases",
    "columns": {"purchase_id": "id", "customer_id": "customer", "purchased_on": "day", "amount": "amount", "status": "state"},
    "attributes": {"contact": "contact"},
    "key": ["id"],
    "changed_at": "changed",
    "read": {"dates": ["%Y-%m-%d"]},
}
DEFINITIONS: dict[str, Any] = {
    "company": "Corner Shop (made up)",
    "currency": "EUR",
    "time_zone": "UTC",
    "sells_by": ["repeat_purchase"],
    "rules": {"largest_set_aside_rate": 1.0},
}


@dataclass(frozen=True)
class Format:
    """A format, how its files' names end, and how records become such a file."""

    suffix: str
    write: Any


def records(mark: str) -> list[Record]:
    """Orders whose keys begin with a mark; the last one is an older version of the first."""
    rows = [
        {
            "id": f"{mark}-{number}",
            "customer": f"CUST-{number % 7}",
            "contact": NAMES[number % len(NAMES)],
            "day": date(2026, 5, 2) + timedelta(days=5 * number),
            "amount": Decimal(number * 1375 - 2500) / 100,
            "state": "shipped" if number % 4 else None,
            "changed": "2026-09-02",
        }
        for number in range(ROWS_COUNT - 1)
    ]
    return [*rows, {**rows[0], "amount": Decimal("99.99"), "changed": "2026-09-01"}]


def as_csv(rows: list[Record], **options: Any) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", **options)
    writer.writerow(COLUMNS)
    writer.writerows([row[name] for name in COLUMNS] for row in rows)
    return out.getvalue().encode()


def as_json_lines(rows: list[Record], **options: Any) -> bytes:
    return "".join(f"{json.dumps(as_json(row), **options)}\n" for row in rows).encode()


def as_json(row: Record) -> dict[str, Any]:
    """A record's values as JSON has them."""
    return {**row, "day": row["day"].isoformat(), "amount": float(row["amount"])}


def as_xlsx(rows: list[Record]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([row[name] for name in COLUMNS])
    book.save(out)
    return _with_shared_strings(out.getvalue())


def _with_shared_strings(content: bytes) -> bytes:
    """The workbook as Excel itself writes it, every text once in a part of its own."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    texts: dict[str, int] = {}

    def shared(match: re.Match[str]) -> str:
        return f't="s"><v>{texts.setdefault(match[1], len(texts))}</v></c>'

    parts[SHEET] = re.sub(r't="inlineStr"><is><t>(.*?)</t></is></c>', shared, parts[SHEET])
    parts[STRINGS] = f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>'
    kind = f'<Override PartName="/{STRINGS}" ContentType="{STRINGS_KIND}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("</Types>", kind)
    relation = f'<Relationship Id="rId90" Type="{STRINGS_RELATION}" Target="sharedStrings.xml"/></Relationships>'
    parts[RELATIONS] = parts[RELATIONS].replace("</Relationships>", relation)
    return archive_of({name: text.encode() for name, text in parts.items()})


def archive_of(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return out.getvalue()


def as_table(rows: list[Record]) -> pa.Table:
    """The records as a table with a type for each column."""
    return pa.table({name: pa.array([row[name] for row in rows]) for name in COLUMNS})


def as_parquet(rows: list[Record]) -> bytes:
    return parquet_of(as_table(rows))


def parquet_of(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, store_schema=False, **options)
    return out.getvalue()


FORMATS = {
    "csv": Format(".csv", as_csv),
    "xlsx": Format(".xlsx", as_xlsx),
    "json_lines": Format(".jsonl", as_json_lines),
    "parquet": Format(".parquet", as_parquet),
}
