"""MySQL's kind of server, really asked: rows as they are, nothing written, every refusal in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pymysql
import pytest
import sqlalchemy
from sqlalchemy.exc import OperationalError

from tasks.sources.database_servers import SERVERS, connect_options, extra_for, with_driver
from tests.pipeline.begun_from_database import assert_that_it_begins, database_of_its_own
from tests.pipeline.mariadb_server import mariadb_server, needs_mariadb
from tests.pipeline.postgres_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Desk

FACTS = "record_key, customer_id, purchased_on::varchar, amount::varchar, unreadable"
ROWS = 50_000
FILL = f"""
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer varchar(40), day datetime, amount decimal(18, 4), `Odd % name` json, `order` int
);
INSERT INTO orders
SELECT seq, IF(seq % 10 = 0, NULL, CONCAT('ünal ', seq)), '2024-03-01 23:30:00', seq + 0.0001, JSON_OBJECT('n', seq), 1
FROM seq_1_to_{ROWS};
CREATE TABLE odd (id int, customer varchar(40), day varchar(20), amount varchar(20));
INSERT INTO odd VALUES (1, '', '2024-03-01', '10.25'), (2, 'NULL', '0000-00-00', 'much'), (3, 'c', '2024-03-02', '')
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The URL of a server of our own, with a table of orders; stopped afterwards."""
    with mariadb_server() as url:
        parts = sqlalchemy.make_url(url)
        reached = {"host": parts.host, "port": parts.port, "user": parts.username, "password": PASSWORD, "database": parts.database}
        with pymysql.connect(**reached, autocommit=True) as base, base.cursor() as cursor:
            for statement in FILL.split(";"):
                cursor.execute(statement)
        yield url


def asking(url: str, **changes: Any) -> dict[str, Any]:
    """The extract of purchases from the server's table `orders`."""
    extract = {"silo": "sales", "dataset": "purchases", "database": url, "key": ["id"]}
    extract["columns"] = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    return extract | ({} if "query" in changes else {"table": "orders"}) | changes


@needs_mariadb
@pytest.mark.parametrize("table", ["orders", "shop.orders"])
@pytest.mark.parametrize("beginning", ["mysql:", "mariadb:", "mysql+pymysql:"])
def test_a_table_of_fifty_thousand_rows_is_read_exactly(desk: Desk, url: str, table: str, beginning: str) -> None:
    extract = asking(url.replace("mysql:", beginning), table=table, attributes={"odd": "Odd % name", "place": "order"})
    landed = desk.land(extract)
    assert (landed.rows_count, str(landed.amount)) == (ROWS, "1250025005.0000")  # 50,000 * 50,001 / 2 + 50,000 * 0.0001
    assert desk.rows("customer_id, odd, place", landed)[0] == ("ünal 1", '{"n": 1}', "1")
    assert PASSWORD not in repr(landed)


@needs_mariadb
def test_values_that_are_none_are_set_aside_with_their_text(desk: Desk, url: str) -> None:
    landed = desk.land(asking(url, table="odd"))
    assert desk.rows(FACTS, landed) == [
        ("1", None, "2024-03-01", "10.2500", None),
        ("2", "NULL", None, None, "purchased_on='0000-00-00'; amount='much'"),
        ("3", "c", "2024-03-02", None, None),
    ]


@needs_mariadb
def test_a_query_means_what_it_says_colons_and_per_cent_signs_included(desk: Desk, url: str) -> None:
    query = "SELECT id, CONCAT(customer, ':x %s') AS customer, day, amount FROM orders WHERE customer LIKE '%l 1' AND ':y' <> '%d';"
    assert desk.values("customer_id", asking(url, query=query)) == ["ünal 1:x %s"]


