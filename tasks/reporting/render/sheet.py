"""How every sheet is set up: columns, what stays in sight, how it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import Outline, PageSetupProperties

from config.language import gettext, gettext_noop
from tasks.reporting.render.cells import LINKED, SMALL, TITLE, Cell, Row, as_excel_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import ScorecardData

SCORECARD = gettext_noop("Scorecard")
CHART_DATA = gettext_noop("Chart data")
A4 = 9
LONGEST_FOOTER_NAME = 80
"""A footer of Excel holds 255 characters in all."""
PAPER_POINTS = (595.3, 841.9)
"""Width and height of A4."""
SIDE_INCHES, TOP_INCHES, BOTTOM_INCHES, FOOTER_INCHES = 0.4, 0.4, 0.7, 0.3
INCH = 72
CHARACTER_POINTS = 7.0
"""Width of a character of a column in the widest letters that a program takes where it has not the sheet's own; 5.25 in these."""
ROW_POINTS = 13.0
"""Height of a row that has none of its own."""
ROOM_SPARED = 0.98
"""How much of a page is filled, since programs draw rows a little higher than they should."""
PORTRAIT_CHARACTERS = 128
"""Sheets up to so wide are printed upright."""


def new_sheet(
    book: Workbook,
    data: ScorecardData,
    *,
    title: str,
    widths: Sequence[float],
    printed: Sequence[float] | None = None,
    frozen_at: str | None = None,
    repeated_rows: str | None = None,
) -> Worksheet:
    """An empty sheet, set up to be read and printed: its printed columns, if not all, as wide as one page, headings repeated."""
    sheet: Worksheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = ROW_POINTS, True
    sheet.sheet_properties.outlinePr = Outline(summaryBelow=False)
    if frozen_at:
        sheet.freeze_panes = frozen_at
    if repeated_rows:
        sheet.print_title_rows = repeated_rows
    _set_up_print(sheet, data, printed or widths)
    return sheet


def top_lines(title: str, description: str) -> list[Row]:
    """The first two lines of every sheet but the first: what it is, and the way back."""
    back = Cell(gettext("Back to the scorecard"), LINKED, link=gettext(SCORECARD))
    return [Row((Cell(title, TITLE),), height=24), Row((back, Cell(description, SMALL)))]


def fit_on_one_page(sheet: Worksheet) -> None:
    """Let a sheet be printed as one page, whatever that makes of its letters."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1


def break_pages(sheet: Worksheet, rows: Sequence[Row], *, starts: Sequence[int], widths: Sequence[float], repeated_count: int) -> None:
    """Begin a new page before each block that would otherwise be cut; `starts` are the rows where blocks begin, counted from 0.

    A block that is longer than a page is cut anyway, and begins where it stands unless the page is more than half full.
    """
    repeated = sum(_points(row) for row in rows[:repeated_count])
    room, used = _page_points(widths) - repeated, -repeated  # the first page has these rows once, as its own
    for first, last in zip(starts, [*starts[1:], len(rows)], strict=True):
        height = sum(_points(row) for row in rows[first:last])
        if used > 0 and used + height > room and (height <= room or used > room / 2):
            sheet.row_breaks.append(Break(id=first))
            used = 0.0
        used = (used + height) % room


def _points(row: Row) -> float:
    return 0.0 if row.is_folded else row.height or ROW_POINTS


def is_upright(widths: Sequence[float]) -> bool:
    """Whether a sheet with columns of these widths, in characters, is printed upright."""
    return sum(widths) <= PORTRAIT_CHARACTERS


def _paper(widths: Sequence[float]) -> Iterator[float]:
    """Width and height of what can be printed on."""
    width, height = PAPER_POINTS if is_upright(widths) else PAPER_POINTS[::-1]
    yield width - 2 * SIDE_INCHES * INCH
    yield height - (TOP_INCHES + BOTTOM_INCHES) * INCH


def _scale(widths: Sequence[float]) -> int:
    """In per cent, so that all columns stand on one page."""
    width, _height = _paper(widths)
    return max(10, min(100, int(100 * width / (sum(widths) * CHARACTER_POINTS))))


def _page_points(widths: Sequence[float]) -> float:
    """Height of what a page holds, in points of the sheet."""
    _width, height = _paper(widths)
    return ROOM_SPARED * height * 100 / _scale(widths)


def _set_up_print(sheet: Worksheet, data: ScorecardData, widths: Sequence[float]) -> None:
    # Excel minds breaks between pages only where the scale is given.
    sheet.page_setup.orientation = "portrait" if is_upright(widths) else "landscape"
    sheet.page_setup.paperSize, sheet.page_setup.scale = A4, _scale(widths)
    margins = sheet.page_margins
    margins.left = margins.right = SIDE_INCHES
    margins.top, margins.bottom, margins.footer = TOP_INCHES, BOTTOM_INCHES, FOOTER_INCHES
    sheet.print_options.horizontalCentered = True
    footer = sheet.oddFooter
    edition = f"{data.labels[data.period]}, {gettext('edition {edition}', edition=data.edition)}"
    texts = (_footer_text(data.company), _footer_text(edition), gettext("Page {number} of {count}", number="&P", count="&N"))
    assert footer is not None, "openpyxl gives every sheet a footer"
    for part, text in zip((footer.left, footer.center, footer.right), texts, strict=True):
        assert part is not None, "openpyxl makes all three parts of it"
        part.text = text


def _footer_text(text: str) -> str:
    """A footer takes & for a command unless it is doubled."""
    return as_excel_text(text)[:LONGEST_FOOTER_NAME].replace("&", "&&")
