"""The roll-forward in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.measures.roll_forward import ROLL_FORWARD, Role, lines_of
from config.measures.table import label_of
from tasks.reporting.pages.roll_forward import roll_forward

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


def test_it_leads_from_the_opening_to_the_closing_base_with_the_period_before_beside_it(data: ScorecardData) -> None:
    lines = {line[""]: line for line in roll_forward(data)}
    assert next(iter(lines)) == label_of("opening_customers")
    assert list(lines)[-1] == label_of("closing_customers")
    assert lines[label_of("customers_out")]["customers"] == "27,000"
    assert lines[label_of("customers_out")]["customers, period before"] == "25,060"
    assert lines[label_of("net_customers")]["customers"] == "-5,000"
    assert lines[label_of("left_customers")]["value"] == "EUR 5,274,898.40"


def test_without_a_period_before_it_says_so(made_up: Any) -> None:
    lines = roll_forward(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=10))
    assert {line["customers, period before"] for line in lines} == {"no data before"}


@pytest.mark.parametrize(("whole", "parts"), [("in", "part_in"), ("out", "part_out")])
def test_the_parts_of_a_line_add_up_to_it(data: ScorecardData, whole: Role, parts: Role) -> None:
    (line,) = lines_of(whole)
    assert data.money(line.amount) == sum(data.money(part.amount) for part in lines_of(parts))


def test_its_values_lead_from_the_opening_to_the_closing_value(data: ScorecardData) -> None:
    (opening,), (closing,), (net,) = lines_of("opening"), lines_of("closing"), lines_of("net")
    changes = sum((line.factor * data.money(line.amount) for line in lines_of("part_in", "part_out", "stayed", "currency")), Decimal(0))
    assert changes == data.money(net.amount)
    assert data.money(opening.amount) + changes == data.money(closing.amount)


def test_every_line_is_shown_and_one_without_customers_shows_its_value_alone(data: ScorecardData) -> None:
    lines = roll_forward(data)
    assert [line[""] for line in lines] == [line.label for line in ROLL_FORWARD]
    (currency,) = [line for line in lines if line[""] == label_of("fx_effect_amount")]
    assert (currency["customers"], currency["customers, period before"]) == ("", "")
