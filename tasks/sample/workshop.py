"""Where the extracts are made: rows become text as a silo writes it, some are spoilt on purpose, and every file is written alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from tasks.sample.chance import Numbers, below, chosen
from tasks.sample.plan import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import BooleanValue, Table
    from numpy.typing import NDArray

Handled = Literal["superseded", "set_aside", "noted", "excluded", "dropped"]
"""What becomes of a spoilt row: an older version; set aside by a rule; kept and noted; in a state that does not count; passed over."""
Changes = Mapping[str, ibis.Value | str | int]
OWN_COLUMNS = ("row", "file", "sorted_on", "lot", "cents", "dirt")
"""Columns that order and count the rows, and are not written."""
LOTS = 1_000_003
"""Lots that put the rows of a day in order; a prime, so that a multiple of a lot is another lot."""
NEVER_ISSUED = 9_000_000_000
"""Customer numbers from here on were never issued."""
MEMORY_LIMIT = "450MB"


@dataclass(frozen=True)
class Dirt:
    """One kind of spoilt rows: copies of sound rows with some values changed."""

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
class Planted:
    """How many rows of a kind, and how much money in them, an extract holds."""

    extract: str
    kind: str
    handled: Handled | Literal["sound"]
    rows: int
    cents: int
    is_among_sound: bool = False
    """Whether the rows are counted as sound ones too."""


@dataclass
class Workshop:
    """An engine of its own, the folder that is written, and what has been planted so far."""

    connection: Backend
    folder: Path
    scale: float
    planted: list[Planted] = field(default_factory=list)
    rows_by_file: dict[str, int] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    on_file: Callable[[str], None] = lambda _: None

    def table(self, name: str, columns: Mapping[str, NDArray[np.generic] | pa.Array]) -> Table:
        """Columns of numbers, days and texts as a table of the engine."""
        arrow = pa.table({heading: pa.array(values) for heading, values in columns.items()})
        return self._kept(name, ibis.memtable(arrow))

    def _kept(self, name: str, rows: Table) -> Table:
        self.tables.append(name)
        return self.connection.create_table(name, rows)

    def spoilt(self, extract: str, sound: Table, *, dirts: Sequence[Dirt]) -> Table:
        """The sound rows and the spoilt ones among them; what was planted is remembered."""
        rows = self._kept(f"{extract}_rows", sound.mutate(dirt=ibis.literal("")))
        if dirts:
            picked = self._picked(extract, rows, dirts=dirts)
            for number, dirt in enumerate(dirts):
                self.connection.insert(f"{extract}_rows", _copies(rows, picked, dirt=dirt, number=number))
        handled = {dirt.kind: dirt.handled for dirt in dirts}
        counted = rows.group_by("dirt").agg(rows=_.count(), cents=_.cents.sum()).order_by("dirt").to_pyarrow().to_pylist()
        for found in counted:
            kind = found["dirt"]
            self.planted.append(Planted(extract, kind or "sound", handled.get(kind, "sound"), found["rows"], int(found["cents"] or 0)))
        return rows

    def _picked(self, extract: str, sound: Table, *, dirts: Sequence[Dirt]) -> Table:
        """Which sound rows are copied for each kind: row, number of the kind."""
        every_row = np.arange(self.count(sound), dtype=np.int64)
        picked: list[Numbers] = []
        for dirt in dirts:
            eligible = every_row
            if dirt.among:
                eligible = sound.filter(dirt.among(sound)).select("row").order_by("row").to_pyarrow()["row"].to_numpy()
            picked.append(picked_rows(extract, dirt, among=eligible, scale=self.scale))
        kinds = np.repeat(np.arange(len(dirts)), [len(rows) for rows in picked])
        return self.table(f"{extract}_picked", {"row": np.concatenate(picked), "kind": kinds})

    def excluded(self, extract: str, kind: str, *, rows: int, cents: int) -> None:
        """Remember rows in a state that does not count; they are among the sound ones."""
        self.planted.append(Planted(extract, kind, "excluded", rows, cents, is_among_sound=True))

    def noted(self, extract: str, kind: str, *, rows: int) -> None:
        """Remember rows that are kept and noted; they are among the sound ones."""
        self.planted.append(Planted(extract, kind, "noted", rows, 0, is_among_sound=True))

    def dropped(self, extract: str, *, rows: int) -> None:
        """Remember rows that are no data, such as totals."""
        self.planted.append(Planted(extract, "totals_row", "dropped", rows, 0))

    def write_csv(self, rows: Table, path: str, *, delimiter: str = ",", encoding: str = "utf-8", heading: str = "") -> None:
        """Write rows as CSV in their order, packed where the name says so, with lines above the headings."""
        file = self.folder / path
        options = {"compression": "gzip"} if path.endswith(".gz") else {}
        self.connection.to_csv(as_written(rows), file, header=True, delimiter=delimiter, **options)
        if heading or encoding != "utf-8":
            file.write_bytes((heading + file.read_bytes().decode()).encode(encoding))
        self.written(path, self.count(rows))

    def write_parquet(self, rows: Table, path: str) -> None:
        """Write rows as Parquet in their order."""
        self.connection.to_parquet(as_written(rows), self.folder / path)
        self.written(path, self.count(rows))

    def write_json_lines(self, rows: Table, path: str) -> None:
        """Write rows as JSON, one object a line, in their order."""
        query = ibis.to_sql(as_written(rows), dialect="duckdb")
        self.connection.raw_sql(f"COPY ({query}) TO '{_quoted(self.folder / path)}' (FORMAT json)")
        self.written(path, self.count(rows))

    def count(self, rows: Table) -> int:
        """How many rows there are."""
        return int(rows.count().to_pyarrow().as_py())

    def clear(self) -> None:
        """Forget the tables of the files that are complete."""
        while self.tables:
            self.connection.drop_table(self.tables.pop())

    def written(self, path: str, rows: int) -> None:
        """Remember a file that is complete."""
        self.rows_by_file[path] = rows
        self.on_file(path)


@contextmanager
def workshop(folder: Path, *, scale: float) -> Iterator[Workshop]:
    """A workshop on an engine with one thread: several would write the same rows in other pieces."""
    connection = ibis.duckdb.connect(threads=1, memory_limit=MEMORY_LIMIT, temp_directory=str(folder / ".spill"))
    try:
        yield Workshop(connection, folder, scale)
    finally:
        connection.disconnect()


def picked_rows(extract: str, dirt: Dirt, *, among: Numbers, scale: float) -> Numbers:
    """Which rows are copied for a kind of dirt, at a scale."""
    count = min(max(1, scaled(dirt.count, scale)), len(among))
    return chosen(f"{extract} {dirt.kind}", among, count=count)


def _copies(rows: Table, picked: Table, *, dirt: Dirt, number: int) -> Table:
    """Copies of the rows picked for a kind of dirt, spoilt, elsewhere among the rows of their day."""
    copies = rows.filter(rows.dirt == "").semi_join(picked.filter(picked.kind == number), "row")
    copies = copies.mutate(dirt=ibis.literal(dirt.kind), lot=_.lot * 7919 % LOTS)
    if dirt.key:
        copies = copies.mutate(**{dirt.key: ibis.literal(f"M{number}-") + copies[dirt.key]})
    changes = dirt.changes(copies) if callable(dirt.changes) else dirt.changes
    values = {name: value if isinstance(value, ibis.Expr) else ibis.literal(value) for name, value in changes.items()}
    return copies.mutate(**values).cast(dict(rows.schema().items())).select(rows.columns)


def as_written(rows: Table) -> Table:
    """Rows in the one order in which they are written, with the columns that are."""
    ordered = rows.order_by("sorted_on", "lot", "row", "dirt")
    return ordered.select([name for name in rows.columns if name not in OWN_COLUMNS])


def _quoted(path: Path) -> str:
    """A path as the engine wants it between quotes."""
    return str(path).replace("'", "''")


def own_columns(purpose: str, days: Numbers, *, cents: Numbers | None = None) -> dict[str, Numbers]:
    """The columns that order and count rows: by day, and by lot within the day."""
    numbers = np.arange(len(days), dtype=np.int64)
    return {
        "row": numbers,
        "sorted_on": days,
        "lot": below(f"{purpose} lot", numbers, limit=LOTS),
        "cents": np.zeros(len(days), dtype=np.int64) if cents is None else cents,
    }
