"""The mistakes that people make in their first hour: `check` names each by file and line, with the line to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from config.company import load_parts
from tasks.check import findings_of
from tests.newcomer_company import EXTRACTS, newcomer
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tasks.check import Findings
    from tests.newcomer_company import Newcomer

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
SEEN_COUNT = 28
"""Mistakes of the first people who tried."""


@dataclass(frozen=True)
class Mistake:
    """What somebody does, on which line of sources.yaml it is mended, and what is to be written there."""

    name: str
    do: Callable[[Newcomer], None]
    line: str
    write: str
    file: str = "sources.yaml"
    extracts: tuple[str, ...] = ("customers", "orders")
    is_mended_by_a_line: bool = True
    """Whether the line of YAML that the sentence has, if it has one, is enough."""


def found(company: Newcomer, home: Path) -> Findings:
    return findings_of(load_parts(company.folder), settings=settings_in(home), now=NOW)


def rewritten(file: str, change: Callable[[str], str | bytes]) -> Callable[[Newcomer], None]:
    """A mistake in how a file is written."""
    return lambda company: company.write(file, change(company.text(file)))


def replaced(file: str, old: str, new: str, *more: tuple[str, str, str]) -> Callable[[Newcomer], None]:
    """A mistake made by writing something else."""

    def do(company: Newcomer) -> None:
        for each in ((file, old, new), *more):
            company.replace(*each)

    return do


def days_as(pattern: str) -> Callable[[str], str]:
    """The orders' days written in another way."""
    return lambda text: re.sub(r"2026-\d\d-\d\d", lambda day: f"{datetime.fromisoformat(day[0]):{pattern}}", text)


def instants(text: str) -> str:
    return re.sub(r"2026-\d\d-\d\d", lambda day: f"{datetime.fromisoformat(day[0]).timestamp() * 1000:.0f}", text)


