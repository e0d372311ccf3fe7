"""The message of a period: what a leader reads in twenty seconds, a sentence a line, each with the figures it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import as_localized
from tasks.reporting.pages.comparison import compared_label, compared_period, lost_of_opening, percent
from tasks.reporting.pages.headline import headline
from tasks.reporting.pages.three_things import things_to_talk_about
from tasks.reporting.sentences import FigureName, Sentence, clipped, fitted, named_figures
from tasks.reporting.text import (
    customers_in_words,
    day_in_words,
    money_short,
    none_or_number,
    signed_money_short,
    signed_number,
    whole_number,
)

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.retention import RetentionRate

LINES_COUNT, TOKENS_COUNT = 12, 130
"""What a message holds at most."""
BUTTON_TOKENS_COUNT = 5
"""Words that stand on the buttons below it, where there are any."""
HEADING = {
    1: gettext_noop("One thing to talk about"),
    2: gettext_noop("Two things to talk about"),
    3: gettext_noop("Three things to talk about"),
}
VERDICTS = {
    None: (gettext_noop("retention"), gettext_noop("value")),
    "fell": (gettext_noop("retention fell"), gettext_noop("value fell")),
    "rose": (gettext_noop("retention rose"), gettext_noop("value rose")),
    "steady": (gettext_noop("retention steady"), gettext_noop("value steady")),
}
"""How retention of customers and of value changed, in words."""
IN_AND_OUT = (("in", gettext_noop("In"), "customers_in"), ("out", gettext_noop("Out"), "customers_out"))
"""The kinds of their sentences, what stands before them, and what they count."""
LOST_AMOUNTS = ("opening_amount", "left_amount", "lapsed_amount")
LOST_CUSTOMERS = ("opening_customers", "left_customers", "lapsed_customers")


@as_localized
def message_sentences(facts: ScorecardData) -> list[Sentence]:
    """The message in at most so many words: headline, retention, the base, in and out, what to talk about, what it rests on."""
    things = things_to_talk_about(facts)
    heading = [Sentence("heading", gettext(HEADING[len(things)]), is_bold=True)] if things else []
    sentences = [_headline(facts), _retention(facts), _base(facts), *_in_and_out(facts), *heading, *things, _context(facts)]
    return fitted(sentences, TOKENS_COUNT - BUTTON_TOKENS_COUNT)


def _headline(facts: ScorecardData) -> Sentence:
    return Sentence("headline", headline(facts), named_figures(facts.period, "customers_in", "customers_out"))


def _retention(facts: ScorecardData) -> Sentence:
    """Of customers and of value, how much was retained, with fell, rose or steady where that is known."""
    label = facts.labels[facts.period]
    lost, opening = lost_of_opening(facts)
    if facts.is_opening_unknown:
        return Sentence("retention", gettext("retention is not known, since nobody knows who was a customer at opening"), label=label)
    if not opening:
        return Sentence("retention", gettext("nobody was a customer at opening"), named_figures(facts.period, "opening_customers"), label)
    before = compared_period(facts)
    customers, value = (facts.retention.customers, facts.retention.value) if facts.retention else (None, None)
    remained = whole_number(opening - lost)
    stayed = ngettext("{stayed} of {count} customer stayed", "{stayed} of {count} customers stayed", opening, stayed=remained)
    periods = (facts.period, before) if before else (facts.period,)
    figures = tuple(name for period in periods for name in named_figures(period, *LOST_CUSTOMERS, *LOST_AMOUNTS))
    has_fallen = "fell" in {_verdict(customers), _verdict(value)}
    changed = gettext(VERDICTS[_verdict(customers)][0])
    text = f"{changed}, {stayed}{_customers_rate(facts, before, customers)}; {_value_rate(facts, before, value)}"
    return Sentence("retention", text, figures, label, is_bold=has_fallen)


def _verdict(rate: RetentionRate | None) -> str | None:
    return rate.verdict if rate else None


def _by_chance(rate: RetentionRate | None) -> str:
    """What is said behind the rate before where a steady one differs from it for all to see."""
    return f", {gettext('within chance')}" if rate and rate.is_within_chance else ""


def _customers_rate(facts: ScorecardData, before: str | None, customers: RetentionRate | None) -> str:
    """The rate beside that of the compared period; of few customers both numbers stand there instead."""
    lost, opening = lost_of_opening(facts)
    now = [percent((opening - lost) / opening)] if opening >= facts.smallest_rate_base else []
    if before is None:
        return f" ({now[0]})" if now else ""
    lost_before, opening_before = lost_of_opening(facts, period=before)
    numbers = gettext("{part} of {whole}", part=whole_number(opening_before - lost_before), whole=whole_number(opening_before))
    is_large = min(opening, opening_before) >= facts.smallest_rate_base
    earlier = percent((opening_before - lost_before) / opening_before) if is_large else numbers
    return f" ({'; '.join([*now, f'{compared_label(facts, before)} {earlier}{_by_chance(customers)}'])})"


def _value_rate(facts: ScorecardData, before: str | None, value: RetentionRate | None) -> str:
    """The same of value; of few customers both amounts stand there instead of a rate."""
    now = _value_retained(facts, facts.period)
    if now is None:
        return gettext("nothing of value at opening")
    changed = gettext(VERDICTS[_verdict(value)][1])
    if lost_of_opening(facts)[1] < facts.smallest_rate_base:
        opening, left, lapsed = (facts.money(name) for name in LOST_AMOUNTS)
        part, whole = (money_short(each, facts.currency) for each in (opening - left - lapsed, opening))
        return f"{changed}, {gettext('{part} of {whole}', part=part, whole=whole)}"
    earlier = _value_retained(facts, before) if before else None
    return f"{changed}, {percent(now)}{f' ({percent(earlier)}{_by_chance(value)})' if earlier is not None else ''}"


def _value_retained(facts: ScorecardData, period: str) -> float | None:
    opening, left, lapsed = (facts.money(name, period=period) for name in LOST_AMOUNTS)
    return float((opening - left - lapsed) / opening) if opening > 0 else None


def _base(facts: ScorecardData) -> Sentence:
    opening, closing = (money_short(facts.money(measure), facts.currency) for measure in ("opening_amount", "closing_amount"))
    if facts.is_opening_unknown:
        unknown = gettext("not known")
        at_end = f"{unknown} → {customers_in_words(facts.heads('closing_customers'))}, {unknown} → {closing}"
        return Sentence("base", at_end, named_figures(facts.period, "closing_customers", "closing_amount"))
    heads = f"{whole_number(facts.heads('opening_customers'))} → {customers_in_words(facts.heads('closing_customers'))}"
    worth = f"{opening} → {closing} ({signed_money_short(facts.money('net_amount'), facts.currency)})"
    names = ("opening_customers", "closing_customers", "net_customers", "opening_amount", "closing_amount", "net_amount")
    return Sentence("base", f"{heads} ({signed_number(facts.heads('net_customers'))}), {worth}", named_figures(facts.period, *names))


def _in_and_out(facts: ScorecardData) -> list[Sentence]:
    directions = () if facts.is_opening_unknown else IN_AND_OUT
    return [_direction(facts, kind, label=gettext(label), name=name) for kind, label, name in directions]


def _direction(facts: ScorecardData, kind: str, *, label: str, name: str) -> Sentence:
    """Customers in or out with what they are worth, beside the compared period."""
    before, heads = compared_period(facts), facts.heads(name)
    earlier = f" ({compared_label(facts, before)} {whole_number(facts.heads(name, period=before))})" if before else ""
    worth = f", {money_short(facts.money(f'{name}_amount'), facts.currency)}" if heads else ""
    figures = (*named_figures(facts.period, name, f"{name}_amount"), *((FigureName(name, before),) if before else ()))
    return Sentence(kind, f"{none_or_number(heads)}{earlier}{worth}", figures, label=label)


def _context(facts: ScorecardData) -> Sentence:
    company, day = clipped(facts.company), day_in_words(facts.data_through)
    text = gettext("{company}, edition {edition}, data to {day}, reconciled", company=company, edition=facts.edition, day=day)
    return Sentence("context", text, tail=f" {gettext('to the customer and the cent')}")
