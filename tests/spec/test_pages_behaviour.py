"""The page of behaviour: its sentence never says more than the figures, and what a company cannot see is said to be missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from config.measures import behaviour
from config.measures.table import MEASURES
from tasks.reporting.blocks import Share
from tasks.reporting.model import ALL, SettingInForce
from tasks.reporting.pages.behaviour import HOW_TO_SUPPLY, STRENGTHENING, WEAKENING, behaviour_lines, behaviour_page

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

HEADS = {
    "staying": 95_727,
    "weakening": 21_034,
    "strengthening": 18_000,
    "silent_beyond_habit": 12_000,
    "fewer_groups": 9_000,
    "fewer_seats": 40,
    "fallen_twice": 700,
    "first_complaint": 600,
    "shorter_gaps": 2_000,
    "more_groups": 11_000,
    "more_seats": 90,
    "risen_twice": 7_000,
}
PARTS = {"weakens": (20_000, "10.00"), "both": (1_034, "5.00"), "steady": (57_727, "1.00")}


def behaving(data: ScorecardData, *, supplied: frozenset[str] = frozenset(HOW_TO_SUPPLY), **heads: int) -> ScorecardData:
    """The facts with figures of behaviour, EUR 100 a customer; those of nought heads are of nought value."""
    known = {**HEADS, **heads}
    for name in (*WEAKENING, *STRENGTHENING):
        if not supplied.issuperset(MEASURES[name].needs):
            known.pop(name.removesuffix("_customers"))
    figures = dict(data.figures)
    for period, less in ((data.period, 0), (data.previous or "", 5)):
        for name, count in known.items():
            figures[period, ALL, ALL, f"{name}_customers"] = max(count - less, 0)
            figures[period, ALL, ALL, f"{name}_amount"] = Decimal(100 * count)
    parts = {part: {"staying_customers": count, "staying_amount": Decimal(amount)} for part, (count, amount) in PARTS.items()}
    return replace(data, figures=figures, splits={(data.period, ALL, ALL, "behaviour"): parts}, supplied=supplied, smallest_rate_base=30)


@pytest.mark.parametrize(
    ("heads", "sentence"),
    [
        (
            {},
            (
                "Of 95,727 customers who stayed through Q3 2026, 21,034 (22%) weaken, worth EUR 2.1m a year (most often: "
                "silent beyond habit, 12,000), and 18,000 (19%) grow stronger, worth EUR 1.8m a year "
                "(most often: more product groups, 11,000)."
            ),
        ),
        ({"staying": 0}, "No customer stayed from the opening of Q3 2026 to its end."),
        (
            {"weakening": 0, "strengthening": 0},
            "None of the 95,727 customers who stayed through Q3 2026 shows a sign of weakening or of growing stronger.",
        ),
        (
            {"staying": 1, "weakening": 0, "strengthening": 0},
            "The one customer who stayed through Q3 2026 shows no sign of weakening or of growing stronger.",
        ),
        (
            {"staying": 9, "strengthening": 0, "weakening": 1, "silent_beyond_habit": 1, "fewer_groups": 0, "fallen_twice": 0},
            (
                "Of 9 customers who stayed through Q3 2026, 1 weakens, worth EUR 100 a year (most often: "
                "first complaint, 600), and none grows stronger."
            ),
        ),
        (
            {"weakening": 0, "strengthening": 1},
            (
                "Of 95,727 customers who stayed through Q3 2026, none weakens, and 1 (under 1%) grows stronger, worth EUR 100 a "
                "year (most often: more product groups, 11,000)."
            ),
        ),
    ],
    ids=["many", "nobody stayed", "no sign", "one, and no sign", "one weakens, too few for a rate", "nobody weakens"],
)
def test_the_sentence_says_what_behaviour_was(data: ScorecardData, heads: dict[str, Any], sentence: str) -> None:
    assert behaviour_page(behaving(data, **heads)).sentence == sentence


def test_what_was_not_measured_is_said_with_all_that_is_missing(data: ScorecardData) -> None:
    page = behaviour_page(data)
    assert page.sentence == "How customers behave who stay was not measured."
    assert page.missing == tuple(HOW_TO_SUPPLY.values())
    assert behaviour_lines(data) == []


def test_a_sign_that_the_company_cannot_see_is_in_no_table_and_said_to_be_missing(data: ScorecardData) -> None:
    page = behaviour_page(behaving(data, supplied=frozenset({"purchases.purchased_on"})))
    signs = next(table for table in page.tables if table.title == "Signs")
    assert [row[0] for row in signs.rows] == ["Silent beyond habit", "Value fell twice", "Buys more often", "Value rose twice"]
    assert len(page.missing) == len(HOW_TO_SUPPLY) - 1
    assert page.bars is not None
    assert page.bars.categories == tuple(str(row[0]) for row in signs.rows)
    assert [series.values for series in page.bars.series] == [(12_000, 700, 0, 0), (0, 0, 2_000, 7_000)]


def test_every_sign_is_shown_with_its_share_and_what_it_was_before(data: ScorecardData) -> None:
    signs = next(table for table in behaviour_page(behaving(data)).tables if table.title == "Signs")
    assert signs.rows[0] == ("Silent beyond habit", "weakens", 12_000, Share(12_000, 95_727), Decimal(1_200_000), 11_995, 5)
    assert "do not add up" in signs.description


def test_a_first_period_shows_no_change_and_the_company_s_choice_is_said(data: ScorecardData) -> None:
    chosen = (
        SettingInForce("behaviour.gap_rate", "1.8", "A silence.", "service"),
        SettingInForce("behaviour.fewest_gaps_count", "4", "A habit.", "service"),
        SettingInForce("behaviour.fewest_silent_days_count", "9", "A weekend.", "service"),
    )
    first = replace(behaving(data), previous=None, settings=chosen)
    signs = next(table for table in behaviour_page(first).tables if table.title == "Signs")
    assert len(signs.columns) == len(signs.rows[0]) == 5
    assert "Silent beyond habit: 1.8 times" in signs.description
    assert signs.description.endswith("of at least 4 gaps, and for 9 days or more.")
    by_contract = replace(behaving(data, supplied=frozenset({"contracts.seats_count"})), settings=chosen)
    signs = next(table for table in behaviour_page(by_contract).tables if table.title == "Signs")
    assert "Silent" not in signs.description


def test_a_period_before_without_the_sign_shows_no_change(data: ScorecardData) -> None:
    then = behaving(data)
    figures = {key: value for key, value in then.figures.items() if key[0] != data.previous or "fallen_twice" not in key[3]}
    signs = next(table for table in behaviour_page(replace(then, figures=figures)).tables if table.title == "Signs")
    assert next(row for row in signs.rows if row[0] == "Value fell twice")[-2:] == (None, None)


def test_every_customer_who_stayed_is_in_one_row(data: ScorecardData) -> None:
    once = next(table for table in behaviour_page(behaving(data)).tables if table.title.startswith("Every customer"))
    assert [row[:2] for row in once.rows] == [
        ("Weakens only", 20_000),
        ("Signs both ways", 1_034),
        ("Grows stronger only", 0),
        ("No sign", 57_727),
    ]
    assert once.total is not None
    assert once.total[1] == 95_727


def test_the_digest_says_how_many_weaken_and_where_they_are_listed(data: ScorecardData) -> None:
    shared = replace(data, shares_customers=True)
    command = "by `customer-math explain 2026-Q3 weakening_customers --company alder`"
    for each, where in ((data, command), (shared, "in customers.xlsx, Weakening customers")):
        assert [sentence.line for sentence in behaviour_lines(behaving(each))] == [
            (
                "Weakening: 21,034 (22%) of 95,727 customers who stayed, worth EUR 2.1m a year (most often: silent beyond habit, 12,000); "
                f"the most valuable are listed {where}."
            )
        ]
    assert behaviour_lines(behaving(data, weakening=0)) == []


def test_the_page_shows_every_sign_that_is_measured() -> None:
    names = [entry.name for entry in (*behaviour.WEAKENING, *behaviour.STRENGTHENING)]
    assert dict(zip(names[::2], names[1::2], strict=True)) == {**WEAKENING, **STRENGTHENING}
    assert {need for name in (*WEAKENING, *STRENGTHENING) for need in MEASURES[name].needs} == set(HOW_TO_SUPPLY)
