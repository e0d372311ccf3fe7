"""Negative lines of contracts: netted with a contract or a customer where the company says so, and nobody's contract by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

LINES = """
k1 | c1 | 2025-08-20 | 2026-08-20 | 120 # comes due
k1 | c1 | 2025-08-20 |            | -20
k2 | c1 | 2026-01-01 |            | 60
k3 | c2 | 2026-01-01 |            | 50
k4 | c2 | 2026-08-05 |            | -5
k5 | c3 | 2026-01-01 |            | -7  # nothing to be netted with
"""


@pytest.fixture
def figures(shop: Any, pipelines: Any, tmp_path: Path) -> Any:
    """Some figures of August of the lines above."""

    def found(*measures: str, **declared: Any) -> list[int]:
        columns = {"contract_id": "id", "customer_id": "customer", "starts_on": "from", "ends_on": "to", "recurring_amount": "amount"}
        tolerant = {"rules": {"largest_set_aside_rate": 0.9}}
        company = shop(
            tmp_path / "shop", only=["contracts"], contracts={"columns": columns, "key": ["id", "amount"], **declared}, definitions=tolerant
        )
        rows = [[cell.strip() for cell in line.partition("#")[0].split("|")] for line in LINES.strip().splitlines()]
        text = "".join(f"{','.join(row)}\n" for row in rows)
        (company.folder / "contracts.csv").write_text(f"id,customer,from,to,amount\n{text}", encoding="utf-8")
        august = pipelines.read_and_validate(company.folder, tmp_path / "home").figures(["2026-08"])
        return [int(august["2026-08", "all", "all", measure]) for measure in measures]

    return found


@pytest.mark.parametrize(
    ("nets_with", "opening", "closing", "due"),
    [
        pytest.param(None, 120 + 60 + 50, 60 + 50, 120, id="set aside"),
        pytest.param("contract", 120 - 20 + 60 + 50, 60 + 50, 120 - 20, id="netted with the contract, which ends on 20 August"),
        pytest.param("customer", 120 - 20 + 60 + 50, 60 - 20 + 50 - 5, 120, id="netted with the customer, who stays"),
    ],
)
def test_a_deduction_lessens_value_and_makes_nobody_a_customer(
    figures: Any, nets_with: str | None, opening: int, closing: int, due: int
) -> None:
    measures = ("opening_customers", "closing_customers", "terms_due_count", "opening_amount", "closing_amount", "terms_due_amount")
    assert figures(*measures, nets_with=nets_with) == [2, 2, 1, opening, closing, due]
