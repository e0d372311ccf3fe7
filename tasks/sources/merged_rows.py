"""Rows that were read as text, put in the place of those that were kept, by key, and all of them in the order of their keys."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from tasks.sources.compiled import answer, copy_to, named, sql_over
from tasks.sources.mapping import joined_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from tasks.sources.engine_functions import Rows, Values


@dataclass(frozen=True)
class ChangedRows:
    """Rows that were read, and how it is seen which they are and when they changed."""

    path: Path
    key: tuple[str, ...]
    changed_at: str
    type_name: str
    """The engine's type of what `changed_at` says."""
    shape: str
    """What its texts look like; empty where they need not be looked at."""


@dataclass(frozen=True)
class EarlierRows:
    """Rows that were kept, of which those stay that changed before an instant."""

    path: Path
    since: str


@dataclass(frozen=True)
class Merged:
    """What rows came to that were put together."""

    stays_count: int
    """How many of those kept were neither read again nor gone."""
    stays_latest: object
    """When the latest of them changed."""
    read_count: int
    repeated_count: int
    """How many have the key of another."""
    unlike_count: int
    """How many of those read say in another form when they changed."""

    @property
    def rows_count(self) -> int:
        """How many they are together."""
        return self.stays_count + self.read_count


def merge_rows(changed: ChangedRows, earlier: EarlierRows | None, *, path: Path, connection: Backend) -> Merged:
    """Write all rows in an order that is the same however they were read."""
    new: Rows = connection.read_parquet(changed.path, table_name="changed_rows")
    old = named(_stays(changed, earlier, connection=connection) if earlier else new.limit(0), "kept_rows")
    decided_by = (changed.key, changed.changed_at, changed.type_name, changed.shape)
    (counts,) = answer(old, lambda old: _counts(changed, _without(old, new, changed.key), new), "counts of changes", *decided_by)
    merged = Merged(**counts)

    def in_order(old: Rows) -> Rows:
        rows: Rows = _without(old, new, changed.key).union(new)
        others = [name for name in rows.columns if name not in changed.key] if merged.repeated_count else []
        return rows.order_by([*changed.key, *others])

    copy_to(connection, sql_over(old, in_order, "rows in order", merged.repeated_count > 0, *decided_by), path)
    return merged


def _stays(changed: ChangedRows, earlier: EarlierRows, *, connection: Backend) -> Rows:
    """Those kept that changed before: of the others, what is still there was read again."""
    rows: Rows = connection.read_parquet(earlier.path)
    since: Values = ibis.literal(earlier.since)
    is_before = rows[changed.changed_at].try_cast(changed.type_name) < since.cast(changed.type_name)
    return rows.filter(is_before.fill_null(False))


def _without(old: Rows, new: Rows, key: Sequence[str]) -> Rows:
    return old.filter(~_key_of(old, key).isin(_key_of(new, key)))


def _key_of(rows: Rows, key: Sequence[str]) -> Values:
    return joined_texts([rows[name] for name in key])


def _counts(changed: ChangedRows, stays: Rows, new: Rows) -> Rows:
    every = stays.union(new)
    has_another_form = new[changed.changed_at].notnull() & ~new[changed.changed_at].re_search(changed.shape)
    of_all = every.aggregate(repeated_count=every.count() - _key_of(every, changed.key).nunique())
    of_old = stays.aggregate(stays_count=stays.count(), stays_latest=stays[changed.changed_at].cast(changed.type_name).max())
    of_new = new.aggregate(read_count=new.count(), unlike_count=has_another_form.sum().fill_null(0))
    return of_old.cross_join(of_all).cross_join(of_new)


def digest_of_rows(path: Path, columns: Sequence[str], *, connection: Backend) -> str:
    """SHA-256 over rows of text in their order, in which no value is an empty text."""
    rows = connection.read_parquet(path, table_name="merged_rows")

    def contents(rows: Rows) -> Rows:
        return rows.select(content=joined_texts([rows[name] for name in columns]).hexdigest("md5"))

    digest = hashlib.sha256(json.dumps(columns).encode())
    for batch in connection.con.execute(sql_over(rows, contents, "contents", *columns)).to_arrow_reader():
        digest.update("".join(batch.column(0).to_pylist()).encode())
    return digest.hexdigest()
