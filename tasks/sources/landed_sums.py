"""What a landed file comes to: rows, money and days."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from expectations.quarantine import when_changed
from tasks.sources.compiled import answer

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.datasets import Dataset
    from config.sources import Extract
    from tasks.sources.engine_functions import Rows


def sums_of(extract: Extract, dataset: Dataset, path: Path, *, connection: Backend) -> dict[str, Any]:
    """Rows, money and days of what was landed; no money where the extract has no amounts."""
    event_on, amount = dataset.event_on, dataset.amount
    has_amount = amount in {*extract.columns, *extract.constants}

    def sums(table: Rows) -> Rows:
        return table.aggregate(
            rows_count=table.count(),
            amount=table[amount].sum().fill_null(0) if amount and has_amount else ibis.null("decimal(38, 4)"),
            covers_from=table[event_on].min() if event_on else ibis.null("date"),
            covers_through=table[event_on].max() if event_on else ibis.null("date"),
        )

    landed = connection.read_parquet(path, table_name="landed_rows")
    return answer(landed, sums, "sums", dataset.name, has_amount)[0]


def amount_in_force(extract: Extract, dataset: Dataset, path: Path, *, connection: Backend) -> Decimal:
    """The money of the latest version of each key, of those that were written by the last day covered."""
    rows: Rows = connection.read_parquet(path)
    written: Rows = rows.filter((rows.changed_on <= extract.covers_through).fill_null(True)) if extract.covers_through else rows
    order = (*when_changed(written, extract.read.dates), written.source_file, written.source_row)
    latest_first = [ibis.desc(part, nulls_first=False) for part in order]
    numbered = written.mutate(age=ibis.row_number().over(group_by=written.record_key, order_by=latest_first))
    latest = numbered.filter(numbered.age == 0)
    return latest[dataset.amount or ""].sum().to_pyarrow().as_py() or Decimal(0)
