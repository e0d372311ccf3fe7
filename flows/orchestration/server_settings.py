"""How one machine serves: where the server listens, what it keeps and for how long. Prefect reads all of it from the environment."""

from __future__ import annotations

import os
import socket

from config.settings import pages_address
from flows.orchestration.access import CLIENT_SIDE, EVERY_INTERFACE, LOOPBACK, SERVER_SIDE, NotServedError, own_origins, sign_in

DEFAULT_PORT = 4200
SETTINGS = {
    "PREFECT_SERVER_API_HOST": LOOPBACK,  # nobody but this machine
    # No other page may ask it anything: who changes something shows a token that only the server's own pages and programs get.
    "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_UI_API_URL": "/api",  # the pages ask where they come from, also behind a proxy
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
    # An event that finds it locked four times within a tenth of a second is put aside, and the alert with it: ours waits longer.
    "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "flows.orchestration.messages",
    # An event waits fifteen minutes for the one before it, which another server may have handled: ours waits for its own only.
    "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "flows.orchestration.messages",
    # Whoever is told that the server is too busy asks again, for four minutes instead of one: so long old runs may take to leave.
    "PREFECT_CLIENT_MAX_RETRIES": "7",
    # A run that waits its turn behind another of its company is not late yet.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "900",
}
"""What the server and its runs are told, unless the environment says otherwise; each is explained in deployments/README.md."""


def set_up_server(port: int) -> None:
    """Tell Prefect's server, before it is imported, what it keeps, who may ask it, and the secret that it asks for."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ[SERVER_SIDE] = sign_in()
    os.environ["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] = ",".join(own_origins(port).values())


def set_up(port: int) -> str:
    """Tell Prefect, before it is imported, where its server will be; gives the address of its interface."""
    os.environ["PREFECT_API_URL"] = url = api_url(LOOPBACK, port)
    os.environ["PREFECT_UI_URL"] = pages_address() or f"http://{LOOPBACK}:{port}"
    os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), LOOPBACK)))
    set_up_server(port)
    os.environ[CLIENT_SIDE] = os.environ[SERVER_SIDE]
    return url


def api_url(host: str, port: int) -> str:
    """Where programs of this machine ask the server that listens there."""
    return f"http://{LOOPBACK if host in EVERY_INTERFACE else host}:{port}/api"


def check_port(port: int, host: str = LOOPBACK) -> None:
    """See that the port is free; raises NotServedError where it is taken, or where the host is none of this machine's."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise NotServedError(
            f"port {port} of {host} cannot be used ({error.strerror}): end what listens there, or choose another with --port"
        ) from None
