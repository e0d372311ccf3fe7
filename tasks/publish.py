"""Publish: from figures to an edition, with its workbook, digest, files and manifest, and word of it to Slack."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import ibis
from ibis import _
from prefect import task
from prefect.cache_policies import NO_CACHE

from config.definitions import settings_in_force
from config.keeping import keep_company
from config.settings import PROJECT_FOLDER
from expectations.tie_out import corrections_in_all, corrections_to_look_at
from tasks import editions
from tasks.customer_math.catalogue import MEASURES, WORDS
from tasks.customer_math.restatements import nothing_restated
from tasks.reporting.digest import digest, plain_text
from tasks.reporting.facts import CoveredExtract, CustomerLists, Facts, SettingInForce, Word
from tasks.reporting.headline import headline
from tasks.reporting.pictures import trend_picture
from tasks.reporting.roll_forward import roll_forward
from tasks.reporting.validation_page import validation_page
from tasks.reporting.workbook import workbook
from tasks.slack import announce
from tasks.warehouse import engine, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted, RuleVerdict
    from tasks.customer_math.periods import Plan
    from tasks.reporting.facts import FigureKey
    from tasks.reporting.restated import RestatedPeriod
    from tasks.warehouse import Home

LOG = logging.getLogger(__name__)
LIST_ROWS_AT_ONCE = 10_000
"""Rows of a list that are in memory at once."""
POSTED = "slack.json"


@dataclass(frozen=True)
class Assembled:
    """What publishing starts from: where the ledger and the figures of the plan are, and what is to be said of them."""

    plan: Plan
    ledger_path: Path
    figures_path: Path
    accepted: tuple[Accepted, ...]
    verdicts: tuple[RuleVerdict, ...]
    notes: tuple[str, ...]
    as_of: datetime
    data_through: date
    """Last day that the extracts which make customers active cover."""
    restated: tuple[Restated, ...] = ()
    """Published periods, this one among them, of which some figures are others now."""


@dataclass(frozen=True)
class Restated:
    """A published period that is restated: what is told of it, and the files that hold its figures and its customers."""

    told: RestatedPeriod
    rows: Path
    customers: Path


@dataclass(frozen=True)
class Published:
    """An edition, what it says in one sentence, and whether it is new."""

    folder: Path
    edition: int
    headline: str
    is_new: bool
    roll_forward: tuple[dict[str, str], ...]
    """From opening to closing, a row a line, in words ready to be shown."""


def publish_edition(company: Company, assembled: Assembled, *, settings: Settings, home: Home, published_at: datetime) -> Published:
    """Write the next edition of the period, or find that the latest one says the same."""
    scorecards = home.scorecards(assembled.plan.period.name)
    with engine(settings) as connection:
        facts = facts_of(connection, company, assembled, edition=editions.next_number(scorecards))
        manifest = manifest_of(company, assembled, facts, published_at=published_at)
        same = editions.same_as(manifest, scorecards)
        if same:
            LOG.info("edition %d of %s stands: nothing has changed since %s", same.number, facts.period, same.manifest.published_at)
            return Published(same.folder, same.number, same.manifest.headline, is_new=False, roll_forward=roll_forward(facts))
        folder = editions.folder_of(scorecards, manifest.edition)
        with written_whole(folder) as beside:
            beside.mkdir()
            _write_edition(connection, company, assembled, facts=facts, folder=beside)
            write_restated(connection, assembled.restated, beside)
            keep_company(company, beside / editions.COMPANY)
            manifest = editions.sealed(rests_on(manifest, assembled, home=home), beside)
            (beside / editions.MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    LOG.info("published edition %d of %s", manifest.edition, facts.period)
    return Published(folder, manifest.edition, manifest.headline, is_new=True, roll_forward=roll_forward(facts))


def facts_of(connection: Backend, company: Company, assembled: Assembled, *, edition: int) -> Facts:
    """Everything that the edition shows."""
    plan, definitions = assembled.plan, company.definitions
    corrections = corrections_in_all(correction for each in assembled.accepted for correction in each.corrections)
    table = connection.read_parquet(assembled.figures_path)
    return Facts(
        company=definitions.company,
        customer=definitions.customer,
        currency=definitions.currency,
        minor_units=definitions.minor_units,
        period=plan.period.name,
        previous=plan.previous.name if plan.previous else None,
        year_before=plan.year_before.name if plan.year_before else None,
        trend=tuple(each.name for each in plan.trend),
        labels={each.name: each.label for each in plan.periods},
        segment_by={name: segment.says for name, segment in definitions.segments.items()},
        figures=dict(_figures(table, minor_units=definitions.minor_units)),
        glossary=tuple(_glossary()),
        settings=tuple(SettingInForce(each.name, each.value, each.says, each.owner) for each in settings_in_force(definitions)),
        covered=tuple(
            CoveredExtract(each.extract, each.silo, each.dataset, each.files, each.covers_from, each.covers_through)
            for each in assembled.accepted
        ),
        totals=tuple(each.totals for each in assembled.accepted),
        verdicts=(*(verdict for each in assembled.accepted for verdict in each.verdicts), *assembled.verdicts),
        notes=(*corrections_to_look_at(corrections), *assembled.notes),
        edition=edition,
        as_of=assembled.as_of,
        data_through=assembled.data_through,
        tie_outs=tuple(each.tie_out for each in assembled.accepted if each.tie_out),
        corrections=corrections,
        restated=tuple(each.told for each in assembled.restated),
    )


def manifest_of(company: Company, assembled: Assembled, facts: Facts, *, published_at: datetime) -> editions.Manifest:
    """What the edition rests on."""
    inputs = [
        editions.InputInManifest(
            extract=each.extract,
            silo=each.silo,
            dataset=each.dataset,
            files=each.files,
            fingerprint=each.read_fingerprint,
            covers_from=each.covers_from,
            covers_through=each.covers_through,
            rows_read_count=each.totals.rows_read_count,
            rows_used_count=each.totals.rows_used_count,
            rows_set_aside_count=each.totals.rows_set_aside_count,
            rows_superseded_count=each.totals.rows_superseded_count,
            amount_read=each.totals.amount_read,
            amount_used=each.totals.amount_used,
            amount_set_aside=each.totals.amount_set_aside,
            amount_superseded=each.totals.amount_superseded,
        )
        for each in assembled.accepted
    ]
    figures_as_text = "\n".join(f"{key}={value}" for key, value in sorted(facts.figures.items()))
    return editions.Manifest(
        company=facts.company,
        period=facts.period,
        edition=facts.edition,
        headline=headline(facts),
        inputs=tuple(inputs),
        definitions_fingerprint=editions.definitions_fingerprint(company),
        code_version=version("customer-math"),
        code_fingerprint=editions.code_fingerprint(PROJECT_FOLDER),
        figures_fingerprint=hashlib.sha256(figures_as_text.encode()).hexdigest(),
        as_of=assembled.as_of,
        data_through=facts.data_through,
        published_at=published_at,
    )


def rests_on(manifest: editions.Manifest, assembled: Assembled, *, home: Home) -> editions.Manifest:
    """The manifest with all that it takes to replay the edition."""
    plan = assembled.plan
    landed = [
        editions.LandedInManifest(
            extract=each.extract,
            path=home.landed(each.extract, each.source_fingerprint).relative_to(home.folder).as_posix(),
            fingerprint=each.source_fingerprint,
        )
        for each in assembled.accepted
    ]
    before = editions.editions(home.scorecards(plan.period.name))
    shown = editions.PlanInManifest(
        previous=plan.previous.name if plan.previous else None,
        year_before=plan.year_before.name if plan.year_before else None,
        trend=tuple(each.name for each in plan.trend),
    )
    return manifest.model_copy(update={"plan": shown, "landed": tuple(landed), "previous_seal": before[-1].manifest.seal if before else ""})


def write_restated(connection: Backend, restated: Sequence[Restated], folder: Path) -> None:
    """Write every restatement that the edition tells of: the figures with their causes, and the customers."""
    rows, customers = folder / "restatements.parquet", folder / "restated-customers.parquet"
    if not restated:
        connection.to_parquet(nothing_restated(connection.read_parquet(folder / "figures.parquet")), rows)
        return
    for path, parts in ((rows, [each.rows for each in restated]), (customers, [each.customers for each in restated])):
        connection.to_parquet(connection.read_parquet(parts, union_by_name=True), path)


def announce_edition(published: Published, *, settings: Settings) -> str:
    """Tell Slack of an edition, once; without a token the digest is only printed. What was done, in a sentence."""
    if settings.slack_token is None or settings.slack_channel is None:
        return "Slack: not told, since SLACK_BOT_TOKEN or SLACK_CHANNEL is not set; the digest is saved as digest.json and digest.txt"
    if (published.folder / POSTED).exists():
        return f"Slack: edition {published.edition} was told before"
    told = json.loads((published.folder / "digest.json").read_text(encoding="utf-8"))
    posted = announce(
        told["blocks"],
        text=told["text"],
        token=settings.slack_token,
        channel=settings.slack_channel,
        api_url=settings.slack_url,
        workbook=published.folder / "scorecard.xlsx",
        picture=(published.folder / "trend.png").read_bytes(),
    )
    with written_whole(published.folder / POSTED) as beside:
        beside.write_text(json.dumps({"channel": posted.channel, "ts": posted.ts, "edition": published.edition}) + "\n", encoding="utf-8")
    return f"Slack: posted in {posted.channel}"


def _write_edition(connection: Backend, company: Company, assembled: Assembled, *, facts: Facts, folder: Path) -> None:
    write_tables(connection, assembled, folder)
    lists = _lists(connection, connection.read_parquet(folder / "movements.parquet"), facts)
    LOG.info("writing the workbook: %d customers in, %d out", lists.in_count, lists.out_count)
    workbook(facts, lists).save(folder / "scorecard.xlsx")
    told = digest(facts, workbook_name="scorecard.xlsx", segment_movements_count=company.definitions.digest.segment_movements_count)
    (folder / "digest.json").write_text(
        json.dumps({"text": told.text, "blocks": told.blocks}, indent=2, ensure_ascii=False), encoding="utf-8"
    )
    (folder / "digest.txt").write_text(plain_text(told) + "\n", encoding="utf-8")
    (folder / "trend.png").write_bytes(trend_picture(facts))
    _write_validation(assembled, facts, folder / "validation")


def write_tables(connection: Backend, assembled: Assembled, folder: Path) -> None:
    """Write the figures, as Parquet and as CSV, and the movements behind them; the same inputs give the same content."""
    figures = connection.read_parquet(assembled.figures_path)
    connection.to_parquet(figures, folder / "figures.parquet")
    connection.to_csv(figures, folder / "figures.csv")
    moved = _with_names(connection, connection.read_parquet(assembled.ledger_path), assembled.accepted)
    connection.to_parquet(moved.order_by("customer_id"), folder / "movements.parquet")


def _write_validation(assembled: Assembled, facts: Facts, folder: Path) -> None:
    folder.mkdir()
    title = f"{facts.company}: what was checked for {facts.labels[facts.period]}"
    page = validation_page(title, totals=facts.totals, verdicts=facts.verdicts, notes=facts.notes, covered=facts.covered)
    (folder / "index.html").write_text(page, encoding="utf-8")
    for each in assembled.accepted:
        if each.totals.rows_set_aside_count:
            shutil.copyfile(each.set_aside_path, folder / f"set-aside-{each.extract}.parquet")


def _figures(table: Table, *, minor_units: int) -> Iterator[tuple[FigureKey, int | Decimal]]:
    for row in table.to_pyarrow().to_pylist():
        amount = row["value"]
        value = int(amount) if row["unit"] == "customers" else round(amount, minor_units)
        yield (row["period"], row["segment_by"], row["segment"], row["measure"]), value


def _glossary() -> Iterator[Word]:
    for name, says in WORDS:
        yield Word(name.lower().replace(" ", "_"), name, says)
    for measure in MEASURES.values():
        yield Word(measure.name, measure.label, measure.says, measure.unit)


def _with_names(connection: Backend, ledger: Table, accepted: Sequence[Accepted]) -> Table:
    customers = [
        connection.read_parquet(each.path).select("customer_id", "customer_name") for each in accepted if each.dataset == "customers"
    ]
    if not customers:
        return ledger.mutate(customer_name=ibis.null("string"))
    names = ibis.union(*customers) if len(customers) > 1 else customers[0]
    named = names.group_by("customer_id").agg(customer_name=names.customer_name.max())
    return ledger.left_join(named, "customer_id").drop("customer_id_right")


def _lists(connection: Backend, moved: Table, facts: Facts) -> CustomerLists:
    (named,) = connection.to_pyarrow(moved.aggregate([_.customer_name.notnull().any().name("has_names")])).to_pylist()
    who = ("customer_id", "customer_name") if named["has_names"] else ("customer_id",)
    columns_in = (*who, "movement", "moved_on", "first_came_on", "amount", *facts.segment_by)
    columns_out = (*who, "movement", "moved_on", "first_came_on", "amount", "reason", *facts.segment_by)
    came, went = moved.filter(_.in_count > 0), moved.filter(_.out_count > 0)
    came = came.mutate(moved_on=came.came_on, amount=MEASURES["customers_in_amount"].contribution(came))
    went = went.mutate(moved_on=went.went_on, amount=MEASURES["customers_out_amount"].contribution(went))
    return CustomerLists(
        columns_in=columns_in,
        columns_out=columns_out,
        rows_in=_rows(connection, came, columns=columns_in),
        rows_out=_rows(connection, went, columns=columns_out),
        in_count=facts.heads("customers_in"),
        out_count=facts.heads("customers_out"),
        parquet_name="movements.parquet",
    )


def _rows(connection: Backend, moved: Table, *, columns: tuple[str, ...]) -> Iterator[tuple[object, ...]]:
    """Most valuable first; a batch at a time, so that memory does not grow with the list."""
    told = moved.mutate(reason=_.reason_code.replace("_", " "))
    ordered = told.order_by(told.amount.desc(), "customer_id").select(*columns)
    for batch in connection.to_pyarrow_batches(ordered, chunk_size=LIST_ROWS_AT_ONCE):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


publish_period = task(name="publish", task_run_name="publish {assembled.plan.period.name}", cache_policy=NO_CACHE)(publish_edition)
tell_slack = task(name="tell slack", task_run_name="tell slack of edition {published.edition}", cache_policy=NO_CACHE)(announce_edition)
