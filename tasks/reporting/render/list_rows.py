"""The rows of a long list as a sheet's file has them: openpyxl takes ten times as long for each of its cells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, cast

from openpyxl.compat import safe_string
from openpyxl.utils import get_column_letter

from tasks.reporting.render.cells import FIRST_DAY_IN_EXCEL, CellStyle, as_excel_text, begins_like_a_formula, styled_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from openpyxl.worksheet.worksheet import Worksheet

END_OF_ROWS = b"</sheetData>"
DAY_0 = date(1899, 12, 30)
"""From here Excel counts the days from FIRST_DAY_IN_EXCEL on."""


@dataclass(frozen=True)
class ListColumn:
    """A column of a list: how its cells look, and whether they hold numbers and days, and what is shown of texts."""

    sheet: Worksheet
    number: int
    """Where it stands in the sheet, from 1 on."""
    look: CellStyle
    is_number: bool = False
    shown_as: Callable[[str], str] = str
    """What is shown of a text."""

    @cached_property
    def letters(self) -> str:
        """The column's name in the sheet."""
        return get_column_letter(self.number)

    @cached_property
    def plain(self) -> int:
        """The number of its look in the workbook."""
        return styled_cell(self.sheet, self.look).style_id

    @cached_property
    def quoted(self) -> int:
        """The number of its look for text that a program which reads it anew would calculate."""
        return styled_cell(self.sheet, replace(self.look, is_quoted=True)).style_id

    def cell(self, value: object, row: str) -> str:
        """The cell of a row with its value, as openpyxl writes it; nothing where the row has none."""
        if value is None:
            return ""
        if self.is_number and isinstance(value, int | Decimal | date):
            if not isinstance(value, date):
                return f'<c r="{self.letters}{row}" s="{self.plain}" t="n"><v>{safe_string(value)}</v></c>'
            if value >= FIRST_DAY_IN_EXCEL:
                return f'<c r="{self.letters}{row}" s="{self.plain}" t="n"><v>{(value - DAY_0).days}</v></c>'
            return self._text(value.isoformat(), row, style=self.plain)
        text = self.shown_as(str(value))
        return self._text(text, row, style=self.quoted if begins_like_a_formula(text) else self.plain)

    def _text(self, text: str, row: str, *, style: int) -> str:
        """A cell with text; blanks at its ends are kept, as XML would not by itself."""
        shown = as_excel_text(text)
        if not shown:
            return f'<c r="{self.letters}{row}" s="{style}" t="inlineStr" />'
        trimmed = shown.strip()
        space = ' xml:space="preserve"' if trimmed and trimmed != shown else ""
        return f'<c r="{self.letters}{row}" s="{style}" t="inlineStr"><is><t{space}>{escape(shown, quote=False)}</t></is></c>'


def rows_as_xml(columns: Sequence[ListColumn], rows: Iterable[Sequence[object]], *, first_row: int) -> Iterator[bytes]:
    """Each row as a sheet's file has it, from a row of the sheet on."""
    for number, values in enumerate(rows, start=first_row):
        row = str(number)
        cells = "".join([column.cell(value, row) for column, value in zip(columns, values, strict=True)])
        yield f'<row r="{row}">{cells}</row>'.encode()


def append_rows(sheet: Worksheet, rows: Iterable[bytes]) -> None:
    """Finish a sheet of a write-only workbook, with rows behind those that it has; openpyxl then takes its file as it is."""
    cast("WriteOnlyWorksheet", sheet).close()
    file = Path(vars(sheet)["_writer"].out)  # openpyxl says nowhere else where it keeps a sheet until the workbook is saved
    with file.open("rb") as begun:
        above, end, below = begun.read().partition(END_OF_ROWS)
    with file.open("wb") as whole:
        whole.write(above)
        whole.writelines(rows)
        whole.write(end + below)
