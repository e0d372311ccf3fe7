"""CSV as people export it: read strictly by the engine, and the engine's complaints in words."""

from __future__ import annotations

import re
from functools import partial, reduce
from operator import and_
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet

from expectations.text import counted
from tasks.sources.compiled import named
from tasks.sources.csv_text import PlainText, prepare_csv
from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.layouts import headings_with
from tasks.sources.plain_text import decoded, unseen_signs_count
from tasks.sources.raw_tables import write_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.engine_functions import Rows, Values
    from tasks.sources.files import SourceFile

MIXED_LINE_ENDINGS = "state machine reached an invalid state"


def read_csv(file: SourceFile, read: Read, *, connection: Backend, wanted: Sequence[str] | None, path: Path, where: str) -> tuple[str, ...]:
    """Write a CSV file's rows as text; returns in sentences what was passed over.

    Raises SourceError with the row of the first that is not as its headings say.
    """
    copy = path.with_suffix(".txt")
    text = prepare_csv(file, read, copy=copy, where=where)
    _refuse_headings_elsewhere(file, read, text, wanted=wanted or (), where=where)
    try:
        blank_count = _write_csv(text, read, wanted, connection=connection, path=path, source_file=file.name, where=where)
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        if MIXED_LINE_ENDINGS not in str(error):
            raise complaint(error, text, read=read, where=where) from None
        text = prepare_csv(file, read, copy=copy, where=where, unifies_line_endings=True)
        try:
            blank_count = _write_csv(text, read, wanted, connection=connection, path=path, source_file=file.name, where=where)
        except duckdb.Error as second_error:
            if is_of_the_machine(second_error):
                raise
            raise complaint(second_error, text, read=read, where=where) from None
    return _notes(file, read, text, blank_count=blank_count, where=where)


def _refuse_headings_elsewhere(file: SourceFile, read: Read, text: PlainText, *, wanted: Sequence[str], where: str) -> None:
    """Raises SourceError where the wanted headings are in another line, or have another mark between them, than is declared."""
    if set(wanted) <= set(distinct(text.headings)):
        return
    layout = headings_with(next(decoded(file, read.encoding, where=where)), wanted)
    if layout is None or (layout.delimiter, layout.skip_rows) == (text.delimiter, read.skip_rows):
        return
    mark = "tabulators" if layout.delimiter == "\t" else f"`{layout.delimiter}`"
    raise SourceError(
        f"{where}: expected headings in line {read.skip_rows + 1} with `{read.delimiter}` between them, found them in line "
        f"{layout.skip_rows + 1} with {mark} between them; write `{layout.as_settings(delimiter=text.delimiter, skip_rows=read.skip_rows)}`"
    )


def _notes(file: SourceFile, read: Read, text: PlainText, *, blank_count: int, where: str) -> tuple[str, ...]:
    unseen_count = unseen_signs_count(file, read.encoding, where=where) if text.path != file.path else 0
    counts = {
        f"{counted(blank_count, 'row')} without any value passed over": blank_count,
        f"{counted(unseen_count, 'sign')} that nobody sees taken out": unseen_count,
        **{f"{counted(lines_count, 'line')} passed over by `{setting}`": lines_count for setting, lines_count in text.cut.items()},
    }
    done = [what for what, count in counts.items() if count]
    return (f"{where}: {', '.join(done)}.",) if done else ()


def _write_csv(
    text: PlainText, read: Read, wanted: Sequence[str] | None, *, connection: Backend, path: Path, source_file: str, where: str
) -> int:
    """Write the rows that have values; returns how many have none."""
    names = distinct(text.headings)
    selected = chosen(names, wanted, where=where)
    table = scan_text(connection, text)
    write = partial(write_raw, columns={name: f"c{names.index(name)}" for name in selected}, path=path, source_file=source_file, read=read)
    write(table)
    rows_count = pyarrow.parquet.read_metadata(path).num_rows
    # Reading every column only to see whether a row has a value would take twice as long.
    if not _has_blank_rows(connection, path, selected):
        return 0
    write(named(table.filter(~_is_blank(table, table.columns)), "filled_text"))
    return rows_count - pyarrow.parquet.read_metadata(path).num_rows


def _has_blank_rows(connection: Backend, path: Path, columns: Sequence[str]) -> bool:
    if _has_full_column(pyarrow.parquet.read_metadata(path), columns):
        return False
    rows = connection.read_parquet(path)
    return bool(rows.filter(_is_blank(rows, columns)).limit(1).count().to_pyarrow().as_py())


def _has_full_column(written: pyarrow.parquet.FileMetaData, columns: Sequence[str]) -> bool:
    """Whether a column has a value in every row, as far as that is written at the end of the file: it has the least of each group."""
    groups = [written.row_group(number) for number in range(written.num_row_groups)]
    positions = [position for position, name in enumerate(written.schema.names) if name in columns]
    return any(all(_is_full(group.column(position).statistics) for group in groups) for position in positions)


def _is_full(statistics: pyarrow.parquet.Statistics | None) -> bool:
    """Whether it has no null, and its least value begins with a sign that is to be seen: blanks sort before all of those."""
    if statistics is None or not (statistics.has_min_max and statistics.has_null_count):
        return False
    return not statistics.null_count and statistics.min >= "!"


def _is_blank(rows: Rows, columns: Sequence[str]) -> Values:
    return reduce(and_, (rows[name].fill_null("").strip() == "" for name in columns))


def scan_text(connection: Backend, text: PlainText) -> Rows:
    """The engine's strict reading: it refuses, and never pads, cuts or passes over, a row of another length."""
    return connection.read_csv(
        str(text.path),
        table_name="text_of_a_file",
        columns={f"c{position}": "VARCHAR" for position in range(len(text.headings))},
        auto_detect=False,
        header=False,
        skip=text.passed_over_count,
        delim=text.delimiter,
        quote=text.quote,
        escape=text.escape or text.quote,
        strict_mode=True,
        null_padding=False,
        ignore_errors=False,
    )


def complaint(error: duckdb.Error, text: PlainText, *, read: Read, where: str) -> SourceError:
    """What the engine found wrong, with the row it found it in and without the row's content."""
    message = str(error)
    line_match = re.search(r"CSV Error on Line: (\d+)", message)
    row = f", row {int(line_match[1]) - text.passed_over_count} below the headings" if line_match else ""
    lengths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if lengths:
        at_least = "at least " if int(lengths[2]) > int(lengths[1]) else ""
        problem = (
            f"expected {lengths[1]} values, found {at_least}{lengths[2]}; mend the row (a delimiter or a quote is missing or too many)"
        )
        if not at_least:
            problem += ", or, if the table ends above it, write `read: {until_blank_row: true}`"
    elif "unterminated quote" in message:
        problem = f"expected a value between two {read.quote}, found one whose quote is not closed at its end; mend it"
        if not read.escape:
            problem += " or, if a backslash stands before a quote inside, write `read: {escape: backslash}`"
    elif "Maximum line size" in message:
        problem = "expected rows of at most 2 MB, found a longer one; most likely a quote is not closed: mend it"
    elif "unicode" in message.lower():
        write = "write `read: {encoding: cp1252}` if it is of Windows"
        problem = f"expected text in {read.encoding}, found bytes that are none; {write}, or mend the row"
    elif MIXED_LINE_ENDINGS in message:
        problem = (
            "expected one kind of line ending, found a carriage return inside a value without quotes; mend the file or export it again"
        )
    else:
        problem = "cannot be read as CSV; check `read.delimiter` and `read.quote` in sources.yaml, or export the file again"
    return SourceError(f"{where}{row}: {problem}")
