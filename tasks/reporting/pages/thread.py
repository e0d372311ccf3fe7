"""What stands below the message: parts and comparisons, which groups lost more, the questions, and what it all rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import as_localized
from config.measures.roll_forward import lines_of
from config.measures.table import heading_of
from tasks.reporting.pages.agenda import digest_lines
from tasks.reporting.pages.comparison import compared_label, compared_period, has_comparable_groups, percent
from tasks.reporting.pages.departure_reasons import left_apart
from tasks.reporting.pages.quality_summary import data_in_words
from tasks.reporting.pages.three_things import lost_figures
from tasks.reporting.pages.what_if import choices_lines
from tasks.reporting.restated import restated_lines
from tasks.reporting.sentences import Sentence, clipped, named_figures
from tasks.reporting.text import (
    day_in_words,
    lowered,
    money_short,
    none_or_number,
    signed_money_short,
    signed_number,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.roll_forward import Role, RollForwardLine
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.retention import ExcessLoss
    from tasks.reporting.sentences import FigureName

QUIET = frozenset({"in_and_out_customers"})
"""Parts that go unsaid where there are none; those who left and those who lapsed are always said."""
COMPARED = {
    "customers_in": gettext_noop("in {difference} (then {earlier})"),
    "customers_out": gettext_noop("out {difference} (then {earlier})"),
    "net_customers": gettext_noop("net {difference} (then {earlier})"),
}
"""Measures that are compared with other periods, and what they are called there."""
NOTES_SHOWN_COUNT = 2
"""How many notes are shown; the workbook has all."""


@as_localized
def thread_lines(facts: ScorecardData, *, workbook_name: str, segments_count: int) -> list[str]:
    """Every line of the thread, `Label: what happened` where it has a label, plain text."""
    return [each.line for each in thread_sentences(facts, workbook_name=workbook_name, segments_count=segments_count)]


@as_localized
def thread_sentences(facts: ScorecardData, *, workbook_name: str, segments_count: int) -> list[Sentence]:
    """The same, each with the figures it is made of; notes, and what is said of the data, are made of none."""
    data = gettext("Data to {day}: {found}.", day=day_in_words(facts.data_through), found=data_in_words(facts))
    every = (
        *_parts(facts),
        *_comparison_lines(facts),
        *_group_lines(facts, segments_count),
        *digest_lines(facts),
        *choices_lines(facts),
        *restated_lines(facts.restated, facts.currency),
        Sentence("data", data),
        *(Sentence("note", note) for note in facts.notes[:NOTES_SHOWN_COUNT]),
        Sentence("origin", _origin_line(facts, workbook_name)),
    )
    return [replace(each, is_in_thread=True) for each in every]


def _parts(facts: ScorecardData) -> Iterator[Sentence]:
    """Of whom those in and out are made, and what became of the value of those who stayed."""
    if facts.is_opening_unknown:
        return
    roles: dict[str, tuple[str, Role]] = {"customers_in": (gettext("In"), "part_in"), "customers_out": (gettext("Out"), "part_out")}
    for name, (label, role) in roles.items():
        shown = [line for line in lines_of(role) if line.customers and not _is_quiet(facts, line)]
        if shown and facts.heads(name):
            figures = tuple(figure for line in shown for figure in _part_figures(facts, line))
            yield Sentence(role, f"{label}: {', '.join(_part(facts, line) for line in shown)}", figures)
    more = gettext("{count} worth more", count=_stayed(facts, "increased"))
    less = gettext("{count} worth less", count=_stayed(facts, "decreased"))
    changes = f"{more}{_change(facts, 'increased', 1)}, {less}{_change(facts, 'decreased', -1)}"
    figures = named_figures(facts.period, "increased_customers", "increased_amount", "decreased_customers", "decreased_amount")
    yield Sentence("stayed", f"{gettext(heading_of('staying_customers'))}: {changes}", figures)


def _is_quiet(facts: ScorecardData, line: RollForwardLine) -> bool:
    return line.customers in QUIET and not facts.heads(str(line.customers))


def _part_figures(facts: ScorecardData, line: RollForwardLine) -> tuple[FigureName, ...]:
    """Heads and value of a part; of those who left also of whom they are made, where that can be told."""
    apart = ("left_notified_customers", "left_ended_customers") if line.customers == "left_customers" and left_apart(facts) else ()
    return named_figures(facts.period, str(line.customers), line.amount, *apart)


def _part(facts: ScorecardData, line: RollForwardLine) -> str:
    heads = facts.heads(str(line.customers))
    worth = f" ({money_short(facts.money(line.amount), facts.currency)})" if heads else ""
    apart = left_apart(facts) if line.customers == "left_customers" else ""
    return f"{whole_number(heads)} {lowered(line.label)}{worth}{apart}"


def _stayed(facts: ScorecardData, name: str) -> str:
    return none_or_number(facts.heads(f"{name}_customers"))


def _change(facts: ScorecardData, name: str, sign: int) -> str:
    """What became of the value of those who stayed, where anybody's did."""
    has_changed = facts.heads(f"{name}_customers") > 0
    return f" ({signed_money_short(sign * facts.money(f'{name}_amount'), facts.currency)})" if has_changed else ""


