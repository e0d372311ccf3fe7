"""The sheets of other choices, and the front sheet's warning, as text: value and number format of every cell."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from tasks.reporting.pages.agenda import choices_pages
from tasks.reporting.pages.lapse_window import shown_points
from tasks.reporting.render.slack import digest, plain_thread
from tasks.reporting.render.workbook import workbook
from tasks.reporting.what_if import CustomerCounts, LapseLine, LapsePoint, LapseWindow, PresetLine, Presets, SteadyRate

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

STEADY = SteadyRate(
    rate=(122_727 - 26_730) / 122_727,
    interval=(0.7799, 0.7845),
    against=("2025-Q3", 0.7813),
    difference=(-0.0023, 0.0041),
    lost_against_count=24_010,
    conditions=("net_heads_negative", "lost_value_exceeds_lost_heads", "lost_heads_rose"),
    lost_of_opening_count=26_730,
    out_count=27_000,
    in_count=22_000,
    lost_amount=Decimal("11327432.10"),
    lost_customers_share=Fraction(26_730, 122_727),
    lost_value_share=Fraction(24, 100),
)
PRESETS = Presets(
    (
        PresetLine(
            "own", "Our definitions", "What we agreed on.", (), CustomerCounts(122_727, 18_640, 3_090, 270, 22_000, 27_000, 117_727)
        ),
        PresetLine(
            "inside_netted",
            "Netted",
            "Balances.",
            ("set off inside",),
            CustomerCounts(122_727, 18_640, 3_090, 270, 21_730, 26_730, 117_727),
        ),
        PresetLine(
            "loss_at_notice", "Lost at notice", "Desks.", ("lost on the day of notice",), None, ("no contract has the day of its notice",)
        ),
    ),
    range_threshold_rate=0.005,
)
POINTS = tuple(
    LapsePoint(day, 1_000 - day, 1 - day / 1_000, 1 / (day + 2) if day < 600 else None, 0.5 - day / 2_000, day / 1_000)
    for day in range(800)
)
WINDOW = LapseWindow(
    in_force_days=180,
    tolerance_rate=0.10,
    within_days=180,
    lines=(
        LapseLine("all", "all", 900, 1_000, 700, 170, 169, 172, 0.0472, 612, 552),
        LapseLine("region", "North", 500, 600, 500, 171, 165, None, 0.05, 300, 290),
        LapseLine("region", "South", 400, 400, 200, None, None, None, None, 312, None),
        LapseLine("channel", "Stores", 900, 1_000, 700, 170, 169, 172, 0.0472, 612, 622),
    ),
    curve=POINTS,
)


def written(data: ScorecardData, made_up: Any) -> bytes:
    file = BytesIO()
    workbook(data, made_up.made_up_lists(1)).save(file)
    return file.getvalue()


def as_text(sheet: Any) -> list[str]:
    """Every cell that holds something: place, value and number format."""
    return [f"{cell.coordinate} {cell.value!r} {cell.number_format}" for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.fixture(scope="module")
def weighed(data: ScorecardData) -> ScorecardData:
    return replace(data, steady_rate=STEADY, presets=PRESETS, lapse_window=WINDOW)


def sheet_of(made_up: Any, data: ScorecardData, title: str) -> Any:
    """The sheet of one of the choices by itself."""
    return next(made_up.sheet_of(data, page) for page in choices_pages(data) if page.title == title)


@pytest.fixture(scope="module")
def book(weighed: ScorecardData, made_up: Any) -> Any:
    return load_workbook(BytesIO(written(weighed, made_up)))


@pytest.mark.parametrize("title", ["Presets", "Lapse window"])
def test_the_sheets_say_what_they_said_before(weighed: ScorecardData, made_up: Any, title: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(as_text(sheet_of(made_up, weighed, title))) == snapshot


def test_the_front_sheet_warns_under_the_headline_and_leads_to_the_sheets(book: Any) -> None:
    sheet = book["Scorecard"]
    assert [sheet.cell(row, 1).value[:40] for row in (2, 4, 6, 7)] == [
        "We brought in 22,000 customers, but we l",
        "Q3 2026: retention fell, 95,997 of 122,7",
        "Retention steady at 78%: that is 27,000 ",
        "Steady: 78.2% (78.0% to 78.5%) against 7",
    ]
    inside = [cell.value for row in book["Notes"].iter_rows() for cell in row if cell.hyperlink and "Notes" in cell.hyperlink.location]
    assert "Lapse window" in inside


def test_without_anything_weighed_the_workbook_is_as_it_was(data: ScorecardData, made_up: Any) -> None:
    book = load_workbook(BytesIO(written(data, made_up)))
    assert not {"Presets", "Lapse window"} & {str(cell.value) for row in book["Notes"].iter_rows() for cell in row}
    assert not any("Retention steady" in str(cell.value) for row in book["Scorecard"].iter_rows() for cell in row)


def test_the_digest_tells_the_warning_and_the_range(weighed: ScorecardData) -> None:
    told = plain_thread(digest(weighed, workbook_name="scorecard.xlsx"))
    assert "Retention steady at 78%: that is 27,000 people (270 of whom also came in the period) and EUR 11.3m." in told
    assert "To stand still we had to win 27,000; we won 22,000." in told
    assert "Lost 26,730 (Netted) to 27,000 (Our definitions) depending on the rule; 27,000 by ours." in told


def test_the_chart_draws_both_errors_beside_both_windows(weighed: ScorecardData, made_up: Any) -> None:
    archive = ZipFile(BytesIO(written(weighed, made_up)))
    charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/")]
    (chart,) = [each for each in charts if "scatterChart" in each]
    for name in ("Declared lost, yet come back", "Days kept for those who never return", "In force: 180 days", "Suggested: 170 days"):
        assert f"<v>{name}</v>" in chart
    assert chart.count("<ser>") == 3 + 2


def test_every_line_of_the_chart_is_drawn_from_its_own_numbers(weighed: ScorecardData, made_up: Any) -> None:
    sheet: Any = sheet_of(made_up, weighed, "Lapse window")
    drawn_from = [
        [numbers.numRef.f.removeprefix("'Lapse window'!") for numbers in (line.xVal, line.yVal)] for line in sheet._charts[0].series
    ]
    lines = [[[cell.value for (cell,) in sheet[cells]] for cells in both] for both in drawn_from]
    points = shown_points(WINDOW)
    days = [point.day for point in points]
    rates = [[getattr(point, name) for point in points] for name in ("wrongly_lost_rate", "wrongly_kept_rate", "back_within_rate")]
    assert [drawn for drawn, _ in lines] == [days, days, days, [180, 180], [170, 170]]
    assert [drawn for _, drawn in lines[:3]] == [pytest.approx(curve, abs=1e-6) for curve in rates]
    assert [drawn for _, drawn in lines[3:]] == [[0, 1], [0, 1]]


def test_the_rules_stand_under_their_headings(weighed: ScorecardData, made_up: Any) -> None:
    sheet = sheet_of(made_up, weighed, "Presets")
    assert [row[0].value for row in sheet.iter_rows() if row[0].value == "Rule"] == ["Rule"]


def test_the_curves_are_drawn_from_few_days_and_from_both_windows() -> None:
    days = [point.day for point in shown_points(WINDOW)]
    assert {170, 180} <= set(days)
    assert (days[0], days[-1], len(days) < 70) == (1, 540, True)


def test_without_a_suggestion_only_the_window_in_force_stands_upright(weighed: ScorecardData, made_up: Any) -> None:
    alone = replace(
        WINDOW, lines=(replace(WINDOW.lines[0], suggested_days=None, low_days=None, high_days=None, active_suggested_count=None),)
    )
    archive = ZipFile(BytesIO(written(replace(weighed, lapse_window=alone), made_up)))
    charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/")]
    assert sum("In force: 180 days" in chart for chart in charts) == 1
    assert not any("Suggested: " in chart for chart in charts)


def test_a_curve_that_is_too_short_to_draw_leaves_the_table_alone(weighed: ScorecardData, made_up: Any) -> None:
    sheet = sheet_of(made_up, replace(weighed, lapse_window=replace(WINDOW, curve=())), "Lapse window")
    texts = [row[0].value for row in sheet.iter_rows()]
    assert "All buyers" in texts
    assert "Days of silence" not in texts


def test_a_company_that_sells_by_contract_alone_is_told_why_it_has_no_window(weighed: ScorecardData, made_up: Any) -> None:
    window = LapseWindow(180, 0.10, 180, why_not="It sells nothing by repeat purchase.")
    sheet = sheet_of(made_up, replace(weighed, lapse_window=window), "Lapse window")
    assert [row[0].value for row in sheet.iter_rows() if row[0].value] == [
        "Lapse window",
        "Back to the scorecard",
        "It sells nothing by repeat purchase.",
    ]


def test_where_the_extracts_tell_everything_no_rule_is_listed_as_missing(weighed: ScorecardData, made_up: Any) -> None:
    told = replace(PRESETS, lines=PRESETS.lines[:2])
    sheet = sheet_of(made_up, replace(weighed, presets=told), "Presets")
    assert "What the extracts do not tell" not in [row[0].value for row in sheet.iter_rows()]
