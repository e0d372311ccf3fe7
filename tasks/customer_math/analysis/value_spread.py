"""How far customers of an intake lie apart in value: whether two means differ beyond chance, and whether one customer makes a mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ibis.expr.types import Table

NORMAL_95 = 1.959964
"""Half the width of a 95% interval in standard errors."""
MAKES_A_MEAN_RATE = Decimal("0.1")
"""A tenth: a customer without whom a mean would be that much of it higher or lower is mentioned."""
FEWEST = 2
"""Of fewer customers nothing lies apart."""


@dataclass(frozen=True)
class ValueSpread:
    """Customers of one or more intakes at one age: how many, what they brought, the sum of squares, and the one who brought most."""

    customers_count: int
    amount: Decimal
    squares: float
    largest_amount: Decimal

    @classmethod
    def together(cls, parts: Iterable[ValueSpread]) -> ValueSpread:
        """Several as one."""
        every = list(parts)
        return cls(
            sum(spread.customers_count for spread in every),
            sum((spread.amount for spread in every), Decimal(0)),
            sum(spread.squares for spread in every),
            max((spread.largest_amount for spread in every), default=Decimal(0)),
        )

    @property
    def mean(self) -> float:
        """What one customer comes to."""
        return float(self.amount) / self.customers_count

    @property
    def variance_of_mean(self) -> float:
        """The square of the standard error of the mean."""
        around = max(self.squares - self.customers_count * self.mean**2, 0.0)
        return around / (self.customers_count - 1) / self.customers_count

    @property
    def mean_without_largest(self) -> Decimal | None:
        """What one of the others comes to, where the customer who brought most makes the mean by itself; none: it does not."""
        if self.customers_count < FEWEST:
            return None
        without = (self.amount - self.largest_amount) / (self.customers_count - 1)
        whole = self.amount / self.customers_count
        return without if abs(whole - without) >= MAKES_A_MEAN_RATE * abs(whole) and self.largest_amount else None


def value_spreads(cohorts: Table, ages: Sequence[int]) -> Table:
    """Of every intake at every age that all of it has reached: intake, days, customers_count, amount, squares, largest_amount."""
    parts = [_spread(cohorts, days) for days in ages]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _spread(cohorts: Table, days: int) -> Table:
    old = cohorts.filter(cohorts[f"has_reached_{days}"])
    value = old[f"value_{days}_amount"]
    return old.group_by("intake").agg(
        days=ibis.literal(days, type="int64"),
        customers_count=old.count(),
        amount=value.sum(),
        squares=(value.cast("float64") * value.cast("float64")).sum(),
        largest_amount=value.max(),
    )


def differ_beyond_chance(one: ValueSpread, other: ValueSpread) -> bool:
    """Whether the 95% interval of the difference of two means, after Welch, does not hold 0.

    40 customers of 100 each and 40 of 80, all alike: they differ. 100 and 80 with a standard error of 15 each: they do not.
    """
    if min(one.customers_count, other.customers_count) < FEWEST:
        return False
    reach = NORMAL_95 * math.sqrt(one.variance_of_mean + other.variance_of_mean)
    return abs(one.mean - other.mean) > reach


def compared_cohorts(rows: Iterable[Mapping[str, Any]], *, before_count: int) -> Iterator[dict[str, Any]]:
    """Of every age the latest intake against those before it: days, intake, is_beyond_chance, mean_without_largest (none: no such one).

    `rows` are those of `value_spreads`; as many intakes before the latest as are shown beside it.
    """
    by_age: dict[int, dict[str, ValueSpread]] = {}
    for row in rows:
        spread = ValueSpread(row["customers_count"], Decimal(row["amount"]), row["squares"], Decimal(row["largest_amount"]))
        by_age.setdefault(row["days"], {})[row["intake"]] = spread
    for days, spreads in sorted(by_age.items()):
        *before, latest = sorted(spreads)
        others = ValueSpread.together(spreads[name] for name in before[-before_count:])
        yield {
            "days": days,
            "intake": latest,
            "is_beyond_chance": differ_beyond_chance(spreads[latest], others),
            "mean_without_largest": spreads[latest].mean_without_largest,
        }
