"""A MariaDB server of the tests' own, on a free port of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pymysql
import pytest

from tests.pipeline.postgres_server import PASSWORD, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER, INSTALL = Path("/usr/sbin/mariadbd"), Path("/usr/bin/mariadb-install-db")
PATIENCE_SECONDS = 120
needs_mariadb = pytest.mark.skipif(not (SERVER.exists() and INSTALL.exists()), reason="MariaDB's server programs are not installed")
SET_UP = (
    "CREATE DATABASE shop CHARACTER SET utf8mb4",
    f"CREATE USER clerk@localhost IDENTIFIED BY '{PASSWORD}'",
    f"CREATE USER clerk@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
    "GRANT ALL ON *.* TO clerk@localhost",
    "GRANT ALL ON *.* TO clerk@'127.0.0.1'",
)
"""A role that may do everything, so that what it does not do is not its rights' doing."""


@contextmanager
def mariadb_server() -> Iterator[str]:
    """The URL of a server that runs, with an empty database `shop`; gone afterwards."""
    user = "mysql" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="mariadb-of-tests-"))
    if user:
        shutil.chown(folder, user)
    data, socket, port = folder / "data", folder / "socket", free_port()
    quiet = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([INSTALL, "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal"], check=True, **quiet)
    options = [f"--datadir={data}", f"--socket={socket}", f"--port={port}", "--bind-address=127.0.0.1", f"--pid-file={folder / 'pid'}"]
    running = subprocess.Popen([SERVER, "--no-defaults", *options, "--innodb-flush-log-at-trx-commit=0"], **quiet)
    try:
        _set_up(str(socket))
        yield f"mysql://clerk:{PASSWORD}@127.0.0.1:{port}/shop"
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _set_up(socket: str) -> None:
    for _ in range(PATIENCE_SECONDS * 10):
        with suppress(pymysql.err.OperationalError):
            if not Path(socket).exists():
                threading.Event().wait(0.1)
                continue
            root = pymysql.connect(unix_socket=socket, user="root")
            break
        threading.Event().wait(0.1)
    else:
        raise AssertionError("MariaDB did not start")
    with root, root.cursor() as cursor:
        for statement in SET_UP:
            cursor.execute(statement)
