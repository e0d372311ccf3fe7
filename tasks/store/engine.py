"""The only place that knows the engine, and the only place that knows where tables are kept."""

from __future__ import annotations

import atexit
import errno
import hashlib
import logging
import os
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from config.process_ids import is_over, own_mark
from config.refusal import Refusal
from tasks.sources.compiled import copy_to
from tasks.store.folder_of_statements import folder_of_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from config.settings import Settings

LOG = logging.getLogger(__name__)
ibis.options.sql.fuse_selects = False
"""The engine merges nested selections by itself; to merge them beforehand takes longer than the rest of the compilation."""
TEMPORARY = "customer-math-"
"""How the names of our folders among the machine's temporary files begin."""
HALF_WRITTEN = ".*.partial"
ROWS_WRITTEN_AT_ONCE = 20_480
"""Columns are put together in memory for so many rows before they are written: a ledger has a hundred of them."""
STALE_AFTER = timedelta(days=2)
"""How long what another machine began is let be; no run takes as long."""
ERRNO_ADVICE = {
    errno.ENOSPC: "the disk is full; make room there",
    errno.EDQUOT: "the quota of the disk is used up; make room there",
    errno.EFBIG: "a file may not become so large here; raise the limit on files' sizes",
    errno.EROFS: "the disk may not be written to; make it writable, or set CUSTOMER_MATH_HOME to another folder",
    errno.EIO: "the disk gives errors; look after it",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
}
"""What is wrong with the machine rather than with the data, and what to do."""
DAMAGED = re.compile(
    "No magic bytes|too small to be a Parquet|Invalid parquet|deserialize thrift|TProtocol|decompression failure|Out of buffer|corrupt",
    re.IGNORECASE,
)
"""What the engine says of a Parquet file that is not as it was written."""
OF_THE_ENGINE = (
    ("No space left|quota|too large", "the disk has no room", "make room on the disk, or give more memory (CUSTOMER_MATH_MEMORY)"),
    (r"Cannot open file .*\.partial", "a file could not be written", "see that the place may be written to, and that nothing removes it"),
    ("No files found|No such file", "a file is gone", "let nothing remove what is under CUSTOMER_MATH_HOME while a run works"),
    ("", "no memory was left, or no room on the disk", "make room on the disk, or give more memory (CUSTOMER_MATH_MEMORY)"),
)
"""What the engine's words are about, and what to do; the first that fits."""
RECOVERY_ADVICE = (
    "what is under `scorecards` was published, so put it back from a backup; everything else is made again from the extracts, "
    "so remove the folder that holds the file, and run again"
)


class InfrastructureError(Refusal):
    """The machine cannot do what is asked of it, such as write to a full disk; the message says what to do, and a rerun goes on."""


@contextmanager
def translate_io_errors() -> Iterator[None]:
    """Say in a sentence what the machine is short of; what was complete is used again by the next run."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        trouble = infrastructure_error_of(error)
        if trouble is None:
            raise
        raise trouble from None


def infrastructure_error_of(error: Exception) -> InfrastructureError | None:
    """What an exception says of the machine; none where it says nothing of it."""
    if isinstance(error, OSError) and error.errno in ERRNO_ADVICE:
        where = f"{error.filename}: " if error.filename else ""
        return InfrastructureError(f"{where}{ERRNO_ADVICE[error.errno]}, and run again; nothing was left half written")
    if not isinstance(error, duckdb.Error):
        return None
    message = str(error)  # the engine's own may quote a cell: what they are about is looked for in them, and they are not repeated
    if DAMAGED.search(message):
        return InfrastructureError(f"a file is damaged{_path_in(message)}; {RECOVERY_ADVICE}")
    if not isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return None
    cause, remedy = next((cause, remedy) for pattern, cause, remedy in OF_THE_ENGINE if re.search(pattern, message))
    return InfrastructureError(
        f"the engine could not go on: {cause}{_path_in(message)}; {remedy}, and run again; nothing was left half written"
    )


def _path_in(message: str) -> str:
    """The file that the engine speaks of, where it is one of ours."""
    named = re.search(r"""['"](/[^'"]+)['"]""", message)
    return f": {named[1]}" if named and Path(named[1]).parent.is_dir() else ""


@contextmanager
def engine(settings: Settings) -> Iterator[Backend]:
    """A connection of one's own, in memory, that spills to a folder of its own when memory runs out."""
    from tasks.store.caching_backend import connected_to  # noqa: PLC0415 - who computes nothing does not wait for it

    with translate_io_errors():
        spill = tempfile.mkdtemp(prefix=f"{TEMPORARY}{own_mark()}")
        connection = connected_to(
            folder_of_statements(settings.home),
            memory_limit=settings.memory_limit,
            temp_directory=spill,
            enable_external_file_cache=False,  # it keeps what was read of every file, until its memory is full
            **({"threads": settings.threads} if settings.threads else {}),
        )
        try:
            yield connection
        finally:
            connection.disconnect()
            shutil.rmtree(spill, ignore_errors=True)


