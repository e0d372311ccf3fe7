"""What the headline says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.pages.headline import headline, value_line

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


def test_more_lost_than_won_is_said_with_a_but(data: ScorecardData) -> None:
    assert headline(data) == "We brought in 22,000 customers, but we lost 27,000."


@pytest.mark.parametrize(
    ("came", "went", "said"),
    [
        (27_000, 22_000, "We brought in 27,000 customers and lost 22,000."),
        (22_000, 22_000, "We brought in 22,000 customers and lost 22,000."),
        (1, 0, "We brought in 1 customer and lost none."),
        (1, 1, "We brought in 1 customer and lost 1."),
        (0, 1, "We brought in no customers, but we lost 1."),
        (1, 2, "We brought in 1 customer, but we lost 2."),
        (0, 0, "We brought in no customers and lost none."),
    ],
)
def test_the_headline_fits_every_outcome(made_up: Any, came: int, went: int, said: str) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=came, left=went)}, opening=40_000)
    assert headline(data) == said


@pytest.mark.parametrize(
    ("came_back", "went", "said"),
    [(417, 300, "417 came back, none new, and we lost 300."), (417, 500, "417 came back, none new, but we lost 500.")],
)
def test_where_nobody_is_new_the_headline_says_so(made_up: Any, came_back: int, went: int, said: str) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(returned=came_back, left=went)}, opening=40_000)
    nobody = {("2026-Q3", "all", "all", "first_time_customers"): 0}
    assert headline(replace(data, figures={**data.figures, **nobody})) == said
    assert headline(data).startswith("We brought in 417 customers")


def test_value_and_base_stand_under_the_headline(data: ScorecardData) -> None:
    assert value_line(data) == "EUR 9.4m came in, EUR 11.3m went; base 122,727 → 117,727 (-5,000)"


def test_where_nobody_came_or_went_no_money_did(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=1)}, opening=9)
    assert value_line(data) == "EUR 411 came in, nothing went; base 9 → 10 (+1)"
