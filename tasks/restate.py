"""Restate: a published period against what is known now, every figure that differs with the cause of every customer's change."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportCallIssue=false

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.sources import SENT_AS
from tasks.customer_math.analysis.restatements import (
    CAUSES,
    EarlierAndCurrentRows,
    cause_differences,
    changed_customers,
    changed_figures,
    customers_behind,
    evidence_in_rates,
    evidence_in_rows,
    evidence_of_grace,
    evidence_of_limits,
    evidence_of_merges,
    renamed,
    restated_catalogue,
    restated_customers,
    restatement,
    with_causes,
)
from tasks.customer_math.catalogue import CUSTOMER_MEASURES, MEASURES, MONEY
from tasks.customer_math.figures import ALL
from tasks.reporting.restated import HEADLINE_MEASURES, PartOfChange, RestatedFigure, RestatedPeriod, is_material
from tasks.sources.landing_job import read_as
from tasks.store.engine import atomic_write, engine, rows_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.restatement_settings import Restating
    from config.settings import Settings
    from config.sources import Extract
    from expectations.verdict import Accepted
    from tasks.customer_math.analysis.restatements import Cause
    from tasks.customer_math.ledger.periods import Period
    from tasks.customer_math.measures import Catalogue
    from tasks.store.editions import Edition

NAMES_A_CUSTOMER = ("customer_id", "referred_customer_id")
"""Columns of accepted rows that hold a customer whose figures they may change."""
READING = ("dataset", "sql", "columns", "constants", "attributes", "codes", "key", "changed_at", "versions", "correction_column")
"""What of an extract's description decides what its rows say, besides how it is read; where it is, is no matter of definition."""
ROLL_FORWARD = frozenset(measure.name for measure in (*CUSTOMER_MEASURES, *MONEY))
"""What is told first: how many customers there are, how they moved, and what they are worth."""
KEY_OF_DAY = {"contracts": "starts_on"}
"""The day from which a row counts, where the shared table has no day of its own."""

REPORTED_COLUMNS = frozenset(
    {
        *("period", "edition_from", "edition_to", "is_recast", "segment_by", "segment", "measure", "unit"),
        *("value_from", "value_to", "difference", "cause", "cause_difference", "customers_count"),
    }
)
"""Columns of a restatement that are told in words; by any other a figure is split further."""


@dataclass(frozen=True)
class Snapshot:
    """What was known at one time, by whom: the company's folder and the accepted rows."""

    company: Company
    accepted: tuple[Accepted, ...]
    as_of: date

    @property
    def merged_into(self) -> dict[str, str]:
        """The customers who were in truth another, and which, as the company knew it."""
        return self.company.corrections.merged_into_on(self.as_of)


@dataclass(frozen=True)
class Step:
    """From one ledger of a period to the next: what changed in between."""

    before: Path
    after: Path
    cause: Cause | None = None
    """The one cause of all that changed; none: to be found in the rows."""


@dataclass(frozen=True)
class RestatementRequest:
    """A published period, the steps that lead from its ledger to the one of now, and what was and is known."""

    period: Period
    edition: Edition
    edition_to: int | None
    """The number of the edition that will recast it; none: it is only told."""
    is_requested: bool
    """Whether the period is asked for, and is recast however little it changed."""
    steps: tuple[Step, ...]
    figures: Path
    """The period's figures as they are now."""
    earlier: Snapshot | None
    """None where what was known then is no longer kept."""
    latest: Snapshot
    data_through: date
    """The last day that the extracts of now cover."""
    unexplained: Cause = "unexplained"
    """What a change is put down to for which no row gives a cause."""


@dataclass(frozen=True)
class Restatement:
    """A restated period: what is told of it, and where its rows are."""

    summary: RestatedPeriod
    rows: Path
    """The figures with their causes, a row a figure and cause."""
    customers: Path
    """The customers who changed, a row a customer and step."""


def figures_differ(edition: Edition, figures: Path, *, period: Period, segments: Sequence[str], settings: Settings) -> bool:
    """Whether any figure of a published period is another now."""
    with engine(settings) as connection:
        return bool(rows_in(connection, _compared(connection, edition, figures, period=period, segments=segments)))


