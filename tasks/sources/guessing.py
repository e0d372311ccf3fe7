"""How values seem to be written: guessed from texts, and never taken for more than a suggestion that a person reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from config.date_patterns import COUNTED, looks_as
from tasks.sources.days import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

TAKEN_BY_DEFAULT = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")
MARKS = ("/", ".", "-", " ")
TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %H:%M", ", %H:%M:%S")
ORDERS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%b{0}%Y", "%d{0}%B{0}%Y", "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%d{0}%b{0}%y")
OTHERS = ("%b %d, %Y", "%B %d, %Y", "%d. %B %Y", "%Y%m%d", "%Y-%m")
INSTANTS = (
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S %z"),
    *("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%d %H:%M %Z"),
)
PATTERNS = (
    *TAKEN_BY_DEFAULT,
    *INSTANTS,
    *(f"{order.format(mark)}{time}" for order in ORDERS for mark in MARKS for time in TIMES),
    *(f"{other}{time}" for other in OTHERS for time in TIMES),
)
"""Tried in this order; of two that fit all texts the first is suggested, and the other one is named beside it."""
UNITS_A_SECOND = {"%s": 1, "%ms": 1000}
MOST_TEXTS = 300
"""Texts that are tried, from the first to the last of those that there are."""
MOST_PATTERNS = 4
"""A column of more kinds of days is none that can be guessed."""
SHORTEST_PART = 0.02
"""A pattern that fits a smaller part of the texts is no way of writing, but slips of the pen."""
NUMBER = re.compile(r"[-+(]?\s*(?:[A-Z]{0,3}\s?[$€£¥]?)\s*-?(?P<body>\d[\d.,' \u00a0\u202f]*)\s*(?:[$€£¥%]|[A-Z]{3})?\)?-?")
LAST_GROUP = 3
"""Digits behind a mark between thousands."""


class Days(NamedTuple):
    """How days seem to be written."""

    patterns: tuple[str, ...]
    """None: they are no days."""
    could_also_be: str | None = None
    """Another order that fits every text as well, such as month before day."""


class Marks(NamedTuple):
    """How numbers seem to be written."""

    decimal: Literal[".", ","]
    thousands: str


def days_of(texts: Iterable[str]) -> Days:
    """The patterns that as few as possible of, together, read (nearly) all texts as days."""
    different = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    rest = everything = different[:: max(1, len(different) // MOST_TEXTS)]
    patterns: list[str] = []
    while rest and len(patterns) < MOST_PATTERNS:
        best = max(PATTERNS, key=_counts(rest))
        fitting = _counts(rest)(best)
        if fitting < max(1, SHORTEST_PART * len(everything)):
            break
        patterns.append(best)
        rest = tuple(text for text in rest if not _is_day(text, best))
    if len(rest) > SHORTEST_PART * len(everything):
        counted = next((name for name, pattern in COUNTED.items() if all(re.search(pattern, text) for text in everything)), None)
        return Days((counted,) if counted else ())
    return Days(tuple(patterns), _other_order(everything, patterns))


def _counts(texts: Sequence[str]) -> Callable[[str], int]:
    return lambda pattern: sum(_is_day(text, pattern) for text in texts)


def _is_day(text: str, pattern: str) -> bool:
    return day_in(text, pattern) is not None


def day_in(text: str, pattern: str) -> date | None:
    """The day that a text names by a pattern, in the text's own zone; none where it does not fit, or a sheet counts its days."""
    written = re.sub(r"[Zz]$", "+00:00", text) if "%z" in pattern else text
    if not _looks_as(pattern).search(written):
        return None
    if pattern in UNITS_A_SECOND:
        return datetime.fromtimestamp(float(text) / UNITS_A_SECOND[pattern], UTC).date()
    if "%Z" in pattern and not re.search(r"\b(UTC|GMT)$", written):
        return None
    try:
        day = datetime.strptime(written, pattern).replace(tzinfo=UTC).date()
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


@cache
def _looks_as(pattern: str) -> re.Pattern[str]:
    return re.compile(looks_as(pattern))


def _other_order(texts: Sequence[str], patterns: Sequence[str]) -> str | None:
    """The pattern with day and month exchanged, where it reads every text, too."""
    if len(patterns) != 1 or not {"%d", "%m"} <= set(re.findall("%[dm]", patterns[0])) or patterns[0].startswith("%Y"):
        return None
    exchanged = patterns[0].replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
    return exchanged if all(_is_day(text, exchanged) for text in texts) else None


def marks_of(texts: Iterable[str]) -> Marks | None:
    """The decimal mark and the mark between thousands by which all texts are numbers; nothing where they are none."""
    bodies = [match["body"].strip() if (match := NUMBER.fullmatch(text.strip())) else "" for text in texts if text.strip()]
    if not bodies or not all(bodies):
        return None
    candidates = (Marks(".", ""), Marks(",", ""), Marks(".", ","), Marks(",", "."), Marks(",", " "), Marks(".", " "), Marks(".", "'"))
    fitting = [marks for marks in candidates if all(_is_number(body, marks) for body in bodies)]
    # Three digits behind every comma are thousands: amounts of money are not written in thousandths.
    are_thousands = Marks(".", ",") in fitting
    return next((marks for marks in fitting if not (are_thousands and marks.decimal == ",")), None)


def _is_number(body: str, marks: Marks) -> bool:
    plain = re.sub("[\u00a0\u202f]", " ", body)
    thousands = re.escape(marks.thousands)
    whole = rf"(?:\d{{1,3}}(?:{thousands}\d{{{LAST_GROUP}}})+|\d+)" if marks.thousands else r"\d+"
    return re.fullmatch(rf"{whole}(?:{re.escape(marks.decimal)}\d*)?", plain) is not None
