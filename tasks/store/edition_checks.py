"""The editions of a period held against everything that vouches for them: their seals, their chain, and the log of what was published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.verdict import RefusedError
from tasks.store.edition_log import read_log
from tasks.store.editions import EDITION, MANIFEST, RESTORE, Edition, broken_seals, folder_of, read_edition
from tasks.store.engine import HALF_WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tasks.store.edition_log import EditionLog
    from tasks.store.engine import Home

POSTED = "posted"
"""Folder of who was told, a file for each channel. Before there was a log it lay beside the editions, where a backup may bring it back."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was published."""

    sentence: str
    edition: int | None = None
    """The edition that it is about; none: the period as a whole."""


@dataclass(frozen=True)
class EditionHistory:
    """What is there of a published period, and what of it is not as it was published."""

    editions: tuple[Edition, ...]
    """Those whose manifest can be read, oldest first."""
    findings: tuple[Finding, ...]

    def of(self, edition: int | None) -> tuple[str, ...]:
        """The findings about one edition; none given: those about the period as a whole, or about an edition that cannot be shown."""
        shown = {published.number for published in self.editions}
        return tuple(finding.sentence for finding in self.findings if (finding.edition if finding.edition in shown else None) == edition)


def read_history(home: Home, period: str) -> EditionHistory:
    """The editions of a period with everything that is not as it was published."""
    try:
        log, entries = _log_and_entries(home, period)
    except RefusedError as error:
        history = history_without_log(home, period)
        return EditionHistory(history.editions, (*history.findings, Finding(str(error))))
    return _history(home, period, entries=entries, log=log)


def history_without_log(home: Home, period: str) -> EditionHistory:
    """The same where no log vouches for the editions."""
    return _history(home, period, entries=_entries(home.scorecards(period)), log=None)


def checked_editions(home: Home, period: str) -> list[Edition]:
    """The editions of a period, oldest first, none where it was not published; raises RefusedError naming all that is not as it was."""
    history = read_history(home, period)
    if not history.findings:
        return list(history.editions)
    lost = f"if it is lost for good, move {home.scorecards(period)} and {home.delivery(period)} away together: the period begins anew"
    raise RefusedError("\n".join((*(finding.sentence for finding in history.findings), lost)))


def _log_and_entries(home: Home, period: str) -> tuple[EditionLog, list[Path]]:
    """The log and what lies beside the editions, as they were at one time: another run may be publishing."""
    while True:
        log, entries = read_log(home, period), _entries(home.scorecards(period))
        if read_log(home, period) == log:
            return log, entries


def _entries(scorecards: Path) -> list[Path]:
    return sorted(scorecards.iterdir()) if scorecards.is_dir() else []


def _history(home: Home, period: str, *, entries: Sequence[Path], log: EditionLog | None) -> EditionHistory:
    folders = {int(match[1]): path for path in entries if path.is_dir() and (match := EDITION.fullmatch(path.name))}
    editions: list[Edition] = []
    findings = [Finding(sentence) for sentence in _strangers(entries, folders)]
    for number, folder in sorted(folders.items()):
        try:
            editions.append(read_edition(folder, number))
        except RefusedError as error:
            findings.append(Finding(str(error), number))
    findings += _missing(home.scorecards(period), set(folders), log)
    findings += [
        Finding(sentence, edition.number) for edition in editions for sentence in _problems(home, period, edition=edition, log=log)
    ]
    return EditionHistory(tuple(editions), (*findings, *_broken_links(editions)))


def _strangers(entries: Sequence[Path], folders: dict[int, Path]) -> Iterator[str]:
    """What lies beside editions and is neither an edition nor ours."""
    for path in entries:
        if path not in folders.values() and path.name != POSTED and not path.match(HALF_WRITTEN):
            yield f"{path}: lies among what was published and was not published; move it away"


def _missing(scorecards: Path, numbers: set[int], log: EditionLog | None) -> Iterator[Finding]:
    """The numbers between the first and the last edition that was ever published which nothing has now."""
    published = log.published if log else {}
    for number in sorted({*range(1, max({0, *numbers, *published}) + 1)} - numbers):
        when = f" at {published[number].published_at.isoformat()}" if number in published else ""
        yield Finding(f"{folder_of(scorecards, number)}: was published{when}, and is no longer there; {RESTORE}", number)


def _problems(home: Home, period: str, *, edition: Edition, log: EditionLog | None) -> Iterator[str]:
    """Where one edition is not what it says it is, what lies there, or what the log has."""
    manifest, path = edition.manifest, edition.folder / MANIFEST
    yield from broken_seals(edition)
    lies = {"edition": (manifest.edition, edition.number), "period": (manifest.period, period)}
    if manifest.company_folder:
        lies["company"] = (manifest.company_folder, home.folder.name)
    for what, (is_of, lies_at) in lies.items():
        if is_of != lies_at:
            yield f"{path}: lies where {what} {lies_at} belongs, found the manifest of {what} {is_of}; {RESTORE}"
    if log is not None:
        yield from log.problems(edition)


def _broken_links(editions: Sequence[Edition]) -> Iterator[Finding]:
    """Where an edition does not follow the one before it."""
    seals = {0: "", **{edition.number: edition.manifest.seal for edition in editions}}
    for edition in editions:
        expected, actual = seals.get(edition.number - 1), edition.manifest.previous_seal
        if expected is not None and expected != actual:
            shown = f"expected {expected[:16] or 'none'} as the seal of the one before, found {actual[:16] or 'none'}"
            yield Finding(f"{edition.folder / MANIFEST}: does not follow edition {edition.number - 1}: {shown}; {RESTORE}", edition.number)
