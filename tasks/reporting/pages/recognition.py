"""The table of who saved and won back customers, for recognition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from tasks.reporting.blocks import Column, Share, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from tasks.reporting.model import ScorecardData

RECOGNITION = "recognition"
"""The table among the small ones."""
MOST_OWNERS = 12
COLUMNS = (
    Column("Owner", "text"),
    Column("Team", "text"),
    Column("Complained"),
    Column("Still customers"),
    Column("Share", "share"),
    Column("Their value", "money"),
    Column("Came back"),
    Column("Their value", "money"),
)
NOTE = gettext_noop(
    "Complained: customers at opening whose latest complaint of the exposure days was with that owner; how many of them still are at the "
    "end. Came back: customers again, after that owner's call, or else by a contract of that owner's. Their value is that at closing. For "
    "recognition: no proof that they stayed or came back because of it."
)


def recognition_table(data: ScorecardData) -> Iterator[Table]:
    """The owners with the most valuable customers who stayed or came back; nothing where no extract names an owner."""
    rows = data.tables.get(RECOGNITION, ())
    if rows:
        shown, others = rows[:MOST_OWNERS], len(rows) - MOST_OWNERS
        below = ngettext(
            "{count} further owner, with customers of less value or nobody named.",
            "{count} further owners, with customers of less value or nobody named.",
            others,
        )
        title, rest = gettext("Who saved and won back customers"), below if others > 0 else ""
        yield Table(title, COLUMNS, tuple(map(_row, shown)), description=gettext(NOTE), below=rest)


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    complained, stayed = row["complained_count"], row["stayed_count"]
    return (
        row["owner"] or gettext("nobody named"),
        row["team"],
        complained,
        stayed,
        Share(stayed, complained) if complained else None,
        row["stayed_amount"],
        row["returned_count"],
        row["returned_amount"],
    )
