"""A small company's folder, whole and right, in which a test changes what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COVERS_THROUGH = "2026-09-30"
DEFINITIONS: dict[str, Any] = {
    "company": "Corner Shop (made up)",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "activity": {"lapse_days": 60, "excluded_statuses": ["test"]},
    "value": {"rate_carried_days": 200},
    "segments": {
        "region": {"says": "Where the customer is at home", "from": "customers.region"},
        "size": {"says": "One head or many", "from": "customers.size"},
    },
    "reasons": [{"code": "price", "says": "Too expensive"}],
    "rules": {"largest_set_aside_rate": 0.2},
}
CUSTOMERS = """
number | name                | region | size
c01    | Zephyrine Quux      | North  | household
c02    | Balthasar Quux      | South  | household
c03    | Ottilie Quux        | North  | household
c04    | Kasimir Quux        | South  | household
c05    | Walburga Quux       | North  | office
c06    | =HYPERLINK("Quux")  | South  | office
c07    | Leopoldine [/] Quux | North  | household
c08    | Xaver Quux          | South  | household
c09    | Notburga Quux       | North  | household
c10    | Ignaz Quux          |        | household
c11    | Philomena Quux      | South  | office
"""
"""One for each movement of August 2026, and one whose contract is in francs."""
ORDERS = """
id | customer | day        | amount | currency | state   | changed
1  | c02      | 2026-05-02 | 40.00  | EUR      | shipped | 2026-05-02  # a customer until 30 June
2  | c02      | 2026-08-12 | 60.00  | EUR      | shipped | 2026-08-12  # returned
3  | c01      | 2026-08-10 | 100.00 | EUR      | shipped | 2026-08-10  # new
4  | c03      | 2026-06-15 | 30.00  | EUR      | shipped | 2026-06-15  # lapsed on 14 August
5  | c04      | 2026-07-20 | 45.50  | EUR      | shipped | 2026-07-20  # left on 15 August
6  | c07      | 2026-06-10 | 20.00  | EUR      | shipped | 2026-06-10  # out on 9 August
7  | c07      | 2026-08-20 | 25.00  | EUR      | shipped | 2026-08-20  # and back
8  | c08      | 2026-07-20 | 50.00  | EUR      | shipped | 2026-07-20
9  | c08      | 2026-08-20 | 70.00  | EUR      | shipped | 2026-08-20  # increased
10 | c09      | 2026-07-20 | 80.00  | EUR      | shipped | 2026-07-20
11 | c09      | 2026-08-20 | -30.00 | EUR      | shipped | 2026-08-20  # decreased
12 | c10      | 2026-07-25 | 10.00  | EUR      | shipped | 2026-07-25  # unchanged
13 | c10      | 2026-09-15 | 15.00  | EUR      | shipped | 2026-09-15
14 | c99      | 2026-08-05 | 500.00 | EUR      | shipped | 2026-08-05  # set aside: nobody knows the customer
13 | c10      | 2026-09-15 | 99.00  | EUR      | shipped | 2026-09-14  # superseded: an older version
15 | c01      | 2026-08-11 | 999.00 | EUR      | test    | 2026-08-11  # used, and excluded by its state
"""
CONTRACTS = """
id | customer | from       | to         | amount | per   | currency
k1 | c05      | 2025-08-10 | 2026-08-10 | 120.00 | year  | EUR
k2 | c06      | 2026-08-03 | 2026-08-20 | 10.00  | month | EUR
k3 | c11      | 2026-05-05 |            | 100.00 | month | CHF
"""
DEPARTURES = """
case | customer | day        | reason
d1   | c04      | 2026-08-15 | price
"""
RATES = """
currency | day        | rate
CHF      | 2026-04-30 | 1.05
CHF      | 2026-08-15 | 1.06
"""
TABLES = {"customers": CUSTOMERS, "orders": ORDERS, "contracts": CONTRACTS, "departures": DEPARTURES, "rates": RATES}
EXTRACTS: dict[str, dict[str, Any]] = {
    "customers": {
        "silo": "sales",
        "dataset": "customers",
        "columns": {"customer_id": "number", "customer_name": "name"},
        "attributes": {"region": "region", "size": "size"},
        "key": ["number"],
    },
    "orders": {
        "silo": "sales",
        "dataset": "purchases",
        "columns": {
            "purchase_id": "id",
            "customer_id": "customer",
            "purchased_on": "day",
            "amount": "amount",
            "currency": "currency",
            "status": "state",
        },
        "key": ["id"],
        "changed_at": "changed",
        "covers_through": COVERS_THROUGH,
    },
    "contracts": {
        "silo": "sales",
        "dataset": "contracts",
        "columns": {
            "contract_id": "id",
            "customer_id": "customer",
            "starts_on": "from",
            "ends_on": "to",
            "recurring_amount": "amount",
            "recurring_per": "per",
            "currency": "currency",
        },
        "key": ["id"],
        "covers_through": COVERS_THROUGH,
    },
    "departures": {
        "silo": "service",
        "dataset": "departures",
        "columns": {"departure_id": "case", "customer_id": "customer", "departed_on": "day", "reason_code": "reason"},
        "key": ["case"],
        "covers_through": COVERS_THROUGH,
    },
    "rates": {
        "silo": "sales",
        "dataset": "exchange_rates",
        "columns": {"currency": "currency", "rate_on": "day", "rate": "rate"},
        "key": ["currency", "day"],
        "covers_through": COVERS_THROUGH,
    },
}
QUOTE = '"'
SELLS_BY = {"orders": "repeat_purchase", "contracts": "contract"}


@dataclass(frozen=True)
class SmallCompany:
    """The folder, and what a test may do to it."""

    folder: Path

    def change(self, name: str, old: str, new: str) -> None:
        """Change what one of its files says; what is to be changed must be there once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name}: {old!r} is there {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, name: str, *rows: str) -> None:
        """Add rows, written as in a pipe table, to one of its files."""
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.writelines(f"{_as_csv(row)}\n" for row in rows)


def small_company(folder: Path, *, only: Sequence[str] = tuple(EXTRACTS), **changes: dict[str, Any]) -> SmallCompany:
    """The company with all of its extracts or only some, an extract's declaration changed as told."""
    folder.mkdir(parents=True)
    extracts = {name: {**EXTRACTS[name], "path": f"{name}.csv", **changes.get(name, {})} for name in only}
    definitions = {**DEFINITIONS, "sells_by": [SELLS_BY[name] for name in only if name in SELLS_BY], **changes.get("definitions", {})}
    if "customers" not in only:
        definitions["segments"] = {}
    _write_yaml(folder / "definitions.yaml", definitions)
    _write_yaml(folder / "sources.yaml", {"extracts": extracts})
    for name in only:
        lines = TABLES[name].strip().splitlines()
        (folder / f"{name}.csv").write_text("".join(f"{_as_csv(line)}\n" for line in lines), encoding="utf-8")
    return SmallCompany(folder)


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _as_csv(line: str) -> str:
    """A line of a pipe table as a line of CSV, without the remark behind it."""
    cells = [cell.strip() for cell in line.partition("  # ")[0].split("|")]
    return ",".join(f'"{cell.replace(QUOTE, QUOTE * 2)}"' if QUOTE in cell else cell for cell in cells)
