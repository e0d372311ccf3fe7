"""Values that could not be read, and the line of sources.yaml by which they can be."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.unreadable_values import cure_of, is_reason
from expectations.failure_details import shape_of
from expectations.text import counted
from tasks.looks.problem import Problem
from tasks.sources.guessing import days_of, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.expr.types import Table

    from config.datasets import Kind
    from config.sources import Extract

MOST_TEXTS = 1000
MOST_ANSWERS, LONGEST_ANSWER = 6, 12
"""Words for yes and no are few and short; a column that holds others is another column."""
STANDS_FOR_OPEN = re.compile(r"[2-9]999[-./]12[-./]31.{0,13}|31[-./]12[-./][2-9]999.{0,13}|[Ii]nfinity|[Oo]pen|[Nn]ever")
"""What systems write where something has no end."""
NUMBERS: frozenset[Kind] = frozenset({"amount", "integer", "rate"})
KIND_NAMES = {"date": "a day", "amount": "an amount", "integer": "a whole number", "rate": "a rate", "boolean": "yes or no"}


@dataclass(frozen=True)
class Unread:
    """What a column has that could not be read."""

    first: tuple[str, str, int]
    """The first text, with its file and row."""
    examples: tuple[str, ...]
    count: int
    """In how many rows."""


def unreadable_values(rows: Table, name: str, extract: Extract, *, kinds: dict[str, Kind]) -> Iterator[tuple[Problem, int]]:
    """A problem for every column of which some values could not be read, and in how many rows."""
    unread = {column: texts for column in kinds if (texts := _unread(rows, column))}
    days = [text for column, texts in unread.items() if kinds[column] == "date" for text in texts.examples]
    # An end is never before its start: where starts can be read, years in two digits of ends are of their century.
    are_ends = all(column in _ends(extract) for column in unread if kinds[column] == "date")
    cure_of_days = _cure_of_days(days, _patterns_in_use(rows, extract, kinds), first_year=2000 if are_ends else 1970) if days else None
    for column, texts in unread.items():
        first, file, row = texts.first
        theirs, kind = extract.columns.get(column, extract.constants.get(column, column)), kinds[column]
        shown = first if is_reason(first) else f"written as {shape_of(first)}"
        problem = Problem(
            name,
            f"{name}: `{theirs}`: expected {KIND_NAMES.get(kind, 'a value')} for {column}, found {counted(texts.count, 'row')} with "
            f"something else, first in {file} row {row}: {shown}; {_cure(texts.examples, kind, cure_of_days)}",
            ("columns", column) if column in extract.columns else (),
        )
        yield problem, texts.count


def _unread(rows: Table, column: str) -> Unread | None:
    pattern = rf"(?:^|; ){column}='((?s:.*?))'(?:; [a-z_]+='|$)"
    broken = rows.filter(rows.unreadable.re_search(pattern))
    texts = broken.select(text=rows.unreadable.re_extract(pattern, 1), file=rows.source_file, row=rows.source_row)
    few = texts.order_by("file", "row").limit(MOST_TEXTS).to_pyarrow().to_pylist()
    if not few:
        return None
    first = (few[0]["text"], few[0]["file"], few[0]["row"])
    return Unread(first, tuple(row["text"] for row in few), int(texts.count().to_pyarrow().as_py()))


def _ends(extract: Extract) -> set[str]:
    return {column.name for column in extract.shared.columns if column.is_open_if_empty} if extract.shared else set()


def _patterns_in_use(rows: Table, extract: Extract, kinds: dict[str, Kind]) -> tuple[str, ...]:
    """The patterns by which days are read: those that are declared, and those that are not where they have read one."""
    if "dates" in extract.read.model_fields_set:
        return extract.read.dates
    are_read = [rows[column].count() for column, kind in kinds.items() if kind == "date" and column in extract.columns]
    return extract.read.dates if rows.aggregate(days=sum(are_read)).to_pyarrow()["days"][0].as_py() else ()


def _cure(texts: Sequence[str], kind: Kind, cure_of_days: str | None) -> str:
    """What to write, guessed from the texts themselves; for days, from those of all columns, which are read alike."""
    if kind == "date":
        guessed = _cure_of_open_ends(texts) or cure_of_days
    else:
        guessed = _cure_of_truth(texts) if kind == "boolean" else _cure_of_numbers(texts) if kind in NUMBERS else None
    if guessed:
        return f"write {guessed}"
    return cure_of(texts[0], is_day=kind == "date") or "name another column, mend the values, or declare how they are written under `read`"


def _cure_of_open_ends(texts: Sequence[str]) -> str | None:
    stand_ins = {text.strip() for text in texts}
    if len(stand_ins) == 1 and STANDS_FOR_OPEN.fullmatch(stand_in := stand_ins.pop()):
        return f'`read: {{open_ended: ["{stand_in}"]}}`'
    return None


def _cure_of_days(texts: Sequence[str], in_use: Sequence[str], *, first_year: int) -> str | None:
    days = days_of(text for text in texts if not is_reason(text) and not STANDS_FOR_OPEN.fullmatch(text.strip()))
    if not days.patterns:
        return None
    patterns = ", ".join(f'"{pattern}"' for pattern in dict.fromkeys((*in_use, *days.patterns)))
    century = f", two_digit_years_from: {first_year}" if any("%y" in pattern for pattern in days.patterns) else ""
    other = f' (or, if the month comes first, "{days.could_also_be}")' if days.could_also_be else ""
    return f"`read: {{dates: [{patterns}]{century}}}`{other}"


def _cure_of_numbers(texts: Sequence[str]) -> str | None:
    marks = marks_of(text for text in texts if not is_reason(text))
    if marks is None:
        return None
    thousands = f', thousands: "{marks.thousands}"' if marks.thousands else ""
    return f'`read: {{decimal: "{marks.decimal}"{thousands}}}`' if thousands or marks.decimal != "." else None


def _cure_of_truth(texts: Sequence[str]) -> str | None:
    few = sorted({text.strip().lower() for text in texts})
    if len(few) > MOST_ANSWERS or any(len(text) > LONGEST_ANSWER or not re.fullmatch(r"[\w ]+", text) for text in few):
        return None
    return f"`read: {{true_texts: [...], false_texts: [...]}}` with {', '.join(few)} in the one or the other"
