"""Statements are made once for all that decides them, and read back by later processes only as they were written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.sources import statements
from tasks.sources.statements import folder_of_version, statement_of

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path


@dataclass(frozen=True)
class Choice:
    name: str
    columns: frozenset[str]


def made(folder: Path, decided_by: Hashable, statement: str = "SELECT 1") -> tuple[str, bool]:
    """The statement in a process that remembers nothing, and whether it was made there."""
    calls: list[str] = []

    def make() -> str:
        calls.append(statement)
        return statement

    return statement_of({}, decided_by, make, folder=folder), bool(calls)


def test_a_statement_is_made_once_and_read_back(tmp_path: Path) -> None:
    decided_by = ("cells", Choice("full", frozenset({"a", "b", "c"})), Decimal("1.0"))
    assert made(tmp_path, decided_by) == ("SELECT 1", True)
    assert made(tmp_path, decided_by, "SELECT 2") == ("SELECT 1", False)
    assert made(tmp_path, (*decided_by, 1), "SELECT 3") == ("SELECT 3", True)


@pytest.mark.parametrize("statement", ["SELECT 'a\r\nb\rc'", "SELECT '\ud83d'", "", "\n"])
def test_a_statement_is_read_back_sign_by_sign(tmp_path: Path, statement: str) -> None:
    assert made(tmp_path, ("about", statement), statement) == (statement, True)
    assert made(tmp_path, ("about", statement), "another") == (statement, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (1, "1"),
        (("a", "b"), ("a,b",)),
        (None, "None"),
        (Choice("a", frozenset()), Choice("b", frozenset())),
        (int, str),
    ],
)
def test_what_is_something_else_has_a_statement_of_its_own(tmp_path: Path, one: Hashable, other: Hashable) -> None:
    assert made(tmp_path, ("about", one))[1]
    assert made(tmp_path, ("about", other))[1]


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: text.replace("SELECT 1", "SELECT 2"), lambda _text: ""])
def test_a_damaged_statement_is_made_again(tmp_path: Path, damage: Any) -> None:
    made(tmp_path, "about")
    (path,) = tmp_path.iterdir()
    path.write_text(damage(path.read_text()))
    assert made(tmp_path, "about") == ("SELECT 1", True)
    assert made(tmp_path, "about") == ("SELECT 1", False)


def test_a_statement_under_the_name_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    made(tmp_path, "about", "SELECT 1")
    (one,) = tmp_path.iterdir()
    made(tmp_path, "other", "SELECT 2")
    (other,) = set(tmp_path.iterdir()) - {one}
    one.write_bytes(other.read_bytes())
    assert made(tmp_path, "about") == ("SELECT 1", True)


def test_what_cannot_be_told_to_another_process_is_not_kept(tmp_path: Path) -> None:
    assert made(tmp_path, ("about", object())) == ("SELECT 1", True)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for _attempt in range(2):
        assert made(tmp_path / "file" / "under it", "about") == ("SELECT 1", True)
    assert folder_of_version(tmp_path / "file", version="1").parent == tmp_path / "file"


def test_statements_of_other_versions_go(tmp_path: Path) -> None:
    first = folder_of_version(tmp_path, version="1")
    made(first, "about")
    assert folder_of_version(tmp_path, version="1") == first
    assert made(first, "about") == ("SELECT 1", False)
    second = folder_of_version(tmp_path, version="2")
    assert list(tmp_path.iterdir()) == [second]


def test_a_folder_with_too_many_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_STORED", 2)
    folder = folder_of_version(tmp_path, version="1")
    for number in range(3):
        made(folder, number)
    assert not list(folder_of_version(tmp_path, version="1").iterdir())


def test_the_memory_of_a_process_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_REMEMBERED", 2)
    remembered: dict[Any, str] = {}
    for number in range(3):
        statement_of(remembered, number, lambda: "SELECT 1", folder=None)
    assert list(remembered) == [2]
