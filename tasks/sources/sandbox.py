"""An engine apart, in which a company's SQL sees its extracts and nothing else."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from tasks.sources.compiled import sql_text
from tasks.sources.engine_errors import sql_mistake
from tasks.sources.engine_functions import is_of_the_machine
from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ibis.backends.duckdb import Backend

CLOSED_FROM_THE_START = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "python_scan_all_frames": False,
}
"""Doors that nothing of ours needs open: extensions, and Python's variables taken for tables."""
CLOSED_AT_LAST = ("SET enable_external_access = false", "SET lock_configuration = true")
"""Doors that close once our own settings are made: files and addresses, and the settings themselves."""
SHARE_OF_DISK = 0.5
"""How much of the disk's free room a query may fill before it is stopped, so that it never fills the disk."""
LOOKS_SECONDS = 0.5
"""How often a query that runs is looked at."""
RESULT_NAME = "rows of sql.parquet"
"""The result's file; no extract is called so, because names have no spaces."""
WHOLE_NUMBERS = frozenset({"HUGEINT", "UHUGEINT"})
"""Kinds that Parquet holds only nearly, as floating-point numbers: they are written as text."""


@dataclass(frozen=True)
class Limits:
    """What a query of a company may take."""

    minutes: float = 10.0
    memory: str = "2GB"
    threads: int = 2


class Watch:
    """Why a query was stopped, if it was."""

    reason = ""


def limits_of(connection: Backend, minutes: float) -> Limits:
    """What a query may take of the machine: as much memory and as many threads as our own engine."""
    row = connection.con.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert row is not None, "a query without a table has a row"
    return Limits(minutes, *row)


def write_rows(sql: str, tables: Mapping[str, Path], *, where: str, folder: Path, limits: Limits) -> Path:
    """Run one SELECT over Parquet files by their names, and write its rows to a Parquet file in the sandbox's own folder.

    The tables' files stand in that folder: it is all that the engine may touch, because it spills there too.
    A result without `source_row` is in the order of its values, so that a row's place is the same every time.
    Raises SourceError where it cannot be run, or takes more time, memory or room than it may.
    """
    result = folder / RESULT_NAME
    with _sandbox(folder, limits) as connection, stopped_beyond(limits, connection.interrupt, folder=folder) as watch:
        try:
            for name, path in tables.items():
                connection.execute(f"CREATE VIEW {_quoted(name)} AS SELECT * FROM read_parquet({sql_text(str(path))})")  # noqa: S608 - ours
            connection.execute(f"COPY ({_rows_in_order(sql, connection)}) TO {sql_text(str(result))} (FORMAT parquet)")
        except duckdb.Error as error:
            if watch.reason:
                raise SourceError(f"{where} {watch.reason}") from None
            if is_of_the_machine(error) and not isinstance(error, duckdb.OutOfMemoryException):
                raise
            raise SourceError(f"{where} {sql_mistake(error, sql, lines_before=1)}") from None
    return result


@contextmanager
def _sandbox(folder: Path, limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    config = {**CLOSED_FROM_THE_START, "temp_directory": str(folder), "memory_limit": limits.memory, "threads": limits.threads}
    with duckdb.connect(":memory:", config=config) as connection:
        for statement in ("SET TimeZone = 'UTC'", *CLOSED_AT_LAST):
            connection.execute(statement)
        yield connection


def _rows_in_order(sql: str, connection: duckdb.DuckDBPyConnection) -> str:
    # The company's text begins a line of its own: an engine's "LINE 2" is its line 1, and a comment at its end hides nothing of ours.
    rows = f"FROM (\n{sql.strip().rstrip(';')}\n)"
    columns = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * {rows}").fetchall()}
    exact = ", ".join(f"CAST({_quoted(name)} AS VARCHAR) AS {_quoted(name)}" for name, kind in columns.items() if kind in WHOLE_NUMBERS)
    replaced = f" REPLACE ({exact})" if exact else ""
    return f"SELECT *{replaced} {rows}" + ("" if "source_row" in columns else "\nORDER BY ALL")


@contextmanager
def stopped_beyond(limits: Limits, interrupt: Callable[[], object], *, folder: Path) -> Iterator[Watch]:
    """Interrupt what runs inside once it has taken more time, or more of the disk, than it may; says why afterwards."""
    watch, is_over = Watch(), threading.Event()
    deadline = time.monotonic() + limits.minutes * 60
    room = _size(folder) + shutil.disk_usage(folder).free * SHARE_OF_DISK

    def look() -> None:
        # Interrupts again and again: one that falls between two statements stops neither.
        while not is_over.wait(LOOKS_SECONDS):
            watch.reason = watch.reason or _excess(limits, is_late=time.monotonic() > deadline, is_large=_size(folder) > room)
            if watch.reason:
                interrupt()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        is_over.set()
        thread.join()


def _excess(limits: Limits, *, is_late: bool, is_large: bool) -> str:
    if is_late:
        return (
            f"was stopped after {limits.minutes:g} minutes, expected its rows before; "
            "let it read less, or give it more time (`time_limit_minutes`)"
        )
    return "was stopped because it fills the disk, expected fewer rows; let it make less, or make room" if is_large else ""


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # spilled and gone again
            continue
    return total


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
