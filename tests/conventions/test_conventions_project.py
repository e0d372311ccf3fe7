"""What holds for every file of the project, and for what comes with it: words, places, lock, changes, editors' help."""

from __future__ import annotations

import os
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", "var", "dist", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache"}
PICTURES = {".png", ".jpg", ".ico", ".xlsx", ".parquet", ".gz", ".db", ".duckdb", ".sqlite"}
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
PLACES_OF_ONE_MACHINE = re.compile(r"(?<![\w.~-])/(work|root|home|Users|opt)/\w|\b[A-Z]:\\\\?Users\b")
PACKAGE_INDEXES = re.compile(r"pypi\.org|pythonhosted\.org|registry\.npmjs|(?<!emit-)index-url|artifactory|devpi", re.IGNORECASE)
WORDS_WITH_A_BETTER_ONE = re.compile(r"\b(ltv|churn|churned|legacy)\b", re.IGNORECASE)
LOCKS = ("requirements.lock", "requirements-dev.lock")
"""What running needs, and what development needs beside it."""
LAYERS = ("flows", "tasks", "expectations", "config")


def files() -> Iterator[Path]:
    """Every file of the project that people read."""
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = sorted(name for name in set(folders) - NOT_OURS if not name.startswith(".venv"))
        ours = sorted(set(names) - NOT_OURS)  # beside a second working tree, .git is a file
        yield from (Path(folder, name) for name in ours if Path(name).suffix not in PICTURES and not name.startswith(".coverage"))


def found(pattern: re.Pattern[str], *, among: Iterator[Path]) -> list[str]:
    """Where a pattern occurs, as `file:line: line`; in this file it is written."""
    return [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in among
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


@cache
def pyproject() -> dict[str, Any]:
    """The project's own description."""
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def canonical(name: str) -> str:
    """A package's name as the lock writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def asked_for() -> dict[str, Requirement]:
    """The packages that pyproject.toml asks for, by name."""
    groups = pyproject()["dependency-groups"]
    texts = [*pyproject()["project"]["dependencies"], *groups["setup"], *(each for each in groups["dev"] if isinstance(each, str))]
    return {canonical(requirement.name): requirement for requirement in map(Requirement, texts)}


def locked() -> dict[str, str]:
    """The locks' entries, with hashes and with the comment on who asks for the package, by name."""
    entries = re.split(r"\n(?=[a-z0-9])", "".join((PROJECT / name).read_text(encoding="utf-8") for name in LOCKS))
    return {entry.split("==")[0].strip(): entry for entry in entries}


def test_nothing_is_promised_for_later() -> None:
    assert found(PROMISES, among=files()) == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    assert found(PLACES_OF_ONE_MACHINE, among=files()) == []


def test_no_file_names_a_package_index() -> None:
    assert found(PACKAGE_INDEXES, among=files()) == []
    assert [name for name in LOCKS if "://" in (PROJECT / name).read_text(encoding="utf-8")] == []


def test_the_code_uses_the_shared_words() -> None:
    assert found(WORDS_WITH_A_BETTER_ONE, among=(path for layer in LAYERS for path in (PROJECT / layer).rglob("*.py"))) == []


def test_the_lock_holds_what_pyproject_asks_for_and_nothing_else() -> None:
    asked_by_us = {name for name, entry in locked().items() if "customer-math (pyproject.toml" in entry}
    assert asked_by_us <= set(asked_for()) <= set(locked()), "run `make lock`"


def test_running_needs_nothing_that_only_development_asks_for() -> None:
    running, beside = ((PROJECT / name).read_text(encoding="utf-8") for name in LOCKS)
    assert (":dev)" in running, ":dev)" in beside, ":setup)" in running) == (False, True, True), "run `make lock`"


def test_every_locked_version_is_one_that_pyproject_allows() -> None:
    versions = {name: entry.split("==")[1].split()[0] for name, entry in locked().items()}
    refused = [name for name, asked in asked_for().items() if not asked.specifier.contains(versions[name], prereleases=True)]
    assert refused == [], "run `make lock`"


def test_every_locked_package_has_its_hashes() -> None:
    assert [name for name, entry in locked().items() if "--hash=sha256:" not in entry] == []


def test_the_changes_tell_of_the_current_version() -> None:
    changes = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] == pyproject()["project"]["version"]


def test_every_target_of_make_says_what_it_does() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    named = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert named is not None
    explained = set(re.findall(r"^([a-z-]+):.* ## \w+", makefile, re.MULTILINE))
    assert explained == set(named[1].split())


def test_what_continuous_integration_runs_can_be_run() -> None:
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)


def test_editors_are_told_the_schema_of_a_companys_files() -> None:
    headless = []
    for path in sorted((PROJECT / "config").rglob("*.yaml")):
        schema = os.path.relpath(PROJECT / "config" / "schemas" / f"{path.stem}.schema.json", path.parent)
        first_line = f"# yaml-language-server: $schema={schema}"
        if path.read_text(encoding="utf-8").splitlines()[0] != first_line:
            headless.append(f"{path.relative_to(PROJECT)}:1: expected `{first_line}`")
    assert headless == []
