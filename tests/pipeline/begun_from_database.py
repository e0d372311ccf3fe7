"""A company that begins from its database on a server: its tables with types of their own, and what `init` and `check` make of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import types

from config.company import load_company, load_parts
from tasks.check import findings_of
from tasks.propose import Choices, propose
from tests.newcomer_company import CUSTOMERS_COUNT, FIRST_DAY, ORDERS_COUNT, customer
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from config.company import Company

NAME = "newcomer"
COLUMNS = {
    "customers": {"customer_id": types.Integer(), "region": types.String(20), "created_at": types.DateTime()},
    "orders": {
        "order_id": types.Integer(),
        "customer_id": types.Integer(),
        "ordered_at": types.DateTime(),
        "net_amount": types.Numeric(18, 2),
        "status": types.String(20),
    },
    "subscriptions": {
        "subscription_id": types.Integer(),
        "customer_id": types.Integer(),
        "start_date": types.Date(),
        "end_date": types.Date(),
        "mrr": types.Numeric(18, 2),
    },
}


def database_of_its_own(server: sqlalchemy.URL) -> sqlalchemy.URL:
    """A database on the server with the company's tables."""
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {NAME}"))
    engine.dispose()
    metadata = sqlalchemy.MetaData()
    tables = {
        name: sqlalchemy.Table(name, metadata, *(sqlalchemy.Column(*each) for each in columns.items())) for name, columns in COLUMNS.items()
    }
    made = sqlalchemy.create_engine(server.set(database=NAME))
    with made.begin() as connection:
        metadata.create_all(connection)
        for name, rows in _rows().items():
            connection.execute(tables[name].insert(), [dict(zip(COLUMNS[name], row, strict=True)) for row in rows])
    made.dispose()
    return server.set(database=NAME)


def _rows() -> dict[str, list[tuple[object, ...]]]:
    evening = datetime(2025, 1, 15, 23, 30)  # noqa: DTZ001 - a column without a zone holds none
    days = [datetime.combine(FIRST_DAY, evening.time()) + timedelta(days=number % 119) for number in range(ORDERS_COUNT)]
    return {
        "customers": [(int(customer(number)), "North" if number % 2 else "South", evening) for number in range(CUSTOMERS_COUNT)],
        "orders": [(n, int(customer(n)), day, Decimal(10 + n) + Decimal("0.50"), "shipped") for n, day in enumerate(days)],
        "subscriptions": [
            (n, int(customer(n)), date(2026, 1, 1 + n), None if n % 2 else date(2026, 8, 1 + n), Decimal("19.90")) for n in range(12)
        ],
    }


def assert_that_it_begins(variable: str, folder: Path) -> Company:
    """See that the company is written from the database behind a variable, and that `check` finds nothing in the way of a run."""
    settings = settings_in(folder / "home")
    written = propose(folder / "shop", [f"${{{variable}}}"], choices=Choices("EUR"), settings=settings)
    company = load_company(written.folder)
    extracts = company.sources.extracts
    assert {name: (extract.table, extract.dataset) for name, extract in extracts.items()} == {
        "customers": ("customers", "customers"),
        "orders": ("orders", "purchases"),
        "subscriptions": ("subscriptions", "contracts"),
    }
    assert extracts["orders"].columns["purchased_on"] == "ordered_at"
    assert extracts["subscriptions"].columns["ends_on"] == "end_date"
    assert company.definitions.segments["region"].source == "customers.region"
    assert findings_of(load_parts(written.folder), settings=settings, now=datetime(2026, 10, 2, 12, tzinfo=UTC)).problems == ()
    return company
