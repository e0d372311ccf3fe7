"""A served machine attacked from other pages in a real browser, and by programs: nothing is answered, and nothing runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import websockets

from tests.pipeline.attacks import attack
from tests.pipeline.chromium import chromium, needs_chromium
from tests.pipeline.environments import own_environment
from tests.pipeline.served import PATIENCE_SECONDS, free_port, served
from tests.pipeline.serving_pages import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipeline.attacks import Attack
    from tests.pipeline.chromium import Browser
    from tests.pipeline.served import Served

FLOW = {"name": "attack-program"}
SOCKETS = ("events/in", "events/out", "logs/out", "task_runs/subscriptions/scheduled", "work_pools/customer-math/workers/connect")
SUBPROTOCOL = "prefect"


@pytest.fixture(scope="module")
def machine(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("attacked")
    shop(folder / "companies" / "shop")
    with served(folder / "home", folder / "companies", "shop") as machine:
        yield machine


def start_request(machine: Served, marker: Path) -> dict[str, Any]:
    """What starts a run that does nothing but write a file."""
    deployment = machine.deployments()["weekly-shop"]["id"]
    body = {"job_variables": {"command": f"touch {marker}"}, "enforce_parameter_schema": False}
    return {"url": f"{machine.url}/api/deployments/{deployment}/create_flow_run", "body": body}


def state_of(machine: Served) -> tuple[Any, ...]:
    """What an attack would change: flows, deployments, and runs that nobody scheduled."""
    flows = sorted(each["name"] for each in machine.ask("flows/filter"))
    runs = machine.ask("flow_runs/count", {"flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}})
    by_hand = [each["id"] for each in machine.ask("flow_runs/filter") if not each["auto_scheduled"]]
    written = ("id", "entrypoint", "job_variables", "pull_steps", "parameters", "schedules", "paused")
    deployments = {name: {key: each[key] for key in written} for name, each in machine.deployments().items()}
    return flows, deployments, runs, sorted(by_hand)


def refused(attempt: Attack) -> bool:
    """Whether every attempt was answered by a refusal, or not at all."""
    assert {status for _, status in attempt.answers} == {403}
    assert attempt.rebound == {"read": 403, "written": 403, "started": 403, "socket": "failed"}
    return {kind: what for kind, what in attempt.elsewhere.items() if what not in {"failed", "opaque 0"}} == {"iframe": "loaded"}


@needs_chromium
@pytest.mark.browser
@pytest.mark.parametrize("is_signed_in", [False, True], ids=["a-stranger", "signed-in"])
def test_no_other_page_makes_the_server_do_or_say_anything(machine: Served, tmp_path: Path, is_signed_in: bool) -> None:
    marker = tmp_path / "ran"
    before, run = state_of(machine), start_request(machine, marker)
    with chromium(tmp_path) as browser:
        if is_signed_in:
            sign_in(browser, machine)
            assert not browser.problems
        assert refused(attack(browser.page, port=machine.port, name="attack", run=run))
        if is_signed_in:
            assert stays_signed_in(browser, machine)
    assert state_of(machine) == before
    assert not marker.exists()


def stays_signed_in(browser: Browser, machine: Served) -> bool:
    """Whether the pages show the deployments still, without asking for the password."""
    browser.page.goto(f"{machine.url}/v2/deployments")
    browser.page.get_by_role("link", name="weekly-shop").first.wait_for()
    return True


@needs_chromium
@pytest.mark.browser
def test_the_same_page_has_its_way_with_an_unprotected_server(tmp_path: Path) -> None:
    with chromium(tmp_path) as browser, unprotected_server(tmp_path / "plain") as port:
        url = f"http://127.0.0.1:{port}"
        attempt = attack(browser.page, port=port, name="attack", run={"url": f"{url}/api/flows/", "body": {"name": "attack-run"}})
        flows = {each["name"] for each in httpx.post(f"{url}/api/flows/filter", json={}, timeout=PATIENCE_SECONDS).json()}
    assert attempt.rebound == {"read": 200, "written": 201, "started": 201, "socket": "opened"}
    assert (attempt.elsewhere["json"], attempt.elsewhere["read"], attempt.elsewhere["socket"]) == ("cors 201", "cors 422", "opened")
    assert {"attack-json", "attack-rebound", "attack-untyped", "attack-run"} <= flows


def test_a_program_that_is_signed_in_starts_what_the_pages_could_not(machine: Served, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    run = start_request(machine, marker)
    machine.ask(run["url"].removeprefix(f"{machine.url}/api/"), run["body"])
    until = time.monotonic() + PATIENCE_SECONDS
    while not marker.exists():
        assert time.monotonic() < until, machine.said
        time.sleep(0.5)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"auth": None}, 401),
        ({"auth": ("customer-math", "wrong")}, 401),
        ({"auth": ("", "")}, 401),
        ({"headers": {"Host": "evil.example"}}, 403),
        ({"headers": {"Host": "127.0.0.1:1"}}, 403),
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"json": None, "content": json.dumps(FLOW), "headers": {"Content-Type": "text/plain"}}, 403),
        ({"json": None, "content": json.dumps(FLOW)}, 403),
        ({"csrf": False}, 403),
        ({"headers": {"Prefect-Csrf-Token": "wrong"}}, 403),
    ],
)
def test_a_request_that_lacks_anything_is_refused(machine: Served, changes: dict[str, Any], status: int) -> None:
    user, _, secret = machine.password.partition(":")
    headers = (machine.csrf_headers() if changes.get("csrf", True) else {}) | changes.get("headers", {})
    request = {"auth": (user, secret), "json": FLOW} | {name: value for name, value in changes.items() if name not in {"csrf", "headers"}}
    answer = httpx.post(f"{machine.url}/api/flows/", headers=headers, trust_env=False, timeout=PATIENCE_SECONDS, **request)
    assert answer.status_code == status
    assert FLOW["name"] not in {each["name"] for each in machine.ask("flows/filter")}


@pytest.mark.parametrize("path", ["/", "/v2/", "/api/health", "/api/ready", "/ui-settings", "/docs", "/openapi.json", "/api/docs"])
@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_every_path_is_closed_to_another_name_and_another_page(machine: Served, path: str, header: dict[str, str]) -> None:
    assert machine.request("GET", path, headers=header).status_code == 403


@pytest.mark.parametrize("path", ["/api/admin/settings", "/api/csrf-token?client=a", "/api/docs", "/api/static/", "/api/metrics"])
def test_nothing_of_the_interface_is_shown_without_the_secret(machine: Served, path: str) -> None:
    assert httpx.get(f"{machine.url}{path}", trust_env=False, timeout=PATIENCE_SECONDS).status_code == 401


def connected(machine: Served, path: str, *, token: str | None, origin: str | None = None) -> str:
    """What a WebSocket comes to: refused at the door, closed, or the server's answer to the password."""

    async def connect() -> str:
        address = f"ws://127.0.0.1:{machine.port}/api/{path}"
        subprotocols = [websockets.Subprotocol(SUBPROTOCOL)] if token is not None else None
        try:
            async with websockets.connect(address, subprotocols=subprotocols, origin=origin and websockets.Origin(origin)) as socket:  # pyright: ignore[reportArgumentType] - none is no origin
                if token is not None:
                    await socket.send(json.dumps({"type": "auth", "token": token}))
                return json.loads(await socket.recv())["type"]
        except websockets.InvalidStatus as error:
            return f"status {error.response.status_code}"
        except websockets.ConnectionClosed:
            return "closed"

    return asyncio.run(connect())


@pytest.mark.parametrize("path", SOCKETS)
def test_a_socket_needs_the_secret_and_is_closed_to_another_page(machine: Served, path: str) -> None:
    assert connected(machine, path, token=machine.password) == "auth_success"
    assert connected(machine, path, token=machine.password, origin=machine.url) == "auth_success"
    assert connected(machine, path, token=machine.password, origin="http://evil.example") == "status 403"
    assert connected(machine, path, token="customer-math:wrong") == "closed"
    assert connected(machine, path, token="") == "closed"
    assert connected(machine, path, token=None) in {"closed", "status 403"}


@contextmanager
def unprotected_server(home: Path) -> Iterator[int]:
    """A server of Prefect's own, as it is started without any setting."""
    home.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port)]
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(command, env=own_environment(PREFECT_HOME=str(home)), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            assert running.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.2)
        yield port
    finally:
        running.terminate()
        running.wait(timeout=60)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
