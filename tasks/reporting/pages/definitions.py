"""What every word means, which settings are in force and who owns them, how periods are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.blocks import Column, Page, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.reporting.model import GlossaryEntry, ScorecardData

TITLE = "Definitions"
WIDTHS = (34, 26, 24, *(15,) * 6)


def definitions_page(facts: ScorecardData) -> Page:
    """Words, settings, groups, periods."""
    words = [(_called(word), word.name, word.unit or "", word.says) for word in facts.glossary]
    settings = [(setting.name, setting.value, setting.owner, setting.says.replace("`", "")) for setting in facts.settings]
    groups = [(segment_by.replace("_", " ").capitalize(), segment_by, "", says) for segment_by, says in facts.segment_by.items()]
    periods = [(facts.labels[period], period, "", "this period" if period == facts.period else "") for period in facts.trend_with_customers]
    tables = (
        _table("Words", ("Word", "Name in the files", "Unit", "What it means"), words),
        _table("Settings in force", ("Setting", "Value", "Owner", "What it means"), settings),
        _table("Ways of grouping", ("Group by", "Name in the files", "", "What the groups are"), groups),
        _table("Periods", ("Period", "Name in the files", "", ""), periods),
    )
    return Page(title=TITLE, question=_says(facts), tables=tables, widths=WIDTHS)


def _called(word: GlossaryEntry) -> str:
    """The label, with the short one where that does not begin it."""
    return word.label if word.label.startswith(word.short_label) else f"{word.label} (in short: {word.short_label})"


def _says(facts: ScorecardData) -> str:
    is_one = "" if facts.customer == "customer" else f"One {facts.customer} is one customer. "
    return f"{is_one}All amounts are in {facts.currency}."


def _table(title: str, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    columns = (*(Column(heading, "text") for heading in headings[:-1]), Column(headings[-1], "text", spans=len(WIDTHS) - 3))
    return Table(title, columns, tuple(rows), when_empty="", is_wrapped=True, is_detail=True)
