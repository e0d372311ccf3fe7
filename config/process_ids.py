"""Which process made what is only for a while: a mark for the name of a file or folder, and whether its process is over."""

from __future__ import annotations

import hashlib
import os
import re
import socket
from pathlib import Path

MARK = re.compile(r"([0-9a-f]{8})-(\d+)-(\d+)-")
"""Machine, number of the process, and when it started; a mark stands before what makes the name its own."""
PROCESSES = Path("/proc")
STARTED_AT, STATE = 19, 0
"""Where the kernel's line about a process has its start and its state, counted behind the process's name."""
DEAD = ("Z", "X")


def own_mark() -> str:
    """The mark of this process, to stand in a name: `3f2a90bc-4711-98231-`."""
    return f"{_machine()}-{os.getpid()}-{_started(os.getpid()) or 0}-"


def is_over(name: str) -> bool | None:
    """Whether the process that made a file or folder of that name is over; none where another machine made it, or no mark is there."""
    marked = MARK.search(name)
    if marked is None or marked[1] != _machine():
        return None
    started = _started(int(marked[2]))
    return started is None or str(started) != marked[3]


def _machine() -> str:
    """This machine, or this container: one that sees other processes than ours must not judge ours by their numbers."""
    try:
        space = str((PROCESSES / "self" / "ns" / "pid").readlink())
    except OSError:
        space = ""
    return hashlib.sha256(f"{socket.gethostname()} {space}".encode()).hexdigest()[:8]


def _started(process_id: int) -> int | None:
    """When a process started, in the kernel's ticks, so that a number that is given again is not taken for the old process."""
    if not PROCESSES.is_dir():
        return _is_there(process_id)
    try:
        line = (PROCESSES / str(process_id) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    data = line.rpartition(")")[2].split()
    return None if data[STATE] in DEAD else int(data[STARTED_AT])


def _is_there(process_id: int) -> int | None:
    """Where the kernel has no page about its processes: 0 for one that is there."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0
    return 0
