"""The roll-forward in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.measures.table import label_of
from tasks.reporting.pages.roll_forward import roll_forward

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData


def test_it_leads_from_the_opening_to_the_closing_base_with_the_period_before_beside_it(facts: ScorecardData) -> None:
    lines = {line[""]: line for line in roll_forward(facts)}
    assert next(iter(lines)) == label_of("opening_customers")
    assert list(lines)[-1] == label_of("closing_customers")
    assert lines[label_of("customers_out")]["customers"] == "27,000"
    assert lines[label_of("customers_out")]["customers, period before"] == "25,060"
    assert lines[label_of("net_customers")]["customers"] == "-5,000"
    assert lines[label_of("left_customers")]["value"] == "EUR 5,274,898.40"


def test_without_a_period_before_it_says_so(made_up: Any) -> None:
    lines = roll_forward(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=10))
    assert {line["customers, period before"] for line in lines} == {"no data before"}
