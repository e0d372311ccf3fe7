"""The beginning of a file as a file of its own, so that looking at it costs the same however large the file is."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from tasks.sources.csv_text import records_of
from tasks.sources.files import SourceFile
from tasks.sources.landed import SourceError
from tasks.sources.plain_text import decoded, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Format, Read

FIRST_ROWS = 1000
"""Rows below the headings that a look takes of each file; more show little more, and take longer."""


def head_of(file: SourceFile, read: Read, *, file_format: Format, folder: Path, connection: Backend, where: str) -> SourceFile:
    """The first rows of a file under the name of the whole; the file itself where it has no more, or is cut while it is read (Excel).

    What cannot be read is left to its reader, which says so.
    """
    if file_format == "parquet":
        return _first_of_parquet(file, folder=folder, connection=connection)
    if file_format == "excel":
        return file
    return _first_of_text(file, read, is_csv=file_format == "csv", folder=folder, where=where)


def _first_of_text(file: SourceFile, read: Read, *, is_csv: bool, folder: Path, where: str) -> SourceFile:
    above = read.skip_rows + read.header_rows if is_csv else 0
    by_lines = read if is_csv else read.model_copy(update={"quote": ""})
    head = folder / f"head of {file.path.name.removesuffix('.gz')}"
    records = records_of(decoded(file, read.encoding, where=where), by_lines, where=where)
    try:
        first = list(islice(records, above + FIRST_ROWS + 1))
    except SourceError:
        return file
    if len(first) <= above + FIRST_ROWS:
        return file
    # Written as UTF-16 and the like, one byte-order mark stands at its beginning, as in the file.
    write_text(first[:-1], head, encoding=read.encoding)
    return SourceFile(head, file.name)


def _first_of_parquet(file: SourceFile, *, folder: Path, connection: Backend) -> SourceFile:
    head = folder / f"head of {file.path.name}"
    try:
        connection.to_parquet(connection.read_parquet(file.path).limit(FIRST_ROWS), head)
    except (duckdb.Error, pa.ArrowException, OSError):
        return file
    return SourceFile(head, file.name)
