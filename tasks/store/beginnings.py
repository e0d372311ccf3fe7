"""Where the data of a company begin: as declared, or as the rows of its purchases have it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from config.company import ACTIVITY_OF
from config.datasets import DATASETS
from tasks.customer_math.ledger.beginning import Beginning, first_whole_month, rows_by_month
from tasks.reporting.beginning import DataBeginning
from tasks.store.engine import rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.definitions import Definitions
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Plan


def beginning_of(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> Beginning | None:
    """The latest day on which an extract begins that makes customers active; none: nobody was a customer before any of them.

    A list of contracts says itself how far back it reaches, so only a declared day begins it.
    """
    deciding = {ACTIVITY_OF[sells_by] for sells_by in company.definitions.sells_by}
    beginnings = [_beginning(connection, company, extract) for extract in accepted if extract.dataset in deciding]
    return max((beginning for beginning in beginnings if beginning), key=lambda beginning: (beginning.day, beginning.extract), default=None)


def _beginning(connection: Backend, company: Company, extract: Accepted) -> Beginning | None:
    declared, event_on = company.sources.extracts[extract.extract].covers_from, DATASETS[extract.dataset].event_on
    if isinstance(declared, date):
        return Beginning(declared, extract.extract, is_assumed=False)
    if declared or not event_on or not extract.covers_through:
        return None
    rows = rows_of(connection, rows_by_month(connection.read_parquet(extract.path), event_on))
    months = [(row["month"], row["rows_count"], row["first_on"]) for row in rows]
    day = first_whole_month(months, through=extract.covers_through)
    return Beginning(day, extract.extract, is_assumed=True) if day else None


def shown_beginning(definitions: Definitions, plan: Plan) -> DataBeginning | None:
    """Where the data begin, as the period and those it is held against may say it."""
    if plan.beginning is None:
        return None
    buys = "repeat_purchase" in definitions.sells_by
    shown = dict.fromkeys(period for period in (plan.period, plan.year_before, plan.previous) if period)
    return DataBeginning(
        day=plan.beginning.day,
        extract=plan.beginning.extract,
        is_assumed=plan.beginning.is_assumed,
        openings={period.label: period.opening_day for period in shown},
        is_opening_unknown=plan.beginning.is_opening_unknown(plan.period.opens_on),
        lapse_days=definitions.activity.lapse_days if buys else 0,
        value_days=definitions.value.value_days if buys else 0,
    )
