"""What is kept of newcomers: refused where a rate is missing, and no group of earlier newcomers hides the groups of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from expectations.verdict import RefusedError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_newcomers_contract_without_a_rate_on_its_first_day_is_refused(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop")
    company.change("rates.csv", "2026-04-30", "2026-05-06")
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    with pytest.raises(RefusedError, match=r"contracts: no exchange rate to EUR for CHF on 2026-05-05 \(1 contract\)"):
        stages.figures(["2026-09"])


def test_a_group_whose_newcomers_all_lapsed_before_the_period_has_no_row_beside_todays_groups(
    shop: Any, pipelines: Any, tmp_path: Path
) -> None:
    company = shop(tmp_path / "shop", orders={"covers_from": "founding"})
    company.add("customers.csv", "c12,Gone Quux,Far away,household")
    company.add("orders.csv", "16,c12,2026-01-10,10.00,EUR,shipped,2026-01-10")
    stages = pipelines.read_and_validate(company.folder, tmp_path / "home")
    assert stages.publish("2026-08").is_new
    figures = stages.figures(["2026-08"])
    assert figures["2026-08", "region", "Far away", "intake_customers"] == 1
    assert ("2026-08", "region", "Far away", "opening_customers") not in figures


def test_newcomers_of_a_week_in_which_a_year_opens_are_those_of_the_week(shop: Any, pipelines: Any, tmp_path: Path) -> None:
    company = shop(tmp_path / "shop", only=["customers", "orders"], definitions={"calendar": {"fiscal_year_starts_in": 9}})
    published = pipelines.read_and_validate(company.folder, tmp_path / "home").publish("2026-W36")  # 31 August to 6 September
    assert (published.folder / "intakes.parquet").is_file()
