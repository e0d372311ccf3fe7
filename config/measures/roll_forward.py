"""The roll-forward, declared once: from the opening base to the closing base, line by line, in customers and in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.measures.table import MEASURES, label_of

Role = Literal["opening", "in", "part_in", "out", "part_out", "stayed", "currency", "net", "closing"]
"""What a line does: a base, what changes it with its parts, what changes the value alone, and the change."""


@dataclass(frozen=True)
class RollForwardLine:
    """One line: what measures its customers, if it has any, and what measures their value."""

    customers: str | None
    amount: str
    role: Role

    @property
    def label(self) -> str:
        """What the line is called: as its customers, if it has any."""
        return label_of(self.customers or self.amount)

    @property
    def factor(self) -> int:
        """How often the line's value is in the closing value: once, taken off once, or not at all, since it came and went."""
        return {"plus": 1, "either": 1, "minus": -1, "none": 0}[MEASURES[self.amount].sign]


ROLL_FORWARD = (
    RollForwardLine("opening_customers", "opening_amount", "opening"),
    RollForwardLine("customers_in", "customers_in_amount", "in"),
    RollForwardLine("new_customers", "new_amount", "part_in"),
    RollForwardLine("returned_customers", "returned_amount", "part_in"),
    RollForwardLine("in_and_out_customers", "in_and_out_amount", "part_in"),
    RollForwardLine("customers_out", "customers_out_amount", "out"),
    RollForwardLine("left_customers", "left_amount", "part_out"),
    RollForwardLine("lapsed_customers", "lapsed_amount", "part_out"),
    RollForwardLine("in_and_out_customers", "in_and_out_amount", "part_out"),
    RollForwardLine("increased_customers", "increased_amount", "stayed"),
    RollForwardLine("decreased_customers", "decreased_amount", "stayed"),
    RollForwardLine("unchanged_customers", "unchanged_drift_amount", "stayed"),
    RollForwardLine("out_and_back_customers", "out_and_back_amount", "stayed"),
    RollForwardLine(None, "fx_effect_amount", "currency"),
    RollForwardLine("net_customers", "net_amount", "net"),
    RollForwardLine("closing_customers", "closing_amount", "closing"),
)
"""Every line, in the order in which a reader goes."""


def lines_of(*roles: Role) -> tuple[RollForwardLine, ...]:
    """The lines of some roles, role by role."""
    return tuple(line for role in roles for line in ROLL_FORWARD if line.role == role)


def customers_of(*roles: Role) -> tuple[str, ...]:
    """What measures the customers of those lines, each once."""
    return tuple(dict.fromkeys(line.customers for line in lines_of(*roles) if line.customers))
