"""The roll-forward in words: from the opening base to the closing base, in customers and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import as_localized
from config.measures.roll_forward import ROLL_FORWARD
from tasks.reporting.text import money_exact, whole_number

if TYPE_CHECKING:
    from config.measures.roll_forward import RollForwardLine
    from tasks.reporting.model import ScorecardData


NO_NUMBER = gettext_noop("not known")


@as_localized
def roll_forward(data: ScorecardData) -> tuple[dict[str, str], ...]:
    """A row a line, with this period and the one before beside it, ready to be shown."""
    headings = ("", gettext("customers"), gettext("value"), gettext("customers, period before"))
    return tuple(dict(zip(headings, _line(data, line), strict=True)) for line in ROLL_FORWARD)


def _line(data: ScorecardData, line: RollForwardLine) -> tuple[str, ...]:
    customers, value = (gettext(NO_NUMBER),) * 2
    if not is_unknown(data, line):
        customers = _customers(data, line, data.period)
        value = money_exact(data.money(line.amount), data.currency, minor_units=data.minor_units)
    before = _customers(data, line, data.previous) if data.previous else gettext("no data before")
    return gettext(line.label), customers, value, before


def is_unknown(data: ScorecardData, line: RollForwardLine) -> bool:
    """Whether nobody knows the line's number: all but the closing base where the data begin in the period."""
    return data.is_opening_unknown and line.role != "closing"


def _customers(data: ScorecardData, line: RollForwardLine, period: str) -> str:
    return whole_number(data.count(line.customers, period=period)) if line.customers else ""
