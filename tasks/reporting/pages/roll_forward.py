"""The roll-forward in words: from the opening base to the closing base, in customers and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.roll_forward import ROLL_FORWARD
from tasks.reporting.text import money_exact, whole_number

if TYPE_CHECKING:
    from config.measures.roll_forward import RollForwardLine
    from tasks.reporting.model import ScorecardData


NO_NUMBER = "not known"


def roll_forward(facts: ScorecardData) -> tuple[dict[str, str], ...]:
    """A row a line, with this period and the one before beside it, ready to be shown."""
    return tuple(
        {
            "": line.label,
            "customers": NO_NUMBER if is_unknown(facts, line) else _customers(facts, line, facts.period),
            "value": NO_NUMBER
            if is_unknown(facts, line)
            else money_exact(facts.money(line.amount), facts.currency, minor_units=facts.minor_units),
            "customers, period before": _customers(facts, line, facts.previous) if facts.previous else "no data before",
        }
        for line in ROLL_FORWARD
    )


def is_unknown(facts: ScorecardData, line: RollForwardLine) -> bool:
    """Whether nobody knows the line's number: all but the closing base where the data begin in the period."""
    return facts.is_opening_unknown and line.role != "closing"


def _customers(facts: ScorecardData, line: RollForwardLine, period: str) -> str:
    return whole_number(facts.heads(line.customers, period=period)) if line.customers else ""
