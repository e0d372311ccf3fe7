"""Tables that people open with a spreadsheet: nothing in them is calculated."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from openpyxl import Workbook

from expectations.verdict import RefusedError
from tasks.reporting.inert import inert_cell
from tasks.reporting.render.cells import Cell, cell
from tasks.reporting.render.excel_lists import EXCEL_ROWS
from tasks.store.engine import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

WITH_BYTE_ORDER_MARK = "utf-8-sig"
"""Without the mark Excel takes a CSV file's umlauts for the characters of an old code page."""
ROWS_AT_ONCE = 10_000
"""Rows that are in memory at once."""


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table for people, whole or not at all: a workbook if the file's name ends in .xlsx, and CSV otherwise.

    Raises RefusedError where a workbook cannot hold so many rows.
    """
    with atomic_write(path) as unfinished:
        if path.suffix.lower() == ".xlsx":
            _write_workbook(unfinished, columns, rows, named=path)
        else:
            with unfinished.open("w", encoding=WITH_BYTE_ORDER_MARK, newline="") as file:
                file.writelines(",".join(map(_field, row)) + "\n" for row in chain([columns], rows))


def write_query(connection: Backend, table: Table, path: Path) -> None:
    """The same for what a query finds."""
    write_table(path, table.columns, _rows(connection, table))


def _rows(connection: Backend, table: Table) -> Iterator[tuple[object, ...]]:
    for batch in connection.to_pyarrow_batches(table, chunk_size=ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _field(value: object) -> str:
    """A field of CSV: numbers bare and to the last digit, everything else in quotes, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float):
        return str(value)
    return '"{}"'.format(inert_cell(str(value)).replace('"', '""'))


def _write_workbook(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, named: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Table")
    with ExitStack() as unfinished:
        unfinished.callback(sheet.close)  # an open sheet would complain when it is forgotten
        for number, row in enumerate(chain([columns], rows), start=1):
            if number > EXCEL_ROWS:
                raise RefusedError(f"{named}: a sheet holds {EXCEL_ROWS:,} rows, and there are more; name a file that ends in .csv")
            sheet.append([cell(sheet, Cell(_cell_value(value))) for value in row])
        unfinished.pop_all()
    book.save(path)


def _cell_value(value: object) -> str | int | Decimal | None:
    """What a cell holds: instants as text, since a cell knows no zone."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value  # pyright: ignore[reportReturnType] - a query finds nothing but what a cell holds
