"""What a company reads that asks for German: message, thread, front sheet and what stands in its picture."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from config.localization import Localization, localization, localized
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.edition_changes import Correction, HeadlineFigure, correction_note
from tasks.reporting.pages.roll_forward import roll_forward
from tasks.reporting.render.mail import mail_html
from tasks.reporting.render.page_html import page_html
from tasks.reporting.render.page_pdf import page_data
from tasks.reporting.render.png import trend_picture
from tasks.reporting.render.slack import digest, plain_text, plain_thread, with_buttons
from tasks.reporting.render.trend import short_count, short_period
from tasks.reporting.render.workbook import workbook

if TYPE_CHECKING:
    from openpyxl import Workbook
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

GERMAN = Localization("de_DE", "de")
ENGLISH_WORDS = (" the ", " of ", " and ", " were ", "customers ", "lost ", " in their ")


@pytest.fixture(scope="module")
def german(data: ScorecardData) -> ScorecardData:
    return replace(data, localization=GERMAN, notes=())


@pytest.fixture(scope="module")
def book(german: ScorecardData, made_up: Any) -> Workbook:
    file = BytesIO()
    workbook(german, made_up.made_up_lists()).save(file)
    return load_workbook(file)


def test_the_german_message_with_its_thread(german: ScorecardData, snapshot: SnapshotAssertion) -> None:
    shown = digest(german, workbook_name="scorecard.xlsx")
    assert f"{plain_text(shown)}\n\n{plain_thread(shown)}" == snapshot
    assert "3,3\N{NO-BREAK SPACE}Mio.\N{NO-BREAK SPACE}€" in shown.blocks[-2]["text"]["text"], "no line ends within an amount"


def test_the_german_front_sheet(book: Workbook, snapshot: SnapshotAssertion) -> None:
    front = book.worksheets[0]
    texts = [cell.value for row in front.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "\n".join(texts) == snapshot
    footer = front.oddFooter
    assert footer
    assert (footer.center.text, footer.right.text) == ("Q3 2026, Ausgabe 1", "Seite &P von &N")


def test_nothing_of_the_german_front_and_message_is_english(german: ScorecardData, book: Workbook) -> None:
    shown = digest(german, workbook_name="scorecard.xlsx")
    front = [str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    lines = [*plain_text(shown).splitlines(), *plain_thread(shown).splitlines(), *front]
    assert [line for line in lines if any(word in f" {line} " for word in ENGLISH_WORDS)] == []


def test_the_same_facts_give_the_same_document_whatever_is_in_force(german: ScorecardData) -> None:
    alone = digest(german, workbook_name="scorecard.xlsx")
    with localized(Localization("fr_FR")):
        assert digest(german, workbook_name="scorecard.xlsx") == alone
        assert localization() == Localization("fr_FR")
    assert trend_picture(german) == trend_picture(german)


def test_the_german_picture_names_months_and_thousands_in_german() -> None:
    with localized(GERMAN):
        assert [short_period(period) for period in ("2026-05", "2026-12", "2026-Q3", "2026")] == ["Mai", "Dez", "Q3", "2026"]
        assert [short_count(count) for count in (7_500, 30_000)] == ["7.500", "30.000"]


def test_the_roll_forward_of_a_run_is_in_german(german: ScorecardData) -> None:
    rows = roll_forward(german)
    assert list(rows[0]) == ["", "Kunden", "Wert", "Kunden, Zeitraum davor"]
    assert rows[0][""] == "Kunden zu Beginn"


def test_the_mail_and_the_page_to_print_are_wholly_in_german(german: ScorecardData) -> None:
    printed = page_data(german)
    texts = [mail_html(german), *printed["lines"], *printed["tables"], printed["data_line"], *printed["small_print"]]
    shown = re.sub(r"<[^>]*>", "\n", "\n".join(map(str, texts)))
    assert [line for line in shown.splitlines() if any(word in f" {line} " for word in ENGLISH_WORDS)] == []
    assert any("64,5\N{NO-BREAK SPACE}Mio." in chart["svg"] for chart in printed["charts"])
    assert any(">netto<" in chart["svg"] for chart in printed["charts"])
    assert {"Kunden zu Beginn", "Gewonnener Wert (+)"} <= {row[0]["text"] for table in printed["tables"] for row in table["rows"]}


def test_the_page_for_a_browser_is_wholly_in_german(german: ScorecardData) -> None:
    shown = re.sub(r"<[^>]*>", "\n", page_html(german, tabs(german)).partition("</head>")[2])
    assert "Seit Q3 2025" in shown
    lines = [line for line in shown.splitlines() if unescape(line) not in german.segment_by.values()]
    assert [line for line in lines if any(word in f" {line} " for word in ENGLISH_WORDS)] == []


def test_what_is_sent_later_is_in_german_too(german: ScorecardData) -> None:
    with localized(GERMAN):
        shown = with_buttons(digest(german, workbook_name="scorecard.xlsx"), "https://scorecard.example.org/1")
        note = correction_note(Correction(1, 2, [HeadlineFigure("Customers out", 4, 5)], ["andere Definitionen"], "Nachtrag", "EUR", 2))
    assert "Wer ging?" in str(shown.blocks)
    assert note.text == "Ausgabe 1 → 2: Verlorene Kunden 4 → 5 (+1)"
