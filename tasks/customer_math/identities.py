"""The two identities: opening and what happened make closing, in heads and in value, to the unit and the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.figures import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import NumericValue, Table

HEADS_IN = ("opening_customers", "customers_in")
HEADS_OUT = ("customers_out", "closing_customers")
VALUE_IN = (
    "opening_amount",
    "new_amount",
    "returned_amount",
    "increased_amount",
    "unchanged_drift_amount",
    "out_and_back_amount",
    "fx_effect_amount",
)
OPENING = ("opening_customers", "opening_amount")
CLOSING = ("closing_customers", "closing_amount")
VALUE_OUT = ("decreased_amount", "left_amount", "lapsed_amount", "closing_amount")


def residuals(figures: Table) -> Table:
    """What the identities leave over, wherever it is not 0: period, segment_by, segment, heads_residual, value_residual.

    Heads: opening + in - out - closing. Value: opening + new + returned + increased - decreased - left - lapsed
    + drift within tolerance + out and back + exchange rates - closing.
    """
    sums = figures.group_by("period", "segment_by", "segment").agg(
        heads_residual=_total(figures, HEADS_IN) - _total(figures, HEADS_OUT),
        value_residual=_total(figures, VALUE_IN) - _total(figures, VALUE_OUT),
    )
    return sums.filter((_.heads_residual != 0) | (_.value_residual != 0))


def whole_residuals(figures: Table) -> Table:
    """Where the groups of a segment do not add up to the whole: period, segment_by, measure, residual."""
    parts = figures.filter(_.segment_by != ALL).group_by("period", "segment_by", "measure").agg(parts=_.value.sum())
    whole = figures.filter(_.segment_by == ALL).select("period", "measure", "value")
    both = parts.join(whole, ["period", "measure"])
    return both.select("period", "segment_by", "measure", residual=both.value - both.parts).filter(_.residual != 0)


def broken_chains(figures: Table, links: Sequence[tuple[str, str]]) -> Table:
    """Where a period does not close as the next one opens: later, segment_by, segment, end, residual.

    `links` names the pairs of periods of which the second opens where the first closes. A group that is empty in one
    of the two counts as 0 there.
    """
    pairs = {"earlier": [earlier for earlier, _later in links], "later": [later for _earlier, later in links]}
    neighbours = ibis.memtable(pairs, schema=dict.fromkeys(pairs, "string"))
    closing = figures.join(neighbours, figures.period == neighbours.earlier).filter(_.measure.isin(CLOSING))
    opening = figures.join(neighbours, figures.period == neighbours.later).filter(_.measure.isin(OPENING))
    columns = ("later", "segment_by", "segment", "end", "value")
    closes = closing.mutate(end=_.measure.replace("closing_", "")).select(*columns)
    opens = opening.mutate(end=_.measure.replace("opening_", ""), value=-_.value).select(*columns)
    apart = closes.union(opens).group_by("later", "segment_by", "segment", "end").agg(residual=_.value.sum())
    return apart.filter(_.residual != 0)


def _total(figures: Table, measures: tuple[str, ...]) -> NumericValue:
    return figures.value.sum(where=figures.measure.isin(measures)).fill_null(0)
