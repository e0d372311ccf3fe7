"""One run at a time: of a period, from its first stage to its last message; of an extract, while it is judged."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from expectations.verdict import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from typing import TextIO

LOG = logging.getLogger(__name__)


@contextmanager
def exclusive_lock(lock: Path, *, what: str, started_at: datetime, waits: bool) -> Iterator[None]:
    """Be the only run of a period; another one waits for its turn, or is refused with RefusedError.

    The system takes the lock from a process that is gone, however it ended: nothing is ever left locked. The file says who has it.
    """
    with _opened(lock) as file:
        if not _is_taken_by_us(file):
            if not waits:
                raise RefusedError(
                    f"{what} is being published by {_owner(lock)}; expected no other run of it: wait until it is done and run again, "
                    "or set CUSTOMER_MATH_WHEN_RUNNING=wait"
                )
            LOG.info("%s is being published by %s; waiting for it", what, _owner(lock))
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(json.dumps({"process": os.getpid(), "machine": socket.gethostname(), "since": started_at.isoformat()}) + "\n")
        file.flush()
        yield


@contextmanager
def brief_lock(lock: Path) -> Iterator[None]:
    """Be the only one who writes something for a moment; others wait."""
    with _opened(lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(lock: Path) -> Iterator[TextIO]:
    """The lock's file, which is never removed: a removed one could be locked twice."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a", encoding="utf-8") as file:
        yield file


def _is_taken_by_us(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(lock: Path) -> str:
    try:
        owner = json.loads(lock.read_text(encoding="utf-8"))
    except ValueError:
        return "another run"
    return f"process {owner['process']} on {owner['machine']} since {owner['since']}"
