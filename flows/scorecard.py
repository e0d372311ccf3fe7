"""The one flow: from a company's extracts to the published scorecard of a period."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prefect import flow
from prefect.runtime import flow_run

from flows.orchestration.artifacts import RunSummary, run_name, show
from flows.orchestration.forms import refresh_own_form
from flows.orchestration.hooks import notify_failure, page_of_edition, period_lock, settings_with_secrets
from flows.orchestration.lineage import from_extracts_to_scorecard
from flows.orchestration.parameters import (
    CompanyName,
    DayInPeriod,
    ExactPeriod,
    KindOfPeriod,
    NotifySlack,
    PeriodRequest,
    Reason,
    resolve_request,
)
from flows.orchestration.states import refusals_to_failed_state
from flows.restate import restating
from flows.stages import TRACKED, PipelineContext, computed_run, publish_run, read_and_validate
from tasks.publish import Published, notify_slack, publish_period

if TYPE_CHECKING:
    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period

LOG = logging.getLogger("tasks.flow")
logging.getLogger("tasks").setLevel(logging.INFO)  # what the stages say shows in the run's log


@flow(name="scorecard", flow_run_name=run_name, on_failure=[notify_failure])
@refusals_to_failed_state
def scorecard(
    company: CompanyName = "demo",
    period_kind: KindOfPeriod = "week",
    day_in_period: DayInPeriod = None,
    period: ExactPeriod = "",
    publish: NotifySlack = True,
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
    resolved_company, resolved_period = resolve_request(company, PeriodRequest(period or None, period_kind, day_in_period), now=now)
    with period_lock(resolved_company, resolved_period, settings=settings, now=now):
        return _published(resolved_company, resolved_period, settings=settings, now=now, publish=publish, reason_for_rerun=reason_for_rerun)


def _published(
    company: Company, period: Period, *, settings: Settings, now: datetime, publish: bool, reason_for_rerun: Reason
) -> Published:
    """The stages, one after the other, and who is told."""
    context = PipelineContext.of(company, settings=settings, now=now)
    landed, accepted = read_and_validate(context, period, steps=TRACKED)
    run = computed_run(context, period, accepted, steps=TRACKED)
    published = publish_run(run, restate=restating, publish=from_extracts_to_scorecard(publish_period, company, landed))
    show(RunSummary(published, company, period, accepted, run.computed.ledger.verdicts, reason_for_rerun), settings=settings)
    refresh_own_form(company, now=now)
    if publish:
        LOG.info(notify_slack(published, settings=settings, reason=reason_for_rerun or None, address=page_of_edition(published.folder)))
    return published
