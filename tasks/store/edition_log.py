"""The log of what was published of a period, kept apart from its editions, so that none of them can be taken away unnoticed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from expectations.verdict import RefusedError
from tasks.store.editions import RESTORE, Edition, seal_of
from tasks.store.engine import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tasks.store.editions import Manifest
    from tasks.store.engine import Home


class Anchor(BaseModel):
    """One edition as the log has it."""

    model_config = ConfigDict(frozen=True)

    state: Literal["claimed", "published"]
    """Claimed: about to take its name. Published: it was there under its name."""
    edition: int
    seal: str
    published_at: datetime

    @classmethod
    def of(cls, manifest: Manifest, *, state: Literal["claimed", "published"]) -> Anchor:
        """What the log has of an edition with that manifest."""
        return cls(state=state, edition=manifest.edition, seal=manifest.seal, published_at=manifest.published_at)


class EditionLog(BaseModel):
    """Every edition of a period, oldest first; each change writes the log anew, whole and onto the disk."""

    model_config = ConfigDict(frozen=True)

    anchors: tuple[Anchor, ...] = ()
    seal: str = ""
    """SHA-256 over the anchors."""

    @classmethod
    def sealed(cls, anchors: Iterable[Anchor]) -> EditionLog:
        """A log of these editions."""
        log = cls(anchors=tuple(anchors))
        return log.model_copy(update={"seal": seal_of(json.loads(log.model_dump_json()))})

    @property
    def published(self) -> dict[int, Anchor]:
        """The editions that must be there, by number."""
        return {anchor.edition: anchor for anchor in self.anchors if anchor.state == "published"}

    def problems(self, edition: Edition) -> Iterator[str]:
        """Where an edition is not the one that the log has."""
        anchor = next((anchor for anchor in self.anchors if anchor.edition == edition.number), None)
        if anchor is None:
            yield f"{edition.folder}: expected it in the log of what was published, found that it is not there; {RESTORE}"
        elif anchor.seal != edition.manifest.seal:
            mismatch = f"expected seal {anchor.seal[:16]}..., found {edition.manifest.seal[:16]}..."
            yield f"{edition.folder}: is another edition than the one that was published: {mismatch}; {RESTORE}"
        elif anchor.published_at != edition.manifest.published_at:
            mismatch = f"expected {anchor.published_at.isoformat()}, found {edition.manifest.published_at.isoformat()}"
            yield f"{edition.folder}: was published at another time than the log has: {mismatch}; {RESTORE}"


def log_path(home: Home, period: str) -> Path:
    """Where the log of a period is kept."""
    return home.delivery(period) / "editions.json"


def read_log(home: Home, period: str) -> EditionLog:
    """The log of a period, empty where nothing was published; raises RefusedError where it is not as it was written."""
    path = log_path(home, period)
    try:
        log = EditionLog.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return EditionLog.sealed(())
    except OSError as error:
        raise RefusedError(f"{path}: expected the log as it was written, found: {error.strerror}; {RESTORE}") from None
    except ValidationError:
        raise RefusedError(f"{path}: expected the log as it was written, found something else; {RESTORE}") from None
    if log != EditionLog.sealed(log.anchors):
        raise RefusedError(f"{path}: was changed after it was written: its seal does not hold; {RESTORE}")
    return log


def write_log(home: Home, period: str, anchors: Iterable[Anchor]) -> None:
    """Write a log of these editions, whole or not at all."""
    with atomic_write(log_path(home, period)) as unfinished:
        unfinished.write_text(EditionLog.sealed(anchors).model_dump_json(indent=1) + "\n", encoding="utf-8")


def claim_edition(home: Home, manifest: Manifest) -> None:
    """Enter an edition that is about to take its name; a claim of a run that was stopped before that is void."""
    published = read_log(home, manifest.period).published.values()
    write_log(home, manifest.period, (*published, Anchor.of(manifest, state="claimed")))


def confirm_edition(home: Home, edition: Edition) -> None:
    """Enter that a claimed edition has taken its name, also where the run that claimed it was stopped before it could."""
    period = edition.manifest.period
    anchor, published = Anchor.of(edition.manifest, state="published"), read_log(home, period).published
    if published.get(edition.number) != anchor:
        write_log(home, period, (*published.values(), anchor))
