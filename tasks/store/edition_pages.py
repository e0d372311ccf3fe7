"""What of editions a server may show: files that people read and that name no customer, each as it was published."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from expectations.verdict import RefusedError
from tasks.store.editions import EDITION, editions, published_periods, read_edition
from tasks.store.homes import CARD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = "/editions"
"""Below which address they stand."""
SHOWN = {
    "page.html": "text/html; charset=utf-8",
    "page.pdf": "application/pdf",
    "scorecard.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "trend.png": "image/png",
    "digest.txt": "text/plain; charset=utf-8",
    "thread.txt": "text/plain; charset=utf-8",
    "validation/index.html": "text/html; charset=utf-8",
}
"""Files of an edition by name, and what each is; lists of customers and the rows behind the figures are not among them."""


@dataclass(frozen=True)
class ShownFile:
    """One file of an edition."""

    name: str
    kind: str
    content: bytes


def edition_path(folder: Path) -> str:
    """Below which address the files of an edition stand, given its folder: /editions/demo/2026-Q3/edition-1."""
    company, period = folder.parents[2].name, folder.parents[0].name
    return f"{AT}/{quote(company, safe='')}/{period}/{folder.name}"


def shown_file(home: Path, path: str) -> ShownFile | None:
    """The file behind a path below the editions' address; none where there is none that may be shown.

    Names are only looked up among those that are there, so that no path leads out of an edition. Raises RefusedError where a
    file is not as it was published.
    """
    company, period, edition, name = (path.strip("/").split("/", 3) + [""] * 4)[:4]
    is_there = company in _companies(home) and period in published_periods(home / company / "scorecards")
    match = EDITION.fullmatch(edition)
    folder = home / company / "scorecards" / period / edition
    if not is_there or not match or not folder.is_dir() or name not in SHOWN:
        return None
    expected = read_edition(folder, int(match[1])).manifest.files.get(name)
    if expected is None:
        return None
    content = _content(folder / name, within=home / company)
    if content is None or hashlib.sha256(content).hexdigest() != expected:
        raise RefusedError(f"{folder / name}: is not as it was published, and is not shown; put it back from a backup")
    return ShownFile(name, SHOWN[name], content)


def all_editions(home: Path) -> Iterator[tuple[str, str, int, str]]:
    """Every edition of every company: company, period, number and headline, the latest period and edition first."""
    for company in sorted(_companies(home)):
        scorecards = home / company / "scorecards"
        for period in reversed(published_periods(scorecards)):
            for edition in reversed(editions(scorecards / period)):
                yield company, period, edition.number, edition.manifest.headline


def _companies(home: Path) -> set[str]:
    return {folder.name for folder in home.iterdir() if (folder / CARD).is_file()} if home.is_dir() else set()


def _content(path: Path, *, within: Path) -> bytes | None:
    """What a file holds; none where it is gone, or where a link on its way leads elsewhere."""
    try:
        if path.resolve(strict=True) != within.resolve() / path.relative_to(within):
            return None
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except OSError:
        return None
