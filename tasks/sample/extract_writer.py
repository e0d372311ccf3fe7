"""Where the extracts are made: rows become text as a silo writes it, some are corrupted on purpose, and every file is written alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from tasks.sample.random_numbers import Numbers, below, chosen
from tasks.sample.scenario import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import BooleanValue, Table
    from numpy.typing import NDArray

Handled = Literal["superseded", "set_aside", "noted", "excluded", "dropped"]
"""What becomes of a corrupted row: an older version; set aside by a rule; kept and noted; in a state that does not count; passed over."""
Changes = Mapping[str, ibis.Value | str | int]
OWN_COLUMNS = ("row", "file", "sorted_on", "tie_breaker", "cents", "defect")
"""Columns that order and count the rows, and are not written."""
TIE_BREAKERS = 1_000_003
"""Numbers that put the rows of a day in order; a prime, so that a multiple of one is another."""
NEVER_ISSUED = 9_000_000_000
"""Customer numbers from here on were never issued."""
MOST_SET_ASIDE_PERCENT = 5
"""Of an extract's sound rows: an extract with more set aside is refused, and a small one would soon have more."""
MEMORY_LIMIT = "450MB"


@dataclass(frozen=True)
class Defect:
    """One kind of corrupted rows: copies of sound rows with some values changed."""

    kind: str
    count: int
    """At full scale; at least one at every scale."""
    handled: Handled
    changes: Changes | Callable[[Table], Changes]
    among: Callable[[Table], BooleanValue] | None = None
    """Which sound rows may be copied; default: all."""
    key: str | None = None
    """Column that gets a key of its own; none: the copy is another version of the same row."""


@dataclass(frozen=True)
class Seeded:
    """How many rows of a kind, and how much money in them, an extract holds."""

    extract: str
    kind: str
    handled: Handled | Literal["sound"]
    rows: int
    cents: int
    is_among_sound: bool = False
    """Whether the rows are counted as sound ones too."""


@dataclass
class ExtractWriter:
    """An engine of its own, the folder that is written, and what has been seeded so far."""

    connection: Backend
    folder: Path
    scale: float
    seeded: list[Seeded] = field(default_factory=list)
    rows_by_file: dict[str, int] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    on_file: Callable[[str], None] = lambda _: None

    def table(self, name: str, columns: Mapping[str, NDArray[np.generic] | pa.Array]) -> Table:
        """Columns of numbers, days and texts as a table of the engine."""
        arrow = pa.table({heading: pa.array(values) for heading, values in columns.items()})
        self.connection.con.register("columns", arrow)
        stored = self._store(name, "FROM columns")
        self.connection.con.unregister("columns")
        return stored

    def _store(self, name: str, query: str) -> Table:
        """What a query finds as a table of the engine."""
        self.tables.append(name)
        self.connection.con.execute(f"CREATE TABLE {name} AS {query}")
        return self.connection.table(name)

    def corrupted(self, extract: str, sound: Table, *, defects: Sequence[Defect]) -> Table:
        """The sound rows and the corrupted ones among them; what was seeded is remembered."""
        rows = self._store(f"{extract}_rows", str(self.connection.compile(sound.mutate(defect=ibis.literal("")))))
        if defects:
            picked = self._picked(extract, rows, defects=defects)
            copies = self._store(f"{extract}_copies", f"FROM {rows.get_name()} JOIN {picked.get_name()} USING (row)")
            query = self.connection.compile(_changed(copies, defects).select(rows.columns))
            self.connection.con.execute(f"INSERT INTO {rows.get_name()} BY NAME {query}")
        handled = {defect.kind: defect.handled for defect in defects}
        counted = rows.group_by("defect").agg(rows=_.count(), cents=_.cents.sum()).order_by("defect").to_pyarrow().to_pylist()
        for row in counted:
            kind = row["defect"]
            self.seeded.append(Seeded(extract, kind or "sound", handled.get(kind, "sound"), row["rows"], int(row["cents"] or 0)))
        return rows

    def _picked(self, extract: str, sound: Table, *, defects: Sequence[Defect]) -> Table:
        """Which sound rows are copied for each kind: row, number of the kind."""
        every_row = np.arange(self.count(sound), dtype=np.int64)
        room = len(every_row) * MOST_SET_ASIDE_PERCENT // 100
        picked: list[Numbers] = []
        for defect in defects:
            eligible = every_row
            if defect.among:
                eligible = sound.filter(defect.among(sound)).select("row").order_by("row").to_pyarrow()["row"].to_numpy()
            rows = picked_rows(extract, defect, among=eligible, scale=self.scale)
            if defect.handled == "set_aside":
                rows = rows[:room]
                room -= len(rows)
            picked.append(rows)
        kinds = np.repeat(np.arange(len(defects)), [len(rows) for rows in picked])
        return self.table(f"{extract}_picked", {"row": np.concatenate(picked), "kind": kinds})

    def sound(self, extract: str, *, rows: int) -> None:
        """Remember rows that are all sound, where the company's query makes other rows of those that are written."""
        self.seeded.append(Seeded(extract, "sound", "sound", rows, 0))

    def excluded(self, extract: str, kind: str, *, rows: int, cents: int) -> None:
        """Remember rows in a state that does not count; they are among the sound ones."""
        self.seeded.append(Seeded(extract, kind, "excluded", rows, cents, is_among_sound=True))

    def noted(self, extract: str, kind: str, *, rows: int) -> None:
        """Remember rows that are kept and noted; they are among the sound ones."""
        self.seeded.append(Seeded(extract, kind, "noted", rows, 0, is_among_sound=True))

    def dropped(self, extract: str, *, rows: int) -> None:
        """Remember rows that are no data, such as totals."""
        self.seeded.append(Seeded(extract, "totals_row", "dropped", rows, 0))

    def write_csv(self, rows: Table, path: str, *, delimiter: str = ",", encoding: str = "utf-8", heading: str = "") -> None:
        """Write rows as CSV in their order, packed where the name says so, with lines above the headings."""
        file = self.folder / path
        packed = ", COMPRESSION gzip" if path.endswith(".gz") else ""
        count = self._copied(rows, path, f"FORMAT csv, HEADER, DELIMITER '{delimiter}'{packed}")
        if heading or encoding != "utf-8":
            file.write_bytes((heading + file.read_bytes().decode()).encode(encoding))
        self.written(path, count)

    def write_parquet(self, rows: Table, path: str) -> None:
        """Write rows as Parquet in their order."""
        self.written(path, self._copied(rows, path, "FORMAT parquet"))

    def write_json_lines(self, rows: Table, path: str) -> None:
        """Write rows as JSON, one object a line, in their order."""
        self.written(path, self._copied(rows, path, "FORMAT json"))

    def _copied(self, rows: Table, path: str, options: str) -> int:
        """Write rows to a file in their order; how many they are."""
        query = self.connection.compile(as_written(rows))
        copied = self.connection.con.execute(f"COPY ({query}) TO '{_quoted(self.folder / path)}' ({options})").fetchone()
        assert copied
        return int(copied[0])

    def count(self, rows: Table) -> int:
        """How many rows there are."""
        return int(rows.count().to_pyarrow().as_py())

    def clear(self) -> None:
        """Drop the tables of the files that are complete."""
        while self.tables:
            self.connection.drop_table(self.tables.pop())

    def written(self, path: str, rows: int) -> None:
        """Remember a file that is complete."""
        self.rows_by_file[path] = rows
        self.on_file(path)