def _compared(connection: Backend, edition: Edition, figures: Path, *, period: Period, segments: Sequence[str]) -> Table:
    published, now = (connection.read_parquet(path) for path in (edition.folder / "figures.parquet", figures))
    return changed_figures(published, now, period=period.name, segments=_segments_in_edition(connection, edition, segments))


def _segments_in_edition(connection: Backend, edition: Edition, segments: Iterable[str]) -> list[str]:
    """The ways of grouping of now that the edition's ledger knows too."""
    columns = connection.read_parquet(edition.movements).columns
    return [name for name in segments if name in columns]


def restate(question: RestatementRequest, *, folder: Path, settings: Settings) -> Restatement | None:
    """The restatement of a published period, kept in the folder; none where its figures are what they were."""
    with engine(settings) as connection:
        segments = _segments_in_edition(connection, question.edition, question.latest.company.definitions.segments)
        compared = _compared(connection, question.edition, question.figures, period=question.period, segments=segments)
        changed = _held(connection, compared)
        if not rows_in(connection, changed):
            return None
        rule = question.latest.company.definitions.restatements
        if rule.recast == "material" and not question.is_requested and not _is_material(connection, changed, rule):
            question = replace(question, edition_to=None)
        caused = [_with_its_causes(connection, question, step) for step in question.steps]
        catalogue = _catalogue(connection, changed, caused)
        parts, behind = cause_differences(caused, segments=segments, catalogue=catalogue), customers_behind(caused, catalogue)
        rows = restatement(changed, parts, behind, remainder=question.unexplained)
        customers = [restated_customers(*tables, merged_into=_merged_into(question)) for tables in caused]
        name = f"restated-{question.period.name}-{question.edition.number}"
        paths = [folder / f"{name}.parquet", folder / f"{name}-customers.parquet"]
        for path, table in zip(paths, (rows.order_by(*_order(rows)), ibis.union(*customers).order_by("customer_id", "cause")), strict=True):
            with atomic_write(path) as unfinished:
                connection.to_parquet(_about(table, question), unfinished)
        written = {name: connection.read_parquet(path) for name, path in zip(("rows", "customers"), paths, strict=True)}
        summary = read_restated(connection, **written, period=question.period, rule=rule)
        assert summary is not None, "a changed figure was just written"
        return Restatement(summary, *paths)


def _is_material(connection: Backend, changed: Table, rule: Restating) -> bool:
    """Whether a headline figure of all customers changed beyond the company's limits."""
    rows = connection.to_pyarrow(changed.filter(changed.measure.isin(HEADLINE_MEASURES))).to_pylist()
    figures = [_figure([row]) for row in rows if _is_reported(row)]
    return is_material(figures, customers_rate=rule.material_heads_rate, value_rate=rule.material_value_rate)


def _with_its_causes(connection: Backend, question: RestatementRequest, step: Step) -> tuple[Table, Table, Table]:
    """The ledgers before and after a step, and the customers who changed in it, with their cause."""
    before, after = connection.read_parquet(step.before), connection.read_parquet(step.after)
    return before, after, _held(connection, _causes(connection, question, step, (before, after)))


def _catalogue(connection: Backend, changed: Table, caused: Sequence[tuple[Table, Table, Table]]) -> Catalogue:
    """The measures of which any figure changed, and the ways of splitting in which it did."""
    split_by = changed.split_by if "split_by" in changed.columns else ibis.literal(ALL)
    pairs = connection.to_pyarrow(changed.select("measure", split_by=split_by).distinct()).to_pylist()
    ledgers = [ledger for before, after, _causes in caused for ledger in (before, after)]
    return restated_catalogue([(row["measure"], row["split_by"]) for row in pairs], ledgers)


def _held(connection: Backend, table: Table) -> Table:
    """A table that is computed once and asked several times; it goes with its connection."""
    return connection.create_table(ibis.util.gen_name("held"), table, temp=True)


def _order(rows: Table) -> list[str]:
    return [name for name in rows.columns if name not in {"value_from", "value_to", "difference", "cause_difference", "customers_count"}]


def _about(table: Table, question: RestatementRequest) -> Table:
    """The rows with what they are about: period, editions, and whether the period was recast."""
    remaining = table.drop("period") if "period" in table.columns else table
    return remaining.select(
        period=ibis.literal(question.period.name),
        edition_from=ibis.literal(question.edition.number),
        edition_to=ibis.literal(question.edition_to, "int64"),
        is_recast=ibis.literal(question.edition_to is not None),
        **{name: remaining[name] for name in remaining.columns},
    )


