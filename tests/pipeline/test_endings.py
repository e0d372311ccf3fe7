"""However a command is ended, all that it started ends with it, publishes nothing afterwards, and a rerun goes on."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.pipeline.environments import own_environment
from tests.pipeline.fault_harness import Scene, figures_in, half_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipeline.golden_edition import GoldenEdition

COMMAND = Path(sys.executable).with_name("customer-math")
EXTRACTS = ("customers", "orders", "departures")
FIRST, LAST = "2026-07", "2026-08"
ENDINGS = int(os.environ.get("CUSTOMER_MATH_ENDINGS") or 2)
"""How many commands are ended, each at an instant of chance; CUSTOMER_MATH_ENDINGS=60 for more."""
SEED = int(os.environ.get("CUSTOMER_MATH_KILLS_SEED") or 20261128)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PATIENCE_SECONDS = 300
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="who belongs to a command is read from /proc")


def started(home: Path, *arguments: str, said: Path) -> subprocess.Popen[bytes]:
    """The command with a home of its own; what it says goes into a file."""
    environment = own_environment(CUSTOMER_MATH_HOME=str(home), TMPDIR=str(said.parent), PYTHONUNBUFFERED="1")
    with said.open("wb") as file:
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=environment,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell may have told us to ignore it
        )


def processes_of(home: Path) -> list[int]:
    """Every living process that was started with this home."""
    mark, living = f"CUSTOMER_MATH_HOME={home}".encode(), []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in environ.read_bytes().split(b"\0"):
                living.append(int(environ.parent.name))
        except OSError:  # over, or not ours
            continue
    return living


def seconds_until(happened: Callable[[], bool]) -> float:
    """How long it took until something had happened."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < PATIENCE_SECONDS
        threading.Event().wait(0.02)
    return time.monotonic() - began


def instants(home: Path) -> dict[str, Callable[[], bool]]:
    """Instants of a backfill, by what can be seen of it from outside."""
    return {
        "start": lambda: True,
        "server": lambda: any(home.glob("prefect/prefect.db-wal")),
        "read": lambda: any(home.glob("shop/landed/*/*.parquet")),
        "pool": lambda: any(home.glob("shop/locks/2026-*.lock")),
        "published": lambda: any(home.glob("shop/scorecards/*/edition-1/manifest.json")),
    }


def written(home: Path) -> dict[Path, int]:
    """When each file of an edition was written."""
    return {path: path.stat().st_mtime_ns for path in home.glob("shop/scorecards/*/edition-*/*")}


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def ended(home: Path, company: Path, said: Path, *, number: signal.Signals, instant: str, delay: float) -> float:
    """End one backfill at an instant, see that nothing of it is left, and tell how long that took."""
    running = started(home, "backfill", FIRST, LAST, "--company", str(company), said=said)
    happens = instants(home)[instant]
    seconds_until(lambda: happens() or running.poll() is not None)
    threading.Event().wait(delay)
    running.send_signal(number)
    status = running.wait(timeout=PATIENCE_SECONDS)
    seconds = seconds_until(lambda: processes_of(home) == [])
    words = said.read_text(encoding="utf-8")
    assert "Traceback" not in words
    assert all(map(is_free, home.glob("shop/locks/*.lock")))
    if number != signal.SIGKILL:
        assert status in (130, 0) or (status == -number and not words), words  # or it was ended before its first line was run
    if status == 130:
        assert words.splitlines()[-1] == "stopped; nothing was left half written"
    return seconds


@needs_proc
def test_a_backfill_that_is_ended_leaves_no_process_and_no_lock_and_a_rerun_publishes_all(
    shop: Any, golden_edition: GoldenEdition, tmp_path: Path
) -> None:
    company, home, chance = shop(tmp_path / "shop", only=EXTRACTS).folder, tmp_path / "home", Random(SEED)
    longest = 0.0
    for turn in range(ENDINGS):
        number, instant = SIGNALS[turn % len(SIGNALS)], list(instants(home))[-1 - turn % 5]
        said = tmp_path / f"{turn}.log"
        delay = chance.uniform(0.5, 3)  # before that, the interpreter may not have come to our first line
        longest = max(longest, ended(home, company, said, number=number, instant=instant, delay=delay))
        before = written(home)
        threading.Event().wait(0.5)
        assert written(home) == before
    sys.stdout.write(f"{ENDINGS} endings; the last process was gone after at most {longest:.1f} s\n")
    before = written(home)
    rerun = started(home, "backfill", FIRST, LAST, "--company", str(company), said=tmp_path / "last.log")
    status, words = rerun.wait(timeout=PATIENCE_SECONDS), (tmp_path / "last.log").read_text(encoding="utf-8")
    assert (status, "1 unchanged, 0 refused" in words or "2 unchanged, 0 refused" in words) == (0, True), words
    assert before
    assert before.items() <= written(home).items()
    seconds_until(lambda: processes_of(home) == [])
    assert list(half_files(Scene(company, tmp_path, None))) == []
    assert list(home.glob("shop/**/*.partial")) == []
    first, last = ((home / "shop" / "scorecards" / period / "edition-1") for period in (FIRST, LAST))
    assert len(list(home.glob("shop/scorecards/*/edition-*"))) == 2
    expected, of_first = figures_in(golden_edition.edition(only=EXTRACTS)), figures_in(first)
    assert figures_in(last) == expected
    shown_beside = [row for row in expected if row["period"] == FIRST]  # less of it than its own edition has
    assert shown_beside
    assert [row for row in shown_beside if row not in of_first] == []


@needs_proc
def test_a_run_that_is_told_to_end_says_so_in_a_line_and_leaves_no_process(shop: Any, tmp_path: Path) -> None:
    home, said = tmp_path / "home", tmp_path / "said.log"
    running = started(home, "run", "--company", str(shop(tmp_path / "shop", only=EXTRACTS).folder), "--period", LAST, said=said)
    seconds_until(lambda: any(home.glob("shop/landed/*/*.parquet")) or running.poll() is not None)
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=PATIENCE_SECONDS) == 130
    seconds_until(lambda: processes_of(home) == [])
    words = said.read_text(encoding="utf-8")
    assert words.splitlines()[-1] == "stopped; nothing was left half written"
    assert "Traceback" not in words
    assert list(home.glob("shop/**/*.partial")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_while_it_is_imported_says_so_in_a_line(number: int) -> None:
    begin = """
import os, signal, sys
signal.signal(int(sys.argv[1]), signal.SIG_DFL)  # whoever started the tests may ignore it, and so would the command
class Finder:
    def find_spec(name, *_):
        if name == "rich":
            os.kill(os.getpid(), int(sys.argv[1]))
sys.meta_path.insert(0, Finder)
from flows.cli.start import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", begin, str(int(number))], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped; nothing was left half written\n")


def test_a_signal_that_comes_where_exceptions_are_passed_over_is_heard_again() -> None:
    begin = """
import os, signal, time
from flows.cli import main as command
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
def app():
    Last()
    for _ in range(500):
        time.sleep(0.01)
command.app = app
command.main()
"""
    ended = subprocess.run([sys.executable, "-c", begin], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped; nothing was left half written\n")


def test_what_a_library_makes_of_ctrl_c_is_no_fault() -> None:
    begin = """
import os, signal
from flows.cli import main as command
def app():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None
command.app = app
command.main()
"""
    ended = subprocess.run([sys.executable, "-c", begin], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "stopped; nothing was left half written\n")
