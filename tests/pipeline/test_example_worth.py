"""What the customers of the example companies are still expected to bring: a statement that adds up, or a sentence that says why not."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]
LINES = """
    SELECT
        sum(opening_equity_amount - lost_equity_amount + unwinding_amount - received_margin_amount + changed_expectation_amount
            + new_equity_amount + returned_equity_amount + changed_assumptions_amount),
        sum(closing_equity_amount),
        count(*) FILTER (closing_equity_amount > 0)
    FROM read_parquet(?)
"""


def published(pipelines: Any, home: Path, *, name: str, period: str) -> tuple[Path, str]:
    """The folder of an edition, and what its sheet Worth says first."""
    edition = pipelines.read_and_validate(f"examples/{name}", home).publish(period).folder
    book = openpyxl.load_workbook(edition / "scorecard.xlsx", read_only=True)
    texts = [str(cell) for row in book["Worth"].iter_rows(values_only=True) for cell in row if cell is not None]
    book.close()
    return edition, texts[3]


def test_olist_is_valued_and_the_plain_rule_was_better(pipelines: Any, tmp_path: Path) -> None:
    edition, sentence = published(pipelines, tmp_path, name="olist", period="2018-07")
    came, closing, customers = duckdb.sql(LINES, params=[str(edition / "equity.parquet")]).fetchall()[0]
    assert came == closing > Decimal(0)
    assert f"BRL {closing / 1_000_000:.1f}m of revenue is still expected of {customers:,} customers" in sentence
    assert sentence.endswith("the models were worse than that plain rule, in all and customer by customer: do not rely on them.")


@pytest.mark.parametrize(
    ("name", "period", "currency", "why"),
    [
        ("ravenstack", "2024-11", "USD", "477 had contracts and 2 let them end, 200 customers and 10 who did are needed"),
        ("online_retail", "2011-11", "GBP", "in the 364 days that are recorded nobody can be seen to stop buying: the 4,"),
    ],
)
def test_where_nothing_is_learnt_of_ends_the_plain_rule_stands_in_and_is_called_so(
    name: str, period: str, currency: str, why: str, pipelines: Any, tmp_path: Path
) -> None:
    edition, sentence = published(pipelines, tmp_path, name=name, period=period)
    came, closing, _customers = duckdb.sql(LINES, params=[str(edition / "equity.parquet")]).fetchall()[0]
    assert came == closing > Decimal(0)
    to_come = f"{currency} {closing / 1_000_000:.1f}m of revenue is to come of "
    assert sentence.startswith(f"By the plain rule that everybody brings in the next year what it is worth today, {to_come}")
    assert f"No model could be fitted: {why}" in sentence
