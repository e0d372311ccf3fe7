"""Which rows of a source are data, and the query that maps and types them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from tasks.sources.compiled import sql_over
from tasks.sources.days import Reading
from tasks.sources.headings import chosen
from tasks.sources.landed import SourceError
from tasks.sources.mapping import landed_table
from tasks.sources.raw_tables import is_dropped, scan, whole_value

if TYPE_CHECKING:
    from tasks.sources.engine_functions import Rows, Values
    from tasks.sources.ids import Ids
    from tasks.sources.landing_job import Landing, Source
    from tasks.sources.raw_tables import RawTable

NOT_OF_ROWS = {
    *("path", "database", "table", "query", "sql", "time_limit_minutes", "control_total"),
    *("covers_from", "covers_through", "claims"),
}
"""What an extract says of where its rows are to be had and what they cover; how they are mapped does not depend on it."""


def data_rows(landing: Landing, source: Source, raw: RawTable) -> Rows:
    """The rows of a source without those that `drop_rows_where` says are no data."""
    table = scan(landing.connection, raw)
    return table.filter(~_dropped(table, source, landing=landing))


def _dropped(table: Rows, source: Source, *, landing: Landing) -> Values:
    patterns = source.extract.read.drop_rows_where
    where = f"{source.name}: `drop_rows_where`"
    chosen(table.columns, patterns, where=where)
    for name, pattern in patterns.items():
        try:
            landing.connection.con.execute("SELECT regexp_matches('', $1)", [whole_value(pattern)])
        except duckdb.Error:
            raise SourceError(f"{where}: expected a regular expression for `{name}`, found one that is none; correct it") from None
    return is_dropped(table, patterns)


def mapped(landing: Landing, raw: Rows, ids: Ids, *, has_typed_values: bool) -> str:
    """The query that maps and types rows with a name."""
    extract, definitions = landing.extract, landing.company.definitions
    reading = Reading(extract.read, extract.read.time_zone or definitions.time_zone, definitions.time_zone, has_typed_values)

    def rows(raw: Rows) -> Rows:
        return landed_table(raw, extract, dataset=landing.dataset, reading=reading, ids=ids, currency=definitions.currency)

    declared = json.dumps([landing.dataset.name, extract.model_dump(mode="json", exclude=NOT_OF_ROWS), definitions.currency])
    return sql_over(raw, rows, "mapped", declared, reading.from_zone, reading.to_zone, has_typed_values, replace(ids, notes=()))
