"""Restating: every published period that is not settled, computed again with what is known now, and published again where it differs."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from config.language import gettext
from config.localization import localized
from config.yaml_file import CompanyFolderError
from expectations.text import counted
from expectations.verdict import RefusedError
from flows.stages import accept_all, assemble_ledger, company_at, compute, historical_home, landed_at, plan_of, publish_run
from tasks.assemble import check_period, covered_days
from tasks.customer_math.ledger.periods import PeriodError, PeriodNameError, Plan, period_named
from tasks.restate import RestatementRequest, Snapshot, Step, figures_differ, restate
from tasks.steps import tracked
from tasks.store import editions
from tasks.store.edition_checks import checked_editions
from tasks.store.locks import exclusive_lock
from tasks.store.manifest import Restated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from config.company import Company
    from flows.stages import Computed, PipelineContext, Run
    from tasks.customer_math.analysis.restatements import Cause
    from tasks.customer_math.ledger.periods import Period
    from tasks.restate import Restatement
    from tasks.sources import Landed
    from tasks.store.editions import Edition

LOG = logging.getLogger("tasks.restate")


def _is_settled(run: Run, period: Period) -> bool:
    """Whether late rows are no longer expected for a period, so that it is published again only when it is asked for."""
    settled_on = period.closes_on + timedelta(days=run.context.company.definitions.restatements.settled_days)
    return period != run.period and run.context.as_of.date() >= settled_on


def restate_published(run: Run) -> tuple[tuple[Restated, ...], tuple[str, ...]]:
    """Every published period that is another now, oldest first, and what could not be compared, in words.

    Periods that are not settled are published again at once where the change is material (or always, as the company
    chooses), the one that is asked for by whoever asked; of settled ones, those that the asked period is shown beside are
    only told of.
    """
    restated: list[Restated] = []
    notes: list[str] = []
    due = list(_periods_to_compare(run, notes))
    if not due:
        return (), tuple(notes)
    now = _compute_current(run, [period for period, _edition in due])
    for period, edition in due:
        try:
            with _turn(run, period):
                restatement = _restated(run, period, edition, now=now[period])
                if restatement:
                    manifest_entry = Restated(restatement.summary, restatement.rows, restatement.customers)
                    LOG.info("restated %s: %s", period.name, counted(restatement.summary.changed_count, "figure"))
                    if restatement.summary.is_recast and period != run.period:
                        _publish_again(run, period, manifest_entry)
                    restated.append(manifest_entry)
        except RefusedError as error:
            if period == run.period:
                raise
            notes.append(_not_compared(run, period, error))
    return tuple(restated), tuple(notes)


def _turn(run: Run, period: Period) -> AbstractContextManager[None]:
    """Nobody else publishes a period while it is compared and published again; the asked one is the run's already.

    Nobody is waited for, since who is at it compares it too, and may be waiting for us.
    """
    if period == run.period:
        return nullcontext()
    context = run.context
    what = f"{period.name} of {context.company.name}"
    return exclusive_lock(context.home.lock(period.name), what=what, started_at=context.as_of, waits=False)


def _not_compared(run: Run, period: Period, error: Exception) -> str:
    with localized(run.context.company.localization):
        return gettext(
            "{period} was published and could not be compared with what is known now: {error}",
            period=period.label,
            error=str(error).splitlines()[0],
        )


def _compute_current(run: Run, periods: Sequence[Period]) -> dict[Period, Computed]:
    """Each period with what is known now; what is shown beside the asked period is there already, but where only the trend shows it."""
    others = tuple(period for period in periods if period not in run.computed.plan.in_full)
    computed = compute(run.context, run.accepted, Plan.alone(*others)) if others else run.computed
    return {period: computed if period in others else run.computed for period in periods}


def _periods_to_compare(run: Run, notes: list[str]) -> Iterator[tuple[Period, Edition]]:
    """The published periods to compare, oldest first, each with its latest edition; what cannot be compared is noted."""
    context, shown = run.context, run.computed.plan.periods
    for period in _published(run):
        if period != run.period and (run.is_one_of_many or (_is_settled(run, period) and period not in shown)):
            continue
        try:
            edition = checked_editions(context.home, period.name)[-1]
            if not _has_same_inputs(run, edition):
                check_period(context.company, run.accepted, period)
                yield period, edition
        except (RefusedError, PeriodError) as error:
            notes.append(_not_compared(run, period, error))


def _published(run: Run) -> list[Period]:
    """The periods that were published, oldest first; a name that the calendar of now does not have is none."""
    periods: list[Period] = []
    for name in editions.published_periods(run.context.home.all_scorecards):
        try:
            periods.append(period_named(name, run.context.company.definitions.calendar))
        except PeriodNameError:
            LOG.info("%s is no period of the calendar now, so it is not compared", name)
    return sorted(periods)


def _restated(run: Run, period: Period, edition: Edition, *, now: Computed) -> Restatement | None:
    """The restatement of a published period; none where it is what it was, or another run has published it again meanwhile."""
    context, last = run.context, now.ledger.path(period)
    segments, next_edition = tuple(context.company.definitions.segments), editions.next_number(context.home.scorecards(period.name))
    is_latest = next_edition == edition.number + 1
    if not is_latest or not figures_differ(edition, now.figures, period=period, segments=segments, settings=context.settings):
        return None
    path = _path(run, edition, period, last=last)
    question = RestatementRequest(
        period=period,
        edition=edition,
        edition_to=None if _is_settled(run, period) else next_edition,
        is_requested=period == run.period,
        steps=path.steps,
        figures=now.figures,
        earlier=path.earlier,
        latest=Snapshot(context.company, run.accepted, context.as_of.date()),
        data_through=covered_days(context.company, run.accepted)[1],
        unexplained=path.unexplained,
    )
    return restate(question, folder=now.ledger.folder, settings=context.settings)


def _has_same_inputs(run: Run, edition: Edition) -> bool:
    manifest = edition.manifest
    same_inputs = {extract.fingerprint for extract in manifest.inputs} == {extract.read_fingerprint for extract in run.accepted}
    same_definitions = manifest.definitions_fingerprint == editions.definitions_fingerprint(run.context.company)
    same_days = manifest.data_through == covered_days(run.context.company, run.accepted)[1]
    same_rows = [extract.rows_used_count for extract in manifest.inputs] == [extract.totals.rows_used_count for extract in run.accepted]
    return same_inputs and same_definitions and same_days and same_rows and manifest.code_fingerprint == run.context.code


@dataclass(frozen=True)
class RestatementPath:
    """How a published ledger leads to the one of now, and what is known of then."""

    steps: tuple[Step, ...]
    earlier: Snapshot | None
    unexplained: Cause


def _path(run: Run, edition: Edition, period: Period, *, last: Path) -> RestatementPath:
    """First what another code makes of the rows of then, then what other definitions do, then the rows of now.

    Where the rows of then are no longer kept, or the code or definitions of now cannot read them, the steps that cannot
    be told apart are one.
    """
    definitions = run.context.company.definitions
    try:
        context = replace(run.context, company=company_at(edition, run.context.company), as_of=edition.manifest.as_of)
        landed = landed_at(edition, home=context.home)
        earlier = _snapshot(context, landed)
    except (RefusedError, CompanyFolderError):
        return RestatementPath((Step(edition.movements, last),), None, "unexplained")
    steps: list[Step] = []
    unexplained: Cause = "unexplained"
    if edition.manifest.code_fingerprint != context.code:
        steps.append(Step(edition.movements, _ledger(context, earlier, period), "code change"))
    if earlier.company.definitions != definitions:
        try:
            before = steps[-1].after if steps else edition.movements
            mixed = replace(context, company=_fitting(replace(earlier.company, definitions=definitions)))
            steps.append(Step(before, _ledger(mixed, _snapshot(mixed, landed), period), "definition change"))
        except RefusedError:
            unexplained = "definition change"
    steps.append(Step(steps[-1].after if steps else edition.movements, last))
    return RestatementPath(tuple(steps), earlier, unexplained)


def _snapshot(context: PipelineContext, landed: Sequence[Landed]) -> Snapshot:
    return Snapshot(context.company, accept_all(context, landed), context.as_of.date())


def _ledger(context: PipelineContext, earlier: Snapshot, period: Period) -> Path:
    folder = context.home.folder / "then" / earlier.as_of.isoformat()
    apart = replace(context, home=historical_home(context.home, folder, as_of=earlier.as_of))
    return assemble_ledger(apart, earlier.accepted, Plan.alone(period)).path(period)


def _fitting(company: Company) -> Company:
    """The company, if its definitions fit its extracts; raises RefusedError naming a way of grouping that they do not carry."""
    for name, segment in company.definitions.segments.items():
        extract_name, column = segment.source.split(".")
        extract = company.sources.extracts.get(extract_name)
        if extract is None or column not in {*extract.columns, *extract.constants, *extract.attributes}:
            raise RefusedError(f"segment {name}: the extracts of then carry no {segment.source}")
    return company


def _publish_again(run: Run, period: Period, restated: Restated) -> None:
    """The next edition of a period that is not settled, with what it restates."""
    computed = compute(run.context, run.accepted, plan_of(run.context, run.accepted, period))
    publish_run(replace(run, period=period, computed=computed), restate=lambda _run: ((restated,), ()))


restating = tracked(restate_published, name="restate", run_name="restate what was published")
