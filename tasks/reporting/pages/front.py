"""What the front sheet, the page for the meeting and the mail say in words: what it rests on, how the value changed, what to talk about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from tasks.reporting.blocks import Column, Share, Table
from tasks.reporting.model import named
from tasks.reporting.pages.comparison import compared_period
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.quality_summary import describe_data
from tasks.reporting.pages.what_if import steady_reasons, steady_sentence
from tasks.reporting.text import format_day, signed_money_short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData

WHO_LEFT, STILL_TO_WIN, EXPERIENCE, WORTH = "Who left", "Still to win", "Experience", "Worth"
TAB_OF = {"where": WHO_LEFT, "why": WHO_LEFT, "still_to_win": STILL_TO_WIN, "preceded": EXPERIENCE, "to_come": WORTH}
"""Which tab shows more of a line."""
GROUPS_SHOWN_COUNT = 8
"""So many groups stand on the front sheet."""
RETENTION, HEADING = "retention", "heading"


@dataclass(frozen=True)
class FrontLine:
    """One line of the front: what it says, how it stands out, and which tab shows more."""

    text: str
    is_bold: bool = False
    is_alarm: bool = False
    is_small: bool = False
    tab: str | None = None


def front_lines(data: ScorecardData) -> Iterator[FrontLine]:
    """Retention, how the value changed, what to talk about, and what a steady rate hides."""
    sentences = {sentence.kind: sentence for sentence in message_sentences(data)}
    retention = sentences[RETENTION]
    yield FrontLine(retention.line, is_bold=retention.is_bold, is_alarm=retention.is_bold)
    if not data.is_opening_unknown:
        yield FrontLine(value_changes(data))
    if data.steady_rate:
        yield FrontLine(steady_sentence(data, data.steady_rate), is_bold=True, is_alarm=True)
        yield FrontLine(steady_reasons(data, data.steady_rate), is_small=True)
    if HEADING in sentences:
        yield FrontLine(sentences[HEADING].line, is_bold=True)
    for number, kind in enumerate((kind for kind in TAB_OF if kind in sentences), start=1):
        yield FrontLine(f"{number}  {sentences[kind].line}", tab=TAB_OF[kind])


def value_changes(data: ScorecardData) -> str:
    """From the value at opening to that at closing in four parts that add up to the change."""
    came, went, net, currency = (
        data.money(name) for name in ("customers_in_amount", "customers_out_amount", "net_amount", "fx_effect_amount")
    )
    stayed = net - came + went - currency
    changes = {"net": net, "came": came, "went": -went, "stayed": stayed, "currency": currency}
    amounts = {name: signed_money_short(amount, data.currency) for name, amount in changes.items()}
    if currency:
        return gettext("Value {net}: in {came}, out {went}, those who stayed {stayed}, currency {currency}", **amounts)
    return gettext("Value {net}: in {came}, out {went}, those who stayed {stayed}", **amounts)


def data_line(data: ScorecardData) -> str:
    """In one line what the figures rest on: which days, how many rows, what is unaccounted for, what was set aside or found."""
    residual = sum(abs(totals.rows_residual_count) for totals in data.totals)
    days = {"day": format_day(data.data_through), "as_of": format_day(data.as_of)}
    sentences = (
        gettext("Data through {day}, as known on {as_of}, edition {edition}.", edition=data.edition, **days),
        ngettext("{count} extract: {found}.", "{count} extracts: {found}.", len(data.totals), found=describe_data(data)),
        ngettext("{count} row unaccounted for.", "{count} rows unaccounted for.", residual),
    )
    return "  ".join(sentences)


def groups_table(data: ScorecardData) -> Table | None:
    """The groups that lost more than they should have, the largest excess first; none where nobody went, or nothing was before."""
    before = compared_period(data)
    worst = sorted(data.whereabouts.groups, key=lambda loss: (-loss.excess_count, loss.segment_by, loss.segment))[:GROUPS_SHOWN_COUNT]
    if before is None or not worst or not data.count("customers_out"):
        return None
    columns = (
        Column(gettext("Lost, by group"), "text"),
        Column(gettext("Customers lost")),
        Column(gettext("Share lost"), "share"),
        Column(gettext("In {period}", period=data.labels[before]), "share"),
        Column(gettext("Excess"), "signed_count", is_shaded=True, is_more_worse=True),
    )
    rows = tuple(
        (
            f"{named(loss.segment)} ({loss.segment_by.replace('_', ' ')})",
            loss.lost_count,
            Share(loss.lost_count, loss.opening_count),
            Share(loss.before_lost_count, loss.before_opening_count),
            loss.excess_count,
        )
        for loss in worst
    )
    return Table("", columns, rows)
