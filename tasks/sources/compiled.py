"""Queries put into SQL once for all that decides them: that takes ten times as long as an engine needs to answer one of few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibis.expr.operations import DatabaseTable, Namespace

from tasks.sources.statements import statement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.schema import Schema

    from tasks.sources.engine_functions import Rows

COMPILED: dict[Hashable, str] = {}
"""Queries by all that decides them."""


def cached_sql(connection: Backend, decided_by: tuple[Hashable, ...], build: Callable[[], Rows]) -> str:
    """The query of an expression over tables with names, built and compiled once for all that `decided_by` names alike."""
    return statement_of(COMPILED, decided_by, lambda: str(connection.compile(build())), folder=statements_of(connection))


def statements_of(connection: Backend) -> Path | None:
    """The folder where a connection's statements are kept for later processes, if it has one."""
    return getattr(connection, "statements", None)


def named(rows: Rows, name: str) -> Rows:
    """The same rows under a name of the engine's, until others are given it."""
    connection = rows.get_backend()
    return named_query(connection, str(connection.compile(rows)), name, schema=rows.schema())


def named_query(connection: Backend, query: str, name: str, *, schema: Schema) -> Rows:
    """What a query finds, with columns of that schema, under a name of the engine's, until others are given it."""
    connection.con.execute(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {query}")
    return DatabaseTable(name=name, schema=schema, source=connection, namespace=Namespace()).to_expr()


def sql_over(rows: Rows, build: Callable[[Rows], Rows], *decided_by: Hashable) -> str:
    """The query that `build` makes of rows with a name: the same for all rows of that name and those columns, and all that decides it."""
    return cached_sql(rows.get_backend(), (*decided_by, rows.get_name(), rows.schema()), lambda: build(rows))


def answer(rows: Rows, build: Callable[[Rows], Rows], *decided_by: Hashable) -> list[dict[str, Any]]:
    """The few rows that `build` makes of rows with a name."""
    return fetch_rows(rows.get_backend(), sql_over(rows, build, *decided_by))


def fetch_rows(connection: Backend, query: str) -> list[dict[str, Any]]:
    """The few rows that a query finds."""
    return connection.con.execute(query).to_arrow_table().to_pylist()


def copy_to(connection: Backend, query: str, path: Path, *, options: str = "") -> None:
    """Write what a query finds to a Parquet file."""
    target = sql_text(str(path))
    connection.con.execute(f"COPY ({query}) TO {target} (FORMAT parquet{options})")


def sql_text(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
