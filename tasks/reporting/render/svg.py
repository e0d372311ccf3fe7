"""Charts as SVG, narrow enough for a phone, from the blocks and figures that the workbook's charts are drawn from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 460
"""Units of a chart's width; on a phone a unit is about three quarters of a point."""
SIZE, SMALL, LINE = 13, 11.5, 15
"""Of letters, of small letters, and from line to line."""
INK, QUIET, GRID, PALE = "#1f2937", "#5b6b7b", "#e3e7eb", "#b9c2ce"
FONT = "'Segoe UI','Helvetica Neue','DejaVu Sans',Arial,sans-serif"
TITLE_LETTERS = 58
LETTER = 0.6
"""About how wide a letter is, of its size."""
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Chart:
    """A chart that is drawn."""

    svg: str
    description: str
    """What it shows, for readers who do not see it."""


@dataclass
class Picture:
    """A chart as it is drawn: what it shows in words, and its parts."""

    description: str
    height: float
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        at: tuple[float, float],
        text: str,
        *,
        anchor: Anchor = "middle",
        colour: str = INK,
        size: float = SIZE,
        is_bold: bool = False,
    ) -> None:
        """A line of text."""
        bold = ' font-weight="bold"' if is_bold else ""
        style = f'text-anchor="{anchor}" fill="{colour}" font-size="{size:.1f}"{bold}'
        self.parts.append(f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" {style}>{escape(text)}</text>')

    def bar(self, x: float, y: float, *, width: float, height: float, colour: str) -> None:
        """A filled rectangle; nothing where it has no size."""
        if width > 0 and height > 0:
            size = f'width="{width:.1f}" height="{height:.1f}"'
            self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>')

    def line(self, points: Iterable[tuple[float, float]], *, colour: str = GRID, width: float = 1) -> None:
        """A line through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')

    def dot(self, at: tuple[float, float], *, colour: str, radius: float = 3.2) -> None:
        """A point with a white edge."""
        corner = f'cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}"'
        self.parts.append(f'<circle {corner} fill="{colour}" stroke="#fff" stroke-width="1"/>')

    def heading(self, text: str) -> float:
        """The title, in as many lines as it needs; where the next thing may stand."""
        rows = wrapped(text, TITLE_LETTERS)
        for row, part in enumerate(rows):
            self.text((0, 14 + LINE * row), part, anchor="start", is_bold=True)
        return 14.0 + LINE * len(rows)

    def key(self, names: Sequence[tuple[str, str]], *, y: float) -> float:
        """What each colour means, in as many lines as they need; where the next thing may stand."""
        x = 0.0
        for name, colour in names:
            width = 18 + LETTER * SMALL * len(name)
            if x and x + width > WIDTH:
                x, y = 0.0, y + LINE
            self.bar(x, y - 9, width=10, height=10, colour=colour)
            self.text((x + 14, y), name, anchor="start", size=SMALL, colour=QUIET)
            x += width + 10
        return y + LINE

    def drawn(self) -> Chart:
        """The chart."""
        box = f'viewBox="0 0 {WIDTH} {self.height:.0f}"'
        about = escape(self.description, quote=True)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{about}" font-family="{FONT}">'
        return Chart(f"{head}{''.join(self.parts)}</svg>", self.description)


def wrapped(text: str, letters: int) -> list[str]:
    """Text in lines of about so many letters, broken between words."""
    lines = [""]
    for part in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(part) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {part}".strip()
    return lines


def ticks(lowest: float, highest: float, *, count: int = 5, unit: float = 0) -> list[float]:
    """Round numbers from the lowest to the highest, at most about so many and no finer than the unit that they are written in."""
    room = max(highest - lowest, 1e-9)
    step = 10 ** math.floor(math.log10(room / count))
    step = max(unit, step * next(factor for factor in (1, 2, 5, 10) if room / (step * factor) <= count))
    return [number * step for number in range(math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9) + 1)]
