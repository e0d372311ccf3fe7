"""A soak: hundreds of scheduled runs on one machine, the memory of its server and worker, and its database before and after retention.

`python tests/bench/soak.py --runs 300` takes about as many seconds as the machine needs for the runs, some five a run and processor.
It ends with status 1 where memory grew beyond the bound, a run did not complete, or what retention should take is still there.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.pipeline.served import served
from tests.small_company import small_company

if TYPE_CHECKING:
    from tests.pipeline.served import Served

COMPANIES = ("north", "south", "east", "west")
WARM_UP_SHARE = 0.2
"""Of the runs; what is loaded once is loaded by then."""
LARGEST_GROWTH_MB = 60
"""From there to the last run, for the server and for the worker."""
MEGABYTE = 1024 * 1024
COMPANY_FOLDERS = "companies"
NEVER_LATE = {"PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "86400"}
"""A machine that is slower than the schedules is no alarm here."""
OLD = "datetime('now', '-100 days')"


@dataclass(frozen=True)
class Reading:
    """How much of the machine was taken after so many runs."""

    runs_count: int
    server_mb: float
    worker_mb: float
    database_mb: float

    @property
    def sentence(self) -> str:
        """The reading in a line."""
        taken = f"server {self.server_mb:6.0f} MB  worker {self.worker_mb:6.0f} MB  database {self.database_mb:6.1f} MB"
        return f"{self.runs_count:5} runs  {taken}"


def count(machine: Served, *states: str) -> int:
    """How many runs have ended so."""
    return int(machine.ask("flow_runs/count", {"flow_runs": {"state": {"type": {"any_": list(states)}}}}))


def reading(machine: Served, runs_count: int) -> Reading:
    """What is taken now."""
    database = sum(path.stat().st_size for path in (machine.home / "prefect").glob("prefect.db*"))
    processes = machine.processes()
    return Reading(
        runs_count, _memory_mb(processes, "flows.orchestration.server_app"), _memory_mb(processes, "worker start"), database / MEGABYTE
    )


def _memory_mb(processes: list[int], command: str) -> float:
    """Resident memory of the processes whose command line says so."""
    total = 0
    for process in processes:
        folder = Path("/proc") / str(process)
        try:
            said = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            resident = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
        except (OSError, StopIteration):
            continue
        total += int(resident.split()[1]) if command in said else 0
    return total / 1024


def soak(machine: Served, *, runs: int, every_seconds: int, minutes: float) -> list[Reading]:
    """Let schedules make the runs, and read what is taken until so many have completed."""
    schedule = {"interval": every_seconds, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"}
    made = {"schedule": schedule, "active": True, "parameters": {"period": "2026-08", "publish": False}, "slug": "soak"}
    for name in COMPANIES:
        machine.ask(f"deployments/{machine.deployments()[f'weekly-{name}']['id']}/schedules", [made])
    readings: list[Reading] = []
    until = time.monotonic() + 60 * minutes
    while not readings or readings[-1].runs_count < runs:
        time.sleep(5)
        done = count(machine, "COMPLETED")
        if time.monotonic() > until:
            return [*readings, reading(machine, done)]
        if not readings or done >= min(runs, readings[-1].runs_count + max(1, runs // 15)):
            readings.append(reading(machine, done))
            print(readings[-1].sentence, flush=True)
        failed = count(machine, "FAILED", "CRASHED")
        assert failed == 0, f"{failed} runs did not complete; see {machine.home / 'prefect'}"
    return readings


def age(database: Path) -> int:
    """Make every run that has ended a hundred days old, as if the time had passed; how many there are."""
    with sqlite3.connect(database) as base:
        (count,) = base.execute("SELECT count(*) FROM flow_run WHERE end_time IS NOT NULL").fetchone()
        base.execute(f"UPDATE flow_run SET end_time = {OLD}, created = {OLD}, start_time = {OLD} WHERE end_time IS NOT NULL")
        base.execute(f"UPDATE events SET occurred = {OLD}, recorded = {OLD}, received = {OLD}")
        base.execute(f"UPDATE event_resources SET occurred = {OLD}, created = {OLD}")
    base.close()
    return int(count)


def pages(database: Path) -> tuple[float, float]:
    """Size of the database, and how much of it holds something, in MB."""
    with sqlite3.connect(database) as base:
        size, count, free = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count"))
    base.close()
    return size * count / MEGABYTE, size * (count - free) / MEGABYTE


def retention(home: Path) -> bool:
    """Age everything, let the retention job run, and compare; whether all that was old is gone."""
    database = home / "prefect" / "prefect.db"
    aged, (size, used) = age(database), pages(database)
    quick = {f"PREFECT_SERVER_SERVICES_DB_VACUUM_{name}": "5" for name in ("LOOP_SECONDS", "ORPHAN_CLEANUP_LOOP_SECONDS")}
    with served(home, home.parent / COMPANY_FOLDERS, *COMPANIES, **quick) as machine:
        until = time.monotonic() + 300
        while (left := count(machine, "COMPLETED")) and time.monotonic() < until:
            time.sleep(5)
        time.sleep(30)  # orphaned logs, artifacts and events go in the rounds after
    after, still_used = pages(database)
    print(f"retention: {aged} runs aged 100 days, {left} left; database {size:.1f} MB ({used:.1f} MB used) before, ", end="")
    print(f"{after:.1f} MB ({still_used:.1f} MB used) after; what is free is used again")
    return left == 0 and still_used < used


def main() -> int:
    """Soak, report, compare with the bounds."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--runs", type=int, default=300)
    asked.add_argument("--every", type=int, default=28, help="seconds between two runs of one company")
    asked.add_argument("--at-once", type=int, default=len(COMPANIES), help="runs that work at once")
    asked.add_argument("--minutes", type=float, default=600, help="how long at most")
    options = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="customer-math-soak-"))
    home = folder / "home"
    for name in COMPANIES:
        small_company(folder / COMPANY_FOLDERS / name, only=["orders"])
    started = time.monotonic()
    at_once = ("--at-once", str(options.at_once))
    with served(home, folder / COMPANY_FOLDERS, *COMPANIES, options=at_once, **NEVER_LATE) as machine:
        readings = soak(machine, runs=options.runs, every_seconds=options.every, minutes=options.minutes)
    warm = next(each for each in readings if each.runs_count >= WARM_UP_SHARE * options.runs)
    last = readings[-1]
    grown = {"server": last.server_mb - warm.server_mb, "worker": last.worker_mb - warm.worker_mb}
    for name, megabytes in grown.items():
        print(f"{name}: {megabytes:+.0f} MB from run {warm.runs_count} to run {last.runs_count}; bound {LARGEST_GROWTH_MB} MB")
    print(f"{last.runs_count} runs in {(time.monotonic() - started) / 60:.0f} minutes; what was left: {home}")
    is_bounded = retention(home)
    return 0 if is_bounded and max(grown.values()) <= LARGEST_GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
