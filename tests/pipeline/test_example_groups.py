"""Value groups and revenue of the example companies, held against plain SQL over their own files."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from config.definitions import Value
from config.topic_settings import ValueGroup, ValueGroups
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MONEY
from tasks.customer_math.figures import figures
from tasks.customer_math.ledger.movements import LedgerRules, core_ledger
from tasks.customer_math.ledger.periods import Period, period_named
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.customer_math.measures import Catalogue
from tasks.customer_math.topics import profit, value_groups
from tasks.store.history import write_history

if TYPE_CHECKING:
    from tasks.customer_math.ledger.history import History

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
BANDS = ValueGroups(
    groups=(
        ValueGroup(name="Large", from_amount=Decimal(5000)),
        ValueGroup(name="Middle", from_amount=Decimal(1000)),
        ValueGroup(name="Small"),
    )
)
FIRST_HALF = Period(date(2018, 1, 1), date(2018, 7, 1), "year_to_date", "2018-01-01--2018-06-30")
HALF_YEAR_DAYS = 181
"""Days of the first half of 2018; so many days before it reach back to 4 July 2017."""
BAND = "CASE WHEN {0} IS NULL THEN '{1}' WHEN {0} >= 5000 THEN 'Large' WHEN {0} >= 1000 THEN 'Middle' ELSE 'Small' END"
MIGRATION = f"""
    WITH sold AS (
        SELECT seller_id, CAST(shipping_limit_date AS DATE) AS day, CAST(price AS DECIMAL(12, 2)) AS price
        FROM read_csv(?, all_varchar = true)
    ),
    halves AS (
        SELECT
            seller_id,
            sum(price) FILTER (day BETWEEN DATE '2017-07-04' AND DATE '2017-12-31') AS earlier,
            sum(price) FILTER (day BETWEEN DATE '2018-01-01' AND DATE '2018-06-30') AS later
        FROM sold
        GROUP BY seller_id
    )
    SELECT
        {BAND.format("earlier", "not a customer")} || ' → ' || {BAND.format("later", "out")},
        count(*), coalesce(sum(earlier), 0), coalesce(sum(later), 0)
    FROM halves
    WHERE earlier IS NOT NULL OR later IS NOT NULL
    GROUP BY ALL
"""


@pytest.fixture(scope="module")
def read_and_validate(tmp_path_factory: pytest.TempPathFactory, pipelines: Any) -> Any:
    """Reads and judges the extracts of an example company."""
    return lambda company: pipelines.read_and_validate(f"examples/{company}", tmp_path_factory.mktemp(company))


@pytest.fixture(scope="module")
def migrated(read_and_validate: Any, connection: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Decimal]:
    """Olist's sellers between bands of what they sold in half a year, by way and measure."""
    olist = read_and_validate("olist")
    folder = tmp_path_factory.mktemp("history")
    history, _ = write_history(connection, olist.company, tuple(olist.accepted.values()), landings=(), folder=folder)
    found = by_ways(connection, history, olist.company.definitions.activity.model_copy(update={"lapse_days": HALF_YEAR_DAYS}))
    return {(row["split"], row["measure"]): row["value"] for row in found if row["split_by"] == "migration"}


def by_ways(connection: Any, history: History, activity: Any) -> list[dict[str, Any]]:
    """Figures of the half year, where a seller is active and worth what it sold in half a year."""
    rules = LedgerRules(activity, Value(value_days=HALF_YEAR_DAYS), (), value_groups=BANDS)
    stored = ibis.memtable(connection.to_pyarrow(core_ledger(history, FIRST_HALF, rules)))
    ledger = with_topics(TopicContext(history, FIRST_HALF, rules, stored), (value_groups.TOPIC, profit.TOPIC))
    full = ibis.memtable(connection.to_pyarrow(ledger))
    catalogue = Catalogue({measure.name: measure for measure in (*CUSTOMER_MEASURES, *MONEY, *profit.MEASURES)}, (), value_groups.SPLITS)
    return connection.to_pyarrow(figures(full, periods=[FIRST_HALF.name], segments=(), catalogue=catalogue)).to_pylist()


