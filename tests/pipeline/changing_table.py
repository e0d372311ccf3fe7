"""A table of orders in a database that changes between landings; what is landed is compared with what reading all of it gives."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import sqlalchemy

from tasks.sources.database_servers import with_driver
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import Home, write_if_absent

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import Desk

    from tasks.sources.landed import Landed

COLUMNS = "(id INTEGER PRIMARY KEY, customer VARCHAR(40), day VARCHAR(10), amount DECIMAL(18, 4), changed {kind})"
KINDS = {"sqlite": "TEXT", "duckdb": "TIMESTAMPTZ", "postgres": "TIMESTAMPTZ", "mariadb": "DATETIME"}
"""What says when a row changed, in each kind of database."""
ROWS_COUNT = 30
WHOLE = "whole"


@dataclass(frozen=True)
class Table:
    """A table of orders in a database, landed again and again in a home of its own."""

    desk: Desk
    caplog: pytest.LogCaptureFixture
    url: str

    @property
    def home(self) -> Home:
        return Home(self.desk.folder / "home")

    def run(self, *statements: str) -> None:
        """Change the database."""
        engine = sqlalchemy.create_engine(with_driver(sqlalchemy.make_url(self.url.replace(":///", f":///{self.desk.folder}/"))))
        with engine.begin() as base:
            for statement in statements:
                base.exec_driver_sql(statement)
        engine.dispose()

    def fill(self, kind: str, value: str = "'2024-03-{day:02} 10:00:00'") -> None:
        """Make the table, with a row a day."""
        self.run("DROP TABLE IF EXISTS orders", f"CREATE TABLE orders {COLUMNS.format(kind=kind)}")
        days = [(number, number % 30 + 1) for number in range(1, ROWS_COUNT)]
        self.run(*(f"INSERT INTO orders VALUES ({n}, 'c{n % 7}', '2024-03-01', {n}.5, {value.format(day=day)})" for n, day in days))

    def extract(self, **changes: Any) -> dict[str, Any]:
        """The table as it is declared."""
        declared = {"database": self.url, "table": "orders", "changed_at": "changed", "read": {"incremental": True}, **changes}
        extract = self.desk.purchases(**{"path": None, **declared})
        return {name: value for name, value in extract.items() if value is not None}

    def land(self, *, store: LandingStore | None = None, **changes: Any) -> tuple[Landed, int | str]:
        """What is landed, which is what reading all of it gives, and how many rows were read for it."""
        company = self.desk.company({"orders": self.extract(**changes)})
        own = LandingStore(partial(self.home.landed, "orders"), write_if_absent, self.home.texts("orders"))
        self.caplog.clear()
        with self.caplog.at_level(logging.INFO, logger="tasks"):
            landed = land(company, "orders", connection=self.desk.connection, store=store or own)
        counts = [found[1] for line in self.caplog.messages if (found := re.search(r"those read that changed since .*: ([\d,]+)$", line))]
        path = self.desk.folder / f"apart-{len(list(self.desk.folder.iterdir()))}.parquet"
        whole = land(company, "orders", connection=self.desk.connection, store=LandingStore(lambda _: path, write_if_absent))
        assert replace(landed, path=path) == whole
        assert pyarrow.parquet.read_table(landed.path).equals(pyarrow.parquet.read_table(path))
        return landed, int(counts[0].replace(",", "")) if counts else WHOLE

    def read_count(self, **changes: Any) -> int | str:
        """How many rows are read."""
        return self.land(**changes)[1]

    def amount_of(self, key: str, landed: Landed) -> str:
        """What the row of a key comes to."""
        return dict(self.desk.rows("record_key, amount::varchar", landed))[key]

    def kept(self) -> list[Path]:
        """The rows that are kept for the next landing."""
        return sorted(self.home.texts("orders").glob("*"))
