"""Rows of the bench within one process: a bare scan, the movement table, the measure stage, and what is estimated of customers."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
from ibis import _

from expectations.verdict import Accepted, ControlTotals
from tasks.customer_equity import customer_worth
from tasks.customer_math.catalogue import CATALOGUE
from tasks.customer_math.figures import figures
from tasks.customer_math.identities import residuals, split_residuals, whole_residuals
from tasks.customer_math.ledger.movements import movements
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.experience import ExperienceInputs, experience_links
from tasks.store.engine import engine
from tasks.store.ledgers import write_ledger
from tests.bench import made_up_orders as made_up
from tests.bench.measuring import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

ATTRIBUTES = {"customer_id": "string", "from_on": "date", "until_on": "date"}
FEWEST_SECONDS = 1.0
"""What takes less is done again and again until it has taken so long: a single time would be told by chance."""


def scan(connection: Backend, folder: Path) -> float:
    """What no computation per customer can do without: read every row, group by customer, a day, a day and a sum."""
    orders = connection.read_parquet(folder / "orders.parquet")
    ends = [_.purchased_on.min().name("first"), _.purchased_on.max().name("last"), _.amount.sum().name("amount")]
    return _again_and_again(connection, orders.group_by("customer_id").agg(ends))


def movement_table(connection: Backend, folder: Path) -> float:
    """How everyone moved in the month, from the orders alone; what the alternatives are held against."""
    nobody = connection.create_table("nobody", schema=ibis.schema(ATTRIBUTES))
    history = replace(made_up.history(connection, folder), tickets=None, attributes=nobody)
    query = movements(history, made_up.period(made_up.MONTH), replace(made_up.rules(), segments=()))
    seconds = _again_and_again(connection, query)
    result = connection.table("result").select("customer_id", "movement", "opening_amount", "closing_amount")
    connection.to_parquet(result, folder / "movement_table.parquet")
    return seconds


def purchase_days(connection: Backend, folder: Path) -> float:
    """The days on which each customer bought, which serve every period of a run."""
    return _again_and_again(connection, days_of_purchase(connection.read_parquet(folder / "orders.parquet")))


def _again_and_again(connection: Backend, table: Table) -> float:
    """Processor seconds of one time, the query being written already."""
    query, began, times = str(ibis.to_sql(table, dialect="duckdb")), time.process_time(), 0
    while time.process_time() - began < FEWEST_SECONDS:
        connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE result AS {query}")
        times += 1
    return (time.process_time() - began) / times


def measure_stage(connection: Backend, folder: Path) -> float:
    """All that a month costs once its rows are accepted: days of purchase, the ledger with every topic, figures, proofs."""
    began, month = time.process_time(), made_up.period(made_up.MONTH)
    history = made_up.history(connection, folder)
    assert history.purchases is not None
    connection.to_parquet(days_of_purchase(history.purchases), folder / "days.parquet")
    history = replace(history, purchase_days=connection.read_parquet(folder / "days.parquet"))
    (folder / "measured.parquet").unlink(missing_ok=True)
    write_ledger(connection, history, month, rules=made_up.rules(), path=folder / "measured.parquet")
    catalogue, segments = CATALOGUE.supplied_by(made_up.company().supplied), made_up.rules().segments
    every = figures(connection.read_parquet(folder / "measured.parquet"), periods=[month.name], segments=segments, catalogue=catalogue)
    computed = connection.create_table("figures", every, temp=True)
    for left_over in (residuals(computed), whole_residuals(computed), split_residuals(computed)):
        assert not connection.to_pyarrow(left_over.limit(1)).num_rows
    return time.process_time() - began


def lifetime_values(connection: Backend, folder: Path) -> float:
    """Everything of the page Worth: three days fitted, valued, stated and held out."""
    began = time.process_time()
    worth = customer_worth(connection, made_up.company(), folder, period=made_up.period(made_up.MONTH))
    assert worth.flow is not None, worth.why_not or worth.why_no_flow
    assert worth.held_out is not None, worth.why_not_held_out
    return time.process_time() - began


def experiences(connection: Backend, folder: Path) -> float:
    """Everything of the page Experience: exposures, links and their intervals, drivers, themes, trends, and what came of last year's."""
    began = time.process_time()
    nothing = ControlTotals("", 0, 0, 0, 0, None, None, None, None)
    paths = {name: folder / f"{name}.parquet" for name in ("tickets", "surveys")}
    accepted = [
        Accepted(name, "service", name, path, path, path, "", nothing, (), made_up.BEGINS, made_up.THROUGH) for name, path in paths.items()
    ]
    month, before = made_up.period(made_up.MONTH), made_up.period(made_up.YEAR_BEFORE)
    active = dict.fromkeys((before, month), 1000)
    inputs = ExperienceInputs(
        connection, made_up.company(), accepted, folder, month, year_before=before, data_through=made_up.THROUGH, active=active
    )
    links = experience_links(inputs, folder / "experiences.parquet")
    assert links is not None
    assert links.later is not None
    assert all((links.lines, links.drivers, links.themes, links.outcomes, links.complaints, links.later.follow_ups, links.later.forecast))
    return time.process_time() - began


ROWS: dict[str, Callable[[Backend, Path], float]] = {
    work.__name__: work for work in (scan, movement_table, purchase_days, measure_stage, lifetime_values, experiences)
}


def _in_engine(name: str, folder: Path) -> float:
    with engine(made_up.settings()) as connection:
        return ROWS[name](connection, folder)


if __name__ == "__main__":
    report(lambda: _in_engine(sys.argv[1], Path(sys.argv[2])))
