"""The headline as other systems would have it, a row a rule, and what is missing where it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasks.reporting.choices_words import presets_sentence
from tasks.reporting.sheets.cells import (
    COUNT,
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    OUT,
    SIGNED_COUNT,
    SMALL,
    WRAPPED,
    Item,
    Line,
    Look,
    fill_in,
    sentence,
    wrapped_height,
)
from tasks.reporting.sheets.page import new_sheet, top_lines

if TYPE_CHECKING:
    from openpyxl import Workbook

    from tasks.reporting.choices import Heads, PresetLine, Presets
    from tasks.reporting.facts import Facts

PRESETS = "Presets"
NUMBERS = ("Opening", "New", "Returned", "In and out", "Customers in", "Customers out", "Net", "Closing", "Out against ours")
WIDTHS = (30, 48, 46, *(12,) * len(NUMBERS))
NUMBER = Look(COUNT, at_top=True)
SMALL_PRINT = (
    "In every row customers at opening plus in less out make customers at closing.",
    "Where those who came and went are netted, they stand beside under In and out, in neither sum.",
    "Where every move counts, customers who were out and back are among those in and out.",
)


def presets_sheet(book: Workbook, facts: Facts, presets: Presets) -> None:
    """Write the sheet: our own rule first, then the others with their difference to it."""
    sheet = new_sheet(book, facts, title=PRESETS, widths=WIDTHS, frozen_at="B5", repeated_rows="1:4")
    says = "The same customers, counted by the rules of other systems. Nothing else on the scorecard uses them."
    headings = (*(Item(name, HEADING) for name in ("Rule", "Whose habit", "What it does otherwise")), *_number_headings())
    lines = [
        *top_lines(f"Other systems' rules, {facts.labels[facts.period]}", says),
        Line((Item(presets_sentence(presets), Look(size=12, bold=True)),), height=20),
        Line(headings, height=30),
        *(_line(preset, own_out_count=presets.out_counts[0]) for preset in presets.lines),
        Line(),
        *(sentence(text, WIDTHS) for text in SMALL_PRINT),
    ]
    fill_in(sheet, lines)


def _number_headings() -> list[Item]:
    return [Item(name, HEADING_OF_NUMBERS) for name in NUMBERS]


def _line(preset: PresetLine, *, own_out_count: int) -> Line:
    texts = (preset.label, preset.habit, "; ".join(preset.choices).capitalize() or "Nothing")
    words = [Item(texts[0], replace(WRAPPED, bold=not preset.choices)), *(Item(text, WRAPPED) for text in texts[1:])]
    height = wrapped_height(texts, WIDTHS[: len(texts)])
    if preset.heads is None:
        missing = f"Not told by the extracts: {preset.missing}"
        look = replace(SMALL, wrap=True, at_top=True)
        width = sum(WIDTHS[len(texts) :])
        return Line((*words, Item(missing, look, spans=len(NUMBERS))), height=max(height, wrapped_height([missing], [width])))
    return Line((*words, *_figures(preset.heads, own_out_count=own_out_count)), height=height)


def _figures(heads: Heads, *, own_out_count: int) -> list[Item]:
    came, went, signed = replace(NUMBER, colour=IN), replace(NUMBER, colour=OUT), replace(NUMBER, number_format=SIGNED_COUNT)
    return [
        *(Item(count, NUMBER) for count in (heads.opening_count, heads.new_count, heads.returned_count, heads.in_and_out_count)),
        Item(heads.in_count, came),
        Item(heads.out_count, went),
        Item(heads.in_count - heads.out_count, signed),
        Item(heads.closing_count, NUMBER),
        Item(heads.out_count - own_out_count, signed),
    ]
