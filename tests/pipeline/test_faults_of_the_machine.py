"""What is wrong with the machine or its surroundings: said in a sentence, nothing half done, and a rerun goes on."""

from __future__ import annotations

import subprocess
import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.pipeline.fault_harness import Scene, figures_in, problems_of, runners
from tests.pipeline.postgres_server import PASSWORD, PostgresServer, needs_postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Desk

    from tests.pipeline.fault_harness import Attempt, Runner
    from tests.pipeline.golden_edition import GoldenEdition

REFUSED = 1
EXTRACTS = ("customers", "orders", "departures")
SLOWLY = "SELECT id, customer, day, amount, pg_sleep(0.0005)::text AS pause FROM orders"
"""A query that takes its time, so that there is a middle of it."""
GIVES_ROWS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with runners(tmp_path_factory.mktemp("machine"), count=1) as (made,):
        yield made


@pytest.fixture(scope="module")
def expected(golden_edition: GoldenEdition) -> list[dict[str, Any]]:
    """The figures of the small company where nothing is wrong."""
    return figures_in(golden_edition.edition(only=EXTRACTS))


def refused(attempt: Attempt) -> str:
    """The sentence that a run was refused with, and nothing but a sentence."""
    assert attempt.status == REFUSED, attempt.said
    assert "Traceback" not in attempt.said
    said = attempt.said.splitlines()[-1]
    assert said.startswith("Refused: ")
    return said


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, too small; skipped where the tests may not make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a disk of its own can be made by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_a_rerun_with_room_goes_on(
    one: Runner, shop: Any, tmp_path: Path, small_disk: Path, expected: list[dict[str, Any]]
) -> None:
    company = shop(tmp_path / "shop", only=EXTRACTS)
    whole = (company.folder / "orders.csv").read_bytes()
    with (company.folder / "orders.csv").open("a", encoding="utf-8") as orders:  # so much that it cannot even be read
        orders.writelines(
            f"{number},c02,2026-08-12,{number}.37,EUR,a state of its own {number * 7919},2026-08-12\n" for number in range(900, 9_900)
        )
    scene = Scene(company.folder, small_disk, None)
    assert "make room" in refused(one.run(scene, log=str(tmp_path / "large.log")))
    (company.folder / "orders.csv").write_bytes(whole)
    for size_kib in (64, 128, 192, 256):
        subprocess.run(["mount", "-o", f"remount,size={size_kib}k", str(small_disk)], check=True)
        said = refused(one.run(scene, log=str(tmp_path / f"{size_kib}.log")))
        assert "the disk is full; make room there" in said or "the engine could not go on" in said
        assert said.endswith("and run again; nothing was left half written")
        assert scene.editions == []
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    assert one.run(scene, log=str(tmp_path / "last.log")).status == 0
    assert problems_of(scene, editions={1: expected}) == []


def test_files_that_may_not_grow_are_said_and_a_rerun_goes_on(
    one: Runner, shop: Any, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    scene = Scene(shop(tmp_path / "shop", only=EXTRACTS).folder, tmp_path, None)
    for largest in (600, 9_000):
        refused(one.run(scene, largest_file=largest))
        assert scene.editions == []
    assert one.run(scene).status == 0, scene.attempts[-1].said
    assert problems_of(scene, editions={1: expected}) == []


def test_what_is_damaged_between_the_stages_is_made_again(
    one: Runner, golden_edition: GoldenEdition, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    scene = Scene(golden_edition.copied_to(tmp_path, only=EXTRACTS).folder, tmp_path, None)
    between = [path for name in ("landed", "accepted", "ledger") for path in (scene.home / "shop" / name).rglob("*.parquet")]
    assert len(between) > 10
    for path in between:
        path.write_bytes(path.read_bytes()[:100])
    assert one.run(scene).status == 0, scene.attempts[-1].said
    assert problems_of(scene, editions={1: expected}) == []


def unreadable_by_the_disk(orders: Path) -> None:
    orders.unlink()
    orders.symlink_to("/proc/self/mem")  # a file that opens, and gives an error as soon as it is read


def cut_off(orders: Path) -> None:
    subprocess.run(["gzip", "--keep", str(orders)], check=True)
    packed = orders.with_suffix(".csv.gz").read_bytes()
    orders.with_suffix(".csv.gz").unlink()
    orders.write_bytes(packed[: len(packed) // 2])


def gone(orders: Path) -> None:
    orders.unlink()


def test_an_extract_that_cannot_be_read_is_named_and_a_rerun_with_a_whole_one_goes_on(
    one: Runner, shop: Any, tmp_path: Path, expected: list[dict[str, Any]]
) -> None:
    company = shop(tmp_path / "shop", only=EXTRACTS)
    orders = company.folder / "orders.csv"
    whole, scene = orders.read_bytes(), Scene(company.folder, tmp_path, None)
    for damage in (unreadable_by_the_disk, cut_off, gone):
        damage(orders)
        assert "Refused: orders: " in refused(one.run(scene)), damage.__name__
        assert scene.editions == []
        orders.unlink(missing_ok=True)
        orders.write_bytes(whole)
    assert one.run(scene).status == 0, scene.attempts[-1].said
    assert problems_of(scene, editions={1: expected}) == []


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server with a table of orders that can be killed."""
    with postgres_server() as made:
        with psycopg.connect(made.url, autocommit=True) as base:
            base.execute("CREATE TABLE orders (id int, customer text, day date, amount numeric)")
            base.execute("INSERT INTO orders SELECT n, 'c' || n, date '2024-03-01', n FROM generate_series(1, 4000) AS n")
        yield made


def kill_in_the_middle(server: PostgresServer) -> threading.Thread:
    """Kill the server as soon as it gives the rows."""

    def watch() -> None:
        with suppress(psycopg.OperationalError), psycopg.connect(server.url, autocommit=True) as base:
            for _ in range(2_000):
                if base.execute(GIVES_ROWS).fetchone() != (0,):
                    break
                threading.Event().wait(0.01)
        threading.Event().wait(0.2)
        server.kill()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def asked_of(server: PostgresServer) -> dict[str, Any]:
    columns = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    return {"silo": "sales", "dataset": "purchases", "database": server.url, "query": SLOWLY, "key": ["id"], "columns": columns}


@needs_postgres
@pytest.mark.postgres
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the driver cannot close a cursor whose server is dead
def test_a_database_that_goes_away_in_the_middle_and_stays_away_is_said(
    desk: Desk, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.sources.databases.time", SimpleNamespace(sleep=lambda seconds: None))
    killing = kill_in_the_middle(server)
    problem = desk.problem(asked_of(server))
    killing.join()
    assert problem.startswith("orders: query: expected the query's rows from the database, found that the server could not be reached")
    assert PASSWORD not in problem
    assert list(desk.folder.rglob("*.partial")) == []


@needs_postgres
@pytest.mark.postgres
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the driver cannot close a cursor whose server is dead
def test_a_database_that_comes_back_is_read_anew_from_the_beginning(
    desk: Desk, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    killing = kill_in_the_middle(server)
    started: list[float] = []

    def come_back(seconds: float) -> None:
        started.append(seconds)
        killing.join()
        if len(started) == 1:
            server.start()

    monkeypatch.setattr("tasks.sources.databases.time", SimpleNamespace(sleep=come_back))
    landed = desk.land(asked_of(server))
    assert len(started) == 1
    assert (landed.rows_count, landed.amount) == (4_000, 4_000 * 4_001 // 2)
    assert len(server.processes) == 2
