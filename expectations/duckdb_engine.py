"""How the judge speaks to the engine: Great Expectations knows many databases, but not DuckDB.

Two small classes over the `duckdb-sqlalchemy` dialect. They touch members that the two libraries do not promise to keep, so a
contract test runs every kind of expectation on a table whose truth is known. Importing this module imports Great Expectations,
which takes seconds: import it inside the function that judges.
"""

from __future__ import annotations

import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql as postgresql_dialect
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.sql.compiler import SQLCompiler

FULL_MATCHES = {"~": "", "!~": "NOT "}
"""The operators by which PostgreSQL asks whether a pattern is found; DuckDB asks by them whether it matches the whole text."""


def _finding_patterns(compiler: type[SQLCompiler]) -> type[SQLCompiler]:
    """The dialect's compiler, with patterns that are found anywhere in a text."""
    inherited = compiler.visit_custom_op_binary

    def visit_custom_op_binary(self: SQLCompiler, element: Any, operator: Any, **options: Any) -> str:  # noqa: ANN401 - as inherited
        if operator.opstring not in FULL_MATCHES:
            return inherited(self, element, operator, **options)
        text, pattern = self.process(element.left, **options), self.process(element.right, **options)
        return f"{FULL_MATCHES[operator.opstring]}regexp_matches({text}, {pattern})"

    return type("FindingPatterns", (compiler,), {"visit_custom_op_binary": visit_custom_op_binary})


def _types_as_of_postgresql() -> types.ModuleType:
    """The module in which Great Expectations looks for a database's types; DuckDB's are named as PostgreSQL's."""
    module = types.ModuleType("duckdb_types")
    sql_types = {name: value for name, value in vars(sa.types).items() if isinstance(value, type)}
    vars(module).update(sql_types, dialect=postgresql_dialect.dialect)
    return module


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Great Expectations' engine for SQL, on DuckDB."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as inherited
        super().__init__(*arguments, **options)
        dialect = self.engine.dialect
        dialect.statement_compiler = _finding_patterns(dialect.statement_compiler)
        self.dialect_module = _types_as_of_postgresql()

    @contextmanager
    def get_connection(self) -> Generator[sa.Connection]:
        """One connection, kept open: results are fetched after the connection was given back."""
        connection: sa.Connection = self._connection or self.engine.connect()
        self._connection = connection
        yield connection


class DuckDBDatasource(SQLDatasource):
    """Great Expectations' data source for SQL, on DuckDB."""

    type: Literal["duckdb"] = "duckdb"  # pyright: ignore[reportIncompatibleVariableOverride] - its own way of naming a data source

    @property
    def execution_engine_type(self) -> type[DuckDBExecutionEngine]:
        """The engine above."""
        return DuckDBExecutionEngine
