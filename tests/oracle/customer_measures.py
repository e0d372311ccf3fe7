"""What one topic comes to, customer by customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.sample.random_numbers import Numbers


@dataclass(frozen=True)
class CustomerMeasures:
    """What one topic comes to for each customer in one period: a whole number each, amounts in cents."""

    measures: dict[str, Numbers]
    breakdowns: dict[str, Breakdown] = field(default_factory=dict)


@dataclass(frozen=True)
class Breakdown:
    """Into which part each customer falls, and which measures are broken down by it."""

    parts: tuple[str, ...]
    part: Numbers
    """Index in the list of parts, customer by customer."""
    measures: tuple[str, ...]
