"""Behaviour of the example companies' customers, held against plain SQL over their files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
BUYERS = """
    WITH bought AS (SELECT DISTINCT customer, day FROM sold WHERE amount > 0 AND day <= $closing),
    gaps AS (SELECT *, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap FROM bought),
    habits AS (
        SELECT
            customer,
            max(day) AS last_day,
            median(gap) AS usual,
            count(gap) AS gaps,
            avg(gap) FILTER (day > $opening) AS inside,
            bool_or(day <= $opening AND day > CAST($opening AS DATE) - 90) AS was_one,
            bool_or(day > CAST($closing AS DATE) - 90) AS is_one
        FROM gaps
        GROUP BY customer
    )
    SELECT
        count(*),
        count(*) FILTER (gaps >= 3 AND CAST($closing AS DATE) - last_day >= greatest(14, 1.5 * usual)),
        count(*) FILTER (gaps >= 3 AND inside <= usual / 1.5 AND CAST($closing AS DATE) - last_day < greatest(14, 1.5 * usual))
    FROM habits
    WHERE was_one AND is_one
"""
"""Who stayed, who is silent beyond habit, and who buys more often: of customers who bought in the 90 days up to both ends."""
ONLINE_RETAIL = f"""
    SELECT
        CustomerID AS customer,
        CAST(InvoiceDate AS DATE) AS day,
        CAST(Quantity AS DECIMAL(12, 1)) * CAST(UnitPrice AS DECIMAL(12, 3)) AS amount
    FROM read_csv('{DATA}/online_retail/online_retail_2010_2011.csv.gz', all_varchar = true)
    WHERE CustomerID IS NOT NULL
"""
OLIST = f"""
    SELECT seller_id AS customer, CAST(shipping_limit_date AS DATE) AS day, CAST(price AS DECIMAL(12, 2)) AS amount
    FROM read_csv('{DATA}/olist/sales/order_items.csv.gz', all_varchar = true)
"""
ACCOUNTS = f"""
    WITH held AS (
        SELECT
            account_id,
            sum(seats) FILTER (was_held) AS seats_before,
            sum(seats) FILTER (is_held) AS seats_after,
            sum(12 * mrr) FILTER (was_held) AS before,
            sum(12 * mrr) FILTER (is_held) AS after,
            sum(12 * mrr) FILTER (was_held_then) AS long_before
        FROM (
            SELECT
                account_id,
                CAST(seats AS INT) AS seats,
                CAST(mrr_amount AS INT) AS mrr,
                start_date <= $opening AND coalesce(end_date, '9999') > $opening AS was_held,
                start_date <= $closing AND coalesce(end_date, '9999') > $closing AS is_held,
                start_date <= $before AND coalesce(end_date, '9999') > $before AS was_held_then
            FROM read_csv('{DATA}/ravenstack/sales/subscriptions.csv', all_varchar = true)
            WHERE start_date < coalesce(end_date, '9999')
        )
        GROUP BY account_id
        HAVING bool_or(was_held) AND bool_or(is_held)
    ),
    complained AS (
        SELECT account_id, min(submitted_at) AS first_on
        FROM read_csv('{DATA}/ravenstack/service/support_tickets.csv', all_varchar = true)
        WHERE escalation_flag = 'TRUE'
        GROUP BY account_id
    )
    SELECT
        count(*),
        count(*) FILTER (seats_after < seats_before),
        count(*) FILTER (seats_after > seats_before),
        count(*) FILTER (after < before AND before < long_before),
        count(*) FILTER (after > before AND before > long_before),
        count(*) FILTER (first_on > $opening AND first_on <= $closing),
        coalesce(sum(after) FILTER (seats_after < seats_before), 0)
    FROM held LEFT JOIN complained USING (account_id)
"""
"""Accounts that stayed, by what became of their seats, what they pay, and whether a ticket was escalated for the first time."""


def ends(connection: Any, period: str, *, months: int) -> dict[str, str]:
    """The last days of the period before the one before, of the one before, and of the period, for one that opens in a month."""
    query = (
        f"SELECT CAST(first - INTERVAL {months} MONTH AS DATE) - 1, first - 1, CAST(first + INTERVAL {months} MONTH AS DATE) - 1 "
        "FROM (SELECT CAST(? AS DATE) AS first)"
    )
    days = connection.con.execute(query, [f"{period}-01"]).fetchone()
    return dict(zip(("before", "opening", "closing"), map(str, days), strict=True))


@pytest.mark.parametrize(
    ("company", "rows", "period", "opens", "months"),
    [
        ("online_retail", ONLINE_RETAIL, "2011-06", "2011-06", 1),
        ("online_retail", ONLINE_RETAIL, "2011-10", "2011-10", 1),
        ("olist", OLIST, "2018-03", "2018-03", 1),
        ("olist", OLIST, "2018-Q2", "2018-04", 3),
    ],
)
def test_habits_of_buyers_equal_a_plain_computation_over_the_file(
    figures_of: Any, connection: Any, company: str, rows: str, period: str, opens: str, months: int
) -> None:
    figures = figures_of(company)
    connection.con.execute(f"CREATE OR REPLACE TEMP TABLE sold AS {rows}")
    days = ends(connection, opens, months=months)
    days.pop("before")
    plain = connection.con.execute(BUYERS, days).fetchone()
    connection.con.execute("DROP TABLE sold")
    measures = ("staying_customers", "silent_beyond_habit_customers", "shorter_gaps_customers")
    assert tuple(figures[period, "all", "all", measure] for measure in measures) == plain
    assert plain[1] > 0
    assert plain[2] > 0


@pytest.mark.parametrize(("period", "opens", "months"), [("2024-03", "2024-03", 1), ("2024-Q2", "2024-04", 3), ("2024-Q4", "2024-10", 3)])
def test_ravenstack_s_seats_value_and_complaints_equal_a_plain_computation(
    figures_of: Any, connection: Any, period: str, opens: str, months: int
) -> None:
    figures = figures_of("ravenstack")
    plain = connection.con.execute(ACCOUNTS, ends(connection, opens, months=months)).fetchone()
    names = ("staying", "fewer_seats", "more_seats", "fallen_twice", "risen_twice", "first_complaint")
    measures = (*(f"{name}_customers" for name in names), "fewer_seats_amount")
    assert tuple(figures[period, "all", "all", measure] for measure in measures) == plain
    assert plain[1] > 0


def test_what_the_example_companies_do_not_record_is_not_published(figures_of: Any) -> None:
    ravenstack, retail = ({measure for _, _, _, measure in figures_of(company)} for company in ("ravenstack", "online_retail"))
    assert "fewer_seats_customers" in ravenstack - retail
    assert "silent_beyond_habit_customers" in retail - ravenstack
    assert not {"fewer_groups_customers", "first_complaint_customers", "referrals_count"} & retail
    assert not {"referring_customers", "refusing_customers"} & ravenstack


PERIODS = {
    "online_retail": ("2011-06", "2011-10"),
    "olist": ("2018-03", "2018-Q2"),
    "ravenstack": ("2024-03", "2024-Q2", "2024-Q4"),
}


@pytest.fixture(scope="module")
def figures_of(tmp_path_factory: pytest.TempPathFactory, pipelines: Any) -> Any:
    """The figures of an example company's periods, each read and judged once."""
    known: dict[str, Any] = {}

    def of(company: str) -> Any:
        if company not in known:
            stages = pipelines.read_and_validate(f"examples/{company}", tmp_path_factory.mktemp(company))
            known[company] = stages.figures(PERIODS[company])
        return known[company]

    return of
