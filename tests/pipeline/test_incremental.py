"""A database of which only changed rows are read: what is landed is what reading all of it gives."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import write_if_absent
from tasks.tidy import forget_computed
from tests.pipeline.changing_table import KINDS, ROWS_COUNT, WHOLE, Table
from tests.pipeline.mariadb_server import mariadb_server, needs_mariadb
from tests.pipeline.postgres_server import needs_postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Desk


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="module")
def mariadb() -> Iterator[str]:
    with mariadb_server() as url:
        yield url


@pytest.fixture
def table(desk: Desk, caplog: pytest.LogCaptureFixture) -> Table:
    made = Table(desk, caplog, "sqlite:///shop.db")
    made.fill(KINDS["sqlite"])
    return made


@pytest.fixture(params=["sqlite", "duckdb", pytest.param("postgres", marks=needs_postgres), pytest.param("mariadb", marks=needs_mariadb)])
def any_table(request: pytest.FixtureRequest, desk: Desk, caplog: pytest.LogCaptureFixture) -> Iterator[Table]:
    kind = request.param
    made = Table(desk, caplog, request.getfixturevalue(kind) if kind in {"postgres", "mariadb"} else f"{kind}:///shop.db")
    made.fill(KINDS[kind])
    yield made
    made.run("DROP TABLE orders")


def test_only_the_rows_that_changed_are_read(any_table: Table) -> None:
    of_a_text = int(any_table.url.startswith("sqlite"))  # a day more, since texts may be of several zones
    assert any_table.read_count() == WHOLE
    assert any_table.read_count() == 2 + of_a_text  # of 29 and 30 March
    any_table.run(
        "INSERT INTO orders VALUES (100, 'new', '2024-03-01', 7, '2024-04-10 10:00:00')",
        "UPDATE orders SET amount = 1000, changed = '2024-04-10 11:00:00' WHERE id = 3",
    )
    landed, read_count = any_table.land()
    assert (landed.rows_count, read_count) == (ROWS_COUNT, 2 + of_a_text + 2)
    any_table.run("INSERT INTO orders VALUES (101, 'late', '2024-03-01', 7, '2024-04-09 12:00:00')")
    assert any_table.read_count() == 3  # the two of before, and the one that was committed late
    any_table.run("INSERT INTO orders VALUES (102, 'never', '2024-03-01', 7, NULL)")
    assert any_table.read_count() == 4
    any_table.run("UPDATE orders SET amount = 8 WHERE id = 102")
    landed, read_count = any_table.land()
    assert (any_table.amount_of("102", landed), read_count) == ("8.0000", 4)
    any_table.run("DELETE FROM orders WHERE id = 5")
    landed, read_count = any_table.land()
    assert (landed.rows_count, read_count) == (ROWS_COUNT + 1, WHOLE)
    assert any("has 31 rows, and 32 were put together by key: some were deleted" in line for line in any_table.caplog.messages)
    any_table.run("DELETE FROM orders WHERE id = 101")
    assert any_table.read_count() == 3  # of the rows that are read again a deleted one is seen at once
    assert len(any_table.kept()) == 2


def test_a_query_stands_as_it_is_with_what_is_asked_around_it(any_table: Table) -> None:
    signs = "':x' AS a, '%s %' AS b, 'c\\:d' AS c"
    query = f"SELECT id, customer, day, amount, changed, {signs} FROM orders WHERE customer LIKE 'c%' -- all of them"
    changes: dict[str, Any] = {"table": None, "query": query, "attributes": {"a": "a", "b": "b", "c": "c"}}
    assert any_table.read_count(**changes) == WHOLE
    any_table.run("UPDATE orders SET amount = 1000, changed = '2024-04-10 11:00:00' WHERE id = 3")
    landed, read_count = any_table.land(**changes)
    assert read_count == 3 + int(any_table.url.startswith("sqlite"))
    assert any_table.desk.rows("DISTINCT a, b", landed) == [(":x", "%s %")]


@pytest.mark.parametrize(
    ("kind", "value", "later", "read_count"),
    [
        ("DATE", "'2024-03-{day:02}'", "'2024-03-30'", 3),
        ("TIMESTAMP", "'2024-03-{day:02} 10:00:00'", "'2024-03-29 12:00:00'", 3),
        ("TIMESTAMPTZ", "'2024-03-{day:02} 10:00:00+05:30'", "'2024-03-29 12:00:00+05:30'", 3),
        ("BIGINT", "1709200000 + {day} * 86400", "1709200000 + 30 * 86400", 3),
        ("BIGINT", "1709200000000 + {day} * CAST(86400000 AS BIGINT)", "1709200000000 + 30 * CAST(86400000 AS BIGINT)", 3),
        ("TEXT", "'2024-03-{day:02}T10:00:00Z'", "'2024-03-29T12:00:00+02:00'", 4),
    ],
)
@pytest.mark.parametrize("database", ["duckdb", pytest.param("postgres", marks=needs_postgres)])
def test_every_kind_of_instant_is_compared_by_the_database(
    request: pytest.FixtureRequest,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    *,
    database: str,
    kind: str,
    value: str,
    later: str,
    read_count: int,
) -> None:
    table = Table(desk, caplog, request.getfixturevalue(database) if database == "postgres" else "duckdb:///shop.db")
    table.fill(kind, value)
    changes: dict[str, Any] = {"read": {"incremental": True, "dates": ["%Y-%m-%d", "%s", "%ms"]}}
    assert table.read_count(**changes) == WHOLE
    table.run(f"INSERT INTO orders VALUES (100, 'late', '2024-03-01', 7, {later})")
    assert table.read_count(**changes) == read_count
    table.run("DROP TABLE orders")


def test_days_to_look_back_are_declared_and_less_is_seen_by_the_count(table: Table) -> None:
    table.read_count()
    late = "INSERT INTO orders VALUES ({id}, 'late', '2024-03-01', 7, '2024-03-20 10:00:00')"
    table.run(late.format(id=100))
    assert table.read_count(read={"incremental": True, "lookback_days": 20}) == 23
    table.run(late.format(id=101))
    assert table.read_count() == WHOLE
    assert table.read_count() == 3


def test_what_is_declared_otherwise_or_is_another_database_s_is_read_whole(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    others: list[dict[str, Any]] = [
        {},
        {"table": None, "query": "SELECT * FROM orders"},
        {"table": None, "query": "SELECT * FROM orders WHERE id > 3"},
        {"attributes": {"who": "customer"}, "columns": {"customer_id": "customer", "purchased_on": "changed", "amount": "amount"}},
        {"key": ["id", "customer"]},
        {"read": {"incremental": True, "null_texts": ["c3"]}},
        {"read": {"incremental": True, "drop_rows_where": {"day": "x"}}},
    ]
    for changes in others:
        assert table.read_count(**changes) == WHOLE
    for changes in others:
        assert table.read_count(**changes) == 3
    monkeypatch.setenv("WHERE_IT_IS", "shop.db")
    assert table.read_count(database="sqlite:///${WHERE_IT_IS}") == 3
    (table.desk.folder / "other.db").write_bytes((table.desk.folder / "shop.db").read_bytes())
    monkeypatch.setenv("WHERE_IT_IS", "other.db")
    assert table.read_count(database="sqlite:///${WHERE_IT_IS}") == WHOLE


@needs_postgres
def test_a_server_that_gives_instants_of_another_zone_is_read_whole(desk: Desk, caplog: pytest.LogCaptureFixture, postgres: str) -> None:
    table = Table(desk, caplog, postgres)
    table.fill("TIMESTAMPTZ")
    assert (table.read_count(), table.read_count()) == (WHOLE, 2)
    table.run("ALTER ROLE clerk SET TimeZone = 'Asia/Kolkata'")
    assert (table.read_count(), table.read_count()) == (WHOLE, 2)
    table.run("ALTER ROLE clerk RESET TimeZone", "DROP TABLE orders")


@pytest.mark.parametrize(("ending", "damage"), [(".parquet", "cut"), (".parquet", "removed"), (".json", "cut"), (".json", "removed")])
def test_kept_rows_that_are_damaged_or_gone_are_read_again(table: Table, ending: str, damage: str) -> None:
    table.read_count()
    (path,) = (path for path in table.kept() if path.suffix == ending)
    path.write_bytes(path.read_bytes()[:-9]) if damage == "cut" else path.unlink()
    assert (table.read_count(), table.read_count()) == (WHOLE, 3)
    assert len(table.kept()) == 2


class KilledError(Exception):
    """Stands for the end of the process, which leaves what is written and does nothing more."""


@pytest.mark.parametrize("killed_at", [".parquet", ".json"])
@pytest.mark.parametrize("is_written", [True, False])
def test_a_run_that_is_killed_leaves_the_kept_rows_as_they_were(table: Table, killed_at: str, *, is_written: bool) -> None:
    table.read_count()
    before = {path: path.read_bytes() for path in table.kept()}
    table.run("UPDATE orders SET amount = 1000, changed = '2024-04-10 11:00:00' WHERE id = 3")

    @contextmanager
    def killed(path: Path) -> Iterator[Path]:
        is_the_end = path.suffix == killed_at and "texts" in path.parts
        if is_the_end and not is_written:
            raise KilledError
        with write_if_absent(path) as partial:
            yield partial
        if is_the_end:
            raise KilledError

    with pytest.raises(KilledError):
        table.land(store=LandingStore(partial(table.home.landed, "orders"), killed, table.home.texts("orders")))
    assert {path: path.read_bytes() for path in before} == before
    is_kept = is_written and killed_at == ".json"
    landed, read_count = table.land()
    assert (table.amount_of("3", landed), read_count) == ("1000.0000", 1 if is_kept else 4)
    assert len(table.kept()) == 2


def test_a_rebuild_reads_what_changed_without_a_later_instant(table: Table) -> None:
    table.read_count()
    table.run("UPDATE orders SET amount = 1000 WHERE id = 3")
    company = table.desk.company({"orders": table.extract()})
    store = LandingStore(partial(table.home.landed, "orders"), write_if_absent, table.home.texts("orders"))
    landed = land(company, "orders", connection=table.desk.connection, store=store)
    assert table.amount_of("3", landed) == "3.5000"
    assert "only rows that changed by their `changed` are read again; `customer-math rebuild` reads all" in landed.notes[0]
    forget_computed(table.home, now=datetime.now(UTC), waits=False)
    landed, read_count = table.land()
    assert (table.amount_of("3", landed), read_count) == ("1000.0000", WHOLE)


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE orders SET amount = 1, changed = '2024-03-02 10:00:00' WHERE changed > '2024-03-30'"],
        ["UPDATE orders SET changed = '2024-03-02 10:00:00' WHERE id = 28"],
        ["DELETE FROM orders WHERE id = 28", "INSERT INTO orders VALUES (100, 'x', '2024-03-01', 7, '2024-03-05 10:00:00')"],
        [
            "DELETE FROM orders WHERE changed > '2024-03-27'",
            "INSERT INTO orders SELECT id + 100, customer, day, 7, '2024-03-03' FROM orders LIMIT 3",
        ],
        ["UPDATE orders SET id = 200, changed = '2024-04-01 10:00:00' WHERE id = 3"],
    ],
)
def test_a_database_that_was_set_back_is_read_whole(table: Table, statements: list[str]) -> None:
    table.read_count()
    table.run(*statements)
    assert table.read_count() == WHOLE


def test_a_row_of_days_to_come_hides_none_that_changes_before(table: Table) -> None:
    table.run("UPDATE orders SET changed = '9999-12-31 00:00:00' WHERE id = 7")
    assert table.read_count() == WHOLE
    table.run("UPDATE orders SET amount = 1000, changed = '2024-04-10 11:00:00' WHERE id = 3")
    landed, read_count = table.land()
    assert (table.amount_of("3", landed), read_count) == ("1000.0000", 5)


def test_keys_of_several_rows_are_read_whole_each_time_and_said(table: Table) -> None:
    changes: dict[str, Any] = {"key": ["customer"]}
    landed, _ = table.land(**changes)
    assert "22 rows with the `key` of another row, so that all are read each time" in landed.advice[0]
    assert (table.read_count(**changes), table.kept()) == (WHOLE, [])
    assert table.read_count() == WHOLE
    table.run("INSERT INTO orders VALUES (100, 'c1', '2024-03-01', 7, NULL)")
    assert table.read_count() == 4


def test_an_empty_table_and_one_without_instants_are_read_whole(table: Table) -> None:
    table.run("UPDATE orders SET changed = NULL")
    assert (table.read_count(), table.read_count(), table.kept()) == (WHOLE, WHOLE, [])
    table.run("DELETE FROM orders")
    assert (table.read_count(), table.kept()) == (WHOLE, [])


def test_other_extracts_sql_reads_an_incremental_one_whole(table: Table) -> None:
    company = table.desk.company(
        {
            "orders": table.desk.purchases(path=None, sql="SELECT * FROM raw_orders"),
            "raw_orders": table.extract(),
        }
    )
    landed = land(
        company, "orders", connection=table.desk.connection, store=LandingStore(lambda _: table.desk.folder / "x", write_if_absent)
    )
    assert (landed.rows_count, table.kept()) == (ROWS_COUNT - 1, [])


instants = some.integers(1, 28).map(lambda day: f"2024-03-{day:02} 10:00:00")
edits = some.one_of(
    some.just("INSERT OR REPLACE INTO orders VALUES ({id}, '{text}', '2024-03-01', 1, '{at}')"),
    some.just("INSERT OR REPLACE INTO orders VALUES ({id}, '{text}', '2024-03-01', 1, NULL)"),
    some.just("DELETE FROM orders WHERE id = {id}"),
    some.just("DELETE FROM orders WHERE changed > '{at}'"),
)
changes_of_runs = some.lists(
    some.lists(some.tuples(edits, some.integers(1, 40), instants, some.sampled_from(["", "a", "|", "a|b", "\\", "Ä"])), max_size=5),
    min_size=2,
    max_size=3,
)


@given(runs=changes_of_runs)
def test_however_rows_change_in_order_of_time_the_landing_is_that_of_reading_all(table: Table, runs: list[list[Any]]) -> None:
    table.fill(KINDS["sqlite"])
    shutil.rmtree(table.home.folder, ignore_errors=True)
    for month, run in enumerate(runs, start=4):
        for statement, number, at, text in run:
            table.run(statement.format(id=number, at=at.replace("-03-", f"-{month:02}-"), text=text))
        table.land()
