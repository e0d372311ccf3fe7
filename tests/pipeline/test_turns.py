"""Two runs of one period at once, and what stopped runs leave behind."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.process_ids import own_mark
from expectations.verdict import RefusedError
from tasks.store.engine import atomic_write, remove_orphans, write_if_absent
from tasks.store.locks import brief_lock, exclusive_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WHAT = "2026-W38 of shop"
HOLDS = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from tasks.store.locks import exclusive_lock
with exclusive_lock(Path(sys.argv[1]), what="it", started_at=datetime(2026, 11, 1, tzinfo=UTC), waits=True):
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "2026-W38.lock"


@pytest.fixture
def other_run(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the turn."""
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(lock)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "mine\n"
        yield process
        process.kill()


def test_a_second_run_is_refused_where_it_is_not_to_wait_and_told_who_runs(lock: Path, other_run: subprocess.Popen[str]) -> None:
    with pytest.raises(RefusedError) as refused, exclusive_lock(lock, what=WHAT, started_at=NOW, waits=False):
        pass
    said = f"2026-W38 of shop is being published by process {other_run.pid} on "
    assert str(refused.value).startswith(said)
    assert "since 2026-11-01T00:00:00+00:00; expected no other run of it: wait until it is done" in str(refused.value)


def test_a_run_that_was_killed_holds_nobody_up(lock: Path, other_run: subprocess.Popen[str]) -> None:
    other_run.kill()
    other_run.wait()
    with exclusive_lock(lock, what=WHAT, started_at=NOW, waits=False):
        assert json.loads(lock.read_text(encoding="utf-8"))["process"] == os.getpid()


def test_a_second_run_waits_for_its_turn_and_says_so(
    lock: Path, other_run: subprocess.Popen[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="tasks.store.locks")
    threading.Timer(0.3, other_run.kill).start()
    with exclusive_lock(lock, what=WHAT, started_at=NOW, waits=True):
        assert other_run.wait() != 0
    assert f"2026-W38 of shop is being published by process {other_run.pid} on" in caplog.text


def test_a_turn_is_free_again_when_it_ends_badly(lock: Path) -> None:
    with pytest.raises(MemoryError), exclusive_lock(lock, what=WHAT, started_at=NOW, waits=False):
        raise MemoryError
    with exclusive_lock(lock, what=WHAT, started_at=NOW, waits=False):
        pass


def test_an_owner_that_has_not_signed_yet_is_another_run(lock: Path) -> None:
    with (
        brief_lock(lock),
        pytest.raises(RefusedError, match="is being published by another run"),
        exclusive_lock(lock, what=WHAT, started_at=NOW, waits=False),
    ):
        pass


def test_of_two_runs_that_write_one_thing_the_first_one_stands(tmp_path: Path) -> None:
    path = tmp_path / "kept.parquet"
    with write_if_absent(path) as slower:
        with write_if_absent(path) as faster:
            faster.write_text("first", encoding="utf-8")
        slower.write_text("second", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "first"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.parquet"]


def test_a_disk_that_knows_no_second_names_takes_the_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with write_if_absent(tmp_path / "kept.parquet") as beside:
        beside.write_text("kept", encoding="utf-8")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["kept"]


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A home and a folder for temporary files, with what a dead process, a live one and another machine left there."""
    child = subprocess.Popen(
        [sys.executable, "-c", "from config.process_ids import own_mark; print(own_mark())"], stdout=subprocess.PIPE, text=True
    )
    dead, _ = child.communicate()
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for mark in (dead.strip(), own_mark(), "00000000-1-1-"):
        (home / "ledger" / f".a.parquet.{mark}ab.partial").mkdir(parents=True)
        (home / "ledger" / f".a.parquet.{mark}ab.partial" / "half").write_text("half", encoding="utf-8")
        (home / f".b.parquet.{mark}ab.partial").write_text("half", encoding="utf-8")
        (temporary / f"customer-math-{mark}cd" / "spill").mkdir(parents=True)
    (home / "whole.parquet").write_text("whole", encoding="utf-8")
    return tmp_path


def test_what_dead_runs_left_is_swept_away_and_nothing_of_the_living(left: Path) -> None:
    assert remove_orphans(left / "home", temporary=left / "tmp", now=NOW) == 3
    marks = {own_mark(), "00000000-1-1-"}
    assert {path.name for path in left.rglob("customer-math-*")} == {f"customer-math-{mark}cd" for mark in marks}
    assert len(list(left.rglob("*.partial"))) == 2 * len(marks)
    assert (left / "home" / "whole.parquet").is_file()


def test_what_another_machine_left_is_swept_when_no_run_can_need_it(left: Path) -> None:
    assert remove_orphans(left / "home", temporary=left / "tmp", now=datetime.now(UTC) + timedelta(days=3)) == 3 + 2
    assert {path.name for path in left.rglob("*.partial")} == {f".a.parquet.{own_mark()}ab.partial", f".b.parquet.{own_mark()}ab.partial"}


def test_what_is_being_written_by_this_run_is_not_swept(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "being.json") as beside:
        beside.write_text("{}", encoding="utf-8")
        remove_orphans(tmp_path, temporary=tmp_path, now=NOW)
    assert (tmp_path / "being.json").read_text(encoding="utf-8") == "{}"
