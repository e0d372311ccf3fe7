"""A spreadsheet that is the same to the byte whenever it is written."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.xml.constants import ARC_CORE
from openpyxl.xml.functions import tostring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

CREATED_AT = datetime(2026, 10, 5, 6, 0)  # noqa: DTZ001 - a workbook knows no zones
"""When the workbook says that it was made."""


def write_spreadsheet(
    path: Path, *, sheet: str, above: Sequence[tuple[str, ...]], headings: Sequence[str], rows: pa.Table, total_cents: int
) -> None:
    """Write a sheet with lines above the headings, the rows, whose last column is an amount in cents, and their total below."""
    book = Workbook(write_only=True)
    book.properties.creator = "Campaign desk"
    page = book.create_sheet(sheet)
    for line in (*above, headings):
        page.append(line)
    # openpyxl takes a workbook row by row; this sheet has about 1,500.
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        page.append((*row[:-1], row[-1] / 100))
    page.append(("Total", *(None,) * (len(headings) - 2), total_cents / 100))
    path.write_bytes(_saved_without_clock(book))


def _saved_without_clock(book: Workbook) -> bytes:
    """The workbook as if it had been saved when it says it was made; saving notes the time in two places."""
    saved, same = io.BytesIO(), io.BytesIO()
    book.save(saved)
    book.properties.created = book.properties.modified = CREATED_AT
    with zipfile.ZipFile(saved) as parts, zipfile.ZipFile(same, "w", zipfile.ZIP_STORED) as packed:
        for part in sorted(parts.namelist()):
            content = tostring(book.properties.to_tree()) if part == ARC_CORE else parts.read(part)
            packed.writestr(zipfile.ZipInfo(part, date_time=CREATED_AT.timetuple()[:6]), content)
    return same.getvalue()
