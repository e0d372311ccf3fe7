"""The workbook as text: every sheet's cells with value and number format, as a reader finds them after saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from config.measures.table import heading_of, label_of
from expectations.verdict import ControlTotals
from tasks.reporting.beginning import DataBeginning
from tasks.reporting.blocks import Page, Tab
from tasks.reporting.model import ALL
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.definitions import definitions_page
from tasks.reporting.pages.segments import segments_page
from tasks.reporting.render.tabs import tab_sheet
from tasks.reporting.render.workbook import workbook
from tasks.reporting.retention import ExcessLoss, Whereabouts

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

SHEETS = ["Scorecard", "Who came", "Who left", "Still to win", "Groups", "Notes", "Chart data"]


def written(data: ScorecardData, lists: Any) -> bytes:
    """The workbook's file."""
    file = BytesIO()
    workbook(data, lists).save(file)
    return file.getvalue()


def read(file: bytes) -> Any:
    """The workbook as read back."""
    return load_workbook(BytesIO(file))


def cells_of(sheet: Any) -> list[Any]:
    """Every cell that holds something."""
    return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]


def texts_of(sheet: Any) -> list[str]:
    """Everything that a sheet says, numbers aside."""
    return [cell.value for cell in cells_of(sheet) if isinstance(cell.value, str)]


def row_of(sheet: Any, label: str) -> list[Any]:
    """Values of the first row that begins with a label."""
    return next([cell.value for cell in row] for row in sheet.iter_rows() if row[0].value == label)


def charts_of(file: bytes) -> list[str]:
    """The charts as XML, in the order of the sheet."""
    archive = ZipFile(BytesIO(file))
    return [archive.read(name).decode() for name in sorted(archive.namelist()) if name.startswith("xl/charts/")]


@pytest.fixture(scope="module")
def book(data: ScorecardData, made_up: Any) -> Any:
    """The workbook of the made-up company, read back."""
    return read(written(data, made_up.made_up_lists(6)))


def test_the_tabs_stand_in_the_order_of_reading_and_chart_data_is_hidden(book: Any) -> None:
    assert book.sheetnames == SHEETS
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == ["Chart data"]
    assert all(sheet.sheet_properties.tabColor for sheet in book.worksheets[:-1])


@pytest.mark.parametrize("title", SHEETS)
def test_every_cell_is_as_it_was_reviewed(book: Any, title: str, snapshot: SnapshotAssertion) -> None:
    lines = [f"{cell.coordinate} | {cell.value!r} | {cell.number_format}" for cell in cells_of(book[title])]
    assert "\n".join(lines) == snapshot


def test_the_figures_on_the_scorecard_are_the_facts(book: Any, data: ScorecardData) -> None:
    sheet = book["Scorecard"]
    assert sheet["A2"].value == "We brought in 22,000 customers, but we lost 27,000."
    assert row_of(sheet, "Customers out (-)")[1:4] == [27_000, 25_060, 27_000 - 25_060]
    assert row_of(sheet, label_of("closing_customers"))[7] == float(data.money("closing_amount"))


def test_nothing_in_the_workbook_is_a_formula(book: Any) -> None:
    assert [cell.coordinate for sheet in book for cell in cells_of(sheet) if cell.data_type == "f"] == []


def test_every_link_leads_to_a_tab_that_is_there_and_the_front_to_all(book: Any) -> None:
    links = [(sheet.title, cell.hyperlink) for sheet in book for cell in cells_of(sheet) if cell.hyperlink and not cell.hyperlink.target]
    assert {link.location.rpartition("!")[0].strip("'") for _, link in links} <= set(SHEETS[:-1])
    assert {link.location for title, link in links if title == "Scorecard"} == {f"'{title}'!A1" for title in SHEETS[1:-1]}
    assert {title for title, link in links if link.location == "'Scorecard'!A1"} == set(SHEETS[1:])


