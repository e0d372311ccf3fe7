"""Rows that were read as text, stored for later landings with what is to be known of them."""

from __future__ import annotations

import json
import logging
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tasks.sources.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.sources.landing_job import WrittenWhole

log = logging.getLogger(__name__)
Result = TypeVar("Result")


def store_text(text: Path, stored: Path, *, fingerprint: str, data: dict[str, Any], written_whole: WrittenWhole) -> None:
    """Store a text under a name that follows from all that decides it; it counts once what is to be known of it is there, too."""
    record = {"fingerprint": fingerprint, "digest": sha256_of(text), **data}
    with written_whole(stored) as unfinished:
        shutil.copyfile(text, unfinished)
    with written_whole(stored.with_suffix(".json")) as unfinished:
        unfinished.write_text(json.dumps(record, indent=1), encoding="utf-8")


def read_stored(stored: Path, fingerprint: str, make: Callable[[dict[str, Any]], Result], *, text: Path | None = None) -> Result | None:
    """What `make` makes of the facts that are known of a stored text; none where there is none, or a damaged one, which is removed.

    The text itself is looked at where it is stored, or in a copy of it.
    """
    try:
        data = json.loads(stored.with_suffix(".json").read_text(encoding="utf-8"))
        result = make(data) if data["fingerprint"] == fingerprint and data["digest"] == sha256_of(text or stored) else None
    except FileNotFoundError:
        result = None
    except (KeyError, OSError, TypeError, ValueError):
        result = None
        log.warning("stored text %s is damaged, its source is read anew", stored.name)
    if result is None:
        forget_text(stored)
        return None
    # What is in use is not old, whenever it was written.
    with suppress(OSError):
        os.utime(stored)
        os.utime(stored.with_suffix(".json"))
    return result


def forget_text(stored: Path) -> None:
    """Remove a stored text, and what is known of it first."""
    stored.with_suffix(".json").unlink(missing_ok=True)
    stored.unlink(missing_ok=True)
