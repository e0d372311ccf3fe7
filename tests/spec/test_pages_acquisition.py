"""The page of new customers says what the figures say: nobody, one, many, too young, too few, nothing known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.blocks import Share
from tasks.reporting.model import ALL, GlossaryEntry
from tasks.reporting.pages.new_customers import NO_CAMPAIGN, NO_CHANNEL, NO_COST, NO_GOODS, new_customers_lines, new_customers_page

if TYPE_CHECKING:
    from tasks.reporting.blocks import Page, Table
    from tasks.reporting.model import ScorecardData

MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
EVERYTHING = frozenset({"acquisitions.channel", "acquisitions.campaign", "purchases.amount", "purchases.cost_amount"})


def intake(customers: int, value: str | None) -> dict[str, int | Decimal]:
    """An intake and what it was worth after 90 days; none: too young."""
    told: dict[str, int | Decimal] = {"intake_customers": customers, "intake_first_purchase_amount": Decimal(customers * 10)}
    if value is not None:
        told |= {"intake_reached_90_customers": customers, "intake_stayed_90_customers": customers // 2}
        told |= {"intake_value_90_amount": Decimal(value), "intake_horizon_customers": customers, "intake_second_customers": customers // 4}
    return told


def cost(month: str, by: str, name: str, *, customers: int, spent: str, age: int = 60, paid: int | None = None) -> dict[str, Any]:
    return {
        "intake": month,
        "cost_by": by,
        "name": name,
        "customers_count": customers,
        "cost_amount": Decimal(spent),
        "brought_amount": Decimal(customers * 7),
        "looked_at_days": age,
        "paid_back_days": paid,
    }


def told_of(data: ScorecardData, intakes: dict[str, dict[str, Any]], **changes: Any) -> ScorecardData:
    """The made-up facts with intakes, at the one age of 90 days."""
    figures = {**data.figures, (data.period, ALL, ALL, "intake_value_90_amount"): Decimal(1)} if intakes else data.figures
    splits = {(data.period, ALL, ALL, "intake"): intakes, **changes.pop("splits", {})}
    latest = max((name for name, figures in intakes.items() if "intake_value_90_amount" in figures), default="")
    spread = {"days": 90, "intake": latest, "is_beyond_chance": True, "mean_without_largest": None}
    changes["tables"] = {**data.tables, "intake_spreads": (spread,), **changes.get("tables", {})}
    kept = {"figures": figures, "splits": splits, "smallest_rate_base": 30, "cohort_ages_days": (90,)}
    return replace(data, **{**kept, **changes})


def with_new(data: ScorecardData, heads: int) -> ScorecardData:
    amounts = {(data.period, ALL, ALL, "new_amount"): Decimal(heads * 100)}
    return replace(data, figures={**data.figures, (data.period, ALL, ALL, "new_customers"): heads, **amounts})


def table(page: Page, title: str) -> Table:
    (found,) = [each for each in page.tables if each.title == title]
    return found


SAME = {"2026-05": intake(40, "4000"), "2026-06": intake(40, "4000")}
BETTER = {"2026-04": intake(50, "4000"), "2026-05": intake(50, "4000"), "2026-06": intake(40, "4000"), "2026-07": intake(40, None)}
WORSE = {"2026-05": intake(40, "4400"), "2026-06": intake(40, "4000")}
FEW = {"2026-05": intake(40, "4400"), "2026-06": intake(4, "4000")}
QUALITY = "90 days on, those who came in June 2026 had brought EUR 100 each"


@pytest.mark.parametrize(
    ("heads", "intakes", "said"),
    [
        pytest.param(0, {}, "No new customers in Q3 2026.", id="nobody"),
        pytest.param(1, {}, "1 new customer, worth EUR 100.", id="one"),
        pytest.param(2_000, FEW, "2,000 new customers, worth EUR 200k.", id="too few to compare"),
        pytest.param(2, SAME, f"2 new customers, worth EUR 200; {QUALITY}.", id="as good"),
        pytest.param(
            2,
            BETTER,
            f"2 new customers, worth EUR 200; {QUALITY}, more than the EUR 80 of the 2 intakes before it at that age.",
            id="better, and July too young to say",
        ),
        pytest.param(
            0, WORSE, f"No new customers in Q3 2026; {QUALITY}, less than the EUR 110 of the intake before it at that age.", id="worse"
        ),
        pytest.param(2, {"2026-06": intake(40, "4000")}, "2 new customers, worth EUR 200.", id="nothing to compare with"),
    ],
)
def test_the_sentence_says_how_many_came_and_whether_they_are_better_than_those_before(
    data: ScorecardData, heads: int, intakes: dict[str, Any], said: str
) -> None:
    assert new_customers_page(with_new(told_of(data, intakes), heads)).sentence == said


@pytest.mark.parametrize(
    ("spread", "said"),
    [
        pytest.param({"is_beyond_chance": False}, f"{QUALITY}.", id="within the interval nothing is said of the difference"),
        pytest.param(
            {"is_beyond_chance": False, "mean_without_largest": Decimal(71)},
            "90 days on, those who came in June 2026 had brought EUR 100 each (without one customer EUR 71).",
            id="one customer makes the mean",
        ),
        pytest.param({"is_beyond_chance": False, "mean_without_largest": Decimal("100.3")}, f"{QUALITY}.", id="equal once rounded"),
        pytest.param({"intake": "2026-05"}, f"{QUALITY}.", id="not judged"),
    ],
)
def test_nothing_is_said_within_chance_and_one_customer_who_makes_a_mean_is_mentioned(
    data: ScorecardData, spread: dict[str, Any], said: str
) -> None:
    judged = {"days": 90, "intake": "2026-06", "is_beyond_chance": True, "mean_without_largest": None, **spread}
    shown = told_of(data, BETTER, tables={"intake_spreads": (judged,)})
    assert new_customers_page(with_new(shown, 2)).sentence == f"2 new customers, worth EUR 200; {said}"


@pytest.mark.parametrize(
    ("heads", "first_time", "said"),
    [
        (0, 1, "1 newcomer, who left again inside the period."),
        (0, 2, "2 newcomers, who left again inside the period."),
        (1, 3, "1 new customer, worth EUR 100, and 2 newcomers, who left again inside the period."),
        (1, 1, "1 new customer, worth EUR 100."),
        (0, 0, "No new customers in Q3 2026."),
    ],
)
def test_a_newcomer_who_left_again_inside_the_period_is_one(data: ScorecardData, heads: int, first_time: int, said: str) -> None:
    shown = with_new(told_of(data, {}), heads)
    figures = {**shown.figures, (data.period, "all", "all", "first_time_customers"): first_time}
    assert new_customers_page(replace(shown, figures=figures)).sentence == said


def test_the_picture_shows_value_at_equal_age_or_else_how_many_came(data: ScorecardData) -> None:
    by_value = new_customers_page(told_of(data, BETTER)).bars
    by_heads = new_customers_page(told_of(data, FEW)).bars
    assert by_value is not None
    assert by_heads is not None
    assert (by_value.categories, by_value.series[0].values) == (("April 2026", "May 2026", "June 2026"), (80, 80, 100))
    assert (by_heads.series[0].values, by_heads.is_money) == ((40, 4), False)
    assert new_customers_page(told_of(data, {})).bars is None


def test_an_intake_shows_nothing_at_an_age_that_it_has_not_reached(data: ScorecardData) -> None:
    page = new_customers_page(
        told_of(data, BETTER, glossary=(GlossaryEntry("intake_second_rate", "Share that came again within 180 days", ""),))
    )
    by_month = table(page, "New customers by the month in which they came")
    assert [column.heading for column in by_month.columns] == [
        "Came in",
        "Customers",
        "First purchase each",
        "Share that came again within 180 days",
        "Value each, 90 days",
        "Stayed 90 days",
    ]
    assert by_month.rows[-2] == ("June 2026", 40, 10, Share(10, 40), 100, Share(20, 40))
    assert by_month.rows[-1] == ("July 2026", 40, 10, None, None, None)


def test_of_few_customers_the_numbers_are_shown_and_no_value_each(data: ScorecardData) -> None:
    ((age, latest, customers, now, *before, change),) = table(
        new_customers_page(told_of(data, FEW)), "The latest intake against those before it, at the same age"
    ).rows
    assert (age, latest, customers, now, change) == ("90 days", "June 2026", 4, None, None)
    assert before == [1, 40, 110]
    assert "30 customers" in table(new_customers_page(told_of(data, FEW)), "New customers by the month in which they came").description
    everyone = new_customers_page(told_of(data, FEW, smallest_rate_base=1))
    assert table(everyone, "The latest intake against those before it, at the same age").rows[0][3] == 1000


def test_what_is_not_recorded_stands_below_every_channel(data: ScorecardData) -> None:
    parts = {
        "not recorded": {"new_customers": 90, "new_amount": Decimal(900)},
        "Fair": {"new_customers": 3, "new_amount": Decimal(30), "intake_reached_90_customers": 40, "intake_value_90_amount": Decimal(80)},
        "Search": {"new_customers": 5},
    }
    page = new_customers_page(told_of(data, SAME, splits={(data.period, ALL, ALL, "channel"): parts}))
    assert table(page, "By channel of new customers").rows == (
        ("Search", 5, 0, 0, None),
        ("Fair", 3, 30, 0, 2),
        ("not recorded", 90, 900, 0, None),
    )
    without_intakes = new_customers_page(replace(data, splits={(data.period, ALL, ALL, "channel"): parts}))
    assert len(table(without_intakes, "By channel of new customers").columns) == 4


PROSPECTS = {"channel": "Fair", "leads_count": 40, "won_count": 5, "customers_count": 8, "won_later_count": 1}


@pytest.mark.parametrize(
    ("changes", "headings"),
    [
        ({}, ["Channel", "Leads", "Became customers", "Of leads", "Deals won", "Won since"]),
        ({"won_later_count": 0}, ["Channel", "Leads", "Became customers", "Of leads", "Deals won"]),
        ({"won_count": 0, "won_later_count": 0}, ["Channel", "Leads", "Became customers", "Of leads"]),
        ({"leads_count": 0, "won_later_count": 0}, ["Channel", "Became customers", "Deals won"]),
    ],
    ids=["leads and deals", "none won since", "leads alone", "deals alone"],
)
def test_the_funnel_shows_what_marketing_counts_and_no_more(data: ScorecardData, changes: dict[str, int], headings: list[str]) -> None:
    funnel = table(new_customers_page(replace(data, tables={"funnel": ({**PROSPECTS, **changes},)})), "Marketing's prospects")
    assert [column.heading for column in funnel.columns] == headings
    assert funnel.total is not None
    assert funnel.rows[0][1:] == funnel.total[1:]
    assert len(funnel.total) == len(headings)


COSTS = (
    cost("2026-06", ALL, ALL, customers=40, spent="400", age=90, paid=60),
    cost("2026-07", ALL, ALL, customers=40, spent="800"),
    cost("2026-08", ALL, ALL, customers=40, spent="0", age=30),
    cost("2026-09", ALL, ALL, customers=40, spent="1200", age=0),
    cost("2026-06", "campaign", "Moon", customers=35, spent="300", paid=60),
    cost("2026-06", "campaign", "Sun", customers=0, spent="60"),
    cost("2026-07", "campaign", "Sun", customers=0, spent="30"),
    cost("2026-06", "campaign", "Rain", customers=0, spent="10"),
    cost("2026-06", "campaign", "not recorded", customers=5, spent="0"),
    cost("2026-06", "channel", "not recorded", customers=40, spent="0"),
)


def test_pay_back_claims_no_more_than_is_known(data: ScorecardData) -> None:
    rows = table(
        new_customers_page(replace(data, tables={"intake_costs": COSTS}, supplied=EVERYTHING)),
        "What new customers cost, and when they pay it back",
    ).rows
    assert [row[-1] for row in rows] == ["after 60 days", "not yet after 60 days", "nothing spent", "too early to say"]
    assert [row[3] for row in rows] == [10, 20, None, 30]
    assert [row[4] for row in rows] == [280, 280, 280, None]


def test_costs_that_brought_nobody_have_a_line_of_their_own_and_all_add_up(data: ScorecardData) -> None:
    page = new_customers_page(replace(data, tables={"intake_costs": COSTS}, supplied=EVERYTHING, smallest_rate_base=30))
    spent = table(page, "Spent by campaign")
    assert spent.rows == (
        ("Moon", 35, 300, Decimal("8.57")),
        ("not recorded", 5, 0, None),
        ("Brought no new customer: Rain, Sun", 0, 100, None),
    )
    assert spent.total == ("All that was spent", 40, 400, 10)
    assert spent.description.startswith("June 2026 to July 2026. A campaign's costs")
    assert not [each for each in page.tables if each.title == "Spent by channel"]
    one_month = replace(data, tables={"intake_costs": (COSTS[4],)}, supplied=EVERYTHING)
    assert table(new_customers_page(one_month), "Spent by campaign").description.startswith("June 2026. ")


@pytest.mark.parametrize(
    ("supplied", "tables", "missing"),
    [
        (EVERYTHING, {"intake_costs": COSTS}, ()),
        (EVERYTHING, {}, (NO_COST,)),
        (EVERYTHING - {"acquisitions.campaign", "purchases.cost_amount"}, {"intake_costs": COSTS}, (NO_CAMPAIGN, NO_GOODS)),
        (frozenset(), {"intake_costs": COSTS}, (NO_CHANNEL,)),
    ],
    ids=["nothing", "costs", "campaigns and costs of goods", "where they came from; contracts have no goods"],
)
def test_what_the_extracts_do_not_tell_is_said_with_how_to_supply_it(data: ScorecardData, supplied: Any, tables: Any, missing: Any) -> None:
    assert new_customers_page(replace(data, supplied=supplied, tables=tables)).missing == missing


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        (COSTS, ["Cost of a new customer: EUR 30 in September 2026; June 2026 is the latest intake to have paid back, after 60 days."]),
        (COSTS[1:], ["Cost of a new customer: EUR 30 in September 2026; no intake has paid back yet."]),
        ((cost("2026-06", ALL, ALL, customers=4, spent="400"),), []),
        ((COSTS[2],), []),
        ((), []),
    ],
    ids=["paid back", "not yet", "too few", "nothing spent", "no costs"],
)
def test_the_digest_hears_what_a_new_customer_costs_where_that_is_known(data: ScorecardData, costs: Any, said: list[str]) -> None:
    assert [each.line for each in new_customers_lines(replace(data, tables={"intake_costs": costs}, smallest_rate_base=30))] == said


def test_the_digest_hears_whether_new_customers_are_better(data: ScorecardData) -> None:
    (line,) = (each.line for each in new_customers_lines(told_of(data, WORSE)))
    assert line == f"New customers: {QUALITY}, less than the EUR 110 of the intake before it at that age."


def test_every_group_of_a_segment_is_shown_with_the_quality_of_its_intakes(data: ScorecardData) -> None:
    figures = {
        (data.period, "region", "North", "intake_reached_90_customers"): 40,
        (data.period, "region", "North", "intake_stayed_90_customers"): 20,
        (data.period, "region", "Nowhere now", "intake_stayed_90_customers"): 20,
    }
    told = told_of(data, SAME)
    page = new_customers_page(replace(told, figures={**told.figures, **figures}))
    by_region = table(page, "By region")
    assert by_region.columns[-1].heading == "Stayed 90 days"
    assert next(row for row in by_region.rows if row[0] == "North")[-1] == Share(20, 40)
    assert "Nowhere now" not in [row[0] for row in by_region.rows]
    assert by_region.description == "Shares are of all who came since May 2026 and have reached the age."
