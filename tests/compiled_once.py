"""Expressions that differ in nothing but their tables are compiled to SQL once: most of a spec's time would be spent on that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibis.expr.operations import DatabaseTable, InMemoryTable, UnboundTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Expr


def compile_once(connection: Backend) -> None:
    """Let an engine compile what it compiled before, of tables of the same columns, by their names alone."""
    compiled: dict[Any, str] = {}
    compile_anew: Callable[..., str] = connection.compile

    def compile_known(expr: Expr, /, **options: Any) -> str:
        tables: list[Any] = list(dict.fromkeys(expr.op().find((InMemoryTable, DatabaseTable))))
        places = {table: f"place_{number}_of_a_table" for number, table in enumerate(tables)}
        shape = expr.op().replace({table: _renamed(table, place) for table, place in places.items()})
        key = (shape, repr(options))
        if key not in compiled:
            compiled[key] = compile_anew(shape.to_expr(), **options)
        sql = compiled[key]
        for table, place in places.items():
            sql = sql.replace(f'"{place}"', f'"{table.name}"')
        return sql

    connection.compile = compile_known


def _renamed(table: Any, name: str) -> Any:
    return UnboundTable(name=name, schema=table.schema) if isinstance(table, InMemoryTable) else table.copy(name=name)
