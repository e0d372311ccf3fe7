"""How a published number is made: a measure of the table sums what each customer contributes, by the formula that is attached here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import ibis
from ibis.expr.types import Table

from config.measures.entries import MeasureEntry, at
from config.measures.table import ENTRIES
from tasks.customer_math.ledger.movements import change_amount

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ibis.expr.types import NumericValue, StringValue

    from config.measures.entries import Entry, RateEntry
    from tasks.customer_math.ledger.movements import Movement

Contribution = Callable[[Table], "NumericValue"]
"""From the ledger to a column: 0 for a customer who has no part in the number."""


@dataclass(frozen=True, kw_only=True)
class Measure(MeasureEntry):
    """A line of the table of measures with its formula: the sum, over the ledger's customers, of what each contributes."""

    contribution: Contribution


def with_formulas(formulas: Mapping[str, Contribution], *, days: int | None = None) -> tuple[Measure, ...]:
    """The measures of those names, each with its formula; raises KeyError where the table has none of a name.

    Where names hold `{days}`, they are those of one of the company's numbers of days.
    """
    return tuple(_with_formula(ENTRIES[name], formula, days=days) for name, formula in formulas.items())


def _with_formula(entry: Entry, formula: Contribution, *, days: int | None) -> Measure:
    return Measure(**vars(entry if days is None else at(entry, days)), contribution=formula)


@dataclass(frozen=True)
class Breakdown:
    """Some measures, told apart by what the ledger says of each customer; over all parts they sum to the measure."""

    name: str
    label: str
    description: str
    part: Callable[[Table], StringValue]
    """From the ledger to the part that each customer belongs to; never empty."""
    measures: tuple[str, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Measures, the rates between them, and the ways in which they are told apart."""

    measures: dict[str, Measure]
    rates: tuple[RateEntry, ...] = ()
    splits: tuple[Breakdown, ...] = ()

    def supplied_by(self, supplied: frozenset[str]) -> Catalogue:
        """What can be published from what a company supplies; nothing is invented for the rest."""
        measures = {name: measure for name, measure in self.measures.items() if supplied.issuperset(measure.needs)}
        splits = tuple(_narrowed(split, measures) for split in self.splits if supplied.issuperset(split.needs))
        return Catalogue(measures, splits=tuple(split for split in splits if split.measures)).with_rates(self.rates)

    def with_rates(self, rates: Iterable[RateEntry]) -> Catalogue:
        """The same with those rates of which it has both measures."""
        return replace(self, rates=tuple(rate for rate in rates if {rate.numerator, rate.denominator} <= self.measures.keys()))

    def only(self, measures: Collection[str], splits: Collection[str]) -> Catalogue:
        """Some of its measures, told apart in some of its ways, without rates."""
        selected = {name: measure for name, measure in self.measures.items() if name in measures}
        narrowed = (_narrowed(split, selected) for split in self.splits if split.name in splits)
        return Catalogue(selected, splits=tuple(split for split in narrowed if split.measures))


def _narrowed(split: Breakdown, measures: dict[str, Measure]) -> Breakdown:
    available = tuple(name for name in split.measures if name in measures)
    return replace(split, measures=available)


def count_where(*kinds: Movement) -> Contribution:
    """One for each customer who moved in one of these ways."""
    return lambda ledger: ledger.movement.isin(kinds).cast("int64")


def count_flag(column: str) -> Contribution:
    """One for each customer of whom a column says yes."""
    return lambda ledger: ledger[column].cast("int64")


def sum_of(column: str) -> Contribution:
    """What a column says of each customer, summed."""
    return lambda ledger: ledger[column]


def sum_where(column: str, *kinds: Movement) -> Contribution:
    """An amount of those who moved in one of these ways."""
    return lambda ledger: ledger.movement.isin(kinds).ifelse(ledger[column], zero(ledger))


def money_where(column: str, flag: str) -> Contribution:
    """An amount of those of whom a column says yes."""
    return lambda ledger: ledger[flag].ifelse(ledger[column], zero(ledger))


def change_of(kind: Movement, *, sign: int = 1) -> Contribution:
    """By how much the value of those who moved so changed."""
    return lambda ledger: (ledger.movement == kind).ifelse(sign * change_amount(ledger), zero(ledger))


def zero(ledger: Table) -> NumericValue:
    """No money, in the ledger's own type."""
    return ibis.literal(0).cast(ledger.opening_amount.type())