MISTAKES = (
    Mistake("semicolons", rewritten("orders.csv", lambda text: text.replace(",", ";")), "orders:", 'read: {delimiter: ";"}'),
    Mistake("tabulators", rewritten("orders.csv", lambda text: text.replace(",", "\t")), "orders:", r'read: {delimiter: "\t"}'),
    Mistake("title above", rewritten("orders.csv", lambda text: f"Report\nof 2026\n\n{text}"), "orders:", "read: {skip_rows: 3}"),
    Mistake(
        "title above and semicolons",
        rewritten("orders.csv", lambda text: "Report\n" + text.replace(",", ";")),
        "orders:",
        'read: {delimiter: ";", skip_rows: 1}',
    ),
    Mistake(
        "letters of Windows",
        rewritten("customers.csv", lambda text: text.replace("South", "Süd").encode("cp1252")),
        "customers:",
        "read: {encoding: cp1252}",
    ),
    Mistake("UTF-16", rewritten("orders.csv", lambda text: text.encode("utf-16")), "orders:", "read: {encoding: utf-16}"),
    Mistake("a misspelt heading", replaced("sources.yaml", "amount: Net\n      status", "amount: Nett\n      status"), "Nett", "`Net`?"),
    Mistake(
        "other capitals", replaced("sources.yaml", "purchased_on: Day", "purchased_on: day"), "purchased_on: day", "`day` and `Day` differ"
    ),
    Mistake("days with points", rewritten("orders.csv", days_as("%d.%m.%Y")), "purchased_on", 'read: {dates: ["%d.%m.%Y"]}'),
    Mistake("months first", rewritten("orders.csv", days_as("%m/%d/%Y")), "purchased_on", 'read: {dates: ["%m/%d/%Y"]}'),
    Mistake("years in two digits", rewritten("orders.csv", days_as("%d.%m.%y")), "purchased_on", "two_digit_years_from: 1970"),
    Mistake("milliseconds", rewritten("orders.csv", instants), "purchased_on", 'read: {dates: ["%ms"]}'),
    Mistake(
        "days with and without hours",
        rewritten("orders.csv", lambda text: re.sub(r"2026-(\d\d)-(1\d)", r"2026-\1-\2T10:15:00Z", text)),
        "purchased_on",
        '"%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"]}',
    ),
    Mistake(
        "both orders of day and month",
        replaced("sources.yaml", "    path: orders.csv", '    path: orders.csv\n    read: {dates: ["%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y"]}'),
        "dates:",
        'read: {dates: ["%Y-%m-%d", "%d/%m/%Y"]}',
    ),
    Mistake(
        "decimal commas",
        rewritten("orders.csv", lambda text: re.sub(r"(\d+)\.50", r'"\1,50"', text)),
        "orders>amount: Net",
        'read: {decimal: ","}',
    ),
    Mistake(
        "points between thousands",
        rewritten("orders.csv", lambda text: re.sub(r"(\d+)\.50", lambda net: f"{net[1]}.{int(net[1]) + 101}", text)),
        "orders:",
        'read: {decimal: ",", thousands: "."}',
    ),
    Mistake(
        "commas between thousands",
        rewritten("orders.csv", lambda text: re.sub(r"(\d+)\.50", lambda net: f'"{int(net[1]) + 1000:,}.50"', text)),
        "orders>amount: Net",
        'read: {decimal: ".", thousands: ","}',
    ),
    Mistake(
        "no leading zeros",
        rewritten("orders.csv", lambda text: re.sub(",00(1..),", r",\1,", text)),
        "orders>customer_id",
        """REPLACE (repeat('0', 5 - length("Customer")) || "Customer" AS "Customer") FROM orders""",
    ),
    Mistake(
        "ids with other letters",
        rewritten("orders.csv", lambda text: re.sub(",00(1..),", r",CUST-\1,", text)),
        "orders>customer_id",
        "length(regexp_replace(\"Customer\", '[^0-9]', '', 'g'))",
    ),
    Mistake(
        "ids with letters of each silo's own",
        lambda company: (
            company.write("orders.csv", re.sub(",00(1..),", r",CUST-\1,", company.text("orders.csv"))),
            company.write("customers.csv", re.sub("00(1..),", r"K0\1,", company.text("customers.csv"))),
        )[0],
        "orders>customer_id",
        "and the same for the column of the extract of customers",
        is_mended_by_a_line=False,
    ),
    Mistake(
        "ids in capitals",
        lambda company: (
            company.write("orders.csv", re.sub(",00(1..),", r",AB\1,", company.text("orders.csv"))),
            company.write("customers.csv", re.sub("00(1..),", r"ab\1,", company.text("customers.csv"))),
        )[0],
        "orders>customer_id",
        "ids: {case: lower}",
    ),
    Mistake("no such file", replaced("sources.yaml", "orders.csv", "order.csv"), "path: order.csv", "orders.csv"),
    Mistake("a pattern without files", replaced("sources.yaml", "orders.csv", "orders_*.csv"), "path: orders_*", "correct `path`"),
    Mistake("a variable that is not set", replaced("sources.yaml", "orders.csv", "${NOT_SET}/o.csv"), "path: ${", "export NOT_SET=..."),
    Mistake(
        "an archive",
        lambda company: (company.write("orders.zip", b"PK"), company.replace("sources.yaml", "orders.csv", "orders.zip"))[0],
        "path: orders.zip",
        "unpack it",
    ),
    Mistake(
        "text named as a workbook",
        lambda company: (
            company.write("orders.xlsx", company.text("orders.csv")),
            company.replace("sources.yaml", "orders.csv", "orders.xlsx"),
        )[0],
        "orders:",
        "read: {format: csv}",
    ),
    Mistake("an empty file", rewritten("orders.csv", lambda _text: ""), "orders:", "export it again"),
    Mistake("headings alone", rewritten("orders.csv", lambda text: text.partition("\n")[0]), "path: orders.csv", "export it again"),
    Mistake(
        "a quote that is not closed",
        rewritten("orders.csv", lambda text: text.replace("O7,", '"O7,')),
        "orders:",
        "not closed",
        is_mended_by_a_line=False,
    ),
    Mistake(
        "a row that is too long", rewritten("orders.csv", lambda text: text.replace("O7,", "O7,x,")), "orders:", "row 8 below the headings"
    ),
    Mistake(
        "days past the last one",
        replaced("sources.yaml", "status: State\n    covers_through: 2026-09-30", "status: State\n    covers_through: 2026-06-10"),
        "covers_through: 2026-06-10",
        "write `covers_through: 2026-09-29`",
    ),
    Mistake(
        "contracts that end nowhere",
        replaced("sources.yaml", "recurring_per: Per\n    covers_through: 2026-09-30", "recurring_per: Per"),
        "contracts:",
        "write `covers_through: 2026-09-30`",
        extracts=("customers", "contracts"),
    ),
    Mistake(
        "a key of several rows",
        rewritten("orders.csv", lambda text: re.sub(r"O(\d+)(\d),", r"O\1,", text)),
        "orders>key",
        "key: nth_of_equal_rows",
    ),
    Mistake(
        "refunds above 0",
        rewritten("orders.csv", lambda text: re.sub("(O..,.*)shipped", r"\1refunded", text)),
        "status: State",
        "excluded_statuses: [cancelled, refunded]",
    ),
    Mistake(
        "sales below 0",
        rewritten("orders.csv", lambda text: re.sub(r",(\d+\.50)", r",-\1", text)),
        "orders>amount: Net",
        'REPLACE (-CAST("Net" AS DECIMAL(18, 4)) AS "Net") FROM orders',
    ),
    Mistake(
        "a state written otherwise",
        rewritten("orders.csv", lambda text: text.replace("cancelled", "Canceled")),
        "status: State",
        "excluded_statuses: [cancelled, Canceled]",
    ),
    Mistake(
        "reasons that nobody mapped",
        rewritten("departures.csv", lambda text: text.replace("price", "PREIS")),
        "reason_code",
        "codes: {reason_code: {PREIS: price}}",
        extracts=("customers", "orders", "departures"),
    ),
    Mistake(
        "periods in other words",
        rewritten("contracts.csv", lambda text: text.replace("year", "yearly")),
        "recurring_per",
        "codes: {recurring_per: {yearly: year}}",
        extracts=("customers", "contracts"),
    ),
    Mistake(
        "groups that nobody has",
        rewritten("customers.csv", lambda text: re.sub("North|South", "", text)),
        "region: Region",
        "name another column under `attributes`",
    ),
    Mistake(
        "ends in the far future",
        rewritten("contracts.csv", lambda text: text.replace("2027-01-01", "9999-12-31")),
        "ends_on",
        'read: {open_ended: ["9999-12-31"]}',
        extracts=("customers", "contracts"),
    ),
    Mistake(
        "ends that are covered",
        rewritten("contracts.csv", lambda text: re.sub("2026-01-..,2027-01-01", "2026-01-01,2026-12-31", text)),
        "ends_on",
        'REPLACE (CAST("To" AS DATE) + 1 AS "To") FROM contracts',
        extracts=("customers", "contracts"),
    ),
    Mistake(
        "a currency without a rate",
        lambda company: (
            company.replace("sources.yaml", "amount: Net\n      status", "amount: Net\n      currency: Cur\n      status"),
            company.write("orders.csv", company.text("orders.csv").replace(",State", ",State,Cur").replace("ed\n", "ed,CHF\n")),
        )[0],
        "currency: Cur",
        "dataset: exchange_rates",
    ),
    Mistake(
        "another column taken for the customer",
        replaced("sources.yaml", "purchase_id: Order\n      customer_id: Customer", "purchase_id: Order\n      customer_id: State"),
        "orders>customer_id",
        "see that `customer_id` names the right column",
    ),
    Mistake(
        "a total that differs",
        replaced("sources.yaml", "status: State\n", "status: State\n    control_total: {rows: 121}\n"),
        "control_total",
        "says 121 rows, found 120",
    ),
    Mistake(
        "a kind of database that is not known",
        replaced("sources.yaml", "path: orders.csv", "database: oracel://host/shop\n    table: orders"),
        "database:",
        "correct how it begins",
    ),
    Mistake("a misspelt setting", replaced("sources.yaml", "key: [Order]", "keys: [Order]"), "keys:", "did you mean `key`?"),
    Mistake(
        "a segment of nothing",
        replaced("definitions.yaml", "customers.region", "customers.area"),
        "customers.area",
        "add it under its `attributes`",
        file="definitions.yaml",
    ),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name.replace(" ", "_"))
