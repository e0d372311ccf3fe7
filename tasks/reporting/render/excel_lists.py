"""The customers behind the numbers, a row each, as many as the sheet holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal

from openpyxl.utils import get_column_letter

from config.language import gettext, gettext_noop, ngettext, ngettext_noop
from config.measures.table import heading_of
from tasks.reporting.model import CUSTOMERS_IN, CUSTOMERS_OUT, SCORECARD_FILE, named
from tasks.reporting.render.cells import (
    COUNT,
    HEADING,
    LINKED,
    TITLE,
    Cell,
    CellStyle,
    Row,
    day_format,
    fill_in,
    money_format,
)
from tasks.reporting.render.list_rows import ListColumn, append_rows, rows_as_xml
from tasks.reporting.render.sheet import SCORECARD, new_sheet
from tasks.reporting.render.trend_table import add_table, distinct
from tasks.reporting.text import format_customers, lowered, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import CustomerList, CustomerLists, ScorecardData

EXCEL_ROWS = 1_048_576
"""Rows of a sheet, as Excel's file format has them."""
ROWS_ABOVE = 3
"""Rows of a list's sheet above its first customer."""
Direction = Literal["in", "out"]
Kind = Literal["day", "money", "count", "movement", "text"]
NUMBERS: frozenset[Kind] = frozenset({"day", "money", "count"})
KIND_BY_ENDING: dict[str, Kind] = {"_on": "day", "amount": "money", "_count": "count"}
WIDTH_OF: dict[Kind, float] = {"day": 15, "money": 21, "count": 11, "movement": 14}
NARROWEST_TEXT, WIDEST_TEXT, SPARE_WIDTH = 12, 44, 4
ROWS_MEASURED = 200
"""So many customers at the top of a list decide how wide its columns of text are."""
HEADINGS = {
    "customer_id": gettext_noop("Customer id"),
    "customer_name": gettext_noop("Customer name"),
    "movement": gettext_noop("Movement"),
    "first_came_on": gettext_noop("First came on"),
    "amount": gettext_noop("Value, {currency}"),
    "reason": gettext_noop("Reason"),
    "silent_days_count": gettext_noop("Days silent"),
    "usual_gap_days_count": gettext_noop("Usual gap, days"),
    "next_due_on": gettext_noop("Next due on"),
    "terms_count": gettext_noop("Terms count"),
    "weakening_signs": gettext_noop("Weakening signs"),
    "last_bought_on": gettext_noop("Last bought on"),
    "still_to_come_amount": gettext_noop("Still to come value, {currency}"),
    "executive": gettext_noop("Executive"),
    "lost_on": gettext_noop("Lost on"),
    "value_group": gettext_noop("Value group"),
    "referrer_id": gettext_noop("Referrer id"),
    "referrer_name": gettext_noop("Referrer name"),
}
"""What stands above a column; one of the company's own, such as a way of grouping, is called by its name."""
MOVED_ON = {"in": gettext_noop("Came on"), "out": gettext_noop("Went on")}
NAME_OF_MOVEMENT = "{movement}_customers"
"""The measure by which a movement is called."""


@dataclass(frozen=True)
class ListSentences:
    """What is said above a list of who came or went."""

    nobody: str
    everybody: tuple[str, str]
    """Of one, and of several."""
    first: str
    """Where a sheet holds no more."""


CAME = ListSentences(
    gettext_noop("No customers came in {period}"),
    ngettext_noop("{count} customer who came in {period}, every one listed", "{count} customers who came in {period}, every one listed"),
    gettext_noop(
        "The first {shown} of {customers} who came in {period}; a sheet holds no more, all {count} are in {file}",
    ),
)
WENT = ListSentences(
    gettext_noop("No customers were lost in {period}"),
    ngettext_noop(
        "{count} customer who were lost in {period}, every one listed", "{count} customers who were lost in {period}, every one listed"
    ),
    gettext_noop(
        "The first {shown} of {customers} who were lost in {period}; a sheet holds no more, all {count} are in {file}",
    ),
)


@dataclass(frozen=True)
class ListSheet:
    """One of the two lists, with what its sheet says about it."""

    title: str
    """In the language in force."""
    direction: Direction
    sentences: ListSentences | None
    columns: tuple[str, ...]
    rows: Iterable[tuple[object, ...]]
    count: int
    description: str = ""
    """Who is listed, where it is not who came or went in the period."""


def customers_in_sheet(book: Workbook, data: ScorecardData, lists: CustomerLists, *, rows_limit: int) -> None:
    """Write the sheet of the customers who came."""
    came = ListSheet(gettext(CUSTOMERS_IN), "in", CAME, lists.columns_in, lists.rows_in, lists.in_count)
    _list_sheet(book, data, came, parquet_name=lists.parquet_name, rows_limit=rows_limit)


def customers_out_sheet(book: Workbook, data: ScorecardData, lists: CustomerLists, *, rows_limit: int) -> None:
    """Write the sheet of the customers who went."""
    went = ListSheet(gettext(CUSTOMERS_OUT), "out", WENT, lists.columns_out, lists.rows_out, lists.out_count)
    _list_sheet(book, data, went, parquet_name=lists.parquet_name, rows_limit=rows_limit)


def listing_sheet(book: Workbook, data: ScorecardData, listing: CustomerList, *, rows_limit: int) -> None:
    """Write the sheet of customers who are listed for another reason; its sentence says which."""
    others = ListSheet(gettext(listing.title), "in", None, listing.columns, listing.rows, listing.count, description=listing.description)
    _list_sheet(book, data, others, parquet_name="movements.parquet", rows_limit=rows_limit)


