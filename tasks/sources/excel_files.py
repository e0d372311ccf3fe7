"""Excel workbooks: one sheet, row by row, its values as text."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, time
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, TypeVar

import openpyxl
from openpyxl.utils import get_column_letter

from expectations.text import counted
from tasks.sources.excel_cells import MOST_COLUMNS, MOST_ROWS, Cells, SheetParser, merged_cells, with_hidden_cells
from tasks.sources.excel_package import is_calculated, is_strict, kind_of_workbook, write_readable_copy
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import Advice, SourceError
from tasks.sources.other_workbooks import old_sheets, open_document_sheets
from tasks.sources.raw_tables import MissingValue, cell_text, write_cells

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from config.sources import Read
    from tasks.sources.excel_cells import Numbered, SheetCell
    from tasks.sources.excel_package import WorkbookKind
    from tasks.sources.files import SourceFile

Row = TypeVar("Row")
BATCH_ROWS = 20_000
"""Rows held in memory at a time."""
HIDDEN = "rows that are hidden"
NAMES_SHOWN = 12
"""How many names of sheets an error lists."""


def read_excel(
    file: SourceFile, read: Read, *, wanted: Sequence[str] | None, path: Path, where: str, first_rows: int | None = None
) -> tuple[str, ...]:
    """Write a sheet's rows as text, blank ones aside, all or the first so many; returns in sentences what was passed over.

    Raises SourceError with the row of a value outside the headings.
    """
    cut = Counter[str]()
    with _sheet_rows(file, read, copy=path.with_suffix(".xlsx"), cut=cut, where=where) as rows:
        headings = _headings(rows, read, where=where)
        names = distinct(headings)
        selected = chosen(names, wanted, where=where)
        positions = [names.index(name) for name in selected]
        first_row = read.skip_rows + read.header_rows + 1
        records = _without_last(_records(_table(rows, read, cut), len(headings), first_row=first_row, where=where), read, cut)
        records = islice(records, first_rows)
        picked = ([tuple(_cell(record[position]) for position in positions) for record in batch] for batch in _batches(records))
        for _ in write_cells(picked, columns=selected, path=path, source_file=file.name, read=read):
            pass
    hidden = cut.pop(HIDDEN, 0)
    lines = [f"{counted(rows_count, 'row')} passed over by `{setting}`" for setting, rows_count in cut.items() if rows_count]
    notes = [f"{where}: {', '.join(lines)}."] if lines else []
    if hidden:
        text = (
            f"{where}: {counted(hidden, 'row')} that the sheet hides, by a filter or by hand, read like the others; if they are not meant, "
            "remove them, or write `read: {drop_rows_where: {...}}` with what tells them from the others."
        )
        notes.append(Advice(text))
    return tuple(notes)


def _table(rows: Iterator[Cells], read: Read, cut: Counter[str]) -> Iterator[Cells]:
    """The rows, as far as the first blank one below a row where the table ends there."""
    has_begun = has_ended = False
    for cells in rows:
        is_blank = not _without_blank_end(cells)
        has_ended |= read.until_blank_row and has_begun and is_blank
        has_begun |= not is_blank
        if not has_ended:
            yield cells
        elif not is_blank:
            cut["until_blank_row"] += 1


def _without_last(records: Iterator[Cells], read: Read, cut: Counter[str]) -> Iterator[Cells]:
    last: deque[Cells] = deque()
    for record in records:
        last.append(record)
        if len(last) > read.skip_last_rows:
            yield last.popleft()
    cut["skip_last_rows"] += len(last)


@contextmanager
def _sheet_rows(file: SourceFile, read: Read, *, copy: Path, cut: Counter[str], where: str) -> Iterator[Iterator[Cells]]:
    kind = kind_of_workbook(file, where=where)
    if kind != "xlsx":
        with closing(_other_rows(file, kind, read, where=where)) as rows:
            yield rows
        return
    with _opened(file, copy=copy, where=where, sheet=read.sheet) as book:
        name = _chosen_sheet({sheet.title: sheet.sheet_state == "visible" for sheet in book.worksheets}, read, where=where)
        with closing(_rows_of(book, name, is_calculated=is_calculated(file), cut=cut, where=where)) as rows:
            yield rows


def _chosen_sheet(sheets: Mapping[str, bool], read: Read, *, where: str) -> str:
    """The sheet to read, of those that there are, each with whether it is shown; raises SourceError where there is none such."""
    if not sheets or read.sheet not in {None, *sheets}:
        expected = f"expected a sheet `{read.sheet}`" if read.sheet else "expected a sheet"
        names = ", ".join([*sheets][:NAMES_SHOWN]) or "none"
        raise SourceError(f"{where}: {expected}, found {names}; correct `read.sheet`, or save the workbook again")
    return read.sheet or [*(name for name, is_shown in sheets.items() if is_shown), *sheets][0]


def _other_rows(file: SourceFile, kind: WorkbookKind, read: Read, *, where: str) -> Generator[Cells]:
    """The rows of a workbook of another kind."""
    with _damage_in_a_sentence(where, read.sheet):
        sheets = {sheet.name: sheet for sheet in (old_sheets if kind == "xls" else open_document_sheets)(file.path)}
    name = _chosen_sheet({sheet.name: sheet.is_shown for sheet in sheets.values()}, read, where=where)
    yield from _guarded(sheets[name].rows(), where, name)


@contextmanager
def _opened(file: SourceFile, *, copy: Path, where: str, sheet: str | None) -> Iterator[Any]:
    """The workbook; as a copy without what has no part in its values where it is written in a form that openpyxl does not know."""
    with ExitStack() as open_files:
        try:
            with _damage_in_a_sentence(where, sheet):
                book = None if is_strict(file) else _book(file.path, open_files)
        except SourceError:
            book = None
        if book is None:
            with _damage_in_a_sentence(where, sheet):
                write_readable_copy(file, copy)
                book = _book(copy, open_files)
        yield book


def _book(path: Path, open_files: ExitStack) -> Any:  # noqa: ANN401 - the parts of openpyxl that are used here have no types
    # A book that cannot be opened is not closed by openpyxl, which is why it is given an open file.
    stream = open_files.enter_context(path.open("rb"))
    return openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)


@contextmanager
def _damage_in_a_sentence(where: str, sheet: str | None) -> Iterator[None]:
    """Say in a sentence that the workbook is damaged, whatever its library makes of it; only that one's calls belong in here."""
    try:
        yield
    except Exception:  # noqa: BLE001 - libraries raise whatever their parsers, zip and zlib do: twelve kinds in 400 damaged workbooks
        part = f" whose sheet `{sheet}` is whole" if sheet else ""
        raise SourceError(f"{where}: expected an Excel workbook{part}, found a damaged one; open it, save it as .xlsx again") from None


