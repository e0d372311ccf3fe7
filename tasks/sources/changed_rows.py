"""Which rows of a database changed since they were read: asked of the database, which compares by its own kind of instant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy
import sqlglot
from sqlglot.errors import SqlglotError

from config.date_patterns import COUNTED
from tasks.sources.database_queries import DIALECTS
from tasks.sources.databases import named_column, named_table, rows_statement, write_statement
from tasks.sources.landed import SourceError
from tasks.sources.raw_tables import cell_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from config.sources import Extract
    from tasks.sources.databases import DatabaseTable

ISO_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?$"
DAY_SECONDS = 86_400
Instant: TypeAlias = Any
"""A value that says when a row changed, of the kind that its driver gives, which a type checker cannot see."""


@dataclass(frozen=True)
class InstantKind:
    """A kind of values that say when a row changed."""

    database_type: sqlalchemy.types.TypeEngine[Any] = field(default_factory=sqlalchemy.String)
    """By which a database is asked."""
    engine_type: str = "string"
    """By which our own engine compares the texts of the same values."""
    value_of: Callable[[str], Instant] = str
    shape: str = ""
    """What all texts look like, where the database itself would take others among them."""
    unit: int = 0
    """Of what is counted since 1970: how many are a second."""


KINDS = {
    "instant": InstantKind(sqlalchemy.DateTime(timezone=True), "timestamp('UTC')", datetime.fromisoformat),
    "local time": InstantKind(sqlalchemy.DateTime(), "timestamp", datetime.fromisoformat),
    "day": InstantKind(sqlalchemy.Date(), "date", date.fromisoformat),
    "%s": InstantKind(sqlalchemy.BigInteger(), "int64", int, COUNTED["%s"], 1),
    "%ms": InstantKind(sqlalchemy.BigInteger(), "int64", int, COUNTED["%ms"], 1_000),
    "text": InstantKind(shape=ISO_TEXT),
}


@dataclass(frozen=True)
class Mark:
    """An instant as a database has it: its kind, and its text as rows are landed with it."""

    kind: str
    text: str

    @property
    def value(self) -> Instant:
        """What the database is asked with."""
        return KINDS[self.kind].value_of(self.text)

    @property
    def bound(self) -> sqlalchemy.BindParameter[Any]:
        """The value as a parameter of a statement."""
        return sqlalchemy.literal(self.value, KINDS[self.kind].database_type)

    def days_before(self, days: int) -> Mark | None:
        """The instant so many days before; of texts, which may be of several zones, the beginning of the day before that.

        None where that is before the first day that Python knows.
        """
        value, unit = self.value, KINDS[self.kind].unit
        try:
            if self.kind == "text":
                return replace(self, text=_text(date.fromisoformat(value[:10]) - timedelta(days=days + 1)))
            return replace(self, text=_text(value - days * DAY_SECONDS * unit if unit else value - timedelta(days=days)))
        except OverflowError:
            return None

    def is_after(self, other: Mark | None) -> bool:
        """Whether it is later than another, or of another kind, so that nobody knows."""
        return other is None or self.kind != other.kind or self.value > other.value

    def of_same_kind(self, now: datetime) -> Mark:
        """What the database's clock says, as an instant of this kind; a text of today is before it."""
        instant = now if now.tzinfo else now.replace(tzinfo=UTC)
        if unit := KINDS[self.kind].unit:
            return replace(self, text=str(int(instant.timestamp()) * unit))
        values = {"instant": instant, "local time": now.replace(tzinfo=None), "day": now.date(), "text": now.date() + timedelta(days=1)}
        return replace(self, text=_text(values[self.kind]))


def mark_of(value: object, dates: Sequence[str]) -> Mark | None:
    """A value as an instant; none where it is of no kind that says one."""
    text = _text(value)
    if isinstance(value, datetime):
        return Mark("instant" if value.tzinfo else "local time", text)
    if isinstance(value, date):
        return Mark("day", text)
    if type(value) is int:
        return next((Mark(kind, text) for kind in ("%s", "%ms") if kind in dates and re.match(COUNTED[kind], text)), None)
    return Mark("text", text) if isinstance(value, str) and re.match(ISO_TEXT, value) and _is_day(text[:10]) else None


def mark_from(parts: Sequence[str]) -> Mark:
    """A mark of its kind and text; raises ValueError or KeyError where they are none."""
    kind, text = parts
    KINDS[kind].value_of(text)
    return Mark(kind, text)


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _text(value: object) -> str:
    return cell_text(value, decimal_mark=".") or ""


