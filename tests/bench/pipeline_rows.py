"""Rows of the bench that are whole commands, from raw files to an edition, beside a typed read of the same files."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import duckdb
import yaml

from tests.bench import made_up_orders as made_up
from tests.bench.measuring import report

if TYPE_CHECKING:
    from collections.abc import Callable

WEEK, NEXT_WEEK = "2026-W25", "2026-W26"
"""The second is the one whose orders are the hundredth part of all."""
TINY_SCALE = "0.01"
"""Of the demo company: 28,000 rows."""
ORDER_TYPES = {"purchase_id": "BIGINT", "customer_id": "VARCHAR", "purchased_on": "DATE", "amount": "DECIMAL(18, 2)"}


def write_company(folder: Path) -> None:
    """Write the company's folder and its extracts as CSV, the newest week's orders apart, and the small demo company's."""
    shop, later = folder / "shop", folder / "later"
    for each in (shop, later):
        each.mkdir(exist_ok=True)
    extracts = made_up.sources("customers", "orders")
    for name, content in (("definitions", made_up.DEFINITIONS), ("sources", extracts)):
        (shop / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    columns = ", ".join(made_up.COLUMNS["orders"])
    is_new = f"purchased_on >= DATE '{made_up.NEWEST_FROM}'"
    queries = {
        shop / "customers.csv": f"SELECT customer_id, region FROM '{folder}/attributes.parquet'",
        shop / "orders-1.csv": f"SELECT {columns} FROM '{folder}/orders.parquet' WHERE NOT {is_new}",
        later / "orders-2.csv": f"SELECT {columns} FROM '{folder}/orders.parquet' WHERE {is_new}",
    }
    for path, query in queries.items():
        duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")


def typed_read(folder: Path) -> float:
    """What no pipeline can do without: read the same files once, every column of its type."""
    began = time.process_time()
    with duckdb.connect(config={"memory_limit": made_up.MEMORY_LIMIT, "temp_directory": str(folder / "spill")}) as connection:
        connection.execute(f"CREATE TABLE orders AS FROM read_csv('{folder}/shop/orders-1.csv', types = {ORDER_TYPES})")
        connection.execute(f"CREATE TABLE customers AS FROM read_csv('{folder}/shop/customers.csv', all_varchar = true)")
    return time.process_time() - began


def whole_pipeline(folder: Path) -> None:
    """Publish a week from raw files alone."""
    shutil.rmtree(folder / "home", ignore_errors=True)
    (folder / "shop" / "orders-2.csv").unlink(missing_ok=True)
    _command(folder / "home", "run", "--company", str(folder / "shop"), "--period", WEEK)


def unchanged_rerun(folder: Path) -> None:
    """Publish it again, where nothing changed."""
    _command(folder / "home", "run", "--company", str(folder / "shop"), "--period", WEEK)


def next_week(folder: Path) -> None:
    """Publish the week after it, whose rows came as one more file."""
    shutil.copy(folder / "later" / "orders-2.csv", folder / "shop" / "orders-2.csv")
    _command(folder / "home", "run", "--company", str(folder / "shop"), "--period", NEXT_WEEK)


def tiny_company(folder: Path) -> None:
    """Publish the demo company's quarter at the hundredth part of its size."""
    home = folder / "tiny"
    shutil.rmtree(home / "demo", ignore_errors=True)
    shutil.copytree(home / "demo-sample", home / "demo" / "sample")
    _command(home, "run", "--company", "demo", "--period", "2026-Q3")


def write_tiny(folder: Path) -> None:
    """Write the small demo company's extracts, which every turn copies."""
    from tasks.sample import write_sample

    write_sample(folder / "tiny" / "demo-sample", scale=float(TINY_SCALE))


def _command(home: Path, *arguments: str) -> None:
    """Run a command in this process as its own program would."""
    with patch.object(sys, "argv", ["customer-math", *arguments]), patch.dict("os.environ", {"CUSTOMER_MATH_HOME": str(home)}):
        from flows.cli.start import main

        try:
            main()
        except SystemExit as end:
            if end.code:
                raise


ROWS: dict[str, Callable[[Path], float | None]] = {
    work.__name__: work for work in (typed_read, whole_pipeline, unchanged_rerun, next_week, tiny_company)
}

if __name__ == "__main__":
    report(lambda: ROWS[sys.argv[1]](Path(sys.argv[2])))
