"""The history of a company: accepted rows as the tables that customer math starts from, kept beside its ledgers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.language import gettext, gettext_noop, ngettext
from config.localization import localized, number
from config.measures.relative_value import COMPARED, USED
from config.whole_files import is_usable
from expectations.quarantine import when_changed
from expectations.text import counted
from expectations.verdict import RefusedError
from tasks.customer_math.ledger import history as histories
from tasks.customer_math.ledger import staging
from tasks.customer_math.ledger.deductions import with_deductions, without_deductions
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.segments import attribute_history, changed_attributes, segment_groups, static_attributes
from tasks.customer_math.ledger.versions import held_for_life, held_in_turn
from tasks.store.engine import rows_in, write_if_absent
from tasks.store.history_notes import notes_on_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.definitions import Definitions
    from config.sources import Extract
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.store.engine import Home

SOLD = {"purchases": "repeat_purchase", "contracts": "contract"}
"""Shared tables that count only if the company sells so."""


NOT_COUNTED = {
    "purchases": gettext_noop("Purchases in a state that does not count ({states}): {count}"),
    "contracts": gettext_noop("Contracts in a state that does not count ({states}): {count}"),
}
"""What is said of rows that the company's states leave out."""


@dataclass(frozen=True)
class HistoryStore:
    """Where one history is kept, and what it is made from."""

    connection: Backend
    company: Company
    accepted: Sequence[Accepted]
    folder: Path

    def store_table(self, name: str, table: Table) -> Table:
        """A table of the history, written once and read back."""
        path = self.folder / f"history-{name}.parquet"
        if not is_usable(path):
            with write_if_absent(path) as unfinished:
                self.connection.to_parquet(table, unfinished)
        return self.connection.read_parquet(path, table_name=f"history_{name.replace('-', '_')}")

    def rows(self, dataset: str) -> Table | None:
        """The accepted rows of a shared table, from all of its extracts, each with its silo; none where there is no extract."""
        if SOLD.get(dataset) not in (None, *self.company.definitions.sells_by):
            return None
        tables = [self._rows_of(extract) for extract in self.accepted if extract.dataset == dataset]
        shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)] if tables else []
        return ibis.union(*(table.select(*shared) for table in tables)) if len(tables) > 1 else (tables[0] if tables else None)

    def _rows_of(self, extract: Accepted) -> Table:
        """The rows of one extract; contracts with the days on which each of their versions holds."""
        rows = self.connection.read_parquet(extract.path).mutate(silo=ibis.literal(extract.silo))
        declared = self.company.sources.extracts[extract.extract]
        if extract.dataset != "contracts":
            return rows
        held = self._held_in_turn(rows, declared) if declared.versions else held_for_life(rows)
        return with_deductions(held, declared.nets_with, self.company.definitions) if declared.nets_with else without_deductions(held)

    def _held_in_turn(self, rows: Table, declared: Extract) -> Table:
        written = (*when_changed(rows, declared.read.dates), rows.source_file, rows.source_row)
        oldest_first = [ibis.asc(part, nulls_first=True) for part in written]
        numbered = rows.mutate(version_number=ibis.row_number().over(group_by="record_key", order_by=oldest_first))
        return held_in_turn(numbered, self.company.definitions)


def write_history(
    connection: Backend, company: Company, accepted: Sequence[Accepted], *, landings: Sequence[Path], folder: Path
) -> tuple[histories.History, list[str]]:
    """The history, kept in the folder, and what a reader should know of it; raises RefusedError where a rate is missing."""
    store, definitions = HistoryStore(connection, company, accepted, folder), company.definitions
    rates = histories.own_rate(definitions)
    exchange_rates = store.rows("exchange_rates")
    rates = store.store_table("rates", rates if exchange_rates is None else rates.union(histories.rates_table(exchange_rates, definitions)))
    purchases, purchase_notes = _write_purchases(store, rates)
    contracts, contract_notes = _write_contracts(store)
    departures, called = store.rows("departures"), store.rows("calls")
    history = histories.History(
        purchases,
        contracts,
        None if departures is None else store.store_table("departures", histories.stated_departures(departures)),
        rates,
        store.store_table("attributes", load_attributes(connection, company, landings)),
        minor_units=definitions.minor_units,
        called=None if called is None else store.store_table("called", histories.called_reasons(called)),
        purchase_days=None if purchases is None else store.store_table("purchase-days", days_of_purchase(purchases)),
        **_write_records(store, rates),
    )
    with localized(company.localization):
        notes = notes_on_rows(connection, company, accepted)
    return history, [*purchase_notes, *contract_notes, *notes]


