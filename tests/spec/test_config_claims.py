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


def told(folder: Path, sources: str) -> list[str]:
    """What is said of the folder; nothing where it can be used."""
    (folder / "definitions.yaml").write_text(DEFINITIONS, encoding="utf-8")
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
