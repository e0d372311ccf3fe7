"""A run of the stages in a process of its own that can be killed at any instant, started without the wait for imports.

`python fault_runner.py 5,8 6,9` reads orders from each of the first of these descriptors, a line of JSON each, forks a process group
for each, and writes into the second of them the process's number as soon as it runs and its end (exit status, or minus the signal)
when it is over. Runs of different descriptors are at work at once, and everything is imported once for all of them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import tasks.publish
from config.company import load_company
from config.refusal import Refusal
from config.settings import Settings
from flows.orchestration.hooks import period_lock
from tasks.customer_math.ledger.periods import period_named
from tasks.publish import announce_edition
from tests import pipelines
from tests.small_company import small_company

TOUCHES = (
    "os.rename",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "shutil.rmtree",
    "fcntl.flock",
    "socket.connect",
    "http.client.send",
)
"""What Python tells of before it does it: changes to files and folders, locks, and words to Slack."""
PERIOD = "2026-08"
EXTRACTS = ("customers", "orders", "departures")
"""What the companies of the orders have."""
REFUSED = 1
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Instants:
    """Counts the instants at which a run touches the outside world, and kills the whole process group at one of them."""

    def __init__(self, dies_at: int | None) -> None:
        self.seen, self.dies_at = 0, dies_at

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        is_write = event == "open" and len(given) == 3 and isinstance(given[2], int) and given[2] & WRITES
        if event in TOUCHES or is_write:
            self.seen += 1
            if self.seen == self.dies_at:
                os.killpg(0, signal.SIGKILL)


class LastWord(logging.Handler):
    """Kills the whole process group as soon as a module, or a run that begins, has said something."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self.module = module

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.rpartition(".")[2] == self.module:
            os.killpg(0, signal.SIGKILL)


def run(order: dict[str, Any]) -> None:
    """All stages of one period, with the flow's own lock, sweep and word to Slack."""
    settings = Settings(**{**order["settings"], "home": Path(order["settings"]["home"])})
    company, now = load_company(order["company"]), datetime.now(UTC)
    period = period_named(order["period"], company.definitions.calendar)
    with period_lock(company, period, settings=settings, now=now):
        stages = pipelines.read_and_validate(order["company"], settings.home)
        logging.getLogger("tasks").info(announce_edition(stages.publish(order["period"], now=now), settings=settings))


def child(order: dict[str, Any]) -> int:
    """The run, ended as the command ends it: what a reader can mend in a sentence, a fault with its traceback."""
    os.setsid()
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    tempfile.tempdir = order["temporary"]
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, force=True)
    if "largest_file" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
    if "dies_after" in order:
        logging.getLogger().addHandler(LastWord(order["dies_after"]))
        logging.getLogger().info("a run begins")
    sys.addaudithook(Instants(order.get("dies_at")))
    try:
        run(order)
    except Refusal as error:
        sys.stderr.write(f"Refused: {error}\n")
        return REFUSED
    finally:
        shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)  # as a process does that ends by itself
    return 0


def warm_up(folder: Path) -> None:
    """Publish a company like those of the orders, so that no run imports what it needs or puts its queries into SQL anew.

    Without the pages to print: what makes them starts threads, and a process that is forked has none of them.
    """
    with patch.object(tasks.publish, "page_pdf", lambda _facts: None):
        pipelines.read_and_validate(small_company(folder / "shop", only=EXTRACTS).folder, folder / "home").publish(PERIOD)


def serve(orders: int, answers: int) -> None:
    """Fork a run for every order, one after the other."""
    with os.fdopen(orders) as lines, os.fdopen(answers, "w", buffering=1) as told:
        told.write("ready\n")
        for line in lines:
            process_id = os.fork()
            if process_id == 0:
                status = 2
                with contextlib.suppress(SystemExit):
                    try:
                        status = child(json.loads(line))
                    except BaseException:
                        logging.getLogger("tasks").exception("a fault")
                sys.stderr.flush()
                os._exit(status)
            told.write(f"{process_id}\n")
            _, ended = os.waitpid(process_id, 0)
            told.write(f"{os.waitstatus_to_exitcode(ended)}\n")


def main() -> None:
    """Fork a process for each pair of descriptors, which serves it until nobody gives orders any longer."""
    with tempfile.TemporaryDirectory() as folder:
        warm_up(Path(folder))
    pairs = [tuple(map(int, pair.split(","))) for pair in sys.argv[1:]]
    for pair in pairs:
        if os.fork() == 0:
            for descriptor in {each for other in pairs for each in other} - {*pair}:
                os.close(descriptor)
            serve(*pair)
            os._exit(0)
    for descriptor in (each for pair in pairs for each in pair):
        os.close(descriptor)
    for _pair in pairs:
        os.wait()


if __name__ == "__main__":
    main()
