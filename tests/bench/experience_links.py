"""How long it takes to link experiences to losses, beside the measure stage of the same customers.

The whole of the page Experience: who was exposed, the links and their intervals, drivers, themes, desired outcomes, complaint
trends, those who were called back a year before, and whether last year's score foretold losses. Run by `make bench`; a number of
orders as argument tries another size. Seconds are of processor time, and every part is of a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

sys.path[:0] = [str(Path(__file__).parent)]
import measure_stage  # noqa: E402 - tests are no package

from config.company import Company  # noqa: E402 - the same
from config.definitions import Activity, Definitions, Value  # noqa: E402 - the same
from config.settings import settings_from_environment  # noqa: E402 - the same
from config.sources import Sources  # noqa: E402 - the same
from config.themes import Theme, Themes  # noqa: E402 - the same
from config.topic_settings import Costs  # noqa: E402 - the same
from expectations.verdict import Accepted, ControlTotals  # noqa: E402 - the same
from tasks.customer_math.ledger.history import History  # noqa: E402 - the same
from tasks.customer_math.ledger.movements import LedgerRules  # noqa: E402 - the same
from tasks.customer_math.ledger.periods import period_named  # noqa: E402 - the same
from tasks.customer_math.ledger.spells import spells  # noqa: E402 - the same
from tasks.experience import ExperienceInputs, experience_links  # noqa: E402 - the same
from tasks.store.engine import engine  # noqa: E402 - the same
from tasks.store.ledgers import full_path, write_ledger  # noqa: E402 - the same

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.settings import Settings
    from tasks.reporting.experience import ExperienceLinks

ORDERS = (1_000_000, 10_000_000)
ORDERS_PER_EXPERIENCE = 10
WEEK, YEAR_BEFORE = measure_stage.WEEK, "2025-W20"
THROUGH = date(2026, 6, 30)
SAID = {
    "company": "Tried",
    "currency": "EUR",
    "time_zone": "UTC",
    "sells_by": ["repeat_purchase"],
    "activity": {"lapse_days": measure_stage.LAPSE_DAYS},
    "segments": {"region": {"says": "Where", "from": "customers.region"}},
}
EXTRACTS = {
    "customers": ("customer_id", "region"),
    "orders": ("customer_id", "purchased_on", "amount", "product_group", "cost_amount"),
    "tickets": ("customer_id", "opened_on", "closed_on", "category", "stage", "is_complaint", "comment", "followed_up_on", "reopened_on"),
    "surveys": (
        "customer_id",
        "answered_on",
        "score",
        "comment",
        "channel",
        "followed_up_on",
        "desired_outcome",
        "importance",
        "satisfaction",
    ),
}
DATASETS = {"customers": "customers", "orders": "purchases", "tickets": "tickets", "surveys": "surveys"}
THEMES = Themes(themes=tuple(Theme(name=name, keywords=(name, f"{name}ly*")) for name in ("late", "price", "broken", "friendly", "lost")))


def company() -> Company:
    """A company that maps all that the page looks at."""
    extracts = {
        name: {
            "silo": "service" if name in {"tickets", "surveys"} else "sales",
            "dataset": DATASETS[name],
            "path": f"{name}.csv",
            "key": ["key"],
            **({"attributes": {"region": "region"}} if name == "customers" else {}),
            "columns": {column: column for column in columns if column != "region"},
        }
        for name, columns in EXTRACTS.items()
    }
    return Company(Path("tried"), Definitions.model_validate(SAID), Sources.model_validate({"extracts": extracts}), themes=THEMES)


def generate(folder: Path, orders_count: int) -> None:
    """What the measure stage is measured on, a tenth as many tickets and answers, and the history that a run keeps."""
    measure_stage.generate(folder, orders_count)
    customers_count, count = orders_count // measure_stage.ORDERS_PER_CUSTOMER, orders_count // ORDERS_PER_EXPERIENCE
    customer = f"'C' || lpad((hash(i * 29) % {customers_count})::VARCHAR, 7, '0') AS customer_id, 'k' || i AS record_key"
    day = "DATE '2023-07-01' + (hash(i * 31) % 1095)::INT"
    text = "['it was late', 'the price rose', 'broken again', 'friendly help', 'all lost', 'thank you'][1 + (hash(i * 37) % 6)::INT]"
    called = f"CASE WHEN hash(i * 41) % 3 = 0 THEN {day} + (hash(i * 43) % 20)::INT END AS followed_up_on"
    tables = {
        "accepted-tickets": f"""SELECT {customer}, {day} AS opened_on, {day} + (hash(i * 47) % 30)::INT AS closed_on,
            NULL::DATE AS reopened_on,
            'about ' || (hash(i * 53) % 8) AS category, 'stage ' || (hash(i * 59) % 5) AS stage, hash(i * 61) % 2 = 0 AS is_complaint,
            {text} AS comment, {called} FROM range({count // 2}) AS tickets(i)""",
        "accepted-surveys": f"""SELECT {customer}, {day} AS answered_on, CASE WHEN i % 4 THEN (hash(i * 67) % 11)::BIGINT END AS score,
            {text} AS comment, 'channel ' || (hash(i * 71) % 3) AS channel, NULL::VARCHAR AS stage, {called},
            CASE WHEN i % 4 = 0 THEN 'wish ' || (hash(i * 73) % 6) END AS desired_outcome,
            CASE WHEN i % 4 = 0 THEN (hash(i * 79) % 11)::BIGINT END AS importance,
            CASE WHEN i % 4 = 0 THEN (hash(i * 83) % 11)::BIGINT END AS satisfaction
            FROM range({count // 2}) AS answers(i)""",
        "history-purchases": f"SELECT *, 'k' AS record_key FROM '{folder}/orders.parquet'",
        "history-attributes": f"SELECT * FROM '{folder}/attributes.parquet'",
        "history-rates": "SELECT '' AS currency, DATE '2026-01-01' AS rate_on LIMIT 0",
    }
    for name, query in tables.items():
        duckdb.sql(f"COPY ({query}) TO '{folder / f'{name}.parquet'}' (FORMAT parquet)")
    with engine(_settings()) as connection:
        _keep_ledgers(connection, folder)


def _settings() -> Settings:
    return replace(settings_from_environment(), memory_limit=measure_stage.MEMORY_LIMIT)


def _keep_ledgers(connection: Backend, folder: Path) -> None:
    """The ledgers of the week and of the week a year before, and the spells, as a run has them before anything is linked."""
    orders, tickets, attributes = (connection.read_parquet(folder / f"{name}.parquet") for name in ("orders", "tickets", "attributes"))
    rates = connection.create_table("rates", schema=measure_stage.ibis.schema(measure_stage.RATES))
    history = History(orders, None, None, rates, attributes, minor_units=2, tickets=tickets)
    activity = Activity(lapse_days=measure_stage.LAPSE_DAYS)
    rules = LedgerRules(activity, Value(), measure_stage.SEGMENTS, costs=Costs(ticket_amount=Decimal("6.50")))
    connection.to_parquet(spells(history, activity), folder / "history-spells.parquet")
    for name in (WEEK, YEAR_BEFORE):
        period = period_named(name, Definitions.model_validate(SAID).calendar)
        write_ledger(connection, history, period, rules=rules, path=full_path(folder, period))


def accepted(folder: Path) -> list[Accepted]:
    """Tickets and answers as they were judged."""
    nothing = ControlTotals("", 0, 0, 0, 0, None, None, None, None)
    paths = {name: folder / f"accepted-{name}.parquet" for name in ("tickets", "surveys")}
    return [Accepted(name, "service", name, path, path, path, "", nothing, (), date(2023, 7, 1), THROUGH) for name, path in paths.items()]


def linked(connection: Backend, folder: Path) -> ExperienceLinks:
    """Everything that the page Experience says."""
    made = company()
    week, before = (period_named(name, made.definitions.calendar) for name in (WEEK, YEAR_BEFORE))
    active = dict.fromkeys((before, week), 1000)
    inputs = ExperienceInputs(connection, made, accepted(folder), folder, week, year_before=before, data_through=THROUGH, active=active)
    found = experience_links(inputs, folder / "experiences.parquet")
    assert found is not None
    assert found.later is not None
    assert all((found.lines, found.drivers, found.themes, found.outcomes, found.complaints, found.later.follow_ups, found.later.forecast))
    return found


def once(what: str, folder: Path) -> dict[str, float]:
    """Do the measure stage or the links in this process, in an engine of its own."""
    began = time.process_time()
    with engine(_settings()) as connection:
        (measure_stage.stage if what == "stage" else linked)(connection, folder)
    return {"cpu_seconds": time.process_time() - began}


def main(sizes: tuple[int, ...]) -> None:
    """Print, for each number of orders, the processor seconds of both, and their ratio."""
    for orders_count in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / str(orders_count)
            generate(folder, orders_count)
            stage, links = (
                json.loads(subprocess.run([sys.executable, __file__, what, str(folder)], check=True, capture_output=True, text=True).stdout)
                for what in ("stage", "links")
            )
        print(
            f"{orders_count:>11,} orders, {orders_count // ORDERS_PER_EXPERIENCE:,} experiences, one week: measure stage "
            f"{stage['cpu_seconds']:.1f} s, experiences {links['cpu_seconds']:.1f} s of processor time; ratio "
            f"{links['cpu_seconds'] / stage['cpu_seconds']:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] in (["stage"], ["links"]):
        print(json.dumps(once(sys.argv[1], Path(sys.argv[2]))))
    else:
        main(tuple(int(text) for text in sys.argv[1:]) or ORDERS)