def test_links_within_a_tab_lead_to_the_titles_of_its_pages(book: Any) -> None:
    sheet = book["Still to win"]
    within = [cell for cell in cells_of(sheet) if cell.hyperlink and cell.hyperlink.location.startswith("'Still to win'")]
    assert [cell.value for cell in within] == ["Renewals", "Behaviour"][: len(within)]
    assert all(sheet[cell.hyperlink.location.partition("!")[2]].value == cell.value for cell in within)


def test_links_beside_each_other_have_room_for_their_texts(data: ScorecardData) -> None:
    pages = [Page(title, "", f"Of {title}.") for title in ("By segment, Q3 2026", "Customer groups", "Customer base", "Profit")]
    book = Workbook()
    tab_sheet(book, data, Tab("Groups", "", tuple(pages), minor_units=0))
    sheet: Any = book["Groups"]
    merged = {area.coord.partition(":")[0]: area for area in sheet.merged_cells.ranges}
    links = [cell for cell in cells_of(sheet) if cell.hyperlink and cell.hyperlink.location.startswith("'Groups'")]
    assert [cell.value for cell in links] == [page.title for page in pages]
    for cell in links:
        last = merged[cell.coordinate].max_col if cell.coordinate in merged else cell.column
        letters = [get_column_letter(column) for column in range(cell.column, last + 1)]
        assert sum(sheet.column_dimensions[letter].width for letter in letters) > len(cell.value)


def test_every_tab_prints_as_wide_as_a_page_with_its_headings_and_without_what_is_looked_up(book: Any) -> None:
    for title in SHEETS[1:-1]:
        sheet = book[title]
        assert (sheet.page_setup.scale or 0) >= 40
        assert sheet.print_title_rows in {"$1:$2", "$1:$1"}
        assert sheet.oddFooter.center.text == "Q3 2026, edition 1"
        last_printed = int(sheet.print_area.rpartition("$")[2])
        not_printed = [cell.row for cell in cells_of(sheet) if cell.value == "To look things up: what follows is not printed."]
        assert all(row > last_printed for row in not_printed)
    front = book["Scorecard"]
    assert (front.page_setup.fitToWidth, front.page_setup.fitToHeight, front.sheet_properties.pageSetUpPr.fitToPage) == (1, 1, True)


def test_an_ampersand_in_a_companys_name_is_no_command_to_the_printer(data: ScorecardData, made_up: Any) -> None:
    file = written(replace(data, company="R&D"), made_up.made_up_lists(1))
    assert b"R&amp;&amp;D" in ZipFile(BytesIO(file)).read("xl/worksheets/sheet1.xml")


def test_the_document_names_no_person_and_no_machine(book: Any) -> None:
    about = book.properties
    assert (about.creator, about.lastModifiedBy) == ("Customer Math", None)
    assert about.title == "Alder & Finch: customer scorecard, Q3 2026, edition 1"


def test_the_scorecard_carries_two_waterfalls_and_a_trend(data: ScorecardData, made_up: Any) -> None:
    charts = charts_of(written(data, made_up.made_up_lists(1)))
    assert ["How the number of customers changed" in chart for chart in charts[:3]] == [True, False, False]
    assert 'formatCode="+#,##0" sourceLinked="0"' in charts[0]
    assert 'formatCode="[&gt;=999950]-#,##0.0,,&quot;m&quot;;[&gt;=9995]-#,##0.0,&quot;k&quot;;-#,##0"' in charts[1]
    assert "'Chart data'!$B$29:$B$41" in charts[2]


def test_a_waterfall_starts_each_step_where_the_last_one_ended(book: Any) -> None:
    steps = [[cell.value for cell in row] for row in book["Chart data"]["A6:E13"]]
    assert steps[0] == [heading_of("opening_customers"), None, 122_727, None, None]
    assert steps[1] == ["New", 122_727, None, 18_640, None]
    assert steps[2] == ["Returned", 122_727 + 18_640, None, 3_090, None]
    assert steps[4] == ["Left", 122_727 + 22_000 - 10_480, None, None, 10_480]
    assert steps[6] == ["In and out: went", 117_727, None, None, 270]
    assert steps[7] == ["Closing base", None, 117_727, None, None]


