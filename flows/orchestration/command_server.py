"""Which Prefect server a command's run is recorded on: the one that is set up, or one of its own that ends with the command."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import IO, TYPE_CHECKING

import httpx
from prefect.context import refresh_global_settings_context
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    PREFECT_UI_URL,
    get_current_settings,
    temporary_settings,
)

from config.faults import without_secrets
from config.redaction import without_password
from config.refusal import ExitStatus, Refusal
from flows.orchestration.access import CLIENT_SIDE, LOOPBACK, SERVER_SIDE
from flows.orchestration.sign_in import sign_in_here, signed_in_client

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPPING_SECONDS = 5
"""How long a server of a command's own may take to end."""
LAST_LINES = 5
OF_ITS_OWN = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""How Prefect starts a server for one run: without pages, and without schedules."""


class ServerError(Refusal):
    """The Prefect server cannot be used; the message says which one, and what to do."""

    exit_status = ExitStatus.FAULT
    state_name = "Failed"


@contextmanager
def server_for_a_command() -> Iterator[None]:
    """Have a Prefect server that answers: the one of PREFECT_API_URL, or one of the command's own; raises ServerError."""
    url = PREFECT_API_URL.value()
    if url:
        sign_in_here()
        check_server(url)
        yield
        return
    if not PREFECT_SERVER_ALLOW_EPHEMERAL_MODE.value():
        raise ServerError(
            "PREFECT_API_URL is not set, and PREFECT_SERVER_ALLOW_EPHEMERAL_MODE forbids a server of the run's own: "
            "set PREFECT_API_URL to a server's address, or unset the other"
        )
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), LOOPBACK)))  # what listens here is behind no proxy
    with _server_of_its_own() as own_url, _asked_by_all_processes(own_url):
        try:
            yield
        finally:
            APILogWorker.drain_all(timeout=STOPPING_SECONDS)  # what was logged last is recorded while there is a server
            EventsWorker.drain_all(timeout=STOPPING_SECONDS)


@contextmanager
def _asked_by_all_processes(own_url: str) -> Iterator[None]:
    """Let this process and those of a pool ask the server, signed in; each of a pool would start one of its own otherwise."""
    before = {name: os.environ.get(name) for name in ("PREFECT_API_URL", CLIENT_SIDE)}
    secret = os.environ[SERVER_SIDE]
    os.environ.update({"PREFECT_API_URL": own_url, CLIENT_SIDE: secret})
    refresh_global_settings_context()  # for threads that have no settings of their own
    try:
        with temporary_settings({PREFECT_API_URL: own_url, PREFECT_API_AUTH_STRING: secret, PREFECT_UI_URL: ""}):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        refresh_global_settings_context()


def check_server(api_url: str) -> None:
    """See that a Prefect server answers there, and to us; raises ServerError with what to do where it does not."""
    try:
        with signed_in_client(api_url) as client:
            client.api_version()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(error, api_url=api_url) from None
    except ValueError:
        raise ServerError(f"{_named(api_url)}: expected a Prefect server's answer, found a page; the address ends with /api") from None


def _named(api_url: str) -> str:
    return f"PREFECT_API_URL={without_password(api_url)}"


def unreachable(error: httpx.HTTPError | httpx.InvalidURL, *, api_url: str | None = None) -> ServerError:
    """What is wrong with the server, by how it answered."""
    server = _named(api_url or PREFECT_API_URL.value() or "not set")
    if not isinstance(error, httpx.HTTPStatusError):
        return ServerError(f"{server}: no server answers there; start it, or correct the address")
    status = error.response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return ServerError(
            f"{server}: its server does not let this command in (status {status}); set {CLIENT_SIDE} to the user:password that it has as "
            f"{SERVER_SIDE}; on its machine, `customer-math sign-in` prints it"
        )
    return ServerError(f"{server}: expected a Prefect server's answer, found status {status}; correct the address, or see its log")


@contextmanager
def _server_of_its_own() -> Iterator[str]:
    """A server in a process of its own that hears of our end by its standard input, which the system closes however we end."""
    with socket.create_server((LOOPBACK, 0)) as listener, tempfile.TemporaryFile() as log:
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        running = subprocess.Popen(  # noqa: S603 - a module of our own
            [sys.executable, "-m", "flows.orchestration.command_server_process", str(listener.fileno())],
            env={**os.environ, **settings, **OF_ITS_OWN},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is ours to hear
        )
        try:
            url = f"http://{LOOPBACK}:{listener.getsockname()[1]}/api"
            listener.close()
            _wait_for(url, running, log)
            yield url
        finally:
            _end(running)


def _wait_for(url: str, running: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    patience = PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value()
    until = time.monotonic() + patience
    while time.monotonic() < until and running.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == HTTPStatus.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    log.seek(0)
    said = " | ".join(log.read().decode(errors="replace").splitlines()[-LAST_LINES:])
    ended = f"within {patience} seconds" if running.poll() is None else f"and ended with status {running.returncode}"
    raise ServerError(
        f"the run's own Prefect server did not start {ended}; run again when the machine is less busy "
        f"(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS gives it longer), or set PREFECT_API_URL. It said: "
        f"{without_secrets(said) or 'nothing'}"
    )


def _end(running: subprocess.Popen[bytes]) -> None:
    assert running.stdin is not None
    running.stdin.close()
    try:
        running.wait(STOPPING_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
