"""Look at the customer base from five sides, from the ledgers of the period and of the trend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from tasks.customer_math.analysis.customer_base import LONG, RECENT, base_by_cohort, movements_by_tenth, value_tenths
from tasks.customer_math.lifetime.summaries import first_day
from tasks.reporting.customer_base import CohortLine, CustomerBase, MovedTenth, ValueTenth
from tasks.store.engine import rows_of
from tasks.store.history import load_history
from tasks.store.ledgers import trend_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from tasks.customer_math.ledger.periods import Period

COLUMNS = ("period", "customer_id", "first_came_on", "is_active_at_closing", "closing_amount")


def customer_base(
    connection: Backend, company: Company, ledger_folder: Path, *, period: Period, trend: Sequence[Period]
) -> CustomerBase | None:
    """How customers differ and changed, and when those of each closing first came; none where nothing ever happened."""
    (began,) = rows_of(connection, first_day(load_history(connection, company, ledger_folder)))
    if began["day"] is None:
        return None
    ledger = connection.read_parquet(trend_path(ledger_folder, period))
    periods = dict.fromkeys((*trend, period))
    ledgers = ibis.union(*(connection.read_parquet(trend_path(ledger_folder, trend_period)).select(*COLUMNS) for trend_period in periods))
    closing_days = ibis.memtable(
        {"period": [trend_period.name for trend_period in periods], "closing_on": [trend_period.closing_day for trend_period in periods]}
    )
    by_cohort = base_by_cohort(ledgers, closing_days, first_day=began["day"])
    return CustomerBase(
        tenths=tuple(ValueTenth(**row) for row in rows_of(connection, value_tenths(ledger))),
        moved=tuple(MovedTenth(**row) for row in rows_of(connection, movements_by_tenth(ledger))),
        lines=tuple(CohortLine(**row) for row in rows_of(connection, by_cohort)),
        tenures=(LONG, RECENT),
    )
