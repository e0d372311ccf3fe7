"""`customer-math serve` as people start it, in a process of its own on a free port, and what its server answers."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.pipeline.environments import own_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
PATIENCE_SECONDS = 900
"""A busy machine takes long; a test goes on as soon as it can."""
ALERTED_SECONDS = 300
CLIENT = "tests"
ALL_STARTED = "Logs and database"


@dataclass(frozen=True)
class Served:
    """A machine that serves, and how to ask it."""

    home: Path
    port: int
    running: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """What the pages ask for."""
        return (self.home / "prefect" / "sign-in").read_text(encoding="ascii").strip()

    @property
    def said(self) -> str:
        """What the command has said so far."""
        return (self.home / "serving.log").read_text(encoding="utf-8", errors="replace")

    def ask(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        """An answer of its server; raises where it refuses. One that is too busy is asked again, as every client of it does."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = self.request(method, f"/api/{path}", json=body if body is not None else {}, headers=self.csrf_headers(method))
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > until:
                break
            time.sleep(1)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def request(self, method: str, path: str, *, password: str | None = None, **options: Any) -> httpx.Response:
        """One request by a program that is signed in, or tries to be with another password."""
        # The server speaks HTTP: to load the certificates that HTTPS needs takes longer than its answer.
        options = {"timeout": PATIENCE_SECONDS, "trust_env": False, "verify": False, **options}
        user, _, secret = (self.password if password is None else password).partition(":")
        return httpx.request(method, f"{self.url}{path}", auth=(user, secret), **options)

    def csrf_headers(self, method: str = "POST") -> dict[str, str]:
        """What shows that a request that changes something comes from who may read the server's answers."""
        if method == "GET":
            return {}
        answer = self.request("GET", "/api/csrf-token", params={"client": CLIENT})
        return {"Prefect-Csrf-Client": CLIENT, "Prefect-Csrf-Token": answer.raise_for_status().json()["token"]}

    def deployments(self) -> dict[str, dict[str, Any]]:
        """What is deployed, by name."""
        return {each["name"]: each for each in self.ask("deployments/filter")}

    def start(self, deployment: str, **parameters: Any) -> dict[str, Any]:
        """A run of a deployment, as the pages start it."""
        found = self.deployments()[deployment]["id"]
        return self.ask(f"deployments/{found}/create_flow_run", {"parameters": parameters})

    def ended(self, run: dict[str, Any]) -> dict[str, Any]:
        """The run when it has ended."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (now := self.ask(f"flow_runs/{run['id']}", method="GET"))["state_type"] not in ENDED:
            assert time.monotonic() < until, f"{now['name']} is still {now['state_name']}\n{self.said}"
            time.sleep(0.5)
        return now

    def runs(self, flow: str, *states: str) -> list[dict[str, Any]]:
        """Runs of a flow, the latest first, in some states or in any."""
        asked: dict[str, Any] = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"}
        return self.ask("flow_runs/filter", asked | ({"flow_runs": {"state": {"name": {"any_": list(states)}}}} if states else {}))

    def wait_for(
        self, flow: str, *states: str, parameters: dict[str, Any] | None = None, patience_seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """The latest run of a flow in one of those states with those parameters, when there is one."""
        until = time.monotonic() + patience_seconds
        while True:
            for run in self.runs(flow, *states):
                if (parameters or {}).items() <= run["parameters"].items():
                    return run
            assert time.monotonic() < until, f"no run of {flow} became {' or '.join(states)}\n{self.said}"
            time.sleep(1)

    def alert_on(self, run: dict[str, Any]) -> dict[str, Any]:
        """The one alert of a run that crashed: soon, for what Prefect holds up for a quarter of an hour is told to nobody."""
        alert = self.wait_for("tell operations", parameters={"what": "crashed", "run_id": run["id"]}, patience_seconds=ALERTED_SECONDS)
        (only,) = (each for each in self.runs("tell operations") if each["parameters"].get("run_id") == run["id"])
        assert only["id"] == alert["id"]
        return alert

    def artifacts(self, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """What a run shows, by key."""
        return {each["key"]: each for each in self.ask("artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})}

    def command(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Another `customer-math` command on the same machine, told where the server is."""
        command = [sys.executable, "-m", "flows.cli.main", *arguments]
        environment = self.environment | {"PREFECT_API_URL": f"{self.url}/api", **changes}
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    def processes(self) -> list[int]:
        """Every process that knows this home: the command, the server, the worker, and what they started."""
        mine = f"CUSTOMER_MATH_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mine in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(
    home: Path, companies: Path, *names: str, options: Sequence[str] = (), until: str = ALL_STARTED, **settings: str
) -> Iterator[Served]:
    """`customer-math serve` for companies of a folder until the block ends, which ends it as Ctrl-C does."""
    home.mkdir(parents=True, exist_ok=True)
    environment = own_environment(CUSTOMER_MATH_HOME=str(home), CUSTOMER_MATH_COMPANIES=str(companies), **settings)
    port = free_port()
    command = [sys.executable, "-m", "flows.cli.main", "serve", "--port", str(port), *options]
    command += [part for name in names for part in ("--company", name)]
    with (home / "serving.log").open("wb") as log:
        running = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    machine = Served(home, port, running, environment)
    try:
        latest = time.monotonic() + PATIENCE_SECONDS
        while until not in machine.said:
            assert running.poll() is None, machine.said
            assert time.monotonic() < latest, machine.said
            time.sleep(0.2)
        yield machine
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGINT)
        running.wait(timeout=120)
