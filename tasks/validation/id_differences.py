"""How ids that nobody knows differ from those that the company knows: what both have in common but for a way of writing."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from expectations.failure_details import shape_of
from expectations.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import Table

SHORT_ID = 15
"""Letters of a Salesforce id without the three that make it independent of capitals."""


@dataclass(frozen=True)
class Change:
    """How an extract's own ids become those of customers."""

    expression: str
    """SQL, in which {0} stands for the column and {1} for how many letters every customer's id has."""
    change: Callable[[Any, int], Any]
    """The same as an expression of the engine."""


def _filled(text: Any, width: int) -> Any:  # noqa: ANN401 - Ibis gives columns their types when the table is known
    return ibis.literal("0").repeat(width - text.length()).concat(text)


DIGITS = "regexp_replace({0}, '[^0-9]', '', 'g')"
LEFT = f"left({{0}}, {SHORT_ID})"


@dataclass(frozen=True)
class Likeness:
    """A way of writing that two ids may differ in."""

    difference: str
    plain: Callable[[Any], Any]
    """The id without it."""
    changes: tuple[Change, ...] = ()
    """What makes ids of the extract alone into customers' ids, in the order of preference; the first that does is named."""
    in_both: str = ""
    """SQL that makes both alike, where neither will do by itself; none: a setting does."""


LIKENESSES = (
    Likeness("in capitals and small letters", lambda text: text.lower()),
    Likeness(
        "in leading zeros",
        lambda text: text.re_replace("^0+", ""),
        (
            Change("ltrim({0}, '0')", lambda text, _: text.re_replace("^0+", "")),
            Change("repeat('0', {1} - length({0})) || {0}", _filled),
        ),
        "ltrim({0}, '0')",
    ),
    Likeness(
        "in blanks, hyphens and other marks",
        lambda text: text.re_replace(r"[^\pL\pN]", "").lower(),
        (Change("regexp_replace({0}, '[^0-9A-Za-z]', '', 'g')", lambda text, _: text.re_replace("[^0-9A-Za-z]", "")),),
        "regexp_replace(lower({0}), '[^0-9a-z]', '', 'g')",
    ),
    Likeness(
        "in the letters around the number",
        lambda text: text.re_replace("[^0-9]", "").re_replace("^0+", ""),
        (
            Change(DIGITS, lambda text, _: text.re_replace("[^0-9]", "")),
            Change(f"ltrim({DIGITS}, '0')", lambda text, _: text.re_replace("[^0-9]", "").re_replace("^0+", "")),
            Change(f"repeat('0', {{1}} - length({DIGITS})) || {DIGITS}", lambda text, width: _filled(text.re_replace("[^0-9]", ""), width)),
        ),
        f"ltrim({DIGITS}, '0')",
    ),
    Likeness(
        f"behind the first {SHORT_ID} letters",
        lambda text: (text.length() >= SHORT_ID).ifelse(text.left(SHORT_ID), ""),
        (Change(LEFT, lambda text, _: text.left(SHORT_ID)),),
        LEFT,
    ),
)
"""From the least to the most that is taken away; the first by which most match is named."""
WORTH_NAMING = 0.2
"""A likeness of a smaller part of the ids is chance."""


def replacing(extract: str, column: str, expression: str, *more: object) -> str:
    """The line of sources.yaml by which a column is read as an expression of itself."""
    quoted = f'"{column}"'
    return f"`sql: SELECT * REPLACE ({expression.format(quoted, *more)} AS {quoted}) FROM {extract}`"  # noqa: S608 - shown, not run


def id_difference(rows: Table, column: str, customers: Table, *, extract: str, theirs: str) -> str | None:
    """How the ids of a column that no customer has differ from the customers', in a sentence without an id; none where all match."""
    own = customers.filter(customers.customer_id.notnull()).select(one=customers.customer_id).distinct()
    unknown = rows.filter(rows[column].notnull() & ~rows[column].isin(own.one))
    count = int(unknown[column].nunique().to_pyarrow().as_py())
    if not count:
        return None
    ids = unknown.group_by(one=unknown[column]).agg(rows_count=unknown.count())
    first = unknown.order_by("source_file", "source_row").limit(1).to_pyarrow().to_pylist()[0]
    example = own.order_by("one").limit(1).to_pyarrow().to_pylist()
    customers_are = f", customers' own as {shape_of(example[0]['one'])}" if example else ", and there is no customer at all"
    where = f"first in {first['source_file']} row {first['source_row']}, written as {shape_of(first[column])}{customers_are}"
    return f"{where}; {_likeness(ids, own, count=count, extract=extract, theirs=theirs)}"


def _likeness(ids: Table, own: Table, *, count: int, extract: str, theirs: str) -> str:
    matches = {str(number): _matches(ids, own, likeness.plain) for number, likeness in enumerate(LIKENESSES)}
    counts: dict[str, int] = {number: int(table.count().to_pyarrow().as_py()) for number, table in matches.items()}
    most = max(counts, key=lambda number: counts[number])
    if counts[most] < WORTH_NAMING * count:
        return (
            "they differ in more than how they are written: see that `customer_id` names the right column, and that both exports are whole"
        )
    likeness = LIKENESSES[int(most)]
    cure = _cure(likeness, ids, own, extract=extract, theirs=theirs)
    return f"{counts[most]:,} of {counted(count, 'id')} differ only {likeness.difference}; write {cure}"


def _cure(likeness: Likeness, ids: Table, own: Table, *, extract: str, theirs: str) -> str:
    """The line to write: for this extract where that is enough, for both where it is not."""
    if not likeness.in_both:
        return "`ids: {case: lower}` in definitions.yaml"
    alike = int(_matches(ids, own, likeness.plain).count().to_pyarrow().as_py())
    width = int(own.one.length().max().to_pyarrow().as_py())
    for change in likeness.changes:
        alike_after = ids.filter(change.change(ids.one, width).isin(own.one))
        if int(alike_after.count().to_pyarrow().as_py()) >= alike:
            return replacing(extract, theirs, change.expression, width)
    return f"{replacing(extract, theirs, likeness.in_both)}, and the same for the column of the extract of customers"


def _matches(ids: Table, own: Table, plain: Callable[[Any], Any]) -> Table:
    """Ids that are a customer's once both are written plainly."""
    plainly = own.select(plain=plain(own.one)).filter(lambda row: row.plain != "").distinct()
    return ids.filter(plain(ids.one).isin(plainly.plain))
