"""The three example companies from their real extracts to figures, held against computations that share no code with ours."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
TRUTH_OF = {
    "opening_customers": "opening_active",
    "new_customers": "new",
    "returned_customers": "reactivated",
    "lapsed_customers": "lost_90d",
    "closing_customers": "closing_active",
}
"""What Olist's own reconciliation calls our measures."""
SOLD_BY = """
    CREATE OR REPLACE TEMP TABLE sold AS
    SELECT CustomerID AS customer, CAST(InvoiceDate AS DATE) AS day, round(amount, 2) AS amount, InvoiceNo
    FROM (
        SELECT *, CAST(Quantity AS DECIMAL(12, 1)) * CAST(UnitPrice AS DECIMAL(12, 3)) AS amount
        FROM read_csv(?, all_varchar = true)
    )
"""
BOUGHT = """
    SELECT
        bool_or(amount > 0 AND day <= opening AND day > opening - 90) AS at_opening,
        bool_or(amount > 0 AND day <= closing AND day > closing - 90) AS at_closing,
        min(CASE WHEN amount > 0 THEN day END) > opening AS is_first,
        coalesce(sum(amount) FILTER (day <= opening AND day > opening - 365), 0) AS opening_worth,
        coalesce(sum(amount) FILTER (day <= closing AND day > closing - 365), 0) AS closing_worth
    FROM (SELECT *, CAST($opening AS DATE) AS opening, CAST($closing AS DATE) AS closing FROM sold)
    WHERE customer IS NOT NULL AND day <= closing
    GROUP BY customer, opening
"""
"""Who bought of late at both ends of a period, and for how much in the year before each."""
SUBSCRIBED = f"""
    SELECT
        coalesce(bool_or(start_date <= $opening AND until > $opening), false) AS at_opening,
        coalesce(bool_or(start_date <= $closing AND until > $closing), false) AS at_closing,
        min(start_date) > $opening AS is_first,
        coalesce(sum(12 * mrr) FILTER (start_date <= $opening AND until > $opening), 0) AS opening_worth,
        coalesce(sum(12 * mrr) FILTER (start_date <= $closing AND until > $closing), 0) AS closing_worth
    FROM (
        SELECT account_id, start_date, coalesce(end_date, '9999') AS until, CAST(mrr_amount AS BIGINT) AS mrr
        FROM read_csv('{DATA}/ravenstack/sales/subscriptions.csv', all_varchar = true)
    )
    WHERE start_date < until
    GROUP BY account_id
"""
"""Whose subscriptions run at both ends of a period, and what these bring in a year."""
COMPUTED = {
    "opening_customers": "count(*) FILTER (at_opening)",
    "new_customers": "count(*) FILTER (NOT at_opening AND at_closing AND is_first)",
    "returned_customers": "count(*) FILTER (NOT at_opening AND at_closing AND NOT is_first)",
    "{gone}_customers": "count(*) FILTER (at_opening AND NOT at_closing)",
    "closing_customers": "count(*) FILTER (at_closing)",
    "opening_amount": "sum(opening_worth) FILTER (at_opening)",
    "new_amount": "sum(closing_worth) FILTER (NOT at_opening AND at_closing AND is_first)",
    "returned_amount": "sum(closing_worth) FILTER (NOT at_opening AND at_closing AND NOT is_first)",
    "{gone}_amount": "sum(opening_worth) FILTER (at_opening AND NOT at_closing)",
    "closing_amount": "sum(closing_worth) FILTER (at_closing)",
}
"""Our measures, from who was a customer at both ends; `gone` is lapsed where customers go silent, left where they tell."""


@pytest.fixture(scope="module")
def read_and_validate(tmp_path_factory: pytest.TempPathFactory, pipelines: Any) -> Any:
    """Reads and judges the extracts of an example company."""
    return lambda company: pipelines.read_and_validate(f"examples/{company}", tmp_path_factory.mktemp(company))


