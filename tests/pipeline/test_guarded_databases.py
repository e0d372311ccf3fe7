"""A database is read and nothing else, and what goes wrong with it tells no secret: hostile queries, really asked."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from tests.pipeline.postgres_server import PASSWORD, needs_postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Desk

MARK = "planted-5ecret"
ROWS = [(1, "Ada Lovelace", "2024-03-01", 10)]


def asking(url: str, query: str | None, **changes: Any) -> dict[str, Any]:
    """The extract of purchases by a query on a database, or from its table `orders`."""
    extract = {"silo": "sales", "dataset": "purchases", "database": url, "key": ["id"], **changes}
    extract["columns"] = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    return extract | ({"query": query} if query else {"table": "orders"})


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A folder with a SQLite and a DuckDB database of orders, and a file that nobody declared."""
    desk.write("secret.csv", f"id\n{MARK}\n")
    with sqlite3.connect(desk.folder / "shop.db") as base:
        base.execute("CREATE TABLE orders (id, customer, day, amount)")
        base.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", ROWS)
    base.close()
    with duckdb.connect(str(desk.folder / "shop.duckdb")) as other:
        other.execute("CREATE TABLE orders (id BIGINT, customer VARCHAR, day VARCHAR, amount BIGINT)")
        other.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", ROWS)
        other.execute(f"CREATE VIEW peeping AS SELECT * FROM read_csv('{desk.folder / 'secret.csv'}')")
    return desk


def assert_unharmed(shop: Desk, problem: str) -> None:
    """Nothing planted and no cell is in the message; the databases hold what they held, and nothing stands beside them."""
    for hidden in (MARK, "Ada", "Lovelace", str(shop.folder)):
        assert hidden not in problem
    assert sorted(path.name for path in shop.folder.iterdir()) == ["secret.csv", "shop.db", "shop.duckdb"]
    with sqlite3.connect(shop.folder / "shop.db") as base:
        assert base.execute("SELECT * FROM orders").fetchall() == ROWS
    base.close()
    with duckdb.connect(str(shop.folder / "shop.duckdb"), read_only=True) as other:
        assert other.execute("SELECT * FROM orders").fetchall() == ROWS


BEYOND = "it does more than read the database's tables (SQLITE_AUTH)"
IN_SQLITE = {
    "ATTACH '{folder}/other.db' AS other": BEYOND,
    "VACUUM INTO '{folder}/other.db'": "database refuses it|does more than read",
    "PRAGMA journal_mode = WAL": BEYOND,
    "PRAGMA database_list": BEYOND,
    "SELECT * FROM pragma_database_list": BEYOND,
    "DELETE FROM orders": BEYOND,
    "INSERT INTO orders VALUES (2, 3, 4, 5) RETURNING *": BEYOND,
    "UPDATE sqlite_master SET sql = 'x'": "the database refuses it|it does more than read",
    "CREATE TEMP TABLE t AS SELECT 1": "it does more than read the database's tables",
    "DROP TABLE orders": BEYOND,
    "SELECT 1; DROP TABLE orders": "it has several statements, expected one SELECT",
    "SELECT load_extension('{folder}/evil.so')": "it does more than read the database's tables (SQLITE_ERROR)",
    "SELECT writefile('{folder}/out', 'x')": "there is no such function (`writefile`)",
    "SELECT readfile('{folder}/secret.csv')": "there is no such function (`readfile`)",
    "SELECT * FROM ordres": "there is no such table (`ordres`) (SQLITE_ERROR)",
    "SELECT custmer FROM orders": "there is no such column (`custmer`) (SQLITE_ERROR)",
    "SELECT json_extract(customer, '$') FROM orders": "the database refuses it",
}


@pytest.mark.parametrize(("query", "said"), IN_SQLITE.items())
def test_a_query_on_sqlite_that_does_more_than_read_is_refused(shop: Desk, query: str, said: str) -> None:
    problem = shop.problem(asking("sqlite:///shop.db", query.format(folder=shop.folder)))
    assert any(part in problem for part in said.split("|"))
    assert_unharmed(shop, problem)


