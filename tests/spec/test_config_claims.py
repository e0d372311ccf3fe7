"""What a company's author is told when a silo's claim cannot be counted, or its customers not be matched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.company import load_company
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from pathlib import Path

DEFINITIONS = """\
company: Claimed
customer: person
currency: EUR
time_zone: UTC
sells_by: [repeat_purchase]
"""
SOURCES = """\
extracts:
  orders:
    silo: sales
    dataset: purchases
    path: orders.csv
    key: [id]
    columns: {customer_id: who, purchased_on: day, amount: net}
    claims:
      new: CLAIM
  notes:
    silo: service
    path: notes.csv
    key: [id]
"""
CLAIM = "{says: people who bought, on: purchased_on}"


def told(folder: Path, sources: str, definitions: str = DEFINITIONS) -> list[str]:
    """What is said of the folder; nothing where it can be used."""
    (folder / "definitions.yaml").write_text(definitions, encoding="utf-8")
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    try:
        load_company(folder)
    except CompanyFolderError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []


def test_a_claim_by_columns_that_are_mapped_is_fine(tmp_path: Path) -> None:
    assert told(tmp_path, SOURCES.replace("CLAIM", CLAIM)) == []


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("{says: people who bought, on: bought_on}", "the extract maps no column `bought_on`; it maps amount, customer_id, purchased_on"),
        ("{says: people who bought, where: {status: [won]}}", "the extract maps no column `status`"),
        ("{says: people who bought, customer: mail}", "the extract maps no column `mail`"),
        ("{says: people who bought, matched_by: crosswalk}", "there is no extract with `dataset: crosswalk`; add one"),
        ("{says: people who bought, matched_by: email}", "no extract of customers maps `email`; map it"),
    ],
)
def test_what_a_claim_names_must_be_there(tmp_path: Path, claim: str, expected: str) -> None:
    (said,) = told(tmp_path, SOURCES.replace("CLAIM", claim))
    assert said.startswith("sources.yaml:")
    assert expected in said


def test_rows_that_are_only_joined_claim_nothing(tmp_path: Path) -> None:
    claiming = SOURCES.replace("CLAIM", CLAIM) + "    claims: {lost: {says: people who complained}}\n"
    (said,) = told(tmp_path, claiming)
    assert "extracts.notes.claims.lost: the extract has no `dataset`, so its rows are only joined" in said


IDS = "    ids: {matched_by: [RULES]}\n"
LISTS = """\
  people:
    silo: sales
    dataset: customers
    path: people.csv
    key: [id]
    columns: {customer_id: id, email: mail}
  keys:
    silo: marketing
    dataset: crosswalk
    path: keys.csv
    key: [theirs]
    columns: {silo_key: theirs, customer_id: ours}
    ids: {case: lower}
"""


def with_rules(rules: str, lists: str = "") -> str:
    return SOURCES.replace("CLAIM", CLAIM).replace("  notes:", f"{IDS.replace('RULES', rules)}{lists}  notes:")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("crosswalk", "extracts.orders.ids.matched_by: there is no extract with `dataset: crosswalk`; add one"),
        ("email", "extracts.orders.ids.matched_by: no extract of customers maps `email`; map it"),
        ("id, id", "expected some of id, crosswalk, email, each once"),
        ("", "expected some of id, crosswalk, email, each once"),
    ],
)
def test_a_rule_of_matching_needs_an_extract_to_match_by(tmp_path: Path, rules: str, expected: str) -> None:
    (said,) = told(tmp_path, with_rules(rules))
    assert expected in said


def test_the_company_s_own_rules_of_matching_are_checked_alike(tmp_path: Path) -> None:
    (said,) = told(tmp_path, SOURCES.replace("CLAIM", CLAIM), DEFINITIONS + "ids: {matched_by: [email]}\n")
    assert "definitions.yaml:6: ids.matched_by: no extract of customers maps `email`" in said


def test_keys_are_matched_by_every_rule_that_there_is_an_extract_for_unless_said_otherwise(tmp_path: Path) -> None:
    assert told(tmp_path, with_rules("email, id", LISTS), DEFINITIONS + "ids: {case: lower}\n") == []
    company = load_company(tmp_path)
    assert company.match_rules_of("orders") == ("email", "id")
    assert company.match_rules_of("people") == ("id", "crosswalk", "email")
    assert company.ids_of("orders").case == "lower", "an extract that says only how it is matched compares as the company does"
    assert told(tmp_path, SOURCES.replace("CLAIM", CLAIM)) == []
    assert load_company(tmp_path).match_rules_of("orders") == ("id",)
