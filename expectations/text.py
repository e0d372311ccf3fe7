"""Counts and money as a sentence says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.localization import number

if TYPE_CHECKING:
    from decimal import Decimal

FEWEST_DECIMALS = 2
"""Of an amount."""


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 row`, `1,200 rows`."""
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def money(amount: Decimal) -> str:
    """An amount with thousands marked, `1,234.50`: at least two decimals, and none that says something is lost."""
    decimals = f"{amount:f}".partition(".")[2].rstrip("0")
    return number(amount, decimals=max(FEWEST_DECIMALS, len(decimals)))
