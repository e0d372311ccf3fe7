"""One ledger after the other: what is asked of a period is put into words once, and asked again of every period like it."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import ibis

from config.whole_files import is_usable
from tasks.customer_math.catalogue import TOPICS
from tasks.customer_math.ledger.movements import core_ledger, only_silence_ends
from tasks.customer_math.ledger.prepared import check_prepared
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.sources.compiled import statements_of
from tasks.sources.statements import statement_of
from tasks.store.engine import ROWS_WRITTEN_AT_ONCE, write, write_if_absent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import DateValue, StringValue, Table

    from config.definitions import Calendar
    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.topics import Topic

DAYS = ("opens_on", "closes_on", "opening_day", "closing_day")
"""The days of a period that expressions ask for, in the order of `PeriodParameters`."""
BEFORE = "before_"
"""How the names of the period before and of its days begin."""
YEAR_OPENING_DAY, DATA_THROUGH = "year_opening_day", "data_through"
NAMES = ("name", f"{BEFORE}name")
NAMES_OF_DAYS = (*DAYS, *(f"{BEFORE}{day}" for day in DAYS), YEAR_OPENING_DAY, DATA_THROUGH)
PARAMETERS: dict[str, Any] = {
    **{name: ibis.param(ibis.dtype("string")) for name in NAMES},
    **{name: ibis.param(ibis.dtype("date")) for name in NAMES_OF_DAYS},
}
"""What a statement is asked with, by its name."""
MARKS: dict[str, date | str] = {
    **{name: f"\ue001{name}\ue001" for name in NAMES},
    **{name: date(9100 + number, 1, 1) for number, name in enumerate(NAMES_OF_DAYS)},
}
"""What stands in a statement where a parameter does, until it is asked: no day and no text of a company's."""
LEFT_OVER = re.compile(r"\ue001[a-z_]+\ue001|\(91[0-9][0-9], 1, 1\)|'91[0-9][0-9]-01-01'")
STATEMENTS: dict[str, str] = {}
"""The statements that write a ledger, by all that decides them: names and queries as JSON, the ledger's own last."""


def full_path(folder: Path, period: Period) -> Path:
    """Where a period's ledger with every topic is kept."""
    return folder / f"{period.name}.parquet"


def trend_path(folder: Path, period: Period) -> Path:
    """Where the ledger is of a period that only the trend shows: the one with every topic where there is one, or a narrower one."""
    full = full_path(folder, period)
    return full if is_usable(full) else folder / f"trend-{period.name}.parquet"


@dataclass(frozen=True)
class PeriodParameters:
    """A period whose name and days are parameters of a statement, so that one statement serves every period of its shape."""

    like: Period
    """A period of that shape: it decides what is asked, but none of its days is in it."""
    name: StringValue
    opens_on: DateValue
    closes_on: DateValue
    opening_day: DateValue
    closing_day: DateValue

    @classmethod
    def of_the_shape_of(cls, like: Period, *, named: str = "") -> Self:
        """Any period like that one; `named` is how the names of its parameters begin."""
        return cls(like, *(PARAMETERS[f"{named}{parameter}"] for parameter in ("name", *DAYS)))

    def is_within(self, days: int) -> bool:
        """Whether it is no longer than so many days."""
        return self.like.is_within(days)

    def as_long_before(self, calendar: Calendar) -> PeriodDates:
        """The period before it."""
        return PeriodParameters.of_the_shape_of(self.like.as_long_before(calendar), named=BEFORE)

    def year_opening_day(self, calendar: Calendar) -> DateValue:  # noqa: ARG002 - whatever calendar it is, the day is a parameter
        """The day before the year opens that holds its last day."""
        return PARAMETERS[YEAR_OPENING_DAY]


def values_of(period: Period, calendar: Calendar) -> dict[str, date | str]:
    """The values of a statement's parameters for a period: its name and days, and those of the period before."""
    values: dict[str, date | str] = {YEAR_OPENING_DAY: period.year_opening_day(calendar)}
    for named, ledger_period in (("", period), (BEFORE, period.as_long_before(calendar))):
        values |= {f"{named}name": ledger_period.name, **{f"{named}{day}": getattr(ledger_period, day) for day in DAYS}}
    return values


