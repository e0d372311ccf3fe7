"""What a query on a server may be: one SELECT without functions that reach beyond the database."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tasks.sources.landed import SourceError

DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
"""What the parser calls a kind of database, where it calls it otherwise."""
REACHES_BEYOND = re.compile(
    r"""\b(pg_(read_|ls_|stat_file|file_|terminate_|cancel_|reload_|rotate_|promote|switch_wal|logical_|create_|drop_)
    |lo_(import|export)|dblink|set_config|load_file|(query|cursor|table|schema|database)_to_xml|xp_|sys_exec|openrowset|opendatasource)""",
    re.IGNORECASE | re.VERBOSE,
)
"""How functions begin that read the server's files, ask other servers, run SQL from a text, or rule the server."""
WRITING = frozenset({"command", "delete", "insert", "into", "merge", "update"})
"""Parts of a query that do something else than read, by what the parser calls them."""
HIDDEN_NAME = re.compile(r'\bU&"', re.IGNORECASE)
"""A name written in numbers, which could be any."""


def refuse_more_than_reading(query: str, *, backend: str, where: str) -> None:
    """Refuse what is not one SELECT, or calls a function that reaches beyond the database; raises SourceError naming it.

    What the parser cannot read is left to a server that lets nothing but one SELECT through (PostgreSQL), and refused elsewhere.
    """
    if HIDDEN_NAME.search(query):
        raise SourceError(f'{where}: the query has a name written as U&"...", expected names as they are; write it plainly')
    try:
        statements = [statement for statement in sqlglot.parse(query, read=DIALECTS.get(backend, backend)) if statement is not None]
    except (SqlglotError, ValueError, RecursionError):
        if backend != "postgresql":
            raise SourceError(f"{where}: the query cannot be taken apart, expected one SELECT; write it more plainly") from None
        _refuse_functions(REACHES_BEYOND.findall(query), where=where)
        return
    if len(statements) != 1:
        raise SourceError(f"{where}: the query has {len(statements)} statements, expected one SELECT; keep the one that gives the rows")
    _refuse_writing(statements[0], where=where)
    _refuse_functions([_name(call) for call in statements[0].find_all(exp.Func)], where=where)


def _refuse_writing(statement: exp.Expr, *, where: str) -> None:
    is_query = isinstance(statement, exp.Query | exp.Values)
    writing = next((part for part in statement.walk() if part.key in WRITING), None) if is_query else statement
    if writing is not None:
        kind = writing.name.upper() if writing.key == "command" else writing.key.upper()
        raise SourceError(f"{where}: the query has a part of the kind {kind}, expected one SELECT; it may read, and nothing else")


def _refuse_functions(names: list[str], *, where: str) -> None:
    reaching = next((name for name in names if REACHES_BEYOND.match(name)), None)
    if reaching:
        raise SourceError(f"{where}: the query calls `{reaching}`, which reaches beyond the database's tables; read tables only")


def _name(call: exp.Func) -> str:
    return call.name if isinstance(call, exp.Anonymous) else call.sql_name()
