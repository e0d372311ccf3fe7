"""From a landed extract to accepted rows: what is used, set aside, superseded, refused, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.landed_extracts import AS_OF, LENIENT, desk, extract_of, found, landed_of, purchase, rows_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.landed_extracts import Row


def test_clean_rows_are_all_used_and_every_rule_is_kept(tmp_path: Path) -> None:
    accepted = desk(tmp_path).accept(landed_of(tmp_path, "orders", [purchase(n) for n in range(30)], dataset="purchases"))
    assert (accepted.totals.rows_read_count, accepted.totals.rows_used_count) == (30, 30)
    assert (accepted.totals.amount_used, accepted.totals.amount_residual) == (Decimal(300), Decimal(0))
    assert {verdict.state for verdict in accepted.verdicts} == {"kept"}
    assert found(accepted, "amount_recorded").found == "30 rows, none breaks it"
    assert found(accepted, "has_rows").found == "30 rows"
    assert found(accepted, "fresh").found == "latest is 2026-09-01"
    assert (accepted.covers_from, accepted.covers_through) == (date(2026, 9, 1), date(2026, 9, 1))
    assert "unreadable" not in pq.read_schema(accepted.path).names


def test_rows_that_break_a_rule_are_set_aside_with_every_rule_that_they_break(tmp_path: Path) -> None:
    rows = [
        *(purchase(n) for n in range(5)),
        purchase(5, customer_id=None, amount=Decimal("-2.50")),
        purchase(6, customer_id=None, currency="euro", amount=Decimal("4.50")),
    ]
    accepted = desk(tmp_path, definitions=LENIENT).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    set_aside = {row["purchase_id"]: row["broken_rules"] for row in rows_in(accepted.set_aside_path)}
    assert set_aside == {"p5": "orders.customer_recorded", "p6": "orders.customer_recorded, orders.currency_code"}
    totals = accepted.totals
    assert (totals.rows_used_count, totals.rows_set_aside_count, totals.rows_superseded_count) == (5, 2, 0)
    assert (totals.amount_read, totals.amount_used, totals.amount_set_aside) == (Decimal(52), Decimal(50), Decimal(2))
    recorded = found(accepted, "customer_recorded")
    assert (recorded.unexpected_count, recorded.set_aside_count, recorded.amount) == (2, 2, Decimal(2))
    assert recorded.found == "2 rows of 7; first in orders.csv row 6"


def test_unknown_currency_codes_are_counted_and_their_place_is_named(tmp_path: Path) -> None:
    rows = [purchase(n) for n in range(4)] + [purchase(n, currency="Euro") for n in (4, 5)] + [purchase(6, currency="€")]
    accepted = desk(tmp_path, definitions=LENIENT).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert found(accepted, "currency_code").found == "3 rows of 7; 2 different values; first in orders.csv row 5"


def test_of_a_key_that_is_there_twice_the_latest_version_counts_and_the_other_is_superseded(tmp_path: Path) -> None:
    rows = [
        purchase(1, record_key="a", amount=Decimal(1), changed_at="2026-09-02 08:00:00"),
        purchase(2, record_key="a", amount=Decimal(2), changed_at="2026-09-01T23:00:00Z"),
        purchase(3, record_key="a", amount=Decimal(4), changed_at="2026-09-02T08:00:00+02:00"),
        purchase(4, record_key="b", amount=Decimal(8)),
    ]
    accepted = desk(tmp_path).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert sorted(row["amount"] for row in rows_in(accepted.path)) == [1, 8]
    assert sorted(row["amount"] for row in rows_in(accepted.superseded_path)) == [2, 4]
    assert (accepted.totals.rows_superseded_count, accepted.totals.amount_superseded) == (2, Decimal(6))
    once = found(accepted, "key_once")
    assert (once.state, once.if_broken, once.unexpected_count) == ("broken", "note", 3)
    assert once.found == "3 rows of 4; 2 of them are older versions and are superseded; first in orders.csv row 1"


@pytest.mark.parametrize(
    ("first", "second", "third", "kept"),
    [
        ("31.12.2025 10:00", "01.02.2026 09:00", "15.01.2026 11:00", 2),  # as days, not as text
        ("9", "10", "2", 2),  # as numbers, not as text
        ("b", "c", "a", 2),  # as text where it is neither
        ("2026-01-02", "not yet", None, 1),  # a day counts before a text, a text before nothing
        (None, None, None, 3),  # the one further down in the file
        ("2026-01-02", "2026-01-02", "2026-01-01", 2),  # the same day: again the one further down
    ],
)
def test_which_version_is_the_latest(tmp_path: Path, first: str | None, second: str | None, third: str | None, kept: int) -> None:
    rows = [purchase(n, record_key="a", amount=Decimal(n), changed_at=text) for n, text in enumerate((first, second, third), start=1)]
    orders = extract_of("purchases", read={"dates": ["%d.%m.%Y %H:%M", "%Y-%m-%d"]})
    accepted = desk(tmp_path, orders=orders).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert [row["amount"] for row in rows_in(accepted.path)] == [kept]


def test_rows_without_a_key_are_set_aside_and_supersede_nothing(tmp_path: Path) -> None:
    rows = [purchase(1), purchase(2, record_key=None), purchase(3, record_key=None)]
    accepted = desk(tmp_path, definitions=LENIENT).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert (accepted.totals.rows_used_count, accepted.totals.rows_set_aside_count, accepted.totals.rows_superseded_count) == (1, 2, 0)


def test_rows_keyed_by_their_place_in_the_file_supersede_nothing(tmp_path: Path) -> None:
    rows = [purchase(1, record_key="orders.csv:1"), purchase(1, record_key="orders.csv:2"), purchase(1, record_key="orders.csv:2")]
    orders = extract_of("purchases", key="place_in_file")
    accepted = desk(tmp_path, orders=orders).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert accepted.totals.rows_used_count == 3
    assert found(accepted, "key_once").found.startswith("2 rows of 3; 0 of them are older versions")


def test_a_customer_in_no_silo_is_found_and_set_aside(tmp_path: Path) -> None:
    both = {"customers": extract_of("customers"), "orders": extract_of("purchases")}
    company = desk(tmp_path, definitions=LENIENT, **both)
    customers = company.accept(landed_of(tmp_path, "customers", [{"customer_id": "c1"}, {"customer_id": "c2"}], dataset="customers"))
    orders = landed_of(tmp_path, "orders", [purchase(n) for n in range(6)], dataset="purchases")
    accepted = company.accept(orders, customers_path=customers.path)
    assert {row["customer_id"] for row in rows_in(accepted.set_aside_path)} == {"c0"}
    assert found(accepted, "customer_is_known").found == "2 rows of 6; first in orders.csv row 1"
    assert found(accepted, "customer_is_known").amount == Decimal(20)


def test_without_an_extract_of_customers_nobody_is_unknown_and_the_page_says_so(tmp_path: Path) -> None:
    company = desk(tmp_path)
    accepted = company.accept(landed_of(tmp_path, "orders", [purchase(1)], dataset="purchases"))
    known = found(accepted, "customer_is_known")
    assert known.found == "not judged: the company has no extract of customers to compare with"
    assert (known.rows_count, known.if_broken) == (0, "note")
    assert "not judged" in company.page()


def contract(number: int, **changes: Any) -> Row:
    return {
        "customer_id": f"c{number}",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
        "recurring_amount": Decimal(120),
        "recurring_per": "month",
        **changes,
    }


def test_a_contract_that_ends_before_it_starts_is_set_aside(tmp_path: Path) -> None:
    rows = [
        contract(1),
        contract(2, ends_on=None),
        contract(3, ends_on=date(2026, 1, 1)),
        contract(4, ends_on=date(2025, 12, 31)),
    ]
    company = desk(tmp_path, definitions=LENIENT, contracts=extract_of("contracts"))
    accepted = company.accept(landed_of(tmp_path, "contracts", rows, dataset="contracts"))
    assert [row["customer_id"] for row in rows_in(accepted.set_aside_path)] == ["c4"]
    said = "1 row of 4; first in contracts.csv row 4: ends_on 2025-12-31, starts_on 2026-01-01"
    assert found(accepted, "ends_after_start").found == said
    assert (accepted.covers_from, accepted.covers_through) == (None, None)


def test_how_often_an_amount_recurs_must_be_a_word_that_can_be_annualised(tmp_path: Path) -> None:
    rows = [contract(1), contract(2, recurring_per=None), contract(3, recurring_per="fortnight"), contract(4, recurring_amount=Decimal(-1))]
    company = desk(tmp_path, definitions=LENIENT, contracts=extract_of("contracts"))
    accepted = company.accept(landed_of(tmp_path, "contracts", rows, dataset="contracts"))
    assert {row["customer_id"] for row in rows_in(accepted.set_aside_path)} == {"c3", "c4"}
    assert found(accepted, "recurring_per_known").found == "1 row of 4; 1 different value; first in contracts.csv row 3"
    assert found(accepted, "amount_not_negative").found == "1 row of 4; first in contracts.csv row 4"


def test_days_outside_what_is_plausible_are_set_aside_and_cover_nothing(tmp_path: Path) -> None:
    days = [date(2026, 9, 30), AS_OF, date(2026, 10, 3), date(1990, 1, 1), date(1989, 12, 31)]
    rows = [purchase(n, purchased_on=day) for n, day in enumerate(days)]
    accepted = desk(tmp_path, definitions=LENIENT).accept(landed_of(tmp_path, "orders", rows, dataset="purchases"))
    assert {row["purchased_on"] for row in rows_in(accepted.set_aside_path)} == {date(2026, 10, 3), date(1989, 12, 31)}
    assert (accepted.covers_from, accepted.covers_through) == (date(1990, 1, 1), AS_OF)
    assert found(accepted, "purchase_day_plausible").found == "2 rows of 5; first in orders.csv row 3: purchased_on 2026-10-03"


def test_rows_and_money_that_are_lost_on_the_way_are_refused(tmp_path: Path) -> None:
    landed = landed_of(tmp_path, "orders", [purchase(n) for n in range(3)], dataset="purchases")
    message = desk(tmp_path).refusal(replace(landed, rows_count=4, amount=Decimal("30.01")))
    assert "found a residual of 1 row and 0.01 in money (4 read, 3 used, 0 set aside, 0 superseded)" in message


def test_reasons_that_nobody_mapped_are_listed_and_never_dropped(tmp_path: Path) -> None:
    codes = ["price", "price", "moved", "price ", "price ", None]
    rows = [{"customer_id": "c1", "departed_on": date(2026, 9, 1), "reason_code": code} for code in codes]
    reasons = {"reasons": [{"code": "price", "says": "Too dear."}]}
    company = desk(tmp_path, definitions=reasons, leavers=extract_of("departures"))
    accepted = company.accept(landed_of(tmp_path, "leavers", rows, dataset="departures"))
    assert found(accepted, "reason_listed").found == "3 rows of 6; 2 different values; first in leavers.csv row 3"
    assert accepted.totals.rows_used_count == 6


def test_codes_that_the_company_does_not_list_are_counted_and_not_shown(tmp_path: Path) -> None:
    rows = [{"customer_id": "c1", "departed_on": date(2026, 9, 1), "reason_code": f"{n:02}" + "x" * 70} for n in range(12)]
    company = desk(tmp_path, leavers=extract_of("departures"))
    listed = found(company.accept(landed_of(tmp_path, "leavers", rows, dataset="departures")), "reason_listed").found
    assert "; 12 different values; first in leavers.csv row 1" in listed


def test_a_rule_of_the_companys_own_is_judged_like_the_shared_ones_and_shows_no_attribute(tmp_path: Path) -> None:
    own = {
        "extract": "orders",
        "id": "email_whole",
        "says": "Every address has an @.",
        "why": "We write to it.",
        "check": "matches",
        "column": "email",
        "parameters": {"pattern": "@"},
        "if_broken": "set_aside",
    }
    orders = extract_of("purchases", attributes={"email": "E-Mail"})
    company = desk(tmp_path, definitions={"rules": {"add": [own], "largest_set_aside_rate": 1}}, orders=orders)
    rows = [purchase(1, email="a@b"), purchase(2, email="secret.person"), purchase(3)]
    accepted = company.accept(landed_of(tmp_path, "orders", rows, dataset="purchases", attributes=["email"]))
    assert found(accepted, "email_whole").found == "1 row of 3; first in orders.csv row 2"
    assert "secret.person" not in company.page()


def test_a_rule_that_the_company_relaxes_notes_and_says_why(tmp_path: Path) -> None:
    relax = {"rules": {"relax": [{"rule": "purchases.customer_recorded", "to": "note", "because": "Cash sales have no name."}]}}
    company = desk(tmp_path, definitions=relax)
    accepted = company.accept(landed_of(tmp_path, "orders", [purchase(1, customer_id=None), purchase(2)], dataset="purchases"))
    verdict = found(accepted, "customer_recorded")
    assert (verdict.state, verdict.if_broken, verdict.relaxed_because) == ("broken", "note", "Cash sales have no name.")
    assert accepted.totals.rows_used_count == 2
    assert "Relaxed by the company: Cash sales have no name." in company.page()


@pytest.mark.parametrize("relax", [[], [{"rule": "orders.currency_code", "to": "note", "because": "Written by hand."}]])
def test_a_rule_that_cannot_be_judged_stops(tmp_path: Path, relax: list[Row]) -> None:
    landed = landed_of(tmp_path, "orders", [purchase(1)], dataset="purchases")
    table = pq.read_table(landed.path)
    as_text = table.set_column(table.column_names.index("currency"), "currency", pa.array([["EUR"]]))
    pq.write_table(as_text, landed.path)
    message = desk(tmp_path, definitions={"rules": {"relax": relax}}).refusal(landed)
    assert (
        "orders: rule orders.currency_code (Every currency is a code of three capital letters, as in ISO 4217.) could not be judged:"
        in message
    )
    assert "a rule that is not judged lets anything pass" in message


def test_the_rows_of_every_table_stand_in_the_order_of_landing(tmp_path: Path) -> None:
    rows = [purchase(n, record_key=f"k{n - n % 9 // 8}", customer_id=f"c{n % 50}") for n in range(20_000)]
    both = {"customers": extract_of("customers"), "orders": extract_of("purchases")}
    company = desk(tmp_path, definitions=LENIENT, **both)
    customers = company.accept(landed_of(tmp_path, "customers", [{"customer_id": f"c{n}"} for n in range(1, 50)], dataset="customers"))
    orders = landed_of(tmp_path, "orders", rows, dataset="purchases")
    # Several groups of rows are what lets the engine's threads share the work.
    pq.write_table(pq.read_table(orders.path), orders.path, row_group_size=2048)
    accepted = company.accept(orders, customers_path=customers.path)
    tables = [[row["source_row"] for row in rows_in(path)] for path in (accepted.path, accepted.set_aside_path, accepted.superseded_path)]
    assert all(places and places == sorted(places) for places in tables)
    assert sorted(place for places in tables for place in places) == list(range(1, 20_001))


def test_the_same_extract_under_the_same_rules_is_not_judged_again(tmp_path: Path) -> None:
    landed = landed_of(tmp_path, "orders", [purchase(1)], dataset="purchases")
    first = desk(tmp_path).accept(landed)
    written_at = first.path.stat().st_mtime_ns
    assert desk(tmp_path).accept(landed) == first
    assert first.path.stat().st_mtime_ns == written_at
    relax = {"rules": {"relax": [{"rule": "orders.readable", "to": "note", "because": "Another choice."}]}}
    assert desk(tmp_path, definitions=relax).accept(landed).fingerprint != first.fingerprint
    assert desk(tmp_path).accept(landed, as_of=date(2026, 10, 3)).fingerprint != first.fingerprint


def test_a_folder_that_is_half_there_is_written_anew(tmp_path: Path) -> None:
    landed = landed_of(tmp_path, "orders", [purchase(1)], dataset="purchases")
    first = desk(tmp_path).accept(landed)
    (first.path.parent / "outcome.json").unlink()
    assert desk(tmp_path).accept(landed) == first


def test_extracts_without_money_have_rows_only(tmp_path: Path) -> None:
    rows = [{"customer_id": "c1", "opened_on": date(2026, 9, 1), "closed_on": date(2026, 8, 1)}]
    company = desk(tmp_path, tickets=extract_of("tickets"))
    accepted = company.accept(landed_of(tmp_path, "tickets", rows, dataset="tickets"))
    assert (accepted.totals.amount_read, accepted.totals.amount_residual) == (None, None)
    late = found(accepted, "closed_after_opened")
    assert (late.state, late.amount, accepted.totals.rows_used_count) == ("broken", None, 1)


def test_scores_off_the_scale_are_set_aside_with_the_score(tmp_path: Path) -> None:
    rows = [{"customer_id": "c1", "answered_on": date(2026, 9, 1), "score": score} for score in (0, 10, None, 99, -1)]
    company = desk(tmp_path, definitions=LENIENT, surveys=extract_of("surveys"))
    accepted = company.accept(landed_of(tmp_path, "surveys", rows, dataset="surveys"))
    assert found(accepted, "score_in_range").found == "2 rows of 5; first in surveys.csv row 4: score 99"


def test_two_rates_for_one_currency_and_day_stop(tmp_path: Path) -> None:
    rows = [{"currency": "USD", "rate_on": date(2026, 9, 1), "rate": rate} for rate in (Decimal("0.9"), Decimal("0.91"))]
    rows.append({"currency": "GBP", "rate_on": date(2026, 9, 1), "rate": Decimal(0)})
    company = desk(tmp_path, definitions=LENIENT, rates=extract_of("exchange_rates"))
    message = company.refusal(landed_of(tmp_path, "rates", rows, dataset="exchange_rates"))
    assert "rule rates.one_rate_a_day stops the run. Expected: There is one rate for a currency and day. Found: 2 rows of 3" in message
    assert "rate_positive" not in message
