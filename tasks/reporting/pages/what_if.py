"""In words: what a steady rate hides, how far the rules lie apart, which lapse window the purchases suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, look_up, ngettext
from config.localization import percentage
from tasks.reporting.sentences import Sentence, named_figures
from tasks.reporting.text import money_short, signed_points, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import LapseLine, LapseWindow, Presets, SteadyRate

OF_OPENING = ("opening_customers", "left_customers", "lapsed_customers")
"""What a rate of retention is made of."""
MOST_DECIMALS = 6
"""Two shares that look alike with so many decimals are shown alike."""


def steady_sentence(data: ScorecardData, steady: SteadyRate) -> str:
    """What the steady rate means in people and money, and what it took to stand still.

    Retention steady at 78%: that is 27,000 people and EUR 9.4m. To stand still we had to win 27,000; we won 22,000.
    """
    inside = data.count("in_and_out_customers")
    people = format_people(steady.out_count)
    also_came = gettext("{people} ({count} of whom also came in the period)", people=people, count=whole_number(inside))
    return gettext(
        "Retention steady at {rate}: that is {people} and {amount}. To stand still we had to win {out}; we won {won}.",
        rate=format_rate(steady.rate),
        people=also_came if inside else people,
        amount=money_short(steady.lost_amount, data.currency),
        out=whole_number(steady.out_count),
        won=whole_number(steady.in_count),
    )


def steady_reasons(data: ScorecardData, steady: SteadyRate) -> str:
    """Against what the rate is steady, how far chance may have moved it, and which of the conditions made the scorecard say so."""
    (low, high), (period, rate), (least, most) = steady.interval, steady.against, steady.difference
    condition_texts = {
        "net_heads_negative": gettext("more customers went than came"),
        "lost_value_exceeds_lost_heads": _value_condition(steady),
        "lost_heads_rose": _customers_condition(data, steady),
    }
    rates = {
        name: percentage(value, decimals=1) for name, value in {"rate": steady.rate, "low": low, "high": high, "earlier": rate}.items()
    }
    return gettext(
        "Steady: {rate} ({low} to {high}) against {earlier} in {period}, a difference between {least} and {most} points. "
        "Said because {conditions}.",
        period=data.labels[period],
        least=_points(least),
        most=_points(most),
        conditions="; ".join(condition_texts[condition] for condition in steady.conditions),
        **rates,
    )


def _points(difference: float) -> str:
    return signed_points(100 * difference)


def _value_condition(steady: SteadyRate) -> str:
    customers, value = shares_apart(steady.lost_customers_share, steady.lost_value_share)
    return gettext("the lost were {heads} of the customers at opening and held {value} of the value", heads=customers, value=value)


def _customers_condition(data: ScorecardData, steady: SteadyRate) -> str:
    return gettext(
        "{lost} of those at opening were lost, against {fewer} in {period}: a rise that chance does not bring",
        lost=whole_number(steady.lost_of_opening_count),
        fewer=whole_number(steady.lost_against_count),
        period=data.labels[steady.against[0]],
    )


def presets_sentence(presets: Presets) -> str:
    """How far the rules lie apart: Lost 24,100 (Lost at notice) to 29,800 (Every move counted) depending on the rule; 27,000 by ours."""
    own, counts = presets.own_out_count, presets.out_counts
    (low, lowest), (high, highest) = min(counts, key=lambda pair: pair[0]), max(counts, key=lambda pair: pair[0])
    if low == high:
        return gettext("Lost {own} whatever the rule.", own=whole_number(own))
    numbers = {"low": whole_number(low), "high": whole_number(high), "own": whole_number(own)}
    names = {"lowest": gettext(lowest), "highest": gettext(highest)}
    return gettext("Lost {low} ({lowest}) to {high} ({highest}) depending on the rule; {own} by ours.", **numbers, **names)


def choices_lines(data: ScorecardData) -> list[Sentence]:
    """What the digest says of all this: what a steady rate hides, and the range of the rules where it passes the company's limit."""
    lines: list[Sentence] = []
    if data.steady_rate:
        lines += _steady_lines(data, data.steady_rate)
    if data.presets and data.presets.is_range_reported:
        out = named_figures(data.period, "customers_out")
        lines.append(Sentence("presets", presets_sentence(data.presets), out, command=f"presets {data.period}"))
    return lines


