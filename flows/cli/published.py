"""The commands about what was published: its numbers, its history, its replay, and what is kept for it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.refusal import ExitStatus
from flows.cli.console import OUT, CompanyOption, show_rows

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period
    from tasks.prove import ProvenSentence
    from tasks.reporting.pages.edition_history import Chapter, LaterDifference
    from tasks.reporting.restated import RestatedPeriod
    from tasks.store.editions import Edition
    from tasks.store.engine import Home

PeriodArgument = Annotated[str, typer.Argument(help="A published period: 2025-W36, 2025-08, 2025-Q3 or 2025.")]


def explain(
    period: PeriodArgument,
    measure: Annotated[str, typer.Argument(help="A measure, such as customers_out, or an experience, such as experience.complaint.lost.")],
    company: CompanyOption = "demo",
    segment: Annotated[str | None, typer.Option(help="Only one group: region=North.")] = None,
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
    part: Annotated[str | None, typer.Option(help="Only one part of what the measure is told apart by: reason=price.")] = None,
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every customer to this file, .csv or .xlsx, beside showing the first.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many customers to show.")] = 20,
) -> None:
    """List exactly the customers behind a number of a published scorecard."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.explain import ExplainRequest
    from tasks.explain import explain as explain_number

    question = ExplainRequest(period, measure, segment, edition, part)
    explanation = explain_number(load_company(company), question, settings=settings_from_environment(), output=output, rows_count=rows)
    OUT.print(explanation.sentence, markup=False)
    if explanation.rows:
        show_rows(explanation.columns, explanation.rows)
    if output or explanation.customers_count > len(explanation.rows):
        where = f"all of them are in {output}" if output else "--output FILE.xlsx (or .csv) writes them all"
        OUT.print(f"{len(explanation.rows):,} of {explanation.customers_count:,} customers shown; {where}", markup=False)


def bridge(
    period: PeriodArgument,
    line: Annotated[str, typer.Argument(help="A silo, what it claims and a line: marketing, marketing.new or marketing.new.other_period.")],
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write every claim and customer to this file, .csv or .xlsx, beside showing the first."),
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many to show.")] = 20,
) -> None:
    """List exactly the claims and customers that lie between a silo's count and the company's."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.explain import ExplainRequest, explain_bridge

    question = ExplainRequest(period, line, edition=edition)
    explanation = explain_bridge(load_company(company), question, settings=settings_from_environment(), output=output, rows_count=rows)
    OUT.print(explanation.sentence, markup=False)
    if explanation.rows:
        show_rows(explanation.columns, explanation.rows)


def preview(
    period: PeriodArgument,
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
    text: Annotated[bool, typer.Option("--text", help="As text to read, instead of Slack's blocks as JSON.")] = False,
) -> None:
    """Show what Slack is told of a published period."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.preview import preview as preview_digest

    OUT.print(
        preview_digest(load_company(company), period, settings=settings_from_environment(), edition=edition, as_text=text), markup=False
    )


def prove(
    period: PeriodArgument,
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
) -> None:
    """Print every sentence of a published message and of its thread with its figures, and the command that lists their customers."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.prove import prove as prove_message

    sentences = prove_message(load_company(company), period, settings=settings_from_environment(), edition=edition)
    for is_in_thread, part in groupby(sentences, key=lambda sentence: sentence.is_in_thread):
        if is_in_thread:
            OUT.print("\nBelow the message", markup=False)
        for sentence in part:
            _show_proof(sentence)


def _show_proof(sentence: ProvenSentence) -> None:
    OUT.print(sentence.line, markup=False)
    for figure in sentence.figures:
        remark = f" ({figure.remark})" if figure.remark else ""
        OUT.print(f"    {figure.label}: {figure.value}{remark}", markup=False)
        for command in filter(None, (figure.before, figure.command)):
            OUT.print(f"        {command}", markup=False, soft_wrap=True)
    if sentence.command:
        OUT.print(f"    {sentence.command}", markup=False, soft_wrap=True)


def call_list(
    period: PeriodArgument,
    company: CompanyOption = "demo",
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where to write, .xlsx or .csv; default: the company's calls/.")
    ] = None,
) -> None:
    """Draw lost customers of a published period for each executive to call, into a file whose outcomes the next run reads back."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.call_list import write_call_list

    for sentence in write_call_list(load_company(company), period, settings=settings_from_environment(), output=output).sentences:
        OUT.print(sentence, markup=False)


