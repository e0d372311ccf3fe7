"""Replay: an edition against the same computed again, file by file, and what differs said to the figure."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.customer_math.analysis.restatements import key_columns
from tasks.store.engine import engine, rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.settings import Settings
    from tasks.store.editions import Edition

SHOWN_COUNT = 5
"""How many differing figures or customers are named; the others are counted."""
COMPARED = ("figures.parquet", "movements.parquet", "figures.csv")


@dataclass(frozen=True)
class Replayed:
    """What replaying an edition came to."""

    edition: int
    period: str
    figures_count: int
    customers_count: int
    differences: tuple[str, ...]
    """What differs, a sentence each; none: everything is identical."""
    code_at_edition: str
    code_now: str

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        what = f"{counted(self.figures_count, 'figure')} and {counted(self.customers_count, 'customer')} of the ledger"
        code = (
            ""
            if self.code_at_edition == self.code_now
            else f" The code has changed since ({self.code_at_edition[:12]}, now {self.code_now[:12]})."
        )
        outcome = f"differs in {len(self.differences)} ways" if self.differences else f"is identical: {what}, {', '.join(COMPARED)}"
        return f"Edition {self.edition} of {self.period}, computed again from its landed extracts by its definitions, {outcome}.{code}"


def compare(edition: Edition, folder: Path, *, code: str, settings: Settings) -> Replayed:
    """The files of an edition against those in a folder, which were computed again."""
    with engine(settings) as connection:
        figures, again = (connection.read_parquet(parent / "figures.parquet") for parent in (edition.folder, folder))
        moved, moved_again = (connection.read_parquet(parent / "movements.parquet") for parent in (edition.folder, folder))
        differences = [
            *_differences(connection, figures, again, keys=key_columns(figures), what="figures.parquet"),
            *_differences(connection, moved, moved_again, keys=("customer_id",), what="movements.parquet"),
        ]
        counts = rows_in(connection, figures), rows_in(connection, moved)
    if not differences and (edition.folder / "figures.csv").read_bytes() != (folder / "figures.csv").read_bytes():
        differences = ["figures.csv: the same figures, written in other bytes"]
    return Replayed(edition.number, edition.manifest.period, *counts, tuple(differences), edition.manifest.code_fingerprint, code)


def _differences(connection: Backend, earlier: Table, now: Table, *, keys: Sequence[str], what: str) -> Iterator[str]:
    """Columns that only one has, rows that only one has, and rows that say something else."""
    for table, other, when in ((earlier, now, "then"), (now, earlier, "now")):
        only = [name for name in table.columns if name not in other.columns]
        if only:
            yield f"{what}: there only {when}: column {', '.join(only)}"
    keys = [name for name in keys if name in now.columns]
    for table, other, when in ((earlier, now, "then"), (now, earlier, "now")):
        yield from _named(connection, table.anti_join(other, keys), keys=keys, prefix=f"{what}: there only {when}")
    values = [name for name in earlier.columns if name in now.columns and name not in keys]
    both = earlier.inner_join(now, keys)
    differs = both.filter(reduce(or_, (~both[name].identical_to(both[f"{name}_right"]) for name in values)))
    yield from _named(connection, differs, keys=keys, prefix=f"{what}: another value now", values=values)


def _named(connection: Backend, rows: Table, *, keys: Sequence[str], prefix: str, values: Sequence[str] = ()) -> Iterator[str]:
    """The first of some rows by their key, with what they said and say, and how many there are."""
    count = rows_in(connection, rows)
    if not count:
        return
    for row in connection.to_pyarrow(rows.order_by(*keys).limit(SHOWN_COUNT)).to_pylist():
        changed = [f"{name} {row[name]}, now {row[f'{name}_right']}" for name in values if row[name] != row[f"{name}_right"]]
        yield f"{prefix}: {' '.join(str(row[name]) for name in keys)}{': ' if changed else ''}{'; '.join(changed)}"
    if count > SHOWN_COUNT:
        yield f"{prefix}: {count - SHOWN_COUNT:,} more"
