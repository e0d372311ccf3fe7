"""The page of experience and money: which experiences precede which losses, how sure that is, and where nothing is demonstrated."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from config.localization import number
from config.measures.experiences import EXPERIENCE_TERMS, EXPERIENCES, OUTCOMES
from tasks.reporting.blocks import Column, Interval, Intervals, Marked, Page, Share, Table, details, number_width
from tasks.reporting.pages.complaints import complaints_chart, complaints_table
from tasks.reporting.text import day_in_words, lowered, money_short, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.measures.experiences import Outcome
    from tasks.reporting.blocks import CellValue
    from tasks.reporting.experience import ExperienceLine, ExperienceLinks
    from tasks.reporting.model import ScorecardData

TITLE, QUESTION = "Experience", "Which experiences precede which losses, and how sure is that?"
MOST_INTERVALS = 12
"""More bars than these would be too thin to read."""
MOST_TIMES = Decimal(8)
"""Where the chart ends at the latest."""
TIMES_DIGITS = 4
ONE_DECIMAL_FROM = 1.5
"""A lower end of at least so much is told from 1 by one decimal."""
LARGEST_CHANCE = 0.05
"""What chance makes more seldom than this is no chance: ratios that differ between groups, and those below 1."""
DEMONSTRATED, NOT_DEMONSTRATED, TOO_FEW = "demonstrated", "no demonstrated link", "too few to compare"
MONEY_COLUMNS = (
    Column("Value lost with them", "money"),
    Column("may explain, from", "money"),
    Column("may explain, to", "money"),
)
COMPARED = Column("Compared")
REST_COLUMNS = (Column("Experience", "text"), COMPARED, Column("Explains it away", "times"))
LESS_OFTEN = "demonstrated, less often"
ASSOCIATION, ASSOCIATIONS = "An association, not a proof.", "Associations, not proofs of what caused what; the surest first."
LOSSES: tuple[Outcome, ...] = ("lost",)
GAINS: tuple[Outcome, ...] = ("stayed", "renewed", "bought_more")
SCORES = ("promoter", "passive", "detractor")
FOLLOWED_UP = "The others are those of the same kind whom somebody came back to before the period opened."
DID_COLUMNS = (
    Column("Latest score", "text"),
    Column("Customers"),
    Column("Lost"),
    Column("Lost, share", "share"),
    Column("Stayed on"),
    Column("Grew in value"),
    Column("Grew, share", "share"),
)
MOST_SENTENCES = 5
"""So many links are said in a sentence; a leader reads no more."""
COUNTS_WIDTHS, NARROWEST_MONEY = (30, 8, 10, 9, 8, 8, 12, 22, 7, 7, 7), 11
"""Of the table of losses, the widest; every other table of the tab keeps to them."""
COLUMNS_COUNT = len(COUNTS_WIDTHS) + len(MONEY_COLUMNS)
SENTENCES = Column("", "text", spans=COLUMNS_COUNT)
RECOGNISED_COLUMNS = (Column("", "text"), Column("", "text", spans=COLUMNS_COUNT - 1))


def experience_page(facts: ScorecardData, links: ExperienceLinks) -> Page:
    """What is demonstrated in a sentence each, the intervals as a picture, then every experience with its counts."""
    return Page(
        TITLE,
        QUESTION,
        _headline(facts, links),
        tables=tuple(_tables(facts, links)),
        missing=tuple(_missing(links)),
        small_print=tuple(_small_print(links)),
        intervals=_intervals(links),
        run_chart=complaints_chart(links.complaints) if links.complaints else None,
    )


def experience_widths(facts: ScorecardData) -> tuple[float, ...]:
    """Widths of the tab's columns: money as wide as the largest amount without its decimals."""
    money = number_width(replace(facts, minor_units=0), narrowest=NARROWEST_MONEY)
    return (*COUNTS_WIDTHS, *(money,) * len(MONEY_COLUMNS))


def sentence_of(facts: ScorecardData, line: ExperienceLine) -> str:
    """A demonstrated link as a leader says it, with its counts: nothing of a cause."""
    entry, outcome = EXPERIENCES[line.experience], OUTCOMES[line.outcome]
    ratio, low, high = times_in_words(line)
    often = f"{entry.who_had_it(line.part)} {outcome.verb} {ratio} times as often as others alike"
    counts = f"{whole_number(line.exposed_events_count)} of {whole_number(line.exposed_count)}"
    against = f"{whole_number(line.others_events_count)} of {whole_number(line.others_count)} others"
    return f"{often} ({low} to {high}): {counts}, against {against}{_taken_along(facts, line)}."


