"""A rule as it is written in YAML, and as the judge gets it: every word known, every value in place."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from config.datasets import RECURS
from config.definitions import IfBroken
from config.yaml_file import CompanyFolderError, YamlModel, read_yaml
from expectations.checks import CHECKS, MANY, Check
from expectations.rule import COMPARISONS, Condition, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from config.datasets import Kind
    from config.definitions import Definitions
    from expectations.rule import Run

CUSTOMERS_OWN: frozenset[str] = frozenset({"customer_name", "comment"})
"""Columns of text whose values are never shown on a page."""


class WrittenRule(YamlModel):
    """One rule, as it is written; its name is its id."""

    says: str
    """What is asked, as a sentence."""
    why: str
    """What goes wrong where it is broken."""
    check: str
    """The kind of check, see expectations/checks.py."""
    column: str | None = None
    columns: tuple[str, ...] = ()
    """Instead of `column`, for a check of several columns."""
    parameters: dict[str, Any] = {}
    """What the check needs; a value may be taken from elsewhere: `{from: run.as_of, days_earlier: 31}`."""
    only_where: dict[str, Any] = {}
    """Column: value, list of values, or one of `{is_recorded: true}`, `{at_least: ...}`, `{at_most: ...}`."""
    if_broken: IfBroken
    """stop the run, set_aside the rows, or note it."""


class RuleFile(YamlModel):
    """One file of shared rules."""

    about: str
    """What the rules of this file are for."""
    rules: dict[str, dict[str, WrittenRule]]
    """Shared table, or `every_extract`: id of the rule: the rule."""


@dataclass(frozen=True)
class RuleTarget:
    """Where a rule is written, to say so when it cannot be used."""

    id: str
    table: str
    path: Path | None = None
    location: tuple[str | int, ...] = ()

    def line(self, *within: str | int) -> int:
        """Its line in the file; 1 where there is no file."""
        # Read only now: no rule has a problem in most runs.
        return read_yaml(self.path).line((*self.location, *within)) if self.path else 1

    def problem(self, sentence: str, *within: str | int) -> str:
        """A sentence about the rule, with file and line."""
        where = f"{self.path}:{self.line(*within)}: " if self.path else ""
        return f"{where}rule {self.table}.{self.id}: {sentence}"


def values_from(definitions: Definitions | None, run: Run) -> dict[str, Any]:
    """The values that a rule may take from elsewhere, so that nothing is typed twice."""
    return {
        "datasets.recurring_per": RECURS,
        "definitions.currency": definitions.currency if definitions else "EUR",
        "definitions.reason_codes": definitions.reason_codes if definitions else (),
        "definitions.staying_reason_codes": definitions.staying_reason_codes if definitions else (),
        "run.as_of": run.as_of,
        "run.covers_through": run.covers_through,
    }


@dataclass(frozen=True)
class RuleReader:
    """Makes rules for one table ready, and says what is wrong with those that cannot be."""

    table: str
    kinds: Mapping[str, Kind]
    """The table's columns, and of which kind each is."""
    values: Mapping[str, Any]
    """What a rule may take from elsewhere."""
    showable: frozenset[str] = frozenset()
    """Columns whose values may be shown on a page."""

    def rule(self, written: WrittenRule, at: RuleTarget) -> Rule:
        """The rule, ready to be judged; raises CompanyFolderError with every problem of it, by file and line."""
        problems = [at.problem(sentence, *location) for sentence, *location in self._problems(written)]
        if problems:
            raise CompanyFolderError(problems)
        return Rule(
            id=at.id,
            table=self.table,
            says=written.says,
            why=written.why,
            check=written.check,
            columns=_columns(written),
            parameters={name: self._value(value, self._parameter_kind(written)) for name, value in written.parameters.items()},
            only_where=tuple(self._condition(column, criterion) for column, criterion in written.only_where.items()),
            if_broken=written.if_broken,
            showable=self.showable & {*_columns(written)},
        )

    def _problems(self, written: WrittenRule) -> Iterator[tuple[str, *tuple[str | int, ...]]]:
        check = CHECKS.get(written.check)
        if check is None:
            yield f"there is no check `{written.check}`{did_you_mean(written.check, CHECKS)}", "check"
            return
        problems = [*self._column_problems(written, check), *_name_problems(written, check), *self._source_problems(written)]
        yield from problems or [*self._value_problems(written), *self._condition_problems(written)]
        if check.is_about == "table" and written.if_broken == "set_aside":
            yield f"`{written.check}` is about the whole table and sets no row aside; expected stop or note", "if_broken"
        if check.judges == "all rows" and written.if_broken == "set_aside":
            yield f"`{written.check}` finds older versions, which are superseded anyway; expected stop or note", "if_broken"
        if written.only_where and not check.is_conditional:
            yield f"`{written.check}` looks at every row; remove `only_where`", "only_where"

    def _column_problems(self, written: WrittenRule, check: Check) -> Iterator[tuple[str, str]]:
        columns = _columns(written)
        wanted = "two or more columns" if check.columns_count == MANY else f"{check.columns_count} column(s)"
        if len(columns) != check.columns_count and not (check.columns_count == MANY and len(columns) > 1):
            yield f"`{written.check}` needs {wanted}, found {len(columns)}", "check"
        for column in (*columns, *written.only_where):
            if column not in self.kinds:
                setting = "only_where" if column in written.only_where else "column" if written.column else "columns"
                yield f"{self.table} has no column `{column}`{did_you_mean(column, self.kinds)}", setting
            elif column in columns and check.kinds is not None and self.kinds[column] not in check.kinds:
                yield f"`{written.check}` cannot be asked of `{column}`, which is a column of kind {self.kinds[column]}", "check"

    def _source_problems(self, written: WrittenRule) -> Iterator[tuple[str, str, str]]:
        written_values = {("parameters", name): value for name, value in written.parameters.items()}
        written_values |= {
            ("only_where", column): next(iter(value.values())) for column, value in written.only_where.items() if _is_comparison(value)
        }
        for location, value in written_values.items():
            if not isinstance(value, dict):
                continue
            source = value.get("from")
            if source not in self.values:
                yield f"`{location[1]}`: there is no value to take from `{source}`{did_you_mean(str(source), self.values)}", *location
            elif not _is_source(value):
                yield f"`{location[1]}`: beside `from` only `days_earlier` is known, a number of days before a day", *location

    def _value_problems(self, written: WrittenRule) -> Iterator[tuple[str, str, str]]:
        kind = self._parameter_kind(written)
        values = {name: self._value(value, kind) for name, value in written.parameters.items()}
        for name, value in values.items():
            if not _fits(name, value, kind):
                yield (
                    f"`{name}`: expected {EXPECTED.get(name, f'a value for a column of kind {kind}')}, found {value!r}",
                    "parameters",
                    name,
                )
        low, high = values.get("min", values.get("above")), values.get("max")
        if low is not None and high is not None and type(low) is type(high) and low > high:
            yield f"the smallest value allowed, {low}, is larger than the largest, {high}", "parameters", "max"

    def _condition_problems(self, written: WrittenRule) -> Iterator[tuple[str, str, str]]:
        for column, criterion in written.only_where.items():
            if isinstance(criterion, dict) and not _is_comparison(criterion):
                yield (
                    f"`only_where`: expected one of {', '.join(COMPARISONS)}, found {', '.join(map(str, criterion))}",
                    "only_where",
                    column,
                )
                continue
            condition = self._condition(column, criterion)
            kind: Kind = "boolean" if condition.comparison == "is_recorded" else self.kinds[column]
            if not _fits("values" if condition.comparison == "is_one_of" else "", condition.value, kind):
                yield f"`only_where`: {condition.value!r} is no value for `{column}`, which is of kind {kind}", "only_where", column

    def _condition(self, column: str, criterion: Any) -> Condition:  # noqa: ANN401 - YAML holds any value
        kind = self.kinds[column]
        if isinstance(criterion, dict):
            ((comparison, value),) = criterion.items()
            return Condition(column, comparison, self._value(value, kind))
        return Condition(column, "is_one_of" if isinstance(criterion, list) else "is", self._value(criterion, kind))

    def _parameter_kind(self, written: WrittenRule) -> Kind:
        counts = CHECKS[written.check].columns_count == 0 or written.check == "has_length_between"
        return "integer" if counts else self.kinds[_columns(written)[0]]

    def _value(self, written: Any, kind: Kind) -> Any:  # noqa: ANN401 - YAML holds any value
        if isinstance(written, dict):
            value = self.values[written["from"]]
            return value - timedelta(days=written["days_earlier"]) if "days_earlier" in written else value
        if isinstance(written, list):
            return tuple(_exact(value, kind) for value in written)
        return _exact(written, kind)


