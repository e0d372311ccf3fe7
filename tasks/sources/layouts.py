"""How a text file is laid out: in which encoding, what separates its values, and in which line its headings are."""

from __future__ import annotations

import codecs
import csv
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

DELIMITERS = (",", ";", "\t", "|")
"""What people put between values."""
LINES_LOOKED_AT = 60
"""Headings stand below a title and a few filters at most."""
WIDE_LETTERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Layout(NamedTuple):
    """Where the table of a text file begins, and what separates its values."""

    delimiter: str
    skip_rows: int
    headings: tuple[str, ...]

    def as_settings(self, *, delimiter: str = ",", skip_rows: int = 0) -> str:
        """The line of sources.yaml that says so, as far as it is not said already."""
        shown = '"\\t"' if self.delimiter == "\t" else f'"{self.delimiter}"'
        parts = [f"delimiter: {shown}"] if self.delimiter != delimiter else []
        parts += [f"skip_rows: {self.skip_rows}"] if self.skip_rows != skip_rows else []
        return f"read: {{{', '.join(parts)}}}"


def encoding_of(start: bytes) -> str:
    """The encoding in which the beginning of a file can be read as text."""
    if start.startswith(WIDE_LETTERS):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"


def headings_with(text: str, wanted: Collection[str]) -> Layout | None:
    """The first line that has all wanted names, by any delimiter; none where there is no such line."""
    lines = text.splitlines()[:LINES_LOOKED_AT]
    return next((layout for layout in _readings(lines) if set(wanted) <= set(layout.headings)), None)


def layout_of(text: str) -> Layout | None:
    """The layout that a table seems to have: the delimiter and the first line by which most lines have equally many values."""
    lines = [line for line in text.splitlines()[:LINES_LOOKED_AT] if line.strip()]
    widths = {mark: [len(row) for row in csv.reader(lines, delimiter=mark)] for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: _regularity(widths[mark]))
    width = max(widths[best], key=lambda one: (widths[best].count(one), one), default=0)
    return next((layout for layout in _readings(text.splitlines()) if layout.delimiter == best and len(layout.headings) == width), None)


def _regularity(widths: Sequence[int]) -> tuple[int, int]:
    """In how many lines there are as many values as in most, where that is more than one."""
    usual = max(widths, key=lambda one: (widths.count(one), one), default=0)
    return (widths.count(usual), usual) if usual > 1 else (0, 0)


def _readings(lines: Sequence[str]) -> Iterator[Layout]:
    """Every line as headings, by every delimiter."""
    for number, line in enumerate(lines):
        for mark in DELIMITERS:
            row = next(csv.reader([line], delimiter=mark), [])
            if len(row) > 1 or mark == ",":
                yield Layout(mark, number, tuple(row))