def _causes(connection: Backend, question: RestatementRequest, step: Step, tables: tuple[Table, Table]) -> Table:  # noqa: PLR0917 - one step's inputs
    """The customers whose row changed in a step, with their cause."""
    changed = changed_customers(*tables)
    if step.cause:
        return with_causes(changed, None, otherwise=step.cause)
    if question.earlier is None:
        return with_causes(changed, None, otherwise=question.unexplained)
    held = _held(connection, changed)
    evidence = _evidence(connection, question, question.earlier, held)
    evidence = evidence.union(evidence_of_limits(*tables), evidence_of_grace(*tables, data_through=question.data_through))
    return with_causes(held, evidence, otherwise=question.unexplained)


def _evidence(connection: Backend, question: RestatementRequest, earlier: Snapshot, changed: Table) -> Table:  # noqa: PLR0917 - the same
    """What happened to rows, rates and identities between then and now."""
    merged, split = _merges_between(earlier, question.latest)
    before, after = ({accepted.extract: accepted for accepted in snapshot.accepted} for snapshot in (earlier, question.latest))
    evidence = [evidence_of_merges(merged, split)]
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            evidence += _evidence_of_reading(connection, was or now)
        elif now.dataset == "exchange_rates":
            rows = [connection.read_parquet(one.path) for one in question.latest.accepted if one.dataset in {"purchases", "contracts"}]
            rates = (connection.read_parquet(one.path) for one in (was, now))
            evidence.append(evidence_in_rates(*rates, rows, through=ibis.literal(question.period.closing_day)))
        else:
            evidence += (_evidence_of(connection, question, was, now, changed, named) for named in _named_in(connection, now))
    return ibis.union(*evidence)


def _named_in(connection: Backend, accepted: Accepted) -> list[str]:
    """The columns of an extract's accepted rows that name a customer."""
    return [name for name in NAMES_A_CUSTOMER if name in connection.read_parquet(accepted.path).columns]


def _evidence_of_reading(connection: Backend, accepted: Accepted | None) -> Iterator[Table]:
    """The customers of an extract that is read only now, or no longer."""
    assert accepted is not None, "an extract is in one of the two"
    for named in _named_in(connection, accepted):
        rows = connection.read_parquet(accepted.path)
        customers = rows.filter(rows[named].notnull()).select(customer_id=rows[named]).distinct()
        yield customers.mutate(cause=ibis.literal("definition change"))


def _evidence_of(  # noqa: PLR0917 - the same
    connection: Backend, question: RestatementRequest, old: Accepted, new: Accepted, changed: Table, named: str
) -> Table:
    """What happened to the rows of one extract that touch a customer who changed, by a column that names it."""
    assert question.earlier is not None, "the rows of then are there"
    extract, was = (snapshot.company.sources.extracts[new.extract] for snapshot in (question.latest, question.earlier))
    merged_into = _merged_into(question)
    is_keyed = "place_in_file" not in (extract.key, was.key)
    tables = {
        name: _under(_with_version_keys(connection.read_parquet(path), extract), named)
        for name, path in (
            ("earlier", old.path),
            ("latest", new.path),
            ("aside_earlier", old.set_aside_path),
            ("aside_latest", new.set_aside_path),
        )
    }
    if new.dataset == "customers":
        tables = (
            {name: table.filter(~table.customer_id.isin(list(merged_into))) for name, table in tables.items()} if merged_into else tables
        )
    touching = _touching(tables, changed, is_keyed=is_keyed)
    assert extract.shared is not None, "an extract that is only joined is not accepted"
    day = extract.shared.event_on or KEY_OF_DAY.get(extract.shared.name)
    evidence = evidence_in_rows(
        EarlierAndCurrentRows(**touching, is_keyed=is_keyed, day=day, sent_as=SENT_AS[named]),
        through=_through(question, new.dataset),
        merged_into=merged_into,
    )
    if read_as(extract.read) != read_as(was.read) or any(getattr(extract, name) != getattr(was, name) for name in READING):
        return renamed(evidence, dict.fromkeys(CAUSES[:3], "definition change"))
    return renamed(evidence, {"corrected row": "attribute change"} if new.dataset == "customers" else {})


