"""What is wrong with a database or a query on it, in our own words: a driver's message may hold a password, a path or a cell."""

from __future__ import annotations

import sqlite3

import duckdb
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from tasks.sources.engine_errors import kind_of, own_word

ENDED_BY_THE_SERVER = ("57P", "08", "53300")
"""SQLSTATEs, or how they begin, of a server that is starting, stopping, out of reach or out of connections."""
STOPPED = "it was stopped"
OF_NAMES = ("there is no such", "it has a syntax error", "it names")
"""How meanings begin of what is written, before a row is read: messages about these name the word that they stumbled over."""
BY_SQLSTATE = {
    "08": "the server could not be reached, or ended the connection",
    "22": "a value cannot be read as the kind that it is cast to",
    "25006": "it would write, and the database is opened for reading only",
    "25": "it would change how the database is read",
    "28": "the server does not let in who `database` says we are; correct the user or the password",
    "3D000": "the server has no database of the name that `database` says",
    "3F000": "there is no such schema",
    "40": "the rows changed while they were read; run again",
    "42501": "the role may not read that; give it the right to SELECT",
    "42601": "it has a syntax error",
    "42703": "there is no such column",
    "42883": "there is no such function for these kinds of values",
    "42P01": "there is no such table",
    "42": "it has a mistake",
    "53300": "the server has no connection left",
    "53": "the server is short of memory or disk",
    "57014": STOPPED,
    "57P": "the server is starting or stopping",
    "58": "the server has trouble with its disk",
}
"""What the beginning of an SQLSTATE means; the longest that fits."""
BY_SQLITE = {
    "SQLITE_AUTH": "it does more than read the database's tables",
    "SQLITE_BUSY": "somebody else holds the database; run again",
    "SQLITE_CANTOPEN": "the file cannot be opened; look at who may read it and its folder",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_INTERRUPT": STOPPED,
    "SQLITE_LOCKED": "somebody else holds the database; run again",
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_READONLY": "it would write, and the database is opened for reading only",
}
"""What SQLite's own names of its errors mean."""
BY_BEGINNING = {
    "not authorized": "it does more than read the database's tables",
    "no such table": "there is no such table",
    "no such column": "there is no such column",
    "no such function": "there is no such function",
    "near ": "it has a syntax error",
    "incomplete input": "it has a syntax error",
    "unrecognized token": "it has a syntax error",
    "You can only execute one statement": "it has several statements, expected one SELECT",
    "Could not decode": "a text is not in UTF-8; cast it to BLOB in a `query`",
}
"""What SQLite means by how its messages begin."""
BY_MYSQL = {
    1040: "the server has no connection left",
    1044: "the server does not let in who `database` says we are; correct the user, the password or the database's name",
    1045: "the server does not let in who `database` says we are; correct the user or the password",
    1049: "the server has no database of the name that `database` says",
    1054: "there is no such column",
    1064: "it has a syntax error",
    1142: "the role may not read that; give it the right to SELECT",
    1143: "the role may not read that; give it the right to SELECT",
    1146: "there is no such table",
    1205: "the rows changed while they were read; run again",
    1213: "the rows changed while they were read; run again",
    1305: "there is no such function for these kinds of values",
    1370: "the role may not call that; read tables only",
    1698: "the server does not let in who `database` says we are; correct the user or the password",
    1792: "it would write, and the database is opened for reading only",
    1969: STOPPED,
    3024: STOPPED,
}
"""What the numbers of MySQL and MariaDB mean."""
MYSQL_OUT_OF_REACH = frozenset({1040, 1053, 1927, 2002, 2003, 2006, 2013, 2055})
"""Numbers of a server that is starting, stopping, out of reach or out of connections."""
OF_LOGIN = ("authentication failed", "pg_hba.conf", "no password supplied", "does not exist")
"""What PostgreSQL says to somebody whom it does not let in, for which the driver has no SQLSTATE."""


class StoppedError(SQLAlchemyError):
    """A query was stopped by ourselves; the message says why, in our own words."""


def is_of_the_network(error: SQLAlchemyError) -> bool:
    """Whether trying again may help: the server was not reached or went away, rather than said no."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if (number := _number(error.orig)) is not None:
        return number in MYSQL_OUT_OF_REACH
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return state.startswith(ENDED_BY_THE_SERVER)
    message = str(error.orig)
    return "FATAL" not in message or "starting up" in message or "shutting down" in message


def database_mistake(error: SQLAlchemyError, *, table: str | None, query: str | None, minutes: float) -> str:
    """What is wrong, naming no more than a word of the company's own table or query."""
    if isinstance(error, StoppedError):
        return f"the query {error}"
    meaning, code = _meaning(error)
    what = f"table {table}" if table else "the query's rows"
    if meaning == STOPPED:
        return (
            f"expected {what} within {minutes:g} minutes, and stopped there; let it read less, or give it more time (`time_limit_minutes`)"
        )
    word = own_word(str(error), query) if query and meaning.startswith(OF_NAMES) else ""
    return (
        f"expected {what} from the database, found that {meaning}{word} ({code}); check `database`, `table` or `query`, and who may read it"
    )


def _meaning(error: SQLAlchemyError) -> tuple[str, str]:
    """What an error means, and the one foreign word that stands for it: its SQLSTATE, or its class."""
    orig = error.orig if isinstance(error, DBAPIError) else None
    if (number := _number(orig)) in BY_MYSQL:
        return BY_MYSQL[number], f"error {number}"
    state = getattr(orig, "sqlstate", None)
    if state:
        fitting = [begins for begins in BY_SQLSTATE if state.startswith(begins)]
        return (BY_SQLSTATE[max(fitting, key=len)] if fitting else "the server refuses it"), f"SQLSTATE {state}"
    if isinstance(orig, sqlite3.Error):
        return _meaning_in_sqlite(orig)
    if isinstance(orig, duckdb.Error):
        return kind_of(orig), type(orig).__name__
    return _meaning_of_a_server(error, orig), type(orig or error).__name__


def _number(orig: BaseException | None) -> int | None:
    """The number that MySQL and MariaDB give an error; none of other databases."""
    is_of_mysql = type(orig).__module__.startswith("pymysql")
    return orig.args[0] if orig and is_of_mysql and orig.args and isinstance(orig.args[0], int) else None


def _meaning_in_sqlite(error: sqlite3.Error) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorname", type(error).__name__)
    begins = next((meaning for begins, meaning in BY_BEGINNING.items() if str(error).startswith(begins)), "the database refuses it")
    kind = next((meaning for name, meaning in BY_SQLITE.items() if code.startswith(name)), begins)
    return kind, code


def _meaning_of_a_server(error: SQLAlchemyError, orig: BaseException | None) -> str:
    if any(text in str(orig) for text in OF_LOGIN):
        return "the server does not let us in; correct the user, the password or the database's name"
    if isinstance(error, OperationalError | InterfaceError):
        return "the server could not be reached, or ended the connection"
    return "it gives no rows" if orig is None else "the driver refuses it"
