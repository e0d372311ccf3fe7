"""What becomes of every row: an older version of a key is superseded, a row that breaks a rule is set aside, the others are used."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from __future__ import annotations

from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING

import ibis

from config.date_patterns import COUNTED, looks_as
from expectations.predicates import breaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, StringColumn, Table, Value

    from expectations.rule import Rule

BETWEEN_RULES = ", "
"""What separates two ids in `broken_rules`."""


@ibis.udf.scalar.builtin(name="try_strptime")
def _read_timestamp(text: str, pattern: str) -> ibis.dtype("timestamp"):  # pyright: ignore[reportInvalidTypeForm] - Ibis reads it
    """The instant that a text says in a pattern, or nothing."""
    raise NotImplementedError


def repeated_keys(rows: Table) -> Table:
    """Keys that are there more than once."""
    keyed = rows.filter(rows.record_key.notnull())
    return keyed.group_by("record_key").having(keyed.count() > 1).agg(versions_count=keyed.count())


def with_age(rows: Table, repeated: Table, *, dates: Sequence[str], is_history: bool = False) -> Table:
    """The rows with `age`: 0 for the latest version of a key, 1 for the one before it; 0 for a row without a repeated key.

    The latest version is the one changed last; where that is not recorded or the same, the one further down in the files.
    Where the versions are a history, those that changed at different instants are all of age 0, except those before one that
    corrects.
    """
    once = rows.filter(~_is_repeated(rows, repeated)).mutate(age=ibis.literal(0, type="int64"))
    return once.union(versions(rows, repeated, dates=dates, is_history=is_history))


def versions(rows: Table, repeated: Table, *, dates: Sequence[str], is_history: bool = False) -> Table:
    """The rows of repeated keys with `age`, as above."""
    several = rows.filter(_is_repeated(rows, repeated))
    changed = when_changed(several, dates)
    latest_first = [ibis.desc(part, nulls_first=False) for part in (*changed, several.source_file, several.source_row)]
    instant, _number, text = changed
    alike = [several.record_key, ibis.coalesce(instant.cast("string"), text)] if is_history else several.record_key
    age = ibis.row_number().over(group_by=alike, order_by=latest_first)
    return several.mutate(age=age + _corrected_by(several, latest_first) if is_history else age)


def _is_repeated(rows: Table, repeated: Table) -> BooleanValue:
    return rows.record_key.notnull() & rows.record_key.isin(repeated.record_key)


def _corrected_by(versions: Table, latest_first: Sequence[Value]) -> Value:
    """How many later versions of the same key correct."""
    later = ibis.window(group_by=versions.record_key, order_by=latest_first, preceding=(None, 1))
    return versions.is_correction.fill_null(False).cast("int64").sum().over(later).fill_null(0)


def when_changed(rows: Table, dates: Sequence[str]) -> tuple[Value, ...]:
    """When a row changed: as an instant where the text says one, else as a number of a version, else as text."""
    text: StringColumn = rows.changed_at
    # What is counted, such as seconds since 1970, is in order as a number.
    patterns = [pattern for pattern in dates if pattern not in COUNTED]
    declared = [
        ibis.cases((text.re_search(looks_as(pattern)), _read_timestamp(text, pattern).cast("timestamp('UTC')"))) for pattern in patterns
    ]
    # The engine takes words such as `infinity` and `epoch` for instants; a row changed at none of them.
    by_itself = ibis.cases((text.re_search(r"^\s*[0-9]"), text.try_cast("timestamp('UTC')")))
    return ibis.coalesce(by_itself, *declared), text.try_cast("decimal(38, 9)"), text


def marked(rows: Table, rules: Sequence[Rule], *, customers: Table | None) -> Table:
    """The rows that break any of the rules: a column for each rule, by its full id, says whether they break it.

    `broken_rules` has the ids of the rules by which a row is set aside, or nothing.
    """
    flags = {rule.full_id: breaks(rows, rule, customers=customers) for rule in rules}
    if not flags:
        return rows.limit(0).mutate(broken_rules=ibis.null("string"))
    flagged = rows.mutate(**flags)
    broken = flagged.filter(reduce(or_, (flagged[name] for name in flags)))
    by_which = [broken[rule.full_id].ifelse(f"{rule.full_id}{BETWEEN_RULES}", "") for rule in rules if rule.if_broken == "set_aside"]
    ids = reduce(add, by_which, ibis.literal(""))
    return broken.mutate(broken_rules=ids.substr(0, ids.length() - len(BETWEEN_RULES)).nullif(""))


def set_aside_by_rule(rows: Table) -> Table:
    """How many of the rows set aside each rule has set aside; a row counts for every rule that it breaks."""
    unnested = rows.select(rule=rows.broken_rules.split(BETWEEN_RULES).unnest())
    return unnested.group_by("rule").agg(rows_count=unnested.count())
