"""What a company's SQL may be: one SELECT, over tables that it may read, with functions that reach nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from tasks.sources.engine_errors import sql_mistake
from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"})
"""Functions that make rows of what they are given; every other one reads files, or the engine itself."""
REFUSED_FUNCTIONS = frozenset({"currval", "current_setting", "getenv", "getvariable", "nextval", "write_log"})
"""Functions that tell of the machine, or leave something behind."""


@dataclass(frozen=True)
class SelectStatement:
    """One SELECT, by the engine's own parser."""

    tables: frozenset[str]
    """The tables that it reads, in small letters; those that it makes itself included."""
    tables_inside: frozenset[str]
    """The tables that it makes itself (`WITH`), in small letters."""
    qualified_tables: tuple[str, ...]
    """Tables that it names with their schema, `schema.table`."""


def parse_select(sql: str, *, where: str, connection: duckdb.DuckDBPyConnection) -> SelectStatement:
    """The one SELECT that a text of SQL is; raises SourceError naming what it is or holds instead."""
    _refuse_other_statements(sql, where=where, connection=connection)
    parts = list(_parts(_tree(sql, where=where, connection=connection)))
    for part in parts:
        _refuse_part(part, where=where)
    tables = [part for part in parts if part.get("type") == "BASE_TABLE"]
    return SelectStatement(
        tables=frozenset(part["table_name"].lower() for part in tables),
        tables_inside=frozenset(entry["key"].lower() for part in parts for entry in (part.get("cte_map") or {}).get("map", [])),
        qualified_tables=tuple(f"{part['schema_name']}.{part['table_name']}" for part in tables if part["schema_name"]),
    )


def _refuse_other_statements(sql: str, *, where: str, connection: duckdb.DuckDBPyConnection) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise SourceError(f"{where} {sql_mistake(error, sql)}") from None
    if len(statements) != 1:
        raise SourceError(f"{where} has {len(statements)} statements, expected one SELECT (a PIVOT without IN counts as two); keep one")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise SourceError(f"{where} is a statement of the kind {kind.name}, expected one SELECT; it may read, and nothing else")


def _tree(sql: str, *, where: str, connection: duckdb.DuckDBPyConnection) -> object:
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    try:
        tree = json.loads(row[0] if row else "{}")
    except RecursionError:
        tree = {"error": True}
    if tree.get("error"):
        raise SourceError(f"{where} is a PRAGMA, or too deeply nested to be taken apart; expected one plain SELECT")
    return tree


def _parts(tree: object) -> Iterator[dict[str, Any]]:
    """Every part of a parse tree, without recursion: a hostile tree may be deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _refuse_part(part: dict[str, Any], *, where: str) -> None:
    if part.get("type") == "SHOW_REF":
        raise SourceError(f"{where} uses DESCRIBE, SHOW or SUMMARIZE, expected a SELECT of rows; write the columns that it needs")
    if part.get("type") == "TABLE_FUNCTION":
        name = part["function"].get("function_name", "").lower()
        if name not in TABLE_FUNCTIONS:
            raise SourceError(
                f"{where} reads from `{name}(...)`, which reaches beyond the extracts; expected extracts by their names; "
                "declare what it reads as an extract of its own"
            )
    if part.get("class") == "FUNCTION" and part["function_name"].lower() in REFUSED_FUNCTIONS:
        raise SourceError(f"{where} calls `{part['function_name']}`, which is about the machine and not about rows; write the value itself")
