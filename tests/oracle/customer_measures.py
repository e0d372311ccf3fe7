"""What one question comes to, customer by customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.sample.chance import Numbers


@dataclass(frozen=True)
class Answers:
    """What one question comes to for each customer in one period: a whole number each, amounts in cents."""

    measures: dict[str, Numbers]
    splits: dict[str, Splitting] = field(default_factory=dict)


@dataclass(frozen=True)
class Splitting:
    """Into which part each customer falls, and which measures are told apart by it."""

    parts: tuple[str, ...]
    part: Numbers
    """Place in the list of parts, customer by customer."""
    measures: tuple[str, ...]