@contextmanager
def extract_writer(folder: Path, *, scale: float) -> Iterator[ExtractWriter]:
    """A writer on an engine with one thread: several would write the same rows in other pieces."""
    connection = ibis.duckdb.connect(threads=1, memory_limit=MEMORY_LIMIT, temp_directory=str(folder / ".spill"))
    try:
        yield ExtractWriter(connection, folder, scale)
    finally:
        connection.disconnect()


def picked_rows(extract: str, defect: Defect, *, among: Numbers, scale: float) -> Numbers:
    """Which rows are copied for a kind of defect, at a scale."""
    count = min(max(1, scaled(defect.count, scale)), len(among))
    return chosen(f"{extract} {defect.kind}", among, count=count)


def _changed(copies: Table, defects: Sequence[Defect]) -> Table:
    """Copies of rows, each changed as the kind of defect has it for which it was picked, elsewhere among the rows of its day."""
    kinds = ibis.array([defect.kind for defect in defects])[copies.kind]
    keys: dict[str, dict[int, ibis.Value]] = defaultdict(dict)
    for number, defect in enumerate(defects):
        if defect.key:
            keys[defect.key][number] = ibis.literal(f"M{number}-") + copies[defect.key]
    own_keys = {name: _by_kind(copies, name, values) for name, values in keys.items()}
    copies = copies.mutate(defect=kinds, tie_breaker=_.tie_breaker * 7919 % TIE_BREAKERS, **own_keys)
    changed: dict[str, dict[int, ibis.Value]] = defaultdict(dict)
    for number, defect in enumerate(defects):
        changes = defect.changes(copies) if callable(defect.changes) else defect.changes
        for name, value in changes.items():
            changed[name][number] = value if isinstance(value, ibis.Expr) else ibis.literal(value)
    return copies.mutate(**{name: _by_kind(copies, name, values) for name, values in changed.items()})


def _by_kind(copies: Table, name: str, values: Mapping[int, ibis.Value]) -> ibis.Value:
    """A column of copies, with another value where they were picked for some kinds of defects."""
    column = copies[name]
    return ibis.cases(*((copies.kind == kind, value.cast(column.type())) for kind, value in values.items()), else_=column)


def as_written(rows: Table) -> Table:
    """Rows in the one order in which they are written, with the columns that are."""
    ordered = rows.order_by("sorted_on", "tie_breaker", "row", "defect")
    return ordered.select([name for name in rows.columns if name not in OWN_COLUMNS])


def _quoted(path: Path) -> str:
    """A path as the engine wants it between quotes."""
    return str(path).replace("'", "''")


def own_columns(purpose: str, days: Numbers, *, cents: Numbers | None = None) -> dict[str, Numbers]:
    """The columns that order and count rows: by day, and by tie breaker within the day."""
    numbers = np.arange(len(days), dtype=np.int64)
    return {
        "row": numbers,
        "sorted_on": days,
        "tie_breaker": below(f"{purpose} lot", numbers, limit=TIE_BREAKERS),
        "cents": np.zeros(len(days), dtype=np.int64) if cents is None else cents,
    }
