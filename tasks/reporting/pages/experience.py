"""The page of experience and money: which experiences precede which losses, how sure that is, and where nothing is demonstrated."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from config.localization import number
from config.measures.experiences import EXPERIENCES, OUTCOMES
from tasks.reporting.blocks import Column, Interval, Intervals, Marked, Page, Share, Table, details, number_width
from tasks.reporting.pages.complaints import complaints_chart, complaints_table
from tasks.reporting.pages.experience_notes import exposure_gaps, exposure_notes
from tasks.reporting.text import lowered, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.measures.experiences import ExperienceEntry
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import ExperienceLine, ExperienceLinks
    from tasks.reporting.model import ScorecardData

TITLE = gettext_noop("Experience")
MOST_INTERVALS = 12
"""More bars than these would be too thin to read."""
MOST_TIMES = Decimal(8)
"""Where the chart ends at the latest."""
TIMES_DIGITS = 4
ONE_DECIMAL_FROM = 1.5
"""A lower end of at least so much is told from 1 by one decimal."""
LARGEST_CHANCE = 0.05
"""What chance makes more seldom than this is no chance: ratios that differ between groups, and those below 1."""
DEMONSTRATED, LESS_OFTEN = gettext_noop("demonstrated"), gettext_noop("demonstrated, less often")
NOT_DEMONSTRATED, TOO_FEW = gettext_noop("no demonstrated link"), gettext_noop("too few to compare")
DIFFERS = {
    DEMONSTRATED: gettext_noop("demonstrated, differs by group"),
    LESS_OFTEN: gettext_noop("demonstrated, less often, differs by group"),
    NOT_DEMONSTRATED: gettext_noop("no demonstrated link, differs by group"),
}
"""What is said of a link that is not the same in all groups."""
EXPERIENCE_COLUMN, COMPARED = Column(gettext_noop("Experience"), "text"), Column(gettext_noop("Compared"))
TIMES_COLUMNS = (
    Column(gettext_noop("Link"), "text"),
    Column(gettext_noop("Times as often"), "times"),
    Column(gettext_noop("from"), "times"),
    Column(gettext_noop("to"), "times"),
)
LOST_COLUMNS = (
    EXPERIENCE_COLUMN,
    Column(gettext_noop("Exposed")),
    Column(gettext_noop("Lost")),
    Column(gettext_noop("Lost, share"), "share"),
    Column(gettext_noop("Others")),
    Column(gettext_noop("Lost, others")),
    Column(gettext_noop("Lost, share of others"), "share"),
    *TIMES_COLUMNS,
)
MONEY_COLUMNS = (
    Column(gettext_noop("Value lost with them"), "money"),
    Column(gettext_noop("may explain, from"), "money"),
    Column(gettext_noop("may explain, to"), "money"),
)
GAINS_COLUMNS = (
    EXPERIENCE_COLUMN,
    Column(gettext_noop("Exposed")),
    Column(gettext_noop("Did so")),
    Column(gettext_noop("Did so, share"), "share"),
    Column(gettext_noop("Others")),
    Column(gettext_noop("Did so, others")),
    Column(gettext_noop("Did so, share of others"), "share"),
    *TIMES_COLUMNS,
    COMPARED,
)
REST_COLUMNS = (EXPERIENCE_COLUMN, COMPARED, Column(gettext_noop("Explains it away"), "times"))
SCORES = ("promoter", "passive", "detractor")
DID_COLUMNS = (
    Column(gettext_noop("Latest score"), "text"),
    Column(gettext_noop("Customers")),
    Column(gettext_noop("Lost")),
    Column(gettext_noop("Lost, share"), "share"),
    Column(gettext_noop("Stayed on")),
    Column(gettext_noop("Grew in value")),
    Column(gettext_noop("Grew, share"), "share"),
)
MOST_SENTENCES = 5
"""So many links are said in a sentence; a leader reads no more."""
COUNTS_WIDTHS, NARROWEST_MONEY = (30, 8, 10, 9, 8, 8, 12, 22, 7, 7, 7), 11
"""Of the table of losses, the widest; every other table of the tab keeps to them."""
LETTERS_SPARED = 1
"""Letters are narrower than the digits that widths count: a heading's word with so many more than the column has finds room."""
COLUMNS_COUNT = len(COUNTS_WIDTHS) + len(MONEY_COLUMNS)
SENTENCES = Column("", "text", spans=COLUMNS_COUNT)
RECOGNISED_COLUMNS = (Column("", "text"), Column("", "text", spans=COLUMNS_COUNT - 1))


