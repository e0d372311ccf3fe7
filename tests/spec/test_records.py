"""What marketing and service recorded, as customer math takes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Definitions
from tasks.customer_math.ledger import staging
from tasks.customer_math.ledger.history import OPEN_ENDED, own_rate

TEXTS = ("customer_id", "channel", "campaign", "record_key")


def table(columns: tuple[str, ...], *lines: tuple[Any, ...]) -> ibis.Table:
    return ibis.memtable(pa.table({name: [line[place] for line in lines] for place, name in enumerate(columns)}))


def rows(connection: Any, found: ibis.Table | None) -> list[tuple[Any, ...]]:
    assert found is not None
    return [tuple(row.values()) for row in connection.to_pyarrow(found.order_by(found.columns[0])).to_pylist()]


LEADS = table(
    ("customer_id", "created_on", "channel", "campaign", "record_key"),
    ("ann", date(2026, 3, 2), "Fair", "Moon", "b"),
    ("ann", date(2026, 3, 1), "Search", "Sun", "a"),
    ("ben", date(2026, 3, 1), "Search", "Sun", "2"),
    ("ben", date(2026, 3, 1), "Fair", "Moon", "1"),
    (None, date(2026, 3, 1), "Fair", "Moon", "c"),
)
DEALS = table(
    ("customer_id", "won_on", "channel", "record_key"), ("ann", date(2026, 1, 1), "Sales", "x"), ("cay", date(2026, 4, 1), "Sales", "y")
)


@pytest.mark.parametrize(
    ("leads", "deals", "expected"),
    [
        (LEADS, DEALS, {"ann": ("Search", "Sun"), "ben": ("Fair", "Moon"), "cay": ("Sales", None)}),
        (LEADS, None, {"ann": ("Search", "Sun"), "ben": ("Fair", "Moon")}),
        (None, DEALS, {"ann": ("Sales", None), "cay": ("Sales", None)}),
    ],
    ids=["a lead comes before a deal", "the earliest lead", "the deal where there are no leads"],
)
def test_a_customer_came_by_its_earliest_contact(connection: Any, leads: Any, deals: Any, expected: dict[str, Any]) -> None:
    found = rows(connection, staging.acquisitions(leads, deals))
    assert {who: (channel, campaign) for who, _, channel, campaign in found} == expected


def test_a_company_without_leads_and_deals_does_not_know_where_customers_come_from() -> None:
    assert staging.acquisitions(None, None) is None


def test_what_a_campaign_cost_is_in_the_companys_currency(connection: Any) -> None:
    said = {"company": "Tried", "currency": "EUR", "time_zone": "UTC", "sells_by": ["repeat_purchase"]}
    definitions = Definitions.model_validate(said)
    spent = table(
        ("campaign", "channel", "spent_on", "currency", "cost_amount"),
        ("Moon", "Fair", date(2026, 3, 1), "EUR", Decimal("10.005")),
        ("Sun", None, date(2026, 3, 1), "CHF", Decimal("10.00")),
    )
    found = rows(connection, staging.campaign_costs(spent, own_rate(definitions), definitions))
    assert [row[-1] for row in found] == [Decimal("10.01"), None]


def test_an_open_ticket_is_open_and_one_that_nobody_marked_is_no_complaint(connection: Any) -> None:
    columns = ("customer_id", "opened_on", "closed_on", "category", "stage", "is_complaint")
    told = table(
        columns,
        ("ann", date(2026, 3, 1), date(2026, 3, 2), "Late", "Use", True),
        ("ben", date(2026, 3, 1), None, "Late", "Use", None),
    )
    found = connection.to_pyarrow(staging.opened_tickets(told).order_by("customer_id")).to_pylist()
    assert [(row["closed_on"], row["is_complaint"]) for row in found] == [(date(2026, 3, 2), True), (OPEN_ENDED, False)]


def test_recommendations_and_answers_are_taken_as_they_are(connection: Any) -> None:
    made = table(
        ("record_key", "customer_id", "referred_customer_id", "referred_on", "reason_code"), ("r", "ann", "ben", date(2026, 3, 1), "x")
    )
    answers = table(("customer_id", "answered_on", "score", "occasion", "reason_code"), ("ann", date(2026, 3, 1), 9, "renewal", "price"))
    assert rows(connection, staging.recorded_referrals(made)) == [("ann", "ben", date(2026, 3, 1), "x", "r")]
    assert rows(connection, staging.given_answers(answers)) == [("ann", date(2026, 3, 1), 9, "renewal", "price")]
