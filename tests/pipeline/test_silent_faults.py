"""What would give another number without a word: each is set aside by its row, or said with what to write."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import yaml

from config.company import load_parts
from tasks.check import findings_of
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Desk

DEFINITIONS = {"company": "Odd (made up)", "currency": "EUR", "time_zone": "America/New_York", "rules": {"largest_set_aside_rate": 0.5}}
COLUMNS = {
    "purchases": {"purchase_id": "no", "customer_id": "who", "purchased_on": "day", "amount": "net"},
    "contracts": {"contract_id": "no", "customer_id": "who", "starts_on": "from", "ends_on": "to", "recurring_amount": "net"},
}
ORDERS = "no,who,day,net\n"
TERMS = [(n, date(2025, 3, n + 1)) for n in range(1, 20)]


@dataclass(frozen=True)
class Silent:
    """An extract that can be read, and would mean something else than its reader thinks."""

    name: str
    content: str
    says: str
    dataset: str = "purchases"
    read: dict[str, Any] = field(default_factory=dict)


def orders(rows: Sequence[tuple[str, str, str]]) -> str:
    """Orders of customers, with their days and amounts."""
    return ORDERS + "".join(f"{number},{','.join(row)}\n" for number, row in enumerate(rows, start=1))


SILENT = (
    Silent(
        "a dollar that is no euro",
        orders([("a", "2026-08-01", amount) for amount in ("$50", "€50", "50 EUR", "USD 50", "£7")]),
        "found 3 rows with something else, first in silent.csv row 1: written as `$99`; if it names another currency than the company's",
    ),
    Silent(
        "days sent as midnights of elsewhere",
        orders([("a", f"2026-08-{n:02}T00:00:00Z", "5") for n in range(1, 13)]),
        'become the day before by the company\'s zone; if so, write `read: {dates: ["%Y-%m-%dT00:00:00Z"]}`',
        read={"dates": ["%Y-%m-%dT%H:%M:%S%z"]},
    ),
    Silent(
        "days that could be months",
        orders([("a", f"{n % 2 + 1:02}/{n % 9 + 1:02}/2026", "5") for n in range(40)]),
        'every day could be read as "%m/%d/%Y", too; see which it is: `read: {dates: ["%m/%d/%Y"]}`',
        read={"dates": ["%d/%m/%Y"]},
    ),
    Silent(
        "nobody as a customer",
        orders([(("NULL", "guest", "c1", "c2")[n % 4], "2026-08-01", f"{n}") for n in range(1, 13)]),
        "6 rows with an id such as NULL, guest or 0, which count as one customer; if they stand for nobody, write `read: {null_texts:",
    ),
    Silent(
        "ids with blanks and hyphens of other kinds",
        orders([(who, "2026-08-01", "5") for who in ("AB 12", "AB\u00a012", "AB-12", "AB\u201112", "AB13")]),
        "4 ids differ only in kinds of blanks and hyphens from another and count as different; if they are the same, write them alike",
    ),
    Silent(
        "a total below",
        orders([("a", "2026-08-01", "5"), ("b", "2026-08-02", "7"), ("c", "2026-08-02", "8"), ("all", "2026-08-31", "20")]),
        "one row has as much as all others together: if it is their total, it counts again; write `read: {skip_last_rows: 1}`",
    ),
    Silent(
        "terms that end on the day before the next",
        "no,who,from,to,net\n"
        + "".join(
            f"{n}a,c{n},{day},{day + timedelta(364)},5\n{n}b,c{n},{day + timedelta(365)},{day + timedelta(729)},5\n" for n, day in TERMS
        ),
        "found 19 of 19 ends on the day before the customer's next contract begins",
        "contracts",
    ),
)


@pytest.mark.parametrize("silent", SILENT, ids=lambda silent: silent.name.replace(" ", "_"))
def test_what_would_be_another_number_is_said_with_what_to_write(silent: Silent, tmp_path: Path) -> None:
    folder = tmp_path / "silent"
    folder.mkdir()
    kind = "contract" if silent.dataset == "contracts" else "repeat_purchase"
    extract = {"silo": "sales", "dataset": silent.dataset, "key": ["no"], "path": "silent.csv", "columns": COLUMNS[silent.dataset]}
    extracts = {"silent": {**extract, "read": silent.read, "covers_through": "2026-09-30"}}
    (folder / "definitions.yaml").write_text(yaml.safe_dump({**DEFINITIONS, "sells_by": [kind]}))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"extracts": extracts}))
    (folder / "silent.csv").write_text(silent.content)
    findings = findings_of(load_parts(folder), settings=settings_in(tmp_path / "home"), now=datetime(2026, 12, 1, tzinfo=UTC))
    assert silent.says in "\n".join((*findings.problems, *findings.remarks))


@pytest.mark.parametrize(("currency", "expected"), [("EUR", [None, "50.0000", None]), ("BRL", ["50.0000", None, "50.0000"])])
def test_an_amount_counts_only_in_the_currency_that_it_names(desk: Desk, currency: str, expected: list[str | None]) -> None:
    desk.write(
        "orders.csv", "id,customer,day,amount\n" + "".join(f"{n},a,2026-08-01,{text}\n" for n, text in enumerate(("R$50", "€50", "$ 50")))
    )
    found = desk.values("amount", desk.purchases(constants={"currency": currency}))
    assert [amount and f"{amount:f}" for amount in found] == expected


def test_rows_that_a_filter_hides_are_read_and_counted_in_a_note(desk: Desk) -> None:
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet = book.create_sheet(index=0)
    for row in (("id", "customer", "day", "amount"), *((n, "a", date(2026, 8, n), 10) for n in range(1, 6))):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[5].hidden = True
    book.save(content)
    desk.write("orders.xlsx", content.getvalue())
    landed = desk.land(desk.purchases(path="orders.xlsx"))
    assert (landed.rows_count, str(landed.amount)) == (5, "50.0000")
    assert landed.notes[0].startswith("orders: orders.xlsx: 2 rows that the sheet hides, by a filter or by hand, read like the others")
