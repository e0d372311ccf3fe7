"""New customers of the example companies: funnel, channels and intakes, held against plain SQL over their files."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pytest

from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.topics.funnel import funnel
from tasks.store.engine import engine
from tasks.store.first_purchases import Newcomers

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
MONTH = "2018-08"
SOLD = f"SELECT seller_id, CAST(shipping_limit_date AS DATE) AS day, price FROM '{DATA}/olist/sales/order_items.csv.gz'"
FIRST = f"SELECT seller_id, min(day) AS first_on FROM ({SOLD}) GROUP BY seller_id"
PROSPECTS = f"""
    SELECT coalesce(origin, 'not recorded') AS channel, count(*), count(won_date), count(first_on)
    FROM '{DATA}/olist/marketing/marketing_qualified_leads.csv'
    LEFT JOIN '{DATA}/olist/marketing/closed_deals.csv' USING (mql_id)
    LEFT JOIN ({FIRST}) USING (seller_id)
    GROUP BY channel
"""
CAME = f"""
    SELECT strftime(first_on, '%Y-%m') AS month, count(DISTINCT seller_id) AS sellers,
        sum(price) FILTER (day = first_on), sum(price) FILTER (day < first_on + 90),
        count(DISTINCT seller_id) FILTER (day > first_on AND day <= first_on + 180)
    FROM ({SOLD}) JOIN ({FIRST}) USING (seller_id)
    GROUP BY month
"""
BY_CHANNEL = f"""
    SELECT coalesce(origin, 'not recorded') AS channel, count(*)
    FROM ({FIRST})
    LEFT JOIN (
        SELECT seller_id, origin FROM '{DATA}/olist/marketing/closed_deals.csv'
        JOIN '{DATA}/olist/marketing/marketing_qualified_leads.csv' USING (mql_id)
        WHERE first_contact_date <= DATE '2018-08-31'
    ) USING (seller_id)
    WHERE first_on BETWEEN DATE '2018-08-01' AND DATE '2018-08-31'
    GROUP BY channel
"""


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory, pipelines: Any) -> Any:
    """The marketplace's extracts, read and judged."""
    return pipelines.read_and_validate("examples/olist", tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def figures(olist: Any) -> list[dict[str, Any]]:
    return olist.figure_rows([MONTH])


def test_olist_s_funnel_counts_8000_leads_842_won_and_380_who_ever_sold(olist: Any, figures: Any, connection: Any) -> None:
    leads, deals = (connection.read_parquet(olist.accepted[name].path) for name in ("leads", "deals"))
    (first_days,) = olist.home.folder.glob("ledger/*/history-first-days.parquet")
    in_all = funnel(leads, deals, connection.read_parquet(first_days), through=date(2020, 12, 31))
    rows = {tuple(row.values())[:4] for row in connection.to_pyarrow(in_all).to_pylist()}
    assert {(row[0], *row[1:]) for row in rows} == set(connection.con.execute(PROSPECTS).fetchall())
    assert [sum(row[at] for row in rows) for at in (1, 2, 3)] == [8_000, 842, 380]
    assert ("referral", 284, 24, 9) in rows


def test_olist_s_published_funnel_tells_who_was_won_since(olist: Any, figures: Any) -> None:
    (kept,) = olist.home.folder.glob(f"ledger/*/funnel-{MONTH}.parquet")
    with engine(olist.settings) as connection:
        rows = Newcomers(kept.parent, period_named(MONTH, olist.company.definitions.calendar)).tables(connection)["funnel"]
    assert [sum(row[name] for row in rows) for name in ("leads_count", "won_count", "won_later_count", "customers_count")] == [
        8_000,
        792,
        50,
        380,
    ]


def test_olist_s_intakes_equal_a_plain_computation_at_ninety_days(figures: Any, connection: Any) -> None:
    found = {(row["split"], row["measure"]): row["value"] for row in figures if row["split_by"] == "intake" and row["segment"] == "all"}
    plain = {month: rest for month, *rest in connection.con.execute(CAME).fetchall()}
    told = sorted({split for split, _ in found})
    assert (told[-1], len(told) >= 20) == (MONTH, True)
    for month in told:
        sellers, first, after_90, again = plain[month]
        assert (found[month, "intake_customers"], found[month, "intake_first_purchase_amount"]) == (sellers, round(Decimal(first), 2)), (
            month
        )
        expected = round(Decimal(after_90), 2) if month <= "2018-05" else None
        assert found.get((month, "intake_value_90_amount")) == expected, month
        assert found.get((month, "intake_second_customers")) == (again or None if month <= "2018-02" else None), month


def test_olist_s_new_sellers_of_a_month_by_the_origin_of_their_lead(figures: Any, connection: Any) -> None:
    whole = [row for row in figures if (row["split_by"], row["segment_by"]) == ("channel", "all")]
    by_channel = {row["split"]: row["value"] for row in whole if row["measure"] == "first_time_customers"}
    assert by_channel == dict(connection.con.execute(BY_CHANNEL).fetchall())


def test_a_company_without_leads_has_intakes_and_neither_channels_nor_costs(tmp_path_factory: Any, pipelines: Any) -> None:
    ravenstack = pipelines.read_and_validate("examples/ravenstack", tmp_path_factory.mktemp("ravenstack"))
    figures = ravenstack.figure_rows(["2024-12"])
    assert {row["split_by"] for row in figures if row["measure"].startswith("intake_")} == {"all", "intake"}
    kept = {path.name for path in ravenstack.home.folder.glob("ledger/*/*-2024-12.parquet")}
    assert kept & {"intake_costs-2024-12.parquet", "funnel-2024-12.parquet"} == set()
    came = f"""
        SELECT strftime(first_on, '%Y-%m'), count(*) FROM (
            SELECT account_id, min(start_date) AS first_on FROM '{DATA}/ravenstack/sales/subscriptions.csv'
            WHERE coalesce(end_date, DATE '9999-01-01') > start_date GROUP BY account_id
        ) GROUP BY 1
    """
    plain = dict(ibis.duckdb.connect().con.execute(came).fetchall())
    found = {
        row["split"]: row["value"]
        for row in figures
        if (row["split_by"], row["segment"], row["measure"]) == ("intake", "all", "intake_customers")
    }
    assert found == {month: count for month, count in plain.items() if month in found}
    assert len(found) == len([month for month in plain if month <= "2024-12"])
