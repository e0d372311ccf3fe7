"""A run that is refused says everything that stands in its way, in all extracts, and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.company import load_company
from expectations.verdict import RefusedError
from flows.stages import PipelineContext, read_and_validate
from tasks.sources.landed import MissingExtractError, SourceError
from tests.newcomer_company import newcomer
from tests.pipelines import NOW, settings_in

if TYPE_CHECKING:
    from pathlib import Path

    from config.refusal import Refusal
    from tests.newcomer_company import Newcomer


def refusal(company: Newcomer, kind: type[Refusal]) -> str:
    context = PipelineContext.of(load_company(company.folder), settings=settings_in(company.folder / "home"), now=NOW)
    with pytest.raises(kind) as refused:
        read_and_validate(context)
    assert type(refused.value) is kind
    return str(refused.value)


def test_all_extracts_that_cannot_be_read_or_used_are_named_in_one_go(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop", extracts=("customers", "orders", "contracts"))
    company.replace("sources.yaml", "contracts.csv", "contract.csv")
    company.write("orders.csv", company.text("orders.csv").replace(",00", ",x"))
    said = refusal(company, RefusedError).splitlines()
    assert [line.partition(":")[0] for line in said] == ["contracts", "orders"]
    assert "contract.csv, found none" in said[0]
    assert "are set aside" in said[1]


def test_extracts_that_are_all_missing_are_still_a_matter_of_waiting(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    for name in ("customers", "orders"):
        (company.folder / f"{name}.csv").unlink()
    said = refusal(company, MissingExtractError)
    assert [line.partition(":")[0] for line in said.splitlines()] == ["customers", "orders"]


def test_customers_that_nobody_has_are_said_with_how_their_ids_differ_and_with_both_cures(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.write("orders.csv", company.text("orders.csv").replace(",001", ",1"))
    said = refusal(company, RefusedError)
    assert "first in orders.csv row 1, written as `999`, customers' own as `99999`; 40 of 40 ids differ only in leading zeros" in said
    assert "rules: {relax: [{rule: orders.customer_is_known, to: note, because: say here why that is so}]}" in said
    assert (
        "to raise `rules.largest_set_aside_rate` in definitions.yaml would leave these rows, 8,400.00 in money out of every figure" in said
    )


def test_a_control_total_of_joined_files_counts_the_rows_of_the_extract_itself(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    joined = "sql: SELECT orders_raw.* FROM orders_raw JOIN customers ON orders_raw.Customer = customers.Customer"
    company.replace("sources.yaml", "    path: orders.csv\n", f"    {joined}\n    control_total: {{rows: 121}}\n")
    raw = "  orders_raw:\n    silo: sales\n    path: orders.csv\n    key: [Order]\n"
    company.write("sources.yaml", company.text("sources.yaml") + raw)
    assert "its control total says 121 rows, found 120" in refusal(company, RefusedError)


def test_an_extract_that_cannot_be_read_is_a_source_error_by_itself(tmp_path: Path) -> None:
    company = newcomer(tmp_path / "shop")
    company.write("orders.csv", "")
    assert refusal(company, SourceError) == "orders: orders.csv: is empty, expected a row of headings at least; export it again"