@dataclass(frozen=True)
class ChangingTable:
    """A table or query of a database over one connection, whose rows say when they changed."""

    connection: sqlalchemy.Connection
    source: DatabaseTable
    extract: Extract
    where: str

    @property
    def rows(self) -> sqlalchemy.FromClause:
        """What is asked; a query stands as it is, for a colon with a stroke before it means itself."""
        if not self.source.query:
            return named_table(self.source.table or "")
        query = self.source.query.strip().rstrip(";").replace(":", "\\:")
        return sqlalchemy.text(f"{query}\n").columns().subquery("rows_of_query")

    @property
    def changed_at(self) -> sqlalchemy.ColumnClause[Any]:
        """The column that says when a row changed."""
        return named_column(self.extract.changed_at or "")

    def refuse_what_hides_changes(self) -> None:
        """Raises SourceError where a change of one row moves others in or out, or a value says no instant; asks for one value alone."""
        if self.source.query:
            _refuse_a_limit(self.source.query, self.connection.dialect.name, where=self.where)
        one = sqlalchemy.select(self.changed_at).select_from(self.rows).where(self.changed_at.is_not(None)).limit(1)
        value = self.connection.execute(one).scalar()
        if value is not None:
            self._mark_of(value)

    def rows_count_and_latest(self) -> tuple[int, Mark | None]:
        """How many rows there are, and when the latest of them changed; by the database's clock, none changed in days to come."""
        statement = sqlalchemy.select(sqlalchemy.func.count(), sqlalchemy.func.max(self.changed_at)).select_from(self.rows)
        rows_count, value = self.connection.execute(statement).one()
        latest = self._mark_of(value)
        if latest is None:
            return rows_count, None
        now = latest.of_same_kind(self.connection.execute(sqlalchemy.select(sqlalchemy.func.current_timestamp())).scalar_one())
        return rows_count, latest if latest.value <= now.value else self._latest(self.changed_at <= now.bound)

    def latest_before(self, since: Mark) -> Mark | None:
        """When the latest changed of the rows that changed before."""
        return self._latest(self.changed_at < since.bound)

    def _latest(self, condition: sqlalchemy.ColumnElement[bool]) -> Mark | None:
        latest = sqlalchemy.select(sqlalchemy.func.max(self.changed_at)).select_from(self.rows).where(condition)
        return self._mark_of(self.connection.execute(latest).scalar_one())

    def _mark_of(self, value: object) -> Mark | None:
        if value is None:
            return None
        mark = mark_of(value, self.extract.read.dates)
        if mark is None:
            self._refuse("found something else")
        return mark

    def write(self, columns: Sequence[str], *, since: Mark | None, path: Path) -> None:
        """Write the rows as text, all or those that changed since then; those that do not say when they changed are always among them."""
        statement = rows_statement(self.rows, columns)
        if since:
            statement = statement.where(sqlalchemy.or_(self.changed_at >= since.bound, self.changed_at.is_(None)))
        position = columns.index(self.extract.changed_at or "")
        kinds: set[type] = set()
        write_statement(
            statement,
            self.connection,
            look=lambda batch: kinds.update(type(row[position]) for row in batch),
            source=self.source,
            read=self.extract.read,
            path=path,
            where=self.where,
        )
        if len(kinds - {type(None)}) > 1:
            self._refuse("found values of several kinds")

    def _refuse(self, reason: str) -> None:
        raise SourceError(
            f"{self.where}: expected `{self.extract.changed_at}` to be all instants, days, seconds or milliseconds since 1970 (with %s or "
            f"%ms in `read.dates`), or texts such as 2024-03-31T10:00:00Z, {reason}; cast it in a `query`, or remove `read.incremental`"
        )

    def refuse_another_shape(self) -> None:
        """Raises SourceError: texts or numbers that the database compares otherwise than as instants."""
        self._refuse("found them in several forms")


def _refuse_a_limit(query: str, backend: str, *, where: str) -> None:
    """Which rows are the first so many may change with any row; what the parser cannot read has been judged before."""
    try:
        statement = sqlglot.parse_one(query, read=DIALECTS.get(backend, backend))
    except (SqlglotError, ValueError, RecursionError):
        return
    if statement.args.get("limit") or statement.args.get("offset"):
        raise SourceError(
            f"{where}: expected a query of all rows, since `read.incremental` asks for those that changed, found one of the first so "
            "many (LIMIT); leave that out, or remove `read.incremental`"
        )
