"""The page of customer groups: what it says follows from the figures, whatever they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.blocks import Share
from tasks.reporting.pages.migration import Flow, describe_flow, flows, flows_table, matrices
from tasks.reporting.pages.value_groups import customer_groups_lines, customer_groups_page

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

GROUPS = ("Gold", "Silver", "Bronze")
FULL = frozenset({"purchases.amount", "purchases.cost_amount", "tickets.opened_on", "costs.ticket_amount"})
WAYS = {
    "Gold → Gold": (900, 900, "90000", "91000"),
    "Gold → Silver": (1_204, 1_204, "5000000", "1900000"),
    "Silver → Gold": (1, 1, "100", "2600"),
    "Silver → Silver": (40, 40, "4000", "4000"),
    "Bronze → out": (30, 0, "300", "0"),
    "not a customer → Bronze": (0, 7, "0", "0"),
}
"""Way: customers at opening, at closing, value at opening, at closing."""
BROUGHT = {
    "Gold": ("9000", "4000", "100"),
    "Silver": ("800", "300", "200"),
    "Bronze": ("200", "190", "60"),
    "not a customer": ("-30", "-10", "6"),
}
"""Group: revenue, cost of goods, cost to serve."""


def amounts(revenue: str, goods: str, service: str) -> dict[str, int | Decimal]:
    profit = Decimal(revenue) - Decimal(goods) - Decimal(service)
    names = ("revenue_amount", "cost_of_goods_amount", "cost_to_serve_amount", "profit_amount")
    return dict(zip(names, (Decimal(revenue), Decimal(goods), Decimal(service), profit), strict=True))


def told_of(
    data: ScorecardData, *, ways: Any = WAYS, brought: Any = BROUGHT, without: tuple[str, ...] = (), **changes: Any
) -> ScorecardData:
    """Facts in which customers moved and brought so much; measures that are not published are left out."""
    migration = {
        way: {
            "opening_customers": opening,
            "closing_customers": closing,
            "opening_amount": Decimal(before),
            "closing_amount": Decimal(after),
            "net_amount": Decimal(after) - Decimal(before),
        }
        for way, (opening, closing, before, after) in ways.items()
    }
    by_group = {
        name: {**amounts(*each), "closing_customers": 100, "customers_out": 3, "customers_out_amount": Decimal(30)}
        for name, each in brought.items()
    }
    whole = amounts(*(str(sum(Decimal(each[place]) for each in brought.values())) for place in range(3)))
    north = {name: value * 2 for name, value in whole.items()} | {"profit_amount": Decimal(-400)}
    figures = dict(data.figures)
    for place, named in ((("all", "all"), whole), (("region", "North"), north)):
        figures |= {(data.period, *place, name): value for name, value in named.items() if name not in without}
    for period in {data.period, changes.get("year_through", data.period)}:
        figures |= {
            (period, "all", "all", f"{end}_{kind}"): sum(part[f"{end}_{kind}"] for part in migration.values())
            for end in ("opening", "closing")
            for kind in ("customers", "amount")
        }
    splits = {(period, "all", "all", "migration"): migration for period in {data.period, changes.get("year_through", data.period)}}
    splits |= {(data.period, "all", "all", "value_group"): by_group}
    given = {"value_groups": GROUPS, "supplied": FULL, "smallest_rate_base": 30, **changes}
    return replace(data, figures=figures, splits=splits, **given)


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        (Flow("Gold", "Silver", 1_204, Decimal(-3_100_000)), "1,204 customers fell from Gold to Silver: EUR 3.1m less a year"),
        (Flow("Silver", "Gold", 1, Decimal(2_500)), "1 customer rose from Silver to Gold: EUR 2,500 more a year"),
        (Flow("not a customer", "Bronze", 7, Decimal(0)), "7 customers came in as Bronze: the same value"),
        (Flow("Bronze", "out", 30, Decimal("-0.30")), "30 customers were lost from Bronze: EUR 0.30 less a year"),
        (Flow("Bronze", "out", 1, Decimal(40)), "1 customer was lost from Bronze: EUR 40 more a year"),
    ],
    ids=["fell", "rose, one alone", "came, worth nothing yet", "lost, worth cents", "lost, who owed"],
)
def test_a_flow_is_said_as_its_figures_are(data: ScorecardData, flow: Flow, said: str) -> None:
    assert describe_flow(flow, replace(data, value_groups=GROUPS)) == said


def test_the_biggest_flows_move_the_most_money_then_the_most_customers(data: ScorecardData) -> None:
    found = flows(told_of(data))
    assert [(flow.start, flow.end) for flow in found] == [
        ("Gold", "Silver"),
        ("Silver", "Gold"),
        ("Bronze", "out"),
        ("not a customer", "Bronze"),
    ]
    assert len(flows_table(told_of(data), title="Flows").rows) == 4


def test_where_nobody_changed_the_table_of_flows_says_so(data: ScorecardData) -> None:
    still = told_of(data, ways={"Gold → Gold": (5, 5, "10", "20")})
    assert flows_table(still, title="Flows").rows == (("Nobody changed from one group to another.",),)
    assert customer_groups_lines(told_of(data, ways={}, brought={"Gold": ("9", "1", "1")}, segment_by={})) == []


def test_rows_of_a_matrix_sum_to_the_opening_and_columns_to_the_closing(data: ScorecardData) -> None:
    heads, opening, closing = matrices(told_of(data), since="in June")
    assert [column.heading for column in heads.columns] == ["From", "to Gold", "to Silver", "to Bronze", "out", "All"]
    assert heads.rows == (
        ("Gold", 900, 1_204, 0, 0, 900 + 1_204),
        ("Silver", 1, 40, 0, 0, 1 + 40),
        ("Bronze", 0, 0, 0, 30, 30),
        ("not a customer", 0, 0, 7, 0, 7),
    )
    assert heads.total == ("All", 901, 1_244, 7, 30, 901 + 1_244 + 7 + 30)
    assert opening.rows[0] == ("Gold", 90_000, 5_000_000, 0, 0, 5_090_000)
    assert closing.total == ("All", 93_600, 1_904_000, 0, 0, 1_997_600)
    assert "sum to 2,175 at opening, their columns to 2,152 at closing" in heads.description


def test_the_sentence_names_the_groups_that_cost_more_than_they_bring(data: ScorecardData) -> None:
    page = customer_groups_page(told_of(data))
    assert page.sentence == (
        "Gold, 100 of 2,152 customers at closing, brought EUR 9,000 of EUR 9,970 revenue (90%) in Q3 2026; profit was EUR 5,124, and "
        "North (region) (-EUR 400) and Bronze (-EUR 50) cost more than they brought."
    )
    assert page.bars is not None
    assert [(series.name, series.values) for series in page.bars.series] == [
        ("Revenue", (9_000, 800, 200)),
        ("Profit", (4_900, 300, -50)),
    ]


@pytest.mark.parametrize(
    ("brought", "ending"),
    [
        ({"Gold": ("90", "40", "1")}, "profit was EUR 49, and no group cost more than it brought."),
        ({"Gold": ("90", "40", "1"), "Bronze": ("1", "2", "3")}, "profit was EUR 45, and Bronze (-EUR 4) cost more than it brought."),
        (
            dict.fromkeys(("Gold", "Silver", "Bronze", "Tin", "not a customer"), ("1", "2", "0")),
            "Bronze (-EUR 1), Gold (-EUR 1), Silver (-EUR 1) and 1 more cost more than they brought.",
        ),
    ],
    ids=["no group", "one group", "more than are named"],
)
def test_the_sentence_counts_the_groups_that_cost_more_as_they_are(data: ScorecardData, brought: Any, ending: str) -> None:
    told = told_of(data, brought=brought, segment_by={}, value_groups=(*GROUPS, "Tin") if "Tin" in brought else GROUPS)
    assert customer_groups_page(told).sentence.endswith(ending)


def test_customers_who_brought_nothing_are_said_to_have_brought_nothing(data: ScorecardData) -> None:
    page = customer_groups_page(told_of(data, brought={"not a customer": ("-30", "0", "0")}, segment_by={}))
    assert page.sentence.startswith("Customers brought -EUR 30 in Q3 2026; ")


@pytest.mark.parametrize(
    ("sold", "to_do"), [("purchases.amount", "Map cost_amount"), ("contracts.recurring_amount", "Bring what was delivered")]
)
def test_without_costs_the_page_says_so_and_how_to_supply_them(data: ScorecardData, sold: str, to_do: str) -> None:
    unknown = told_of(data, without=("cost_of_goods_amount", "cost_to_serve_amount", "profit_amount"), supplied=frozenset({sold}))
    page = customer_groups_page(unknown)
    assert page.sentence.endswith("; what the groups cost is not known (no cost data).")
    assert to_do in page.missing[0]
    assert [text.partition(":")[0] for text in page.missing] == ["No cost data", "The cost to serve is not known"]
    assert [column.heading for column in page.tables[0].columns][-2:] == ["Revenue", "Share of revenue"]
    assert page.bars is not None
    assert [series.name for series in page.bars.series] == ["Revenue"]
    assert not any(line.line.startswith("Cost") for line in customer_groups_lines(unknown))


@pytest.mark.parametrize(
    ("supplied", "figures", "said"),
    [
        (FULL - {"costs.ticket_amount"}, {}, ["The cost to serve is not known: set costs.ticket_amount"]),
        (FULL, {"uncosted_amount": "997"}, ["EUR 997.00 of the revenue (10%) has no known cost of goods: nothing"]),
        (
            FULL,
            {"uncosted_amount": "-5", "contracts_amount": "3"},
            ["-EUR 5.00 of the revenue has no known cost of goods (contracts are part of it)"],
        ),
        (FULL, {"uncosted_amount": "0"}, []),
    ],
    ids=["no cost of a ticket", "rows without a cost", "refunds without a cost, and contracts", "everything has a cost"],
)
def test_what_is_not_known_of_costs_is_said(data: ScorecardData, supplied: Any, figures: dict[str, str], said: list[str]) -> None:
    known = told_of(data, supplied=frozenset(supplied))
    more = {(data.period, "all", "all", name): Decimal(value) for name, value in figures.items()}
    missing = customer_groups_page(replace(known, figures={**known.figures, **more})).missing
    assert len(missing) == len(said)
    assert all(found.startswith(text) for found, text in zip(missing, said, strict=True))


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ((None, False), "are cut by fixed amounts"),
        ((date(2025, 12, 31), True), "were cut by the ranking of 31 December 2025 (when the year opened)"),
        ((date(2026, 6, 30), False), "were cut by the ranking of 30 June 2026 (nobody was a customer when the year opened)"),
    ],
    ids=["by amounts", "at the opening of the year", "later, where the data begins later"],
)
def test_the_page_says_on_which_day_and_where_the_groups_were_cut(data: ScorecardData, cut: tuple[date | None, bool], said: str) -> None:
    start = {"value_group": "Gold", "from_amount": Decimal(900), "cut_on": cut[0], "is_at_year_opening": cut[1]}
    told = customer_groups_page(told_of(data, tables={"value_groups": (start,)})).missing
    assert told == (f"Value groups {said}: Gold from EUR 900.00; the others are Bronze.",)


def test_a_table_shows_customers_at_both_ends_and_shares_of_the_whole(data: ScorecardData) -> None:
    page = customer_groups_page(told_of(data))
    table = page.tables[0]
    assert table.rows[0][:7] == ("Gold", 2_104, 100, 3, 30, 9_000, Share(Decimal(9_000), Decimal(9_970)))
    assert table.rows[-1][:6] == ("not a customer", None, None, None, None, -30)
    assert table.rows[2][-3:] == (Decimal(-50), Share(Decimal(-50), Decimal(5_124)), Share(Decimal(-50), Decimal(200)))
    region = next(each for each in page.tables if each.title == "By region")
    assert region.rows[0][0] == "North"
    assert region.total is not None
    assert region.total[0] == "All"


def test_migration_since_a_year_before_is_shown_where_the_data_reaches_back(data: ScorecardData) -> None:
    titles = [table.title for table in customer_groups_page(told_of(data, year_through="2025-10-01--2026-09-30")).tables]
    assert "The biggest flows since the same day a year before" in titles
    assert "Customers, from the same day a year before" in titles
    assert not any("a year before" in table.title for table in customer_groups_page(told_of(data)).tables)


def test_the_digest_tells_the_biggest_flows_and_the_groups_that_cost_more(data: ScorecardData) -> None:
    starred = told_of(data, ways={"*Gold* → Silver": (2, 2, "30", "10")}, value_groups=("*Gold*", "Silver", "Bronze"))
    assert customer_groups_lines(starred)[0].line == "Between value groups: 2 customers fell from *Gold* to Silver, EUR 20 less a year."
    assert customer_groups_lines(told_of(data))[-1].line == (
        "Cost more than they bring: North (region) (-EUR 400) and Bronze (-EUR 50)."
    ), "of people who were no customers the sheet tells"


def test_a_period_without_figures_by_group_says_so_and_fails_nothing(data: ScorecardData) -> None:
    page = customer_groups_page(data)
    assert (page.sentence, page.tables) == ("Nothing was measured by customer group in Q3 2026.", ())
    assert customer_groups_lines(data) == []
