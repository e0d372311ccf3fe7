"""Reasons and renewals of RavenStack, held against plain SQL over its files."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "ravenstack").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
DAYS = {
    "2023": ("2023-01-01", "2024-01-01"),
    "2024": ("2024-01-01", "2025-01-01"),
    "2024-Q3": ("2024-07-01", "2024-10-01"),
    "2024-Q4": ("2024-10-01", "2025-01-01"),
}
MONTHS_IN_A_YEAR = 12
RUNS = f"""
    CREATE OR REPLACE TEMP TABLE runs AS
    SELECT account_id, start_date, coalesce(end_date, '9999') AS until, CAST(mrr_amount AS BIGINT) AS mrr
    FROM read_csv('{DATA}/ravenstack/sales/subscriptions.csv', all_varchar = true)
    WHERE start_date < coalesce(end_date, '9999')
"""
ACCOUNTS = f"""
    WITH events AS (
        SELECT account_id, churn_date AS day,
            CASE reason_code
                WHEN 'pricing' THEN 'price' WHEN 'features' THEN 'product' WHEN 'support' THEN 'service' WHEN 'unknown' THEN NULL
                ELSE reason_code
            END AS reason
        FROM read_csv('{DATA}/ravenstack/service/churn_events.csv', all_varchar = true)
        WHERE churn_date >= $opens_on AND churn_date < $closes_on
    ), told AS (
        SELECT account_id, count(*) AS events_count, arg_max(reason, (day, reason)) FILTER (reason IS NOT NULL) AS reason
        FROM events GROUP BY account_id
    ), worth AS (
        SELECT account_id,
            coalesce(bool_or(start_date < $opens_on AND until >= $opens_on), false) AS was_one,
            coalesce(bool_or(until >= $closes_on AND start_date < $closes_on), false) AS is_one,
            coalesce(sum(mrr) FILTER (start_date < $opens_on AND until >= $opens_on), 0) AS opening_mrr,
            coalesce(sum(mrr) FILTER (start_date < $closes_on AND until >= $closes_on), 0) AS closing_mrr,
            coalesce(sum(mrr) FILTER (start_date < $closes_on AND until = last_until AND last_until > $opens_on), 0) AS last_mrr
        FROM (FROM runs SELECT *, max(until) FILTER (start_date < $closes_on) OVER (PARTITION BY account_id) AS last_until)
        GROUP BY account_id
    )
    SELECT industry, referral_source AS channel, coalesce(events_count, 0) AS events_count, was_one AND NOT is_one AS has_left,
        coalesce(reason, 'no_reason_known') AS reason, opening_mrr,
        CASE WHEN was_one THEN opening_mrr WHEN is_one THEN closing_mrr ELSE last_mrr END AS told_mrr
    FROM read_csv('{DATA}/ravenstack/marketing/accounts.csv', all_varchar = true)
    LEFT JOIN told USING (account_id) LEFT JOIN worth USING (account_id)
"""
"""Every account, with what was told of it in a period (the latest known reason), and what it paid a month."""
TERMS = """
    SELECT count(*), count(*) FILTER (is_renewed), sum(12 * mrr), sum(12 * mrr) FILTER (is_renewed), count(DISTINCT account_id)
    FROM (
        SELECT account_id, mrr, EXISTS (
            FROM runs AS others
            WHERE others.account_id = runs.account_id AND others.until > runs.until
                AND others.start_date <= CAST(CAST(runs.until AS DATE) + 30 AS VARCHAR)
        ) AS is_renewed
        FROM runs WHERE until >= $opens_on AND until < $closes_on
    )