def test_a_movement_that_nobody_made_has_no_column(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=3)}, opening=10)
    sheet = read(written(data, made_up.made_up_lists(1)))["Chart data"]
    assert [sheet.cell(row, 1).value for row in range(6, 9)] == [
        heading_of(f"{name}_customers") for name in ("opening", "lapsed", "closing")
    ]


def test_columns_are_cut_where_movements_would_be_too_thin_to_see(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=127, returned=19, left=73, lapsed=170)}, opening=12_055)
    heads = charts_of(written(data, made_up.made_up_lists(1)))[0]
    assert "How the number of customers changed (columns cut at 11,700)" in heads  # all lies between 11,958 and 12,201
    assert '<min val="11700"' in heads


def test_columns_are_whole_where_movements_can_be_seen(data: ScorecardData, made_up: Any) -> None:
    for chart in charts_of(written(data, made_up.made_up_lists(1)))[:2]:
        assert "columns cut" not in chart
        assert '<min val="0"' in chart


def test_a_period_without_movement_has_whole_columns(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=1_000)
    assert all("columns cut" not in chart for chart in charts_of(written(data, made_up.made_up_lists(1))))


def test_what_did_not_happen_is_not_explained(made_up: Any, data: ScorecardData) -> None:
    explained = [text.partition(":")[0] for text in texts_of(read(written(data, made_up.made_up_lists(1)))["Scorecard"])]
    assert {"In and out", "Out and back", "Stayed"} <= set(explained)
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=1)}, opening=9, customer="customer", notes=())
    texts = texts_of(read(written(calm, made_up.made_up_lists(1)))["Scorecard"])
    assert not any(text.startswith(("In and out: ", "Out and back: ", "One customer is one")) for text in texts)
    assert "What every word means, and the settings in force, are on the sheet Notes." in texts
    assert "All amounts are in EUR." in texts_of(made_up.sheet_of(calm, definitions_page(calm)))


def test_billions_are_labelled_as_billions(made_up: Any) -> None:
    data = made_up.made_up_facts(opening_cents=250_000_000_000)
    charts = charts_of(written(data, made_up.made_up_lists(1)))
    assert "[&gt;=999950000]+#,##0.0,,,&quot;bn&quot;" in charts[1]


def test_where_value_falls_below_zero_a_sentence_stands_for_the_picture(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q2": made_up.Moves(), "2026-Q3": made_up.Moves(left=10)}, opening=10, opening_cents=5)
    file = written(data, made_up.made_up_lists(1))
    assert "There is no picture of the value: it is zero, or falls below zero on the way." in texts_of(read(file)["Scorecard"])
    assert "How their value changed" not in "".join(charts_of(file))


def test_no_change_is_drawn_from_an_opening_that_nobody_knows(data: ScorecardData, made_up: Any) -> None:
    began = DataBeginning(date(2026, 8, 1), "orders", is_assumed=True, openings={}, is_opening_unknown=True)
    file = written(replace(data, beginning=began), made_up.made_up_lists())
    assert "There is no picture of the change: who was a customer at opening is not known." in texts_of(read(file)["Scorecard"])
    assert len(charts_of(file)) == len(charts_of(written(data, made_up.made_up_lists()))) - 2


def test_where_nobody_went_no_group_is_said_to_have_lost_more(made_up: Any) -> None:
    moves = {"2026-Q2": made_up.Moves(lapsed=4), "2026-Q3": made_up.Moves(new=3)}
    data = made_up.made_up_facts(moves, opening=90, groups={"region": {"North": 60, "South": 40}})
    before = ExcessLoss("region", "North", 50, 0, 50, 4, Decimal(0), -4, Decimal(0))
    texts = texts_of(read(written(replace(data, whereabouts=Whereabouts(groups=(before,))), made_up.made_up_lists(1)))["Scorecard"])
    assert "Nobody went, so no group lost more than others." in texts
    assert "Lost, by group" not in texts


def test_without_a_period_before_the_headings_say_so(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5, left=2)}, opening=10)
    sheet = read(written(data, made_up.made_up_lists(1)))["Scorecard"]
    (headings,) = [row for row in sheet.iter_rows(values_only=True) if "No data before" in row]
    assert list(headings)[1:6] == ["Q3 2026", "No data before", None, "No data a year before", None]
    assert row_of(sheet, label_of("closing_customers"))[1:6] == [10 + 5 - 2, None, None, None, None]


