"""How long the whole measure stage takes for one week, beside a bare scan and group-by of the same orders, and how much memory.

The stage: the days on which each customer bought, which serve every period of a run; the week's ledger, that is how
everyone moved and what each question asks of them, in a file; and every figure of it with its identities proved.
Run by `make bench`. Every figure is of whole processes that take turns.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import ibis
from ibis import _

from config.definitions import Activity, Calendar, Value
from config.settings import settings_from_environment
from config.topic_settings import Costs
from tasks.customer_math.catalogue import CATALOGUE
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import residuals, split_residuals, whole_residuals
from tasks.customer_math.ledger.history import History
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.store.engine import engine
from tasks.store.ledgers import write_ledger

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

ORDERS = (1_000_000, 10_000_000)
ORDERS_PER_CUSTOMER = 10
TURNS = 3
MEMORY_LIMIT = "1GB"
WEEK = "2026-W20"
LAPSE_DAYS = 90
MEGABYTE = 1024
"""Kilobytes, in which the system tells a process's peak."""
SEGMENTS = ("region",)
PARTS = ("days of purchase", "ledger", "figures")
SUPPLIED = frozenset({"purchases.amount", "purchases.cost_amount", "purchases.product_group", "tickets.opened_on", "costs.ticket_amount"})
RATES = {"currency": "string", "rate_on": "date", "rate_through": "date", "rate": "decimal(18, 8)"}


def main() -> None:
    """Print, for each number of orders, the seconds of both, their ratio, the stage's parts and the peak of memory."""
    with tempfile.TemporaryDirectory() as name:
        for orders_count in ORDERS:
            folder = Path(name) / str(orders_count)
            generate(folder, orders_count)
            turns = [(measured("scan", folder), measured("stage", folder)) for _turn in range(TURNS)]
            print(line(orders_count, turns), flush=True)


def line(orders_count: int, turns: list[tuple[dict[str, float], dict[str, float]]]) -> str:
    """One line of the report, from the turns' figures."""
    scan = statistics.median(turn[0]["seconds"] for turn in turns)
    stage = statistics.median(turn[1]["seconds"] for turn in turns)
    ratios = sorted(turn[1]["seconds"] / turn[0]["seconds"] for turn in turns)
    cpu_ratio = statistics.median(turn[1]["cpu_seconds"] / turn[0]["cpu_seconds"] for turn in turns)
    parts = ", ".join(f"{part} {statistics.median(turn[1][part] for turn in turns):.2f} s" for part in PARTS)
    peaks = [max(turn[which]["peak_mb"] for turn in turns) for which in (0, 1)]
    return (
        f"{orders_count:>11,} orders, {orders_count // ORDERS_PER_CUSTOMER:,} customers, one week: scan and group-by {scan:.2f} s, "
        f"measure stage {stage:.2f} s ({parts}); ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), "
        f"of processor time {cpu_ratio:.2f}; peak memory {peaks[0]:.0f} and {peaks[1]:.0f} MB"
    )


def generate(folder: Path, orders_count: int) -> None:
    """Orders of three years in the order of their days, a ticket for every fiftieth, and each customer's region."""
    folder.mkdir()
    customers_count = orders_count // ORDERS_PER_CUSTOMER
    customer = f"'C' || lpad((hash(i) % {customers_count})::VARCHAR, 7, '0') AS customer_id"
    day = "DATE '2023-07-01' + (hash(i * 7 + 1) % 1095)::INT"
    tables = {
        "orders": f"""SELECT {customer}, {day} AS purchased_on, ((hash(i * 13) % 10000) / 100.0)::DECIMAL(18, 2) AS amount,
            'group ' || (hash(i * 17) % 5) AS product_group, ((hash(i * 13) % 10000) / 160.0)::DECIMAL(18, 2) AS cost_amount,
            hash(i * 13) % 10000 > 0 AS is_qualifying
            FROM range({orders_count}) AS orders(i) ORDER BY purchased_on""",
        "tickets": f"""SELECT {customer}, {day} AS opened_on, NULL::DATE AS closed_on, 'late' AS category, 'use' AS stage,
            i % 2 = 0 AS is_complaint
            FROM range(0, {orders_count}, 50) AS tickets(i)""",
        "attributes": f"""SELECT DISTINCT {customer}, DATE '0001-01-01' AS from_on, DATE '9999-12-31' AS until_on,
            'region ' || (hash(i) % {customers_count} % 6) AS region
            FROM range({orders_count}) AS customers(i)""",
    }
    for name, query in tables.items():
        duckdb.sql(f"COPY ({query}) TO '{folder / f'{name}.parquet'}' (FORMAT parquet)")


def measured(what: str, folder: Path) -> dict[str, float]:
    """Figures of one process that does one of the two."""
    told = subprocess.run([sys.executable, __file__, what, str(folder)], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def once(what: str, folder: Path) -> dict[str, float]:
    """Do one of the two in this process, in an engine of its own."""
    began, began_cpu = time.perf_counter(), time.process_time()
    with engine(replace(settings_from_environment(), memory_limit=MEMORY_LIMIT)) as connection:
        parts = (scan if what == "scan" else stage)(connection, folder)
    return {
        **parts,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - began_cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE,
    }


def scan(connection: Backend, folder: Path) -> dict[str, float]:
    """What no computation per customer can do without: read every row, group by customer, a day, a day and a sum."""
    orders = connection.read_parquet(folder / "orders.parquet")
    first_and_last = [_.purchased_on.min().name("first"), _.purchased_on.max().name("last"), _.amount.sum().name("amount")]
    connection.create_table("result", orders.group_by("customer_id").agg(first_and_last), temp=True)
    return {}


def stage(connection: Backend, folder: Path) -> dict[str, float]:
    """The ledger of one week with its topics, its figures, and the proofs."""
    orders, tickets, attributes = (connection.read_parquet(folder / f"{name}.parquet") for name in ("orders", "tickets", "attributes"))
    at = [time.perf_counter()]
    connection.to_parquet(days_of_purchase(orders), folder / "days.parquet")
    days = connection.read_parquet(folder / "days.parquet")
    history = History(orders, None, None, no_rates(connection), attributes, minor_units=2, tickets=tickets, purchase_days=days)
    rules = LedgerRules(Activity(lapse_days=LAPSE_DAYS), Value(), SEGMENTS, costs=Costs(ticket_amount=Decimal("6.50")))
    week = period_named(WEEK, Calendar())
    at.append(time.perf_counter())
    (folder / "ledger.parquet").unlink(missing_ok=True)
    write_ledger(connection, history, week, rules=rules, path=folder / "ledger.parquet")
    at.append(time.perf_counter())
    ledger = connection.read_parquet(folder / "ledger.parquet")
    every = figures(ledger, periods=[WEEK], segments=SEGMENTS, catalogue=CATALOGUE.supplied_by(SUPPLIED))
    computed = connection.create_table("figures", every, temp=True)
    for left_over in (residuals(computed), whole_residuals(computed), split_residuals(computed)):
        assert not connection.to_pyarrow(left_over.limit(1)).num_rows
    at.append(time.perf_counter())
    return dict(zip(PARTS, (later - before for before, later in pairwise(at)), strict=True))


def no_rates(connection: Backend) -> Table:
    """Rates of a company that has one currency."""
    return connection.create_table("rates", schema=ibis.schema(RATES), overwrite=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(once(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
