"""What is said of an odd export is what mends it: the line that `check` says to write is written, and the rows are right."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import yaml

from config.company import load_company, load_parts
from tasks.check import findings_of
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import atomic_write
from tests.newcomer_company import Newcomer
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from tasks.check import Findings

CONTRACTS: dict[str, Any] = {
    "silo": "sales",
    "dataset": "contracts",
    "key": ["no"],
    "columns": {"contract_id": "no", "customer_id": "who", "starts_on": "from", "ends_on": "to", "recurring_amount": "net"},
    "covers_through": "2026-09-30",
}
ORDERS: dict[str, Any] = {
    "silo": "sales",
    "dataset": "purchases",
    "key": ["no"],
    "columns": {"purchase_id": "no", "customer_id": "who", "purchased_on": "day", "amount": "net"},
    "covers_through": "2026-09-30",
}
HEADINGS = ("no", "who", "from", "to", "net")
SPANS = [("a", date(2026, 2, 1), date(2026, 8, 12)), ("b", date(2026, 2, 1), None), ("c", date(2026, 8, 6), None)]
"""Who has a contract from when to when, in every one of the exports."""


@dataclass(frozen=True)
class Odd:
    """An export that is not read as it is: its extract, and the sentence that says what to write."""

    name: str
    file: str
    content: str | bytes
    advice: str
    extract: dict[str, Any] = field(default_factory=lambda: CONTRACTS)
    time_zone: str = "Europe/Berlin"
    rows: list[tuple[str, date, date | None]] = field(default_factory=lambda: SPANS)


def sheet_of_numbers() -> bytes:
    """A workbook whose days are numbers without a format."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet = book.create_sheet(index=0)
    sheet.append(HEADINGS)
    for who, start, end in SPANS:
        sheet.append([f"k-{who}", who, *((day - date(1899, 12, 30)).days if day else None for day in (start, end)), 10])
    book.save(content)
    return content.getvalue()


def seconds(day: date | None) -> str:
    """The day's first instant in Halifax in winter, as seconds since 1970."""
    return "null" if day is None else str(int(datetime(day.year, day.month, day.day, 4, tzinfo=UTC).timestamp()))


def lines(start_and_end: Any, *, head: str = ",".join(HEADINGS)) -> str:
    """The contracts as lines of a CSV file."""
    return "\n".join([head, *(f"k-{who},{who},{start_and_end(start)},{start_and_end(end)},10" for who, start, end in SPANS), ""])


def short(pattern: str) -> Any:
    return lambda day: f"{day:{pattern}}" if day else ""


ODD = (
    Odd("day numbers of a sheet", "book.xlsx", sheet_of_numbers(), 'read: {dates: ["excel_1900"]}'),
    Odd(
        "a footer",
        "report.csv",
        f'{lines(short("%Y-%m-%d"))}\n\n"Contracts by customer"\n"Copyright (c) 2026 made up"\n',
        "read: {until_blank_row: true}",
    ),
    Odd(
        "seconds since 1970",
        "rows.jsonl",
        "".join(
            f'{{"no": "k-{who}", "who": "{who}", "from": {seconds(start)}, "to": {seconds(end)}, "net": 10}}\n' for who, start, end in SPANS
        ),
        'read: {dates: ["%s"]}',
        time_zone="America/Halifax",
    ),
    Odd(
        "years in two digits whose century is not plain",
        "short.csv",
        lines(short("%d/%m/%y")) + "k-d,d,01/02/26,30/11/99,10\n",
        'read: {dates: ["%d/%m/%y"], two_digit_years_from: 2000}',
        {**CONTRACTS, "read": {"dates": ["%d/%m/%y"]}},
        rows=[*SPANS, ("d", date(2026, 2, 1), date(2099, 11, 30))],
    ),
    Odd(
        "days of two columns in two ways, and others as by default",
        "mixed.csv",
        "\n".join(
            [
                ",".join(HEADINGS),
                *(
                    f"k-{who},{who},{start:%d.%m.%Y},{f'{end:%m/%d/%Y}' if end and end.day > 12 else end or ''},10"
                    for who, start, end in SPANS
                ),
                "k-d,d,13.02.2026,08/31/2026,10\n",
            ]
        ),
        '"%d.%m.%Y", "%m/%d/%Y"]}',
        rows=[*SPANS, ("d", date(2026, 2, 13), date(2026, 8, 31))],
    ),
)

CHANGED = """\
no,who,from,to,net,state,changed
k-a,a,2026-02-01,2026-08-12,10,active,2026-02-01
k-b,b,2026-02-01,,10,active,2026-02-01
k-b,b,2026-02-01,,90,active,2026-08-20
k-c,c,2026-08-06,,10,paused,2026-08-06
"""
WITH_STATES = {**CONTRACTS, "columns": {**CONTRACTS["columns"], "status": "state"}, "changed_at": "changed"}


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name.replace(" ", "_"))
def test_the_line_that_is_said_to_be_written_mends_what_it_is_said_of(odd: Odd, tmp_path: Path, connection: Backend) -> None:
    company = company_of(odd, tmp_path / "odd")
    findings = looked_at(company, tmp_path)
    advised = next(each for each in (*findings.problems, *findings.remarks) if odd.advice in each)
    assert company.write_as_advised(advised)
    store = LandingStore(lambda fingerprint: tmp_path / f"{fingerprint[:16]}.parquet", atomic_write)
    landed = land(load_company(company.folder), "odd", connection=connection, store=store)
    query = "SELECT customer_id, starts_on, ends_on FROM read_parquet(?) ORDER BY ALL"
    assert connection.con.execute(query, [str(landed.path)]).fetchall() == odd.rows


def looked_at(company: Newcomer, folder: Path) -> Findings:
    return findings_of(load_parts(company.folder), settings=settings_in(folder / "home"), now=datetime(2026, 10, 2, tzinfo=UTC))


def company_of(odd: Odd, folder: Path) -> Newcomer:
    """The folder of a company that has this export alone."""
    folder.mkdir()
    company = Newcomer(folder)
    definitions = {"company": "Odd (made up)", "currency": "EUR", "time_zone": odd.time_zone, "sells_by": ["contract"]}
    company.write("definitions.yaml", yaml.safe_dump({**definitions, "rules": {"largest_set_aside_rate": 0.5}}))
    company.write("sources.yaml", yaml.safe_dump({"extracts": {"odd": {**odd.extract, "path": odd.file}}}))
    company.write(odd.file, odd.content)
    return company


def test_contracts_of_which_only_the_present_is_left_are_to_be_looked_at(tmp_path: Path) -> None:
    company = company_of(Odd("changed in place", "contracts.csv", CHANGED, "", WITH_STATES), tmp_path / "odd")
    company.replace("definitions.yaml", "rules:", "activity:\n  excluded_statuses: [paused]\nrules:")
    upgraded, paused = looked_at(company, tmp_path).remarks
    assert "1 contract with versions of another amount, state, plan or number of seats, of which the latest is applied" in upgraded
    assert "no day of 1 contract in a state that does not count (`paused`) counts, not of their past either" in paused
    assert company.write_as_advised(upgraded)
    assert looked_at(company, tmp_path).remarks == ()
