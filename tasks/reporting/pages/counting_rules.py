"""The headline as other systems would have it, a row a rule, and what is missing where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.measures.roll_forward import customers_of
from config.measures.table import heading_of
from tasks.reporting.blocks import Column, Marked, Page, Table, column_of
from tasks.reporting.pages.what_if import presets_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import Heads, PresetLine, Presets

TITLE = "Presets"
RULE_COLUMNS = tuple(Column(heading, "text") for heading in ("Rule", "Whose habit", "What it does otherwise"))
TONES: dict[str, ColourRole] = {"customers_in": "in", "customers_out": "out"}
NUMBER_COLUMNS = (
    *(replace(column_of(name), tone=TONES.get(name)) for name in customers_of("opening", "part_in", "in", "out", "net", "closing")),
    Column("Out against ours", "signed_count"),
)
MISSING_COLUMN = Column("", "text", tone="quiet", spans=len(NUMBER_COLUMNS))
WIDTHS = (28, 46, 40, *(11,) * len(NUMBER_COLUMNS))
SAYS = "The same customers, counted by the rules of other systems. Nothing else on the scorecard uses them."
SMALL_PRINT = (
    "In every row customers at opening plus in less out make customers at closing.",
    f"Where those who came and went are netted, they stand beside under {heading_of('in_and_out_customers')}, in neither sum.",
    "Where every move counts, customers who were out and back are among those in and out.",
)


def counting_rules_page(facts: ScorecardData, presets: Presets) -> Page:
    """Our own rule first, then the others with their difference to it, then those that cannot be computed."""
    own_out_count = presets.own_out_count
    counted = tuple((*_words(preset), *_figures(preset.heads, own_out_count)) for preset in presets.lines if preset.heads)
    missing = tuple((*_words(preset), f"Not computed: {preset.missing}") for preset in presets.lines if preset.missing)
    tables = [Table(presets_sentence(presets), (*RULE_COLUMNS, *NUMBER_COLUMNS), counted, is_joined=True, is_wrapped=True, is_detail=True)]
    if missing:
        columns = (*RULE_COLUMNS, MISSING_COLUMN)
        tables.append(Table("What the extracts do not tell", columns, missing, has_headings=False, is_wrapped=True, is_detail=True))
    return Page(
        title=TITLE,
        heading=f"Other systems' rules, {facts.labels[facts.period]}",
        question=SAYS,
        tables=tuple(tables),
        small_print=SMALL_PRINT,
        widths=WIDTHS,
        is_headed_once=True,
    )


def _words(preset: PresetLine) -> Iterator[CellValue]:
    """What a rule is called, whose it is, and what it does otherwise; our own in bold."""
    for text in (preset.label, preset.habit, "; ".join(preset.choices).capitalize() or "Nothing"):
        yield Marked(text, is_bold=not preset.choices)


def _figures(heads: Heads, own_out_count: int) -> tuple[int, ...]:
    came = (heads.opening_count, heads.new_count, heads.returned_count, heads.in_and_out_count, heads.in_count)
    return *came, heads.out_count, heads.in_count - heads.out_count, heads.closing_count, heads.out_count - own_out_count
