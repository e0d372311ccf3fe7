"""A Prefect server in a thread of a command's own process: it shares what the command has imported, and is gone when that is gone."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import uvicorn
from prefect.server.api import server as prefect_server
from prefect.settings import (
    PREFECT_API_BLOCKS_REGISTER_ON_START,
    PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED,
    PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED,
    PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE,
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE,
    PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED,
    temporary_settings,
)

from flows.orchestration.access import own_origins
from flows.orchestration.guard import Guard
from flows.orchestration.server_database import begin_database
from flows.orchestration.sign_in import secret_of_server

if TYPE_CHECKING:
    import socket

    from fastapi import FastAPI
    from prefect.settings.context import SettingKey

STOPPING_SECONDS = 5
"""How long it may take to write down what it heard last; then it ends with the process, where it stands."""
LOOK_EVERY_SECONDS = 0.02
LAST_LINES = 5
LOGS = ("prefect.server", "uvicorn", "fastapi", "docket")
"""Who logs for a server; it is not what the reader of a command's output waits for."""
WRITTEN_AT_ONCE = 200
"""Events that are written together; Prefect's own 1 and 20 are for a server of many runs that are watched while they run."""
SETTINGS: dict[SettingKey, Any] = {
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE: WRITTEN_AT_ONCE,
    PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE: WRITTEN_AT_ONCE,
    PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED: False,  # automations are for the runs of deployments, which the home's own server starts
    PREFECT_API_BLOCKS_REGISTER_ON_START: False,  # kinds of blocks are for forms on pages, which the home's own server has
    PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED: False,  # nobody watches
    PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED: False,
}
USED_BY_RUNS = frozenset({"/csrf-token", "/events", "/flow_runs", "/flows", "/logs", "/artifacts"})
"""Prefixes of what every run asks for."""


class LastLines(logging.Handler):
    """Keeps the end of what a server logs, in case that it does not start."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: deque[str] = deque(maxlen=LAST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record, and forget what was before."""
        self.lines.extend(self.format(record).splitlines())


class ServerThread:
    """A server that answers on one listener, signed in by the secret of this process; it keeps what runs tell it, and does nothing else."""

    def __init__(self, listener: socket.socket) -> None:
        self._log = LastLines()
        with temporary_settings(SETTINGS):
            app = Guard(_application(), own_origins(listener.getsockname()[1]))
            # Both ends are this process: neither has to look whether the other lives.
            config = uvicorn.Config(app, interface="asgi3", log_config=None, lifespan="on", ws_ping_interval=None)
            self._server = uvicorn.Server(config)
            context = copy_context()  # a thread has no settings of its own
        for name in LOGS:
            log = logging.getLogger(name)
            log.handlers, log.propagate = [self._log], False
        self._thread = threading.Thread(target=context.run, args=(self._run, listener), name="prefect-server", daemon=True)
        self._thread.start()

    def _run(self, listener: socket.socket) -> None:
        try:
            self._server.run(sockets=[listener])
        except Exception:
            logging.getLogger("prefect.server").exception("ended by itself")

    def wait_until_started(self, *, patience_seconds: float) -> bool:
        """Whether it answers; not, where it has ended or takes too long."""
        until = time.monotonic() + patience_seconds
        while not self._server.started and self.is_running and time.monotonic() < until:
            time.sleep(LOOK_EVERY_SECONDS)
        return self._server.started

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    @property
    def last_lines(self) -> str:
        """The end of its log, in one line."""
        return " | ".join(self._log.lines)

    def end(self) -> None:
        """Let it write down what it heard last, and end."""
        self._server.should_exit = True
        self._thread.join(STOPPING_SECONDS)


def _application() -> FastAPI:
    """Prefect's server without pages, schedules and automations, which asks for the secret.

    FastAPI makes the routes of one part after the other until one of them answers: the parts that runs use come first.
    """
    secret_of_server()
    begin_database()
    prefect_server.API_ROUTERS = tuple(sorted(prefect_server.API_ROUTERS, key=lambda router: router.prefix not in USED_BY_RUNS))
    return prefect_server.create_app(ephemeral=True, ignore_cache=True)
