"""What the columns of a file are called, and what to say when one is not there."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING

from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OWN_NAMES = frozenset({"source_file", "source_row"})
"""Columns that reading adds to every table; a file's own column by such a name could not be told from them."""

MOST_COLUMNS = 1 << 14
"""As many as a sheet can hold; more of them are a wrong delimiter."""
OTHER_DELIMITERS = (";", "\t", "|", ",")
"""What people put between headings, if it is not what was declared."""
NAMES_SHOWN, SHOWN_LENGTH = 40, 60
"""How many headings an error lists, and how much of each."""


def distinct(headings: Sequence[str]) -> tuple[str, ...]:
    """Every column under a name of its own: one that repeats is numbered, `Amount (2)`; one without a heading is `column 4`.

    Capitals do not tell two columns apart, because the engine's SQL does not heed them.
    """
    names = [heading if heading.strip() else f"column {position}" for position, heading in enumerate(headings, start=1)]
    copies = Counter(name.casefold() for name in names)
    if len(copies) == len(names):
        return tuple(names)
    seen: Counter[str] = Counter()
    numbered: list[str] = []
    for name in names:
        seen[name.casefold()] += 1
        numbered.append(f"{name} ({seen[name.casefold()]})" if copies[name.casefold()] > 1 else name)
    return distinct(numbered)


def chosen(headings: Sequence[str], wanted: Iterable[str] | None, *, where: str) -> tuple[str, ...]:
    """The columns to keep, all of them if none are named; raises SourceError saying which are missing and which there are."""
    if len(headings) > MOST_COLUMNS:
        raise SourceError(f"{where}: expected {MOST_COLUMNS:,} columns at most, found {len(headings):,}; correct `read.delimiter`")
    selected = tuple(headings) if wanted is None else tuple(dict.fromkeys(wanted))
    missing = [name for name in selected if name not in headings]
    if missing:
        raise SourceError(f"{where}: expected a column {_listed(missing)}, {_instead(headings, selected, missing)}")
    reserved = sorted(OWN_NAMES & set(selected))
    if reserved:
        raise SourceError(f"{where}: has a column named {reserved[0]}, which is what we call a row's place; rename it in the file")
    return selected


def _instead(headings: Sequence[str], selected: Sequence[str], missing: Sequence[str]) -> str:
    """What was found instead of the missing columns; headings only where they are some, since else they may be a customer's data."""
    there = [name for name in headings if name not in OWN_NAMES]
    wanted = {_plain(name) for name in selected}
    alike = [name for name in there if _plain(name) in wanted]
    if 2 * len(alike) >= len(selected) and not any(len(name.splitlines()) > 1 for name in there):
        hints = "".join(_hint(name, headings) for name in missing)
        return f"found {_listed(there)}{hints}; correct sources.yaml or export the file again"
    summary = f"found {_listed(alike)} and {len(there) - len(alike):,} others" if alike else f"found none of them among {len(there):,}"
    marks = [mark for mark in OTHER_DELIMITERS if len(there) == 1 and all(name in there[0].split(mark) for name in missing)]
    return (
        f"{summary}, and no row that looks like headings; correct `columns` in sources.yaml, or say where the headings are and what is "
        f'between them, as in `read: {{skip_rows: 3, delimiter: "{marks[0] if marks else ";"}"}}`; a file without headings needs them'
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:SHOWN_LENGTH]}`" for name in names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN:,} more"


def _hint(name: str, headings: Sequence[str]) -> str:
    copies = [heading for heading in headings if heading.startswith(f"{name} (")]
    if copies:
        return f"; `{name}` stands there {len(copies)} times, choose one of {', '.join(f'`{copy}`' for copy in copies)}"
    alike = [heading for heading in headings if _plain(heading) == _plain(name)]
    if alike:
        return f"; `{name}` and `{alike[0]}` differ only in capitals or spaces"
    close = difflib.get_close_matches(name, headings, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def _plain(name: str) -> str:
    return "".join(name.casefold().split()).replace("_", "")
