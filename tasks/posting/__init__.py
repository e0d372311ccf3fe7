"""Telling of an edition: one message a period and channel, posted once, changed when the figures are others."""

from __future__ import annotations

from tasks.posting.ledger import Posting, PostingLedger
from tasks.posting.telling import Telling, tell

__all__ = ["Posting", "PostingLedger", "Telling", "tell"]
