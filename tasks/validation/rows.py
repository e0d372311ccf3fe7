"""The rows of one extract in the engine: without older versions they are judged, marked once with the rules they break, and split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ibis import _

from expectations.checks import CUSTOMERS_VIEW, check_of
from expectations.failure_details import MarkedRows
from expectations.quarantine import marked, repeated_keys, set_aside_by_rule, versions
from expectations.validator import evaluate_rules, view_of_file
from expectations.verdict import ControlTotals
from tasks.sources.compiled import fetch_rows
from tasks.store.engine import write
from tasks.validation.id_differences import id_difference
from tasks.validation.outcome import table_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.sources import Extract
    from expectations.failure_details import BrokenRows, Evaluation
    from expectations.rule import Rule
    from tasks.validation.job import ValidationJob

LANDED, REPEATED, OLDER, CURRENT, MARKED = "landed", "repeated", "older", "current_rows", "marked"
"""In the engine: all rows, keys that are there twice, places of their older versions, the rows that are judged, those that break a rule."""
ROW_NUMBER = "file_row_number"
"""The engine's own name for a row's place in a Parquet file."""
WITHOUT_OLDER = """
CREATE TABLE older (file_row_number BIGINT);
CREATE VIEW current_rows AS SELECT * FROM landed ANTI JOIN older USING (file_row_number);
"""
BITMAPS = """
SET VARIABLE rows_count = (SELECT count(*) FROM landed);
SET VARIABLE superseded = (SELECT bitstring_agg(file_row_number, 0, getvariable('rows_count')) FROM older);
SET VARIABLE unused = (
    SELECT bitstring_agg(file_row_number, 0, getvariable('rows_count'))
    FROM (FROM older UNION ALL SELECT file_row_number FROM marked WHERE broken_rules IS NOT NULL)
);
"""
"""A bit for each row of the file. A join would find the same rows, but hand them back in any order."""
SUPERSEDED = """
SELECT * EXCLUDE (file_row_number) FROM landed WHERE get_bit(getvariable('superseded'), file_row_number::INTEGER) = 1
"""
USED = """
SELECT * EXCLUDE (file_row_number, unreadable) FROM landed
WHERE coalesce(get_bit(getvariable('unused'), file_row_number::INTEGER) = 0, true)
"""


@dataclass(frozen=True)
class WrittenTables:
    """What stands in the three files, counted again."""

    totals: ControlTotals
    first_on: date | None
    latest_on: date | None
    """First and last day of the rows to use."""
    set_aside_counts: Mapping[str, int]
    """Rows that each rule has set aside, by its full id."""


@dataclass(frozen=True)
class ExtractRows:
    """The rows of one extract, by name in the engine."""

    connection: Backend
    job: ValidationJob
    landed: Table
    """Every row, with its place in the file."""
    older_count: int
    """Older versions of keys among them."""

    @classmethod
    def of(cls, connection: Backend, job: ValidationJob) -> ExtractRows:
        """The extract's rows, and the customers whom the company knows, given their names in the engine; older versions are set apart."""
        view_of_file(connection, LANDED, job.landed.path, options=f", {ROW_NUMBER} = true")
        if job.customers_path:
            view_of_file(connection, CUSTOMERS_VIEW, job.customers_path)
        connection.con.execute(WITHOUT_OLDER)
        landed = connection.table(LANDED)
        return cls(connection, job, landed, older_count=_set_older_apart(connection, landed, job.extract))

    def evaluations(self) -> dict[str, Evaluation]:
        """What the judge finds; a rule about versions is put to all rows, the others to the current ones."""
        of_versions, others = self._by_rows(self.job.judged_rules)
        return evaluate_rules(self.connection, of_versions, LANDED) | evaluate_rules(self.connection, others, CURRENT)

    def _by_rows(self, rules: Sequence[Rule]) -> tuple[list[Rule], list[Rule]]:
        """Rules about all rows, older versions too, and rules about the current ones; where all are current, all are of these."""
        of_versions = [rule for rule in rules if self.older_count and check_of(rule).judges == "all rows"]
        return of_versions, [rule for rule in rules if rule not in of_versions]

    def mark(self, rules: Sequence[Rule]) -> Table:
        """Mark the current rows that break any of the rules, each with all that it breaks; one scan of them."""
        _of_versions, others = self._by_rows(rules)
        customers = self.connection.table(CUSTOMERS_VIEW) if self.job.customers_path else None
        marks = marked(self.connection.table(CURRENT), others, customers=customers)
        _run(self.connection, f"CREATE TABLE {MARKED} AS", marks)
        return self.connection.table(MARKED)

    def details(self, rules: Sequence[Rule], marks: Table) -> dict[str, BrokenRows]:
        """What there is to say about the rows that break each rule."""
        of_versions, others = self._by_rows(rules)
        kinds, amount = self.job.kinds, self.job.amount
        details = MarkedRows(marks, kinds, amount).details(others)
        if not of_versions:
            return details
        all_rows = marked(self.landed, of_versions, customers=None)
        return details | MarkedRows(all_rows, kinds, amount).details(of_versions)

    def with_id_differences(self, details: dict[str, BrokenRows], evaluations: Mapping[str, Evaluation]) -> dict[str, BrokenRows]:
        """The details with how ids differ from those of the customers, where so many are unknown that the extract is refused."""
        limit = self.job.company.definitions.rules.largest_set_aside_rate * self.job.landed.rows_count
        for rule in self.job.judged_rules:
            if rule.check == "is_known_customer" and evaluations[rule.full_id].unexpected_count > limit:
                column, customers = rule.columns[0], self.connection.table(CUSTOMERS_VIEW)
                theirs = self.job.extract.columns.get(column, column)
                difference = id_difference(self.landed, column, customers, extract=self.job.landed.extract, theirs=theirs)
                broken = details[rule.full_id]
                details |= {rule.full_id: replace(broken, details=(*broken.details[:-1], *([difference] if difference else [])))}
        return details

    def write(self, marks: Table, folder: Path) -> None:
        """Write the three tables, each in the order of landing: rows to use, rows set aside with the rules they break, older versions."""
        columns = [name for name in self.landed.columns if name != ROW_NUMBER]
        set_aside = marks.filter(marks.broken_rules.notnull()).order_by(ROW_NUMBER).select(*columns, "broken_rules")
        self.connection.con.execute(BITMAPS)
        queries = {"path": USED, "set_aside_path": str(self.connection.compile(set_aside)), "superseded_path": SUPERSEDED}
        for name, path in table_paths(folder).items():
            write(self.connection, queries[name], path)

    def written(self, folder: Path) -> WrittenTables:
        """Count what stands in the three files, to hold it against what was read."""
        landed, (used, aside, superseded) = self.job.landed, self._counts(folder)
        totals = ControlTotals(
            extract=landed.extract,
            rows_read_count=landed.rows_count,
            rows_used_count=used["rows_count"],
            rows_set_aside_count=aside["rows_count"],
            rows_superseded_count=superseded["rows_count"],
            amount_read=landed.amount,
            amount_used=self._money(used),
            amount_set_aside=self._money(aside),
            amount_superseded=self._money(superseded),
        )
        by_rule = self._set_aside_by_rule(folder) if totals.rows_set_aside_count else {}
        return WrittenTables(totals, used["first_on"], used["latest_on"], by_rule)

    def _counts(self, folder: Path) -> list[dict[str, Any]]:
        """Rows, money, first and last day of each of the three files, by one query."""
        amount, event_on = self.job.amount or "NULL", self.job.dataset.event_on or "NULL"
        counted = f"count(*) AS rows_count, sum({amount}) AS amount, min({event_on}) AS first_on, max({event_on}) AS latest_on"
        queries: list[str] = []
        for number, (name, path) in enumerate(table_paths(folder).items()):
            view_of_file(self.connection, name, path)
            queries.append(f"SELECT {number} AS number, {counted} FROM {name}")  # noqa: S608 - our own names
        return fetch_rows(self.connection, f"{' UNION ALL '.join(queries)} ORDER BY number")

    def _money(self, counts: Mapping[str, Any]) -> Decimal | None:
        return (counts["amount"] or Decimal(0)) if self.job.amount else None

    def _set_aside_by_rule(self, folder: Path) -> dict[str, int]:
        set_aside = set_aside_by_rule(self.connection.read_parquet(table_paths(folder)["set_aside_path"]))
        return {row["rule"]: row["rows_count"] for row in set_aside.to_pyarrow().to_pylist()}


def _set_older_apart(connection: Backend, landed: Table, extract: Extract) -> int:
    """Find the older versions of keys, and say how many they are; none where a key is no more than a place."""
    if extract.key == "place_in_file" or not _run(connection, f"CREATE TABLE {REPEATED} AS", repeated_keys(landed)):
        return 0
    aged = versions(landed, connection.table(REPEATED), dates=extract.read.dates, is_history=extract.versions)
    return _run(connection, f"INSERT INTO {OLDER}", aged.filter(_.age > 0).select(ROW_NUMBER))


def _run(connection: Backend, statement: str, rows: Table) -> int:
    """Let a statement take the rows that an expression finds, and say how many they were."""
    (count,) = connection.con.execute(f"{statement} {connection.compile(rows)}").fetchall()[0]
    return int(count)
