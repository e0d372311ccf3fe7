"""What the judge must go on doing: right answers on DuckDB, and the same rows as our own predicates."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import pytest

from expectations.checks import CHECKS
from expectations.predicates import BREAKS, breaks
from expectations.rule import Rule, Run
from expectations.rules import RuleReader, RuleTarget, WrittenRule, values_from
from expectations.validator import COUNTS_ONLY, evaluate_rules
from tests.landed_extracts import engine_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from config.datasets import Kind
    from expectations.failure_details import Evaluation

ROWS = 1000
ANY_RUN = Run(as_of=dt.date(2026, 11, 20), covers_through=dt.date(2026, 9, 30))

TRUTH_KNOWN = f"""
SELECT
    CASE WHEN i = {ROWS - 1} THEN 0 ELSE i END AS order_id,                            -- 2 rows share 0
    1 AS line_no,
    CASE WHEN i BETWEEN 10 AND 14 THEN NULL ELSE printf('C%06d', i % 300) END AS customer_id,  -- 5 are empty
    CASE WHEN i < 7 THEN 'bad' || i ELSE 'u' || i || '@example.com' END AS email,      -- 7 are no addresses
    CASE WHEN i BETWEEN 20 AND 22 THEN 'zzz' WHEN i % 2 = 1 THEN 'paid' ELSE 'open' END AS status,  -- 3 are no state
    ['web', 'store', 'app'][i % 3 + 1] AS channel,
    CASE WHEN i BETWEEN 30 AND 33 THEN -1 ELSE 10 + (i % 500) * 0.5 END::DECIMAL(18, 4) AS amount,  -- 4 are negative
    CASE WHEN i BETWEEN 70 AND 72 THEN 51 ELSE 50 END AS share_a, 30 AS share_b, 20 AS share_c,     -- 3 do not add up to 100
    TIMESTAMP '2026-09-01' + to_minutes(i) AS created_at,
    TIMESTAMP '2026-09-01' + to_minutes(i) + to_hours(CASE WHEN i < 6 THEN -1 ELSE 1 END) AS paid_at,  -- 6 paid before
    CASE WHEN i BETWEEN 50 AND 51 THEN '2026-13-45' ELSE printf('2026-01-%02d', i % 28 + 1) END AS day_text,  -- 2 are no days
    CASE WHEN i = 60 THEN '{{no json' ELSE '{{"k": 1}}' END AS payload,                 -- 1 is no JSON
    CASE WHEN i = 80 THEN 99 ELSE i % 11 END AS score,                                 -- 1 is out of range
    'US' AS country,
    CASE WHEN i BETWEEN 40 AND 47 THEN 'CA' ELSE 'US' END AS ship_country,             -- 8 differ
    (TIMESTAMP '2026-11-20' + to_seconds(i))::TIMESTAMPTZ AS updated_at,
    i AS place
