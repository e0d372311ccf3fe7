"""The states of purchases and contracts, and what counts of them: a table of the page Data quality."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from expectations.text import money
from tasks.reporting.blocks import Column, Marked, Table
from tasks.reporting.model import NOT_RECORDED
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import ScorecardData, StatusProfile

REFUND_STEMS = (
    *("refund", "return", "credit", "chargeback", "charged back", "revers", "money back"),
    *("storno", "stornier", "erstatt", "rückerstatt", "zurückerstatt", "gutschrift", "retour", "rückgabe"),
    *("rembours", "avoir", "reembols", "devol", "rimbors", "terugbetaal", "återbetal", "zwrot"),
)
"""How words begin by which systems call a sale that was taken back; a state with one of them sounds like a refund."""
SOUNDS_LIKE_A_REFUND = re.compile(rf"(?<![^\W_])(?:{'|'.join(REFUND_STEMS)})", re.IGNORECASE)
STATES_SHOWN = 20
"""States of an extract that have a line each; what has more is hardly a state."""
LETTERS_SHOWN = 60
COLUMNS = (
    Column("Extract", "text"),
    Column("State", "text"),
    Column("Counted", "text"),
    Column("Rows"),
    Column("Above 0"),
    Column("0"),
    Column("Below 0"),
    Column("Money", "money"),
)


def is_suspect(status: StatusProfile) -> bool:
    """Whether a state sounds like a refund, and yet counts with amounts above 0, as a sale does."""
    return status.is_counted and status.positive_count > 0 and bool(SOUNDS_LIKE_A_REFUND.search(status.status))


def refunds_to_look_at(statuses: Sequence[StatusProfile]) -> tuple[str, ...]:
    """A sentence for each state that sounds like a refund and counts as a sale."""
    return tuple(
        gettext(
            "{extract}: rows above 0 in the state `{state}`, which sounds like a refund, count as sales: {count} ({amount} in their own "
            "currencies). Write refunds with a minus sign, or leave the state out by `activity.excluded_statuses`.",
            extract=status.extract,
            state=status.status[:LETTERS_SHOWN],
            count=whole_number(status.positive_count),
            amount=money(status.positive_amount),
        )
        for status in statuses
        if is_suspect(status)
    )


def status_table(data: ScorecardData) -> Table:
    """Every state with its rows, the sign of their amounts and whether they count; those to look at first."""
    return Table(
        gettext("States: what counts, and what is taken back"),
        COLUMNS,
        tuple(_rows(data.statuses)),
        description=gettext(
            "Refunds are negative, or in a state that does not count; a state that sounds like one and is neither is to be looked at."
        ),
        has_headings=bool(data.statuses),
        when_empty=gettext_noop("No extract of purchases or contracts has states."),
        is_wrapped=True,
    )


def _rows(statuses: Sequence[StatusProfile]) -> Iterator[tuple[CellValue, ...]]:
    for extract in dict.fromkeys(status.extract for status in statuses):
        own = sorted(
            (status for status in statuses if status.extract == extract), key=lambda status: (not is_suspect(status), -status.rows_count)
        )
        yield from map(_row, own[:STATES_SHOWN])
        rest = own[STATES_SHOWN:]
        if rest:
            more = ngettext("and {count} more states", "and {count} more states", len(rest))
            yield extract, Marked(more, "quiet"), None, sum(status.rows_count for status in rest), None, None, None, None


def _row(status: StatusProfile) -> tuple[CellValue, ...]:
    counted = gettext("yes") if status.is_counted else gettext("no")
    return (
        status.extract,
        status.status[:LETTERS_SHOWN] or Marked(gettext(NOT_RECORDED), "quiet"),
        Marked(gettext("{counted}: looks like a refund", counted=counted), "out", is_bold=True) if is_suspect(status) else counted,
        status.rows_count,
        status.positive_count,
        status.zero_count,
        status.negative_count,
        status.amount,
    )
