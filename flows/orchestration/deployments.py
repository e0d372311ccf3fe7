"""What is declared under deployments/, made so on a Prefect server: work pool, queues, deployments and automations, and nothing besides."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import yaml
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from config.company import company_folders, company_names, find_company, load_company
from config.settings import PROJECT_FOLDER
from config.yaml_file import CompanyFolderError
from flows.orchestration.access import NotServedError
from flows.orchestration.command_server import check_server
from flows.orchestration.forms import offer_recent_periods
from flows.orchestration.sign_in import sign_in_here, signed_in_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

    from config.company import Company
    from config.definitions import Calendar

DEPLOYMENTS = PROJECT_FOLDER / "deployments"
POOL, OPERATIONS = "customer-math", "tell-operations"
OURS = "flows."
"""How the entrypoint of everything that we deploy begins."""
AUTOMATIONS_BEGIN = "Customer Math: "
AT_ONCE = 200
"""Answers in a page; the server gives no more."""


class DeployError(NotServedError):
    """A deployment could not be made; the message says what Prefect found wrong."""


@dataclass(frozen=True)
class Deployed:
    """What stands on the server now, and what was taken away."""

    deployments: tuple[str, ...]
    automations: tuple[str, ...]
    pruned: tuple[str, ...]


def deploy(companies: Sequence[str], *, api_url: str) -> Deployed:
    """Deploy for these companies and no other; what was deployed before and is no longer declared is taken away, with its schedule."""
    resolved_companies = companies_by_name(companies)
    sign_in_here()
    check_server(api_url)
    with signed_in_client(api_url) as client:
        _make_pool(client)
        for queue in (*(company.name for company in resolved_companies), "operations"):
            _make_queue(client, queue, runs_at_once=None if queue == "operations" else 1)
        for company in resolved_companies:
            _deploy_for(company, api_url=api_url)
        declared = {name for company in resolved_companies for name in declared_names(company)}
        standing = list(ours(client))
        _offer_recent_periods(client, resolved_companies, standing)
        pruned = [deployment for deployment in standing if deployment.name not in declared]
        for deployment in pruned:
            client.delete_deployment(deployment.id)
        (operations,) = (deployment.id for deployment in standing if deployment.name == OPERATIONS)
        automations, gone = _make_automations(client, operations)
    names = tuple(sorted(deployment.name for deployment in standing if deployment.name in declared))
    return Deployed(names, automations, (*(deployment.name for deployment in pruned), *gone))


def companies_by_name(names_or_folders: Sequence[str]) -> list[Company]:
    """The companies, each once; raises CompanyFolderError for a folder that its name does not lead to: runs find a company by its name."""
    companies = {company.folder: company for company in map(load_company, names_or_folders)}
    folders = [folder.resolve() for folder in company_folders()]
    for company in companies.values():
        if company.folder not in folders or find_company(company.name) != company.folder:
            advice = f"set CUSTOMER_MATH_COMPANIES={company.folder.parent} (the folder around it) and write --company {company.name}"
            problem = f"expected a company that its name leads to ({', '.join(company_names())}), since runs find it by its name"
            raise CompanyFolderError([f"{company.folder}: {problem}; found a folder elsewhere: {advice}"])
    return list(companies.values())


def declared_names(company: Company) -> tuple[str, ...]:
    """The names of the deployments that prefect.yaml declares for a company."""
    declared = yaml.safe_load((DEPLOYMENTS / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    return tuple(deployment["name"].replace("{{ $CUSTOMER_MATH_COMPANY }}", company.name) for deployment in declared)


def variables_of(company: Company) -> dict[str, str]:
    """What prefect.yaml is filled in with: the company's name, zone and calendar."""
    calendar: Calendar = company.definitions.calendar
    opens_in = calendar.fiscal_year_starts_in
    quarters = sorted((opens_in - 1 + months) % 12 + 1 for months in (0, 3, 6, 9))
    return {
        "CUSTOMER_MATH_COMPANY": company.name,
        "CUSTOMER_MATH_TIME_ZONE": company.definitions.time_zone,
        "CUSTOMER_MATH_QUARTERS": ",".join(map(str, quarters)),
        "CUSTOMER_MATH_YEARS": str(opens_in),
        "CUSTOMER_MATH_VERSION": version("customer-math"),
    }