def _rows_of(book: Any, name: str, *, is_calculated: bool, cut: Counter[str], where: str) -> Generator[Cells]:  # noqa: ANN401 - the same
    """The sheet's rows by their numbers, those that are not written as empty ones; openpyxl itself would pass over a row out of order."""
    above = 0
    for number, cells in _guarded(_numbered_rows(book, name, is_calculated=is_calculated, cut=cut), where, name):
        positions = [cell["column"] for cell in cells]
        is_orderly = all(cell["row"] == number for cell in cells) and len(positions) == len(set(positions))
        if not (above < number <= MOST_ROWS and is_orderly and max(positions, default=0) <= MOST_COLUMNS):
            raise SourceError(
                f"{where}, behind row {above}: expected rows and cells in order, each once, found others; save it as .xlsx again"
            )
        yield from repeat((), number - above - 1)
        yield _row(cells)
        above = number


def _guarded(rows: Generator[Row], where: str, name: str) -> Iterator[Row]:
    """The rows, one by one, each asked for under guard; what is done with them is not."""
    with closing(rows):
        while True:
            with _damage_in_a_sentence(where, name):
                row = next(rows, None)
            if row is None:
                return
            yield row


def _numbered_rows(book: Any, name: str, *, is_calculated: bool, cut: Counter[str]) -> Generator[Numbered]:  # noqa: ANN401 - the same
    sheet = book[name]
    with sheet._get_source() as source:  # noqa: SLF001 - openpyxl has no other way to its merged cells while it streams
        merged = merged_cells(source)
    with sheet._get_source() as source:  # noqa: SLF001 - the public way drops rows without a word where their numbers do not rise
        parser = SheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001 - the same
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 - the same
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 - the same
        )
        parser.sheet_name, parser.are_formulas_calculated = name, is_calculated
        yield from with_hidden_cells(parser.parse(), merged, sheet_name=name) if merged else parser.parse()
        cut[HIDDEN] += parser.hidden_count


def _row(cells: list[SheetCell]) -> Cells:
    row: list[object] = [None] * max((cell["column"] for cell in cells), default=0)
    for cell in cells:
        row[cell["column"] - 1] = cell["value"]
    return tuple(row)


def _headings(rows: Iterator[Cells], read: Read, *, where: str) -> tuple[str, ...]:
    for _ in islice(rows, read.skip_rows):
        pass
    head = [tuple(None if isinstance(cell, MissingValue) else cell for cell in row) for row in islice(rows, read.header_rows)]
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
            problem = f"found one in column {get_column_letter(len(record))}; give it a heading or remove it"
            raise SourceError(f"{where}, row {row_number}: expected values under headings only, {problem}")
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
