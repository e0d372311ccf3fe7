"""What tests of faults use: runs that can be killed, and what must hold when they have been run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pyarrow.parquet as pq
from openpyxl import load_workbook

from tests.pipeline.environments import own_environment
from tests.pipeline.slack_server import CHANNEL, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from tests.pipeline.slack_server import Slack

RUNNER = Path(__file__).with_name("fault_runner.py")
PERIOD = "2026-08"
KILLED = -signal.SIGKILL
FILES = {
    "customers.xlsx",
    "scorecard.xlsx",
    "trend.png",
    "digest.json",
    "digest.txt",
    "thread.txt",
    "page.html",
    "page.pdf",
    "mail.html",
    "figures.parquet",
    "figures.csv",
    "movements.parquet",
    "manifest.json",
}
FILES_TOLD_COUNT = 3
"""What goes into a message's thread with each edition: picture, workbook and page."""
STAGES = {
    "root": "start",
    "landing": "extract",
    "validate": "validate",
    "assemble": "assemble",
    "measure": "measure",
    "publish": "publish",
    "tasks": "tell",
}
"""Who logs, and which stage is over, or under way, when it has."""


@dataclass(frozen=True)
class Attempt:
    """One run: how it ended, and what it said."""

    status: int
    seconds: float
    said: str

    @property
    def was_killed(self) -> bool:
        return self.status == KILLED

    @property
    def stage(self) -> str:
        """How far it came, by the last that it said."""
        who = [line.split(":")[1].rpartition(".")[2] for line in self.said.splitlines() if line.startswith("INFO:tasks")]
        return STAGES.get(who[-1], "start") if who else "start"


