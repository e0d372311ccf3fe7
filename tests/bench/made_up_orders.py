"""A made-up company of any size for the bench: orders with the skew of real ones, tickets, answers, customers, and its folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import ibis

from config.company import Company
from config.definitions import Definitions
from config.settings import settings_from_environment
from config.sources import Sources
from config.themes import Theme, Themes
from tasks.customer_math.ledger.history import History
from tasks.customer_math.ledger.movements import LedgerRules
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.spells import spells
from tasks.store.engine import engine
from tasks.store.ledgers import full_path, write_ledger

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period

ORDERS_PER_CUSTOMER, ORDERS_PER_RECORD = 10, 20
"""Orders to a customer, and to a ticket and to an answer each."""
BEGINS, THROUGH = date(2023, 7, 3), date(2026, 6, 28)
"""156 whole weeks."""
NEWEST_FROM = date(2026, 6, 22)
"""The newest week holds the hundredth part of all orders, as `GROWTH` has it."""
GROWTH, SKEW = 0.64, 3
"""Orders grow; a fifth of the customers makes three fifths of them, and the largest one two hundredths of a million."""
MONTH, YEAR_BEFORE = "2026-05", "2025-05"
MEMORY_LIMIT = "1GB"
COSTS = {"ticket_amount": "6.50"}
DEFINITIONS: dict[str, Any] = {
    "company": "Made up",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "sells_by": ["repeat_purchase"],
    "activity": {"lapse_days": 90},
    "segments": {"region": {"says": "Where the customer is at home", "from": "customers.region"}},
    "costs": COSTS,
}
COLUMNS = {
    "customers": ("customer_id",),
    "orders": ("purchase_id", "customer_id", "purchased_on", "amount", "product_group", "cost_amount"),
    "tickets": ("customer_id", "opened_on", "closed_on", "category", "stage", "is_complaint", "comment", "followed_up_on", "reopened_on"),
    "surveys": (
        *("customer_id", "answered_on", "score", "comment", "channel", "followed_up_on"),
        *("desired_outcome", "importance", "satisfaction"),
    ),
}
DATASETS = {"customers": "customers", "orders": "purchases", "tickets": "tickets", "surveys": "surveys"}
THEMES = Themes(themes=tuple(Theme(name=name, keywords=(name, f"{name}ly*")) for name in ("late", "price", "broken", "friendly", "lost")))
RATES = {"currency": "string", "rate_on": "date", "rate_through": "date", "rate": "decimal(18, 8)"}


def sources(*names: str) -> dict[str, Any]:
    """How the company's extracts are declared, some of them."""
    more = {"customers": {"key": ["customer_id"], "attributes": {"region": "region"}}, "orders": {"key": ["purchase_id"]}}
    return {
        "extracts": {
            name: {
                "silo": "service" if name in {"tickets", "surveys"} else "sales",
                "dataset": DATASETS[name],
                "path": f"{name}*.csv",
                "key": ["key"],
                "columns": {column: column for column in COLUMNS[name]},
                **more.get(name, {}),
            }
            for name in names
        }
    }


def company() -> Company:
    """The company with all of its extracts."""
    return Company(Path("made-up"), Definitions.model_validate(DEFINITIONS), Sources.model_validate(sources(*COLUMNS)), themes=THEMES)


def settings() -> Settings:
    """Settings with a bound on memory that a small machine has."""
    return replace(settings_from_environment(), memory_limit=MEMORY_LIMIT)


def period(name: str) -> Period:
    """A period by the company's calendar."""
    return period_named(name, company().definitions.calendar)


def rules() -> LedgerRules:
    """What decides a ledger of the company."""
    return LedgerRules.of(company().definitions)


