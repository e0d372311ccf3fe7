"""What tests share of compiled expressions changes no answer."""

from __future__ import annotations

from typing import Any

import ibis
import pytest


def doubled(table: Any) -> Any:
    return table.select(number=table.number * 2)


def numbers(connection: Any, table: Any) -> list[int]:
    return connection.to_pyarrow(table)["number"].to_pylist()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_expression_that_was_compiled_for_one_table_reads_another(connection: Any, number: int) -> None:
    table = ibis.memtable({"number": [number]})
    assert numbers(connection, doubled(table)) == [number * 2]
    held = connection.create_table(ibis.util.gen_name("held"), table, temp=True)
    assert numbers(connection, doubled(held)) == [number * 2]


def test_two_tables_of_one_expression_stay_apart(connection: Any) -> None:
    one, other = (ibis.memtable({"number": [number]}) for number in (1, 2))
    assert numbers(connection, one.union(other, distinct=False).order_by("number")) == [1, 2]
    assert numbers(connection, one.union(one, distinct=False)) == [1, 1]
    assert numbers(connection, other.union(other, distinct=False)) == [2, 2]


def test_another_number_in_an_expression_is_another_expression(connection: Any) -> None:
    table: Any = ibis.memtable({"number": [1]})
    assert [numbers(connection, table.select(number=table.number + more)) for more in (1, 2)] == [[2], [3]]
