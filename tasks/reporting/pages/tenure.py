"""How long customers had stayed: what a group of tenure is called, and who was lost of each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, ngettext
from config.measures.table import label_of
from tasks.reporting.blocks import Column, Share, Table, column_of
from tasks.reporting.text import lowered, measure_label, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.model import Parts, ScorecardData

OUT, LOST = "customers_out", "customers_out_amount"
COUNTED_BY_TENURE = ("opening_customers", "left_customers", "lapsed_customers")
LOST_BY_TENURE = ("left_amount", "lapsed_amount")


def format_tenure(data: ScorecardData, group: str) -> str:
    """A group of tenure in the language in force: up to 90 days, 91 to 365 days, over 365 days."""
    bounds, number = data.tenure_days, data.tenure_groups.index(group)
    if not bounds:
        return group
    if number == 0:
        return ngettext("up to {count} day", "up to {count} days", bounds[0])
    if number == len(bounds):
        return ngettext("over {count} day", "over {count} days", bounds[-1])
    return gettext("{low} to {high} days", low=whole_number(bounds[number - 1] + 1), high=whole_number(bounds[number]))


def share_of(label: str) -> Column:
    """The column of a share of what is called so in English."""
    return Column(gettext("Of {label}", label=lowered(label)), "share")


def tenure_tables(data: ScorecardData) -> Iterator[Table]:
    """How long the lost had been customers, and who went of those who had been for so long at opening."""
    if data.count(OUT):
        yield _tenure_of_the_lost(data, "tenure", gettext("How long the lost had stayed, since they came or came again"))
        if data.parts("since_first") not in ({}, data.parts("tenure")):
            yield _tenure_of_the_lost(data, "since_first", gettext("The lost since they first came, whatever gaps there were"))
    if data.count("opening_customers"):
        yield _lost_by_tenure(data)


def _tenure_of_the_lost(data: ScorecardData, split_by: str, title: str) -> Table:
    names = (OUT, "left_customers", "lapsed_customers")
    out, lost = data.count(OUT), data.money(LOST)
    parts = _in_order(data, data.parts(split_by), measure=OUT)
    rows = tuple(
        (format_tenure(data, group), *(part.get(name, 0) for name in names), Share(part[OUT], out), Decimal(part.get(LOST, 0)))
        for group, part in parts.items()
    )
    columns = (Column("", "text"), *map(column_of, names), share_of(label_of(OUT)), column_of(LOST))
    total = (measure_label(OUT), *(data.count(name) for name in names), Share(out, out), lost)
    return Table(title, columns, rows, total=total)


def _lost_by_tenure(data: ScorecardData) -> Table:
    """A row a group of tenure at opening: who went of how many, so that no group is measured by another's customers."""
    parts = _in_order(data, data.parts("opening_tenure"), measure="opening_customers")
    whole = {name: data.figure(name) or 0 for name in (*COUNTED_BY_TENURE, *LOST_BY_TENURE)}
    columns = (Column("", "text"), *map(column_of, COUNTED_BY_TENURE), Column("Lost of them", "share"), column_of(LOST))
    rows = tuple(_lost_of(format_tenure(data, group), part) for group, part in parts.items())
    title = gettext("Who went, by how long they had been customers at opening")
    return Table(title, columns, rows, total=_lost_of(measure_label("opening_customers"), whole))


def _lost_of(group: str, part: Mapping[str, int | Decimal]) -> tuple[CellValue, ...]:
    opening, left, lapsed = (part.get(name, 0) for name in COUNTED_BY_TENURE)
    value = sum((Decimal(part.get(name, 0)) for name in LOST_BY_TENURE), Decimal(0))
    return group, opening, left, lapsed, Share(left + lapsed, opening), value


def _in_order(data: ScorecardData, parts: Parts, *, measure: str) -> dict[str, Mapping[str, int | Decimal]]:
    """The groups of tenure that anybody is in, the shortest first."""
    groups = [group for group, part in parts.items() if part.get(measure)]
    return {group: parts[group] for group in sorted(groups, key=data.tenure_groups.index)}
