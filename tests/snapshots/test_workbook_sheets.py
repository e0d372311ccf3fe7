"""The workbook as text: every sheet's cells with value and number format, as a reader finds them after saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from config.measures.table import heading_of, label_of
from expectations.verdict import ControlTotals
from tasks.reporting.model import ALL
from tasks.reporting.render.workbook import workbook

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

SHEETS = ["Scorecard", "By segment", "Customers in", "Customers out", "Restatements", "Data quality", "Definitions", "Chart data"]


def written(facts: ScorecardData, lists: Any, **given: Any) -> bytes:
    """The workbook's file."""
    file = BytesIO()
    workbook(facts, lists, **given).save(file)
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
def book(facts: ScorecardData, made_up: Any) -> Any:
    """The workbook of the made-up company, read back."""
    return read(written(facts, made_up.made_up_lists(6)))


def test_the_sheets_stand_in_the_order_of_reading(book: Any) -> None:
    assert [name for name in book.sheetnames if name in SHEETS] == SHEETS


@pytest.mark.parametrize("title", SHEETS)
def test_every_cell_is_as_it_was_reviewed(book: Any, title: str, snapshot: SnapshotAssertion) -> None:
    lines = [f"{cell.coordinate} | {cell.value!r} | {cell.number_format}" for cell in cells_of(book[title])]
    assert "\n".join(lines) == snapshot


def test_the_figures_on_the_scorecard_are_the_facts(book: Any, facts: ScorecardData) -> None:
    sheet = book["Scorecard"]
    assert sheet["A2"].value == "We brought in 22,000 customers, but we lost 27,000."
    assert row_of(sheet, "Customers out (-)")[1:4] == [27_000, 25_060, 27_000 - 25_060]
    assert row_of(sheet, label_of("closing_customers"))[7] == float(facts.money("closing_amount"))


def test_nothing_in_the_workbook_is_a_formula(book: Any) -> None:
    assert [cell.coordinate for sheet in book for cell in cells_of(sheet) if cell.data_type == "f"] == []


def test_every_link_leads_to_a_sheet_of_the_workbook(book: Any) -> None:
    links = [(sheet.title, cell.hyperlink.location) for sheet in book for cell in cells_of(sheet) if cell.hyperlink]
    assert {location for _, location in links} == {f"'{title}'!A1" for title in book.sheetnames}
    assert {title for title, location in links if location == "'Scorecard'!A1"} == set(book.sheetnames[1:])


def test_sheets_print_landscape_one_page_wide_with_their_headings(book: Any) -> None:
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToWidth) == ("landscape", 1)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "Q3 2026, edition 1"
    assert book["Customers in"].print_title_rows == "$1:$3"
    assert book["By segment"].print_title_rows == "$1:$3"


def test_headings_stay_in_sight_and_lists_can_be_filtered(book: Any) -> None:
    assert book["Customers out"].freeze_panes == "C4"
    assert book["By segment"].freeze_panes == "B4"
    assert book["Customers out"].auto_filter.ref == "A3:I9"


def test_an_ampersand_in_a_companys_name_is_no_command_to_the_printer(facts: ScorecardData, made_up: Any) -> None:
    file = written(replace(facts, company="R&D"), made_up.made_up_lists(1))
    assert b"R&amp;&amp;D" in ZipFile(BytesIO(file)).read("xl/worksheets/sheet1.xml")


def test_the_document_names_no_person_and_no_machine(book: Any) -> None:
    about = book.properties
    assert (about.creator, about.lastModifiedBy) == ("Customer Math", None)
    assert about.title == "Alder & Finch: customer scorecard, Q3 2026, edition 1"


def test_the_scorecard_carries_two_waterfalls_and_a_trend(facts: ScorecardData, made_up: Any) -> None:
    charts = charts_of(written(facts, made_up.made_up_lists(1)))
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
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=3)}, opening=10)
    sheet = read(written(facts, made_up.made_up_lists(1)))["Chart data"]
    assert [sheet.cell(row, 1).value for row in range(6, 9)] == [
        heading_of(f"{name}_customers") for name in ("opening", "lapsed", "closing")
    ]


def test_columns_are_cut_where_movements_would_be_too_thin_to_see(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=127, returned=19, left=73, lapsed=170)}, opening=12_055)
    heads = charts_of(written(facts, made_up.made_up_lists(1)))[0]
    assert "How the number of customers changed (columns cut at 11,700)" in heads  # all lies between 11,958 and 12,201
    assert '<min val="11700"' in heads


def test_columns_are_whole_where_movements_can_be_seen(facts: ScorecardData, made_up: Any) -> None:
    for chart in charts_of(written(facts, made_up.made_up_lists(1)))[:2]:
        assert "columns cut" not in chart
        assert '<min val="0"' in chart


