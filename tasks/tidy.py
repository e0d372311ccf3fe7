"""Tidy: what no kept edition needs any more is removed; what is needed to replay one stays."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.store import editions
from tasks.store.folder_of_statements import statements_of_versions
from tasks.store.locks import exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.restatement_settings import Keeping
    from tasks.store.engine import Home

COMPUTED_ANEW = ("texts", "corrected", "accepted", "ledger", "ledgers", "then")
"""Folders of what can be computed anew from the files and from landed extracts; under `then` is what other days knew."""
HELD_AT_ONCE = ("ledger", "ledgers", "then")
"""Those whose parts are kept or removed as a whole, not by extract."""
DAYS_A_YEAR = 366
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Tidied:
    """What was removed, or would be, and what was kept."""

    removed: tuple[Path, ...]
    bytes_count: int
    needed_count: int
    """Landed extracts that stay because an edition rests on them."""
    is_done: bool

    @property
    def sentence(self) -> str:
        """What was done, in a sentence."""
        size = f"{self.bytes_count / MEGABYTE:,.1f} MB"
        verb = "removed" if self.is_done else "would be removed"
        needed = f"{counted(self.needed_count, 'landed extract')} stay{'s' if self.needed_count == 1 else ''}"
        return f"{counted(len(self.removed), 'kept item')} of {size} {verb}; {needed}, since editions rest on them"


def tidy_up(home: Home, keeping: Keeping, *, now: datetime, is_trial: bool = False) -> Tidied:
    """Remove what is older than the company keeps and what no kept edition rests on; in a trial only say what that is.

    Editions themselves are never touched. Raises RefusedError where a manifest cannot be read, since then nobody knows what it needs.
    """
    needed = set(_needed(home, since=now - timedelta(days=keeping.replay_years * DAYS_A_YEAR)))
    old = [path for path in _candidates(home) if _changed_at(path) < now - timedelta(days=keeping.landed_days)]
    removed = tuple(path for path in old if path not in needed)
    bytes_count = sum(_size(path) for path in removed)
    if not is_trial:
        for path in removed:
            _remove(path)
    return Tidied(removed, bytes_count, sum(path.suffix == ".parquet" and path.exists() for path in needed), is_done=not is_trial)


def forget_computed(home: Home, *, now: datetime, waits: bool) -> str:
    """Remove everything that was computed, of every landing, and say so; landed extracts and editions stay.

    While a run of the company works, which would lose what it has just computed, it waits or raises RefusedError.
    """
    with ExitStack() as alone:
        for lock in home.locks():
            alone.enter_context(exclusive_lock(lock, what=f"{lock.stem} of {home.folder.name}", started_at=now, waits=waits))
        computed = [path for path in _candidates(home) if path.relative_to(home.folder).parts[0] in COMPUTED_ANEW]
        bytes_count = sum(_size(path) for path in computed)
        for path in computed:
            _remove(path)
        shutil.rmtree(statements_of_versions(home.folder.parent), ignore_errors=True)
    return (
        f"{counted(len(computed), 'computed item')} of {bytes_count / MEGABYTE:,.1f} MB removed; everything is computed from the extracts"
    )


def _needed(home: Home, *, since: datetime) -> Iterator[Path]:
    """The landed files that the editions published since then, and the latest of each period, rest on."""
    for period in editions.published_periods(home.all_scorecards):
        published = editions.editions(home.scorecards(period))
        for edition in published:
            if edition.manifest.published_at >= since or edition is published[-1]:
                for landed in edition.manifest.landed:
                    yield home.folder / landed.path
                    yield (home.folder / landed.path).with_suffix(".json")


def _candidates(home: Home) -> Iterator[Path]:
    """Everything that runs keep beside editions, file by file or folder by folder."""
    for name in ("landed", *COMPUTED_ANEW):
        folder = home.folder / name
        if folder.is_dir():
            one_deeper = [folder] if name in HELD_AT_ONCE else [path for path in sorted(folder.iterdir()) if path.is_dir()]
            for parent in one_deeper:
                yield from sorted(parent.iterdir())


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
