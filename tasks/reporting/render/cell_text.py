"""What a cell says where it is text, on a page and in a mail: numbers as the workbook's formats show them, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

from config.language import gettext
from config.localization import number, percentage, short_day
from tasks.reporting.blocks import ON_THE_LEFT, Marked, Share
from tasks.reporting.pages.meeting import Scale
from tasks.reporting.text import in_full

if TYPE_CHECKING:
    from tasks.reporting.blocks import CellValue, ColourRole, Column, Kind, Table

SIGNED = frozenset({"signed_count", "signed_money", "signed_share", "signed_figure"})
SHADES_COUNT = 5
"""So many strengths of a shade are told apart by eye."""


@dataclass(frozen=True)
class Numbers:
    """How numbers are shown: decimals of amounts or what they are counted in, and from how many on a rate is a percentage."""

    minor_units: int
    smallest_rate_base: int
    scale: Scale | None = None


@dataclass(frozen=True)
class ShownCell:
    """One cell as text."""

    text: str
    align: Literal["left", "right"] = "right"
    colour_role: ColourRole | None = None
    is_bold: bool = False
    is_indented: bool = False
    shade: int = 0
    """From -5 to 5: how strongly it is shaded as a loss or, below 0, as a gain."""


def shown_rows(table: Table, numbers: Numbers) -> list[list[ShownCell]]:
    """The rows of a table as text, without those that are folded away."""
    columns = [column for column in table.columns if column.kind != "gap"]
    positions = [position for position, column in enumerate(table.columns) if column.kind != "gap"]
    highest = {position: _highest(table, position) for position in positions if table.columns[position].is_shaded}
    rows = table.rows[: table.folded_from]
    return [
        [_shown(row[position], column, numbers, highest=highest.get(position)) for position, column in zip(positions, columns, strict=True)]
        for row in rows
    ]


def shown_total(table: Table, numbers: Numbers) -> list[ShownCell]:
    """The last row of a table as text; nothing where it has none."""
    cells = zip(table.total or (), table.columns, strict=False)
    return [_shown(value, column, numbers) for value, column in cells if column.kind != "gap"]


def _highest(table: Table, position: int) -> Decimal:
    return max((abs(Decimal(value)) for row in table.rows if isinstance(value := row[position], int | Decimal)), default=Decimal(0))


def _shown(value: CellValue, column: Column, numbers: Numbers, *, highest: Decimal | None = None) -> ShownCell:
    marked = value if isinstance(value, Marked) else Marked(None)
    plain = value.value if isinstance(value, Marked) else value
    kind = marked.kind or column.kind
    text, is_quiet = _text(plain, kind, numbers)
    return ShownCell(
        text,
        "left" if kind in ON_THE_LEFT else "right",
        "quiet" if is_quiet else marked.colour_role or column.colour_role,
        marked.is_bold,
        marked.is_indented or column.is_indented,
        _shade(plain, highest, is_more_worse=column.is_more_worse),
    )


def _shade(value: CellValue, highest: Decimal | None, *, is_more_worse: bool) -> int:
    if not highest or not isinstance(value, int | Decimal):
        return 0
    strength = int((SHADES_COUNT * Decimal(value) / highest).quantize(Decimal(1), ROUND_HALF_UP))
    return strength if is_more_worse else -strength


def _text(value: str | int | Decimal | date | Share | None, kind: Kind, numbers: Numbers) -> tuple[str, bool]:
    """The cell's text, and whether it steps back: a share of too few is its two numbers."""
    if isinstance(value, Share):
        if value.rate is None:
            return gettext("none"), True
        return (
            (gettext("{part} of {whole}", part=in_full(value.part), whole=in_full(value.whole)), True)
            if value.whole < numbers.smallest_rate_base
            else (number_text(value.rate, "share", numbers), False)
        )
    if value is None or isinstance(value, str):
        return value or "", False
    if isinstance(value, date):
        return short_day(value), False
    return number_text(value, kind, numbers), False


def number_text(value: int | Decimal, kind: Kind, numbers: Numbers) -> str:
    """A number as its kind is shown: 22,000, +1,200, 14.8m, 40.4% or 1.62; what is rounded to 0 has no sign."""
    if kind == "times":
        return number(Decimal(f"{value:.2f}"), decimals=2)
    if kind in {"share", "signed_share"}:
        shown = _rounded(Decimal(value) * 100, decimals=1)
        text = percentage(shown / 100, decimals=1)
    else:
        scale = (numbers.scale or Scale(decimals=numbers.minor_units)) if isinstance(value, Decimal) else Scale()
        shown = _rounded(Decimal(value) / scale.step, decimals=scale.decimals)
        text = f"{number(shown, decimals=scale.decimals)}{scale.letter}"
    return f"{'+' if kind in SIGNED and shown > 0 else ''}{text}"


def _rounded(value: int | Decimal, *, decimals: int) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
