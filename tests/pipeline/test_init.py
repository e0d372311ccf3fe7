"""A company's folder from nothing but its raw files or its database: what is guessed, said, written, and right."""

from __future__ import annotations

import csv
import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.company import load_company, load_parts
from config.refusal import CompanyFolderError
from tasks.check import Findings, findings_of
from tasks.propose import Choices, propose
from tasks.sources.landed import SourceError
from tests.newcomer_company import TABLES, Newcomer, newcomer
from tests.pipelines import settings_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from config.company import Company
    from tasks.propose import ProposedFolder

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The raw files of the newcomer's company, and nothing else."""
    company = newcomer(tmp_path / "raw", extracts=tuple(TABLES))
    for name in ("definitions", "sources"):
        (company.folder / f"{name}.yaml").unlink()
    return company.folder


@pytest.fixture
def init(tmp_path: Path) -> Callable[..., ProposedFolder]:
    """Writes the folder of a company from some places."""
    return lambda *places, **choices: propose(
        tmp_path / "own" / "shop", [str(place) for place in places], choices=Choices(**choices), settings=settings_in(tmp_path / "home")
    )


def looked_at(folder: Path) -> Findings:
    return findings_of(load_parts(folder), settings=settings_in(folder.parent / "home"), now=NOW)


def columns_of(company: Company) -> dict[str, tuple[str | None, dict[str, str]]]:
    return {name: (extract.dataset, extract.columns) for name, extract in company.sources.extracts.items()}


def test_files_become_extracts_with_their_tables_columns_and_keys(raw: Path, init: Any) -> None:
    written = init(*sorted(raw.glob("*.csv")), currency="CHF", time_zone="Europe/Zurich", lapse_days=60)
    company = load_company(written.folder)
    columns = columns_of(company)
    assert {name: dataset for name, (dataset, _) in columns.items()} == {
        "customers": "customers",
        "orders": "purchases",
        "contracts": "contracts",
        "departures": "departures",
    }
    assert columns["orders"][1] == {"customer_id": "Customer", "purchased_on": "Day", "amount": "Net", "status": "State"}
    assert columns["contracts"][1]["recurring_per"] == "Per"
    assert columns["departures"][1] == {"customer_id": "Customer", "departed_on": "Day", "reason_code": "Reason"}
    assert company.sources.extracts["customers"].attributes == {"region": "Region"}
    assert (company.definitions.currency, company.definitions.activity.lapse_days) == ("CHF", 60)
    assert company.definitions.reason_codes == ("price",)
    assert looked_at(written.folder).problems == ()


def test_every_guess_is_said_with_what_it_rests_on(raw: Path, init: Any) -> None:
    said = "\n".join(init(*sorted(raw.glob("*.csv"))).guesses)
    assert "orders: purchases: customer_id from `Customer`, purchased_on from `Day`, amount from `Net`" in said
    assert "`covers_through: 2026-09-29` is the latest day that is not an end in any of the files" in said
    assert "the currency is EUR, for want of a hint: give yours by --currency" in said


def test_files_as_excel_saves_them_in_germany_are_read_as_they_are(raw: Path, init: Any) -> None:
    for name in ("customers", "orders"):
        path = raw / f"{name}.csv"
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        german = [[_german(cell) for cell in row] for row in rows]
        path.write_bytes(("\r\n".join(";".join(row) for row in german) + "\r\n").replace("South", "Süd").encode("cp1252"))
    written = init(raw / "customers.csv", raw / "orders.csv")
    orders = load_company(written.folder).sources.extracts["orders"].read
    assert (orders.delimiter, orders.decimal, orders.dates) == (";", ",", ("%d.%m.%Y",))
    assert looked_at(written.folder).problems == ()


def _german(cell: str) -> str:
    if cell.count("-") == 2:
        return datetime.fromisoformat(cell).strftime("%d.%m.%Y")
    return cell.replace(".", ",")


def test_customers_whom_no_file_lists_are_those_who_bought(raw: Path, init: Any) -> None:
    written = init(raw / "orders.csv")
    assert "customers: no file lists customers: they are those whom orders names, with the groups of their first row" in written.guesses
    assert looked_at(written.folder).problems == ()


