"""A company's SQL sees its extracts and nothing else: hostile folders, with real files planted where they must not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from config.sources import Read
from tasks.sources.joining import joined
from tasks.sources.landed import SourceError
from tasks.sources.sandbox import Limits, stopped_beyond, write_rows
from tasks.sources.select_statement import REFUSED_FUNCTIONS, TABLE_FUNCTIONS, parse_select

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk
    from ibis.backends.duckdb import Backend

MARK = "planted-5ecret"
ORDERS = "id,customer,day,amount\n1,Ada Lovelace,2024-03-01,10.50\n2,bob,2024-03-02,20\n"
LEADS = {"leads": {"silo": "marketing", "path": "leads.csv", "key": ["id"]}}
EVERYTHING_MAPPED = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
LIMITS = Limits(minutes=1, memory="300MB", threads=2)


@pytest.fixture
def hostile(desk: Desk) -> Desk:
    """A company's folder with orders of sales, leads of marketing, and a file that nobody declared."""
    desk.write("orders.csv", ORDERS)
    desk.write("leads.csv", f"id,mail\n1,{MARK}\n")
    desk.write("secret.csv", f"id,customer,day,amount\n{MARK},{MARK},2024-03-01,1\n")
    desk.write("secret.txt", MARK)
    desk.write("secret.json", f'{{"id": "{MARK}"}}')
    return desk


def assert_untold(hostile: Desk, problem: str) -> None:
    """Nothing of what was planted, of the cells, or of where things are, is in the message; the files are as they were."""
    for hidden in (MARK, "Ada", "Lovelace", str(hostile.folder)):
        assert hidden not in problem
    assert (hostile.folder / "orders.csv").read_text(encoding="utf-8") == ORDERS
    assert sorted(path.name for path in hostile.folder.iterdir()) == ["leads.csv", "orders.csv", "secret.csv", "secret.json", "secret.txt"]


STATEMENTS = {
    "COPY orders TO '{file}.out'": "COPY",
    "COPY (SELECT 1) TO '{folder}/orders.csv'": "COPY",
    "ATTACH '{folder}/other.db'": "ATTACH",
    "INSTALL httpfs": "LOAD",
    "LOAD httpfs": "LOAD",
    "SET enable_external_access = true": "SET",
    "CREATE TABLE t AS SELECT 1": "CREATE",
    "CREATE MACRO f() AS TABLE SELECT * FROM '{file}'": "CREATE",
    "CREATE VIEW orders AS SELECT * FROM '{file}'": "CREATE",
    "EXPORT DATABASE '{folder}/out'": "EXPORT",
    "EXECUTE prepared": "EXECUTE",
    "CALL pragma_version()": "CALL",
    "EXPLAIN ANALYZE SELECT 1": "EXPLAIN",
    "DELETE FROM orders": "DELETE",
    "VACUUM": "VACUUM",
}


@pytest.mark.parametrize(("sql", "kind"), STATEMENTS.items())
def test_a_statement_that_is_no_select_is_refused_by_its_kind(hostile: Desk, sql: str, kind: str) -> None:
    sql = sql.format(file=hostile.folder / "secret.csv", folder=hostile.folder)
    problem = hostile.problem(hostile.purchases(sql=sql))
    assert problem.startswith("orders: `sql` is a statement of the kind ")
    assert kind in problem
    assert_untold(hostile, problem)


