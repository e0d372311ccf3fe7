"""CSV as people export it: made ready for the engine, read strictly, and the engine's complaints in words."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import duckdb

from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.plain_text import decoded, joined, needs_rewriting, with_one_line_ending, write_text
from tasks.sources.raw_tables import write_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.engine_functions import Rows
    from tasks.sources.files import SourceFile

UNIT_SEPARATOR = "\x1f"
"""Stands in for a delimiter of several characters while headings are read, and for none at all in JSON lines."""
MIXED_LINE_ENDINGS = "state machine reached an invalid state"


@dataclass(frozen=True)
class PlainText:
    """A file as the engine can read it: UTF-8, not compressed."""

    path: Path
    headings: tuple[str, ...]
    passed_over_count: int
    """Records above the first row of data."""
    delimiter: str
    quote: str


def read_csv(file: SourceFile, read: Read, *, connection: Backend, wanted: Sequence[str] | None, path: Path, where: str) -> None:
    """Write a CSV file's rows as text; raises SourceError with the row of the first that is not as its headings say."""
    text = _made_ready(file, read, beside=path.with_suffix(".txt"), where=where)
    kept = chosen(distinct(text.headings), wanted, where=where)
    try:
        _write_csv(text, kept, connection=connection, path=path, source_file=file.name, read=read)
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        if MIXED_LINE_ENDINGS not in str(error):
            raise complaint(error, text, read=read, where=where) from None
        text = _with_unified_line_endings(file, read, beside=path.with_suffix(".txt"), where=where)
        try:
            _write_csv(text, kept, connection=connection, path=path, source_file=file.name, read=read)
        except duckdb.Error as second_error:
            if is_of_the_machine(second_error):
                raise
            raise complaint(second_error, text, read=read, where=where) from None


def _write_csv(text: PlainText, kept: Sequence[str], *, connection: Backend, path: Path, source_file: str, read: Read) -> None:
    table = scan_text(connection, text)
    names = distinct(text.headings)
    chosen_columns = {name: table[f"c{names.index(name)}"] for name in kept}
    write_raw(connection, table.select(**chosen_columns), path=path, source_file=source_file, read=read)


def scan_text(connection: Backend, text: PlainText) -> Rows:
    """The engine's strict reading: it refuses, and never pads, cuts or passes over, a row of another length."""
    return connection.read_csv(
        str(text.path),
        columns={f"c{place}": "VARCHAR" for place in range(len(text.headings))},
        auto_detect=False,
        header=False,
        skip=text.passed_over_count,
        delim=text.delimiter,
        quote=text.quote,
        escape=text.quote,
        strict_mode=True,
        null_padding=False,
        ignore_errors=False,
    )


def _made_ready(file: SourceFile, read: Read, *, beside: Path, where: str) -> PlainText:
    chunks = decoded(file, read.encoding, where=where)
    start = next(chunks)
    headings, data_at = _head(start, read, where=where)
    above = start[: _end_of_lines(start, read.skip_rows)]
    if not needs_rewriting(file, read.encoding) and not (read.quote and read.quote in above):
        return PlainText(file.path, headings, read.skip_rows + read.header_rows, _delimiter(read), read.quote)
    write_text(joined(start[data_at:], chunks), beside)
    return PlainText(beside, headings, 0, _delimiter(read), read.quote)


def _with_unified_line_endings(file: SourceFile, read: Read, *, beside: Path, where: str) -> PlainText:
    """The same once more, its lines ending alike: the engine takes one kind of line ending, files put together have two."""
    chunks = decoded(file, read.encoding, where=where)
    start = next(chunks)
    headings, data_at = _head(start, read, where=where)
    write_text(with_one_line_ending(joined(start[data_at:], chunks)), beside)
    return PlainText(beside, headings, 0, _delimiter(read), read.quote)


def _delimiter(read: Read) -> str:
    return read.delimiter.replace("\\t", "\t")


def _end_of_lines(text: str, lines_count: int) -> int:
    lines = io.StringIO(text, newline="")
    for _ in islice(lines, lines_count):
        pass
    return lines.tell()


def _head(start: str, read: Read, *, where: str) -> tuple[tuple[str, ...], int]:
    """The names in the first row of headings, and where the data begin."""
    if not start.strip():
        raise SourceError(f"{where}: is empty, expected a row of headings at least; export it again")
    lines = io.StringIO(start, newline="")
    lines.seek(_end_of_lines(start, read.skip_rows))
    delimiter = _delimiter(read)
    separator = UNIT_SEPARATOR if len(delimiter) > 1 else delimiter
    quoting = csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE
    unified = (line.replace(delimiter, separator) for line in lines)
    reader = csv.reader(unified, delimiter=separator, quotechar=read.quote or None, quoting=quoting, strict=True)
    try:
        rows = list(islice(reader, read.header_rows))
    except csv.Error:
        raise SourceError(
            f"{where}: the headings cannot be told apart: a quote is not closed; mend them, or correct `read.quote`"
        ) from None
    if len(rows) < read.header_rows or not rows[0]:
        raise SourceError(
            f"{where}: expected {read.header_rows} row(s) of headings below {read.skip_rows} line(s), found {len(rows)} or a blank one; "
            "correct `read.skip_rows` or `read.header_rows`"
        )
    return tuple(heading.replace(separator, delimiter) for heading in rows[0]), lines.tell()


def complaint(error: duckdb.Error, text: PlainText, *, read: Read, where: str) -> SourceError:
    """What the engine found wrong, with the row it found it in and without the row's content."""
    message = str(error)
    found_line = re.search(r"CSV Error on Line: (\d+)", message)
    row = f", row {int(found_line[1]) - text.passed_over_count} below the headings" if found_line else ""
    lengths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if lengths:
        at_least = "at least " if int(lengths[2]) > int(lengths[1]) else ""
        found = f"expected {lengths[1]} values, found {at_least}{lengths[2]}; mend the row (a delimiter or a quote is missing or too many)"
    elif "unterminated quote" in message:
        found = f"expected a value between two {read.quote}, found one whose quote is not closed at its end; mend it or export again"
    elif "Maximum line size" in message:
        found = "expected rows of at most 2 MB, found a longer one; most likely a quote is not closed: mend it"
    elif "unicode" in message.lower():
        found = f"expected text in {read.encoding}, found bytes that are none; set `read.encoding` (perhaps cp1252), or mend the row"
    elif MIXED_LINE_ENDINGS in message:
        found = "expected one kind of line ending, found a carriage return inside a value without quotes; mend the file or export it again"
    else:
        found = "cannot be read as CSV; check `read.delimiter` and `read.quote` in sources.yaml, or export the file again"
    return SourceError(f"{where}{row}: {found}")
