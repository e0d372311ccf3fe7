"""The tab Worth of a company that asks for German: every sentence, whatever can be expected of its customers, with the same numbers."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from config.language import Message
from config.localization import HOUSE, localized
from tasks.reporting.pages.agenda import tabs
from tasks.reporting.pages.worth import worth_page
from tasks.reporting.render.page_html import page_html
from tasks.reporting.render.workbook import workbook
from tasks.reporting.worth import ChannelLine, GroupLine, ParameterLine, ScoreLead, Worth
from tests.properties.test_german_sentences import GERMAN, GERMAN_WITH_HOUSE_NUMBERS, numbers_in, strictly_german
from tests.spec.test_relative_value import EVERYBODY, asked
from tests.spec.test_worth_page import FLOW, HELD, WORTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl.worksheet.worksheet import Worksheet
    from syrupy.assertion import SnapshotAssertion

    from config.localization import Localization
    from tasks.reporting.model import ScorecardData

AGAIN = "{again} bought on a second day and spent something, {fewest} customers are needed"
TOO_FEW = Message(AGAIN, {"again": 1, "fewest": 200})
CHANNELS = (
    ChannelLine("search", 20, Decimal("8000.00"), Decimal("2000.00"), Decimal("500.00"), 1),
    ChannelLine("not recorded", 2, Decimal("500.00"), None),
    ChannelLine("fair", 1, Decimal("0.00"), Decimal("90.00")),
    ChannelLine("mail", 1, Decimal("9.00"), Decimal("1.00"), Decimal("2.00"), 0),
    ChannelLine("press", 1, Decimal("90.00"), Decimal("60.00"), Decimal("2.00"), 3),
)
GROUPS = (
    GroupLine("region", "North", 100, Decimal("70000.00"), Decimal("84000.00")),
    GroupLine("region", "not recorded", 15, Decimal("10000.00"), Decimal("21000.00")),
)
LEAD = ScoreLead(412, (0.31, 0.22, 0.40), (0.08, 0.01, 0.17))
PARAMETERS = (*WORTH.parameters, ParameterLine("Contracts", "alpha", 1234.5, 0.00012, 2345.6, 2357, 16, -9582.1, "North"))
WHOLE = replace(
    WORTH,
    flow=replace(FLOW, channels=CHANNELS, groups=GROUPS, acquisition_cost_amount=None),
    held_out=replace(HELD, lead=LEAD),
    parameters=PARAMETERS,
    at_risk={"weakening": (12, Decimal("7000.00")), "coming_due": (3, Decimal("900.00"))},
)
BY_RULE = replace(WHOLE, is_margin=False, why_rule=TOO_FEW, parameters=(), dependence=None)


def held(expected: str, error: float) -> Worth:
    """What is still expected, by models that were so far off."""
    return replace(WHOLE, held_out=replace(HELD, whole=replace(HELD.whole, expected_amount=Decimal(expected)), expected_error=error))


WAYS = {
    "by models": WHOLE,
    "by the plain rule": BY_RULE,
    "by the plain rule, of a whole year": replace(BY_RULE, held_out=replace(HELD, recorded_days_count=365)),
    "without costs": replace(WHOLE, is_margin=False, dependence=(-0.3, -0.33, -0.27)),
    "no channel with a cost": replace(WHOLE, flow=replace(FLOW, channels=CHANNELS[1:2])),
    "nobody at risk, nobody gone": replace(WHOLE, at_risk={}, flow=replace(FLOW, lost=())),
    "a score that does not lead": replace(WHOLE, held_out=replace(HELD, lead=replace(LEAD, beyond=(0.08, -0.01, 0.17)))),
    "nearer in all": held("41000.00", 150.0),
    "nearer by customer": held("90000.00", 90.0),
    "worse": held("90000.00", 150.0),
    "too few then": replace(WHOLE, flow=None, why_no_flow=TOO_FEW, held_out=None, why_not_held_out=TOO_FEW),
    "nothing": Worth(is_margin=True, discount_rate=Decimal("0.10"), horizon_years=5, why_not=TOO_FEW),
}
"""What can be expected of customers, and how."""
NEUTRAL = {"Region: North", "Region: East", "search", "fair", "mail", "press", "r", "alpha", "Parameter"}
"""Texts that are alike in both languages: names of the company's own and of models."""


