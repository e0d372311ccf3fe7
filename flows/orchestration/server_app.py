"""Prefect's server behind its door, as a process that `serve` and `server` start with a host and a port."""

from __future__ import annotations

import sys

import uvicorn
from prefect.server.api.server import create_app
from prefect.settings import get_current_settings

from config.settings import home_folder
from flows.orchestration.access import own_origins
from flows.orchestration.edition_pages import EditionPages
from flows.orchestration.guard import Guard
from flows.orchestration.server_database import begin_database
from flows.orchestration.sign_in import secret_of_server

CLOSING_SECONDS = 3
"""How long an open connection may hold up the end of the server."""


def guarded_server(port: int) -> Guard:
    """Prefect's server with its pages, schedules and automations, and the editions of this home, behind one secret; its port is fixed."""
    secret = secret_of_server()
    begin_database()
    pages = EditionPages(create_app(final=True), home_folder(), secret)
    return Guard(pages, own_origins(port))


def run_server(host: str, port: int) -> None:
    """Serve until the process is told to end, with the settings by which `prefect server start` does it."""
    settings = get_current_settings().server
    uvicorn.run(
        guarded_server(port),
        host=host,
        port=port,
        interface="asgi3",
        log_level=settings.logging_level.lower(),
        timeout_keep_alive=settings.api.keepalive_timeout,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        ws_ping_interval=settings.api.websocket_ping_interval,
        ws_ping_timeout=settings.api.websocket_ping_timeout,
    )


if __name__ == "__main__":
    run_server(sys.argv[1], int(sys.argv[2]))