def load_history(connection: Backend, company: Company, folder: Path) -> histories.History:
    """The history that was kept in a folder of ledgers, read back."""
    names = (
        *("purchases", "contracts", "departures", "acquisitions", "campaigns"),
        *("referrals", "tickets", "surveys", "comparisons", "called", "purchase_days"),
    )
    paths = {name: folder / f"history-{name.replace('_', '-')}.parquet" for name in names}
    tables: dict[str, Any] = {name: connection.read_parquet(path) if path.exists() else None for name, path in paths.items()}
    rates, attributes = (connection.read_parquet(folder / f"history-{name}.parquet") for name in ("rates", "attributes"))
    return histories.History(**tables, rates=rates, attributes=attributes, minor_units=company.definitions.minor_units)


def with_spells(connection: Backend, history: histories.History, definitions: Definitions, *, folder: Path) -> histories.History:
    """The history with everybody's spells and first days, as they were prepared for its ledgers, and without values on any day."""
    spells, first_days = (connection.read_parquet(folder / f"history-{name}.parquet") for name in ("spells", "first-days"))
    value_days = definitions.value.value_days
    ready = histories.Prepared(definitions.activity, value_days, frozenset(), spells, first_days, purchase_values=None)
    return replace(history, prepared=ready)


def _write_purchases(store: HistoryStore, rates: Table) -> tuple[Table | None, list[str]]:
    rows = store.rows("purchases")
    if rows is None:
        return None, []
    counted = store.store_table("purchases", histories.counted_purchases(rows, rates, store.company.definitions))
    _refuse_without_rate(store, counted.filter(counted.amount.isnull()), day="purchased_on", what="purchases")
    return counted, _excluded_note(store, rows, counted=counted, what="purchases")


def _write_contracts(store: HistoryStore) -> tuple[Table | None, list[str]]:
    rows = store.rows("contracts")
    if rows is None:
        return None, []
    counted = store.store_table("contracts", histories.counted_contracts(rows, store.company.definitions))
    return counted, _excluded_note(store, rows, counted=counted, what="contracts")


def _write_records(store: HistoryStore, rates: Table) -> dict[str, Any]:
    """What marketing and service recorded; none for what no extract brings."""
    recorded = {name: store.rows(name) for name in ("leads", "deals", "campaigns", "referrals", "tickets", "surveys")}
    campaigns = None if recorded["campaigns"] is None else staging.campaign_costs(recorded["campaigns"], rates, store.company.definitions)
    staged: dict[str, Table | None] = {
        "acquisitions": staging.acquisitions(recorded["leads"], recorded["deals"]),
        "campaigns": campaigns,
        "referrals": None if recorded["referrals"] is None else staging.recorded_referrals(recorded["referrals"]),
        "tickets": None if recorded["tickets"] is None else staging.opened_tickets(recorded["tickets"]),
        "surveys": None if recorded["surveys"] is None else staging.given_answers(recorded["surveys"]),
        "comparisons": _comparisons(store, recorded["surveys"], rates),
    }
    stored = {name: None if table is None else store.store_table(name, table) for name, table in staged.items()}
    spent = stored["campaigns"]
    if spent is not None:
        _refuse_without_rate(store, spent.filter(spent.cost_amount.isnull()), day="spent_on", what="campaigns")
    compared = stored["comparisons"]
    if compared is not None:
        unpriced = compared.filter(_.has_spend, _.spend_amount.isnull())
        _refuse_without_rate(store, unpriced, day="answered_on", what="surveys")
    return stored


def _comparisons(store: HistoryStore, surveys: Table | None, rates: Table) -> Table | None:
    """What customers said of us and others; none where no survey asks for it."""
    if surveys is None or store.company.supplied.isdisjoint((*COMPARED, *USED)):
        return None
    return staging.comparisons_with_others(surveys, rates, store.company.definitions)


def attribute_landings(company: Company, *, home: Home, as_of: date) -> tuple[Path, ...]:
    """Every landing up to a day that said something new of customers' groups, oldest first."""
    paths = sorted(_attributes_folder(company, home).glob("*.parquet")) if company.definitions.segments else []
    return tuple(path for path in paths if path.stem.partition("-")[2] <= as_of.isoformat())


def _attributes_folder(company: Company, home: Home) -> Path:
    return home.attributes(tuple(segment.model_dump_json() for segment in company.definitions.segments.values()))


def write_attributes(connection: Backend, company: Company, accepted: Sequence[Accepted], *, home: Home, as_of: date) -> tuple[Path, ...]:
    """Remember what this landing says of customers' groups that was not known before; every landing up to now, oldest first."""
    names = tuple(company.definitions.segments)
    landings = list(attribute_landings(company, home=home, as_of=as_of))
    groups = _groups(connection, company, accepted)
    if groups is None:
        return ()
    news = changed_attributes(groups, load_attributes(connection, company, landings), names) if landings else groups
    stored = connection.create_table("news", news, temp=True, overwrite=True)
    if rows_in(connection, stored) or not landings:
        path = _attributes_folder(company, home) / f"{len(landings) + 1:06d}-{as_of}.parquet"
        with write_if_absent(path) as unfinished:
            connection.to_parquet(stored.select("customer_id", *names).order_by("customer_id"), unfinished)
        landings.append(path)
    connection.drop_table("news")
    return tuple(landings)


