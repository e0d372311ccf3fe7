"""Where customers were lost, as a page shows it: every group with both rates and its excess, and what the mix has done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tasks.reporting.blocks import Share
from tasks.reporting.pages.lost_customers import lost_customers_page
from tasks.reporting.pages.where_lost import where_tables
from tasks.reporting.retention import ExcessLoss, LossMix, Whereabouts

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

SOUTH = ExcessLoss("sold_in", "South", 200, 80, 300, 30, Decimal(900), 55, Decimal(600))
NORTH = ExcessLoss("sold_in", "North", 400, 40, 400, 44, Decimal(500), -12, Decimal(-100))


def test_the_largest_excess_comes_first_and_says_whether_chance_brings_it(facts: ScorecardData) -> None:
    where = Whereabouts((NORTH, SOUTH), (SOUTH,), {"sold_in": LossMix(0.05, -0.012), "plan": LossMix(0.0, 0.0)})
    (table,) = where_tables(replace(facts, whereabouts=where))
    assert table.title == "Where: by sold in"
    assert table.rows == (
        ("South", 200, 80, Share(80, 200), Share(30, 300), 55, Decimal(900), "beyond chance"),
        ("North", 400, 40, Share(40, 400), Share(44, 400), -12, Decimal(500), ""),
    )
    assert table.columns[4].heading == "In Q3 2025"
    assert table.says.endswith(
        "The share lost of all changed by +3.8 points: +5.0 since groups lost other shares, -1.2 since they are of other sizes."
    )


def test_the_page_of_the_lost_shows_where_and_both_parts_add_up_to_the_change(facts: ScorecardData, made_up: Any) -> None:
    titles = [table.title for table in lost_customers_page(facts).tables]
    assert [title for title in titles if title.startswith("Where")] == ["Where: by channel", "Where: by region"]
    rates = []
    for period in ("2026-Q3", "2025-Q3"):
        left, lapsed, opening = (facts.heads(f"{name}_customers", period=period) for name in ("left", "lapsed", "opening"))
        rates.append((left + lapsed) / opening)
    for mix in facts.whereabouts.mixes.values():
        assert abs(mix.within + mix.mix - (rates[0] - rates[1])) < 1e-12
    assert where_tables(made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=5)}, opening=100)) == ()