def test_a_period_without_movement_has_whole_columns(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=1_000)
    assert all("columns cut" not in chart for chart in charts_of(written(facts, made_up.made_up_lists(1))))


def test_what_did_not_happen_is_not_explained(made_up: Any, facts: ScorecardData) -> None:
    explained = [text.partition(":")[0] for text in texts_of(read(written(facts, made_up.made_up_lists(1)))["Scorecard"])]
    assert {"In and out", "Out and back", "Stayed"} <= set(explained)
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=1)}, opening=9, customer="customer", notes=())
    texts = texts_of(read(written(calm, made_up.made_up_lists(1)))["Scorecard"])
    assert not any(text.startswith(("In and out: ", "Out and back: ", "One customer is one")) for text in texts)
    assert texts[-1] == "What every word means, and the settings in force, are on the sheet Definitions."
    assert "All amounts are in EUR." in texts_of(read(written(calm, made_up.made_up_lists(1)))["Definitions"])


def test_columns_of_text_are_as_wide_as_what_they_hold(facts: ScorecardData, made_up: Any) -> None:
    ids = [("a" * 32, "n"), ("b", "x" * 400)]
    lists = made_up.made_up_lists(2, columns=("customer_id", "customer_name"), rows_in=iter(ids), rows_out=iter(ids))
    sheet = read(written(facts, lists))["Customers in"]
    assert [sheet.column_dimensions[letter].width for letter in "AB"] == [32 + 4, 44]


def test_without_names_only_the_ids_stay_in_sight(facts: ScorecardData, made_up: Any) -> None:
    lists = made_up.made_up_lists(1, columns=("customer_id", "region"), rows_in=iter([("1", "North")]), rows_out=iter([("2", "South")]))
    assert read(written(facts, lists))["Customers in"].freeze_panes == "B4"


def test_billions_are_labelled_as_billions(made_up: Any) -> None:
    facts = made_up.made_up_facts(opening_cents=250_000_000_000)
    charts = charts_of(written(facts, made_up.made_up_lists(1)))
    assert "[&gt;=999950000]+#,##0.0,,,&quot;bn&quot;" in charts[1]


def test_where_value_falls_below_zero_a_sentence_stands_for_the_picture(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q2": made_up.Moves(), "2026-Q3": made_up.Moves(left=10)}, opening=10, opening_cents=5)
    file = written(facts, made_up.made_up_lists(1))
    assert "There is no picture of the value: it is zero, or falls below zero on the way." in texts_of(read(file)["Scorecard"])
    assert "How their value changed" not in "".join(charts_of(file))


def test_without_a_period_before_the_headings_say_so(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5, left=2)}, opening=10)
    sheet = read(written(facts, made_up.made_up_lists(1)))["Scorecard"]
    (headings,) = [row for row in sheet.iter_rows(values_only=True) if "No data before" in row]
    assert list(headings)[1:6] == ["Q3 2026", "No data before", None, "No data a year before", None]
    assert row_of(sheet, label_of("closing_customers"))[1:6] == [10 + 5 - 2, None, None, None, None]


def test_a_period_of_the_trend_without_figures_says_no_data(facts: ScorecardData, made_up: Any) -> None:
    figures = {key: figure for key, figure in facts.figures.items() if key[0] != "2024-Q1"}
    book = read(written(replace(facts, figures=figures), made_up.made_up_lists(1)))
    assert row_of(book["Chart data"], "Q1 2024") == ["Q1 2024", *["no data"] * 4]


def test_a_first_period_has_a_sentence_for_the_trend(made_up: Any) -> None:
    file = written(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=0, opening_cents=0), made_up.made_up_lists(1))
    assert "There is no trend yet: nobody was a customer before this period." in texts_of(read(file)["Scorecard"])
    assert len(charts_of(file)) == 2


def test_the_trend_begins_with_the_first_period_that_had_a_customer(made_up: Any) -> None:
    nobody, moves = {"2026-Q1": made_up.Moves(), "2026-Q2": made_up.Moves()}, {"2026-Q3": made_up.Moves(new=5), "2026-Q4": made_up.Moves()}
    facts = made_up.made_up_facts({**nobody, **moves}, opening=0, opening_cents=0)
    assert facts.trend_with_customers == ("2026-Q3", "2026-Q4")
    sheet = read(written(facts, made_up.made_up_lists(1)))["Chart data"]
    assert row_of(sheet, "Q3 2026") == ["Q3 2026", 5, 0, 5, 5]
    assert "Q2 2026" not in texts_of(sheet)
    assert made_up.made_up_facts(nobody, opening=0, opening_cents=0).trend_with_customers == ("2026-Q2",)


def test_a_company_without_customers_has_a_scorecard(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=0, opening_cents=0)
    book = read(written(facts, made_up.made_up_lists(0)))
    assert book["Scorecard"]["A2"].value == "We brought in no customers and lost none."
    assert book["Customers in"]["A1"].value == "No customers came in Q3 2026"
    assert book["Customers out"]["A1"].value == "No customers were lost in Q3 2026"


