"""What hides from a database which of its rows changed is refused, with what to write instead."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tasks.sources.landed import SourceError
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import write_if_absent
from tests.pipeline.changing_table import KINDS, Table

if TYPE_CHECKING:
    from conftest import Desk


@pytest.fixture
def table(desk: Desk, caplog: pytest.LogCaptureFixture) -> Table:
    table = Table(desk, caplog, "sqlite:///shop.db")
    table.fill(KINDS["sqlite"])
    return table


def problem(table: Table, changes: dict[str, Any]) -> str:
    company = table.desk.company({"orders": table.extract(**changes)})
    said: set[str] = set()
    for first_rows in (None, 1000):
        store = LandingStore(partial(table.home.landed, "orders"), write_if_absent, table.home.texts("orders"))
        with pytest.raises(SourceError) as refused:
            land(company, "orders", connection=table.desk.connection, store=store, first_rows=first_rows)
        said.add(str(refused.value))
    (sentence,) = said
    return sentence


@pytest.mark.parametrize(
    ("changes", "statement", "says"),
    [
        ({"changed_at": "customer"}, "SELECT 1", "expected `customer` to be all instants, days, seconds or milliseconds since 1970"),
        ({"changed_at": "id"}, "SELECT 1", "found something else; cast it in a `query`, or remove `read.incremental`"),
        ({}, "UPDATE orders SET changed = '31.12.2024'", "or texts such as 2024-03-31T10:00:00Z, found something else"),
        ({}, "UPDATE orders SET changed = '2024-02-31'", "found something else"),
        ({"table": None, "query": "SELECT * FROM orders LIMIT 5"}, "SELECT 1", "found one of the first so many (LIMIT); leave that out"),
        ({"table": "order"}, "SELECT 1", "expected table order from the database, found that there is no such table"),
        ({"changed_at": "none"}, "SELECT 1", "there is no such column"),
    ],
)
def test_what_hides_changes_is_refused_by_a_look_and_a_run(table: Table, changes: dict[str, Any], statement: str, says: str) -> None:
    table.run(statement)
    assert says in problem(table, changes)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE orders SET changed = '2.3.2024' WHERE id = 5", "found them in several forms"),
        ("UPDATE orders SET changed = 1709200000 WHERE id = 5", "found them in several forms"),
        ("UPDATE orders SET changed = x'00' WHERE id = 5", "found something else"),
    ],
)
def test_instants_of_several_forms_are_refused(table: Table, statement: str, says: str) -> None:
    table.run(statement)
    with pytest.raises(SourceError, match=says):
        table.land()
