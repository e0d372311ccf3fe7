"""The database of a new home is what Prefect's own migrations make of none, and nothing that is there is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prefect.settings import PREFECT_API_DATABASE_CONNECTION_URL, temporary_settings

from flows.orchestration import server_database
from flows.orchestration.server_database import SCHEMA, begin_database, migrate, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """Where the server's database is to be."""
    path = tmp_path / "prefect.db"
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{path}"}):
        yield path


def parts_of(schema: str) -> list[list[str]]:
    """Every statement by its lines: in which order the migrations make indexes and constraints is another each time."""
    return sorted(sorted(line.strip().rstrip(",") for line in statement.splitlines()) for statement in schema.split(";\n"))


def test_a_new_database_is_as_the_migrations_make_one(database: Path, tmp_path: Path) -> None:
    begin_database()
    assert schema_of(database) == SCHEMA.read_text(encoding="utf-8")
    assert parts_of(schema_of(database)) == parts_of(schema_of(migrate(tmp_path / "migrated"))), "run `make docs`"


def test_a_database_that_is_there_stays(database: Path) -> None:
    database.touch()
    begin_database()
    assert database.read_bytes() == b""


def test_beside_what_another_database_left_none_is_made(database: Path) -> None:
    (database.parent / "prefect.db-wal").touch()
    begin_database()
    assert not database.exists()


def test_another_version_of_prefect_makes_its_own(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_database, "FIRST_LINE", "-- Prefect 99.0\n")
    begin_database()
    assert not database.exists()


@pytest.mark.parametrize(
    "url",
    ["sqlite+aiosqlite:///:memory:", "sqlite+aiosqlite:///file::memory:?cache=shared&uri=true", "postgresql+asyncpg://server/prefect"],
)
def test_a_database_that_is_no_file_is_let_be(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: url}):
        begin_database()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_prefect_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with temporary_settings({PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{tmp_path / 'file' / 'prefect.db'}"}):
        begin_database()
    assert (tmp_path / "file").is_file()
