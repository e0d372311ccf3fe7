"""What was found, in words: counts, places in the files, and codes that the company itself lists; never what a cell holds."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from config.unreadable_values import cure_of, is_reason
from expectations.checks import check_of
from expectations.text import counted
from expectations.verdict import RuleResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from ibis.expr.types import Table

    from config.datasets import Kind
    from expectations.rule import Rule
    from expectations.verdict import State

LISTED_COUNT = 10
"""So many different values of a code list are named; the others are counted."""
SHOWN_LENGTH = 30
"""So many characters of a value's shape are shown: a shifted column can hold a whole paragraph."""
SHOWN_KINDS: frozenset[Kind] = frozenset({"date", "integer", "rate"})
"""Kinds of values that are shown beside the place of the first row."""
ON_VALUES = frozenset({"is_one_of", "is_none_of", "matches", "does_not_match"})
LISTS_WHAT_BREAKS_IT = "is_none_of"
"""The check whose rule names the very values that break it; what breaks the others is whatever a cell holds."""
AMOUNT, VALUES, FIRST = "its money", "its values", "its first row"
"""What is asked of the rows that break a rule; no column is called so."""
POSITION = ("source_file", "source_row")
QUOTES = "'\""
FIRST_UNREADABLE = re.compile(r"^(?P<column>[a-z_0-9]+)=(?P<value>.*?)(?:; [a-z_0-9]+=|$)", re.DOTALL)


@dataclass(frozen=True)
class Evaluation:
    """What the judge found for one rule."""

    state: State
    unexpected_count: int
    """Rows that break the rule; 1 or 0 for a rule about the whole table."""
    observed: int | date | Decimal | None = None
    """What a rule about the whole table looked at."""
    error: str | None = None
    """Why the rule could not be judged."""


@dataclass(frozen=True)
class BrokenRows:
    """What there is to say about the rows that break one rule."""

    amount: Decimal | None = None
    details: tuple[str, ...] = ()


NO_DETAILS = BrokenRows()


def verdict(rule: Rule, evaluation: Evaluation, *, rows_count: int, broken: BrokenRows = NO_DETAILS) -> RuleResult:
    """One rule with what was found."""
    return RuleResult(
        rule_id=rule.full_id,
        extract=rule.table,
        says=rule.says,
        why=rule.why,
        check=rule.check,
        if_broken=rule.if_broken,
        state=evaluation.state,
        rows_count=rows_count,
        unexpected_count=evaluation.unexpected_count,
        set_aside_count=0,
        amount=broken.amount,
        found=_describe_result(rule, evaluation, rows_count=rows_count, details=broken.details),
        relaxed_because=rule.relaxed_because,
    )


def not_judged(rule: Rule, *, because: str) -> RuleResult:
    """A rule that there is nothing to judge by; it looked at no row and says so."""
    return RuleResult(
        rule_id=rule.full_id,
        extract=rule.table,
        says=rule.says,
        why=rule.why,
        check=rule.check,
        if_broken="note",
        state="kept",
        rows_count=0,
        unexpected_count=0,
        set_aside_count=0,
        amount=None,
        found=f"not judged: {because}",
        relaxed_because=rule.relaxed_because,
    )


def _describe_result(rule: Rule, evaluation: Evaluation, *, rows_count: int, details: Iterable[str]) -> str:
    if evaluation.state == "errored":
        return f"could not be judged: {evaluation.error}"
    if check_of(rule).is_about == "table":
        return _describe_table_result(rule, evaluation)
    if evaluation.state == "kept":
        return f"{counted(rows_count, 'row')}, none breaks it" if rows_count else "no rows to judge"
    return "; ".join([f"{counted(evaluation.unexpected_count, 'row')} of {rows_count:,}", *details])


def _describe_table_result(rule: Rule, evaluation: Evaluation) -> str:
    looked_at = (
        counted(int(str(evaluation.observed)), "row") if rule.check == "row_count_is_between" else f"latest is {evaluation.observed}"
    )
    if evaluation.observed is None:
        looked_at = "no value is recorded"
    if evaluation.state == "kept":
        return looked_at
    labels = {"min": "at least", "max": "at most"}
    return f"{looked_at}; expected {' and '.join(f'{labels[name]} {bound}' for name, bound in rule.parameters.items())}"


