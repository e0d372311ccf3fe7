"""Where the scorecard says what other choices would have said, and what a steady rate hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.pages.counting_rules import TITLE as PRESETS
from tasks.reporting.pages.counting_rules import counting_rules_page
from tasks.reporting.pages.lapse_window import TITLE as LAPSE_WINDOW
from tasks.reporting.pages.lapse_window import lapse_window_page
from tasks.reporting.pages.what_if import steady_reasons, steady_sentence
from tasks.reporting.render.cells import OUT, SMALL, Cell, CellStyle, Row
from tasks.reporting.render.excel import page_sheet

if TYPE_CHECKING:
    from openpyxl import Workbook

    from tasks.reporting.model import ScorecardData

LINK_COLUMNS = (10, 11)
"""Columns of the front sheet, counted from 0, that lead to these sheets."""


def choices_sheets(book: Workbook, facts: ScorecardData) -> None:
    """Write the sheets of other choices, as far as they were weighed."""
    if facts.presets:
        page_sheet(book, facts, counting_rules_page(facts, facts.presets))
    if facts.lapse_window:
        page_sheet(book, facts, lapse_window_page(facts.lapse_window))


def choices_links(facts: ScorecardData) -> dict[int, str]:
    """Which of these sheets is linked from which column of the front sheet."""
    titles = [title for title, is_there in ((PRESETS, facts.presets), (LAPSE_WINDOW, facts.lapse_window)) if is_there]
    return dict(zip(LINK_COLUMNS, titles, strict=False))


def steady_lines(facts: ScorecardData) -> list[Row]:
    """What a steady rate hides, for the front sheet; nothing where there is nothing to warn of."""
    if facts.steady_rate is None:
        return []
    return [
        Row((Cell(steady_sentence(facts, facts.steady_rate), CellStyle(size=12, bold=True, colour=OUT)),), height=20),
        Row((Cell(steady_reasons(facts, facts.steady_rate), SMALL),), height=16),
    ]
