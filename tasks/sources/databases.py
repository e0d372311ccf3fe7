"""Databases by their URL: a table or a query, read in batches, its values as text."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError, SQLAlchemyError

from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import write_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from config.sources import Read

log = logging.getLogger(__name__)
BATCH_ROWS = 20_000
"""Rows held in memory at a time."""
WAITS_SECONDS = (1.0, 4.0, 15.0)
"""How long to wait before each further attempt when the network fails."""
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""The driver that is installed, by what people write."""
IN_A_FILE = frozenset({"sqlite", "duckdb"})
ENDED_BY_THE_SERVER = ("57P", "08", "53300")
"""SQLSTATEs, or how they begin, of a server that is starting, stopping, out of reach or out of connections."""


@dataclass(frozen=True)
class DatabaseTable:
    """What to read from a database."""

    url: str
    table: str | None
    query: str | None
    folder: Path
    """Where a relative path of a file database begins."""

    @property
    def name(self) -> str:
        """What messages call it; never the URL, which holds a password."""
        return self.table or "query"


def read_database(
    source: DatabaseTable,
    read: Read,
    *,
    wanted: Sequence[str] | None,
    path: Path,
    where: str,
    waits_seconds: Sequence[float] = WAITS_SECONDS,
) -> str:
    """Write a table's or query's rows as text, and say the SHA-256 of them; tries again where the network fails."""
    for wait in (*waits_seconds, None):
        try:
            return _read_once(source, read, wanted=wanted, path=path, where=where)
        except SQLAlchemyError as error:
            if wait is None or not _is_of_the_network(error, source):
                raise SourceError(f"{where}: {_shown(error, source)}") from None
            log.warning("%s: the database did not answer, trying again in %s seconds", where, wait)
            time.sleep(wait)
    raise AssertionError("the last attempt has returned or raised")


def _read_once(source: DatabaseTable, read: Read, *, wanted: Sequence[str] | None, path: Path, where: str) -> str:
    digest = hashlib.sha256()
    with _rows(source, wanted, where=where) as (names, batches):
        digest.update(json.dumps(names).encode())
        for texts in write_cells(_plain(batches), columns=names, path=path, source_file=source.name, read=read):
            digest.update(json.dumps(texts).encode())
    return digest.hexdigest()


@contextmanager
def _rows(
    source: DatabaseTable, wanted: Sequence[str] | None, *, where: str
) -> Iterator[tuple[tuple[str, ...], Iterator[Sequence[Sequence[object]]]]]:
    engine = _engine(source, where=where)
    try:
        with engine.connect() as connection:
            # No parameters are given, so that a colon or a per cent sign in the query means itself.
            streaming = connection.execution_options(stream_results=True, yield_per=BATCH_ROWS, no_parameters=True)
            kept, statement = _asked(source, wanted, connection=streaming, where=where)
            result = streaming.exec_driver_sql(statement)
            names = distinct(tuple(result.keys()))
            places = [names.index(name) for name in kept or chosen(names, wanted, where=where)]
            yield (
                tuple(names[place] for place in places),
                ([tuple(row[place] for place in places) for row in batch] for batch in result.partitions()),
            )
    finally:
        engine.dispose()


def _asked(
    source: DatabaseTable, wanted: Sequence[str] | None, *, connection: sqlalchemy.Connection, where: str
) -> tuple[tuple[str, ...], str]:
    """The statement to run; of a table, only the columns that are needed."""
    if source.query:
        return (), source.query.strip().rstrip(";")
    table = ".".join(_quoted(part) for part in (source.table or "").split("."))
    with connection.exec_driver_sql(f"SELECT * FROM {table} LIMIT 0") as empty:  # noqa: S608 - names are quoted, and the company's own
        kept = chosen(tuple(empty.keys()), wanted, where=where)
    return kept, f"SELECT {', '.join(_quoted(name) for name in kept)} FROM {table}"  # noqa: S608 - names are quoted


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _engine(source: DatabaseTable, *, where: str) -> sqlalchemy.Engine:
    try:
        url = sqlalchemy.make_url(source.url)
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        if url.get_backend_name() in IN_A_FILE:
            url = url.set(database=str(_file(url, source, where=where)))
        options = {"read_only": True} if url.get_backend_name() == "duckdb" else {}
        return sqlalchemy.create_engine(url, connect_args=options)
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise SourceError(
            f"{where}: `database` is not a URL that can be used; expected sqlite:///file, duckdb:///file or postgresql://user@host/name"
        ) from None


def _file(url: sqlalchemy.URL, source: DatabaseTable, *, where: str) -> Path:
    """The file of a file database; SQLite would make a new, empty one where there is none."""
    path = source.folder / (url.database or "")
    if not path.is_file():
        raise SourceError(f"{where}: expected a database at {path}, found none; correct `database`")
    return path


def _plain(batches: Iterator[Sequence[Sequence[object]]]) -> Iterator[list[tuple[object, ...]]]:
    for rows in batches:
        yield [tuple(json.dumps(value, default=str) if isinstance(value, (dict, list)) else value for value in row) for row in rows]


def _is_of_the_network(error: SQLAlchemyError, source: DatabaseTable) -> bool:
    """Whether trying again may help: the server was not reached or went away, rather than said no."""
    if not isinstance(error, (OperationalError, InterfaceError)) or not sqlalchemy.make_url(source.url).host:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return state.startswith(ENDED_BY_THE_SERVER)
    message = str(error.orig)
    return "FATAL" not in message or "starting up" in message or "shutting down" in message


def _shown(error: SQLAlchemyError, source: DatabaseTable) -> str:
    """The database's own first sentence, without a password."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines()[0]
    password = sqlalchemy.make_url(source.url).password
    if password:
        said = said.replace(str(password), "***")
    what = f"table {source.table}" if source.table else "the query's rows"
    return f"expected {what} from the database, found: {said}; check `database`, `table` or `query`, and who may read it"
