"""Workbooks of other kinds than .xlsx: the old .xls, and OpenDocument's .ods; the rows of a sheet, with what shows no value marked."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from openpyxl.utils import get_column_letter

from config.unreadable_values import BY_MERGED_CELLS, WITHOUT_VALUE
from tasks.sources.excel_cells import MOST_COLUMNS, MOST_ROWS, Cells
from tasks.sources.raw_tables import MissingValue

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

EXACT_BELOW = 1 << 53
"""A whole number below this is exact as Excel stores it."""
OLD_STREAMS = ("Workbook", "Book")
"""Where a workbook of the old kind is in its package."""
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
ERROR_KIND = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
CELL, HIDDEN_CELL = f"{TABLE}table-cell", f"{TABLE}covered-table-cell"
SHOWN_ERRORS = ("#", "Err:")
"""How the text begins that a formula shows whose value is an error."""


class DamagedWorkbookError(Exception):
    """A workbook is not what its kind must be; whoever opened it says so."""


@dataclass(frozen=True)
class OtherSheet:
    """One sheet: its name, whether it is shown, and its rows."""

    name: str
    is_shown: bool
    rows: Callable[[], Generator[Cells]]


def old_sheets(path: Path) -> list[OtherSheet]:
    """The sheets of a workbook of the old kind (.xls); raises whatever olefile and xlrd raise of a damaged one."""
    import olefile  # noqa: PLC0415 - for such workbooks only
    import xlrd  # noqa: PLC0415 - the same

    # xlrd itself would follow a chain of sectors that leads back into itself for ever.
    with olefile.OleFileIO(str(path), raise_defects=olefile.DEFECT_INCORRECT) as packed:
        stream = next(name for name in OLD_STREAMS if packed.exists(name))
        content = packed.openstream(stream).read()
    with Path(os.devnull).open("w", encoding="utf-8") as unheard:
        # Without the formatting it does not say which cells are merged.
        book = xlrd.open_workbook(file_contents=content, logfile=unheard, formatting_info=True)
    sheets = [book.sheet_by_index(number) for number in range(book.nsheets)]
    return [OtherSheet(sheet.name, sheet.visibility == 0, partial(_old_rows, sheet, book.datemode)) for sheet in sheets]


def _old_rows(sheet: Any, datemode: Any) -> Generator[Cells]:  # noqa: ANN401 - xlrd has no types
    name = sheet.name
    hidden: dict[int, list[range]] = {}
    for first_row, end_row, first_column, end_column in sheet.merged_cells:
        if sheet.cell_value(first_row, first_column) in (None, ""):
            continue
        for row in range(first_row, end_row):
            hidden.setdefault(row, []).append(range(first_column + (row == first_row), end_column))
    for number in range(sheet.nrows):
        cells = [_old_value(cell, datemode, _address(name, number, column)) for column, cell in enumerate(sheet.row(number))]
        yield _with_hidden(cells, hidden.get(number, []), name=name, number=number)


def _old_value(cell: Any, datemode: Any, address: str) -> object:  # noqa: ANN401 - the same
    import xlrd  # noqa: PLC0415 - the same

    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return cell.value or None
        case xlrd.XL_CELL_NUMBER:
            return _number(cell.value)
        case xlrd.XL_CELL_DATE:
            instant = xlrd.xldate_as_datetime(cell.value, datemode)
            return instant.time() if 0 <= cell.value < 1 else instant
        case xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        case xlrd.XL_CELL_ERROR:
            shown = xlrd.error_text_from_code.get(cell.value, "#ERROR!")
            return MissingValue(shown, f"{shown} in {address}")
        case _:
            return None


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < EXACT_BELOW else value


def _address(sheet_name: str, row: int, column: int) -> str:
    return f"{sheet_name}!{get_column_letter(column + 1)}{row + 1}"


def _with_hidden(cells: list[object], hidden: list[range], *, name: str, number: int) -> Cells:
    """A row in which each cell that merged cells hide behind a value is a MissingValue; one without any value stays as it is."""
    if any(cell is not None for cell in cells):
        for columns in hidden:
            cells += [None] * (columns.stop - len(cells))
            for column in columns:
                cells[column] = MissingValue("", f"{BY_MERGED_CELLS} in {_address(name, number, column)}")
    return tuple(cells)


def open_document_sheets(path: Path) -> list[OtherSheet]:
    """The sheets of an OpenDocument spreadsheet (.ods); raises whatever zip, zlib and the XML parser raise of a damaged one."""
    hidden_styles: set[str | None] = set()
    tables: list[tuple[str, str | None]] = []
    for event, element in _events(path):
        if event == "start" and element.tag == f"{TABLE}table":
            tables.append((element.get(f"{TABLE}name", ""), element.get(f"{TABLE}style-name")))
        elif event == "end" and element.tag == f"{STYLE}style":
            properties = element.find(f"{STYLE}table-properties")
            if properties is not None and properties.get(f"{TABLE}display") == "false":
                hidden_styles.add(element.get(f"{STYLE}name"))
    return [OtherSheet(name, style not in hidden_styles, partial(_open_rows, path, name)) for name, style in tables]


def _events(path: Path) -> Generator[tuple[str, ET.Element]]:
    """What begins and ends in the document, each part forgotten when its row or style has ended."""
    with zipfile.ZipFile(path) as packed, packed.open("content.xml") as content:
        depth: list[ET.Element] = []
        for event, element in ET.iterparse(content, events=("start", "end")):  # noqa: S314 - bounded size; expat bounds what entities unpack to
            if event == "start":
                depth.append(element)
            yield event, element
            if event == "end":
                depth.pop()
                if depth and element.tag in {f"{TABLE}table-row", f"{STYLE}style"}:
                    depth[-1].remove(element)


def _open_rows(path: Path, name: str) -> Generator[Cells]:
    is_inside, number, passed_over = False, 0, 0
    hiding: list[tuple[range, int]] = []
    """Columns that merged cells hide, and the row after their last."""
    for event, element in _events(path):
        if element.tag == f"{TABLE}table":
            is_inside = event == "start" and element.get(f"{TABLE}name", "") == name
        if not (is_inside and event == "end" and element.tag == f"{TABLE}table-row"):
            continue
        repeated = _count(element.get(f"{TABLE}number-rows-repeated"))
        cells, merged = _row(element, name, number)
        if all(cell is None for cell in cells):
            number, passed_over = number + repeated, passed_over + repeated  # a sheet ends in a million of them
            continue
        if number + repeated > MOST_ROWS:
            raise DamagedWorkbookError
        yield from ((),) * passed_over
        passed_over = 0
        for _ in range(repeated):
            hiding = [(columns, end) for columns, end in hiding if end > number]
            hidden = [*(columns for columns, _ in hiding), *(columns[1:] for columns, _ in merged)]
            yield _with_hidden([*cells], hidden, name=name, number=number)
            hiding += [(columns, number + rows) for columns, rows in merged]
            number += 1


def _row(element: ET.Element, name: str, number: int) -> tuple[list[object], list[tuple[range, int]]]:
    """A row's values, and the merged cells that begin in it with a value: columns, and how many rows."""
    cells: list[object] = []
    merged: list[tuple[range, int]] = []
    for cell in element:
        if cell.tag not in {CELL, HIDDEN_CELL}:
            continue
        repeated, column = _count(cell.get(f"{TABLE}number-columns-repeated")), len(cells)
        value = _open_value(cell, _address(name, number, column))
        if value is None:
            cells += [None] * min(repeated, MOST_COLUMNS - column)
            continue
        if column + repeated > MOST_COLUMNS:
            raise DamagedWorkbookError
        cells += [value] * repeated
        columns, rows = (_count(cell.get(f"{TABLE}number-{what}-spanned")) for what in ("columns", "rows"))
        if columns > 1 or rows > 1:
            merged.append((range(column, min(column + columns, MOST_COLUMNS)), rows))
    return cells, merged


