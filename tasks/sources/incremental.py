"""An extract of a database of which only those rows are read that changed: put together with the rows that were kept, by key."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.sources.changed_rows import KINDS, ChangingTable, InstantKind, Mark, mark_from
from tasks.sources.database_opening import database_url
from tasks.sources.database_servers import server_of
from tasks.sources.databases import ask_database, columns_of
from tasks.sources.landed import Advice
from tasks.sources.landing_job import LANDED_VERSION, read_as
from tasks.sources.merged_rows import ChangedRows, EarlierRows, Merged, digest_of_rows, merge_rows
from tasks.sources.raw_tables import RawTable
from tasks.sources.stored_texts import forget_text, read_stored, store_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy

    from config.sources import Extract
    from tasks.sources.databases import DatabaseTable
    from tasks.sources.landing_job import Landing

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LatestRead:
    """The rows that earlier landings read, as text, and the latest change among them."""

    path: Path
    latest: Mark


@dataclass(frozen=True)
class TableState:
    """What a table holds while it is read: its columns that are needed, how many rows, and when the latest of them changed."""

    columns: tuple[str, ...]
    rows_count: int
    latest: Mark | None


@dataclass(frozen=True)
class IncrementalRead:
    """One extract's own table or query, read as far as it changed."""

    landing: Landing
    table: DatabaseTable
    wanted: tuple[str, ...]

    @property
    def extract(self) -> Extract:
        """The extract as its company declares it."""
        return self.landing.extract

    @property
    def where(self) -> str:
        """How messages begin."""
        return f"{self.landing.name}: {self.table.name}"

    @property
    def texts(self) -> Path | None:
        """The folder of kept rows; none where nothing is kept."""
        return self.landing.store.texts if self.landing.store else None

    @property
    def path(self) -> Path:
        """Where all rows are written, in the order of their keys."""
        return self.landing.folder / f"{self.landing.name}.parquet"

    def rows_and_digest(self) -> tuple[RawTable, str]:
        """All rows as text, in an order that does not depend on how they were read, and the SHA-256 of them; raises SourceError."""
        notes, digest = ask_database(self.table, self._read, folder=self.landing.folder, where=self.where, is_one_state=True)
        return RawTable((self.path,), has_typed_values=True, notes=notes), digest

    def refuse_what_hides_changes(self) -> None:
        """Raises SourceError where it could not be seen which rows changed."""
        ask_database(
            self.table,
            lambda connection: self._changing(connection).refuse_what_hides_changes(),
            folder=self.landing.folder,
            where=self.where,
        )

    def _changing(self, connection: sqlalchemy.Connection) -> ChangingTable:
        return ChangingTable(connection, self.table, self.extract, self.where)

    def _read(self, connection: sqlalchemy.Connection) -> tuple[tuple[str, ...], str]:
        changing = self._changing(connection)
        changing.refuse_what_hides_changes()
        state = TableState(columns_of(changing.rows, self.wanted, connection, where=self.where), *changing.rows_count_and_latest())
        fingerprint = self._fingerprint(connection)
        last = self._last_read(fingerprint) if state.latest else None
        if last is None or not self._changes_merged(changing, last, state):
            merged = self._merged(changing, state)
            repeated_count = merged.repeated_count
        else:
            repeated_count = 0
        digest = digest_of_rows(self.path, state.columns, connection=self.landing.connection)
        if state.latest and not repeated_count:
            self._store(fingerprint, state.latest, digest=digest)
        return tuple(self._notes(repeated_count)), digest

    def _fingerprint(self, connection: sqlalchemy.Connection) -> str:
        """Over all that decides what rows are as text, the server's own time zone included, without a password."""
        url = database_url(self.table.url, folder=self.table.folder, where=self.where)
        asks_zone = server_of(url).time_zone
        decided_by = {
            "version": LANDED_VERSION,
            "database": url.set(password=None).render_as_string(hide_password=False),
            "time_zone": connection.exec_driver_sql(asks_zone).scalar_one() if asks_zone else None,
            "asked": [self.table.table, self.table.query],
            "read": read_as(self.extract.read),
            "columns": self.wanted,
            "key": self.extract.key_columns,
            "changed_at": self.extract.changed_at,
        }
        return hashlib.sha256(json.dumps(decided_by, sort_keys=True).encode()).hexdigest()

    def _last_read(self, fingerprint: str) -> LatestRead | None:
        """The rows that were kept last, copied to where no other run removes them."""
        stored = sorted(self.texts.glob(f"{fingerprint[:32]}-*.json"), key=_written_at) if self.texts else []
        copy = self.landing.folder / "kept.parquet"
        for path in (json_path.with_suffix(".parquet") for json_path in reversed(stored)):
            with suppress(FileNotFoundError):
                shutil.copyfile(path, copy)
            last = read_stored(path, fingerprint, lambda data: LatestRead(copy, mark_from(data["latest"])), text=copy)
            if last:
                return last
        return None

    def _changes_merged(self, changing: ChangingTable, last: LatestRead, state: TableState) -> bool:
        """Read the rows that changed and put them in the place of those kept; no where that does not give what the database has."""
        since = last.latest.days_before(self.extract.read.lookback_days)
        if since is None or last.latest.is_after(state.latest):
            log.warning("%s: read whole, since its latest change is before the one that was read last", self.where)
            return False
        merged = self._merged(changing, state, last=last, since=since)
        latest_before = changing.latest_before(since)
        if merged.repeated_count or merged.rows_count != state.rows_count:
            log.warning(
                "%s: read whole, since it has %s, and %s were put together by key: some were deleted, or came without a later `%s`",
                *(self.where, counted(state.rows_count, "row"), f"{merged.rows_count:,}", self.extract.changed_at),
            )
            return False
        if merged.stays_latest != (latest_before.value if latest_before else None):
            log.warning("%s: read whole, since rows have another `%s` than they had", self.where, self.extract.changed_at)
            return False
        log.info(
            "%s: of %s those read that changed since %s: %s",
            *(self.where, counted(state.rows_count, "row"), since.text, f"{merged.read_count:,}"),
        )
        return True

    def _merged(self, changing: ChangingTable, state: TableState, *, last: LatestRead | None = None, since: Mark | None = None) -> Merged:
        """Read all rows, or those that changed since then, and put them together with those that were read last."""
        path = self.landing.folder / ("changed.parquet" if since else "all.parquet")
        changing.write(state.columns, since=since, path=path)
        kind = KINDS[state.latest.kind] if state.latest else InstantKind()
        changed = ChangedRows(path, self.extract.key_columns, self.extract.changed_at or "", kind.engine_type, kind.shape)
        earlier = EarlierRows(last.path, since.text) if last and since else None
        merged = merge_rows(changed, earlier, path=self.path, connection=self.landing.connection)
        if merged.unlike_count:
            changing.refuse_another_shape()
        return merged

    def _store(self, fingerprint: str, latest: Mark, *, digest: str) -> None:
        """Keep the rows for the next landing; those kept before go once these are there."""
        store, texts = self.landing.store, self.texts
        if not store or not texts:
            return
        content = hashlib.sha256(json.dumps([digest, latest.kind, latest.text]).encode()).hexdigest()
        stored = texts / f"{fingerprint[:32]}-{content[:16]}.parquet"
        if not stored.with_suffix(".json").exists():
            data = {"latest": [latest.kind, latest.text]}
            store_text(self.path, stored, fingerprint=fingerprint, data=data, written_whole=store.written_whole)
        for path in texts.glob(f"{fingerprint[:32]}-*.parquet"):
            if path != stored:
                forget_text(path)

    def _notes(self, repeated_count: int) -> Iterator[str]:
        name = self.extract.changed_at
        yield f"{self.where}: only rows that changed by their `{name}` are read again; `customer-math rebuild` reads all."
        if repeated_count:
            yield Advice(
                f"{self.where}: {counted(repeated_count, 'row')} with the `key` of another row, so that all are read each time; "
                "name the columns that differ in every row under `key`, or remove `read.incremental`."
            )


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another run has just removed it
        return 0.0
