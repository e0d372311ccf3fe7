"""Excel workbooks: one sheet, row by row, its values as text."""

from __future__ import annotations

import zipfile
from contextlib import closing, contextmanager
from datetime import datetime, time
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import WorkSheetParser

from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import cell_text, write_cells

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from config.sources import Read
    from tasks.sources.files import SourceFile

Cells = tuple[object, ...]
Numbered: TypeAlias = tuple[int, list[dict[str, Any]]]
"""A row's number, and its cells as openpyxl describes them."""
BATCH_ROWS = 20_000
"""Rows held in memory at a time."""
UNPACKED_BYTES = 2 << 30
"""A full sheet of 20 columns unpacks to about 1 GB."""
UNPACKED_RATIO, SMALL_BYTES = 200, 50 << 20
"""Exports unpack to 5 to 50 times their size; what is small may unpack as it likes."""
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
"""What a sheet can hold."""
NAMES_SHOWN = 12
"""How many names of sheets an error lists."""


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
    _refuse_what_unpacks_too_far(file, where=where)
    # A book that cannot be opened is not closed by openpyxl, which is why it is given an open file.
    with file.path.open("rb") as stream:
        with _openpyxl_in_a_sentence(where, read.sheet):
            book: Any = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        if not book.sheetnames or read.sheet not in {None, *book.sheetnames}:
            expected = f"expected a sheet `{read.sheet}`" if read.sheet else "expected a sheet"
            found = ", ".join(book.sheetnames[:NAMES_SHOWN]) or "none"
            raise SourceError(f"{where}: {expected}, found {found}; correct `read.sheet`, or save the workbook again")
        name = read.sheet or book.sheetnames[0]
        with closing(_rows_of(book, name, where=where)) as rows:
            yield rows


def _refuse_what_unpacks_too_far(file: SourceFile, *, where: str) -> None:
    """Raises SourceError where the parts that the file declares are larger than any export's; unpacking them would never end."""
    try:
        with zipfile.ZipFile(file.path) as packed:
            unpacked_bytes = sum(part.file_size for part in packed.infolist())
    except OSError as error:
        raise SourceError(f"{where}: cannot be read: {error.strerror or 'the disk says no'}; check who may read it") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise SourceError(f"{where}: expected an Excel workbook (.xlsx), found a file that is none; save it as .xlsx again") from None
    ratio = unpacked_bytes / max(file.path.stat().st_size, 1)
    if unpacked_bytes > UNPACKED_BYTES or (unpacked_bytes > SMALL_BYTES and ratio > UNPACKED_RATIO):
        raise SourceError(
            f"{where}: expected a workbook of at most {UNPACKED_BYTES >> 20:,} MB unpacked, at most {UNPACKED_RATIO} times its size, "
            f"found {unpacked_bytes >> 20:,} MB, {ratio:,.0f} times its size; export it as CSV or Parquet"
        )


@contextmanager
def _openpyxl_in_a_sentence(where: str, sheet: str | None) -> Iterator[None]:
    """Say in a sentence that the workbook is damaged, whatever openpyxl makes of it; only its own calls belong in here."""
    try:
        yield
    except Exception:  # noqa: BLE001 - openpyxl raises whatever its parsers, zip and zlib do: twelve kinds in 400 damaged workbooks
        part = f" whose sheet `{sheet}` is whole" if sheet else ""
        raise SourceError(f"{where}: expected an Excel workbook{part}, found a damaged one; open it, save it as .xlsx again") from None


def _rows_of(book: Any, name: str, *, where: str) -> Generator[Cells]:  # noqa: ANN401 - the parts of openpyxl that are used here have no types
    """The sheet's rows by their numbers, those that are not written as empty ones; openpyxl itself would pass over a row out of order."""
    above = 0
    for number, cells in _guarded(_numbered_rows(book, name), where, name):
        places = [cell["column"] for cell in cells]
        is_orderly = all(cell["row"] == number for cell in cells) and len(places) == len(set(places))
        if not (above < number <= MOST_ROWS and is_orderly and max(places, default=0) <= MOST_COLUMNS):
            raise SourceError(
                f"{where}, behind row {above}: expected rows and cells in order, each once, found others; save it as .xlsx again"
            )
        yield from repeat((), number - above - 1)
        yield _row(cells)
        above = number


def _guarded(rows: Generator[Numbered], where: str, name: str) -> Iterator[Numbered]:
    """The rows, one by one, each asked for under guard; what is done with them is not."""
    with closing(rows):
        while True:
            with _openpyxl_in_a_sentence(where, name):
                row = next(rows, None)
            if row is None:
                return
            yield row


def _numbered_rows(book: Any, name: str) -> Generator[Numbered]:  # noqa: ANN401 - the same
    sheet = book[name]
    with sheet._get_source() as source:  # noqa: SLF001 - the public way drops rows without a word where their numbers do not rise
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001 - the same
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 - the same
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 - the same
        )
        yield from parser.parse()


def _row(cells: list[dict[str, Any]]) -> Cells:
    row: list[object] = [None] * max((cell["column"] for cell in cells), default=0)
    for cell in cells:
        row[cell["column"] - 1] = cell["value"]
    return tuple(row)


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
