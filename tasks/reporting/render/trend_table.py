"""Tables of Excel's own kind, and the trend as one: a row a period, every line of the roll-forward in customers and in value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

from config.language import gettext, gettext_noop
from config.measures.roll_forward import ROLL_FORWARD
from config.measures.table import label_of
from tasks.reporting.render.cells import HEADING, HEADING_OF_NUMBERS, TEXT, Cell, CellStyle, Row, as_excel_text, number_format

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from tasks.reporting.model import ScorecardData

TREND = gettext_noop("Trend")
STYLE = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)


def add_table(sheet: Worksheet, name: str, headings: Sequence[str], *, first_row: int, rows_count: int) -> None:
    """Make rows below a row of headings a table of Excel; no table is made of headings alone, which Excel would repair."""
    if not rows_count:
        return
    cells = f"A{first_row}:{get_column_letter(len(headings))}{first_row + rows_count}"
    table = Table(displayName=name, name=name, ref=cells, tableStyleInfo=STYLE, autoFilter=AutoFilter(ref=cells))
    table.tableColumns = [TableColumn(id=number, name=as_excel_text(heading)) for number, heading in enumerate(headings, start=1)]
    sheet.tables.add(table)  # `add_table` warns whoever streams rows, whether or not the columns are named


def distinct(headings: Sequence[str]) -> list[str]:
    """The headings, each once whatever its capitals, as Excel's tables ask for; a second one of the same name is numbered."""
    names: list[str] = []
    for heading in headings:
        name, number = heading or gettext("Column"), 2
        while name.lower() in {taken.lower() for taken in names}:
            name, number = f"{heading or gettext('Column')} {number}", number + 1
        names.append(name)
    return names


def trend_columns(data: ScorecardData) -> list[tuple[str, str]]:
    """What stands above each column of numbers, and its measure: customers first, then value."""
    customers = dict.fromkeys(line.customers for line in ROLL_FORWARD if line.customers)
    amounts = dict.fromkeys(line.amount for line in ROLL_FORWARD)
    headings = distinct(
        [*(gettext(label_of(name)) for name in customers), *(f"{gettext(label_of(name))}, {data.currency}" for name in amounts)]
    )
    return list(zip(headings, (*customers, *amounts), strict=True))


def trend_rows(data: ScorecardData) -> Iterator[Row]:
    """The headings and a row a period, the latest first."""
    columns = trend_columns(data)
    yield Row((Cell(gettext("Period"), HEADING), *(Cell(heading, HEADING_OF_NUMBERS) for heading, _name in columns)), height=45)
    for period in reversed(data.trend_with_customers):
        figures = ((name, data.figure(name, period=period)) for _heading, name in columns)
        cells = (Cell(figure, CellStyle(number_format(name, data.minor_units))) for name, figure in figures)
        yield Row((Cell(data.labels[period], TEXT), *cells))