def months_between(first: str, last: str) -> Iterator[str]:
    year, month = map(int, first.split("-"))
    while (name := f"{year}-{month:02d}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def ends_of(connection: Any, month: str, *, months: int = 1) -> tuple[str, str]:
    """The day before some months open, and their last day."""
    query = f"SELECT CAST(CAST(? AS DATE) - 1 AS VARCHAR), CAST(CAST(CAST(? AS DATE) + INTERVAL {months} MONTH AS DATE) - 1 AS VARCHAR)"
    return connection.con.execute(query, [f"{month}-01"] * 2).fetchone()


def computed_plainly(engine: Any, customers: str, *, gone: str, ends: tuple[str, str]) -> dict[str, Decimal]:
    """Measures of a period by plain SQL, from its customers at both ends."""
    columns = ", ".join(f"coalesce({sql}, 0)" for sql in COMPUTED.values())
    answer = engine.execute(f"SELECT {columns} FROM ({customers})", dict(zip(("opening", "closing"), ends, strict=True))).fetchone()
    return dict(zip((measure.format(gone=gone) for measure in COMPUTED), answer, strict=True))


def of_period(figures: dict[tuple[str, str, str, str], Decimal], period: str) -> dict[str, Decimal]:
    """The figures of the whole in one period."""
    return {measure: value for (name, by, _group, measure), value in figures.items() if (name, by) == (period, "all")}


def assert_identities_hold(found: dict[str, Decimal]) -> None:
    assert found["customers_in"] == found["new_customers"] + found["returned_customers"] + found["in_and_out_customers"]
    assert found["customers_out"] == found["left_customers"] + found["lapsed_customers"] + found["in_and_out_customers"]
    assert found["net_customers"] == found["customers_in"] - found["customers_out"]
    assert found["closing_customers"] == found["opening_customers"] + found["net_customers"]
    came = found["new_amount"] + found["returned_amount"] + found["increased_amount"]
    went = found["left_amount"] + found["lapsed_amount"] + found["decreased_amount"]
    beside = found["unchanged_drift_amount"] + found["out_and_back_amount"] + found["fx_effect_amount"]
    assert found["closing_amount"] == found["opening_amount"] + came - went + beside


@pytest.fixture(scope="module")
def olist(read_and_validate: Any) -> Any:
    """A marketplace whose customers are its sellers; its own monthly reconciliation is the truth."""
    return read_and_validate("olist")


def test_olist_s_24_months_equal_its_own_reconciliation(olist: Any) -> None:
    with (DATA / "olist/truth/seller_reconciliation_monthly_all_items.csv").open(encoding="utf-8") as lines:
        truth = {row["month"]: row for row in csv.DictReader(lines)}
    months = [month for month in truth if month <= "2018-08"]
    assert months == list(months_between("2016-09", "2018-08"))
    figures = olist.figures(months)
    for month in months:
        found = of_period(figures, month)
        assert {measure: found[measure] for measure in TRUTH_OF} == {
            measure: int(truth[month][column]) for measure, column in TRUTH_OF.items()
        }, month
        assert found["left_customers"] == found["in_and_out_customers"] == 0
        assert_identities_hold(found)


def test_olist_s_price_of_every_item_is_used(olist: Any) -> None:
    totals = olist.accepted["items"].totals
    assert totals.amount_read == totals.amount_used == Decimal("13591643.70")
    assert (totals.rows_used_count, totals.rows_residual_count, totals.amount_residual) == (112_650, 0, 0)


def test_olist_s_leads_deals_and_reviews_are_judged_and_none_is_lost(olist: Any) -> None:
    found = {name: olist.accepted[name].totals for name in ("leads", "deals", "reviews")}
    used = {name: (totals.rows_used_count, totals.rows_set_aside_count) for name, totals in found.items()}
    assert used == {"leads": (8_000, 0), "deals": (842, 0), "reviews": (8_301 - 778, 778)}
    assert not any(totals.rows_residual_count for totals in found.values())


def test_of_842_sellers_that_olist_s_marketing_won_380_ever_sold(olist: Any, connection: Any) -> None:
    deals, leads, items, reviews = (f"'{olist.accepted[name].path}'" for name in ("deals", "leads", "items", "reviews"))
    ask = connection.con.execute
    sold = f"SELECT count(*), count(*) FILTER (customer_id IN (SELECT customer_id FROM {items})) FROM {deals}"
    assert ask(sold).fetchone() == (842, 380)
    assert ask(f"SELECT count(*) FROM {deals} ANTI JOIN {leads} USING (lead_id, customer_id)").fetchone() == (0,)
    assert ask(f"SELECT count(*) FROM {reviews} ANTI JOIN {items} USING (customer_id)").fetchone() == (0,)


def test_ravenstack_s_24_months_equal_a_plain_computation_over_the_file(read_and_validate: Any, connection: Any) -> None:
    months = list(months_between("2023-01", "2024-12"))
    ravenstack = read_and_validate("ravenstack")
    figures = ravenstack.figures(months)
    for month in months:
        found = of_period(figures, month)
        plain = computed_plainly(connection.con, SUBSCRIBED, gone="left", ends=ends_of(connection, month))
        assert {measure: found[measure] for measure in plain} == plain, month
        assert found["lapsed_customers"] == 0, "a contract's end is told"
        assert_identities_hold(found)
    assert len(ravenstack.accepted) == 5
    assert not any(accepted.totals.rows_residual_count for accepted in ravenstack.accepted.values())


@pytest.fixture(scope="module")
def online_retail(read_and_validate: Any) -> Any:
    """A wholesaler with one file, a quarter of its lines nobody's, and cancellations among them."""
    return read_and_validate("online_retail")


@pytest.fixture(scope="module")
def retail_figures(online_retail: Any) -> Any:
    """Every month that the file covers, and the year from December to November."""
    return online_retail.figures([*months_between("2010-12", "2011-11"), "2011"])


@pytest.fixture(scope="module")
def sold(connection: Any) -> Any:
    """The file itself, by plain SQL."""
    connection.con.execute(SOLD_BY, [str(DATA / "online_retail/online_retail_2010_2011.csv.gz")])
    yield connection.con
    connection.con.execute("DROP TABLE sold")


def test_online_retail_s_every_line_and_penny_is_used_or_set_aside(online_retail: Any) -> None:
    totals = online_retail.accepted["lines"].totals
    assert (totals.rows_read_count, totals.rows_used_count, totals.rows_set_aside_count) == (541_909, 406_829, 135_080)
    assert round(totals.amount_read, 2) == Decimal("9747747.93")
    assert round(totals.amount_used, 2) == Decimal("8300065.81")
    assert totals.amount_set_aside == Decimal("9747747.934") - Decimal("8300065.814")
    assert (totals.rows_superseded_count, totals.rows_residual_count, totals.amount_residual) == (0, 0, 0)


def test_online_retail_s_lines_without_a_customer_are_set_aside_by_the_rule_that_says_so(online_retail: Any, sold: Any) -> None:
    lines = online_retail.accepted["lines"]
    (rule,) = [verdict for verdict in lines.verdicts if verdict.rule_id == "lines.customer_recorded"]
    assert (rule.unexpected_count, rule.set_aside_count) == (135_080, 135_080)
    assert sold.execute(f"SELECT DISTINCT broken_rules FROM '{lines.set_aside_path}'").fetchall() == [("lines.customer_recorded",)]


def test_online_retail_s_cancellations_are_refunds_of_those_who_are_known_and_none_is_lost(online_retail: Any, sold: Any) -> None:
    lines = online_retail.accepted["lines"]
    counted = "SELECT count(*), round(sum(amount), 2) FROM '{}' WHERE status = 'cancellation'"
    used, aside = (sold.execute(counted.format(path)).fetchone() for path in (lines.path, lines.set_aside_path))
    in_file = sold.execute("SELECT count(*), round(sum(amount), 2) FROM sold WHERE InvoiceNo LIKE 'C%'").fetchone()
    assert used[0] + aside[0] == in_file[0] == 9_288
    assert used[1] + aside[1] == in_file[1]
    assert used[1] < 0


@pytest.mark.parametrize("month", list(months_between("2010-12", "2011-11")))
def test_online_retail_s_months_equal_a_plain_computation_over_the_file(
    retail_figures: Any, sold: Any, connection: Any, month: str
) -> None:
    found = of_period(retail_figures, month)
    assert_identities_hold(found)
    plain = computed_plainly(sold, BOUGHT, gone="lapsed", ends=ends_of(connection, month))
    assert {measure: found[measure] for measure in plain} == plain


def test_online_retail_s_year_equals_a_plain_computation_over_the_file(retail_figures: Any, sold: Any, connection: Any) -> None:
    found = of_period(retail_figures, "2011")
    assert_identities_hold(found)
    plain = computed_plainly(sold, BOUGHT, gone="lapsed", ends=ends_of(connection, "2010-12", months=12))
    assert {measure: found[measure] for measure in plain} == plain
    ever = "SELECT count(DISTINCT customer) FROM sold WHERE amount > 0 AND day < DATE '2011-12-01'"
    assert (found["customers_in"],) == sold.execute(ever).fetchone()


def test_online_retail_s_year_nets_what_its_months_net(retail_figures: Any) -> None:
    months = [of_period(retail_figures, month) for month in months_between("2010-12", "2011-11")]
    year = of_period(retail_figures, "2011")
    for measure in ("net_customers", "net_amount"):
        assert sum(month[measure] for month in months) == year[measure]
