"""Publish: from figures to an edition, with its workbook, digest, files and manifest, and word of it to Slack."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis

from config.company_snapshot import write_snapshot
from config.definitions import settings_in_force
from config.localization import HOUSE, as_localized
from config.measures.entries import MeasureEntry
from config.measures.table import TERMS, glossary_entries
from expectations.tie_out import corrections_in_all, corrections_to_look_at
from tasks.analyse import AnalysisInputs, with_choices_weighed
from tasks.customer_base import customer_base
from tasks.customer_lists import calls_summed, customer_lists, top_referral_rows
from tasks.customer_math.figures import ALL
from tasks.customer_math.topics.departure_reasons import tenure_groups
from tasks.customer_math.topics.value_groups import group_starts
from tasks.notify.deliver import Delivery, deliver
from tasks.recognition import recognised
from tasks.reconcile import ReconciliationInputs, write_reconciliation
from tasks.reporting.model import (
    CUSTOMERS_FILE,
    PAGE_FILE,
    PAGE_PDF_FILE,
    SCORECARD_FILE,
    CoveredExtract,
    GlossaryEntry,
    ScorecardData,
    SettingInForce,
)
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.cohorts import BEFORE_COUNT
from tasks.reporting.pages.headline import headline
from tasks.reporting.pages.matched_keys import keys_to_look_at
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.roll_forward import roll_forward
from tasks.reporting.pages.statuses import refunds_to_look_at
from tasks.reporting.pages.thread import thread_sentences
from tasks.reporting.render.html import validation_page
from tasks.reporting.render.mail import MAIL_FILE, mail_html
from tasks.reporting.render.page_html import page_html
from tasks.reporting.render.page_pdf import WITHOUT_TYPST, page_pdf
from tasks.reporting.render.slack import digest, plain_text, plain_thread
from tasks.reporting.sentences import SENTENCES
from tasks.retention import squares_of, with_retention
from tasks.steps import step_of, tracked
from tasks.store import editions
from tasks.store.beginnings import shown_beginning
from tasks.store.edition_checks import checked_editions
from tasks.store.edition_log import claim_edition, confirm_edition
from tasks.store.engine import Home, atomic_write, engine, stored_only_within, write_in_order
from tasks.store.first_purchases import Newcomers
from tasks.store.machine_csv import write_machine_csv
from tasks.store.manifest import Assembled, labelled, manifest_of, period_labels, with_replay_inputs, write_restated
from tasks.store.statuses import status_profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.definitions import Definitions
    from config.localization import Localization
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.model import FigureKey, SplitKey

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """An edition, what it says in one sentence, and whether it is new."""

    folder: Path
    edition: int
    headline: str
    is_new: bool
    roll_forward: tuple[dict[str, str], ...]
    """From opening to closing, a row a line, in words ready to be shown."""
    currency: str
    minor_units: int
    shares_customers: bool
    """Whether the lists of customers go to those who are told of it, too."""
    localization: Localization = HOUSE
    """How its documents write numbers and days, and in which language."""


@as_localized
def publish_edition(company: Company, assembled: Assembled, *, settings: Settings, home: Home, published_at: datetime) -> Published:
    """Write the next edition of the period, or find that the latest one says the same; raises RefusedError where one was tampered with.

    The log has an edition before it takes its name, and has it confirmed after that: a run that is stopped in between leaves a
    claim, which holds if the edition is there and is void if it is not.
    """
    period = assembled.plan.period.name
    scorecards = home.scorecards(period)
    for latest in checked_editions(home, period)[-1:]:
        confirm_edition(home, latest)
    with engine(settings) as connection:
        data = measured_data(connection, company, assembled, edition=editions.next_number(scorecards))
        manifest = manifest_of(company, assembled, data, published_at=published_at)
        same = editions.same_as(manifest, scorecards)
        if same:
            LOG.info("edition %d of %s stands: nothing has changed since %s", same.number, data.period, same.manifest.published_at)
            return _published((same.folder, same.number), data, company=company, is_new=False)
        data = with_analyses(connection, data, company=company, assembled=assembled)
        folder = editions.folder_of(scorecards, manifest.edition)
        with atomic_write(folder) as unfinished:
            unfinished.mkdir()
            _write_edition(connection, company, assembled, data=data, folder=unfinished)
            write_restated(connection, assembled.restated, unfinished)
            write_snapshot(company, unfinished / editions.COMPANY)
            manifest = editions.sealed(with_replay_inputs(manifest, assembled, home=home), unfinished)
            (unfinished / editions.MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
            claim_edition(home, manifest)
        confirm_edition(home, editions.read_edition(folder, manifest.edition))
    LOG.info("published edition %d of %s", manifest.edition, data.period)
    return _published((folder, manifest.edition), data, company=company, is_new=True)


def _published(edition: tuple[Path, int], data: ScorecardData, *, company: Company, is_new: bool) -> Published:
    rows, shares = roll_forward(data), company.definitions.digest.share_customers
    return Published(*edition, headline(data), is_new, rows, data.currency, data.minor_units, shares, data.localization)


def measured_data(connection: Backend, company: Company, assembled: Assembled, *, edition: int) -> ScorecardData:
    """What decides whether there is anything to publish: the figures, and all that is told without asking the engine for more."""
    plan, definitions = assembled.plan, company.definitions
    rows = connection.read_parquet(assembled.figures_path).to_pyarrow().to_pylist()
    statuses, beginning = tuple(status_profiles(connection, company, assembled.accepted)), shown_beginning(definitions, plan)
    data = ScorecardData(
        company=definitions.company,
        customer=definitions.customer,
        currency=definitions.currency,
        minor_units=definitions.minor_units,
        period=plan.period.name,
        previous=_name_of(plan.previous),
        year_before=_name_of(plan.year_before),
        trend=tuple(period.name for period in plan.trend),
        labels=period_labels(company, plan.periods),
        segment_by={name: segment.says for name, segment in definitions.segments.items()},
        figures=dict(_figures(rows, minor_units=definitions.minor_units)),
        splits=_splits(rows, minor_units=definitions.minor_units),
        glossary=tuple(_glossary(company)),
        settings=tuple(SettingInForce(entry.name, entry.value, entry.description, entry.owner) for entry in settings_in_force(definitions)),
        covered=_covered(assembled.accepted),
        totals=tuple(extract.totals for extract in assembled.accepted),
        verdicts=(*(verdict for extract in assembled.accepted for verdict in extract.verdicts), *assembled.verdicts),
        notes=(*(beginning.notes() if beginning else ()), *refunds_to_look_at(statuses), *assembled.notes),
        beginning=beginning,
        statuses=statuses,
        folder_name=company.name,
        shares_customers=definitions.digest.share_customers,
        edition=edition,
        as_of=assembled.as_of,
        data_through=assembled.data_through,
        year_to_date=_name_of(plan.year_to_date),
        year_to_date_before=_name_of(plan.year_to_date_before),
        year_through=_name_of(plan.year_through),
        supplied=company.supplied,
        localization=definitions.localization,
        **_choices(definitions),
    )
    return _with_what_is_held_against(data, company, assembled)


def with_analyses(connection: Backend, data: ScorecardData, *, company: Company, assembled: Assembled) -> ScorecardData:
    """Everything that the edition shows: the facts with the tables that are no figures, and with the choices weighed."""
    from tasks.customer_equity import customer_worth  # noqa: PLC0415 - SciPy takes half a second, and only a new edition needs it
    from tasks.experience import ExperienceInputs, experience_links  # noqa: PLC0415 - the same

    folder, plan, period = assembled.ledger_path.parent, assembled.plan, assembled.plan.period
    active = {trend_period: data.count("opening_customers", period=trend_period.name) for trend_period in plan.trend}
    inputs = ExperienceInputs(connection, company, assembled.accepted, folder, period, plan.year_before, assembled.data_through, active)
    with stored_only_within(connection):
        experience = experience_links(inputs, _file_of("experiences", assembled))
    with stored_only_within(connection):
        worth = customer_worth(connection, company, folder, period=period)
    base = customer_base(connection, company, folder, period=period, trend=assembled.plan.trend)
    with stored_only_within(connection):
        tables = _tables(connection, company, assembled)
    whole = replace(data, tables=tables, experience=experience, worth=worth, customer_base=base)
    whole = _with_retention(connection, whole, company=company, assembled=assembled)
    analysis_inputs = AnalysisInputs(folder, assembled.accepted, assembled.data_through)
    return with_choices_weighed(connection, whole, company=company, inputs=analysis_inputs, period=period)


def _with_retention(connection: Backend, data: ScorecardData, *, company: Company, assembled: Assembled) -> ScorecardData:
    plan, smallest = assembled.plan, company.definitions.retention.smallest_change
    periods = dict.fromkeys((*plan.trend, *(period for period in (plan.previous, plan.year_before) if period)))
    squares = squares_of(connection, assembled.ledger_path.parent, periods)
    return with_retention(data, squares, kind=plan.period.kind, smallest_change_points=smallest)


def _choices(definitions: Definitions) -> dict[str, Any]:
    """What the company chose of how its customers are grouped and looked at, and what its codes say."""
    return {
        "reason_labels": {reason.code: reason.says for reason in definitions.reasons},
        "staying_reason_labels": {reason.code: reason.says for reason in definitions.staying_reasons},
        "value_groups": definitions.value_groups.names,
        "tenure_groups": tenure_groups(definitions.departing.tenure_days),
        "tenure_days": definitions.departing.tenure_days,
        "due_days": definitions.renewals.due_days,
        "cohort_ages_days": definitions.intakes.ages_days,
        "smallest_rate_base": definitions.smallest_rate_base,
        "alignment_threshold_rate": definitions.alignment.told_from_rate,
    }


def _with_what_is_held_against(data: ScorecardData, company: Company, assembled: Assembled) -> ScorecardData:
    """The facts with what they are held against: the sources' own totals, the company's corrections, what was published before."""
    corrections = corrections_in_all(correction for extract in assembled.accepted for correction in extract.corrections)
    return replace(
        data,
        notes=(
            *corrections_to_look_at(corrections),
            *keys_to_look_at(assembled.accepted),
            *data.notes,
            *(note for extract in assembled.accepted for note in extract.notes),
        ),
        tie_outs=tuple(extract.tie_out for extract in assembled.accepted if extract.tie_out),
        corrections=corrections,
        matched=tuple(matched for extract in assembled.accepted for matched in extract.matched),
        restated=labelled(company, assembled),
    )


def _covered(accepted: Sequence[Accepted]) -> tuple[CoveredExtract, ...]:
    return tuple(
        CoveredExtract(table.extract, table.silo, table.dataset, table.files, table.covers_from, table.covers_through) for table in accepted
    )


def _tables(connection: Backend, company: Company, assembled: Assembled) -> dict[str, tuple[dict[str, Any], ...]]:
    """The small tables that are no figures of customers, by name."""
    inputs = ReconciliationInputs(connection, company, assembled.accepted, assembled.ledger_path.parent, assembled.plan.period)
    newcomers = Newcomers(assembled.ledger_path.parent, assembled.plan.period)
    named = _with_names(connection, connection.read_parquet(assembled.ledger_path), assembled.accepted)
    return {
        "alignment": write_reconciliation(inputs, _file_of("alignment", assembled)),
        "value_groups": _value_groups(connection, company, assembled),
        "intake_spreads": newcomers.spreads(connection, company.definitions.intakes.ages_days, before_count=BEFORE_COUNT),
        **newcomers.tables(connection),
        **top_referral_rows(connection, named),
        **calls_summed(connection, named, assembled.accepted, period=assembled.plan.period),
        **recognised(connection, company, named, accepted=assembled.accepted, period=assembled.plan.period),
    }


def _file_of(name: str, assembled: Assembled) -> Path:
    """Where a file of the period is kept beside its ledger."""
    return assembled.ledger_path.with_name(f"{name}-{assembled.plan.period.name}.parquet")


def announce_edition(published: Published, *, settings: Settings, reason: str | None = None, address: str | None = None) -> str:
    """Tell of an edition, each channel once, with the reason if it was published again; without Slack the digest is only printed.

    Raises RefusedError, before anybody is told, where what was published of the period is not as it was.
    """
    history = checked_editions(Home.around(published.folder), published.folder.parent.name)
    (edition,) = (candidate for candidate in history if candidate.number == published.edition)
    money = published.currency, published.minor_units
    shares, how = published.shares_customers, published.localization
    return deliver(Delivery(edition, settings, reason, *money, address, shares_customers=shares, localization=how))


def _write_edition(connection: Backend, company: Company, assembled: Assembled, *, data: ScorecardData, folder: Path) -> None:
    from tasks.reporting.render.png import trend_picture  # noqa: PLC0415 - Matplotlib takes a second, and only a new edition needs it
    from tasks.reporting.render.workbook import customers_workbook, workbook  # noqa: PLC0415 - the same for openpyxl

    write_tables(connection, assembled, folder)
    Newcomers(assembled.ledger_path.parent, assembled.plan.period).copied_to(folder, connection)
    _copy_where_there(assembled, data, folder)
    lists = customer_lists(connection, folder, data, definitions=company.definitions)
    LOG.info("writing the workbooks: customers in: %d, out: %d", lists.in_count, lists.out_count)
    workbook(data, lists).save(folder / SCORECARD_FILE)
    customers_workbook(data, lists).save(folder / CUSTOMERS_FILE)
    segments_count = company.definitions.digest.segment_movements_count
    slack_digest = digest(data, workbook_name=SCORECARD_FILE, segments_count=segments_count)
    (folder / "digest.json").write_text(json.dumps(asdict(slack_digest), indent=2, ensure_ascii=False), encoding="utf-8")
    (folder / "digest.txt").write_text(plain_text(slack_digest) + "\n", encoding="utf-8")
    (folder / "thread.txt").write_text(plain_thread(slack_digest) + "\n", encoding="utf-8")
    sentences = (*message_sentences(data), *thread_sentences(data, workbook_name=SCORECARD_FILE, segments_count=segments_count))
    (folder / SENTENCES).write_text(json.dumps([asdict(sentence) for sentence in sentences], indent=2), encoding="utf-8")
    (folder / "trend.png").write_bytes(trend_picture(data))
    _write_pages(data, folder)
    _write_validation(assembled, data, folder / "validation")


def _write_pages(data: ScorecardData, folder: Path) -> None:
    """Write the page for a browser, its front for mail, and its front to print where that can be made."""
    (folder / PAGE_FILE).write_text(page_html(data, tabs(data)), encoding="utf-8")
    (folder / MAIL_FILE).write_text(mail_html(data), encoding="utf-8")
    if (pdf := page_pdf(data)) is None:
        LOG.info(WITHOUT_TYPST)
    else:
        (folder / PAGE_PDF_FILE).write_bytes(pdf)


def _copy_where_there(assembled: Assembled, data: ScorecardData, folder: Path) -> None:
    """Copy what is only there for some companies."""
    for name in ("alignment", "equity", *(["experiences"] if data.experience else [])):
        if _file_of(name, assembled).exists():
            shutil.copyfile(_file_of(name, assembled), folder / f"{name}.parquet")
    for name in ("equity", "experiences"):  # made for an edition, and for nothing else
        _file_of(name, assembled).unlink(missing_ok=True)


def write_tables(connection: Backend, assembled: Assembled, folder: Path) -> None:
    """Write the figures, as Parquet and as CSV for machines, and the movements behind them; the same inputs give the same content."""
    figures = connection.read_parquet(assembled.figures_path)
    connection.to_parquet(figures, folder / "figures.parquet")
    write_machine_csv(connection, figures, folder / "figures.csv")
    moved = _with_names(connection, connection.read_parquet(assembled.ledger_path), assembled.accepted)
    write_in_order(connection, moved, folder / "movements.parquet", by="customer_id")


def _write_validation(assembled: Assembled, data: ScorecardData, folder: Path) -> None:
    folder.mkdir()
    title = f"{data.company}: what was checked for {data.labels[data.period]}"
    page = validation_page(title, totals=data.totals, verdicts=data.verdicts, notes=data.notes, covered=data.covered)
    (folder / "index.html").write_text(page, encoding="utf-8")
    for extract in assembled.accepted:
        if extract.totals.rows_set_aside_count:
            shutil.copyfile(extract.set_aside_path, folder / f"set-aside-{extract.extract}.parquet")


def _name_of(period: Period | None) -> str | None:
    return period.name if period else None


def _figures(rows: Sequence[dict[str, Any]], *, minor_units: int) -> Iterator[tuple[FigureKey, int | Decimal]]:
    for row in rows:
        if row["split_by"] == ALL and row["unit"] != "share":
            yield (row["period"], row["segment_by"], row["segment"], row["measure"]), _value(row, minor_units)


def _splits(rows: Sequence[dict[str, Any]], *, minor_units: int) -> dict[SplitKey, dict[str, dict[str, int | Decimal]]]:
    splits: dict[SplitKey, dict[str, dict[str, int | Decimal]]] = {}
    for row in rows:
        if row["split_by"] != ALL and row["unit"] != "share":
            parts = splits.setdefault((row["period"], row["segment_by"], row["segment"], row["split_by"]), {})
            parts.setdefault(row["split"], {})[row["measure"]] = _value(row, minor_units)
    return splits


def _value(row: dict[str, Any], minor_units: int) -> int | Decimal:
    """Customers and counts as whole numbers, money to the minor unit."""
    return round(row["value"], minor_units) if row["unit"] == "money" else int(row["value"])


def _glossary(company: Company) -> Iterator[GlossaryEntry]:
    for name, description in TERMS:
        yield GlossaryEntry(name.lower().replace(" ", "_"), name, description)
    for entry in glossary_entries(company.definitions.intakes):
        unit = entry.unit if isinstance(entry, MeasureEntry) else "share"
        yield GlossaryEntry(entry.name, entry.label, entry.description, unit, entry.short_label)


def _value_groups(connection: Backend, company: Company, assembled: Assembled) -> tuple[dict[str, Any], ...]:
    """From which value on each value group begins, and whether that was decided when the year opened."""
    period = assembled.plan.period
    decided_on = period.year_opening_day(company.definitions.calendar)
    rows = connection.to_pyarrow(group_starts(connection.read_parquet(assembled.ledger_path))).to_pylist()
    return tuple({**row, "is_at_year_opening": row["cut_on"] == decided_on} for row in rows)


def _with_names(connection: Backend, ledger: Table, accepted: Sequence[Accepted]) -> Table:
    customers = [
        connection.read_parquet(table.path).select("customer_id", "customer_name") for table in accepted if table.dataset == "customers"
    ]
    if not customers:
        return ledger.mutate(customer_name=ibis.null("string"))
    names = ibis.union(*customers) if len(customers) > 1 else customers[0]
    named = names.group_by("customer_id").agg(customer_name=names.customer_name.max())
    return ledger.left_join(named, "customer_id").drop("customer_id_right")


publish_period = step_of(publish_edition, name="publish", run_name="publish {assembled.plan.period.name}")
notify_slack = tracked(announce_edition, name="tell slack", run_name="tell slack of edition {published.edition}")
