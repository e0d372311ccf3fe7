"""Validate: every row of a landed extract is used, set aside with its reasons or superseded, and every rule has its verdict."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ibis import _
from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from pydantic import TypeAdapter, ValidationError

from config.company import Company
from config.faults import faults_in_a_sentence
from config.redaction import redacted
from config.settings import Settings
from config.whole_files import is_usable
from expectations.blocking_failures import broken_rules, disagreements, other_than_declared, residuals, too_many_set_aside
from expectations.checks import check_of
from expectations.failure_details import NO_DETAILS, details_of, not_judged, verdict
from expectations.predicates import breaks
from expectations.quarantine import is_broken_by, repeated_keys, set_aside_by_rule, with_age, with_broken_rules
from expectations.rule import Run
from expectations.suites import kinds_of, rules_of
from expectations.tie_out import DeclaredTotal, in_numbers, tie_out
from expectations.validator import evaluate_rules
from expectations.verdict import Accepted, ControlTotals, RefusedError
from tasks.reporting.render.html import validation_markdown, validation_page
from tasks.sources.landed import Landed
from tasks.store.engine import Home, atomic_write, engine
from tasks.store.locks import brief_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.datasets import Dataset, Kind
    from config.sources import Extract
    from expectations.failure_details import BrokenRows, Evaluation
    from expectations.rule import Rule
    from expectations.verdict import RuleResult

LOG = logging.getLogger(__name__)
ACCEPTANCE_VERSION = 2
"""Raised whenever rows are accepted in another way, so that nothing accepted in the old way is used again."""
NO_CUSTOMERS = "the company has no extract of customers to compare with"
OUTCOME, PAGE = "outcome.json", "validation.html"


@dataclass(frozen=True)
class Outcome:
    """What became of an extract, and why it is refused, if it is."""

    accepted: Accepted
    refusals: tuple[str, ...]
    page: Path


@dataclass(frozen=True)
class ValidationJob:
    """One extract before the judge: its rows, its rules, and whom the company knows."""

    company: Company
    landed: Landed
    known_customers: Path | None
    as_of: date

    @property
    def extract(self) -> Extract:
        """The extract as sources.yaml has it."""
        return self.company.sources.extracts[self.landed.extract]

    @property
    def dataset(self) -> Dataset:
        """The shared table that its rows become."""
        assert self.extract.shared is not None, "an extract that is only joined is not validated"
        return self.extract.shared

    @property
    def amount(self) -> str | None:
        """The column of its money; none where it carries none."""
        return self.dataset.amount if self.landed.amount is not None else None

    @property
    def kinds(self) -> dict[str, Kind]:
        """Its columns, and of which kind each is."""
        return kinds_of(self.dataset.name, self.extract)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that it is judged by."""
        covers_through = min(self.landed.covers_through or self.as_of, self.as_of)
        return rules_of(self.company, self.landed.extract, run=Run(as_of=self.as_of, covers_through=covers_through))

    @property
    def declared(self) -> DeclaredTotal | None:
        """What the source itself says that it holds, found when it was read or written in sources.yaml."""
        return self.landed.declared or in_numbers(self.extract.control_total)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that its acceptance depends on."""
        definitions = self.company.definitions
        depends_on = {
            "way": ACCEPTANCE_VERSION,
            "landed": self.landed.fingerprint,
            "files": self.landed.files,
            "rules": [asdict(rule) for rule in self.rules],
            "extract": self.extract.model_dump(),
            "largest_set_aside_rate": definitions.rules.largest_set_aside_rate,
            "declared": asdict(self.declared) if self.declared else None,
            "allowed": [a.extract for a in definitions.allowed_differences if a.extract == self.landed.extract and a.until >= self.as_of],
            "known_customers": _digest(self.known_customers) if self.known_customers else None,
        }
        return hashlib.sha256(json.dumps(depends_on, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@task(name="validate", task_run_name="validate {landed.extract}", cache_policy=NO_CACHE)
@faults_in_a_sentence
def validate(company: Company, landed: Landed, *, known_customers: Path | None, settings: Settings, home: Home, as_of: date) -> Accepted:
    """Judge one extract, show every rule with what was found, and hand on the rows to use; raises RefusedError."""
    case = ValidationJob(company, landed, known_customers, as_of)
    outcome = judge_extract(case, settings=settings, home=home)
    title, accepted, page = f"Validation of {landed.extract}", outcome.accepted, str(outcome.page)
    shown = validation_markdown(title, totals=[accepted.totals], verdicts=accepted.verdicts, refusals=outcome.refusals, page=page)
    create_markdown_artifact(
        key=f"validation-{landed.extract.replace('_', '-')}",
        markdown=redacted(shown),
        description=f"Every rule for {landed.extract}, and what was found",
    )
    return _accepted(outcome, case)


def accept_extract(
    company: Company, landed: Landed, *, known_customers: Path | None, settings: Settings, home: Home, as_of: date
) -> Accepted:
    """The rows of an extract that may be used, with what became of the others; raises RefusedError saying why not.

    What analysts need, the rows set aside and the page, is written either way. The same extract under the same rules is not
    judged twice.
    """
    case = ValidationJob(company, landed, known_customers, as_of)
    return _accepted(judge_extract(case, settings=settings, home=home), case)


def _accepted(outcome: Outcome, case: ValidationJob) -> Accepted:
    if outcome.refusals:
        raise RefusedError("\n".join(outcome.refusals))
    landed, allowed = case.landed, case.company.definitions.allowed_differences
    found = (landed.records_count, landed.source_amount)
    tied = tie_out(landed.extract, case.declared, found=found, allowed=allowed, as_of=case.as_of)
    # Said anew each time: they may change while the rows do not.
    return replace(outcome.accepted, source_fingerprint=landed.source_fingerprint, tie_out=tied, corrections=landed.corrections)


def judge_extract(case: ValidationJob, *, settings: Settings, home: Home) -> Outcome:
    """What becomes of one extract, and why it is refused, if it is; kept in a folder of its own."""
    folder = home.accepted(case.landed.extract, case.fingerprint)
    with brief_lock(home.lock(f"judge-{case.landed.extract}")):  # two periods that are published at once rest on one extract
        kept = _kept(folder)
        if kept and not kept.refusals:
            return kept
        # A refusal is judged anew: what stood in the way may have been the machine's, not the data's.
        shutil.rmtree(folder, ignore_errors=True)
        with atomic_write(folder) as beside:
            beside.mkdir(parents=True)
            outcome = _judged(case, folder=folder, beside=beside, settings=settings)
            (beside / OUTCOME).write_bytes(TypeAdapter(Outcome).dump_json(outcome, indent=1))
    outcome = _kept(folder)
    assert outcome is not None, "the folder has just been written"
    _log(outcome)
    return outcome


def _kept(folder: Path) -> Outcome | None:
    """What was found before, with its paths as they are now; none where it is not there, or damaged."""
    try:
        kept = TypeAdapter(Outcome).validate_json((folder / OUTCOME).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    if not kept.refusals and not all(is_usable(path) for path in _paths(folder).values()):
        return None
    return replace(kept, accepted=replace(kept.accepted, **_paths(folder)), page=folder / PAGE)


def _paths(folder: Path) -> dict[str, Any]:
    """Where the three tables are, by the names that `Accepted` has for them."""
    return {"path": folder / "accepted.parquet", **{f"{name}_path": folder / f"{name}.parquet" for name in ("set_aside", "superseded")}}


@dataclass(frozen=True)
class ValidationContext:
    """Where one case is judged: the engine, the folder that is being written, the current rows and the rules for them."""

    case: ValidationJob
    connection: Backend
    beside: Path
    current: Path
    """The rows without older versions; the landed file itself where there are none."""
    rules: tuple[Rule, ...]

    @property
    def known_customers(self) -> Table | None:
        """The customers whom the company knows."""
        path = self.case.known_customers
        return self.connection.read_parquet(path) if path else None

    def written(self, name: str) -> Table:
        """One of the three tables, read back from what was written."""
        return self.connection.read_parquet(_paths(self.beside)[name])

    def breaking(self, rule: Rule) -> Table:
        """The rows that break a rule about rows."""
        if rule.if_broken == "set_aside":
            rows = self.written("set_aside_path")
            return rows.filter(is_broken_by(rows, rule))
        rows = self.connection.read_parquet(self.case.landed.path if check_of(rule).judges == "all rows" else self.current)
        return rows.filter(breaks(rows, rule, known_customers=self.known_customers))


def _judged(case: ValidationJob, *, folder: Path, beside: Path, settings: Settings) -> Outcome:
    """Older versions out, the others judged, those that break a rule set aside; then every row and all money counted again."""
    rules = case.rules
    unjudged = [rule for rule in rules if rule.check == "is_known_customer" and case.known_customers is None]
    with engine(settings) as connection:
        current = _without_older_versions(case, connection, beside)
        bench = ValidationContext(case, connection, beside, current, tuple(rule for rule in rules if rule not in unjudged))
        judgements = _judgements(bench, settings)
        _split(bench)
        totals = _totals(bench)
        verdicts = _verdicts(bench, judgements, totals) + tuple(not_judged(rule, because=NO_CUSTOMERS) for rule in unjudged)
        covers_from, covers_through = _covers(bench)
    if current != case.landed.path:
        current.unlink()
    landed = case.landed
    accepted = Accepted(
        extract=landed.extract,
        silo=landed.silo,
        dataset=landed.dataset,
        fingerprint=case.fingerprint,
        totals=totals,
        verdicts=verdicts,
        covers_from=covers_from,
        covers_through=covers_through,
        files=landed.files,
        read_fingerprint=landed.fingerprint,
        **_paths(folder),
    )
    refusals = _refusals(case, accepted, page=folder / PAGE)
    page = validation_page(f"Validation of {landed.extract}", totals=[totals], verdicts=verdicts, refusals=refusals)
    (beside / PAGE).write_text(page, encoding="utf-8")
    return Outcome(accepted, refusals, folder / PAGE)


def _without_older_versions(case: ValidationJob, connection: Backend, beside: Path) -> Path:
    """The file of the current rows; the older versions of a key are written beside it."""
    rows = connection.read_parquet(case.landed.path)
    superseded = _paths(beside)["superseded_path"]
    repeated = repeated_keys(rows).cache()
    if case.extract.key == "place_in_file" or not _count(repeated):
        rows.limit(0).to_parquet(superseded)
        return case.landed.path
    aged = with_age(rows, repeated, dates=case.extract.read.dates)
    aged.filter(_.age > 0).drop("age").to_parquet(superseded)
    aged.filter(_.age == 0).drop("age").to_parquet(beside / "current.parquet")
    return beside / "current.parquet"


def _judgements(bench: ValidationContext, settings: Settings) -> dict[str, Evaluation]:
    """What the judge says; a rule about versions is put to all rows, the others to the current ones."""
    landed = bench.case.landed.path
    of_versions = [rule for rule in bench.rules if check_of(rule).judges == "all rows" and bench.current != landed]
    of_rows = [rule for rule in bench.rules if rule not in of_versions]
    return evaluate_rules(of_versions, landed, settings=settings) | evaluate_rules(
        of_rows, bench.current, known_customers=bench.case.known_customers, settings=settings
    )


def _split(bench: ValidationContext) -> None:
    """Write the rows set aside, with the rules that each breaks, and the rows to use."""
    rows = bench.connection.read_parquet(bench.current)
    marked = with_broken_rules(rows, bench.rules, known_customers=bench.known_customers)
    paths = _paths(bench.beside)
    marked.filter(marked.broken_rules.notnull()).to_parquet(paths["set_aside_path"])
    marked.filter(marked.broken_rules.isnull()).drop("broken_rules", "unreadable").to_parquet(paths["path"])


def _totals(bench: ValidationContext) -> ControlTotals:
    """Rows and money of what was read, as it was landed, and of what was written, as it stands in the files."""
    landed = bench.case.landed
    (used, used_amount), (aside, aside_amount), (superseded, superseded_amount) = (
        _rows_and_money(bench.written(name), bench.case.amount) for name in ("path", "set_aside_path", "superseded_path")
    )
    return ControlTotals(
        extract=landed.extract,
        rows_read_count=landed.rows_count,
        rows_used_count=used,
        rows_set_aside_count=aside,
        rows_superseded_count=superseded,
        amount_read=landed.amount,
        amount_used=used_amount,
        amount_set_aside=aside_amount,
        amount_superseded=superseded_amount,
    )


def _rows_and_money(rows: Table, amount: str | None) -> tuple[int, Decimal | None]:
    if amount is None:
        return _count(rows), None
    of_amount: Any = rows[amount]
    (found,) = rows.aggregate(rows_count=rows.count(), amount=of_amount.sum()).to_pyarrow().to_pylist()
    return found["rows_count"], found["amount"] or Decimal(0)


def _count(rows: Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def _verdicts(bench: ValidationContext, judgements: Mapping[str, Evaluation], totals: ControlTotals) -> tuple[RuleResult, ...]:
    """Every rule that was judged, with what was found."""
    set_aside = set_aside_by_rule(bench.written("set_aside_path")).to_pyarrow().to_pylist()
    counts = {found["rule"]: found["rows_count"] for found in set_aside}
    rows_counts = {"all rows": totals.rows_read_count, "current rows": totals.rows_read_count - totals.rows_superseded_count}
    return tuple(
        replace(
            verdict(rule, judgement, rows_count=rows_counts[check_of(rule).judges], broken=_broken(bench, rule, judgement)),
            set_aside_count=counts.get(rule.full_id, 0),
        )
        for rule, judgement in ((rule, judgements[rule.full_id]) for rule in bench.rules)
    )


def _broken(bench: ValidationContext, rule: Rule, judgement: Evaluation) -> BrokenRows:
    """What there is to say about the rows that break a rule."""
    if judgement.state != "broken" or check_of(rule).is_about == "table":
        return NO_DETAILS
    broken = details_of(bench.breaking(rule), rule, kinds=bench.case.kinds, amount=bench.case.amount)
    if check_of(rule).judges != "all rows":
        return broken
    superseded = f"{_count(bench.written('superseded_path')):,} of them are older versions and are superseded"
    return replace(broken, details=(superseded, *broken.details))


def _covers(bench: ValidationContext) -> tuple[date | None, date | None]:
    """First and last day that the accepted rows cover; an announced day ahead covers nothing yet."""
    event_on = bench.case.dataset.event_on
    if event_on is None:
        return None, bench.case.extract.covers_through
    rows = bench.written("path")
    found = rows.aggregate(first=rows[event_on].min(), latest=rows[event_on].max()).to_pyarrow().to_pylist()[0]
    latest = min(found["latest"], bench.case.as_of) if found["latest"] else None
    return found["first"], bench.case.extract.covers_through or latest


def _refusals(case: ValidationJob, accepted: Accepted, *, page: Path) -> tuple[str, ...]:
    """Every reason for which the extract may not be used; none: it may."""
    definitions, landed = case.company.definitions, case.landed
    allowed = [difference for difference in definitions.allowed_differences if difference.extract == landed.extract]
    return (
        *broken_rules(accepted.verdicts, page=page),
        *disagreements(accepted.verdicts),
        *too_many_set_aside(accepted, largest_rate=definitions.rules.largest_set_aside_rate, page=page),
        *residuals(accepted.totals),
        *other_than_declared(
            landed.extract,
            case.declared,
            rows_count=landed.records_count,
            amount=landed.source_amount,
            allowed=[difference for difference in allowed if difference.until >= case.as_of],
            ended=[difference for difference in allowed if difference.until < case.as_of],
        ),
    )


def _log(outcome: Outcome) -> None:
    totals = outcome.accepted.totals
    counts = (totals.rows_read_count, totals.rows_used_count, totals.rows_set_aside_count, totals.rows_superseded_count)
    told = [f"{count:,}" for count in counts]
    LOG.info("judged %s: %s rows read, %s used, %s set aside, %s superseded", totals.extract, *told)
