"""Link experiences to money: what service and feedback recorded before a period, against what its customers then did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.measures.experiences import FOLLOW_UPS
from tasks.customer_math.analysis.bottom_box import answers_by_driver, drivers
from tasks.customer_math.analysis.complaint_trends import complaint_trends, complaints_by_period
from tasks.customer_math.analysis.desired_outcomes import desired_outcomes, ratings_by_outcome
from tasks.customer_math.analysis.experience_links import links
from tasks.customer_math.analysis.exposures import (
    MOST_PARTS,
    Landmark,
    among,
    comments_by_theme,
    counts_of_base,
    counts_of_exposed,
    exposed,
    largest_parts,
    of_opening_base,
    opening_base,
)
from tasks.customer_math.analysis.stratified_risk import net_promoter_score
from tasks.customer_math.ledger.experiences import NOT_LISTED, experiences
from tasks.customer_math.ledger.segments import at_opening
from tasks.experience_later import a_year_later, is_over
from tasks.reporting.experience import (
    CommentThemes,
    ComplaintLine,
    ComplaintRates,
    DriverLine,
    ExperienceLine,
    ExperienceLinks,
    OutcomeLine,
    RecordedSpan,
    ThemeLine,
)
from tasks.store.engine import atomic_write, columns_of, rows_in, rows_of, stored
from tasks.store.history import HistoryStore, load_history
from tasks.store.ledgers import full_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from expectations.verdict import Accepted
    from tasks.customer_math.analysis.complaint_trends import ComplaintTrend
    from tasks.customer_math.analysis.experience_links import Link
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.experience import AYearLater

GROUPS = ("opening_group", "opening_tenure_group")
"""Of what customers are alike beside segments."""
RECORDED_BY = ("tickets", "surveys")
"""The shared tables that tell of experiences, and nothing of who is a customer."""


@dataclass(frozen=True)
class ExperienceInputs:
    """What links rest on: the engine, the company, its extracts as they were judged, and where the ledgers are."""

    connection: Backend
    company: Company
    accepted: Sequence[Accepted]
    folder: Path
    period: Period
    year_before: Period | None = None
    """The period a year before, if its ledger is there with every topic."""
    data_through: date | None = None
    active: Mapping[Period, int] = field(default_factory=dict)
    """Customers at opening of the periods of the trend, the oldest first."""

    @property
    def compared_within(self) -> tuple[str, ...]:
        """The segments within which customers are compared."""
        definitions = self.company.definitions
        return definitions.experience.compared_within or tuple(definitions.segments)

    @property
    def ledger(self) -> Table:
        """The ledger of the period."""
        return self.connection.read_parquet(full_path(self.folder, self.period))

    @property
    def landmark(self) -> Landmark:
        """The day on which the period opens, with the company's choices."""
        return Landmark(self.period.opens_on, self.company.definitions.experience)


def experience_links(inputs: ExperienceInputs, path: Path) -> ExperienceLinks | None:
    """The links of a period's experiences, and a file of who had which; none where nobody had any.

    The file has a row a customer and experience: experience, part, customer_id, first_on, last_on, times_count, movement,
    opening_amount, stratum, is_lost, is_due, has_renewed and has_bought_more.
    """
    connection, recorded = inputs.connection, _recorded(inputs)
    happened = None if recorded is None else stored(connection, recorded.filter(inputs.landmark.is_in_window(recorded)).drop("comment"))
    had = None if happened is None else exposed(happened, inputs.landmark, supplied=inputs.company.supplied)
    if recorded is None or happened is None or had is None:
        return None
    base = stored(connection, opening_base(inputs.ledger, segments=inputs.compared_within))
    with atomic_write(path) as unfinished:
        connection.to_parquet(of_opening_base(had, base).order_by("experience", "part", "customer_id"), unfinished)
    exposures = connection.read_parquet(path)
    parts = stored(connection, largest_parts(exposures))
    counts = (columns_of(connection, counts_of_base(base)), columns_of(connection, counts_of_exposed(exposures, parts)))
    every = links(*counts, fewest_events_count=inputs.company.definitions.experience.fewest_events_count)
    if not every:
        return None
    return ExperienceLinks(
        **_choices(inputs),
        lines=_lines(inputs, every),
        not_looked_at_count=rows_in(connection, parts.filter(_["rank"] >= MOST_PARTS)),
        unlisted_stages_count=rows_in(connection, happened.filter(_.stage == NOT_LISTED)),
        not_covered=tuple(_not_covered(inputs)),
        complaints=_complaints(inputs, recorded),
        follow_ups=_lines(inputs, _follow_ups(inputs, base, exposures, parts=parts)),
        themes=_themes(inputs, happened),
        drivers=_drivers(inputs, happened),
        outcomes=_outcomes(inputs, recorded),
        later=_later(inputs, recorded),
        promoter_score=_promoter_score(every),
    )


