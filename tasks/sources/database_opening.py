"""A database opened so that nothing can be written to it, and nothing beside it can be read: for SQLite, DuckDB and servers each."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from tasks.sources.database_errors import StoppedError
from tasks.sources.database_queries import refuse_more_than_reading
from tasks.sources.database_servers import EXPECTED_URLS, connect_options, extra_for, refuse_options, server_of, with_driver
from tasks.sources.landed import SourceError
from tasks.sources.sandbox import CLOSED_AT_LAST, CLOSED_FROM_THE_START, Limits, stopped_beyond
from tasks.sources.select_statement import parse_select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.sources.database_servers import DatabaseServer

IN_A_FILE = frozenset({"sqlite", "duckdb"})
LARGEST_PORT = 65_535
SQLITE_READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
"""All that a query may do in SQLite; attaching, pragmas and temporary tables are something else."""
SQLITE_SETS_UP = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
"""What tables of a text search prepare in the database itself, and never do: it is opened for reading only."""
SQLITE_REFUSED = frozenset({"edit", "fts3_tokenizer", "load_extension", "readfile", "writefile"})
"""SQLite's functions that reach beyond the database, where they are compiled in."""
SQLITE_STEPS = 100_000
"""SQLite looks at the time after so many steps of its machine, some milliseconds."""


def database_url(text: str, *, folder: Path, where: str) -> sqlalchemy.URL:
    """The URL of a database that can be asked, its file found; raises SourceError, which never repeats a part of the URL."""
    try:
        url = sqlalchemy.make_url(text)
        port = url.port or 1
    except (ArgumentError, ValueError):
        raise SourceError(
            f"{where}: `database` is not a URL that can be taken apart; expected {EXPECTED_URLS}, with a port that is a number, "
            "and @ : / # ? % in a user's name or password written as %40 %3A %2F %23 %3F %25"
        ) from None
    if not 0 < port <= LARGEST_PORT:
        raise SourceError(f"{where}: expected a port from 1 to {LARGEST_PORT} in `database`, found another number; correct it")
    url = with_driver(url)
    _refuse_unknown_kind(url, where=where)
    _refuse_options(url, where=where)
    return url.set(database=str(_file(url, folder, where=where))) if url.get_backend_name() in IN_A_FILE else url


def _refuse_unknown_kind(url: sqlalchemy.URL, *, where: str) -> None:
    extra = extra_for(url.drivername)
    install = f'install it: pip install "customer-math[{extra}]"' if extra else f"install it, or begin with {EXPECTED_URLS}"
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError:
        missing_driver = f"needs a driver that is not installed; {install}" if extra else None
        unknown = f"is of a kind that is not known, expected {EXPECTED_URLS}; correct how it begins"
        raise SourceError(f"{where}: `database` {missing_driver or unknown}") from None
    except ImportError as error:
        raise SourceError(f"{where}: the driver `{error.name}` that `database` needs is not installed; {install}") from None


def _refuse_options(url: sqlalchemy.URL, *, where: str) -> None:
    """Options could open a file for writing, or lift what we forbid."""
    if url.get_backend_name() not in IN_A_FILE:
        refuse_options(url, where=where)
    elif url.query:
        raise SourceError(f"{where}: a file database takes no options, found some behind `?` in `database`; leave them out")


def _file(url: sqlalchemy.URL, folder: Path, *, where: str) -> Path:
    """The file of a file database; SQLite would make a new, empty one where there is none."""
    path = folder / (url.database or "")
    if not path.is_file():
        raise SourceError(f"{where}: expected a database file where `database` says, found none; correct `database`, or put the file there")
    return path


@contextmanager
def reading_only(
    url: sqlalchemy.URL, *, query: str | None, folder: Path, limits: Limits, where: str, is_one_state: bool = False
) -> Iterator[sqlalchemy.Connection]:
    """A connection that reads and does nothing else; raises SourceError for a query that is more than one SELECT.

    Several questions are of one state of the database: on servers always, in SQLite where that is needed.
    """
    if url.get_backend_name() == "sqlite":
        engine = sqlalchemy.create_engine("sqlite://", creator=lambda: _sqlite(url.database or ""), poolclass=NullPool)
        opened = _in_sqlite(engine, limits, is_one_state=is_one_state)
    elif url.get_backend_name() == "duckdb":
        config = {**CLOSED_FROM_THE_START, "temp_directory": str(folder), "memory_limit": limits.memory, "threads": limits.threads}
        engine = sqlalchemy.create_engine(url, connect_args={"read_only": True, "config": config}, poolclass=NullPool)
        opened = _in_duckdb(engine, query=query, folder=folder, limits=limits, where=where)
    else:
        if query:
            refuse_more_than_reading(query, backend=url.get_backend_name(), where=where)
        engine = sqlalchemy.create_engine(url, connect_args=connect_options(url), poolclass=NullPool)
        opened = _on_server(engine, server_of(url), limits)
    try:
        with opened as connection:
            yield connection
    finally:
        engine.dispose()


def _sqlite(path: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)


@contextmanager
def _in_sqlite(engine: sqlalchemy.Engine, limits: Limits, *, is_one_state: bool) -> Iterator[sqlalchemy.Connection]:
    deadline = time.monotonic() + limits.minutes * 60
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(lambda: time.monotonic() > deadline, SQLITE_STEPS)
        if is_one_state:
            raw.execute("BEGIN")
        raw.set_authorizer(_sqlite_permission)
        try:
            yield connection
        finally:
            raw.set_authorizer(None)


def _sqlite_permission(action: int, first: str | None, second: str | None, *others: str | None) -> int:
    is_reading = action in SQLITE_READS and not (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in SQLITE_REFUSED)
    is_set_up = action in SQLITE_SETS_UP and others[0] == "main"
    asks_whether_changed = action == sqlite3.SQLITE_PRAGMA and (first, second) == ("data_version", None)
    return sqlite3.SQLITE_OK if is_reading or is_set_up or asks_whether_changed else sqlite3.SQLITE_DENY


@contextmanager
def _in_duckdb(
    engine: sqlalchemy.Engine, *, query: str | None, folder: Path, limits: Limits, where: str
) -> Iterator[sqlalchemy.Connection]:
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        for statement in CLOSED_AT_LAST:
            raw.execute(statement)
        if query:
            parse_select(query, where=where, connection=raw)
        with stopped_beyond(limits, raw.interrupt, folder=folder) as watch:
            try:
                yield connection
            except DBAPIError as error:
                raise (StoppedError(watch.reason) if watch.reason else error) from None


@contextmanager
def _on_server(engine: sqlalchemy.Engine, server: DatabaseServer, limits: Limits) -> Iterator[sqlalchemy.Connection]:
    """PostgreSQL and MySQL keep to reading, and to one state of the database, by themselves; of others the query alone is judged."""
    with engine.connect() as connection:
        if server.session:
            server.session(connection, limits)
        yield connection
