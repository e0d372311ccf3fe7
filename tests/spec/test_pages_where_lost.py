"""Where customers were lost, as a page shows it: every group with both rates and its excess, and what the mix has done."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from tasks.reporting.blocks import Page, Share
from tasks.reporting.pages.lost_customers import lost_customers_page
from tasks.reporting.pages.where_lost import where_tables
from tasks.reporting.render.cells import IN_FILL, OUT_FILL, WHITE
from tasks.reporting.render.tabs import page_sheet
from tasks.reporting.retention import ExcessLoss, LossMix, Whereabouts

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

SOUTH = ExcessLoss("sold_in", "South", 200, 80, 300, 30, Decimal(900), 55, Decimal(600))
NORTH = ExcessLoss("sold_in", "North", 400, 40, 400, 44, Decimal(500), -12, Decimal(-100))


def test_the_largest_excess_comes_first_and_says_whether_chance_brings_it(data: ScorecardData) -> None:
    where = Whereabouts((NORTH, SOUTH), (SOUTH,), {"sold_in": LossMix(0.05, -0.012), "plan": LossMix(0.0, 0.0)})
    (table,) = where_tables(replace(data, whereabouts=where))
    assert table.title == "Where: by sold in"
    assert table.rows == (
        ("South", 200, 80, Share(80, 200), Share(30, 300), 55, Decimal(900), "beyond chance"),
        ("North", 400, 40, Share(40, 400), Share(44, 400), -12, Decimal(500), ""),
    )
    assert table.columns[4].heading == "In Q3 2025"
    assert table.description.endswith(
        "The share lost of all changed by +3.8 points: +5.0 since groups lost other shares, -1.2 since they are of other sizes."
    )


def test_groups_that_lost_nobody_are_no_place_where_customers_were_lost(data: ScorecardData) -> None:
    calm = ExcessLoss("sold_in", "East", 200, 0, 300, 3, Decimal(0), -2, Decimal(0))
    assert where_tables(replace(data, whereabouts=Whereabouts((calm,), (), {"sold_in": LossMix(-0.01, 0.0)}))) == ()


def test_more_lost_is_shaded_as_a_loss_and_less_as_a_gain(data: ScorecardData) -> None:
    (table,) = where_tables(replace(data, whereabouts=Whereabouts((NORTH, SOUTH), (), {"sold_in": LossMix(0.05, -0.012)})))
    book = Workbook()
    page_sheet(book, data, Page("Lost", "Where?", "Here.", tables=(table,)))
    (rule,) = (rule for each in book["Lost"].conditional_formatting for rule in each.rules)
    assert [colour.rgb[-6:] for colour in rule.colorScale.color] == [IN_FILL, WHITE, OUT_FILL]


@pytest.mark.parametrize(
    ("within", "mix", "says"),
    [
        (-0.0074, -0.0004, "changed by -0.8 points: -0.7 since groups lost other shares, -0.1 since"),
        (-0.0004, 0.0003, "changed by 0.0 points: 0.0 since groups lost other shares, 0.0 since"),
        (0.0114, 0.0114, "changed by +2.3 points: +1.1 since groups lost other shares, +1.2 since"),
    ],
)
def test_both_parts_as_printed_add_up_to_the_change_as_printed(data: ScorecardData, within: float, mix: float, says: str) -> None:
    (table,) = where_tables(replace(data, whereabouts=Whereabouts((SOUTH,), (), {"sold_in": LossMix(within, mix)})))
    assert says in table.description


def test_the_page_of_the_lost_shows_where_and_both_parts_add_up_to_the_change(data: ScorecardData, made_up: Any) -> None:
    titles = [table.title for table in lost_customers_page(data).tables]
    assert [title for title in titles if title.startswith("Where")] == ["Where: by channel", "Where: by region"]
    rates = []
    for period in ("2026-Q3", "2025-Q3"):
        left, lapsed, opening = (data.count(f"{name}_customers", period=period) for name in ("left", "lapsed", "opening"))
        rates.append((left + lapsed) / opening)
    for mix in data.whereabouts.mixes.values():
        assert abs(mix.within + mix.mix - (rates[0] - rates[1])) < 1e-12
    assert where_tables(made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=5)}, opening=100)) == ()
