"""How ids that nobody knows differ from those that the company knows: what both have in common but for a way of writing."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.failure_details import shape_of
from expectations.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import Table

SHORT_ID = 15
"""Letters of a Salesforce id without the three that make it independent of capitals."""


@dataclass(frozen=True)
class Likeness:
    """A way of writing that two ids may differ in."""

    difference: str
    plain: Callable[[Any], Any]
    """The id without it."""
    expression: str | None
    """SQL that takes it out of a column; none: a setting does."""
    where: str
    """Where to write that, or the setting."""


LIKENESSES = (
    Likeness("in capitals and small letters", lambda text: text.lower(), None, "`ids: {case: lower}` in definitions.yaml"),
    Likeness(
        "in leading zeros",
        lambda text: text.re_replace("^0+", ""),
        "ltrim({}, '0')",
        "in the one that has them, or export it with them",
    ),
    Likeness(
        "in blanks, hyphens and other marks",
        lambda text: text.re_replace(r"[^\pL\pN]", "").lower(),
        "regexp_replace({}, '[^0-9A-Za-z]', '', 'g')",
        "in both",
    ),
    Likeness(
        "in the letters around the number",
        lambda text: text.re_replace("[^0-9]", "").re_replace("^0+", ""),
        "regexp_replace({}, '[^0-9]', '', 'g')",
        "in the one that has letters",
    ),
    Likeness(
        f"behind the first {SHORT_ID} letters",
        lambda text: (text.length() >= SHORT_ID).ifelse(text.left(SHORT_ID), ""),
        f"left({{}}, {SHORT_ID})",
        "in the one that has longer ids",
    ),
)
"""From the least to the most that is taken away; the first by which most match is named."""
WORTH_NAMING = 0.2
"""A likeness of a smaller part of the ids is chance."""


def replacing(extract: str, column: str, expression: str) -> str:
    """The line of sources.yaml by which a column is read as an expression of itself."""
    quoted = f'"{column}"'
    return f"`sql: SELECT * REPLACE ({expression.format(quoted)} AS {quoted}) FROM {extract}`"  # noqa: S608 - shown, not run


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
    sql = f"{replacing(extract, theirs, likeness.expression)} " if likeness.expression else ""
    return f"{counts[most]:,} of {counted(count, 'id')} differ only {likeness.difference}; write {sql}{likeness.where}"


def _matches(ids: Table, own: Table, plain: Callable[[Any], Any]) -> Table:
    """Ids that are a customer's once both are written plainly."""
    plainly = own.select(plain=plain(own.one)).filter(lambda row: row.plain != "").distinct()
    return ids.filter(plain(ids.one).isin(plainly.plain))
