"""One machine, one command: a Prefect server, what is deployed on it, and a worker; Ctrl-C ends all three."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Crashed

from flows.deploying import POOL, deploy
from flows.machine import LOOPBACK, NotServedError, check_port, kept_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import FrameType

    from prefect.client.schemas.objects import FlowRun

    from flows.deploying import Deployed

PATIENCE_SECONDS = 180
"""How long a server may take to answer first; it makes its database then, on a busy machine."""
STOPPING_SECONDS = 30
"""How long a process may take to end before it is ended."""
LOOK_EVERY_SECONDS = 1.0
LAST_LINES = 15
UNFINISHED = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


class StopAskedFor(BaseException):
    """Somebody wants the machine to stop serving."""


@dataclass(frozen=True)
class Serving:
    """What runs now: where its pages are, and what is deployed."""

    api_url: str
    ui_url: str
    deployed: Deployed
    logs: Path
    coming: tuple[tuple[str, datetime], ...]
    """What is due next: deployment or run, and when."""


def serve(companies: Sequence[str], *, port: int, runs_at_once: int, tell: Callable[[str | Serving], None]) -> None:
    """Serve until somebody stops it; raises NotServedError where it cannot, or where one of its processes ends by itself.

    `tell` is given a sentence on every step, and then what is served.
    """
    with ExitStack() as stack:
        stack.enter_context(_alone())
        check_port(port)
        stack.enter_context(_stopped_by_signals())
        api_url, ui_url = f"http://{LOOPBACK}:{port}/api", f"http://{LOOPBACK}:{port}"
        tell("starting the server")
        server = stack.enter_context(_process("server", "server", "start", "--host", LOOPBACK, "--port", str(port)))
        _wait_for(api_url, server)
        end_what_was_left(api_url, "was left behind when this machine stopped; run it again, what was complete is used again")
        tell(f"deploying for {', '.join(companies)}")
        deployed = deploy(companies, api_url=api_url)
        worker_name = ("worker", "start", "--pool", POOL, "--type", "process", "--limit", str(runs_at_once), "--name", "this machine")
        stack.callback(end_what_was_left, api_url, "was stopped together with this machine; run it again, what was complete is used again")
        worker = stack.enter_context(_process("worker", *worker_name))
        tell(Serving(api_url, ui_url, deployed, kept_under(), coming(api_url)))
        _watch({"server": server, "worker": worker})


@contextmanager
def _alone() -> Iterator[None]:
    """One home is served once: two servers on one database would each start every run."""
    kept_under().mkdir(parents=True, exist_ok=True)
    with (kept_under() / "serving.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NotServedError(
                f"{kept_under()} is being served already: stop that first, or set CUSTOMER_MATH_HOME to another folder"
            ) from None
        yield


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end in one place, also where the shell told its children to ignore Ctrl-C."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise StopAskedFor

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _process(name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of Prefect's programs in a group of its own, whose log is kept, and which is ended with all that it started."""
    with (kept_under() / f"{name}.log").open("wb") as log:
        command = [sys.executable, "-m", "prefect", *arguments]
        running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - Prefect's own program
        try:
            yield running
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Ask the group to end, wait, and end what is still there; the group bears the number of the process that we started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(running.pid, number)
        except ProcessLookupError:
            break
        until = time.monotonic() + STOPPING_SECONDS
        while time.monotonic() < until and _group_lives(running):
            time.sleep(0.05)
    running.wait()


def _group_lives(running: subprocess.Popen[bytes]) -> bool:
    running.poll()  # one that has ended is counted until somebody asks for it
    try:
        os.killpg(running.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(api_url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            if httpx.get(f"{api_url}/health", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise NotServedError(f"the server did not start; the end of its log:\n{_last_lines('server')}")


def _watch(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Sit until one of them ends by itself."""
    while True:
        for name, running in processes.items():
            if running.poll() is not None:
                raise NotServedError(f"the {name} ended by itself (status {running.returncode}); the end of its log:\n{_last_lines(name)}")
        time.sleep(LOOK_EVERY_SECONDS)


def _last_lines(name: str) -> str:
    path = kept_under() / f"{name}.log"
    return "\n".join((*path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:], f"({path})"))


def end_what_was_left(api_url: str, message: str) -> list[FlowRun]:
    """Mark the runs that no worker can be at any more as crashed, so that those after them may start."""
    unfinished = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED)))
    with SyncPrefectClient(api_url) as client:
        left = [run for run in client.read_flow_runs(flow_run_filter=unfinished) if run.work_pool_name == POOL or run.work_queue_id]
        for run in left:
            client.set_flow_run_state(run.id, Crashed(message=message), force=True)
    return left


def coming(api_url: str, *, patience_seconds: float = 15) -> tuple[tuple[str, datetime], ...]:
    """The next run of every deployment that has a schedule, the soonest first."""
    scheduled = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
    until = time.monotonic() + patience_seconds
    with SyncPrefectClient(api_url) as client:
        while True:
            runs = client.read_flow_runs(flow_run_filter=scheduled, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=100)
            names = {run.deployment_id: client.read_deployment(run.deployment_id).name for run in runs if run.deployment_id}
            if names or time.monotonic() > until:
                break
            time.sleep(0.5)
    first: dict[str, datetime] = {}
    for run in runs:
        if run.deployment_id and run.expected_start_time:
            first.setdefault(names[run.deployment_id], run.expected_start_time)
    return tuple(first.items())
