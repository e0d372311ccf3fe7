"""The real companies' silos: what each counts as new or lost, bridged to what the company counts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.sources import Sources

if TYPE_CHECKING:
    from config.company import Company

DATA = Path(os.environ.get("CUSTOMER_MATH_DATA") or "no folder given")
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "olist").is_dir(), reason="CUSTOMER_MATH_DATA does not lead to the example companies' extracts"),
]


def lines_of(stages: Any, period: str, extract: str) -> dict[str, int]:
    """The lines of one extract's bridge that anybody stands in."""
    found = {row["line"]: row["customers_count"] for row in stages.alignment(period) if row["extract"] == extract}
    assert found.pop("unexplained") == 0
    return found


def test_olist_s_won_deals_lead_to_the_sellers_who_ever_sold(pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate("examples/olist", tmp_path)
    by_year = [lines_of(stages, year, "deals") for year in ("2017", "2018")]
    won = {line: sum(lines.get(line, 0) for lines in by_year) for line in {*by_year[0], *by_year[1]} - {"missing_from_silo"}}
    assert sum(won.values()) == 842
    assert won["unknown_customer"] == 842 - 380
    assert won["agreed"] + won.get("other_period", 0) + won.get("customer_before", 0) == 380


def test_ravenstack_s_flag_and_departures_meet_no_account_without_a_subscription(pipelines: Any, tmp_path: Path) -> None:
    stages = pipelines.read_and_validate("examples/ravenstack", tmp_path)
    assert lines_of(stages, "2024-12", "accounts") == {"still_a_customer": 110}
    ever = replace(stages, context=replace(stages.context, company=with_standing_departures(stages.company)))
    assert lines_of(ever, "2024-12", "departures") == {"still_a_customer": 352, "duplicate": 600 - 352}


def with_standing_departures(company: Company) -> Company:
    """The company, its departures counted over all time."""
    told = company.sources.model_dump()
    told["extracts"]["departures"]["claims"]["lost"]["on"] = None
    return replace(company, sources=Sources.model_validate(told))