def _deploy_for(company: Company, *, api_url: str) -> None:
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--prefect-file", str(DEPLOYMENTS / "prefect.yaml"), "--all"]
    environment = {**os.environ, **variables_of(company), "PREFECT_API_URL": api_url}
    ended = subprocess.run(command, env=environment, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False)  # noqa: S603 - Prefect's own program
    if ended.returncode != 0 or "An error occurred" in ended.stdout:
        raise DeployError(f"deployments/prefect.yaml could not be deployed for {company.name}: {(ended.stdout + ended.stderr).strip()}")


def _offer_recent_periods(client: SyncPrefectClient, companies: Sequence[Company], standing: Sequence[DeploymentResponse]) -> None:
    """Let the forms of every company offer the periods that are recent now."""
    for company in companies:
        names = declared_names(company)
        for deployment in standing:
            if deployment.name in names:
                offer_recent_periods(client, deployment.id, company, now=datetime.now(UTC))


def _make_pool(client: SyncPrefectClient) -> None:
    """A pool of processes, where there is no pool of that name: one of another kind, such as Kubernetes', is used as it is."""
    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template))


def _make_queue(client: SyncPrefectClient, name: str, *, runs_at_once: int | None) -> None:
    try:
        client.read_work_queue_by_name(name, work_pool_name=POOL)
    except ObjectNotFound:
        client.create_work_queue(name, work_pool_name=POOL, concurrency_limit=runs_at_once)


def ours(client: SyncPrefectClient) -> Iterator[DeploymentResponse]:
    """Every deployment of our flows that stands on the server."""
    offset = 0
    while page := client.read_deployments(limit=AT_ONCE, offset=offset):
        yield from (deployment for deployment in page if (deployment.entrypoint or "").startswith(OURS))
        offset += len(page)


def declared_automations(operations: UUID) -> list[AutomationCore]:
    """What automations.yaml declares, ready for the server."""
    declared = yaml.safe_load((DEPLOYMENTS / "automations.yaml").read_text(encoding="utf-8"))["automations"]
    return [
        AutomationCore.model_validate({**_without_tells(automation), "actions": _actions(automation, operations)})
        for automation in declared
    ]


def _without_tells(declared: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in declared.items() if name != "tells"}


def _actions(declared: dict[str, Any], operations: UUID) -> list[dict[str, Any]]:
    if "tells" not in declared:
        return declared["actions"]
    templates = {
        "run": "{{ flow_run.name }}",
        "deployment": "{{ deployment.name }}",
        "reason": "{{ flow_run.state.message or '' }}",
        "run_id": "{{ flow_run.id }}",
    }
    # The short form of a template becomes JSON on the way, which turns a number into no text and an empty reason into an error.
    parameters = {"what": declared["tells"], **{name: {"__prefect_kind": "jinja", "template": text} for name, text in templates.items()}}
    return [{"type": "run-deployment", "source": "selected", "deployment_id": str(operations), "parameters": parameters}]


def _make_automations(client: SyncPrefectClient, operations: UUID) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every declared automation once, as it is declared; those that are no longer declared, and doubles, are taken away.

    One that stands as it is declared is left alone: while the server changes it, it misses what happens, and then it has forgotten which
    runs it waits for.
    """
    declared = {automation.name: automation for automation in declared_automations(operations)}
    gone: list[str] = []
    for standing in client.read_automations():
        if standing.name in declared:
            wanted = declared.pop(standing.name).model_copy(update={"enabled": standing.enabled})
            if wanted != AutomationCore.model_validate(standing.model_dump(exclude={"id"})):
                client.update_automation(standing.id, wanted)
        elif standing.name.startswith(AUTOMATIONS_BEGIN):
            client.delete_automation(standing.id)
            gone.append(standing.name)
    for automation in declared.values():
        client.create_automation(automation)
    return tuple(automation.name for automation in declared_automations(operations)), tuple(gone)