def test_a_quantity_and_a_price_are_an_amount(tmp_path: Path, init: Any) -> None:
    lines = [f"L{n},C{n % 9},2026-0{n % 9 + 1}-10,{n % 3 + 1},{n}.25" for n in range(60)]
    (tmp_path / "lines.csv").write_text("\n".join(["Invoice No,Customer ID,Invoice Date,Quantity,Unit Price", *lines]), encoding="utf-8")
    written = init(tmp_path / "lines.csv")
    assert "lines: the amount is `Quantity` x `Unit Price`, since no column is called as a total is" in written.guesses
    assert looked_at(written.folder).problems == ()


def test_scores_from_1_to_5_are_told_from_those_from_0_to_10(raw: Path, init: Any) -> None:
    answers = [f"S{n},{TABLES['orders'][1][n][1]},2026-08-{n + 1:02},{n % 5 + 1}" for n in range(20)]
    (raw / "surveys.csv").write_text("\n".join(["Answer,Customer,Submitted,Satisfaction", *answers]), encoding="utf-8")
    company = Newcomer(init(raw / "orders.csv", raw / "surveys.csv").folder)
    settings = load_company(company.folder).definitions.experience
    assert (settings.promoters_from, settings.detractors_through) == (5, 3)
    assert looked_at(company.folder) == Findings(())
    company.replace("definitions.yaml", "experience:\n  promoters_from: 5\n  detractors_through: 3\n", "")
    (remark,) = looked_at(company.folder).remarks
    assert "found none above 5, so that nobody is a promoter (`promoters_from: 9`)" in remark
    assert company.write_as_advised(remark)
    assert looked_at(company.folder) == Findings(())


def test_tables_of_a_database_are_looked_at_by_its_url(tmp_path: Path, init: Any) -> None:
    database = sqlite3.connect(tmp_path / "shop.db")
    for name in ("customers", "orders"):
        headings, rows = TABLES[name]
        database.execute(f"CREATE TABLE {name} ({', '.join(map(json.dumps, headings.split(',')))})")
        database.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * len(rows[0]))})", rows)
    database.commit()
    database.close()
    written = init(f"sqlite:///{tmp_path}/shop.db")
    extract = load_company(written.folder).sources.extracts["orders"]
    assert (extract.table, extract.dataset) == ("orders", "purchases")
    assert looked_at(written.folder).problems == ()


def test_a_password_is_not_written_into_a_file(init: Any, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        init("postgresql://reader:hidden-word@localhost/shop")
    assert "write '${SHOP_DATABASE}' instead" in str(refused.value)
    assert "hidden-word" not in str(refused.value)
    assert not (tmp_path / "own" / "shop").exists()


def test_a_database_may_be_named_by_a_variable(tmp_path: Path, init: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    headings, rows = TABLES["orders"]
    database = sqlite3.connect(tmp_path / "shop.db")
    database.execute(f"CREATE TABLE orders ({', '.join(map(json.dumps, headings.split(',')))})")
    database.executemany(f"INSERT INTO orders VALUES ({','.join('?' * len(rows[0]))})", rows)
    database.commit()
    database.close()
    monkeypatch.setenv("SHOP_DATABASE", f"sqlite:///{tmp_path}/shop.db")
    written = init("${SHOP_DATABASE}")
    assert "database: ${SHOP_DATABASE}" in (written.folder / "sources.yaml").read_text(encoding="utf-8")
    assert looked_at(written.folder).problems == ()


def test_a_folder_that_is_there_is_not_written_over(raw: Path, init: Any) -> None:
    written = init(raw / "orders.csv")
    before = (written.folder / "sources.yaml").read_bytes()
    with pytest.raises(CompanyFolderError, match="expected no folder of this name, found one; remove it, or choose another name"):
        init(raw / "orders.csv")
    assert (written.folder / "sources.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("place", "error", "words"),
    [
        ("customers.csv", SourceError, "expected a file of purchases"),
        ("nowhere.csv", CompanyFolderError, "expected a file, found none; correct the path"),
    ],
)
def test_what_no_figures_can_be_made_of_is_refused_and_nothing_is_written(
    raw: Path, init: Any, tmp_path: Path, place: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        init(raw / place)
    assert not (tmp_path / "own" / "shop").exists()


def test_what_is_written_begins_with_who_wrote_it_and_is_yaml(raw: Path, init: Any) -> None:
    written = init(raw / "orders.csv")
    for name in ("definitions", "sources"):
        text = (written.folder / f"{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# Written by `customer-math init`")
        assert yaml.safe_load(text)