"""


@pytest.fixture(scope="module")
def ravenstack(tmp_path_factory: pytest.TempPathFactory, pipelines: Any) -> list[dict[str, Any]]:
    """The figures of two years and two quarters."""
    return pipelines.read_and_validate("examples/ravenstack", tmp_path_factory.mktemp("ravenstack")).figure_rows(list(DAYS))


@pytest.fixture(scope="module")
def files(connection: Any) -> Any:
    """The files themselves, by plain SQL."""
    connection.con.execute(RUNS)
    yield connection.con
    connection.con.execute("DROP TABLE runs")


def days(period: str) -> dict[str, str]:
    return dict(zip(("opens_on", "closes_on"), DAYS[period], strict=True))


def split(rows: list[dict[str, Any]], period: str, split_by: str, measure: str, segment_by: str) -> dict[tuple[str, str], Decimal]:
    """A measure's parts by segment and part."""
    wanted = (period, split_by, measure, segment_by)
    keys = ("period", "split_by", "measure", "segment_by")
    return {(row["segment"], row["split"]): row["value"] for row in rows if tuple(row[key] for key in keys) == wanted}


def grouped(files: Any, period: str, group: str, what: str, where: str) -> dict[tuple[str, str], Decimal]:
    """The same by plain SQL; what nobody contributes to is left out."""
    query = f"SELECT {group} AS part, reason, {what} AS value FROM ({ACCOUNTS}) WHERE {where} GROUP BY ALL"
    return {(part, reason): Decimal(value) for part, reason, value in files.execute(query, days(period)).fetchall() if value}


@pytest.mark.parametrize("segment_by", ["all", "industry", "channel"])
@pytest.mark.parametrize("period", list(DAYS))
def test_reasons_told_on_accounts_equal_plain_sql_by_industry_and_by_referral_source(
    ravenstack: list[dict[str, Any]], files: Any, period: str, segment_by: str
) -> None:
    group, told = "'all'" if segment_by == "all" else segment_by, "events_count > 0"
    assert split(ravenstack, period, "told_reason", "told_departure_customers", segment_by) == grouped(
        files, period, group, "count(*)", told
    )
    assert split(ravenstack, period, "told_reason", "departures_told_count", segment_by) == grouped(
        files, period, group, "sum(events_count)", told
    )
    yearly = split(ravenstack, period, "told_reason", "told_departure_amount", segment_by)
    monthly = {key: amount / MONTHS_IN_A_YEAR for key, amount in yearly.items()}
    assert monthly == grouped(files, period, group, "sum(told_mrr)", told)


@pytest.mark.parametrize("period", list(DAYS))
def test_reasons_of_accounts_that_ended_every_subscription_equal_plain_sql(
    ravenstack: list[dict[str, Any]], files: Any, period: str
) -> None:
    for segment_by, group in (("all", "'all'"), ("industry", "industry"), ("channel", "channel")):
        heads = split(ravenstack, period, "reason", "left_customers", segment_by)
        assert heads == grouped(files, period, group, "count(*)", "has_left")
        yearly = split(ravenstack, period, "reason", "left_amount", segment_by)
        monthly = {key: amount / MONTHS_IN_A_YEAR for key, amount in yearly.items()}
        assert monthly == grouped(files, period, group, "sum(opening_mrr)", "has_left")


def test_all_600_events_of_the_two_years_are_counted(ravenstack: list[dict[str, Any]]) -> None:
    whole = [row for row in ravenstack if row["segment_by"] == row["split_by"] == "all" and row["measure"] == "departures_told_count"]
    assert sum(row["value"] for row in whole if row["period"] in ("2023", "2024")) == 600


@pytest.mark.parametrize("period", list(DAYS))
def test_terms_due_and_renewed_equal_plain_sql(ravenstack: list[dict[str, Any]], files: Any, period: str) -> None:
    measures = ("terms_due_count", "terms_renewed_count", "terms_due_amount", "terms_renewed_amount", "due_customers")
    whole = {
        row["measure"]: row["value"] for row in ravenstack if (row["period"], row["segment_by"], row["split_by"]) == (period, "all", "all")
    }
    assert tuple(whole[measure] for measure in measures) == files.execute(TERMS, days(period)).fetchone()
    assert whole["terms_due_count"] == whole["terms_renewed_count"] + whole["terms_not_renewed_count"]
    assert "bought_again_customers" not in whole
    assert "stayed_customers" not in whole
