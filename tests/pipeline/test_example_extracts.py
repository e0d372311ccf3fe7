"""The three example companies' extracts, from their real files, to the row and the cent."""

from __future__ import annotations

import csv
import gzip
import io
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from config.settings import settings_from_environment
from tasks.extract import land_extract
from tasks.store.engine import Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.sources.landed import Landed

    Ask = Callable[[str, str], list[tuple[Any, ...]]]

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Landed]]:
    """Lands an extract of an example company; each is read once."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTOMER_MATH_HOME", str(folder))
        settings = settings_from_environment()
        yield lambda company, name: land_extract(load_company(company), name, settings=settings, home=Home.of(settings, company))


@pytest.fixture(scope="module")
def ask(landing: Callable[[str, str], Landed], connection: Any) -> Ask:
    """Answers a question about landed extracts, named as `company.extract`."""

    def answer(select: str, extract: str) -> list[tuple[Any, ...]]:
        path = landing(*extract.split(".")).path
        return connection.con.execute(f"SELECT {select} FROM '{path}'").fetchall()

    return answer


def records_of(path: str) -> int:
    """How many records a CSV file has, by Python's own reader."""
    content = (DATA / path).read_bytes()
    text = (gzip.decompress(content) if path.endswith(".gz") else content).decode("utf-8")
    return sum(1 for record in csv.reader(io.StringIO(text, newline="")) if record) - 1


@pytest.mark.parametrize(
    ("company", "extract", "path"),
    [
        ("olist", "sellers", "olist/sales/sellers.csv"),
        ("olist", "items", "olist/sales/order_items.csv.gz"),
        ("olist", "leads", "olist/marketing/marketing_qualified_leads.csv"),
        ("olist", "deals", "olist/marketing/closed_deals.csv"),
        ("olist", "reviews", "olist/service/order_reviews_sample.csv"),
        ("ravenstack", "accounts", "ravenstack/marketing/accounts.csv"),
        ("ravenstack", "subscriptions", "ravenstack/sales/subscriptions.csv"),
        ("ravenstack", "tickets", "ravenstack/service/support_tickets.csv"),
        ("ravenstack", "departures", "ravenstack/service/churn_events.csv"),
        ("online_retail", "lines", "online_retail/online_retail_2010_2011.csv.gz"),
    ],
)
def test_every_record_of_every_file_is_read_and_every_value_understood(
    landing: Callable[[str, str], Landed], ask: Ask, company: str, extract: str, path: str
) -> None:
    assert landing(company, extract).file_rows_count == records_of(path)
    assert ask("count(unreadable)", f"{company}.{extract}") == [(0,)]


def test_olist_s_items_are_landed_to_the_cent_and_no_join_brings_one_twice(landing: Callable[[str, str], Landed], ask: Ask) -> None:
    landed = landing("olist", "items")
    assert (landed.rows_count, landed.amount) == (112_650, Decimal("13591643.7000"))
    assert str(landed.covers_through) == "2018-08-31"
    # Beyond the last day covered lie 99 items of September 2018 and four of 2020.
    beyond = "count(*) FILTER (purchased_on > DATE '2018-08-31'), count(*) FILTER (purchased_on > DATE '2018-09-30')"
    assert ask(f"count(DISTINCT record_key), {beyond}", "olist.items") == [(112_650, 103, 4)]


def test_olist_s_months_hold_what_its_own_reconciliation_says(landing: Callable[[str, str], Landed], connection: Any) -> None:
    query = f"SELECT strftime(purchased_on, '%Y-%m'), sum(amount) FROM '{landing('olist', 'items').path}' GROUP BY 1"
    found = dict(connection.con.execute(query).fetchall())
    with (DATA / "olist/truth/seller_reconciliation_monthly_all_items.csv").open(encoding="utf-8") as lines:
        expected = {row["month"]: Decimal(row["revenue_price"]) for row in csv.DictReader(lines)}
    assert {month: found.get(month, Decimal(0)) for month in expected} == expected


def test_olist_s_leads_and_deals_know_their_sellers(ask: Ask) -> None:
    assert ask("count(*), count(customer_id), count(*) FILTER (channel IS NULL), count(*) FILTER (channel = 'unknown')", "olist.leads") == [
        (8_000, 842, 60, 1_099)
    ]
    sold = {seller for (seller,) in ask("customer_id", "olist.sellers")}
    won = [seller for (seller,) in ask("customer_id", "olist.deals")]
    assert (len(won), sum(seller in sold for seller in won)) == (842, 380)


def test_olist_s_reviews_belong_to_sellers_and_none_vanishes(ask: Ask) -> None:
    assert ask("count(*), count(DISTINCT record_key), count(customer_id), count(DISTINCT source_row)", "olist.reviews") == [
        (8_301, 8_301, 7_523, 8_225)
    ]
    assert ask("min(score), max(score), count(*) FILTER (contains(comment, chr(10))) > 0", "olist.reviews") == [(1, 5, True)]


def test_ravenstack_s_contracts_and_what_service_says_are_landed(landing: Callable[[str, str], Landed], ask: Ask) -> None:
    landed = landing("ravenstack", "subscriptions")
    assert (landed.rows_count, landed.amount) == (5_000, Decimal(11338747))
    assert ask("count(*) FILTER (ends_on IS NULL), count(*) FILTER (status = 'trial'), min(recurring_per)", "ravenstack.subscriptions") == [
        (4_514, 778, "month")
    ]
    assert landing("ravenstack", "ticket_scores").rows_count == 2_000 - 825
    assert ask("count(*), count(DISTINCT customer_id), count(*) FILTER (reason_code IS NULL)", "ravenstack.departures") == [(600, 352, 95)]
    assert ask("count(closed_on), count(*) FILTER (is_complaint)", "ravenstack.tickets") == [(2_000, 95)]


def test_online_retail_s_lines_are_landed_to_the_penny_with_those_of_nobody(landing: Callable[[str, str], Landed], ask: Ask) -> None:
    landed = landing("online_retail", "lines")
    assert (landed.rows_count, landed.amount) == (541_909, Decimal("9747747.9340"))
    known = "count(*) FILTER (customer_id IS NULL), sum(amount) FILTER (customer_id IS NOT NULL), count(DISTINCT customer_id)"
    assert ask(known, "online_retail.lines") == [(135_080, Decimal("8300065.8140"), 4_372)]
    states = "count(*) FILTER (status = 'cancellation'), count(*) FILTER (status = 'bad_debt'), count(DISTINCT record_key)"
    assert ask(states, "online_retail.lines") == [(9_288, 3, 541_909)]
    # The four lines with three decimals and the rest agree with the sources' own totals whether each line is rounded or the sum.
    assert ask("sum(round(amount, 2)), sum(round(amount, 2)) FILTER (customer_id IS NOT NULL)", "online_retail.lines") == [
        (Decimal("9747747.93"), Decimal("8300065.81"))
    ]


def test_online_retail_s_customers_come_once_each_with_one_country(ask: Ask) -> None:
    assert ask("count(*), count(DISTINCT customer_id), count(country), max(length(customer_id))", "online_retail.customers") == [
        (4_372, 4_372, 4_372, 5)
    ]