IN_DUCKDB = {
    "COPY orders TO '{folder}/out.csv'": "is a statement of the kind COPY",
    "ATTACH '{folder}/other.db'": "is a statement of the kind ATTACH",
    "INSTALL httpfs": "is a statement of the kind LOAD",
    "SELECT * FROM read_csv('{folder}/secret.csv')": "reads from `read_csv(...)`",
    "SELECT * FROM '{folder}/secret.csv'": "it reaches for a file or an address",
    "SELECT * FROM peeping": "it reaches for a file or an address",
    "SELECT current_setting('home_directory')": "calls `current_setting`",
    "SELECT CAST(customer AS INTEGER) AS id FROM orders": "a value cannot be read as the kind that it is cast to",
    "SELECT custmer FROM orders": "(`custmer`) (BinderException)",
}


@pytest.mark.parametrize(("query", "said"), IN_DUCKDB.items())
def test_a_query_on_duckdb_that_does_more_than_read_its_tables_is_refused(shop: Desk, query: str, said: str) -> None:
    problem = shop.problem(asking("duckdb:///shop.duckdb", query.format(folder=shop.folder)))
    assert said in problem
    assert_unharmed(shop, problem)


ENDLESS = "WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) SELECT count(*) AS id FROM r"


@pytest.mark.parametrize("url", ["sqlite:///shop.db", "duckdb:///shop.duckdb"])
def test_a_query_without_end_is_stopped_when_its_time_is_over(shop: Desk, url: str) -> None:
    problem = shop.problem(asking(url, ENDLESS, time_limit_minutes=0.005))
    assert "0.005 minutes" in problem
    assert "give it more time (`time_limit_minutes`)" in problem
    assert_unharmed(shop, problem)


def test_sqlite_s_own_tables_of_text_and_json_are_read(shop: Desk) -> None:
    with sqlite3.connect(shop.folder / "shop.db") as base:
        base.execute("CREATE VIRTUAL TABLE notes USING fts5(customer)")
        base.execute("INSERT INTO notes VALUES ('grace hopper')")
    base.close()
    query = "SELECT value AS id, customer, '2024-03-01' AS day, 1 AS amount FROM notes, json_each('[7]') WHERE notes MATCH 'grace'"
    assert shop.values("customer_id", asking("sqlite:///shop.db", query)) == ["grace hopper"]


def test_a_sqlite_database_in_another_s_folder_is_read_without_a_file_of_ours(shop: Desk) -> None:
    assert shop.values("customer_id", asking("sqlite:///shop.db", None)) == ["Ada Lovelace"]
    assert {path.name for path in shop.folder.iterdir()} == {"secret.csv", "shop.db", "shop.duckdb", "landed"}


URLS = {
    "postgresql://clerk:pa@ss:MARK@host/name": "written as %40 %3A %2F %23 %3F %25",
    "postgresql://clerk:MARK@host:port/name": "a port that is a number",
    "postgresql://clerk:MARK@host:99999/name": "expected a port from 1 to 65535 in `database`",
    "postgresql://clerk:MARK@[::1/name": "is not a URL that can be taken apart",
    "MARK": "is not a URL that can be taken apart",
    "MARK://host/name": "is not a URL that can be taken apart",
    "nodatabase://clerk:MARK@host/name": "is of a kind that is not known, expected sqlite:///file",
    "oracle://clerk:MARK@host/name": "that `database` needs is not installed; install it, or begin with sqlite:///file",
    "postgresql://clerk@host/name?MARK=MARK": "an option behind `?` in `database` is none that may be set there",
    "postgresql://clerk@host/name?sslkeylogfile=MARK": "an option behind `?` in `database` is none that may be set there",
    "sqlite:///shop.db?mode=MARK": "a file database takes no options",
    "duckdb:///shop.duckdb?access_mode=read_write&x=MARK": "a file database takes no options",
    "sqlite:///MARK.db": "expected a database file where `database` says, found none",
}


