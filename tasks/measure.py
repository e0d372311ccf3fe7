"""Measure: from the ledgers to figures, every measure for every period and segment in one long table, every identity proved."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from expectations.verdict import RefusedError
from tasks.customer_math.catalogue import CATALOGUE
from tasks.customer_math.figures import KEYS, figures
from tasks.customer_math.identities import broken_chains, residuals, split_residuals, whole_residuals
from tasks.customer_math.intake_measures import intake_catalogue
from tasks.newcomers import Newcomers
from tasks.warehouse import engine, rows_in, written_once

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.periods import Plan

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Figures:
    """The figures of some periods in long form, and where they are kept."""

    path: Path
    rows_count: int


def measure_ledgers(company: Company, folder: Path, plan: Plan, *, settings: Settings) -> Figures:
    """The figures of every period whose ledger is in the folder: a Parquet file with one row a period, segment, part and measure.

    Raises RefusedError where an identity leaves a residual.
    """
    names = hashlib.sha256(" ".join(period.name for period in plan.periods).encode()).hexdigest()[:12]
    path = folder / f"figures-{plan.period.name}-{names}.parquet"
    with engine(settings) as connection:
        if not path.exists():
            _write(connection, company, folder, plan=plan, path=path)
        rows_count = rows_in(connection, connection.read_parquet(path))
    LOG.info("measured %d figures of %d periods", rows_count, len(plan.periods))
    return Figures(path, rows_count)


def _write(connection: Backend, company: Company, folder: Path, *, plan: Plan, path: Path) -> None:
    ledgers = connection.read_parquet([folder / f"{period.name}.parquet" for period in plan.periods])
    every = figures(
        ledgers,
        periods=[period.name for period in plan.periods],
        segments=tuple(company.definitions.segments),
        catalogue=CATALOGUE.supplied_by(company.supplied),
    )
    every = every.union(_of_intakes(connection, company, folder, plan=plan))
    with written_once(path) as beside:
        connection.to_parquet(every.order_by(*KEYS, "measure"), beside)
        prove(connection, connection.read_parquet(beside), plan.links)
    LOG.info("proved: %d periods reconcile to the unit and the cent", len(plan.periods))


def _of_intakes(connection: Backend, company: Company, folder: Path, *, plan: Plan) -> Table:
    """The figures of the intakes, as they stand at the end of the period that is published."""
    return figures(
        connection.read_parquet(Newcomers(folder, plan.period).intakes),
        periods=[plan.period.name],
        segments=tuple(company.definitions.segments),
        catalogue=intake_catalogue(company.definitions.intakes).supplied_by(company.supplied),
    )


def prove(connection: Backend, computed: Table, links: Sequence[tuple[str, str]]) -> None:
    """Both identities for the whole and every segment, segments and parts against the whole, each closing against the next opening."""
    _refuse(connection, residuals(computed), "opening and what happened do not make closing")
    _refuse(connection, whole_residuals(computed), "the groups of a segment do not add up to the whole")
    _refuse(connection, split_residuals(computed), "the parts of a number do not add up to it")
    if links:
        _refuse(connection, broken_chains(computed, links), "a period does not close as the next one opens")


def _refuse(connection: Backend, left_over: Table, what: str) -> None:
    found = connection.to_pyarrow(left_over.limit(5)).to_pylist()
    if found:
        rows = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in found)
        raise RefusedError(
            f"{what} ({rows}): expected a residual of 0; nothing is published, report it with the manifest of the last edition"
        )


measure = task(name="measure", task_run_name="measure figures", cache_policy=NO_CACHE)(measure_ledgers)
