"""The one chain of stages, from a company's extracts to an edition: what flows, commands and tests run, whole or in part."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.company_snapshot import company_from_snapshot
from config.settings import PROJECT_FOLDER
from expectations.verdict import RefusedError
from tasks.analyse import AnalysisInputs
from tasks.assemble import assemble, check_period, covered_days, materialize_ledgers
from tasks.correct import correct, correct_landed
from tasks.customer_math.ledger.periods import Plan, plan_for
from tasks.extract import extract, land_extract
from tasks.measure import measure, measure_ledgers
from tasks.publish import publish_edition
from tasks.sources import SourceError
from tasks.sources.landing import remembered
from tasks.store.beginnings import beginning_of
from tasks.store.editions import COMPANY, code_fingerprint, published_periods
from tasks.store.engine import Home, engine, write_if_absent
from tasks.store.homes import home_of
from tasks.store.manifest import Assembled
from tasks.validate import accept_extract, validate
from tasks.validation.identity import first_who_is_who, identify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from config.company import Company
    from config.refusal import Refusal
    from config.settings import Settings
    from expectations.verdict import Accepted
    from tasks.assemble import Ledger
    from tasks.customer_math.ledger.periods import Period
    from tasks.measure import Figures
    from tasks.publish import Published
    from tasks.sources import Landed
    from tasks.store.editions import Edition
    from tasks.store.manifest import Restated


@dataclass(frozen=True)
class Steps:
    """How each stage is run."""

    extract: Callable[..., Landed]
    correct: Callable[..., Landed]
    validate: Callable[..., Accepted]
    assemble: Callable[..., Ledger]
    measure: Callable[..., Figures]


PLAIN = Steps(land_extract, correct_landed, accept_extract, materialize_ledgers, measure_ledgers)
TRACKED = Steps(extract, correct, validate, assemble, measure)
"""Each as a step of its own, which the workflow engine shows."""


@dataclass(frozen=True)
class PipelineContext:
    """Whose extracts go through the stages, where what they make is kept, and as of when."""

    company: Company
    settings: Settings
    home: Home
    as_of: datetime
    """When the run is due, in the company's time zone: its day is the day of the run."""
    code: str
    """SHA-256 over the code, which decides whether a ledger is computed again."""

    @classmethod
    def of(cls, company: Company, *, settings: Settings, now: datetime) -> PipelineContext:
        """The stages of a company in its own home; raises RefusedError where that belongs to another company."""
        as_of = now.astimezone(ZoneInfo(company.definitions.time_zone))
        return cls(company, settings, home_of(company, settings), as_of, code_fingerprint(PROJECT_FOLDER))


@dataclass(frozen=True)
class Computed:
    """The periods of a plan, computed: their ledgers and their figures."""

    plan: Plan
    ledger: Ledger
    figures: Path


@dataclass(frozen=True)
class Run:
    """A period on its way to an edition: what was accepted, what was computed of it, and when it is published."""

    context: PipelineContext
    period: Period
    accepted: tuple[Accepted, ...]
    computed: Computed
    published_at: datetime
    is_one_of_many: bool = False
    """Whether other periods are not looked at, because runs of their own do that."""


def read_and_validate(
    context: PipelineContext, period: Period | None = None, *, steps: Steps = PLAIN
) -> tuple[list[Landed], tuple[Accepted, ...]]:
    """Every extract as it was landed, and as it was accepted; raises PeriodError where they do not cover the period, if one is given.

    Raises one refusal for all extracts that cannot be read or used: what is wrong with the others is not left for the next run.
    """
    refusals: list[Refusal] = []
    landed = _extracted(context, refusals, steps=steps)
    if period and not refusals:
        check_period(context.company, landed, period)
    accepted = _accepted(context, landed, refusals, steps=steps)
    _refuse(refusals)
    if period:
        check_period(context.company, accepted, period)  # again: a mistyped day may have seemed to cover more
    return landed, accepted


def extract_all(context: PipelineContext, *, steps: Steps = PLAIN) -> list[Landed]:
    """Every extract whose rows become rows of a shared table, read and kept as it was read; raises one refusal for all that cannot."""
    refusals: list[Refusal] = []
    landed = _extracted(context, refusals, steps=steps)
    _refuse(refusals)
    return landed


def accept_all(context: PipelineContext, landed: Sequence[Landed], *, steps: Steps = PLAIN) -> tuple[Accepted, ...]:
    """Every landed extract corrected and judged, customers first, since the others are held against them.

    Raises one refusal for all that may not be used.
    """
    refusals: list[Refusal] = []
    accepted = _accepted(context, landed, refusals, steps=steps)
    _refuse(refusals)
    return accepted


def _extracted(context: PipelineContext, refusals: list[Refusal], *, steps: Steps) -> list[Landed]:
    company = context.company
    landed: list[Landed] = []
    for name in company.mapped_extracts:
        with _gathered(refusals):
            landed.append(steps.extract(company, name, settings=context.settings, home=context.home))
    return landed


def _accepted(context: PipelineContext, landed: Sequence[Landed], refusals: list[Refusal], *, steps: Steps) -> tuple[Accepted, ...]:
    accepted: list[Accepted] = []
    company, settings, home, as_of = context.company, context.settings, context.home, context.as_of.date()
    for landed_extract in sorted(landed, key=lambda one: first_who_is_who(one.dataset)):
        with _gathered(refusals):
            corrected = steps.correct(company, landed_extract, settings=settings, home=home, as_of=as_of)
            whose = identify(company, corrected, lists=accepted, settings=settings, home=home)
            customers = (
                None if landed_extract.dataset == "customers" else next((one.path for one in accepted if one.dataset == "customers"), None)
            )
            accepted.append(steps.validate(company, whose, customers_path=customers, settings=settings, home=home, as_of=as_of))
    as_declared = {name: number for number, name in enumerate(company.mapped_extracts)}
    return tuple(sorted(accepted, key=lambda one: (one.dataset != "customers", as_declared[one.extract])))


