"""The scorecard as a workbook: what an executive reads first, and everything that it rests on behind it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC
from typing import TYPE_CHECKING

from openpyxl import Workbook

from tasks.reporting.pages.agenda import choices_pages, pages
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.definitions import definitions_page
from tasks.reporting.pages.headline import headline
from tasks.reporting.pages.restatements import restatements_page
from tasks.reporting.pages.segments import segments_page
from tasks.reporting.pages.worth import worth_page
from tasks.reporting.render.chart_data import chart_data_sheet, charted
from tasks.reporting.render.excel import page_sheet
from tasks.reporting.render.excel_lists import EXCEL_ROWS, customers_in_sheet, customers_out_sheet, listing_sheet
from tasks.reporting.render.scorecard import scorecard_sheet

if TYPE_CHECKING:
    from tasks.reporting.model import CustomerLists, ScorecardData


def workbook(facts: ScorecardData, lists: CustomerLists, *, list_rows_limit: int = EXCEL_ROWS) -> Workbook:
    """The whole scorecard of one period, ready to be saved once.

    The workbook is openpyxl's write-only kind: rows are streamed as they are made, so that a list of a million
    customers takes no more memory than a list of ten. Until it is saved, openpyxl keeps what was streamed in
    temporary files of its own. `list_rows_limit` is how many rows a sheet may have, its headings included.
    """
    book = Workbook(write_only=True)
    with ExitStack() as unfinished:
        unfinished.callback(_close, book)
        _describe(book, facts)
        _write_sheets(book, facts, lists, list_rows_limit=list_rows_limit)
        unfinished.pop_all()
    return book


def _write_sheets(book: Workbook, facts: ScorecardData, lists: CustomerLists, *, list_rows_limit: int) -> None:
    told = (*pages(facts), *([worth_page(facts, facts.worth)] if facts.worth else []))
    drawn = charted(facts, told)
    scorecard_sheet(book, facts, drawn)
    for page in told:
        page_sheet(book, facts, page, drawn=drawn)
    page_sheet(book, facts, segments_page(facts))
    customers_in_sheet(book, facts, lists, rows_limit=list_rows_limit)
    customers_out_sheet(book, facts, lists, rows_limit=list_rows_limit)
    for listing in lists.further:
        listing_sheet(book, facts, listing, rows_limit=list_rows_limit)
    for page in (*choices_pages(facts), restatements_page(facts), data_quality_page(facts), definitions_page(facts)):
        page_sheet(book, facts, page)
    chart_data_sheet(book, facts, drawn)


def _close(book: Workbook) -> None:
    """Give up a workbook that cannot be finished; its open sheets would otherwise complain when they are forgotten."""
    for sheet in book.worksheets:
        sheet.close()


def _describe(book: Workbook, facts: ScorecardData) -> None:
    """Fill in the document's properties: what it is, and no name of a person or machine."""
    about = book.properties
    about.creator = "Customer Math"
    about.title = f"{facts.company}: customer scorecard, {facts.labels[facts.period]}, edition {facts.edition}"
    about.subject = headline(facts)
    about.created = facts.as_of.astimezone(UTC).replace(tzinfo=None)
