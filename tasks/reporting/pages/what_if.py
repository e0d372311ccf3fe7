"""In words: what a steady rate hides, how far the rules lie apart, which lapse window the purchases suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.text import money_short, whole_number

if TYPE_CHECKING:
    from fractions import Fraction

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import LapseLine, LapseWindow, Presets, SteadyRate

MOST_DECIMALS = 6
"""Two shares that look alike with so many decimals are shown alike."""


def steady_sentence(facts: ScorecardData, steady: SteadyRate) -> str:
    """What the steady rate means in people and money, and what it took to stand still.

    Retention steady at 78%: that is 27,000 people and EUR 9.4m. To stand still we had to win 27,000; we won 22,000.
    """
    inside = facts.heads("in_and_out_customers")
    also_came = f" ({whole_number(inside)} of whom also came in the period)" if inside else ""
    lost = f"{people_in_words(steady.out_count)}{also_came} and {money_short(steady.lost_amount, facts.currency)}"
    stand_still = f"To stand still we had to win {whole_number(steady.out_count)}; we won {whole_number(steady.in_count)}."
    return f"Retention steady at {rate_in_words(steady.rate)}: that is {lost}. {stand_still}"


def steady_reasons(facts: ScorecardData, steady: SteadyRate) -> str:
    """Against what the rate is steady, how far chance may have moved it, and which of the conditions made the scorecard say so."""
    (low, high), (period, rate), (least, most) = steady.interval, steady.against, steady.difference
    within = f"{steady.rate:.1%} ({low:.1%} to {high:.1%}) against {rate:.1%} in {facts.labels[period]}"
    difference = f"a difference between {_points(least)} and {_points(most)} points"
    said = {
        "net_heads_negative": "more customers went than came",
        "lost_value_exceeds_lost_heads": _value_condition(steady),
        "lost_heads_rose": _heads_condition(facts, steady),
    }
    return f"Steady: {within}, {difference}. Said because {'; '.join(said[condition] for condition in steady.conditions)}."


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}"


def _value_condition(steady: SteadyRate) -> str:
    heads, value = shares_apart(steady.lost_heads_share, steady.lost_value_share)
    return f"the lost were {heads} of the customers at opening and held {value} of the value"


def _heads_condition(facts: ScorecardData, steady: SteadyRate) -> str:
    lost, fewer = whole_number(steady.lost_of_opening_count), whole_number(steady.lost_against_count)
    return f"{lost} of those at opening were lost, against {fewer} in {facts.labels[steady.against[0]]}: a rise that chance does not bring"


def presets_sentence(presets: Presets) -> str:
    """How far the rules lie apart: Lost 24,100 (Lost at notice) to 29,800 (Every move counted) depending on the rule; 27,000 by ours."""
    own, counts = presets.own_out_count, presets.out_counts
    (low, lowest), (high, highest) = min(counts, key=lambda each: each[0]), max(counts, key=lambda each: each[0])
    if low == high:
        return f"Lost {whole_number(own)} whatever the rule."
    return f"Lost {whole_number(low)} ({lowest}) to {whole_number(high)} ({highest}) depending on the rule; {whole_number(own)} by ours."


def digest_lines(facts: ScorecardData) -> list[str]:
    """What the digest says of all this: what a steady rate hides, and the range of the rules where it passes the company's limit."""
    lines: list[str] = []
    if facts.steady_rate:
        lines += [steady_sentence(facts, facts.steady_rate), steady_reasons(facts, facts.steady_rate)]
    if facts.presets and facts.presets.is_range_told:
        lines.append(presets_sentence(facts.presets))
    return lines


def lapse_sentences(window: LapseWindow) -> list[str]:
    """The window in force beside the one that the purchases suggest, and what it would change."""
    if window.why_not:
        return [window.why_not]
    in_force = f"In force: a buyer has lapsed after {window.in_force_days:,} days of silence."
    return [f"{in_force} {_still_come(window)}", _suggestion(window, window.whole), "The suggestion changes nothing; the company decides."]


def _still_come(window: LapseWindow) -> str:
    if window.whole.back_in_force_rate is None:
        return "Of those silent for so long, how many still come back is not known."
    return f"Of those silent for so long, {window.whole.back_in_force_rate:.1%} still come back within {window.within_days:,} days."


def _suggestion(window: LapseWindow, whole: LapseLine) -> str:
    asked = f"at most {rate_in_words(window.tolerance_rate)} of the silent come back within {window.within_days:,} days"
    if whole.suggested_days is None:
        return f"Suggested by the purchases: none. They do not reach far enough to show a silence after which {asked}."
    suggested = f"Suggested by the purchases: {whole.suggested_days:,} days ({interval_in_words(whole)}), after which {asked}."
    by_it, in_force = whole_number(whole.active_suggested_count or 0), whole_number(whole.active_in_force_count)
    return f"{suggested} At the end of the data {by_it} buyers are active by it, {in_force} by the one in force."


def interval_in_words(line: LapseLine) -> str:
    """The interval of a suggestion: 169 to 172, or 165 and longer where the data cannot tell its end."""
    if line.low_days is None:
        return "not known"
    return f"{line.low_days:,} to {line.high_days:,}" if line.high_days is not None else f"{line.low_days:,} and longer"


def people_in_words(count: int) -> str:
    """A number of people: 1 person, 27,000 people."""
    return "1 person" if count == 1 else f"{whole_number(count)} people"


def rate_in_words(rate: float) -> str:
    """A rate in whole per cent, with a decimal where it would read as none or all: 78%, 99.7%."""
    whole = f"{rate:.0%}"
    return f"{rate:.1%}" if whole in {"0%", "100%"} and rate not in {0.0, 1.0} else whole


def shares_apart(one: Fraction, other: Fraction) -> tuple[str, str]:
    """Two shares with as few decimals as tell them apart, one at least: 22.0% and 24.1%."""
    for decimals in range(1, MOST_DECIMALS):
        shown = f"{float(one):.{decimals}%}", f"{float(other):.{decimals}%}"
        if shown[0] != shown[1]:
            return shown
    return f"{float(one):.{MOST_DECIMALS}%}", f"{float(other):.{MOST_DECIMALS}%}"