def test_a_period_of_the_trend_without_figures_says_no_data(data: ScorecardData, made_up: Any) -> None:
    figures = {key: figure for key, figure in data.figures.items() if key[0] != "2024-Q1"}
    book = read(written(replace(data, figures=figures), made_up.made_up_lists(1)))
    assert row_of(book["Chart data"], "Q1 2024") == ["Q1 2024", *["no data"] * 4]


def test_a_first_period_has_a_sentence_for_the_trend(made_up: Any) -> None:
    file = written(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=0, opening_cents=0), made_up.made_up_lists(1))
    assert "There is no trend yet: nobody was a customer before this period." in texts_of(read(file)["Scorecard"])
    assert len(charts_of(file)) == 2


def test_the_trend_begins_with_the_first_period_that_had_a_customer(made_up: Any) -> None:
    nobody, moves = {"2026-Q1": made_up.Moves(), "2026-Q2": made_up.Moves()}, {"2026-Q3": made_up.Moves(new=5), "2026-Q4": made_up.Moves()}
    data = made_up.made_up_facts({**nobody, **moves}, opening=0, opening_cents=0)
    assert data.trend_with_customers == ("2026-Q3", "2026-Q4")
    sheet = read(written(data, made_up.made_up_lists(1)))["Chart data"]
    assert row_of(sheet, "Q3 2026") == ["Q3 2026", 5, 0, 5, 5]
    assert "Q2 2026" not in texts_of(sheet)
    assert made_up.made_up_facts(nobody, opening=0, opening_cents=0).trend_with_customers == ("2026-Q2",)


def test_a_company_without_customers_has_a_scorecard(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=0, opening_cents=0)
    book = read(written(data, made_up.made_up_lists(0)))
    assert book["Scorecard"]["A2"].value == "We brought in no customers and lost none."


def test_groups_of_one_customer_add_up_like_any_other(made_up: Any) -> None:
    groups = {"region": {"North": 1, "South": 1}}
    data = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=2)}, opening=0, opening_cents=0, groups=groups)
    sheet = made_up.sheet_of(data, segments_page(data))
    assert row_of(sheet, "North")[1:6] == [0, 1, 0, 1, 1]
    assert row_of(sheet, "All customers")[1:6] == [0, 2, 0, 2, 2]


def test_the_group_that_lost_most_comes_first_and_the_larger_of_equals(made_up: Any, data: ScorecardData) -> None:
    sheet = made_up.sheet_of(data, segments_page(data))
    assert [sheet.cell(row, 1).value for row in range(6, 12)] == ["South", "North", "East", "West", "no region known", "All customers"]
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=100)
    sheet = made_up.sheet_of(calm, segments_page(calm))
    assert [sheet.cell(row, 1).value for row in range(6, 11)] == ["North", "South", "East", "West", "no region known"]


def test_the_total_of_every_grouping_is_the_whole(made_up: Any, data: ScorecardData) -> None:
    totals = [
        [cell.value for cell in row] for row in made_up.sheet_of(data, segments_page(data)).iter_rows() if row[0].value == "All customers"
    ]
    assert len(totals) == len(data.segment_by)
    for total in totals:
        assert total[1] == data.count("opening_customers", segment_by=ALL)
        assert total[6] == float(data.money("opening_amount"))


