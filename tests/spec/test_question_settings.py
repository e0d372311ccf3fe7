"""What a company may not choose about the questions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from config.company import load_company
from config.definitions import Definitions
from config.topic_settings import CohortSettings, Departing, Experience, Renewals
from config.yaml_file import CompanyFolderError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("settings", "field"), [(CohortSettings, "ages_days"), (Departing, "tenure_days"), (Renewals, "due_days")])
@pytest.mark.parametrize("days", [[90, 30], [30, 30]], ids=["falling", "twice the same"])
def test_days_that_do_not_grow_are_refused(settings: type[BaseModel], field: str, days: list[int]) -> None:
    with pytest.raises(ValidationError, match="expected numbers of days that grow from one to the next"):
        settings.model_validate({field: days})


@pytest.mark.parametrize("trust", [["sales", "service"], ["sales", "sales", "service"], ["sales", "service", "finance"]])
def test_trust_that_does_not_order_the_three_silos_is_refused(trust: list[str]) -> None:
    with pytest.raises(ValidationError, match="expected sales, marketing and service, each once"):
        Departing.model_validate({"trust": trust})


def test_contracts_are_looked_at_by_a_segment_that_there_is() -> None:
    company = {"company": "Shop", "currency": "EUR", "time_zone": "Europe/Berlin", "sells_by": ["contract"]}
    region = {"region": {"says": "Where they are.", "from": "customers.region"}}
    by_region = {**company, "lifetime": {"contract_segment": "region"}}
    assert Definitions.model_validate({**by_region, "segments": region}).lifetime.contract_segment == "region"
    with pytest.raises(ValidationError, match=r"lifetime.contract_segment: expected one of the segments \(there are none\)"):
        Definitions.model_validate(by_region)


@pytest.mark.parametrize("promoters_from", [3, 2])
def test_a_score_cannot_be_a_detractors_and_a_promoters(promoters_from: int) -> None:
    with pytest.raises(ValidationError, match="expected `promoters_from` above `detractors_through`"):
        Experience(detractors_through=3, promoters_from=promoters_from)


def test_customers_are_compared_within_segments_that_there_are(tmp_path: Path, shop: Any) -> None:
    for number, (within, problem) in enumerate(
        [(["region"], None), (["region", "plan"], "experience.compared_within.1: no segment `plan`; name one of region, size")]
    ):
        folder = tmp_path / str(number)
        shop(folder, only=["customers", "orders"], definitions={"experience": {"compared_within": within}})
        if problem is None:
            assert load_company(folder).definitions.experience.compared_within == ("region",)
        else:
            with pytest.raises(CompanyFolderError, match=re.escape(problem)):
                load_company(folder)


def test_a_company_without_segments_is_told_that_there_are_none(tmp_path: Path, shop: Any) -> None:
    shop(tmp_path / "shop", only=["orders"], definitions={"experience": {"compared_within": ["region"]}})
    with pytest.raises(CompanyFolderError, match="no segment `region`; name one of none: there are none"):
        load_company(tmp_path / "shop")
