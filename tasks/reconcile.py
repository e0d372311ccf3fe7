"""What the silos claim, from the rows that they sent, held against the company's own count of a period."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis

from config.sources import SENT_AS, UNCLEAR
from tasks.customer_math.ledger.customer_keys import aliases_of, keys_of
from tasks.customer_math.topics.source_reconciliation import (
    ReconciliationQuery,
    bridge,
    claims_of,
    counted_by_company,
    counts,
    matched_by_key,
    unexplained,
)
from tasks.store.engine import atomic_write, stored
from tasks.store.history import load_history, with_spells

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.sources import Claim
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.topics.source_reconciliation import Claimed


@dataclass(frozen=True)
class ReconciliationInputs:
    """What a bridge is built with: the engine, the company, its extracts as they were judged, and where the ledgers are."""

    connection: Backend
    company: Company
    accepted: Sequence[Accepted]
    folder: Path
    period: Period
    stored_keys: dict[str, Table] = field(default_factory=dict)

    @cached_property
    def history(self) -> History:
        """The history with everybody's spells."""
        history = load_history(self.connection, self.company, self.folder)
        return with_spells(self.connection, history, self.company.definitions, folder=self.folder)

    def keys(self, claim: Claim) -> Table:
        """The customers that the keys of a claim stand for, found once for every claim that is matched alike: key, customer_id."""
        if claim.matched_by not in self.stored_keys:
            self.stored_keys[claim.matched_by] = stored(self.connection, _keys(self, claim))
        return self.stored_keys[claim.matched_by]


def write_reconciliation(inputs: ReconciliationInputs, path: Path) -> tuple[dict[str, Any], ...]:
    """Write every claim with its line, and give the lines of every silo's bridge with how many stand in each.

    The file has silo, extract, claimed, claim_key, customer_id, claimed_on and line; the lines have silo, extract,
    claimed, says, line and customers_count, where the line `unexplained` is there for each.
    """
    parts: list[Table] = []
    lines: list[dict[str, Any]] = []
    for extract, claimed, claim in _claims(inputs.company):
        bridged = stored(inputs.connection, _bridge(inputs, extract, claimed, claim=claim))
        silo = inputs.company.sources.extracts[extract].silo
        named = {"silo": silo, "extract": extract, "claimed": claimed}
        parts.append(bridged.mutate(**{name: ibis.literal(value) for name, value in named.items()}))
        counts_by_line = {row["line"]: int(row["customers_count"]) for row in inputs.connection.to_pyarrow(counts(bridged)).to_pylist()}
        counts_by_line["unexplained"] = unexplained(counts_by_line, counted=_shared_count(inputs, claimed)) if claim.on else 0
        lines += [{**named, "says": claim.says, "line": line, "customers_count": count} for line, count in sorted(counts_by_line.items())]
    if parts:
        every = ibis.union(*parts) if len(parts) > 1 else parts[0]
        with atomic_write(path) as unfinished:
            inputs.connection.to_parquet(every.order_by("silo", "extract", "claimed", "line", "customer_id", "claim_key"), unfinished)
    return tuple(lines)


def _claims(company: Company) -> Iterator[tuple[str, Claimed, Claim]]:
    for name, extract in company.sources.extracts.items():
        for claimed, claim in extract.claims.items():
            yield name, claimed, claim


def _bridge(inputs: ReconciliationInputs, extract: str, claimed: Claimed, *, claim: Claim) -> Table:
    definitions = inputs.company.definitions
    question = ReconciliationQuery(claimed, inputs.period, definitions.alignment.timing_days, is_standing=claim.on is None)
    ledger = inputs.connection.read_parquet(inputs.folder / f"{inputs.period.name}.parquet")
    claims = stored(inputs.connection, matched_by_key(_rows(inputs, extract, claim), inputs.keys(claim)))
    return bridge(claims, ledger, inputs.history, activity=definitions.activity, question=question)


def _rows(inputs: ReconciliationInputs, extract: str, claim: Claim) -> Table:
    """Every row that the silo counts, used or not, for the silo counts its rows whatever our rules say of them."""
    (judged,) = (accepted for accepted in inputs.accepted if accepted.extract == extract)
    tables = [
        inputs.connection.read_parquet(path) for path in (judged.path, judged.set_aside_path, judged.superseded_path) if path.exists()
    ]
    claim = _by_what_was_sent(claim, tables[0])
    needed = ("record_key", "source_file", "source_row", claim.customer, *claim.where, *claim.outside, *([claim.on] if claim.on else []))
    unclear = [UNCLEAR] if claim.matched_by == "id" and claim.customer == "customer_id" and UNCLEAR in tables[0].columns else []
    rows = ibis.union(*(table.select(*dict.fromkeys((*needed, *unclear))) for table in tables))
    return claims_of(rows, claim)


def _by_what_was_sent(claim: Claim, rows: Table) -> Claim:
    """A claim whose key is a silo's, and not the customer's own id, looks at the key that the silo sent."""
    sent = SENT_AS.get(claim.customer)
    is_other = claim.matched_by != "id" and sent in rows.columns
    return claim.model_copy(update={"customer": sent}) if is_other else claim


def _keys(inputs: ReconciliationInputs, claim: Claim) -> Table:
    """The customers that a silo's keys stand for: key, customer_id."""
    if claim.matched_by == "crosswalk":
        return aliases_of(_every(inputs, "crosswalk"))
    if claim.matched_by == "email":
        return keys_of(_every(inputs, "customers"), "email")
    history = inputs.history
    tables = [table.select("customer_id") for table in (history.purchases, history.contracts) if table is not None]
    if any(accepted.dataset == "customers" for accepted in inputs.accepted):
        tables.append(_every(inputs, "customers").select("customer_id"))
    return keys_of(ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0], "customer_id")


def _every(inputs: ReconciliationInputs, dataset: str) -> Table:
    tables = [inputs.connection.read_parquet(accepted.path) for accepted in inputs.accepted if accepted.dataset == dataset]
    shared = [name for name in tables[0].columns if all(name in table.columns for table in tables)]
    return ibis.union(*(table.select(*shared) for table in tables))


def _shared_count(inputs: ReconciliationInputs, claimed: Claimed) -> int:
    """How many the company counts, from the ledger alone and without the bridge."""
    ledger = inputs.connection.read_parquet(inputs.folder / f"{inputs.period.name}.parquet")
    company_count = counted_by_company(ledger, claimed, inputs.period)
    (row,) = inputs.connection.to_pyarrow(company_count).to_pylist()
    return int(row["customers_count"])
