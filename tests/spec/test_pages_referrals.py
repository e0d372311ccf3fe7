"""The page of referrals: its sentence never says more than the figures, and names stay in the lists of customers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.blocks import Share
from tasks.reporting.model import ALL
from tasks.reporting.pages.referrals import NO_REASONS, NO_REFERRALS, NO_REFERRED, TOP_REFERRALS, referrals_lines, referrals_page

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

SUPPLIED = frozenset({"referrals.referred_on", "referrals.referred_customer_id", "referrals.reason_code"})
USUAL = {
    "period_customers": 144_000,
    "referring_customers": 413,
    "referring_former_customers": 2,
    "referrals_count": 425,
    "referred_new_customers": 188,
    "referred_new_amount": Decimal("71234.50"),
    "refusing_customers": 31,
}
TOLD = (
    {"referrer_id": "7", "referrer_name": "=Café *Quux*", "customer_id": "9", "customer_name": None, "amount": Decimal("9120.00")},
    {"referrer_id": "8", "referrer_name": "", "customer_id": "3", "customer_name": "בית קפה", "amount": Decimal("12.00")},
)


def recommended(data: ScorecardData, *, supplied: frozenset[str] = SUPPLIED, new: int | None = None, **figures: Any) -> ScorecardData:
    """The facts with figures of referrals, changed as told."""
    now = {**USUAL, **figures}
    if "referrals.referred_customer_id" not in supplied:
        now = {name: value for name, value in now.items() if not name.startswith("referred_")}
    found = {**data.figures, **{(data.period, ALL, ALL, name): value for name, value in now.items()}}
    if new is not None:
        found[data.period, ALL, ALL, "new_customers"] = new
    splits = {
        (data.period, ALL, ALL, "refused_reason"): {"price": {"refusing_customers": 20}, "N9": {"refusing_customers": 11}},
        (data.previous or "", ALL, ALL, "refused_reason"): {"price": {"refusing_customers": 30}, "service": {"refusing_customers": 1}},
    }
    told = {TOP_REFERRALS: TOLD} if now.get("referred_new_customers") else {}
    return replace(
        data, figures=found, splits=splits, supplied=supplied, tables=told, reason_labels={"price": "Too expensive"}, smallest_rate_base=30
    )


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            {},
            (
                "413 of 144,000 customers (0.3%) recommended us in Q3 2026; 188 of 18,640 new customers (1.0%) had been recommended to us "
                "before, worth EUR 71.2k a year."
            ),
        ),
        (
            {"period_customers": 20, "referring_customers": 1, "new": 1, "referred_new_customers": 1},
            "1 of 20 customers recommended us in Q3 2026; 1 of 1 new customer had been recommended to us before, worth EUR 71.2k a year.",
        ),
        (
            {"referring_customers": 0, "referred_new_customers": 0},
            (
                "No customer recommended us in Q3 2026, but 2 who are none did; "
                "none of 18,640 new customers had been recommended to us before."
            ),
        ),
        (
            {"referring_customers": 0, "referring_former_customers": 1, "new": 0},
            "No customer recommended us in Q3 2026, but 1 who is none did; there were no new customers.",
        ),
        (
            {"referring_customers": 0, "referring_former_customers": 0, "new": 1, "referred_new_customers": 0},
            "Nobody recommended us in Q3 2026; none of 1 new customer had been recommended to us before.",
        ),
        (
            {"referring_customers": 1, "referred_new_customers": 0, "new": 40},
            "1 of 144,000 customers (under 0.1%) recommended us in Q3 2026; none of 40 new customers had been recommended to us before.",
        ),
        (
            {"period_customers": 1_000, "new": 40, "referred_new_customers": 20},
            (
                "413 of 1,000 customers (41%) recommended us in Q3 2026; 20 of 40 new customers (50%) had been recommended to us before, "
                "worth EUR 71.2k a year."
            ),
        ),
    ],
    ids=["many", "one, and too few for a rate", "only former customers", "nobody new", "nobody at all", "tiny rates", "large rates"],
)
def test_the_sentence_says_what_the_figures_say(data: ScorecardData, figures: dict[str, Any], sentence: str) -> None:
    assert referrals_page(recommended(data, **figures)).sentence == sentence


def test_a_company_without_recommendations_is_told_how_to_bring_them(data: ScorecardData) -> None:
    page = referrals_page(data)
    assert (page.sentence, page.missing) == ("Whether customers recommend us is not known.", (NO_REFERRALS,))
    assert (page.tables, page.bars, referrals_lines(data)) == ((), None, [])


def test_without_the_referred_and_the_reasons_the_page_says_what_is_missing(data: ScorecardData) -> None:
    page = referrals_page(recommended(data, supplied=frozenset({"referrals.referred_on"})))
    assert page.sentence == "413 of 144,000 customers (0.3%) recommended us in Q3 2026."
    assert page.missing == (NO_REFERRED, NO_REASONS)
    assert page.bars is not None
    assert [series.name for series in page.bars.series] == ["Recommended us"]
    assert {table.title for table in page.tables} == {"Compared", *(f"By {name}" for name in data.segment_by)}


def test_reasons_are_listed_most_often_first_beside_the_period_before(data: ScorecardData) -> None:
    table = next(table for table in referrals_page(recommended(data)).tables if table.title == "Why not")
    assert table.rows == (
        ("Too expensive", 20, Share(20, 31), 30, -10),
        ("N9", 11, Share(11, 31), 0, 11),
        ("service", 0, Share(0, 31), 1, -1),
    )
    assert table.total == ("All reasons", 31, Share(31, 31), 31, 0)


def test_a_first_period_has_none_before_it_and_nobody_may_have_refused(data: ScorecardData) -> None:
    first = replace(recommended(data), previous=None, splits={})
    table = next(table for table in referrals_page(first).tables if table.title == "Why not")
    assert (table.rows, table.total, len(table.columns)) == ((), None, 3)


def test_the_recommendations_worth_telling_have_names_in_the_lists_alone(data: ScorecardData) -> None:
    told = recommended(data)
    page = referrals_page(replace(told, shares_customers=True))
    assert referrals_page(told).missing[0] == "The 2 recommendations that won most, worth EUR 9,120 and EUR 12 a year."
    assert page.missing[0] == (
        "The 2 recommendations that won most, worth EUR 9,120 and EUR 12 a year: who recommended us to whom is listed in customers.xlsx, "
        "Recommended customers."
    )
    assert "Quux" not in str(page)
    (line,) = (each.line for each in referrals_lines(told))
    assert line.endswith("worth EUR 71.2k a year; the most valuable of them is worth EUR 9,120 a year.")
    assert "Quux" not in line


def test_the_digest_is_silent_of_recommendations_where_nobody_made_one(data: ScorecardData) -> None:
    assert referrals_lines(recommended(data, referrals_count=0)) == []
    (line,) = (each.line for each in referrals_lines(recommended(data, referred_new_customers=0)))
    assert line.endswith("had been recommended to us before.")


def test_the_only_one_who_came_by_recommendation_is_not_called_the_most_valuable(data: ScorecardData) -> None:
    (line,) = (each.line for each in referrals_lines(recommended(data, referred_new_customers=1)))
    assert line.endswith("worth EUR 71.2k a year.")


def test_the_chart_holds_every_period_of_the_trend(data: ScorecardData) -> None:
    bars = referrals_page(recommended(data)).bars
    assert bars is not None
    assert [series.values[-1] for series in bars.series] == [413, 188]
    assert len(bars.categories) == len(data.trend_with_customers)


def test_the_referred_and_the_others_are_compared_at_the_same_age(data: ScorecardData) -> None:
    known = {
        "intake_reached_90_customers": 40,
        "intake_stayed_90_customers": 30,
        "intake_value_90_amount": Decimal("4000.00"),
        "intake_horizon_customers": 35,
        "intake_second_customers": 7,
    }
    told = recommended(data)
    figures = {**told.figures, (told.period, ALL, ALL, "intake_value_90_amount"): Decimal("9000.00")}
    splits = {**told.splits, (told.period, ALL, ALL, "came_by_referral"): {"referred": known}}
    tables = referrals_page(replace(told, figures=figures, splits=splits, cohort_ages_days=(30, 90))).tables
    table = next(table for table in tables if table.title.startswith("Later behaviour"))
    assert table.rows == (
        ("After 90 days", 40, Share(30, 40), Decimal("100.00"), 0, Share(0, 0), None),
        ("Came again within the horizon", 35, Share(7, 35), None, 0, Share(0, 0), None),
    )
