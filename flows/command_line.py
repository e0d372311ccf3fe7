"""The command `customer-math`: run, check, explain and sample."""

from __future__ import annotations

import logging
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

app = typer.Typer(
    name="customer-math",
    help="How many customers came, how many left, and what they were worth: from your own extracts, reconciled.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
OUT = Console(highlight=False, soft_wrap=True)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)
CompanyOption = Annotated[str, typer.Option("--company", "-c", help="A company's folder, or its name under config/.")]


class Exit(IntEnum):
    """What the command's exit status says."""

    REFUSED = 1
    WRONG_USE = 2


@app.command()
def run(
    company: CompanyOption = "demo",
    period: Annotated[str | None, typer.Option(help="2025-W36, 2025-08, 2025-Q3 or 2025; default: the last complete week.")] = None,
    slack: Annotated[bool, typer.Option(help="Tell Slack, where SLACK_BOT_TOKEN and SLACK_CHANNEL are set.")] = True,
) -> None:
    """Publish the scorecard of a period: read, validate, assemble, measure, publish."""
    show_progress()
    from flows.scorecard import scorecard  # noqa: PLC0415 - takes seconds, and only this command needs it

    published = scorecard(company=company, period=period, publish=slack)
    OUT.print((published.folder / "digest.txt").read_text(encoding="utf-8"), markup=False)
    OUT.print(f"[bold]{published.headline}[/bold]")
    news = f"edition {published.edition}" if published.is_new else f"edition {published.edition}, unchanged"
    OUT.print(f"Workbook ({news}): {published.folder / 'scorecard.xlsx'}", markup=False)


@app.command()
def check(company: CompanyOption = "demo") -> None:
    """Check a company's folder: everything that can be known without reading its extracts to the end."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from tasks.check import problems_in  # noqa: PLC0415 - keeps the help quick

    described = load_company(company)
    problems = problems_in(described)
    for problem in problems:
        ERR.print(problem, markup=False)
    if problems:
        raise typer.Exit(Exit.REFUSED)
    OUT.print(
        f"{described.folder}: fine. {described.definitions.company}: {len(described.sources.extracts)} extracts,", end=" ", markup=False
    )
    OUT.print(f"{len(described.definitions.segments)} segments, {', '.join(described.definitions.sells_by)}", markup=False)


@app.command(name="explain")
def explain_number(
    period: Annotated[str, typer.Argument(help="A published period: 2025-W36, 2025-08, 2025-Q3 or 2025.")],
    measure: Annotated[str, typer.Argument(help="A measure of the catalogue, such as customers_out.")],
    company: CompanyOption = "demo",
    segment: Annotated[str | None, typer.Option(help="Only one group: region=North.")] = None,
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
    output: Annotated[Path | None, typer.Option(help="Write every customer to this CSV file instead of showing the first.")] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many customers to show.")] = 20,
) -> None:
    """List exactly the customers behind a number of a published scorecard."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.explain import Question, explain  # noqa: PLC0415 - keeps the help quick

    question = Question(period, measure, segment, edition)
    found = explain(load_company(company), question, settings=settings_from_environment(), output=output, rows_count=rows)
    OUT.print(found.sentence, markup=False)
    table = Table(*found.columns)
    for row in found.rows:
        table.add_row(*(str("" if value is None else value) for value in row))
    if found.rows:
        OUT.print(table)
    if found.customers_count > len(found.rows):
        where = f"all of them are in {output}" if output else "--output FILE.csv writes them all"
        OUT.print(f"{len(found.rows):,} of {found.customers_count:,} customers shown; {where}", markup=False)


@app.command()
def sample(
    folder: Annotated[Path | None, typer.Option(help="Where to write; default: where config/demo looks for its extracts.")] = None,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="1 is about 120,000 active customers and a million orders.")] = 1.0,
) -> None:
    """Write the demo company's extracts, with the truth that was planted in them."""
    from config.settings import home_folder  # noqa: PLC0415 - keeps the help quick
    from tasks.sample import write_sample  # noqa: PLC0415 - keeps the help quick

    target = folder or home_folder() / "demo" / "sample"
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR) as progress:
        task = progress.add_task("the demo company", total=None)
        truth = write_sample(
            target, scale=scale, progress=lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
        )
    OUT.print(truth.summary, markup=False)


def show_progress() -> None:
    """Tell on standard error what is being done; the workflow engine's own words stay out of the way."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.pop("PREFECT_LOGGING_EXTRA_LOGGERS", None)
    told = logging.getLogger("tasks")
    told.setLevel(logging.INFO)
    told.addHandler(RichHandler(console=ERR, show_path=False, show_level=False, log_time_format="%H:%M:%S"))


def main() -> None:
    """Run the command; what a reader can mend ends in a sentence, never in a traceback."""
    refused, wrong_use = _expected_errors()
    try:
        app()
    except wrong_use as error:
        _say(error, Exit.WRONG_USE)
    except refused as error:
        _say(error, Exit.REFUSED)
    except KeyboardInterrupt:
        ERR.print("stopped; nothing was left half written")
        sys.exit(130)


def _say(error: BaseException, status: Exit) -> None:
    ERR.print("[bold red]Refused:[/bold red]" if status is Exit.REFUSED else "[bold red]Cannot:[/bold red]", end=" ")
    ERR.print(str(error), markup=False)
    sys.exit(status)


def _expected_errors() -> tuple[tuple[type[BaseException], ...], tuple[type[BaseException], ...]]:
    from config.company_file import CompanyFolderError  # noqa: PLC0415 - keeps the help quick
    from expectations.verdict import RefusedError  # noqa: PLC0415 - keeps the help quick
    from tasks.customer_math.periods import PeriodError, PeriodNameError  # noqa: PLC0415 - keeps the help quick
    from tasks.explain import UnknownNameError  # noqa: PLC0415 - keeps the help quick
    from tasks.slack import SlackError  # noqa: PLC0415 - keeps the help quick
    from tasks.sources import SourceError  # noqa: PLC0415 - keeps the help quick

    return (RefusedError, PeriodError, SourceError, SlackError), (CompanyFolderError, PeriodNameError, UnknownNameError)
