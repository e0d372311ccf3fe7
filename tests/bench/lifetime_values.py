"""How long it takes to say what a million customers are still expected to bring, how much memory, and that beside the measure stage.

The customers buy as the models say, over three years, about three days each. The measure stage is the one of `measure_stage.py`, of
the same purchases; Worth is everything that a new edition asks for: three days fitted, valued, stated and held out. Run by
`make bench`; every figure is of a process of its own.
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
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent), str(TESTS / "bench")]
import measure_stage  # noqa: E402 - tests are no package
import simulated_customers as simulated  # noqa: E402 - the same

from config.definitions import Calendar, Definitions  # noqa: E402 - the same
from config.settings import settings_from_environment  # noqa: E402 - the same
from tasks.customer_equity import customer_worth  # noqa: E402 - the same
from tasks.customer_math.ledger.periods import period_named  # noqa: E402 - the same
from tasks.customer_math.ledger.segments import static_attributes  # noqa: E402 - the same
from tasks.customer_math.lifetime import fitting, purchase_groups, valuation  # noqa: E402 - the same
from tasks.store.engine import columns_of, engine, stored  # noqa: E402 - the same

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

CUSTOMERS = 1_000_000
MEMORY_LIMIT = "1GB"
THROUGH = np.datetime64("2026-06-30")
KILOBYTES = 1024
PARTS = ("grouping", "fitting", "interval", "valuing")
COST_RATE = 0.6
EVERY_SO_MANY = 50
"""Purchases to a ticket."""
COMPANY = {
    "company": "Simulated",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "sells_by": ["repeat_purchase"],
    "activity": {"lapse_days": measure_stage.LAPSE_DAYS},
    "segments": {"region": {"says": "Where the customer is at home", "from": "customers.region"}},
}


def write_extracts(folder: Path) -> int:
    """Write what everybody bought, a row a day of purchase, tickets and regions, and say how many purchases there are."""
    chance = np.random.default_rng(1)
    bought = simulated.purchases(chance, simulated.buyers(chance, CUSTOMERS))
    count, money = len(bought.buyer), pa.decimal128(18, 2)
    orders = {
        "customer_id": pa.array(bought.buyer).cast(pa.string()),
        "purchased_on": pa.array(THROUGH - bought.days_ago),
        "is_qualifying": pa.array(np.ones(count, bool)),
        "amount": pa.array(bought.amount).cast(money, safe=False),
        "cost_amount": pa.array((bought.amount * COST_RATE).round(2)).cast(money, safe=False),
        "product_group": pa.array(["coffee"] * count),
    }
    tickets = {
        "customer_id": orders["customer_id"][::EVERY_SO_MANY],
        "opened_on": orders["purchased_on"][::EVERY_SO_MANY],
        "closed_on": pa.nulls(len(range(0, count, EVERY_SO_MANY)), pa.date32()),
        "category": pa.array(["late"] * len(range(0, count, EVERY_SO_MANY))),
        "stage": pa.array(["use"] * len(range(0, count, EVERY_SO_MANY))),
        "is_complaint": pa.array([True] * len(range(0, count, EVERY_SO_MANY))),
    }
    customers = np.arange(CUSTOMERS)
    regions = {"customer_id": pa.array(customers).cast(pa.string()), "region": pa.array((customers % 6).astype(str))}
    for name, columns in (("orders", orders), ("tickets", tickets), ("regions", regions)):
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return count


def parts(connection: Backend, folder: Path) -> dict[str, float]:
    """Seconds of processor time of each part for one day, and how many groups there are."""
    at = [time.process_time()]
    every = purchase_groups.buyers(connection.read_parquet(folder / "orders.parquet"), THROUGH.astype(object), minor_units=2)
    buyers = stored(connection, every)
    groups = columns_of(connection, purchase_groups.purchase_groups(buyers))
    spend = columns_of(connection, purchase_groups.spend_groups(buyers))
    at.append(time.process_time())
    believed = valuation.Assumptions(fitting.fitted_purchases(groups, spend, fewest=200), {}, margin_rate=1.0)
    at.append(time.process_time())
    valuation.total_with_error(believed, buyers=groups, contracts=None, outlook=simulated.OUTLOOK)
    at.append(time.process_time())
    views = {"amount": valuation.View(believed, simulated.OUTLOOK)}
    stored(connection, valuation.expected_of_buyers(buyers, groups, views=views, minor_units=2))
    at.append(time.process_time())
    return {**dict(zip(PARTS, np.diff(at).tolist(), strict=True)), "groups": len(groups["customers_count"])}


def measure(connection: Backend, folder: Path) -> dict[str, float]:
    """The measure stage for one week, which leaves its ledger and the history of its run."""
    attributes = static_attributes(connection.read_parquet(folder / "regions.parquet"), ("region",))
    connection.to_parquet(attributes, folder / "attributes.parquet")
    began = time.process_time()
    measure_stage.stage(connection, folder)
    return {"seconds": time.process_time() - began}


def worth(connection: Backend, folder: Path) -> dict[str, float]:
    """Everything of Worth for the same week."""
    renamed = {"orders": "history-purchases", "tickets": "history-tickets", "attributes": "history-attributes"}
    for name, kept in {**renamed, "ledger": measure_stage.WEEK}.items():
        (folder / f"{kept}.parquet").hardlink_to(folder / f"{name}.parquet")
    connection.to_parquet(measure_stage.no_rates(connection), folder / "history-rates.parquet")
    company: Any = SimpleNamespace(definitions=Definitions.model_validate(COMPANY), supplied=measure_stage.SUPPLIED)
    began = time.process_time()
    found = customer_worth(connection, company, folder, period=period_named(measure_stage.WEEK, Calendar()))
    assert found.flow is not None, found.why_not or found.why_no_flow
    assert found.held_out is not None, found.why_not_held_out
    return {"seconds": time.process_time() - began}


ASKED = {"parts": parts, "measure": measure, "worth": worth}


def once(what: str, folder: Path) -> dict[str, float]:
    """Figures of one of these, computed in this process, with its peak of memory."""
    with engine(replace(settings_from_environment(), memory_limit=MEMORY_LIMIT)) as connection:
        found = ASKED[what](connection, folder)
    return {**found, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES}


def asked(what: str, folder: Path) -> dict[str, float]:
    """The same, in a process of its own."""
    answer = subprocess.run([sys.executable, __file__, what, str(folder)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout)


def main() -> None:
    """Print seconds of processor time of the parts for one day, and of Worth beside the measure stage."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write_extracts(folder)
        one_day, stage, whole = (asked(what, folder) for what in ASKED)
    seconds = ", ".join(f"{part} {one_day[part]:.1f} s" for part in PARTS)
    size = f"{CUSTOMERS:,} customers, {rows:,} days of purchase in {one_day['groups']:,} groups"
    print(f"{size}: {seconds} of processor time for one day; peak memory {one_day['peak_mb']:.0f} MB")
    print(
        f"Worth of a week {whole['seconds']:.1f} s, {whole['seconds'] / stage['seconds']:.2f} of the measure stage "
        f"({stage['seconds']:.1f} s); peak memory {whole['peak_mb']:.0f} and {stage['peak_mb']:.0f} MB"
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(once(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