QUERIES = {
    "SELECT * FROM '{file}'": "which is no extract",
    'SELECT * FROM "{file}"': "which is no extract",
    "SELECT * FROM 'secret.csv'": "which is no extract",
    "SELECT * FROM '*.csv'": "which is no extract",
    "SELECT * FROM read_csv('{file}')": "reads from `read_csv(...)`",
    "SELECT * FROM system.main.read_csv('{file}')": "reads from `read_csv(...)`",
    "SELECT * FROM \"READ_CSV\"('{file}')": "reads from `read_csv(...)`",
    "SELECT o.* FROM orders o, LATERAL (SELECT * FROM read_text('{file}')) t": "reads from `read_text(...)`",
    "SELECT * FROM orders WHERE id IN (SELECT content FROM read_text('{file}'))": "reads from `read_text(...)`",
    "SELECT *, (SELECT first(content) FROM read_blob('{file}')) FROM orders": "reads from `read_blob(...)`",
    "SELECT * FROM orders UNION ALL BY NAME SELECT * FROM read_json('{folder}/secret.json')": "reads from `read_json(...)`",
    "WITH x AS (FROM glob('{folder}/*')) SELECT * FROM x": "reads from `glob(...)`",
    "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x, glob('*')) SELECT * FROM x": "reads from `glob(...)`",
    "SELECT * FROM (VALUES ((SELECT count(*) FROM sniff_csv('{file}'))))": "reads from `sniff_csv(...)`",
    "SELECT * FROM orders ORDER BY (SELECT count(*) FROM parquet_metadata('{file}'))": "reads from `parquet_metadata(...)`",
    "FROM query('SELECT * FROM read_csv(''{file}'')')": "reads from `query(...)`",
    "FROM query_table('{file}')": "reads from `query_table(...)`",
    "FROM json_execute_serialized_sql('{{}}')": "reads from `json_execute_serialized_sql(...)`",
    "FROM duckdb_secrets()": "reads from `duckdb_secrets(...)`",
    "FROM duckdb_settings()": "reads from `duckdb_settings(...)`",
    "FROM pragma_database_size()": "reads from `pragma_database_size(...)`",
    "FROM information_schema.tables": "reads `information_schema.tables`, which is no extract; name extracts without a schema",
    "FROM pg_catalog.pg_settings": "reads `pg_catalog.pg_settings`, which is no extract",
    "FROM sqlite_master": "reads `sqlite_master`, which is no extract",
    "FROM main.orders": "reads `main.orders`, which is no extract; name extracts without a schema",
    "SELECT * FROM (DESCRIBE orders)": "uses DESCRIBE, SHOW or SUMMARIZE",
    "FROM (SHOW ALL TABLES)": "uses DESCRIBE, SHOW or SUMMARIZE",
    "SELECT getenv('HOME')": "calls `getenv`",
    "SELECT orders.* REPLACE (current_setting('temp_directory') AS customer) FROM orders": "calls `current_setting`",
    "SELECT list_transform([1], x -> getvariable('x')) FROM orders": "calls `getvariable`",
    "SELECT ('temp_directory').current_setting() FROM orders": "calls `current_setting`",
    "SELECT * FROM orders; SELECT * FROM '{file}'": "has 2 statements, expected one SELECT",
    "PRAGMA database_list": "is a PRAGMA, or too deeply nested to be taken apart; expected one plain SELECT",
    "PIVOT orders ON day": "has 2 statements, expected one SELECT (a PIVOT without IN counts as two)",
    "SELECT 1) UNION ALL (SELECT 2": "has a syntax error",
    "SELECT 1 /*": "cannot be run",
    "": "has 0 statements",
    "-- nothing": "has 0 statements",
    "SELECT * FROM оrders": "which is no extract",  # noqa: RUF001 - a Cyrillic letter that looks like one of ours
    "SELECT CAST(customer AS INTEGER) AS id FROM orders": "a value cannot be read as the kind that it is cast to",
    "SELECT CAST(customer AS DATE) AS id FROM orders": "a value cannot be read as the kind that it is cast to",
    "SELECT strptime(customer, '%Y') AS id FROM orders": "a function is given a value that it does not take",
    "SELECT error(customer) AS id FROM orders": "a function is given a value that it does not take",
    "SELECT * FROM leads": "write `reads: [leads]` under `orders`",
    "SELECT * FROM desk": "which is no extract",
    'WITH a AS (SELECT 1 FROM \'{file}\') SELECT * FROM (WITH "{file}" AS (SELECT 1) FROM "{file}"), a': "reaches for a file",
}