def texts_of(block: Any) -> Iterator[str]:
    """Every text of a page or a part of it, in order; what stands where nothing is, is looked up when it is printed."""
    if isinstance(block, str):
        yield block
    elif isinstance(block, tuple):
        for each in block:
            yield from texts_of(each)
    elif is_dataclass(block):
        for each in fields(block):
            if each.name not in {"kind", "colour_role", "colour_roles", "when_empty"}:
                yield from texts_of(getattr(block, each.name))


def has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text.replace("EUR", ""))


@pytest.fixture(scope="module")
def surveyed(data: ScorecardData) -> ScorecardData:
    """Facts of a company whose customers were asked about competitors, too."""
    return asked(data, EVERYBODY)


def sheet(data: ScorecardData, made_up: Any, chosen: Localization, worth: Worth = WHOLE) -> Worksheet:
    """The tab as the workbook has it."""
    file = BytesIO()
    workbook(replace(data, worth=worth, localization=chosen), made_up.made_up_lists()).save(file)
    return load_workbook(file)["Kundenwert" if chosen.language == "de" else "Worth"]


@pytest.mark.parametrize("way", WAYS)
def test_every_text_of_the_page_has_its_german_with_the_same_numbers(way: str, surveyed: ScorecardData) -> None:
    english = list(texts_of(worth_page(surveyed, WAYS[way])))
    with strictly_german(), localized(GERMAN_WITH_HOUSE_NUMBERS):
        german = list(texts_of(worth_page(surveyed, WAYS[way])))
    assert len(german) == len(english)
    assert {text for text, other in zip(german, english, strict=True) if text == other and has_letters(text)} <= NEUTRAL
    for text, other in zip(german, english, strict=True):
        assert numbers_in(text) == numbers_in(other), f"{text} is not: {other}"


@pytest.mark.parametrize("way", ["by models", "nobody at risk, nobody gone"])
def test_the_tab_of_the_workbook_has_no_english_left_and_the_numbers_of_the_english_one(
    way: str, surveyed: ScorecardData, made_up: Any
) -> None:
    english = [[cell.value for cell in row] for row in sheet(surveyed, made_up, HOUSE, WAYS[way]).iter_rows()]
    with strictly_german():
        german = [[cell.value for cell in row] for row in sheet(surveyed, made_up, GERMAN_WITH_HOUSE_NUMBERS, WAYS[way]).iter_rows()]
    pairs = [pair for own, other in zip(german, english, strict=True) for pair in zip(own, other, strict=True)]
    assert [own for own, other in pairs if not isinstance(other, str) and own != other] == []
    assert {own for own, other in pairs if isinstance(own, str) and own == other and has_letters(own)} <= NEUTRAL
    texts = [(own, other) for own, other in pairs if isinstance(own, str)]
    assert [own for own, other in texts if numbers_in(own) != numbers_in(str(other))] == []
    assert len(texts) > 100


def test_the_german_tab_as_it_is_read(surveyed: ScorecardData, made_up: Any, snapshot: SnapshotAssertion) -> None:
    shown = sheet(surveyed, made_up, GERMAN)
    assert "\n".join(cell.value for row in shown.iter_rows() for cell in row if isinstance(cell.value, str)) == snapshot
    footer = shown.oddFooter
    assert footer
    assert footer.right.text == "Seite &P von &N"


def test_the_part_of_the_page_for_a_browser_is_in_german(surveyed: ScorecardData) -> None:
    german = replace(surveyed, worth=WHOLE, localization=GERMAN)
    page = page_html(german, tabs(german))
    part = page.partition('<section id="worth">')[2].partition("</section>")[0]
    assert "Was von den Kunden noch zu erwarten ist." in part
    assert "Bewegungsrechnung des Kundenstammwerts" in part
    assert [word for word in (" the ", " of ", " and ", " were ", "customers") if word in part] == []


def test_why_there_is_no_model_is_put_into_words_where_it_is_shown() -> None:
    assert str(TOO_FEW) == "1 bought on a second day and spent something, 200 customers are needed"
    with localized(GERMAN):
        assert str(TOO_FEW) == "1 Käufer mit einem zweiten Kauftag und Ausgaben, nötig sind 200"
