"""The two identities: opening and what happened make closing, in heads and in value, to the unit and the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _
from ibis.expr.types import Table

from tasks.customer_math.figures import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import NumericValue

CUSTOMERS_IN = ("opening_customers", "customers_in", "transferred_in_customers")
CUSTOMERS_OUT = ("customers_out", "transferred_out_customers", "closing_customers")
VALUE_IN = (
    "opening_amount",
    "new_amount",
    "returned_amount",
    "increased_amount",
    "unchanged_drift_amount",
    "out_and_back_amount",
    "fx_effect_amount",
    "transferred_in_amount",
)
OPENING = ("opening_customers", "opening_amount")
CLOSING = ("closing_customers", "closing_amount")
VALUE_OUT = ("decreased_amount", "left_amount", "lapsed_amount", "transferred_out_amount", "closing_amount")


def residuals(figures: Table) -> Table:
    """What the identities leave over, wherever it is not 0: period, segment_by, segment, heads_residual, value_residual.

    Heads: opening + in - out - closing. Value: opening + new + returned + increased - decreased - left - lapsed
    + drift within tolerance + out and back + exchange rates - closing. In a segment's group, customers who stayed and
    changed their group are transferred in and out, in both.
    """
    figures = _unsplit(figures)
    sums = figures.group_by("period", "segment_by", "segment").agg(
        heads_residual=_total(figures, CUSTOMERS_IN) - _total(figures, CUSTOMERS_OUT),
        value_residual=_total(figures, VALUE_IN) - _total(figures, VALUE_OUT),
    )
    return sums.filter((_.heads_residual != 0) | (_.value_residual != 0))


def whole_residuals(figures: Table) -> Table:
    """Where the groups of a segment do not add up to the whole: period, segment_by, split_by, split, measure, residual.

    What is transferred from one group to another is in no whole, and adds up to nothing by its two sides.
    """
    keys = ("period", "split_by", "split", "measure")
    summed = figures.filter((_.unit != "share") & ~_.measure.startswith("transferred_"))
    parts = summed.filter(_.segment_by != ALL).group_by(*keys, "segment_by").agg(parts=_.value.sum())
    whole = summed.filter(_.segment_by == ALL).select(*keys, "value")
    both = parts.join(whole, list(keys))
    return both.select("segment_by", *keys, residual=both.value - both.parts).filter(_.residual != 0)


def split_residuals(figures: Table) -> Table:
    """Where the parts of a measure do not add up to it: period, segment_by, segment, split_by, measure, residual."""
    keys = ("period", "segment_by", "segment", "measure")
    summed = figures.filter(_.unit != "share")
    parts = summed.filter(_.split_by != ALL).group_by(*keys, "split_by").agg(parts=_.value.sum())
    both = parts.join(_unsplit(summed).select(*keys, "value"), list(keys))
    return both.select(*keys, "split_by", residual=both.value - both.parts).filter(_.residual != 0)


def broken_chains(figures: Table, links: Table | Sequence[tuple[str, str]]) -> Table:
    """Where a period does not close as the next one opens: later, segment_by, segment, end, residual.

    `links` names the pairs of periods of which the second opens where the first closes, or is a table of them: earlier,
    later. A group that is empty in one of the two counts as 0 there.
    """
    figures = _unsplit(figures)
    neighbours = links if isinstance(links, Table) else as_table(links)
    closing = figures.join(neighbours, figures.period == neighbours.earlier).filter(_.measure.isin(CLOSING))
    opening = figures.join(neighbours, figures.period == neighbours.later).filter(_.measure.isin(OPENING))
    columns = ("later", "segment_by", "segment", "end", "value")
    closes = closing.mutate(end=_.measure.replace("closing_", "")).select(*columns)
    opens = opening.mutate(end=_.measure.replace("opening_", ""), value=-_.value).select(*columns)
    apart = closes.union(opens).group_by("later", "segment_by", "segment", "end").agg(residual=_.value.sum())
    return apart.filter(_.residual != 0)


def as_table(links: Sequence[tuple[str, str]]) -> Table:
    """Pairs of periods as a table: earlier, later."""
    pairs = {"earlier": [earlier for earlier, _later in links], "later": [later for _earlier, later in links]}
    return ibis.memtable(pairs, schema=dict.fromkeys(pairs, "string"))


def _unsplit(figures: Table) -> Table:
    return figures.filter(figures.split_by == ALL)


def _total(figures: Table, measures: tuple[str, ...]) -> NumericValue:
    return figures.value.sum(where=figures.measure.isin(measures)).fill_null(0)
