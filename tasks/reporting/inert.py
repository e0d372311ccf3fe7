"""Names of others as they may stand in Slack's text, where some marks would do something."""

from __future__ import annotations

import html
import re

NAME_LENGTH = 48
"""The longest name of a company or a group that still fits a line or two on a phone, in characters."""
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
    printable = "".join(mark if mark.isprintable() else " " for mark in text)
    shown = " ".join(printable.split())
    shown = f"{shown[: length - 1].rstrip()}…" if len(shown) > length else shown
    return html.escape(ACTIVE_MARK.sub(lambda mark: INERT[mark[0]], shown), quote=False)
