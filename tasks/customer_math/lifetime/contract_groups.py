"""Contracts as the model of renewals sees them: how often each stay was renewed, and counts of those who are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
from ibis import _

from tasks.customer_math.figures import ALL
from tasks.customer_math.ledger.dates import as_day, later
from tasks.customer_math.ledger.history import OPEN_ENDED
from tasks.customer_math.ledger.spells import contract_intervals, merged
from tasks.customer_math.lifetime.contract_survival import RenewalCounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ibis.expr.types import Table
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.float64]]
    """The columns of a table of few rows, by name."""

YEAR_DAYS = 365.25
TERM_DAYS = (YEAR_DAYS, YEAR_DAYS / 4, YEAR_DAYS / 12)
"""A year, a quarter, a month: how long a term is called."""
SHORTEST_OF_TERM = (270, 60)
"""From so many days on a usual term is a year, a quarter; a shorter one is a month, and so is one that has no end."""
RENEWAL_COLUMNS = ("group", "renewals_count", "is_lost")


def usual_term(contracts: Table) -> Table:
    """How many days the median term has that ends at all: a row with `days_count`, empty where none ends."""
    ends = contracts.filter(contracts.term_ends_on < as_day(OPEN_ENDED))
    terms = ends.select("customer_id", "contract_id", "term_starts_on", "term_ends_on").distinct()
    return terms.agg(days_count=terms.term_ends_on.delta(terms.term_starts_on, unit="day").median())


def term_days(usual_days: float | None) -> float:
    """How long a term is called whose usual length is so many days."""
    whole = usual_days or 0
    return TERM_DAYS[sum(whole < shortest for shortest in SHORTEST_OF_TERM)]


def stays(contracts: Table, day: date, *, term: float, grace_days: int) -> Table:
    """Every stay under contract that began up to a day, as it was known on the evening of it: a row each.

    Columns: customer_id, started_on, is_active (its end has not come), is_lost (it ended longer ago than the grace),
    renewals_count. Gaps within the grace are bridged. A stay of 2.2 terms that goes on was renewed twice, and so was one
    of 3 terms that ended, of which the third renewal failed.
    """
    began = contracts.filter(contracts.starts_on <= as_day(day))
    spells = merged(contract_intervals(began), bridge_days=grace_days)
    tomorrow = later(day, 1)
    is_active = spells.ended_on >= tomorrow
    length = ibis.least(spells.ended_on, tomorrow).delta(spells.started_on, unit="day").cast("float64") / term
    renewals = is_active.ifelse(length.floor(), ibis.greatest(length.round() - 1, ibis.literal(0.0)))
    return spells.select(
        "customer_id",
        "started_on",
        is_active=is_active,
        is_lost=~is_active & (later(spells.ended_on, grace_days) < tomorrow),
        renewals_count=renewals.cast("int64"),
    )


def with_group(every: Table, attributes: Table, *, segment: str | None) -> Table:
    """The stays, each with the group that it is looked at in: the customer's of a segment, or all together."""
    if segment is None:
        return every.mutate(group=ibis.literal(ALL))
    groups = attributes.select("customer_id", group=attributes[segment].fill_null(ALL))
    joined = every.left_join(groups, "customer_id").drop("customer_id_right")
    return joined.mutate(group=joined.group.fill_null(ALL))


def renewal_groups(grouped: Table) -> Table:
    """How many stays are alike in their group, their renewals and whether they ended: a row each, in a fixed order."""
    return grouped.group_by(*RENEWAL_COLUMNS).agg(customers_count=_.count().cast("float64")).order_by(*RENEWAL_COLUMNS)


def renewal_counts(groups: Columns, *, group: str = ALL) -> RenewalCounts:
    """The same as the model takes them, of one group, or of all together."""
    inside = np.full(len(groups["group"]), fill_value=True) if group == ALL else groups["group"] == group
    renewals = groups["renewals_count"][inside].astype(float)
    return RenewalCounts(renewals, groups["is_lost"][inside].astype(bool), groups["customers_count"][inside])