def write_tables(folder: Path, orders_count: int) -> None:
    """Write what a run would have accepted: orders in the order of their days, tickets, answers, and each customer's region."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, query in {"orders": orders_query(orders_count), **_records(orders_count)}.items():
        duckdb.sql(f"COPY ({query}) TO '{folder / f'{name}.parquet'}' (FORMAT parquet)")


def orders_query(orders_count: int) -> str:
    """Orders of all customers; every fiftieth is a refund, which keeps nobody a customer."""
    chance, refund = "hash(i * 13) / 18446744073709551616.0", "hash(i * 19) % 50 = 0"
    amount = f"round(8 * pow(1 - {chance} * 0.9999, -0.4), 2)"
    day = f"DATE '{BEGINS}' + floor({(THROUGH - BEGINS).days + 1} * pow(i / {orders_count}.0, {GROWTH}))::INT"
    return f"""SELECT i AS purchase_id, {_customer(orders_count, 1)}, {day} AS purchased_on,
        (CASE WHEN {refund} THEN -{amount} / 2 ELSE {amount} END)::DECIMAL(18, 2) AS amount, NOT ({refund}) AS is_qualifying,
        'group ' || floor(sqrt(hash(i * 17) % 36))::INT AS product_group, ({amount} * 0.6)::DECIMAL(18, 2) AS cost_amount
        FROM range({orders_count}) AS orders(i)"""


def _customer(orders_count: int, seed: int) -> str:
    """Whose a row is: most of them of few customers, whose ids say nothing of it."""
    count = orders_count // ORDERS_PER_CUSTOMER
    place = f"floor({count} * pow(hash(i * 2 + {seed}) / 18446744073709551616.0, {SKEW}))::BIGINT"
    return f"'C' || lpad((({place}) * 7919 % {count})::VARCHAR, 8, '0') AS customer_id"


def _records(orders_count: int) -> dict[str, str]:
    """What else a silo records, by table, as queries."""
    customer, count = f"{_customer(orders_count, 29)}, 'k' || i AS record_key", orders_count // ORDERS_PER_RECORD
    day = f"DATE '{BEGINS}' + (hash(i * 31) % {(THROUGH - BEGINS).days})::INT"
    text = "['it was late', 'the price rose', 'broken again', 'friendly help', 'all lost', 'thank you'][1 + (hash(i * 37) % 6)::INT]"
    called = f"CASE WHEN hash(i * 41) % 3 = 0 THEN {day} + (hash(i * 43) % 20)::INT END AS followed_up_on"
    wish = "CASE WHEN i % 4 = 0 THEN (hash(i * {seed}) % 11)::BIGINT END AS {name}".format
    return {
        "tickets": f"""SELECT {customer}, {day} AS opened_on, {day} + (hash(i * 47) % 30)::INT AS closed_on, NULL::DATE AS reopened_on,
            'about ' || (hash(i * 53) % 8) AS category, 'stage ' || (hash(i * 59) % 5) AS stage, hash(i * 61) % 2 = 0 AS is_complaint,
            {text} AS comment, {called} FROM range({count}) AS tickets(i)""",
        "surveys": f"""SELECT {customer}, {day} AS answered_on, CASE WHEN i % 4 THEN (hash(i * 67) % 11)::BIGINT END AS score,
            {text} AS comment, 'channel ' || (hash(i * 71) % 3) AS channel, NULL::VARCHAR AS stage, {called},
            CASE WHEN i % 4 = 0 THEN 'wish ' || (hash(i * 73) % 6) END AS desired_outcome,
            {wish(seed=79, name="importance")}, {wish(seed=83, name="satisfaction")} FROM range({count}) AS answers(i)""",
        "attributes": f"""SELECT 'C' || lpad(i::VARCHAR, 8, '0') AS customer_id, DATE '0001-01-01' AS from_on,
            DATE '9999-12-31' AS until_on, 'region ' || floor(sqrt(hash(i) % 36))::INT AS region
            FROM range({orders_count // ORDERS_PER_CUSTOMER}) AS customers(i)""",
    }


def history(connection: Backend, folder: Path) -> History:
    """What was accepted, as a run hands it on."""
    orders, tickets, attributes = (connection.read_parquet(folder / f"{name}.parquet") for name in ("orders", "tickets", "attributes"))
    rates = connection.create_table("rates", schema=ibis.schema(RATES), overwrite=True)
    return History(orders, None, None, rates, attributes, minor_units=2, tickets=tickets)


def write_ledgers(folder: Path) -> None:
    """Write what a run keeps before anything is linked or valued: history, spells, the ledgers of the month and of the year before."""
    with engine(settings()) as connection:
        known = history(connection, folder)
        assert known.purchases is not None
        tables = {"purchases": known.purchases.mutate(record_key=ibis.literal("k")), "tickets": known.tickets}
        tables |= {"attributes": known.attributes, "rates": known.rates, "spells": spells(known, rules().activity)}
        tables["purchase-days"] = days_of_purchase(known.purchases)
        for name, table in tables.items():
            connection.to_parquet(table, folder / f"history-{name}.parquet")
        for name in (MONTH, YEAR_BEFORE):
            write_ledger(connection, known, period(name), rules=rules(), path=full_path(folder, period(name)))
