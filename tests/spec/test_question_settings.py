"""What a company may not choose about the questions."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from config.topic_settings import Departing, Intakes, Renewals


@pytest.mark.parametrize(("settings", "field"), [(Intakes, "ages_days"), (Departing, "tenure_days"), (Renewals, "due_days")])
@pytest.mark.parametrize("days", [[90, 30], [30, 30]], ids=["falling", "twice the same"])
def test_days_that_do_not_grow_are_refused(settings: type[BaseModel], field: str, days: list[int]) -> None:
    with pytest.raises(ValidationError, match="expected numbers of days that grow from one to the next"):
        settings.model_validate({field: days})


@pytest.mark.parametrize("trust", [["sales", "service"], ["sales", "sales", "service"], ["sales", "service", "finance"]])
def test_trust_that_does_not_order_the_three_silos_is_refused(trust: list[str]) -> None:
    with pytest.raises(ValidationError, match="expected sales, marketing and service, each once"):
        Departing.model_validate({"trust": trust})