def load_attributes(connection: Backend, company: Company, landings: Sequence[Path]) -> Table:
    """The groups of customers through time, from what each landing said that was new."""
    names = tuple(company.definitions.segments)
    if not landings:
        return static_attributes(ibis.memtable({"customer_id": []}, schema={"customer_id": "string"}), ())
    parts = [
        connection.read_parquet(path).mutate(known_on=ibis.literal(path.stem.partition("-")[2]).cast("date"), landing=ibis.literal(number))
        for number, path in enumerate(landings)
    ]
    return static_attributes(parts[0], names) if len(parts) == 1 else attribute_history(ibis.union(*parts), names)


def _groups(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> Table | None:
    """What this landing says: customer_id and a column a segment; none where the company has no segments."""
    by_name = {extract.extract: extract for extract in accepted}
    deciding: dict[str, Table] = {}
    for name, segment in company.definitions.segments.items():
        extract_name, column = segment.source.split(".")
        shared = company.sources.extracts[extract_name].shared
        assert shared is not None
        rows = connection.read_parquet(by_name[extract_name].path)
        on = rows[shared.event_on] if shared.event_on else ibis.null("date")
        deciding[name] = rows.select("customer_id", "record_key", group=rows[column].cast("string"), on=on)
    return segment_groups(deciding) if deciding else None


def refuse_contracts_without_rate(connection: Backend, history: histories.History, *, periods: Sequence[Period], company: Company) -> None:
    """Refuse periods in which contracts ran in a currency without a rate; raises RefusedError naming currency and day."""
    if history.contracts is not None:
        first_day, last_day = min(_first_day_needed(period, company) for period in periods), max(period.closing_day for period in periods)
        missing = histories.days_without_rate(history.contracts, history.rates, first_day=first_day, last_day=last_day)
        _refuse_missing_rates(connection, missing, what="contracts", company=company)


def _first_day_needed(period: Period, company: Company) -> date:
    """The first day that a ledger of the period looks at: a ranking that cuts value groups may lie before its opening."""
    definitions = company.definitions
    if definitions.value_groups.are_fixed:
        return period.opening_day
    return min(period.opening_day, period.year_opening_day(definitions.calendar))


def refuse_starts_without_rate(connection: Backend, contracts: Table, *, company: Company) -> None:
    """Refuse contracts without a rate on the day on which they start; raises RefusedError naming currency and day."""
    unpriced = contracts.filter(contracts.amount.isnull())
    missing = unpriced.group_by("currency").agg(day=unpriced.term_starts_on.min(), rows_count=unpriced.count())
    _refuse_missing_rates(connection, missing, what="contracts", company=company)


def _refuse_without_rate(store: HistoryStore, rows: Table, *, day: str, what: str) -> None:
    missing = rows.group_by("currency").agg(day=rows[day].min(), rows_count=rows.count())
    _refuse_missing_rates(store.connection, missing, what=what, company=store.company)


def _refuse_missing_rates(connection: Backend, missing: Table, *, what: str, company: Company) -> None:
    rows = connection.to_pyarrow(missing.order_by("day").limit(3)).to_pylist()
    if rows:
        noun = what.removesuffix("s")
        examples = "; ".join(f"{row['currency'] or 'no currency'} on {row['day']} ({counted(row['rows_count'], noun)})" for row in rows)
        raise RefusedError(
            f"{what}: no exchange rate to {company.definitions.currency} for {examples}; expected a rate at most "
            f"{counted(company.definitions.value.rate_carried_days, 'day')} old; bring it in an extract of `exchange_rates`"
        )


def _excluded_note(store: HistoryStore, accepted: Table, *, counted: Table, what: str) -> list[str]:
    """How many rows are in an excluded state; raises RefusedError if a row was lost or doubled on the way."""
    definitions, connection = store.company.definitions, store.connection
    used, remaining = rows_in(connection, accepted), rows_in(connection, counted)
    out = accepted.filter(histories.is_excluded(accepted, definitions))
    excluded = rows_in(connection, out)
    if used != remaining + excluded:
        raise RefusedError(
            f"{what}: {used:,} rows used, but {remaining:,} counted and {excluded:,} excluded; two exchange rates for one day double rows"
        )
    statuses = ", ".join(definitions.activity.excluded_statuses)
    without_past = rows_in(connection, out.filter(~_.has_versions)) if what == "contracts" else 0
    if not excluded:
        return []
    with localized(store.company.localization):
        left_out = gettext(NOT_COUNTED[what], states=statuses, count=number(excluded))
        whole_past = ngettext(
            "today's state is applied to the whole past of {count} contract",
            "today's state is applied to the whole past of {count} contracts",
            without_past,
        )
    return [f"{left_out}; {whole_past}." if without_past else f"{left_out}."]