def test_groups_of_one_customer_add_up_like_any_other(made_up: Any) -> None:
    groups = {"region": {"North": 1, "South": 1}}
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=2)}, opening=0, opening_cents=0, groups=groups)
    sheet = read(written(facts, made_up.made_up_lists(1)))["By segment"]
    assert row_of(sheet, "North")[1:6] == [0, 1, 0, 0, 1]
    assert row_of(sheet, "All customers")[1:6] == [0, 2, 0, 0, 2]


def test_the_group_that_lost_most_comes_first_and_the_larger_of_equals(made_up: Any, facts: ScorecardData) -> None:
    sheet = read(written(facts, made_up.made_up_lists(1)))["By segment"]
    assert [sheet.cell(row, 1).value for row in range(6, 12)] == ["South", "North", "East", "West", "no region known", "All customers"]
    calm = made_up.made_up_facts({"2026-Q3": made_up.Moves()}, opening=100)
    sheet = read(written(calm, made_up.made_up_lists(1)))["By segment"]
    assert [sheet.cell(row, 1).value for row in range(6, 11)] == ["North", "South", "East", "West", "no region known"]


def test_the_total_of_every_grouping_is_the_whole(book: Any, facts: ScorecardData) -> None:
    totals = [[cell.value for cell in row] for row in book["By segment"].iter_rows() if row[0].value == "All customers"]
    assert len(totals) == len(facts.segment_by)
    for total in totals:
        assert total[1] == facts.heads("opening_customers", segment_by=ALL)
        assert total[12] == float(facts.money("opening_amount"))


def test_without_a_way_of_grouping_the_sheet_says_so(made_up: Any) -> None:
    sheet = read(written(made_up.made_up_facts(groups={}), made_up.made_up_lists(1)))["By segment"]
    assert "No way of grouping is set in definitions.yaml." in texts_of(sheet)


def test_a_currency_without_cents_shows_none(facts: ScorecardData, made_up: Any) -> None:
    book = read(written(replace(facts, currency="JPY", minor_units=0), made_up.made_up_lists(1)))
    sheet = book["Scorecard"]
    (heading,) = [cell for cell in cells_of(sheet) if cell.value == "Value, JPY"]
    assert sheet.cell(heading.row + 2, heading.column).number_format == "#,##0"


def test_text_that_looks_like_a_formula_or_an_error_stays_text(facts: ScorecardData, made_up: Any) -> None:
    texts = ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0", "#N/A", "\t=1", "=", "'quoted"]
    lists = made_up.made_up_lists(9, columns=("customer_id",), rows_in=iter([(text,) for text in texts]), rows_out=iter([("1",)] * 9))
    file = written(replace(facts, company="=1+1", segment_by={"region": "=2", "channel": "@3"}), lists)
    cells = [cell for (cell,) in read(file)["Customers in"]["A4:A12"]]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in texts]
    assert [cell.quotePrefix for cell in cells] == [True, True, True, True, True, False, True, True, False]
    assert all(b"<f>" not in ZipFile(BytesIO(file)).read(name) for name in ZipFile(BytesIO(file)).namelist() if "worksheets" in name)


def test_a_group_called_like_a_formula_stays_text(made_up: Any) -> None:
    facts = made_up.made_up_facts(groups={"region": {"=HYPERLINK(1)": 60, "-2": 40}})
    sheet = read(written(facts, made_up.made_up_lists(1)))["By segment"]
    assert {sheet["A6"].value, sheet["A7"].value} == {"=HYPERLINK(1)", "-2"}
    assert {sheet["A6"].data_type, sheet["A7"].data_type} == {"s"}


def test_names_survive_as_far_as_a_cell_can_hold_them(facts: ScorecardData, made_up: Any) -> None:
    shown_as = {
        "Ada\x00\x07 Lovelace\x1b": "Ada Lovelace",
        "one\r\ntwo\rthree": "one\ntwo\nthree",
        "\ud800half a pair\uffff": "half a pair",
        "مقهى النيل": "مقهى النيل",
        "👩‍👩‍👧 & <b>": "👩‍👩‍👧 & <b>",
        "_x0041_": "_x005F_x0041_",
        "x" * 40_000: "x" * 32_766 + "…",
        "😀" * 20_000: "😀" * 16_383 + "…",
        " spaces ": " spaces ",
        None: None,
    }
    lists = made_up.made_up_lists(
        10, columns=("customer_name",), rows_in=iter([(name,) for name in shown_as]), rows_out=iter([("1",)] * 10)
    )
    sheet = read(written(facts, lists))["Customers in"]
    assert [sheet.cell(4 + place, 1).value for place in range(10)] == list(shown_as.values())