def _comparison_lines(facts: ScorecardData) -> Iterator[Sentence]:
    """In, out and net of earlier periods with the difference to now; none of a period in which nobody was a customer yet."""
    periods = [each for each in dict.fromkeys((facts.previous, facts.year_before)) if each]
    for period in periods:
        if facts.heads("opening_customers", period=period):
            parts_line = [_difference(facts, period, measure=measure, message=message) for measure, message in COMPARED.items()]
            line = gettext("Against {period}: {differences}", period=facts.labels[period], differences=", ".join(parts_line))
            yield Sentence("against", line, (*named_figures(facts.period, *COMPARED), *named_figures(period, *COMPARED)))


def _difference(facts: ScorecardData, period: str, *, measure: str, message: str) -> str:
    """One number against another period's: out +1,940 (then 25,060)."""
    earlier, now = facts.heads(measure, period=period), facts.heads(measure)
    return gettext(message, difference=signed_number(now - earlier), earlier=whole_number(earlier))


def _group_lines(facts: ScorecardData, count: int) -> Iterator[Sentence]:
    """The groups that lost more than they should have, the most valuable excess first; that there is none is said, too."""
    before = compared_period(facts)
    if before is None or not count:
        return
    if not facts.excess_losses and has_comparable_groups(facts, before):
        alike = gettext("everywhere alike, no group lost more than the others beyond chance")
        yield Sentence("everywhere_alike", alike, label=gettext("Where"))
    for each in facts.excess_losses[:count]:
        text = _excess(facts, each, compared_label(facts, before))
        yield Sentence("excess", text, lost_figures(facts, each, before), label=gettext("Where"))


def _excess(facts: ScorecardData, each: ExcessLoss, before: str) -> str:
    who = f"{clipped(each.segment)} ({clipped(each.segment_by.replace('_', ' '))})"
    rates = f"{percent(each.rate)}; {before} {percent(each.before_rate)}"
    return gettext(
        "{group} lost {lost} of {opening} ({rates}), {amount}; {excess} more than its own past and the others' change would have it lose",
        group=who,
        lost=whole_number(each.lost_count),
        opening=whole_number(each.opening_count),
        rates=rates,
        amount=money_short(each.lost_amount, facts.currency),
        excess=whole_number(each.excess_count),
    )


def _origin_line(facts: ScorecardData, workbook_name: str) -> str:
    as_of = f"{day_in_words(facts.as_of.date())} {facts.as_of:%H:%M %Z}".rstrip()
    values = {"edition": facts.edition, "as_of": as_of, "workbook": workbook_name}
    return gettext("Edition {edition}, as known on {as_of}; all of it is in {workbook}", **values)