@pytest.mark.parametrize(("url", "said"), URLS.items())
def test_a_url_that_cannot_be_used_is_told_without_a_part_of_it(shop: Desk, url: str, said: str) -> None:
    problem = shop.problem(asking(url.replace("MARK", MARK), None))
    assert said in problem
    assert_unharmed(shop, problem)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, whose role may do everything; stopped afterwards."""
    with postgres_server() as server:
        with psycopg.connect(server.url, autocommit=True) as base:
            base.execute("CREATE TABLE orders (id int, customer text, day date, amount numeric); CREATE SEQUENCE numbers")
            base.execute("INSERT INTO orders VALUES (1, 'Ada Lovelace', '2024-03-01', 10)")
            base.execute("CREATE FUNCTION writing() RETURNS int LANGUAGE sql AS 'DELETE FROM orders RETURNING 1'")
        yield server.url


IN_POSTGRES = {
    "COPY orders TO PROGRAM 'cat > {folder}/out'": "a part of the kind COPY",
    "COPY orders FROM PROGRAM 'cat /etc/hostname'": "a part of the kind COPY",
    "SELECT pg_read_file('{folder}/secret.csv')": "calls `pg_read_file`",
    "SELECT pg_catalog.\"pg_read_file\"/**/('{folder}/secret.csv')": "calls `pg_read_file`",
    "SELECT U&\"pg_read_f\\0069le\"('{folder}/secret.csv')": "has a name written as U&",
    "SELECT * FROM pg_ls_dir('{folder}')": "calls `pg_ls_dir`",
    "SELECT lo_import('{folder}/secret.csv')": "calls `lo_import`",
    "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)": "calls `dblink`",
    "SELECT query_to_xml('DELETE FROM orders', true, true, '')": "calls `query_to_xml`",
    "SELECT set_config('transaction_read_only', 'off', false)": "calls `set_config`",
    "SELECT * INTO other FROM orders": "a part of the kind INTO",
    "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone": "a part of the kind DELETE",
    "SELECT 1; DROP TABLE orders": "has 2 statements, expected one SELECT",
    "SELECT 1; COMMIT; DELETE FROM orders": "has 3 statements, expected one SELECT",
    "DROP TABLE orders": "a part of the kind DROP",
    "SET default_transaction_read_only = off": "a part of the kind SET",
    "DO $$ BEGIN DELETE FROM orders; END $$": "a part of the kind",
    "SELECT writing()": "it would write, and the database is opened for reading only (SQLSTATE 25006)",
    "SELECT nextval('numbers')": "it would write, and the database is opened for reading only (SQLSTATE 25006)",
    "SELECT * FROM orders FOR UPDATE": "it would write, and the database is opened for reading only (SQLSTATE 25006)",
    "SELECT customer::int FROM orders": "a value cannot be read as the kind that it is cast to (SQLSTATE 22P02)",
    "SELECT custmer FROM orders": "there is no such column (`custmer`) (SQLSTATE 42703)",
    "SELECT * FROM ordres": "there is no such table (`ordres`) (SQLSTATE 42P01)",
    "SELECT nothing_of_the_kind(1)": "there is no such function for these kinds of values (SQLSTATE 42883)",
    "SELECT pg_sleep(100)": "within 0.02 minutes, and stopped there",
    "SELECT 'infinity'::date AS day": "expected values that Python can hold|the driver refuses it",
}


@needs_postgres
@pytest.mark.postgres
@pytest.mark.parametrize(("query", "said"), IN_POSTGRES.items())
def test_a_query_on_postgresql_that_does_more_than_read_is_refused(shop: Desk, postgres: str, query: str, said: str) -> None:
    problem = shop.problem(asking(postgres, query.format(folder=shop.folder), time_limit_minutes=0.02))
    assert any(part in problem for part in said.split("|"))
    assert PASSWORD not in problem
    assert_unharmed(shop, problem)
    with psycopg.connect(postgres) as base:
        assert base.execute("SELECT count(*), count(*) FILTER (WHERE customer = 'Ada Lovelace') FROM orders").fetchone() == (1, 1)


@needs_postgres
@pytest.mark.postgres
@pytest.mark.parametrize("query", ["SELECT 1; DROP TABLE orders", "COPY orders TO PROGRAM 'cat'", "SELECT * INTO other FROM orders"])
def test_postgresql_itself_refuses_what_no_parser_of_ours_has_seen(
    shop: Desk, postgres: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.sources.database_opening.refuse_more_than_reading", lambda *_, **__: None)
    problem = shop.problem(asking(postgres, query))
    assert "SQLSTATE" in problem
    with psycopg.connect(postgres) as base:
        assert base.execute("SELECT to_regclass('other'), count(*) FROM orders").fetchone() == (None, 1)