@dataclass(frozen=True)
class MarkedRows:
    """Rows that break some rule: for each rule a column, by the rule's full id, says whether a row breaks it."""

    rows: Table
    kinds: Mapping[str, Kind]
    """Their columns, and of which kind each is."""
    amount: str | None
    """The column of their money; none where they carry none."""

    def details(self, rules: Sequence[Rule]) -> dict[str, BrokenRows]:
        """What there is to say about the rows that break each of some rules, by its full id; one query asks about all of them."""
        if not rules:
            return {}
        aggregates = {f"{rule.full_id} {name}": value for rule in rules for name, value in self._aggregates(rule)}
        answers: dict[str, Any] = self.rows.aggregate(**aggregates).to_pyarrow().to_pylist()[0]
        return {rule.full_id: self._broken_rows(rule, _of_rule(answers, rule)) for rule in rules}

    def _aggregates(self, rule: Rule) -> Iterator[tuple[str, Any]]:
        rows, is_broken = self.rows, self.rows[rule.full_id]
        if self.amount:
            yield AMOUNT, rows[self.amount].sum(where=is_broken)
        for name in self._read_from(rule):
            yield name, rows.unreadable.re_search(rf"(^|; ){name}=").sum(where=is_broken)
        if rule.check in ON_VALUES and rule.columns[0] in rule.showable:
            yield VALUES, rows[rule.columns[0]].cast("string").nunique(where=is_broken)
        position = {name: rows[name] for name in POSITION}
        shown = {name: rows[name] for name in self._shown(rule)}
        yield FIRST, ibis.struct({**position, **shown}).argmin(ibis.struct(position), where=is_broken)

    def _broken_rows(self, rule: Rule, answers: Mapping[str, Any]) -> BrokenRows:
        by_column = [f"{count:,} {name}" for name in self._read_from(rule) if (count := answers[name])]
        details = [", ".join(by_column), self._by_value(rule, answers.get(VALUES)), _first(answers[FIRST], self.kinds)]
        return BrokenRows(
            amount=Decimal(answers[AMOUNT] or 0) if self.amount else None,
            details=tuple(detail for detail in details if detail),
        )

    def _read_from(self, rule: Rule) -> list[str]:
        """The columns whose values may be unreadable or missing, where the rule is about those."""
        return [name for name in self.kinds if name != "unreadable"] if rule.columns == ("unreadable",) else []

    def _shown(self, rule: Rule) -> list[str]:
        """The rule's columns whose values are shown beside the place of the first row."""
        return [name for name in rule.columns if name in rule.showable and (self.kinds.get(name) in SHOWN_KINDS or name == "unreadable")]

    def _by_value(self, rule: Rule, values_count: int | None) -> str | None:
        """The codes that break the rule, most frequent first, where the company lists them; of others only how many there are."""
        if values_count is None:
            return None
        if rule.check != LISTS_WHAT_BREAKS_IT:
            return counted(values_count, "different value")
        broken = self.rows.filter(self.rows[rule.full_id])
        values = broken.group_by(value=broken[rule.columns[0]].cast("string")).agg(values_count=broken.count())
        listed = values.order_by(ibis.desc("values_count"), "value").limit(LISTED_COUNT).to_pyarrow().to_pylist()
        others_count = values_count - len(listed)
        others = [f"and {counted(others_count, 'other value')}"] if others_count else []
        return ", ".join([f"{one['values_count']:,} {one['value']!r}" for one in listed] + others)


def _of_rule(answers: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
    """The answers about one rule, by what was asked."""
    return {name.removeprefix(f"{rule.full_id} "): value for name, value in answers.items() if name.startswith(f"{rule.full_id} ")}


def _first(first: Mapping[str, Any], kinds: Mapping[str, Kind]) -> str | None:
    """Where the first such row is, with its value where that is a day or a number, and how it is written where it could not be read."""
    if first["source_file"] is None:
        return None
    values = [_format_value(name, value, kinds) for name, value in first.items() if name not in POSITION and value is not None]
    return f"first in {first['source_file']} row {first['source_row']}" + (f": {', '.join(values)}" if values else "")


def _format_value(name: str, value: Any, kinds: Mapping[str, Kind]) -> str:  # noqa: ANN401 - a day, a number or a text
    if name != "unreadable":
        return f"{name} {value}"
    first = FIRST_UNREADABLE.match(value)
    text = (first["value"] if first else value).strip(QUOTES)
    shown = text if is_reason(text) else f"written as {shape_of(text)}"
    cure = cure_of(text, is_day=first is not None and kinds.get(first["column"]) == "date")
    return f"{shown} ({cure})" if cure else shown


def shape_of(text: str) -> str:
    """How a text is written, without what it says: 2026-02-30 is `9999-99-99`, 4 Feb is `9 aaa`."""
    shape = re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))
    return f"`{shape}`" if len(shape) <= SHOWN_LENGTH else f"`{shape[:SHOWN_LENGTH]}...`"
