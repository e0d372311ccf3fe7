"""The page behind experience and money: what customers wrote about, and what became of those who complained or scored."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from config.measures.experiences import EXPERIENCES
from tasks.reporting.blocks import Column, Marked, Page, Share, Table, details
from tasks.reporting.text import day_in_words, whole_number

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

TITLE, QUESTION = "Experience detail", "What did customers write and rate, who came back to them, and what became of them?"
OF_NO_THEME = "of no theme"
A_YEAR = 365
TIMES_DIGITS = 2
SPAN = 11
MOST_DRIVERS = 12
DRIVER_COLUMNS = (
    Column("Answers about", "text"),
    Column("Answers"),
    Column("Low"),
    Column("Share", "share"),
    Column("Others"),
    Column("Low"),
    Column("Share", "share"),
    Column("Low, times as often", "times"),
    Column("from", "times"),
    Column("to", "times"),
    Column("Link", "text", is_indented=True),
)
FOLLOW_UP_COLUMNS = (
    Column("", "text"),
    Column("In time"),
    Column("Still customers"),
    Column("Share", "share"),
    Column("Not in time"),
    Column("Still customers"),
    Column("Share", "share"),
    Column("Lost, times as often", "times"),
    Column("from", "times"),
    Column("to", "times"),
    Column("Link", "text", is_indented=True),
)
OUTCOME_COLUMNS = (
    Column("They want", "text"),
    Column("Customers"),
    Column("Important to"),
    Column("Share", "share"),
    Column("Satisfied"),
    Column("Share", "share"),
    Column("Opportunity", "times"),
    Column("from", "times"),
    Column("to", "times"),
)
SCORED_COLUMNS = (Column("Group", "text"), Column("Latest score", "text"), Column("Customers"), Column("Lost"), Column("Share", "share"))
THEME_COLUMNS = (Column("Theme", "text"), Column("Comments"), Column("Share", "share"), Column("Customers"))


def experience_detail_page(links: ExperienceLinks) -> Page | None:
    """What lies behind the page of experience and money, to look things up in; none where there is nothing."""
    tables = details(_tables(links))
    return Page(TITLE, QUESTION, tables=tables) if tables else None


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
    note = (
        f"The latest score of each customer in {whole_number(links.exposure_days)} days, low at "
        f"{links.detractors_through} or less: how often answers "
        "about one thing are low, and how often all others are."
    )
    below = f"Further ones, rarer or less sure: {whole_number(len(links.drivers) - len(shown))}." if links.drivers[MOST_DRIVERS:] else ""
    return Table("What low scores are about", DRIVER_COLUMNS, rows, says=note, below=below)


def _driver(line: DriverLine) -> tuple[CellValue, ...]:
    times = (None if value is None else round(Decimal(value), TIMES_DIGITS) for value in (line.ratio, line.low, line.high))
    link = "demonstrated" if line.is_demonstrated else "too few to compare" if line.low is None else "no demonstrated link"
    return (
        Marked(f"{line.driver.capitalize()}: {line.part}", is_bold=line.is_demonstrated),
        line.answers_count,
        line.low_count,
        Share(line.low_count, line.answers_count),
        line.others_count,
        line.others_low_count,
        Share(line.others_low_count, line.others_count),
        *times,
        Marked(link, None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated),
    )


def _outcomes(links: ExperienceLinks) -> Table:
    """What customers want: what matters to many and satisfies few is the largest opportunity."""
    note = (
        f"The latest rating of each customer in the year up to the end of the period, high at {links.high_from} or more. Opportunity: "
        "importance plus what satisfaction lacks of it, both in tenths of customers, from 0 to 20 (A. Ulwick), with its 95% interval."
    )
    nobody = not any(line.important_count or line.satisfied_count for line in links.outcomes)
    below = (
        f"Nobody rated anything {links.high_from} or more; where ratings end below, choose a smaller `experience.high_from`."
        if nobody
        else ""
    )
    return Table("What they want, and lack", OUTCOME_COLUMNS, tuple(map(_outcome, links.outcomes)), says=note, below=below)


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
        note = (
            f"Those who were customers on {day_in_words(later.opens_on)} and had complained or scored low, and whether somebody "
            f"came back to them within {whole_number(later.follow_up_days)} days, every time; counted once that time was "
            "over, and compared with "
            "customers alike only. "
            "An association, not a proof."
        )
        yield Table("Followed up in time, and still customers", FOLLOW_UP_COLUMNS, tuple(map(_follow_up, later.follow_ups)), says=note)
    if later.forecast:
        yield _forecast(later.forecast, later)
    if later.scored:
        rows = tuple(
            (f"{line.segment_by.replace('_', ' ')}: {line.segment}", EXPERIENCES[line.score_group].label, *_counts(line))
            for line in later.scored
        )
        note = f"Latest score of the year before {day_in_words(later.opens_on)}; lost: no customer {A_YEAR} days after it."
        yield Table("Scored so, and lost within a year, by segment", SCORED_COLUMNS, rows, says=note)


def _counts(line: ScoredGroup) -> tuple[CellValue, ...]:
    return line.customers_count, line.lost_count, Share(line.lost_count, line.customers_count)


def _follow_up(line: FollowUpLine) -> tuple[CellValue, ...]:
    still, others_still = line.in_time_count - line.in_time_lost_count, line.others_count - line.others_lost_count
    times = (None if value is None else round(Decimal(value), TIMES_DIGITS) for value in (line.ratio, line.low, line.high))
    return (
        Marked(f"{EXPERIENCES[line.kind].label}, after {line.days} days", is_bold=line.is_demonstrated),
        line.in_time_count,
        still,
        Share(still, line.in_time_count),
        line.others_count,
        others_still,
        Share(others_still, line.others_count),
        *times,
        Marked(_link(line), None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated),
    )


def _link(line: FollowUpLine) -> str:
    if line.low is None:
        return "too few to compare"
    return "demonstrated" if line.is_demonstrated else "no demonstrated link"


def forecast_sentence(forecast: ScoreForecast) -> str:
    """Whether the score foretold losses better than tenure and value alone; that it is not shown is said as plainly."""
    areas = f"area under the curve {forecast.with_area:.3f} with it, {forecast.without_area:.3f} without"
    interval = f"difference {forecast.with_area - forecast.without_area:+.3f} ({forecast.low:+.3f} to {forecast.high:+.3f}), out of sample"
    better = "Last year's score foretold who was lost better than tenure and value alone"
    verdict = (
        better if forecast.low > 0 else better.replace("Last year's score foretold", "Last year's score is not shown to have foretold")
    )
    return f"{verdict}: {areas}; {interval}."


def _forecast(forecast: ScoreForecast, later: AYearLater) -> Table:
    counts = (
        f"Of {whole_number(forecast.customers_count)} customers on {day_in_words(later.opens_on)} with a score of the year before, "
        f"{whole_number(forecast.lost_count)} were lost {A_YEAR} days later. Who was lost is foretold for each fourth from the others."
    )
    title = "Did the score foretell who was lost?"
    return Table(
        title, (Column("", "text", spans=SPAN),), ((forecast_sentence(forecast),),), says=counts, has_headings=False, is_wrapped=True
    )


def _themes(themes: CommentThemes) -> Table:
    """Comments theme by theme; a comment may be of several, so that shares are of all comments and do not add up to 100%."""
    every = themes.comments_count
    rows = tuple(
        (line.name or OF_NO_THEME, line.comments_count, Share(line.comments_count, every), line.customers_count) for line in themes.lines
    )
    note = (
        f"Comments of no theme of the company's: {whole_number(themes.of_none_count)} of {whole_number(every)}. One "
        "comment may be of several themes."
    )
    return Table("What they wrote about", THEME_COLUMNS, rows, says=note)