def experience_page(data: ScorecardData, links: ExperienceLinks) -> Page:
    """What is demonstrated in a sentence each, the intervals as a picture, then every experience with its counts."""
    return Page(
        TITLE,
        gettext("Which experiences precede which losses, and how sure is that?"),
        _headline(data, links),
        tables=tuple(_tables(data, links)),
        missing=tuple(exposure_gaps(links)),
        small_print=tuple(exposure_notes(links)),
        intervals=_intervals(links),
        run_chart=complaints_chart(links.complaints) if links.complaints else None,
        heading=gettext(TITLE),
    )


def experience_widths(data: ScorecardData, pages: Sequence[Page]) -> tuple[float, ...]:
    """Widths of the tab's columns: money as wide as the largest amount without its decimals, and none that cuts a word of its headings."""
    money = number_width(replace(data, minor_units=0), narrowest=NARROWEST_MONEY)
    widths = [*COUNTS_WIDTHS, *(money,) * len(MONEY_COLUMNS)]
    headings = [(position, column.heading) for page in pages for table in page.tables for position, column in enumerate(table.columns)]
    for position, heading in headings:
        longest = max(map(len, heading.split()), default=0)
        if longest > widths[position] + LETTERS_SPARED:
            widths[position] = longest + LETTERS_SPARED
    return tuple(widths)


def sentence_of(data: ScorecardData, line: ExperienceLine) -> str:
    """A demonstrated link as a leader says it, with its counts: nothing of a cause."""
    ratio, low, high = format_ratio(line)
    counts = {
        "events": whole_number(line.exposed_events_count),
        "exposed": whole_number(line.exposed_count),
        "others_events": whole_number(line.others_events_count),
        "others": whole_number(line.others_count),
    }
    filled_in = {"who": EXPERIENCES[line.experience].who_had_it(line.part), "ratio": ratio, "low": low, "high": high, **counts}
    if line.explained_low_amount is None or line.explained_high_amount is None:
        return gettext(OUTCOMES[line.outcome].often, **filled_in)
    amounts = (line.lost_amount, line.explained_low_amount, line.explained_high_amount)
    lost, explained_low, explained_high = (money_short(amount, data.currency) for amount in amounts)
    return gettext(
        "{who} left {ratio} times as often as others alike ({low} to {high}): {events} of {exposed}, against {others_events} of {others} "
        "others; they took {lost} with them, of which it may explain {explained_low} to {explained_high}.",
        **filled_in,
        lost=lost,
        explained_low=explained_low,
        explained_high=explained_high,
    )


def format_ratio(line: ExperienceLine) -> tuple[str, str, str]:
    """The ratio and the ends of its interval, all as exact as the lower end needs to be told from 1."""
    low = line.low or 0
    decimals = 1 if low >= ONE_DECIMAL_FROM else 2
    ratio, lowest, highest = (number(Decimal(f"{value or 0:.{decimals}f}"), decimals=decimals) for value in (line.ratio, low, line.high))
    return ratio, lowest, highest


def _headline(data: ScorecardData, links: ExperienceLinks) -> str:
    lost = [line for line in links.of("lost") if line.ratio is not None]
    sure = [line for line in lost if line.is_demonstrated]
    if sure:
        return f"{sentence_of(data, sure[0])} {gettext('An association, not a proof.')}"
    label = data.labels[data.period]
    if not lost:
        return gettext(
            "No demonstrated link: too few customers with an experience were lost in {period} to compare them with others.", period=label
        )
    less_often = [line for line in lost if _is_less_often(line)]
    if less_often:
        return ngettext(
            "The one experience that could be compared is not demonstrated to precede losses in {period}; lost less often than others "
            "alike: {names}.",
            "None of the {count} experiences compared is demonstrated to precede losses in {period}; lost less often than others alike: "
            "{names}.",
            len(lost),
            period=label,
            names=_names(less_often),
        )
    return ngettext(
        "The one experience that could be compared is not demonstrated to precede losses in {period}: no demonstrated link.",
        "None of the {count} experiences compared is demonstrated to precede losses in {period}: no demonstrated link.",
        len(lost),
        period=label,
    )


