"""What a published number is made of: a measure sums what each customer contributes; a rate is one measure over another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis

from tasks.customer_math.movements import change_amount

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ibis.expr.types import NumericValue, StringValue, Table

    from tasks.customer_math.movements import Movement

Unit = Literal["customers", "count", "money"]
"""Customers are people; a count is of terms, tickets or recommendations; money is in the company's currency."""
Side = Literal["opening", "closing"]


@dataclass(frozen=True)
class Measure:
    """One number of the scorecard: the sum, over the ledger's customers, of what each contributes."""

    name: str
    label: str
    says: str
    unit: Unit
    contribution: Callable[[Table], NumericValue]
    """From the ledger to a column: 0 for a customer who has no part in the number."""
    side: Side = "opening"
    """Whether a customer who changed its segment counts where it was at opening, or where it is at closing."""
    needs: tuple[str, ...] = ()
    """What the company must supply, as `dataset.column` or `costs.setting`; the measure is not published where any is missing."""


@dataclass(frozen=True)
class Rate:
    """One measure over another; it is never shown without both."""

    name: str
    label: str
    says: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class Split:
    """Some measures, told apart by what the ledger says of each customer; over all parts they sum to the measure."""

    name: str
    label: str
    says: str
    part: Callable[[Table], StringValue]
    """From the ledger to the part that each customer belongs to; never empty."""
    measures: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Measures, the rates between them, and the ways in which they are told apart."""

    measures: dict[str, Measure]
    rates: tuple[Rate, ...] = ()
    splits: tuple[Split, ...] = ()

    def supplied_by(self, supplied: frozenset[str]) -> Catalogue:
        """What can be published from what a company supplies; nothing is invented for the rest."""
        measures = {name: each for name, each in self.measures.items() if supplied.issuperset(each.needs)}
        rates = tuple(rate for rate in self.rates if {rate.numerator, rate.denominator} <= measures.keys())
        splits = tuple(_narrowed(split, measures) for split in self.splits if supplied.issuperset(split.needs))
        return Catalogue(measures, rates, tuple(split for split in splits if split.measures))

    def only(self, measures: Collection[str], splits: Collection[str]) -> Catalogue:
        """Some of its measures, told apart in some of its ways, without rates."""
        kept = {name: each for name, each in self.measures.items() if name in measures}
        narrowed = (_narrowed(split, kept) for split in self.splits if split.name in splits)
        return Catalogue(kept, splits=tuple(split for split in narrowed if split.measures))


def _narrowed(split: Split, measures: dict[str, Measure]) -> Split:
    known = tuple(name for name in split.measures if name in measures)
    return Split(split.name, split.label, split.says, split.part, known, split.needs)


def heads_of(*kinds: Movement) -> Callable[[Table], NumericValue]:
    """One for each customer who moved in one of these ways."""
    return lambda ledger: ledger.movement.isin(kinds).cast("int64")


def flagged(column: str) -> Callable[[Table], NumericValue]:
    """One for each customer of whom a column says yes."""
    return lambda ledger: ledger[column].cast("int64")


def counted_in(column: str) -> Callable[[Table], NumericValue]:
    """What a column says of each customer, summed."""
    return lambda ledger: ledger[column]


def money_of(column: str, *kinds: Movement) -> Callable[[Table], NumericValue]:
    """An amount of those who moved in one of these ways."""
    return lambda ledger: ledger.movement.isin(kinds).ifelse(ledger[column], nothing(ledger))


def money_where(column: str, flag: str) -> Callable[[Table], NumericValue]:
    """An amount of those of whom a column says yes."""
    return lambda ledger: ledger[flag].ifelse(ledger[column], nothing(ledger))


def change_of(kind: Movement, *, sign: int = 1) -> Callable[[Table], NumericValue]:
    """By how much the value of those who moved so changed."""
    return lambda ledger: (ledger.movement == kind).ifelse(sign * change_amount(ledger), nothing(ledger))


def nothing(ledger: Table) -> NumericValue:
    """No money, in the ledger's own type."""
    return ibis.literal(0).cast(ledger.opening_amount.type())
