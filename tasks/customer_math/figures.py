"""Figures: every measure of the catalogue, for the whole and for every segment, in long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.catalogue import MEASURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import Table

    from tasks.customer_math.catalogue import Measure

ALL = "all"
"""The name of the whole, as a way of grouping and as its one group."""
FIGURE_TYPE = "decimal(38, 4)"
"""Wide enough for any amount in any currency, and for customers, in one column."""
FIGURE_COLUMNS = ("period", "segment_by", "segment", "measure", "numerator", "denominator", "value", "unit")


def figures(ledgers: Table, *, periods: Sequence[str], segments: Sequence[str]) -> Table:
    """Every measure of every period, for the whole and for every group of every segment.

    Columns: period, segment_by, segment, measure, numerator, denominator (empty: the measure is a sum), value, unit.
    A period without any customer has its figures for the whole, all 0.
    """
    parts = [_nothing_of(periods), _grouped(ledgers, segment_by=ALL, segment=ibis.literal(ALL))]
    parts += [_grouped(ledgers, segment_by=name, segment=ledgers[name]) for name in segments]
    sums = ibis.union(*parts).group_by("period", "segment_by", "segment", "measure").agg(value=_.value.sum().cast(FIGURE_TYPE))
    with_unit = sums.join(_units(), "measure")
    return with_unit.mutate(numerator=with_unit.value, denominator=ibis.null(FIGURE_TYPE)).select(*FIGURE_COLUMNS)


def contributions(ledger: Table, measure: Measure) -> Table:
    """The customers behind a measure: those who contribute to it, with `contribution`; its sum is the measure."""
    explained = ledger.mutate(contribution=measure.contribution(ledger))
    return explained.filter(explained.contribution != 0)


def _grouped(ledgers: Table, *, segment_by: str, segment: ibis.Value) -> Table:
    sums = {name: measure.contribution(ledgers).sum().cast(FIGURE_TYPE) for name, measure in MEASURES.items()}
    wide = ledgers.group_by("period", segment=segment).agg(**sums)
    long = wide.pivot_longer(list(MEASURES), names_to="measure", values_to="value")
    return long.select("period", "segment", "measure", "value", segment_by=ibis.literal(segment_by))


def _nothing_of(periods: Sequence[str]) -> Table:
    """A 0 for every measure of the whole, so that a period in which nobody was a customer has its figures too."""
    named = [(period, measure) for period in periods for measure in MEASURES]
    rows = {"period": [period for period, _measure in named], "measure": [measure for _period, measure in named]}
    table = ibis.memtable(rows, schema={"period": "string", "measure": "string"})
    nothing = ibis.literal(0).cast(FIGURE_TYPE)
    return table.select("period", "measure", segment=ibis.literal(ALL), value=nothing, segment_by=ibis.literal(ALL)).select(
        "period", "segment", "measure", "value", "segment_by"
    )


def _units() -> Table:
    units = {"measure": list(MEASURES), "unit": [measure.unit for measure in MEASURES.values()]}
    return ibis.memtable(units, schema=dict.fromkeys(units, "string"))
