"""Database servers: by which driver each is asked, what installs it, which options its URL may have, and how it stays with reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy

    from tasks.sources.sandbox import Limits

CONNECT_SECONDS = 30
EXPECTED_URLS = "sqlite:///file, duckdb:///file, postgresql://user:password@host:5432/name or mysql://user:password@host:3306/name"
WRITING_OPTIONS = frozenset({"replication", "sslkeylogfile"})
"""Options of PostgreSQL's client that write, or do something else than ask."""
MYSQL_OPTIONS = frozenset(
    {"charset", "connect_timeout", "read_timeout", "ssl_ca", "ssl_cert", "ssl_check_hostname", "ssl_key", "ssl_verify_cert"}
)
"""Options of MySQL's client that say how it is reached; others read files, or run what they are given."""


@dataclass(frozen=True)
class DatabaseServer:
    """One kind of server."""

    driver: str
    """Dialect and driver, as SQLAlchemy names them."""
    extra: str = ""
    """The extra of ours that installs the driver; none where it is always there."""
    options: Callable[[], frozenset[str]] | None = None
    """What may stand behind `?` in the URL; where that is not known, nothing is refused."""
    connect: tuple[tuple[str, Any], ...] = ()
    """What the driver is given besides the URL."""
    session: Callable[[sqlalchemy.Connection, Limits], None] | None = None
    """Has the server itself keep to reading, to one state of the database, and to the time given."""
    time_zone: str = ""
    """Asks in which zone instants come, which a server's settings decide; empty where they do not."""


def _postgresql_options() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()) - WRITING_OPTIONS


def _postgresql_session(connection: sqlalchemy.Connection, limits: Limits) -> None:
    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {_milliseconds(limits)}")


def _mysql_session(connection: sqlalchemy.Connection, limits: Limits) -> None:
    is_mariadb = bool(getattr(connection.dialect, "is_mariadb", False))
    limit = f"max_statement_time = {_milliseconds(limits) / 1000}" if is_mariadb else f"max_execution_time = {_milliseconds(limits)}"
    for statement in (
        f"SET SESSION {limit}",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ):
        connection.exec_driver_sql(statement)


def _snowflake_session(connection: sqlalchemy.Connection, limits: Limits) -> None:
    connection.exec_driver_sql(f"ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {max(_milliseconds(limits) // 1000, 1)}")


def _milliseconds(limits: Limits) -> int:
    return int(limits.minutes * 60_000) or 1


SERVERS = {
    "postgresql": DatabaseServer(
        driver="postgresql+psycopg",
        options=_postgresql_options,
        connect=(("connect_timeout", CONNECT_SECONDS),),
        session=_postgresql_session,
        time_zone="SHOW TimeZone",
    ),
    "mysql": DatabaseServer(
        driver="mysql+pymysql",
        extra="mysql",
        options=lambda: MYSQL_OPTIONS,
        connect=(("connect_timeout", CONNECT_SECONDS), ("charset", "utf8mb4"), ("local_infile", False)),
        session=_mysql_session,
        time_zone="SELECT CONCAT_WS(' ', @@time_zone, @@system_time_zone)",
    ),
    "mssql": DatabaseServer(driver="mssql+pymssql", extra="sqlserver", connect=(("login_timeout", CONNECT_SECONDS),)),
    "snowflake": DatabaseServer(driver="snowflake", extra="snowflake", session=_snowflake_session),
    "bigquery": DatabaseServer(driver="bigquery", extra="bigquery"),
    "duckdb": DatabaseServer(driver="duckdb", time_zone="SELECT current_setting('TimeZone')"),
}
"""Kinds of servers by SQLAlchemy's names of them. SQL Server, Snowflake and BigQuery were not tried against a server of theirs."""
NAMES = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}
"""What people write instead."""


def with_driver(url: sqlalchemy.URL) -> sqlalchemy.URL:
    """The URL with the driver that we know how to ask, where it names none."""
    kind = NAMES.get(url.drivername, url.drivername)
    return url.set(drivername=SERVERS[kind].driver if kind in SERVERS else kind)


def server_of(url: sqlalchemy.URL) -> DatabaseServer:
    """The kind of server that a URL leads to; of an unknown one nothing is known but what SQLAlchemy knows."""
    return SERVERS.get(_kind_of(url.drivername), DatabaseServer(driver=url.drivername))


def extra_for(drivername: str) -> str:
    """The extra of ours that installs what a URL of that beginning needs; none where there is none."""
    return SERVERS[kind].extra if (kind := _kind_of(drivername)) in SERVERS else ""


def _kind_of(drivername: str) -> str:
    name = drivername.partition("+")[0]
    return NAMES.get(name, name)


def refuse_options(url: sqlalchemy.URL, *, where: str) -> None:
    """Options could open a file, run a statement, or lift what we forbid; raises SourceError."""
    options = server_of(url).options
    allowed = options() if options else None
    if allowed is not None and set(url.query) - allowed:
        examples = ", ".join(sorted(allowed & {"sslmode", "sslrootcert", "connect_timeout", "application_name", "charset", "ssl_ca"}))
        raise SourceError(
            f"{where}: an option behind `?` in `database` is none that may be set there, expected such as {examples}; correct or remove it"
        )


def connect_options(url: sqlalchemy.URL) -> dict[str, Any]:
    """What the driver is given besides the URL, which wins where it says the same."""
    server = server_of(url)
    return {name: value for name, value in server.connect if name not in url.query and url.drivername == server.driver}
