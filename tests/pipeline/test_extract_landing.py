"""Extract as a whole: what is landed, when it is read again, what SQL between reading and mapping may do."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import settings_from_environment
from tasks.extract import land_extract
from tasks.sources import file_texts
from tasks.steps import step_of
from tasks.store.engine import Home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Desk

ORDERS = "id,customer,day,amount\n1,ada,2024-03-01,10.50\n2,bob,2024-03-02,20\n"
COLUMNS = [
    *("purchase_id", "customer_id", "purchased_on", "amount", "currency", "status", "product_group", "cost_amount", "sale_on"),
    *("shop", "record_key", "source_file", "source_row", "changed_at", "unreadable"),
]


def test_a_landed_file_has_every_column_of_its_shared_table_and_its_kind(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    landed = desk.land(desk.purchases(attributes={"shop": "customer"}, changed_at="day"))
    kinds = dict(desk.connection.con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{landed.path}')").fetchall())
    assert list(kinds) == COLUMNS
    special = {"purchased_on": "DATE", "sale_on": "DATE", "amount": "DECIMAL(18,4)", "cost_amount": "DECIMAL(18,4)", "source_row": "BIGINT"}
    assert kinds == {column: special.get(column, "VARCHAR") for column in COLUMNS}
    assert desk.rows("changed_at", landed) == [("2024-03-01",), ("2024-03-02",)]


def test_an_unchanged_extract_is_kept_and_not_read_again(desk: Desk) -> None:
    path = desk.write("orders.csv", ORDERS)
    first = desk.land()
    written_at = first.path.stat().st_mtime_ns
    path.touch()
    assert desk.land() == first
    assert first.path.stat().st_mtime_ns == written_at


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({"read": {"null_texts": ["x"]}}, {}),
        ({"covers_through": "2024-03-31"}, {}),
        ({"attributes": {"shop": "customer"}}, {}),
        ({}, {"time_zone": "Europe/Berlin"}),
    ],
)
def test_another_setting_is_another_landed_file(desk: Desk, changes: dict[str, Any], options: dict[str, Any]) -> None:
    desk.write("orders.csv", ORDERS)
    first = desk.land()
    assert desk.land(desk.purchases(**changes), **options).path != first.path


def test_other_bytes_or_another_name_are_another_landed_file(desk: Desk) -> None:
    path = desk.write("orders.csv", ORDERS)
    first = desk.land(desk.purchases(path="*.csv"))
    path.rename(desk.folder / "orders2.csv")
    second = desk.land(desk.purchases(path="*.csv"))
    desk.write("orders2.csv", ORDERS.replace("20", "21"))
    third = desk.land(desk.purchases(path="*.csv"))
    assert len({first.fingerprint, second.fingerprint, third.fingerprint}) == 3


def while_it_is_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen once the rows of a file have been read, and before they are kept."""
    read_csv = file_texts.read_csv

    def read(*given: Any, **options: Any) -> Any:
        found = read_csv(*given, **options)
        act()
        return found

    monkeypatch.setattr(file_texts, "read_csv", read)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda path: path.write_text(f"{ORDERS}3,cy,2024-03-03,30\n"), "that nothing writes to while it is read, found that it changed"),
        (lambda path: path.write_text(ORDERS.replace("20", "21")), "that nothing writes to while it is read, found that it changed"),
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_changes_while_it_is_read_is_not_landed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object], said: str
) -> None:
    path = desk.write("orders.csv", ORDERS)
    with monkeypatch.context() as meanwhile:
        while_it_is_read(meanwhile, lambda: act(path))
        assert said in desk.problem()
    desk.write("orders.csv", ORDERS)
    assert desk.rows("amount", desk.land()) == [(Decimal("10.5"),), (Decimal(20),)]


def test_a_file_that_is_put_again_as_it_was_while_it_is_read_is_landed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.write("orders.csv", ORDERS)

    def put_again() -> None:
        path.unlink()
        path.write_text(ORDERS)

    while_it_is_read(monkeypatch, put_again)
    assert desk.rows("amount", desk.land()) == [(Decimal("10.5"),), (Decimal(20),)]


