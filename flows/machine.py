"""How one machine serves: where the server listens, what it keeps and for how long. Prefect reads all of it from the environment."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from config.settings import home_folder

if TYPE_CHECKING:
    from pathlib import Path

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 4200
SETTINGS = {
    "PREFECT_SERVER_API_HOST": LOOPBACK,  # nobody but this machine
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Places in the queue outlive the server; without this, one that is started again fails the runs that hold one.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Old runs and events leave the database: runs after 90 days, events after 7.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": '["events","flow_runs"]',
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(90 * 24 * 3600),
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P7D",
    # A run says every 30 seconds that it lives; deployments/automations.yaml calls it dead after 100 seconds without a word.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # SQLite lets one write at a time; on a busy machine a write waits longer than Prefect's ten seconds.
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    # Whoever is told that the server is too busy asks again, for four minutes instead of one: so long old runs may take to leave.
    "PREFECT_CLIENT_MAX_RETRIES": "7",
    # A run that waits its turn behind another of its company is not late yet.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "900",
}
"""What the server and its runs are told, unless the environment says otherwise; each is explained in deployments/README.md."""


class NotServedError(RuntimeError):
    """This machine cannot serve; the message says what is in the way and what to do."""


def set_up(port: int) -> str:
    """Tell Prefect, before it is imported, where its server will be; gives the address of its interface."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["PREFECT_API_URL"] = api_url = f"http://{LOOPBACK}:{port}/api"
    os.environ["PREFECT_UI_URL"] = f"http://{LOOPBACK}:{port}"
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), LOOPBACK)))
    return api_url


def check_port(port: int) -> None:
    """See that the port is free; raises NotServedError where it is taken."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, port))
        except OSError as error:
            raise NotServedError(
                f"port {port} of {LOOPBACK} cannot be used ({error.strerror}): end what listens there, or choose another with --port"
            ) from None


def kept_under() -> Path:
    """The folder of the server's database, leases and logs."""
    return home_folder() / "prefect"
