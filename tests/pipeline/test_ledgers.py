"""Ledgers written one after the other: each in the words of the first like it, and each what it would be if asked for alone."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow.parquet as pq
import pytest

from config.definitions import Calendar
from flows.stages import assemble_ledger
from tasks.customer_math.catalogue import TOPICS
from tasks.customer_math.ledger.movements import core_ledger
from tasks.customer_math.ledger.periods import Plan, period_named, year_through
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.store import ledgers

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.customer_math.ledger.history import History

PERIODS = ("2026-01", "2026-02", "2026-W10")
BOUGHT = """
who | day        | amount
ann | 2025-03-01 | 100
ann | 2025-12-20 | 40
ann | 2026-01-15 | 60
ann | 2026-02-15 | 70
ann | 2026-03-02 | 20
bob | 2025-10-05 | 30
bob | 2026-03-05 | 90
cid | 2026-01-31 | 80
cid | 2026-02-03 | -80
dan | 2025-11-30 | 10
"""
AGREED = """
who | starts     | ends       | a year | currency
ann | 2025-02-01 | 2026-02-01 | 1200   | EUR
ann | 2026-02-01 |            | 900    | EUR
eve | 2026-01-10 | 2026-03-10 | 600    | EUR
"""
DEPARTED = """
who | day        | reason
bob | 2026-03-08 | price
eve | 2026-03-10 | service
"""


@pytest.fixture(params=["silence alone ends it", "contracts and departures too"])
def history(request: pytest.FixtureRequest, connection: Any, told: Any) -> History:
    """What happened, as tables that the engine knows by name."""
    further = {} if "alone" in request.param else {"contracts": told.agreed(AGREED), "departures": told.departed(DEPARTED)}
    happened = told.Told(purchases=told.bought(BOUGHT), groups={"ann": "North", "bob": "South"}, **further).history()
    tables = {each.name: getattr(happened, each.name) for each in fields(happened)}
    known = {
        name: connection.create_table(f"known_{name}", connection.to_pyarrow(table), temp=True, overwrite=True)
        for name, table in tables.items()
        if isinstance(table, ibis.Table)
    }
    return replace(happened, **known)


def test_every_ledger_is_what_it_would_be_alone(
    history: History, connection: Any, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.store.ledgers.STATEMENTS", {})
    rules, whole_year = told.rules(lapse_days=60, value_days=90), year_through(period_named("2026-W10", Calendar()))
    for period in (*(period_named(name, Calendar()) for name in PERIODS), whole_year):
        path = tmp_path / f"{period.name}.parquet"
        ledgers.write_ledger(connection, history, period, rules=rules, path=path)
        topics = with_topics(TopicContext(history, period, rules, core_ledger(history, period, rules)), TOPICS)
        alone = with_segments(topics, history.attributes, period=period, segments=rules.segments)
        expected = connection.to_pyarrow(alone.order_by("customer_id")).to_pylist()
        assert pq.read_table(path).sort_by("customer_id").to_pylist() == expected
        assert expected
        assert {row["period"] for row in expected} == {period.name}


@pytest.mark.parametrize("engine", ["pyspark", "snowflake"])
def test_a_ledger_can_be_asked_of_other_engines(history: History, told: Any, engine: str) -> None:
    rules, period = told.rules(lapse_days=60, value_days=90), ledgers.PeriodParameters.of_the_shape_of(period_named("2026-W10", Calendar()))
    topics = with_topics(TopicContext(history, period, rules, core_ledger(history, period, rules)), TOPICS)
    ledger = with_segments(topics, history.attributes, period=period, segments=rules.segments)
    parameters = {parameter: ledgers.MARKS[name] for name, parameter in ledgers.PARAMETERS.items()}
    assert "closing_amount" in ibis.to_sql(ledger, dialect=engine, params=parameters)


def test_a_statement_with_a_parameter_left_over_is_not_asked() -> None:
    mark = ledgers.MARKS["closing_day"]
    assert isinstance(mark, date)
    with pytest.raises(AssertionError, match="has no value"):
        ledgers.bound({"name": "2026-W10"}, f"SELECT MAKE_DATE({mark.year}, 1, 1)")


def test_periods_alike_are_put_into_words_once(
    history: History, connection: Any, told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {}
    monkeypatch.setattr("tasks.store.ledgers.STATEMENTS", known)

    def words_after(name: str, **choices: Any) -> int:
        period = period_named(name, Calendar())
        ledgers.write_ledger(connection, history, period, rules=told.rules(**choices), path=tmp_path / f"{name}.parquet")
        return len(known)

    assert [words_after(name) for name in ("2026-W09", "2026-W10", "2026-02", "2026-03")] == [1, 1, 1, 1]
    assert words_after("2026-01") == 1, "a period with which the year opens is asked like any other"
    assert words_after("2026-W11", lapse_days=60) == 2, "another choice of the company's is another question"
    queries = [query for statements in known.values() for _name, query in json.loads(statements)]
    assert queries
    assert not any("2026" in query for query in queries), "a day of the first period is in the words for all"


def test_a_statement_is_bound_the_days_of_its_period_and_of_the_one_before() -> None:
    values = ledgers.values_of(period_named("2026-W10", Calendar()), Calendar())
    assert values == {
        "name": "2026-W10",
        "opens_on": date(2026, 3, 2),
        "closes_on": date(2026, 3, 9),
        "opening_day": date(2026, 3, 1),
        "closing_day": date(2026, 3, 8),
        "before_name": "2026-W09",
        "before_opens_on": date(2026, 2, 23),
        "before_closes_on": date(2026, 3, 2),
        "before_opening_day": date(2026, 2, 22),
        "before_closing_day": date(2026, 3, 1),
        "year_opening_day": date(2025, 12, 31),
    }


def test_a_ledger_that_was_judged_is_not_judged_again_unless_what_was_found_is_damaged(
    shop: Any, pipelines: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = pipelines.read_and_validate(shop(tmp_path / "shop", only=["orders"]).folder, tmp_path / "home")
    asked = (stages.context, tuple(stages.accepted.values()), Plan.alone(period_named("2026-08", stages.company.definitions.calendar)))
    first = assemble_ledger(*asked)
    (judged,), (assembly,) = first.folder.glob("*.verdicts.json"), first.folder.glob("assembly-*.json")
    whole = [path.read_bytes() for path in (judged, assembly)]
    with monkeypatch.context() as patch:
        patch.delattr("tasks.assemble.validate_ledger")
        assert assemble_ledger(*asked).verdicts == first.verdicts
        assembly.write_bytes(whole[1][:-9])
        assert assemble_ledger(*asked).verdicts == first.verdicts
    for path in (judged, assembly):
        path.write_bytes(path.read_bytes()[:-9])
    assert assemble_ledger(*asked).verdicts == first.verdicts
    assert [path.read_bytes() for path in (judged, assembly)] == whole
