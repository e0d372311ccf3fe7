"""The first sheet: what an executive reads in ten seconds, and the roll-forward that it rests on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from config.measures.roll_forward import ROLL_FORWARD
from config.measures.table import MEASURES, heading_of, label_of
from expectations.text import counted
from tasks.reporting.blocks import money_width
from tasks.reporting.pages import data_quality, definitions, restatements, segments
from tasks.reporting.pages.agenda import choices_pages
from tasks.reporting.pages.headline import headline, value_line
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.quality_summary import data_in_words
from tasks.reporting.pages.what_if import steady_reasons, steady_sentence
from tasks.reporting.render.cells import (
    BASE,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    INK,
    LINKED,
    OUT,
    SIGNED_COUNT,
    SMALL,
    Cell,
    CellStyle,
    Row,
    fill_in,
    number_format,
    sentence,
    signed_money_format,
)
from tasks.reporting.render.excel_charts import anchor_chart, short_amounts, trend_chart, waterfall_chart, whole_numbers
from tasks.reporting.render.sheet import (
    CHART_DATA,
    CUSTOMERS_IN,
    CUSTOMERS_OUT,
    SCORECARD,
    new_sheet,
)
from tasks.reporting.text import customers_in_words, day_in_words, lowered, money_exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from config.measures.entries import Sign
    from config.measures.roll_forward import Role, RollForwardLine
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.render.chart_data import ChartRanges

ColourRole = Literal["base", "in", "out", "part"]
COLOUR_OF: dict[ColourRole, str] = {"base": INK, "in": IN, "out": OUT, "part": INK}
WIDTHS = (32, 17, 17, 13, 17, 13, 3)
FROM_MESSAGE = ("retention", "heading", "where", "why", "still_to_win", "to_come")
"""Lines of the message that the front sheet shows too."""
LINKS = {
    0: segments.TITLE,
    1: CUSTOMERS_IN,
    3: CUSTOMERS_OUT,
    5: data_quality.TITLE,
    7: definitions.TITLE,
    8: CHART_DATA,
    9: restatements.TITLE,
}
"""Which sheet is linked from which column."""
QUESTION_COLUMNS: tuple[int, ...] = (0, 1, 3, 5, 7, 8, 9, 10, 11)
"""Which columns link to the sheets of the questions, in the order in which a meeting goes."""
CHOICES_COLUMNS: tuple[int, ...] = (10, 11)
"""Which columns link to the sheets of what other choices would have said."""
LAST_COLUMN = 12
"""How many columns the sheet has."""
WATERFALL_ROWS, TREND_ROWS = 13, 11
NO_PICTURE = "There is no picture of the value: it is zero, or falls below zero on the way."
NO_TREND = "There is no trend yet: nobody was a customer before this period."


MARKS: dict[Sign, str] = {"plus": " (+)", "minus": " (-)"}
"""How a line says in which way it changes the value."""
ROLE_COLOURS: dict[Role, ColourRole] = {"opening": "base", "in": "in", "out": "out", "net": "base", "closing": "base"}
"""The other lines are parts of these."""


def scorecard_sheet(book: Workbook, facts: ScorecardData, drawn: ChartRanges) -> None:
    """Write the sheet with its charts."""
    widths = (*WIDTHS, *(money_width(facts),) * (LAST_COLUMN - len(WIDTHS)))
    sheet = new_sheet(book, facts, title=SCORECARD, widths=widths)
    sheet.page_setup.fitToHeight = 1
    above = [*_top(facts, tuple(drawn.questions)), *_roll_forward(facts), Row()]
    without_picture = (*[None] * len(WIDTHS), Cell(NO_PICTURE, SMALL))
    without_trend = (Cell(NO_TREND, SMALL),)
    room = [
        *[Row(() if drawn.money else without_picture), *[Row()] * (WATERFALL_ROWS - 1)],
        *([Row()] * TREND_ROWS if drawn.has_trend else [Row(without_trend), Row()]),
    ]
    fill_in(sheet, [*above, *room, *(sentence(text, widths) for text in _small_print(facts))])
    _add_charts(sheet, facts, drawn, first_row=len(above))


def _top(facts: ScorecardData, questions: Sequence[str]) -> list[Row]:
    asked = dict(zip(QUESTION_COLUMNS, questions, strict=False))
    choices = dict(zip(CHOICES_COLUMNS, (page.title for page in choices_pages(facts)), strict=False))
    return [
        Row(
            (Cell(f"{facts.company}  |  Customer scorecard  |  {facts.labels[facts.period]}", CellStyle(size=11, bold=True, colour=GREY)),),
            height=18,
        ),
        Row((Cell(headline(facts), CellStyle(size=24, bold=True, colour=BASE)),), height=38),
        Row((Cell(value_line(facts), CellStyle(size=14)),), height=24),
        *_message_lines(facts),
        *_steady_lines(facts),
        Row((Cell(data_line(facts), SMALL),), height=16),
        *([_links(asked)] if asked else []),
        _links({**LINKS, **choices}),
        Row(),
    ]


def _links(titles: Mapping[int, str]) -> Row:
    """A row of links to the sheets of those titles, by column."""
    cells = (Cell(titles[column], LINKED, link=titles[column]) if column in titles else None for column in range(LAST_COLUMN))
    return Row(tuple(cells), height=20)


def _message_lines(facts: ScorecardData) -> list[Row]:
    """Retention, and the things to talk about, in the words of the message."""
    told = [each for each in message_sentences(facts) if each.kind in FROM_MESSAGE]
    style = {
        each.kind: CellStyle(size=12, bold=each.is_bold, colour=OUT if each.kind == "retention" and each.is_bold else BASE) for each in told
    }
    return [Row((Cell(each.line, style[each.kind]),), height=20) for each in told]


def _steady_lines(facts: ScorecardData) -> list[Row]:
    """What a steady rate hides; nothing where there is nothing to warn of."""
    if facts.steady_rate is None:
        return []
    return [
        Row((Cell(steady_sentence(facts, facts.steady_rate), CellStyle(size=12, bold=True, colour=OUT)),), height=20),
        Row((Cell(steady_reasons(facts, facts.steady_rate), SMALL),), height=16),
    ]


def data_line(facts: ScorecardData) -> str:
    """In one line what the figures rest on: which days, how many rows, what is unaccounted for, what was set aside or found."""
    residual = sum(abs(totals.rows_residual_count) for totals in facts.totals)
    return (
        f"Data through {day_in_words(facts.data_through)}, as known on {day_in_words(facts.as_of)}, edition {facts.edition}.  "
        f"{counted(len(facts.totals), 'extract')}: {data_in_words(facts)}.  {counted(residual, 'row')} unaccounted for."
    )


def _roll_forward(facts: ScorecardData) -> list[Row]:
    names = _period_headings(facts)
    group = CellStyle(size=12, bold=True, colour=BASE)
    return [
        Row((None, Cell("Customers", group), *[None] * 5, Cell(f"Value, {facts.currency}", group)), height=20),
        Row((Cell("", HEADING), *names, None, *names), height=18 if facts.previous and facts.year_before else 30),
        *(_movement_line(facts, line) for line in ROLL_FORWARD),
    ]


def _period_headings(facts: ScorecardData) -> list[Cell]:
    """This period, the one before, a year before; where the data does not reach back, the heading says so."""
    previous = facts.labels[facts.previous] if facts.previous else "No data before"
    year_before = facts.labels[facts.year_before] if facts.year_before else "No data a year before"
    names = (
        facts.labels[facts.period],
        previous,
        "Change" if facts.previous else "",
        year_before,
        "Change" if facts.year_before else "",
    )
    return [Cell(name, HEADING_OF_NUMBERS) for name in names]


def _label(line: RollForwardLine) -> str:
    """What the line is called, with how it changes the value: `Customers in (+)`, `Stayed: decreased (-)`."""
    mark = MARKS.get(MEASURES[line.amount].sign, "") if line.role in {"in", "out", "stayed"} else ""
    called = f"{heading_of('staying_customers')}: {lowered(line.label)}" if line.role == "stayed" else line.label
    return f"{called}{mark}"


def _movement_line(facts: ScorecardData, line: RollForwardLine) -> Row:
    tone = ROLE_COLOURS.get(line.role, "part")
    label = CellStyle(bold=tone != "part", colour=COLOUR_OF[tone], indent=1 if tone == "part" else 0, rule_above=tone == "base")
    heads = replace(label, number_format=number_format(line.customers or line.amount, facts.minor_units), indent=0)
    if line.role == "stayed":
        heads = replace(heads, colour=GREY, italic=True)
    amounts = replace(label, number_format=number_format(line.amount, facts.minor_units), indent=0)
    return Row(
        (
            Cell(_label(line), label),
            *_compared(facts, line.customers, look=heads, difference=SIGNED_COUNT),
            None,
            *_compared(facts, line.amount, look=amounts, difference=signed_money_format(facts.minor_units)),
        )
    )


def _compared(facts: ScorecardData, measure: str | None, *, look: CellStyle, difference: str) -> Iterator[Cell]:
    """A figure, the one of the period before with the difference, and the one of a year before with the difference."""
    now = facts.figure(measure) if measure else None
    change = replace(look, number_format=difference, bold=False, colour=GREY)
    yield Cell(now, look)
    for period in (facts.previous, facts.year_before):
        then = facts.figure(measure, period=period) if measure and period else None
        yield Cell(then, replace(look, bold=False))
        yield Cell(None if now is None or then is None else now - then, change)


def _small_print(facts: ScorecardData) -> Iterator[str]:
    """What a reader may ask at the figures; nothing is explained that did not happen."""
    in_and_out, out_and_back = facts.heads("in_and_out_customers"), facts.heads("out_and_back_customers")
    if in_and_out:
        value = money_exact(facts.money("in_and_out_amount"), facts.currency, minor_units=facts.minor_units)
        yield (
            f"{label_of('in_and_out_customers')}: {customers_in_words(in_and_out)} came and went within the period, counted once in and "
            f"once out, in customers and in value ({value}), so that the base is not changed."
        )
    if out_and_back:
        yield (
            f"{label_of('out_and_back_customers')}: {customers_in_words(out_and_back)} went and returned within the period: customers at "
            "both ends, and nobody's loss."
        )
    yield (
        f"{heading_of('staying_customers')}: figures in grey are customers who were there at both ends. They do not change the number of "
        "customers; beside them stands what they changed in value."
    )
    is_one = "" if facts.customer == "customer" else f"One customer is one {facts.customer}. "
    yield f"{is_one}What every word means, and the settings in force, are on the sheet {definitions.TITLE}."
    yield from facts.notes


def _add_charts(sheet: Worksheet, facts: ScorecardData, drawn: ChartRanges, *, first_row: int) -> None:
    trend_from = first_row + WATERFALL_ROWS
    heads = waterfall_chart(drawn.heads, title="How the number of customers changed", numbers=whole_numbers())
    anchor_chart(sheet, heads, columns=(0, 6), rows=(first_row, trend_from))
    if drawn.money:
        numbers = short_amounts(Decimal(drawn.money.highest))
        money = waterfall_chart(drawn.money, title=f"How their value changed, {facts.currency}", numbers=numbers)
        anchor_chart(sheet, money, columns=(7, LAST_COLUMN), rows=(first_row, trend_from))
    if drawn.has_trend:
        trend = trend_chart(drawn.trend, title="Customers in and out, period by period")
        anchor_chart(sheet, trend, columns=(0, LAST_COLUMN), rows=(trend_from, trend_from + TREND_ROWS))
