"""Assemble: from accepted rows to the ledger of customers, one file a period, every identity proved before it is handed on."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis
from prefect import task
from prefect.cache_policies import NO_CACHE

from config.company import ACTIVITY_OF
from expectations.judge import judge_ledger
from expectations.verdict import RefusedError
from tasks.customer_math import history as histories
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import broken_chains, residuals, whole_residuals
from tasks.customer_math.movements import LedgerRules, movements
from tasks.customer_math.periods import check_that_it_is_covered
from tasks.warehouse import engine, rows_in, written_once

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted, RuleVerdict
    from tasks.customer_math.periods import Period
    from tasks.sources import Landed
    from tasks.warehouse import Home

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ledger:
    """The ledgers of some periods, where they are kept, and what was found while they were assembled."""

    fingerprint: str
    folder: Path
    periods: tuple[Period, ...]
    """Oldest first."""
    verdicts: tuple[RuleVerdict, ...]
    notes: tuple[str, ...]

    def path(self, period: Period) -> Path:
        """The ledger of one of the periods."""
        return self.folder / f"{period.name}.parquet"


def covered_days(company: Company, extracts: Sequence[Landed | Accepted]) -> tuple[date | None, date, str]:
    """First day (none: not known) and last day that the extracts which make customers active cover, and the one that ends first."""
    active = {ACTIVITY_OF[sells_by] for sells_by in company.definitions.sells_by}
    deciding = [extract for extract in extracts if extract.dataset in active]
    ends = [(extract.covers_through, extract.extract) for extract in deciding if extract.covers_through]
    if not ends:
        names = ", ".join(extract.extract for extract in deciding)
        raise RefusedError(f"{names}: nothing says which days are covered; add `covers_through` in {company.folder / 'sources.yaml'}")
    starts = [extract.covers_from for extract in deciding if extract.covers_from]
    covers_through, limiting = min(ends)
    return (min(starts) if starts else None), covers_through, limiting


def check_period(company: Company, extracts: Sequence[Landed | Accepted], period: Period) -> None:
    """Refuse a period that is not covered, before any more work is done on it; raises PeriodError."""
    covers_from, covers_through, limiting = covered_days(company, extracts)
    check_that_it_is_covered(
        period,
        covers_from=covers_from or period.opens_on,
        covers_through=covers_through,
        limiting_extract=f"{company.sources.extracts[limiting].silo} extract {limiting}",
    )


def keep_ledger(
    company: Company, accepted: Sequence[Accepted], periods: Sequence[Period], *, settings: Settings, home: Home, code: str
) -> Ledger:
    """The ledgers of the periods from the accepted extracts; raises RefusedError where an identity leaves a residual."""
    fingerprint = hashlib.sha256(
        "\n".join([code, company.definitions.model_dump_json(), *(each.fingerprint for each in accepted)]).encode()
    )
    folder = home.ledger(fingerprint.hexdigest())
    folder.mkdir(parents=True, exist_ok=True)
    with engine(settings) as connection:
        history, notes = _keep_history(connection, company, accepted, folder)
        rules = LedgerRules(company.definitions.activity, company.definitions.value, tuple(company.definitions.segments))
        _refuse_contracts_without_rate(connection, history, periods=periods, company=company)
        for period in periods:
            path = folder / f"{period.name}.parquet"
            if not path.exists():
                _write(connection, movements(history, period, rules), path)
            LOG.info("assembled %s", period.name)
        verdicts = judge_ledger(folder / f"{periods[-1].name}.parquet", definitions=company.definitions, settings=settings)
        _refuse_broken(verdicts)
        ledger = Ledger(fingerprint.hexdigest(), folder, tuple(periods), verdicts, tuple(notes))
        prove(connection, ledger, rules.segments)
    return ledger


def prove(connection: Backend, ledger: Ledger, segments: tuple[str, ...]) -> None:
    """Both identities for the whole and every segment, segments against the whole, each closing against the next opening."""
    periods = ledger.periods
    ledgers = connection.read_parquet([ledger.path(period) for period in periods])
    named = [period.name for period in periods]
    computed = ibis.memtable(connection.to_pyarrow(figures(ledgers, periods=named, segments=segments)))
    _refuse(connection, residuals(computed), "opening and what happened do not make closing")
    _refuse(connection, whole_residuals(computed), "the groups of a segment do not add up to the whole")
    links = [(earlier.name, later.name) for earlier, later in pairwise(periods) if earlier.closes_on == later.opens_on]
    if links:
        _refuse(connection, broken_chains(computed, links), "a period does not close as the next one opens")
    LOG.info("proved: %d periods reconcile to the unit and the cent", len(periods))


def _refuse(connection: Backend, left_over: Table, what: str) -> None:
    found = connection.to_pyarrow(left_over.limit(5)).to_pylist()
    if found:
        rows = "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in found)
        raise RefusedError(
            f"{what} ({rows}): expected a residual of 0; nothing is published, report it with the manifest of the last edition"
        )


def _refuse_broken(verdicts: Sequence[RuleVerdict]) -> None:
    broken = "; ".join(f"rule {each.rule_id} ({each.says}) {each.found}" for each in verdicts if each.state != "kept")
    if broken:
        raise RefusedError(
            f"the ledger is not what it must be: {broken}; nothing is published, report it with the manifest of the last edition"
        )


def _keep_history(connection: Backend, company: Company, accepted: Sequence[Accepted], folder: Path) -> tuple[histories.History, list[str]]:  # noqa: PLR0917 - one stage's inputs
    """The history, kept beside the ledgers, and what a reader should know of it."""
    definitions = company.definitions
    rows = {name: _accepted_rows(connection, accepted, name) for name in ("purchases", "contracts", "departures", "exchange_rates")}
    rates = histories.own_rate(definitions)
    if rows["exchange_rates"] is not None:
        rates = rates.union(histories.rates_table(rows["exchange_rates"], definitions))
    kept_rates = _write(connection, rates, folder / "history-rates.parquet")
    tables: dict[str, Table | None] = {"purchases": None, "contracts": None, "departures": None}
    notes: list[str] = []
    if rows["purchases"] is not None and "repeat_purchase" in definitions.sells_by:
        counted = histories.counted_purchases(rows["purchases"], kept_rates, definitions)
        tables["purchases"] = _write(connection, counted, folder / "history-purchases.parquet")
        missing = histories.first_missing_rate(tables["purchases"], day="purchased_on")
        _refuse_missing_rates(connection, missing, what="purchases", company=company)
        notes += _excluded_note(connection, rows["purchases"], counted=tables["purchases"], what="purchases", company=company)
    if rows["contracts"] is not None and "contract" in definitions.sells_by:
        counted = histories.counted_contracts(rows["contracts"], definitions)
        tables["contracts"] = _write(connection, counted, folder / "history-contracts.parquet")
        notes += _excluded_note(connection, rows["contracts"], counted=tables["contracts"], what="contracts", company=company)
    if rows["departures"] is not None:
        tables["departures"] = _write(connection, histories.told_departures(rows["departures"]), folder / "history-departures.parquet")
    attributes = _write(connection, _attributes(connection, company, accepted), folder / "history-attributes.parquet")
    history = histories.History(**tables, rates=kept_rates, attributes=attributes, minor_units=definitions.minor_units)
    return history, notes


def _refuse_contracts_without_rate(connection: Backend, history: histories.History, *, periods: Sequence[Period], company: Company) -> None:
    if history.contracts is not None:
        first_day, last_day = periods[0].opening_day, periods[-1].closing_day
        missing = histories.days_without_rate(history.contracts, history.rates, first_day=first_day, last_day=last_day)
        _refuse_missing_rates(connection, missing, what="contracts", company=company)


def _accepted_rows(connection: Backend, accepted: Sequence[Accepted], dataset: str) -> Table | None:
    tables = [connection.read_parquet(each.path) for each in accepted if each.dataset == dataset]
    shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)] if tables else []
    return ibis.union(*(table.select(*shared) for table in tables)) if len(tables) > 1 else (tables[0] if tables else None)


def _attributes(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> Table:
    by_name = {each.extract: each for each in accepted}
    deciding: dict[str, Table] = {}
    for name, segment in company.definitions.segments.items():
        extract_name, column = segment.source.split(".")
        shared = company.sources.extracts[extract_name].shared
        assert shared is not None
        rows = connection.read_parquet(by_name[extract_name].path)
        on = rows[shared.event_on] if shared.event_on else ibis.null("date")
        deciding[name] = rows.select("customer_id", "record_key", group=rows[column].cast("string"), on=on)
    if not deciding:
        return ibis.memtable({"customer_id": []}, schema={"customer_id": "string"})
    return histories.segment_groups(deciding)


def _refuse_missing_rates(connection: Backend, missing: Table, *, what: str, company: Company) -> None:
    rows = connection.to_pyarrow(missing.order_by("day").limit(3)).to_pylist()
    if rows:
        found = "; ".join(f"{row['currency'] or 'no currency'} on {row['day']} ({row['rows_count']:,} {what})" for row in rows)
        raise RefusedError(
            f"{what}: no exchange rate to {company.definitions.currency} for {found}; expected a rate at most "
            f"{company.definitions.value.rate_carried_days} days old; bring it in an extract of `exchange_rates`"
        )


def _excluded_note(connection: Backend, accepted: Table, *, counted: Table, what: str, company: Company) -> list[str]:
    """How many rows are in an excluded state; raises RefusedError if a row was lost or doubled on the way."""
    used, kept = rows_in(connection, accepted), rows_in(connection, counted)
    excluded = rows_in(connection, accepted.filter(histories.is_excluded(accepted, company.definitions)))
    if used != kept + excluded:
        raise RefusedError(
            f"{what}: {used:,} rows used, but {kept:,} counted and {excluded:,} excluded; two exchange rates for one day double rows"
        )
    statuses = ", ".join(company.definitions.activity.excluded_statuses)
    return [f"{what.capitalize()} in a state that does not count ({statuses}): {excluded:,}."] if excluded else []


def _write(connection: Backend, table: Table, path: Path) -> Table:
    if not path.exists():
        with written_once(path) as beside:
            connection.to_parquet(table, beside)
    return connection.read_parquet(path)


assemble = task(name="assemble", task_run_name="assemble the ledgers", cache_policy=NO_CACHE)(keep_ledger)
