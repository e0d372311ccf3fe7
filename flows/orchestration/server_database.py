"""The database of a server that has none yet: made at once as Prefect's migrations would leave it, which are a hundred and take seconds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from prefect import __version__ as prefect_version
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL
from sqlalchemy import make_url

from tasks.store.engine import InfrastructureError, write_if_absent

SCHEMA = Path(__file__).with_suffix(".sql")
"""The tables of a new database; the first line says of which version of Prefect."""
FIRST_LINE = f"-- What the migrations of Prefect {prefect_version} make; written by `make docs`, not by hand.\n"
UPGRADE = ("-m", "prefect", "server", "database", "upgrade", "--yes")


def begin_database() -> None:
    """Make the database of this home's server, if it is a file that is not there yet; another version of Prefect makes its own."""
    path = _file_of(PREFECT_API_DATABASE_CONNECTION_URL.value())
    schema = SCHEMA.read_text(encoding="utf-8")
    # What a database's file left beside it would be taken for a part of the new one.
    if path is None or not schema.startswith(FIRST_LINE) or any(path.parent.glob(f"{path.name}*")):
        return
    # Where it cannot be written, Prefect says so: it goes on from whatever there is.
    with (
        suppress(OSError, sqlite3.Error, InfrastructureError),
        write_if_absent(path) as partial,
        closing(sqlite3.connect(partial)) as database,
    ):
        database.executescript(schema)


def _file_of(url: str) -> Path | None:
    """Where a database lies that is a file of SQLite's."""
    database = make_url(url)
    if database.get_backend_name() != "sqlite" or database.query or database.database in (None, ":memory:"):
        return None
    return Path(str(database.database))


def schema_of(path: Path) -> str:
    """The tables of a database, and which migration they are of."""
    with closing(sqlite3.connect(path)) as database:
        return FIRST_LINE + "\n".join(database.iterdump()) + "\n"


def migrate(folder: Path) -> Path:
    """A database that Prefect's own migrations make, in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COV_CORE_"))}
    environment |= {"PREFECT_HOME": str(folder)}
    subprocess.run([sys.executable, *UPGRADE], env=environment, check=True, capture_output=True)  # noqa: S603 - Prefect's own program
    return folder / "prefect.db"


def write_schema() -> None:
    """Write the tables down, where Prefect is of another version than they are of."""
    if SCHEMA.exists() and SCHEMA.read_text(encoding="utf-8").startswith(FIRST_LINE):
        return
    with tempfile.TemporaryDirectory() as folder:
        SCHEMA.write_text(schema_of(migrate(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    write_schema()
