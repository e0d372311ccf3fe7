"""One machine, one command: a Prefect server, what is deployed on it, and a worker; Ctrl-C ends all three."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Crashed, Scheduled

from flows.orchestration.access import LOOPBACK, NotServedError, served_alone, server_folder
from flows.orchestration.deployments import OPERATIONS, POOL, companies_by_name, deploy, ours
from flows.orchestration.processes import last_lines, started, stopped_by_signals
from flows.orchestration.server_settings import api_url as address_of
from flows.orchestration.server_settings import check_port
from flows.orchestration.sign_in import signed_in_client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from flows.orchestration.deployments import Deployed
    from flows.orchestration.processes import Running

PATIENCE_SECONDS = 180
"""How long a server may take to answer first; it makes its database then, on a busy machine."""
LOOK_EVERY_SECONDS = 1.0
LEFT_BEHIND = "was left behind when this machine stopped; run it again, what was complete is used again"
UNFINISHED = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


@dataclass(frozen=True)
class Serving:
    """What runs now: where its pages are, and what is deployed."""

    api_url: str
    ui_url: str
    deployed: Deployed
    logs: Path
    coming: tuple[tuple[str, datetime], ...]
    """What is due next: deployment or run, and when."""


def serve(companies: Sequence[str], *, port: int, runs_at_once: int, report: Callable[[str | Serving], None]) -> None:
    """Serve until somebody stops it; raises NotServedError where it cannot, or where one of its processes ends by itself.

    `report` is given a sentence on every step, and then what is served.
    """
    names = [company.name for company in companies_by_name(companies)]
    api_url, ui_url = address_of(LOOPBACK, port), f"http://{LOOPBACK}:{port}"
    with ExitStack() as stack:
        stack.enter_context(served_alone(at=api_url))
        check_port(port)
        signals = stack.enter_context(stopped_by_signals())
        report("starting the server")
        server = stack.enter_context(started("server", "flows.orchestration.server_app", (LOOPBACK, str(port)), signals))
        _wait_for(api_url, server)
        end_what_was_left(api_url)
        report(f"deploying for {', '.join(names)}")
        deployed = deploy(names, api_url=api_url)
        worker_name = ("worker", "start", "--pool", POOL, "--type", "process", "--limit", str(runs_at_once), "--name", "this machine")
        worker = stack.enter_context(started("worker", "prefect", worker_name, signals))
        report(Serving(api_url, ui_url, deployed, server_folder(), coming(api_url)))
        _watch(server, worker)


def _wait_for(api_url: str, server: Running) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.status is not None:
            break
        try:
            if httpx.get(f"{api_url}/health", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise NotServedError(f"the server did not start; the end of its log:\n{last_lines(server.name)}")


def _watch(*processes: Running) -> None:
    """Sit until one of them ends by itself."""
    while True:
        for running in processes:
            if running.status is not None:
                raise NotServedError(
                    f"the {running.name} ended by itself (status {running.status}); the end of its log:\n{last_lines(running.name)}"
                )
        time.sleep(LOOK_EVERY_SECONDS)


def end_what_was_left(api_url: str) -> None:
    """Mark the runs that no worker can be at any more as crashed, so that those after them may start; alerts that they left start again.

    The automation for runs that crash tells operations of each once: one that has ended meanwhile stays as it ended. A server that stops
    forgets what it has not handled; so this is for its start, and not for its end.
    """
    unfinished = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED)))
    of_operations = DeploymentFilter(name=DeploymentFilterName(any_=[OPERATIONS]))
    with signed_in_client(api_url) as client:
        left = [run for run in client.read_flow_runs(flow_run_filter=unfinished) if run.work_pool_name == POOL or run.work_queue_id]
        alerts = {run.id for run in client.read_flow_runs(flow_run_filter=unfinished, deployment_filter=of_operations)}
        for run in left:
            state = Scheduled() if run.id in alerts else Crashed(message=LEFT_BEHIND)
            # Unless it is forced, a run that is being cancelled ends as cancelled only, and an alert that runs waits for no worker again.
            client.set_flow_run_state(run.id, state, force=run.id in alerts or run.state_type is StateType.CANCELLING)


def coming(api_url: str) -> tuple[tuple[str, datetime], ...]:
    """The next run of every deployment that has a schedule, the soonest first; one that is paused or far from due has none.

    The server is asked to schedule them now: left to itself it does so one deployment after another, a minute or more after its start.
    """
    scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    soonest = FlowRunSort.EXPECTED_START_TIME_ASC
    due: list[tuple[str, datetime]] = []
    with signed_in_client(api_url) as client:
        for deployment in ours(client):
            if deployment.paused or not deployment.schedules:
                continue
            client.request("POST", "/deployments/{id}/schedule", path_params={"id": deployment.id}, json={})
            of_it = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
            runs = client.read_flow_runs(flow_run_filter=scheduled, deployment_filter=of_it, sort=soonest, limit=1)
            due += [(deployment.name, run.expected_start_time) for run in runs if run.expected_start_time]
    return tuple(sorted(due, key=lambda run: run[1]))
