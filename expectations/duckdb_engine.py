"""How the judge speaks to the engine: Great Expectations knows many databases, but not DuckDB.

One small class over the `duckdb-sqlalchemy` dialect, and a validator without the context, data source and asset around it, which
cost more than the judging of a small table. They touch members that the two libraries do not promise to keep, so a contract test
runs every kind of expectation on a table whose truth is known. Importing this module imports Great Expectations, which takes
seconds: import it inside the function that judges.
"""

from __future__ import annotations

import types
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql as postgresql_dialect
from duckdb_sqlalchemy import ConnectionWrapper

from expectations.deferred_modules import deferred_modules

# Of its expectations one draws charts and a few test distributions: what they need takes as long to load as half of all the rest.
with deferred_modules("altair", "scipy.stats"):
    from great_expectations.core.batch import Batch
    from great_expectations.core.metric_function_types import SummarizationMetricNameSuffixes
    from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
    from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.validator.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from duckdb import DuckDBPyConnection
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from sqlalchemy.sql.compiler import SQLCompiler

FULL_MATCHES = {"~": "", "!~": "NOT "}
"""The operators by which PostgreSQL asks whether a pattern is found; DuckDB asks by them whether it matches the whole text."""

VALUES = f".{SummarizationMetricNameSuffixes.UNEXPECTED_VALUES.value}"
"""How a metric's name ends that fetches values which break a rule."""


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

    def resolve_metrics(self, metrics_to_resolve: Iterable[MetricConfiguration], *arguments: Any, **options: Any) -> dict[Any, Any]:  # noqa: ANN401 - as inherited
        """What is asked of the table, without the rows' own values: they are counted, not quoted."""
        metrics = list(metrics_to_resolve)
        values = {metric.id: [] for metric in metrics if metric.metric_name.endswith(VALUES)}
        return {**super().resolve_metrics([metric for metric in metrics if metric.id not in values], *arguments, **options), **values}


@contextmanager
def validator_of(connection: DuckDBPyConnection, table: str) -> Iterator[Validator]:
    """The judge before a table or view of the database that a connection is open to; it looks at it through a connection of its own."""
    engine = sa.create_engine("duckdb://", creator=lambda: ConnectionWrapper(connection.cursor()), poolclass=sa.StaticPool)
    execution_engine = DuckDBExecutionEngine(engine=engine)
    try:
        data: Any = SqlAlchemyBatchData(execution_engine=execution_engine, table_name=table, create_temp_table=False)
        validator = Validator(execution_engine=execution_engine, batches=[Batch(data=data)])
        validator.metrics_calculator.show_progress_bars = False
        yield validator
    finally:
        execution_engine.close()