def rows_in(connection: Backend, table: Table) -> int:
    """How many rows a table has."""
    (counted,) = rows_of(connection, table.agg(rows_count=table.count()))
    return int(counted["rows_count"])


def rows_of(connection: Backend, table: Table) -> list[dict[str, Any]]:
    """The few rows of a table."""
    return connection.to_pyarrow(table).to_pylist()


def columns_of(connection: Backend, table: Table) -> dict[str, NDArray[Any]]:
    """The columns of a small table, an array each."""
    arrays = connection.to_pyarrow(table)
    return {name: arrays[name].to_numpy(zero_copy_only=False) for name in arrays.column_names}


def stored(connection: Backend, table: Table) -> Table:
    """The table with its rows in the engine, so that what is asked of it twice is computed once."""
    return connection.create_table(ibis.util.gen_name("stored"), table, temp=True)


@contextmanager
def stored_only_within(connection: Backend) -> Iterator[None]:
    """Let the tables that are stored inside the block go at its end: one question after the other, and not the rows of all together."""
    before = _temporary_tables(connection)
    try:
        yield
    finally:
        for name in _temporary_tables(connection) - before:
            connection.drop_table(name)


def _temporary_tables(connection: Backend) -> set[str]:
    rows = connection.con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return {name for (name,) in rows}


def write(connection: Backend, query: str, path: Path, *, row_group_size: int | None = None) -> None:
    """Write what a query finds to a Parquet file."""
    copy_to(connection, query, path, options=f", ROW_GROUP_SIZE {row_group_size}" if row_group_size else "")


def write_in_order(connection: Backend, table: Table, path: Path, *, by: str) -> None:
    """Write the rows of a wide table to a Parquet file in the order of a column, by one thread: every other would take as much memory."""
    (threads,) = connection.con.execute("SELECT current_setting('threads')").fetchone() or (1,)
    connection.con.execute("SET threads = 1")
    try:
        write(connection, str(connection.compile(table.order_by(by))), path, row_group_size=ROWS_WRITTEN_AT_ONCE)
    finally:
        connection.con.execute(f"SET threads = {threads}")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A name to write a file or folder under, which takes its place only when everything is written."""
    with _temporary_path(path) as unfinished:
        yield unfinished
        _onto_disk(unfinished)
        unfinished.replace(path)
        _names_onto_disk(path.parent)


@contextmanager
def write_if_absent(path: Path) -> Iterator[Path]:
    """The same for a file whose name says what is in it: where two runs write it at once, the first one's stands and nobody's changes."""
    with _temporary_path(path) as unfinished:
        yield unfinished
        _onto_disk(unfinished)
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            LOG.debug("%s was written by another run meanwhile", path.name)
        except OSError:  # a disk that knows no second name for a file
            unfinished.replace(path)
        _names_onto_disk(path.parent)


def _onto_disk(path: Path) -> None:
    """Wait until a file, or a folder with all that is in it, is on the disk: a name counts only once what it names cannot be lost."""
    if path.is_dir():
        for entry in path.iterdir():
            _onto_disk(entry)
        _names_onto_disk(path)
    elif path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _names_onto_disk(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a disk that keeps its names by itself
            raise
    finally:
        os.close(descriptor)


def _create_folder(folder: Path) -> None:
    """Make a folder with those around it, each with its name on the disk."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        _names_onto_disk(path.parent)