def test_without_a_way_of_grouping_the_sheet_says_so(made_up: Any) -> None:
    data = made_up.made_up_facts(groups={})
    sheet = made_up.sheet_of(data, segments_page(data))
    assert "Customers are not grouped: the company has set no way of grouping." in texts_of(sheet)


def test_a_currency_without_cents_shows_none(data: ScorecardData, made_up: Any) -> None:
    book = read(written(replace(data, currency="JPY", minor_units=0), made_up.made_up_lists(1)))
    sheet = book["Scorecard"]
    (heading,) = [cell for cell in cells_of(sheet) if cell.value == "Value, JPY"]
    assert sheet.cell(heading.row + 2, heading.column).number_format in {"#,##0", '#,##0.0,,"m"', '#,##0,"k"'}


def test_a_group_called_like_a_formula_stays_text(made_up: Any) -> None:
    data = made_up.made_up_facts(groups={"region": {"=HYPERLINK(1)": 60, "-2": 40}})
    sheet = made_up.sheet_of(data, segments_page(data))
    assert {sheet["A6"].value, sheet["A7"].value} == {"=HYPERLINK(1)", "-2"}
    assert {sheet["A6"].data_type, sheet["A7"].data_type} == {"s"}


def test_rules_that_found_something_come_first_the_unjudged_before_all(data: ScorecardData, made_up: Any) -> None:
    errored = replace(data.verdicts[0], rule_id="tickets.zz", extract="tickets", state="errored", if_broken="note")
    sheet = made_up.sheet_of(
        replace(data, verdicts=(*data.verdicts, errored)), data_quality_page(replace(data, verdicts=(*data.verdicts, errored)))
    )
    heading = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 2).value == "Rule")
    found = [(sheet.cell(row, 2).value, sheet.cell(row, 5).value) for row in range(heading + 1, heading + 6)]
    assert found == [
        ("zz", "could not be judged"),
        ("amount_is_a_number", "set aside"),
        ("lead_is_unique", "set aside"),
        ("channel_is_known", "noted"),
        ("customer_is_named", "kept"),
    ]


def test_what_is_unaccounted_for_stands_out(data: ScorecardData, made_up: Any) -> None:
    lost = ControlTotals("elsewhere", 10, 7, 1, 1, Decimal(5), Decimal(4), None, None)
    sheet = made_up.sheet_of(replace(data, totals=(lost,)), data_quality_page(replace(data, totals=(lost,))))
    row = next(row for row in sheet.iter_rows() if row[0].value == "elsewhere")
    assert (row[10].value, row[10].font.color.rgb) == (10 - 7 - 1 - 1, "00A04000")
    assert [cell.value for cell in row[1:5]] == [None, None, "not dated", "not dated"]


def test_an_extract_of_many_files_names_four_of_them(data: ScorecardData, made_up: Any) -> None:
    covered = replace(data.covered[0], files=tuple(f"day-{number}.csv" for number in range(1, 8)))
    sheet = made_up.sheet_of(replace(data, covered=(covered,)), data_quality_page(replace(data, covered=(covered,))))
    assert "day-1.csv, day-2.csv, day-3.csv, day-4.csv and 3 more" in texts_of(sheet)


def test_the_facts_for_tests_hang_together(data: ScorecardData) -> None:
    for segment_by in (ALL, *data.segment_by):
        for segment in data.segments_of(segment_by):
            place = {"segment_by": segment_by, "segment": segment}
            heads = {name: data.count(f"{name}_customers", **place) for name in ("opening", "net", "closing")}
            assert heads["opening"] + heads["net"] == heads["closing"]
            assert data.money("opening_amount", **place) + data.money("net_amount", **place) == data.money("closing_amount", **place)
