"""What a cell holds and how it looks; text is always inert, whatever it begins with."""

from __future__ import annotations

import math
import re
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from textwrap import wrap
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from openpyxl.cell import Cell as ExcelCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink

from config.language import gettext
from config.localization import day_pattern, short_word
from config.measures.table import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl import Workbook
    from openpyxl.styles.cell_style import StyleArray
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.blocks import ColourRole

Value = str | int | Decimal | date
Align = Literal["left", "center", "right"]

INK, GREY, WHITE, PALE, RULE, LINK = "1F2937", "6B7280", "FFFFFF", "F3F4F6", "CBD5E1", "1D4ED8"
IN, OUT, BASE = "005A8C", "A04000", "1E3A5F"
"""Colours of text: customers in, customers out, and the base that they change."""
IN_FILL, OUT_FILL, BASE_FILL = "56B4E9", "F0B060", "B9C2CE"
"""The same for areas, light enough to carry dark text: blue and orange, as in the digest's picture, whatever colours the reader sees."""
COLOURS: dict[ColourRole, str] = {"base": BASE, "in": IN, "out": OUT, "quiet": GREY}

COUNT = "#,##0"
SIGNED_COUNT = "+#,##0;-#,##0;0"
FIRST_DAY_IN_EXCEL = date(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was, and knows no day before 1900; earlier days are written as text."""
LINE_POINTS = 13.5
"""Height of one line of text."""
CHARACTERS_PER_WIDTH = 1.0
"""A column's width counts digits; letters are narrower on average, but lines break between words."""
LONGEST_TEXT = 32_767
"""UTF-16 units that a cell of Excel holds."""
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads `_x0041_` as the letter A, unless its underscore is escaped itself."""


@dataclass(frozen=True)
class CellStyle:
    """How a cell looks."""

    number_format: str = "General"
    size: float = 10
    bold: bool = False
    italic: bool = False
    colour: str = INK
    fill: str | None = None
    align: Align | None = None
    indent: int = 0
    wrap: bool = False
    at_top: bool = False
    is_underlined: bool = False
    is_quoted: bool = False
    """Editing the cell shows an apostrophe before its text, as Excel does for text that it must not calculate."""
    rule_above: bool = False


LOOKS: WeakKeyDictionary[Workbook, dict[CellStyle, StyleArray]] = WeakKeyDictionary()
"""The looks that cells of a workbook have, as openpyxl keeps them."""


@dataclass(frozen=True)
class Cell:
    """One cell: what it holds, how it looks, and where a click leads."""

    value: Value | None
    look: CellStyle = CellStyle()
    link: str | None = None
    """Title of the sheet that a click leads to."""
    link_row: int = 1
    """The row of that sheet."""
    file: str | None = None
    """Name of the workbook that has that sheet, where it is another one that lies beside."""
    spans: int = 1
    """Columns that it takes; the items that follow in those columns are none."""


@dataclass(frozen=True)
class Row:
    """One row of a sheet, from its first column on."""

    items: tuple[Cell | None, ...] = ()
    height: float | None = None
    is_folded: bool = False
    """Whether it is folded away until a reader opens its group."""


TEXT = CellStyle()
WRAPPED = CellStyle(wrap=True, at_top=True)
SMALL = CellStyle(size=9, colour=GREY)
TITLE = CellStyle(size=16, bold=True)
SECTION = CellStyle(size=12, bold=True, colour=BASE)
HEADING = CellStyle(size=9, bold=True, fill=PALE, wrap=True, colour=BASE)
"""Smaller than what stands below it: a line of bold letters as long as its column is wide would touch the heading beside it."""
HEADING_OF_NUMBERS = replace(HEADING, align="right")
LINKED = CellStyle(colour=LINK, is_underlined=True)


POINT = "+0.0%;-0.0%;0.0%"
"""Format of a difference of two shares."""


def day_format() -> str:
    """Format of a day; whoever opens the sheet sees months and marks of numbers in the language of the own program."""
    return day_pattern().replace("y", "yyyy").replace("M", "m").replace("'", '"')


def scaled_format(power: int, *, decimals: int) -> str:
    """Format of an amount in thousands (3), millions (6) or billions (9); in full where the locale has no word for it."""
    word = short_word(power)
    if not word:
        return COUNT
    return f'{money_format(decimals)}{"," * (power // 3)}"{word}"'


def money_format(minor_units: int) -> str:
    """Format of an amount, to the currency's minor unit."""
    return COUNT + (f".{'0' * minor_units}" if minor_units else "")


def signed_money_format(minor_units: int) -> str:
    """Format of a difference in money."""
    plain = money_format(minor_units)
    return f"+{plain};-{plain};{plain}"


def number_format(measure: str, minor_units: int) -> str:
    """Format of a measure of the table, by its unit and its sign."""
    entry = MEASURES[measure]
    if entry.unit == "money":
        return signed_money_format(minor_units) if entry.sign == "either" else money_format(minor_units)
    return SIGNED_COUNT if entry.sign == "either" else COUNT


def sentence(text: str, widths: Sequence[float]) -> Row:
    """A sentence in small print over columns of those widths."""
    return Row((Cell(text, replace(SMALL, wrap=True), spans=len(widths)),), height=wrapped_height([text], [sum(widths)]))


def wrapped_height(texts: Iterable[str], widths: Iterable[float]) -> float:
    """Height of a row that shows all of its texts, each wrapped in its width."""
    lines_count = max(_lines_count(text, width) for text, width in zip(texts, widths, strict=True))
    return LINE_POINTS * lines_count + 2


def heading_height(headings: Iterable[str], widths: Iterable[float]) -> float:
    """The same of headings, whose words are not broken, and which are bold: a line of them holds one sign less."""
    lines_count = max(
        max(_lines_count(heading, width), len(wrap(heading, max(1, int(width) - 1), break_long_words=False)))
        for heading, width in zip(headings, widths, strict=True)
    )
    return LINE_POINTS * lines_count + 2


def _lines_count(text: str, width: float) -> int:
    return sum(max(1, math.ceil(len(part) / (width * CHARACTERS_PER_WIDTH))) for part in text.split("\n"))


def fill_in(sheet: Worksheet, lines: Iterable[Row]) -> None:
    """Write the lines from the top of an empty sheet on."""
    for number, line in enumerate(lines, start=1):
        if line.height is not None:
            sheet.row_dimensions[number].height = line.height
        if line.is_folded:
            sheet.row_dimensions[number].outlineLevel, sheet.row_dimensions[number].hidden = 1, True
        for column, item in enumerate(line.items, start=1):
            if item and item.spans > 1:
                last = get_column_letter(column + item.spans - 1)
                sheet.merged_cells.add(f"{get_column_letter(column)}{number}:{last}{number}")
        sheet.append([item and cell(sheet, item) for item in line.items])


def cell(sheet: Worksheet, item: Cell) -> ExcelCell:
    """The cell as openpyxl writes it."""
    if isinstance(item.value, str):
        is_quoted = begins_like_a_formula(item.value)
        excel_cell = styled_cell(sheet, replace(item.look, is_quoted=True) if is_quoted else item.look)
        set_text(excel_cell, item.value)
    else:
        excel_cell = styled_cell(sheet, item.look)
        set_value(excel_cell, item.value)
    if item.link:
        tooltip = gettext("{sheet}, in {file} beside this file", sheet=item.link, file=item.file) if item.file else item.link
        excel_cell.hyperlink = Hyperlink(ref="", target=item.file, location=f"'{item.link}'!A{item.link_row}", tooltip=tooltip)
    return excel_cell


def styled_cell(sheet: Worksheet, look: CellStyle) -> ExcelCell:
    """An empty cell of that look; a workbook looks up what makes a look once, and thousands of cells have it."""
    assert sheet.parent is not None, "every sheet is of a workbook"
    looks = LOOKS.setdefault(sheet.parent, {})
    if look not in looks:
        looks[look] = _first_of(sheet, look)._style  # noqa: SLF001 - see below
    excel_cell = WriteOnlyCell(sheet)
    excel_cell.row, excel_cell.column = 1, 1  # a hyperlink asks for them; writing sets the real ones
    excel_cell._style = copy(looks[look])  # noqa: SLF001 - how openpyxl says to give a cell the look of another
    return excel_cell


def _first_of(sheet: Worksheet, look: CellStyle) -> ExcelCell:
    first = WriteOnlyCell(sheet)
    first.number_format = look.number_format
    underline = "single" if look.is_underlined else None
    first.font = Font(name="Calibri", sz=look.size, b=look.bold, i=look.italic, u=underline, color=look.colour)
    if look.fill:
        first.fill = PatternFill("solid", fgColor=look.fill)
    align = "left" if look.indent else look.align  # an indent counts from a side
    first.alignment = Alignment(horizontal=align, vertical="top" if look.at_top else "center", wrap_text=look.wrap, indent=look.indent)
    if look.rule_above:
        first.border = Border(top=Side("thin", color=RULE))
    if look.is_quoted:
        first.quotePrefix = True
    return first


def begins_like_a_formula(text: str) -> bool:
    """Whether a program that reads the text anew would calculate it."""
    return text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def set_text(excel_cell: ExcelCell, text: str) -> None:
    """Put text into a cell so that no program takes it for a formula or an error."""
    excel_cell.value = as_excel_text(text)
    excel_cell.data_type = "s"


def set_value(excel_cell: ExcelCell, value: int | Decimal | date | None) -> None:
    """Put a number or a day into a cell; a day that Excel does not know becomes text."""
    if isinstance(value, date) and value < FIRST_DAY_IN_EXCEL:
        set_text(excel_cell, value.isoformat())
    else:
        excel_cell.value = value


def as_excel_text(text: str) -> str:
    """Text as a cell can hold it: without characters that XML forbids, no longer than Excel allows."""
    if text.isprintable() and "_x" not in text and 2 * len(text) <= LONGEST_TEXT:
        return text
    clean = NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    escaped = LOOKS_ESCAPED.sub("_x005F_", clean)
    units = escaped.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return escaped
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", errors="ignore") + "…"
