"""Values that could not be read, and the line of sources.yaml by which they can be."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

import re
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


def unreadable_values(rows: Table, name: str, extract: Extract, *, kinds: dict[str, Kind]) -> Iterator[tuple[Problem, int]]:
    """A problem for every column of which some values could not be read, and in how many rows."""
    for column, kind in kinds.items():
        pattern = rf"(?:^|; ){column}='((?s:.*?))'(?:; [a-z_]+='|$)"
        broken = rows.filter(rows.unreadable.re_search(pattern))
        texts = broken.select(text=rows.unreadable.re_extract(pattern, 1), file=rows.source_file, row=rows.source_row)
        few = texts.order_by("file", "row").limit(MOST_TEXTS).to_pyarrow().to_pylist()
        if few:
            count = int(texts.count().to_pyarrow().as_py())
            written = "; ".join(dict.fromkeys(shape_of(each["text"]) for each in few[:1]))
            shown = few[0]["text"] if is_reason(few[0]["text"]) else f"written as {written}"
            theirs = extract.columns.get(column, extract.constants.get(column, column))
            problem = Problem(
                name,
                f"{name}: `{theirs}`: expected {KIND_NAMES.get(kind, 'a value')} for {column}, found {counted(count, 'row')} with "
                f"something else, first in {few[0]['file']} row {few[0]['row']}: {shown}; "
                f"{_cure([each['text'] for each in few], kind, extract)}",
                ("columns", column) if column in extract.columns else (),
            )
            yield problem, count


def _cure(texts: Sequence[str], kind: Kind, extract: Extract) -> str:
    """What to write, guessed from the texts themselves."""
    guesses = {"date": _cure_of_days, "boolean": _cure_of_truth}
    guessed = guesses[kind](texts, extract) if kind in guesses else _cure_of_numbers(texts) if kind in NUMBERS else None
    if guessed:
        return f"write {guessed}"
    return cure_of(texts[0], is_day=kind == "date") or "name another column, mend the values, or declare how they are written under `read`"


def _cure_of_days(texts: Sequence[str], extract: Extract) -> str | None:
    stand_ins = sorted({text.strip() for text in texts})
    if len(stand_ins) == 1 and STANDS_FOR_OPEN.fullmatch(stand_ins[0]):
        return f'`read: {{open_ended: ["{stand_ins[0]}"]}}`'
    days = days_of(text for text in texts if not is_reason(text))
    if not days.patterns:
        return None
    declared = extract.read.dates if "dates" in extract.read.model_fields_set else ()
    patterns = ", ".join(f'"{each}"' for each in dict.fromkeys((*declared, *days.patterns)))
    century = ", two_digit_years_from: 1970" if any("%y" in each for each in days.patterns) else ""
    other = f' (or, if the month comes first, "{days.could_also_be}")' if days.could_also_be else ""
    return f"`read: {{dates: [{patterns}]{century}}}`{other}"


def _cure_of_numbers(texts: Sequence[str]) -> str | None:
    marks = marks_of(text for text in texts if not is_reason(text))
    if marks is None:
        return None
    thousands = f', thousands: "{marks.thousands}"' if marks.thousands else ""
    return f'`read: {{decimal: "{marks.decimal}"{thousands}}}`' if thousands or marks.decimal != "." else None


def _cure_of_truth(texts: Sequence[str], _extract: Extract) -> str | None:
    few = sorted({text.strip().lower() for text in texts})
    if len(few) > MOST_ANSWERS or any(len(text) > LONGEST_ANSWER or not re.fullmatch(r"[\w ]+", text) for text in few):
        return None
    return f"`read: {{true_texts: [...], false_texts: [...]}}` with {', '.join(few)} in the one or the other"
