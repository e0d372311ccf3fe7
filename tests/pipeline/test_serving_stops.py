"""However it is told to stop, a machine that serves ends everything that it has started, runs included, within its time."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from flows.orchestration.processes import STOPPING, STOPPING_SECONDS, Signals, StopRequested, processes, started, stopped_by_signals
from flows.orchestration.server import LEFT_BEHIND
from tests.pipeline.served import PATIENCE_SECONDS, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipeline.served import Served

WITHIN_SECONDS = 15
STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = [sys.executable, '-c', 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)']
started = subprocess.Popen(child, start_new_session=True, stdout=subprocess.PIPE)
started.stdout.readline()
pathlib.Path(sys.argv[1]).write_text(str(started.pid))
time.sleep(600)
"""


def test_what_serving_waits_for_at_most_adds_up_to_its_time() -> None:
    server_and_worker = 2 * STOPPING_SECONDS
    assert server_and_worker < WITHIN_SECONDS


@pytest.fixture
def _hears_again() -> Iterator[None]:
    """What the tests themselves do at a signal stays as it was."""
    before = {number: signal.getsignal(number) for number in STOPPING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that ends for nobody, with a child in a session of its own."""
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "home" / "prefect").mkdir(parents=True)
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    return tmp_path / "child"


def child_of(stubborn: Path) -> int:
    """The number of the child, once it runs."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not stubborn.exists() or not stubborn.read_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(stubborn.read_text())


def test_a_process_that_ignores_the_signal_is_ended_with_its_child_in_another_session(stubborn: Path) -> None:
    with started("stubborn", "stubborn", (str(stubborn),), Signals()) as running:
        child = child_of(stubborn)
        assert {running.process.pid, child} <= processes().keys()
    assert not {running.process.pid, child} & processes().keys()


def test_a_child_is_ended_though_its_parent_died_before(stubborn: Path) -> None:
    with started("stubborn", "stubborn", (str(stubborn),), Signals()) as running:
        child = child_of(stubborn)
        running.look()
        running.process.kill()
        running.process.wait()
    assert child not in processes()


@pytest.mark.usefixtures("_hears_again")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_waits_while_a_process_is_being_started(number: signal.Signals) -> None:
    reached = []

    def start() -> None:
        with stopped_by_signals() as signals, signals.held():
            signal.raise_signal(number)
            reached.append(number)

    with pytest.raises(StopRequested):
        start()
    assert reached == [number]


@pytest.mark.usefixtures("_hears_again")
def test_a_second_signal_does_not_break_off_what_the_first_began() -> None:
    with stopped_by_signals():
        with pytest.raises(StopRequested):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)


def stop(machine: Served) -> None:
    """Tell the machine to stop, twice, as impatient people do, and see that nothing of it is running any more."""
    machine.running.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    machine.running.send_signal(signal.SIGTERM)
    machine.running.wait(timeout=PATIENCE_SECONDS)
    assert machine.processes() == []
    assert machine.running.returncode == 0, machine.said
    assert machine.said.endswith("stopped; nothing of it is running any more\n")


def test_a_run_at_work_ends_with_the_machine_and_is_marked_and_told_of_when_it_is_served_again(shop: Any, tmp_path: Path) -> None:
    companies, home = tmp_path / "companies", tmp_path / "home"
    shop(companies / "shop", only=["customers", "orders"])
    with served(home, companies, "shop") as machine:
        run = machine.start("weekly-shop", period="2026-W37")
        machine.wait_for("scorecard", "Running")
        stop(machine)
    assert not (home / "shop" / "scorecards" / "2026-W37").exists()
    with served(home, companies, "shop") as machine:
        assert machine.ended(run)["state"]["message"] == LEFT_BEHIND
        assert machine.ended(run)["state_name"] == "Crashed"
        assert machine.alert_on(run)["parameters"]["run"] == "2026-W37 shop"


def test_a_machine_that_is_told_to_stop_while_it_starts_leaves_nothing(shop: Any, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shop(tmp_path / "companies" / "shop", only=["customers", "orders"])
    with served(home, tmp_path / "companies", "shop", until="starting the server") as machine:
        stop(machine)
