"""Which Prefect server a command's run is recorded on: the one that is set up, or one of its own that ends with the command."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

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
    temporary_settings,
)

from config.faults import without_secrets
from config.redaction import without_password
from config.refusal import ExitStatus, Refusal
from flows.orchestration.access import CLIENT_SIDE, LOOPBACK, SERVER_SIDE
from flows.orchestration.sign_in import sign_in_here, signed_in_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.orchestration.server_thread import ServerThread

STOPPING_SECONDS = 5
"""How long it may take to hand over what was logged last."""


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
    with _server_of_its_own() as own_url, _used_by_all_processes(own_url):
        try:
            yield
        finally:
            APILogWorker.drain_all(timeout=STOPPING_SECONDS)  # what was logged last is recorded while there is a server
            EventsWorker.drain_all(timeout=STOPPING_SECONDS)


@contextmanager
def _used_by_all_processes(own_url: str) -> Iterator[None]:
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
    """A server in a thread of this process, which is gone when the process is, however that ends."""
    from flows.orchestration.server_thread import ServerThread  # noqa: PLC0415 - takes seconds, and a server that is set up does without

    with socket.create_server((LOOPBACK, 0)) as listener:
        server = ServerThread(listener)
        try:
            _wait_for(server)
            yield f"http://{LOOPBACK}:{listener.getsockname()[1]}/api"
        finally:
            server.end()


def _wait_for(server: ServerThread) -> None:
    patience = PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value()
    if server.wait_until_started(patience_seconds=patience):
        return
    ended = f"within {patience} seconds" if server.is_running else "and ended"
    raise ServerError(
        f"the run's own Prefect server did not start {ended}; run again when the machine is less busy "
        f"(PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS gives it longer), or set PREFECT_API_URL. It said: "
        f"{without_secrets(server.last_lines) or 'nothing'}"
    )
