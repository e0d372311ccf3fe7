"""The same scorecard over a range: every period from one to another, read and judged once, published side by side."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from prefect import flow, task
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed
from prefect.runtime import flow_run
from prefect.task_runners import ProcessPoolTaskRunner
from pydantic import Field

from config.company import Company, load_company
from config.faults import faults_in_a_sentence
from config.refusal import Refusal
from config.settings import settings_from_environment
from expectations.suites import check_rules
from expectations.text import counted
from expectations.verdict import Accepted
from flows.orchestration.hooks import period_lock, settings_with_secrets
from flows.orchestration.parameters import CompanyName
from flows.orchestration.signals import end_with_starter
from flows.orchestration.states import refusals_to_failed_state
from flows.restate import restate_published
from flows.stages import TRACKED, PipelineContext, computed_run, publish_run, read_and_validate
from tasks.assemble import check_period
from tasks.customer_math.ledger.periods import Period, PeriodNameError, check_that_it_is_over, period_before, period_named
from tasks.store import editions
from tasks.store.engine import remove_orphans, temporary_files_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from prefect.futures import PrefectFuture
    from prefect.task_runners import TaskRunner

LOG = logging.getLogger("tasks.backfill")
MOST_AT_ONCE = 4
"""Each takes a processor and, with a large company, as much memory as a run of its own."""
AT_ONCE = max(1, min(MOST_AT_ONCE, os.cpu_count() or 1))
LONGEST_RANGE = 1_000
"""Periods in one backfill; nineteen years of weeks."""


@dataclass(frozen=True)
class Outcome:
    """What became of one period."""

    period: str
    message: str
    is_refused: bool = False


@dataclass(frozen=True)
class Summary:
    """What became of every period of a range."""

    outcomes: tuple[Outcome, ...]

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """The periods that were refused, each with its sentence."""
        return tuple((outcome.period, outcome.message) for outcome in self.outcomes if outcome.is_refused)

    @property
    def sentence(self) -> str:
        """How many were published, and how many were not."""
        refused = len(self.refused)
        first, last = self.outcomes[0].period, self.outcomes[-1].period
        labels = {"new": "published", "unchanged": "unchanged", "published before": "left as published before"}
        parts = [
            f"{count} {label}"
            for key, label in labels.items()
            if (count := sum(outcome.message.startswith(key) for outcome in self.outcomes))
        ]
        return f"{first} to {last}: {', '.join([*parts, f'{refused} refused'])}"


def run_name() -> str:
    """What a run is called: `2025-W01 to 2026-W52 demo`."""
    parameters = flow_run.parameters
    return f"{parameters.get('from_period')} to {parameters.get('to_period')} {Path(str(parameters.get('company') or 'demo')).name}"


# Processes, for a workbook is written by one processor; the type says less than the runner can.
RUNNER = cast("TaskRunner[PrefectFuture[Any]]", ProcessPoolTaskRunner(max_workers=AT_ONCE, initializer=end_with_starter))


@flow(name="backfill", flow_run_name=run_name, task_runner=RUNNER)
@refusals_to_failed_state
def backfill(
    from_period: Annotated[str, Field(json_schema_extra={"title": "From"})],
    to_period: Annotated[str, Field(json_schema_extra={"title": "To"})],
    company: CompanyName = "demo",
    only_missing: Annotated[bool, Field(json_schema_extra={"title": "Only periods that were never published"})] = False,
) -> Summary:
    """Publish the scorecards of every period from one to another, several at once; Slack is not told.

    Started again it goes on where it ended: what is complete is used again, and what has not changed gets no new edition.

    Args:
        from_period: The first period by its name: 2025-W01, 2025-01, 2025-Q1 or 2025.
        to_period: The last period, of the same kind.
        company: Whose customers. Each folder under config/ describes one company.
        only_missing: Leave periods alone that were published before, whatever has changed since.
    """
    settings, now = settings_with_secrets(), flow_run.scheduled_start_time or datetime.now(UTC)
    resolved_company = load_company(company)
    check_rules(resolved_company)
    periods = range_of(resolved_company, from_period, to_period)
    context = PipelineContext.of(resolved_company, settings=settings, now=now)
    home = context.home
    waiting = [period for period in periods if not (only_missing and editions.editions(home.scorecards(period.name)))]
    before = {period: Outcome(period.name, "published before") for period in periods if period not in waiting}
    accepted = read_and_validate(context, steps=TRACKED)[1] if waiting else ()
    try:
        outcomes = before | dict(zip(waiting, _publish_all(resolved_company, waiting, accepted, now=context.as_of), strict=True))
    finally:
        remove_orphans(home.folder, temporary=temporary_files_together(), now=now)  # what processes of the pool left that were ended
    summary = Summary(tuple(outcomes[period] for period in periods))
    create_table_artifact(
        key="backfill",
        table=[{"period": outcome.period, "what became of it": outcome.message} for outcome in summary.outcomes],
        description=summary.sentence,
    )
    LOG.info("%s", summary.sentence)
    return summary


def range_of(company: Company, from_period: str, to_period: str) -> list[Period]:
    """The periods from one to another, oldest first; raises PeriodNameError where the two make no range."""
    calendar = company.definitions.calendar
    first, last = period_named(from_period, calendar), period_named(to_period, calendar)
    if first.kind != last.kind:
        raise PeriodNameError(f"from {first.name} to {last.name}: expected two periods of one kind, found a {first.kind} and a {last.kind}")
    periods = [last]
    while periods[0].opens_on > first.opens_on and len(periods) < LONGEST_RANGE:
        periods.insert(0, period_before(periods[0], calendar))
    if periods[0] != first:
        raise PeriodNameError(f"from {first.name} to {last.name}: expected the earlier period first, and at most {LONGEST_RANGE} of them")
    return periods


def _publish_all(company: Company, periods: Sequence[Period], accepted: tuple[Accepted, ...], *, now: datetime) -> Iterable[Outcome]:
    """Every period, several at once. The first goes ahead: it assembles most of what the others are shown beside."""
    progress = create_progress_artifact(progress=0, key="backfill-progress", description=counted(len(periods), "period"))
    outcomes: dict[Period, Outcome] = {}
    for some in (periods[:1], periods[1:]):
        futures = {one_period.submit(str(company.folder), period.name, accepted, now): period for period in some}
        for future in as_completed(list(futures)):
            period = futures[future]
            outcomes[period] = future.result()
            LOG.info("%d of %d: %s %s", len(outcomes), len(periods), period.name, outcomes[period].message)
            update_progress_artifact(cast("UUID", progress), progress=100 * len(outcomes) / len(periods))
    return [outcomes[period] for period in periods]


@task(name="one period", task_run_name="publish {period_name}", cache_policy=NO_CACHE)
@faults_in_a_sentence
def one_period(company_folder: str, period_name: str, accepted: tuple[Accepted, ...], now: datetime) -> Outcome:
    """Publish one period from what was accepted; one that is refused says why, and stops no other."""
    logging.getLogger("tasks").setLevel(logging.WARNING)  # the range's own log says what became of each; this is a process of its own
    settings, company = settings_from_environment(), load_company(company_folder)
    period = period_named(period_name, company.definitions.calendar)
    try:
        with period_lock(company, period, settings=settings, now=now):
            return _published(PipelineContext.of(company, settings=settings, now=now), period, accepted)
    except Refusal as error:
        return Outcome(period_name, f"refused: {error}", is_refused=True)


def _published(context: PipelineContext, period: Period, accepted: tuple[Accepted, ...]) -> Outcome:
    check_that_it_is_over(period, today=context.as_of.date())
    check_period(context.company, accepted, period)
    published = publish_run(computed_run(context, period, accepted, is_one_of_many=True), restate=restate_published)
    return Outcome(period.name, f"{'new' if published.is_new else 'unchanged'} edition {published.edition}: {published.headline}")
