"""What new customers cost: a month's spending beside the customers of that month, and when they have paid it back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest

from config.definitions import Calendar
from config.topic_settings import CohortSettings
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.topics.acquisition_costs import cohort_costs
from tasks.customer_math.topics.cohorts import CohortSpec

LOOKED = CohortSpec.at(period_named("2026-06", Calendar()), CohortSettings(ages_days=(30, 60)), Calendar())
SPENT = """
campaign | channel | day        | cost
Moon     | Fair    | 2026-04-01 | 40
Moon     | Fair    | 2026-04-30 | 10
Sun      |         | 2026-04-15 | 25
Moon     | Fair    | 2026-05-15 | 70
Moon     | Fair    | 2020-01-01 | 999
"""
CAME = """
intake  | channel      | campaign     | after 30 | after 60 | goods
2026-04 | Fair         | Moon         | 60       | 130      | 30
2026-04 | not recorded | not recorded | 10       | 10       | 0
2026-05 | Fair         | Moon         | 70       | 0        | 0
2026-06 | Fair         | Moon         | 0        | 0        | 0
"""


@pytest.fixture(scope="module")
def found(connection: Any, told: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    money = pa.decimal128(18, 2)
    spent = [(campaign, channel or None, date.fromisoformat(on), Decimal(cost)) for campaign, channel, on, cost in told.rows(SPENT)]
    campaigns = pa.table({name: [row[at] for row in spent] for at, name in enumerate(("campaign", "channel", "spent_on"))})
    campaigns = campaigns.append_column("cost_amount", pa.array([row[3] for row in spent], money))
    rows = told.rows(CAME)
    came = {"intake": 0, "came_by_channel": 1, "came_by_campaign": 2}
    intakes = pa.table({name: [row[at] for row in rows] for name, at in came.items()})
    for days in LOOKED.ages:
        place = {30: 3, 60: 4}.get(days)
        value = [Decimal(row[place]) if place else Decimal(0) for row in rows]
        goods = [Decimal(row[5]) if place else Decimal(0) for row in rows]
        intakes = intakes.append_column(f"value_{days}_amount", pa.array(value, money))
        intakes = intakes.append_column(f"goods_{days}_amount", pa.array(goods, money))
    costs = cohort_costs(ibis.memtable(intakes), ibis.memtable(campaigns), looked=LOOKED, minor_units=2)
    return {(row["intake"], row["cost_by"], row["name"]): row for row in connection.to_pyarrow(costs).to_pylist()}


@pytest.mark.parametrize(
    ("key", "customers", "cost", "brought", "looked_at", "paid_back"),
    [
        pytest.param(("2026-04", "all", "all"), 2, "40 + 10 + 25", "130 + 10 - 30", 60, 60, id="paid back at the second age"),
        pytest.param(("2026-04", "campaign", "Moon"), 1, "40 + 10", "130 - 30", 60, 60, id="matched by the campaign's name"),
        pytest.param(("2026-04", "campaign", "Sun"), 0, "25", "0", 60, None, id="a campaign that brought nobody"),
        pytest.param(("2026-04", "campaign", "not recorded"), 1, "0", "10", 60, None, id="customers who cost nothing that is known"),
        pytest.param(("2026-04", "channel", "not named"), 0, "25", "0", 60, None, id="costs without a channel are nobody's"),
        pytest.param(("2026-05", "all", "all"), 1, "70", "70", 30, 30, id="paid back to the cent"),
        pytest.param(("2026-06", "all", "all"), 1, "0", "0", 0, None, id="too young, and nothing spent"),
    ],
)
def test_an_intake_has_paid_back_at_the_first_age_at_which_it_had_brought_its_cost(  # every column of the table at once
    found: Any, key: tuple[str, str, str], customers: int, cost: str, brought: str, looked_at: int, paid_back: int | None
) -> None:
    row = found[key]
    amounts = [sum(Decimal(part) for part in text.replace(" - ", " + -").split(" + ")) for text in (cost, brought)]
    assert (row["customers_count"], row["cost_amount"], row["brought_amount"]) == (customers, *amounts)
    assert (row["looked_at_days"], row["paid_back_days"]) == (looked_at, paid_back)


def test_costs_by_channel_and_by_campaign_sum_to_the_whole_and_no_older_month_counts(found: Any) -> None:
    sums = {way: sum(row["cost_amount"] for (_, by, _), row in found.items() if by == way) for way in ("all", "channel", "campaign")}
    assert set(sums.values()) == {Decimal("145.00")}
