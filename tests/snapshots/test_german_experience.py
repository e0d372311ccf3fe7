"""The tab of experience in German: nothing of it is English, and it holds the figures of the English one, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from config.localization import Localization, localized
from tasks.reporting.experience import CommentThemes, OutcomeLine, RecordedSpan, ThemeLine
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.experience import experience_page
from tasks.reporting.pages.experience_detail import forecast_sentence
from tasks.reporting.render.page_html import page_html
from tasks.reporting.render.workbook import workbook
from tests.properties.test_german_sentences import numbers_in, strictly_german
from tests.snapshots.test_experience_detail_sheet import FORECAST
from tests.snapshots.test_experience_detail_sheet import LINKS as DETAIL
from tests.snapshots.test_experience_sheet import GREW, LATE, PROMOTERS, RARE, STAYED, UNRESOLVED
from tests.snapshots.test_experience_sheet import LINKS as LINKS_OF_PAGE
from tests.snapshots.test_german_documents import ENGLISH_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet.worksheet import Worksheet
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.blocks import Page
    from tasks.reporting.experience import ExperienceLine
    from tasks.reporting.model import ScorecardData

GERMAN, GERMAN_WITH_HOUSE_NUMBERS = Localization("de_DE", "de"), Localization(None, "de")
LINKS = replace(
    LINKS_OF_PAGE,
    lines=(
        *LINKS_OF_PAGE.lines,
        replace(STAYED, outcome="renewed", ratio=1.5),
        replace(STAYED, experience="comment_about", part="Price", outcome="bought_more"),
    ),
    drivers=DETAIL.drivers * 5,
    outcomes=DETAIL.outcomes,
    later=DETAIL.later,
    themes=DETAIL.themes,
)
NAMES = {"Trend", "Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"}
"""What is called alike in both languages, and periods."""
OF_COMPANY = {"Invoice", "Taste", "Machine", "Delivery late", "Price", "Parcels on the day", "Easy to clean", "sales channel: Shop"}
"""Names of the company's own."""


def sheet_of(data: ScorecardData, made_up: Any, localization: Localization) -> Worksheet:
    file = BytesIO()
    workbook(replace(data, experience=LINKS, localization=localization), made_up.made_up_lists(1)).save(file)
    return load_workbook(file)["Kundenerlebnis" if localization.language == "de" else "Experience"]


def cells_of(sheet: Worksheet) -> dict[str, Any]:
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None}


@pytest.fixture(scope="module")
def english(data: ScorecardData, made_up: Any) -> dict[str, Any]:
    return cells_of(sheet_of(data, made_up, Localization()))


@pytest.fixture(scope="module")
def german(data: ScorecardData, made_up: Any) -> Worksheet:
    return sheet_of(data, made_up, GERMAN)


def texts_of(page: Page) -> Iterator[str]:
    """Every text of a page, as the sheet has it."""
    yield from (page.heading, page.question, page.sentence, *page.missing, *page.small_print)
    yield from (chart.title for chart in (page.intervals, page.run_chart) if chart)
    for table in page.tables:
        yield from (table.title, table.description, table.below, *(column.heading for column in table.columns))
        yield from (str(getattr(value, "value", value)) for row in table.rows for value in row)


