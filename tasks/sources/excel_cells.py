"""The cells of a sheet as they are stored, with those that show no value although something belongs there."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from config.unreadable_values import BY_MERGED_CELLS, WITHOUT_VALUE
from tasks.sources.raw_tables import MissingValue

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from xml.etree.ElementTree import Element

Cells: TypeAlias = tuple[object, ...]
"""A row's values, in the order of its columns."""
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14
"""What a sheet can hold."""
SheetCell: TypeAlias = dict[str, Any]
"""A cell as openpyxl describes it."""
Numbered: TypeAlias = tuple[int, list[SheetCell]]
"""A row's number, and its cells."""
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:$]+)\"")
CHUNK_BYTES, LONGEST_TAG = 1 << 20, 200


@dataclass(frozen=True)
class MergedCells:
    """Cells shown as one: only the first of them has a value."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int


class SheetParser(WorkSheetParser):
    """Reads a sheet's cells; one whose value is an error, or is not stored, says so instead of looking empty or like a text."""

    are_formulas_calculated = True
    """Whether the workbook says that the values stored with its formulas are those that they have now."""
    sheet_name = ""
    hidden_count = 0
    """Rows with cells that the sheet does not show, by a filter or by hand."""

    def parse_row(self, row: Any) -> Numbered:  # noqa: ANN401 - openpyxl's own kind of a row is private
        """The row's number and cells; a row that is hidden is one like the others, and counted."""
        number, cells = super().parse_row(row)
        self.hidden_count += bool(cells) and self.row_dimensions.pop(str(number), {}).get("hidden") in {"1", "true"}
        return number, cells

    def parse_cell(self, element: Element) -> SheetCell:
        """The cell; a MissingValue where it is an error, or a formula whose value nobody has calculated."""
        cell: SheetCell = super().parse_cell(element)
        address = f"{self.sheet_name}!{get_column_letter(cell['column'])}{cell['row']}"
        if cell["data_type"] == "e":
            cell["value"] = MissingValue(str(cell["value"]), f"{cell['value']} in {address}")
        elif element.find(FORMULA_TAG) is not None and not self._has_stored_value(element, cell):
            cell["value"] = MissingValue("", f"{WITHOUT_VALUE} in {address}")
        return cell

    def _has_stored_value(self, element: Element, cell: SheetCell) -> bool:
        # A formula whose value is an empty text has an empty value of the kind `str`.
        is_empty_text = element.get("t") == "str" and element.find(VALUE_TAG) is not None
        return self.are_formulas_calculated and (cell["value"] is not None or is_empty_text)


def merged_cells(part: IO[bytes]) -> set[MergedCells]:
    """The merged cells that a sheet declares below its rows."""
    references: set[bytes] = set()
    held = b""
    while piece := part.read(CHUNK_BYTES):
        text = held + piece
        references |= set(MERGED.findall(text))
        # A tag may go on in the next piece; one that is read twice counts once.
        held = text[text.rfind(b"<") :][:LONGEST_TAG]
    return {MergedCells(*(bound or 1 for bound in range_boundaries(address.decode()))) for address in references}


def with_hidden_cells(rows: Iterable[Numbered], merged: set[MergedCells], *, sheet_name: str) -> Generator[Numbered]:
    """The rows; in those that have values, each cell that merged cells hide behind a value is a MissingValue."""
    starting: defaultdict[int, list[MergedCells]] = defaultdict(list)
    for cells in merged:
        starting[cells.first_row].append(cells)
    hiding: list[MergedCells] = []
    for number, row in rows:
        filled = {cell["column"] for cell in row if cell["value"] not in (None, "")}
        hiding = [cells for cells in hiding if cells.last_row >= number]
        hiding += [cells for cells in starting.pop(number, ()) if cells.first_column in filled]
        yield number, _with_marks(row, number, hiding, sheet_name=sheet_name) if hiding and filled else row


def _with_marks(row: list[SheetCell], number: int, hiding: list[MergedCells], *, sheet_name: str) -> list[SheetCell]:
    hidden = {column for cells in hiding for column in range(cells.first_column, cells.last_column + 1)}
    hidden -= {cells.first_column for cells in hiding if cells.first_row == number}
    shown = [cell for cell in row if cell["column"] not in hidden]
    reasons = {column: f"{BY_MERGED_CELLS} in {sheet_name}!{get_column_letter(column)}{number}" for column in hidden}
    marked = [{"row": number, "column": column, "value": MissingValue("", reason)} for column, reason in reasons.items()]
    return sorted([*shown, *marked], key=itemgetter("column"))
