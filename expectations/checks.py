"""The checks that a rule may name: what each asks, what it needs, and how the judge calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from config.datasets import Kind
    from expectations.rule import Rule

MANY = -1
"""As the number of columns of a check: two or more."""
CUSTOMERS_VIEW = "known_customers"
"""The view of the customers whom the company knows, in the database where the judge looks."""
ORDERED: frozenset[Kind] = frozenset({"date", "amount", "integer", "rate"})
TEXTS: frozenset[Kind] = frozenset({"id", "text"})


@dataclass(frozen=True)
class Check:
    """One kind of check: what it asks of a row or of the table, and what a rule must say for it."""

    asks: str
    expectation: str
    """The judge's own name for it."""
    arguments: Callable[[Rule], dict[str, Any]]
    """What the judge is told."""
    columns_count: int = 1
    required: frozenset[str] = frozenset()
    """Parameters that a rule must give."""
    any_of: frozenset[str] = frozenset()
    """Parameters of which a rule must give at least one."""
    kinds: frozenset[Kind] | None = None
    """Kinds of columns that it can be asked of; none: all."""
    is_about: Literal["rows", "table"] = "rows"
    judges: Literal["current rows", "all rows"] = "current rows"
    """Whether older versions of a key are looked at too."""
    is_conditional: bool = True
    """Whether `only_where` may narrow it."""

    @property
    def parameters(self) -> frozenset[str]:
        """Every parameter that it knows."""
        return self.required | self.any_of


def _column(rule: Rule) -> dict[str, Any]:
    return {"column": rule.columns[0]}


def _columns(rule: Rule) -> dict[str, Any]:
    return {"column_list": list(rule.columns)}


def _pair(rule: Rule) -> dict[str, Any]:
    return {"column_A": rule.columns[0], "column_B": rule.columns[1]}


def _bounds(rule: Rule) -> dict[str, Any]:
    above = rule.parameters.get("above")
    return {
        "min_value": rule.parameters.get("min") if above is None else above,
        "max_value": rule.parameters.get("max"),
        **({"strict_min": True} if above is not None else {}),
    }


def _unknown_customers(rule: Rule) -> dict[str, Any]:
    column = rule.columns[0]
    customer_ids = f"SELECT customer_id FROM {CUSTOMERS_VIEW} WHERE customer_id IS NOT NULL"  # noqa: S608 - a constant of this module
    # The loader lets only columns of the table through as names, so nothing that a file says reaches the query unchecked.
    query = f"SELECT {column} FROM {{batch}} WHERE {column} IS NOT NULL AND {column} NOT IN ({customer_ids})"  # noqa: S608 - see above
    return {"unexpected_rows_query": query}


VALUES, PATTERN = frozenset({"values"}), frozenset({"pattern"})
BOUNDS = frozenset({"min", "max"})

CHECKS: dict[str, Check] = {
    "is_recorded": Check("Every row has a value.", "expect_column_values_to_not_be_null", _column),
    "is_empty": Check("No row has a value.", "expect_column_values_to_be_null", _column),
    "is_unique": Check("No value is there twice.", "expect_column_values_to_be_unique", _column),
    "has_one_version": Check(
        "No key is there twice, older versions included.", "expect_column_values_to_be_unique", _column, judges="all rows"
    ),
    "is_unique_together": Check(
        "No combination of values is there twice.", "expect_compound_columns_to_be_unique", _columns, columns_count=MANY
    ),
    "is_one_of": Check(
        "Every value recorded is in the list.",
        "expect_column_values_to_be_in_set",
        lambda rule: {**_column(rule), "value_set": list(rule.parameters["values"])},
        required=VALUES,
    ),
    "is_none_of": Check(
        "No value is in the list.",
        "expect_column_values_to_not_be_in_set",
        lambda rule: {**_column(rule), "value_set": list(rule.parameters["values"])},
        required=VALUES,
    ),
    "is_between": Check(
        "Every value recorded lies within the bounds, both included (`above`: more than that).",
        "expect_column_values_to_be_between",
        lambda rule: {**_column(rule), **_bounds(rule)},
        any_of=BOUNDS | {"above"},
        kinds=ORDERED,
    ),
    "matches": Check(
        "The pattern is found in every value recorded.",
        "expect_column_values_to_match_regex",
        lambda rule: {**_column(rule), "regex": rule.parameters["pattern"]},
        required=PATTERN,
        kinds=TEXTS,
    ),
    "does_not_match": Check(
        "The pattern is found in no value.",
        "expect_column_values_to_not_match_regex",
        lambda rule: {**_column(rule), "regex": rule.parameters["pattern"]},
        required=PATTERN,
        kinds=TEXTS,
    ),
    "has_length_between": Check(
        "Every text recorded has so many characters.",
        "expect_column_value_lengths_to_be_between",
        lambda rule: {**_column(rule), **_bounds(rule)},
        any_of=BOUNDS,
        kinds=TEXTS,
    ),
    "is_equal_to": Check(
        "The first column equals the second; both may be empty.", "expect_column_pair_values_to_be_equal", _pair, columns_count=2
    ),
    "is_not_before": Check(
        "The first column is not before (not less than) the second, where both are recorded.",
        "expect_column_pair_values_a_to_be_greater_than_b",
        lambda rule: {**_pair(rule), "or_equal": True},
        columns_count=2,
        kinds=ORDERED,
    ),
    "is_known_customer": Check(
        "Every customer recorded is among the company's customers.",
        "unexpected_rows_expectation",
        _unknown_customers,
        kinds=frozenset({"id"}),
        is_conditional=False,
    ),
    "row_count_is_between": Check(
        "The table has so many rows.",
        "expect_table_row_count_to_be_between",
        _bounds,
        columns_count=0,
        any_of=BOUNDS,
        is_about="table",
        is_conditional=False,
    ),
    "latest_is_between": Check(
        "The latest (largest) value lies within the bounds.",
        "expect_column_max_to_be_between",
        lambda rule: {**_column(rule), **_bounds(rule)},
        any_of=BOUNDS,
        kinds=ORDERED,
        is_about="table",
    ),
}


def check_of(rule: Rule) -> Check:
    """The check that a rule asks for."""
    return CHECKS[rule.check]
