"""Validate: every row of a landed extract is used, set aside with its reasons or superseded, and every rule has its verdict."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact

from config.redaction import redacted
from expectations.blocking_failures import broken_rules, disagreements, other_than_declared, residuals, too_many_set_aside
from expectations.checks import check_of
from expectations.failure_details import NO_DETAILS, not_judged, verdict
from expectations.tie_out import tie_out
from expectations.verdict import Accepted, RefusedError
from tasks.reporting.render.html import validation_markdown, validation_page
from tasks.steps import tracked
from tasks.store.engine import Home, atomic_write, engine
from tasks.store.locks import brief_lock
from tasks.validation.job import ValidationJob
from tasks.validation.outcome import PAGE, Outcome, load_outcome, table_paths, write_outcome
from tasks.validation.rows import ExtractRows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from expectations.failure_details import BrokenRows, Evaluation
    from expectations.rule import Rule
    from expectations.verdict import RuleResult
    from tasks.sources.landed import Landed
    from tasks.validation.rows import WrittenTables

LOG = logging.getLogger(__name__)
NO_CUSTOMERS = "the company has no extract of customers to compare with"


def accept_and_show(
    company: Company, landed: Landed, *, customers_path: Path | None, settings: Settings, home: Home, as_of: date
) -> Accepted:
    """Judge one extract, show every rule with what was found, and hand on the rows to use; raises RefusedError."""
    case = ValidationJob(company, landed, customers_path, as_of)
    outcome = validate_extract(case, settings=settings, home=home)
    title, accepted, page = f"Validation of {landed.extract}", outcome.accepted, str(outcome.page)
    shown = validation_markdown(title, totals=[accepted.totals], verdicts=accepted.verdicts, refusals=outcome.refusals, page=page)
    create_markdown_artifact(
        key=f"validation-{landed.extract.replace('_', '-')}",
        markdown=redacted(shown),
        description=f"Every rule for {landed.extract}, and what was found",
    )
    return _accepted(outcome, case)


validate = tracked(accept_and_show, name="validate", run_name="validate {landed.extract}")


def accept_extract(
    company: Company, landed: Landed, *, customers_path: Path | None, settings: Settings, home: Home, as_of: date
) -> Accepted:
    """The rows of an extract that may be used, with what became of the others; raises RefusedError saying why not.

    What analysts need, the rows set aside and the page, is written either way. The same extract under the same rules is not
    judged twice.
    """
    case = ValidationJob(company, landed, customers_path, as_of)
    return _accepted(validate_extract(case, settings=settings, home=home), case)


def _accepted(outcome: Outcome, case: ValidationJob) -> Accepted:
    if outcome.refusals:
        raise RefusedError(*outcome.refusals)
    landed, allowed = case.landed, case.company.definitions.allowed_differences
    landed_totals = (landed.records_count, landed.source_amount)
    tied = tie_out(landed.extract, case.declared, actual=landed_totals, allowed=allowed, as_of=case.as_of)
    # Said anew each time: they may change while the rows do not.
    return replace(
        outcome.accepted, source_fingerprint=landed.source_fingerprint, tie_out=tied, corrections=landed.corrections, matched=landed.matched
    )


def validate_extract(case: ValidationJob, *, settings: Settings, home: Home) -> Outcome:
    """What becomes of one extract, and why it is refused, if it is; kept in a folder of its own."""
    folder = home.accepted(case.landed.extract, case.fingerprint)
    with brief_lock(home.lock(f"judge-{case.landed.extract}")):  # two periods that are published at once rest on one extract
        before = load_outcome(folder)
        if before and not before.refusals:
            return before
        # A refusal is judged anew: what stood in the way may have been the machine's, not the data's.
        shutil.rmtree(folder, ignore_errors=True)
        with atomic_write(folder) as unfinished:
            unfinished.mkdir(parents=True)
            write_outcome(_judged(case, folder=folder, unfinished=unfinished, settings=settings), unfinished)
    outcome = load_outcome(folder)
    assert outcome is not None, "the folder has just been written"
    _log(outcome)
    return outcome


def _judged(case: ValidationJob, *, folder: Path, unfinished: Path, settings: Settings) -> Outcome:
    """Older versions out, the others judged, those that break a rule set aside; then every row and all money counted again."""
    with engine(settings) as connection:
        rows = ExtractRows.of(connection, case)
        evaluations = rows.evaluations()
        about_rows = [rule for rule in case.judged_rules if check_of(rule).is_about == "rows"]
        broken = [rule for rule in about_rows if evaluations[rule.full_id].state == "broken"]
        marks = rows.mark([rule for rule in about_rows if rule in broken or _sets_aside(rule, evaluations)])
        rows.write(marks, unfinished)
        written = rows.written(unfinished)
        details = rows.with_id_differences(rows.details(broken, marks), evaluations)
    verdicts = _verdicts(case, evaluations, written=written, details=details)
    accepted = _accepted_rows(case, written, verdicts=verdicts, folder=folder)
    refusals = _refusals(case, accepted, page=folder / PAGE)
    title, notes = f"Validation of {case.landed.extract}", case.landed.notes
    page = validation_page(title, totals=[written.totals], verdicts=verdicts, refusals=refusals, notes=notes)
    (unfinished / PAGE).write_text(page, encoding="utf-8")
    return Outcome(accepted, refusals, folder / PAGE)


def _sets_aside(rule: Rule, evaluations: Mapping[str, Evaluation]) -> bool:
    """Whether rows are set aside by a rule, also where the judge finds none: its count and ours are held against each other."""
    return rule.if_broken == "set_aside" and evaluations[rule.full_id].state != "errored"


def _verdicts(
    case: ValidationJob, evaluations: Mapping[str, Evaluation], *, written: WrittenTables, details: Mapping[str, BrokenRows]
) -> tuple[RuleResult, ...]:
    """Every rule with what was found; those that there is nothing to judge by come last."""
    totals = written.totals
    rows_counts = {"all rows": totals.rows_read_count, "current rows": totals.rows_read_count - totals.rows_superseded_count}
    superseded = f"{totals.rows_superseded_count:,} of them are older versions and are superseded"

    def of_rule(rule: Rule) -> RuleResult:
        judges, broken = check_of(rule).judges, details.get(rule.full_id, NO_DETAILS)
        if judges == "all rows" and broken is not NO_DETAILS:
            broken = replace(broken, details=(superseded, *broken.details))
        result = verdict(rule, evaluations[rule.full_id], rows_count=rows_counts[judges], broken=broken)
        return replace(result, set_aside_count=written.set_aside_counts.get(rule.full_id, 0))

    unjudged = [rule for rule in case.rules if rule not in case.judged_rules]
    return (*map(of_rule, case.judged_rules), *(not_judged(rule, because=NO_CUSTOMERS) for rule in unjudged))


def _accepted_rows(case: ValidationJob, written: WrittenTables, *, verdicts: tuple[RuleResult, ...], folder: Path) -> Accepted:
    landed, latest_on = case.landed, written.latest_on
    # An announced day ahead covers nothing yet.
    latest = min(latest_on, case.as_of) if latest_on else None
    return Accepted(
        extract=landed.extract,
        silo=landed.silo,
        dataset=landed.dataset,
        fingerprint=case.fingerprint,
        totals=written.totals,
        verdicts=verdicts,
        covers_from=written.first_on,
        covers_through=case.extract.covers_through or latest,
        files=landed.files,
        read_fingerprint=landed.fingerprint,
        notes=landed.notes,
        **table_paths(folder),
    )


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
    texts = [f"{count:,}" for count in counts]
    LOG.info("judged %s: %s rows read, %s used, %s set aside, %s superseded", totals.extract, *texts)
