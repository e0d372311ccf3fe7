"""A real wholesaler's year in two exports that both hold one month: right with the built-in key, and a finding without it."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from config.settings import COMPANY_FOLDERS
from flows.stages import compute
from tasks.customer_math.ledger.periods import Plan, period_named

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "online_retail").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
WHOLE = "online_retail/online_retail_2010_2011.csv.gz"
HALVES = {"first": "InvoiceDate < '2011-07-01'", "second": "InvoiceDate >= '2011-06-01'"}
"""Both hold June 2011."""
WITH_BLANKS = "REPLACE (InvoiceNo || '  ' AS InvoiceNo, CustomerID || ' ' AS CustomerID, StockCode || ' ' AS StockCode)"
"""What another program made of the second export."""
MEASURES = ("opening_customers", "new_customers", "returned_customers", "lapsed_customers", "closing_customers", "closing_amount")


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory, connection: Any) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    for name, where in HALVES.items():
        columns = f"* {WITH_BLANKS}" if name == "second" else "*"
        rows = f"SELECT {columns} FROM read_csv('{DATA / WHOLE}', all_varchar = true) WHERE {where}"
        connection.con.execute(f"COPY ({rows}) TO '{folder / name}.csv' (HEADER)")
    return folder


@pytest.fixture(scope="module")
def read(exports: Path, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """The wholesaler read from the two exports by one of the built-in keys, or, by no name, from its one whole file."""
    stages: dict[str, Any] = {}

    def by(key: str) -> Any:
        if key not in stages:
            folder = tmp_path_factory.mktemp(key or "whole")
            own = COMPANY_FOLDERS / "examples" / "online_retail"
            sources = yaml.safe_load((own / "sources.yaml").read_text(encoding="utf-8"))
            lines = sources["extracts"]["lines"]
            if key:
                lines |= {"path": str(exports / "*.csv"), "key": key}
                for extract in sources["extracts"].values():
                    extract["sql"] = extract["sql"].replace("regexp_replace(CustomerID,", "regexp_replace(trim(CustomerID),")
                del lines["control_total"]
            (folder / "shop").mkdir()
            (folder / "shop" / "sources.yaml").write_text(yaml.safe_dump(sources), encoding="utf-8")
            (folder / "shop" / "definitions.yaml").write_bytes((own / "definitions.yaml").read_bytes())
            stages[key] = pipelines.read_and_validate(folder / "shop", folder / "home")
        return stages[key]

    return by


def figures(stages: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    period = period_named("2011-09", stages.company.definitions.calendar)
    computed = compute(stages.context, tuple(stages.accepted.values()), Plan.alone(period))
    found = stages.figures(["2011-09"])
    return {measure: found["2011-09", "all", "all", measure] for measure in MEASURES}, computed.ledger.notes


def test_with_the_built_in_key_two_exports_are_the_one_file_to_the_penny(read: Any) -> None:
    totals, whole = read("nth_of_equal_rows").accepted["lines"].totals, read("").accepted["lines"].totals
    assert (totals.rows_used_count, totals.amount_used) == (whole.rows_used_count, whole.amount_used)
    assert totals.rows_read_count - whole.rows_read_count == totals.rows_superseded_count == 36_874
    assert (totals.rows_residual_count, totals.amount_residual) == (0, Decimal(0))
    assert figures(read("nth_of_equal_rows")) == figures(read(""))


def test_without_it_the_month_counts_twice_and_is_a_finding_with_its_rows_and_money(read: Any) -> None:
    twice, whole = read("place_in_file"), read("")
    more = twice.accepted["lines"].totals
    counted_again = more.rows_used_count - whole.accepted["lines"].totals.rows_used_count
    _figures, notes = figures(twice)
    (note,) = [note for note in notes if "another of its files holds too" in note]
    assert f"equal in everything: {counted_again:,} (" in note
    assert f"{more.amount_used - whole.accepted['lines'].totals.amount_used:,.2f}" in note
    assert note.endswith("`key: nth_of_equal_rows` in sources.yaml counts them once.")
