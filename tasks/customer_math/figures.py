"""Figures: every measure of the catalogue, for the whole and for every segment and part, in long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _
from ibis.expr.types import Table

from tasks.customer_math.ledger.segments import at_opening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.measures.entries import RateEntry, Side
    from tasks.customer_math.measures import Catalogue, Measure

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
    wide = list(_wide(ledgers, periods=periods, segments=segments, catalogue=catalogue))
    sums = ibis.union(*(_as_long(table, catalogue=catalogue, only=only) for table, only in wide))
    rates = [_rate(table, rate) for rate in catalogue.rates for table, only in wide if {rate.numerator, rate.denominator} <= {*only}]
    return ibis.union(sums, *rates) if rates else sums


def contributions(ledger: Table, measure: Measure) -> Table:
    """The customers behind a measure: those who contribute to it, with `contribution`; its sum is the measure."""
    explained = ledger.mutate(contribution=measure.contribution(ledger))
    return explained.filter(explained.contribution != 0)


def grouped_by(ledger: Table, segment_by: str | None, *, side: Side) -> Table:
    """The ledger with each customer's `group`, where it counts for measures of that side, and whether it was transferred."""
    if segment_by is None:
        return ledger.mutate(group=ibis.literal(ALL), **{TRANSFERS: ibis.literal(False)})
    then, now = ledger[at_opening(segment_by)], ledger[segment_by]
    stays = ledger.is_active_at_opening & ledger.is_active_at_closing
    return ledger.mutate(group=now if side == "closing" else then, **{TRANSFERS: stays & (then != now)})


def _wide(
    ledgers: Table, *, periods: Table | Sequence[str], segments: Sequence[str], catalogue: Catalogue
) -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Tables with a column a measure, whole and split, each with the names of its measures."""
    every = tuple(catalogue.measures)
    unsplit = ledgers.mutate(split_by=ibis.literal(ALL), split=ibis.literal(ALL))
    parts = _by_every_segment(unsplit, segments=segments, catalogue=catalogue, only=every)
    yield _added_up([_nothing_of(periods, every), *parts], only=every), every
    for split in catalogue.splits:
        parted = ledgers.mutate(split_by=ibis.literal(split.name), split=split.part(ledgers))
        parts = _by_every_segment(parted, segments=segments, catalogue=catalogue, only=split.measures)
        yield _added_up(parts, only=split.measures), split.measures


def _by_every_segment(ledgers: Table, *, segments: Sequence[str], catalogue: Catalogue, only: tuple[str, ...]) -> list[Table]:
    """One pass over the ledgers to the finest groups; the whole and each segment are then sums of few rows."""
    finest = ("period", "split_by", "split", *(column for name in segments for column in (name, at_opening(name))))
    changeable = ledgers.mutate(**{TRANSFERS: ledgers.is_active_at_opening & ledgers.is_active_at_closing})
    sums = {name: catalogue.measures[name].contribution(changeable).sum().cast(FIGURE_TYPE) for name in only}
    cells = changeable.group_by(*finest).agg(**sums)
    whole = cells.mutate(**{name: ibis.literal(0).cast(FIGURE_TYPE) for name in only if name.startswith("transferred_")})
    parts = [_summed(whole, segment_by=ALL, segment=ibis.literal(ALL), only=only, kept=only)]
    for name in segments:
        moved = cells[name] != cells[at_opening(name)]
        changed = cells.mutate(**{each: moved.ifelse(cells[each], 0).cast(FIGURE_TYPE) for each in only if each.startswith("transferred_")})
        for side, segment in (("opening", changed[at_opening(name)]), ("closing", changed[name])):
            kept = _on_side(catalogue, only, side)
            parts.append(_summed(changed, segment_by=name, segment=segment, only=only, kept=kept))
    return parts


def _added_up(parts: Sequence[Table], *, only: Sequence[str]) -> Table:
    return ibis.union(*parts).group_by(*KEYS).agg(**{name: _[name].sum().cast(FIGURE_TYPE) for name in only})


def _on_side(catalogue: Catalogue, names: Sequence[str], side: Side) -> tuple[str, ...]:
    return tuple(name for name in names if catalogue.measures[name].side == side)


def _summed(cells: Table, *, segment_by: str, segment: ibis.Value, only: Sequence[str], kept: Sequence[str]) -> Table:
    """The measures that are kept, summed by one way of grouping; the others are 0, so that every group has every measure."""
    named = cells.mutate(segment_by=ibis.literal(segment_by), segment=segment)
    zero = ibis.literal(0).cast(FIGURE_TYPE)
    return named.group_by(*KEYS).agg(**{name: named[name].sum().cast(FIGURE_TYPE) if name in kept else zero for name in only})


def _as_long(wide: Table, *, catalogue: Catalogue, only: tuple[str, ...]) -> Table:
    long = wide.pivot_longer(list(only), names_to="measure", values_to="value")
    units = ibis.cases(*((long.measure == name, catalogue.measures[name].unit) for name in only), else_="")
    told = long.mutate(numerator=long.value, denominator=ibis.null(FIGURE_TYPE), unit=units)
    return told.filter((told.split_by == ALL) | (told.value != 0)).select(*FIGURE_COLUMNS)


def _rate(wide: Table, rate: RateEntry) -> Table:
    numerator, denominator = wide[rate.numerator], wide[rate.denominator]
    share = (numerator.cast("float64") / denominator.nullif(0).cast("float64")).round(4).cast(FIGURE_TYPE)
    told = wide.mutate(
        measure=ibis.literal(rate.name), numerator=numerator, denominator=denominator, value=share, unit=ibis.literal("share")
    )
    return told.filter((told.split_by == ALL) | (told.denominator != 0)).select(*FIGURE_COLUMNS)


def _nothing_of(periods: Table | Sequence[str], names: Sequence[str]) -> Table:
    """A 0 for every measure of the whole, so that a period in which nobody was a customer has its figures too."""
    table = periods if isinstance(periods, Table) else ibis.memtable({"period": list(periods)}, schema={"period": "string"})
    named = table.mutate(**{key: ibis.literal(ALL) for key in KEYS[1:]})
    return named.mutate(**{name: ibis.literal(0).cast(FIGURE_TYPE) for name in names}).select(*KEYS, *names)
