"""Intakes as the scorecard tells them: month by month, at ages that all of their customers have reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from config.localization import month_of_year
from config.measures.cohorts import REACHED, STAYED, VALUE
from config.measures.entries import at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasks.reporting.model import ScorecardData

COHORTS_SHOWN = 13
"""A year of months, and the same month a year before."""
BEFORE_COUNT = 12
"""With so many intakes before it, at most, an intake is compared."""


@dataclass(frozen=True)
class Cohort:
    """The customers who came for the first time in one month."""

    name: str
    """The month, `2026-03`."""
    figures: Mapping[str, int | Decimal]

    @property
    def label(self) -> str:
        """How people call the month, such as March 2026."""
        return cohort_label(self.name)

    def count(self, measure: str) -> int:
        """How many of its customers."""
        return int(self.figures.get(measure, 0))

    def money(self, measure: str) -> Decimal:
        """An amount of its customers."""
        return Decimal(self.figures.get(measure, 0))

    def has_reached(self, days: int) -> bool:
        """Whether all of its customers came so many days ago."""
        return self.count(reached(days)) > 0


@dataclass(frozen=True)
class SameAge:
    """The latest intake that has reached an age, and those before it at that age: customers, and what they had brought."""

    days: int
    latest: Cohort
    before: tuple[Cohort, ...]

    @property
    def latest_customers(self) -> int:
        """Customers of the latest intake."""
        return self.latest.count(reached(self.days))

    @property
    def latest_amount(self) -> Decimal:
        """What they had brought at that age."""
        return self.latest.money(value_after(self.days))

    @property
    def before_customers(self) -> int:
        """Customers of the intakes before."""
        return sum(cohort.count(reached(self.days)) for cohort in self.before)

    @property
    def before_amount(self) -> Decimal:
        """What they had brought at that age."""
        return sum((cohort.money(value_after(self.days)) for cohort in self.before), Decimal(0))


def cohort_label(name: str) -> str:
    """A month as people call it: `2026-03` is March 2026."""
    return month_of_year(date.fromisoformat(f"{name}-01"))


def reached(days: int) -> str:
    """The measure of customers whose whole intake has reached an age."""
    return at(REACHED, days).name


def stayed(days: int) -> str:
    """The measure of those who were customers at that age."""
    return at(STAYED, days).name


def value_after(days: int) -> str:
    """The measure of what they had brought by that age."""
    return at(VALUE, days).name


def ages(data: ScorecardData) -> tuple[int, ...]:
    """The ages at which the company looks at its new customers, in days, as far as any intake has figures of them."""
    return tuple(days for days in data.cohort_ages_days if data.figure(value_after(days)) is not None)


def monthly_cohorts(data: ScorecardData) -> tuple[Cohort, ...]:
    """Every intake that anybody came in, oldest first."""
    return tuple(Cohort(name, figures) for name, figures in sorted(data.parts("intake").items()))


def shown(all_cohorts: Sequence[Cohort]) -> tuple[Cohort, ...]:
    """The intakes of the last year and the month a year before."""
    return tuple(all_cohorts[-COHORTS_SHOWN:])


def at_same_age(data: ScorecardData, days: int) -> SameAge | None:
    """The latest intake of an age with up to twelve before it; none where fewer than two have reached it."""
    old_enough = [cohort for cohort in monthly_cohorts(data) if cohort.has_reached(days)]
    if len(old_enough) < 2:
        return None
    return SameAge(days, old_enough[-1], tuple(old_enough[-1 - BEFORE_COUNT : -1]))


def per_customer(amount: Decimal, customers: int, data: ScorecardData) -> Decimal | None:
    """What one customer comes to; none of fewer customers than a rate needs, whose two numbers must do."""
    if customers < max(1, data.smallest_rate_base):
        return None
    return (amount / customers).quantize(Decimal(1).scaleb(-data.minor_units), ROUND_HALF_UP)