FROM range({ROWS}) AS numbers(i)
"""
CUSTOMERS = "SELECT printf('C%06d', i) AS customer_id FROM range(299) AS numbers(i)"  # C000299, there 3 times, is unknown


@dataclass(frozen=True)
class Expected:
    """One expectation, and what is true of the table above."""

    name: str
    arguments: dict[str, Any]
    success: bool
    count: int | None = None
    where: Callable[[Any], Any] | None = None


def case(name: str, *, success: bool, count: int | None = None, where: Callable[[Any], Any] | None = None, **arguments: Any) -> Expected:
    return Expected(name, arguments, success, count, where)


DAY = dt.datetime
RIGHT = [
    case("expect_column_values_to_not_be_null", column="customer_id", success=False, count=5),
    case("expect_column_values_to_not_be_null", column="customer_id", mostly=0.99, success=True, count=5),
    case("expect_column_values_to_be_null", column="customer_id", success=False, count=ROWS - 5),
    case("expect_column_values_to_be_unique", column="order_id", success=False, count=2),
    case("expect_compound_columns_to_be_unique", column_list=["order_id", "line_no"], success=False, count=2),
    case("expect_select_column_values_to_be_unique_within_record", column_list=["country", "ship_country"], success=False, count=992),
    case("expect_column_values_to_be_in_set", column="status", value_set=["paid", "open"], success=False, count=3),
    case("expect_column_values_to_be_in_set", column="status", value_set=[], success=False, count=ROWS),
    case("expect_column_values_to_not_be_in_set", column="status", value_set=["zzz"], success=False, count=3),
    case("expect_column_values_to_match_regex", column="email", regex=r"^[^@\s]+@[^@\s]+\.[a-z]+$", success=False, count=7),
    case("expect_column_values_to_match_regex", column="email", regex="@example", success=False, count=7),
    case("expect_column_values_to_not_match_regex", column="email", regex="^bad", success=False, count=7),
    case(
        "expect_column_values_to_match_regex_list", column="email", regex_list=["@example", "@foo"], match_on="any", success=False, count=7
    ),
    case("expect_column_values_to_match_like_pattern", column="email", like_pattern="%@example.com", success=False, count=7),
    case("expect_column_values_to_be_between", column="amount", min_value=0, max_value=10000, success=False, count=4),
    case("expect_column_values_to_be_between", column="amount", min_value=-1, strict_min=True, success=False, count=4),
    case("expect_column_values_to_be_between", column="score", min_value=0, max_value=10, success=False, count=1),
    case(
        "expect_column_values_to_be_between",
        column="created_at",
        min_value=DAY(2026, 9, 1),
        max_value=DAY(2027, 1, 1),
        success=True,
        count=0,
    ),
    case("expect_column_values_to_be_between", column="created_at", min_value=DAY(2026, 9, 1, 0, 1), success=False, count=1),
    case("expect_column_value_lengths_to_equal", column="customer_id", value=7, success=True, count=0),
    case("expect_column_value_lengths_to_be_between", column="email", min_value=6, max_value=60, success=False, count=7),
    case("expect_column_pair_values_to_be_equal", column_A="country", column_B="ship_country", success=False, count=8),
    case(
        "expect_column_pair_values_a_to_be_greater_than_b", column_A="paid_at", column_B="created_at", or_equal=True, success=False, count=6
    ),
    case("expect_multicolumn_values_to_be_equal", column_list=["country", "ship_country"], success=False, count=8),
    case("expect_multicolumn_sum_to_equal", column_list=["share_a", "share_b", "share_c"], sum_total=100, success=False, count=3),
    case("expect_table_row_count_to_be_between", min_value=900, max_value=1100, success=True),
    case("expect_table_row_count_to_be_between", min_value=ROWS + 1, success=False),
    case("expect_table_row_count_to_equal", value=ROWS, success=True),
    case("expect_column_to_exist", column="email", success=True),
    case("expect_table_columns_to_match_set", column_set=["order_id", "email"], exact_match=False, success=True),
    case("expect_table_column_count_to_equal", value=19, success=True),
    case("expect_column_values_to_be_in_type_list", column="email", type_list=["TEXT", "String"], success=True),
    case("expect_column_values_to_be_in_type_list", column="order_id", type_list=["BIGINT"], success=True),
    case("expect_column_values_to_be_of_type", column="email", type_="BIGINT", success=False),
    case("expect_column_value_z_scores_to_be_less_than", column="score", threshold=10, double_sided=True, success=False, count=1),
    case("expect_column_max_to_be_between", column="score", min_value=0, max_value=10, success=False),
    case("expect_column_min_to_be_between", column="amount", min_value=0, success=False),
    case("expect_column_max_to_be_between", column="created_at", min_value=DAY(2026, 9, 1, 16), success=True),
    case("expect_column_max_to_be_between", column="created_at", min_value=DAY(2026, 9, 1, 17), success=False),
    case("expect_column_max_to_be_between", column="updated_at", min_value=DAY(2026, 11, 19, tzinfo=dt.UTC), success=True),
    case("expect_column_mean_to_be_between", column="amount", min_value=100, max_value=200, success=True),
    case("expect_column_median_to_be_between", column="amount", min_value=100, max_value=200, success=True),
    case("expect_column_stdev_to_be_between", column="amount", min_value=10, max_value=200, success=True),
    case("expect_column_sum_to_be_between", column="amount", min_value=1000, max_value=1000000, success=True),
    case("expect_column_unique_value_count_to_be_between", column="channel", min_value=3, max_value=3, success=True),
    case("expect_column_proportion_of_unique_values_to_be_between", column="email", min_value=0.99, success=True),
    case("expect_column_proportion_of_non_null_values_to_be_between", column="customer_id", min_value=0.99, success=True),
    case("expect_column_distinct_values_to_be_in_set", column="channel", value_set=["web", "store", "app"], success=True),
    case("expect_column_distinct_values_to_equal_set", column="channel", value_set=["web", "store", "app"], success=True),
    case("expect_column_distinct_values_to_contain_set", column="channel", value_set=["web"], success=True),
    case("expect_column_most_common_value_to_be_in_set", column="country", value_set=["US"], success=True),
    case("unexpected_rows_expectation", unexpected_rows_query="SELECT * FROM {batch} WHERE amount < 0", success=False, count=4),
    case(
        "expect_column_values_to_be_between",
        column="amount",
        min_value=0,
        success=False,
        count=2,
        where=lambda column: (column("status") == "paid") & column("channel").is_in(["web", "store", "app"]),
    ),
    case(
        "expect_column_value_lengths_to_equal",
        column="customer_id",
        value=7,
        success=True,
        count=0,
        where=lambda c: c("customer_id").is_not_null(),
    ),
    case(
        "expect_column_values_to_be_between",
        column="score",
        min_value=0,
        max_value=10,
        success=False,
        count=1,
        where=lambda c: c("place") >= 80,
    ),
    case(
        "expect_column_values_to_be_between",
        column="score",
        min_value=0,
        max_value=10,
        success=True,
        count=0,
        where=lambda c: c("place") >= 81,
    ),
    case(
        "expect_column_values_to_be_unique", column="order_id", success=False, count=2, where=lambda c: c("status").is_in(["paid", "open"])
    ),
    case("expect_column_values_to_be_unique", column="order_id", success=True, count=0, where=lambda c: c("place") >= 1),
    case("expect_column_max_to_be_between", column="score", max_value=10, success=True, where=lambda c: c("place") < 80),
]
ERRORS = [
    case("expect_column_values_to_be_json_parseable", column="payload", success=False),
    case("expect_column_values_to_be_dateutil_parseable", column="day_text", success=False),
    case("expect_column_values_to_match_strftime_format", column="day_text", strftime_format="%Y-%m-%d", success=False),
    case("expect_column_values_to_be_increasing", column="place", success=False),
    case("expect_column_values_to_be_unique", column="no_such_column", success=False),
]  # fmt: skip
"""What the judge cannot do on SQL: it must say so each time, never pass."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("truth")
    for name, query in (("orders", TRUTH_KNOWN), ("customers", CUSTOMERS), ("dirty", DIRTY)):
        duckdb.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return {name: folder / f"{name}.parquet" for name in ("orders", "customers", "dirty")}


