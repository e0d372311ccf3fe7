"""What a company corrects by itself: applied to landed rows, counted, reported once it is no longer needed, never lost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
import yaml

from config.company import load_company
from expectations.tie_out import corrections_in_all, corrections_to_look_at
from tasks.correct import correct_landed
from tasks.extract import land_extract
from tasks.store.engine import Home

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.sources import Landed

ABOUT = {"reason": "The service desk found it out.", "owner": "sales", "date": "2026-09-01", "expiry": "2026-12-31"}
TODAY, LATER = date(2026, 11, 1), date(2027, 1, 1)


@dataclass(frozen=True)
class Desk:
    """The small company with corrections."""

    shop: Any
    pipelines: Any
    home: Path

    def correct(self, extract: str, *corrections: dict[str, Any], as_of: date = TODAY) -> Landed:
        written = yaml.safe_dump({"corrections": [ABOUT | each for each in corrections]}, sort_keys=False)
        (self.shop.folder / "corrections.yaml").write_text(written, encoding="utf-8")
        company, settings = load_company(self.shop.folder), self.pipelines.settings_in(self.home)
        home = Home.of(settings, company.name)
        landed = land_extract(company, extract, settings=settings, home=home)
        return correct_landed(company, landed, settings=settings, home=home, as_of=as_of)


@pytest.fixture
def desk(shop: Any, pipelines: Any, tmp_path: Path) -> Desk:
    return Desk(shop(tmp_path / "shop"), pipelines, tmp_path / "home")


def row(landed: Landed, key: str) -> dict[str, Any]:
    return next(row for row in pq.read_table(landed.path).to_pylist() if row["record_key"] == key)


def became(landed: Landed) -> list[tuple[str, int, Any]]:
    return [(each.state, each.rows_count, each.amount) for each in landed.corrections]


def value(key: Any, column: str, wrong: Any, to: Any, extract: str = "orders") -> dict[str, Any]:
    return {"extract": extract, "key": key, "column": column, "from": wrong, "to": to}


def test_a_wrong_customer_is_corrected_and_counted(desk: Desk) -> None:
    landed = desk.correct("orders", value("14", "customer_id", "c99", "c09"))
    assert row(landed, "14")["customer_id"] == "c09"
    assert became(landed) == [("applied", 1, 0)]
    assert landed.fingerprint != landed.uncorrected_fingerprint == landed.source_fingerprint
    assert (landed.rows_count, landed.amount, landed.source_amount) == (16, Decimal("2113.50"), Decimal("2113.50"))


def test_a_wrong_amount_changes_money_and_the_source_keeps_its_total(desk: Desk) -> None:
    landed = desk.correct("orders", value("9", "amount", 70, "75.50"))
    assert became(landed) == [("applied", 1, Decimal("5.50"))]
    assert (landed.amount, landed.source_amount) == (Decimal("2119.00"), Decimal("2113.50"))


def test_a_row_that_is_none_is_left_out_with_its_money(desk: Desk) -> None:
    landed = desk.correct("orders", {"extract": "orders", "key": "15", "drop": True})
    assert became(landed) == [("applied", 1, Decimal("-999.00"))]
    assert (landed.rows_count, landed.records_count) == (15, 16)


def test_a_value_that_could_not_be_read_is_corrected_and_no_longer_complained_of(desk: Desk) -> None:
    desk.shop.change("orders.csv", "4,c03,2026-06-15,30.00", "4,c03,someday,thirty")
    landed = desk.correct("orders", value("4", "purchased_on", "someday", "2026-06-15"), value("4", "amount", "thirty", 30))
    assert became(landed) == [("applied", 1, 0), ("applied", 1, Decimal(30))]
    corrected = row(landed, "4")
    assert (corrected["purchased_on"], corrected["amount"], corrected["unreadable"]) == (date(2026, 6, 15), Decimal(30), None)


def test_what_is_not_recorded_may_be_filled_in_and_what_is_recorded_taken_out(desk: Desk) -> None:
    landed = desk.correct(
        "contracts", value("k3", "ends_on", None, "2026-12-31", "contracts"), value("k1", "ends_on", "2026-08-10", None, "contracts")
    )
    assert (row(landed, "k3")["ends_on"], row(landed, "k1")["ends_on"]) == (date(2026, 12, 31), None)


def test_an_attribute_and_a_rate_are_corrected_like_any_column(desk: Desk) -> None:
    assert row(desk.correct("customers", value("c10", "region", None, "North", "customers")), "c10")["region"] == "North"
    landed = desk.correct("rates", value(["CHF", "2026-08-15"], "rate", "1.06", "1.07", "rates"))
    assert row(landed, "CHF|2026-08-15")["rate"] == Decimal("1.07")


@pytest.mark.parametrize(
    ("correction", "state", "told"),
    [
        (value("13", "amount", 99, 15), "gone", "its error is gone at the source; remove it"),  # the version of before was wrong
        (value("9", "amount", 71, 72), "other value", "the row now holds neither the wrong value nor the right one"),
        (value("99", "amount", 71, 72), "no such row", "there is no row with this key"),
        ({"extract": "orders", "key": "99", "drop": True}, "gone", "its error is gone at the source"),
        ({"merge": ["c77"], "into": "c01"}, "gone", "its error is gone at the source"),
    ],
)
def test_a_correction_that_does_nothing_is_reported_and_changes_nothing(
    desk: Desk, correction: dict[str, Any], state: str, told: str
) -> None:
    landed = desk.correct("orders", correction)
    assert became(landed)[0][:2] == (state, 0)
    assert not landed.uncorrected_fingerprint
    (sentence,) = corrections_to_look_at(landed.corrections)
    assert sentence.startswith("Correction 1 (")
    assert f"; owner sales): {told}" in sentence


def test_an_expired_correction_is_reported_and_no_longer_applied(desk: Desk) -> None:
    landed = desk.correct("orders", value("14", "customer_id", "c99", "c09"), {"merge": ["c02"], "into": "c01"}, as_of=LATER)
    assert became(landed) == [("expired", 0, 0), ("expired", 0, 0)]
    assert row(landed, "14")["customer_id"] == "c99"
    assert "it expired on 2026-12-31 and is no longer applied" in next(corrections_to_look_at(landed.corrections))


def test_merged_customers_are_one_in_every_extract(desk: Desk) -> None:
    merge = {"merge": ["c02", "c03"], "into": "c01"}
    orders, customers = desk.correct("orders", merge), desk.correct("customers", merge)
    assert became(orders) == [("applied", 3, 0)]
    assert {row["customer_id"] for row in pq.read_table(orders.path).to_pylist()} & {"c01", "c02", "c03"} == {"c01"}
    assert became(customers) == [("applied", 2, None)]
    assert customers.rows_count == 9  # 11 less the rows of c02 and c03: the master's own row stays
    assert desk.correct("rates", merge).corrections == ()


def test_a_master_that_nobody_described_takes_over_the_rows_of_those_merged_into_it(desk: Desk) -> None:
    customers = desk.correct("customers", {"merge": ["c02"], "into": "c50"})
    assert {row["customer_id"] for row in pq.read_table(customers.path).to_pylist()} >= {"c50"}
    assert customers.rows_count == 11


def test_the_same_corrections_make_the_same_file_and_none_make_none(desk: Desk) -> None:
    corrected = value("14", "customer_id", "c99", "c09")
    first, again = desk.correct("orders", corrected), desk.correct("orders", corrected | {"reason": "Said in other words."})
    assert first.path == again.path
    assert desk.correct("orders", value("1", "customer_id", "a", "b", "contracts")).corrections == ()


def test_what_a_correction_did_in_all_extracts_is_told_once(desk: Desk) -> None:
    merge = {"merge": ["c02", "c03"], "into": "c01"}
    everywhere = [desk.correct(name, merge, {"merge": ["c77"], "into": "c01"}) for name in ("customers", "orders", "contracts")]
    told = corrections_in_all(each for landed in everywhere for each in landed.corrections)
    assert [(each.number, each.state, each.rows_count, each.amount) for each in told] == [(0, "applied", 5, 0), (1, "gone", 0, 0)]
    without_money = [dataclasses.replace(each, amount=None) for each in told]
    assert [each.amount for each in corrections_in_all([*without_money, *without_money])] == [None, None]
