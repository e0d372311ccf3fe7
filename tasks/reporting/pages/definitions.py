"""What every word means, which settings are in force and who owns them, how periods are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, look_up
from tasks.reporting.blocks import Column, Page, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasks.reporting.model import GlossaryEntry, ScorecardData

TITLE = gettext_noop("Definitions")
WIDTHS = (34, 26, 24, *(15,) * 6)
REST = len(WIDTHS) - 3
"""Columns of the sheet that the last column of each table takes."""
NAME_COLUMN = Column("Name in the files", "text")
WORD_COLUMNS = (Column("Word", "text"), NAME_COLUMN, Column("Unit", "text"), Column("What it means", "text", spans=REST))
SETTING_COLUMNS = (
    Column("Setting", "text"),
    Column("Value", "text"),
    Column("Owner", "text"),
    Column("What it means", "text", spans=REST),
)
GROUP_COLUMNS = (Column("Group by", "text"), NAME_COLUMN, Column("", "text"), Column("What the groups are", "text", spans=REST))
PERIOD_COLUMNS = (Column("Period", "text"), NAME_COLUMN, Column("", "text"), Column("", "text", spans=REST))


def definitions_page(data: ScorecardData) -> Page:
    """Words, settings, groups, periods."""
    glossary = [(_called(word), word.name, look_up(word.unit or ""), look_up(word.description)) for word in data.glossary]
    settings = [
        (setting.name, setting.value, look_up(setting.owner), look_up(setting.description).replace("`", "")) for setting in data.settings
    ]
    groups = [
        (segment_by.replace("_", " ").capitalize(), segment_by, "", description) for segment_by, description in data.segment_by.items()
    ]
    periods = [
        (data.labels[period], period, "", gettext("this period") if period == data.period else "") for period in data.trend_with_customers
    ]
    tables = (
        _table(gettext("Words"), WORD_COLUMNS, glossary),
        _table(gettext("Settings in force"), SETTING_COLUMNS, settings),
        _table(gettext("Ways of grouping"), GROUP_COLUMNS, groups),
        _table(gettext("Periods"), PERIOD_COLUMNS, periods),
    )
    return Page(title=gettext(TITLE), question=_describe_units(data), tables=tables, widths=WIDTHS)


def _called(word: GlossaryEntry) -> str:
    """The label, with the short one where that does not begin it."""
    label, short = look_up(word.label), look_up(word.short_label)
    return label if label.startswith(short) else gettext("{label} (in short: {short})", label=label, short=short)


def _describe_units(data: ScorecardData) -> str:
    is_one = "" if data.customer == "customer" else f"{gettext('One {unit} is one customer.', unit=data.customer)} "
    return f"{is_one}{gettext('All amounts are in {currency}.', currency=data.currency)}"


def _table(title: str, columns: tuple[Column, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    return Table(title, columns, tuple(rows), when_empty="", is_wrapped=True, is_detail=True)