def _list_sheet(book: Workbook, data: ScorecardData, listed: ListSheet, *, parquet_name: str, rows_limit: int) -> None:
    kinds: list[Kind] = [_kind(column) for column in listed.columns]
    headings = distinct([_heading(column, direction=listed.direction, currency=data.currency) for column in listed.columns])
    rows = iter(listed.rows)
    first_rows = list(islice(rows, ROWS_MEASURED))
    widths = [
        _width(heading, kind, [row[position] for row in first_rows])
        for position, (heading, kind) in enumerate(zip(headings, kinds, strict=True))
    ]
    who_count = sum(column.startswith("customer_") for column in listed.columns)
    frozen_at = f"{get_column_letter(who_count + 1)}{ROWS_ABOVE + 1}"
    sheet = new_sheet(book, data, title=listed.title, widths=widths, frozen_at=frozen_at, repeated_rows=f"1:{ROWS_ABOVE}")
    shown_count = min(listed.count, rows_limit - ROWS_ABOVE)
    looks = [replace(HEADING, align=_look(kind).align, indent=_look(kind).indent) for kind in kinds]
    fill_in(
        sheet,
        [
            Row((Cell(_describe_list(data, listed, shown_count=shown_count, parquet_name=parquet_name), TITLE),), height=24),
            Row((Cell(gettext("Back to the scorecard"), LINKED, link=gettext(SCORECARD), file=SCORECARD_FILE),)),
            Row(tuple(Cell(heading, look) for heading, look in zip(headings, looks, strict=True)), height=18),
        ],
    )
    add_table(sheet, listed.title.replace(" ", "_"), headings, first_row=ROWS_ABOVE, rows_count=shown_count)
    _write_rows(sheet, data, replace(listed, rows=chain(first_rows, rows)), kinds=kinds, shown_count=shown_count)


def _describe_list(data: ScorecardData, listed: ListSheet, *, shown_count: int, parquet_name: str) -> str:
    period = data.labels[data.period]
    sentences = listed.sentences
    if sentences is None:
        return f"{format_customers(shown_count) if listed.count else gettext('No customers')} {listed.description}"
    if listed.count == 0:
        return gettext(sentences.nobody, period=period)
    if shown_count == listed.count:
        return ngettext(*sentences.everybody, listed.count, period=period)
    return gettext(
        sentences.first,
        shown=whole_number(shown_count),
        customers=format_customers(listed.count),
        count=whole_number(listed.count),
        period=period,
        file=parquet_name,
    )


def _kind(column: str) -> Kind:
    if column == "movement":
        return "movement"
    for ending, kind in KIND_BY_ENDING.items():
        if column.endswith(ending):
            return kind
    return "text"


def _heading(column: str, *, direction: Direction, currency: str) -> str:
    """A column's heading in words: `opening_amount` is Opening value, EUR."""
    if column == "moved_on":
        return gettext(MOVED_ON[direction])
    if column in HEADINGS:
        return gettext(HEADINGS[column], currency=currency)
    name = column.removesuffix("_amount").replace("_", " ").capitalize()
    return gettext("{name} value, {currency}", name=name, currency=currency) if _kind(column) == "money" else name


def _width(heading: str, kind: Kind, values: Iterable[object]) -> float:
    """Width of a column: of text as wide as what it holds, within reason."""
    if kind != "text":
        return WIDTH_OF[kind]
    longest = max(len(text) for text in (heading, *(str(value or "") for value in values)))
    return min(max(longest + SPARE_WIDTH, NARROWEST_TEXT), WIDEST_TEXT)


def _look(kind: Kind) -> CellStyle:
    return CellStyle(align="right" if kind in ("money", "count") else None, indent=0 if kind in ("money", "count") else 1)


def _movement(value: str) -> str:
    return lowered(heading_of(NAME_OF_MOVEMENT.format(movement=value)))


def _write_rows(sheet: Worksheet, data: ScorecardData, listed: ListSheet, *, kinds: list[Kind], shown_count: int) -> None:
    formats: dict[Kind, str] = {"day": day_format(), "money": money_format(data.minor_units), "count": COUNT}
    columns = [
        ListColumn(
            sheet,
            number,
            replace(_look(kind), number_format=formats.get(kind, "General")),
            is_number=kind in NUMBERS,
            shown_as=_movement if kind == "movement" else named,
        )
        for number, kind in enumerate(kinds, start=1)
    ]
    rows = iter(listed.rows)
    append_rows(sheet, rows_as_xml(columns, _counted(rows, listed, shown_count=shown_count), first_row=ROWS_ABOVE + 1))


def _counted(rows: Iterator[tuple[object, ...]], listed: ListSheet, *, shown_count: int) -> Iterator[tuple[object, ...]]:
    """The rows that the sheet shows; raises ValueError where there are fewer, or more than were counted."""
    written_count = 0
    for row in islice(rows, shown_count):
        yield row
        written_count += 1
    is_too_long = shown_count == listed.count and next(rows, None) is not None
    if written_count < shown_count or is_too_long:
        actual = f"more than {shown_count}" if is_too_long else written_count
        raise ValueError(
            f"{listed.title}: expected {listed.count} customers as counted, found {actual}; count and list must come from one ledger"
        )