def _choices(inputs: ExperienceInputs) -> dict[str, Any]:
    """Which days and whom the links are about, as the company chose."""
    choices = inputs.company.definitions.experience
    return {
        "first_day": _first_day(inputs),
        "last_day": inputs.period.opening_day,
        "compared_within": inputs.compared_within,
        "exposure_days": choices.exposure_days,
        "fewest_events_count": choices.fewest_events_count,
        "detractors_through": choices.detractors_through,
        "promoters_from": choices.promoters_from,
        "high_from": choices.high_from,
    }


def _follow_ups(inputs: ExperienceInputs, base: Table, exposures: Table, *, parts: Table) -> list[Link]:
    """Losses of those whom nobody followed up, against those of the same experience who were followed up."""
    connection, fewest = inputs.connection, inputs.company.definitions.experience.fewest_events_count
    every: list[Link] = []
    for name, experience in FOLLOW_UPS.items():
        without = columns_of(connection, counts_of_exposed(exposures.filter(exposures.experience == name), parts))
        whole = columns_of(connection, counts_of_base(among(base, exposures, experience)))
        every += [link for link in links(whole, without, fewest_events_count=fewest) if link.outcome == "lost"]
    return every


def _drivers(inputs: ExperienceInputs, happened: Table) -> tuple[DriverLine, ...]:
    """What low scores of the exposure days are about."""
    choices = inputs.company.definitions.experience
    rows = rows_of(inputs.connection, answers_by_driver(happened, choices))
    return tuple(
        DriverLine(
            *(driver.driver, driver.part, driver.answers_count, driver.low_count, driver.others_count, driver.others_low_count),
            *((driver.risk.ratio, driver.risk.low, driver.risk.high) if driver.risk else (None, None, None)),
            is_demonstrated=driver.is_demonstrated,
        )
        for driver in drivers(rows, fewest_events_count=choices.fewest_events_count)
    )


def _outcomes(inputs: ExperienceInputs, recorded: Table) -> tuple[OutcomeLine, ...]:
    """What customers want, as they rated it in the year up to the end of the period."""
    choices = inputs.company.definitions.experience
    rows = rows_of(inputs.connection, ratings_by_outcome(recorded, inputs.period.closing_day, choices))
    return tuple(
        OutcomeLine(
            outcome.name,
            outcome.customers_count,
            outcome.important_count,
            outcome.satisfied_count,
            outcome.opportunity,
            *(outcome.interval or ()),
        )
        for outcome in desired_outcomes(rows)
    )


def _later(inputs: ExperienceInputs, recorded: Table) -> AYearLater | None:
    """What became of those who complained or scored a year before; none where the ledger or the days of then are not there."""
    before, through = inputs.year_before, inputs.data_through
    spells = inputs.folder / "history-spells.parquet"
    if before is None or through is None or not spells.exists() or not is_over(before.opens_on, through):
        return None
    ledger = inputs.connection.read_parquet(full_path(inputs.folder, before))
    base = opening_base(ledger, segments=inputs.compared_within, further=(*map(at_opening, inputs.compared_within), *GROUPS))
    standing = inputs.connection.read_parquet(spells)
    return a_year_later(
        inputs.connection,
        base,
        recorded,
        spells=standing,
        landmark=Landmark(before.opens_on, inputs.landmark.choices),
        segments=inputs.compared_within,
        supplied=inputs.company.supplied,
    )


def _themes(inputs: ExperienceInputs, happened: Table) -> CommentThemes | None:
    """What was written in the exposure days, theme by theme; none where the company has no themes, or nobody wrote anything."""
    if "comments.theme" not in inputs.company.supplied:
        return None
    comments_count = rows_in(inputs.connection, happened.filter(happened.themes.notnull()))
    rows = rows_of(inputs.connection, comments_by_theme(happened))
    lines = tuple(ThemeLine(row["theme"] or "", row["comments_count"], row["customers_count"]) for row in rows)
    return CommentThemes(comments_count, lines) if lines else None


