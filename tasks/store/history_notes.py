"""What readers must know of accepted rows that count for less, or otherwise, than one would think: each kind with how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.datasets import DATASETS
from tasks.customer_math.ledger.history import covers_no_day
from tasks.store.engine import rows_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.backends.duckdb import Backend

    from expectations.verdict import Accepted

FIRST_DAY = {"contracts": "starts_on"}
"""The day of a row that is no event but lasts: its first."""


def notes_on_days(connection: Backend, accepted: Sequence[Accepted]) -> list[str]:
    """Contracts that cover no day, and rows after the last day that their extract covers: a sentence an extract, with how many."""
    return [note for extract in accepted for notes in (_covering_no_day, _after_the_last_day) for note in notes(connection, extract)]


def _covering_no_day(connection: Backend, extract: Accepted) -> Iterator[str]:
    if extract.dataset == "contracts":
        rows = connection.read_parquet(extract.path)
        found = rows_in(connection, rows.filter(covers_no_day(rows)))
        if found:
            yield f"Rows of {extract.extract} that end on the day on which they start, cover no day and count for nothing: {found:,}."


def _after_the_last_day(connection: Backend, extract: Accepted) -> Iterator[str]:
    day = DATASETS[extract.dataset].event_on or FIRST_DAY.get(extract.dataset)
    if day and extract.covers_through:
        rows = connection.read_parquet(extract.path)
        found = rows_in(connection, rows.filter(rows[day] > extract.covers_through))
        if found:
            last = f"{extract.covers_through}, the last day that the extract covers"
            yield f"Rows of {extract.extract} after {last}, which no period counts yet: {found:,}."
