"""Databases: SQLite, DuckDB and PostgreSQL, really asked."""

from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
import sqlalchemy

from config.sources import Read
from tasks.sources.databases import DatabaseTable, read_database
from tasks.sources.landed import SourceError
from tests.pipeline.begun_from_database import assert_that_it_begins, database_of_its_own
from tests.pipeline.postgres_server import PASSWORD, needs_postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Desk

FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar, unreadable"


def asking(url: str, **changes: Any) -> dict[str, Any]:
    """The extract of purchases from a database's table `orders`."""
    extract = {"silo": "sales", "dataset": "purchases", "database": url, "key": ["id"]}
    extract["columns"] = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    return extract | ({} if "query" in changes else {"table": "orders"}) | changes


def sqlite_file(desk: Desk) -> None:
    """A SQLite database with three orders."""
    with sqlite3.connect(desk.folder / "shop.db") as base:
        base.execute("CREATE TABLE orders (id INTEGER, customer TEXT, day TEXT, amount NUMERIC, internal TEXT)")
        rows = [(1, "ada", "2024-03-01", "10.25", "x"), (2, "", "2024-03-02 10:00:00", 0.1, "x"), (3, "NULL", "soon", None, "x")]
        base.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    base.close()


def test_a_table_of_sqlite_is_read_with_only_the_columns_needed(desk: Desk) -> None:
    sqlite_file(desk)
    landed = desk.land(asking("sqlite:///shop.db"))
    assert desk.rows(FACTS, landed) == [
        ("1", "ada", "2024-03-01", "10.2500", None),
        ("2", None, "2024-03-02", "0.1000", None),
        ("3", "NULL", None, None, "purchased_on='soon'"),
    ]
    assert (landed.files, landed.file_rows_count) == (("orders",), 3)


