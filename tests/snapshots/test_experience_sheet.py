"""The sheet of experience and money, as text and as a chart, and what it says where nothing is demonstrated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from tasks.reporting.blocks import Marked, Share
from tasks.reporting.experience import ComplaintLine, ComplaintRates, ExperienceLine, ExperienceLinks, RecordedSpan
from tasks.reporting.pages.experience import experience_page
from tasks.reporting.render.workbook import workbook

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

UNRESOLVED = ExperienceLine(
    *("unresolved_complaint", "", "lost", 3_201, 412, 119_526, 26_318, 3_180, Decimal("3100000.00")),
    ratio=2.3,
    low=1.9,
    high=2.8,
    e_value=3.21,
    q_value=0.001,
    differs_p_value=0.01,
    explained_amount=Decimal("1750000.00"),
    explained_low_amount=Decimal("900000.00"),
    explained_high_amount=Decimal("2100000.00"),
    is_demonstrated=True,
)
LATE = ExperienceLine(
    *("complaint_about", "Delivery late", "lost", 800, 190, 121_927, 26_540, 790, Decimal("812000.00")),
    ratio=1.04,
    low=0.91,
    high=1.19,
    e_value=1.0,
    q_value=0.6,
    explained_amount=Decimal("31000.00"),
    explained_low_amount=Decimal("0.00"),
    explained_high_amount=Decimal("120000.00"),
)
WIDE = replace(LATE, experience="refund", part="", exposed_count=60, exposed_events_count=9, low=0.4, ratio=3.0, high=22.5)
RARE = ExperienceLine("complaint_at", "delivery", "lost", 20, 2, 122_707, 26_728, 20, Decimal("5000.00"))
STAYED = ExperienceLine(
    *("promoter", "", "stayed", 9_000, 8_100, 113_727, 87_897, 9_000, Decimal(0)),
    ratio=1.08,
    low=1.06,
    high=1.1,
    e_value=1.31,
    q_value=0.002,
    differs_p_value=0.5,
    is_demonstrated=True,
)
PROMOTERS = ExperienceLine(
    "promoter", "", "lost", 9_000, 900, 113_727, 25_830, 9_000, Decimal("750000.00"), ratio=0.4, low=0.3, high=0.5, q_value=0.002
)
GREW = ExperienceLine("promoter", "", "bought_more", 9_000, 2_700, 113_727, 22_000, 9_000, Decimal(0))
UNFOLLOWED = replace(UNRESOLVED, experience="complaint_without_follow_up", others_count=900, others_events_count=60)
NOT_STAYED = replace(RARE, outcome="stayed")
RENEWED = ExperienceLine("promoter", "", "renewed", 40, 38, 400, 300, 0, Decimal(0))
ALL_COMPLAINTS = ComplaintLine(
    *("", (300, 420, 280, 510)),
    factor=1.12,
    low=1.02,
    high=1.24,
    is_shown=True,
    is_outside=True,
    centre=0.0031,
    limits_low=(0.0012, 0.0012, 0.0012, 0.0013),
    limits_high=(0.0049, 0.0049, 0.0049, 0.0048),
)
FALLING = ComplaintLine("Invoice", (90, 70, 50, 30), 0.7, 0.6, 0.8, is_shown=True)
STEADY = ComplaintLine("Taste", (40, 45, 39, 44), 1.01, 0.9, 1.13)
COMPLAINTS = ComplaintRates(
    ("Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"),
    (120_000, 121_000, 122_000, 122_727),
    (ALL_COMPLAINTS, FALLING, STEADY, ComplaintLine("Machine", (0, 1, 0, 2))),
)
LINKS = ExperienceLinks(
    lines=(UNRESOLVED, LATE, WIDE, PROMOTERS, RARE, STAYED, NOT_STAYED, RENEWED, GREW),
    exposure_days=90,
    first_day=date(2026, 4, 2),
    last_day=date(2026, 6, 30),
    compared_within=("region", "sales_channel"),
    fewest_events_count=5,
    detractors_through=6,
    promoters_from=9,
    not_looked_at_count=3,
    unlisted_stages_count=41,
    follow_ups=(UNFOLLOWED,),
    complaints=COMPLAINTS,
    promoter_score=(33.33, 4.141),
    not_covered=(
        RecordedSpan("tickets", date(2026, 5, 1), None),
        RecordedSpan("surveys", date(2026, 1, 1), date(2026, 5, 31)),
    ),
)


def written(data: ScorecardData, made_up: Any, links: ExperienceLinks) -> bytes:
    file = BytesIO()
    workbook(replace(data, experience=links), made_up.made_up_lists(1)).save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def saved(data: ScorecardData, made_up: Any) -> bytes:
    return written(data, made_up, LINKS)


def test_the_sheet_says_what_it_said_before(saved: bytes, snapshot: SnapshotAssertion) -> None:
    sheet = load_workbook(BytesIO(saved))["Experience"]
    cells = (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "\n".join(f"{cell.coordinate} {cell.value!r} {cell.number_format}" for cell in cells) == snapshot


def test_the_front_sheet_leads_to_it_only_where_there_is_one(saved: bytes, data: ScorecardData, made_up: Any) -> None:
    links = [cell.value for row in load_workbook(BytesIO(saved))["Scorecard"].iter_rows() for cell in row if cell.hyperlink]
    assert "Experience" in links
    file = BytesIO()
    workbook(data, made_up.made_up_lists(1)).save(file)
    assert "Experience" not in load_workbook(file).sheetnames


def test_the_chart_draws_each_interval_from_its_low_to_its_high_end(saved: bytes) -> None:
    sheet: Any = load_workbook(BytesIO(saved))["Experience"]
    chart, _run_chart = sheet._charts
    drawn = [[cell.value for (cell,) in sheet[series.val.numRef.f.split("!")[1]]] for series in chart.series]
    names = [cell.value for (cell,) in sheet[chart.series[0].cat.strRef.f.split("!")[1]]]
    assert names == ["Unresolved complaint", "Complaint about: Delivery late", "Refund", "Promoter"]
    assert [sum(row) for row in zip(*drawn, strict=True)] == pytest.approx([2.8, 1.19, 8, 0.5])
    assert drawn[0] == pytest.approx([1.9, 0.91, 0.4, 0.3])
    assert drawn[1] == pytest.approx([0.4, 0, 0, 0])
    assert drawn[3] == pytest.approx([0, 0.13, 2.6, 0.1])


def test_the_chart_is_one_of_bars_that_lie_above_one_another(saved: bytes) -> None:
    archive = ZipFile(BytesIO(saved))
    charts = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/")]
    (chart,) = [each for each in charts if 'barDir val="bar"' in each]
    assert "Lost so many times as often as others alike" in chart
    assert chart.count("<ser>") == 5


def test_the_surest_loss_heads_the_sheet(data: ScorecardData) -> None:
    page = experience_page(data, LINKS)
    assert page.sentence == (
        "Customers with an unresolved complaint left 2.3 times as often as others alike (1.9 to 2.8): 412 of 3,201, against 26,318 of "
        "119,526 others; they took EUR 3.1m with them, of which it may explain EUR 900k to EUR 2.1m. An association, not a proof."
    )
    rows = [row[0] for row in page.tables[0].rows]
    assert rows[1] == (
        "Customers whose latest score was high stayed 1.08 times as often as others alike (1.06 to 1.10): 8,100 of 9,000, "
        "against 87,897 of 113,727 others."
    )
    assert rows[2:] == [
        "Lost less often than others alike: promoter.",
        "No demonstrated link with losses: complaint about: Delivery late, refund.",
        "Too few to compare (fewer than 5 lost on either side): complaint at the stage: delivery.",
    ]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ((LATE, WIDE), "None of the 2 experiences compared is demonstrated to precede losses in Q3 2026: no demonstrated link."),
        (
            (LATE, RARE),
            "The one experience that could be compared is not demonstrated to precede losses in Q3 2026: no demonstrated link.",
        ),
        (
            (LATE, replace(UNRESOLVED, ratio=0.8, low=0.7, high=0.9, is_demonstrated=False)),
            (
                "None of the 2 experiences compared is demonstrated to precede losses in Q3 2026; lost less often than others alike: "
                "unresolved complaint."
            ),
        ),
        (
            (RARE,),
            "No demonstrated link: too few customers with an experience were lost in Q3 2026 to compare them with others.",
        ),
    ],
)
def test_where_nothing_is_demonstrated_the_sheet_says_so_plainly(
    data: ScorecardData, lines: tuple[ExperienceLine, ...], sentence: str
) -> None:
    assert experience_page(data, replace(LINKS, lines=lines)).sentence == sentence


def test_where_nothing_can_be_compared_there_is_no_chart_and_nothing_is_missing(data: ScorecardData) -> None:
    bare = replace(
        LINKS, lines=(RARE,), complaints=None, not_covered=(), not_looked_at_count=0, unlisted_stages_count=0, compared_within=()
    )
    page = experience_page(data, bare)
    assert (page.intervals, page.missing) == (None, ())
    assert not any("not on the company's list" in text or "not looked at:" in text for text in page.small_print)


def test_where_every_experience_can_be_compared_none_is_called_too_rare(data: ScorecardData) -> None:
    page = experience_page(data, replace(LINKS, lines=(UNRESOLVED,)))
    assert [f"{row[0]} An association, not a proof." for row in page.tables[0].rows] == [page.sentence]


def test_of_many_links_the_surest_are_said_and_the_others_counted(data: ScorecardData) -> None:
    page = experience_page(data, replace(LINKS, lines=(UNRESOLVED,) * 7))
    assert [str(row[0])[:40] for row in page.tables[0].rows[4:]] == [
        "Customers with an unresolved complaint l",
        "Links with losses that are demonstrated,",
    ]


def test_an_experience_of_those_who_are_lost_less_often_is_not_said_to_have_no_link(data: ScorecardData) -> None:
    protected = replace(LATE, experience="promoter", part="", ratio=0.5, low=0.4, high=0.7, q_value=0.001)
    page = experience_page(data, replace(LINKS, lines=(protected,)))
    assert [row[0] for row in page.tables[0].rows] == ["Lost less often than others alike: promoter."]
    assert page.tables[1].rows[0][7] == Marked("demonstrated, less often", "quiet")


def test_a_short_interval_leaves_room_to_see_where_one_is(data: ScorecardData) -> None:
    page = experience_page(data, replace(LINKS, lines=(LATE,)))
    assert page.intervals is not None
    assert page.intervals.until == 2


def test_scores_are_shown_beside_what_those_who_gave_them_did(data: ScorecardData) -> None:
    page = experience_page(data, LINKS)
    (table,) = [each for each in page.tables if each.title == "Scored so, and did"]
    assert table.rows == (("Promoter", 9_000, 900, Share(900, 9_000), 8_100, 2_700, Share(2_700, 9_000)),)
    assert table.description.startswith("Promoter: 9 or more; detractor: 6 or less. Net promoter score 33.3, standard error 4.1,")


def test_without_scores_or_follow_up_neither_is_spoken_of(data: ScorecardData) -> None:
    page = experience_page(data, replace(LINKS, lines=(UNRESOLVED,), follow_ups=(), promoter_score=None))
    assert not {"Scored so, and did", "Followed up, or not"} & {table.title for table in page.tables}


def test_complaints_are_said_to_rise_or_fall_only_where_that_is_shown(data: ScorecardData) -> None:
    page = experience_page(data, LINKS)
    (table,) = [each for each in page.tables if each.title == "Complaints over 4 periods"]
    assert [(row[0], row[1], row[4], row[-1]) for row in table.rows] == [
        ("All", 510, 230, Marked("rising, beyond its limits in this period", is_bold=True)),
        ("Invoice", 30, -20, Marked("falling", is_bold=True)),
        ("Taste", 44, 5, Marked("no trend shown", "quiet")),
        ("Machine", 2, 2, Marked("too few", "quiet")),
    ]


def test_the_run_chart_draws_the_rate_between_its_limits(saved: bytes) -> None:
    sheet: Any = load_workbook(BytesIO(saved))["Experience"]
    _intervals, chart = sheet._charts
    drawn = [[cell.value for (cell,) in sheet[series.val.numRef.f.split("!")[1]]] for series in chart.series]
    assert drawn[0] == pytest.approx([2.5, 3.4711, 2.2951, 4.1556])
    assert drawn[2:] == [pytest.approx([1.2, 1.2, 1.2, 1.3]), pytest.approx([4.9, 4.9, 4.9, 4.8])]


def test_a_first_period_has_none_to_compare_complaints_with(data: ScorecardData) -> None:
    alone = ComplaintRates(("Q3 2026",), (100,), (ComplaintLine("", (3,)),))
    page = experience_page(data, replace(LINKS, complaints=alone))
    (table,) = [each for each in page.tables if each.title == "Complaints over 1 period"]
    assert table.rows == (("All", 3, Decimal(30), None, None, Marked("too few", "quiet")),)
    assert page.run_chart is None
