"""How dates are written: what a pattern of `read.dates` accepts, to the letter.

The engine's own reading is lenient: by any pattern it takes `infinity` and `epoch` for 1900-01-01, and by `%Y%m%d` it
takes 2026075 for a day. A text is a day only where it also looks as its pattern says.
"""

from __future__ import annotations

import re

DIRECTIVE = re.compile(r"%(-?[A-Za-z%])")
COMPOUND = {"%c": "%Y-%m-%d %H:%M:%S", "%x": "%Y-%m-%d", "%X": "%H:%M:%S"}
"""What the engine takes for the date and time of a locale."""
WIDTHS = {
    **dict.fromkeys(("d", "m", "H", "I", "M", "S", "U", "W", "V", "y"), 2),
    **dict.fromkeys(("Y", "G"), 4),
    **dict.fromkeys(("w", "u"), 1),
    "j": 3,
    "f": 6,
    "g": 3,
    "n": 9,
}
"""How many digits a number has; fewer will do where no other number touches it."""
SHORT_FORMS = frozenset({"d", "m", "y", "H", "I", "M", "S", "j", "U", "W"})
"""Numbers that have a form without leading zeros, such as `%-d`."""
YEARS = frozenset({"Y", "y", "G"})
FIXED_WIDTHS = frozenset({"Y", "G"})
"""A year in two or three digits is a slip of the pen, not one of the first century."""
TEXTS = {
    **dict.fromkeys(("a", "A", "b", "B", "h"), "[A-Za-z]+"),
    "p": "[AaPp][Mm]",
    "z": "[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?",
    "Z": "[A-Za-z][A-Za-z0-9_+/-]*",
    "%": "%",
}
"""What stands for the directives that are no numbers."""
COUNTED = {
    "%s": r"^-?[0-9]{9,10}(?:\.[0-9]+)?$",
    "%ms": r"^-?[0-9]{12,13}(?:\.[0-9]+)?$",
    "excel_1900": r"^[0-9]{5}(?:\.[0-9]+)?$",
    "excel_1904": r"^[0-9]{5}(?:\.[0-9]+)?$",
}
"""Patterns of days that are counted from a first one: seconds and milliseconds since 1970, days as Excel counts them.

So many digits, from 1973 and 1927 on, that no year and no day without marks between its parts, such as 20260705, is taken for one.
"""


def date_pattern(pattern: str) -> str:
    """The pattern, if it names a day that can be read; raises ValueError."""
    if pattern in COUNTED:
        return pattern
    expanded = _expanded(pattern)
    names = [name.removeprefix("-") for name in DIRECTIVE.findall(expanded)]
    unknown = [f"%{name}" for name in DIRECTIVE.findall(expanded) if not _is_supported(name)]
    if unknown or "%" in DIRECTIVE.sub("", expanded):
        raise ValueError(f"expected a strptime pattern such as %d.%m.%Y, with no {unknown[0] if unknown else 'single %'}")
    if not YEARS & set(names) or ("d" in names and not {"m", "b", "B", "h"} & set(names)):
        raise ValueError("expected a pattern that names a year, and a month where it names a day, such as %d.%m.%Y")
    return pattern


def looks_as(pattern: str) -> str:
    """The regular expression of all texts that a pattern accepts; the engine then says whether the text is a day."""
    if pattern in COUNTED:
        return COUNTED[pattern]
    parts = [part for part in re.split(r"(%-?[A-Za-z%])", _expanded(pattern)) if part]
    are_numbers = [False, *(_name(part) in WIDTHS for part in parts), False]
    touches = [are_numbers[index] or are_numbers[index + 2] for index in range(len(parts))]
    return f"^{''.join(_part(part, touches=touched) for part, touched in zip(parts, touches, strict=True))}$"


def has_short_year(pattern: str) -> bool:
    """Whether the pattern writes a year in two digits and nothing more, so that the century is not said."""
    names = {name.removeprefix("-") for name in DIRECTIVE.findall(_expanded(pattern))}
    return pattern not in COUNTED and "y" in names and not {"Y", "G"} & names


def _part(part: str, *, touches: bool) -> str:
    name = _name(part)
    if name in WIDTHS:
        width = WIDTHS[name]
        return f"[0-9]{{{width}}}" if touches or name in FIXED_WIDTHS else f"[0-9]{{1,{width}}}"
    if name in TEXTS:
        return TEXTS[name]
    return re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(part))


def _expanded(pattern: str) -> str:
    for short, long in COMPOUND.items():
        pattern = pattern.replace(short, long)
    return pattern


def _name(part: str) -> str | None:
    """The directive's letter; none for text that stands for itself."""
    return part.lstrip("%").lstrip("-") or "%" if part.startswith("%") else None


def _is_supported(name: str) -> bool:
    plain = name.removeprefix("-")
    return plain in SHORT_FORMS if name.startswith("-") else plain in WIDTHS or plain in TEXTS