def editions(period: PeriodArgument, company: CompanyOption = "demo") -> None:
    """Tell the history of a published period: what was published when, what changed, and why."""
    from config.company import load_company
    from config.settings import settings_from_environment

    paragraphs, is_whole = edition_history(load_company(company), period, settings=settings_from_environment())
    OUT.print("\n\n".join(paragraphs), markup=False)
    if not is_whole:
        raise typer.Exit(ExitStatus.REFUSED)


def edition_history(company: Company, period: str, *, settings: Settings) -> tuple[list[str], bool]:
    """The editions of a period in words, and whether every one of them is as it was published; raises RefusedError for none."""
    from tasks.customer_math.ledger.periods import period_named
    from tasks.reporting.pages.edition_history import history
    from tasks.store import editions as stored
    from tasks.store.edition_checks import read_history
    from tasks.store.engine import engine
    from tasks.store.homes import home_of

    named = period_named(period, company.definitions.calendar)
    home = home_of(company, settings)
    published = read_history(home, named.name)
    if not published.findings:
        stored.edition_of(home.scorecards(named.name), None)
    with engine(settings) as connection:
        chapters = [_chapter(connection, company, named, edition, broken=published.of(edition.number)) for edition in published.editions]
        last = max((edition.number for edition in published.editions), default=0)
        later = _later_difference(connection, company, named, edition_from=last, home=home)
    paragraphs = list(history(named.label, chapters, company.definitions.currency, broken=published.of(None), later=later))
    return paragraphs, not published.findings


def _later_difference(connection: Backend, company: Company, period: Period, *, edition_from: int, home: Home) -> LaterDifference | None:
    """What the editions of other periods found of this one after its last edition, and did not recast: the latest of them."""
    from tasks.customer_math.ledger.periods import period_named
    from tasks.reporting.pages.edition_history import LaterDifference
    from tasks.store import editions as stored

    differences: list[LaterDifference] = []
    for name in stored.published_periods(home.all_scorecards):
        for edition in () if name == period.name else stored.editions(home.scorecards(name)):
            restated = _restated(connection, company, period, edition)
            if restated and not restated.is_recast and restated.edition_from == edition_from:
                label = period_named(name, company.definitions.calendar).label
                differences.append(LaterDifference(label, edition.number, edition.manifest.published_at, restated))
    return max(differences, key=lambda difference: difference.published_at, default=None)


def _chapter(connection: Backend, company: Company, period: Period, edition: Edition, *, broken: tuple[str, ...]) -> Chapter:
    from tasks.reporting.pages.edition_history import Chapter, Input

    manifest = edition.manifest
    return Chapter(
        edition=edition.number,
        headline=manifest.headline,
        published_at=manifest.published_at,
        as_of=manifest.as_of,
        data_through=manifest.data_through,
        inputs=tuple(Input(extract.extract, extract.fingerprint, extract.rows_read_count) for extract in manifest.inputs),
        definitions_fingerprint=manifest.definitions_fingerprint,
        code_fingerprint=manifest.code_fingerprint,
        restated=None if broken else _restated(connection, company, period, edition),
        broken=broken,
    )


def _restated(connection: Backend, company: Company, period: Period, edition: Edition) -> RestatedPeriod | None:
    from tasks.restate import read_restated

    paths = [edition.folder / name for name in ("restatements.parquet", "restated-customers.parquet")]
    if not all(path.is_file() for path in paths):
        return None
    rows, customers = (connection.read_parquet(path) for path in paths)
    return read_restated(connection, rows=rows, customers=customers, period=period, rule=company.definitions.restatements)


def replay(
    period: PeriodArgument,
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
) -> None:
    """Compute an edition again from the extracts and definitions of then, and compare it to the last figure."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from flows.replay import replay as replay_edition

    replayed = replay_edition(load_company(company), period, edition=edition, settings=settings_from_environment())
    OUT.print(replayed.sentence, markup=False)
    for difference in replayed.differences:
        OUT.print(difference, markup=False)
    if replayed.differences:
        raise typer.Exit(ExitStatus.REFUSED)


def tidy(
    company: CompanyOption = "demo",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what is older than the company keeps and what no edition needs; editions are never touched."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.store.homes import home_of
    from tasks.tidy import tidy_up

    resolved_company = load_company(company)
    home = home_of(resolved_company, settings_from_environment())
    tidied = tidy_up(home, resolved_company.definitions.keeping, now=datetime.now(UTC), is_trial=dry_run)
    OUT.print(tidied.sentence, markup=False)


def adopt(company: CompanyOption = "demo") -> None:
    """Let what was published for a company go on with its folder where that is now, after the folder was moved."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.store.homes import adopt as adopt_folder

    OUT.print(adopt_folder(load_company(company), settings_from_environment()), markup=False)