@contextmanager
def _temporary_path(path: Path) -> Iterator[Path]:
    """A name beside a file's own, marked with the process that writes; gone in the end."""
    with translate_io_errors():
        _create_folder(path.parent)
        unfinished = path.with_name(f".{path.name}.{own_mark()}{os.urandom(4).hex()}.partial")
        try:
            yield unfinished
        finally:
            if unfinished.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                unfinished.unlink(missing_ok=True)


@cache
def temporary_files_together() -> Path:
    """Let everything of this process that is only for a while, the libraries' too, lie in one folder that says whose it is.

    Gives the folder where those folders are, so that what a killed process left can be found and swept away.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{own_mark()}"))
    tempfile.tempdir = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder.parent


def remove_orphans(home: Path, *, temporary: Path, now: datetime) -> int:
    """Remove what processes that are over left half done, and say how many files and folders that were; no live run's is touched."""
    left = [*home.rglob(HALF_WRITTEN), *temporary.glob(f"{TEMPORARY}*")]
    swept = [path for path in left if _is_left_behind(path, now=now)]
    for path in swept:
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            path.unlink(missing_ok=True)
    if swept:
        LOG.info("swept away what stopped runs had left, %d in number", len(swept))
    return len(swept)


def _is_left_behind(path: Path, *, now: datetime) -> bool:
    """Whether its process is over; what another machine made is given two days."""
    over = is_over(path.name)
    if over is not None:
        return over
    with suppress(OSError):
        is_ours = path.name.endswith(".partial")
        return is_ours and now.timestamp() - path.stat().st_mtime > STALE_AFTER.total_seconds()
    return False


@dataclass(frozen=True)
class Home:
    """Where one company's tables are, under the home folder."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings, company_name: str) -> Home:
        """The company's part of the home folder."""
        return cls(settings.home / company_name)

    def landed(self, extract: str, fingerprint: str) -> Path:
        """A landed extract."""
        return self.folder / "landed" / extract / f"{fingerprint[:16]}.parquet"

    def texts(self, extract: str) -> Path:
        """Folder of what each file of an extract gave, for later landings."""
        return self.folder / "texts" / extract

    def corrected(self, extract: str, fingerprint: str) -> Path:
        """A landed extract with the company's corrections."""
        return self.folder / "corrected" / extract / f"{fingerprint[:16]}.parquet"

    def identity(self, extract: str, fingerprint: str) -> Path:
        """What was found out of whose the rows of an extract are."""
        return self.folder / "corrected" / extract / f"{fingerprint[:16]}.identity.json"

    def accepted(self, extract: str, fingerprint: str) -> Path:
        """Folder of an extract's accepted rows, rows set aside and superseded rows."""
        return self.folder / "accepted" / extract / fingerprint[:16]

    def ledger(self, fingerprint: str) -> Path:
        """Folder of the ledgers assembled from extracts of that fingerprint."""
        return self.folder / "ledger" / fingerprint[:16]

    @property
    def ledgers(self) -> Path:
        """Folder of every ledger that was computed, by what its period saw, for later landings that show it the same."""
        return self.folder / "ledgers"

    def attributes(self, segments: tuple[str, ...]) -> Path:
        """Folder of what each landing said that was new of customers' groups; another choice of segments begins anew."""
        return self.folder / "attributes" / hashlib.sha256("\n".join(segments).encode()).hexdigest()[:16]

    def lock(self, name: str) -> Path:
        """The file that one run at a time holds while it works on something of that name."""
        return self.folder / "locks" / f"{name}.lock"

    def locks(self) -> list[Path]:
        """Every such file that there is."""
        return sorted(self.lock("any").parent.glob("*.lock"))

    @property
    def all_scorecards(self) -> Path:
        """Folder of the periods that were published."""
        return self.folder / "scorecards"

    def scorecards(self, period: str) -> Path:
        """Folder of the editions of a period."""
        return self.all_scorecards / period

    def delivery(self, period: str) -> Path:
        """Folder of what was published of a period and who was told, apart from the editions, so that each vouches for the other."""
        return self.folder / "delivery" / period

    @classmethod
    def around(cls, edition: Path) -> Home:
        """The home that an edition's folder lies in."""
        return cls(edition.parents[2])
