"""Expressions that differ in nothing but their tables' names are compiled once, and each is answered from its own tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pytest
from ibis import _
from ibis.backends.duckdb import Backend

from tasks.store import caching_backend

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from tasks.store.caching_backend import CachingBackend


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> dict[Any, str]:
    """What is compiled from now on, nothing of it before."""
    queries: dict[Any, str] = {}
    monkeypatch.setattr(caching_backend, "QUERIES", queries)
    return queries


def amounts(*values: int, name: str = "amount") -> Table:
    return ibis.memtable({name: list(values)})


def answer(connection: CachingBackend, table: Table) -> list[dict[str, Any]]:
    return connection.to_pyarrow(table).to_pylist()


def test_the_same_question_of_other_tables_is_compiled_once(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    stored = connection.create_table('its "own" name', amounts(5, 6), temp=True, overwrite=True)
    asked = [answer(connection, rows.agg(_.amount.sum().name("total"))) for rows in (amounts(1, 2), amounts(3, 4), stored)]
    assert asked == [[{"total": 3}], [{"total": 7}], [{"total": 11}]]
    assert len(compiled) == 2  # a table of the engine's has a place in it, and one in memory has none


DAY_QUESTIONS: dict[str, Any] = {
    "those after it": lambda rows, day: rows.filter(rows.day > day).count().as_table(),
    "days since": lambda rows, day: rows.select(since=day.delta(rows.day, unit="day")),
    "a month later": lambda rows, day: rows.select(later=day + ibis.interval(months=1)),
    "which of two": lambda rows, day: rows.select(first=ibis.least(rows.day, day), both=rows.day.isin([day, day + ibis.interval(days=1)])),
    "its year": lambda rows, day: rows.select(year=day.year(), text=day.cast("string")),
    "alone": lambda _rows, day: day.name("day").as_table(),
}
"""What can be asked with a day."""


@pytest.mark.parametrize("question", DAY_QUESTIONS)
def test_the_same_question_of_other_days_is_compiled_once(connection: CachingBackend, compiled: dict[Any, str], question: str) -> None:
    rows = ibis.memtable({"day": [date(2026, 1, 30), date(2026, 2, 1)]})
    for day in (date(2026, 1, 31), date(2026, 2, 1), date(1, 1, 1), date(9999, 11, 30)):
        asked = DAY_QUESTIONS[question](rows, ibis.literal(day))
        assert connection.compile(asked) == Backend.compile(connection, asked)
    assert len(compiled) == 1


PERIODS = ("2026", "2025-Q3", "2026-08", "2026-W38", "2025-09-21--2026-09-20")


def test_the_same_question_of_other_periods_is_compiled_once(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    rows: Any = ibis.memtable({"period": [*PERIODS, "other"]})
    for period in PERIODS:
        asked = rows.filter(rows.period == period).select("period", about=ibis.literal(period), text=rows.period.concat("|"))
        assert connection.compile(asked) == Backend.compile(connection, asked)
        assert answer(connection, asked) == [{"period": period, "about": period, "text": f"{period}|"}]
    assert len(compiled) == 1


@pytest.mark.parametrize("text", ["2026-8", "2026-W8", "20260801", "it's 2026", "", "2026-08 or later", "1,026"])
def test_another_text_is_another_question(connection: CachingBackend, compiled: dict[Any, str], text: str) -> None:
    rows = ibis.memtable({"period": ["2026-08", text]})
    for name in ("2026-08", text):
        assert answer(connection, rows.filter(rows.period == name)) == [{"period": name}]
    assert len(compiled) == 2


def test_two_periods_of_a_question_keep_their_places(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    rows: Any = ibis.memtable({"period": [*PERIODS]})
    for one, other in (("2026", "2026-08"), ("2026-08", "2026")):
        asked = rows.filter(rows.period.isin([one, other])).select(is_first=rows.period == one).order_by("is_first")
        assert answer(connection, asked) == [{"is_first": False}, {"is_first": True}]
        assert answer(connection, rows.filter(rows.period == one, rows.period != other)) == [{"period": one}]
    assert len(compiled) == 2


def test_a_day_that_is_asked_for_twice_is_another_question(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    rows, january, may = amounts(1), date(2026, 1, 1), date(2026, 5, 1)
    for one, other in ((january, may), (january, january), (may, january), (may, may)):
        days: Any = ibis.literal(one)
        assert answer(connection, rows.select(days=days.delta(ibis.literal(other), unit="day"))) == [{"days": (one - other).days}]
    assert len(compiled) == 2


def test_a_query_without_one_of_its_days_is_not_kept(
    connection: CachingBackend, compiled: dict[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ibis.options.sql, "fuse_selects", True)  # then Ibis leaves out what nobody asks for in the end
    for day in (date(2026, 1, 31), date(2026, 2, 1)):
        asked = amounts(1).mutate(day=ibis.literal(day)).select("amount")
        assert answer(connection, asked) == [{"amount": 1}]
    assert not compiled


def test_a_value_alone_has_the_name_of_its_day(connection: CachingBackend) -> None:
    rows: Any = ibis.memtable({"day": [date(2026, 1, 30)]})
    for day in (date(2026, 1, 31), date(2026, 2, 1)):
        (name,) = connection.to_pyarrow((rows.day > day).any().as_table()).column_names
        assert repr(day) in name
        assert connection.compile((rows.day > day).any()) == Backend.compile(connection, (rows.day > day).any())


def test_what_is_the_same_number_and_another_type_is_another_question(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    rows = amounts(1)
    values = (1, True, 1.0, Decimal("1.0"), "1")
    kinds = [answer(connection, rows.select(kind=ibis.literal(value).typeof()))[0]["kind"] for value in values]
    assert [kind.split("(")[0] for kind in kinds] == ["INTEGER", "BOOLEAN", "DECIMAL", "DECIMAL", "VARCHAR"]
    assert len(compiled) == len(values)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda rows: rows.filter(rows.amount > 1), lambda rows: rows.filter(rows.amount > 2)),
        (lambda rows: rows.select(a=ibis.literal(0.0)), lambda rows: rows.select(a=ibis.literal(-0.0))),
        (lambda rows: rows.order_by("amount"), lambda rows: rows.order_by(rows.amount.desc())),
        (lambda rows: rows.limit(1), lambda rows: rows.limit(2)),
        (lambda rows: rows.select(a="amount"), lambda rows: rows.select(b="amount")),
        (lambda rows: rows.select(a=rows.amount, b=rows.amount + 1), lambda rows: rows.select(b=rows.amount, a=rows.amount + 1)),
        (lambda rows: rows.agg(a=rows.amount.sum()), lambda rows: rows.agg(a=rows.amount.max())),
        (lambda rows: rows.select(a=rows.amount.cast("int8")), lambda rows: rows.select(a=rows.amount.cast("int16"))),
        (lambda rows: rows.select(a=rows.amount.isin([1, 2])), lambda rows: rows.select(a=rows.amount.isin([1, 3]))),
    ],
)
def test_another_question_is_another_query(connection: CachingBackend, compiled: dict[Any, str], one: Any, other: Any) -> None:
    rows = amounts(1, 2, 3)
    assert connection.compile(one(rows)) != connection.compile(other(rows))
    assert len(compiled) == 2


def test_tables_of_other_columns_are_another_question(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    assert [answer(connection, rows.distinct()) for rows in (amounts(1, 1), amounts(2, name="rate"))] == [[{"amount": 1}], [{"rate": 2}]]
    assert len(compiled) == 2


def test_a_column_with_the_name_of_its_table_keeps_it(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    for name in ("orders", "calls"):
        rows = connection.create_table(name, amounts(7, name="orders"), temp=True, overwrite=True)
        assert answer(connection, rows.select("orders")) == [{"orders": 7}]
    assert len(compiled) == 1


def test_the_tables_of_a_question_keep_their_places(connection: CachingBackend, compiled: dict[Any, str]) -> None:
    one, other = amounts(1, 2), amounts(2, 3)
    pairs = ((one, other), (other, one))
    assert [answer(connection, left.difference(right)) for left, right in pairs] == [[{"amount": 1}], [{"amount": 3}]]
    assert answer(connection, one.union(one).agg(_.amount.sum().name("total"))) == [{"total": 6}]
    assert len(compiled) == 2


def test_a_table_with_the_name_of_an_alias_is_not_mixed_up_with_it(connection: CachingBackend) -> None:
    named = [connection.create_table(name, amounts(value), temp=True, overwrite=True) for value, name in enumerate(("t0", "t1", "t2"), 1)]
    for rows in named:
        some = rows.filter(_.amount > 0)
        total = [{"total": 2 * each["amount"]} for each in answer(connection, rows)]
        assert answer(connection, some.union(some).agg(_.amount.sum().name("total"))) == total
    assert answer(connection, named[2].union(named[0]).agg(_.amount.sum().name("total"))) == [{"total": 4}]


def test_a_stored_table_has_the_types_of_its_expression(connection: CachingBackend) -> None:
    table = amounts(1, 2).select(total=_.amount.sum(), part=(_.amount / 2).cast("decimal(10, 3)"))
    stored = connection.create_table("totals", table, temp=True)
    assert stored.schema() == table.schema()
    assert answer(connection, stored.order_by("part")) == [{"total": 3, "part": Decimal("0.5")}, {"total": 3, "part": Decimal("1.0")}]


def test_columns_have_the_types_that_ibis_gives_them(connection: CachingBackend) -> None:
    plain = ibis.duckdb.connect()
    for each in (connection, plain):
        each.con.execute("CREATE TABLE kinds (a VARCHAR, b DECIMAL(18, 2), c DATE NOT NULL, d STRUCT(e INTEGER, f VARCHAR[]), g VARCHAR)")
    assert connection.table("kinds").schema() == plain.table("kinds").schema()
    assert connection.table("kinds").schema() == plain.table("kinds").schema(), "though no text is parsed again"
