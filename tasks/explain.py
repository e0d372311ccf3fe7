"""Explain: from a published number to exactly the customers behind it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ibis import _

from config.measures.experiences import EXPERIENCES, LOST_OF_EXPERIENCE, OF_EXPERIENCE, label_of_name
from expectations.text import counted
from tasks.customer_math.analysis.exposures import with_experience_name
from tasks.customer_math.catalogue import MEASURES, SPLITS
from tasks.customer_math.figures import contributions, grouped_by
from tasks.customer_math.lifetime.flow import EQUITY_MEASURES
from tasks.customer_math.topics.cohort_measures import cohort_catalogue
from tasks.customer_math.topics.source_reconciliation import with_line_key
from tasks.open_edition import UnknownNameError, open_edition
from tasks.reporting.text import money_exact
from tasks.store.engine import engine, rows_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ibis import Deferred
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Column, Table

    from config.company import Company
    from config.measures.entries import Side
    from config.settings import Settings
    from config.topic_settings import CohortSettings
    from tasks.customer_math.measures import Measure
    from tasks.open_edition import OpenEdition
    from tasks.store.editions import Edition

SHOWN = ("customer_id", "customer_name", "movement", "came_on", "went_on", "opening_amount", "closing_amount", "reason_code")
SHOWN_OF_EXPERIENCES = ("customer_id", "customer_name", "first_on", "last_on", "times_count", "movement", "opening_amount", "stratum")
SHOWN_OF_COHORTS = ("customer_id", "intake", "first_came_on", "came_by_channel", "came_by_campaign", "first_purchase_amount")
SHOWN_OF_EQUITY = (
    *("customer_id", "movement", "came_on", "went_on", "opening_amount", "closing_amount"),
    *("opening_equity_amount", "closing_equity_amount"),
)


@dataclass(frozen=True)
class CustomerFile:
    """A file of an edition that keeps a row for each customer: where it is, what is shown of it, the most valuable first."""

    of: Callable[[Edition], Path]
    shown: tuple[str, ...]
    worth: Deferred


LEDGER = CustomerFile(lambda edition: edition.movements, SHOWN, _.opening_amount + _.closing_amount)
COHORTS = CustomerFile(lambda edition: edition.cohorts, SHOWN_OF_COHORTS, _.first_purchase_amount)
EQUITY = CustomerFile(lambda edition: edition.equity, SHOWN_OF_EQUITY, _.opening_equity_amount + _.closing_equity_amount)


@dataclass(frozen=True)
class ExplainRequest:
    """Which published number is to be explained."""

    period: str
    measure: str
    """A measure, or an experience, `experience.complaint`, or of those who had it the lost, `experience.complaint.lost`."""
    segment: str | None = None
    """One group, `region=North`; none: the whole."""
    edition: int | None = None
    """None: the latest."""
    part: str | None = None
    """One part of what the measure is told apart by, `reason=price`; none: all of them."""


@dataclass(frozen=True)
class Explanation:
    """The customers behind a number: as many as the number, or with contributions that add up to it."""

    sentence: str
    customers_count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def explain(
    company: Company, question: ExplainRequest, *, settings: Settings, output: Path | None = None, rows_count: int = 20
) -> Explanation:
    """The customers behind a published number, the largest contribution first; all of them in `output`, if it is given."""
    if question.measure.startswith(OF_EXPERIENCE):
        return _explain_experience(company, question, settings=settings, output=output, rows_count=rows_count)
    measure, rows_of = _measure(company, question.measure)
    missing = [need for need in measure.needs if need not in company.supplied]
    if missing:
        raise UnknownNameError(f"measure {question.measure!r} is not published: {company.name} does not supply {', '.join(missing)}")
    opened = _opened(company, question, settings=settings)
    edition = opened.edition
    if not rows_of.of(edition).exists():
        raise UnknownNameError(f"edition {edition.number} of {question.period} has no {measure.name}; its sheet Worth says why")
    with engine(settings) as connection:
        _check_that_it_is_published(connection, edition, measure)
        ledger = _group(connection.read_parquet(rows_of.of(edition)), company, question.segment, side=measure.side)
        behind = contributions(_part(ledger, measure, question.part, rules=company.definitions.intakes), measure)
        summed = behind.aggregate([_.contribution.sum().fill_null(0).name("total"), _.count().name("customers_count")])
        (sums,) = connection.to_pyarrow(summed).to_pylist()
        total, customers_count = sums["total"], int(sums["customers_count"])
        columns = (
            *rows_of.shown,
            *(segment_by for segment_by in company.definitions.segments if segment_by in ledger.columns),
            "contribution",
        )
        ordered = behind.order_by(_.contribution.abs().desc(), rows_of.worth.desc(), "customer_id").select(*columns)
        rows = _listed(connection, opened, ordered, output=output, rows_count=rows_count)
    where = "".join(f" of {condition}" for condition in (question.segment, question.part) if condition)
    number = counted(int(total), "customer")
    if measure.unit == "count":
        number = f"{int(total):,}, from {counted(customers_count, 'customer')}"
    if measure.unit == "money":
        amount = money_exact(total, company.definitions.currency, minor_units=company.definitions.minor_units)
        number = f"{amount}, from {counted(customers_count, 'customer')}"
    sentence = f"{measure.label}{where}, {question.period}, edition {edition.number}: {number}. {measure.description}"
    return Explanation(sentence, customers_count, columns, rows)


def explain_bridge(
    company: Company, question: ExplainRequest, *, settings: Settings, output: Path | None = None, rows_count: int = 20
) -> Explanation:
    """The claims and customers that stand in one line of the silos' bridges, `silo.new.line`, each with its day.

    `question.measure` names silo, what it claims and the line, from the left on: `marketing`, `marketing.new`, or
    `marketing.new.other_period`.
    """
    opened = _opened(company, question, settings=settings)
    edition = opened.edition
    path = _only_in_some(edition, "alignment.parquet", message="has no bridges; declare `claims` in sources.yaml and run it again")
    with engine(settings) as connection:
        every = with_line_key(connection.read_parquet(path))
        names = _names_in(every.place)
        wanted = [name for name in names if f"{name}.".startswith(f"{question.measure}.")]
        if not wanted:
            raise UnknownNameError(f"line {question.measure!r}: {_nearest(question.measure, names)}")
        behind = every.filter(_.place.isin(wanted)).drop("place")
        customers_count = rows_in(connection, behind)
        ordered = behind.order_by("silo", "claimed", "line", "customer_id", "claim_key")
        rows = _listed(connection, opened, ordered, output=output, rows_count=rows_count)
    sentence = (
        f"{question.measure}, {question.period}, edition {edition.number}: {counted(customers_count, 'row')}, a claim or a customer each."
    )
    return Explanation(sentence, customers_count, tuple(behind.columns), rows)


def _only_in_some(edition: Edition, name: str, *, message: str) -> Path:
    """A file that not every edition has; raises UnknownNameError, saying what to do, where this one has none."""
    path = edition.folder / name
    if not path.exists():
        raise UnknownNameError(f"edition {edition.number} of {edition.folder.parent.name} {message}")
    return path


def _check_that_it_is_published(connection: Backend, edition: Edition, measure: Measure) -> None:
    """See that a measure of the ledger was one already when the edition was published; raises UnknownNameError."""
    if measure.name in MEASURES and measure.name not in _names_in(connection.read_parquet(edition.folder / "figures.parquet").measure):
        raise UnknownNameError(
            f"measure {measure.name!r}: expected it in figures.csv of edition {edition.number} of {edition.folder.parent.name}, found "
            "none: it was published before there was this measure, or what it needs; run the period again"
        )


def _names_in(column: Column) -> list[str]:
    """Every name that a column holds, in order."""
    return sorted(column.as_table().distinct().to_pyarrow()[0].to_pylist())


def _explain_experience(
    company: Company, question: ExplainRequest, *, settings: Settings, output: Path | None, rows_count: int
) -> Explanation:
    """The customers at opening who had an experience, `experience.complaint`, or of these the lost, `experience.complaint.lost`."""
    opened = _opened(company, question, settings=settings)
    edition = opened.edition
    message = "has no experiences; bring an extract of `tickets` or `surveys` and run it again"
    path = _only_in_some(edition, "experiences.parquet", message=message)
    with engine(settings) as connection:
        every = with_experience_name(connection.read_parquet(path))
        names = _names_in(every.experience_name)
        wanted, is_lost = question.measure, False
        if wanted not in names and wanted.endswith(LOST_OF_EXPERIENCE):
            wanted, is_lost = wanted.removesuffix(LOST_OF_EXPERIENCE), True
        if wanted not in names:
            raise UnknownNameError(f"experience {question.measure!r}: {_nearest(wanted, names)}")
        group = _group(connection.read_parquet(edition.movements), company, question.segment, side="opening")
        behind = every.filter(every.experience_name == wanted).join(group.select("customer_id", "customer_name"), "customer_id")
        behind = behind.filter(_.is_lost) if is_lost else behind
        customers_count = rows_in(connection, behind)
        ordered = behind.order_by(_.opening_amount.desc(), "customer_id").select(*SHOWN_OF_EXPERIENCES)
        rows = _listed(connection, opened, ordered, output=output, rows_count=rows_count)
    where = f" of {question.segment}" if question.segment else ""
    entry = EXPERIENCES[wanted.split(".")[1]]
    who = f"{label_of_name(wanted)}{', lost' if is_lost else ''}{where}"
    sentence = f"{who}, {question.period}, edition {edition.number}: {counted(customers_count, 'customer')} at opening. {entry.description}"
    return Explanation(sentence, customers_count, SHOWN_OF_EXPERIENCES, rows)


def _listed(
    connection: Backend, opened: OpenEdition, ordered: Table, *, output: Path | None, rows_count: int
) -> tuple[tuple[object, ...], ...]:
    """The first rows; all of them in `output`, if it is given."""
    if output:
        from tasks.store.spreadsheets import write_query  # noqa: PLC0415 - openpyxl is for files only

        write_query(connection, ordered, output)
    listed = opened.frame(connection, ordered.limit(rows_count)).astype(object)
    return tuple(map(tuple, listed.where(listed.notna(), None).to_numpy()))


def _part(ledger: Table, measure: Measure, part: str | None, *, rules: CohortSettings) -> Table:
    """The customers of one part of those that a measure is told apart by."""
    if part is None:
        return ledger
    splits = {split.name: split for split in (*SPLITS, *cohort_catalogue(rules).splits) if measure.name in split.measures}
    name, has_value, wanted = part.partition("=")
    if not has_value or name not in splits:
        raise UnknownNameError(f"part {part!r}: expected {' or '.join(f'{split_name}=...' for split_name in splits) or 'none'}")
    marked = ledger.mutate(part=splits[name].part(ledger))
    parts = _names_in(marked["part"])
    if wanted not in parts:
        raise UnknownNameError(f"part {part!r}: {_nearest(wanted, parts)}")
    return marked.filter(_.part == wanted).drop("part")


def _measure(company: Company, name: str) -> tuple[Measure, CustomerFile]:
    """The measure of that name, and the file that keeps the customers behind it."""
    of_cohorts = cohort_catalogue(company.definitions.intakes).measures
    files = ((MEASURES, LEDGER), (of_cohorts, COHORTS), (EQUITY_MEASURES, EQUITY))
    for measures, rows_of in files:
        if name in measures:
            return measures[name], rows_of
    raise UnknownNameError(f"measure {name!r}: {_nearest(name, [measure for measures, _rows_of in files for measure in measures])}")


def _opened(company: Company, question: ExplainRequest, *, settings: Settings) -> OpenEdition:
    return open_edition(company, question.period, edition=question.edition, settings=settings)


def _group(ledger: Table, company: Company, segment: str | None, *, side: Side) -> Table:
    """The customers of a group, where each counts for the measure; who stayed and changed its group is marked."""
    if segment is None:
        return grouped_by(ledger, None, side=side)
    name, has_value, group = segment.partition("=")
    if not has_value or name not in company.definitions.segments:
        raise UnknownNameError(
            f"segment {segment!r}: expected {' or '.join(f'{segment_by}=...' for segment_by in company.definitions.segments) or 'none'}"
        )
    if name not in ledger.columns:
        raise UnknownNameError(f"segment {segment!r}: this edition was published before {name} was declared; run the period again")
    marked = grouped_by(ledger, name, side=side)
    groups = _names_in(marked["group"])
    if group not in groups:
        raise UnknownNameError(f"segment {segment!r}: {_nearest(group, groups)}")
    return marked.filter(_.group == group)


def _nearest(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"expected one of {', '.join(names)}"
