"""The judge: how many rows of a table break each rule, as Great Expectations counts them on DuckDB."""

from __future__ import annotations

import logging
import os
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from pyarrow import parquet

from expectations.checks import check_of
from expectations.failure_details import Evaluation, verdict
from expectations.suites import ledger_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation
    from ibis.backends.duckdb import Backend

    from config.definitions import Definitions
    from expectations.rule import Condition, Rule
    from expectations.verdict import RuleResult

JUDGED_LEDGER = "judged_ledger"
"""What the ledger that is judged is called in the database."""
NOT_EVALUATED = "the judge cannot evaluate it on these columns (a pattern that is none, or a column that is not there)"
"""Said instead of the judge's own words, which may quote the data."""
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


def view_of_file(connection: Backend, name: str, path: Path, *, options: str = "") -> None:
    """Give a Parquet file a name in the connection's database, where the judge, on a connection of its own, sees it too."""
    quoted = str(path).replace("'", "''")
    connection.con.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{quoted}'{options})")  # noqa: S608 - quoted


def evaluate_rules(connection: Backend, rules: Sequence[Rule], table: str) -> dict[str, Evaluation]:
    """How many rows of a table break each rule, by the rule's full id: one evaluation for every rule, or an error.

    `table` is a table or view of the connection's own database, not a temporary one. The judge counts by its own expectations, in
    the rows' own columns; what it counts of one set of rows it asks in one query. RuntimeError is raised where it lost a rule.
    """
    if not rules:
        return {}
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    from expectations.duckdb_engine import validator_of  # noqa: PLC0415 - it takes seconds to import, so only who judges pays

    with validator_of(connection.con, table) as validator:
        configurations = [expectation_of(rule).configuration for rule in rules]
        results = validator.graph_validate(configurations, runtime_configuration={"result_format": COUNTS_ONLY})
    # Results come in another order when one errors; rules are known by their ids.
    evaluations = {_rule_id(result): evaluation_of(result) for result in results}
    expected = [rule.full_id for rule in rules]
    if not len(results) == len(evaluations) == len(expected):
        missing = ", ".join(sorted(set(expected) - set(evaluations))) or "none"
        raise RuntimeError(f"{len(expected)} rules were given to the judge, {len(results)} came back; missing: {missing}")
    return {rule_id: evaluations[rule_id] for rule_id in expected}


def expectation_of(rule: Rule) -> Expectation:
    """The rule as the judge's own object; a suite read from text would drop a kind that it does not know."""
    from great_expectations.expectations.registry import get_expectation_impl  # noqa: PLC0415 - see above

    condition = {"row_condition": reduce(and_, map(_condition_of, rule.only_where))} if rule.only_where else {}
    check = check_of(rule)
    return get_expectation_impl(check.expectation)(
        **check.arguments(rule),
        **condition,
        meta={"rule_id": rule.full_id},
    )


def _condition_of(condition: Condition) -> Any:  # noqa: ANN401 - the judge's own type of condition
    from great_expectations.expectations.row_conditions import Column  # noqa: PLC0415 - see above

    column, value = Column(condition.column), condition.value
    comparisons: Mapping[str, Callable[[], Any]] = {
        "is": lambda: column == value,
        "is_one_of": lambda: column.is_in(value),
        "is_recorded": lambda: column.is_not_null() if value else column.is_null(),
        "at_least": lambda: column >= value,
        "at_most": lambda: column <= value,
    }
    return comparisons[condition.comparison]()


def _rule_id(result: ExpectationValidationResult) -> str:
    configuration = result.expectation_config
    assert configuration is not None, "a result without its expectation belongs to no rule"
    return str((configuration.meta or {})["rule_id"])


def evaluation_of(result: ExpectationValidationResult) -> Evaluation:
    """What was found; a rule that could not be judged is neither kept nor broken, whatever its severity."""
    if _has_raised(result.exception_info or {}) or not result.result:
        return Evaluation("errored", 0, error=NOT_EVALUATED)
    observed = result.result.get("observed_value")
    count = result.result.get("unexpected_count")
    if count is None:
        is_counted = result.expectation_config is not None and result.expectation_config.type == "unexpected_rows_expectation"
        count = int(observed or 0) if is_counted else int(not result.success)
    return Evaluation("kept" if result.success else "broken", int(count), observed=observed)


def _has_raised(information: dict[str, Any]) -> bool:
    raised = [information] if "raised_exception" in information else list(information.values())
    return any(one.get("raised_exception") for one in raised)


def validate_ledger(connection: Backend, path: Path, *, definitions: Definitions) -> tuple[RuleResult, ...]:
    """Every rule about the ledger of a period, with what was found; all of them stop where they are broken."""
    rules = ledger_rules(definitions)
    view_of_file(connection, JUDGED_LEDGER, path)
    evaluations = evaluate_rules(connection, rules, JUDGED_LEDGER)
    rows_count = parquet.read_metadata(path).num_rows
    return tuple(verdict(rule, evaluations[rule.full_id], rows_count=rows_count) for rule in rules)
