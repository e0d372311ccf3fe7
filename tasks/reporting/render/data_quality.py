"""What the figures rest on: every extract with every row and amount accounted for, and every rule with what it found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tasks.reporting.pages.quality_summary import Shown, most_important_first, shown_state, verdicts_in_words
from tasks.reporting.render.cells import (
    BASE,
    COUNT,
    DAY,
    GREY,
    HEADING,
    HEADING_OF_NUMBERS,
    IN,
    OUT,
    SECTION,
    SMALL,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    fill_in,
    money_format,
    sentence,
    wrapped_height,
)
from tasks.reporting.render.control_totals import correction_lines, tie_out_lines
from tasks.reporting.render.sheet import DATA_QUALITY, new_sheet, top_lines
from tasks.reporting.text import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from openpyxl import Workbook

    from expectations.verdict import ControlTotals, RuleResult
    from tasks.reporting.model import CoveredExtract, ScorecardData

SAYS_WIDTH, FOUND_WIDTH, FOUND_COLUMNS, NUMBER_COLUMNS = 52, 34, 2, 5
WIDTHS = (22, 28, SAYS_WIDTH, 15, 17, 13)
"""Of the columns before those of numbers."""
FILES_NAMED = 4
"""Files of an extract that are named; the others are counted."""
FEWEST_DECIMALS = 2
"""Extracts hold amounts of several currencies, so they are shown with at least so many decimals."""
IF_BROKEN = {"stop": "the run stops", "set_aside": "row is set aside", "note": "is noted"}
COLOUR_OF: dict[Shown, str] = {"could not be judged": OUT, "stops": OUT, "set aside": OUT, "noted": BASE, "not judged": GREY, "kept": GREY}
MONEY_IS_MIXED = "Money is in the rows' own currencies, added up as it stands."
EXTRACT_HEADINGS = ("Extract", "Silo and table", "Files", "Covers from", "Covers through", "Counted in")
TOTALS_HEADINGS = ("Read", "Used", "Set aside", "Superseded", "Unaccounted for")
RULE_HEADINGS = ("Extract", "Rule", "What it says, and why")
RULE_INDENTED_HEADINGS = ("If broken", "Result")
RULE_NUMBER_HEADINGS = ("Rows judged", "Break it", "Set aside", "Money in them")
COUNTS = CellStyle(COUNT, at_top=True)
NOTHING = CellStyle(colour=GREY, at_top=True)
DAYS = CellStyle(DAY, align="left", at_top=True)


def data_quality_sheet(book: Workbook, facts: ScorecardData) -> None:
    """Write the sheet: first what a reader must know, then the extracts, then the rules, those that found something first."""
    widths = (*WIDTHS, *(_number_width(facts),) * NUMBER_COLUMNS)
    sheet = new_sheet(book, facts, title=DATA_QUALITY, widths=widths, frozen_at="A3", repeated_rows="1:1")
    lines = top_lines("Data quality", f"What the figures of {facts.labels[facts.period]} rest on.")
    lines += [sentence(note, widths) for note in facts.notes]
    tied = tie_out_lines(facts, widths=WIDTHS, decimals=_decimals(facts))
    corrected = correction_lines(facts, widths=WIDTHS, decimals=_decimals(facts))
    fill_in(sheet, [*lines, *_extract_lines(facts), *tied, *corrected, *_rule_lines(facts)])


def _number_width(facts: ScorecardData) -> int:
    amounts = [abs(totals.amount_read) for totals in facts.totals if totals.amount_read is not None]
    return max(FOUND_WIDTH // FOUND_COLUMNS, len(f"{max(amounts, default=0):,.{_decimals(facts)}f}") + 2)


def _decimals(facts: ScorecardData) -> int:
    return max(facts.minor_units, FEWEST_DECIMALS)


def _extract_lines(facts: ScorecardData) -> Iterator[Row]:
    yield Row()
    yield Row((Cell("Extracts: read = used + set aside + superseded", SECTION), None, None, Cell(MONEY_IS_MIXED, SMALL)), height=20)
    texts, numbers = (Cell(text, HEADING) for text in EXTRACT_HEADINGS), (Cell(text, HEADING_OF_NUMBERS) for text in TOTALS_HEADINGS)
    yield Row((*texts, *numbers), height=18)
    covered = {extract.extract: extract for extract in facts.covered}
    for totals in facts.totals:
        yield _rows_line(covered.get(totals.extract), totals)
        if totals.amount_residual is not None:
            yield _money_line(totals, totals.amount_residual, money=CellStyle(money_format(_decimals(facts)), at_top=True))


def _rows_line(extract: CoveredExtract | None, totals: ControlTotals) -> Row:
    """An extract in rows: where they come from, which days they cover, and what became of each."""
    silo, files = (f"{extract.silo}, {extract.dataset}", _files(extract.files)) if extract else ("", "")
    days = (extract.covers_from, extract.covers_through) if extract else (None, None)
    counts = (totals.rows_read_count, totals.rows_used_count, totals.rows_set_aside_count, totals.rows_superseded_count)
    items = (
        *(Cell(text, WRAPPED) for text in (totals.extract, silo, files)),
        *(Cell(day or "not dated", DAYS if day else NOTHING) for day in days),
        Cell("rows", NOTHING),
        *(Cell(count, COUNTS) for count in counts),
        Cell(totals.rows_residual_count, _of_residual(totals.rows_residual_count, COUNTS)),
    )
    ruled = tuple(replace(item, look=replace(item.look, rule_above=True)) for item in items)
    return Row(ruled, height=wrapped_height([files], [SAYS_WIDTH]))


def _money_line(totals: ControlTotals, residual: Decimal, *, money: CellStyle) -> Row:
    """The same extract in money."""
    amounts = (totals.amount_read, totals.amount_used, totals.amount_set_aside, totals.amount_superseded)
    known = (Cell(amount, money) for amount in amounts)
    return Row((*[None] * (len(WIDTHS) - 1), Cell("money", NOTHING), *known, Cell(residual, _of_residual(residual, money))))


def _files(files: tuple[str, ...]) -> str:
    named = ", ".join(files[:FILES_NAMED])
    others_count = len(files) - FILES_NAMED
    return f"{named} and {whole_number(others_count)} more" if others_count > 0 else named


def _of_residual(residual: int | Decimal, look: CellStyle) -> CellStyle:
    return replace(look, bold=True, colour=OUT if residual else IN)


def _rule_lines(facts: ScorecardData) -> Iterator[Row]:
    yield Row()
    yield Row((Cell(verdicts_in_words(facts.verdicts), SECTION),), height=20)
    indented = replace(HEADING, indent=1)
    texts = (*(Cell(text, HEADING) for text in RULE_HEADINGS), *(Cell(text, indented) for text in RULE_INDENTED_HEADINGS))
    numbers = (Cell(number, HEADING_OF_NUMBERS) for number in RULE_NUMBER_HEADINGS)
    yield Row((*texts, *numbers, Cell("What was found", indented, spans=FOUND_COLUMNS)), height=18)
    for verdict in sorted(facts.verdicts, key=most_important_first):
        yield _rule_line(verdict, money=CellStyle(money_format(_decimals(facts)), at_top=True))


def _rule_line(verdict: RuleResult, *, money: CellStyle) -> Row:
    says = f"{verdict.says} {verdict.why}"
    found = f"{verdict.found}\nRelaxed by the company: {verdict.relaxed_because}" if verdict.relaxed_because else verdict.found
    state = shown_state(verdict)
    result = replace(WRAPPED, colour=COLOUR_OF[state], bold=verdict.state != "kept", indent=1)
    texts = (verdict.extract, verdict.rule_id.removeprefix(f"{verdict.extract}."), says)
    items = (
        *(Cell(text, WRAPPED) for text in texts),
        Cell(IF_BROKEN[verdict.if_broken], replace(WRAPPED, indent=1)),
        Cell(state, result),
        *(Cell(count, COUNTS) for count in (verdict.rows_count, verdict.unexpected_count, verdict.set_aside_count)),
        Cell("no money", replace(NOTHING, align="right")) if verdict.amount is None else Cell(verdict.amount, money),
        Cell(found, replace(WRAPPED, indent=1), spans=FOUND_COLUMNS),
    )
    return Row(items, height=wrapped_height([*texts, found], [*WIDTHS[:3], FOUND_WIDTH]))
