"""A company that a newcomer has just written down: two short YAML files and its raw exports, right until a test makes a mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFINITIONS = """\
company: Newcomer (made up)
currency: EUR
time_zone: Europe/Berlin
sells_by: [{sells_by}]
activity:
  excluded_statuses: [cancelled]
segments:
  region: {{says: Where the customer is at home, from: customers.region}}
reasons:
  - {{code: price, says: Too expensive}}
"""
EXTRACTS = {
    "customers": """\
  customers:
    silo: sales
    dataset: customers
    path: customers.csv
    key: [Customer]
    columns:
      customer_id: Customer
      created_on: Created
    attributes:
      region: Region
""",
    "orders": """\
  orders:
    silo: sales
    dataset: purchases
    path: orders.csv
    key: [Order]
    columns:
      purchase_id: Order
      customer_id: Customer
      purchased_on: Day
      amount: Net
      status: State
    covers_through: 2026-09-30
""",
    "contracts": """\
  contracts:
    silo: sales
    dataset: contracts
    path: contracts.csv
    key: [Contract]
    columns:
      contract_id: Contract
      customer_id: Customer
      starts_on: From
      ends_on: To
      recurring_amount: Net
      recurring_per: Per
    covers_through: 2026-09-30
""",
    "departures": """\
  departures:
    silo: service
    dataset: departures
    path: departures.csv
    key: [Case]
    columns:
      customer_id: Customer
      departed_on: Day
      reason_code: Reason
    covers_through: 2026-09-30
""",
}
SELLS_BY = {"orders": "repeat_purchase", "contracts": "contract"}
CUSTOMERS_COUNT, ORDERS_COUNT = 40, 120
FIRST_DAY = date(2026, 6, 3)


def customer(number: int) -> str:
    """The id of a customer."""
    return f"00{number % CUSTOMERS_COUNT + 100}"


def order_rows() -> list[list[str]]:
    """Orders, one a day, of every customer in turn."""
    days = [FIRST_DAY + timedelta(days=number % 119) for number in range(ORDERS_COUNT)]
    return [
        [f"O{number}", customer(number), day.isoformat(), f"{10 + number}.50", "cancelled" if number % 20 == 7 else "shipped"]
        for number, day in enumerate(days)
    ]


TABLES: dict[str, tuple[str, list[list[str]]]] = {
    "customers": (
        "Customer,Region,Created",
        [[customer(number), "North" if number % 2 else "South", "2025-01-15"] for number in range(CUSTOMERS_COUNT)],
    ),
    "orders": ("Order,Customer,Day,Net,State", order_rows()),
    "contracts": (
        "Contract,Customer,From,To,Net,Per",
        [[f"K{number}", customer(number), f"2026-01-{number + 1:02}", "2027-01-01", "120.00", "year"] for number in range(12)],
    ),
    "departures": ("Case,Customer,Day,Reason", [[f"D{number}", customer(number), "2026-09-20", "price"] for number in range(12)]),
}


ADVISED = re.compile(r"`((?:read|sql|key|ids|activity|rules|codes|covers_through|versions|experience): .*?)`(?=[ ,;.)]|$)")
"""What a sentence says to write, as YAML."""


def _merge(content: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(content.get(name), dict):
            _merge(content[name], value)
        else:
            content[name] = value


@dataclass(frozen=True)
class Newcomer:
    """The folder, and what a test may do to it."""

    folder: Path

    def replace(self, file: str, old: str, new: str, *, times: int | None = None) -> None:
        """Write something else in one of the files; what is replaced must be there, `times` times if that is given."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == times if times is not None else old in text, f"{file}: {old!r} is there {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, file: str, content: str | bytes) -> None:
        """Write one of the files anew."""
        (self.folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())

    def text(self, file: str) -> str:
        """What one of the files says."""
        return (self.folder / file).read_text(encoding="utf-8")

    def write_as_advised(self, problem: str) -> bool:
        """Write the line of YAML that a sentence says to write, and no other; whether it says one."""
        lines = [line for line in ADVISED.finditer(problem) if not line[1].startswith("rules: {relax")]
        if not lines:
            return False
        extract = problem.partition(".yaml:")[2].split(" ")[1].rstrip(":")
        is_of_all = problem[lines[-1].end() :].lstrip("` ").startswith("in definitions.yaml")
        path = self.folder / ("definitions.yaml" if is_of_all else "sources.yaml")
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        _merge(content if is_of_all else content["extracts"][extract], yaml.safe_load(lines[-1][1]))
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return True

    def line_of(self, text: str, *, file: str = "sources.yaml") -> int:
        """The first line of a YAML file that has a text, counted behind a line with `>` where the text names one: `orders>Net`."""
        behind, _, text = text.rpartition(">")
        lines = self.text(file).splitlines()
        begin = next((number for number, line in enumerate(lines) if line.strip() == f"{behind}:"), 0) if behind else 0
        return next(number for number, line in enumerate(lines, start=1) if number > begin and text in line)


def newcomer(folder: Path, *, extracts: Sequence[str] = ("customers", "orders")) -> Newcomer:
    """The company with some of its extracts, in a folder of its own."""
    folder.mkdir(parents=True)
    company = Newcomer(folder)
    sells_by = [SELLS_BY[name] for name in extracts if name in SELLS_BY]
    company.write("definitions.yaml", DEFINITIONS.format(sells_by=", ".join(sells_by)))
    company.write("sources.yaml", "extracts:\n" + "".join(EXTRACTS[name] for name in extracts))
    for name in extracts:
        headings, rows = TABLES[name]
        company.write(f"{name}.csv", "\n".join([headings, *(",".join(row) for row in rows), ""]))
    return company
