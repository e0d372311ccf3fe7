"""The command `customer-math`: run, check, explain, bridge, preview and sample; the others are added from beside."""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from config.redaction import redacted
from config.refusal import ExitStatus, Refusal
from flows.cli import operate, published
from flows.cli.explore import commands as weighing
from flows.orchestration.signals import end_on_signals

STATUSES = f"""
Exit status: {ExitStatus.DONE:d} done, {ExitStatus.REFUSED:d} refused (data or machine stand in the way), {ExitStatus.WRONG_USE:d} wrong use
(a command, a setting or a company's folder), {ExitStatus.FAULT:d} a fault of the program, or a server that cannot be used,
{ExitStatus.STOPPED:d} stopped. A fault's details are written to a file; CUSTOMER_MATH_TRACEBACK=1 shows them.
"""
app = typer.Typer(
    name="customer-math",
    help="How many customers came, how many left, and what they were worth: from your own extracts, reconciled.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=STATUSES,
)
OUT = Console(highlight=False, soft_wrap=True, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
CompanyOption = Annotated[str, typer.Option("--company", "-c", help="A company's folder, or its name under config/.")]
WHO_IS_TOLD = """
Who is told, by environment variables: SLACK_BOT_TOKEN with SLACK_CHANNEL (one message a period, changed when its figures change), or
SLACK_WEBHOOK_URL (each new set of figures once); SLACK_OPERATIONS_CHANNEL or SLACK_OPERATIONS_WEBHOOK_URL of refusals and failures;
CUSTOMER_MATH_MAIL_TO by e-mail, through CUSTOMER_MATH_SMTP_URL. A name that ends in _BLOCK, such as SLACK_BOT_TOKEN_BLOCK, names the
Prefect Secret block that keeps the secret instead. CUSTOMER_MATH_WHEN_RUNNING=refuse refuses a run while another one publishes the same
period; by default it waits.
"""
SHOWN_WHOLE = ("customer_id", "contribution")
"""What a narrow window cuts last."""


def _show_version(is_asked: bool) -> None:
    if is_asked:
        OUT.print(version("customer-math"))
        raise typer.Exit


@app.callback(help=app.info.help)
def _customer_math(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version of Customer Math, and nothing else.")
    ] = False,
) -> None:
    """Nothing before a command; what the option asks for is done by its callback."""


@app.command(epilog=WHO_IS_TOLD)
def run(
    company: CompanyOption = "demo",
    period: Annotated[str | None, typer.Option(help="2025-W36, 2025-08, 2025-Q3 or 2025; default: the last complete week.")] = None,
    slack: Annotated[bool, typer.Option(help="Tell of it: in Slack and by e-mail, where they are set up.")] = True,
) -> None:
    """Publish the scorecard of a period: read, validate, assemble, measure, publish."""
    show_progress()
    from config.settings import settings_from_environment, writable_home  # noqa: PLC0415 - keeps the help quick
    from flows.orchestration.parameters import resolve_request  # noqa: PLC0415 - takes seconds, and only this command needs it
    from tasks.store.homes import home_of  # noqa: PLC0415 - the same

    described, _period = resolve_request(company, period, now=datetime.now(UTC))  # what is wrong is said before a workflow is started
    writable_home()
    home_of(described, settings_from_environment())
    from flows.orchestration.command_server import server_for_a_command  # noqa: PLC0415 - Prefect wants its home when it is imported

    with server_for_a_command():
        from flows.scorecard import scorecard  # noqa: PLC0415 - takes seconds, while the server starts

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
        ERR.print(redacted(problem), markup=False)
    if problems:
        raise typer.Exit(ExitStatus.REFUSED)
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
    output: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write every customer to this file, .csv or .xlsx, beside showing the first.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, help="How many customers to show.")] = 20,
) -> None:
    """List exactly the customers behind a number of a published scorecard."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.explain import ExplainRequest, explain  # noqa: PLC0415 - keeps the help quick

    question = ExplainRequest(period, measure, segment, edition)
    found = explain(load_company(company), question, settings=settings_from_environment(), output=output, rows_count=rows)
    OUT.print(found.sentence, markup=False)
    if found.rows:
        _show_rows(found.columns, found.rows)
    if output or found.customers_count > len(found.rows):
        where = f"all of them are in {output}" if output else "--output FILE.xlsx (or .csv) writes them all"
        OUT.print(f"{len(found.rows):,} of {found.customers_count:,} customers shown; {where}", markup=False)


@app.command(name="bridge")
def bridge_of_silos(
    period: Annotated[str, typer.Argument(help="A published period: 2025-W36, 2025-08, 2025-Q3 or 2025.")],
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
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.explain import ExplainRequest, explain_bridge  # noqa: PLC0415 - keeps the help quick

    question = ExplainRequest(period, line, edition=edition)
    found = explain_bridge(load_company(company), question, settings=settings_from_environment(), output=output, rows_count=rows)
    OUT.print(found.sentence, markup=False)
    if found.rows:
        _show_rows(found.columns, found.rows)


def _show_rows(columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...]) -> None:
    """Show a table; what is the same in all of its rows is said once above it, so that the rest has room."""
    values = {name: ["" if row[place] is None else str(row[place]) for row in rows] for place, name in enumerate(columns)}
    shared = {name: column[0] for name, column in values.items() if len(rows) > 1 and len(set(column)) == 1}
    told = {name: value for name, value in shared.items() if value}
    if told:
        OUT.print(f"All of those shown: {', '.join(f'{name} {value}' for name, value in told.items())}.", markup=False)
    shown = {name: column for name, column in values.items() if name not in shared}
    table = Table(*(Column(name, no_wrap=name in SHOWN_WHOLE) for name in shown), box=SIMPLE, pad_edge=False)
    for row in zip(*shown.values(), strict=True):
        table.add_row(*map(Text, row))
    OUT.print(table)


@app.command()
def sample(
    folder: Annotated[Path | None, typer.Option(help="Where to write; default: where config/demo looks for its extracts.")] = None,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="1 is about 120,000 active customers and a million orders.")] = 1.0,
) -> None:
    """Write the demo company's extracts."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.sample import write_sample  # noqa: PLC0415 - keeps the help quick
    from tasks.store.homes import home_of  # noqa: PLC0415 - keeps the help quick

    target = folder or home_of(load_company("demo"), settings_from_environment()).folder / "sample"
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR) as progress:
        task = progress.add_task("the demo company", total=None)
        written = write_sample(
            target, scale=scale, progress=lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
        )
    OUT.print(written.summary, markup=False)