def test_olist_s_sellers_migrate_between_bands_as_plain_sql_says(migrated: Any, connection: Any) -> None:
    plain = connection.con.execute(MIGRATION, [str(DATA / "olist/sales/order_items.csv.gz")]).fetchall()
    assert len(plain) > 12
    for way, heads, earlier, later in plain:
        start, end = way.split(" → ")
        assert migrated.get((way, "opening_customers"), 0) == (heads if start != "not a customer" else 0), way
        assert migrated.get((way, "closing_customers"), 0) == (heads if end != "out" else 0), way
        assert migrated.get((way, "opening_amount"), 0) == earlier, way
        assert migrated.get((way, "closing_amount"), 0) == later, way


@pytest.mark.parametrize(
    ("end", "side", "first", "last"), [("opening", 0, "2017-07-04", "2017-12-31"), ("closing", 1, "2018-01-01", "2018-06-30")]
)
def test_olist_s_matrix_sums_to_what_was_sold_in_each_half_year(
    migrated: Any, connection: Any, end: str, side: int, first: str, last: str
) -> None:
    query = "SELECT count(DISTINCT seller_id), sum(CAST(price AS DECIMAL(12, 2))) FROM read_csv(?, all_varchar = true) WHERE {}"
    days = f"CAST(shipping_limit_date AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'"
    sold = connection.con.execute(query.format(days), [str(DATA / "olist/sales/order_items.csv.gz")]).fetchone()
    heads, value = (
        sum(found for (_, measure), found in migrated.items() if measure == f"{end}_{kind}") for kind in ("customers", "amount")
    )
    assert (heads, value) == sold
    assert {way.split(" → ")[side] for way, measure in migrated if measure == f"{end}_customers"} == {"Large", "Middle", "Small"}


def test_online_retail_s_revenue_is_what_known_customers_bought_to_the_penny(read_and_validate: Any) -> None:
    retail = read_and_validate("online_retail")
    calendar = retail.company.definitions.calendar
    assert period_named("2011", calendar).closes_on == date(2011, 12, 1)
    figures_of = retail.figures(["2011", "2011-12"], as_of=date(2012, 1, 1))
    revenue = {period: figures_of[period, "all", "all", "revenue_amount"] for period in ("2011", "2011-12")}
    assert round(sum(revenue.values()), 2) == Decimal("8300065.81")
    assert not [measure for _, _, _, measure in figures_of if measure in {"profit_amount", "cost_of_goods_amount", "contracts_amount"}]


def test_ravenstack_s_subscriptions_earn_365ths_of_twelve_months(read_and_validate: Any, connection: Any) -> None:
    ravenstack = read_and_validate("ravenstack")
    found = ravenstack.figures(["2024", "2024-Q3"])
    query = """
        SELECT sum(sign(mrr) * floor(abs(mrr) * 12 * days * 100 / 365 + 0.5) / 100)::DECIMAL(18, 2) FROM (
            SELECT CAST(mrr_amount AS DECIMAL(12, 2)) AS mrr, least(coalesce(CAST(end_date AS DATE), DATE '9999-12-31'), DATE '{1}')
                - greatest(CAST(start_date AS DATE), DATE '{0}') AS days
            FROM read_csv(?, all_varchar = true)
            WHERE coalesce(CAST(end_date AS DATE), DATE '9999-12-31') > CAST(start_date AS DATE)
        ) WHERE days > 0
    """
    for period, ends in {"2024": ("2024-01-01", "2025-01-01"), "2024-Q3": ("2024-07-01", "2024-10-01")}.items():
        (earned,) = connection.con.execute(query.format(*ends), [str(DATA / "ravenstack/sales/subscriptions.csv")]).fetchone()
        assert found[period, "all", "all", "revenue_amount"] == found[period, "all", "all", "contracts_amount"] == earned
        assert (period, "all", "all", "tickets_count") in found
