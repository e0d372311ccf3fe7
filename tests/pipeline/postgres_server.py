"""A PostgreSQL server of the tests' own, that can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "s3cret-w0rd"
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
needs_postgres = pytest.mark.skipif(not SERVERS, reason="PostgreSQL's server programs are not installed")


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class PostgresServer:
    """The server's folder and port, and the process that runs."""

    folder: Path
    port: int
    user: str | None
    """Whose processes they are: PostgreSQL does not run as root."""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"postgresql://clerk:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [
            "-p",
            str(self.port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={self.folder}",
            "-c",
            "fsync=off",
        ]
        with (self.folder / "log").open("a") as log:
            command = [SERVERS[-1], "-D", self.folder / "data", *options]
            self.processes.append(
                subprocess.Popen(command, user=self.user, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
            )
        for _ in range(1800):  # a busy machine takes its time to recover
            with suppress(psycopg.OperationalError), psycopg.connect(self.url):
                return
            threading.Event().wait(0.1)
        raise AssertionError("PostgreSQL did not start")

    def kill(self) -> None:
        """End the server and all that works for it at once, as a machine that loses its power does."""
        os.killpg(self.processes[-1].pid, signal.SIGKILL)
        self.processes[-1].wait(timeout=30)

    def stop(self) -> None:
        """End it in good order, if it runs."""
        if self.processes and self.processes[-1].poll() is None:
            self.processes[-1].terminate()
            self.processes[-1].wait(timeout=30)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server that runs, with an empty database; gone afterwards."""
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres-of-tests-"))
    if user:
        shutil.chown(folder, user)
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    password_file.chmod(0o644)
    options = ["-U", "clerk", "-A", "scram-sha-256", f"--pwfile={password_file}", "-N", "-E", "UTF8", "--locale=C"]
    initdb = [SERVERS[-1].with_name("initdb"), "-D", folder / "data", *options]
    subprocess.run(initdb, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
    server = PostgresServer(folder, free_port(), user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