def evaluations(rules: Sequence[Rule], table: Path, **others: Path) -> dict[str, Evaluation]:
    with engine_with(judged=table, **others) as connection:
        return evaluate_rules(connection, rules, "judged")


@pytest.fixture(scope="module")
def validator(tables: dict[str, Path]) -> Iterator[Any]:
    from expectations.duckdb_engine import validator_of

    with engine_with(judged=tables["orders"]) as connection, validator_of(connection.con, "judged") as validator:
        yield validator


def result_of(validator: Any, expected: Expected) -> dict[str, Any]:
    from great_expectations.expectations.registry import get_expectation_impl
    from great_expectations.expectations.row_conditions import Column

    where = {"row_condition": expected.where(Column)} if expected.where else {}
    expectation = get_expectation_impl(expected.name)(**expected.arguments, **where)
    (result,) = validator.graph_validate([expectation.configuration], runtime_configuration={"result_format": COUNTS_ONLY})
    return result.to_json_dict()


def has_raised(result: dict[str, Any]) -> bool:
    information = result["exception_info"]
    raised = [information] if "raised_exception" in information else information.values()
    return any(one["raised_exception"] for one in raised)


@pytest.mark.parametrize("expected", RIGHT, ids=lambda expected: f"{expected.name}-{expected.count}")
def test_great_expectations_is_right_on_duckdb(validator: Any, expected: Expected) -> None:
    result = result_of(validator, expected)
    found = result["result"].get("unexpected_count", result["result"].get("observed_value") if expected.count is not None else None)
    assert not has_raised(result), json.dumps(result["exception_info"])
    assert (result["success"], found if expected.count is not None else None) == (expected.success, expected.count)


