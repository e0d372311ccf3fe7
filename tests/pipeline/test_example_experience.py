"""A real company whose tickets and scores have nothing to do with who leaves: the report claims no link."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.topic_settings import Experience
from tasks.customer_math.analysis.experience_links import links
from tasks.customer_math.analysis.exposures import Landmark, counts_of_base, counts_of_exposed, exposed, largest_parts, of_opening_base
from tasks.customer_math.analysis.stratified_risk import corrected_for_many
from tasks.customer_math.ledger.experiences import experiences

if TYPE_CHECKING:
    from tasks.customer_math.analysis.experience_links import Link

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "ravenstack").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
QUARTERS = ((date(2024, 4, 1), date(2024, 7, 1)), (date(2024, 7, 1), date(2024, 10, 1)), (date(2024, 10, 1), date(2025, 1, 1)))


@pytest.fixture(scope="module")
def ravenstack(pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """RavenStack's extracts, read and judged."""
    return pipelines.read_and_validate("examples/ravenstack", tmp_path_factory.mktemp("ravenstack"))


@pytest.mark.parametrize("period", ["2024-Q3", "2024-Q4"])
def test_ravenstack_s_tickets_and_scores_are_linked_to_nothing_that_its_accounts_do(ravenstack: Any, period: str) -> None:
    found = ravenstack.experience(period)
    assert {line.experience for line in found.lines} >= {"complaint", "detractor"}
    assert [line for line in found.lines if line.is_demonstrated] == []
    assert any(line.ratio is not None for line in found.of("bought_more"))


def test_nor_are_they_linked_to_the_departures_that_service_recorded(ravenstack: Any, connection: Any) -> None:
    """No account ever loses its last subscription, so that departures are looked at as they stand, by industry, three quarters at once."""
    risks = [link.risk for quarter in QUARTERS for link in _links(ravenstack, connection, *quarter) if link.outcome == "lost" and link.risk]
    assert len(risks) >= 5
    assert min(corrected_for_many([risk.p_value for risk in risks])) > 0.05


def _links(ravenstack: Any, connection: Any, opens_on: date, closes_on: date) -> list[Link]:
    happened = connection.create_table("raven_happened", _happened(ravenstack, connection), temp=True, overwrite=True)
    choices = Experience(exposure_days=90, detractors_through=3, promoters_from=5)
    had = exposed(happened, Landmark(opens_on, choices), supplied=ravenstack.company.supplied)
    assert had is not None
    base = connection.create_table("raven_base", _accounts(connection, opens_on, closes_on), temp=True, overwrite=True)
    exposures = connection.create_table("raven_exposures", of_opening_base(had, base), temp=True, overwrite=True)
    arrays = [
        {name: column.to_numpy(zero_copy_only=False) for name, column in zip(rows.column_names, rows.columns, strict=True)}
        for rows in map(connection.to_pyarrow, (counts_of_base(base), counts_of_exposed(exposures, largest_parts(exposures))))
    ]
    return links(*arrays, fewest_events_count=5)


def _happened(ravenstack: Any, connection: Any) -> Any:
    tickets, scores = (connection.read_parquet(ravenstack.accepted[name].path) for name in ("tickets", "ticket_scores"))
    return experiences(tickets, scores, None)


def _accounts(connection: Any, opens_on: date, closes_on: date) -> Any:
    """Accounts with a subscription on the day before, and whether a departure of theirs was recorded in the quarter."""
    files = {name: f"read_csv('{DATA}/ravenstack/{name}.csv', all_varchar = true)" for name in _FILES}
    return connection.sql(f"""
        SELECT account_id AS customer_id, industry AS stratum, 1.0::DECIMAL(18, 2) AS opening_amount, false AS is_due, false AS has_renewed,
               false AS has_bought_more, account_id IN (
                   SELECT account_id FROM {files["service/churn_events"]}
                   WHERE churn_date::DATE >= '{opens_on}' AND churn_date::DATE < '{closes_on}') AS is_lost
        FROM {files["marketing/accounts"]}
        WHERE account_id IN (
            SELECT account_id FROM {files["sales/subscriptions"]}
            WHERE start_date::DATE < '{opens_on}' AND coalesce(end_date::DATE, DATE '9999-12-31') >= '{opens_on}')
    """)


_FILES = ("service/churn_events", "marketing/accounts", "sales/subscriptions")
