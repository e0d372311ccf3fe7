"""Hostile company folders: whatever they say, they are refused in words or do what they say; nothing outside is read, no secret shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tasks.sources.databases import read_database
from tests.pipeline.fuzzing.boundary import Shop, ended, rows_of
from tests.pipeline.fuzzing.folders import hostile_folder
from tests.pipeline.fuzzing.hostile_values import OUTSIDE, SECRET, VARIABLE
from tests.pipeline.fuzzing.orders import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEVER_SAID = (SECRET, OUTSIDE, *SECRETS)
OF_EVERY_DAY, CHECKED_EVERY = 200, 4
"""All are read and judged; `check`, which goes through the same readers once more, looks at some of every day's and at all others."""


@pytest.mark.parametrize("half", [0, 1])
def test_hostile_folders_end_in_words_and_read_nothing_outside(
    half: int, tmp_path: Path, pipelines: Any, fuzz_count: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    monkeypatch.delenv("UNSET", raising=False)
    monkeypatch.setattr(read_database, "__kwdefaults__", {**(read_database.__kwdefaults__ or {}), "waits_seconds": ()})
    settings = pipelines.settings_in(tmp_path / "home", threads=1)
    outside = tmp_path / "outside.txt"
    problems = [
        f"{name}: {problem}"
        for number in fuzz_count(OF_EVERY_DAY)[half::2]
        for name, problem in _problems(number, tmp_path, outside, settings)
    ]
    assert not problems, "\n".join(problems)


def _problems(number: int, tmp_path: Path, outside: Path, settings: Any) -> Iterator[tuple[str, str]]:
    outside.write_text(OUTSIDE, encoding="utf-8")
    hostile = hostile_folder(number)
    shop = Shop(tmp_path / f"company-{number}", settings)
    hostile.write(shop.folder, outside)
    if number % CHECKED_EVERY == 0 or number >= OF_EVERY_DAY:
        checked = ended(lambda: print(*shop.check(), sep="\n"))  # noqa: T201 - as the command says it
        yield from ((f"{hostile.name}, checked", problem) for problem in checked.problems(NEVER_SAID))
    landed = ended(shop.land)
    yield from ((hostile.name, problem) for problem in landed.problems(NEVER_SAID))
    if outside.read_text(encoding="utf-8") != OUTSIDE:
        yield hostile.name, "has written outside"
    if not landed.was_accepted:
        return
    rows = [str(row) for each in landed.value.values() for row in rows_of(each.path)]
    yield from ((hostile.name, f"reads {word!r}") for word in (SECRET, OUTSIDE, "root:") if any(word in row for row in rows))
    accepted = ended(lambda: shop.accept(landed.value))
    yield from ((f"{hostile.name}, accepted", problem) for problem in accepted.problems(NEVER_SAID))
    for each in accepted.value or []:
        found = sum(len(rows_of(path)) for path in (each.path, each.set_aside_path, each.superseded_path))
        if found != landed.value[each.extract].rows_count:
            yield hostile.name, f"{landed.value[each.extract].rows_count} rows landed, {found} accounted for"
