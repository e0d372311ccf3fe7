"""The one flow: from a company's extracts to the published scorecard of a period."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.runtime import flow_run

from config.settings import PROJECT_FOLDER
from flows.orchestration.artifacts import RunSummary, run_name, show
from flows.orchestration.hooks import period_lock, settings_with_secrets, tell_of_failure
from flows.orchestration.lineage import from_extracts_to_scorecard
from flows.orchestration.parameters import (
    CompanyName,
    DayInPeriod,
    ExactPeriod,
    KindOfPeriod,
    PeriodRequest,
    Reason,
    TellSlack,
    resolve_request,
)
from flows.orchestration.states import refusals_to_failed_state
from flows.restate import Run, assembled, restating
from flows.stages import Recomputed, accept_all, plan_of
from tasks.assemble import assemble, check_period
from tasks.correct import correct
from tasks.extract import extract
from tasks.measure import measure
from tasks.publish import Assembled, Published, publish_period, tell_slack
from tasks.store.editions import code_fingerprint
from tasks.store.homes import home_of
from tasks.validate import validate

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.customer_math.ledger.periods import Period
    from tasks.store.engine import Home

LOG = logging.getLogger("tasks.flow")
logging.getLogger("tasks").setLevel(logging.INFO)  # what the stages say shows in the run's log


@flow(name="scorecard", flow_run_name=run_name, on_failure=[tell_of_failure])
@refusals_to_failed_state
def scorecard(
    company: CompanyName = "demo",
    period_kind: KindOfPeriod = "week",
    day_in_period: DayInPeriod = None,
    period: ExactPeriod = "",
    publish: TellSlack = True,
    reason_for_rerun: Reason = "",
) -> Published:
    """Publish the scorecard of one period of one company.

    Args:
        company: Whose customers. Each folder under config/ describes one company.
        period_kind: A week, a month, a quarter or a year.
        day_in_period: Any day of the period, such as its last one. Left empty: the latest period that is over.
        period: Instead of kind and day, the period by its exact name: 2026-W38, 2026-08, 2026-Q3 or 2026.
        publish: Tell Slack of a new edition. Switched off: the scorecard is made, and nobody is told.
        reason_for_rerun: Why this period is made again, for those who will ask. Shown beside the result.
    """
    settings = settings_with_secrets()
    now = flow_run.scheduled_start_time or datetime.now(UTC)
    described, asked = resolve_request(company, PeriodRequest(period or None, period_kind, day_in_period), now=now)
    with period_lock(described, asked, settings=settings, now=now):
        return _published(described, asked, settings=settings, now=now, publish=publish, reason_for_rerun=reason_for_rerun)


def _published(
    described: Company, asked: Period, *, settings: Settings, now: datetime, publish: bool, reason_for_rerun: Reason
) -> Published:
    """The five stages, one after the other, and who is told."""
    now = now.astimezone(ZoneInfo(described.definitions.time_zone))
    home = home_of(described, settings)
    landed = [extract(described, name, settings=settings, home=home) for name in described.mapped_extracts]
    check_period(described, landed, asked)
    accepted = accept_all(described, landed, settings=settings, home=home, as_of=now.date(), correct=correct, judge=validate)
    check_period(described, accepted, asked)  # again: a mistyped day may have seemed to cover more
    whole, published_at = _computed(described, asked, accepted, settings=settings, home=home, now=now)
    publishing = from_extracts_to_scorecard(publish_period, described, landed)
    published = publishing(described, whole, settings=settings, home=home, published_at=published_at)
    show(RunSummary(published, described, asked, accepted, whole.verdicts, reason_for_rerun), settings=settings)
    if publish:
        LOG.info(tell_slack(published, settings=settings, reason=reason_for_rerun or None))
    return published


def _computed(
    described: Company, asked: Period, accepted: tuple[Accepted, ...], *, settings: Settings, home: Home, now: datetime
) -> tuple[Assembled, datetime]:
    """The ledgers and figures of the plan, and what they make of periods that were published before; with the instant of publishing."""
    plan, code = plan_of(described, accepted, asked), code_fingerprint(PROJECT_FOLDER)
    ledger = assemble(described, accepted, plan, settings=settings, home=home, code=code, as_of=now.date())
    computed = Recomputed(ledger, measure(described, ledger.folder, plan, settings=settings).path)
    run = Run(described, asked, accepted, now, datetime.now(UTC), settings, home, code, computed)
    return assembled(run, plan, computed, *restating(run)), run.published_at
