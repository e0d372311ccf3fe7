"""Counts and money as a sentence says them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 row`, `1,200 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def money(amount: Decimal) -> str:
    """An amount with thousands marked, `1,234.50`: at least two decimals, and none that says something is lost."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
