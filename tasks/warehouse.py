"""The only place that knows the engine, and the only place that knows where tables are kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.settings import Settings


@contextmanager
def engine(settings: Settings) -> Iterator[Backend]:
    """A connection of one's own, in memory, that spills to a folder of its own when memory runs out."""
    spill = tempfile.mkdtemp(prefix="customer-math-")
    connection = ibis.duckdb.connect(
        memory_limit=settings.memory_limit,
        temp_directory=spill,
        **({"threads": settings.threads} if settings.threads else {}),
    )
    try:
        yield connection
    finally:
        connection.disconnect()
        shutil.rmtree(spill, ignore_errors=True)


def rows_in(connection: Backend, table: Table) -> int:
    """How many rows a table has."""
    (counted,) = connection.to_pyarrow(table.agg(rows_count=table.count())).to_pylist()
    return int(counted["rows_count"])


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A name to write a file or folder under, which takes its place only when everything is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.partial")
    try:
        yield beside
        beside.replace(path)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside, ignore_errors=True)
        else:
            beside.unlink(missing_ok=True)


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

    def corrected(self, extract: str, fingerprint: str) -> Path:
        """A landed extract with the company's corrections."""
        return self.folder / "corrected" / extract / f"{fingerprint[:16]}.parquet"

    def accepted(self, extract: str, fingerprint: str) -> Path:
        """Folder of an extract's accepted rows, rows set aside and superseded rows."""
        return self.folder / "accepted" / extract / fingerprint[:16]

    def ledger(self, fingerprint: str) -> Path:
        """Folder of the ledgers assembled from extracts of that fingerprint."""
        return self.folder / "ledger" / fingerprint[:16]

    def scorecards(self, period: str) -> Path:
        """Folder of the editions of a period."""
        return self.folder / "scorecards" / period
