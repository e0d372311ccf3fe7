"""August of the small company, published once in a whole run of the tests; whoever needs it published gets a copy of its own."""

from __future__ import annotations

import fcntl
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasks.store.homes import CARD, HomeCard
from tests.small_company import EXTRACTS, SmallCompany

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PERIOD = "2026-08"
COMPANY = "shop"


@dataclass(frozen=True)
class GoldenEdition:
    """What is published once, in a folder that all workers of a run of the tests share."""

    folder: Path
    shop: Any
    pipelines: Any

    def copied_to(self, folder: Path, *, only: Sequence[str] = tuple(EXTRACTS)) -> SmallCompany:
        """The company in `folder/shop` with its home in `folder/home`, as if it had been published there; both may be changed."""
        shutil.copytree(self._published(only), folder, dirs_exist_ok=True)
        _belong(folder / "home", folder / COMPANY)
        return SmallCompany(folder / COMPANY)

    def edition(self, *, only: Sequence[str] = tuple(EXTRACTS)) -> Path:
        """The edition itself, to be read and not to be changed."""
        return self._published(only) / "home" / COMPANY / "scorecards" / PERIOD / "edition-1"

    def _published(self, only: Sequence[str]) -> Path:
        def publish(folder: Path) -> None:
            self.pipelines.from_nothing(self.shop(folder / COMPANY, only=only).folder, folder / "home").publish(PERIOD)

        return made_once(self.folder / "-".join(only), publish)


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """A folder made by the first who needs it, of all workers of a run of the tests: `make` is given where to make it."""
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            beside = folder.with_suffix(".partial")
            shutil.rmtree(beside, ignore_errors=True)
            make(beside)
            beside.rename(folder)
    return folder


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One worker at a time; the lock of one that died is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _belong(home: Path, company: Path) -> None:
    """Let a home belong to the copy of its company's folder."""
    card = home / COMPANY / CARD
    belonging = HomeCard.model_validate_json(card.read_bytes()).model_copy(update={"company_folder": str(company.resolve())})
    card.write_text(belonging.model_dump_json(), encoding="utf-8")
