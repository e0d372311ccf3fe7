"""What `serve` starts on this machine: processes with a log each, ended with all that they started, and the signals that end them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flows.orchestration.access import server_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

STOPPING_SECONDS = 4.0
"""How long a process and what it started may take to end by themselves; server and worker together are to be gone in 15 seconds."""
LOOK_EVERY_SECONDS = 0.05
LAST_LINES = 15
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody wants the machine to stop serving."""


@dataclass
class Signals:
    """The first signal to stop raises StopRequested, though never while a process is being started; those after it change nothing."""

    is_held: bool = False
    is_requested: bool = False

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Stop now, or as soon as the process that is being started can be ended."""
        is_first, self.is_requested = not self.is_requested, True
        if is_first and not self.is_held:
            raise StopRequested

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a signal wait until the block ends."""
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False
        if self.is_requested:
            raise StopRequested


@contextmanager
def stopped_by_signals() -> Iterator[Signals]:
    """Ctrl-C, SIGTERM and a closed terminal end in one place, also where the shell told its children to ignore Ctrl-C.

    Once the program has been told to stop, it stays deaf to the next signal until it has ended.
    """
    signals = Signals()
    before = {number: signal.signal(number, signals.stop) for number in STOPPING}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            # A handler of ours would be taken away while the interpreter ends, and the next signal would end it with another status.
            signal.signal(number, signal.SIG_IGN if signals.is_requested else handler)


@dataclass
class Running:
    """One process in a group of its own, and everything that it has started, as far as it was seen."""

    name: str
    process: subprocess.Popen[bytes]
    family: set[tuple[int, str]] = field(default_factory=set)
    """Number and start of every process; both, because a number is used again."""

    @property
    def status(self) -> int | None:
        """With what it has ended; none while it runs."""
        return self.process.poll()

    def end(self) -> None:
        """Ask everything of it to end, wait, and end what is still there."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.look()
            self._signal(number)
            until = time.monotonic() + STOPPING_SECONDS
            while time.monotonic() < until and self._lives():
                time.sleep(LOOK_EVERY_SECONDS)
                self.look()
        self.process.wait()

    def look(self) -> None:
        """See whom it has started meanwhile: a run of the worker has a group of its own, and outlives it."""
        there = processes()
        pids = {self.process.pid} | {number for number, start in self.family if there.get(number, (0, ""))[1] == start}
        children = True
        while children:
            children = {number for number, (parent, _) in there.items() if parent in pids} - pids
            pids |= children
        self.family |= {(number, there[number][1]) for number in pids if number in there}

    def _left(self) -> list[int]:
        there = processes()
        return [number for number, start in self.family if there.get(number, (0, ""))[1] == start]

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        if number == signal.SIGKILL:  # the process ends its own children while it may; two at it would disturb each other
            for process in self._left():
                with suppress(ProcessLookupError):
                    os.kill(process, number)

    def _lives(self) -> bool:
        self.process.poll()  # one that has ended is counted until somebody asks for it
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return bool(self._left())
        return True


def processes() -> dict[int, tuple[int, str]]:
    """Every process of the machine that has not ended: its parent and when it started; nothing where the system has no /proc."""
    there: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, *others = (folder / "stat").read_text().rpartition(")")[2].split()
            if state not in {"Z", "X"}:
                there[int(folder.name)] = (int(parent), others[17])
    return there


@contextmanager
def started(name: str, module: str, arguments: Sequence[str], signals: Signals) -> Iterator[Running]:
    """A Python module as a process, whose log is written, and which is ended with all that it started."""
    running: Running | None = None
    try:
        with signals.held(), log_file(name).open("wb") as log:
            command = [sys.executable, "-m", module, *arguments]
            running = Running(
                name,
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True),  # noqa: S603 - a module of ours or Prefect's
            )
        yield running
    finally:
        if running is not None:
            running.end()


def log_file(name: str) -> Path:
    """Where the log of one of them lies."""
    return server_folder() / f"{name}.log"


def last_lines(name: str) -> str:
    """The end of a log, and where it lies."""
    path = log_file(name)
    return "\n".join((*path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:], f"({path})"))
