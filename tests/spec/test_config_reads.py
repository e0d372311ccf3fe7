"""What a company's author is told when an extract reads of another silo what is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.company import load_company
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from pathlib import Path

DEFINITIONS = "company: Lent\ncustomer: person\ncurrency: EUR\ntime_zone: UTC\nsells_by: [repeat_purchase]\n"
SOURCES = """\
extracts:
  orders:
    silo: sales
    dataset: purchases
    path: orders.csv
    sql: SELECT * FROM orders JOIN leads USING (id)
    reads: [LENT]
    key: [id]
    columns: {customer_id: who, purchased_on: day, amount: net}
  leads: {silo: marketing, path: leads.csv, key: [id]}
  made: {silo: marketing, sql: SELECT 1 AS id, key: [id]}
"""


def write(folder: Path, lent: str) -> None:
    (folder / "definitions.yaml").write_text(DEFINITIONS, encoding="utf-8")
    (folder / "sources.yaml").write_text(SOURCES.replace("LENT", lent), encoding="utf-8")


def test_an_extract_of_another_silo_may_be_lent_by_name(tmp_path: Path) -> None:
    write(tmp_path, "leads")
    assert load_company(tmp_path).sources.extracts["orders"].reads == ("leads",)


@pytest.mark.parametrize(
    ("lent", "expected"),
    [
        ("leds", "sources.yaml:7: extracts.orders.reads.0: no extract `leds` in sources.yaml; name one of orders, leads, made"),
        (
            "made",
            "sources.yaml:7: extracts.orders.reads.0: extract `made` is itself made by `sql`; name one that has a `path` or `database`",
        ),
    ],
)
def test_what_cannot_be_lent_is_told_with_its_line(tmp_path: Path, lent: str, expected: str) -> None:
    write(tmp_path, lent)
    with pytest.raises(CompanyFolderError) as refused:
        load_company(tmp_path)
    assert str(refused.value).endswith(expected)
