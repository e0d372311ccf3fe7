"""From files as they are exported to accepted rows, or to a refusal that says what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from config.company import Company
from config.definitions import Definitions
from config.settings import Settings
from config.sources import Sources
from expectations.verdict import Accepted, RefusedError
from tasks.extract import land_extract
from tasks.store.engine import Home
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2026, 10, 2)
ORDERS = {
    "silo": "sales",
    "dataset": "purchases",
    "path": "orders.csv",
    "key": ["id"],
    "columns": {"customer_id": "customer", "purchased_on": "day", "amount": "amount"},
}
HEADINGS = "id,customer,day,amount,changed\n"
LENIENT = {"largest_set_aside_rate": 1}


@dataclass(frozen=True)
class Exported:
    """A company with one file of orders."""

    folder: Path

    def accept(self, rows: list[str], *, as_of: date = AS_OF, definitions: dict[str, Any] | None = None, **changes: Any) -> Accepted:
        (self.folder / "orders.csv").write_text(HEADINGS + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        said = {"company": "Tried", "currency": "EUR", "time_zone": "UTC", "sells_by": ["repeat_purchase"], **(definitions or {})}
        sources = Sources.model_validate({"extracts": {"orders": {**ORDERS, **changes}}})
        company = Company(self.folder, Definitions.model_validate(said), sources)
        settings = Settings(self.folder, slack_token=None, slack_channel=None, slack_url="", memory_limit="512MB", threads=2)
        home = Home.of(settings, "tried")
        landed = land_extract(company, "orders", settings=settings, home=home)
        return accept_extract(company, landed, customers_path=None, settings=settings, home=home, as_of=as_of)

    def refusal(self, rows: list[str], **options: Any) -> str:
        with pytest.raises(RefusedError) as refused:
            self.accept(rows, **options)
        return str(refused.value)

    def pages(self) -> list[str]:
        return [page.read_text(encoding="utf-8") for page in self.folder.glob("tried/accepted/orders/*/validation.html")]


@pytest.fixture
def exported(tmp_path: Path) -> Exported:
    return Exported(tmp_path)


def order(number: int, *, customer: str = "c1", day: str = "2026-09-01", amount: str = "10.00", changed: str = "") -> str:
    return f"p{number},{customer},{day},{amount},{changed}"


def finding(accepted: Accepted, rule: str) -> str:
    (found,) = [verdict.found for verdict in accepted.verdicts if verdict.rule_id == f"orders.{rule}"]
    return found


def test_days_that_are_none_are_named_with_their_place_and_set_aside(exported: Exported) -> None:
    rows = [*map(order, range(6)), order(7, day="20211-03-04"), order(8, day="2026-13-45", amount="1O")]
    accepted = exported.accept(rows, definitions={"rules": LENIENT})
    assert finding(accepted, "readable") == "2 rows of 8; 2 purchased_on, 1 amount; first in orders.csv row 7: written as `99999-99-99`"
    set_aside = pq.read_table(accepted.set_aside_path).to_pylist()
    assert [row["broken_rules"].split(", ")[0] for row in set_aside] == ["orders.readable", "orders.readable"]
    assert (accepted.totals.rows_used_count, accepted.totals.rows_set_aside_count) == (6, 2)


@pytest.mark.parametrize(
    ("day", "cure"),
    [
        ("1788231600", 'written as `9999999999` (seconds since 1970, it seems: `read: {dates: ["%s"]}`)'),
        ("46023", 'written as `99999` (a day number of a sheet, it seems: `read: {dates: ["excel_1900"]}`)'),
        ("#VALUE!", '#VALUE! (mend the formula, or, if it means that nothing is recorded, `read: {null_texts: ["#VALUE!"]}`)'),
    ],
)
def test_a_value_that_could_not_be_read_says_the_line_that_reads_it(exported: Exported, day: str, cure: str) -> None:
    accepted = exported.accept([order(1), order(2, day=day)], definitions={"rules": LENIENT})
    assert finding(accepted, "readable") == f"1 row of 2; 1 purchased_on; first in orders.csv row 2: {cure}"


def test_an_error_instead_of_a_customer_is_set_aside_with_its_column(exported: Exported) -> None:
    accepted = exported.accept([order(1), order(2, customer="#N/A")], definitions={"rules": LENIENT})
    assert finding(accepted, "readable").startswith("1 row of 2; 1 customer_id; first in orders.csv row 2: #N/A (mend the formula")
    assert accepted.totals.rows_set_aside_count == 1


def test_ids_that_were_cleaned_are_counted_on_the_page_without_an_id(exported: Exported) -> None:
    accepted = exported.accept([order(1, customer="c1"), order(2, customer="\u200ec1"), order(3, customer="C1")])
    alike = (
        "`customer`: 2 ids differ only in capitals from another and count as different; if they are the same, write `ids: {case: lower}`."
    )
    assert accepted.notes == (
        "orders: `customer`: ids were landed without signs that nobody sees in 1 row.",
        f"orders: {alike}",
    )
    (page,) = exported.pages()
    assert "ids were landed without signs that nobody sees in 1 row." in page
    definitions = {"ids": {"case": "lower"}}
    assert exported.accept([order(1, customer="c1"), order(2, customer="C1")], definitions=definitions).notes == ()


def test_versions_changed_at_seconds_since_1970_are_in_order(exported: Exported) -> None:
    rows = [order(1, day="1788231600", amount="1", changed="1788231600"), order(1, day="1788231600", amount="2", changed="999999999")]
    assert exported.accept(rows, changed_at="changed", read={"dates": ["%s"]}).totals.amount_used == Decimal(1)


def test_a_key_that_is_there_twice_counts_once_in_its_latest_version(exported: Exported) -> None:
    rows = [
        order(1, amount="1", changed="2026-09-03"),
        order(1, amount="2", changed="2026-09-02"),
        order(2, amount="4", changed="2026-09-01"),
    ]
    accepted = exported.accept(rows, changed_at="changed")
    assert accepted.totals.amount_used == Decimal(5)
    assert (accepted.totals.rows_superseded_count, accepted.totals.amount_superseded) == (1, Decimal(2))
    assert finding(accepted, "key_once").startswith(
        "2 rows of 3; 1 of them are older versions and are superseded; first in orders.csv row 1"
    )


def test_a_file_with_headings_only_is_refused(exported: Exported) -> None:
    message = exported.refusal([])
    assert "orders: rule orders.has_rows stops the run. Expected: There is at least one row. Found: 0 rows; expected at least 1." in message
    assert "validation.html; mend the extract, or relax the rule with a reason under `rules.relax` in definitions.yaml" in message
    assert "Refused." in exported.pages()[0]


def test_what_was_refused_is_judged_anew_and_leaves_nothing_half_written(exported: Exported) -> None:
    assert exported.refusal([]) == exported.refusal([])
    assert len(exported.pages()) == 1
    assert list(exported.folder.glob("tried/accepted/orders/.*")) == []


def test_an_old_file_is_refused_though_one_mistyped_day_lies_ahead(exported: Exported) -> None:
    rows = [*(order(number, day="2026-08-01") for number in range(40)), order(41, day="2062-08-01")]
    message = exported.refusal(rows, covers_through="2026-09-30")
    assert "rule orders.fresh stops the run" in message
    assert "Found: latest is 2026-08-01; expected at least 2026-08-30." in message


def test_too_large_a_share_set_aside_is_refused_and_its_rows_are_there_to_look_at(exported: Exported) -> None:
    message = exported.refusal([order(number, customer="" if number < 2 else "c1") for number in range(20)])
    assert (
        "orders: 2 of 20 rows are set aside (10.0%, 20.00 in money), expected at most 5.0%; most by orders.customer_recorded (2)" in message
    )
    assert "to raise `rules.largest_set_aside_rate` in definitions.yaml would leave these rows, 20.00 in money out of every" in message
    (set_aside,) = exported.folder.glob("tried/accepted/orders/*/set_aside.parquet")
    assert str(set_aside) in message
    assert pq.read_metadata(set_aside).num_rows == 2


def test_a_share_at_the_limit_is_accepted(exported: Exported) -> None:
    accepted = exported.accept([order(number, customer="" if number < 1 else "c1") for number in range(20)])
    assert accepted.totals.rows_set_aside_count == 1


DECLARED = {"rows": 4, "amount": "40.50"}
ALLOWED = {"allowed_differences": [{"extract": "orders", "because": "One file is late.", "until": "2026-10-02"}]}


def test_a_control_total_that_differs_is_refused(exported: Exported) -> None:
    message = exported.refusal([order(number) for number in range(3)], control_total=DECLARED)
    assert "orders: its control total says 4 rows, found 3; get the whole extract" in message
    assert "orders: its control total says 40.50 in money, found 30.00; get the whole extract" in message


def test_a_control_total_may_differ_by_name_until_a_day(exported: Exported) -> None:
    rows = [order(number) for number in range(3)]
    assert exported.accept(rows, control_total=DECLARED, definitions=ALLOWED).totals.rows_used_count == 3
    late = exported.refusal(rows, control_total=DECLARED, definitions=ALLOWED, as_of=date(2026, 10, 3))
    assert "found 3 (a difference was allowed until 2026-10-02)" in late


def test_rows_that_are_dropped_are_no_part_of_the_control_total(exported: Exported) -> None:
    rows = [*(order(number) for number in range(3)), "Total,,,30.00,"]
    read = {"drop_rows_where": {"id": "Total"}}
    accepted = exported.accept(rows, read=read, control_total={"rows": 3, "amount": "30"})
    assert replace(accepted.totals, extract="") == replace(accepted.totals, extract="", rows_read_count=3, rows_used_count=3)
