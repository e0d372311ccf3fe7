"""How every sheet is set up: columns, what stays in sight, how it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from config.measures.table import label_of
from tasks.reporting.render.cells import LINKED, SMALL, TITLE, Cell, Row, as_excel_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import ScorecardData

SCORECARD = "Scorecard"
CUSTOMERS_IN, CUSTOMERS_OUT = label_of("customers_in"), label_of("customers_out")
CHART_DATA = "Chart data"
A4 = 9
LONGEST_FOOTER_NAME = 80
"""A footer of Excel holds 255 characters in all."""


def new_sheet(
    book: Workbook,
    facts: ScorecardData,
    *,
    title: str,
    widths: Sequence[float],
    frozen_at: str | None = None,
    repeated_rows: str | None = None,
) -> Worksheet:
    """An empty sheet, set up to be read and printed: landscape, as wide as one page, headings repeated."""
    sheet: Worksheet = book.create_sheet(title)
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.sheet_view.showGridLines = False
    if frozen_at:
        sheet.freeze_panes = frozen_at
    if repeated_rows:
        sheet.print_title_rows = repeated_rows
    _set_up_print(sheet, facts)
    return sheet


def top_lines(title: str, says: str) -> list[Row]:
    """The first two lines of every sheet but the first: what it is, and the way back."""
    return [Row((Cell(title, TITLE),), height=24), Row((Cell("Back to the scorecard", LINKED, link=SCORECARD), Cell(says, SMALL)))]


def _set_up_print(sheet: Worksheet, facts: ScorecardData) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = 0.4
    margins.bottom, margins.footer = 0.7, 0.3
    sheet.print_options.horizontalCentered = True
    footer = sheet.oddFooter
    edition = f"{facts.labels[facts.period]}, edition {facts.edition}"
    texts = (_footer_text(facts.company), _footer_text(edition), "Page &P of &N")
    assert footer is not None, "openpyxl gives every sheet a footer"
    for part, text in zip((footer.left, footer.center, footer.right), texts, strict=True):
        assert part is not None, "openpyxl makes all three parts of it"
        part.text = text


def _footer_text(text: str) -> str:
    """A footer takes & for a command unless it is doubled."""
    return as_excel_text(text)[:LONGEST_FOOTER_NAME].replace("&", "&&")
