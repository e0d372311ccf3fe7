"""DuckDB as Ibis speaks to it, except that expressions which differ in nothing but tables, days and periods are put into SQL once.

A run asks the same of every period. What decides a query is the expression's own structure: its operations with all that they hold, but
days and names of periods, and the columns of its tables. Queries are kept for later processes, too.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.duckdb import Backend
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.backends.sql.datatypes import DuckDBType
from ibis.common.graph import Node
from ibis.expr.operations import DatabaseTable, InMemoryTable, Literal, Namespace, Value
from ibis.expr.schema import schema
from ibis.expr.types import Table

from tasks.sources.statements import statement_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path

    from ibis.expr.datatypes import DataType
    from ibis.expr.schema import Schema
    from ibis.expr.types import Expr

QUERIES: dict[Hashable, str] = {}
"""Queries by the structure of their expressions, with a mark in the place of each table's name, each day and each period's name."""
PERIOD = re.compile(r"\d{4}(-(W\d\d|Q\d|\d\d(-\d\d--\d{4}-\d\d-\d\d)?))?")
"""How periods are called, and runs of days."""
MARK = "\ue000{}\ue000"
"""From a range of characters that no script and no symbol uses, so that nothing else in a query looks like it."""
Marks: TypeAlias = dict[Any, str]
"""A mark for each table, of the engine or in memory, each day and period. Ibis knows its kind when it runs, a type checker not."""


class _MarkLostError(Exception):
    """A table, day or period of an expression is not in its query as it is: it may have decided something else in it."""


class _Types(DuckDBType):
    """Ibis's types of the engine, except that the text of each is parsed once: a run describes some thousand columns of a few types."""

    @classmethod
    def from_string(cls, text: str, nullable: bool | None = None) -> DataType:  # noqa: FBT001 - as inherited
        """The type that the engine calls so."""
        return _parsed_type(text, is_nullable=nullable)


@cache
def _parsed_type(text: str, *, is_nullable: bool | None) -> DataType:
    return DuckDBType.from_string(text, nullable=is_nullable)


class _Compiler(DuckDBCompiler):
    """Ibis's compiler with these types."""

    type_mapper = _Types


class _MarkingCompiler(_Compiler):
    """Ibis's compiler, except that it writes marks for the names of tables and periods, and for days."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self._marks = marks

    def query_of(self, expr: Expr) -> str:
        """An expression as SQL, each table, day and period by its mark; raises _MarkLostError where one of them is not in it."""
        query = self.to_sqlglot(expr).sql(dialect=self.dialect, copy=False, unsupported_level=sg.ErrorLevel.RAISE)
        if any(mark not in query for mark in self._marks.values()):
            raise _MarkLostError
        return query

    def visit_DatabaseTable(self, op: Node, **table: Any) -> Any:  # noqa: ANN401, N802 - as inherited
        """A table of the engine's."""
        return super().visit_DatabaseTable(op, **self._marked(op, table))

    def visit_InMemoryTable(self, op: Node, **table: Any) -> Any:  # noqa: ANN401, N802 - as inherited
        """A table in memory."""
        return super().visit_InMemoryTable(op, **self._marked(op, table))

    def visit_Literal(self, op: Node, **literal: Any) -> Any:  # noqa: ANN401, N802 - as inherited
        """A day or a period, or any other value, which is written as it is."""
        mark = self._marks.get(op)
        return super().visit_Literal(op, **literal) if mark is None else sge.Var(this=mark)

    def _marked(self, op: Node, table: dict[str, Any]) -> dict[str, Any]:
        return table | {"name": self._marks[op]}


