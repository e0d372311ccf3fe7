"""Why an extract may not be used: the sentences that nothing but a mistake of the program brings forth, and counts in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from expectations.blocking_failures import disagreements, other_than_declared
from expectations.failure_details import Evaluation, verdict
from expectations.rules import RuleReader, RuleTarget, WrittenRule, values_from
from expectations.suites import ANY_RUN, kinds_of
from expectations.text import counted, money
from expectations.tie_out import DeclaredTotal
from expectations.verdict import RuleResult


def set_aside_by(count: int, *, judged: int) -> RuleResult:
    return RuleResult(
        rule_id="orders.amount_recorded",
        extract="orders",
        says="Every purchase has its amount.",
        why="It counts.",
        check="is_recorded",
        if_broken="set_aside",
        state="broken" if judged else "kept",
        rows_count=10,
        unexpected_count=judged,
        set_aside_count=count,
        amount=None,
        found="",
    )


def test_other_rows_set_aside_than_the_judge_counted_are_a_mistake_of_the_program() -> None:
    (message,) = disagreements([set_aside_by(3, judged=2), set_aside_by(2, judged=2)])
    assert message.startswith("orders: rule orders.amount_recorded: the judge counts 2 rows that break it, but 3 were set aside by it")


def test_rows_set_aside_by_a_rule_that_the_judge_says_is_kept_are_found_too() -> None:
    assert len(list(disagreements([set_aside_by(1, judged=0)]))) == 1


def test_money_declared_for_an_extract_without_any_is_said() -> None:
    (message,) = other_than_declared(
        "orders", DeclaredTotal(None, Decimal(5), None, "sources.yaml"), rows_count=1, amount=None, allowed=[], ended=[]
    )
    assert message.startswith("orders: its control total says 5.00 in money, found no amounts; get the whole extract")


@pytest.mark.parametrize(
    ("amount", "said"),
    [("1234.5000", "1,234.50"), ("0", "0.00"), ("-0.0301", "-0.0301"), ("1E+3", "1,000.00"), ("13591643.70", "13,591,643.70")],
)
def test_money_keeps_what_says_something(amount: str, said: str) -> None:
    assert money(Decimal(amount)) == said


def test_one_is_not_many() -> None:
    assert (counted(1, "row"), counted(0, "row"), counted(1200, "row")) == ("1 row", "0 rows", "1,200 rows")


def test_a_latest_day_that_is_not_there_is_said() -> None:
    written = WrittenRule(
        says="S.", why="W.", check="latest_is_between", column="purchased_on", parameters={"min": "2026-01-01"}, if_broken="stop"
    )
    rule = RuleReader("orders", kinds_of("purchases"), values_from(None, ANY_RUN)).rule(written, RuleTarget("fresh", "orders"))
    assert verdict(rule, Evaluation("broken", 1), rows_count=3).found == "no value is recorded; expected at least 2026-01-01"