def test_rows_are_written_many_at_a_time(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("CREATE TABLE orders (id INTEGER)")
        base.executemany("INSERT INTO orders VALUES (?)", [(number,) for number in range(20_001)])
    base.close()
    source, path = DatabaseTable("sqlite:///shop.db", "orders", None, tmp_path), tmp_path / "orders.parquet"
    read_database(source, Read(), wanted=["id"], path=path, where="orders")
    written = pq.ParquetFile(path).metadata
    assert (written.num_rows, written.num_row_groups) == (20_001, 2)  # one for each row, as there once were, takes a thousand times as long


def test_a_query_means_what_it_says_colons_and_per_cent_signs_included(desk: Desk) -> None:
    sqlite_file(desk)
    query = "SELECT id, customer || ':x %' AS customer, day, amount FROM orders WHERE customer LIKE 'a%' AND ':y' <> '%s';"
    assert desk.values("customer_id", asking("sqlite:///shop.db", query=query)) == ["ada:x %"]


def test_duckdb_s_decimals_and_instants_are_exact(desk: Desk) -> None:
    with duckdb.connect(str(desk.folder / "shop.duckdb")) as base:
        base.execute(
            "CREATE SCHEMA sales; CREATE TABLE sales.orders (id BIGINT, customer TEXT, day TIMESTAMPTZ, amount DECIMAL(18, 4), tags TEXT[])"
        )
        base.execute(
            "INSERT INTO sales.orders VALUES (1, 'ada', '2024-03-01 23:30:00+00', 99999999999999.9999, ['a']), (2, 'bob', NULL, -0.5, NULL)"
        )
    extract = asking("duckdb:///shop.duckdb", table="sales.orders", attributes={"tags": "tags"})
    landed = desk.land(extract, time_zone="Europe/Berlin")
    assert desk.rows(f"{FACTS}, tags", landed) == [
        ("1", "ada", "2024-03-02", "99999999999999.9999", None, '["a"]'),
        ("2", "bob", None, "-0.5000", None, None),
    ]


def test_a_database_s_rows_can_be_joined_by_sql(desk: Desk) -> None:
    sqlite_file(desk)
    desk.write("names.csv", "customer,name\nada,Ada Lovelace\n")
    others = {"names": {"silo": "sales", "path": "names.csv", "key": ["customer"]}}
    sql = "SELECT orders.* EXCLUDE (customer), names.name AS customer FROM orders JOIN names USING (customer)"
    landed = desk.land(asking("sqlite:///shop.db", sql=sql), others=others)
    assert desk.rows("customer_id, source_row", landed) == [("Ada Lovelace", 1)]
    assert landed.files == ("orders", "names.csv")


def test_equal_rows_have_equal_fingerprints_and_other_rows_another(desk: Desk) -> None:
    sqlite_file(desk)
    first = desk.land(asking("sqlite:///shop.db"))
    assert desk.land(asking("sqlite:///shop.db")) == first
    with sqlite3.connect(desk.folder / "shop.db") as base:
        base.execute("UPDATE orders SET internal = 'y'")
    assert desk.land(asking("sqlite:///shop.db")) == first
    with base:
        base.execute("UPDATE orders SET amount = 11 WHERE id = 1")
    base.close()
    assert desk.land(asking("sqlite:///shop.db")).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("url", "changes", "said"),
    [
        ("sqlite:///none.db", {}, "expected a database file where `database` says, found none; correct `database`"),
        ("duckdb:///none.duckdb", {}, "expected a database file where `database` says, found none; correct `database`"),
        (
            "sqlite:///shop.db",
            {"table": "order"},
            "expected table order from the database, found that there is no such table (SQLITE_ERROR)",
        ),
        (
            "sqlite:///shop.db",
            {"query": "SELEC 1"},
            "expected the query's rows from the database, found that it has a syntax error (`SELEC`) (SQLITE_ERROR)",
        ),
        (
            "sqlite:///shop.db",
            {"columns": {"customer_id": "who", "purchased_on": "day", "amount": "amount"}},
            "expected a column `who`, found `id`",
        ),
        (
            f"oracles://me:{PASSWORD}@host/name",
            {},
            "`database` is of a kind that is not known, expected sqlite:///file, duckdb:///",
        ),
        (f"me:{PASSWORD}", {}, "is not a URL that can be taken apart"),
        ("duckdb:///shop.db.txt", {}, "expected table orders from the database, found"),
    ],
)
def test_a_database_that_cannot_answer_is_said_without_its_password(desk: Desk, url: str, changes: dict[str, Any], said: str) -> None:
    sqlite_file(desk)
    desk.write("shop.db.txt", "not a database at all")
    problem = desk.problem(asking(url, **changes))
    assert problem.startswith("orders: ")
    assert said in problem
    assert PASSWORD not in problem


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, with a table of orders; stopped afterwards."""
    with postgres_server() as server:
        fill(server.url)
        yield server.url


def fill(url: str) -> None:
    """Give the server a table."""
    with psycopg.connect(url, autocommit=True) as base:
        base.execute(
            'CREATE SCHEMA sales; CREATE TABLE sales.orders (id uuid, customer text, day timestamptz, amount numeric, "Odd % name" jsonb)'
        )
        base.execute(
            "INSERT INTO sales.orders SELECT gen_random_uuid(), CASE WHEN n % 10 = 0 THEN NULL ELSE 'c' || n END, "
            "timestamptz '2024-03-01 23:30:00+00', n + 0.0001, jsonb_build_object('n', n) FROM generate_series(1, 50000) AS n"
        )


@needs_postgres
@pytest.mark.postgres
def test_postgresql_s_rows_are_read_in_batches_exactly(desk: Desk, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", postgres)
    extract = asking("${SHOP_URL}", table="sales.orders", attributes={"odd": "Odd % name"})
    desk.write("sources.yaml", "database: ${SHOP_URL}\n")
    landed = desk.land(extract, time_zone="Europe/Berlin")
    assert landed.rows_count == 50_000
    assert str(landed.amount) == "1250025005.0000"  # 50,000 * 50,001 / 2 + 50,000 * 0.0001
    assert PASSWORD not in repr(landed)


@needs_postgres
@pytest.mark.postgres
def test_postgresql_s_own_query_may_hold_signs_of_its_drivers(desk: Desk, postgres: str) -> None:
    values = "1 AS id, 'a:b' AS customer, date '2024-03-01' AS day, 7.5::numeric AS amount"
    query = f"SELECT {values} FROM sales.orders WHERE customer LIKE 'c1_%' LIMIT 1"
    landed = desk.land(asking(postgres.replace("postgresql:", "postgres:"), query=query))
    assert desk.rows(FACTS, landed) == [("1", "a:b", "2024-03-01", "7.5000", None)]


@needs_postgres
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "table", "said"),
    [
        (("", ""), "sales.order", "expected table sales.order from the database, found that there is no such table (SQLSTATE 42P01)"),
        ((PASSWORD, "an0ther-w0rd"), "sales.orders", "the server does not let us in; correct the user, the password"),
        (("/postgres", "/nowhere"), "sales.orders", "the server does not let us in; correct the user, the password or the database's name"),
    ],
)
def test_what_postgresql_refuses_is_said_at_once_and_without_a_password(
    desk: Desk, postgres: str, change: tuple[str, str], table: str, said: str
) -> None:
    url = postgres.replace(*change) if change[0] else postgres
    problem = desk.problem(asking(url, table=table))
    assert said in problem
    assert PASSWORD not in problem
    assert "an0ther-w0rd" not in problem


@contextmanager
def unsteady_network(port: int, *, broken_count: int) -> Iterator[tuple[int, list[int]]]:
    """A way to a server that breaks so many times before it holds; its port, and the attempts seen."""
    attempts: list[int] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                attempts.append(len(attempts) + 1)
                if len(attempts) <= broken_count:
                    client.close()
                    continue
                there = socket.create_connection(("127.0.0.1", port))
                for source, target in ((client, there), (there, client)):
                    threading.Thread(target=carry, args=(source, target), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], attempts
    finally:
        listener.close()


def carry(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes until it ends."""
    with suppress(OSError), source, target:
        while data := source.recv(65536):
            target.sendall(data)


@needs_postgres
@pytest.mark.postgres
def test_a_network_that_fails_is_tried_again_and_then_said(tmp_path: Path, postgres: str) -> None:
    port = int(postgres.rsplit(":", 1)[1].split("/", maxsplit=1)[0])
    for broken_count, waits in ((2, (0, 0)), (9, (0,))):
        with unsteady_network(port, broken_count=broken_count) as (unsteady, attempts):
            source = DatabaseTable(postgres.replace(f":{port}/", f":{unsteady}/"), "sales.orders", None, tmp_path)
            path = tmp_path / "orders.parquet"
            if broken_count == 2:
                assert read_database(source, Read(), wanted=["customer"], path=path, where="orders", waits_seconds=waits)
            else:
                with pytest.raises(SourceError, match=r"expected table sales\.orders from the database, found"):
                    read_database(source, Read(), wanted=["customer"], path=path, where="orders", waits_seconds=waits)
        assert len(attempts) == len(waits) + 1


@needs_postgres
@pytest.mark.postgres
def test_a_company_begins_from_postgresql_s_tables_and_is_fine(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = database_of_its_own(sqlalchemy.make_url(postgres).set(drivername="postgresql+psycopg"))
    monkeypatch.setenv("SHOP_DATABASE", own.set(drivername="postgresql").render_as_string(hide_password=False))
    assert_that_it_begins("SHOP_DATABASE", tmp_path)
