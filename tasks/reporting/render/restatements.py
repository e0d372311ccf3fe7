"""What was published and is another now: every figure with its causes, which add up to the difference."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.reporting.render.cells import (
    COUNT,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    OUT,
    SECTION,
    SIGNED_COUNT,
    SMALL,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
    signed_money_format,
    wrapped_height,
)
from tasks.reporting.render.sheet import RESTATEMENTS, new_sheet, top_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl import Workbook

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.restated import PartOfChange, RestatedFigure, RestatedPeriod

WIDTHS = (36, 17, 17, 17, 44, 17, 12)
NUMBERS, NUMBERS_OF_CAUSES = ("As published", "Now", "Difference"), ("Of the difference", "Customers")
GROUPS_SHOWN_COUNT, QUESTIONS_SHOWN_COUNT = 60, 40
"""How many figures of groups, and of the questions, a period shows; all are in the file beside."""
SAYS = "Figures that were published and are others now. What was published is kept; causes add up to the difference."
NOTHING = "Nothing that was published is another now."


def restatements_sheet(book: Workbook, facts: ScorecardData) -> None:
    """Write the sheet: a block a restated period, the figures of all customers first, then those of groups."""
    sheet = new_sheet(book, facts, title=RESTATEMENTS, widths=WIDTHS, frozen_at="A3", repeated_rows="1:1")
    lines = top_lines("Restatements", f"{SAYS} Amounts are in {facts.currency}.")
    if not facts.restated:
        lines += [Row(), Row((Cell(NOTHING, SMALL),))]
    for restated in reversed(facts.restated):
        lines += _block(facts, restated)
    fill_in(sheet, lines)


def _block(facts: ScorecardData, restated: RestatedPeriod) -> Iterator[Row]:
    edition = f"edition {restated.edition_from} → {restated.edition_to}" if restated.is_recast else "not recast"
    material = "" if restated.is_material else " (below the limits that the digest tells of)"
    yield Row()
    yield Row((Cell(f"{restated.label}, {edition}", SECTION), Cell(_extent(restated) + material, SMALL)), height=20)
    for name, says in (("Reason", restated.reasons), ("Effect on prior figures", restated.effect)):
        look = replace(WRAPPED, bold=True)
        height = wrapped_height([says], [sum(WIDTHS[1:])])
        yield Row((Cell(name, look), Cell(f"{says[:1].upper()}{says[1:]}.", WRAPPED, spans=len(WIDTHS) - 1)), height=height)
    if restated.whole:
        yield _headings("Figure, all customers")
    for figure in restated.whole:
        yield from _figure_lines(facts, figure, name=figure.label)
    yield from _further(facts, restated)


def _extent(restated: RestatedPeriod) -> str:
    changed = counted(restated.changed_count, "figure")
    return f"{changed} changed, by {counted(restated.customers_count, 'customer')}"


def _further(facts: ScorecardData, restated: RestatedPeriod) -> Iterator[Row]:
    """What answers the questions, then groups, then how many more there are: parts, and figures that few ask for."""
    asked, groups = restated.of_questions[:QUESTIONS_SHOWN_COUNT], restated.groups[:GROUPS_SHOWN_COUNT]
    named = {figure: f"{figure.label}, {figure.segment} ({figure.segment_by.replace('_', ' ')})" for figure in groups}
    for heading, shown in (("Figure of the questions, all customers", asked), ("Figure, by group", groups)):
        if shown:
            yield Row()
            yield _headings(heading)
        for figure in shown:
            yield from _figure_lines(facts, figure, name=named.get(figure, figure.label))
    more = restated.changed_count - len(restated.whole) - len(asked) - len(groups)
    if more > 0:
        verb = "is" if more == 1 else "are"
        yield Row((Cell(f"{counted(more, 'more figure')}, by group and by part, {verb} in restatements.parquet.", SMALL),))


def _headings(first: str) -> Row:
    texts = (Cell(first, HEADING), *(Cell(text, HEADING_OF_NUMBERS) for text in NUMBERS))
    causes = (Cell("Cause", replace(HEADING, indent=1)), *(Cell(text, HEADING_OF_NUMBERS) for text in NUMBERS_OF_CAUSES))
    return Row((*texts, *causes), height=18)


def _figure_lines(facts: ScorecardData, figure: RestatedFigure, *, name: str) -> Iterator[Row]:
    """The figure with its first cause, and a line for each further one."""
    plain, signed = _looks(facts, figure)
    values = (Cell(_shown(facts, figure, figure.value_from), plain), Cell(_shown(facts, figure, figure.value_to), plain))
    about: Sequence[Cell | None] = (
        Cell(name, replace(WRAPPED, rule_above=True)),
        *(replace(item, look=replace(item.look, rule_above=True)) for item in values),
        Cell(_shown(facts, figure, figure.difference), replace(signed, bold=True, rule_above=True)),
    )
    for number, part in enumerate(figure.parts):
        causes = tuple(replace(item, look=replace(item.look, rule_above=number == 0)) for item in _causes(facts, figure, part, signed))
        texts, widths = ([name, part.reason], [WIDTHS[0], WIDTHS[4] - 2]) if number == 0 else ([part.reason], [WIDTHS[4] - 2])
        yield Row((*(about if number == 0 else (None,) * len(about)), *causes), height=wrapped_height(texts, widths))


def _causes(facts: ScorecardData, figure: RestatedFigure, part: PartOfChange, signed: CellStyle) -> tuple[Cell, ...]:  # noqa: PLR0917 - one row's parts
    reason = f"{part.reason[:1].upper()}{part.reason[1:]}"
    look = replace(WRAPPED, indent=1, colour=OUT) if part.cause == "unexplained" else replace(WRAPPED, indent=1)
    customers = Cell(part.customers_count, CellStyle(COUNT, at_top=True))
    if part.customers_count is None:
        customers = Cell("not counted", CellStyle(colour=GREY, align="right", at_top=True))
    return Cell(reason, look), Cell(_shown(facts, figure, part.difference), signed), customers


def _looks(facts: ScorecardData, figure: RestatedFigure) -> tuple[CellStyle, CellStyle]:
    if figure.unit != "money":
        return CellStyle(COUNT, at_top=True), CellStyle(SIGNED_COUNT, at_top=True)
    return CellStyle(money_format(facts.minor_units), at_top=True), CellStyle(signed_money_format(facts.minor_units), at_top=True)


def _shown(facts: ScorecardData, figure: RestatedFigure, value: Decimal) -> int | Decimal:
    return int(value) if figure.unit != "money" else value.quantize(Decimal(1).scaleb(-facts.minor_units))
