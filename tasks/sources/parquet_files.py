"""Parquet: typed values as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.headings import chosen
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import write_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.files import SourceFile


def read_parquet(file: SourceFile, read: Read, *, connection: Backend, wanted: Sequence[str] | None, path: Path, where: str) -> None:
    """Write a Parquet file's rows as text; raises SourceError where it is none."""
    try:
        table = connection.read_parquet(file.path)
        kept = chosen(table.columns, wanted, where=where)
        write_raw(connection, table.select(*kept), path=path, source_file=file.name, read=read)
    except (duckdb.Error, OSError) as error:
        if is_of_the_machine(error):
            raise
        raise SourceError(f"{where}: expected a whole Parquet file, found: {str(error).splitlines()[0]}; copy or export it again") from None
