"""What it takes to land an extract: where landed files are kept, the extract's own place, what it is read with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.datasets import DATASETS
from tasks.sources.mapping import needed_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.datasets import Dataset
    from config.sources import Extract, Read
    from tasks.sources.files import FileState, SourceFile
    from tasks.sources.raw_tables import RawTable

    WrittenWhole = Callable[[Path], AbstractContextManager[Path]]

LANDED_VERSION = 6
"""Goes up when reading changes what it writes, so that what older versions landed, and read of a file, is not used again."""


ASKS_FOR_LESS = frozenset({"incremental", "lookback_days"})
"""Settings of which rows a database is asked for: what they are does not depend on them."""


def read_as(read: Read) -> dict[str, Any]:
    """How rows are read, as fingerprints have it."""
    return read.model_dump(mode="json", exclude=set(ASKS_FOR_LESS))


@dataclass(frozen=True)
class LandingStore:
    """Where landed files are kept, and how a file gets there whole or not at all."""

    path_of: Callable[[str], Path]
    """Fingerprint to path; equal fingerprints mean equal files."""
    written_whole: WrittenWhole
    texts: Path | None = None
    """Folder of what each file gave, by names that follow from all that decides it; none: every file is read each time."""


@dataclass(frozen=True)
class Source:
    """One extract's own place, found and fingerprinted."""

    name: str
    extract: Extract
    files: tuple[SourceFile, ...]
    """Empty for a database."""
    digests: tuple[str, ...]
    """SHA-256 over the bytes of each file."""
    digest: str
    """SHA-256 over all of them and their names, or over the rows that a database gave."""
    shown: tuple[str, ...]
    """Names that messages and the manifest use."""
    table: RawTable | None = None
    """What a database gave; files are read later, if they are new."""
    states: tuple[FileState, ...] = ()
    """What the disk said of each file before its bytes were looked at."""


@dataclass(frozen=True)
class Landing:
    """One extract being landed, with what it takes."""

    company: Company
    name: str
    connection: Backend
    folder: Path
    """Where what is in between is written; gone afterwards."""
    store: LandingStore | None = None
    """None where nothing is landed."""
    sql_name: str = "sql"
    """What sources.yaml calls the SQL that is run."""
    first_rows: int | None = None
    """How many rows of each of its own files are read; all of them where there is no such number."""

    @property
    def sql_location(self) -> str:
        """How messages begin that are about the SQL."""
        return f"{self.name}: `{self.sql_name}`"

    @property
    def extract(self) -> Extract:
        """The extract as its company declares it."""
        return self.company.sources.extracts[self.name]

    @property
    def dataset(self) -> Dataset:
        """The shared table that its rows become."""
        return DATASETS[self.extract.dataset or ""]

    def wanted_of(self, source_name: str) -> tuple[str, ...] | None:
        """The columns to read of a source; all of them where `sql` may name any."""
        if self.extract.sql:
            return None
        return tuple(dict.fromkeys((*needed_columns(self.extract), *self.company.sources.extracts[source_name].read.drop_rows_where)))