def write_ledger(
    connection: Backend, history: History, period: Period, *, rules: LedgerRules, path: Path, topics: Sequence[Topic] = TOPICS
) -> None:
    """One ledger with the columns of some topics and of its segments.

    How everyone moved is stored first, because every topic reads it, and so is every topic before they are put
    together: the largest of them decides how much memory is needed, and not their sum.
    """
    check_prepared(history, period, rules)
    values = values_of(period, rules.calendar)
    if history.data_through is not None:
        values[DATA_THROUGH] = cast("date", history.data_through)
        history = replace(history, data_through=PARAMETERS[DATA_THROUGH])
    with tempfile.TemporaryDirectory() as folder, write_if_absent(path) as unfinished:
        statements = _Statements(connection, Path(folder), values)
        shape = f"{len(topics)} topics\n{_shape(connection, history, period, rules=rules)}"

        def compiled() -> str:
            return json.dumps(
                _compile_and_run(history, PeriodParameters.of_the_shape_of(period), rules, statements=statements, topics=topics)
            )

        queries = json.loads(statement_of(STATEMENTS, shape, compiled, folder=statements_of(connection)))
        if not statements.executed:  # else they were run while they were put into words
            for name, query in queries[:-1]:
                statements.run(name, query)
        write(connection, bound(values, queries[-1][1]), unfinished, row_group_size=ROWS_WRITTEN_AT_ONCE)


def bound(values: Mapping[str, date | str], statement: str) -> str:
    """A statement with values in the places of its parameters; raises AssertionError where one is left without."""
    for name, value in values.items():
        statement = statement.replace(_as_sql(MARKS[name]), _as_sql(value))
    assert not LEFT_OVER.search(statement), "a parameter of a ledger's statement has no value"
    return statement


def _as_sql(value: date | str) -> str:
    """A day or a text as the engine's statements have it."""
    return value.replace("'", "''") if isinstance(value, str) else f"MAKE_DATE({value.year}, {value.month}, {value.day})"


@dataclass(frozen=True)
class _Statements:
    """What is written one after the other, each for the next ones to read by its name."""

    connection: Backend
    folder: Path
    values: Mapping[str, date | str]
    executed: list[tuple[str, str]] = field(default_factory=list)

    def compiled(self, table: Table) -> str:
        """The statement of a table, with marks in the places of its parameters."""
        return str(self.connection.compile(table, params={parameter: MARKS[name] for name, parameter in PARAMETERS.items()}))

    def store_table(self, name: str, table: Table) -> Table:
        """A table written by a statement that is remembered, and read back."""
        self.executed.append((name, self.compiled(table)))
        return self.run(*self.executed[-1])

    def run(self, name: str, statement: str) -> Table:
        """Write what a statement finds, and let it be read by its name."""
        path = self.folder / f"{name}.parquet"
        write(self.connection, bound(self.values, statement), path)
        return self.connection.read_parquet(path, table_name=f"ledger_{name}")


def _compile_and_run(
    history: History, period: PeriodDates, rules: LedgerRules, *, statements: _Statements, topics: Sequence[Topic]
) -> tuple[tuple[str, str], ...]:
    """The statements, of which all but the last have been run: what is read back decides how the next are written."""
    ledger = statements.store_table("moved", core_ledger(history, period, rules))
    extended = with_topics(TopicContext(history, period, rules, ledger, statements.store_table), topics)
    whole = with_segments(extended, history.attributes, period=period, segments=rules.segments)
    return (*statements.executed, ("", statements.compiled(whole)))


def _shape(connection: Backend, history: History, period: Period, *, rules: LedgerRules) -> str:
    """All that decides the statements: of two periods alike in this, the same is asked."""
    columns = [f"{name} {connection.compile(table)} {table.schema()}" for name, table in history.tables.items()]
    decided = (only_silence_ends(history, period, rules.activity), history.data_through is None)
    return "\n".join([repr(rules), repr(decided), repr(history.minor_units), *columns])
