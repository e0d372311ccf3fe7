"""What sources say of their own extracts: in numbers, by a query, in a file beside; held to the row, the cent and the currency."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.company import load_company
from expectations.tie_out import DeclaredTotal
from expectations.verdict import RefusedError
from tasks.extract import land_extract
from tasks.sources import SourceError
from tasks.store.engine import Home
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from expectations.verdict import Accepted
    from tasks.sources import Landed

ORDERS = "id,customer,day,amount\n1,c1,2026-09-01,10.00\n2,c2,2026-09-02,20.50\n"
COLUMNS = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}


@dataclass(frozen=True)
class Shop:
    """A company with one extract of orders, and what its source says of it."""

    folder: Path
    pipelines: Any

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def land(self, **declared: Any) -> Landed:
        settings = self.pipelines.settings_in(self.folder / "home")
        return land_extract(self.company(**declared), "orders", settings=settings, home=Home.of(settings, "shop"))

    def accept(self, definitions: str = "", **declared: Any) -> Accepted:
        settings, company = self.pipelines.settings_in(self.folder / "home"), self.company(definitions, **declared)
        home = Home.of(settings, "shop")
        landed = land_extract(company, "orders", settings=settings, home=home)
        return accept_extract(company, landed, customers_path=None, settings=settings, home=home, as_of=self.pipelines.TODAY)

    def company(self, definitions: str = "", **declared: Any) -> Any:
        about = f"company: Shop\ncurrency: EUR\ntime_zone: UTC\nsells_by: [repeat_purchase]\n{definitions}"
        place = declared.pop("place", {"path": "orders.csv"})
        columns = COLUMNS | declared.pop("columns", {})
        read = declared.pop("read", {})
        extract = {"silo": "sales", "dataset": "purchases", **place, "key": ["id"], "read": read, "columns": columns}
        batches = {"silo": "sales", "path": "batches.csv", "key": ["batch"]}
        self.write("definitions.yaml", about)
        sources = {"extracts": {"orders": {**extract, "control_total": declared}, "batches": batches}}
        self.write("sources.yaml", yaml.safe_dump(sources, sort_keys=False))
        return load_company(self.folder)


@pytest.fixture
def source(tmp_path: Path, pipelines: Any) -> Shop:
    folder = tmp_path / "shop"
    folder.mkdir()
    made = Shop(folder, pipelines)
    made.write("orders.csv", ORDERS)
    made.write("batches.csv", "batch,rows,amount,currency\nmorning,1,10.00,EUR\nevening,1,20.50,EUR\n")
    return made


def refused(act: Callable[[], object], error: type[Exception] = SourceError) -> str:
    with pytest.raises(error) as told:
        act()
    return str(told.value)


def test_a_file_that_arrives_with_the_extract_says_its_total(source: Shop) -> None:
    source.write("orders.total.json", '{"totals": {"lines": 2, "net": 30.50, "in": "eur"}}')
    names = {"rows_in": "totals.lines", "amount_in": "totals.net", "currency_in": "totals.in"}
    landed = source.land(file="orders.total.json", **names)
    assert landed.declared == DeclaredTotal(2, Decimal("30.50"), "EUR", "orders.total.json")


def test_several_files_of_totals_add_up(source: Shop) -> None:
    source.write("a.total.csv", "rows;amount\n1;10,00\n")
    source.write("b.total.csv", "rows;amount\n1;20,50\n")
    source.write("orders.csv", ORDERS.replace(",", ";").replace(".", ","))
    landed = source.land(file="*.total.csv", read={"delimiter": ";", "decimal": ",", "thousands": "."})
    assert landed.declared == DeclaredTotal(2, Decimal("30.50"), None, "a.total.csv and 1 more")


def test_a_query_over_the_silos_files_says_the_total(source: Shop) -> None:
    query = "SELECT sum(CAST(rows AS INT)) AS rows, sum(CAST(amount AS DECIMAL(18, 2))) AS amount, currency FROM batches GROUP BY currency"
    accepted = source.accept(query=query)
    assert accepted.tie_out is not None
    assert accepted.tie_out.declared == DeclaredTotal(2, Decimal("30.50"), "EUR", "a query on its silo's files")
    assert (accepted.tie_out.ties_out, accepted.tie_out.rows_difference, accepted.tie_out.amount_difference) == (True, 0, 0)


def test_a_query_on_the_extracts_database_says_the_total(source: Shop) -> None:
    with sqlite3.connect(source.folder / "shop.db") as database:
        database.execute("CREATE TABLE orders (id, customer, day, amount)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", [line.split(",") for line in ORDERS.splitlines()[1:]])
        database.execute("CREATE TABLE ledger (rows, amount)")
        database.execute("INSERT INTO ledger VALUES (2, '30.50')")
    database.close()
    place = {"database": "sqlite:///shop.db", "table": "orders"}
    assert source.land(place=place, query="SELECT * FROM ledger").declared == DeclaredTotal(
        2, Decimal("30.50"), None, "a query on its database"
    )


def test_a_total_that_differs_stops_and_says_who_said_it(source: Shop) -> None:
    source.write("orders.total.json", '[{"rows": 3, "amount": 30.50}]')
    message = refused(lambda: source.accept(file="orders.total.json"), RefusedError)
    assert message.startswith("orders: its control total (orders.total.json) says 3 rows, found 2; get the whole extract")


def test_a_total_that_arrives_after_the_extract_was_accepted_is_held_against_it_too(source: Shop) -> None:
    assert source.accept(rows=2).tie_out is not None
    source.write("orders.total.json", '{"rows": 3}')
    assert "says 3 rows, found 2" in refused(lambda: source.accept(file="orders.total.json"), RefusedError)


def test_a_difference_that_is_allowed_is_kept_with_its_reason(source: Shop) -> None:
    allowed = "allowed_differences: [{extract: orders, because: One file is late., until: 2026-12-31}]"
    tied = source.accept(allowed, rows=3, amount=30).tie_out
    assert tied is not None
    assert (tied.ties_out, tied.rows_difference, tied.amount_difference) == (False, -1, Decimal("0.50"))
    assert (tied.allowed_because, str(tied.allowed_until)) == ("One file is late.", "2026-12-31")


def test_a_total_in_another_currency_is_an_error_that_nothing_allows(source: Shop) -> None:
    allowed = "allowed_differences: [{extract: orders, because: One file is late., until: 2026-12-31}]"
    message = refused(lambda: source.accept(allowed, rows=2, amount=30.50, currency="USD"))
    assert message == (
        "orders: its control total (sources.yaml) is in USD, but its amounts are in other currencies (found EUR in 2 rows); "
        "the two cannot be compared: give it in the extract's own currency, or declare an extract for each"
    )


def test_a_total_in_the_extracts_own_currency_is_compared(source: Shop) -> None:
    tied = source.accept(amount=30.50, currency="EUR").tie_out
    assert tied is not None
    assert tied.ties_out


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("t.json", "{", "orders: t.json: expected a control total as JSON, found what cannot be read as that; export it again"),
        ("t.json", "[3]", 'orders: t.json: expected an object with its total, such as {"rows": 14}, found something else; export it again'),
        (
            "t.json",
            '{"lines": 3}',
            "orders: t.json: expected a control total in `rows` or `amount`, found 1 column of other names, or empty; name its columns",
        ),
        ("t.json", "[" * 100_000, "orders: t.json: expected a control total as JSON, found what cannot be read as that; export it again"),
        ("t.json", '{"rows": 1' + "0" * 400 + "}", "orders: t.json: `rows`: expected a number, found something else; correct"),
        ("t.json", '{"rows": 1' + "0" * 5_000 + "}", "orders: t.json: expected a control total as JSON, found what cannot be read"),
        ("t.json", '{"amount": 1e999999999}', "orders: t.json: `amount`: expected a number, found something else; correct"),
        ("t.json", '{"amount": 1e99999999999999999999}', "orders: t.json: expected a control total as JSON, found what cannot be read"),
        ("t.json", '{"rows": NaN}', "orders: t.json: `rows`: expected a number, found something else; correct"),
        ("t.json", '{"amount": -Infinity}', "orders: t.json: `amount`: expected a number, found something else; correct"),
        ("t.json", '{"rows": true}', "orders: t.json: `rows`: expected a number, found something else; correct"),
        ("t.json", '{"rows": 2.5}', "orders: t.json: `rows`: expected a whole number of rows, found another; correct"),
        ("t.csv", "rows\n-1\n", "orders: t.csv: `rows`: expected a whole number of rows, found another; correct"),
        ("t.csv", "rows\n1\n" + "x" * 10_000_001, "orders: t.csv: expected a control total of at most 10,000,000 bytes, found more"),
        ("t.csv", "rows\n" + "x" * 200_000, "orders: t.csv: expected a control total as CSV, found what cannot be read as that"),
        ("t.csv", "amount,currency\n1,Ada Lovelace\n", "orders: t.csv: `currency`: expected a currency such as EUR, found something else"),
        (
            "t.csv",
            "Ada Lovelace,7\nBob,8\n",
            "orders: t.csv: expected a control total in `rows` or `amount`, found 2 columns of other names",
        ),
        ("t.csv", "rows\n", "orders: t.csv: expected a control total in `rows` or `amount`, found no row; name its columns"),
        (
            "t.csv",
            "rows\nmany\n",
            "orders: t.csv: `rows`: expected a number, found something else; correct the control total or how it is read",
        ),
        ("t.json", '{"rows": "NaN"}', "orders: t.json: `rows`: expected a number, found something else; correct"),
        (
            "t.csv",
            "amount,currency\n1,EUR\n2,USD\n",
            "orders: t.csv: expected a control total in one currency, found EUR and USD; give one",
        ),
    ],
)
def test_a_file_of_totals_that_says_nothing_clear_is_told(source: Shop, name: str, text: str, says: str) -> None:
    source.write(name, text)
    assert refused(lambda: source.land(file=name)).startswith(says)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "`control_total.query` reads from `read_csv(...)`, which reaches beyond"),
        ("SELECT 1 AS rows FROM leads", "`control_total.query` reads `leads`, which is no extract; there are orders, batches"),
        ("SELECT range AS rows FROM range(20000)", "`control_total.query`: expected totals in at most 10,000 rows, found more"),
        ("COPY batches TO 'x.csv'", "`control_total.query` is a statement of the kind COPY, expected one SELECT"),
    ],
)
def test_a_query_for_a_total_reads_the_silos_extracts_and_nothing_else(source: Shop, query: str, says: str) -> None:
    assert says in refused(lambda: source.land(query=query))


def test_a_query_for_a_total_on_a_database_gives_totals_and_not_rows(source: Shop) -> None:
    with sqlite3.connect(source.folder / "shop.db") as database:
        database.execute("CREATE TABLE orders (id, customer, day, amount)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", [(n, "c", "2026-09-01", 1) for n in range(10_001)])
    database.close()
    message = refused(
        lambda: source.land(place={"database": "sqlite:///shop.db", "table": "orders"}, query="SELECT id AS rows FROM orders")
    )
    assert message.startswith("orders: `control_total.query`: expected totals in at most 10,000 rows, found more")


def test_a_file_of_totals_that_did_not_arrive_is_told(source: Shop) -> None:
    assert refused(lambda: source.land(file="orders.total.json")).startswith("orders: `control_total.file`: expected a file at ")
