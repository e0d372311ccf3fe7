"""The customer base from five sides, as the scorecard shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True)
class ValueTenth:
    """A tenth of the customers at closing by what they are worth."""

    number: int
    """1 is the most valuable."""
    customers_count: int
    value_amount: Decimal


@dataclass(frozen=True)
class MovedTenth:
    """A tenth of the customers at opening by what they were worth, and what became of them."""

    number: int
    customers_count: int
    out_count: int
    decreased_count: int
    alike_count: int
    """Of about the same value at closing."""
    increased_count: int
    opening_amount: Decimal
    closing_amount: Decimal


@dataclass(frozen=True)
class CohortLine:
    """Customers at the closing of a period who first came in one year, so long ago."""

    period: str
    cohort: str
    tenure: str
    customers_count: int
    value_amount: Decimal


@dataclass(frozen=True)
class CustomerBase:
    """What no figure says of the customers at closing, at opening, and at the closings of the trend."""

    tenths: tuple[ValueTenth, ...]
    moved: tuple[MovedTenth, ...]
    lines: tuple[CohortLine, ...]
    tenures: tuple[str, ...]
    """How long ago customers first came, in words, the longest first."""
