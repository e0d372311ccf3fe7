"""What every word means, which settings are in force and who owns them, how periods are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.render.cells import HEADING, SECTION, WRAPPED, Cell, Row, fill_in, wrapped_height
from tasks.reporting.render.sheet import DEFINITIONS, new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpyxl import Workbook

    from tasks.reporting.model import GlossaryEntry, ScorecardData

WIDTHS = (34, 26, 92, 24)
UNIT = {"customers": "customers", "count": "count", "money": "money", "share": "share", None: ""}


def definitions_sheet(book: Workbook, facts: ScorecardData) -> None:
    """Write the sheet: words, settings, groups, periods."""
    sheet = new_sheet(book, facts, title=DEFINITIONS, widths=WIDTHS, frozen_at="A3", repeated_rows="1:1")
    words = [(_called(word), word.name, word.says, UNIT[word.unit]) for word in facts.glossary]
    settings = [(setting.name, setting.value, setting.says.replace("`", ""), setting.owner) for setting in facts.settings]
    groups = [(segment_by.replace("_", " ").capitalize(), segment_by, says, "") for segment_by, says in facts.segment_by.items()]
    periods = [(facts.labels[period], period, "this period" if period == facts.period else "", "") for period in facts.trend_with_customers]
    lines = [
        *top_lines("Definitions", _says(facts)),
        *_table("Words", ("Word", "Name in the files", "What it means", "Unit"), words),
        *_table("Settings in force", ("Setting", "Value", "What it means", "Owner"), settings),
        *_table("Ways of grouping", ("Group by", "Name in the files", "What the groups are", ""), groups),
        *_table("Periods", ("Period", "Name in the files", "", ""), periods),
    ]
    fill_in(sheet, lines)


def _called(word: GlossaryEntry) -> str:
    """The label, with the short one where that does not begin it."""
    return word.label if word.label.startswith(word.short_label) else f"{word.label} (in short: {word.short_label})"


def _says(facts: ScorecardData) -> str:
    is_one = "" if facts.customer == "customer" else f"One {facts.customer} is one customer. "
    return f"{is_one}All amounts are in {facts.currency}."


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[Row]:
    headed = [Row(), Row((Cell(title, SECTION),), height=20), Row(tuple(Cell(heading, HEADING) for heading in headings))]
    return headed + [Row(tuple(Cell(text, WRAPPED) for text in row), height=wrapped_height(row, WIDTHS)) for row in rows]
