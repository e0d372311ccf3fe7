"""Measure: from the ledgers to figures, every measure of the catalogue for every period and segment, in one long table."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.customer_math.figures import figures
from tasks.warehouse import engine, rows_in, written_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.periods import Period

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figures:
    """The figures of some periods in long form, and where they are kept."""

    path: Path
    rows_count: int


def measure_ledgers(company: Company, folder: Path, periods: Sequence[Period], *, settings: Settings) -> Figures:
    """The figures of every period whose ledger is in the folder: a Parquet file with one row a period, segment and measure."""
    segments = tuple(company.definitions.segments)
    names = hashlib.sha256(" ".join(period.name for period in periods).encode()).hexdigest()[:12]
    path = folder / f"figures-{periods[-1].name}-{names}.parquet"
    with engine(settings) as connection:
        if not path.exists():
            ledgers = connection.read_parquet([folder / f"{period.name}.parquet" for period in periods])
            every = figures(ledgers, periods=[period.name for period in periods], segments=segments)
            ordered = every.order_by("period", "segment_by", "segment", "measure")
            with written_whole(path) as beside:
                connection.to_parquet(ordered, beside)
        rows_count = rows_in(connection, connection.read_parquet(path))
    LOG.info("measured %d figures of %d periods", rows_count, len(periods))
    return Figures(path, rows_count)


measure = task(name="measure", task_run_name="measure figures", cache_policy=NO_CACHE)(measure_ledgers)
