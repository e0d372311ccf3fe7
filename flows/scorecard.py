"""The one flow: from a company's extracts to the published scorecard of a period."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.runtime import flow_run

from config.company import load_company
from config.company_file import CompanyFolderError
from config.settings import PROJECT_FOLDER, settings_from_environment
from expectations.suites import check_rules
from expectations.verdict import RefusedError
from flows.restating import Run, restating
from tasks.assemble import assemble, check_period, covered_days
from tasks.correct import correct
from tasks.customer_math.periods import PeriodError, PeriodNameError, check_that_it_is_over, last_complete, period_named, plan_for
from tasks.editions import code_fingerprint
from tasks.extract import extract
from tasks.measure import measure
from tasks.publish import Assembled, Published, publish_period, tell_slack
from tasks.slack import SlackError
from tasks.sources import SourceError
from tasks.validate import validate
from tasks.warehouse import Home

if TYPE_CHECKING:
    from datetime import date

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.customer_math.periods import Period
    from tasks.sources import Landed

REFUSALS = (RefusedError, PeriodError, PeriodNameError, SourceError, CompanyFolderError, SlackError)
"""What ends a run with a sentence for its reader; anything else is a fault of ours and shows where it happened."""
LOG = logging.getLogger("tasks.flow")


class SentenceOnly(logging.Filter):
    """Keeps tracebacks for faults of ours: a refusal's sentence says all that its reader can use."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without the traceback of a refusal."""
        if record.exc_info and isinstance(record.exc_info[1], REFUSALS):
            record.exc_info = None
        return True


for name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(name).addFilter(SentenceOnly())


def run_name() -> str:
    """What a run is called: `2026-Q3 demo`."""
    parameters = flow_run.parameters
    return f"{parameters.get('period') or 'last complete week'} {Path(str(parameters.get('company', 'demo'))).name}"


@flow(name="scorecard", flow_run_name=run_name)
def scorecard(company: str = "demo", period: str | None = None, publish: bool = True) -> Published:
    """Publish the scorecard of one period of one company.

    Args:
        company: Name of a folder under config/, or the path of a company's folder.
        period: A week (2025-W36), month (2025-08), quarter (2025-Q3) or year (2025); left empty: the last complete week.
        publish: Whether Slack is told of a new edition.
    """
    settings = settings_from_environment()
    now = flow_run.scheduled_start_time or datetime.now(UTC)
    described, asked = asked_for(company, period, now=now)
    now = now.astimezone(ZoneInfo(described.definitions.time_zone))
    home = Home.of(settings, described.name)
    landed = [extract(described, name, settings=settings, home=home) for name in described.mapped_extracts]
    check_period(described, landed, asked)
    landed = [correct(described, each, settings=settings, home=home, as_of=now.date()) for each in landed]
    accepted = _accept(described, landed, settings=settings, home=home, as_of=now.date())
    check_period(described, accepted, asked)  # again: a mistyped day may have seemed to cover more
    covers_from, covers_through, _ = covered_days(described, accepted)
    plan = plan_for(asked, described.definitions.calendar, covers_from=covers_from)
    ledger = assemble(described, accepted, plan.periods, settings=settings, home=home, code=code_fingerprint(PROJECT_FOLDER))
    figures = measure(described, ledger.folder, plan.periods, settings=settings)
    published_at = datetime.now(UTC)
    run = Run(described, asked, tuple(accepted), now, published_at, settings, home, code_fingerprint(PROJECT_FOLDER))
    restated, not_compared = restating(run)
    notes = (*ledger.notes, *not_compared)
    assembled = Assembled(plan, ledger.path(asked), figures.path, tuple(accepted), ledger.verdicts, notes, now, covers_through, restated)
    published = publish_period(described, assembled, settings=settings, home=home, published_at=published_at)
    _show(published)
    if publish:
        LOG.info(tell_slack(published, settings=settings))
    return published


def asked_for(company: str, period: str | None, *, now: datetime) -> tuple[Company, Period]:
    """The company as its folder describes it, and a period of its calendar that is over; raises what is wrong with either."""
    described = load_company(company)
    check_rules(described)
    calendar, today = described.definitions.calendar, now.astimezone(ZoneInfo(described.definitions.time_zone)).date()
    asked = period_named(period, calendar) if period else last_complete("week", today, calendar)
    check_that_it_is_over(asked, today=today)
    return described, asked


def _accept(company: Company, landed: list[Landed], *, settings: Settings, home: Home, as_of: date) -> list[Accepted]:
    """Customers first: the others are held against them."""
    customers_first = sorted(landed, key=lambda each: each.dataset != "customers")
    accepted: list[Accepted] = []
    for each in customers_first:
        known = next((one.path for one in accepted if one.dataset == "customers"), None)
        known_customers = known if each.dataset != "customers" else None
        accepted.append(validate(company, each, known_customers=known_customers, settings=settings, home=home, as_of=as_of))
    return accepted


def _show(published: Published) -> None:
    """The result where an operator looks for it: beside the run, without opening a file."""
    told = (published.folder / "digest.txt").read_text(encoding="utf-8")
    create_markdown_artifact(
        key="headline", markdown=f"# {published.headline}\n\n```\n{told}```\n", description="What happened, in a sentence"
    )
    create_table_artifact(key="roll-forward", table=list(published.roll_forward), description="From opening to closing")
    workbook = published.folder / "scorecard.xlsx"
    create_link_artifact(
        key="workbook", link=workbook.as_uri(), link_text=str(workbook), description=f"Edition {published.edition}: {workbook}"
    )
