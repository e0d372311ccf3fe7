"""Ledgers of any landing by what their period can see: one that sees what an earlier landing showed it is used again."""

from __future__ import annotations

import hashlib
import json
import shutil
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, cast

import duckdb

from config.whole_files import is_usable
from tasks.customer_math.ledger.prepared import days_needed, with_purchase_values
from tasks.customer_math.ledger.visible import as_seen, last_term_start, seen_by_day, spans_of
from tasks.store.engine import rows_of, write_if_absent
from tasks.store.ledgers import write_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.topics import StoreTable, Topic
    from tasks.customer_math.ledger.visible import Span


@dataclass(frozen=True)
class LedgerArchive:
    """The ledgers that were ever computed of a company, and the history that the next are made from."""

    connection: Backend
    history: History
    """Prepared, but for what anybody is worth on a day."""
    rules: LedgerRules
    folder: Path
    depends_on: str
    """All that decides a ledger beside the rows that its period sees: the code, and the company's definitions."""
    store: StoreTable
    """Keeps what is summed up of the history, so that it is summed up once."""

    def history_for(self, periods: Iterable[Period], *, folder: Path) -> History:
        """The history as ledgers see it, with what everybody is worth on the days that some periods ask for.

        That is kept in a folder for as long as they do.
        """

        def stored(name: str, table: Table) -> Table:
            path = folder / f"{name}.parquet"
            self.connection.to_parquet(table, path)
            return self.connection.read_parquet(path, table_name=f"history_{name.replace('-', '_')}")

        days = frozenset[date]().union(*(days_needed(period, self.rules.calendar) for period in periods))
        return with_purchase_values(as_seen(self.history, self.rules.segments), days, store=stored)

    def write(self, period: Period, path: Path, *, topics: Sequence[Topic], history: History) -> None:
        """Write the ledger of a period, or give it the name of one that saw the same; `history` is one that is there for it."""
        archived = self._path(period, topics)
        if not is_usable(archived):
            write_ledger(self.connection, history, period, rules=self.rules, path=archived, topics=topics)
        with write_if_absent(path) as unfinished:
            _copied(archived, unfinished)

    def holds(self, period: Period, topics: Sequence[Topic]) -> bool:
        """Whether the ledger of a period that saw the same is there with those topics."""
        return is_usable(self._path(period, topics))

    def _path(self, period: Period, topics: Sequence[Topic]) -> Path:
        return self.folder / f"{period.name}-{self.fingerprint(period, topics)[:32]}.parquet"

    def fingerprint(self, period: Period, topics: Sequence[Topic]) -> str:
        """SHA-256 over all that a period's ledger depends on."""
        columns = [sorted(topic.columns) for topic in topics]
        spans = spans_of(period, self.rules, last_term_starts_on=self._last_term_starts_on(period))
        rows = [[*key, days.through(spans[key])] for key, days in sorted(self._seen.items())]
        tables = {name: str(table.schema()) for name, table in self.history.tables.items()}
        about = [self.depends_on, duckdb.__version__, period.name, f"{period.opens_on} {period.closes_on}", columns, rows, tables]
        return hashlib.sha256(json.dumps([*about, str(self._data_through(period))]).encode()).hexdigest()

    @cached_property
    def _seen(self) -> dict[tuple[str, bool], _Days]:
        """What can be seen of each table, by day."""
        seen = rows_of(self.connection, self.store("seen", seen_by_day(self.history, self.rules)).order_by("day"))
        by_table: dict[tuple[str, bool], list[tuple[date, tuple[int, int, int]]]] = defaultdict(list)
        for row in seen:
            by_table[row["table"], row["is_end"]].append((row["day"], (row["rows_count"], int(row["added"]), int(row["mixed"]))))
        return {key: _Days.of(days) for key, days in by_table.items()}

    @cached_property
    def _term_starts(self) -> list[tuple[date, date]]:
        starts = last_term_start(self.history)
        return [] if starts is None else [(row["starts_on"], row["last_on"]) for row in rows_of(self.connection, starts)]

    def _last_term_starts_on(self, period: Period) -> date | None:
        return max((last_on for starts_on, last_on in self._term_starts if starts_on <= period.closing_day), default=None)

    def _data_through(self, period: Period) -> date | None:
        """The last day that the extracts cover, as far as any term of the period can be in grace."""
        through = cast("date | None", self.history.data_through)
        return through and min(through, period.closing_day + timedelta(days=self.rules.renewals.grace_days))


@dataclass(frozen=True)
class _Days:
    """Sums by day, each with all that came before."""

    days: tuple[date, ...]
    sums: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, days: Sequence[tuple[date, tuple[int, int, int]]]) -> _Days:
        """Days in their order, each with its own sums."""
        return cls(tuple(day for day, _sums in days), tuple(accumulate((sums for _day, sums in days), _added, initial=(0, 0, 0))))

    def through(self, span: Span) -> list[int]:
        """The sums of the days of a span."""
        before, through = self.sums[bisect_left(self.days, span.from_on)], self.sums[bisect_right(self.days, span.through)]
        return [all_of - earlier for all_of, earlier in zip(through, before, strict=True)]


def _added(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _copied(archived: Path, target: Path) -> None:
    """Another name for the same file; a copy where the disk knows no second names."""
    try:
        target.hardlink_to(archived)
    except OSError:
        shutil.copyfile(archived, target)
