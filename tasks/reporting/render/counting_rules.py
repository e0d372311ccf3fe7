"""The headline as other systems would have it, a row a rule, and what is missing where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from config.measures.roll_forward import customers_of
from config.measures.table import heading_of
from tasks.reporting.pages.what_if import presets_sentence
from tasks.reporting.render.cells import (
    COUNT,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    OUT,
    SECTION,
    SIGNED_COUNT,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    fill_in,
    sentence,
    wrapped_height,
)
from tasks.reporting.render.sheet import new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import Heads, PresetLine, Presets

PRESETS = "Presets"
NUMBERS = (*map(heading_of, customers_of("opening", "part_in", "in", "out", "net", "closing")), "Out against ours")
WIDTHS = (28, 46, 40, *(11,) * len(NUMBERS))
TEXT_WIDTHS = WIDTHS[:3]
NUMBER = CellStyle(COUNT, at_top=True)
SMALL_PRINT = (
    "In every row customers at opening plus in less out make customers at closing.",
    f"Where those who came and went are netted, they stand beside under {heading_of('in_and_out_customers')}, in neither sum.",
    "Where every move counts, customers who were out and back are among those in and out.",
)


def presets_sheet(book: Workbook, facts: ScorecardData, presets: Presets) -> None:
    """Write the sheet: our own rule first, then the others with their difference to it."""
    sheet = new_sheet(book, facts, title=PRESETS, widths=WIDTHS, frozen_at="B5", repeated_rows="1:4")
    says = "The same customers, counted by the rules of other systems. Nothing else on the scorecard uses them."
    headings = (*(Cell(name, HEADING) for name in ("Rule", "Whose habit", "What it does otherwise")), *_number_headings())
    lines = [
        *top_lines(f"Other systems' rules, {facts.labels[facts.period]}", says),
        Row((Cell(presets_sentence(presets), CellStyle(size=12, bold=True)),), height=20),
        Row(headings, height=30),
        *(_line(preset, own_out_count=presets.out_counts[0]) for preset in presets.lines if preset.heads),
        *_not_told([preset for preset in presets.lines if preset.missing]),
        Row(),
        *(sentence(text, WIDTHS) for text in SMALL_PRINT),
    ]
    fill_in(sheet, lines)


def _number_headings() -> list[Cell]:
    return [Cell(name, HEADING_OF_NUMBERS) for name in NUMBERS]


def _line(preset: PresetLine, *, own_out_count: int) -> Row:
    assert preset.heads is not None
    texts = _texts(preset)
    words = [Cell(text, replace(WRAPPED, bold=not preset.choices)) for text in texts]
    return Row((*words, *_figures(preset.heads, own_out_count=own_out_count)), height=wrapped_height(texts, TEXT_WIDTHS))


def _not_told(presets: Sequence[PresetLine]) -> list[Row]:
    """The rules that cannot be computed, each with what the extracts would have to tell."""
    if not presets:
        return []
    heading = Row((Cell("What the extracts do not tell", SECTION),), height=24)
    return [Row(), heading, *map(_missing_line, presets)]


def _missing_line(preset: PresetLine) -> Row:
    texts, missing = _texts(preset), f"Not computed: {preset.missing}"
    words = (Cell(text, WRAPPED) for text in texts)
    height = wrapped_height((*texts, missing), (*TEXT_WIDTHS, sum(WIDTHS[len(texts) :])))
    return Row((*words, Cell(missing, replace(WRAPPED, colour=GREY), spans=len(NUMBERS))), height=height)


def _texts(preset: PresetLine) -> tuple[str, str, str]:
    return preset.label, preset.habit, "; ".join(preset.choices).capitalize() or "Nothing"


def _figures(heads: Heads, *, own_out_count: int) -> list[Cell]:
    came, went, signed = replace(NUMBER, colour=IN), replace(NUMBER, colour=OUT), replace(NUMBER, number_format=SIGNED_COUNT)
    return [
        *(Cell(count, NUMBER) for count in (heads.opening_count, heads.new_count, heads.returned_count, heads.in_and_out_count)),
        Cell(heads.in_count, came),
        Cell(heads.out_count, went),
        Cell(heads.in_count - heads.out_count, signed),
        Cell(heads.closing_count, NUMBER),
        Cell(heads.out_count - own_out_count, signed),
    ]
