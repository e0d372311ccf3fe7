"""Measure: from the ledgers to figures, every measure for every period and segment in one long table, every identity proved."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.whole_files import is_usable
from expectations.text import counted
from expectations.verdict import RefusedError
from tasks.customer_math.catalogue import CATALOGUE, TOPICS, TREND_CATALOGUE
from tasks.customer_math.figures import KEYS, cells, figures_of, nothing_in
from tasks.customer_math.identities import as_table, broken_chains, residuals, split_residuals, whole_residuals
from tasks.customer_math.topics.cohort_measures import cohort_catalogue
from tasks.sources.compiled import cached_sql, fetch_rows
from tasks.steps import tracked
from tasks.store.engine import engine, rows_in, write, write_if_absent
from tasks.store.first_purchases import Newcomers
from tasks.store.ledgers import full_path, trend_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Plan
    from tasks.customer_math.measures import Catalogue

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
        if not is_usable(path):
            _write(connection, company, folder, plan=plan, path=path)
        rows_count = rows_in(connection, connection.read_parquet(path))
    LOG.info("measured %s of %s", counted(rows_count, "figure"), counted(len(plan.periods), "period"))
    return Figures(path, rows_count)


def _write(connection: Backend, company: Company, folder: Path, *, plan: Plan, path: Path) -> None:
    in_full, in_trend = ([period for period in plan.periods if (period in plan.in_full) is full] for full in (True, False))
    ledgers = connection.read_parquet([full_path(folder, period) for period in in_full], table_name="ledgers")
    trend = _trend(connection, [trend_path(folder, period) for period in in_trend])
    newcomers = connection.read_parquet(Newcomers(folder, plan.period).cohorts, table_name="newcomers")
    names = {
        "period": [period.name for period in plan.periods],
        "is_published": [period == plan.period for period in plan.periods],
        "is_full": [period in plan.in_full for period in plan.periods],
    }
    periods = connection.create_table("periods", names, temp=True, overwrite=True)

    definitions = company.definitions
    decided_by = (
        *definitions.segments,
        repr(definitions.intakes),
        *sorted(company.supplied),
        repr(ledgers.schema()),
        repr(newcomers.schema()),
        repr(trend.columns if trend is not None else None),
    )
    choices = {"segments": tuple(definitions.segments), "supplied": company.supplied}
    # The intakes, as they stand at the end of the period that is published.
    portions = [
        _Portion("full", ledgers, periods.filter(_.is_full), CATALOGUE, **choices),
        _Portion("intakes", newcomers, periods.filter(_.is_published), cohort_catalogue(definitions.intakes), **choices),
    ]
    if trend is not None:
        portions.append(_Portion("trend", trend, periods.filter(~_.is_full), TREND_CATALOGUE, **choices))
    for portion in portions:
        portion.store_cells(connection, decided_by)

    def every() -> Table:
        return ibis.union(*(portion.figures(connection) for portion in portions)).order_by(*KEYS, "measure")

    with write_if_absent(path) as unfinished:
        write(connection, cached_sql(connection, ("figures", *decided_by), every), unfinished)
        prove(connection, connection.read_parquet(unfinished, table_name="figures"), plan.links)
    LOG.info("proved, to the unit and the cent: %s", counted(len(plan.periods), "period"))


def _trend(connection: Backend, paths: Sequence[Path]) -> Table | None:
    """The ledgers of periods that only the trend shows, some of which may have every topic, with what all of them have."""
    if not paths:
        return None
    ledgers = connection.read_parquet(paths, table_name="trend_ledgers", union_by_name=True)
    not_in_all = {name for topic in TOPICS if not topic.is_in_trend for name in topic.columns}
    return ledgers.select(*sorted(name for name in ledgers.columns if name not in not_in_all))


@dataclass(frozen=True)
class _Portion:
    """What is told of some ledgers: the measures of a catalogue, as far as a company supplies them."""

    name: str
    rows: Table
    periods: Table
    catalogue: Catalogue
    segments: tuple[str, ...]
    supplied: frozenset[str]

    @cached_property
    def choices(self) -> dict[str, Any]:
        return {"segments": self.segments, "catalogue": self.catalogue.supplied_by(self.supplied)}

    @property
    def table(self) -> str:
        return f"cells_{self.name}"

    def store_cells(self, connection: Backend, decided_by: tuple[str, ...]) -> None:
        """Have the cells in the engine, one split after the other: the largest decides how much memory is needed, and not all together."""
        splits = (None, *self.choices["catalogue"].splits)
        parts = [partial(nothing_in, self.rows, self.periods, **self.choices)]
        parts += [partial(cells, self.rows, split, **self.choices) for split in splits]
        for number, part in enumerate(parts):
            query = cached_sql(connection, ("cells", self.name, number, *decided_by), part)
            verb = f"INSERT INTO {self.table} BY NAME" if number else f"CREATE OR REPLACE TEMPORARY TABLE {self.table} AS"
            connection.con.execute(f"{verb} {query}")

    def figures(self, connection: Backend) -> Table:
        return figures_of(connection.table(self.table), **self.choices)


def prove(connection: Backend, computed: Table, links: Sequence[tuple[str, str]]) -> None:
    """Both identities for the whole and every segment, segments and parts against the whole, each closing against the next opening.

    `computed` is a table of the engine's. Raises RefusedError where any leaves a residual.
    """
    proofs = {
        "opening and what happened do not make closing": lambda: residuals(computed),
        "the groups of a segment do not add up to the whole": lambda: whole_residuals(computed),
        "the parts of a number do not add up to it": lambda: split_residuals(computed),
    }
    if links:
        neighbours = connection.create_table("neighbours", as_table(links), temp=True, overwrite=True)
        proofs["a period does not close as the next one opens"] = lambda: broken_chains(computed, neighbours)
    for what, left_over in proofs.items():
        _refuse(fetch_rows(connection, cached_sql(connection, (what, computed.get_name(), repr(computed.schema())), left_over)), what)


def _refuse(residual_rows: Sequence[Mapping[str, object]], what: str) -> None:
    if residual_rows:
        rows = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in residual_rows[:5])
        raise RefusedError(
            f"{what} ({rows}): expected a residual of 0; nothing is published, report it with the manifest of the last edition"
        )


measure = tracked(measure_ledgers, name="measure", run_name="measure figures")
