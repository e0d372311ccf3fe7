"""Databases by their URL: a table or a query, read in batches, its values as text; nothing is ever written to one."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from tasks.sources.database_errors import database_mistake, is_of_the_network
from tasks.sources.database_opening import database_url, reading_only
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import write_cells
from tasks.sources.sandbox import Limits, limits_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.sources import Read

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
BATCH_ROWS = 20_000
"""Rows held in memory at a time."""
TABLE_NAME = re.compile(r"[\w.$-]{1,128}")
"""What a table is called; a longer text, or one with other signs, may be anything and is not repeated."""
WAITS_SECONDS = (1.0, 4.0, 15.0)
"""How long to wait before each further attempt when the network fails."""


@dataclass(frozen=True)
class DatabaseTable:
    """What to read from a database."""

    url: str = field(repr=False)
    table: str | None
    query: str | None
    folder: Path
    """Where a relative path of a file database begins."""
    limits: Limits = field(default_factory=Limits)
    """What the database may take to answer."""

    @property
    def name(self) -> str:
        """What messages call it; never the URL, which holds a password."""
        if self.table is None:
            return "query"
        return self.table if TABLE_NAME.fullmatch(self.table) else "table"


def database_table(company: Company, extract_name: str, *, table: str | None, query: str | None, connection: Backend) -> DatabaseTable:
    """A table or query on the database of an extract, with what it may take; raises CompanyFolderError for a variable that is not set."""
    extract = company.sources.extracts[extract_name]
    limits = limits_of(connection, extract.time_limit_minutes)
    return DatabaseTable(company.resolved_path(extract.database or ""), table, query, company.folder, limits)


def read_database(
    source: DatabaseTable,
    read: Read,
    *,
    wanted: Sequence[str] | None,
    path: Path,
    where: str,
    first_rows: int | None = None,
    waits_seconds: Sequence[float] = WAITS_SECONDS,
) -> str:
    """Write a table's or query's rows as text, all or the first so many, and say the SHA-256 of them; raises SourceError."""

    def read_once(connection: sqlalchemy.Connection) -> str:
        digest = hashlib.sha256()
        with _result(source, wanted, _streaming(connection), where=where) as result:  # a look leaves off before the last row
            names, batches = _named_batches(result, wanted, where=where)
            digest.update(json.dumps(names).encode())
            first = _first_of(batches, first_rows) if first_rows else batches
            for texts in write_cells(_plain(first), columns=names, path=path, source_file=source.name, read=read):
                digest.update(json.dumps(texts).encode())
        return digest.hexdigest()

    return ask_database(source, read_once, folder=path.parent, where=where, waits_seconds=waits_seconds)


def ask_database(
    source: DatabaseTable,
    ask: Callable[[sqlalchemy.Connection], Answer],
    *,
    folder: Path,
    where: str,
    waits_seconds: Sequence[float] = WAITS_SECONDS,
    is_one_state: bool = False,
) -> Answer:
    """What is answered over a connection that reads and does nothing else; tries again where the network fails.

    Raises SourceError in our own words: a driver's message may hold a password, a path or a cell.
    """
    url = database_url(source.url, folder=source.folder, where=where)
    opened = partial(reading_only, url, query=source.query, folder=folder, limits=source.limits, where=where, is_one_state=is_one_state)
    for wait in (*waits_seconds, None):
        try:
            with opened() as connection:
                return ask(connection)
        except SQLAlchemyError as error:
            if wait is None or not url.host or not is_of_the_network(error):
                mistake = database_mistake(error, table=source.table, query=source.query, minutes=source.limits.minutes)
                raise SourceError(f"{where}: {mistake}") from None
            log.warning("%s: the database did not answer, trying again in %s seconds", where, wait)
            time.sleep(wait)
    raise AssertionError("the last attempt has returned or raised")


def _streaming(connection: sqlalchemy.Connection) -> sqlalchemy.Connection:
    return connection.execution_options(stream_results=True, yield_per=BATCH_ROWS)


def _named_batches(
    result: sqlalchemy.CursorResult, wanted: Sequence[str] | None, *, where: str
) -> tuple[tuple[str, ...], Iterator[list[tuple[object, ...]]]]:
    """The columns that are needed, and their values a batch of rows each."""
    names = distinct(tuple(result.keys()))
    positions = [names.index(name) for name in chosen(names, wanted, where=where)]
    batches = ([tuple(row[position] for position in positions) for row in batch] for batch in _batches(result, where=where))
    return tuple(names[position] for position in positions), batches


def _batches(result: sqlalchemy.CursorResult, *, where: str) -> Iterator[Sequence[sqlalchemy.Row]]:
    batches = result.partitions(BATCH_ROWS)
    while True:
        try:
            batch = next(batches, None)
        except (ValueError, OverflowError):  # by Python's own kinds, such as a day after the year 9999
            raise SourceError(
                f"{where}: expected values that Python can hold, found one that is none; cast it to text in a `query`"
            ) from None
        if batch is None:
            return
        yield batch


def _first_of(batches: Iterator[Sequence[Sequence[object]]], rows_count: int) -> Iterator[Sequence[Sequence[object]]]:
    """The first batch without the rows that are too many; a batch holds more than a look takes."""
    for batch in islice(batches, 1):
        yield batch[:rows_count]


def _result(
    source: DatabaseTable, wanted: Sequence[str] | None, connection: sqlalchemy.Connection, *, where: str
) -> sqlalchemy.CursorResult:
    """All rows; of a table the columns that are needed, and no others."""
    if source.query:
        # No parameters are given, so that a colon or a per cent sign in the query means itself.
        return connection.execution_options(no_parameters=True).exec_driver_sql(source.query.strip().rstrip(";"))
    table = named_table(source.table or "")
    return connection.execute(rows_statement(table, columns_of(table, wanted, connection, where=where)))


def columns_of(
    rows: sqlalchemy.FromClause, wanted: Sequence[str] | None, connection: sqlalchemy.Connection, *, where: str
) -> tuple[str, ...]:
    """The columns of a table that are needed; raises SourceError for one that it does not have."""
    with connection.execute(headings_statement(rows)) as empty:
        return chosen(tuple(empty.keys()), wanted, where=where)


def headings_statement(rows: sqlalchemy.FromClause) -> sqlalchemy.Select:
    """What gives the columns of a table and no row; how names are quoted is the dialect's to know."""
    return sqlalchemy.select(sqlalchemy.text("*")).select_from(rows).where(sqlalchemy.false())


