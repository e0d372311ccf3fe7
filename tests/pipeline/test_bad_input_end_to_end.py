"""Bad input from file to ledger: refused with a sentence, or set aside and counted; never lost, never a traceback."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from expectations.verdict import RefusedError
from tasks.customer_math.ledger.periods import PeriodError
from tasks.sources import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from expectations.verdict import Accepted

PURCHASES = ("customers", "orders")
MORE_ORDERS = tuple(f"{number} | c08 | 2026-09-01 | 1.00 | EUR | shipped | 2026-09-01" for number in range(100, 140))


@pytest.fixture
def company(shop: Any, tmp_path: Path) -> Callable[..., Any]:
    """The small company, with its purchases only unless told otherwise."""
    return lambda only=PURCHASES, **changes: shop(tmp_path / "shop", only=only, **changes)


@pytest.fixture
def stages(pipelines: Any, tmp_path: Path) -> Callable[..., Any]:
    """Reads and judges a company's extracts."""
    return lambda company, **named: pipelines.read_and_validate(company.folder, tmp_path / "home", **named)


@pytest.fixture
def refusal(stages: Callable[..., Any], tmp_path: Path) -> Callable[..., str]:
    """What is said when a company's data is refused; nothing of a scorecard is left behind."""

    def said(company: Any, *, period: str = "2026-08", **named: Any) -> str:
        with pytest.raises((SourceError, RefusedError, PeriodError)) as refused:
            stages(company, **named).publish(period)
        assert list((tmp_path / "home").glob("shop/scorecards/*/*")) == []
        assert list((tmp_path / "home").rglob("*.partial")) == []
        return str(refused.value)

    return said


def finding(accepted: Accepted, rule: str) -> str:
    (found,) = [verdict.found for verdict in accepted.verdicts if verdict.rule_id == f"{accepted.extract}.{rule}"]
    return found


def counts(accepted: Accepted) -> tuple[int, int, int, int]:
    totals = accepted.totals
    return totals.rows_read_count, totals.rows_used_count, totals.rows_set_aside_count, totals.rows_superseded_count


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("day,amount,", "day,net_amount,", "orders: orders.csv: expected a column `amount`, found `id`, `customer`, `day`, `net_amount`"),
        ("2,c02,2026-08-12,60.00,EUR", '2,"c02,2026-08-12,60.00,EUR', "orders: orders.csv, row 2 below the headings: "),
        ("2,c02,2026-08-12,60.00,EUR", "2,c02,2026-08-12,60.00,EUR,EUR", "orders: orders.csv, row 2 below the headings: expected 7 values"),
        (
            "2,c02,2026-08-12,60.00,EUR",
            "2,c02,2026-08-12,60.00",
            "orders: orders.csv, row 2 below the headings: expected 7 values, found 6",
        ),
    ],
    ids=["missing column", "truncated quote", "a value too many", "a value too few"],
)
def test_a_file_that_is_not_as_declared_is_refused_with_file_row_and_column(
    company: Callable[..., Any], refusal: Callable[..., str], old: str, new: str, message: str
) -> None:
    spoilt = company()
    spoilt.change("orders.csv", old, new)
    assert refusal(spoilt).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "orders: orders.csv: is empty, expected a row of headings at least; export it again"),
        (b"\x00\xff\xfe\x00PK\x03\x04\x9d", "orders: orders.csv, line 1: expected text in utf-8, found the byte 0xff"),
        (
            None,
            "orders: expected a file at {folder}/orders.csv, found none (the folder has: customers.csv, definitions.yaml, sources.yaml)",
        ),
    ],
    ids=["empty", "no text", "no file"],
)
def test_a_file_that_cannot_be_read_is_refused(
    company: Callable[..., Any], refusal: Callable[..., str], content: bytes | None, message: str
) -> None:
    spoilt = company()
    if content is None:
        (spoilt.folder / "orders.csv").unlink()
    else:
        (spoilt.folder / "orders.csv").write_bytes(content)
    assert refusal(spoilt).startswith(message.format(folder=spoilt.folder))


