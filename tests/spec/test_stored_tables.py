"""What is stored or read for one question is gone before the next, so that memory holds the rows of one and not of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import pyarrow.parquet as pq
import pytest

from config.settings import settings_from_environment
from tasks.store.engine import engine, rows_in, stored, stored_only_within, write_in_order

if TYPE_CHECKING:
    from pathlib import Path

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


def test_nothing_is_kept_of_files_that_were_read(tmp_path: Path) -> None:
    with engine(settings_from_environment()) as own:
        own.to_parquet(ibis.range(100_000).unnest().name("number").as_table(), tmp_path / "rows.parquet")
        assert rows_in(own, own.read_parquet(tmp_path / "rows.parquet").filter(ibis._.number % 2 == 0)) == 50_000
        kept = own.con.execute("SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'EXTERNAL_FILE_CACHE'").fetchall()
    assert kept == [(0,)]


def test_rows_are_written_in_order_and_the_engine_has_as_many_threads_as_before(connection: Any, tmp_path: Path) -> None:
    connection.con.execute("SET threads = 3")
    with pytest.raises(duckdb.IOException):
        write_in_order(connection, ROWS, tmp_path / "no folder" / "rows.parquet", by="number")
    write_in_order(connection, ROWS.mutate(backwards=-ROWS.number), tmp_path / "rows.parquet", by="backwards")
    assert pq.read_table(tmp_path / "rows.parquet")["number"].to_pylist() == [4, 3, 2, 1, 0]
    assert connection.con.execute("SELECT current_setting('threads')").fetchone() == (3,)
