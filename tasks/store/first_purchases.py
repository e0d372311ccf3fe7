"""What is told of new customers beside the ledger: their intakes, what they cost, and marketing's funnel."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from config.whole_files import is_usable
from tasks.customer_math.analysis.value_spread import compared_cohorts, value_spreads
from tasks.customer_math.ledger.first_purchases import first_days, priced_at_start
from tasks.customer_math.topics.acquisition_costs import cohort_costs
from tasks.customer_math.topics.cohorts import CohortSpec, cohort_customers, newcomers_of
from tasks.customer_math.topics.funnel import funnel
from tasks.store.engine import atomic_write
from tasks.store.history import refuse_starts_without_rate
from tasks.store.machine_csv import write_machine_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from tasks.customer_math.ledger.beginning import Beginning
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.store.history import HistoryStore

SMALL_TABLES = {"intake_costs": ("intake", "cost_by", "name"), "funnel": ("channel",)}
"""Tables that a person reads, and the order of their rows."""


@dataclass(frozen=True)
class Newcomers:
    """What is kept of the newcomers as one period ends, beside its ledger; a table that the company cannot fill is not there."""

    folder: Path
    period: Period

    @property
    def cohorts(self) -> Path:
        """A row for each customer of the intakes."""
        return self.path("intakes")

    def path(self, name: str) -> Path:
        """Where one of the tables is kept."""
        return self.folder / f"{name}-{self.period.name}.parquet"

    def tables(self, connection: Backend) -> dict[str, tuple[dict[str, Any], ...]]:
        """The small tables, by name, a mapping a row."""
        there = {name: connection.read_parquet(self.path(name)) for name in SMALL_TABLES if self.path(name).exists()}
        return {name: tuple(connection.to_pyarrow(table).to_pylist()) for name, table in there.items()}

    def spreads(self, connection: Backend, ages: Sequence[int], *, before_count: int) -> tuple[dict[str, Any], ...]:
        """Of every age whether the latest intake differs from those before it beyond chance, and whether one customer makes its mean."""
        rows = connection.to_pyarrow(value_spreads(connection.read_parquet(self.cohorts), ages)).to_pylist()
        return tuple(compared_cohorts(rows, before_count=before_count))

    def copied_to(self, edition: Path, connection: Backend) -> None:
        """Put everything into the folder of an edition; the small tables as text too."""
        shutil.copyfile(self.cohorts, edition / "intakes.parquet")
        for name in SMALL_TABLES:
            if self.path(name).exists():
                shutil.copyfile(self.path(name), edition / f"{name}.parquet")
                write_machine_csv(connection, connection.read_parquet(self.path(name)), edition / f"{name}.csv")


def write_first_purchases(
    store: HistoryStore, history: History, period: Period, *, rules: LedgerRules, beginning: Beginning | None = None
) -> Newcomers:
    """Keep what is told of the newcomers as a period ends; raises RefusedError where a contract of theirs has no rate."""
    newcomers = Newcomers(store.folder, period)
    came = first_days(history) if history.prepared is None else history.prepared.first_days
    looked = CohortSpec.at(period, rules.intakes, rules.calendar, beginning=beginning)
    if not is_usable(newcomers.cohorts):
        _write_cohorts(store, history, newcomers_of(came, looked), looked=looked, rules=rules)
    if history.campaigns is not None:
        cohorts = store.connection.read_parquet(newcomers.cohorts)
        costs = cohort_costs(cohorts, history.campaigns, looked=looked, minor_units=history.minor_units)
        _write_once(store, newcomers, name="intake_costs", table=costs)
    leads, deals = store.rows("leads"), store.rows("deals")
    if leads is not None or deals is not None:
        _write_once(store, newcomers, name="funnel", table=funnel(leads, deals, came, through=period.closing_day))
    return newcomers


def _write_cohorts(store: HistoryStore, history: History, newcomers: Table, *, looked: CohortSpec, rules: LedgerRules) -> None:
    """The intakes' customers are stored first, because what they bought, agreed and were is asked of few of all customers."""
    connection = store.connection
    stored = connection.create_table("newcomers", newcomers, temp=True, overwrite=True)
    if history.contracts is not None:
        theirs = priced_at_start(history.contracts.semi_join(stored, "customer_id"), history)
        refuse_starts_without_rate(
            connection, theirs.filter(theirs.starts_on < ibis.literal(looked.period.closes_on)), company=store.company
        )
    with atomic_write(Newcomers(store.folder, looked.period).cohorts) as unfinished:
        connection.to_parquet(cohort_customers(history, stored, looked=looked, rules=rules).order_by("customer_id"), unfinished)
    connection.drop_table("newcomers")


def _write_once(store: HistoryStore, newcomers: Newcomers, *, name: str, table: Table) -> None:
    if not is_usable(newcomers.path(name)):
        with atomic_write(newcomers.path(name)) as unfinished:
            store.connection.to_parquet(table.order_by(*SMALL_TABLES[name]), unfinished)
