"""The scorecard as a workbook: what an executive reads first, and everything that it rests on behind it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from openpyxl import Workbook

from config.language import gettext
from config.localization import as_localized
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.headline import headline
from tasks.reporting.render.chart_data import chart_data_sheet, charted
from tasks.reporting.render.excel_lists import EXCEL_ROWS, customers_in_sheet, customers_out_sheet, listing_sheet
from tasks.reporting.render.scorecard import scorecard_sheet
from tasks.reporting.render.tabs import tab_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.reporting.model import CustomerLists, ScorecardData


@as_localized
def workbook(data: ScorecardData, lists: CustomerLists) -> Workbook:
    """The whole scorecard of one period without the name of a customer, ready to be saved once; of the lists it takes their titles."""
    return _written(data, gettext("customer scorecard"), partial(_write_sheets, data=data, lists=lists))


@as_localized
def customers_workbook(data: ScorecardData, lists: CustomerLists, *, list_rows_limit: int = EXCEL_ROWS) -> Workbook:
    """The customers behind the scorecard, a sheet a list, ready to be saved once.

    `list_rows_limit` is how many rows a sheet may have, its headings included.
    """
    write = partial(_write_lists, data=data, lists=lists, rows_limit=list_rows_limit)
    return _written(data, gettext("customers behind the scorecard"), write)


def _written(data: ScorecardData, what: str, write: Callable[[Workbook], None]) -> Workbook:
    """A workbook of openpyxl's write-only kind.

    Rows are streamed as they are made, so that a list of a million customers takes no more memory than a list of ten.
    Until it is saved, openpyxl keeps what was streamed in temporary files of its own.
    """
    book = Workbook(write_only=True)
    with ExitStack() as unfinished:
        unfinished.callback(_close, book)
        _describe(book, data, what)
        write(book)
        unfinished.pop_all()
    return book


def _write_lists(book: Workbook, *, data: ScorecardData, lists: CustomerLists, rows_limit: int) -> None:
    customers_in_sheet(book, data, lists, rows_limit=rows_limit)
    customers_out_sheet(book, data, lists, rows_limit=rows_limit)
    for listing in lists.further:
        listing_sheet(book, data, listing, rows_limit=rows_limit)


def _write_sheets(book: Workbook, *, data: ScorecardData, lists: CustomerLists) -> None:
    behind = tabs(data)
    drawn = charted(data, [page for tab in behind for page in tab.pages])
    scorecard_sheet(book, data, drawn, tabs=behind, lists=lists.titles)
    for tab in behind:
        tab_sheet(book, data, tab, drawn=drawn)
    chart_data_sheet(book, data, drawn)


def _close(book: Workbook) -> None:
    """Give up a workbook that cannot be finished; its open sheets would otherwise complain when they are forgotten."""
    for sheet in book.worksheets:
        if not sheet.closed:
            sheet.close()


def _describe(book: Workbook, data: ScorecardData, what: str) -> None:
    """Fill in the document's properties: what it is, and no name of a person or machine."""
    about = book.properties
    about.creator = "Customer Math"
    about.title = f"{data.company}: {what}, {data.labels[data.period]}, {gettext('edition {edition}', edition=data.edition)}"
    about.subject = headline(data)
    about.created = data.as_of.astimezone(UTC).replace(tzinfo=None)
