"""One list of who is who for every silo: a customer with two addresses is one in tickets, recommendations, the funnel and experiences."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import openpyxl
import pytest
import yaml

from config.company import load_parts
from tasks.check import findings_of

if TYPE_CHECKING:
    from pathlib import Path

AUGUST = "2026-08"
CUSTOMERS = {"columns": {"customer_id": "number", "customer_name": "name", "email": "email"}}
FILES = {
    "aliases": "address,customer\nAnn.Old@example.test,c01\ncrm-7,c02\nc03,c05\n",
    "tickets": (
        "id,who,day\n1,ann@example.test,2026-07-05\n2,ANN.OLD@example.test,2026-07-06\n3,crm-7,2026-07-07\n"
        "4,shared@example.test,2026-07-08\n5,c03,2026-07-09\n6,c01,2026-07-10\n7,nobody@example.test,2026-07-11\n"
    ),
    "referrals": "id,who,whom,day\n1,ann.old@example.test,crm-7,2026-08-05\n2,c02,shared@example.test,2026-08-06\n",
    "leads": "id,who,day,channel\n1,Ann.Old@example.test,2026-06-05,fair\n2,shared@example.test,2026-06-06,fair\n3,,2026-06-07,fair\n",
}
EXTRACTS: dict[str, Any] = {
    "aliases": {
        "silo": "marketing",
        "dataset": "crosswalk",
        "key": ["address"],
        "columns": {"silo_key": "address", "customer_id": "customer"},
    },
    "tickets": {
        "silo": "service",
        "dataset": "tickets",
        "key": ["id"],
        "columns": {"ticket_id": "id", "customer_id": "who", "opened_on": "day"},
        "claims": {"lost": {"says": "customers who complained", "on": "opened_on"}},
    },
    "referrals": {
        "silo": "marketing",
        "dataset": "referrals",
        "key": ["id"],
        "columns": {"referral_id": "id", "customer_id": "who", "referred_customer_id": "whom", "referred_on": "day"},
    },
    "leads": {
        "silo": "marketing",
        "dataset": "leads",
        "key": ["id"],
        "columns": {"lead_id": "id", "customer_id": "who", "created_on": "day", "channel": "channel"},
    },
}
MAILS = {"c01": " Ann@example.test", "c02": "ben@example.test", "c03": "shared@example.test", "c04": "Shared@example.test"}


@pytest.fixture(scope="module")
def matching(shop: Any) -> Any:
    """The small company, whose silos know its customers by addresses, keys of a CRM and its own numbers."""

    def made(folder: Path, **changes: Any) -> Any:
        company = shop(folder, customers=CUSTOMERS, definitions={"rules": {"largest_set_aside_rate": 0.9}})
        lines = (folder / "customers.csv").read_text(encoding="utf-8").splitlines()
        with_mail = [f"{line},{MAILS.get(line.split(',')[0], '') if number else 'email'}" for number, line in enumerate(lines)]
        (folder / "customers.csv").write_text("\n".join(with_mail) + "\n", encoding="utf-8")
        sources = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
        for name, extract in EXTRACTS.items():
            own = {"path": f"{name}.csv", "covers_through": date(2026, 9, 30), **changes.get(name, {})}
            sources["extracts"][name] = {**extract, **own}
            (folder / f"{name}.csv").write_text(FILES[name], encoding="utf-8")
        (folder / "sources.yaml").write_text(yaml.safe_dump(sources), encoding="utf-8")
        return company

    return made


@pytest.fixture(scope="module")
def stages(matching: Any, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("matched")
    return pipelines.read_and_validate(matching(folder / "shop").folder, folder / "home")


def column(path: Path, name: str) -> list[Any]:
    return [row[name] for row in ibis.duckdb.connect().read_parquet(path).to_pyarrow().to_pylist()]


def test_a_customer_with_two_addresses_is_one_in_every_silo(stages: Any) -> None:
    accepted = stages.accepted
    assert column(accepted["tickets"].path, "customer_id") == ["c01", "c01", "c02", "c01"]
    assert column(accepted["referrals"].path, "customer_id") == ["c01", "c02"]
    assert column(accepted["leads"].path, "customer_id") == ["c01", None, None]


def test_whose_a_row_is_is_never_guessed_where_rules_lead_to_two(stages: Any) -> None:
    # Two customers share the address; c03 is a customer's own number and, to the CRM, the key of c05.
    tickets = stages.accepted["tickets"]
    assert column(tickets.set_aside_path, "customer_id") == ["shared@example.test", "c03", "nobody@example.test"]
    by_rule = {each.rule_id: each.set_aside_count for each in tickets.verdicts if each.set_aside_count}
    assert by_rule == {"tickets.customer_is_one": 2, "tickets.customer_is_known": 1 + 1}
    assert column(stages.accepted["referrals"].path, "referred_customer_id") == ["c02", None]


def test_whose_rows_are_is_looked_up_again_only_where_anything_decides_it_otherwise(matching: Any, pipelines: Any, tmp_path: Path) -> None:
    company, home = matching(tmp_path / "shop"), tmp_path / "home"
    first = pipelines.read_and_validate(company.folder, home).accepted
    found = {path.parent.name: path for path in (home / "shop" / "corrected").glob("*/*.identity.json")}
    written_at = found["orders"].stat().st_mtime_ns
    found["leads"].write_text("{", encoding="utf-8")
    next((home / "shop" / "corrected" / "tickets").glob("*.parquet")).unlink()
    assert pipelines.read_and_validate(company.folder, home).accepted == first
    assert found["orders"].stat().st_mtime_ns == written_at
    (company.folder / "aliases.csv").write_text(FILES["aliases"].replace("crm-7,c02", "crm-7,c04"), encoding="utf-8")
    tickets = pipelines.read_and_validate(company.folder, home).accepted["tickets"]
    assert column(tickets.path, "customer_id") == ["c01", "c01", "c04", "c01"]


def test_every_key_is_counted_as_matched_not_matched_or_ambiguous(stages: Any) -> None:
    (orders,), (tickets,) = stages.accepted["orders"].matched, stages.accepted["tickets"].matched
    assert (orders.ambiguous_count, orders.crosswalk_count) == (0, 0), "in the silo that numbers customers c03 is c03"
    assert (tickets.rows_count, tickets.id_count, tickets.crosswalk_count, tickets.email_count) == (7, 1, 1 + 1, 1)
    assert (tickets.unmatched_count, tickets.ambiguous_count) == (1, 2)
    assert [(each.column, each.ambiguous_count) for each in stages.accepted["referrals"].matched] == [
        ("customer_id", 0),
        ("referred_customer_id", 1),
    ]


def test_data_quality_says_whose_rows_there_are_and_claims_follow(stages: Any) -> None:
    published = stages.publish(AUGUST)
    sheet = openpyxl.load_workbook(published.folder / "scorecard.xlsx")["Notes"]
    texts = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert any("for several, of which none is guessed" in text for text in texts)
    assert any(text.startswith("tickets: the key of the customer stands for several customers in 2 rows of 7") for text in texts)
    claimed = {row["line"]: row["customers_count"] for row in stages.alignment("2026-07") if row["extract"] == "tickets"}
    assert (claimed["ambiguous_customer"], claimed["unknown_customer"]) == (2, 1)


def test_check_says_which_keys_are_of_several_customers_before_anything_is_run(matching: Any, pipelines: Any, tmp_path: Path) -> None:
    company = matching(tmp_path / "shop")
    company.change("definitions.yaml", "largest_set_aside_rate: 0.9", "largest_set_aside_rate: 0.1")
    findings = findings_of(load_parts(company.folder), settings=pipelines.settings_in(tmp_path / "home"), now=pipelines.NOW)
    (told,) = [each for each in findings.problems if "tickets.customer_is_one" in each]
    assert re.search(r"sources\.yaml:\d+: tickets: rule tickets\.customer_is_one: .* Found 2 rows of 7 rows that break it", told)


def test_a_silo_whose_numbers_are_its_own_is_matched_by_the_crosswalk_alone(matching: Any, pipelines: Any, tmp_path: Path) -> None:
    company = matching(tmp_path / "shop", tickets={"ids": {"matched_by": ["crosswalk"]}})
    tickets = pipelines.read_and_validate(company.folder, tmp_path / "home").accepted["tickets"]
    # The CRM's c03 is our c05, and its c01, which is in no crosswalk, is not taken for ours.
    assert column(tickets.path, "customer_id") == ["c01", "c02", "c05"]
    assert len(column(tickets.set_aside_path, "customer_id")) == 7 - 3


def test_ids_that_two_extracts_write_in_other_capitals_are_counted_where_no_list_says_who_is_who(
    shop: Any, pipelines: Any, tmp_path: Path
) -> None:
    company = shop(tmp_path / "shop", only=["orders", "contracts", "rates"])
    company.change("contracts.csv", "k1,c05", "k1,C07")
    accepted = pipelines.read_and_validate(company.folder, tmp_path / "home").accepted
    assert [matched.alike_count for matched in accepted["orders"].matched] == [1]  # looked at after contracts
    assert [matched.alike_count for matched in accepted["contracts"].matched] == [0]


def test_the_same_keys_are_not_looked_at_twice(stages: Any, pipelines: Any) -> None:
    again = pipelines.read_and_validate(stages.company.folder, stages.home.folder.parent)
    assert again.accepted["tickets"].path == stages.accepted["tickets"].path
