"""Complaints against active customers, period by period, as a whole, by category and by stage."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.measures.experiences import LARGEST_Q_VALUE
from tasks.customer_math.analysis.event_rates import Limits, Trend, rate_limits, rate_trend
from tasks.customer_math.analysis.stratified_risk import corrected_for_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ibis.expr.types import Table

WHOLE = "all"
"""How complaints are told apart where they are not."""
MOST_PARTS = 8
"""Of categories and of stages, so many have a line, those with most complaints."""


@dataclass(frozen=True)
class ComplaintTrend:
    """The complaints of one kind, oldest period first."""

    parted_by: str
    part: str
    counts: tuple[int, ...]
    trend: Trend | None
    limits: Limits | None
    is_outside: bool
    """Whether the last period lies beyond its limits."""
    is_shown: bool = False
    """Whether there is a trend, after all that were looked at are taken into account."""


def complaints_by_period(happened: Table, periods: Table) -> Table:
    """How many complaints were opened: parted_by (`all`, `category` or `stage`), part, period, complaints_count.

    `happened` is the table of experiences; `periods` has period, opens_on and closes_on.
    """
    complaints = happened.filter((happened.kind == "ticket") & happened.is_complaint)
    inside = (complaints.experienced_on >= periods.opens_on) & (complaints.experienced_on < periods.closes_on)
    dated = complaints.join(periods, inside)
    parts = [
        dated.mutate(parted_by=ibis.literal(name), part=ibis.literal("") if name == WHOLE else dated[name])
        for name in (WHOLE, "category", "stage")
    ]
    every = ibis.union(*(part.filter(part.part.notnull()).select("parted_by", "part", "period") for part in parts))
    return every.group_by("parted_by", "part", "period").agg(complaints_count=_.count())


def complaint_trends(rows: Iterable[Mapping[str, Any]], active: Mapping[str, int]) -> list[ComplaintTrend]:
    """The trends of the counted complaints against the customers at opening, by period, oldest first; the whole first."""
    counted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        counted[row["parted_by"], row["part"]][row["period"]] = int(row["complaints_count"])
    chosen = [(WHOLE, ""), *(key for name in ("category", "stage") for key in _largest(counted, name))]
    return _corrected(
        [_trend(*key, counts=tuple(counted[key][period] for period in active), active=tuple(active.values())) for key in chosen]
    )


def _largest(counted: Mapping[tuple[str, str], Counter[str]], parted_by: str) -> list[tuple[str, str]]:
    of_kind = [key for key in counted if key[0] == parted_by]
    return sorted(of_kind, key=lambda key: (-counted[key].total(), key[1]))[:MOST_PARTS]


def _trend(parted_by: str, part: str, *, counts: tuple[int, ...], active: tuple[int, ...]) -> ComplaintTrend:
    limits = rate_limits(counts, active)
    is_outside = limits is not None and not limits.low[-1] <= counts[-1] / active[-1] <= limits.high[-1]
    return ComplaintTrend(parted_by, part, counts, rate_trend(counts, active), limits, is_outside)


def _corrected(trends: Sequence[ComplaintTrend]) -> list[ComplaintTrend]:
    q_values = iter(corrected_for_many([trend.trend.p_value for trend in trends if trend.trend]))
    return [replace(trend, is_shown=next(q_values) <= LARGEST_Q_VALUE) if trend.trend else trend for trend in trends]
