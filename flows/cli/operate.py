"""The commands that concern many runs: `customer-math serve`, `server`, `sign-in`, `deploy` and `backfill`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from config.refusal import ExitStatus
from flows.cli.console import ERR, OUT, CompanyOption, show_progress
from flows.orchestration import access
from flows.orchestration.access import NotServedError
from flows.orchestration.server_settings import DEFAULT_PORT, api_url, check_port, set_up, set_up_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.orchestration.server import Serving

CompaniesOption = Annotated[
    list[str] | None, typer.Option("--company", "-c", help="A company by name; again for each further one. Default: demo.")
]


def serve(
    company: CompaniesOption = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the pages are shown, on this machine only.")] = DEFAULT_PORT,
    at_once: Annotated[int, typer.Option(min=1, help="How many runs may work at once; of one company always one.")] = 2,
) -> None:
    """Run everything on this machine until Ctrl-C: server and pages, schedules, automations and a worker."""
    from config.settings import writable_home

    writable_home()
    how_to_sign_in = _how_to_sign_in()
    set_up(port)
    from flows.orchestration.processes import StopRequested
    from flows.orchestration.server import serve as serve_until_stopped

    companies = company or ["demo"]
    try:
        serve_until_stopped(companies, port=port, runs_at_once=at_once, report=_reporter(_zone_of(companies[0]), how_to_sign_in))
    except (StopRequested, KeyboardInterrupt):
        OUT.print("stopped; nothing of it is running any more")


def _zone_of(company: str) -> ZoneInfo:
    from config.company import load_company

    return ZoneInfo(load_company(company).definitions.time_zone)


def _reporter(zone: ZoneInfo, how_to_sign_in: str) -> Callable[[str | Serving], None]:
    def report(what: str | Serving) -> None:
        if isinstance(what, str):
            ERR.print(what, markup=False)
            return
        OUT.print(f"Serving at {what.ui_url} ({len(what.deployed.deployments)} deployments). Ctrl-C stops everything.", markup=False)
        OUT.print(how_to_sign_in, markup=False)
        OUT.print("Due next:")
        for name, due in what.coming:
            OUT.print(f"  {due.astimezone(zone):%A %d %B %Y, %H:%M %Z}  {name}", markup=False)
        OUT.print(f"Logs and database: {what.logs}", markup=False)

    return report


def _how_to_sign_in() -> str:
    """What the pages ask for: the secret itself on a terminal only, so that no log holds it."""
    secret = access.sign_in()
    if sys.stdout.isatty():
        return f"The pages ask for a password: {secret}"
    origin = access.SERVER_SIDE if access.given_sign_in() else str(access.sign_in_file())
    return f"The pages ask for a password: `customer-math sign-in` prints it (from {origin})."


def sign_in() -> None:
    """Print the line that signs in to the pages of this home's server; PREFECT_API_AUTH_STRING is the same for workers elsewhere."""
    OUT.print(access.sign_in(), markup=False)


def server(
    host: Annotated[
        str, typer.Option(help="The address to listen on: 127.0.0.1 is this machine only, 0.0.0.0 every network.")
    ] = access.LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the pages are shown.")] = DEFAULT_PORT,
) -> None:
    """Run the server with its pages alone, for workers elsewhere and behind a proxy (CUSTOMER_MATH_ADDRESS); it asks for a secret."""
    how_to_sign_in = _how_to_sign_in()
    set_up_server(port)
    with access.served_alone(at=api_url(host, port)):
        check_port(port, host)
        from flows.orchestration.server_app import run_server

        OUT.print(f"Listening on {host}:{port}. {how_to_sign_in}", markup=False)
        run_server(host, port)


def deploy(company: CompaniesOption = None) -> None:
    """Deploy to a Prefect server (PREFECT_API_URL): work pool, schedules, forms and automations; what is no longer declared goes."""
    server_url = os.environ.get("PREFECT_API_URL")
    if not server_url:
        raise NotServedError(
            "PREFECT_API_URL is not set: say which server to deploy to (export PREFECT_API_URL=https://.../api), "
            "or use `customer-math serve`, which brings its own"
        )
    from flows.orchestration.deployments import deploy as deploy_for

    deployed = deploy_for(company or ["demo"], api_url=server_url)
    for name in deployed.deployments:
        OUT.print(f"deployed {name}", markup=False)
    for name in deployed.automations:
        OUT.print(f"automation {name}", markup=False)
    for name in deployed.pruned:
        OUT.print(f"taken away {name}", markup=False)


def backfill(
    from_period: Annotated[str, typer.Argument(metavar="FROM", help="The first period: 2025-W01, 2025-01, 2025-Q1 or 2025.")],
    to_period: Annotated[str, typer.Argument(metavar="TO", help="The last period, of the same kind.")],
    company: CompanyOption = "demo",
    only_missing: Annotated[bool, typer.Option(help="Leave out periods that were published before, whatever has changed since.")] = False,
) -> None:
    """Publish the scorecards of every period from one to another; Slack is not told."""
    show_progress()
    from config.company import load_company
    from config.settings import settings_from_environment, writable_home
    from tasks.store.homes import home_of

    resolved_company = load_company(company)  # what is wrong with the question is said before a workflow is started for it
    writable_home()
    home_of(resolved_company, settings_from_environment())
    from flows.backfill import backfill as backfill_flow
    from flows.orchestration.command_server import server_for_a_command

    with server_for_a_command():
        summary = backfill_flow(company=company, from_period=from_period, to_period=to_period, only_missing=only_missing)
    OUT.print(summary.sentence, markup=False)
    for name, sentence in summary.refused:
        ERR.print(f"{name}: {sentence}", markup=False)
    if summary.refused:
        raise typer.Exit(ExitStatus.REFUSED)
