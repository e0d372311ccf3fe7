"""The page Worth: what is still to come in one sentence, worse than the plain rule said, and never equity without costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.blocks import Marked, Page, Share, Table
from tasks.reporting.pages.worth import worth_page
from tasks.reporting.render.workbook import workbook
from tasks.reporting.worth import (
    ChannelLine,
    EquityFlow,
    GroupLine,
    HeldOut,
    HeldOutLine,
    LostLine,
    ParameterLine,
    ScoreLead,
    Worth,
    WorthDecile,
)

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

LINES = {
    "opening_equity_amount": ("100000.00", 120),
    "lost_equity_amount": ("20000.00", 30),
    "unwinding_amount": ("2000.00", 90),
    "received_margin_amount": ("9000.00", 60),
    "changed_expectation_amount": ("-3000.00", 90),
    "new_equity_amount": ("30000.00", 22),
    "returned_equity_amount": ("4000.00", 3),
    "changed_assumptions_amount": ("1000.00", 115),
    "closing_equity_amount": ("105000.00", 115),
    "all_margin_amount": ("12000.00", 101),
}
FLOW = EquityFlow(
    amounts={name: Decimal(amount) for name, (amount, _count) in LINES.items()},
    customers={name: count for name, (_amount, count) in LINES.items()},
    expected_margin_amount=Decimal("11500.00"),
    margin_of_opening_amount=Decimal("9500.00"),
    acquisition_cost_amount=Decimal("2000.00"),
    lost=(
        LostLine("lapsed", 20, Decimal("700.00"), Decimal("9000.00")),
        LostLine("left", 11, Decimal("300.00"), Decimal("11000.00")),
    ),
)


def line(label: str, *amounts: str) -> HeldOutLine:
    return HeldOutLine(label, 50, *map(Decimal, amounts))


HELD = HeldOut(
    day=date(2024, 9, 30),
    days_count=365,
    whole=line("all", "41000.00", "43000.00", "60000.00"),
    expected_error=90.0,
    rule_error=140.0,
    deciles=(line(" 1", "30000.00", "32000.00", "45000.00"), line(" 2", "11000.00", "11000.00", "15000.00")),
    cohorts=(line("2023", "41000.00", "43000.00", "60000.00"),),
)
WORTH = Worth(
    is_margin=True,
    discount_rate=Decimal("0.10"),
    horizon_years=5,
    equity_amount=Decimal("105000.00"),
    low_amount=Decimal("98000.00"),
    high_amount=Decimal("112000.00"),
    customers_count=115,
    value_amount=Decimal("80000.00"),
    margin_rate=0.35,
    parameters=(ParameterLine("Purchases", "r", 0.524838, 0.365447, 0.75375, 2357, 1016, -9582.1),),
    dependence=(0.05, 0.01, 0.09),
    flow=FLOW,
    deciles=(
        WorthDecile(1, 58, Decimal("60000.00"), Decimal("90000.00")),
        WorthDecile(2, 57, Decimal("20000.00"), Decimal("15000.00")),
    ),
    held_out=HELD,
    at_risk={"weakening": (12, Decimal("7000.00")), "coming_due": (0, Decimal("0.00"))},
)


def table(page: Page, title: str) -> Table:
    (found,) = (each for each in page.tables if each.title == title)
    return found


def cells(row: tuple[Any, ...]) -> list[Any]:
    return [cell.value if isinstance(cell, Marked) else cell for cell in row]


def test_what_is_still_to_come_is_said_with_its_interval_and_the_last_year_held_out(data: ScorecardData) -> None:
    to_come, lost, held = worth_page(data, WORTH).sentence.split("\n")
    assert to_come == (
        "EUR 105k of margin is still expected of 115 customers in the next 5 years, discounted at 10% a year (95%: EUR 98.0k to EUR 112k)."
    )
    assert lost == "With 31 customers who went, EUR 20.0k of it was lost, beside the EUR 1,000 that they were worth at opening."
    assert held == (
        "On 30 September 2024 EUR 41.0k would have been expected in 365 days of the 50 customers who had come by then; EUR 43.0k came. "
        "What they had brought in the 365 days before was EUR 60.0k: the models were nearer than that plain rule, in all and customer by "
        "customer."
    )


@pytest.mark.parametrize(
    ("expected", "error", "words"),
    [
        ("41000.00", 90.0, "the models were nearer than that plain rule, in all and customer by customer."),
        ("41000.00", 150.0, "customer by customer the rule was: do not choose customers by them."),
        ("90000.00", 90.0, "the models were nearer customer by customer, but in all the rule was."),
        ("90000.00", 150.0, "the models were worse than that plain rule, in all and customer by customer: do not rely on them."),
    ],
)
def test_worse_than_the_plain_rule_is_said(data: ScorecardData, expected: str, error: float, words: str) -> None:
    held = replace(HELD, whole=replace(HELD.whole, expected_amount=Decimal(expected)), expected_error=error)
    assert worth_page(data, replace(WORTH, held_out=held)).sentence.endswith(words)


def test_the_statement_runs_from_opening_to_closing(data: ScorecardData) -> None:
    rows = [cells(row) for row in table(worth_page(data, WORTH), "Customer equity flow statement").rows]
    assert rows[0] == ["Still to come at opening", Decimal("100000.00"), 120]
    assert rows[1] == ["Still to come, lost", Decimal("-20000.00"), 30]
    assert rows[-1] == ["Still to come at closing", Decimal("105000.00"), 115]
    assert len(rows) == 9
    assert sum(row[1] for row in rows[:-1]) == rows[-1][1]


def test_return_on_customer_leaves_changed_assumptions_out(data: ScorecardData) -> None:
    """12,000 received - 2,000 for acquisition + 104,000 at closing as before - 100,000 at opening, over 100,000."""
    beside = table(worth_page(data, WORTH), "Beside the statement")
    assert cells(beside.rows[-1]) == ["Gained on customers", Decimal("14000.00")]
    assert beside.below == "Return on customer: 14.0% of the equity at opening, changed assumptions left out."
    unknown = worth_page(data, replace(WORTH, flow=replace(FLOW, acquisition_cost_amount=None)))
    assert table(unknown, "Beside the statement").below.endswith(
        "16.0% of the equity at opening, changed assumptions left out. No extract says what acquisition cost."
    )


def test_new_customers_stand_beside_what_their_channel_cost(data: ScorecardData) -> None:
    channels = (
        ChannelLine("search", 20, Decimal("8000.00"), Decimal("2000.00"), Decimal("500.00"), 1),
        ChannelLine("not recorded", 2, Decimal("500.00"), None),
        ChannelLine("fair", 1, Decimal("0.00"), Decimal("90.00")),
        ChannelLine("mail", 1, Decimal("9.00"), Decimal("1.00"), Decimal("2.00"), 0),
        ChannelLine("press", 1, Decimal("90.00"), Decimal("60.00"), Decimal("2.00"), 3),
    )
    page = worth_page(data, replace(WORTH, flow=replace(FLOW, channels=channels)))
    rows = table(page, "New in the period, by channel").rows
    assert rows[0][:5] == ("search", 20, Decimal("8000.00"), Decimal("2000.00"), Share(Decimal("2000.00"), Decimal("8000.00")))
    assert [row[-1] for row in rows] == ["within a year", "", "not within the horizon", "in the period", "within 3 years"]
    assert [row[4] for row in rows[1:3]] == [None, None]
    assert [each.title for each in worth_page(data, WORTH).tables if "channel" in each.title] == []


def test_what_went_with_the_lost_is_their_value_and_what_had_been_to_come(data: ScorecardData) -> None:
    shown = table(worth_page(data, WORTH), "With the customers who went")
    assert [row[1:] for row in shown.rows] == [(20, Decimal("700.00"), Decimal("9000.00")), (11, Decimal("300.00"), Decimal("11000.00"))]
    assert shown.total == ("Together", 31, Decimal("1000.00"), Decimal("20000.00"))
    nobody = worth_page(data, replace(WORTH, flow=replace(FLOW, lost=())))
    assert table(nobody, shown.title).total is None
    assert nobody.sentence.split("\n")[1] == "Nothing of it was lost with customers who went."


def test_where_no_channel_has_a_cost_only_what_is_to_come_stands(data: ScorecardData) -> None:
    channels = (ChannelLine("search", 20, Decimal("8000.00"), None), ChannelLine("mail", 1, Decimal("9.00"), None))
    shown = table(worth_page(data, replace(WORTH, flow=replace(FLOW, channels=channels))), "New in the period, by channel")
    assert shown.rows == (("search", 20, Decimal("8000.00")), ("mail", 1, Decimal("9.00")))
    assert shown.description == "No extract says what these channels cost."


def test_groups_have_their_part_of_what_is_to_come(data: ScorecardData) -> None:
    groups = (GroupLine("home_region", "North", 100, Decimal("70000.00"), Decimal("84000.00")),)
    flow = replace(FLOW, groups=groups)
    row = ("Home region: North", 100, Decimal("70000.00"), Decimal("84000.00"))
    title = "Groups of the customers, by what is still to come"
    shown = table(worth_page(data, replace(WORTH, flow=flow)), title)
    assert shown.rows == ((*row, Share(Decimal("84000.00"), Decimal("105000.00"))),)
    nothing = replace(WORTH, flow=flow, equity_amount=Decimal("0.00"))
    assert table(worth_page(data, nothing), title).rows == ((*row, None),)
    assert title not in [each.title for each in worth_page(data, WORTH).tables]


def test_there_is_no_return_on_nothing(data: ScorecardData) -> None:
    flow = replace(FLOW, amounts={**FLOW.amounts, "opening_equity_amount": Decimal("0.00")})
    assert table(worth_page(data, replace(WORTH, flow=flow)), "Beside the statement").below == ""


def test_without_costs_nothing_is_called_equity_or_return(data: ScorecardData) -> None:
    page = worth_page(data, replace(WORTH, is_margin=False))
    texts = [page.question, page.sentence, *page.small_print, *(f"{each.title} {each.below} {each.rows}" for each in page.tables)]
    assert [text for text in texts if "equity" in text.lower() or "return on" in text.lower()] == []
    assert "EUR 105k of revenue is still expected" in page.sentence


def test_where_nothing_can_be_expected_the_page_says_why_and_shows_nothing(data: ScorecardData) -> None:
    nothing = Worth(is_margin=True, discount_rate=Decimal("0.10"), horizon_years=5, why_not="12 customers bought again, 200 are needed")
    page = worth_page(data, nothing)
    assert page.sentence == "Nothing is expected of anybody: 12 customers bought again, 200 are needed."
    assert page.tables == ()


@pytest.mark.parametrize(
    ("low", "says"),
    [
        (0.01, "The score leads: it orders what comes better than value and tenure alone."),
        (-0.01, "The score is not shown to lead."),
    ],
)
def test_whether_the_score_leads_is_said_with_its_base(data: ScorecardData, low: float, says: str) -> None:
    lead = ScoreLead(412, (0.31, 0.22, 0.40), (0.08, low, 0.17))
    shown = table(
        worth_page(data, replace(WORTH, held_out=replace(HELD, lead=lead))), "Survey score, and what the same customers brought afterwards"
    )
    assert shown.below == says
    assert shown.rows[1] == ("Beyond value and tenure", "0.08", f"{low:.2f} to 0.17", 412)


def test_what_cannot_be_told_of_the_past_is_said(data: ScorecardData) -> None:
    page = worth_page(data, replace(WORTH, flow=None, why_no_flow="too few then", held_out=None, why_not_held_out="too short"))
    assert page.sentence.split("\n")[1:] == [
        "How it changed in the period cannot be told: too few then.",
        "How well it would have been expected before cannot be told: too short.",
    ]
    assert page.bars is None
    assert [each.title for each in page.tables] == ["Tenths of the customers by what is still to come", "At risk", "What the models found"]


def test_tenths_have_their_part_of_the_whole_and_those_at_risk_their_amount(data: ScorecardData) -> None:
    page = worth_page(data, WORTH)
    tenths = table(page, "Tenths of the customers by what is still to come")
    assert tenths.rows[0][0] == "1 (most to come)"
    assert [row[0] for row in table(page, "At risk").rows] == ["Show signs of weakening"]
    assert table(page, "At risk").below == ""
    shared = worth_page(replace(data, shares_customers=True), WORTH)
    assert table(shared, "At risk").below == "Those of whom most is to come are listed in customers.xlsx, At risk."
    assert table(worth_page(data, replace(WORTH, at_risk={})), "At risk").below == ""
    nothing = replace(WORTH, equity_amount=Decimal("0.00"))
    assert table(worth_page(data, nothing), tenths.title).rows[0][-1] is None


@pytest.mark.parametrize(
    ("dependence", "words"),
    [
        ((0.05, 0.01, 0.09), "weak enough for the model of spend."),
        ((-0.30, -0.33, -0.27), "so that what frequent buyers bring is misjudged."),
    ],
)
def test_whether_often_and_much_go_together_is_printed(data: ScorecardData, dependence: tuple[float, float, float], words: str) -> None:
    *_others, margin, last = worth_page(data, replace(WORTH, dependence=dependence)).small_print
    assert margin.startswith("Of an amount 35.0% is left")
    assert last.endswith(words)
    assert worth_page(data, replace(WORTH, dependence=None)).small_print[-1] == margin


def test_parameters_stand_with_their_interval_and_what_they_were_fitted_on(data: ScorecardData) -> None:
    assert table(worth_page(data, WORTH), "What the models found").rows == (("Purchases", "r", "0.5248", "0.3654 to 0.7538", 2357),)


def test_the_workbook_has_the_sheet_where_it_was_weighed(data: ScorecardData, made_up: Any) -> None:
    with_worth = replace(data, worth=WORTH)
    book = workbook(with_worth, made_up.made_up_lists())
    assert "Worth" in book.sheetnames
    for sheet in book.worksheets:
        sheet.close()
    without = workbook(data, made_up.made_up_lists())
    assert "Worth" not in without.sheetnames
    for sheet in without.worksheets:
        sheet.close()