@pytest.mark.parametrize(("sql", "said"), QUERIES.items())
def test_a_query_that_reaches_beyond_its_extracts_is_refused_and_tells_nothing(hostile: Desk, sql: str, said: str) -> None:
    sql = sql.format(file=hostile.folder / "secret.csv", folder=hostile.folder)
    problem = hostile.problem(hostile.purchases(sql=sql or ";"), others=LEADS)
    assert said in problem
    assert_untold(hostile, problem.replace(str(hostile.folder / "secret.csv"), "what the company wrote itself"))


def all_functions(*kinds: str) -> list[str]:
    """The engine's own functions of these kinds."""
    query = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE list_contains(?, function_type) ORDER BY ALL"
    return [row[0] for row in duckdb.execute(query, [list(kinds)]).fetchall()]


def test_every_table_function_of_the_engine_is_refused_but_those_that_only_make_rows(connection: Backend) -> None:
    refused = {name for name in all_functions("table", "table_macro") if is_refused(name, connection)}
    assert set(all_functions("table", "table_macro")) - refused == TABLE_FUNCTIONS


def is_refused(table_function: str, connection: Backend) -> bool:
    """Whether no query may read from a function."""
    try:
        parse_select(f'SELECT * FROM "{table_function}"(1)', where="orders: `sql`", connection=connection.con)
    except SourceError as error:
        return f"reads from `{table_function}(...)`" in str(error)
    return False


def test_no_function_of_the_engine_reads_a_file_even_where_nothing_refuses_its_name(hostile: Desk, tmp_path: Path) -> None:
    """The second door: what the parser lets through meets an engine that reaches nothing. A new version's new function is tried too."""
    room = tmp_path / "room"
    room.mkdir()
    for file in ("secret.csv", "secret.txt", "secret.json"):
        for name in all_functions("table", "table_macro"):
            assert MARK not in answer_of(f"SELECT * FROM \"{name}\"('{hostile.folder / file}')", room)
    for name in all_functions("scalar", "macro"):
        if name not in {"sleep_ms", "pg_sleep"}:
            assert MARK not in answer_of(f"SELECT \"{name}\"('{hostile.folder / 'secret.txt'}')", room)


def answer_of(sql: str, folder: Path) -> str:
    """What the sandbox's engine gives to a query that nobody has looked at, or what it says instead."""
    try:
        path = write_rows(sql, {}, where="orders: `sql`", folder=folder, limits=LIMITS)
    except SourceError as error:
        return str(error)
    return str(duckdb.read_parquet(str(path)).fetchall())


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM range(1000000000000000)",
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) AS n FROM r",
        "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range > c.range",
        "SELECT sleep_ms(100000) AS n",
    ],
)
def test_a_query_without_end_is_stopped_when_its_time_is_over(hostile: Desk, sql: str) -> None:
    problem = hostile.problem(hostile.purchases(sql=sql, time_limit_minutes=0.005))
    assert problem == (
        "orders: `sql` was stopped after 0.005 minutes, expected its rows before; "
        "let it read less, or give it more time (`time_limit_minutes`)"
    )


def test_a_query_that_needs_more_memory_than_there_is_says_so(tmp_path: Path) -> None:
    small = Limits(minutes=1, memory="20MB", threads=1)
    with pytest.raises(SourceError, match=r"it needs more memory than there is \(CUSTOMER_MATH_MEMORY\)"):
        write_rows("SELECT repeat('x', 100000000) AS a", {}, where="orders: `sql`", folder=tmp_path, limits=small)


