"""The judge: how many rows of a table break each rule, as Great Expectations counts them on DuckDB."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from pyarrow import parquet

from config.process_ids import own_mark
from expectations.checks import KNOWN_CUSTOMERS, check_of
from expectations.failure_details import Evaluation, verdict
from expectations.suites import ledger_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation

    from config.definitions import Definitions
    from config.settings import Settings
    from expectations.rule import Condition, Rule
    from expectations.verdict import RuleResult

JUDGED = "judged"
"""The view of the table that is judged, in the judge's own database."""
NOT_EVALUATED = "the judge cannot evaluate it on these columns (a pattern that is none, or a column that is not there)"
"""Said instead of the judge's own words, which may quote the data."""
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}


def evaluate_rules(
    rules: Sequence[Rule], table: Path, *, known_customers: Path | None = None, settings: Settings | None = None
) -> dict[str, Evaluation]:
    """How many rows of a Parquet file break each rule, by the rule's full id: one judgement for every rule, or an error.

    A data context and a data source of its own for every call: shared ones hand out each other's results.
    """
    views = {JUDGED: table} | ({KNOWN_CUSTOMERS: known_customers} if known_customers else {})
    if not rules:
        return {}
    with batch_of(views, settings) as batch:
        return judge_batch(rules, batch)


def judge_batch(rules: Sequence[Rule], batch: Batch) -> dict[str, Evaluation]:
    """One judgement for every rule; raises RuntimeError where the judge lost one."""
    import great_expectations as gx  # noqa: PLC0415 - it takes seconds to import, so only who judges pays

    suite = gx.ExpectationSuite(name=f"suite-{uuid.uuid4()}", expectations=[expectation_of(rule) for rule in rules])
    results = batch.validate(suite, result_format=COUNTS_ONLY).results
    # Results come in another order when one errors; rules are known by their ids.
    found = {_rule_id(result): judgement_of(result) for result in results}
    asked = [rule.full_id for rule in rules]
    if not len(results) == len(found) == len(asked):
        missing = sorted(set(asked) - set(found))
        raise RuntimeError(f"{len(asked)} rules were given to the judge, {len(results)} came back; missing: {', '.join(missing) or 'none'}")
    return {rule_id: found[rule_id] for rule_id in asked}


def expectation_of(rule: Rule) -> Expectation:
    """The rule as the judge's own object; a suite read from text would drop a kind that it does not know."""
    from great_expectations.expectations.registry import get_expectation_impl  # noqa: PLC0415 - see above

    condition = {"row_condition": reduce(and_, map(_condition_of, rule.only_where))} if rule.only_where else {}
    check = check_of(rule)
    return get_expectation_impl(check.expectation)(
        **check.arguments(rule),
        **condition,
        description=rule.says,
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


def judgement_of(result: ExpectationValidationResult) -> Evaluation:
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


@contextmanager
def batch_of(views: Mapping[str, Path], settings: Settings | None) -> Iterator[Batch]:
    """The first view as the judge takes it, in a database of its own that is gone afterwards."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    from expectations.duckdb_engine import DuckDBDatasource  # noqa: PLC0415 - see above

    name = f"judge_{uuid.uuid4().hex}"
    spill = tempfile.mkdtemp(prefix=f"customer-math-{own_mark()}")
    described = {"name": name, "connection_string": f"duckdb:///:memory:{name}"}
    source = _quiet_context().add_datasource(datasource=DuckDBDatasource.parse_obj(described))
    assert isinstance(source, DuckDBDatasource)
    try:
        with source.get_execution_engine().get_connection() as connection:
            for statement in (*_engine_settings(spill, settings), *map(_view, views, views.values())):
                connection.exec_driver_sql(statement)
            # The judge opens a second connection to the same database, which sees what is committed.
            connection.commit()
        asset = source.add_table_asset(JUDGED, table_name=JUDGED)
        yield asset.add_batch_definition_whole_table(JUDGED).get_batch()
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()
        shutil.rmtree(spill, ignore_errors=True)


def _quiet_context() -> Any:  # noqa: ANN401 - its type would import the judge
    import great_expectations as gx  # noqa: PLC0415 - see above
    from great_expectations.data_context.types.base import (  # noqa: PLC0415 - see above
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    kept_in_memory = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    configuration = DataContextConfig(
        store_backend_defaults=kept_in_memory, progress_bars=ProgressBarsConfig(globally=False), analytics_enabled=False
    )
    return gx.get_context(mode="ephemeral", project_config=configuration)


def _engine_settings(spill: str, settings: Settings | None) -> Iterator[str]:
    yield f"SET temp_directory = {_quoted(spill)}"
    if settings:
        yield f"SET memory_limit = {_quoted(settings.memory_limit)}"
        if settings.threads:
            yield f"SET threads = {settings.threads}"


def _view(name: str, path: Path) -> str:
    return f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_quoted(str(path))})"  # noqa: S608 - quoted


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def judge_ledger(path: Path, *, definitions: Definitions, settings: Settings | None = None) -> tuple[RuleResult, ...]:
    """Every rule about the ledger of a period, with what was found; all of them stop where they are broken."""
    rules = ledger_rules(definitions)
    judgements = evaluate_rules(rules, path, settings=settings)
    rows_count = parquet.read_metadata(path).num_rows
    return tuple(verdict(rule, judgements[rule.full_id], rows_count=rows_count) for rule in rules)