def test_the_german_sheet_of_experience(german: Worksheet, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(text for text in cells_of(german).values() if isinstance(text, str)) == snapshot


def test_nothing_of_the_german_sheet_is_english(german: Worksheet, english: dict[str, Any]) -> None:
    found = {place: text for place, text in cells_of(german).items() if isinstance(text, str)}
    own = [text for text in found.values() if text not in OF_COMPANY]
    assert [text for text in own if any(word in f" {text} " for word in ENGLISH_WORDS)] == []
    assert {text for place, text in found.items() if text == english[place]} <= NAMES | OF_COMPANY


def test_the_german_sheet_holds_the_figures_of_the_english_one_cell_by_cell(
    data: ScorecardData, made_up: Any, english: dict[str, Any]
) -> None:
    with strictly_german():
        own = cells_of(sheet_of(data, made_up, GERMAN_WITH_HOUSE_NUMBERS))
    assert own.keys() == english.keys()
    for place, value in english.items():
        if isinstance(value, str):
            assert numbers_in(own[place]) == numbers_in(value), f"{own[place]} is not: {value}"
        else:
            assert own[place] == value


def test_the_german_charts_are_called_in_german_and_no_heading_loses_a_letter(german: Worksheet) -> None:
    sheet: Any = german
    titles = ["".join(run.t for paragraph in chart.title.tx.rich.p for run in paragraph.r) for chart in sheet._charts]
    assert titles[1] == "Beschwerden je 1.000 Kunden, mit den Grenzen des Zufalls"
    assert titles[0].startswith("Wie viel Mal so oft verloren wie vergleichbare andere")
    assert sheet.column_dimensions["I"].width == len("Verhältnis") + 1


LESS_OFTEN = replace(UNRESOLVED, ratio=0.8, low=0.7, high=0.9, is_demonstrated=False)


@pytest.mark.parametrize(
    "lines",
    [
        (LATE, PROMOTERS),
        (LATE, RARE),
        (LATE, LATE),
        (LATE, LESS_OFTEN),
        (LESS_OFTEN,),
        (RARE,),
        (UNRESOLVED,) * 7,
        (GREW, *(STAYED,) * 7),
    ],
)
def test_whatever_is_demonstrated_the_german_page_holds_the_figures_of_the_english_one(
    data: ScorecardData, lines: tuple[ExperienceLine, ...]
) -> None:
    until = RecordedSpan("surveys", None, date(2026, 5, 31))
    links = replace(LINKS, lines=lines, not_covered=(until, RecordedSpan("tickets", None, None)))
    english = list(texts_of(experience_page(data, links)))
    with localized(GERMAN_WITH_HOUSE_NUMBERS), strictly_german():
        german = list(texts_of(experience_page(data, links)))
    assert len(german) == len(english)
    assert [(own, other) for own, other in zip(german, english, strict=True) if numbers_in(own) != numbers_in(other)] == []
    assert sum("surveys" in text for text in german) == 1


def test_a_german_reader_reads_how_much_more_often_they_went(data: ScorecardData) -> None:
    with localized(GERMAN):
        page = experience_page(data, LINKS)
    assert page.sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        "Kunden mit offener Beschwerde gingen 2,3-mal so oft wie vergleichbare andere (1,9 bis 2,8): 412 von 3.201, gegenüber 26.318 von "
        "119.526 anderen; mit ihnen gingen 3,1 Mio. € verloren, wovon das Erlebnis 900.000 € bis 2,1 Mio. € erklären kann. Ein "
        "Zusammenhang, kein Beweis."
    )


def test_a_german_forecast_has_the_marks_of_its_locale_and_its_signs() -> None:
    with localized(GERMAN):
        unsure = forecast_sentence(replace(FORECAST, low=-0.003))
    assert unsure.endswith(
        "Fläche unter der Kurve 0,655 mit ihr, 0,612 ohne; Unterschied +0,043 (-0,003 bis +0,064), außerhalb der Stichprobe."
    )


def test_on_the_page_for_a_browser_the_tab_is_german(data: ScorecardData) -> None:
    german = replace(data, experience=LINKS, localization=GERMAN)
    page = page_html(german, tabs(german))
    _before, _, after = page.partition('<section id="experience">')
    section, _, _rest = after.partition("</section>")
    assert "Welche Erlebnisse welchen Verlusten vorausgehen" in section
    assert "Kunden mit offener Beschwerde gingen 2,3-mal so oft" in section
    assert [word for word in ENGLISH_WORDS if word in section] == []
    assert ">2,5<" not in page.partition("<section")[0]


def test_where_nobody_rated_anything_high_the_german_sheet_names_the_setting(data: ScorecardData) -> None:
    nobody = replace(LINKS, outcomes=(OutcomeLine("Wunsch", 40, 0, 0, 1.0),), themes=CommentThemes(2, (ThemeLine("", 2, 2),)))
    (tab,) = [each for each in tabs(replace(data, experience=nobody, localization=GERMAN)) if each.title == "Experience"]
    texts = list(texts_of(tab.pages[1]))
    assert (
        "Niemand hat etwas mit 8 oder mehr eingestuft; wo die Skala darunter endet, ist ein kleineres `experience.high_from` zu wählen."
        in texts
    )
    assert "ohne Thema" in texts
