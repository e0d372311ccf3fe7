"""A soak: hundreds of scheduled runs on one machine, the memory of its server and worker, and its database before and after retention.

`python tests/bench/soak.py --runs 300` takes about as many seconds as the machine needs for the runs, some five a run and processor.
It ends with status 1 where memory grew beyond the bound, a run did not complete, or what retention should take is still there.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
COMPANIES = ("north", "south", "west")
WARM_UP_SHARE = 0.2
"""Of the runs; what is loaded once is loaded by then."""
LARGEST_GROWTH_MB = 60
"""From there to the last run, for the server and for the worker."""
MEGABYTE = 1024 * 1024
OLD = "datetime('now', '-100 days')"


@dataclass(frozen=True)
class Reading:
    """How much of the machine was taken after so many runs."""

    runs_count: int
    server_mb: float
    worker_mb: float
    database_mb: float


@dataclass(frozen=True)
class Machine:
    """What is being soaked."""

    home: Path
    port: int
    serving: subprocess.Popen[bytes]

    def ask(self, path: str, **body: Any) -> Any:
        """An answer of the server."""
        answer = httpx.post(f"http://127.0.0.1:{self.port}/api/{path}", json=body, timeout=60, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def count(self, *states: str) -> int:
        """How many runs have ended so."""
        return int(self.ask("flow_runs/count", flow_runs={"state": {"type": {"any_": list(states)}}}))

    def reading(self, runs_count: int) -> Reading:
        """What is taken now."""
        database = sum(path.stat().st_size for path in (self.home / "prefect").glob("prefect.db*"))
        return Reading(runs_count, _memory_mb("server start", "uvicorn"), _memory_mb("worker start"), database / MEGABYTE)


def _memory_mb(*commands: str) -> float:
    """Resident memory of our processes whose command line says so."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (folder / "environ").read_bytes()
            resident = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmRSS"))
        except (OSError, StopIteration):
            continue
        if any(part in command for part in commands) and f"CUSTOMER_MATH_HOME={os.environ['CUSTOMER_MATH_HOME']}".encode() in environment:
            total += int(resident.split()[1])
    return total / 1024


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[Machine]:
    """`customer-math serve` for three small companies, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, **settings, "PYTHONPATH": str(PROJECT)}
    options = [part for company in COMPANIES for part in ("--company", company)]
    command = [sys.executable, "-m", "flows.command_line", "serve", *options, "--port", str(port), "--at-once", str(len(COMPANIES))]
    log = (home / "serving.log").open("wb")
    running = subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=log, stderr=log)
    try:
        while b"Logs and database" not in (home / "serving.log").read_bytes():
            assert running.poll() is None, (home / "serving.log").read_text()
            time.sleep(0.5)
        yield Machine(home, port, running)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=120)
        log.close()


def make_companies(folder: Path) -> None:
    """Three small companies, each with one extract."""
    spec = importlib.util.spec_from_file_location("soak_small_company", PROJECT / "tests" / "small_company.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    for name in COMPANIES:
        module.small_company(folder / name, only=["orders"])


def soak(machine: Machine, *, runs: int, every_seconds: int) -> list[Reading]:
    """Let schedules make the runs, and read what is taken until so many have completed."""
    deployments = machine.ask("deployments/filter", deployments={"name": {"any_": [f"weekly-{name}" for name in COMPANIES]}})
    schedule = {"interval": every_seconds, "anchor_date": "2026-01-01T00:00:00Z", "timezone": "UTC"}
    for each in deployments:
        parameters = {"period": "2026-08", "publish": False}
        made = {"schedule": schedule, "active": True, "parameters": parameters, "slug": "soak"}
        httpx.post(
            f"http://127.0.0.1:{machine.port}/api/deployments/{each['id']}/schedules", json=[made], timeout=60, trust_env=False
        ).raise_for_status()
    readings: list[Reading] = []
    while not readings or readings[-1].runs_count < runs:
        time.sleep(5)
        done = machine.count("COMPLETED")
        if not readings or done >= min(runs, readings[-1].runs_count + max(1, runs // 10)):
            readings.append(machine.reading(done))
            last = readings[-1]
            print(
                f"{done:5} runs  server {last.server_mb:6.0f} MB  worker {last.worker_mb:6.0f} MB  database {last.database_mb:6.1f} MB",
                flush=True,
            )
        failed = machine.count("FAILED", "CRASHED")
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
    with serving(home, **quick) as machine:
        until = time.monotonic() + 300
        while (left := machine.count("COMPLETED")) and time.monotonic() < until:
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
    asked.add_argument("--every", type=int, default=6, help="seconds between two runs of one company")
    options = asked.parse_args()
    home = Path(tempfile.mkdtemp(prefix="customer-math-soak-"))
    make_companies(home / "companies")
    os.environ |= {"CUSTOMER_MATH_HOME": str(home), "CUSTOMER_MATH_COMPANIES": str(home / "companies")}
    started = time.monotonic()
    with serving(home) as machine:
        readings = soak(machine, runs=options.runs, every_seconds=options.every)
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
