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
    format_customers,
    format_day,
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
def message_sentences(data: ScorecardData) -> list[Sentence]:
    """The message in at most so many words: headline, retention, the base, in and out, what to talk about, what it rests on."""
    things = things_to_talk_about(data)
    heading = [Sentence("heading", gettext(HEADING[len(things)]), is_bold=True)] if things else []
    sentences = [_headline(data), _retention(data), _base(data), *_in_and_out(data), *heading, *things, _context(data)]
    return fitted(sentences, TOKENS_COUNT - BUTTON_TOKENS_COUNT)


def _headline(data: ScorecardData) -> Sentence:
    return Sentence("headline", headline(data), named_figures(data.period, "customers_in", "customers_out"))


def _retention(data: ScorecardData) -> Sentence:
    """Of customers and of value, how much was retained, with fell, rose or steady where that is known."""
    label = data.labels[data.period]
    lost, opening = lost_of_opening(data)
    if data.is_opening_unknown:
        return Sentence("retention", gettext("retention is not known, since nobody knows who was a customer at opening"), label=label)
    if not opening:
        return Sentence("retention", gettext("nobody was a customer at opening"), named_figures(data.period, "opening_customers"), label)
    before = compared_period(data)
    customers, value = (data.retention.customers, data.retention.value) if data.retention else (None, None)
    remained = whole_number(opening - lost)
    stayed = ngettext("{stayed} of {count} customer stayed", "{stayed} of {count} customers stayed", opening, stayed=remained)
    periods = (data.period, before) if before else (data.period,)
    figures = tuple(name for period in periods for name in named_figures(period, *LOST_CUSTOMERS, *LOST_AMOUNTS))
    has_fallen = "fell" in {_verdict(customers), _verdict(value)}
    changed = gettext(VERDICTS[_verdict(customers)][0])
    text = f"{changed}, {stayed}{_customers_rate(data, before, customers)}; {_value_rate(data, before, value)}"
    return Sentence("retention", text, figures, label, is_bold=has_fallen)


def _verdict(rate: RetentionRate | None) -> str | None:
    return rate.verdict if rate else None


def _by_chance(rate: RetentionRate | None) -> str:
    """What is said behind the rate before where a steady one differs from it for all to see."""
    return f", {gettext('within chance')}" if rate and rate.is_within_chance else ""


def _customers_rate(data: ScorecardData, before: str | None, customers: RetentionRate | None) -> str:
    """The rate beside that of the compared period; of few customers both numbers stand there instead."""
    lost, opening = lost_of_opening(data)
    now = [percent((opening - lost) / opening)] if opening >= data.smallest_rate_base else []
    if before is None:
        return f" ({now[0]})" if now else ""
    lost_before, opening_before = lost_of_opening(data, period=before)
    numbers = gettext("{part} of {whole}", part=whole_number(opening_before - lost_before), whole=whole_number(opening_before))
    is_large = min(opening, opening_before) >= data.smallest_rate_base
    earlier = percent((opening_before - lost_before) / opening_before) if is_large else numbers
    return f" ({'; '.join([*now, f'{compared_label(data, before)} {earlier}{_by_chance(customers)}'])})"


def _value_rate(data: ScorecardData, before: str | None, value: RetentionRate | None) -> str:
    """The same of value; of few customers both amounts stand there instead of a rate."""
    now = _value_retained(data, data.period)
    if now is None:
        return gettext("nothing of value at opening")
    changed = gettext(VERDICTS[_verdict(value)][1])
    if lost_of_opening(data)[1] < data.smallest_rate_base:
        opening, left, lapsed = (data.money(name) for name in LOST_AMOUNTS)
        part, whole = (money_short(amount, data.currency) for amount in (opening - left - lapsed, opening))
        return f"{changed}, {gettext('{part} of {whole}', part=part, whole=whole)}"
    earlier = _value_retained(data, before) if before else None
    return f"{changed}, {percent(now)}{f' ({percent(earlier)}{_by_chance(value)})' if earlier is not None else ''}"


def _value_retained(data: ScorecardData, period: str) -> float | None:
    opening, left, lapsed = (data.money(name, period=period) for name in LOST_AMOUNTS)
    return float((opening - left - lapsed) / opening) if opening > 0 else None


def _base(data: ScorecardData) -> Sentence:
    opening, closing = (money_short(data.money(measure), data.currency) for measure in ("opening_amount", "closing_amount"))
    if data.is_opening_unknown:
        unknown = gettext("not known")
        at_end = f"{unknown} → {format_customers(data.count('closing_customers'))}, {unknown} → {closing}"
        return Sentence("base", at_end, named_figures(data.period, "closing_customers", "closing_amount"))
    customers = f"{whole_number(data.count('opening_customers'))} → {format_customers(data.count('closing_customers'))}"
    worth = f"{opening} → {closing} ({signed_money_short(data.money('net_amount'), data.currency)})"
    names = ("opening_customers", "closing_customers", "net_customers", "opening_amount", "closing_amount", "net_amount")
    return Sentence("base", f"{customers} ({signed_number(data.count('net_customers'))}), {worth}", named_figures(data.period, *names))


def _in_and_out(data: ScorecardData) -> list[Sentence]:
    directions = () if data.is_opening_unknown else IN_AND_OUT
    return [_direction(data, kind, label=gettext(label), name=name) for kind, label, name in directions]


def _direction(data: ScorecardData, kind: str, *, label: str, name: str) -> Sentence:
    """Customers in or out with what they are worth, beside the compared period."""
    before, customers = compared_period(data), data.count(name)
    earlier = f" ({compared_label(data, before)} {whole_number(data.count(name, period=before))})" if before else ""
    worth = f", {money_short(data.money(f'{name}_amount'), data.currency)}" if customers else ""
    figures = (*named_figures(data.period, name, f"{name}_amount"), *((FigureName(name, before),) if before else ()))
    return Sentence(kind, f"{none_or_number(customers)}{earlier}{worth}", figures, label=label)


def _context(data: ScorecardData) -> Sentence:
    company, day = clipped(data.company), format_day(data.data_through)
    text = gettext("{company}, edition {edition}, data to {day}, reconciled", company=company, edition=data.edition, day=day)
    return Sentence("context", text, tail=f" {gettext('to the customer and the cent')}")
