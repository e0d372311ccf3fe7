"""What a steady rate hides, how far the rules lie apart and which window the purchases suggest, in words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.pages.what_if import (
    choices_lines,
    format_interval,
    format_people,
    format_rate,
    lapse_sentences,
    presets_sentence,
    shares_apart,
    steady_reasons,
    steady_sentence,
)
from tasks.reporting.what_if import CustomerCounts, LapseLine, LapseWindow, PresetLine, Presets, SteadyRate

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

STEADY = SteadyRate(
    rate=0.78,
    interval=(0.7777, 0.7823),
    against=("2026-Q2", 0.7796),
    difference=(-0.0029, 0.0037),
    lost_against_count=26_000,
    conditions=("net_heads_negative",),
    lost_of_opening_count=27_000,
    out_count=27_000,
    in_count=22_000,
    lost_amount=Decimal("9412345.60"),
    lost_customers_share=Fraction(27_000, 122_727),
    lost_value_share=Fraction(24, 100),
)
LINE = LapseLine("all", "all", 6_671, 24_614, 17_943, 170, 169, 172, 0.0472, 1_612, 1_552)
WINDOW = LapseWindow(180, 0.10, 180, lines=(LINE,))


@pytest.fixture
def plain(made_up: Any) -> ScorecardData:
    """Facts of a quarter in which nobody came and went."""
    return made_up.made_up_facts({"2025-Q3": made_up.Moves(), "2026-Q2": made_up.Moves(), "2026-Q3": made_up.Moves()}, opening=10)


def test_the_sentence_says_what_the_rate_means_in_people_and_money(plain: ScorecardData) -> None:
    assert steady_sentence(plain, STEADY) == (
        "Retention steady at 78%: that is 27,000 people and EUR 9.4m. To stand still we had to win 27,000; we won 22,000."
    )


def test_those_who_also_came_in_the_period_are_named(data: ScorecardData) -> None:
    assert "that is 27,000 people (270 of whom also came in the period) and EUR 9.4m." in steady_sentence(data, STEADY)


def test_the_reasons_say_how_far_chance_may_have_moved_the_rate(plain: ScorecardData) -> None:
    assert steady_reasons(plain, STEADY) == (
        "Steady: 78.0% (77.8% to 78.2%) against 78.0% in Q2 2026, a difference between -0.3 and +0.4 points. "
        "Said because more customers went than came."
    )


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (("net_heads_negative",), "more customers went than came"),
        (("lost_value_exceeds_lost_heads",), "the lost were 22.0% of the customers at opening and held 24.0% of the value"),
        (("lost_heads_rose",), "27,000 of those at opening were lost, against 26,000 in Q2 2026: a rise that chance does not bring"),
    ],
)
def test_each_condition_that_holds_is_said(plain: ScorecardData, conditions: tuple[str, ...], said: str) -> None:
    steady = replace(STEADY, conditions=conditions)
    assert steady_reasons(plain, steady).endswith(f"Said because {said}.")


def test_conditions_that_hold_together_are_said_together(plain: ScorecardData) -> None:
    steady = replace(STEADY, conditions=("net_heads_negative", "lost_value_exceeds_lost_heads"))
    assert "Said because more customers went than came; the lost were 22.0%" in steady_reasons(plain, steady)


@pytest.mark.parametrize(("rate", "said"), [(0.78217, "78%"), (0.997, "99.7%"), (1.0, "100%"), (0.0, "0%"), (0.004, "0.4%"), (0.1, "10%")])
def test_a_rate_reads_as_all_or_none_only_where_it_is(rate: float, said: str) -> None:
    assert format_rate(rate) == said


def test_shares_have_as_many_decimals_as_tell_them_apart() -> None:
    assert shares_apart(Fraction(22, 100), Fraction(24, 100)) == ("22.0%", "24.0%")
    assert shares_apart(Fraction(22_001, 100_000), Fraction(22_004, 100_000)) == ("22.001%", "22.004%")
    assert shares_apart(Fraction(1, 3), Fraction(1, 3) + Fraction(1, 10**12)) == ("33.333333%", "33.333333%")


def test_one_is_a_person_and_more_are_people() -> None:
    assert [format_people(count) for count in (0, 1, 27_000)] == ["0 people", "1 person", "27,000 people"]


def preset(name: str, out_count: int | None) -> PresetLine:
    heads = None if out_count is None else CustomerCounts(100, 5, 5, 0, 10, out_count, 110 - out_count)
    return PresetLine(name, name.capitalize(), "Somebody's.", (), heads, () if heads else ("nothing is told",))


@pytest.mark.parametrize(
    ("counts", "says", "is_told"),
    [
        ((27_000, 24_100, None, 29_800), "Lost 24,100 (Rule 1) to 29,800 (Rule 3) depending on the rule; 27,000 by ours.", True),
        ((100, 90, None, 100), "Lost 90 (Rule 1) to 100 (Rule 0) depending on the rule; 100 by ours.", False),
        ((100, 89, None, 100), "Lost 89 (Rule 1) to 100 (Rule 0) depending on the rule; 100 by ours.", True),
        ((100, 100, None, 100), "Lost 100 whatever the rule.", False),
        ((0, 1, None, 0), "Lost 0 (Rule 0) to 1 (Rule 1) depending on the rule; 0 by ours.", True),
    ],
    ids=["far", "at the limit", "beyond it", "alike", "nobody by ours"],
)
def test_the_range_is_told_where_it_passes_the_companys_limit(
    plain: ScorecardData, counts: tuple[int | None, ...], says: str, is_told: bool
) -> None:
    presets = Presets(tuple(preset(f"rule {number}", count) for number, count in enumerate(counts)), range_threshold_rate=0.10)
    assert presets_sentence(presets) == says
    assert [each.line for each in choices_lines(replace(plain, presets=presets))] == ([says] if is_told else [])


def test_a_rule_under_which_nobody_can_be_lost_is_no_end_of_the_range() -> None:
    lines = (preset("own", 100), preset("rule 1", 95), replace(preset("rule 2", 0), can_lose=False))
    assert (
        presets_sentence(Presets(lines, range_threshold_rate=0.10)) == "Lost 95 (Rule 1) to 100 (Own) depending on the rule; 100 by ours."
    )
    assert not Presets(lines, range_threshold_rate=0.10).is_range_reported


def test_the_digest_says_the_sentence_with_its_reasons_and_nothing_where_there_is_none(plain: ScorecardData) -> None:
    assert choices_lines(plain) == []
    first, second = (each.line for each in choices_lines(replace(plain, steady_rate=STEADY)))
    assert first == steady_sentence(plain, STEADY)
    assert second == steady_reasons(plain, STEADY)


def test_the_window_in_force_stands_beside_the_suggestion() -> None:
    in_force, suggested, decides = lapse_sentences(WINDOW)
    assert in_force == (
        "In force: a buyer has lapsed after 180 days of silence. Of those silent for so long, 4.7% still come back within 180 days."
    )
    assert suggested == (
        "Suggested by the purchases: 170 days (169 to 172), after which at most 10% of the silent come back within 180 days. "
        "At the end of the data 1,552 buyers are active by it, 1,612 by the one in force."
    )
    assert decides == "The suggestion changes nothing; the company decides."


def test_a_company_without_a_suggestion_is_told_why() -> None:
    short = replace(LINE, suggested_days=None, low_days=None, high_days=None, back_in_force_rate=None, active_suggested_count=None)
    in_force, suggested, _ = lapse_sentences(replace(WINDOW, lines=(short,)))
    assert in_force.endswith("Of those silent for so long, how many still come back is not known.")
    assert suggested == (
        "Suggested by the purchases: none. They do not reach far enough to show a silence after which at most 10% of the silent come back "
        "within 180 days."
    )
    assert lapse_sentences(replace(WINDOW, why_not="Nothing is sold.")) == ["Nothing is sold."]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(169, 172, "169 to 172"), (165, None, "165 and longer"), (None, None, "not known"), (1_000, 1_200, "1,000 to 1,200")],
)
def test_an_interval_that_the_data_cannot_end_is_open(low: int | None, high: int | None, said: str) -> None:
    assert format_interval(replace(LINE, low_days=low, high_days=high)) == said
