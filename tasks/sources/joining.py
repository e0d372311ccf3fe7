"""A company's own SQL between reading and mapping: over the extracts of its silo, and those that others lend, by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import RawTable, write_raw
from tasks.sources.sandbox import write_rows
from tasks.sources.select_statement import parse_select

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.sources import Read
    from tasks.sources.engine_functions import Rows
    from tasks.sources.sandbox import Limits


def named_extracts(company: Company, extract_name: str, *, where: str, connection: Backend) -> tuple[str, ...]:
    """The extracts that an extract's `sql` reads; raises SourceError for SQL that is not one SELECT over extracts that it may read."""
    extracts = company.sources.extracts
    if not extracts[extract_name].sql:
        return ()
    select = parse_select(extracts[extract_name].sql or "", where=where, connection=connection.con)
    if select.qualified_tables:
        raise SourceError(f"{where} reads `{select.qualified_tables[0]}`, which is no extract; name extracts without a schema")
    names = sorted(name for name in select.tables if name in extracts or name not in select.tables_inside)
    for name in names:
        _refuse_extract(company, extract_name, name, where=where)
    return tuple(names)


def _refuse_extract(company: Company, extract_name: str, name: str, *, where: str) -> None:
    extracts = company.sources.extracts
    if name not in extracts:
        raise SourceError(f"{where} reads `{name}`, which is no extract; there are {', '.join(extracts)}")
    reader, read = extracts[extract_name], extracts[name]
    if read.silo != reader.silo and name not in reader.reads:
        lent = ", ".join((*reader.reads, name))
        raise SourceError(
            f"{where} reads `{name}` of {read.silo}, expected extracts of {reader.silo}, or of other silos by `reads`; "
            f"write `reads: [{lent}]` under `{extract_name}`"
        )
    if not read.path and not read.database:
        raise SourceError(f"{where} reads `{name}`, which is itself made by `sql`; name the extracts that have a `path` or `database`")


def joined(
    sql: str,
    tables: Mapping[str, Rows],
    *,
    where: str,
    source_file: str,
    connection: Backend,
    folder: Path,
    read: Read,
    limits: Limits,
) -> RawTable:
    """The rows that the company's `sql` makes of the raw tables, as text; a row without a place of its own gets its place in the result."""
    own_folder = folder / "sandbox"
    own_folder.mkdir()
    paths = {name: own_folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        connection.to_parquet(table, paths[name])
    result = write_rows(sql, paths, where=where, folder=own_folder, limits=limits)
    path = folder / "joined by sql.parquet"
    rows = connection.read_parquet(result, table_name="rows_of_sql")
    write_raw(rows, {name: name for name in rows.columns}, path=path, source_file=source_file, read=read)
    return RawTable((path,), has_typed_values=True)


def refuse_files_merged(rows: Rows, extract_name: str, *, where: str) -> None:
    """Raises SourceError where SQL over several files does not say from which of them a row is, so that they cannot be compared."""
    if rows.filter(rows.source_file == extract_name).limit(1).count().to_pyarrow().as_py():
        raise SourceError(
            f"{where}: expected `source_file` and `source_row` among its columns, since `key: nth_of_equal_rows` compares files, "
            "found none; write `SELECT source_file, source_row, ...`"
        )
