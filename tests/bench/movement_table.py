"""How long one weekly movement table takes beside a bare scan and group-by of the same file, and how much memory.

Run by `make bench`. Every figure is of whole processes that take turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
from ibis import _

from config.definitions import Activity, Calendar, Value
from tasks.customer_math.ledger.history import History
from tasks.customer_math.ledger.movements import LedgerRules, movements
from tasks.customer_math.ledger.periods import period_named

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

ORDERS = (1_000_000, 10_000_000)
ORDERS_PER_CUSTOMER = 10
TURNS = 5
MEMORY_LIMIT = "1GB"
WEEK = "2026-W20"
LAPSE_DAYS = 90
MEGABYTE = 1024
"""Kilobytes, in which the system tells a process's peak."""


def main() -> None:
    """Print, for each number of orders, the seconds of both, their ratio and the peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        for orders_count in ORDERS:
            path = Path(folder) / f"orders-{orders_count}.parquet"
            generate(path, orders_count)
            turns = [(measured("scan", path), measured("movements", path)) for _turn in range(TURNS)]
            print(line(orders_count, turns), flush=True)


def line(orders_count: int, turns: list[tuple[dict[str, float], dict[str, float]]]) -> str:
    """One line of the report, from the turns' figures."""
    scan, table = (statistics.median(turn[which]["seconds"] for turn in turns) for which in (0, 1))
    ratios = sorted(turn[1]["seconds"] / turn[0]["seconds"] for turn in turns)
    cpu_ratio = statistics.median(turn[1]["cpu_seconds"] / turn[0]["cpu_seconds"] for turn in turns)
    writing = statistics.median(turn[1]["expression_seconds"] for turn in turns)
    peaks = [max(turn[which]["peak_mb"] for turn in turns) for which in (0, 1)]
    return (
        f"{orders_count:>11,} orders, {orders_count // ORDERS_PER_CUSTOMER:,} customers, one week, {LAPSE_DAYS} days' lapse: "
        f"scan and group-by {scan:.2f} s, movement table {table:.2f} s; ratio {statistics.median(ratios):.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f}), of processor time {cpu_ratio:.2f}; writing the query once {writing:.2f} s; "
        f"peak memory {peaks[0]:.0f} and {peaks[1]:.0f} MB"
    )


def generate(path: Path, orders_count: int) -> None:
    """Orders of three years, in the order of their days."""
    customers_count = orders_count // ORDERS_PER_CUSTOMER
    duckdb.sql(
        f"""COPY (SELECT 'C' || lpad((hash(i) % {customers_count})::VARCHAR, 7, '0') AS customer_id,
        DATE '2023-07-01' + (hash(i * 7 + 1) % 1095)::INT AS purchased_on, ((hash(i * 13) % 10000) / 100.0)::DECIMAL(18, 2) AS amount,
        hash(i * 13) % 10000 > 0 AS is_qualifying
        FROM range({orders_count}) AS orders(i) ORDER BY purchased_on) TO '{path}' (FORMAT parquet)"""
    )


def measured(what: str, path: Path) -> dict[str, float]:
    """Figures of one process that does one of the two."""
    told = subprocess.run([sys.executable, __file__, what, str(path)], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def once(what: str, path: Path) -> dict[str, float]:
    """Do one of the two in this process, in an engine of its own."""
    connection = ibis.duckdb.connect(memory_limit=MEMORY_LIMIT)
    orders = connection.read_parquet(path)
    began = time.perf_counter()
    query = str(ibis.to_sql(weekly(connection, orders) if what == "movements" else bare(orders), dialect="duckdb"))
    asked, asked_cpu = time.perf_counter(), time.process_time()
    connection.raw_sql(f"CREATE TEMP TABLE result AS {query}")
    return {
        "seconds": time.perf_counter() - asked,
        "cpu_seconds": time.process_time() - asked_cpu,
        "expression_seconds": asked - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE,
    }


def bare(orders: ibis.Table) -> ibis.Table:
    """What no computation per customer can do without: read every row, group by customer, a day, a day and a sum."""
    return orders.group_by("customer_id").agg(
        [_.purchased_on.min().name("first"), _.purchased_on.max().name("last"), _.amount.sum().name("amount")]
    )


def weekly(connection: Backend, orders: ibis.Table) -> ibis.Table:
    """The ledger of one week."""
    nobody = connection.create_table("attributes", schema=ibis.schema({"customer_id": "string", "from_on": "date", "until_on": "date"}))
    no_rates = connection.create_table("rates", schema=ibis.schema({"currency": "string"}))
    history = History(orders, None, None, no_rates, nobody, minor_units=2)
    rules = LedgerRules(Activity(lapse_days=LAPSE_DAYS), Value(), ())
    return movements(history, period_named(WEEK, Calendar()), rules)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(once(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
