"""The sheet behind experience and money, as text, and what it leaves out where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook

from tasks.reporting.experience import (
    AYearLater,
    CommentThemes,
    DriverLine,
    ExperienceLinks,
    FollowUpLine,
    OutcomeLine,
    ScoredGroup,
    ScoreForecast,
    ThemeLine,
)
from tasks.reporting.pages.experience_detail import TITLE, experience_detail_page, forecast_sentence
from tasks.reporting.render.workbook import workbook

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

BARE = ExperienceLinks(
    lines=(),
    exposure_days=90,
    first_day=date(2026, 4, 2),
    last_day=date(2026, 6, 30),
    compared_within=("region",),
    fewest_events_count=5,
    detractors_through=6,
    promoters_from=9,
)
FORECAST = ScoreForecast(9_000, 1_800, without_area=0.612, with_area=0.655, low=0.021, high=0.064)
LATER = AYearLater(
    date(2025, 7, 1),
    14,
    follow_ups=(
        FollowUpLine("complaint", 90, 900, 60, 300, 45, ratio=2.25, low=1.51, high=3.35, q_value=0.001),
        FollowUpLine("complaint", 365, 900, 250, 300, 90, ratio=1.08, low=0.88, high=1.32, q_value=0.45),
        FollowUpLine("detractor", 90, 12, 2, 9, 3),
    ),
    forecast=FORECAST,
    scored=(ScoredGroup("sales_channel", "Shop", "detractor", 400, 120), ScoredGroup("sales_channel", "Shop", "promoter", 20, 2)),
)
LINKS = replace(
    BARE,
    drivers=(
        DriverLine("stage", "Delivery", 400, 90, 2_600, 260, 2.25, 1.81, 2.79, is_demonstrated=True),
        DriverLine("channel", "mail", 900, 110, 2_100, 240, 1.07, 0.87, 1.32),
        DriverLine("theme", "Price", 12, 3, 2_988, 347),
    ),
    outcomes=(OutcomeLine("Parcels on the day", 300, 240, 90, 13.0, 11.9, 14.1), OutcomeLine("Easy to clean", 20, 12, 9, 7.5)),
    later=LATER,
    themes=CommentThemes(120, (ThemeLine("Delivery late", 80, 61), ThemeLine("Price", 30, 30), ThemeLine("", 20, 19))),
)


def test_the_sheet_says_what_it_said_before(data: ScorecardData, made_up: Any, snapshot: SnapshotAssertion) -> None:
    file = BytesIO()
    workbook(replace(data, experience=LINKS), made_up.made_up_lists(1)).save(file)
    rows = list(load_workbook(file)["Experience"].iter_rows())
    first = next(number for number, row in enumerate(rows) if row[0].value == TITLE)
    cells = (cell for row in rows[first:] for cell in row if cell.value is not None)
    assert "\n".join(f"{cell.coordinate} {cell.value!r} {cell.number_format}" for cell in cells) == snapshot


def test_where_nothing_stands_behind_the_sheet_there_is_none(data: ScorecardData) -> None:
    assert experience_detail_page(BARE) is None


def test_that_a_score_is_not_shown_to_foretell_is_said_as_plainly() -> None:
    assert forecast_sentence(FORECAST) == (
        "Last year's score foretold who was lost better than tenure and value alone: area under the curve 0.655 with it, 0.612 without; "
        "difference +0.043 (+0.021 to +0.064), out of sample."
    )
    unsure = replace(FORECAST, low=-0.003)
    assert forecast_sentence(unsure).startswith("Last year's score is not shown to have foretold who was lost better than tenure and value")


def test_where_nobody_rated_anything_high_the_setting_that_decides_it_is_named(data: ScorecardData) -> None:
    pages = [experience_detail_page(replace(BARE, outcomes=(OutcomeLine("Any", 40, high, 0, 1.0),))) for high in (0, 3)]
    assert [page.tables[0].below for page in pages if page] == [
        "Nobody rated anything 8 or more; where ratings end below, choose a smaller `experience.high_from`.",
        "",
    ]


def test_a_year_without_follow_up_and_scores_leaves_their_tables_out(data: ScorecardData) -> None:
    assert experience_detail_page(replace(BARE, later=AYearLater(date(2025, 7, 1), 14))) is None


def test_of_many_drivers_the_surest_are_shown_and_the_others_counted(data: ScorecardData) -> None:
    page = experience_detail_page(replace(BARE, drivers=LINKS.drivers * 5))
    assert page is not None
    (table,) = page.tables
    assert len(table.rows) == 12
    assert table.below == "Further ones, rarer or less sure: 3."
