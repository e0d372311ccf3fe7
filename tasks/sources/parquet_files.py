"""Parquet: typed values as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet

from tasks.sources.compiled import named
from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import write_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.engine_functions import Rows
    from tasks.sources.files import SourceFile


def read_parquet(file: SourceFile, read: Read, *, connection: Backend, wanted: Sequence[str] | None, path: Path, where: str) -> None:
    """Write a Parquet file's rows as text; raises SourceError where it is none."""
    try:
        table = _with_distinct_names(connection.read_parquet(file.path), file)
        selected = chosen(table.columns, wanted, where=where)
        write_raw(
            named(table.select(*selected), "typed_rows"), {name: name for name in selected}, path=path, source_file=file.name, read=read
        )
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if is_of_the_machine(error):
            raise
        raise SourceError(f"{where}: expected a whole Parquet file, found one that is damaged or none; copy or export it again") from None


def _with_distinct_names(table: Rows, file: SourceFile) -> Rows:
    """The table's columns by names of their own; the engine would call the second of two `state` by a name that another may have."""
    written = pyarrow.parquet.read_schema(file.path).names
    of_folders = table.columns[len(written) :]
    names = distinct((*written, *of_folders))
    return table.rename(dict(zip(names, table.columns, strict=True)))