def test_a_query_that_fills_the_disk_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.sources.sandbox.SHARE_OF_DISK", 0.0)
    sql = "SELECT range AS n, hash(range) AS h FROM range(1000000000000)"
    with pytest.raises(SourceError, match="was stopped because it fills the disk, expected fewer rows"):
        write_rows(sql, {}, where="orders: `sql`", folder=tmp_path, limits=LIMITS)


def test_what_ends_in_time_is_not_stopped(tmp_path: Path) -> None:
    stops: list[str] = []
    with stopped_beyond(LIMITS, lambda: stops.append("stopped"), folder=tmp_path) as watch:
        pass
    assert (stops, watch.reason) == ([], "")


def test_sql_that_spills_is_as_right_as_sql_that_does_not(tmp_path: Path) -> None:
    sql = "SELECT range % 7 AS a, md5(range::VARCHAR) AS b FROM range(600000) ORDER BY b"
    checks = "SELECT count(*), sum(a), min(b), max(b), count(DISTINCT b) FROM read_parquet(?)"
    answers = set()
    for memory in ("40MB", "2GB"):
        folder = tmp_path / memory
        folder.mkdir()
        path = write_rows(sql, {}, where="orders: `sql`", folder=folder, limits=Limits(minutes=5, memory=memory, threads=1))
        answers.add(duckdb.execute(checks, [str(path)]).fetchone())
    assert len(answers) == 1


def test_a_sum_of_whole_numbers_is_exact_however_large(hostile: Desk) -> None:
    sql = "SELECT id, customer, day, amount, sum(9007199254740993::BIGINT) OVER () AS whole FROM orders"
    assert hostile.values("whole", hostile.purchases(sql=sql, attributes={"whole": "whole"})) == ["18014398509481986"] * 2


def test_an_extract_of_another_silo_is_read_where_reads_names_it_and_is_part_of_the_fingerprint(hostile: Desk) -> None:
    sql = "SELECT orders.*, mail FROM orders JOIN Leads USING (id)"
    extract = hostile.purchases(sql=sql, reads=["leads"], attributes={"mail": "mail"})
    first = hostile.land(extract, others=LEADS)
    assert hostile.rows("mail", first) == [(MARK,)]
    assert first.files == ("orders.csv", "leads.csv")
    hostile.write("leads.csv", "id,mail\n1,another\n")
    second = hostile.land(extract, others=LEADS)
    assert second.fingerprint != first.fingerprint
    assert hostile.rows("mail", second) == [("another",)]


def test_more_time_is_not_another_landed_file(hostile: Desk) -> None:
    first = hostile.land(hostile.purchases(sql="FROM orders"))
    assert hostile.land(hostile.purchases(sql="FROM orders", time_limit_minutes=20)) == first


def test_a_python_variable_is_no_table(hostile: Desk) -> None:
    planted = duckdb.sql(f"SELECT '{MARK}' AS id")
    assert planted.fetchall()
    with pytest.raises(SourceError, match="names a table, kind or function that is not there"):
        write_rows("SELECT * FROM planted", {}, where="orders: `sql`", folder=hostile.folder, limits=LIMITS)


def test_an_extract_s_file_cannot_be_written_over_even_by_an_unseen_copy(hostile: Desk, connection: Backend, tmp_path: Path) -> None:
    orders = connection.read_csv(str(hostile.folder / "orders.csv"), all_varchar=True)
    options: dict[str, Any] = {"where": "orders: `sql`", "source_file": "orders.csv", "connection": connection, "folder": tmp_path}
    with pytest.raises(SourceError, match="cannot be run"):
        joined(f"COPY orders TO '{hostile.folder / 'orders.csv'}'", {"orders": orders}, read=Read(), limits=LIMITS, **options)
    assert (hostile.folder / "orders.csv").read_text(encoding="utf-8") == ORDERS


def test_the_refused_functions_are_the_engine_s_own() -> None:
    assert set(all_functions("scalar", "macro")) >= REFUSED_FUNCTIONS - {"getenv"}  # getenv is only in the engine's command line