class CachingBackend(Backend):
    """A connection that compiles what was compiled before, for tables of the same columns, by their names, days and periods alone."""

    compiler = _Compiler()
    statements: Path | None = None
    """The folder where queries are kept for later processes, if there is one."""

    def compile(self, expr: Expr, /, **options: Any) -> str:  # noqa: ANN401 - as inherited
        """The expression as SQL."""
        if any(options.values()):
            return super().compile(expr, **options)
        structure, marks = structure_of(expr.op())
        try:
            query = statement_of(QUERIES, structure, lambda: _MarkingCompiler(marks).query_of(expr), folder=self.statements)
        except _MarkLostError:
            return super().compile(expr)
        for node, mark in marks.items():
            query = query.replace(mark, self._in_sql(node))
        return query

    def _in_sql(self, node: Any) -> str:  # noqa: ANN401 - a table or a day, of which Ibis knows the kind when it runs
        """What stands in the place of a mark."""
        if isinstance(node, Literal):
            return self.compiler.visit_Literal(node, value=node.value, dtype=node.dtype).sql(self.dialect)
        return node.name.replace('"', '""')

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> Schema:
        """The columns of a table: what Ibis asks, without the half of its time that goes into putting the question."""
        parts = [part for part in (catalog, database, table_name) if part]
        try:
            columns = self.con.execute(f"DESCRIBE {'.'.join(map(_quoted, parts))}").fetchall()
        except duckdb.CatalogException:
            return super().get_schema(table_name, catalog=catalog, database=database)  # which says in Ibis's words that it is not there
        return schema({name: _parsed_type(kind, is_nullable=nullable == "YES") for name, kind, nullable, *_others in columns})

    def create_table(self, name: str, /, obj: Any = None, *, temp: bool = False, **options: Any) -> Table:  # noqa: ANN401 - as inherited
        """A table of the engine's, of the very types that an expression has, with its rows."""
        if options or not temp or not isinstance(obj, Table):
            return super().create_table(name, obj, temp=temp, **options)
        self._run_pre_execute_hooks(obj)
        quoted = _quoted(name)
        columns = ", ".join(column.sql(self.dialect) for column in obj.schema().to_sqlglot_column_defs(self.dialect))
        self.con.execute(f"CREATE TEMPORARY TABLE {quoted} ({columns})")
        self.con.execute(f"INSERT INTO {quoted} {self.compile(obj)}")
        return DatabaseTable(name, schema=obj.schema(), source=self, namespace=Namespace(catalog="temp", database="main")).to_expr()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def connected_to(statements: Path | None = None, **settings: Any) -> CachingBackend:  # noqa: ANN401 - as the engine names them
    """A connection to a database of its own, in memory; its queries are kept in a folder, if one is given."""
    connection = CachingBackend(**settings)
    connection.statements = statements
    connection.reconnect()
    return connection


def structure_of(root: Node) -> tuple[Hashable, Marks]:
    """All that decides the query of an expression, and a mark for each of its tables, days and periods.

    Operations come after those that they rest on, each as its class with its arguments, in which an operation is the number that it
    has in this order. A value that is asked for alone is named by Ibis after all that is in it, days and periods too.
    """
    numbers: dict[Node, int] = {}
    marks: Marks = {}
    structure: list[Hashable] = [root.name] if isinstance(root, Value) else []
    ahead = [root]
    while ahead:
        node = ahead[-1]
        missing = [child for child in node.__children__ if child not in numbers] if node not in numbers else []
        ahead.extend(missing)
        if missing:
            continue
        ahead.pop()
        if node not in numbers:
            numbers[node] = len(numbers)
            structure.append(_operation(node, numbers, marks))
    return tuple(structure), marks


def _operation(node: Node, numbers: Mapping[Node, int], marks: Marks) -> Hashable:
    """An operation without those that it rests on."""
    if isinstance(node, DatabaseTable | InMemoryTable):
        marks[node] = MARK.format(len(marks))
        return type(node), *(getattr(node, name, None) for name in ("schema", "namespace"))
    if isinstance(node, Literal) and _is_day_or_period(node):
        marks[node] = MARK.format(len(marks))
        return Literal, node.dtype
    if isinstance(node, Literal):  # 0.0 and -0.0 are equal, and not the same
        return Literal, repr(node.value), node.dtype
    return type(node), *(_argument(argument, numbers) for argument in node.__args__)


def _is_day_or_period(node: Literal) -> bool:
    if node.dtype.is_string():
        return isinstance(node.value, str) and PERIOD.fullmatch(node.value) is not None
    return node.dtype.is_date() and node.value is not None


def _argument(argument: Any, numbers: Mapping[Node, int]) -> Hashable:  # noqa: ANN401 - whatever an operation holds
    if isinstance(argument, Node):
        return Node, numbers[argument]
    if isinstance(argument, tuple):
        return tuple(_argument(part, numbers) for part in argument)
    if isinstance(argument, dict):
        return tuple((name, _argument(part, numbers)) for name, part in argument.items())
    return argument
