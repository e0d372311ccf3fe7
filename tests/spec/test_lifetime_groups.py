"""How buyers and contracts are grouped for the models of lifetime value: repeats, recency, age; renewals, and whether a stay ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pytest

from tasks.customer_math.ledger.history import OPEN_ENDED
from tasks.customer_math.ledger.purchase_intervals import days_of_purchase
from tasks.customer_math.ledger.segments import latest_groups
from tasks.customer_math.lifetime import contract_groups, purchase_groups

THROUGH = date(2026, 3, 31)


def buyers(connection: Any, told: Any, text: str, *, day: date = THROUGH) -> dict[str, dict[str, Any]]:
    history = told.Told(purchases=told.bought(text)).history()
    every = purchase_groups.buyers(history.purchases, days_of_purchase(history.purchases), day, minor_units=2)
    return {row["customer_id"]: row for row in connection.to_pyarrow(every).to_pylist()}


def columns(connection: Any, table: ibis.Table) -> dict[str, Any]:
    arrays = connection.to_pyarrow(table)
    return {name: arrays[name].to_numpy(zero_copy_only=False) for name in arrays.column_names}


def test_a_buyer_is_its_repeats_its_recency_and_its_age(connection: Any, told: Any) -> None:
    found = buyers(
        connection,
        told,
        """
        | who  | on         | amount |
        | anna | 2026-03-01 | 10.00  |
        | anna | 2026-03-01 | 5.00   |
        | anna | 2026-03-11 | 30.00  |
        | anna | 2026-03-21 | 20.00  |
        | anna | 2026-03-25 | -8.00  |
        | bert | 2026-03-31 | 12.00  |
        | cleo | 2026-04-01 | 99.00  |
        | dora | 2026-03-02 | -4.00  |
        """,
    )
    assert sorted(found) == ["anna", "bert"]
    anna, bert = found["anna"], found["bert"]
    assert (anna["repeats_count"], anna["recency_days"], anna["age_days"]) == (2, 20, 30)
    assert anna["repeat_amount"] == Decimal("30.00") + Decimal("20.00") - Decimal("8.00")
    assert (anna["recency_weeks"], anna["age_weeks"]) == (2, 4)
    assert (bert["repeats_count"], bert["recency_days"], bert["age_days"], bert["repeat_amount"]) == (0, 0, 0, Decimal("0.00"))


def test_refunds_beyond_what_the_repeats_brought_leave_nothing(connection: Any, told: Any) -> None:
    found = buyers(
        connection,
        told,
        "| who | on | amount |\n| anna | 2026-03-01 | 50.00 |\n| anna | 2026-03-09 | 5.00 |\n| anna | 2026-03-10 | -30.00 |",
    )
    assert found["anna"]["repeat_amount"] == Decimal("0.00")
    assert found["anna"]["recency_days"] == 8


def test_buyers_alike_to_the_week_are_one_row_at_their_mean_times(connection: Any, told: Any) -> None:
    text = "| who | on | amount |\n" + "\n".join(
        f"| {who} | {on} | {amount} |"
        for who, on, amount in (
            ("anna", "2026-03-01", "1.00"),
            ("anna", "2026-03-09", "10.00"),
            ("bert", "2026-02-28", "1.00"),
            ("bert", "2026-03-10", "20.00"),
            ("cleo", "2026-03-01", "1.00"),
        )
    )
    history = told.Told(purchases=told.bought(text)).history()
    every = purchase_groups.buyers(history.purchases, days_of_purchase(history.purchases), THROUGH, minor_units=2)
    found = columns(connection, purchase_groups.purchase_groups(every))
    assert found["customers_count"].tolist() == [1, 2]
    counts = purchase_groups.purchase_counts(found)
    assert counts.repeats.tolist() == [0, 1]
    assert counts.recency.tolist() == pytest.approx([0, (8 + 10) / 2 / 7])
    assert counts.age.tolist() == pytest.approx([30.5 / 7, (30 + 31) / 2 / 7 + 0.5 / 7])
    spend = purchase_groups.spend_counts(columns(connection, purchase_groups.spend_groups(every)))
    assert spend.mean_amount.tolist() == [10, 20]
    assert spend.purchases.tolist() == [1, 1]


def test_the_engine_groups_simulated_buyers_as_numpy_does(connection: Any, simulated: Any) -> None:
    one_by_one = simulated.buyers(np.random.default_rng(5), 400)
    expected, amounts = simulated.grouped(one_by_one)
    table = ibis.memtable(
        {
            "repeats_count": one_by_one.repeats.astype(int),
            "recency_days": one_by_one.recency_days.astype(int),
            "age_days": one_by_one.age_days.astype(int),
            "recency_weeks": (one_by_one.recency_days // 7).astype(int),
            "age_weeks": (one_by_one.age_days // 7).astype(int),
            "repeat_amount": one_by_one.repeat_amount,
        }
    )
    found = columns(connection, purchase_groups.purchase_groups(table))
    counts = purchase_groups.purchase_counts(found)
    assert counts.recency == pytest.approx(expected.recency)
    assert counts.age == pytest.approx(expected.age)
    assert found["repeat_amount"] == pytest.approx(amounts)


def stays(connection: Any, told: Any, text: str, *, day: date = date(2026, 6, 30)) -> dict[str, tuple[bool, bool, int]]:
    history = told.Told(contracts=told.agreed(text)).history()
    every = contract_groups.stays(history.contracts, day, term=contract_groups.TERM_DAYS[0], grace_days=30)
    return {
        row["customer_id"]: (row["is_active"], row["is_lost"], row["renewals_count"]) for row in connection.to_pyarrow(every).to_pylist()
    }


@pytest.mark.parametrize(
    ("starts", "ends", "active_lost_renewals"),
    [
        ("2025-07-01", "2026-07-01", (True, False, 0)),
        ("2024-03-01", "2027-03-01", (True, False, 2)),
        ("2024-03-01", "", (True, False, 2)),
        ("2023-05-01", "2026-05-01", (False, True, 2)),
        ("2026-03-01", "2026-04-01", (False, True, 0)),
        ("2025-06-20", "2026-06-20", (False, False, 0)),
    ],
)
def test_a_stay_is_its_renewals_and_whether_it_ended(
    connection: Any, told: Any, starts: str, ends: str, active_lost_renewals: tuple[bool, bool, int]
) -> None:
    """The last is within the grace: it is over, but nobody can say yet that it was not renewed."""
    assert stays(connection, told, f"| who | s | e | a | c |\n| anna | {starts} | {ends} | 100 | EUR |") == {"anna": active_lost_renewals}


def test_a_gap_within_the_grace_goes_on_as_one_stay(connection: Any, told: Any) -> None:
    text = "| who | s | e | a | c |\n| anna | 2024-01-01 | 2025-01-01 | 100 | EUR |\n| anna | 2025-01-20 | {} | 100 | EUR |"
    assert stays(connection, told, text.format("2027-01-01"))["anna"] == (True, False, 2)
    assert stays(connection, told, "| who | s | e | a | c |\n| anna | 2026-07-01 | | 100 | EUR |") == {}


@pytest.mark.parametrize(("days", "term"), [(None, 12), (31, 12), (60, 4), (269, 4), (270, 1), (365, 1)])
def test_a_usual_term_is_a_month_a_quarter_or_a_year(days: float | None, term: int) -> None:
    assert contract_groups.term_days(days) == pytest.approx(365.25 / term)


def test_the_usual_term_is_the_median_of_those_that_end(connection: Any, told: Any) -> None:
    contracts = [
        {
            "customer_id": who,
            "starts_on": date(2025, 1, 1),
            "ends_on": ends,
            "annual_amount": Decimal(1),
            "currency": "EUR",
            "contract_id": who,
        }
        for who, ends in (("a", date(2026, 1, 1)), ("b", date(2026, 1, 1)), ("c", date(2025, 2, 1)), ("d", OPEN_ENDED))
    ]
    history = told.Told(contracts=contracts).history()
    assert connection.to_pyarrow(contract_groups.usual_term(history.contracts)).to_pylist() == [{"days_count": 365.0}]
    endless = told.Told(contracts=contracts[3:]).history()
    assert connection.to_pyarrow(contract_groups.usual_term(endless.contracts)).to_pylist() == [{"days_count": None}]


def test_contracts_are_counted_by_the_group_of_their_customer(connection: Any, told: Any) -> None:
    text = "| who | s | e | a | c |\n" + "\n".join(f"| {who} | 2025-01-01 | | 100 | EUR |" for who in ("anna", "bert", "cleo"))
    history = told.Told(contracts=told.agreed(text), groups={"anna": "North", "bert": "North"}).history()
    every = contract_groups.stays(history.contracts, date(2026, 6, 30), term=365.25, grace_days=30)
    groups = latest_groups(history.attributes)
    by_region = columns(connection, contract_groups.renewal_groups(contract_groups.with_group(every, groups, segment="region")))
    assert dict(zip(by_region["group"], by_region["customers_count"], strict=True)) == {"North": 2, "all": 1}
    assert contract_groups.renewal_counts(by_region, group="North").customers.tolist() == [2]
    assert contract_groups.renewal_counts(by_region).customers.sum() == 2 + 1
    together = columns(connection, contract_groups.renewal_groups(contract_groups.with_group(every, groups, segment=None)))
    assert together["customers_count"].tolist() == [3]