def rows_statement(rows: sqlalchemy.FromClause, columns: Sequence[str]) -> sqlalchemy.Select:
    """What gives some columns of every row of a table."""
    return sqlalchemy.select(*map(named_column, columns)).select_from(rows)


def named_column(name: str) -> sqlalchemy.ColumnClause:
    """A column by its name."""
    return sqlalchemy.column(sqlalchemy.quoted_name(name, quote=None))


def named_table(table: str) -> sqlalchemy.TableClause:
    """A table by its name, with its schema where it has one."""
    schema, _, name = table.rpartition(".")
    return sqlalchemy.table(name, schema=schema or None)


def write_statement(
    statement: sqlalchemy.Select,
    connection: sqlalchemy.Connection,
    *,
    look: Callable[[Sequence[tuple[object, ...]]], None],
    source: DatabaseTable,
    read: Read,
    path: Path,
    where: str,
) -> None:
    """Write the rows that a statement gives as text, each batch of them looked at before."""

    def seen(batches: Iterator[list[tuple[object, ...]]]) -> Iterator[list[tuple[object, ...]]]:
        for batch in batches:
            look(batch)
            yield batch

    with _streaming(connection).execute(statement) as result:
        names, batches = _named_batches(result, None, where=where)
        for _ in write_cells(_plain(seen(batches)), columns=names, path=path, source_file=source.name, read=read):
            pass


def _plain(batches: Iterator[Sequence[Sequence[object]]]) -> Iterator[list[tuple[object, ...]]]:
    for rows in batches:
        yield [tuple(json.dumps(value, default=str) if isinstance(value, (dict, list)) else value for value in row) for row in rows]
