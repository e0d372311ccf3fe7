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
from tasks.reporting.pages.quality_summary import describe_data
from tasks.reporting.pages.three_things import lost_figures
from tasks.reporting.pages.what_if import choices_lines
from tasks.reporting.restated import restated_lines
from tasks.reporting.sentences import Sentence, clipped, named_figures
from tasks.reporting.text import (
    format_day,
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
def thread_lines(data: ScorecardData, *, workbook_name: str, segments_count: int) -> list[str]:
    """Every line of the thread, `Label: what happened` where it has a label, plain text."""
    return [sentence.line for sentence in thread_sentences(data, workbook_name=workbook_name, segments_count=segments_count)]


@as_localized
def thread_sentences(data: ScorecardData, *, workbook_name: str, segments_count: int) -> list[Sentence]:
    """The same, each with the figures it is made of; notes, and what is said of the data, are made of none."""
    coverage = gettext("Data to {day}: {found}.", day=format_day(data.data_through), found=describe_data(data))
    every = (
        *_parts(data),
        *_comparison_lines(data),
        *_group_lines(data, segments_count),
        *digest_lines(data),
        *choices_lines(data),
        *restated_lines(data.restated, data.currency),
        Sentence("data", coverage),
        *(Sentence("note", note) for note in data.notes[:NOTES_SHOWN_COUNT]),
        Sentence("origin", _origin_line(data, workbook_name)),
    )
    return [replace(sentence, is_in_thread=True) for sentence in every]


def _parts(data: ScorecardData) -> Iterator[Sentence]:
    """Of whom those in and out are made, and what became of the value of those who stayed."""
    if data.is_opening_unknown:
        return
    roles: dict[str, tuple[str, Role]] = {"customers_in": (gettext("In"), "part_in"), "customers_out": (gettext("Out"), "part_out")}
    for name, (label, role) in roles.items():
        shown = [line for line in lines_of(role) if line.customers and not _is_quiet(data, line)]
        if shown and data.count(name):
            figures = tuple(figure for line in shown for figure in _part_figures(data, line))
            yield Sentence(role, f"{label}: {', '.join(_part(data, line) for line in shown)}", figures)
    more = gettext("{count} worth more", count=_stayed(data, "increased"))
    less = gettext("{count} worth less", count=_stayed(data, "decreased"))
    changes = f"{more}{_change(data, 'increased', 1)}, {less}{_change(data, 'decreased', -1)}"
    figures = named_figures(data.period, "increased_customers", "increased_amount", "decreased_customers", "decreased_amount")
    yield Sentence("stayed", f"{gettext(heading_of('staying_customers'))}: {changes}", figures)


def _is_quiet(data: ScorecardData, line: RollForwardLine) -> bool:
    return line.customers in QUIET and not data.count(str(line.customers))


def _part_figures(data: ScorecardData, line: RollForwardLine) -> tuple[FigureName, ...]:
    """Heads and value of a part; of those who left also of whom they are made, where that can be told."""
    apart = ("left_notified_customers", "left_ended_customers") if line.customers == "left_customers" and left_apart(data) else ()
    return named_figures(data.period, str(line.customers), line.amount, *apart)


def _part(data: ScorecardData, line: RollForwardLine) -> str:
    customers = data.count(str(line.customers))
    worth = f" ({money_short(data.money(line.amount), data.currency)})" if customers else ""
    apart = left_apart(data) if line.customers == "left_customers" else ""
    return f"{whole_number(customers)} {lowered(line.label)}{worth}{apart}"


def _stayed(data: ScorecardData, name: str) -> str:
    return none_or_number(data.count(f"{name}_customers"))


def _change(data: ScorecardData, name: str, sign: int) -> str:
    """What became of the value of those who stayed, where anybody's did."""
    has_changed = data.count(f"{name}_customers") > 0
    return f" ({signed_money_short(sign * data.money(f'{name}_amount'), data.currency)})" if has_changed else ""


def _comparison_lines(data: ScorecardData) -> Iterator[Sentence]:
    """In, out and net of earlier periods with the difference to now; none of a period in which nobody was a customer yet."""
    periods = [period for period in dict.fromkeys((data.previous, data.year_before)) if period]
    for period in periods:
        if data.count("opening_customers", period=period):
            parts_line = [_difference(data, period, measure=measure, message=message) for measure, message in COMPARED.items()]
            line = gettext("Against {period}: {differences}", period=data.labels[period], differences=", ".join(parts_line))
            yield Sentence("against", line, (*named_figures(data.period, *COMPARED), *named_figures(period, *COMPARED)))


def _difference(data: ScorecardData, period: str, *, measure: str, message: str) -> str:
    """One number against another period's: out +1,940 (then 25,060)."""
    earlier, now = data.count(measure, period=period), data.count(measure)
    return gettext(message, difference=signed_number(now - earlier), earlier=whole_number(earlier))


def _group_lines(data: ScorecardData, count: int) -> Iterator[Sentence]:
    """The groups that lost more than they should have, the most valuable excess first; that there is none is said, too."""
    before = compared_period(data)
    if before is None or not count:
        return
    if not data.excess_losses and has_comparable_groups(data, before):
        alike = gettext("everywhere alike, no group lost more than the others beyond chance")
        yield Sentence("everywhere_alike", alike, label=gettext("Where"))
    for loss in data.excess_losses[:count]:
        text = _excess(data, loss, compared_label(data, before))
        yield Sentence("excess", text, lost_figures(data, loss, before), label=gettext("Where"))


def _excess(data: ScorecardData, loss: ExcessLoss, before: str) -> str:
    who = f"{clipped(loss.segment)} ({clipped(loss.segment_by.replace('_', ' '))})"
    rates = f"{percent(loss.rate)}; {before} {percent(loss.before_rate)}"
    return gettext(
        "{group} lost {lost} of {opening} ({rates}), {amount}; {excess} more than its own past and the others' change would have it lose",
        group=who,
        lost=whole_number(loss.lost_count),
        opening=whole_number(loss.opening_count),
        rates=rates,
        amount=money_short(loss.lost_amount, data.currency),
        excess=whole_number(loss.excess_count),
    )


def _origin_line(data: ScorecardData, workbook_name: str) -> str:
    as_of = f"{format_day(data.as_of.date())} {data.as_of:%H:%M %Z}".rstrip()
    values = {"edition": data.edition, "as_of": as_of, "workbook": workbook_name}
    return gettext("Edition {edition}, as known on {as_of}; all of it is in {workbook}", **values)