def _taken_along(facts: ScorecardData, line: ExperienceLine) -> str:
    """What the lost were worth, and what part of that the experience may explain; nothing of other outcomes."""
    if line.explained_low_amount is None or line.explained_high_amount is None:
        return ""
    low, high = (money_short(amount, facts.currency) for amount in (line.explained_low_amount, line.explained_high_amount))
    return f"; they took {money_short(line.lost_amount, facts.currency)} with them, of which it may explain {low} to {high}"


def times_in_words(line: ExperienceLine) -> tuple[str, str, str]:
    """The ratio and the ends of its interval, all as exact as the lower end needs to be told from 1."""
    low = line.low or 0
    decimals = 1 if low >= ONE_DECIMAL_FROM else 2
    ratio, lowest, highest = (number(Decimal(f"{each or 0:.{decimals}f}"), decimals=decimals) for each in (line.ratio, low, line.high))
    return ratio, lowest, highest


def _headline(facts: ScorecardData, links: ExperienceLinks) -> str:
    lost = [line for line in links.of("lost") if line.ratio is not None]
    sure = [line for line in lost if line.is_demonstrated]
    if sure:
        return f"{sentence_of(facts, sure[0])} {ASSOCIATION}"
    label = facts.labels[facts.period]
    if not lost:
        return f"No demonstrated link: too few customers with an experience were lost in {label} to compare them with others."
    looked_at = "The one experience that could be compared" if len(lost) == 1 else f"None of the {len(lost)} experiences compared"
    precedes = f"{looked_at} is {'not ' if len(lost) == 1 else ''}demonstrated to precede losses in {label}"
    less_often = [lowered(_label(line)) for line in lost if _is_less_often(line)]
    return (
        f"{precedes}; lost less often than others alike: {', '.join(less_often)}." if less_often else f"{precedes}: no demonstrated link."
    )


def _tables(facts: ScorecardData, links: ExperienceLinks) -> Iterator[Table]:
    in_short = tuple((text,) for text in (*_sentences(facts, links), *_in_short(links)))
    yield Table("In one sentence each", (SENTENCES,), in_short, says=ASSOCIATIONS, has_headings=False, is_wrapped=True)
    lost = links.of("lost")
    yield Table("Lost", (*_columns("Lost"), *MONEY_COLUMNS), tuple((*_row(line), *_money(line)) for line in lost), is_wrapped=True)
    yield Table("Lost: what the ratios rest on", REST_COLUMNS, tuple(map(_rest, lost)), is_detail=True)
    others = links.of(*GAINS)
    compared = [line for line in others if line.ratio is not None]
    rare_count = len(others) - len(compared)
    below = f"Too few to compare, and not shown: {whole_number(rare_count)}." if rare_count else ""
    gains = tuple((*_row(line), line.compared_count) for line in compared)
    yield Table(
        "Stayed, renewed, grew", (*_columns("Did so"), COMPARED), gains, below=below, when_empty="None could be compared.", is_detail=True
    )
    if links.complaints:
        yield complaints_table(links.complaints)
    yield from details(_scores_and_outcomes(links))
    yield from details(_followed_up(links))
    seen = {line.experience for line in links.lines}
    recognised = tuple((entry.label, entry.description) for name, entry in EXPERIENCES.items() if name in seen)
    yield Table("How each is recognised: a customer at opening who", RECOGNISED_COLUMNS, recognised, has_headings=False, is_detail=True)


def _scores_and_outcomes(links: ExperienceLinks) -> Iterator[Table]:
    """What customers who scored so then did; scores alone are never shown."""
    did = {(line.experience, line.outcome): line for line in links.lines}
    rows: list[tuple[CellValue, ...]] = []
    for name in SCORES:
        lost, grew = did.get((name, "lost")), did.get((name, "bought_more"))
        if lost and grew:
            whole, lost_count, grew_count = lost.exposed_count, lost.exposed_events_count, grew.exposed_events_count
            counts = (lost_count, Share(lost_count, whole), whole - lost_count, grew_count, Share(grew_count, whole))
            rows.append((EXPERIENCES[name].label, whole, *counts))
    if rows and links.promoter_score:
        score, error = links.promoter_score
        note = (
            f"Promoter: {links.promoters_from} or more; detractor: {links.detractors_through} or less. Net promoter score {score:.1f}, "
            f"standard error {error:.1f}, of their latest scores in the exposure days."
        )
        yield Table("Scored so, and did", DID_COLUMNS, tuple(rows), says=note)


