"""Invented rows in the layouts of well-known systems: the same 12 customers everywhere, so that what is right is known."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from config.datasets import DATASETS
from config.export_templates import TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from config.export_template import ExportTemplate

CUSTOMERS = [f"{number}" for number in range(100, 112)]
EVENTS_COUNT = 40
FIRST_DAY, FIRST_START = date(2026, 6, 3), date(2025, 1, 1)
DAYS = {"Fivetran": "%Y-%m-%d 10:15:00", "Airbyte": "%Y-%m-%dT10:15:00Z", "dlt": "%Y-%m-%d 10:15:00+00:00"}
OWN_DAYS = {
    "Shopify": "%Y-%m-%d 10:15:00 +0000",
    "Stripe": "%Y-%m-%d 10:15:00",
    "HubSpot": "%Y-%m-%d 10:15",
    "Zendesk": "%Y-%m-%d 10:15:00",
}
IN_SECONDS = {("Stripe", "Airbyte"), ("Chargebee", "Airbyte")}
"""Who writes instants as seconds since 1970."""
LAYOUTS = list(dict.fromkeys((template.system, template.layout) for template in TEMPLATES))
Rows = list[dict[str, str]]


def templates_of(system: str, layout: str) -> list[ExportTemplate]:
    """The templates of one system in one layout."""
    return [each for each in TEMPLATES if (each.system, each.layout) == (system, layout)]


def day_of(number: int) -> date:
    """On which day an event is."""
    return FIRST_DAY + timedelta(days=2 * number)


def span_of(number: int) -> tuple[date, date | None]:
    """From when to when a contract is."""
    return FIRST_START + timedelta(days=number), None if number % 3 else date(2026, 8, 1) + timedelta(days=number)


def write_export(template: ExportTemplate, folder: Path) -> Path:
    """The export as a file: every row that counts, and rows that do not: later lines of an order, what was not won, what failed."""
    rows = _rows(template) + _rows_that_do_not_count(template)
    path = folder / f"{template.dataset}_export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sorted(template.headings), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_orders(folder: Path) -> Path:
    """Orders of no known system, for exports that have neither purchases nor contracts."""
    path = folder / "orders.csv"
    lines = [f"O{n},{CUSTOMERS[n % 12]},{day_of(n)},{10 + n}.50" for n in range(EVENTS_COUNT)]
    path.write_text("\n".join(["Order,Customer,Day,Net", *lines, ""]), encoding="utf-8")
    return path


def _rows(template: ExportTemplate) -> Rows:
    count = len(CUSTOMERS) if template.dataset in {"customers", "contracts"} else EVENTS_COUNT
    return [_row(template, number) for number in range(count)]


def _row(template: ExportTemplate, number: int) -> dict[str, str]:
    ones = {"plan__interval_count": "1", "billing_period": "1", "quantity": "1"}
    row = {name: ones.get(name, "") for name in template.headings}
    row |= dict.fromkeys(template.key, f"r{number}") | dict.fromkeys(template.drop_rows_where, "no row is dropped")
    row |= {theirs: _value(template, ours, number) for ours, theirs in template.columns.items()}
    return row | ({template.changed_at: _written(template, day_of(0))} if template.changed_at else {})


def _value(template: ExportTemplate, ours: str, number: int) -> str:
    theirs, customer = template.columns[ours], CUSTOMERS[number % 12]
    start, end = span_of(number)
    amount = f"{10 + number}.50"
    values = {
        "customer_id": f"u{customer}@example.com" if "email" in theirs.lower() else customer,
        "email": f"u{customer}@example.com",
        "amount": amount,
        "recurring_amount": amount,
        "currency": "usd" if template.system == "Stripe" else "USD",
        "status": "active" if template.dataset == "contracts" else "paid",
        "starts_on": _written(template, start),
        "ends_on": _written(template, end) if end else "",
        "recurring_per": "month",
        "seats_count": "1",
    }
    values["customer_id"] = f'{{"id": "{customer}"}}' if "json_extract" in template.expressions.get(theirs, "") else values["customer_id"]
    if "/ 100" in template.expressions.get(theirs, ""):
        return str(round(float(amount) * 100))
    is_day = DATASETS[template.dataset].kinds[ours] == "date"
    return values.get(ours) or ("" if ours == "ends_on" else _written(template, day_of(number)) if is_day else f"{ours}{number}")


def _written(template: ExportTemplate, day: date) -> str:
    if (template.system, template.layout) in IN_SECONDS:
        return str(int(datetime(day.year, day.month, day.day, 10, 15, tzinfo=UTC).timestamp()))
    return day.strftime(DAYS.get(template.layout) or OWN_DAYS.get(template.system, "%Y-%m-%dT10:15:00Z"))


def _rows_that_do_not_count(template: ExportTemplate) -> Rows:
    dropped = {"Subtotal": "", "is_won": "false", "is_deleted": "true"}
    rows = [_row(template, 0) | {name: dropped[name]} for name in template.drop_rows_where]
    if template.dataset == "purchases":
        rows.append(_row(template, 1) | {template.columns["status"]: "failed"} | dict.fromkeys(template.key, "r-failed"))
    return rows
