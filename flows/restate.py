"""Restating: every published period that is not settled, computed again with what is known now, and published again where it differs."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from config.yaml_file import CompanyFolderError
from expectations.text import counted
from expectations.verdict import RefusedError
from flows.stages import accept_all, company_at, historical_home, landed_at, plan_of, recompute
from tasks.assemble import check_period, covered_days, keep_ledger
from tasks.customer_math.ledger.periods import PeriodError, PeriodNameError, Plan, period_named
from tasks.publish import publish_edition
from tasks.restate import RestatementRequest, Snapshot, Step, figures_differ, restate
from tasks.store import editions
from tasks.store.edition_checks import checked_editions
from tasks.store.locks import exclusive_lock
from tasks.store.manifest import Assembled, Restated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from config.company import Company
    from config.settings import Settings
    from expectations.verdict import Accepted
    from flows.stages import Recomputed
    from tasks.customer_math.analysis.restatements import Cause
    from tasks.customer_math.ledger.periods import Period
    from tasks.restate import Restatement
    from tasks.sources import Landed
    from tasks.store.editions import Edition
    from tasks.store.engine import Home

LOG = logging.getLogger("tasks.restate")


@dataclass(frozen=True)
class Run:
    """A run, as far as restating has to know of it: what it was asked, and all that it knows."""

    company: Company
    asked: Period
    accepted: tuple[Accepted, ...]
    as_of: datetime
    published_at: datetime
    settings: Settings
    home: Home
    code: str
    shown: Recomputed | None = None
    """The asked period with those that it is shown beside, as they were just computed; none: nothing is computed yet."""
    is_one_of_many: bool = False
    """Whether other periods are not looked at, because runs of their own do that."""

    @property
    def now(self) -> Snapshot:
        """What is known now."""
        return Snapshot(self.company, self.accepted, self.as_of.date())

    def is_settled(self, period: Period) -> bool:
        """Whether late rows are no longer expected for a period, so that it is published again only when it is asked for."""
        settled_on = period.closes_on + timedelta(days=self.company.definitions.restatements.settled_days)
        return period != self.asked and self.as_of.date() >= settled_on


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
    now = _known_now(run, [period for period, _edition in due])
    for period, edition in due:
        try:
            with _turn(run, period):
                found = _restated(run, period, edition, now=now[period])
                if found:
                    told = Restated(found.told, found.rows, found.customers)
                    LOG.info("restated %s: %s", period.name, counted(found.told.changed_count, "figure"))
                    if found.told.is_recast and period != run.asked:
                        _publish_again(run, period, told)
                    restated.append(told)
        except RefusedError as error:
            if period == run.asked:
                raise
            notes.append(_not_compared(period, error))
    return tuple(restated), tuple(notes)


def _turn(run: Run, period: Period) -> AbstractContextManager[None]:
    """Nobody else publishes a period while it is compared and published again; the asked one is the run's already.

    Nobody is waited for, since who is at it compares it too, and may be waiting for us.
    """
    if period == run.asked:
        return nullcontext()
    what = f"{period.name} of {run.company.name}"
    return exclusive_lock(run.home.lock(period.name), what=what, started_at=run.as_of, waits=False)


def _not_compared(period: Period, error: Exception) -> str:
    return f"{period.label} was published and could not be compared with what is known now: {str(error).splitlines()[0]}"


def _known_now(run: Run, periods: Sequence[Period]) -> dict[Period, Recomputed]:
    """Each period with what is known now; what is shown beside the asked period is there already."""
    shown = run.shown
    there = {} if shown is None else {period: shown for period in periods if period in shown.ledger.periods}
    others = tuple(period for period in periods if period not in there)
    computed = _recomputed(run, Plan(others[-1], None, None, others)) if others else None
    return there | ({} if computed is None else dict.fromkeys(others, computed))


def _periods_to_compare(run: Run, notes: list[str]) -> Iterator[tuple[Period, Edition]]:
    """The published periods to compare, oldest first, each with its latest edition; what cannot be compared is noted."""
    shown = plan_of(run.company, run.accepted, run.asked).periods
    for period in _published(run):
        if period != run.asked and (run.is_one_of_many or (run.is_settled(period) and period not in shown)):
            continue
        try:
            edition = checked_editions(run.home, period.name)[-1]
            if not _rests_on_the_same(run, edition):
                check_period(run.company, run.accepted, period)
                yield period, edition
        except (RefusedError, PeriodError) as error:
            notes.append(_not_compared(period, error))


def _published(run: Run) -> list[Period]:
    """The periods that were published, oldest first; a name that the calendar of now does not have is none."""
    periods: list[Period] = []
    for name in editions.published_periods(run.home.all_scorecards):
        try:
            periods.append(period_named(name, run.company.definitions.calendar))
        except PeriodNameError:
            LOG.info("%s is no period of the calendar now, so it is not compared", name)
    return sorted(periods)


def _restated(run: Run, period: Period, edition: Edition, *, now: Recomputed) -> Restatement | None:
    """The restatement of a published period; none where it is what it was, or another run has published it again meanwhile."""
    last = now.ledger.path(period)
    segments = tuple(run.company.definitions.segments)
    is_latest = editions.next_number(run.home.scorecards(period.name)) == edition.number + 1
    if not is_latest or not figures_differ(edition, now.figures, period=period, segments=segments, settings=run.settings):
        return None
    way = _way(run, edition, period, last=last)
    edition_to = None if run.is_settled(period) else editions.next_number(run.home.scorecards(period.name))
    question = RestatementRequest(
        period=period,
        edition=edition,
        edition_to=edition_to,
        is_asked=period == run.asked,
        steps=way.steps,
        figures=now.figures,
        then=way.then,
        latest=run.now,
        unexplained=way.unexplained,
    )
    return restate(question, folder=now.ledger.folder, settings=run.settings)


def _rests_on_the_same(run: Run, edition: Edition) -> bool:
    manifest = edition.manifest
    same_inputs = {each.fingerprint for each in manifest.inputs} == {each.read_fingerprint for each in run.accepted}
    same_words = manifest.definitions_fingerprint == editions.definitions_fingerprint(run.company)
    same_rows = [each.rows_used_count for each in manifest.inputs] == [each.totals.rows_used_count for each in run.accepted]
    return same_inputs and same_words and same_rows and manifest.code_fingerprint == run.code


@dataclass(frozen=True)
class RestatementPath:
    """How a published ledger leads to the one of now, and what is known of then."""

    steps: tuple[Step, ...]
    then: Snapshot | None
    unexplained: Cause


def _way(run: Run, edition: Edition, period: Period, *, last: Path) -> RestatementPath:
    """First what another code makes of the rows of then, then what other definitions do, then the rows of now.

    Where the rows of then are no longer kept, or the code or definitions of now cannot read them, the steps that cannot
    be told apart are one.
    """
    try:
        company, landed = company_at(edition, run.company), landed_at(edition, home=run.home)
        then = _known(run, company, landed, edition)
    except (RefusedError, CompanyFolderError):
        return RestatementPath((Step(edition.movements, last),), None, "unexplained")
    steps: list[Step] = []
    unexplained: Cause = "unexplained"
    if edition.manifest.code_fingerprint != run.code:
        steps.append(Step(edition.movements, _ledger(run, then, period), "code change"))
    if company.definitions != run.company.definitions:
        mixed = replace(company, definitions=run.company.definitions)
        try:
            before = steps[-1].after if steps else edition.movements
            steps.append(Step(before, _ledger(run, _known(run, _fitting(mixed), landed, edition), period), "definition change"))
        except RefusedError:
            unexplained = "definition change"
    steps.append(Step(steps[-1].after if steps else edition.movements, last))
    return RestatementPath(tuple(steps), then, unexplained)


def _known(run: Run, company: Company, landed: Sequence[Landed], edition: Edition) -> Snapshot:
    as_of = edition.manifest.as_of.date()
    return Snapshot(company, accept_all(company, landed, settings=run.settings, home=run.home, as_of=as_of), as_of)


def _ledger(run: Run, known: Snapshot, period: Period) -> Path:
    place = historical_home(run.home, run.home.folder / "then" / known.as_of.isoformat(), as_of=known.as_of)
    asked = {"settings": run.settings, "home": place, "code": run.code, "as_of": known.as_of}
    return keep_ledger(known.company, known.accepted, Plan.alone(period), **asked).path(period)


def _recomputed(run: Run, plan: Plan) -> Recomputed:
    """The periods of a plan with what is known now."""
    return recompute(run.company, run.accepted, plan, settings=run.settings, home=run.home, code=run.code, as_of=run.now.as_of)


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
    plan = plan_of(run.company, run.accepted, period)
    again = assembled(run, plan, _recomputed(run, plan), (restated,))
    publish_edition(run.company, again, settings=run.settings, home=run.home, published_at=run.published_at)


def assembled(run: Run, plan: Plan, computed: Recomputed, restated: tuple[Restated, ...], notes: tuple[str, ...] = ()) -> Assembled:
    """A period as it is published: what a run computed of it, with what that restates and what is to be said."""
    _covers_from, covers_through, _limiting = covered_days(run.company, run.accepted)
    ledger = computed.ledger
    return Assembled(
        plan=plan,
        ledger_path=ledger.path(plan.period),
        figures_path=computed.figures,
        accepted=run.accepted,
        verdicts=ledger.verdicts,
        notes=(*ledger.notes, *notes),
        as_of=run.as_of,
        data_through=covers_through,
        restated=restated,
    )


restating = task(name="restate", task_run_name="restate what was published", cache_policy=NO_CACHE)(restate_published)