@pytest.mark.parametrize("expected", ERRORS, ids=lambda expected: expected.name)
def test_what_great_expectations_cannot_do_on_duckdb_is_an_error_and_never_passes(validator: Any, expected: Expected) -> None:
    result = result_of(validator, expected)
    assert has_raised(result)
    assert not result["success"]


DIRTY = """
SELECT * FROM (VALUES
    (1,  'k1', 'k1', 'paid',  0.00::DECIMAL(18, 4), 0,    true,  DATE '2026-01-01', DATE '2026-01-01', 'C000001', 'EUR'),
    (2,  'k1', 'k2', 'open',  0.01, 10,   false, DATE '2026-01-02', DATE '2026-01-01', 'C000001', 'EURO'),
    (3,  'k2', NULL, 'open', -0.01, 11,   true,  DATE '2026-01-01', DATE '2026-01-02', 'C000299', 'eur'),
    (4,  NULL, NULL, 'zzz',   NULL, NULL, NULL,  NULL,              DATE '2026-01-02', NULL,      ''),
    (5,  NULL, 'x',  NULL,    10.0, 5,    false, DATE '2026-01-01', NULL,              'C9',      NULL),
    (6,  'k3', 'k3', 'paid', -5.00, -1,   false, DATE '1989-12-31', NULL,              'C000002', 'USD'),
    (7,  'k3', 'k4', 'gone',  5.00, 3,    true,  NULL,              NULL,              NULL,      'ÄÖÜ'),
    (8,  'k4', 'k3', 'paid',  NULL, 10,   NULL,  DATE '2026-11-21', DATE '2026-11-20', 'C000003', 'EUR '),
    (9,  'k3', 'k3', NULL,    7.00, 7,    true,  DATE '2026-11-20', DATE '2026-11-20', 'c000001', E'EUR\nX')
) AS dirty(place, record_key, other_key, status, amount, score, flag, later_on, earlier_on, customer_id, currency)
"""
KINDS: dict[str, Kind] = {
    "place": "integer",
    "record_key": "id",
    "other_key": "id",
    "status": "text",
    "amount": "amount",
    "score": "integer",
    "flag": "boolean",
    "later_on": "date",
    "earlier_on": "date",
    "customer_id": "id",
    "currency": "text",
}
ASKED: dict[str, list[dict[str, Any]]] = {
    "is_recorded": [{"column": "amount"}, {"column": "amount", "only_where": {"status": "paid"}}],
    "is_empty": [{"column": "other_key"}, {"column": "other_key", "only_where": {"flag": False}}],
    "is_unique": [{"column": "record_key"}, {"column": "record_key", "only_where": {"flag": True}}],
    "has_one_version": [{"column": "record_key"}],
    "is_unique_together": [
        {"columns": ("record_key", "other_key")},
        {"columns": ("flag", "status")},
        {"columns": ("later_on", "earlier_on")},
        {"columns": ("record_key", "other_key"), "only_where": {"amount": {"at_least": 6}}},
    ],
    "is_one_of": [
        {"column": "status", "parameters": {"values": ["paid", "open"]}},
        {"column": "status", "parameters": {"values": []}},
        {"column": "status", "parameters": {"values": ["paid"]}, "only_where": {"customer_id": {"is_recorded": False}}},
        {"column": "score", "parameters": {"values": [10, 0]}, "only_where": {"later_on": {"at_most": "2026-01-02"}}},
        {"column": "flag", "parameters": {"values": [True]}},
        {"column": "amount", "parameters": {"values": [0]}, "only_where": {"flag": False}},
    ],
    "is_none_of": [{"column": "status", "parameters": {"values": ["zzz", "gone"]}}, {"column": "status", "parameters": {"values": []}}],
    "is_between": [
        {"column": "amount", "parameters": {"min": 0}},
        {"column": "amount", "parameters": {"above": 0}},
        {"column": "amount", "parameters": {"min": -0.01, "max": 7}},
        {"column": "score", "parameters": {"min": 0, "max": 10}},
        {"column": "score", "parameters": {"max": 10}, "only_where": {"status": ["paid", "open"]}},
        {"column": "later_on", "parameters": {"min": "1990-01-01", "max": {"from": "run.as_of"}}},
    ],
    "matches": [
        {"column": "currency", "parameters": {"pattern": "^[A-Z]{3}$"}},
        {"column": "currency", "parameters": {"pattern": "UR"}},
        {"column": "currency", "parameters": {"pattern": "UR"}, "only_where": {"customer_id": {"is_recorded": True}}},
    ],
    "does_not_match": [{"column": "currency", "parameters": {"pattern": "^EUR"}}],
    "has_length_between": [{"column": "currency", "parameters": {"min": 3, "max": 3}}, {"column": "currency", "parameters": {"min": 1}}],
    "is_equal_to": [{"columns": ("record_key", "other_key")}, {"columns": ("later_on", "earlier_on")}],
    "is_not_before": [
        {"columns": ("later_on", "earlier_on")},
        {"columns": ("later_on", "earlier_on"), "only_where": {"place": {"at_most": 2}}},
    ],
    "is_known_customer": [{"column": "customer_id"}],
}  # fmt: skip


