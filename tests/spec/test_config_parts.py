"""A company's folder as far as it can be used: what has problems is left out, so that the rest can be looked at all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.company import load_parts
from config.refusal import Refusal
from tests.newcomer_company import newcomer

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_without_problems_is_whole(tmp_path: Path) -> None:
    parts = load_parts(newcomer(tmp_path / "shop").folder)
    assert (parts.is_whole, parts.problems) == (True, ())
    assert parts.company is not None
    assert parts.sources_file is not None


def test_definitions_that_are_wrong_leave_the_extracts_to_be_looked_at(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.replace("definitions.yaml", "currency: EUR", "currency: Euro")
    company.replace("definitions.yaml", "[cancelled]", "cancelled")
    parts = load_parts(company.folder)
    assert [problem.partition(".yaml:")[2].partition(":")[0] for problem in parts.problems] == ["2", "6"]
    assert parts.company is not None
    assert parts.company.definitions.currency == "XTS"
    assert parts.company.definitions.time_zone == "Europe/Berlin"
    assert set(parts.company.sources.extracts) == {"customers", "orders"}


@pytest.mark.parametrize("content", ["", "company: [", "time_zone: Europe/Berlin\n"])
def test_definitions_of_which_little_is_there_leave_the_extracts_too(tmp_path: Path, content: str) -> None:
    company = newcomer(tmp_path / "shop")
    company.write("definitions.yaml", content)
    parts = load_parts(company.folder)
    assert not parts.is_whole
    assert parts.company is not None
    assert set(parts.company.sources.extracts) == {"customers", "orders"}


def test_an_extract_that_is_wrong_leaves_the_others(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.replace("sources.yaml", "key: [Order]", "keys: [Order]")
    parts = load_parts(company.folder)
    assert parts.company is not None
    assert set(parts.company.sources.extracts) == {"customers"}


@pytest.mark.parametrize("content", ["extracts: [", "extracts:\n  orders: {silo: sails}\n", "extract: {}\n"])
def test_sources_of_which_nothing_is_left_leave_no_company(tmp_path: Path, content: str) -> None:
    company = newcomer(tmp_path / "shop")
    company.write("sources.yaml", content)
    parts = load_parts(company.folder)
    assert parts.problems
    assert parts.company is None


def test_two_files_that_disagree_are_a_whole_company_with_problems(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.replace("definitions.yaml", "customers.region", "customers.area")
    parts = load_parts(company.folder)
    assert len(parts.problems) == 1
    assert parts.company is not None
    assert "region" in parts.company.definitions.segments


def test_a_refusal_of_several_sentences_says_each_on_a_line_of_its_own() -> None:
    assert str(Refusal("orders: is empty", "customers: is gone")) == "orders: is empty\ncustomers: is gone"
