"""One ledger after the other: what is asked of a period is put into words once, and asked again of every period like it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from config.whole_files import is_usable
from tasks.customer_math.catalogue import TOPICS
from tasks.customer_math.ledger.movements import core_ledger, only_silence_ends
from tasks.customer_math.ledger.prepared import check_prepared
from tasks.customer_math.ledger.segments import with_segments
from tasks.customer_math.ledger.topics import TopicContext, with_topics
from tasks.sources.compiled import statements_of
from tasks.sources.statements import statement_of
from tasks.store.engine import day_named, set_variables, text_named, write, write_if_absent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import DateValue, StringValue, Table

    from config.definitions import Calendar
    from tasks.customer_math.ledger.dates import PeriodDates
    from tasks.customer_math.ledger.history import History
    from tasks.customer_math.ledger.movements import LedgerRules
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.ledger.topics import Topic

ROWS_WRITTEN_AT_ONCE = 20_480
"""Columns are put together in memory for so many rows before they are written: a ledger has a hundred of them."""
DAYS = ("opens_on", "closes_on", "opening_day", "closing_day")
"""The days of a period that expressions ask for, in the order of `AnyPeriod`."""
DATA_THROUGH = "data_through"
"""What the engine calls the last day that the extracts cover, of which no statement depends but by this name."""
BEFORE = "before_"
"""How the names of the days of the period before begin."""
KNOWN: dict[str, str] = {}
"""The statements that write a ledger, by all that decides them: names and queries as JSON, the ledger's own last."""


def full_path(folder: Path, period: Period) -> Path:
    """Where a period's ledger with every topic is kept."""
    return folder / f"{period.name}.parquet"


def trend_path(folder: Path, period: Period) -> Path:
    """Where the ledger is of a period that only the trend shows: the one with every topic where there is one, or a narrower one."""
    full = full_path(folder, period)
    return full if is_usable(full) else folder / f"trend-{period.name}.parquet"


@dataclass(frozen=True)
class AnyPeriod:
    """A period whose name and days the engine is told apart, so that the same words serve every period of its shape."""

    like: Period
    """A period of that shape: it decides what is asked, but none of its days is in it."""
    name: StringValue
    opens_on: DateValue
    closes_on: DateValue
    opening_day: DateValue
    closing_day: DateValue

    @classmethod
    def of_the_shape_of(cls, like: Period, *, named: str = "") -> Self:
        """Any period like that one; `named` is how the engine's names of its days begin."""
        return cls(like, text_named(f"{named}name"), *(day_named(f"{named}{day}") for day in DAYS))

    def is_within(self, days: int) -> bool:
        """Whether it is no longer than so many days."""
        return self.like.is_within(days)

    def as_long_before(self, calendar: Calendar) -> PeriodDates:
        """The period before it."""
        return AnyPeriod.of_the_shape_of(self.like.as_long_before(calendar), named=BEFORE)

    def year_opening_day(self, calendar: Calendar) -> DateValue | None:
        """The day before the year opens that holds its last day; none where that is its own opening day."""
        return None if self.like.year_opening_day(calendar) is None else day_named("year_opening_day")


def days_of(period: Period, calendar: Calendar) -> dict[str, date | str]:
    """What the engine is told of a period before it is asked of it in the words of `AnyPeriod`."""
    told: dict[str, date | str] = {"year_opening_day": period.year_opening_day(calendar) or period.opening_day}
    for named, each in (("", period), (BEFORE, period.as_long_before(calendar))):
        told |= {f"{named}name": each.name, **{f"{named}{day}": getattr(each, day) for day in DAYS}}
    return told


def write_ledger(
    connection: Backend, history: History, period: Period, *, rules: LedgerRules, path: Path, topics: Sequence[Topic] = TOPICS
) -> None:
    """One ledger with the columns of some topics and of its segments.

    How everyone moved is stored first, because every topic reads it, and so is every topic before they are put
    together: the largest of them decides how much memory is needed, and not their sum.
    """
    check_prepared(history, period, rules)
    set_variables(connection, days_of(period, rules.calendar))
    if history.data_through is not None:
        set_variables(connection, {DATA_THROUGH: cast("date", history.data_through)})
        history = replace(history, data_through=day_named(DATA_THROUGH))
    with tempfile.TemporaryDirectory() as folder, write_if_absent(path) as beside:
        statements = _Statements(connection, Path(folder))
        shape = f"{len(topics)} topics\n{_shape(connection, history, period, rules=rules)}"

        def compiled() -> str:
            return json.dumps(_put_into_words(history, AnyPeriod.of_the_shape_of(period), rules, statements=statements, topics=topics))

        known = json.loads(statement_of(KNOWN, shape, compiled, folder=statements_of(connection)))
        if not statements.made:  # else they were run while they were put into words
            for name, query in known[:-1]:
                statements.run(name, query)
        write(connection, known[-1][1], beside, row_group_size=ROWS_WRITTEN_AT_ONCE)


@dataclass(frozen=True)
class _Statements:
    """What is written one after the other, each for the next ones to read by its name."""

    connection: Backend
    folder: Path
    made: list[tuple[str, str]] = field(default_factory=list)

    def kept(self, name: str, table: Table) -> Table:
        """A table written by a statement that is remembered, and read back."""
        self.made.append((name, str(self.connection.compile(table))))
        return self.run(*self.made[-1])

    def run(self, name: str, query: str) -> Table:
        """Write what a query finds, and let it be read by its name."""
        path = self.folder / f"{name}.parquet"
        write(self.connection, query, path)
        return self.connection.read_parquet(path, table_name=f"ledger_{name}")


def _put_into_words(
    history: History, period: PeriodDates, rules: LedgerRules, *, statements: _Statements, topics: Sequence[Topic]
) -> tuple[tuple[str, str], ...]:
    """The statements, of which all but the last have been run: what is read back decides how the next are written."""
    ledger = statements.kept("moved", core_ledger(history, period, rules))
    told = with_topics(TopicContext(history, period, rules, ledger, statements.kept), topics)
    whole = with_segments(told, history.attributes, period=period, segments=rules.segments)
    return (*statements.made, ("", str(statements.connection.compile(whole))))


def _shape(connection: Backend, history: History, period: Period, *, rules: LedgerRules) -> str:
    """All that decides the statements: of two periods alike in this, the same is asked."""
    columns = [f"{name} {connection.compile(table)} {table.schema()}" for name, table in history.tables.items()]
    decided = (
        only_silence_ends(history, period, rules.activity),
        period.year_opening_day(rules.calendar) is None,
        history.data_through is None,
    )
    return "\n".join([repr(rules), repr(decided), repr(history.minor_units), *columns])
