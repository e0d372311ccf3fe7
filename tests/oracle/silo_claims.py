"""What each silo counts as new or lost, by the rows of its extract as they were written, corrupted ones included."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet

from tasks.sample.scenario import day_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.sample.random_numbers import Numbers

NOBODY = -1
GERMAN_DAY, SHORT_MONTH_DAY = "%d.%m.%Y", "%b %d, %Y"


@dataclass(frozen=True)
class Claims:
    """Rows that a silo counts: the customer's number (NOBODY where nobody has its key) and the day."""

    silo: str
    extract: str
    claimed: str
    customer: Numbers
    day: Numbers


def claims_in(folder: Path, *, registered_count: int) -> list[Claims]:
    """What the silos claim by the extracts in a folder; rows whose day cannot be read claim nothing."""
    customers = _csv_rows(folder / "sales/customers.csv", delimiter=";", encoding="utf-8-sig")
    deals = _csv_rows(folder / "marketing/deals.csv", delimiter=",", encoding="utf-8")
    departures = _csv_rows(folder / "service/departures.csv", delimiter=";", encoding="cp1252")
    rows = {
        ("sales", "customers", "new"): ((row["Customer No."], _day(row["Created"], GERMAN_DAY)) for row in customers),
        ("sales", "contracts", "new"): _signed(folder / "sales/contracts.parquet"),
        ("marketing", "deals", "new"): ((row["Customer No."], _day(row["Close Date"], SHORT_MONTH_DAY)) for row in deals),
        ("service", "departures", "lost"): ((row["Customer No."], _day(row["Left On"], GERMAN_DAY)) for row in departures),
    }
    return [Claims(*names, *_numbers(claimed, registered_count=registered_count)) for names, claimed in rows.items()]


def _csv_rows(path: Path, *, delimiter: str, encoding: str) -> Iterator[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _signed(path: Path) -> Iterator[tuple[str | None, date | None]]:
    for row in pyarrow.parquet.read_table(path, columns=["customer_no", "start_date", "state"]).to_pylist():
        if row["state"] == "in force":
            yield row["customer_no"], row["start_date"]


def _day(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _numbers(rows: Iterator[tuple[str | None, date | None]], *, registered_count: int) -> tuple[Numbers, Numbers]:
    dated = [(_customer(key or "", registered_count=registered_count), day_number(day)) for key, day in rows if day]
    customer, day = np.asarray(dated, dtype=np.int64).reshape(-1, 2).T
    return customer, day


def _customer(key: str, *, registered_count: int) -> int:
    return int(key) if key.isdigit() and int(key) < registered_count else NOBODY
