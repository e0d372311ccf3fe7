"""What is asked of warehouses that no test reaches, as their own dialects write it; a server's answer is not tried."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import mssql

from tasks.sources.databases import headings_statement, named_table, rows_statement

if TYPE_CHECKING:
    import sqlalchemy

TABLE, COLUMNS = "sales.Order Lines", ("id", "Net Amount", "order", "gr\u00f6\u00dfe")
EXPECTED = {
    "mssql": (
        "SELECT * FROM sales.[Order Lines] WHERE 0 = 1",
        "SELECT id, [Net Amount], [order], [gr\u00f6\u00dfe] FROM sales.[Order Lines]",
    ),
    "snowflake": (
        'SELECT * FROM sales."Order Lines" WHERE false',
        'SELECT id, "Net Amount", "order", "gr\u00f6\u00dfe" FROM sales."Order Lines"',
    ),
    "bigquery": (
        "SELECT * FROM `sales`.`Order Lines` WHERE false",
        "SELECT `id`, `Net Amount`, `order`, `gr\u00f6\u00dfe` FROM `sales`.`Order Lines`",
    ),
}
"""The headings of a table, then rows of some columns, one of them a word of SQL and one with letters beyond ASCII."""
MODULES = {
    "snowflake": ("snowflake.sqlalchemy.snowdialect", "SnowflakeDialect"),
    "bigquery": ("sqlalchemy_bigquery.base", "BigQueryDialect"),
}


def dialect_of(kind: str) -> sqlalchemy.Dialect:
    if kind == "mssql":
        return mssql.dialect()
    module, name = MODULES[kind]
    try:
        return getattr(importlib.import_module(module), name)()
    except ModuleNotFoundError as missing:
        pytest.skip(f"the extra `{kind}` is not installed here: {missing.name} is missing")


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_table_is_asked_as_its_warehouse_quotes_names(kind: str) -> None:
    dialect = dialect_of(kind)
    statements = (headings_statement(named_table(TABLE)), rows_statement(named_table(TABLE), COLUMNS))
    written = [re.sub(r"\s+", " ", str(statement.compile(dialect=dialect))).strip() for statement in statements]
    assert written == [*EXPECTED[kind]]
