"""Rows that count for less, or otherwise, than one would think: readers know of each kind, and of how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tasks.sources import SourceError
from tasks.store.engine import engine
from tasks.store.history import write_history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def notes(pipelines: Any, tmp_path: Path) -> Callable[[Any], tuple[str, ...]]:
    """What readers must know of the extracts of a small company, as it is found while its history is written."""

    def found(company: Any) -> tuple[str, ...]:
        stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
        with engine(stages.settings) as connection:
            history = write_history(connection, stages.company, tuple(stages.accepted.values()), landings=[], folder=tmp_path / "history")
        return tuple(history[1])

    return found


def test_a_company_whose_rows_all_count_has_no_notes(shop: Any, notes: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"])
    assert notes(company) == ()


@pytest.mark.parametrize(("ends", "noted"), [("2026-08-04", 0), ("2026-08-03", 1)])
def test_a_contract_that_covers_no_day_is_counted_in_a_note(shop: Any, notes: Any, tmp_path: Path, ends: str, noted: int) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"])
    company.change("contracts.csv", "2026-08-03,2026-08-20", f"2026-08-03,{ends}")
    says = "Rows of contracts that end on the day on which they start, cover no day and count for nothing: 1."
    assert notes(company) == (says,) * noted


@pytest.mark.parametrize(("day", "noted"), [("2026-09-30", 0), ("2026-10-01", 1)])
def test_a_row_after_the_last_day_covered_is_counted_in_a_note(shop: Any, notes: Any, tmp_path: Path, day: str, noted: int) -> None:
    company = shop(tmp_path / "shop")
    company.change("orders.csv", "12,c10,2026-07-25", f"12,c10,{day}")
    company.change("contracts.csv", "k2,c06,2026-08-03,2026-08-20", f"k2,c06,{day},2027-08-20")
    says = [
        f"Rows of {name} after 2026-09-30, the last day that the extract covers, which no period counts yet: 1."
        for name in ("orders", "contracts")
    ]
    assert [note for note in notes(company) if "the last day" in note] == says * noted


def test_a_state_of_today_that_does_not_count_is_said_to_hold_for_the_whole_past(shop: Any, notes: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"], contracts={"constants": {"status": "test"}})
    says = "Contracts in a state that does not count (test): 3; today's state is applied to the whole past of 3 contracts."
    assert notes(company) == (says,)


ORDERS = {
    "july": "c01,2026-07-31,10.00\nc02,2026-07-31,20.00\nc02,2026-07-31,20.00",
    "august": "c02,2026-07-31,20.00\nc02,2026-08-01,20.00",
}
"""Two exports that overlap by a day; in the first, one row is there twice because it was bought twice."""
ONCE_MORE = (
    "Rows of orders that another of its files holds too, equal in everything: 1 (20.00 EUR); they count again. "
    "`key: nth_of_equal_rows` in sources.yaml counts them once."
)


@pytest.mark.parametrize(("key", "noted", "used", "superseded"), [("place_in_file", (ONCE_MORE,), 5, 0), ("nth_of_equal_rows", (), 4, 1)])
def test_rows_of_exports_that_overlap_are_noted_or_counted_once_by_their_key(
    shop: Any, pipelines: Any, notes: Any, tmp_path: Path, key: str, noted: tuple[str, ...], used: int, superseded: int
) -> None:
    columns = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    company = shop(tmp_path / "shop", only=["orders"], orders={"columns": columns, "path": "export-*.csv", "key": key, "changed_at": None})
    for name, rows in ORDERS.items():
        (company.folder / f"export-{name}.csv").write_text(f"customer,day,amount\n{rows}\n", encoding="utf-8")
    company.change("sources.yaml", "covers_through: '2026-09-30'", "covers_through: '2026-08-31'")
    assert notes(company) == noted
    totals = pipelines.read_and_validate(company.folder, tmp_path / "home").accepted["orders"].totals
    assert (totals.rows_used_count, totals.rows_superseded_count, totals.amount_superseded) == (used, superseded, 20 * superseded)
    assert (totals.rows_residual_count, totals.amount_residual) == (0, 0)


@pytest.mark.parametrize("hands_on", [True, False])
def test_files_that_its_own_sql_reads_are_compared_where_it_hands_on_their_names(
    shop: Any, pipelines: Any, tmp_path: Path, hands_on: bool
) -> None:
    columns = {"customer_id": "customer", "purchased_on": "day", "amount": "amount"}
    sql = f"SELECT {'source_file, source_row, ' if hands_on else ''}customer, day, amount FROM orders"
    orders = {"columns": columns, "path": "export-*.csv", "key": "nth_of_equal_rows", "changed_at": None, "sql": sql}
    company = shop(tmp_path / "shop", only=["orders"], orders=orders)
    company.change("sources.yaml", "covers_through: '2026-09-30'", "covers_through: '2026-08-31'")
    for name, rows in ORDERS.items():
        (company.folder / f"export-{name}.csv").write_text(f"customer,day,amount\n{rows}\n", encoding="utf-8")
    if hands_on:
        totals = pipelines.read_and_validate(company.folder, tmp_path / "home").accepted["orders"].totals
        assert (totals.rows_read_count, totals.rows_superseded_count) == (5, 1)
    else:
        with pytest.raises(SourceError, match=r"expected `source_file` and `source_row` among its columns.*write `SELECT source_file"):
            pipelines.read_and_validate(company.folder, tmp_path / "home")


@pytest.mark.parametrize(("amount", "noted"), [("25.00", True), ("-25.00", False)])
def test_a_state_that_sounds_like_a_refund_and_counts_as_a_sale_is_told(
    shop: Any, pipelines: Any, tmp_path: Path, amount: str, noted: bool
) -> None:
    company = shop(tmp_path / "shop", only=["orders"], definitions={"activity": {"lapse_days": 60, "excluded_statuses": ["test"]}})
    company.change("orders.csv", "7,c07,2026-08-20,25.00,EUR,shipped", f"7,c07,2026-08-20,{amount},EUR,refunded")
    published = pipelines.read_and_validate(company.folder, tmp_path / "home").publish("2026-08")
    page = (published.folder / "validation" / "index.html").read_text(encoding="utf-8")
    assert ("which sounds like a refund, count as sales: 1 (25.00 in their own currencies)." in page) == noted


@pytest.mark.parametrize(
    ("amount", "currency", "noted"), [("100.00", "EUR", 0), ("100.005", "EUR", 1), ("100.5", "JPY", 1), ("100.005", "KWD", 0)]
)
def test_amounts_finer_than_their_currency_are_counted_in_a_note(
    shop: Any, notes: Any, tmp_path: Path, amount: str, currency: str, noted: int
) -> None:
    company = shop(tmp_path / "shop", only=["orders", "rates"])
    company.change("orders.csv", "3,c01,2026-08-10,100.00,EUR", f"3,c01,2026-08-10,{amount},{currency}")
    company.add("rates.csv", *(f"{code},2026-08-01,1.5" for code in ("JPY", "KWD")))
    rounded = [note for note in notes(company) if "decimals" in note]
    assert rounded == ["Amounts of orders with more decimals than their currency has, each rounded once: 1."] * noted


@pytest.mark.parametrize(("zero_amount_counts", "new"), [(False, 1), (True, 2)])
def test_a_free_order_makes_a_customer_only_where_the_company_counts_it(
    shop: Any, pipelines: Any, tmp_path: Path, zero_amount_counts: bool, new: int
) -> None:
    activity = {"lapse_days": 60, "excluded_statuses": ["test"], "zero_amount_counts": zero_amount_counts}
    company = shop(tmp_path / "shop", only=["orders"], definitions={"activity": activity})
    company.change("orders.csv", "3,c01,2026-08-10,100.00", "3,c01,2026-08-10,0.00")
    figures = pipelines.read_and_validate(company.folder, tmp_path / "home").figures(["2026-08"])
    assert figures["2026-08", "all", "all", "new_customers"] == new


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        pytest.param("k2,c06,2026-08-03,2026-08-20,-4.00,month,EUR", "Contracts", id="a line of a contract that counts"),
        pytest.param("k9,c06,2026-08-03,2026-08-20,-4.00,month,EUR", "Customers", id="a line of a customer whose contract counts"),
        pytest.param("k9,c06,2026-08-03,2026-08-01,4.00,month,EUR", None, id="a contract of its own that is not negative"),
        pytest.param("k9,c99,2026-08-03,2026-08-20,-4.00,month,EUR", None, id="a line of nobody whose contracts count"),
    ],
)
def test_a_whole_of_which_a_part_is_set_aside_is_counted_in_a_note(
    shop: Any, notes: Any, tmp_path: Path, line: str, noted: str | None
) -> None:
    tolerant = {"rules": {"largest_set_aside_rate": 0.5}}
    company = shop(tmp_path / "shop", only=["contracts", "rates"], contracts={"key": ["id", "amount"]}, definitions=tolerant)
    company.add("contracts.csv", line)
    says = "of which a row is set aside, so that the rest counts without it: 1 (-4.00 in their own currencies)."
    assert notes(company) == ((f"{noted} in contracts {says}",) if noted else ())


@pytest.mark.parametrize(("nets_with", "customer", "noted"), [("contract", "c06", 1), ("customer", "c06", 0), ("customer", "c99", 1)])
def test_a_deduction_from_nothing_is_counted_in_a_note(
    shop: Any, notes: Any, tmp_path: Path, nets_with: str, customer: str, noted: int
) -> None:
    company = shop(tmp_path / "shop", only=["contracts", "rates"], contracts={"nets_with": nets_with})
    company.add("contracts.csv", f"k9,{customer},2026-08-03,2026-08-20,-4.00,month,EUR")
    says = f"Negative rows of contracts whose {nets_with} has no other row, so that they count for nothing: 1."
    assert notes(company) == (says,) * noted
