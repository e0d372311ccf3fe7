"""A rule, ready to be judged: what it asks of which columns and rows, and what happens where it is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from config.definitions import IfBroken

Comparison = Literal["is", "is_one_of", "is_recorded", "at_least", "at_most"]
COMPARISONS: tuple[Comparison, ...] = ("is_recorded", "at_least", "at_most")
"""What `only_where` may say of a column, besides one value or a list of values."""


@dataclass(frozen=True)
class Condition:
    """One part of `only_where`: which rows a rule looks at."""

    column: str
    comparison: Comparison
    value: Any


@dataclass(frozen=True)
class Rule:
    """One rule, ready to be judged."""

    id: str
    table: str
    """Name of the extract, or `ledger`."""
    says: str
    why: str
    check: str
    columns: tuple[str, ...]
    parameters: Mapping[str, Any]
    only_where: tuple[Condition, ...]
    if_broken: IfBroken
    relaxed_because: str | None = None
    showable: frozenset[str] = frozenset()
    """Those of its columns whose values may be shown on a page."""

    @property
    def full_id(self) -> str:
        """`extract.rule`, unique in a run."""
        return f"{self.table}.{self.id}"


@dataclass(frozen=True)
class Run:
    """What a rule may know about the run."""

    as_of: date
    """Day of the run, in the company's time zone."""
    covers_through: date
    """Last day that the extract says it covers."""
