"""The roll-forward in words: from the opening base to the closing base, in customers and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.measures.table import label_of
from tasks.reporting.text import money_exact, whole_number

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

LINES = (
    ("opening_customers", "opening_amount"),
    ("new_customers", "new_amount"),
    ("returned_customers", "returned_amount"),
    ("in_and_out_customers", "in_and_out_amount"),
    ("customers_in", "customers_in_amount"),
    ("left_customers", "left_amount"),
    ("lapsed_customers", "lapsed_amount"),
    ("customers_out", "customers_out_amount"),
    ("net_customers", "net_amount"),
    ("increased_customers", "increased_amount"),
    ("decreased_customers", "decreased_amount"),
    ("closing_customers", "closing_amount"),
)
"""What measures the customers of a line, and what measures their value."""


def roll_forward(facts: ScorecardData) -> tuple[dict[str, str], ...]:
    """A row a line, with this period and the one before beside it, ready to be shown."""
    return tuple(_line(facts, heads=heads, amount=amount) for heads, amount in LINES)


def _line(facts: ScorecardData, *, heads: str, amount: str) -> dict[str, str]:
    before = facts.figure(heads, period=facts.previous) if facts.previous else None
    return {
        "": label_of(heads),
        "customers": whole_number(facts.heads(heads)),
        "value": money_exact(facts.money(amount), facts.currency, minor_units=facts.minor_units),
        "customers, period before": "no data before" if before is None else whole_number(int(before)),
    }
