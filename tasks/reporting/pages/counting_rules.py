"""The headline as other systems would have it, a row a rule, and what is missing where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, look_up
from config.measures.roll_forward import customers_of
from tasks.reporting.blocks import Column, Marked, Page, Table, column_of
from tasks.reporting.pages.what_if import presets_sentence
from tasks.reporting.text import measure_heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import CustomerCounts, PresetLine, Presets

TITLE = gettext_noop("Presets")
RULE_COLUMNS = (Column("Rule", "text"), Column("Whose habit", "text"), Column("What it does otherwise", "text"))
COLOUR_ROLES: dict[str, ColourRole] = {"customers_in": "in", "customers_out": "out"}
NUMBER_COLUMNS = (
    *(
        replace(column_of(name), colour_role=COLOUR_ROLES.get(name))
        for name in customers_of("opening", "part_in", "in", "out", "net", "closing")
    ),
    Column("Out against ours", "signed_count"),
)
MISSING_COLUMN = Column("", "text", colour_role="quiet", spans=len(NUMBER_COLUMNS))
WIDTHS = (28, 46, 40, *(11,) * len(NUMBER_COLUMNS))
QUESTION = gettext_noop("The same customers, counted by the rules of other systems. Nothing else on the scorecard uses them.")
SMALL_PRINT = (
    gettext_noop("In every row customers at opening plus in less out make customers at closing."),
    gettext_noop("Where those who came and went are netted, they stand beside under {heading}, in neither sum."),
    gettext_noop("Where every move counts, customers who were out and back are among those in and out."),
)


def counting_rules_page(data: ScorecardData, presets: Presets) -> Page:
    """Our own rule first, then the others with their difference to it, then those that cannot be computed."""
    own_out_count = presets.own_out_count
    counted = tuple((*_description_cells(preset), *_figures(preset.counts, own_out_count)) for preset in presets.lines if preset.counts)
    missing = tuple(
        (*_description_cells(preset), gettext("Not computed: {missing}", missing=_missing(preset)))
        for preset in presets.lines
        if preset.missing
    )
    tables = [Table(presets_sentence(presets), (*RULE_COLUMNS, *NUMBER_COLUMNS), counted, is_joined=True, is_wrapped=True, is_detail=True)]
    if missing:
        columns = (*RULE_COLUMNS, MISSING_COLUMN)
        tables.append(
            Table(gettext("What the extracts do not tell"), columns, missing, has_headings=False, is_wrapped=True, is_detail=True)
        )
    return Page(
        title=gettext(TITLE),
        heading=gettext("Other systems' rules, {period}", period=data.labels[data.period]),
        question=gettext(QUESTION),
        tables=tuple(tables),
        small_print=tuple(gettext(text, heading=measure_heading("in_and_out_customers")) for text in SMALL_PRINT),
        widths=WIDTHS,
        is_headed_once=True,
    )


def _description_cells(preset: PresetLine) -> Iterator[CellValue]:
    """What a rule is called, whose it is, and what it does otherwise; our own in bold."""
    choices = "; ".join(map(str, preset.choices))
    for text in (look_up(preset.label), look_up(preset.habit), f"{choices[:1].upper()}{choices[1:]}" or gettext("Nothing")):
        yield Marked(text, is_bold=not preset.choices)


def _missing(preset: PresetLine) -> str:
    """What the extracts do not tell of it."""
    return "; ".join(map(look_up, preset.missing))


def _figures(counts: CustomerCounts, own_out_count: int) -> tuple[int, ...]:
    came = (counts.opening_count, counts.new_count, counts.returned_count, counts.in_and_out_count, counts.in_count)
    return *came, counts.out_count, counts.in_count - counts.out_count, counts.closing_count, counts.out_count - own_out_count
