"""Whose the rows of an extract are, by one crosswalk and one set of rules for every extract; counted, and never guessed."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _
from pydantic import TypeAdapter, ValidationError

from config.company import ACTIVITY_OF
from config.faults import faults_in_a_sentence
from config.sources import NAMES_A_CUSTOMER, SENT_AS, UNCLEAR
from config.whole_files import is_usable
from expectations.validator import view_of_file
from expectations.verdict import MatchedKeys
from tasks.customer_math.ledger.customer_keys import (
    aliases_of,
    alike_but_for_case,
    counts,
    identified,
    keys_of,
    matches,
    may_have_capitals,
    own_ids,
    where_ids_decide,
)
from tasks.store.engine import atomic_write, engine, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.id_settings import MatchRule
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.sources import Landed
    from tasks.store.engine import Home

IDENTITY_VERSION = 1
"""Raised whenever rows are given to customers in another way, so that nothing of the old way is used again."""
LISTS = ("customers", "crosswalk")
"""Shared tables that say who is who; their own rows are taken as they are."""
ORDER = {name: number for number, name in enumerate((*LISTS, *ACTIVITY_OF.values()))}
"""In which order extracts are looked at: who is who, then who bought, then all others, which are held against these."""
ROW = "file_row_number"


def first_who_is_who(dataset: str | None) -> int:
    """Where an extract of a shared table stands in the order of looking at them."""
    return ORDER.get(dataset or "", len(ORDER))


@dataclass(frozen=True)
class IdentityInputs:
    """One extract and the extracts that say who is who."""

    company: Company
    landed: Landed
    lists: Sequence[Landed | Accepted]
    """Extracts looked at before: of customers, of crosswalks, of what customers bought."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns that name customers, if they stand for anybody else; none of a list of who is who."""
        declared = self.company.sources.extracts[self.landed.extract]
        named = tuple(name for name in NAMES_A_CUSTOMER if name in {*declared.columns, *declared.constants})
        return () if self.landed.dataset in LISTS else named

    @property
    def rules(self) -> tuple[MatchRule, ...]:
        """By which rules its keys stand for customers."""
        return self.company.match_rules_of(self.landed.extract)

    @property
    def is_of_the_lists_silo(self) -> bool:
        """Whether the extract is of the silo that numbers the customers, so that an id in it can be nothing else."""
        declared = self.company.sources.extracts
        return declared[self.landed.extract].silo in {extract.silo for extract in declared.values() if extract.dataset == "customers"}

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that decides whose its rows are: the rows, the rules, and every list of who is who."""
        decided_by = {
            "version": IDENTITY_VERSION,
            "landed": self.landed.fingerprint,
            "dataset": self.landed.dataset,
            "columns": [[name, self.is_required(name)] for name in self.columns],
            "rules": self.rules,
            "is_of_the_lists_silo": self.is_of_the_lists_silo,
            "lists": [[extract.dataset, extract.fingerprint] for extract in self.lists if extract.dataset in ORDER],
        }
        return hashlib.sha256(json.dumps(decided_by).encode()).hexdigest()

    def is_required(self, column: str) -> bool:
        """Whether a row without the customer is of no use."""
        shared = self.company.sources.extracts[self.landed.extract].shared
        return shared is not None and column in shared.required


@dataclass(frozen=True)
class Identity:
    """Whose the rows of an extract are: how many are whose by which rule, and under which name they lie where that changes any."""

    matched: tuple[MatchedKeys, ...]
    fingerprint: str | None = None
    """Fingerprint of the extract with every row under its customer; none where no row changes."""
    has_unclear: bool = False

    def applied_to(self, landed: Landed, *, home: Home) -> Landed:
        """The extract as it is from now on."""
        matched = replace(landed, matched=self.matched)
        if self.fingerprint is None:
            return matched
        before: dict[str, Any] = {"uncorrected_fingerprint": landed.source_fingerprint}
        if not landed.uncorrected_fingerprint:
            before["uncorrected_amount"] = landed.amount
        path = home.corrected(landed.extract, self.fingerprint)
        return replace(matched, path=path, fingerprint=self.fingerprint, has_unclear=self.has_unclear, **before)


IDENTITY = TypeAdapter(Identity)


@dataclass(frozen=True)
class IdentityJob(IdentityInputs):
    """The same with the engine that looks up who is who."""

    connection: Backend

    def customers_by(self, keys: Table) -> dict[MatchRule, Table]:
        """By rule, the customers that keys stand for."""
        crosswalk, customers = self._every("crosswalk"), self._every("customers")
        aliases = None if crosswalk is None else aliases_of(crosswalk)
        if customers is not None:
            ids = keys_of(customers, "customer_id")
        elif self.landed.dataset in ACTIVITY_OF.values():
            ids = own_ids(keys, aliases)
        else:
            ids = self._buyers()
        tables = {"id": ids, "crosswalk": aliases, "email": None if customers is None else keys_of(customers, "email")}
        customers_by: dict[MatchRule, Table] = {rule: table for rule in self.rules if (table := tables[rule]) is not None}
        return where_ids_decide(customers_by) if self.is_of_the_lists_silo else customers_by

    def ids_of_others(self) -> Table | None:
        """Every id of a customer in the extracts looked at before: key; none where no extract has any."""
        tables = [self._every(name) for name in ("customers", *ACTIVITY_OF.values())]
        ids = [table.select(key="customer_id") for table in tables if table is not None]
        return ibis.union(*ids, distinct=True) if len(ids) > 1 else (ids[0] if ids else None)

    def _buyers(self) -> Table | None:
        """Everybody who bought or has a contract: key, customer_id."""
        bought = [table for name in ACTIVITY_OF.values() if (table := self._every(name)) is not None]
        tables = [table.select(key="customer_id", customer_id="customer_id") for table in bought]
        return ibis.union(*tables, distinct=True) if len(tables) > 1 else (tables[0] if tables else None)

    def _every(self, dataset: str) -> Table | None:
        tables = [self.connection.read_parquet(extract.path) for extract in self.lists if extract.dataset == dataset]
        shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)] if tables else []
        return ibis.union(*(table.select(*shared) for table in tables)) if len(tables) > 1 else (tables[0] if tables else None)


@faults_in_a_sentence
def identify(company: Company, landed: Landed, *, lists: Sequence[Landed | Accepted], settings: Settings, home: Home) -> Landed:
    """An extract with every row under the customer whose it is, and how many are whose by which rule; the same one if nothing changes.

    Of a row whose key stands for several customers `unclear_customer` says so, and validation sets it aside; where the shared
    table can do without a customer, the row stays, of nobody. What was looked up before of the same rows, rules and lists is
    not looked up again.
    """
    inputs = IdentityInputs(company, landed, lists)
    if not inputs.columns:
        return landed
    path = home.identity(landed.extract, inputs.fingerprint)
    identity = _load(path, landed, home=home)
    if identity is None:
        with engine(settings) as connection:
            identity = _identified(IdentityJob(company, landed, lists, connection), home=home)
        with atomic_write(path) as unfinished:
            unfinished.write_bytes(IDENTITY.dump_json(identity, indent=1))
    return identity.applied_to(landed, home=home)


def identified_landed(job: IdentityJob, *, home: Home) -> Landed:
    """The same with an engine that there is already, and nothing of an earlier time."""
    return _identified(job, home=home).applied_to(job.landed, home=home) if job.columns else job.landed


def _load(path: Path, landed: Landed, *, home: Home) -> Identity | None:
    """What was written down before; none where it, or the file that it is about, is not there or damaged."""
    with suppress(FileNotFoundError, ValidationError):
        identity = IDENTITY.validate_json(path.read_bytes())
        if identity.fingerprint is None or is_usable(home.corrected(landed.extract, identity.fingerprint)):
            return identity
    return None


def _identified(job: IdentityJob, *, home: Home) -> Identity:
    view_of_file(job.connection, "to_identify", job.landed.path, options=f", {ROW} = true")
    rows = job.connection.table("to_identify")
    matched: list[MatchedKeys] = []
    changes: dict[str, Table] = {}
    for column in job.columns:
        keys = rows.filter(rows[column].notnull()).group_by(sent=rows[column]).agg(rows_count=_.count())
        lookups = job.customers_by(keys)
        if lookups:
            table = job.connection.create_table(f"matches_{column}", matches(keys, lookups), temp=True, overwrite=True)
            (numbers,) = job.connection.to_pyarrow(counts(table)).to_pylist()
            numbers["alike_count"] = _alike_count(job, table)
            matched.append(MatchedKeys(job.landed.extract, column, **{name: int(count) for name, count in numbers.items()}))
            changes[column] = _changes(table, job.rules)
    fingerprint = _fingerprint(job, changes)
    if fingerprint is None:
        return Identity(tuple(matched))
    path = home.corrected(job.landed.extract, fingerprint)
    if not is_usable(path):
        _write(job, rows, changes, path=path)
    return Identity(tuple(matched), fingerprint, has_unclear="customer_id" in changes)


def _alike_count(job: IdentityJob, table: Table) -> int:
    """Keys by which one customer may be two, since another extract writes them in other capitals."""
    ids = job.ids_of_others()
    keys = table.filter((table.state != "ambiguous") & may_have_capitals(table.sent))
    if ids is None or not rows_of(job.connection, keys.limit(1)):  # the ids of all customers are not read for keys of digits
        return 0
    (row,) = rows_of(job.connection, alike_but_for_case(keys, ids))
    return int(row["keys_count"])


def _changes(table: Table, rules: Sequence[MatchRule]) -> Table:
    """The keys that stand for another id than their own, and those of which it is not certain whose they are."""
    is_other = (table.state == "matched") & (table.customer_id != table.sent)
    # Where the id itself is no rule, a key of nobody that happens to be somebody's id would be taken for it.
    is_unclear = (table.state == "ambiguous") | ((table.state == "unmatched") & ibis.literal("id" not in rules))
    return table.filter(is_other | is_unclear)


def _fingerprint(job: IdentityJob, changes: dict[str, Table]) -> str | None:
    """SHA-256 over the extract and what changes of it; none where nothing does."""
    parts: list[str] = []
    for column, table in changes.items():
        lines = table.select(
            line=table.sent.length().cast("string") + ":" + table.sent + table.state + ":" + table.customer_id.fill_null("")
        )
        whole = lines.agg(digest=lines.line.group_concat("\n", order_by=lines.line).hexdigest("sha256"))
        digest = job.connection.to_pyarrow(whole).to_pylist()[0]["digest"]
        parts += [f"{column} {digest}"] if digest else []
    if not parts:
        return None
    return hashlib.sha256("\n".join([str(IDENTITY_VERSION), job.landed.fingerprint, *parts]).encode()).hexdigest()


def _write(job: IdentityJob, rows: Table, changes: dict[str, Table], *, path: Path) -> None:
    """Write the rows in their order, each under its customer."""
    for column, table in changes.items():
        rows = _with_customers(rows, table, column, is_required=job.is_required(column))
    with atomic_write(path) as path_now:
        job.connection.to_parquet(rows.order_by(ROW).drop(ROW), path_now, compression="zstd")


def _with_customers(rows: Table, table: Table, column: str, *, is_required: bool) -> Table:
    """Rows with their customers; of those of which that is not certain, the key is left to be set aside, or nobody is named."""
    rows = identified(rows, table, column)
    is_unclear = rows.identity_state.isin(["ambiguous", "unmatched"])
    if column == "customer_id":
        rows = rows.mutate(**{UNCLEAR: ibis.cases((is_unclear, rows.identity_state))})
    if not is_required:
        rows = rows.mutate(**{column: is_unclear.fill_null(False).ifelse(ibis.null("string"), rows[column])})
    return rows.mutate(**{SENT_AS[column]: rows.identity_key}).drop("identity_key", "identity_state")
