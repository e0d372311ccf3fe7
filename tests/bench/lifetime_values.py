"""How long it takes to say what a million customers are still expected to bring, and how much memory.

The customers buy as the models say, over three years, about three days each. Run by `make bench`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
import simulated_customers as simulated  # noqa: E402 - tests are no package

from config.settings import settings_from_environment  # noqa: E402 - the same
from tasks.customer_math.lifetime import fitting, purchase_groups, valuation  # noqa: E402 - the same
from tasks.store.engine import engine  # noqa: E402 - the same

CUSTOMERS = 1_000_000
MEMORY_LIMIT = "1GB"
THROUGH = np.datetime64("2026-06-30")
KILOBYTES = 1024
PARTS = ("grouping", "fitting", "interval", "valuing")


def purchases(path: Path) -> int:
    """Write what everybody bought, a row a day of purchase, and say how many there are."""
    chance = np.random.default_rng(1)
    bought = simulated.purchases(chance, simulated.buyers(chance, CUSTOMERS))
    columns = {
        "customer_id": pa.array(bought.buyer).cast(pa.string()),
        "purchased_on": pa.array(THROUGH - bought.days_ago),
        "is_qualifying": pa.array(np.ones(len(bought.buyer), bool)),
        "amount": pa.array(bought.amount).cast(pa.decimal128(18, 2), safe=False),
    }
    table = pa.table(columns)
    pq.write_table(table, path)
    return len(bought.buyer)


def measured(path: Path) -> dict[str, float]:
    """Seconds of processor time of each part, how many groups there are, and the peak of memory."""
    at = [time.process_time()]
    with engine(replace(settings_from_environment(), memory_limit=MEMORY_LIMIT)) as connection:

        def columns(table: Any) -> dict[str, Any]:
            arrays = connection.to_pyarrow(table)
            return {name: arrays[name].to_numpy() for name in arrays.column_names}

        every = purchase_groups.buyers(connection.read_parquet(path), THROUGH.astype(object), minor_units=2)
        buyers = connection.create_table("buyers", every, temp=True)
        groups, spend = columns(purchase_groups.purchase_groups(buyers)), columns(purchase_groups.spend_groups(buyers))
        at.append(time.process_time())
        believed = valuation.Assumptions(fitting.fitted_purchases(groups, spend, fewest=200), {}, margin_rate=1.0)
        at.append(time.process_time())
        valuation.total_with_error(believed, buyers=groups, contracts=None, outlook=simulated.OUTLOOK)
        at.append(time.process_time())
        expected = valuation.expected_of_buyers(buyers, groups, assumptions=believed, outlook=simulated.OUTLOOK, minor_units=2)
        connection.create_table("expected", expected, temp=True)
        at.append(time.process_time())
    parts = dict(zip(PARTS, np.diff(at).tolist(), strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES
    return {**parts, "groups": len(groups["customers_count"]), "peak_mb": peak}


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measured(Path(sys.argv[1]))))
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "purchases.parquet"
            rows = purchases(file)
            found = json.loads(subprocess.run([sys.executable, __file__, str(file)], check=True, capture_output=True, text=True).stdout)
        seconds = ", ".join(f"{part} {found[part]:.1f} s" for part in PARTS)
        size = f"{CUSTOMERS:,} customers, {rows:,} days of purchase in {found['groups']:,} groups"
        print(f"{size}: {seconds} of processor time; peak memory {found['peak_mb']:.0f} MB")
