"""Which rows break a rule, for every check about rows, as an Ibis expression.

The judge says how many rows break a rule; these expressions say which. Both must agree, row for row: an empty value breaks
only a rule about being recorded, as the judge has it.
"""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import ibis

if TYPE_CHECKING:
    from collections.abc import Callable

    from ibis.expr.types import BooleanValue, Column, StringColumn, Table

    from expectations.rule import Condition, Rule


YES, NO = ibis.literal(value=True), ibis.literal(value=False)


def breaks(rows: Table, rule: Rule, *, customers: Table | None = None) -> BooleanValue:
    """Whether a row breaks the rule; raises KeyError for a check about the whole table."""
    if rule.check == "is_known_customer":
        assert customers is not None, "without the company's customers this rule is not judged"
        column = rows[rule.columns[0]]
        recorded = customers.filter(customers.customer_id.notnull())
        return column.notnull() & ~column.isin(recorded.customer_id)
    looked_at = is_looked_at(rows, rule)
    return looked_at & BREAKS[rule.check](rows, rule, looked_at).fill_null(NO)


def is_looked_at(rows: Table, rule: Rule) -> BooleanValue:
    """Whether the rule's `only_where` lets it look at a row."""
    return reduce(and_, (_holds(rows[condition.column], condition).fill_null(NO) for condition in rule.only_where), YES)


def _holds(column: Column, condition: Condition) -> Any:  # noqa: ANN401 - Ibis types a comparison by its operands
    value = condition.value
    comparisons: dict[str, Callable[[], Any]] = {
        "is": lambda: column == value,
        "is_one_of": lambda: column.isin(value),
        "is_recorded": lambda: column.notnull() if value else column.isnull(),
        "at_least": lambda: column >= value,
        "at_most": lambda: column <= value,
    }
    return comparisons[condition.comparison]()


def _is_missing(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return rows[rule.columns[0]].isnull()


def _is_there(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return rows[rule.columns[0]].notnull()


def _is_repeated(rows: Table, rule: Rule, looked_at: BooleanValue) -> BooleanValue:
    column = rows[rule.columns[0]]
    return column.notnull() & (rows.count(where=looked_at).over(group_by=column) > 1)


def _is_repeated_together(rows: Table, rule: Rule, looked_at: BooleanValue) -> BooleanValue:
    columns = [rows[name] for name in rule.columns]
    some_recorded = ~reduce(and_, (column.isnull() for column in columns))
    return some_recorded & (rows.count(where=looked_at).over(group_by=columns) > 1)


def _is_not_in_list(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    column = rows[rule.columns[0]]
    return column.notnull() & ~column.isin(rule.parameters["values"])


def _is_in_list(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return rows[rule.columns[0]].isin(rule.parameters["values"])


def _is_outside(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return ~_is_within(rows[rule.columns[0]], rule)


def _has_other_length(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    column: StringColumn = rows[rule.columns[0]]
    return ~_is_within(column.length(), rule)


def _is_within(value: Any, rule: Rule) -> BooleanValue:  # noqa: ANN401 - a number or a day
    bounds: dict[str, Callable[[Any], BooleanValue]] = {
        "min": lambda bound: value >= bound,
        "above": lambda bound: value > bound,
        "max": lambda bound: value <= bound,
    }
    return reduce(and_, (bounds[name](bound) for name, bound in rule.parameters.items()))


def _lacks_pattern(rows: Table, rule: Rule, looked_at: BooleanValue) -> BooleanValue:
    return ~_has_pattern(rows, rule, looked_at)


def _has_pattern(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    column: StringColumn = rows[rule.columns[0]]
    return column.re_search(rule.parameters["pattern"])


def _differs(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return ~rows[rule.columns[0]].identical_to(rows[rule.columns[1]])


def _is_before(rows: Table, rule: Rule, _: BooleanValue) -> BooleanValue:
    return rows[rule.columns[0]] < rows[rule.columns[1]]


BREAKS: dict[str, Callable[[Table, Rule, BooleanValue], BooleanValue]] = {
    "is_recorded": _is_missing,
    "is_empty": _is_there,
    "is_unique": _is_repeated,
    "has_one_version": _is_repeated,
    "is_unique_together": _is_repeated_together,
    "is_one_of": _is_not_in_list,
    "is_none_of": _is_in_list,
    "is_between": _is_outside,
    "matches": _lacks_pattern,
    "does_not_match": _has_pattern,
    "has_length_between": _has_other_length,
    "is_equal_to": _differs,
    "is_not_before": _is_before,
}