@dataclass
class Scene:
    """A company's folder, a home, a folder for temporary files and a Slack of their own, in which a period is published."""

    company: Path
    folder: Path
    slack: Slack | None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def editions(self) -> list[Path]:
        return sorted((self.home / self.company.name / "scorecards" / PERIOD).glob("edition-*"))

    def order(self, period: str, **changes: Any) -> dict[str, Any]:
        for name in ("tmp", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        settings = {
            "home": str(self.home),
            "slack_token": None,
            "slack_channel": None,
            "slack_url": "",
            "memory_limit": "500MB",
            "threads": 1,
        }
        if self.slack:
            settings |= {"slack_token": TOKEN, "slack_channel": CHANNEL, "slack_url": f"{self.slack.url}/api/"}
        log = self.folder / "logs" / f"{len(self.attempts)}-{period}.log"
        places = {"company": str(self.company), "temporary": str(self.folder / "tmp"), "log": str(log)}
        return {**places, "period": period, "settings": settings, **changes}


@dataclass
class Runner:
    """A process that forks runs, one after the other: everything is imported already, so that a run begins at once."""

    orders: TextIO
    answers: TextIO
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_ready: bool = False

    def run(self, scene: Scene, period: str = PERIOD, *, kill_after: float | None = None, **changes: Any) -> Attempt:
        """One run to its end; killed, with every process that it started, after some seconds or at one of its own instants."""
        with self.lock:
            self.is_ready = self.is_ready or self.answers.readline().startswith("ready")
            assert self.is_ready
            order, began = scene.order(period, **changes), time.monotonic()
            self.orders.write(json.dumps(order) + "\n")
            self.orders.flush()
            process_id = int(self.answers.readline())
            timer = threading.Timer(kill_after, kill_group, (process_id,)) if kill_after is not None else None
            if timer:
                timer.start()
            status = int(self.answers.readline())
            if timer:
                timer.cancel()
                timer.join()
        log = Path(order["log"])
        attempt = Attempt(status, time.monotonic() - began, log.read_text(encoding="utf-8") if log.exists() else "")
        scene.attempts.append(attempt)
        return attempt


def kill_group(process_id: int) -> None:
    """Kill a run's process group, if it is there still (or already: a run makes its group first of all)."""
    for _ in range(100):
        with suppress(ProcessLookupError):
            os.killpg(process_id, signal.SIGKILL)
            return
        time.sleep(0.001)


@contextmanager
def runners(folder: Path, *, count: int) -> Iterator[tuple[Runner, ...]]:
    """Processes that fork runs, as many as are to be at work at once, stopped afterwards; what they need is imported once."""
    environment = own_environment(CUSTOMER_MATH_HOME=str(folder / "home"), PREFECT_LOGGING_TO_API_ENABLED="false")
    pipes = [(os.pipe(), os.pipe()) for _ in range(count)]
    theirs = [(orders, answers) for (orders, _), (_, answers) in pipes]
    command = [sys.executable, str(RUNNER), *(f"{orders},{answers}" for orders, answers in theirs)]
    process = subprocess.Popen(command, pass_fds=[each for pair in theirs for each in pair], env=environment)
    for descriptor in (each for pair in theirs for each in pair):
        os.close(descriptor)
    made = tuple(Runner(os.fdopen(orders, "w"), os.fdopen(answers)) for (_, orders), (answers, _) in pipes)
    try:
        yield made
    finally:
        for each in made:
            each.orders.close()
        process.wait(timeout=60)
        for each in made:
            each.answers.close()


def kill_again_and_again(runner: Runner, scene: Scene, *, chance: Random, stages: Iterable[str], by_chance_count: int = 0) -> None:
    """Kill a run in each of some stages, and so many at an instant of chance, and let one come to its end."""
    in_turn = tuple(stages)
    seconds, killed, of_each_stage = 4.0, 0, iter(in_turn)
    while killed < len(in_turn) + by_chance_count:
        if module := next(of_each_stage, None):
            attempt = runner.run(scene, dies_after=module)
        elif chance.random() < 0.5:
            attempt = runner.run(scene, dies_at=chance.randint(1, 140))
        else:
            attempt = runner.run(scene, kill_after=chance.uniform(0.0, seconds))
        killed += attempt.was_killed
        assert attempt.was_killed or attempt.status == 0, attempt.said
        seconds = min(seconds, attempt.seconds + 0.3) if not attempt.was_killed else seconds
    last = runner.run(scene)
    assert last.status == 0, last.said


def figures_in(edition: Path) -> list[dict[str, Any]]:
    """Every figure of an edition, in an order of its own."""
    rows = pq.read_table(edition / "figures.parquet").to_pylist()
    return sorted(rows, key=lambda row: (row["period"], row["segment_by"], row["segment"], row["split_by"], row["split"], row["measure"]))


def problems_of(scene: Scene, *, editions: dict[int, list[dict[str, Any]]]) -> list[str]:
    """Everything that is not as if nothing had ever been killed."""
    problems = [f"a traceback in run {number}" for number, each in enumerate(scene.attempts) if "Traceback" in each.said]
    problems += [f"left: {path}" for path in scene.home.rglob("*.partial")]
    problems += [f"left: {path}" for path in (scene.folder / "tmp").iterdir()]
    names = [edition.name for edition in scene.editions]
    if names != [f"edition-{number}" for number in editions]:
        problems.append(f"editions {names}")
    for edition, expected in zip(scene.editions, editions.values(), strict=False):
        problems += [f"{edition.name} lacks {name}" for name in FILES - {path.name for path in edition.iterdir()}]
        if figures_in(edition) != expected:
            problems.append(f"{edition.name} has other figures")
    return problems + list(half_files(scene)) + list(_slack_problems(scene, editions_count=len(editions)))


def half_files(scene: Scene) -> Iterator[str]:
    """Files that cannot be read to their end."""
    for path in scene.home.rglob("*.*"):
        try:
            if path.suffix == ".parquet":
                pq.read_table(path)
            elif path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".xlsx":
                load_workbook(path, read_only=True).close()
        except (OSError, ValueError, KeyError) as error:
            yield f"half a file: {path}: {error}"


def _slack_problems(scene: Scene, *, editions_count: int) -> Iterator[str]:
    """More, or fewer, messages, answers and files than one period's editions are told with."""
    if scene.slack is None:
        return
    messages = scene.slack.messages
    if len(messages) != 1:
        yield f"{len(messages)} messages"
    for message in messages[:1]:
        titles = [title for title, _content in message.thread_files]
        if len(message.replies) != editions_count:  # the details, and what each later edition changed
            yield f"{len(message.replies)} answers in the thread"
        if len(titles) != FILES_TOLD_COUNT * editions_count or len(set(titles)) != len(titles):
            yield f"files {titles}"