@contextmanager
def _gathered(refusals: list[Refusal]) -> Iterator[None]:
    """Go on after an extract that is refused, with what it says remembered."""
    try:
        yield
    except (SourceError, RefusedError) as refusal:
        refusals.append(refusal)


def _refuse(refusals: Sequence[Refusal]) -> None:
    """Raises the refusal, or one for all of them: of their own kind where they are of one."""
    kinds = {type(refusal) for refusal in refusals}
    if refusals:
        kind = kinds.pop() if len(kinds) == 1 else RefusedError
        raise kind(*(sentence for refusal in refusals for sentence in refusal.args))


def plan_of(context: PipelineContext, accepted: Sequence[Accepted], period: Period, *, published: Sequence[str] = ()) -> Plan:
    """A period with those that it is shown beside, as far back as the extracts reach; those that were published are compared."""
    company = context.company
    covers_from, _covers_through, _limiting = covered_days(company, accepted)
    with engine(context.settings) as connection:
        beginning = beginning_of(connection, company, accepted)
    plan = plan_for(period, company.definitions.calendar, covers_from=covers_from, beginning=beginning)
    return replace(plan, compared=frozenset(period for period in plan.trend if period.name in published))


def assemble_ledger(context: PipelineContext, accepted: Sequence[Accepted], plan: Plan, *, steps: Steps = PLAIN) -> Ledger:
    """The ledgers of a plan's periods from accepted extracts."""
    where = {"settings": context.settings, "home": context.home}
    return steps.assemble(context.company, accepted, plan, **where, code=context.code, as_of=context.as_of.date())


def compute(context: PipelineContext, accepted: Sequence[Accepted], plan: Plan, *, steps: Steps = PLAIN) -> Computed:
    """The ledgers and figures of a plan's periods from accepted extracts."""
    ledger = assemble_ledger(context, accepted, plan, steps=steps)
    return Computed(plan, ledger, steps.measure(context.company, ledger.folder, plan, settings=context.settings).path)


def computed_run(
    context: PipelineContext, period: Period, accepted: tuple[Accepted, ...], *, steps: Steps = PLAIN, is_one_of_many: bool = False
) -> Run:
    """A period computed with those that it is shown beside, and the instant at which that was done."""
    published = () if is_one_of_many else published_periods(context.home.all_scorecards)
    computed = compute(context, accepted, plan_of(context, accepted, period, published=published), steps=steps)
    return Run(context, period, accepted, computed, datetime.now(UTC), is_one_of_many)


def assembled(run: Run, restated: tuple[Restated, ...] = (), notes: tuple[str, ...] = ()) -> Assembled:
    """A period as it is published: what a run computed of it, with what that restates and what is to be said."""
    _covers_from, covers_through, _limiting = covered_days(run.context.company, run.accepted)
    ledger = run.computed.ledger
    return Assembled(
        plan=run.computed.plan,
        ledger_path=ledger.path(run.period),
        figures_path=run.computed.figures,
        accepted=run.accepted,
        verdicts=ledger.verdicts,
        notes=(*ledger.notes, *notes),
        as_of=run.context.as_of,
        data_through=covers_through,
        restated=restated,
    )


def publish_run(
    run: Run,
    *,
    restate: Callable[[Run], tuple[tuple[Restated, ...], tuple[str, ...]]],
    publish: Callable[..., Published] = publish_edition,
) -> Published:
    """The next edition of a computed period, with what it makes of periods that were published before."""
    whole, context = assembled(run, *restate(run)), run.context
    return publish(context.company, whole, settings=context.settings, home=context.home, published_at=run.published_at)


def analysis_inputs(context: PipelineContext, accepted: tuple[Accepted, ...], period: Period) -> AnalysisInputs:
    """What other choices are weighed on: the ledger of a period by itself, and the rows that it was made from."""
    ledger = assemble_ledger(context, accepted, Plan.alone(period))
    _first, covers_through, _limiting = covered_days(context.company, accepted)
    return AnalysisInputs(ledger.folder, accepted, covers_through)


def landed_at(edition: Edition, *, home: Home) -> list[Landed]:
    """The landed extracts that an edition rests on; raises RefusedError naming those that are no longer kept."""
    landings = {entry.extract: remembered(home.folder / entry.path, entry.fingerprint) for entry in edition.manifest.landed}
    gone = [entry for entry in edition.manifest.landed if landings[entry.extract] is None]
    if gone or not edition.manifest.landed:
        names = ", ".join(f"{entry.extract} ({entry.path})" for entry in gone) or "any"
        raise RefusedError(
            f"edition {edition.number} of {edition.manifest.period}: expected its landed extracts, found that these are no longer kept: "
            f"{names}; it cannot be computed again (`keeping.replay_years` in definitions.yaml says how long an edition can)"
        )
    return [landed for landed in landings.values() if landed]


def company_at(edition: Edition, company: Company) -> Company:
    """The company as its folder described it when the edition was published."""
    return company_from_snapshot(edition.folder / COMPANY, company)


def historical_home(home: Home, folder: Path, *, as_of: date) -> Home:
    """A home apart that knows of customers' groups what was known on a day, so that nothing of then is remembered as news of now."""
    for landing in sorted((home.folder / "attributes").glob("*/*.parquet")):
        target = folder / landing.relative_to(home.folder)
        if landing.stem.partition("-")[2] <= as_of.isoformat() and not target.exists():
            with write_if_absent(target) as partial:
                shutil.copyfile(landing, partial)
    return Home(folder)