def _with_version_keys(rows: Table, extract: Extract) -> Table:
    """The rows with a key for each version, where the versions of a key are a history."""
    return rows.mutate(record_key=_.record_key + "|" + _.changed_at.fill_null("")) if extract.versions else rows


def _under(rows: Table, named: str) -> Table:
    """The rows as rows of the customer that a column names."""
    return rows if named == "customer_id" else rows.mutate(customer_id=rows[named])


def _through(question: RestatementRequest, dataset: str) -> date:
    """The last day whose rows can change the period: a gap may be bridged, a contract renewed and a reason told after it."""
    definitions = question.latest.company.definitions
    longer = {"contracts": definitions.renewals.grace_days, "departures": definitions.departing.reason_after_days}
    return question.period.closing_day + timedelta(days=max(definitions.activity.bridge_days, longer.get(dataset, 0)))


def _touching(tables: dict[str, Table], changed: Table, *, is_keyed: bool) -> dict[str, Table]:
    """The rows of customers who changed, and, where rows have keys, the same rows under another customer."""
    own = {name: table.semi_join(changed, "customer_id") for name, table in tables.items()}
    if not is_keyed:
        return own
    keys = ibis.union(*(table.select("record_key") for table in own.values())).distinct()
    return {name: table.semi_join(keys, "record_key") for name, table in tables.items()}


def _merges_between(earlier: Snapshot, latest: Snapshot) -> tuple[list[str], list[str]]:
    """The customers who were merged, and who were split, each with their master."""
    before, after = earlier.merged_into, latest.merged_into
    merged = {customer_id for one, master in after.items() if before.get(one) != master for customer_id in (one, master)}
    split = {customer_id for one, master in before.items() if after.get(one) != master for customer_id in (one, master)}
    return sorted(merged), sorted(split - merged)


def _merged_into(question: RestatementRequest) -> dict[str, str]:
    return {**(question.earlier.merged_into if question.earlier else {}), **question.latest.merged_into}


def read_restated(connection: Backend, *, rows: Table, customers: Table, period: Period, rule: Restating) -> RestatedPeriod | None:
    """What the files of a restatement say of a period; none where they say nothing of it."""
    about, people = rows.filter(rows.period == period.name), customers.filter(customers.period == period.name)
    records = connection.to_pyarrow(about).to_pylist()
    if not records:
        return None
    figures: dict[str, list[dict[str, Any]]] = {}
    for row in records:
        key = {name: value for name, value in row.items() if name not in {"cause", "cause_difference", "customers_count"}}
        figures.setdefault(json.dumps(key, default=str), []).append(row)
    restated = tuple(_figure(parts) for parts in figures.values() if _is_reported(parts[0]))
    return RestatedPeriod(
        period=period.name,
        label=period.label,
        edition_from=records[0]["edition_from"],
        edition_to=records[0]["edition_to"],
        is_material=is_material(restated, customers_rate=rule.material_heads_rate, value_rate=rule.material_value_rate),
        customers_count=rows_in(connection, people.select("customer_id").distinct()),
        figures=tuple(sorted(restated, key=_sort_key)),
        changed_count=len(figures),
        causes=tuple(sorted({row["cause"] for row in records})),
    )


def _is_reported(row: dict[str, Any]) -> bool:
    """Whether a figure is told in words: of the whole and of plain groups; what is split further is in the file."""
    further = [value for name, value in row.items() if name not in REPORTED_COLUMNS]
    return row["measure"] in MEASURES and all(value == "all" for value in further)


def _figure(parts: Sequence[dict[str, Any]]) -> RestatedFigure:
    first = parts[0]
    return RestatedFigure(
        measure=first["measure"],
        label=MEASURES[first["measure"]].label,
        unit=first["unit"],
        segment_by=first["segment_by"],
        segment=first["segment"],
        value_from=first["value_from"],
        value_to=first["value_to"],
        parts=tuple(PartOfChange(part["cause"], part["cause_difference"], part["customers_count"]) for part in parts if "cause" in part),
        is_of_a_question=first["measure"] not in ROLL_FORWARD,
    )


def _sort_key(figure: RestatedFigure) -> tuple[bool, str, str, int]:
    return figure.segment_by != "all", figure.segment_by, figure.segment, list(MEASURES).index(figure.measure)
