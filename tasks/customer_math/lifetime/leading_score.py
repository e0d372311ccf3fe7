"""Whether a survey's score leads: does it order what customers bring next better than what they brought and since when they are there?

C. Spearman, "The proof and measurement of association between two things" (1904); E. C. Fieller, H. O. Hartley and E. S. Pearson,
"Tests for rank correlation coefficients" (1957), for the interval. The scores are from before the days that are held out, and
what is to be led is from them, so that the score is judged out of sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
from ibis import _

from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.lifetime.estimation import NORMAL_95, Interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import FloatingValue, Table

    from tasks.customer_math.lifetime.held_out import HeldOutSpan

SCORED_DAYS = 365
"""A score counts that was given in so many days before those that are held out; a customer's latest one."""
VARIABLES = ("score", "actual_amount", "rule_amount", "came_on")
"""The score, what came, and what is known without the score: what came before, and since when."""
FEWEST_CUSTOMERS = 100
"""Of fewer with a score nothing is said."""
SPREAD = 1.06
"""A rank correlation's variance, on Fisher's scale, over that of an ordinary one."""


def scored_customers(held_out: Table, surveys: Table, span: HeldOutSpan) -> Table:
    """The customers of the held-out days who gave a score before them, with the average rank of each variable."""
    given = surveys.filter(surveys.score.notnull() & surveys.answered_on.between(later(span.day, 1 - SCORED_DAYS), as_day(span.day)))
    last = given.mutate(last_on=given.answered_on.max().over(ibis.window(group_by="customer_id")))
    latest = last.filter(last.answered_on == last.last_on).group_by("customer_id").agg(score=_.score.mean())
    joined = held_out.join(latest, "customer_id")
    return joined.select("customer_id", **{name: _average_rank(joined, name) for name in VARIABLES})


def _average_rank(table: Table, name: str) -> FloatingValue:
    """The place in order; those who are equal share the mean of their places."""
    alike = table[name].count().over(ibis.window(group_by=name))
    return ibis.rank().over(order_by=table[name]).cast("float64") + (alike.cast("float64") - 1) / 2


def correlations(ranked: Table) -> Table:
    """One row: customers_count, and the correlation of every two ranks, named by both."""
    pairs = [(one, other) for index, one in enumerate(VARIABLES) for other in VARIABLES[index + 1 :]]
    return ranked.agg(customers_count=_.count(), **{f"{one} {other}": ranked[one].corr(ranked[other], how="pop") for one, other in pairs})


def lead_of_score(measured: Mapping[str, float | int | None]) -> tuple[Interval, Interval] | None:
    """The rank correlation of score and what came: by itself, and beyond value and tenure, each with its 95% interval.

    None where too few gave a score, or all of them are alike in something.
    """
    count = int(measured["customers_count"] or 0)
    matrix = np.eye(len(VARIABLES))
    for index, one in enumerate(VARIABLES):
        for further, other in enumerate(VARIABLES[index + 1 :], start=index + 1):
            matrix[index, further] = matrix[further, index] = (
                measured[f"{one} {other}"] if measured[f"{one} {other}"] is not None else np.nan
            )
    if count < FEWEST_CUSTOMERS or not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix).min() <= 0:
        return None
    precision = np.linalg.inv(matrix)
    beyond = -precision[0, 1] / np.sqrt(precision[0, 0] * precision[1, 1])
    return _with_interval(matrix[0, 1], count), _with_interval(beyond, count - len(VARIABLES[2:]))


def _with_interval(correlation: float, count: int) -> Interval:
    centre = np.arctanh(np.clip(correlation, -0.999999, 0.999999))
    error = NORMAL_95 * np.sqrt(SPREAD / (count - 3))
    return Interval(float(correlation), float(np.tanh(centre - error)), float(np.tanh(centre + error)))