def _promoter_score(every: Sequence[Link]) -> tuple[float, float] | None:
    """The net promoter score of the customers at opening, with its standard error; none of no scores."""
    counts = {link.experience: link.exposed_count for link in every if link.outcome == "lost"}
    promoters, passives, detractors = (counts.get(name, 0) for name in ("promoter", "passive", "detractor"))
    return net_promoter_score(promoters, passives, detractors=detractors)


def _recorded(inputs: ExperienceInputs) -> Table | None:
    """Every experience that the extracts tell of; none where the company maps nothing of the kind."""
    store = HistoryStore(inputs.connection, inputs.company, inputs.accepted, inputs.folder)
    purchases = load_history(inputs.connection, inputs.company, inputs.folder).purchases
    stages = [stage.code for stage in inputs.company.definitions.journey_stages]
    tickets, surveys = (store.rows(name) for name in RECORDED_BY)
    return experiences(tickets, surveys, purchases, stages=stages, themes=inputs.company.themes.used)


def _complaints(inputs: ExperienceInputs, recorded: Table) -> ComplaintRates | None:
    """Complaints of the periods of the trend that every extract of tickets covers; none where these do not end with this period."""
    spans = [(extract.covers_from, extract.covers_through) for extract in inputs.accepted if extract.dataset == "tickets"]
    active = {
        period: count
        for period, count in inputs.active.items()
        if count
        and all((start or period.opens_on) <= period.opens_on and (end or period.closing_day) >= period.closing_day for start, end in spans)
    }
    if "tickets.is_complaint" not in inputs.company.supplied or inputs.period not in active:
        return None
    days = {
        "period": [period.name for period in active],
        "opens_on": [period.opens_on for period in active],
        "closes_on": [period.closes_on for period in active],
    }
    rows = rows_of(inputs.connection, complaints_by_period(recorded, ibis.memtable(days)))
    trends = complaint_trends(rows, {period.name: count for period, count in active.items()})
    return ComplaintRates(tuple(period.label for period in active), tuple(active.values()), tuple(map(_complaint_line, trends)))


def _complaint_line(complaint_trend: ComplaintTrend) -> ComplaintLine:
    trend, limits = complaint_trend.trend, complaint_trend.limits
    return ComplaintLine(
        part=complaint_trend.part,
        counts=complaint_trend.counts,
        factor=trend.factor if trend else None,
        low=trend.low if trend else None,
        high=trend.high if trend else None,
        is_shown=complaint_trend.is_shown,
        is_outside=complaint_trend.is_outside,
        centre=limits.centre if limits else None,
        limits_low=limits.low if limits else (),
        limits_high=limits.high if limits else (),
    )


def _first_day(inputs: ExperienceInputs) -> date:
    return inputs.period.opens_on - timedelta(days=inputs.company.definitions.experience.exposure_days)


def _not_covered(inputs: ExperienceInputs) -> list[RecordedSpan]:
    """The extracts that do not cover all of the exposure days, as far as they say what they cover."""
    first_day, last_day = _first_day(inputs), inputs.period.opening_day
    return [
        RecordedSpan(extract.extract, extract.covers_from, extract.covers_through)
        for extract in inputs.accepted
        if extract.dataset in RECORDED_BY
        and ((extract.covers_from or first_day) > first_day or (extract.covers_through or last_day) < last_day)
    ]


def _lines(inputs: ExperienceInputs, every: Sequence[Link]) -> tuple[ExperienceLine, ...]:
    return tuple(_line(link, minor_units=inputs.company.definitions.minor_units) for link in every)


def _line(link: Link, *, minor_units: int) -> ExperienceLine:
    """A link as the scorecard shows it: amounts to the minor unit."""

    def money(amount: float) -> Decimal:
        return round(Decimal(amount), minor_units)

    risk, explained = link.risk, link.explained
    return ExperienceLine(
        experience=link.experience,
        part=link.part,
        outcome=link.outcome,
        exposed_count=link.exposed_count,
        exposed_events_count=link.exposed_events_count,
        others_count=link.others_count,
        others_events_count=link.others_events_count,
        compared_count=link.compared_count,
        lost_amount=round(link.lost_amount, minor_units),
        ratio=risk.ratio if risk else None,
        low=risk.low if risk else None,
        high=risk.high if risk else None,
        e_value=link.e_value,
        q_value=link.q_value,
        differs_p_value=link.differs_p_value,
        explained_amount=money(explained.amount) if explained else None,
        explained_low_amount=money(explained.low) if explained else None,
        explained_high_amount=money(explained.high) if explained else None,
        is_demonstrated=link.is_demonstrated,
    )
