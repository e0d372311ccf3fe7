"""Every way of grouping as a table, a row a group, the ones that lost most first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.measures.roll_forward import customers_of, lines_of
from config.measures.table import heading_of
from tasks.reporting.blocks import Column, Page, Table, column_of, money_width
from tasks.reporting.model import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData

TITLE = "By segment"
CUSTOMERS = customers_of("opening", "part_in", "in", "part_out", "out", "net", "closing")
TRANSFERS = ("transferred_in_customers", "transferred_out_customers")
"""Columns that stand there only where a customer changed its group."""
AMOUNTS = tuple(line.amount for line in lines_of("opening", "in", "out", "net", "closing"))
TONES: dict[str, ColourRole] = {"customers_in": "in", "customers_in_amount": "in", "customers_out": "out", "customers_out_amount": "out"}
SHADED = "net_customers"
GAP = Column("", "gap")
FIRST_WIDTH, NARROWEST, SPARE_WIDTH, GAP_WIDTH = 32, 11, 3, 2


def segments_page(facts: ScorecardData) -> Page:
    """One table a way of grouping, each with a total row that is the whole, under headings that stand once above them all."""
    customers = customers_shown(facts)
    columns = (Column("Segment", "text"), *map(_column, customers), GAP, *map(_column, AMOUNTS))
    none = "" if facts.segment_by else "No way of grouping is set in definitions.yaml."
    counts = (max(NARROWEST, len(heading_of(name)) + SPARE_WIDTH) for name in customers)
    return Page(
        title=TITLE,
        heading=f"{TITLE}, {facts.labels[facts.period]}",
        question=f"The groups that lost most customers, net, come first. Value is in {facts.currency}.",
        tables=(Table("", columns, (), is_joined=True, when_empty=none), *_tables(facts, columns, customers)),
        widths=(FIRST_WIDTH, *counts, GAP_WIDTH, *(money_width(facts),) * len(AMOUNTS)),
        is_headed_once=True,
    )


def customers_shown(facts: ScorecardData) -> tuple[str, ...]:
    """The columns of customers: with who changed from one group to another before the closing base, if anybody did."""
    changed = any(
        facts.figure(measure, segment_by=name, segment=segment)
        for name in facts.segment_by
        for segment in facts.segments_of(name)
        for measure in TRANSFERS
    )
    return (*CUSTOMERS[:-1], *TRANSFERS, CUSTOMERS[-1]) if changed else CUSTOMERS


def _column(name: str) -> Column:
    return replace(column_of(name), tone=TONES.get(name), is_shaded=name == SHADED)


def _tables(facts: ScorecardData, columns: tuple[Column, ...], customers: Sequence[str]) -> list[Table]:
    def row(called: str, segment_by: str, segment: str) -> tuple[CellValue, ...]:
        counts, amounts = ([facts.figure(name, segment_by=segment_by, segment=segment) for name in names] for names in (customers, AMOUNTS))
        return called, *counts, None, *amounts

    return [
        Table(
            f"By {name.replace('_', ' ')}",
            columns,
            tuple(row(group, name, group) for group in _by_net_loss(facts, name)),
            total=row("All customers", ALL, ALL),
            note=meaning,
            has_headings=False,
            when_empty="",
        )
        for name, meaning in facts.segment_by.items()
    ]


def _by_net_loss(facts: ScorecardData, segment_by: str) -> list[str]:
    """The groups, the largest net loss first; of equal ones the larger group first."""

    def rank(segment: str) -> tuple[int, int, str]:
        net, opening = (facts.heads(measure, segment_by=segment_by, segment=segment) for measure in (SHADED, "opening_customers"))
        return net, -opening, segment

    return sorted(facts.segments_of(segment_by), key=rank)