def rule_of(check: str, asked: dict[str, Any], *, number: int = 0) -> Rule:
    written = WrittenRule.model_validate({"says": "Says.", "why": "Why.", "check": check, "if_broken": "note", **asked})
    return RuleReader("dirty", KINDS, values_from(None, ANY_RUN)).rule(written, RuleTarget(f"{check}_{number}", "dirty"))


RULES = [rule_of(check, asked, number=number) for check, every in ASKED.items() for number, asked in enumerate(every)]


def test_every_check_about_rows_has_a_predicate_and_is_tried_here() -> None:
    about_rows = {name for name, check in CHECKS.items() if check.is_about == "rows"}
    assert about_rows == {*BREAKS, "is_known_customer"} == set(ASKED)


def test_predicates_find_exactly_as_many_rows_as_the_judge(tables: dict[str, Path]) -> None:
    by_judge = {
        name: found.unexpected_count for name, found in evaluations(RULES, tables["dirty"], known_customers=tables["customers"]).items()
    }
    connection = ibis.duckdb.connect()
    rows, known = connection.read_parquet(tables["dirty"]), connection.read_parquet(tables["customers"])
    by_predicate = {rule.full_id: rows.filter(breaks(rows, rule, customers=known)).count().execute() for rule in RULES}
    assert by_predicate == by_judge
    assert sum(by_judge.values()) > len(RULES)


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        (RULES[0], [4, 8]),
        (rule_of("is_unique", {"column": "record_key"}), [1, 2, 6, 7, 9]),
        (rule_of("is_unique", {"column": "record_key", "only_where": {"flag": True}}), [7, 9]),
        (rule_of("is_unique_together", {"columns": ("record_key", "other_key")}), [6, 9]),
        (rule_of("is_one_of", {"column": "status", "parameters": {"values": ["paid", "open"]}}), [4, 7]),
        (rule_of("is_between", {"column": "amount", "parameters": {"above": 0}}), [1, 3, 6]),
        (rule_of("is_between", {"column": "later_on", "parameters": {"min": "1990-01-01", "max": "2026-11-20"}}), [6, 8]),
        (rule_of("matches", {"column": "currency", "parameters": {"pattern": "^[A-Z]{3}$"}}), [2, 3, 4, 7, 8, 9]),
        (rule_of("is_not_before", {"columns": ("later_on", "earlier_on")}), [3]),
        (rule_of("is_known_customer", {"column": "customer_id"}), [3, 5, 9]),
    ],
    ids=lambda value: value.check if isinstance(value, Rule) else "",
)
def test_predicates_find_the_rows_that_a_reader_would(tables: dict[str, Path], asked: Rule, places: list[int]) -> None:
    connection = ibis.duckdb.connect()
    rows, known = connection.read_parquet(tables["dirty"]), connection.read_parquet(tables["customers"])
    found = rows.filter(breaks(rows, asked, customers=known)).place.execute()
    assert sorted(found) == places


