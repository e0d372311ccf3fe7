"""The first rows of an extract before the rules that a run judges it by."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from expectations.blocking_failures import other_than_declared, relaxing
from expectations.checks import CUSTOMERS_VIEW, check_of
from expectations.text import counted
from tasks.looks.meanings import meanings
from tasks.looks.problem import Problem
from tasks.looks.values import unreadable_values
from tasks.validation.id_differences import id_difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.datasets import Kind
    from expectations.failure_details import BrokenRows
    from expectations.rule import Rule
    from tasks.validation.job import ValidationJob
    from tasks.validation.rows import ExtractRows

CUSTOMER_CHECK = "is_known_customer"
IS_READABLE = ("unreadable",)


@dataclass(frozen=True)
class Look:
    """The landed rows of one extract, all or the first, and what is to be judged of them."""

    job: ValidationJob
    rows: ExtractRows
    is_whole: bool
    """Whether all rows of the extract are there, so that its totals can be judged, too."""
    first: str
    """How sentences speak of the rows: `1,000 first rows` or `12 rows`."""

    def problems(self) -> Iterator[Problem]:
        """Every problem and remark."""
        if not self.job.landed.rows_count:
            yield Problem(self.name, f"{self.name}: expected rows, found none below the headings; export it again", ("path",))
            return
        yield from self._readable()
        yield from self._unknown_customers()
        yield from self._broken_rules()
        yield from self._total()
        yield from (Problem(self.name, note, is_remark=True) for note in self.job.landed.advice)
        yield from meanings(self.rows.connection, self.job, older_count=self.rows.older_count, is_whole=self.is_whole)

    @property
    def name(self) -> str:
        """The extract's name."""
        return self.job.landed.extract

    @cached_property
    def _counts(self) -> dict[str, int]:
        """By rule, how many rows break it."""
        rules = self._about_rows
        marks = self.rows.mark(rules)
        counts = {f"{number}": marks[rule.full_id].sum().fill_null(0) for number, rule in enumerate(rules)}
        if not counts:
            return {}
        (sums,) = marks.aggregate(aside=marks.broken_rules.notnull().sum().fill_null(0), **counts).to_pyarrow().to_pylist()
        return {"": sums["aside"], **{rule.full_id: sums[str(number)] for number, rule in enumerate(rules)}}

    @property
    def _about_rows(self) -> list[Rule]:
        return [rule for rule in self.job.judged_rules if check_of(rule).is_about == "rows" and check_of(rule).judges != "all rows"]

    @cached_property
    def _broken(self) -> list[Rule]:
        return [rule for rule in self._about_rows if self._counts.get(rule.full_id)]

    @cached_property
    def _details(self) -> dict[str, BrokenRows]:
        return self.rows.details(self._broken, self.rows.connection.table("marked")) if self._broken else {}

    @property
    def _limit_count(self) -> float:
        """How many of the rows may be set aside before a run is refused."""
        return self.job.company.definitions.rules.largest_set_aside_rate * self.job.landed.rows_count

    def _is_remark(self, rule: Rule) -> bool:
        """Whether so few rows break a rule that a run would go on without them, or it only counts them."""
        if rule.if_broken == "stop":
            return False
        return rule.if_broken == "note" or (self._counts[rule.full_id] <= self._limit_count and self._counts[""] <= self._limit_count)

    def _readable(self) -> Iterator[Problem]:
        if any(rule.columns == IS_READABLE for rule in self._broken):
            for problem, count in unreadable_values(self.rows.landed, self.name, self.job.extract, kinds=self._kinds):
                yield replace(problem, is_remark=count <= self._limit_count)

    @property
    def _kinds(self) -> dict[str, Kind]:
        return {name: kind for name, kind in self.job.kinds.items() if name != "unreadable"}

    def _unknown_customers(self) -> Iterator[Problem]:
        for rule in self._broken:
            if rule.check == CUSTOMER_CHECK and not rule.relaxed_because:
                yield Problem(self.name, self._unknown(rule), ("columns", rule.columns[0]), is_remark=self._is_remark(rule))

    def _unknown(self, rule: Rule) -> str:
        column, customers = rule.columns[0], self.rows.connection.table(CUSTOMERS_VIEW)
        theirs = self.job.extract.columns.get(column, column)
        difference = id_difference(self.rows.landed, column, customers, extract=self.name, theirs=theirs)
        return (
            f"{self.name}: `{theirs}`: expected customers of the extract of customers, found {counted(self._counts[rule.full_id], 'row')} "
            f"of {self.first} whose customer is not there, {difference}; {relaxing(rule.full_id)}"
        )

    def _broken_rules(self) -> Iterator[Problem]:
        """Rules that stand in the way, each by itself, and those by which single rows are set aside, in one sentence."""
        unreadable = {name for name in self._kinds if self._has_unreadable(name)}
        others = [
            rule
            for rule in self._broken
            if rule.columns != IS_READABLE
            and rule.check != CUSTOMER_CHECK
            and rule.if_broken != "note"
            and not set(rule.columns) & unreadable
        ]
        for rule in others:
            if not self._is_remark(rule):
                column = rule.columns[0]
                yield Problem(self.name, self._broken_rule(rule), ("columns", column) if column in self.job.extract.columns else ())
        few = [rule for rule in others if self._is_remark(rule)]
        if few:
            rules = ", ".join(f"{rule.id} ({self._counts[rule.full_id]:,}; {self._details[rule.full_id].details[-1]})" for rule in few)
            yield Problem(self.name, f"{self.name}: some of {self.first} would be set aside, by {rules}", is_remark=True)

    def _broken_rule(self, rule: Rule) -> str:
        details = "; ".join(self._details[rule.full_id].details)
        consequence = "the run stops" if rule.if_broken == "stop" else "they would be set aside"
        return (
            f"{self.name}: rule {rule.full_id}: {rule.says} "
            f"Found {counted(self._counts[rule.full_id], 'row')} of {self.first} that break it"
            f"{f' ({details})' if details else ''}: {consequence}; mend them, or what `columns` names"
        )

    def _has_unreadable(self, column: str) -> bool:
        rule = next((rule for rule in self._broken if rule.columns == IS_READABLE), None)
        return rule is not None and any(f" {column}" in f" {part}" for part in self._details[rule.full_id].details[0].split(", "))

    def _total(self) -> Iterator[Problem]:
        landed, declared = self.job.landed, self.job.declared
        if self.is_whole:
            allowed = [difference for difference in self.job.company.definitions.allowed_differences if difference.extract == self.name]
            totals = {"rows_count": landed.records_count, "amount": landed.source_amount}
            for sentence in other_than_declared(self.name, declared, **totals, allowed=allowed, ended=()):
                yield Problem(self.name, sentence, ("control_total",))