def test_a_landed_file_without_its_facts_is_written_again(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    first = desk.land()
    first.path.with_suffix(".json").unlink()
    assert desk.land() == first
    first.path.unlink()
    assert desk.land() == first
    assert first.path.is_file()


def test_the_days_covered_are_those_declared_or_those_found(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    assert str(desk.land().covers_through) == "2024-03-02"
    assert str(desk.land(desk.purchases(covers_through="2024-03-31")).covers_through) == "2024-03-31"


def test_an_extract_without_amounts_has_no_money(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    deals = {"silo": "marketing", "dataset": "deals", "path": "orders.csv", "key": ["id"], "columns": {"won_on": "day"}}
    assert desk.land(deals).amount is None


STATES = {"states": {"silo": "sales", "path": "states.csv", "key": ["order_id"], "read": {"drop_rows_where": {"order_id": "Sum"}}}}


def test_sql_joins_the_extracts_of_a_silo_and_carries_the_place(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    desk.write("states.csv", "order_id,state\n2,paid\nSum,9\n")
    sql = """
        WITH orders AS (SELECT * FROM orders) -- a name of its own for what it reads
        SELECT o.*, coalesce(state, 'open') AS state, (SELECT count(*) FROM states) AS states_count
        FROM orders AS o LEFT JOIN States ON order_id = id ORDER BY id DESC; """
    extract_of_ours = desk.purchases(
        sql=sql, columns={**desk.purchases()["columns"], "status": "state"}, attributes={"known": "states_count"}
    )
    landed = desk.land(extract_of_ours, others=STATES)
    assert desk.rows("record_key, status, known, source_file, source_row", landed) == [
        ("1", "open", "1", "orders.csv", 1),
        ("2", "paid", "1", "orders.csv", 2),
    ]
    assert (landed.files, landed.file_rows_count, landed.dropped_rows_count) == (("orders.csv", "states.csv"), 2, 0)


def test_a_row_made_by_sql_has_the_same_place_every_time(desk: Desk) -> None:
    rows = "".join(f"{place},c{place % 500},2024-03-01,1\n" for place in range(20_000))
    desk.write("orders.csv", "id,customer,day,amount\n" + rows)
    sql = "SELECT customer, min(day) AS day, sum(CAST(amount AS DECIMAL(18, 2))) AS amount FROM orders GROUP BY customer"
    made = desk.purchases(sql=sql, key="place_in_file")
    first = desk.land(made)
    expected = desk.rows("record_key, customer_id, amount::varchar", first)
    first.path.unlink()
    assert desk.rows("record_key, customer_id, amount::varchar", desk.land(made)) == expected
    assert expected[0] == ("orders.csv|1", "c0", "40.0000")
    assert first.rows_count == 500
    assert str(first.amount) == "20000.0000"


def test_an_extract_may_be_made_of_others_alone(desk: Desk) -> None:
    desk.write("a.csv", ORDERS)
    desk.write("b.csv", ORDERS)
    others = {name: {"silo": "sales", "path": f"{name}.csv", "key": ["id"]} for name in ("a", "b")}
    made = {
        **desk.purchases(
            sql="SELECT * EXCLUDE (source_row, source_file) FROM a UNION ALL BY NAME SELECT * EXCLUDE (source_row, source_file) FROM b"
        )
    }
    del made["path"]
    landed = desk.land(made, others=others)
    assert (landed.file_rows_count, landed.rows_count, landed.files) == (4, 4, ("a.csv", "b.csv"))
    assert desk.rows("source_file, source_row", landed) == [("orders", place) for place in (1, 2, 3, 4)]


def test_dates_that_sql_makes_are_read_whatever_the_patterns(desk: Desk) -> None:
    desk.write("orders.csv", "id,customer,day,amount\n1,ada,20240301,1\n")
    sql = "SELECT id, customer, strptime(day, '%Y%m%d')::DATE AS day, CAST(amount AS DECIMAL(9, 2)) * 1.5 AS amount FROM orders"
    landed = desk.land(desk.purchases(sql=sql, read={"dates": ["%d/%m/%Y"], "decimal": ","}))
    assert desk.rows("purchased_on::varchar, amount::varchar, unreadable", landed) == [("2024-03-01", "1.5000", None)]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "SELECT * FROM orders JOIN order_states USING (id)",
            "`sql` reads `order_states`, which is no extract; there are orders, states, leads, made",
        ),
        (
            "SELECT * FROM orders JOIN leads USING (id)",
            "`leads` of marketing, expected extracts of sales, or of other silos by `reads`; write `reads: [leads]` under `orders`",
        ),
        ("SELECT * FROM made", "`sql` reads `made`, which is itself made by `sql`"),
        ("SELECT * FROM 'orders.csv'", "`sql` reads `orders.csv`, which is no extract"),
        (
            "SELEC * FROM orders",
            "`sql` cannot be run: it has a syntax error (`SELEC`), at its line 1, column 1; correct it in sources.yaml",
        ),
        ("SELECT * FROM orders; SELECT 1", "`sql` has 2 statements, expected one SELECT"),
        ("DELETE FROM orders", "`sql` is a statement of the kind DELETE, expected one SELECT"),
        (
            "SELECT custmer FROM orders",
            "names a column that is not there, or joins what does not go together (`custmer`), at its line 1, column 8",
        ),
        (
            "SELECT CAST(customer AS DECIMAL) AS id FROM orders",
            "a value cannot be read as the kind that it is cast to (TRY_CAST gives NULL there), at its line 1, column 8",
        ),
        ("SELECT id, day FROM orders", "orders: `sql`: expected a column `customer`, `amount`, found `id`, `day`"),
    ],
)
def test_sql_that_cannot_be_run_is_refused_with_the_reason(desk: Desk, sql: str, said: str) -> None:
    desk.write("orders.csv", ORDERS)
    desk.write("states.csv", "order_id,state\n")
    leads = {"silo": "marketing", "path": "orders.csv", "key": ["id"]}
    made = {"silo": "sales", "sql": "SELECT 1 AS id", "key": ["id"]}
    assert said in desk.problem(desk.purchases(sql=sql), others={**STATES, "leads": leads, "made": made})


def test_an_extract_without_a_dataset_is_not_landed_by_itself(desk: Desk) -> None:
    assert "has no `dataset`" in desk.problem({"silo": "sales", "path": "orders.csv", "key": ["id"]})


def test_rows_to_drop_need_a_column_that_is_there(desk: Desk) -> None:
    desk.write("orders.csv", ORDERS)
    assert "expected a column `Id`" in desk.problem(desk.purchases(read={"drop_rows_where": {"Id": "Total"}}))
    for pattern in ("(", "\\"):
        refused = desk.problem(desk.purchases(read={"drop_rows_where": {"id": pattern}}, sql="SELECT * FROM orders"))
        assert refused == "orders: `drop_rows_where`: expected a regular expression for `id`, found one that is none; correct it"


@pytest.mark.parametrize("key", [["a", "b"], ["b", "a"]])
def test_two_keys_never_run_into_one(desk: Desk, key: list[str]) -> None:
    desk.write(
        "orders.csv", "a,b,customer,day,amount\nx|y,z,ada,2024-03-01,1\nx,y|z,bob,2024-03-01,1\nx,,cy,2024-03-01,1\n,,di,2024-03-01,1\n"
    )
    keys = desk.values("record_key", desk.purchases(key=key))
    assert len(set(keys)) == 4
    assert keys[3] is None


def test_what_was_read_is_told_in_rows_and_money(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk.write("orders.csv", ORDERS)
    desk.land()
    desk.land()
    columns = {**desk.purchases()["columns"], "currency": "customer"}
    desk.land(desk.purchases(columns=columns))
    assert caplog.messages == [
        "read sales.orders: 2 rows from 1 file, 30.50 EUR",
        "kept sales.orders: unchanged, 2 rows",
        "read sales.orders: 2 rows from 1 file, 30.50 in the currencies given",
    ]


def test_the_verb_lands_under_the_company_s_home(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", str(desk.folder / "home"))
    settings = settings_from_environment()
    home = Home.of(settings, "tried")
    desk.write("orders.csv", ORDERS)
    landed = land_extract(desk.company({"orders": desk.purchases()}), "orders", settings=settings, home=home)
    assert landed.path == desk.folder / "home" / "tried" / "landed" / "orders" / f"{landed.fingerprint[:16]}.parquet"
    assert sorted(path.suffix for path in landed.path.parent.iterdir()) == [".json", ".parquet"]
    step = step_of(land_extract, name="extract", run_name="extract {extract_name}")
    assert (step.name, step.task_run_name, step.retries) == ("extract", "extract {extract_name}", 0)
