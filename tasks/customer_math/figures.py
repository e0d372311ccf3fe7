"""Figures: every measure of the catalogue, for the whole and for every segment and part, in long form."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import ibis
from ibis import _
from ibis.expr.types import Table

from tasks.customer_math.ledger.segments import at_opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue

    from config.measures.entries import RateEntry, Side
    from tasks.customer_math.measures import Breakdown, Catalogue, Measure

ALL = "all"
"""The name of the whole, as a way of grouping and as its one group."""
FIGURE_TYPE = "decimal(38, 4)"
"""Wide enough for any amount in any currency, and for customers, in one column."""
FIGURE_COLUMNS = ("period", "segment_by", "segment", "split_by", "split", "measure", "numerator", "denominator", "value", "unit")
KEYS = FIGURE_COLUMNS[:5]
"""What a figure is about, beside its measure."""
TRANSFERS = "is_transferred"
"""Whether a customer stayed and changed its group of the segment that is looked at."""


def figures(ledgers: Table, *, periods: Table | Sequence[str], segments: Sequence[str], catalogue: Catalogue) -> Table:
    """Every measure of every period, for the whole and for every group of every segment, whole and by its parts.

    Columns: period, segment_by, segment, split_by, split (both `all` where it is not split), measure, numerator,
    denominator (empty: the measure is a sum), value, unit. A period without any customer has its figures for the
    whole, all 0; a part to which nobody contributes is left out. `periods` are names, or a table with a `period` a row.
    """
    choices = {"segments": segments, "catalogue": catalogue}
    parts = (cells(ledgers, split, **choices) for split in (None, *catalogue.splits))
    return figures_of(ibis.union(nothing_in(ledgers, periods, **choices), *parts), **choices)


def figures_of(every: Table, *, segments: Sequence[str], catalogue: Catalogue) -> Table:
    """The figures that cells add up to: of the whole, of all splits, and of nothing."""
    sums = _added_up(every, segments=segments)
    rates = (_rate(sums, rate, among=_split_names(catalogue, rate)) for rate in catalogue.rates)
    return ibis.union(_with_units(sums, catalogue), *rates) if catalogue.rates else _with_units(sums, catalogue)


def contributions(ledger: Table, measure: Measure) -> Table:
    """The customers behind a measure: those who contribute to it, with `contribution`; its sum is the measure."""
    explained = ledger.mutate(contribution=measure.contribution(ledger))
    return explained.filter(explained.contribution != 0)


def grouped_by(ledger: Table, segment_by: str | None, *, side: Side) -> Table:
    """The ledger with each customer's `group`, where it counts for measures of that side, and whether it was transferred."""
    if segment_by is None:
        return ledger.mutate(group=ibis.literal(ALL), **{TRANSFERS: ibis.literal(False)})
    opening, closing = ledger[at_opening(segment_by)], ledger[segment_by]
    stays = ledger.is_active_at_opening & ledger.is_active_at_closing
    return ledger.mutate(group=closing if side == "closing" else opening, **{TRANSFERS: stays & (opening != closing)})


def cells(ledgers: Table, split: Breakdown | None, *, segments: Sequence[str], catalogue: Catalogue) -> Table:
    """The sums of the finest groups, a row a measure: period, split_by, split, both columns of every segment, measure, side, value.

    One pass over the ledgers for the whole or for a split; everything else is then sums of few rows. Only sums that are
    not 0 are left.
    """
    only = split.measures if split else tuple(catalogue.measures)
    split_by = (ibis.literal(split.name), split.part(ledgers)) if split else (ibis.literal(ALL), ibis.literal(ALL))
    sums = _sums(ledgers, split_by, of_segments=_columns_of(segments), catalogue=catalogue, only=only)
    return _with_side(_as_long(sums, only).filter(_.value != 0), catalogue)


def nothing_in(ledgers: Table, periods: Table | Sequence[str], *, segments: Sequence[str], catalogue: Catalogue) -> Table:
    """A cell of nothing for every measure of a period, and of each group of a segment, in no group of the other segments (empty)."""
    every = tuple(catalogue.measures)
    nothing = _nothing_of(ledgers, periods, every, segments=segments)
    return _with_side(_as_long(nothing.select("period", *_columns_of(segments), "split_by", "split", *every), every), catalogue)


def _columns_of(segments: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for name in segments for column in (name, at_opening(name)))


def _with_side(cells: Table, catalogue: Catalogue) -> Table:
    at_closing = [name for name, measure in catalogue.measures.items() if measure.side == "closing"]
    return cells.mutate(side=cells.measure.isin(at_closing).ifelse("closing", "opening"))


