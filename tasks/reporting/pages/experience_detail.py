"""The page behind experience and money: what customers wrote about, and what became of those who complained or scored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import number
from config.measures.experiences import EXPERIENCES
from tasks.reporting.blocks import Column, Marked, Page, Share, Table, details
from tasks.reporting.text import format_day, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import (
        AYearLater,
        CommentThemes,
        DriverLine,
        ExperienceLinks,
        FollowUpLine,
        OutcomeLine,
        ScoredGroup,
        ScoreForecast,
    )

TITLE = gettext_noop("Experience detail")
DEMONSTRATED, NOT_DEMONSTRATED = gettext_noop("demonstrated"), gettext_noop("no demonstrated link")
TOO_FEW = gettext_noop("too few to compare")
DRIVERS = {
    "category": gettext_noop("Category"),
    "stage": gettext_noop("Stage"),
    "channel": gettext_noop("Channel"),
    "theme": gettext_noop("Theme"),
}
"""What answers are told apart by, as a table begins with it."""
A_YEAR = 365
TIMES_DIGITS, AREA_DIGITS = 2, 3
SPAN = 11
MOST_DRIVERS = 12
DRIVER_COLUMNS = (
    Column(gettext_noop("Answers about"), "text"),
    Column(gettext_noop("Answers")),
    Column(gettext_noop("Low")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Others")),
    Column(gettext_noop("Low")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Low, times as often"), "times"),
    Column(gettext_noop("from"), "times"),
    Column(gettext_noop("to"), "times"),
    Column(gettext_noop("Link"), "text"),
)
FOLLOW_UP_COLUMNS = (
    Column("", "text"),
    Column(gettext_noop("In time")),
    Column(gettext_noop("Still customers")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Not in time")),
    Column(gettext_noop("Still customers")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Lost, times as often"), "times"),
    Column(gettext_noop("from"), "times"),
    Column(gettext_noop("to"), "times"),
    Column(gettext_noop("Link"), "text"),
)
OUTCOME_COLUMNS = (
    Column(gettext_noop("They want"), "text"),
    Column(gettext_noop("Customers")),
    Column(gettext_noop("Important to")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Satisfied")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Opportunity"), "times"),
    Column(gettext_noop("from"), "times"),
    Column(gettext_noop("to"), "times"),
)
SCORED_COLUMNS = (
    Column(gettext_noop("Group"), "text"),
    Column(gettext_noop("Latest score"), "text"),
    Column(gettext_noop("Customers")),
    Column(gettext_noop("Lost")),
    Column(gettext_noop("Share"), "share"),
)
THEME_COLUMNS = (
    Column(gettext_noop("Theme"), "text"),
    Column(gettext_noop("Comments")),
    Column(gettext_noop("Share"), "share"),
    Column(gettext_noop("Customers")),
)


def experience_detail_page(links: ExperienceLinks) -> Page | None:
    """What lies behind the page of experience and money, to look things up in; none where there is nothing."""
    tables = details(_tables(links))
    question = gettext("What did customers write and rate, who came back to them, and what became of them?")
    return Page(TITLE, question, tables=tables, heading=gettext(TITLE)) if tables else None


def _tables(links: ExperienceLinks) -> Iterator[Table]:
    if links.drivers:
        yield _drivers(links)
    if links.outcomes:
        yield _outcomes(links)
    if links.later:
        yield from _later(links.later)
    if links.themes:
        yield _themes(links.themes)


def _drivers(links: ExperienceLinks) -> Table:
    """What low scores are about, the surest first; how many more there are is said."""
    shown = links.drivers[:MOST_DRIVERS]
    rows = tuple(map(_driver, shown))
    note = gettext(
        "The latest score of each customer in {days} days, low at {low} or less: how often answers about one thing are low, and how often "
        "all others are.",
        days=whole_number(links.exposure_days),
        low=links.detractors_through,
    )
    further = whole_number(len(links.drivers) - len(shown))
    below = gettext("Further ones, rarer or less sure: {count}.", count=further) if links.drivers[MOST_DRIVERS:] else ""
    return Table(gettext("What low scores are about"), DRIVER_COLUMNS, rows, description=note, below=below)


def _driver(line: DriverLine) -> tuple[CellValue, ...]:
    times = (None if value is None else round(Decimal(value), TIMES_DIGITS) for value in (line.ratio, line.low, line.high))
    return (
        Marked(f"{gettext(DRIVERS[line.driver])}: {line.part}", is_bold=line.is_demonstrated),
        line.answers_count,
        line.low_count,
        Share(line.low_count, line.answers_count),
        line.others_count,
        line.others_low_count,
        Share(line.others_low_count, line.others_count),
        *times,
        Marked(_link(line), None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated),
    )


def _outcomes(links: ExperienceLinks) -> Table:
    """What customers want: what matters to many and satisfies few is the largest opportunity."""
    note = gettext(
        "The latest rating of each customer in the year up to the end of the period, high at {high} or more. Opportunity: importance plus "
        "what satisfaction lacks of it, both in tenths of customers, from 0 to 20 (A. Ulwick), with its 95% interval.",
        high=links.high_from,
    )
    nobody = not any(line.important_count or line.satisfied_count for line in links.outcomes)
    never = gettext(
        "Nobody rated anything {high} or more; where ratings end below, choose a smaller `experience.high_from`.", high=links.high_from
    )
    below = never if nobody else ""
    return Table(gettext("What they want, and lack"), OUTCOME_COLUMNS, tuple(map(_outcome, links.outcomes)), description=note, below=below)


def _outcome(line: OutcomeLine) -> tuple[CellValue, ...]:
    return (
        line.name,
        line.customers_count,
        line.important_count,
        Share(line.important_count, line.customers_count),
        line.satisfied_count,
        Share(line.satisfied_count, line.customers_count),
        *(None if value is None else round(Decimal(value), TIMES_DIGITS) for value in (line.opportunity, line.low, line.high)),
    )


def _later(later: AYearLater) -> Iterator[Table]:
    """What became, a year later, of those who complained or scored, where there were any."""
    if later.follow_ups:
        note = gettext(
            "Those who were customers on {day} and had complained or scored low, and whether somebody came back to them within {days} "
            "days, every time; counted once that time was over, and compared with customers alike only. An association, not a proof.",
            day=format_day(later.opens_on),
            days=whole_number(later.follow_up_days),
        )
        rows = tuple(map(_follow_up, later.follow_ups))
        yield Table(gettext("Followed up in time, and still customers"), FOLLOW_UP_COLUMNS, rows, description=note)
    if later.forecast:
        yield _forecast(later.forecast, later)
    if later.scored:
        note = gettext(
            "Latest score of the year before {day}; lost: no customer {days} days after it.", day=format_day(later.opens_on), days=A_YEAR
        )
        title = gettext("Scored so, and lost within a year, by segment")
        yield Table(title, SCORED_COLUMNS, tuple(map(_scored, later.scored)), description=note)


def _scored(line: ScoredGroup) -> tuple[CellValue, ...]:
    group, score = f"{line.segment_by.replace('_', ' ')}: {line.segment}", gettext(EXPERIENCES[line.score_group].label)
    return group, score, line.customers_count, line.lost_count, Share(line.lost_count, line.customers_count)


def _follow_up(line: FollowUpLine) -> tuple[CellValue, ...]:
    still, others_still = line.in_time_count - line.in_time_lost_count, line.others_count - line.others_lost_count
    times = (None if value is None else round(Decimal(value), TIMES_DIGITS) for value in (line.ratio, line.low, line.high))
    kind = gettext("{experience}, after {days} days", experience=gettext(EXPERIENCES[line.kind].label), days=line.days)
    return (
        Marked(kind, is_bold=line.is_demonstrated),
        line.in_time_count,
        still,
        Share(still, line.in_time_count),
        line.others_count,
        others_still,
        Share(others_still, line.others_count),
        *times,
        Marked(_link(line), None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated),
    )


def _link(line: FollowUpLine | DriverLine) -> str:
    return gettext(DEMONSTRATED if line.is_demonstrated else TOO_FEW if line.low is None else NOT_DEMONSTRATED)


def forecast_sentence(forecast: ScoreForecast) -> str:
    """Whether the score foretold losses better than tenure and value alone; that it is not shown is said as plainly."""
    better = gettext_noop(
        "Last year's score foretold who was lost better than tenure and value alone: area under the curve {with_it} with it, {without} "
        "without; difference {difference} ({low} to {high}), out of sample."
    )
    unsure = gettext_noop(
        "Last year's score is not shown to have foretold who was lost better than tenure and value alone: area under the curve {with_it} "
        "with it, {without} without; difference {difference} ({low} to {high}), out of sample."
    )
    return gettext(
        better if forecast.low > 0 else unsure,
        with_it=_area(forecast.with_area),
        without=_area(forecast.without_area),
        difference=_signed_area(round(forecast.with_area, AREA_DIGITS) - round(forecast.without_area, AREA_DIGITS)),
        low=_signed_area(forecast.low),
        high=_signed_area(forecast.high),
    )


def _area(area: float) -> str:
    return number(Decimal(f"{area:.3f}"), decimals=AREA_DIGITS)


def _signed_area(difference: float) -> str:
    """A difference of two areas; 0 has the sign that it was rounded from."""
    exact = f"{difference:+.3f}"
    return f"{exact[0]}{number(Decimal(exact[1:]), decimals=AREA_DIGITS)}"


def _forecast(forecast: ScoreForecast, later: AYearLater) -> Table:
    counts = gettext(
        "Of {customers} customers on {day} with a score of the year before, {lost} were lost {days} days later. Who was lost is foretold "
        "for each fourth from the others.",
        customers=whole_number(forecast.customers_count),
        day=format_day(later.opens_on),
        lost=whole_number(forecast.lost_count),
        days=A_YEAR,
    )
    title = gettext("Did the score foretell who was lost?")
    return Table(
        title, (Column("", "text", spans=SPAN),), ((forecast_sentence(forecast),),), description=counts, has_headings=False, is_wrapped=True
    )


def _themes(themes: CommentThemes) -> Table:
    """Comments theme by theme; a comment may be of several, so that shares are of all comments and do not add up to 100%."""
    every = themes.comments_count
    rows = tuple(
        (line.name or gettext("of no theme"), line.comments_count, Share(line.comments_count, every), line.customers_count)
        for line in themes.lines
    )
    note = gettext(
        "Comments of no theme of the company's: {count} of {comments}. One comment may be of several themes.",
        count=whole_number(themes.of_none_count),
        comments=whole_number(every),
    )
    return Table(gettext("What they wrote about"), THEME_COLUMNS, rows, description=note)