def _count(text: str | None) -> int:
    return max(int(text or 1), 1)


def _open_value(cell: ET.Element, address: str) -> object:
    kind = cell.get(f"{OFFICE}value-type")
    has_formula = cell.get(f"{TABLE}formula") is not None
    shown = "\n".join(_text(paragraph) for paragraph in cell.iterfind(f"{TEXT}p"))
    if cell.get(ERROR_KIND) == "error" or (has_formula and shown.startswith(SHOWN_ERRORS)):
        return MissingValue(shown, f"{shown} in {address}")
    if kind is None:
        return MissingValue("", f"{WITHOUT_VALUE} in {address}") if has_formula else None
    return _typed(cell, kind, shown)


def _typed(cell: ET.Element, kind: str, shown: str) -> object:
    value = cell.get(f"{OFFICE}value", "")
    match kind:
        case "float" | "percentage" | "currency":
            return _number(float(value))
        case "date":
            written = cell.get(f"{OFFICE}date-value", "")
            return datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)
        case "time":
            return _time(cell.get(f"{OFFICE}time-value", ""), shown)
        case "boolean":
            return cell.get(f"{OFFICE}boolean-value") == "true"
        case _:
            return (cell.get(f"{OFFICE}string-value") or shown) or None


def _time(duration: str, shown: str) -> object:
    """A duration such as PT10H05M00S as a time of day; what is longer than a day stays as it is shown."""
    hours, _, rest = duration.removeprefix("PT").partition("H")
    minutes, _, seconds = rest.partition("M")
    if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24):
        return shown or None
    return time(int(hours), int(minutes), int(float(seconds.removesuffix("S") or 0)))


def _text(paragraph: ET.Element) -> str:
    """A paragraph's text; blanks, tabulators and line breaks are parts of their own in OpenDocument, notes are none of the value."""
    pieces = [paragraph.text or ""]
    for part in paragraph:
        match part.tag.removeprefix(TEXT):
            case "s":
                pieces.append(" " * min(_count(part.get(f"{TEXT}c")), 1000))
            case "tab":
                pieces.append("\t")
            case "line-break":
                pieces.append("\n")
            case "note" | "ruby-text":
                pass
            case _:
                pieces.append(_text(part))
        pieces.append(part.tail or "")
    return "".join(pieces)
