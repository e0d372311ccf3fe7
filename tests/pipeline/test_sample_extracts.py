"""The demo company's extracts, read back with the standard library alone and counted day by day."""

from __future__ import annotations

import csv
import gzip
import io
import json
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest

from config.company import load_company
from expected_files import write_expected_files
from tasks.sample import Sample, write_sample

SCALE = 0.002
LAPSE = timedelta(days=180)
VALUE_DAYS = timedelta(days=365)
LAST_DAY = date(2026, 10, 4)
CENT = Decimal("0.01")
PER_YEAR = {"monthly": 12, "quarterly": 4, "half-yearly": 2, "yearly": 1}
ONE_DAY = timedelta(days=1)
PERIODS = ("2023-Q1", "2024", "2026-Q2", "2026-Q3", "2026-08", "2026-W27", "2026-W40")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    sample = write_sample(tmp_path_factory.mktemp("demo") / "sample", scale=SCALE)
    write_expected_files(sample, sample.folder.with_name("expected"))
    return sample


def lines(text: str, *, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def expected_rows(sample: Sample, name: str) -> list[dict[str, str]]:
    return lines((sample.folder.with_name("expected") / name).read_text(encoding="utf-8"))


def rows_of(sample: Sample, path: str, *, delimiter: str = ",", encoding: str = "utf-8") -> list[dict[str, str]]:
    return lines((sample.folder / path).read_bytes().decode(encoding), delimiter=delimiter)


def german_day(text: str | None) -> date | None:
    try:
        day = datetime.strptime(text or "", "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return day if day <= LAST_DAY else None


def german_amount(text: str | None) -> Decimal | None:
    plain = (text or "").replace(".", "").replace(",", ".")
    return Decimal(plain) if plain.lstrip("-").replace(".", "").isdigit() else None


def latest(rows: list[dict[str, Any]], *, key: str, changed_at: str) -> list[dict[str, Any]]:
    versions: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row[key] and (row[key] not in versions or row[changed_at] >= versions[row[key]][changed_at]):
            versions[row[key]] = row
    return list(versions.values())


@dataclass
class Counted:
    """What the files say, cleaned by plain rules, with one set of active days a customer."""

    purchases: dict[str, list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    contracts: dict[str, list[tuple[date, date, Decimal, str]]] = field(default_factory=lambda: defaultdict(list))
    told_on: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    rates: dict[str, list[tuple[date, Decimal]]] = field(default_factory=lambda: defaultdict(list))
    active: dict[str, set[date]] = field(default_factory=dict)
    told_ends: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))

    def rate(self, currency: str, day: date) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        fixed = self.rates[currency]
        rate_on, rate = fixed[bisect_right(fixed, (day, Decimal("Infinity"))) - 1]
        assert (day - rate_on).days <= 4
        return rate

    def value(self, customer: str, day: date, *, rate_day: date) -> Decimal:
        bought = sum((amount for on, amount in self.purchases[customer] if day - VALUE_DAYS < on <= day), start=Decimal(0))
        held = [(amount, currency) for start, end, amount, currency in self.contracts[customer] if start <= day < end]
        return bought + sum((rounded(amount * self.rate(currency, rate_day)) for amount, currency in held), start=Decimal(0))


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@pytest.fixture(scope="module")
def counted(sample: Sample) -> Counted:
    found = Counted()
    read_customers_and_rates(sample, found)
    read_departures(sample, found)
    read_orders(sample, found)
    read_contracts(sample, found)
    for customer in found.groups:
        found.active[customer] = active_days(found, customer)
    return found


def read_customers_and_rates(sample: Sample, found: Counted) -> None:
    rows = rows_of(sample, "sales/customers.csv", delimiter=";", encoding="utf-8-sig")
    for row in latest(rows, key="Customer No.", changed_at="Last Changed"):
        found.groups[row["Customer No."]] = {
            "all": "all",
            "region": row["Region"],
            "customer_type": row["Customer Type"],
            "sales_channel": row["Sales Channel"],
        }
    text = (sample.folder / "sales/exchange_rates.csv").read_text(encoding="utf-8").split("\n", 2)[2]
    for row in lines(text, delimiter=";"):
        day = german_day(row["Day"])
        assert day is not None
        found.rates[row["Currency"]].append((day, Decimal(row["EUR"].replace(",", "."))))


def read_departures(sample: Sample, found: Counted) -> None:
    rows = rows_of(sample, "service/departures.csv", delimiter=";", encoding="cp1252")
    for row in latest(rows, key="Case", changed_at="Changed"):
        day = german_day(row["Left On"])
        if day and row["Customer No."] in found.groups:
            found.told_on[row["Customer No."]].add(day)


def read_orders(sample: Sample, found: Counted) -> None:
    rows: list[dict[str, str]] = []
    for path in sorted((sample.folder / "sales").glob("orders_*.csv.gz")):
        rows += lines(gzip.decompress(path.read_bytes()).decode(), delimiter=";")
    rows = [row for row in rows if row["Order No."] != "Total"]
    for row in latest(rows, key="Order No.", changed_at="Last Changed"):
        day, amount = german_day(row["Order Date"]), german_amount(row["Net Amount"])
        is_sound = day and amount is not None and row["Customer No."] in found.groups and len(row["Currency"]) == 3
        if is_sound and day and amount is not None and row["State"] in ("S", "R"):
            found.purchases[row["Customer No."]].append((day, rounded(amount * found.rate(row["Currency"], day))))


def read_contracts(sample: Sample, found: Counted) -> None:
    table = pyarrow.parquet.read_table(sample.folder / "sales/contracts.parquet").to_pylist()
    for row in latest(table, key="contract_no", changed_at="updated_at"):
        start, end = row["start_date"], row["end_date"] or date(2100, 1, 1)
        is_sound = start and start <= end < date(2900, 1, 1) and row["amount"] >= 0 and row["billed"] in PER_YEAR
        if is_sound and row["state"] == "in force" and row["customer_no"] in found.groups:
            found.contracts[row["customer_no"]].append((start, end, row["amount"] * PER_YEAR[row["billed"]], row["currency"]))


def active_days(found: Counted, customer: str) -> set[date]:
    active: set[date] = set()
    for day, amount in found.purchases[customer]:
        if amount > 0:
            told = min((on for on in found.told_on[customer] if on >= day), default=date.max)
            if told <= day + LAPSE:
                found.told_ends[customer].add(told)
            active |= days(day, min(day + LAPSE, told))
    for start, end, _, _ in found.contracts[customer]:
        found.told_ends[customer].add(end)
        active |= days(start, min(end, LAST_DAY + ONE_DAY))
    return active


def days(start: date, end: date) -> set[date]:
    return {start + timedelta(days=number) for number in range((end - start).days)}


def ledger_row(found: Counted, customer: str, *, opens_on: date, closes_on: date) -> tuple[str, dict[str, Decimal]] | None:
    """How a customer touches a period, by looking at every one of its days."""
    opening, closing = opens_on - ONE_DAY, closes_on - ONE_DAY
    active = found.active[customer]
    at_opening, at_closing = opening in active, closing in active
    ends = [day for day in days(opens_on, closes_on) if day not in active and day - ONE_DAY in active]
    if not (at_opening or at_closing or ends):
        return None
    before = found.value(customer, opening, rate_day=opening) if at_opening else Decimal(0)
    after = found.value(customer, closing, rate_day=closing) if at_closing else Decimal(0)
    held = found.value(customer, closing, rate_day=opening) if at_closing else Decimal(0)
    money = {"opening": before, "closing": after, "fx": after - held, "change": held - before, "brought": Decimal(0)}
    if at_opening and at_closing:
        movement = "unchanged" if abs(held - before) <= 1 else "increased" if held > before else "decreased"
        return "out_and_back" if ends else movement, money
    if at_opening:
        return "left" if max(ends) in found.told_ends[customer] else "lapsed", money
    if at_closing:
        return "new" if min(active) >= opens_on else "returned", money
    last_day = max(ends) - ONE_DAY
    return "in_and_out", {**money, "brought": found.value(customer, last_day, rate_day=last_day)}


def figures_by_hand(found: Counted, *, opens_on: date, closes_on: date) -> dict[tuple[str, str], dict[str, Decimal]]:
    sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for customer, groups in found.groups.items():
        row = ledger_row(found, customer, opens_on=opens_on, closes_on=closes_on)
        if row is None:
            continue
        movement, money = row
        for group in groups.items():
            sums[group][f"{movement}_customers"] += 1
            sums[group][f"{movement}_change"] += money["change"]
            for name in ("opening", "closing", "fx", "brought"):
                sums[group][name] += money[name]
    return sums


@pytest.mark.parametrize("period", PERIODS)
def test_the_expected_ledger_is_what_counting_the_files_day_by_day_finds(sample: Sample, counted: Counted, period: str) -> None:
    heads = [row for row in expected_rows(sample, "heads.csv") if row["period"] == period]
    values = [row for row in expected_rows(sample, "value.csv") if row["period"] == period]
    opens_on, closes_on = date.fromisoformat(heads[0]["opens_on"]), date.fromisoformat(heads[0]["closes_on"])
    by_hand = figures_by_hand(counted, opens_on=opens_on, closes_on=closes_on)
    signs = {"new": 1, "returned": 1, "left": -1, "lapsed": -1, "increased": 1, "decreased": -1, "out_and_back": 1}
    for row, value in zip(heads, values, strict=True):
        found = by_hand[row["segment_by"], row["segment"]]
        for movement in (*signs, "in_and_out", "unchanged"):
            assert int(row[f"{movement}_customers"]) == found[f"{movement}_customers"], (row["segment"], movement)
        for movement, sign in signs.items():
            assert Decimal(value[f"{movement}_amount"]) == sign * found[f"{movement}_change"], (row["segment"], movement)
        assert Decimal(value["unchanged_drift_amount"]) == found["unchanged_change"]
        for name, ours in (("opening", "opening"), ("closing", "closing"), ("fx_effect", "fx"), ("in_and_out", "brought")):
            assert Decimal(value[f"{name}_amount"]) == found[ours], (row["segment"], name)


def test_net_amount_of_a_period_is_the_sum_of_its_orders_and_refunds(sample: Sample, counted: Counted) -> None:
    bought = [row for rows in counted.purchases.values() for row in rows]
    quarter = sum(amount for day, amount in bought if date(2026, 7, 1) <= day < date(2026, 10, 1))
    assert {row["period"]: Decimal(row["net_amount"]) for row in expected_rows(sample, "net_amount.csv")}["2026-Q3"] == quarter


def test_the_headline_of_the_extracts_is_what_is_expected_of_them(sample: Sample) -> None:
    (row,) = (row for row in expected_rows(sample, "heads.csv") if (row["period"], row["segment_by"]) == ("2026-Q3", "all"))
    for name in ("opening_customers", "customers_in", "customers_out", "closing_customers"):
        assert getattr(sample.headline, name) == int(row[name]), name


def test_the_movers_listed_are_those_who_came_or_went(sample: Sample) -> None:
    listed = [row["movement"] for row in expected_rows(sample, "movers_2026-Q3.csv")]
    assert sum(movement in ("new", "returned", "in_and_out") for movement in listed) == sample.headline.customers_in
    assert sum(movement in ("left", "lapsed", "in_and_out") for movement in listed) == sample.headline.customers_out


def test_every_file_is_written_as_its_system_writes_it(sample: Sample) -> None:
    folder = sample.folder
    assert (folder / "sales/customers.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "€".encode("cp1252") in (folder / "service/departures.csv").read_bytes()
    survey = (folder / "service/survey_answers.csv").read_text(encoding="utf-8")
    headings = list(csv.reader(io.StringIO(survey, newline="")))[:3]
    assert headings[0] == ["ResponseId", "EndDate", "Q1_NPS", "Q2_Comment", "Occasion", "Ticket"]
    assert headings[2][0] == '{"ImportId":"ResponseId"}'
    assert "ImportId" in headings[2][5]
    assert any("\n" in row["Description"] for row in rows_of(sample, "service/tickets.csv"))
    created = {row["Create Date"][2:3] for row in rows_of(sample, "marketing/leads.csv") if row["Create Date"]}
    assert {"/", "2"} <= created
    first = json.loads((folder / "marketing/referrals.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert set(first) == {"id", "customer", "friend", "day", "why_not"}


def test_the_spreadsheet_closes_with_its_total(sample: Sample) -> None:
    sheet = openpyxl.load_workbook(sample.folder / "marketing/campaigns.xlsx")["Spend"]
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert rows[-1][0] == "Total"
    assert rounded(sum((Decimal(str(row[3])) for row in rows[:-1]), start=Decimal(0))) == rounded(Decimal(str(rows[-1][3])))


def test_names_that_break_careless_programs_are_borne_by_customers_who_moved(sample: Sample) -> None:
    movers = {row["customer_id"] for row in expected_rows(sample, "movers_2026-Q3.csv")}
    rows = rows_of(sample, "sales/customers.csv", delimiter=";", encoding="utf-8-sig")
    names = {row["Name"] for row in rows if row["Customer No."] in movers}
    assert {"=SUM(A1:A9) Coffee", "+Plus Beans", "-Minus Roasters", "@Bean Post", "None", "NULL", "☕🦊 Fuchsbau"} <= names
    assert any(len(name) > 250 for name in names)
    assert any("\u0590" <= letter <= "\u06ff" for name in names for letter in name)


def test_every_kind_of_defect_is_seeded_and_adds_up_with_the_sound_rows(sample: Sample) -> None:
    defects = expected_rows(sample, "defects.csv")
    assert {row["handled"] for row in defects} == {"superseded", "set_aside", "noted", "excluded", "dropped"}
    assert all(int(row["rows"]) > 0 for row in defects if row["handled"] in ("superseded", "set_aside", "dropped"))
    for extract in expected_rows(sample, "extracts.csv"):
        for handled in ("set_aside", "superseded", "dropped"):
            seeded = sum(int(row["rows"]) for row in defects if (row["extract"], row["handled"]) == (extract["extract"], handled))
            assert seeded == int(extract[f"{handled}_rows"])
        assert int(extract["rows"]) == int(extract["used_rows"]) + int(extract["set_aside_rows"]) + int(extract["superseded_rows"])
        parts = sum(Decimal(extract[f"{part}_amount"]) for part in ("used", "set_aside", "superseded"))
        assert parts == Decimal(extract["amount"])


def test_a_totals_row_closes_every_file_of_orders_and_equals_what_is_above_it(sample: Sample) -> None:
    for path in (sample.folder / "sales").glob("orders_*.csv.gz"):
        *rows, total = lines(gzip.decompress(path.read_bytes()).decode(), delimiter=";")
        assert total["Order No."] == "Total"
        assert german_amount(total["Net Amount"]) == sum(german_amount(row["Net Amount"]) or Decimal(0) for row in rows)
        assert "Total" not in {row["Order No."] for row in rows}


def test_the_folder_of_the_demo_company_says_what_was_assumed(sample: Sample) -> None:
    company = load_company("demo")
    activity, value = company.definitions.activity, company.definitions.value
    assert (activity.lapse_days, activity.bridge_days, value.value_days, value.tolerance_amount) == (180, 0, 365, Decimal(1))
    read = {row["extract"]: row for row in expected_rows(sample, "extracts.csv")}
    extracts = company.sources.extracts
    assert {name for name, extract in extracts.items() if extract.dataset} == set(read)
    for name, extract in extracts.items():
        if extract.control_total and extract.control_total.rows is not None:
            assert extract.control_total.rows == int(read[name]["rows"])
        if extract.control_total and extract.control_total.amount is not None:
            assert extract.control_total.amount == Decimal(read[name]["amount"])


def test_the_folder_of_the_demo_company_finds_every_file_that_is_written(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMER_MATH_HOME", "home")
    company = load_company("demo")
    paths = [extract.path for extract in company.sources.extracts.values() if extract.path]
    patterns = [company.resolved_path(path).split("/demo/sample/")[1] for path in paths]
    found = {str(path.relative_to(sample.folder)) for pattern in patterns for path in sample.folder.glob(pattern)}
    assert found == set(sample.rows_by_file)
