"""Who was told of which edition: a record a period and channel, written before and after anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path  # noqa: TC003 - dataclasses are read at run time
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from tasks.notify.slack_errors import Posted
from tasks.store.edition_checks import POSTED
from tasks.store.engine import Home, atomic_write

if TYPE_CHECKING:
    from tasks.store.editions import Edition


class DeliveryRecord(BaseModel):
    """What a channel was told of a period, and how far the telling has come."""

    model_config = ConfigDict(frozen=True)

    state: Literal["claimed", "posted", "sent"]
    """Claimed: about to be told. Posted: the message says it, its thread may not. Sent: all is there."""
    channel: str
    """The channel as it was given; its id once the message stands."""
    ts: str | None
    """Slack's key of the message; none before it is known, and always where a channel cannot be looked at."""
    edition: int
    figures_fingerprint: str
    edition_before: int | None
    """The edition that the message told of before; none for the first."""
    claimed_at: datetime
    """When the edition was published that is told of: the message cannot be older."""

    @property
    def posted(self) -> Posted | None:
        """Where the message stands."""
        return Posted(self.channel, self.ts) if self.ts else None


@dataclass(frozen=True)
class DeliveryLog:
    """The record of one period and channel: written before and after anything is sent, each time whole."""

    path: Path

    @classmethod
    def of(cls, edition: Edition, channel: str) -> DeliveryLog:
        """The record of the period that an edition is of."""
        return cls(
            Home.around(edition.folder).delivery(edition.folder.parent.name) / POSTED / f"{re.sub(r'[^A-Za-z0-9-]', '_', channel)}.json"
        )

    def read(self) -> DeliveryRecord | None:
        """What is known; none where nobody was told anything."""
        return DeliveryRecord.model_validate_json(self.path.read_text(encoding="utf-8")) if self.path.is_file() else None

    def write(self, posting: DeliveryRecord) -> DeliveryRecord:
        """Keep what is known now."""
        with atomic_write(self.path) as unfinished:
            unfinished.write_text(posting.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return posting

    def give_back(self, before: DeliveryRecord | None) -> None:
        """What was claimed was surely not taken: all is as before."""
        if before:
            self.write(before)
        else:
            self.path.unlink(missing_ok=True)