def test_a_mistake_is_named_by_file_and_line_with_what_to_write(mistake: Mistake, tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop", extracts=mistake.extracts)
    mistake.do(company)
    findings = found(company, tmp_path / "home")
    at = f"{company.folder / mistake.file}:{company.line_of(mistake.line, file=mistake.file)}: "
    named = [each for each in findings.problems if each.startswith(at) and mistake.write in each]
    assert named, "\n".join((at, *findings.problems, *findings.remarks))
    if company.write_as_advised(named[0]) and mistake.is_mended_by_a_line:
        assert found(company, tmp_path / "mended").problems == ()


def test_more_mistakes_are_tried_than_newcomers_were_seen_to_make() -> None:
    assert len({mistake.name for mistake in MISTAKES}) >= SEEN_COUNT


def test_a_company_without_a_mistake_is_fine(tmp_path: Path) -> None:
    findings = found(newcomer(tmp_path / "shop", extracts=tuple(EXTRACTS)), tmp_path / "home")
    assert (findings.problems, findings.remarks) == ((), ())


def test_mistakes_in_several_extracts_and_both_files_are_named_at_once(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop", extracts=("customers", "orders", "departures"))
    company.replace("definitions.yaml", "currency: EUR", "currency: Euro")
    company.replace("sources.yaml", "key: [Case]", "keys: [Case]")
    company.write("orders.csv", company.text("orders.csv").replace(",", ";"))
    company.replace("sources.yaml", "customers.csv", "customer.csv")
    problems = "\n".join(found(company, tmp_path / "home").problems)
    for said in ("currency: expected three capital", "did you mean `key`?", 'read: {delimiter: ";"}', "customer.csv, found none"):
        assert said in problems


def test_no_customer_and_no_id_is_in_the_words(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.write("orders.csv", re.sub(",00(1..),", r",Zephyrine-\1,", company.text("orders.csv")))
    findings = found(company, tmp_path / "home")
    said = "\n".join((*findings.problems, *findings.remarks))
    assert "written as `aaaaaaaaa-999`" in said
    assert "Zephyrine" not in said
    assert "00100" not in said