def test_a_packed_file_that_was_cut_off_is_refused(company: Callable[..., Any], refusal: Callable[..., str]) -> None:
    spoilt = company(orders={"path": "orders.csv.gz"})
    (spoilt.folder / "orders.csv.gz").write_bytes(b"\x1f\x8b\x08\x00 cut off")
    assert refusal(spoilt).startswith("orders: orders.csv.gz: expected a whole gzip file, found: ")


def test_a_file_of_headings_only_is_refused_by_name_of_the_rule(company: Callable[..., Any], refusal: Callable[..., str]) -> None:
    spoilt = company()
    (spoilt.folder / "orders.csv").write_text("id,customer,day,amount,currency,state,changed\n", encoding="utf-8")
    message = refusal(spoilt)
    assert message.startswith("orders: rule orders.has_rows stops the run. Expected: There is at least one row. Found: 0 rows; ")


def test_a_file_whose_days_are_written_otherwise_is_refused_with_the_rule_and_an_example(
    company: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    message = refusal(company(orders={"read": {"dates": ["%d.%m.%Y"]}}))
    assert "orders: 15 of 16 rows are set aside (93.8%, 2,014.50 in money), expected at most 20.0%; most by orders.readable (15)" in message
    assert (
        "; orders.readable: 15 rows of 15; 15 purchased_on; first in orders.csv row 1: written as `9999-99-99`; the rows are in " in message
    )


def test_a_day_in_the_year_20211_is_set_aside_with_the_place_where_it_stands(
    company: Callable[..., Any], stages: Callable[..., Any]
) -> None:
    spoilt = company()
    spoilt.change("orders.csv", "12,c10,2026-07-25", "12,c10,20211-07-25")
    orders = stages(spoilt).accepted["orders"]
    assert finding(orders, "readable").endswith("1 purchased_on; first in orders.csv row 12: written as `99999-99-99`")
    assert (counts(orders), orders.totals.amount_set_aside) == ((16, 13, 2, 1), Decimal(10) + Decimal(500))


def test_a_currency_that_has_no_rate_is_named_with_its_day(company: Callable[..., Any], refusal: Callable[..., str]) -> None:
    spoilt = company()
    spoilt.add("orders.csv", "20 | c08 | 2026-08-21 | 5.00 | XTS | shipped | 2026-08-21")
    assert refusal(spoilt) == (
        "purchases: no exchange rate to EUR for XTS on 2026-08-21 (1 purchase); expected a rate at most 200 days old; "
        "bring it in an extract of `exchange_rates`"
    )


def test_a_currency_that_is_none_is_set_aside(company: Callable[..., Any], stages: Callable[..., Any]) -> None:
    spoilt = company()
    spoilt.add("orders.csv", "20 | c08 | 2026-08-21 | 5.00 | Euro | shipped | 2026-08-21")
    orders = stages(spoilt).accepted["orders"]
    assert finding(orders, "currency_code").startswith("1 row of 16")
    assert orders.totals.amount_set_aside == Decimal(500) + Decimal(5)


def test_an_amount_without_its_currency_is_refused_as_such(company: Callable[..., Any], refusal: Callable[..., str]) -> None:
    spoilt = company()
    spoilt.add("orders.csv", "20 | c08 | 2026-08-21 | 5.00 | | shipped | 2026-08-21")
    assert refusal(spoilt).startswith("purchases: no exchange rate to EUR for no currency on 2026-08-21 (1 purchase)")


def test_a_contract_in_a_currency_without_a_rate_for_a_day_is_named_with_both(
    company: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    spoilt = company(only=("customers", "orders", "contracts", "rates"), definitions={"value": {"rate_carried_days": 30}})
    assert refusal(spoilt).startswith(
        "contracts: no exchange rate to EUR for CHF on 2026-05-31 (1 contract); expected a rate at most 30 days"
    )


def test_a_rate_of_the_companys_own_currency_doubles_nothing(company: Callable[..., Any], stages: Callable[..., Any]) -> None:
    with_own_rate = company(only=("customers", "orders", "contracts", "rates"))
    with_own_rate.add("rates.csv", "EUR | 2026-04-30 | 1")
    figures = stages(with_own_rate).figures(["2026-07"])
    closing = figures["2026-07", "all", "all", "closing_amount"]
    assert closing == Decimal(120) + 1200 * Decimal("1.05") + 30 + Decimal("45.50") + 20 + 50 + 80 + 10


def test_of_a_key_that_is_there_twice_the_latest_version_counts(company: Callable[..., Any], stages: Callable[..., Any]) -> None:
    orders = stages(company()).accepted["orders"]
    assert (counts(orders), orders.totals.amount_superseded) == ((16, 14, 1, 1), Decimal(99))
    assert finding(orders, "key_once").startswith("2 rows of 16; 1 of them are older versions and are superseded")
    used = {row["purchase_id"]: row["amount"] for row in pq.read_table(orders.path).to_pylist()}
    assert used["13"] == Decimal(15)


def test_a_customer_whom_no_silo_knows_is_set_aside_and_counted_in_rows_and_money(
    company: Callable[..., Any], stages: Callable[..., Any]
) -> None:
    judged = stages(company())
    orders = judged.accepted["orders"]
    assert (orders.totals.rows_set_aside_count, orders.totals.amount_set_aside) == (1, Decimal(500))
    assert finding(orders, "customer_is_known").startswith("1 row of 15; first in orders.csv row 14")
    assert judged.figures(["2026-08"])["2026-08", "all", "all", "new_customers"] == 1


def test_a_contract_that_ends_before_it_starts_is_set_aside_and_counted(company: Callable[..., Any], stages: Callable[..., Any]) -> None:
    spoilt = company(only=("customers", "contracts", "rates"), definitions={"rules": {"largest_set_aside_rate": 0.5}})
    spoilt.change("contracts.csv", "k2,c06,2026-08-03,2026-08-20", "k2,c06,2026-08-20,2026-08-03")
    judged = stages(spoilt)
    contracts = judged.accepted["contracts"]
    assert (counts(contracts), contracts.totals.amount_set_aside) == ((3, 2, 1, 0), Decimal(10))
    assert finding(contracts, "ends_after_start").startswith("1 row of 3; first in contracts.csv row 2: ends_on 2026-08-03, starts_on")
    assert judged.figures(["2026-08"])["2026-08", "all", "all", "in_and_out_customers"] == 0


def test_a_control_total_that_the_source_declares_is_held_to_the_unit_and_the_cent(
    company: Callable[..., Any], refusal: Callable[..., str]
) -> None:
    message = refusal(company(orders={"control_total": {"rows": 17, "amount": "2113.51"}}))
    assert message.startswith("orders: its control total says 17 rows, found 16; get the whole extract, correct `control_total`")
    assert "orders: its control total says 2,113.51 in money, found 2,113.50; get the whole extract" in message


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ("2026-10", "sales extract orders ends 2026-09-30, 2026-10 needs 2026-10-31: the extracts cover 2026-05-02 to 2026-09-30; "),
        ("2026-04", "2026-04 ends 2026-04-30, before anything was recorded: the extracts cover 2026-05-02 to 2026-09-30; ask for a later"),
    ],
)
def test_a_period_that_is_not_covered_is_refused_with_what_is(
    company: Callable[..., Any], refusal: Callable[..., str], period: str, message: str
) -> None:
    assert refusal(company(), period=period).startswith(message)


def test_a_mistyped_day_ahead_covers_nothing(company: Callable[..., Any], refusal: Callable[..., str]) -> None:
    spoilt = company(orders={"covers_through": None})
    spoilt.add("orders.csv", *MORE_ORDERS, "20 | c08 | 2062-08-21 | 5.00 | EUR | shipped | 2026-08-21")
    message = refusal(spoilt, period="2026-09", today=date(2026, 10, 2))
    assert message.startswith("sales extract orders ends 2026-09-15, 2026-09 needs 2026-09-30: the extracts cover 2026-05-02 to 2026-09-15")


def test_a_reason_that_nobody_listed_is_noted_and_kept(company: Callable[..., Any], stages: Callable[..., Any]) -> None:
    spoilt = company(only=("customers", "orders", "departures"))
    spoilt.change("departures.csv", "price", "weather")
    judged = stages(spoilt)
    assert finding(judged.accepted["departures"], "reason_listed").startswith("1 row of 1")
    assert counts(judged.accepted["departures"]) == (1, 1, 0, 0)
    assert judged.figures(["2026-08"])["2026-08", "all", "all", "left_customers"] == 1