def _steady_lines(data: ScorecardData, steady: SteadyRate) -> Iterator[Sentence]:
    period, against = data.period, named_figures(steady.against[0], *OF_OPENING)
    moved = named_figures(period, "customers_out", "customers_out_amount", "customers_in", "in_and_out_customers")
    yield Sentence("steady", steady_sentence(data, steady), (*named_figures(period, *OF_OPENING), *moved))
    amounts = named_figures(period, *(name.replace("customers", "amount") for name in OF_OPENING))
    figures = (*named_figures(period, *OF_OPENING), *amounts, *against)
    yield Sentence("why_steady", steady_reasons(data, steady), figures)


def lapse_sentences(window: LapseWindow) -> list[str]:
    """The window in force beside the one that the purchases suggest, and what it would change."""
    if window.why_not:
        return [look_up(window.why_not)]
    in_force = gettext("In force: a buyer has lapsed after {days} of silence.", days=_days(window.in_force_days))
    nothing = gettext("The suggestion changes nothing; the company decides.")
    return [f"{in_force} {_still_come(window)}", _suggestion(window, window.whole), nothing]


def _still_come(window: LapseWindow) -> str:
    if window.whole.back_in_force_rate is None:
        return gettext("Of those silent for so long, how many still come back is not known.")
    return gettext(
        "Of those silent for so long, {rate} still come back within {days}.",
        rate=percentage(window.whole.back_in_force_rate, decimals=1),
        days=_days(window.within_days),
    )


def _suggestion(window: LapseWindow, whole: LapseLine) -> str:
    rates = {"rate": format_rate(window.tolerance_rate), "within": _days(window.within_days)}
    if whole.suggested_days is None:
        return gettext(
            "Suggested by the purchases: none. They do not reach far enough to show a silence after which at most {rate} of the "
            "silent come back within {within}.",
            **rates,
        )
    suggested = gettext(
        "Suggested by the purchases: {days} ({interval}), after which at most {rate} of the silent come back within {within}.",
        days=_days(whole.suggested_days),
        interval=format_interval(whole),
        **rates,
    )
    active = ngettext(
        "At the end of the data {count} buyer is active by it, {in_force} by the one in force.",
        "At the end of the data {count} buyers are active by it, {in_force} by the one in force.",
        whole.active_suggested_count or 0,
        in_force=whole_number(whole.active_in_force_count),
    )
    return f"{suggested} {active}"


def _days(count: int) -> str:
    return ngettext("{count} day", "{count} days", count)


def format_interval(line: LapseLine) -> str:
    """The interval of a suggestion: 169 to 172, or 165 and longer where the data cannot tell its end."""
    if line.low_days is None:
        return gettext("not known")
    low = whole_number(line.low_days)
    if line.high_days is None:
        return gettext("{low} and longer", low=low)
    return gettext("{low} to {high}", low=low, high=whole_number(line.high_days))


def format_people(count: int) -> str:
    """A number of people: 1 person, 27,000 people."""
    return ngettext("{count} person", "{count} people", count)


def format_rate(rate: float) -> str:
    """A rate in whole per cent, with a decimal where it would read as none or all: 78%, 99.7%."""
    seems_whole = round(100 * rate) in {0, 100} and rate not in {0.0, 1.0}
    return percentage(rate, decimals=1 if seems_whole else 0)


def shares_apart(one: Fraction, other: Fraction) -> tuple[str, str]:
    """Two shares with as few decimals as tell them apart, one at least: 22.0% and 24.1%."""
    shown = [
        (percentage(float(one), decimals=decimals), percentage(float(other), decimals=decimals)) for decimals in range(1, MOST_DECIMALS + 1)
    ]
    return next((pair for pair in shown if pair[0] != pair[1]), shown[-1])