@needs_mariadb
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"table": "order"}, "expected table order from the database, found that there is no such table (error 1146)"),
        ({"query": "SELECT nobody FROM orders"}, "found that there is no such column (error 1054)"),
        ({"query": "SELECT no_such(1) AS id"}, "there is no such function for these kinds of values (error 1305)"),
        ({"query": "SELECT id FROM orders INTO OUTFILE '{folder}/out'"}, "expected one SELECT"),
        ({"query": "SELECT load_file('{folder}/secret') AS id"}, "calls `load_file`"),
        ({"query": "DELETE FROM orders"}, "expected one SELECT"),
        ({"query": "SELECT 1; DROP TABLE orders"}, "has 2 statements, expected one SELECT"),
        ({"query": "/*!50000 DELETE FROM orders */"}, "expected one SELECT"),
        ({"query": "SELECT id, SLEEP(60) AS x FROM orders", "time_limit_minutes": 0.02}, "within 0.02 minutes, and stopped there"),
    ],
)
def test_what_is_no_reading_or_is_refused_is_said_in_a_sentence(desk: Desk, url: str, changes: dict[str, Any], says: str) -> None:
    changes = {name: value.replace("{folder}", str(desk.folder)) if isinstance(value, str) else value for name, value in changes.items()}
    problem = desk.problem(asking(url, **changes))
    assert says in problem
    assert PASSWORD not in problem
    assert not (desk.folder / "out").exists()


@needs_mariadb
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            (PASSWORD, "an0ther-w0rd"),
            "who `database` says we are; correct the user or the password (error 1045)",
        ),
        (("/shop", "/nowhere"), "the server has no database of the name that `database` says (error 1049)"),
        (("/shop", "/shop?local_infile=1"), "an option behind `?` in `database` is none that may be set there"),
        (("/shop", "/shop?init_command=DELETE"), "an option behind `?` in `database` is none that may be set there"),
        (("/shop", "/shop?read_default_file=/etc/passwd"), "expected such as charset, connect_timeout, ssl_ca"),
    ],
)
def test_a_url_that_leads_nowhere_is_said_without_its_password(desk: Desk, url: str, change: tuple[str, str], says: str) -> None:
    problem = desk.problem(asking(url.replace(*change)))
    assert says in problem
    assert PASSWORD not in problem
    assert "an0ther-w0rd" not in problem


@needs_mariadb
def test_the_server_itself_keeps_to_reading(url: str, desk: Desk) -> None:
    from tasks.sources.database_opening import database_url, reading_only
    from tasks.sources.sandbox import Limits

    opened = database_url(url, folder=desk.folder, where="orders")
    with reading_only(opened, query=None, folder=desk.folder, limits=Limits(), where="orders") as connection:
        with pytest.raises(OperationalError, match="1792"):
            connection.exec_driver_sql("DELETE FROM orders")
        assert connection.exec_driver_sql("SELECT count(*) FROM orders").scalar_one() == ROWS


@pytest.mark.parametrize(
    ("url", "driver", "extra"),
    [
        ("mysql://host/name", "mysql+pymysql", "mysql"),
        ("mariadb://host/name", "mysql+pymysql", "mysql"),
        ("mssql://host/name", "mssql+pymssql", "sqlserver"),
        ("sqlserver://host/name", "mssql+pymssql", "sqlserver"),
        ("snowflake://account/name", "snowflake", "snowflake"),
        ("bigquery://project/name", "bigquery", "bigquery"),
        ("postgres://host/name", "postgresql+psycopg", ""),
        ("oracle://host/name", "oracle", ""),
    ],
)
def test_every_kind_of_server_is_asked_by_a_driver_and_installed_by_an_extra(url: str, driver: str, extra: str) -> None:
    found = with_driver(sqlalchemy.make_url(url))
    assert (found.drivername, extra_for(found.drivername)) == (driver, extra)
    assert extra in {"", *(server.extra for server in SERVERS.values())}
    assert connect_options(found).keys() <= {"connect_timeout", "login_timeout", "charset", "local_infile"}


@pytest.mark.parametrize("beginning", ["mssql", "snowflake", "bigquery"])
def test_a_driver_that_is_not_installed_is_named_with_the_extra_that_installs_it(desk: Desk, beginning: str) -> None:
    problem = desk.problem(asking(f"{beginning}://clerk:{PASSWORD}@host/name"))
    extra = SERVERS[beginning].extra
    assert f'pip install "customer-math[{extra}]"' in problem
    assert PASSWORD not in problem


@needs_mariadb
def test_a_company_begins_from_a_server_s_tables_and_is_fine(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = database_of_its_own(sqlalchemy.make_url(url).set(drivername="mysql+pymysql"))
    monkeypatch.setenv("SHOP_DATABASE", own.set(drivername="mysql").render_as_string(hide_password=False))
    assert_that_it_begins("SHOP_DATABASE", tmp_path)
