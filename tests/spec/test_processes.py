"""Marks of processes: whose temporary file it is, and whether its process still runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import process_ids
from config.process_ids import is_over, own_mark

HAS_PAGES = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system has no page about each process")


def mark_of(process_id: int) -> str:
    """The mark that a process of this machine has."""
    machine, _, _ = own_mark().split("-", 2)
    return f"{machine}-{process_id}-{process_ids._started(process_id)}-"


def test_what_this_process_made_is_not_left_behind() -> None:
    assert is_over(f".figures.parquet.{own_mark()}0a1b2c3d.partial") is False


def test_what_a_dead_process_made_is_left_behind() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = mark_of(child.pid)
    assert is_over(mark) is False
    child.kill()
    child.wait()
    assert child.stdin is not None
    child.stdin.close()
    assert is_over(mark) is True


@HAS_PAGES
def test_a_process_that_is_dead_and_not_yet_buried_is_over() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        mark = mark_of(child.pid)
        child.kill()
        for _ in range(200):
            if is_over(mark):
                break
            time.sleep(0.01)
        assert is_over(mark) is True


@HAS_PAGES
def test_a_number_that_another_process_got_is_not_taken_for_the_old_one() -> None:
    machine, number, started, _ = own_mark().split("-")
    assert is_over(f"{machine}-{number}-{int(started) - 1}-") is True


@pytest.mark.parametrize("name", ["figures.parquet", ".figures.parquet.4711-0a1b.partial", "00000000-1-1-"])
def test_what_is_not_known_to_be_this_machines_is_nobodys_to_judge(name: str) -> None:
    assert is_over(name) is None


def test_every_machine_has_a_mark_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = own_mark()
    monkeypatch.setattr(socket, "gethostname", lambda: "another")
    assert is_over(mark) is None


def test_where_the_system_has_no_pages_a_process_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process_ids, "PROCESSES", tmp_path / "none")
    machine = own_mark().split("-", maxsplit=1)[0]
    assert own_mark() == f"{machine}-{os.getpid()}-0-"
    assert is_over(own_mark()) is False
    outcomes = {ProcessLookupError: True, PermissionError: False}
    for raised, over in outcomes.items():

        def asked(process_id: int, signal: int, raised: type[OSError] = raised) -> None:
            raise raised

        monkeypatch.setattr(os, "kill", asked)
        assert is_over(own_mark()) is over