def _followed_up(links: ExperienceLinks) -> Iterator[Table]:
    """Whom nobody had followed up when the period opened, against those who had been."""
    if links.follow_ups:
        rows = tuple((*_row(line), line.compared_count) for line in links.follow_ups)
        yield Table("Followed up, or not", (*_columns("Lost"), COMPARED), rows, says=FOLLOWED_UP)


def _sentences(facts: ScorecardData, links: ExperienceLinks) -> Iterator[str]:
    """The surest links, of losses first; how many more there are is said."""
    for outcomes, what in ((LOSSES, "losses"), (GAINS, "staying, renewing or growing")):
        sure = [line for line in links.of(*outcomes) if line.is_demonstrated]
        yield from (sentence_of(facts, line) for line in sure[:MOST_SENTENCES])
        if sure[MOST_SENTENCES:]:
            yield f"Links with {what} that are demonstrated, too: {whole_number(len(sure) - MOST_SENTENCES)} more, in the tables below."


def _in_short(links: ExperienceLinks) -> Iterator[str]:
    """What is not demonstrated to precede losses, and what was too rare to be compared, by name."""
    compared, rare = ([line for line in links.of("lost") if (line.ratio is None) is is_rare] for is_rare in (False, True))
    for title, lines in (
        ("Lost less often than others alike", [line for line in compared if _is_less_often(line)]),
        ("No demonstrated link with losses", [line for line in compared if not line.is_demonstrated and not _is_less_often(line)]),
        (f"Too few to compare (fewer than {links.fewest_events_count} lost on either side)", rare),
    ):
        if lines:
            yield f"{title}: {', '.join(lowered(_label(line)) for line in lines)}."


def _is_less_often(line: ExperienceLine) -> bool:
    """Whether the whole interval lies below 1, after all that were looked at are taken into account."""
    return line.high is not None and line.high < 1 and line.q_value is not None and line.q_value <= LARGEST_CHANCE


def _label(line: ExperienceLine) -> str:
    label = EXPERIENCES[line.experience].label_of(line.part)
    return label if line.outcome == "lost" else f"{label}: {lowered(OUTCOMES[line.outcome].label)}"


def _columns(did: str) -> tuple[Column, ...]:
    counts = (Column("Exposed"), Column(did), Column(f"{did}, share", "share"))
    others = (Column("Others"), Column(f"{did}, others"), Column(f"{did}, share of others", "share"))
    times = (Column("Times as often", "times"), Column("from", "times"), Column("to", "times"))
    return (Column("Experience", "text"), *counts, *others, Column("Link", "text", is_indented=True), *times)


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
        return Marked(TOO_FEW, "quiet")
    differs = line.differs_p_value is not None and line.differs_p_value < LARGEST_CHANCE
    text = DEMONSTRATED if line.is_demonstrated else LESS_OFTEN if _is_less_often(line) else NOT_DEMONSTRATED
    return Marked(f"{text}, differs by group" if differs else text, None if line.is_demonstrated else "quiet", is_bold=line.is_demonstrated)


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
    title = "Lost so many times as often as others alike: 95% intervals, grey where it is not demonstrated to be more often"
    return Intervals(title, rows, max(until, Decimal(2)))


def _missing(links: ExperienceLinks) -> Iterator[str]:
    """What a reader must know of the exposure days that no extract tells."""
    for span in links.not_covered:
        days = [f"from {day_in_words(span.covers_from)}"] if span.covers_from else []
        days += [f"to {day_in_words(span.covers_through)}"] if span.covers_through else []
        yield (
            f"The extract {span.extract} covers the days {' '.join(days)} only; experiences of the others between "
            f"{day_in_words(links.first_day)} and {day_in_words(links.last_day)} are not counted, and who had them is among the others."
        )


def _small_print(links: ExperienceLinks) -> Iterator[str]:
    alike = ", ".join((*(name.replace("_", " ") for name in links.compared_within), "value group at opening", "tenure at opening"))
    yield (
        f"Experiences of the {whole_number(links.exposure_days)} days from {day_in_words(links.first_day)} to "
        f"{day_in_words(links.last_day)}, the day "
        "before the period opened; what came later is not looked at. Others are all other customers at opening."
    )
    yield f"Others alike: of the same {alike}. Compared: the exposed who have such others; the ratio is of these."
    yield from (f"{word}: {lowered(meaning)}" for word, meaning in EXPERIENCE_TERMS)
    if links.not_looked_at_count:
        yield f"Categories and stages with fewer customers than these, not looked at: {whole_number(links.not_looked_at_count)}."
    if links.unlisted_stages_count:
        yield (
            f"Experiences at a stage that is not on the company's list: {whole_number(links.unlisted_stages_count)}; map "
            "them in sources.yaml."
        )