def _sums(
    ledgers: Table, split: tuple[ibis.Value, ibis.Value], *, of_segments: Sequence[str], catalogue: Catalogue, only: Sequence[str]
) -> Table:
    split_by, part = split
    # Each split has a table of its own: one that several parts of a query shared would be held in memory, all of its columns.
    stays = ledgers.is_active_at_opening & ledgers.is_active_at_closing
    parted = ledgers.mutate(split_by=split_by, split=part, **{TRANSFERS: stays})
    sums = {name: catalogue.measures[name].contribution(parted).sum().cast(FIGURE_TYPE) for name in only}
    return parted.group_by("period", *of_segments, "split_by", "split").agg(**sums)


def _as_long(wide: Table, only: Sequence[str]) -> Table:
    return wide.pivot_longer(list(only), names_to="measure", values_to="value")


def _nothing_of(ledgers: Table, periods: Table | Sequence[str], names: Sequence[str], *, segments: Sequence[str]) -> Table:
    """A 0 for every measure of the whole, where nobody was a customer too, and of each group that anybody was in."""
    table = periods if isinstance(periods, Table) else ibis.memtable({"period": list(periods)}, schema={"period": "string"})
    nowhere = {column: ibis.null("string") for name in segments for column in (name, at_opening(name))}
    groups = [table.select("period", **nowhere)]
    for name in segments:
        for column in (name, at_opening(name)):
            here = {name: ledgers[column], at_opening(name): ledgers[column]}
            groups.append(ledgers.select("period", **(nowhere | here)).distinct())
    every = ibis.union(*groups) if segments else groups[0]
    zeros = dict.fromkeys(names, ibis.literal(0).cast(FIGURE_TYPE))
    return every.mutate(split_by=ibis.literal(ALL), split=ibis.literal(ALL), **zeros)


def _added_up(cells: Table, *, segments: Sequence[str]) -> Table:
    """The measures by period, segment, part: those of the whole, and those of each group on the side on which a customer counts.

    In its segment a group has every measure, 0 if need be; of its parts only those that are not 0 are left.
    """
    nothing = ibis.literal(0).cast(FIGURE_TYPE)
    parts = [_group(cells, ALL, ibis.literal(ALL), value=_is_transfer(cells).ifelse(nothing, cells.value))]
    for name in segments:
        of_groups = cells.filter(cells[name].notnull())
        moved = of_groups[name] != of_groups[at_opening(name)]
        value = (_is_transfer(of_groups) & ~moved).ifelse(nothing, of_groups.value)
        for side, group in (("opening", of_groups[at_opening(name)]), ("closing", of_groups[name])):
            parts.append(_group(of_groups, name, group, value=(of_groups.side == side).ifelse(value, nothing)))
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    sums = every.group_by(*KEYS, "measure").agg(value=_.value.sum().cast(FIGURE_TYPE))
    return sums.filter((sums.split_by == ALL) | (sums.value != 0))


def _is_transfer(cells: Table) -> BooleanValue:
    return cells.measure.startswith("transferred_")


def _group(cells: Table, segment_by: str, segment: ibis.Value, *, value: ibis.Value) -> Table:
    named = cells.mutate(segment_by=ibis.literal(segment_by), segment=segment, value=value)
    return named.group_by(*KEYS, "measure").agg(value=_.value.sum().cast(FIGURE_TYPE))


def _with_units(sums: Table, catalogue: Catalogue) -> Table:
    by_unit = groupby(
        sorted(catalogue.measures, key=lambda name: catalogue.measures[name].unit), lambda name: catalogue.measures[name].unit
    )
    units = ibis.cases(*((sums.measure.isin(list(names)), unit) for unit, names in by_unit), else_="")
    return sums.mutate(numerator=sums.value, denominator=ibis.null(FIGURE_TYPE), unit=units).select(*FIGURE_COLUMNS)


def _split_names(catalogue: Catalogue, rate: RateEntry) -> list[str]:
    """The whole, and the splits that tell both measures of a rate apart."""
    return [ALL, *(split.name for split in catalogue.splits if {rate.numerator, rate.denominator} <= {*split.measures})]


def _rate(sums: Table, rate: RateEntry, *, among: Sequence[str]) -> Table:
    both = sums.filter(sums.split_by.isin(among) & sums.measure.isin([rate.numerator, rate.denominator]))
    nothing = ibis.literal(0).cast(FIGURE_TYPE)
    shares = both.group_by(*KEYS).agg(
        numerator=_.value.sum(where=_.measure == rate.numerator).fill_null(nothing).cast(FIGURE_TYPE),
        denominator=_.value.sum(where=_.measure == rate.denominator).fill_null(nothing).cast(FIGURE_TYPE),
    )
    share = (shares.numerator.cast("float64") / shares.denominator.nullif(0).cast("float64")).round(4).cast(FIGURE_TYPE)
    rates = shares.mutate(measure=ibis.literal(rate.name), value=share, unit=ibis.literal("share"))
    return rates.filter((rates.split_by == ALL) | (rates.denominator != 0)).select(*FIGURE_COLUMNS)