@app.command(name="preview")
def preview_digest(
    period: Annotated[str, typer.Argument(help="A published period: 2025-W36, 2025-08, 2025-Q3 or 2025.")],
    company: CompanyOption = "demo",
    edition: Annotated[int | None, typer.Option(help="Which edition; default: the latest.")] = None,
    text: Annotated[bool, typer.Option("--text", help="As text to read, instead of Slack's blocks as JSON.")] = False,
) -> None:
    """Show what Slack is told of a published period."""
    from config.company import load_company  # noqa: PLC0415 - keeps the help quick
    from config.settings import settings_from_environment  # noqa: PLC0415 - keeps the help quick
    from tasks.preview import preview  # noqa: PLC0415 - keeps the help quick

    OUT.print(preview(load_company(company), period, settings=settings_from_environment(), edition=edition, as_text=text), markup=False)


for command in (operate.serve, operate.server, operate.deploy, operate.backfill):
    app.command()(command)
app.command(name="sign-in")(operate.sign_in)
app.command(name="editions")(published.editions)
app.command(name="replay")(published.replay)
app.command(name="tidy")(published.tidy)
app.command(name="adopt")(published.adopt)


def show_progress() -> None:
    """Tell on standard error what is being done; the workflow engine's own words stay out of the way."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    told = logging.getLogger("tasks")
    told.setLevel(logging.INFO)
    told.propagate = False
    told.addHandler(RichHandler(console=ERR, show_path=False, show_level=False, log_time_format="%H:%M:%S"))


app.add_typer(weighing)


def main() -> None:
    """Run the command; whatever goes wrong ends in a sentence and a status, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign shows its number
    try:
        with end_on_signals():
            app()
    except Exception as error:
        from flows.orchestration.last_word import refusal_of  # noqa: PLC0415 - keeps the help quick

        _refuse(refusal_of(error))
    except (KeyboardInterrupt, SystemExit) as end:
        status = ExitStatus.STOPPED if isinstance(end, KeyboardInterrupt) else end.code
        if status == ExitStatus.STOPPED:
            ERR.print("stopped; nothing was left half written")
        sys.exit(status)


def _refuse(refusal: Refusal) -> None:
    ERR.print("[bold red]Refused:[/bold red]" if refusal.exit_status is ExitStatus.REFUSED else "[bold red]Cannot:[/bold red]", end=" ")
    ERR.print(redacted(str(refusal)), markup=False)
    sys.exit(refusal.exit_status)


if __name__ == "__main__":
    main()
