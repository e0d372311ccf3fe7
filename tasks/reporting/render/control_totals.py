"""What sources say of their own extracts, and what the company corrects in them: two tables of the sheet Data quality."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.text import counted
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
    SIGNED_COUNT,
    SMALL,
    WRAPPED,
    Cell,
    CellStyle,
    Row,
    money_format,
    signed_money_format,
    wrapped_height,
)
from tasks.reporting.text import day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from expectations.tie_out import AppliedCorrection, CorrectionState, TieOut
    from tasks.reporting.model import ScorecardData

TIE_OUT_HEADINGS = ("Extract", "Said by", "Result", "Currency", "", "Counted in")
TIE_OUT_NUMBERS = ("The source says", "Read", "Difference")
CORRECTION_HEADINGS = ("Owner", "Correction", "Reason", "Entered on", "Expires on", "Result")
CORRECTION_NUMBERS = ("Rows", "Money changed")
COUNTS = CellStyle(COUNT, at_top=True)
DAYS = CellStyle(DAY, align="left", at_top=True)
QUIET = CellStyle(colour=GREY, at_top=True)
RESULTS: dict[CorrectionState, str] = {
    "applied": "applied",
    "gone": "no longer needed",
    "other value": "another value",
    "no such row": "no such row",
    "expired": "expired",
}
COLOURS: dict[CorrectionState, str] = {"applied": BASE, "gone": OUT, "other value": OUT, "no such row": OUT, "expired": OUT}


def tie_out_lines(facts: ScorecardData, *, widths: Sequence[float], decimals: int) -> Iterator[Row]:
    """Every control total that a source declares against what was read, to the row and the cent."""
    yield Row()
    told = {each.extract for each in facts.tie_outs}
    silent = [totals.extract for totals in facts.totals if totals.extract not in told]
    without = f"{counted(len(silent), 'extract')} without: {', '.join(silent)}." if silent else "Every extract has one."
    yield Row((Cell("Control totals: what the sources say", SECTION), None, None, Cell(without, SMALL)), height=20)
    if not facts.tie_outs:
        return
    texts = (Cell(text, HEADING) for text in TIE_OUT_HEADINGS)
    yield Row((*texts, *(Cell(text, HEADING_OF_NUMBERS) for text in TIE_OUT_NUMBERS)), height=18)
    for tied in facts.tie_outs:
        yield from _tie_out(tied, widths=widths, decimals=decimals)


def _tie_out(tied: TieOut, *, widths: Sequence[float], decimals: int) -> Iterator[Row]:
    said, result = tied.declared, _result(tied)
    about = (
        Cell(tied.extract, WRAPPED),
        Cell(said.said_by, WRAPPED),
        Cell(result, replace(WRAPPED, colour=IN if tied.ties_out else OUT)),
        Cell(said.currency or "not said", replace(WRAPPED if said.currency else QUIET, indent=1)),
        Cell("", QUIET),
    )
    compared = list(_compared(tied, decimals=decimals))
    for number, numbers in enumerate(compared):
        first = tuple(replace(item, look=replace(item.look, rule_above=True)) for item in (*about, *numbers))
        height = wrapped_height([said.said_by, result], widths[1:3]) if number == 0 else wrapped_height([""], [1])
        yield Row(first if number == 0 else ((None,) * len(about) + numbers), height=height)


def _compared(tied: TieOut, *, decimals: int) -> Iterator[tuple[Cell, ...]]:
    """Rows, and money, as far as the source says them."""
    said, money = tied.declared, CellStyle(money_format(decimals), at_top=True)
    if said.rows is not None:
        difference = Cell(tied.rows_difference, _difference(tied, SIGNED_COUNT))
        yield Cell("rows", QUIET), Cell(said.rows, COUNTS), Cell(tied.rows_count, COUNTS), difference
    if said.amount is not None:
        read = Cell(tied.amount, money) if tied.amount is not None else Cell("no amounts", replace(QUIET, align="right"))
        difference = Cell(tied.amount_difference, _difference(tied, signed_money_format(decimals)))
        yield Cell("money", QUIET), Cell(said.amount, money), read, difference


def _result(tied: TieOut) -> str:
    if tied.ties_out:
        return "ties out"
    until = f" until {day_in_words(tied.allowed_until)}" if tied.allowed_until else ""
    return f"differs; the company allows it{until}: {tied.allowed_because}"


def _difference(tied: TieOut, number_format: str) -> CellStyle:
    return CellStyle(number_format, bold=True, colour=IN if tied.ties_out else OUT, at_top=True)


def correction_lines(facts: ScorecardData, *, widths: Sequence[float], decimals: int) -> Iterator[Row]:
    """Every correction of the company, with what it did; nothing where there are none."""
    if not facts.corrections:
        return
    yield Row()
    yield Row((Cell("Corrections by the company, before the rules are applied", SECTION),), height=20)
    texts = (Cell(text, HEADING) for text in CORRECTION_HEADINGS)
    yield Row((*texts, *(Cell(text, HEADING_OF_NUMBERS) for text in CORRECTION_NUMBERS)), height=18)
    for correction in facts.corrections:
        yield _correction(correction, widths=widths, decimals=decimals)


def _correction(correction: AppliedCorrection, *, widths: Sequence[float], decimals: int) -> Row:
    texts = (correction.owner, correction.says, correction.reason)
    state = replace(WRAPPED, colour=COLOURS[correction.state], bold=True)
    money = Cell(correction.amount, CellStyle(signed_money_format(decimals), at_top=True))
    if correction.amount is None:
        money = Cell("no money", replace(QUIET, align="right"))
    items = (
        *(Cell(text, WRAPPED) for text in texts),
        Cell(correction.entered_on, DAYS),
        Cell(correction.expires_on, DAYS),
        Cell(RESULTS[correction.state], state),
        Cell(correction.rows_count, COUNTS),
        money,
    )
    return Row(items, height=wrapped_height([*texts, RESULTS[correction.state]], [*widths[:3], widths[5]]))