EXPECTED = {"values": "a list of values of the column's kind", "pattern": "a regular expression"}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The nearest name, or every name there is."""
    close = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean `{close[0]}`?" if close else f"; expected one of: {', '.join(sorted(names))}"


def _columns(written: WrittenRule) -> tuple[str, ...]:
    return ((written.column,) if written.column else ()) + written.columns


def _name_problems(written: WrittenRule, check: Check) -> Iterator[tuple[str, ...]]:
    for name in sorted(set(written.parameters) - check.parameters):
        knows = did_you_mean(name, check.parameters) if check.parameters else "; it knows none"
        yield f"`{written.check}` has no parameter `{name}`{knows}", "parameters", name
    for name in sorted(check.required - set(written.parameters)):
        yield f"`{written.check}` needs the parameter `{name}`; add it", "check"
    if check.any_of and not check.any_of & set(written.parameters):
        yield f"`{written.check}` needs one of the parameters {', '.join(sorted(check.any_of))}; add it", "check"
    if {"min", "above"} <= set(written.parameters):
        yield "has both `min` and `above`; keep one", "parameters"


def _is_comparison(criterion: object) -> bool:
    return isinstance(criterion, dict) and len(criterion) == 1 and next(iter(criterion)) in COMPARISONS


def _is_source(value: dict[str, Any]) -> bool:
    if set(value) == {"from"}:
        return True
    return set(value) == {"from", "days_earlier"} and isinstance(value["days_earlier"], int) and value["from"].startswith("run.")


def _exact(value: object, kind: Kind) -> object:
    """A number with a decimal point stays exact; a day is a day."""
    if kind == "date" and isinstance(value, str):
        return _day(value)
    return Decimal(str(value)) if isinstance(value, float) else value


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _fits(name: str, value: object, kind: Kind) -> bool:
    if name == "values":
        return isinstance(value, tuple) and all(_fits("", one, kind) for one in value)
    if name == "pattern":
        return isinstance(value, str) and _is_pattern(value)
    if kind in {"amount", "rate"}:
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, {"date": date, "boolean": bool}.get(kind, str))


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
