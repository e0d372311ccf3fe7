"""The roll-forward in words: from the opening base to the closing base, in customers and in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.wording import money_exact, whole_number

if TYPE_CHECKING:
    from tasks.reporting.facts import Facts

LINES = (
    ("Opening base", "opening_customers", "opening_amount"),
    ("New", "new_customers", "new_amount"),
    ("Returned", "returned_customers", "returned_amount"),
    ("In and out", "in_and_out_customers", "in_and_out_amount"),
    ("Customers in", "customers_in", "customers_in_amount"),
    ("Left (they told us)", "left_customers", "left_amount"),
    ("Lapsed (they went silent)", "lapsed_customers", "lapsed_amount"),
    ("Customers out", "customers_out", "customers_out_amount"),
    ("Net", "net_customers", "net_amount"),
    ("Increased", "increased_customers", "increased_amount"),
    ("Decreased", "decreased_customers", "decreased_amount"),
    ("Closing base", "closing_customers", "closing_amount"),
)


def roll_forward(facts: Facts) -> tuple[dict[str, str], ...]:
    """A row a line, with this period and the one before beside it, ready to be shown."""
    return tuple(_line(facts, label, heads=heads, amount=amount) for label, heads, amount in LINES)


def _line(facts: Facts, label: str, *, heads: str, amount: str) -> dict[str, str]:
    before = facts.figure(heads, period=facts.previous) if facts.previous else None
    return {
        "": label,
        "customers": whole_number(facts.heads(heads)),
        "value": money_exact(facts.money(amount), facts.currency, minor_units=facts.minor_units),
        "customers, period before": "no data before" if before is None else whole_number(int(before)),
    }
