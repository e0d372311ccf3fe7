"""The workbooks open without repair: every cause of a repair that is known is looked for in the file, and two other programs read it."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from python_calamine import CalamineWorkbook

from tasks.reporting.pages.front import front_lines, groups_table, value_changes
from tasks.reporting.render.cells import LINE_POINTS, heading_height
from tasks.reporting.render.trend_table import distinct
from tasks.reporting.render.workbook import customers_workbook, workbook

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

LONGEST_SHEET_NAME, LONGEST_FOOTER, MOST_LINKS = 31, 255, 65_530


@pytest.fixture(scope="module")
def files(data: ScorecardData, made_up: Any) -> dict[str, bytes]:
    """Both workbooks of the made-up company."""
    written = {}
    for name, make in (("scorecard", workbook), ("customers", customers_workbook)):
        file = BytesIO()
        make(data, made_up.made_up_lists(6)).save(file)
        written[name] = file.getvalue()
    return written


def opened(file: bytes | BytesIO) -> Any:
    """A workbook as openpyxl reads it."""
    return load_workbook(BytesIO(file) if isinstance(file, bytes) else file)


def parts_of(file: bytes, folder: str) -> list[str]:
    archive = ZipFile(BytesIO(file))
    return [archive.read(name).decode() for name in archive.namelist() if name.startswith(folder) and name.endswith(".xml")]


@pytest.mark.parametrize("name", ["scorecard", "customers"])
def test_names_of_sheets_and_footers_are_such_as_excel_takes(files: dict[str, bytes], name: str) -> None:
    book = opened(files[name])
    titles = book.sheetnames
    assert len({title.lower() for title in titles}) == len(titles)
    assert all(0 < len(title) <= LONGEST_SHEET_NAME and not re.search(r"[\[\]:*?/\\]", title) for title in titles)
    for sheet in book:
        parts = (sheet.oddFooter.left.text, sheet.oddFooter.center.text, sheet.oddFooter.right.text)
        assert sum(len(part or "") for part in parts) <= LONGEST_FOOTER
        assert len(sheet._hyperlinks) <= MOST_LINKS


@pytest.mark.parametrize("name", ["scorecard", "customers"])
def test_tables_are_headed_as_their_columns_and_cover_rows_no_merged_cell_and_no_other_filter(files: dict[str, bytes], name: str) -> None:
    book = opened(files[name])
    tables = [(sheet, table) for sheet in book for table in sheet.tables.values()]
    names = [table.displayName for _sheet, table in tables]
    taken = {each.lower() for each in (*names, *book.defined_names)}
    assert len(taken) == len(names) + len(book.defined_names)
    for sheet, table in tables:
        bounds: Any = range_boundaries(table.ref)
        left, first, right, last = bounds
        headings = [sheet.cell(first, column).value for column in range(left, right + 1)]
        assert headings == [column.name for column in table.tableColumns]
        assert len({str(heading).lower() for heading in headings}) == len(headings)
        assert last > first
        assert sheet.auto_filter.ref is None
        assert not any(first <= merged.min_row <= last for merged in sheet.merged_cells.ranges)


def test_no_two_merged_cells_cover_each_other(files: dict[str, bytes]) -> None:
    for sheet in opened(files["scorecard"]):
        cells = [cell for merged in sheet.merged_cells.ranges for cell in merged.cells]
        assert len(cells) == len(set(cells)), sheet.title


def test_charts_refer_to_sheets_that_are_there_and_say_in_words_what_they_show(files: dict[str, bytes]) -> None:
    titles = set(opened(files["scorecard"]).sheetnames)
    referred = {name for chart in parts_of(files["scorecard"], "xl/charts/") for name in re.findall(r"<f>'([^']+)'!", chart)}
    assert referred <= titles
    frames = [part for drawing in parts_of(files["scorecard"], "xl/drawings/") for part in re.findall(r"<(?:xdr:)?cNvPr [^>]*>", drawing)]
    charts = [frame for frame in frames if "Chart" in frame]
    assert len(charts) == len(parts_of(files["scorecard"], "xl/charts/"))
    assert all('descr="' in frame and 'descr=""' not in frame for frame in charts)


def test_bars_begin_at_nothing_or_say_that_they_are_cut(files: dict[str, bytes]) -> None:
    for chart in parts_of(files["scorecard"], "xl/charts/"):
        lowest = re.findall(r'<min val="([^"]+)"', chart)
        assert "columns cut" in chart or all(float(value) == 0 for value in lowest)


def test_nothing_is_calculated_and_nothing_refers_to_nothing(files: dict[str, bytes]) -> None:
    for file in files.values():
        assert not any("<f>" in sheet or "#REF!" in sheet for sheet in parts_of(file, "xl/worksheets/"))


def test_another_reader_finds_the_same_sheets_and_figures(files: dict[str, bytes], data: ScorecardData) -> None:
    for file in files.values():
        book = CalamineWorkbook.from_filelike(BytesIO(file))
        assert book.sheet_names == opened(file).sheetnames
    front = CalamineWorkbook.from_filelike(BytesIO(files["scorecard"])).get_sheet_by_name("Scorecard").to_python()
    (out,) = [row for row in front if row[0] == "Customers out (-)"]
    assert out[1] == data.count("customers_out")


def test_the_headline_figures_have_names_that_lead_to_them(files: dict[str, bytes], data: ScorecardData) -> None:
    book = opened(files["scorecard"])
    for name in ("opening_customers", "customers_in", "customers_out", "closing_customers"):
        sheet, _, cell = book.defined_names[name].attr_text.partition("!")
        assert book[sheet.strip("'")][cell.replace("$", "")].value == data.count(name)
    sheet, _, cell = book.defined_names["closing_amount"].attr_text.partition("!")
    assert book[sheet.strip("'")][cell.replace("$", "")].value == float(data.money("closing_amount"))


def test_the_trend_is_a_table_of_every_period_to_the_cent(files: dict[str, bytes], data: ScorecardData) -> None:
    sheet = opened(files["scorecard"])["Scorecard"]
    table = sheet.tables["Trend"]
    rows = [[cell.value for cell in row] for row in sheet[table.ref]]
    assert [row[0] for row in rows[1:]] == [data.labels[period] for period in reversed(data.trend)]
    place = rows[0].index("Customers out")
    assert rows[1][place] == data.count("customers_out")
    assert rows[0][-1].endswith(f", {data.currency}")


@pytest.mark.parametrize(
    ("heading", "lines_count"), [("Value", 1), ("Would not say", 2), ("Would not recommend us", 3), ("Unmistakable", 1)]
)
def test_a_bold_heading_has_the_height_of_its_lines(heading: str, lines_count: int) -> None:
    assert heading_height(["In", heading], [12, 12]) == LINE_POINTS * lines_count + 2


def test_headings_that_are_alike_are_told_apart() -> None:
    assert distinct(["Value", "value", "", "Column", "Value"]) == ["Value", "value 2", "Column", "Column 2", "Value 3"]


def test_the_change_of_value_is_said_in_parts_that_add_up(data: ScorecardData, made_up: Any) -> None:
    assert value_changes(data) == "Value -EUR 1.8m: in +EUR 9.4m, out -EUR 11.3m, those who stayed +EUR 170k, currency -EUR 1,205"
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=1)}, opening=9)
    assert "currency" not in value_changes(calm)


def test_where_nothing_stands_out_the_front_has_no_heading_of_things(made_up: Any) -> None:
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=1)}, opening=9)
    assert not any("talk about" in line.text for line in front_lines(calm))
    assert groups_table(calm) is None


@pytest.mark.parametrize(
    ("cents", "shown"), [(100, "#,##0.00"), (1_000_000, "#,##0"), (2_000_000_000, '#,##0,"k"'), (20_000_000_000, '#,##0.0,,"m"')]
)
def test_amounts_on_the_front_are_as_short_as_they_are_large(made_up: Any, cents: int, shown: str) -> None:
    file = BytesIO()
    workbook(made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=5, opening_cents=cents), made_up.made_up_lists(1)).save(file)
    book = opened(file)
    sheet, _, cell = book.defined_names["opening_amount"].attr_text.partition("!")
    opening = book[sheet.strip("'")][cell.replace("$", "")]
    assert (opening.number_format, Decimal(str(opening.value))) == (shown, Decimal(cents) / 100)


def test_more_notes_than_the_front_takes_are_counted(data: ScorecardData, made_up: Any) -> None:
    file = BytesIO()
    workbook(replace(data, notes=("One.", "Two.", "Three.", "Four.", "Five.")), made_up.made_up_lists(1)).save(file)
    texts = [row[0] for row in opened(file)["Scorecard"].iter_rows(values_only=True)]
    assert "Three." in texts
    assert "Four." not in texts
    assert "2 further notes: on the sheet Notes." in texts
