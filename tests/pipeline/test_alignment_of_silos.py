"""The silos' claims from files to bridges: matched by id, crosswalk and e-mail, drilled to customers, slips told by file and line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from config.company import load_company
from config.yaml_file import CompanyFolderError
from expectations.verdict import RefusedError
from tasks.explain import ExplainRequest, UnknownNameError, explain_bridge
from tests.small_company import EXTRACTS

if TYPE_CHECKING:
    from pathlib import Path

AUGUST = "2026-08"
WON = {"new": {"says": "orders that were paid", "on": "purchased_on", "where": {"status": ["shipped"]}}}
LEFT = {"lost": {"says": "departures told", "on": "departed_on"}}


@pytest.fixture(scope="module")
def claiming(shop: Any) -> Any:
    """The small company, whose sales count every paid order as a new customer and whose service counts departures."""
    return lambda folder, **changes: shop(folder, **{"orders": {"claims": WON}, "departures": {"claims": LEFT}, **changes})


@pytest.fixture(scope="module")
def published(claiming: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("aligned")
    stages = pipelines.read_and_validate(claiming(folder / "shop").folder, folder / "home")
    stages.publish(AUGUST)
    return stages


def bridge_of(stages: Any, extract: str) -> dict[str, int]:
    return {row["line"]: row["customers_count"] for row in stages.alignment(AUGUST) if row["extract"] == extract}


def asked(stages: Any, line: str, **named: Any) -> Any:
    return explain_bridge(stages.company, ExplainRequest(AUGUST, line), settings=stages.settings, **named)


def test_sales_count_orders_and_the_company_counts_customers(published: Any) -> None:
    # c01 new; c02 and c07 were customers before; c08 and c09 came on 20 July, 31 days before their order of August (c09's is a refund,
    # which sales count all the same); the order of c99, whom nobody knows, was set aside, but sales count it; c06 came by contract.
    assert bridge_of(published, "orders") == {
        "agreed": 1,
        "customer_before": 2,
        "other_period": 2,
        "unknown_customer": 1,
        "missing_from_silo": 1,
        "unexplained": 0,
    }


def test_service_counts_who_told_it_and_misses_who_went_silent(published: Any) -> None:
    assert bridge_of(published, "departures") == {"agreed": 1, "missing_from_silo": 3, "unexplained": 0}


def test_a_line_is_drilled_to_exactly_its_customers(published: Any, tmp_path: Path) -> None:
    found = asked(published, "sales.new.customer_before", output=tmp_path / "before.csv")
    assert found.customers_count == 2
    with (tmp_path / "before.csv").open(encoding="utf-8") as file:
        assert [row["customer_id"] for row in csv.DictReader(file)] == ["c02", "c07"]
    assert asked(published, "sales").customers_count == 1 + 2 + 2 + 1 + 1
    assert len(asked(published, "sales", rows_count=2).rows) == 2


def test_a_line_that_there_is_none_of_is_named_with_the_nearest(published: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"line 'sales.new.agree': did you mean sales.new.agreed\?"):
        asked(published, "sales.new.agree")


def test_an_edition_without_claims_says_how_to_declare_them(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate(shop(tmp_path / "shop").folder, tmp_path / "home")
    stages.publish(AUGUST)
    with pytest.raises(UnknownNameError, match=r"has no bridges; declare `claims` in sources\.yaml"):
        asked(stages, "sales")


def with_deals(claiming: Any, folder: Path, *, claim: str, deals: str, crosswalk: str = "", **changes: Any) -> Any:
    """The company with an extract of deals whose customers are known by another key."""
    company = claiming(folder, **changes)
    extracts = "\n".join(
        (
            "  deals:",
            "    silo: marketing",
            "    dataset: deals",
            "    path: deals.csv",
            "    key: [id]",
            "    columns: {deal_id: id, won_on: day}",
            "    attributes: {contact: contact}",
            "    covers_through: 2026-09-30",
            f"    claims: {{new: {claim}}}",
            *(
                (
                    "  crosswalk:",
                    "    silo: marketing",
                    "    dataset: crosswalk",
                    "    path: crosswalk.csv",
                    "    key: [theirs, ours]",
                    "    columns: {silo_key: theirs, customer_id: ours}",
                )
                if crosswalk
                else ()
            ),
            "",
        )
    )
    with (company.folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write(extracts)
    (company.folder / "deals.csv").write_text(deals, encoding="utf-8")
    (company.folder / "crosswalk.csv").write_text(crosswalk, encoding="utf-8")
    return company


DEALS = "id,day,contact\n1,2026-08-09,crm-1\n2,2026-08-09,crm-9\n3,2026-08-09,\n"
BY_CROSSWALK = "{says: deals won, on: won_on, customer: contact, matched_by: crosswalk}"


def test_a_silos_key_is_matched_by_its_crosswalk(claiming: Any, pipelines: Any, tmp_path: Path) -> None:
    company = with_deals(claiming, tmp_path / "shop", claim=BY_CROSSWALK, deals=DEALS, crosswalk="theirs,ours\ncrm-1,c01\n")
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    assert bridge_of(stages, "deals") == {"agreed": 1, "unknown_customer": 2, "missing_from_silo": 1, "unexplained": 0}


def test_a_key_with_two_masters_stops_and_says_what_to_do(claiming: Any, pipelines: Any, tmp_path: Path) -> None:
    two = "theirs,ours\ncrm-1,c01\ncrm-1,c02\n"
    company = with_deals(claiming, tmp_path / "shop", claim=BY_CROSSWALK, deals=DEALS, crosswalk=two)
    with pytest.raises(RefusedError, match=r"crosswalk.*one_master"):
        pipelines.read_and_validate(company.folder, tmp_path / "home")


def test_a_key_with_two_masters_is_never_guessed_where_the_company_allows_it(claiming: Any, pipelines: Any, tmp_path: Path) -> None:
    two = "theirs,ours\ncrm-1,c01\ncrm-1,c02\n"
    relaxed = {"rule": "crosswalk.one_master", "to": "note", "because": "two systems were merged this year"}
    definitions = {"rules": {"largest_set_aside_rate": 0.2, "relax": [relaxed]}}
    company = with_deals(claiming, tmp_path / "shop", claim=BY_CROSSWALK, deals=DEALS, crosswalk=two, definitions=definitions)
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    assert bridge_of(stages, "deals") == {"ambiguous_customer": 1, "unknown_customer": 2, "missing_from_silo": 2, "unexplained": 0}


def test_an_address_is_matched_in_its_normal_form(claiming: Any, pipelines: Any, tmp_path: Path) -> None:
    by_email = "{says: deals won, on: won_on, customer: contact, matched_by: email}"
    deals = "id,day,contact\n1,2026-08-09, North@Example.test\n2,2026-08-10,nobody@example.test\n"
    customers = {"columns": {"customer_id": "number", "customer_name": "name", "email": "region"}}
    company = with_deals(claiming, tmp_path / "shop", claim=by_email, deals=deals, customers=customers)
    company.change("customers.csv", "c01,Zephyrine Quux,North", "c01,Zephyrine Quux,north@example.TEST")
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    assert bridge_of(stages, "deals") == {"agreed": 1, "unknown_customer": 1, "missing_from_silo": 1, "unexplained": 0}


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        (
            "{says: deals won, on: won_at}",
            r"sources.yaml:\d+: extracts.deals.claims.new.on: the extract maps no column `won_at`; it maps contact",
        ),
        (
            "{says: deals won, on: won_on, customer: contact, matched_by: crosswalk}",
            r"there is no extract with `dataset: crosswalk`; add one",
        ),
        ("{says: deals won, on: won_on, customer: contact, matched_by: email}", r"no extract of customers maps `email`; map it"),
        ("{says: deals won, on: won_on, where: {stage: [won]}}", r"claims.new.where: the extract maps no column `stage`"),
    ],
)
def test_a_claim_that_names_what_is_not_there_is_told_by_file_and_line(claiming: Any, tmp_path: Path, claim: str, problem: str) -> None:
    company = with_deals(claiming, tmp_path / "shop", claim=claim, deals=DEALS)
    with pytest.raises(CompanyFolderError, match=problem):
        load_company(company.folder)


def test_an_extract_that_is_only_joined_claims_nothing(claiming: Any, tmp_path: Path) -> None:
    company = claiming(tmp_path / "shop", departures={"claims": LEFT, "dataset": None, "columns": {}})
    with pytest.raises(CompanyFolderError, match="the extract has no `dataset`, so its rows are only joined"):
        load_company(company.folder)


def test_a_company_without_a_list_of_customers_knows_those_who_bought(claiming: Any, pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate(claiming(tmp_path / "shop", only=["orders"]).folder, tmp_path / "home")
    assert "customers" not in EXTRACTS["orders"]
    assert bridge_of(stages, "orders")["unexplained"] == 0
    assert "unknown_customer" not in bridge_of(stages, "orders")
