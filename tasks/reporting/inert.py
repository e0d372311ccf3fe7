"""Names of others as they may stand where some marks would do something: in Slack's text, and in a CSV file."""

from __future__ import annotations

import html
import re

NAME_LENGTH = 48
"""The longest name of a company or a group that still fits a line or two on a phone, in characters."""
UNBROKEN = "\N{NO-BREAK SPACE}"
"""The blank between a number and its unit, where no line may end."""
SEVERAL_BLANKS = re.compile(f" [ {UNBROKEN}]+|{UNBROKEN}[ {UNBROKEN}]+")
INERT = {
    "*": "\N{ASTERISK OPERATOR}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    "~": "\N{TILDE OPERATOR}",
    "_": "\N{MODIFIER LETTER LOW MACRON}",
    "@": "\N{FULLWIDTH COMMERCIAL AT}",
    ":": "\N{RATIO}",
}
"""Marks that Slack makes formats, mentions and emoji of, and look-alikes that do nothing (Slack knows no escape for them)."""
ACTIVE_MARK = re.compile(r"[*`~@:]|(?<![^\W_])_|_(?![^\W_])")
"""Such a mark; an underscore is one only at the edge of a word."""


def inert(text: str, *, length: int = NAME_LENGTH) -> str:
    """A name as it may stand in Slack's text: on one line, of bounded length, and without any effect there."""
    printable = "".join(mark if mark.isprintable() or mark == UNBROKEN else " " for mark in text)
    shown = SEVERAL_BLANKS.sub(" ", printable).strip()
    shown = f"{shown[: length - 1].rstrip()}…" if len(shown) > length else shown
    return html.escape(ACTIVE_MARK.sub(lambda mark: INERT[mark[0]], shown), quote=False)


SIGNS = "['=+\\-@\uff1d\uff0b\uff0d\uff20]"
"""What a spreadsheet begins to calculate at, in its wide forms too, and the apostrophe that keeps it from that."""
BLANKS = "[ \t\r\n\x0b\x0c\xa0]*"
INERT_STEPS = (
    (f"([;\t\r\n][ \x0b\x0c\xa0]*)({SIGNS})", r"\1'\2"),
    (f"^({BLANKS}{SIGNS}|[\t\r\n])", r"'\1"),
)
"""Patterns and what replaces what they match, one after the other, alike in Python and in the engine.

The first is for programs that split a cell where its text holds their separator.
"""


def inert_cell(text: str) -> str:
    """A text as it may stand in a CSV file: an apostrophe stands before whatever a spreadsheet would calculate.

    Nothing is lost: an apostrophe that was there has another one before it. To have the text back, take away one apostrophe
    before a sign that follows a separator (semicolon, tab, end of line), and then one at the very beginning.
    """
    for pattern, replacement in INERT_STEPS:
        text = re.sub(pattern, replacement, text)
    return text
