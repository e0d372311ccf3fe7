"""Commands for the first hour with a company: check its folder and what its extracts hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config.redaction import redacted
from config.refusal import ExitStatus
from flows.cli.console import ERR, OUT, CompanyOption, show_progress

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings


def check(
    company: CompanyOption = "demo",
    full: Annotated[bool, typer.Option("--full", help="Read and judge every row, as a run does, and publish nothing.")] = False,
) -> None:
    """Check a company's folder and the first 1,000 rows of each extract: every problem at once, by file and line, and what to write."""
    from config.company import load_parts
    from config.settings import settings_from_environment
    from expectations.text import counted
    from tasks.check import findings_of, located

    parts, settings = load_parts(company), settings_from_environment()
    findings = findings_of(parts, settings=settings, now=datetime.now(UTC))
    problems = findings.problems
    if full and parts.company and parts.is_whole:
        problems = tuple(dict.fromkeys((*problems, *located(_refusals(parts.company, settings), parts))))
    for problem in problems:
        ERR.print(redacted(problem), markup=False)
    for remark in findings.remarks:
        OUT.print(f"look at this: {redacted(remark)}", markup=False)
    if problems:
        raise typer.Exit(ExitStatus.REFUSED if parts.is_whole else ExitStatus.WRONG_USE)
    assert parts.company, "a folder without problems is a company"
    definitions, extracts = parts.company.definitions, parts.company.sources.extracts
    verdict = f"would run; look at {len(findings.remarks)} above before you believe its figures" if findings.remarks else "fine"
    size = f"{counted(len(extracts), 'extract')}, {counted(len(definitions.segments), 'segment')}"
    OUT.print(f"{parts.folder}: {verdict}. {definitions.company}: {size}, {', '.join(definitions.sells_by)}", markup=False)


def init(
    name: Annotated[
        str, typer.Argument(help="What the company's folder is called; a path, or a name under config/ (CUSTOMER_MATH_COMPANIES).")
    ],
    places: Annotated[list[str], typer.Argument(help="Its raw files (CSV, Excel, Parquet, JSON lines), or the URL of a database.")],
    currency: Annotated[str | None, typer.Option(help="The company's currency, such as EUR; default: what most rows have.")] = None,
    time_zone: Annotated[str, typer.Option(help="Where a day begins and ends, such as Europe/Berlin.")] = "UTC",
    lapse_days: Annotated[int, typer.Option(help="Days after a purchase for which a customer is one.")] = 365,
    covers_through: Annotated[
        str | None, typer.Option(help="Last day of the files, such as 2026-09-30; default: the latest in them.")
    ] = None,
) -> None:
    """Write a company's folder from its raw files alone, say what was guessed and from what, and check it."""
    show_progress()
    from config.settings import COMPANY_FOLDERS, own_company_folders, settings_from_environment
    from tasks.propose import Choices, propose

    folder = Path(name) if "/" in name else (own_company_folders() or COMPANY_FOLDERS) / name
    choices = Choices(currency, time_zone, lapse_days, covers_through)
    proposed = propose(folder.absolute(), places, choices=choices, settings=settings_from_environment())
    for guess in proposed.guesses:
        OUT.print(f"guessed: {redacted(guess)}", markup=False)
    OUT.print(f"written: {proposed.folder / 'definitions.yaml'} and sources.yaml; read both once", markup=False)
    check(str(proposed.folder), full=False)


def _refusals(company: Company, settings: Settings) -> tuple[str, ...]:
    """Why a run of the company would be refused now, whatever its period; what is read and judged is used again by the next run."""
    from expectations.verdict import RefusedError
    from flows.stages import PipelineContext, read_and_validate
    from tasks.sources import SourceError

    show_progress()
    try:
        read_and_validate(PipelineContext.of(company, settings=settings, now=datetime.now(UTC)))
    except (SourceError, RefusedError) as refusal:
        return tuple(line for sentence in refusal.args for line in str(sentence).splitlines())
    return ()
