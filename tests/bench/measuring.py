"""What a piece of work costs in a process of its own: seconds of the processor, and the most memory that it ever held."""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROJECT = Path(__file__).resolve().parents[2]
KILOBYTES = 1024
"""In a megabyte, in which the system tells a process's peak."""


@dataclass(frozen=True)
class Cost:
    """What it cost: seconds of the processor, and the peak of memory in megabytes."""

    seconds: float
    peak_mb: float

    @classmethod
    def median(cls, turns: Sequence[Cost]) -> Self:
        """The middle of several turns, of each by itself."""
        return cls(statistics.median(turn.seconds for turn in turns), statistics.median(turn.peak_mb for turn in turns))


def measured(module: str, *arguments: str | Path) -> Cost:
    """What a module of this folder costs in a fresh interpreter, which prints it as `report` does."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    answer = subprocess.run(command, check=False, capture_output=True, text=True, cwd=PROJECT)
    if answer.returncode:
        sys.exit(f"{' '.join(command[2:])} ended with status {answer.returncode}:\n{answer.stdout[-2000:]}{answer.stderr[-4000:]}")
    return Cost(**json.loads(answer.stdout.splitlines()[-1]))


def report(work: Callable[[], float | None]) -> None:
    """Do the work and print what it cost; the seconds that it gives back, or those of this whole process and all that it started."""
    seconds = work()
    print(json.dumps(asdict(Cost(whole_seconds() if seconds is None else seconds, peak_mb()))))


def whole_seconds() -> float:
    """Processor seconds of this process since it began, and of all that it started and that are over."""
    usages = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def peak_mb() -> float:
    """The most memory that this process held since its program was started.

    The kernel counts it anew for every program; `ru_maxrss` begins with what the process held before, as a copy of its parent.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "Linux tells a process's peak of memory"
    return int(found[1]) / KILOBYTES