def test_more_customers_than_a_sheet_holds_are_counted_and_found_in_the_file(facts: ScorecardData, made_up: Any) -> None:
    sheet = read(written(facts, made_up.made_up_lists(12), list_rows_limit=8))["Customers out"]
    assert sheet["A1"].value == (
        "The first 5 of 12 customers who were lost in Q3 2026; a sheet holds no more, all 12 are in movements.parquet"
    )
    assert sheet.max_row == 8
    assert sheet.auto_filter.ref == "A3:I8"


def test_a_list_that_fits_to_the_row_is_shown_whole(facts: ScorecardData, made_up: Any) -> None:
    sheet = read(written(facts, made_up.made_up_lists(5), list_rows_limit=8))["Customers in"]
    assert sheet["A1"].value == "5 customers who came in Q3 2026, every one listed"
    assert sheet.max_row == 8


@pytest.mark.parametrize(("counted", "found"), [(5, "found 4"), (3, "found more than 3")])
def test_a_list_that_differs_from_its_count_is_refused(facts: ScorecardData, made_up: Any, counted: int, found: str) -> None:
    with pytest.raises(ValueError, match=f"Customers in: expected {counted} customers as counted, {found}"):
        workbook(facts, made_up.made_up_lists(4, in_count=counted))


def test_days_amounts_and_counts_are_numbers_and_ids_are_text(facts: ScorecardData, made_up: Any) -> None:
    columns = ("customer_id", "movement", "moved_on", "first_came_on", "opening_amount", "orders_count", "closing_amount")
    row = (7, "in_and_out", date(2026, 7, 1), date(1899, 12, 31), Decimal("12.30"), 3, "unknown")
    lists = made_up.made_up_lists(1, columns=columns, rows_in=iter([row]), rows_out=iter([row]))
    book = read(written(facts, lists))
    cells = [(cell.value, cell.number_format) for cell in book["Customers in"][4]]
    assert cells[:2] == [("7", "General"), ("in and out", "General")]
    assert (cells[2][0].date(), cells[2][1]) == (date(2026, 7, 1), "d mmm yyyy")
    assert [value for value, _ in cells[3:]] == ["1899-12-31", 12.3, 3, "unknown"]
    assert [cell.value for cell in book["Customers in"][3]][2:] == [
        "Came on",
        "First came on",
        "Opening value, EUR",
        "Orders count",
        "Closing value, EUR",
    ]
    assert book["Customers out"]["C3"].value == "Went on"


def test_rules_that_found_something_come_first_the_unjudged_before_all(facts: ScorecardData, made_up: Any) -> None:
    errored = replace(facts.verdicts[0], rule_id="tickets.zz", extract="tickets", state="errored", if_broken="note")
    sheet = read(written(replace(facts, verdicts=(*facts.verdicts, errored)), made_up.made_up_lists(1)))["Data quality"]
    heading = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 2).value == "Rule")
    found = [(sheet.cell(row, 2).value, sheet.cell(row, 5).value) for row in range(heading + 1, heading + 6)]
    assert found == [
        ("zz", "could not be judged"),
        ("amount_is_a_number", "set aside"),
        ("lead_is_unique", "set aside"),
        ("channel_is_known", "noted"),
        ("customer_is_named", "kept"),
    ]


def test_what_is_unaccounted_for_stands_out(facts: ScorecardData, made_up: Any) -> None:
    lost = ControlTotals("elsewhere", 10, 7, 1, 1, Decimal(5), Decimal(4), None, None)
    sheet = read(written(replace(facts, totals=(lost,)), made_up.made_up_lists(1)))["Data quality"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "elsewhere")
    assert (row[10].value, row[10].font.color.rgb) == (10 - 7 - 1 - 1, "00B4410E")
    assert [cell.value for cell in row[1:5]] == [None, None, "not dated", "not dated"]


def test_an_extract_of_many_files_names_four_of_them(facts: ScorecardData, made_up: Any) -> None:
    covered = replace(facts.covered[0], files=tuple(f"day-{number}.csv" for number in range(1, 8)))
    sheet = read(written(replace(facts, covered=(covered,)), made_up.made_up_lists(1)))["Data quality"]
    assert "day-1.csv, day-2.csv, day-3.csv, day-4.csv and 3 more" in texts_of(sheet)


def test_the_facts_for_tests_hang_together(facts: ScorecardData) -> None:
    for segment_by in (ALL, *facts.segment_by):
        for segment in facts.segments_of(segment_by):
            place = {"segment_by": segment_by, "segment": segment}
            heads = {name: facts.heads(f"{name}_customers", **place) for name in ("opening", "net", "closing")}
            assert heads["opening"] + heads["net"] == heads["closing"]
            assert facts.money("opening_amount", **place) + facts.money("net_amount", **place) == facts.money("closing_amount", **place)