def _tables(data: ScorecardData, links: ExperienceLinks) -> Iterator[Table]:
    in_short = tuple((text,) for text in (*_sentences(data, links), *_in_short(links)))
    note = gettext("Associations, not proofs of what caused what; the surest first.")
    yield Table(gettext("In one sentence each"), (SENTENCES,), in_short, description=note, has_headings=False, is_wrapped=True)
    lost = links.of("lost")
    losses = tuple((*_row(line), *_money(line)) for line in lost)
    yield Table(gettext("Lost"), (*LOST_COLUMNS, *MONEY_COLUMNS), losses, is_wrapped=True)
    yield Table(gettext("Lost: what the ratios rest on"), REST_COLUMNS, tuple(map(_rest, lost)), is_detail=True)
    yield _gains(links)
    if links.complaints:
        yield complaints_table(links.complaints)
    yield from details(_scores_and_outcomes(links))
    yield from details(_followed_up(links))
    seen = {line.experience for line in links.lines}
    recognised = tuple((gettext(entry.label), gettext(entry.description)) for name, entry in EXPERIENCES.items() if name in seen)
    title = gettext("How each is recognised: a customer at opening who")
    yield Table(title, RECOGNISED_COLUMNS, recognised, has_headings=False, is_detail=True)


def _gains(links: ExperienceLinks) -> Table:
    """What those who stayed, renewed or grew had gone through more often; how many more could not be compared is said."""
    lines = links.of("stayed", "renewed", "bought_more")
    compared = [line for line in lines if line.ratio is not None]
    rare_count = len(lines) - len(compared)
    return Table(
        gettext("Stayed, renewed, grew"),
        GAINS_COLUMNS,
        tuple((*_row(line), line.compared_count) for line in compared),
        below=gettext("Too few to compare, and not shown: {count}.", count=whole_number(rare_count)) if rare_count else "",
        when_empty=gettext_noop("None could be compared."),
        is_detail=True,
    )


def _scores_and_outcomes(links: ExperienceLinks) -> Iterator[Table]:
    """What customers who scored so then did; scores alone are never shown."""
    did = {(line.experience, line.outcome): line for line in links.lines}
    rows: list[tuple[CellValue, ...]] = []
    for name in SCORES:
        lost, grew = did.get((name, "lost")), did.get((name, "bought_more"))
        if lost and grew:
            whole, lost_count, grew_count = lost.exposed_count, lost.exposed_events_count, grew.exposed_events_count
            counts = (lost_count, Share(lost_count, whole), whole - lost_count, grew_count, Share(grew_count, whole))
            rows.append((gettext(EXPERIENCES[name].label), whole, *counts))
    if rows and links.promoter_score:
        score, error = (number(Decimal(f"{value:.1f}"), decimals=1) for value in links.promoter_score)
        note = gettext(
            "Promoter: {high} or more; detractor: {low} or less. Net promoter score {score}, standard error {error}, of their latest "
            "scores in the exposure days.",
            high=links.promoters_from,
            low=links.detractors_through,
            score=score,
            error=error,
        )
        yield Table(gettext("Scored so, and did"), DID_COLUMNS, tuple(rows), description=note)


def _followed_up(links: ExperienceLinks) -> Iterator[Table]:
    """Whom nobody had followed up when the period opened, against those who had been."""
    if links.follow_ups:
        rows = tuple((*_row(line), line.compared_count) for line in links.follow_ups)
        note = gettext("The others are those of the same kind whom somebody came back to before the period opened.")
        yield Table(gettext("Followed up, or not"), (*LOST_COLUMNS, COMPARED), rows, description=note)


def _sentences(data: ScorecardData, links: ExperienceLinks) -> Iterator[str]:
    """The surest links, of losses first; how many more there are is said."""
    sure = [line for line in links.lines if line.is_demonstrated]
    lost, gains = ([line for line in sure if (line.outcome == "lost") is is_loss] for is_loss in (True, False))
    for lines, more in (
        (lost, gettext_noop("Links with losses that are demonstrated, too: {count} more, in the tables below.")),
        (gains, gettext_noop("Links with staying, renewing or growing that are demonstrated, too: {count} more, in the tables below.")),
    ):
        yield from (sentence_of(data, line) for line in lines[:MOST_SENTENCES])
        if lines[MOST_SENTENCES:]:
            yield gettext(more, count=whole_number(len(lines) - MOST_SENTENCES))


