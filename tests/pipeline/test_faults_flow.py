"""The flow itself, as people start it: killed with everything that it started, and run again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.pipeline.environments import own_environment
from tests.pipeline.fault_harness import PERIOD, Scene, figures_in, problems_of
from tests.pipeline.slack_server import CHANNEL, TOKEN, slack_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.pipeline.golden_edition import GoldenEdition

COMMAND = Path(sys.executable).with_name("customer-math")
EXTRACTS = ("customers", "orders", "departures")
PATIENCE_SECONDS = 300


def started(scene: Scene, name: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own, what it says in a file."""
    assert scene.slack is not None
    (scene.folder / "tmp").mkdir(exist_ok=True)
    environment = own_environment(
        CUSTOMER_MATH_HOME=str(scene.home),
        TMPDIR=str(scene.folder / "tmp"),
        SLACK_BOT_TOKEN=TOKEN,
        SLACK_CHANNEL=CHANNEL,
        SLACK_API_URL=f"{scene.slack.url}/api/",
    )
    command = [COMMAND, "run", "--company", str(scene.company), "--period", PERIOD]
    with (scene.folder / name).open("wb") as said:
        return subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)


def killed_when(scene: Scene, name: str, happened: Callable[[str], bool]) -> None:
    """Start the command, and kill it with all that it started as soon as something has happened."""
    running = started(scene, name)
    for _ in range(PATIENCE_SECONDS * 50):
        if happened((scene.folder / name).read_text(encoding="utf-8")):
            break
        assert running.poll() is None, (scene.folder / name).read_text(encoding="utf-8")
        threading.Event().wait(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    assert running.wait(timeout=60) == -signal.SIGKILL


def test_a_flow_that_is_killed_with_its_server_is_run_again_as_if_nothing_had_happened(
    shop: Any, golden_edition: GoldenEdition, tmp_path: Path
) -> None:
    company = shop(tmp_path / "shop", only=EXTRACTS)
    expected = figures_in(golden_edition.edition(only=EXTRACTS))
    with slack_server() as slack:
        scene = Scene(company.folder, tmp_path, slack)
        killed_when(scene, "first.log", lambda said: "judged orders" in said)
        killed_when(scene, "second.log", lambda said: bool(slack.messages))
        assert started(scene, "last.log").wait(timeout=PATIENCE_SECONDS) == 0
        said = (tmp_path / "last.log").read_text(encoding="utf-8")
        assert "Workbook (edition 1, unchanged)" in said
        assert "Traceback" not in said
        assert problems_of(scene, editions={1: expected}) == []
