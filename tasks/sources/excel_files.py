"""Excel workbooks: one sheet, row by row, its values as text."""

from __future__ import annotations

import zipfile
from contextlib import closing, contextmanager
from datetime import datetime, time
from itertools import islice
from typing import TYPE_CHECKING

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import cell_text, write_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from config.sources import Read
    from tasks.sources.files import SourceFile

Cells = tuple[object, ...]
BATCH_ROWS = 20_000
"""Rows held in memory at a time."""


def read_excel(file: SourceFile, read: Read, *, wanted: Sequence[str] | None, path: Path, where: str) -> None:
    """Write a sheet's rows as text, blank ones aside; raises SourceError with the row of a value outside the headings."""
    with _sheet_rows(file, read, where=where) as rows:
        headings = _headings(rows, read, where=where)
        names = distinct(headings)
        kept = chosen(names, wanted, where=where)
        places = [names.index(name) for name in kept]
        first_row = read.skip_rows + read.header_rows + 1
        records = _records(rows, len(headings), first_row=first_row, where=where)
        picked = ([tuple(_cell(record[place]) for place in places) for record in batch] for batch in _batches(records))
        for _ in write_cells(picked, columns=kept, path=path, source_file=file.name, read=read):
            pass


@contextmanager
def _sheet_rows(file: SourceFile, read: Read, *, where: str) -> Iterator[Iterator[Cells]]:
    try:
        book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise SourceError(f"{where}: expected an Excel workbook (.xlsx), found: {error}; save it as .xlsx again") from None
    try:
        if read.sheet is not None and read.sheet not in book.sheetnames:
            raise SourceError(f"{where}: expected a sheet `{read.sheet}`, found {', '.join(book.sheetnames)}; correct `read.sheet`")
        sheet = book[read.sheet or book.sheetnames[0]]
        # Some programs write a wrong size into the sheet; rows beyond it would not be read.
        sheet.reset_dimensions()
        with closing(sheet.iter_rows(values_only=True)) as rows:
            yield rows
    finally:
        book.close()


def _headings(rows: Iterator[Cells], read: Read, *, where: str) -> tuple[str, ...]:
    for _ in islice(rows, read.skip_rows):
        pass
    head = list(islice(rows, read.header_rows))
    if len(head) < read.header_rows or not _without_blank_end(head[0]):
        raise SourceError(
            f"{where}: is empty, expected {read.header_rows} row(s) of headings below {read.skip_rows} row(s); correct `read`"
        )
    return tuple(cell_text(value, decimal_mark=".") or "" for value in _without_blank_end(head[0]))


def _without_blank_end(cells: Cells) -> Cells:
    length = len(cells)
    while length and cells[length - 1] in (None, ""):
        length -= 1
    return cells[:length]


def _records(rows: Iterator[Cells], width: int, *, first_row: int, where: str) -> Iterator[Cells]:
    for row_number, cells in enumerate(rows, start=first_row):
        record = _without_blank_end(cells)
        if len(record) > width:
            found = f"found one in column {get_column_letter(len(record))}; give it a heading or remove it"
            raise SourceError(f"{where}, row {row_number}: expected values under headings only, {found}")
        if record:
            yield record + (None,) * (width - len(record))


def _batches(records: Iterator[Cells]) -> Iterator[list[Cells]]:
    while batch := list(islice(records, BATCH_ROWS)):
        yield batch


def _cell(value: object) -> object:
    """A cell's value; Excel knows no dates, only instants, so that one at midnight is a date."""
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date()
    return value
