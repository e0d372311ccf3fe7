"""A company's own SQL between reading and mapping: over the extracts of one silo, by their names."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import RawTable, write_raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.sources import Read
    from tasks.sources.engine_functions import Rows

LINES_SHOWN = 3
"""How much of the engine's message an error repeats."""


def named_extracts(company: Company, extract_name: str, *, connection: Backend) -> tuple[str, ...]:
    """The extracts that an extract's `sql` reads; raises SourceError for one that is not there, or of another silo."""
    extracts = company.sources.extracts
    extract = extracts[extract_name]
    if not extract.sql:
        return ()
    tables, made_inside = _tables_in(extract.sql, extract_name, connection=connection)
    names = sorted(name for name in tables if name in extracts or name not in made_inside)
    for name in names:
        if name not in extracts:
            raise SourceError(f"{extract_name}: `sql` reads `{name}`, which is no extract; there are {', '.join(extracts)}")
        if extracts[name].silo != extract.silo:
            raise SourceError(
                f"{extract_name}: `sql` reads `{name}` of {extracts[name].silo}, expected extracts of {extract.silo} only; "
                f"declare an extract of {extract.silo} that reads the same file"
            )
        if not extracts[name].path and not extracts[name].database:
            raise SourceError(
                f"{extract_name}: `sql` reads `{name}`, which is itself made by `sql`; name the extracts that have a `path` or `database`"
            )
    return tuple(names)


def _tables_in(sql: str, extract_name: str, *, connection: Backend) -> tuple[set[str], set[str]]:
    """The tables that a query reads, and those that it makes itself (`WITH`), by the engine's own parser."""
    found = connection.con.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    parsed = json.loads(found[0] if found else "{}")
    if parsed.get("error"):
        raise SourceError(f"{extract_name}: `sql` cannot be run: {parsed['error_message'].splitlines()[0]}; correct it in sources.yaml")
    if len(parsed["statements"]) != 1:
        raise SourceError(f"{extract_name}: `sql` has {len(parsed['statements'])} queries, expected one; keep the one that gives the rows")
    parts = list(_parts(parsed))
    tables = {part["table_name"].lower() for part in parts if part.get("type") == "BASE_TABLE"}
    made_inside = {entry["key"].lower() for part in parts for entry in part.get("cte_map", {}).get("map", [])}
    return tables, made_inside


def _parts(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _parts(child)


def joined(
    sql: str,
    tables: Mapping[str, Rows],
    *,
    extract_name: str,
    source_file: str,
    connection: Backend,
    folder: Path,
    read: Read,
) -> RawTable:
    """The rows that the company's `sql` makes of the raw tables, as text; a row without a place of its own gets its place in the result."""
    named = ",\n".join(f'"{name}" AS (\n{ibis.to_sql(table, dialect="duckdb")}\n)' for name, table in tables.items())
    query = f"{f'WITH {named}' if named else ''}\nSELECT * FROM (\n{sql.strip().rstrip(';')}\n)"
    result = folder / f"{extract_name}.sql.parquet"
    try:
        columns = [row[0] for row in connection.con.execute(f"DESCRIBE {query}").fetchall()]
        # Joins hand rows on in any order; a place in the result must be the same the next time.
        ordered = query if "source_row" in columns else f"{query}\nORDER BY ALL"
        connection.con.execute(f"COPY ({ordered}) TO '{str(result).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        raise _mistake(error, extract_name) from None
    path = folder / f"{extract_name}.joined.parquet"
    write_raw(connection, connection.read_parquet(result), path=path, source_file=source_file, read=read)
    return RawTable((path,), has_typed_values=True)


def _mistake(error: duckdb.Error, extract_name: str) -> SourceError:
    said = " ".join(line.strip() for line in str(error).splitlines()[:LINES_SHOWN] if line.strip())
    return SourceError(f"{extract_name}: `sql` cannot be run: {said}; correct it in sources.yaml")
