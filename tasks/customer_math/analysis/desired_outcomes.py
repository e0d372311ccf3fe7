"""Desired outcomes: what customers want, how much it matters to them and how satisfied they are, as the chance to serve them better."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from tasks.customer_math.analysis.standing_later import SCORED_DAYS
from tasks.customer_math.analysis.stratified_risk import TWO_SIDED_95
from tasks.customer_math.ledger.dates import as_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ibis.expr.types import Table

    from config.topic_settings import Experience

TENTHS = 10
"""Importance and satisfaction are said in tenths of the customers who rated, as their author does."""
FEWEST_CUSTOMERS = 30
"""Of fewer no interval is said: the normal one would be too narrow."""


@dataclass(frozen=True)
class DesiredOutcome:
    """One thing that customers want: how many rated it, to how many it matters, how many are satisfied, and how many are both."""

    name: str
    customers_count: int
    important_count: int
    satisfied_count: int
    both_count: int

    @property
    def opportunity(self) -> float:
        """Importance plus what satisfaction lacks of it, from 0 to 20: importance + max(importance - satisfaction, 0)."""
        lacking = max(self.important_count - self.satisfied_count, 0)
        return TENTHS * (self.important_count + lacking) / self.customers_count

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95% interval, each customer being one answer to both questions; none of few customers."""
        count = self.customers_count
        if count < FEWEST_CUSTOMERS:
            return None
        important_only, satisfied_only = self.important_count - self.both_count, self.satisfied_count - self.both_count
        mean, squares = self.important_count / count, self.important_count / count
        if self.important_count > self.satisfied_count:
            mean = (2 * self.important_count - self.satisfied_count) / count
            squares = (4 * important_only + self.both_count + satisfied_only) / count
        reach = TENTHS * TWO_SIDED_95 * (max(squares - mean**2, 0.0) / count) ** 0.5
        return max(self.opportunity - reach, 0.0), min(self.opportunity + reach, 2.0 * TENTHS)


def ratings_by_outcome(recorded: Table, through: date, choices: Experience) -> Table:
    """The latest rating of each customer and desired outcome in the year up to a day: name, and the counts of DesiredOutcome."""
    rated = recorded.filter(recorded.desired_outcome.notnull() & recorded.importance.notnull() & recorded.satisfaction.notnull())
    given = rated.filter(rated.experienced_on.between(as_day(through - timedelta(days=SCORED_DAYS - 1)), as_day(through)))
    latest = ibis.window(group_by=["customer_id", "desired_outcome"], order_by=[_.experienced_on.desc(), _.experience_id.desc()])
    last = given.mutate(nth_latest=ibis.row_number().over(latest)).filter(_.nth_latest == 0)
    important, satisfied = last.importance >= choices.high_from, last.satisfaction >= choices.high_from
    flags = {"important_count": important, "satisfied_count": satisfied, "both_count": important & satisfied}
    counts = {name: flag.cast("int64").sum() for name, flag in flags.items()}
    return last.group_by(name=last.desired_outcome).agg(customers_count=last.count(), **counts).order_by("name")


def desired_outcomes(rows: Iterable[Mapping[str, Any]]) -> list[DesiredOutcome]:
    """The desired outcomes, the largest opportunity first."""
    return sorted((DesiredOutcome(**row) for row in rows), key=lambda outcome: (-outcome.opportunity, outcome.name))
