"""The command `customer-math`: run, check and sample, and the commands of the modules beside."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from threading import Event
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from config.redaction import redacted
from config.refusal import STOPPED_LINE, ExitStatus, Refusal
from flows.cli import begin, explore, operate, published
from flows.cli.console import ERR, OUT, CompanyOption, show_progress
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
NOTIFICATIONS = """
Who is told, by environment variables: SLACK_BOT_TOKEN with SLACK_CHANNEL (one message a period, changed when its figures change), or
SLACK_WEBHOOK_URL (each new set of figures once); SLACK_OPERATIONS_CHANNEL or SLACK_OPERATIONS_WEBHOOK_URL of refusals and failures;
CUSTOMER_MATH_MAIL_TO by e-mail, through CUSTOMER_MATH_SMTP_URL. A name that ends in _BLOCK, such as SLACK_BOT_TOKEN_BLOCK, names the
Prefect Secret block that keeps the secret instead. CUSTOMER_MATH_WHEN_RUNNING=refuse refuses a run while another one publishes the same
period; by default it waits.
"""


def _show_version(is_requested: bool) -> None:
    if is_requested:
        OUT.print(version("customer-math"))
        raise typer.Exit


@app.callback(help=app.info.help)
def _customer_math(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version of Customer Math, and nothing else.")
    ] = False,
) -> None:
    """Nothing before a command; what the option asks for is done by its callback."""


@app.command(epilog=NOTIFICATIONS)
def run(
    company: CompanyOption = "demo",
    period: Annotated[str | None, typer.Option(help="2025-W36, 2025-08, 2025-Q3 or 2025; default: the last complete week.")] = None,
    slack: Annotated[bool, typer.Option(help="Tell of it: in Slack and by e-mail, where they are set up.")] = True,
) -> None:
    """Publish the scorecard of a period: read, validate, assemble, measure, publish."""
    show_progress()
    from config.settings import settings_from_environment, writable_home
    from flows.orchestration.parameters import resolve_request
    from tasks.store.homes import home_of

    # What is wrong is said before a workflow is started.
    resolved_company, _period = resolve_request(company, period, now=datetime.now(UTC))
    writable_home()
    home_of(resolved_company, settings_from_environment())
    from flows.orchestration.command_server import server_for_a_command

    with server_for_a_command():
        from flows.scorecard import scorecard

        published = scorecard(company=company, period=period, publish=slack)
    OUT.print((published.folder / "digest.txt").read_text(encoding="utf-8"), markup=False)
    OUT.print(f"[bold]{published.headline}[/bold]")
    news = f"edition {published.edition}" if published.is_new else f"edition {published.edition}, unchanged"
    OUT.print(f"Workbook ({news}): {published.folder / 'scorecard.xlsx'}", markup=False)


@app.command()
def rebuild(
    company: CompanyOption = "demo",
    period: Annotated[str | None, typer.Option(help="2025-W36, 2025-08, 2025-Q3 or 2025; default: the last complete week.")] = None,
    slack: Annotated[bool, typer.Option(help="Tell of it where anything is another than before.")] = True,
) -> None:
    """Run a period from scratch: nothing that was computed before is used again. Waits for other runs of the company, or is refused."""
    from config.settings import settings_from_environment
    from flows.orchestration.parameters import resolve_request
    from tasks.store.homes import home_of
    from tasks.tidy import forget_computed

    now, settings = datetime.now(UTC), settings_from_environment()
    resolved_company, _period = resolve_request(company, period, now=now)
    OUT.print(forget_computed(home_of(resolved_company, settings), now=now, waits=settings.waits_its_turn), markup=False)
    run(company=company, period=period, slack=slack)


@app.command()
def sample(
    folder: Annotated[Path | None, typer.Option(help="Where to write; default: where config/demo looks for its extracts.")] = None,
    scale: Annotated[float, typer.Option(min=0.001, max=10, help="1 is about 120,000 active customers and a million orders.")] = 1.0,
) -> None:
    """Write the demo company's extracts."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.sample import write_sample
    from tasks.store.homes import home_of

    target = folder or home_of(load_company("demo"), settings_from_environment()).folder / "sample"
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=ERR) as progress:
        task = progress.add_task("the demo company", total=None)
        written = write_sample(
            target, scale=scale, progress=lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
        )
    OUT.print(written.summary, markup=False)


for command in (
    *(begin.init, begin.check),
    *(published.explain, published.bridge, published.preview, published.prove, published.call_list),
    *(operate.serve, operate.server, operate.deploy, operate.backfill, operate.sign_in),
    *(published.editions, published.replay, published.tidy, published.adopt),
    *(explore.lapse_window, explore.presets, explore.themes),
):
    app.command()(command)


def main() -> None:
    """Run the command; whatever goes wrong ends in a sentence and a status, never in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a sign shows its number
    is_ending = Event()
    try:
        with end_on_signals() as is_ending:
            app()
    except (KeyboardInterrupt, SystemExit) as end:
        status = ExitStatus.STOPPED if isinstance(end, KeyboardInterrupt) else end.code
        if status == ExitStatus.STOPPED:
            ERR.print(STOPPED_LINE)
        sys.exit(status)
    except Exception as error:
        if is_ending.is_set():
            ERR.print(STOPPED_LINE)
            sys.exit(ExitStatus.STOPPED)
        from flows.orchestration.last_word import refusal_of

        _refuse(refusal_of(error))


def _refuse(refusal: Refusal) -> None:
    ERR.print("[bold red]Refused:[/bold red]" if refusal.exit_status is ExitStatus.REFUSED else "[bold red]Cannot:[/bold red]", end=" ")
    ERR.print(redacted(str(refusal)), markup=False)
    sys.exit(refusal.exit_status)


if __name__ == "__main__":
    main()
