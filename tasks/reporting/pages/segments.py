"""Every way of grouping as a table, a row a group, the ones that lost most first, with the share lost beside its own past."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.measures.roll_forward import customers_of, lines_of
from tasks.reporting.blocks import Column, Page, Share, Table, column_of, money_width
from tasks.reporting.model import ALL, named
from tasks.reporting.pages.comparison import compared_period, lost_of_opening
from tasks.reporting.pages.where_lost import EXCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData

TITLE = gettext_noop("By segment")
CUSTOMERS = customers_of("opening", "in", "out", "net", "closing")
TRANSFERS = ("transferred_in_customers", "transferred_out_customers")
"""Columns that stand there only where a customer changed its group."""
AMOUNTS = tuple(line.amount for line in lines_of("opening", "in", "out", "closing"))
COLOUR_ROLES: dict[str, ColourRole] = {
    "customers_in": "in",
    "customers_in_amount": "in",
    "customers_out": "out",
    "customers_out_amount": "out",
}
NET = "net_customers"
FIRST_WIDTH, NARROWEST = 30, 11
NOT_GROUPED = gettext_noop("Customers are not grouped: the company has set no way of grouping.")


def segments_page(data: ScorecardData) -> Page:
    """One table a way of grouping, each with a total row that is the whole."""
    customers, before = customers_shown(data), compared_period(data)
    none = (Table("", (), (), has_headings=False, when_empty=NOT_GROUPED),)
    excess = f" {gettext(EXCESS)}" if before else ""
    first = gettext("The groups that lost most customers, net, come first. Value is in {currency}.", currency=data.currency)
    return Page(
        title=gettext(TITLE),
        heading=f"{gettext(TITLE)}, {data.labels[data.period]}",
        question=f"{first}{excess}",
        tables=tuple(_tables(data, customers, before)) or none,
        widths=(FIRST_WIDTH, *(NARROWEST,) * len(customers), *(money_width(data),) * len(AMOUNTS), *(NARROWEST,) * 4),
    )


def customers_shown(data: ScorecardData) -> tuple[str, ...]:
    """The columns of customers: with who changed from one group to another before the closing base, if anybody did."""
    changed = any(
        data.figure(measure, segment_by=name, segment=segment)
        for name in data.segment_by
        for segment in data.segments_of(name)
        for measure in TRANSFERS
    )
    return (*CUSTOMERS[:-1], *TRANSFERS, CUSTOMERS[-1]) if changed else CUSTOMERS


def _column(name: str) -> Column:
    return replace(column_of(name), colour_role=COLOUR_ROLES.get(name))


def _rate_columns(data: ScorecardData, before: str | None) -> Iterator[Column]:
    """Share lost of those at opening; where there is a period to compare with, that one's, the difference and the excess."""
    yield Column("Share lost", "share")
    if before:
        yield Column(gettext("In {period}", period=data.labels[before]), "share")
        yield Column("Difference", "signed_share")
        yield Column("Excess", "signed_count", is_shaded=True, is_more_worse=True)


def _tables(data: ScorecardData, customers: Sequence[str], before: str | None) -> Iterator[Table]:
    measures = (*customers, *AMOUNTS)
    columns = (Column("Segment", "text"), *map(_column, measures), *_rate_columns(data, before))

    def row(called: str, segment_by: str, segment: str) -> tuple[CellValue, ...]:
        figures = (data.figure(name, segment_by=segment_by, segment=segment) for name in measures)
        return called, *figures, *_rates(data, before, segment_by=segment_by, segment=segment)

    for name, meaning in data.segment_by.items():
        rows = tuple(row(named(group), name, group) for group in _by_net_loss(data, name))
        total, title = row(gettext("All customers"), ALL, ALL), gettext("By {group}", group=name.replace("_", " "))
        yield Table(title, columns, rows, total=total, note=meaning, when_empty="")


def _rates(data: ScorecardData, before: str | None, *, segment_by: str, segment: str) -> Iterator[CellValue]:
    group = {"segment_by": segment_by, "segment": segment}
    now = Share(*lost_of_opening(data, **group))
    yield now
    if before:
        past = Share(*lost_of_opening(data, period=before, **group))
        yield past
        is_comparable = min(now.whole, past.whole) >= max(data.smallest_rate_base, 1)
        yield _difference(now, past) if is_comparable else None
        excess = (loss.excess_count for loss in data.whereabouts.groups if (loss.segment_by, loss.segment) == (segment_by, segment))
        yield next(excess, None)


def _difference(now: Share, past: Share) -> Decimal:
    return round((now.rate or Decimal(0)) - (past.rate or Decimal(0)), 6)


def _by_net_loss(data: ScorecardData, segment_by: str) -> list[str]:
    """The groups, the largest net loss first; of equal ones the larger group first."""

    def rank(segment: str) -> tuple[int, int, str]:
        net, opening = (data.count(measure, segment_by=segment_by, segment=segment) for measure in (NET, "opening_customers"))
        return net, -opening, segment

    return sorted(data.segments_of(segment_by), key=rank)