def _in_short(links: ExperienceLinks) -> Iterator[str]:
    """What is not demonstrated to precede losses, and what was too rare to be compared, by name."""
    compared, rare = ([line for line in links.of("lost") if (line.ratio is None) is is_rare] for is_rare in (False, True))
    none = [line for line in compared if not line.is_demonstrated and not _is_less_often(line)]
    for message, lines in (
        (gettext_noop("Lost less often than others alike: {names}."), [line for line in compared if _is_less_often(line)]),
        (gettext_noop("No demonstrated link with losses: {names}."), none),
        (gettext_noop("Too few to compare (fewer than {fewest} lost on either side): {names}."), rare),
    ):
        if lines:
            yield gettext(message, names=_names(lines), fewest=links.fewest_events_count)


def _names(lines: Sequence[ExperienceLine]) -> str:
    """The experiences of lines within a sentence, one after the other."""
    entries = [(EXPERIENCES[line.experience], line.part) for line in lines]
    return ", ".join(_with_part(entry, lowered(entry.label), part) for entry, part in entries)


def _is_less_often(line: ExperienceLine) -> bool:
    """Whether the whole interval lies below 1, after all that were looked at are taken into account."""
    return line.high is not None and line.high < 1 and line.q_value is not None and line.q_value <= LARGEST_CHANCE


def _label(line: ExperienceLine) -> str:
    entry = EXPERIENCES[line.experience]
    label = _with_part(entry, gettext(entry.label), line.part)
    return label if line.outcome == "lost" else f"{label}: {lowered(OUTCOMES[line.outcome].label)}"


def _with_part(entry: ExperienceEntry, label: str, part: str) -> str:
    return f"{label}: {part}" if entry.parted_by else label


def _row(line: ExperienceLine) -> tuple[CellValue, ...]:
    return (
        Marked(_label(line), is_bold=line.is_demonstrated),
        line.exposed_count,
        line.exposed_events_count,
        Share(line.exposed_events_count, line.exposed_count),
        line.others_count,
        line.others_events_count,
        Share(line.others_events_count, line.others_count),
        _link(line),
        *(None if number is None else _rounded(number) for number in (line.ratio, line.low, line.high)),
    )


def _link(line: ExperienceLine) -> Marked:
    """Whether there is one, and whether it is the same everywhere, as far as the counts can tell."""
    if line.ratio is None:
        return Marked(gettext(TOO_FEW), "quiet")
    differs = line.differs_p_value is not None and line.differs_p_value < LARGEST_CHANCE
    text = DEMONSTRATED if line.is_demonstrated else LESS_OFTEN if _is_less_often(line) else NOT_DEMONSTRATED
    shown = gettext(DIFFERS[text] if differs else text)
    return Marked(shown, None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated)


def _money(line: ExperienceLine) -> tuple[CellValue, ...]:
    return line.lost_amount, line.explained_low_amount, line.explained_high_amount


def _rest(line: ExperienceLine) -> tuple[CellValue, ...]:
    """How many of the exposed were compared, and what would have to explain a demonstrated link away."""
    needed = None if line.e_value is None or not line.is_demonstrated else _rounded(line.e_value)
    return Marked(_label(line), is_bold=line.is_demonstrated), line.compared_count, needed


def _rounded(number: float) -> Decimal:
    """A ratio as a cell holds it, so that the last bits of a float do not show."""
    return round(Decimal(number), TIMES_DIGITS)


def _intervals(links: ExperienceLinks) -> Intervals | None:
    """The surest links with losses as bars; none where nothing can be compared."""
    rows = tuple(
        Interval(_label(line), _rounded(line.low), _rounded(line.ratio), _rounded(line.high), line.is_demonstrated)
        for line in links.of("lost")
        if line.low is not None and line.ratio is not None and line.high is not None
    )[:MOST_INTERVALS]
    if not rows:
        return None
    until = min(MOST_TIMES, max(row.high for row in rows).to_integral_value(ROUND_CEILING))
    title = gettext("Lost so many times as often as others alike: 95% intervals, grey where it is not demonstrated to be more often")
    return Intervals(title, rows, max(until, Decimal(2)))
