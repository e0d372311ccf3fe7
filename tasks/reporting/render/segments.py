"""Every way of grouping as a table, a row a group, the ones that lost most first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openpyxl.formatting.rule import ColorScaleRule

from config.measures.roll_forward import customers_of, lines_of
from config.measures.table import heading_of
from tasks.reporting.model import ALL
from tasks.reporting.render.cells import (
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    IN_FILL,
    OUT,
    OUT_FILL,
    SECTION,
    SMALL,
    TEXT,
    WHITE,
    Cell,
    CellStyle,
    Row,
    fill_in,
    number_format,
)
from tasks.reporting.render.sheet import SEGMENTS, money_width, new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import ScorecardData

HEADS = customers_of("opening", "part_in", "in", "part_out", "out", "net", "closing")
TRANSFERS = ("transferred_in_customers", "transferred_out_customers")
"""Columns that stand there only where a customer changed its group."""
AMOUNTS = tuple(line.amount for line in lines_of("opening", "in", "out", "net", "closing"))
COLOUR_OF = {"customers_in": IN, "customers_in_amount": IN, "customers_out": OUT, "customers_out_amount": OUT}
NET_COLUMN = "J"
NARROWEST, SPARE_WIDTH = 11, 3


def segments_sheet(book: Workbook, facts: ScorecardData) -> None:
    """Write the sheet: one table a way of grouping, each with a total row that is the whole."""
    heads = heads_shown(facts)
    widths = (32, *(max(NARROWEST, len(heading_of(name)) + SPARE_WIDTH) for name in heads), 2, *(money_width(facts),) * len(AMOUNTS))
    sheet = new_sheet(book, facts, title=SEGMENTS, widths=widths, frozen_at="B4", repeated_rows="1:3")
    says = f"The groups that lost most customers, net, come first. Value is in {facts.currency}."
    lines = [*top_lines(f"By segment, {facts.labels[facts.period]}", says), _headings(heads)]
    if not facts.segment_by:
        lines.append(Row((Cell("No way of grouping is set in definitions.yaml.", SMALL),)))
    for segment_by, meaning in facts.segment_by.items():
        lines += [Row(), Row((Cell(_titled(segment_by), SECTION), Cell(meaning, SMALL)), height=20)]
        groups = _by_net_loss(facts, segment_by)
        _colour_net(sheet, facts, segment_by, first_row=len(lines) + 1)
        lines += [_line(facts, heads, segment_by=segment_by, segment=group, look=TEXT) for group in groups]
        lines.append(_line(facts, heads, segment_by=ALL, segment=ALL, look=CellStyle(bold=True, rule_above=True)))
    fill_in(sheet, lines)


def heads_shown(facts: ScorecardData) -> tuple[str, ...]:
    """The columns of customers: with who changed from one group to another before the closing base, if anybody did."""
    changed = any(
        facts.figure(measure, segment_by=name, segment=segment)
        for name in facts.segment_by
        for segment in facts.segments_of(name)
        for measure in TRANSFERS
    )
    return (*HEADS[:-1], *TRANSFERS, HEADS[-1]) if changed else HEADS


def _titled(segment_by: str) -> str:
    return f"By {segment_by.replace('_', ' ')}"


def _headings(heads: Sequence[str]) -> Row:
    counts, amounts = ([Cell(heading_of(name), HEADING_OF_NUMBERS) for name in columns] for columns in (heads, AMOUNTS))
    return Row((Cell("Segment", HEADING), *counts, None, *amounts), height=18)


def _by_net_loss(facts: ScorecardData, segment_by: str) -> list[str]:
    """The groups, the largest net loss first; of equal ones the larger group first."""

    def rank(segment: str) -> tuple[int, int, str]:
        net, opening = (facts.heads(measure, segment_by=segment_by, segment=segment) for measure in ("net_customers", "opening_customers"))
        return net, -opening, segment

    return sorted(facts.segments_of(segment_by), key=rank)


def _line(facts: ScorecardData, heads: Sequence[str], *, segment_by: str, segment: str, look: CellStyle) -> Row:
    counts, amounts = (
        [_figure(facts, measure, segment_by=segment_by, segment=segment, look=look) for measure in columns] for columns in (heads, AMOUNTS)
    )
    return Row((Cell("All customers" if segment_by == ALL else segment, look), *counts, None, *amounts))


def _figure(facts: ScorecardData, measure: str, *, segment_by: str, segment: str, look: CellStyle) -> Cell:
    figure = facts.figure(measure, segment_by=segment_by, segment=segment)
    shown = number_format(measure, facts.minor_units)
    return Cell(figure, replace(look, number_format=shown, colour=COLOUR_OF.get(measure, look.colour)))


def _colour_net(sheet: Worksheet, facts: ScorecardData, segment_by: str, *, first_row: int) -> None:
    """Shade each group's net by its size, the same distance from zero in the same strength on both sides."""
    nets = [abs(facts.heads("net_customers", segment_by=segment_by, segment=segment)) for segment in facts.segments_of(segment_by)]
    if not any(nets):
        return
    last_row = first_row + len(nets) - 1
    rule = ColorScaleRule(
        start_type="num",
        start_value=-max(nets),
        start_color=OUT_FILL,
        mid_type="num",
        mid_value=0,
        mid_color=WHITE,
        end_type="num",
        end_value=max(nets),
        end_color=IN_FILL,
    )
    sheet.conditional_formatting.add(f"{NET_COLUMN}{first_row}:{NET_COLUMN}{last_row}", rule)