def test_a_rule_that_errors_is_neither_kept_nor_broken_and_the_others_are_judged(tables: dict[str, Path]) -> None:
    errs = replace(rule_of("is_recorded", {"column": "amount"}), id="errs", columns=("no_such_column",))
    found = evaluations([errs, rule_of("is_recorded", {"column": "amount"})], tables["dirty"])
    assert [judgement.state for judgement in found.values()] == ["errored", "broken"]
    assert str(found["dirty.errs"].error).startswith("the judge cannot evaluate it on these columns")


def test_two_rules_with_one_id_are_not_judged_as_one(tables: dict[str, Path]) -> None:
    rule = rule_of("is_recorded", {"column": "amount"})
    with pytest.raises(RuntimeError, match="2 rules were given to the judge"):
        evaluations([rule, replace(rule, columns=("score",))], tables["dirty"])


def test_no_rules_are_judged_without_waking_the_judge(tables: dict[str, Path]) -> None:
    assert evaluations([], tables["dirty"]) == {}


def test_judging_in_several_threads_at_once_mixes_nothing_up(tables: dict[str, Path]) -> None:
    rules = [rule_of("row_count_is_between", {"parameters": {"min": 1}}), rule_of("is_recorded", {"column": "amount"})]
    expected = {name: evaluations(rules, tables[name]) for name in ("orders", "dirty")}
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda name: (name, evaluations(rules, tables[name])), ["orders", "dirty"] * 6))
    assert all(judgements == expected[name] for name, judgements in found)


def test_a_table_without_rows_breaks_only_rules_about_the_table(tmp_path: Path, tables: dict[str, Path]) -> None:
    duckdb.execute(f"COPY (SELECT * FROM '{tables['dirty']}' WHERE false) TO '{tmp_path}/empty.parquet' (FORMAT parquet)")
    rules = [
        rule_of("row_count_is_between", {"parameters": {"min": 1}}),
        rule_of("latest_is_between", {"column": "later_on", "parameters": {"min": "2026-01-01"}}),
        *RULES,
    ]
    found = evaluations(rules, tmp_path / "empty.parquet", known_customers=tables["customers"])
    broken = [name for name, judgement in found.items() if judgement.state != "kept"]
    assert broken == ["dirty.row_count_is_between_0", "dirty.latest_is_between_0"]


@pytest.mark.parametrize(
    ("bounds", "state"), [({"min": "2026-11-21"}, "kept"), ({"min": "2026-11-22"}, "broken"), ({"max": "2026-11-20"}, "broken")]
)
def test_the_latest_day_is_judged_to_the_day(tables: dict[str, Path], bounds: dict[str, str], state: str) -> None:
    (found,) = evaluations([rule_of("latest_is_between", {"column": "later_on", "parameters": bounds})], tables["dirty"]).values()
    assert (found.state, found.observed) == (state, dt.date(2026, 11, 21))
