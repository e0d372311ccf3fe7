"""Segments: the group to which each customer belonged on a day, from what was known of it at each landing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from tasks.customer_math.ledger.dates import as_day
from tasks.customer_math.ledger.history import ALWAYS, OPEN_ENDED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ibis.expr.types import Table

    from tasks.customer_math.ledger.dates import Day, PeriodDates

NOT_RECORDED = "not recorded"
"""The group of customers for whom a segment's column is empty."""


def at_opening(segment: str) -> str:
    """The column of a ledger that holds the group at opening; the segment's own column holds the one at closing."""
    return f"{segment}_at_opening"


def segment_groups(tables: Mapping[str, Table]) -> Table:
    """Each customer's group of every segment, from its earliest row: customer_id and a column a segment.

    `tables` gives for every segment the rows that decide: customer_id, group, on (day, may be empty), record_key.
    """
    long = ibis.union(*(_earliest(table).mutate(segment_by=ibis.literal(name)) for name, table in tables.items()))
    return long.group_by("customer_id").agg(**{name: _.group.max(where=_.segment_by == name) for name in tables})


def _earliest(table: Table) -> Table:
    recorded = table.filter(table.group.notnull() & table.customer_id.notnull())
    order = ibis.struct({"on": recorded.on.fill_null(ibis.literal(OPEN_ENDED)), "key": recorded.record_key, "group": recorded.group})
    return recorded.group_by("customer_id").agg(group=recorded.group.argmin(order))


def attribute_history(landings: Table, segments: Sequence[str]) -> Table:
    """The days for which each customer was in its groups: customer_id, from_on, until_on, and a column a segment.

    `landings`: customer_id, known_on (day of the landing), landing (their order), a column a segment; a customer has a
    row for each landing that said something new of it. What the first landing says has been so since ever.
    """
    latest = ibis.row_number().over(ibis.window(group_by=["customer_id", "known_on"], order_by=ibis.desc("landing")))
    daily = landings.mutate(place=latest).filter(_.place == 0)
    in_order = ibis.window(group_by="customer_id", order_by="known_on")
    first_on = daily.known_on.min().over(ibis.window(group_by="customer_id"))
    return daily.select(
        "customer_id",
        from_on=(daily.known_on == first_on).ifelse(ibis.literal(ALWAYS), daily.known_on),
        until_on=daily.known_on.lead().over(in_order).fill_null(ibis.literal(OPEN_ENDED)),
        **{name: daily[name] for name in segments},
    )


def static_attributes(groups: Table, segments: Sequence[str]) -> Table:
    """The history of groups that never changed: customer_id, from_on, until_on, and a column a segment."""
    days = {"from_on": ibis.literal(ALWAYS), "until_on": ibis.literal(OPEN_ENDED)}
    return groups.select("customer_id", **days, **{name: groups[name] for name in segments})


def latest_groups(attributes: Table) -> Table:
    """Each customer's groups as they are known now: customer_id and a column a segment."""
    return attributes.filter(attributes.until_on == ibis.literal(OPEN_ENDED)).drop("from_on", "until_on")


def changed_attributes(groups: Table, recorded: Table, segments: Sequence[str]) -> Table:
    """The customers of whom a landing says something that was not known: customer_id and a column a segment.

    `recorded` is the history so far; a customer who is no longer in the extract stays as it was known.
    """
    return groups.select("customer_id", *segments).difference(latest_groups(recorded).select("customer_id", *segments))


def with_segments(ledger: Table, attributes: Table, *, period: PeriodDates, segments: Sequence[str]) -> Table:
    """The ledger with two columns a segment: the group at closing, and the group at opening.

    Who is a customer at one end only belongs to one group for the whole period: who came, to the one at closing; who
    went, to the one at opening. So only customers who stayed can change from one group to another.
    """
    if not segments:
        return ledger
    joined = ledger
    for day, suffix in ((period.opening_day, "_then"), (period.closing_day, "_now")):
        groups = _on(attributes, day, segments=segments, suffix=suffix)
        joined = joined.left_join(groups, "customer_id").drop("customer_id_right")
    columns: dict[str, ibis.Value] = {}
    for name in segments:
        opening, closing = joined[f"{name}_then"].fill_null(NOT_RECORDED), joined[f"{name}_now"].fill_null(NOT_RECORDED)
        was_one, is_one = joined.is_active_at_opening, joined.is_active_at_closing
        columns[name] = (is_one | ~was_one).ifelse(closing, opening)
        columns[at_opening(name)] = was_one.ifelse(opening, closing)
    return joined.mutate(**columns).drop(*(f"{name}{suffix}" for name in segments for suffix in ("_then", "_now")))


def _on(attributes: Table, day: Day, *, segments: Sequence[str], suffix: str) -> Table:
    valid = attributes.filter((attributes.from_on <= as_day(day)) & (attributes.until_on > as_day(day)))
    return valid.select("customer_id", **{f"{name}{suffix}": valid[name] for name in segments})
