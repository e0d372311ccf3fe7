"""What an edition rests on: what was assembled for it, its manifest, and what it restates."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from config.localization import localized
from config.settings import PROJECT_FOLDER
from tasks.customer_math.analysis.restatements import nothing_restated
from tasks.customer_math.ledger.periods import period_named
from tasks.reporting.pages.headline import headline
from tasks.store import editions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from expectations.verdict import Accepted, RuleResult
    from tasks.customer_math.ledger.periods import Period, Plan
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.restated import RestatedPeriod
    from tasks.store.engine import Home


@dataclass(frozen=True)
class Assembled:
    """What publishing starts from: where the ledger and the figures of the plan are, and what is to be said of them."""

    plan: Plan
    ledger_path: Path
    figures_path: Path
    accepted: tuple[Accepted, ...]
    verdicts: tuple[RuleResult, ...]
    notes: tuple[str, ...]
    as_of: datetime
    data_through: date
    """Last day that the extracts which make customers active cover."""
    restated: tuple[Restated, ...] = ()
    """Published periods, this one among them, of which some figures are others now."""


@dataclass(frozen=True)
class Restated:
    """A published period that is restated: what is told of it, and the files that hold its figures and its customers."""

    summary: RestatedPeriod
    rows: Path
    customers: Path


def manifest_of(company: Company, assembled: Assembled, data: ScorecardData, *, published_at: datetime) -> editions.Manifest:
    """What the edition rests on."""
    inputs = [
        editions.InputInManifest(
            extract=extract.extract,
            silo=extract.silo,
            dataset=extract.dataset,
            files=extract.files,
            fingerprint=extract.read_fingerprint,
            covers_from=extract.covers_from,
            covers_through=extract.covers_through,
            rows_read_count=extract.totals.rows_read_count,
            rows_used_count=extract.totals.rows_used_count,
            rows_set_aside_count=extract.totals.rows_set_aside_count,
            rows_superseded_count=extract.totals.rows_superseded_count,
            amount_read=extract.totals.amount_read,
            amount_used=extract.totals.amount_used,
            amount_set_aside=extract.totals.amount_set_aside,
            amount_superseded=extract.totals.amount_superseded,
        )
        for extract in assembled.accepted
    ]
    figures_as_text = "\n".join(f"{key}={value}" for key, value in (*sorted(data.figures.items()), *sorted(data.splits.items())))
    return editions.Manifest(
        company=data.company,
        company_folder=company.name,
        period=data.period,
        edition=data.edition,
        headline=headline(data),
        inputs=tuple(inputs),
        definitions_fingerprint=editions.definitions_fingerprint(company),
        code_version=version("customer-math"),
        code_fingerprint=editions.code_fingerprint(PROJECT_FOLDER),
        figures_fingerprint=hashlib.sha256(figures_as_text.encode()).hexdigest(),
        as_of=assembled.as_of,
        data_through=data.data_through,
        published_at=published_at,
    )


def with_replay_inputs(manifest: editions.Manifest, assembled: Assembled, *, home: Home) -> editions.Manifest:
    """The manifest with all that it takes to replay the edition."""
    plan = assembled.plan
    landed = [
        editions.LandedInManifest(
            extract=extract.extract,
            path=home.landed(extract.extract, extract.source_fingerprint).relative_to(home.folder).as_posix(),
            fingerprint=extract.source_fingerprint,
        )
        for extract in assembled.accepted
    ]
    before = editions.editions(home.scorecards(plan.period.name))
    shown = editions.PlanInManifest(
        previous=plan.previous.name if plan.previous else None,
        year_before=plan.year_before.name if plan.year_before else None,
        trend=tuple(period.name for period in plan.trend),
    )
    return manifest.model_copy(update={"plan": shown, "landed": tuple(landed), "previous_seal": before[-1].manifest.seal if before else ""})


def write_restated(connection: Backend, restated: Sequence[Restated], folder: Path) -> None:
    """Write every restatement that the edition tells of: the figures with their causes, and the customers."""
    rows, customers = folder / "restatements.parquet", folder / "restated-customers.parquet"
    if not restated:
        connection.to_parquet(nothing_restated(connection.read_parquet(folder / "figures.parquet")), rows)
        return
    for path, parts in (
        (rows, [restatement.rows for restatement in restated]),
        (customers, [restatement.customers for restatement in restated]),
    ):
        connection.to_parquet(connection.read_parquet(parts, union_by_name=True), path)


def period_labels(company: Company, periods: Sequence[Period]) -> dict[str, str]:
    """What the periods are called, in the language of the company's documents."""
    with localized(company.localization):
        return {period.name: period.label for period in periods}


def labelled(company: Company, assembled: Assembled) -> tuple[RestatedPeriod, ...]:
    """The restated periods, called as in the company's documents."""
    periods = [period_named(restatement.summary.period, company.definitions.calendar) for restatement in assembled.restated]
    labels = period_labels(company, periods)
    return tuple(replace(restatement.summary, label=labels[restatement.summary.period]) for restatement in assembled.restated)
