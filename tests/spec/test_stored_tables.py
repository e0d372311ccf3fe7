"""What is stored for one question is gone before the next, so that memory holds the rows of one and not of all."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from tasks.store.engine import rows_in, stored, stored_only_within

ROWS: Any = ibis.range(5).unnest().name("number").as_table()


@pytest.fixture
def connection() -> Any:
    """An engine of the test's own."""
    return ibis.duckdb.connect()


def test_what_is_stored_for_a_question_goes_with_it_and_what_was_there_stays(connection: Any) -> None:
    before: Any = stored(connection, ROWS)
    with stored_only_within(connection):
        within = stored(connection, before.filter(before.number > 2))
        assert rows_in(connection, within) == 5 - 3
    assert rows_in(connection, before) == 5
    assert within.get_name() not in {name for (name,) in connection.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}


def test_what_is_stored_goes_also_where_the_question_has_no_answer(connection: Any) -> None:
    with pytest.raises(ibis.common.exceptions.IbisTypeError), stored_only_within(connection):
        stored(connection, stored(connection, ROWS).select("nothing"))
    assert connection.con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
