"""German documents: every sentence has a German, holds the figures of the English one, and stays as short as a message must."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import replace
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from config import language
from config.localization import Localization
from tasks.reporting.pages.message import LINES_COUNT, TOKENS_COUNT, message_sentences
from tasks.reporting.pages.thread import thread_lines
from tasks.reporting.render.slack import digest, plain_text
from tests.properties.test_printed_sentences import companies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData

GERMAN, GERMAN_WITH_HOUSE_NUMBERS = Localization("de_DE", "de"), Localization(None, "de")
NUMBER = re.compile(r"[-+]?\d[\d,.]*\d|[-+]?\d")
PART_OF = {word: re.compile(rf"({NUMBER.pattern}) {word} ({NUMBER.pattern})") for word in ("of", "von")}
"""A part and its whole, in either language."""


class NoGermanError(Exception):
    """A sentence is printed of which there is no German."""


class Strict(NullTranslations):
    """What is asked where a catalogue has nothing."""

    def gettext(self, message: str) -> str:
        """Never: there must be a German; but a heading is looked up that may be made of names, or be German already."""
        if sys._getframe(2).f_code is language.look_up.__code__:
            return message
        raise NoGermanError(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Never, for one and for several."""
        raise NoGermanError(msgid1)


@contextmanager
def strictly_german() -> Iterator[None]:
    """A sentence without a German ends the test, instead of being printed in English."""
    language._catalogue.cache_clear()
    catalogue = language._catalogue("de")
    catalogue.add_fallback(Strict())
    try:
        yield
    finally:
        language._catalogue.cache_clear()


def lines_of(facts: ScorecardData, localization: Localization) -> list[str]:
    own = replace(facts, localization=localization)
    below = thread_lines(own, workbook_name="scorecard.xlsx", segments_count=3)
    return [*(sentence.line for sentence in message_sentences(own)), *below]


def numbers_in(line: str) -> list[str]:
    return sorted(NUMBER.findall(line))


@given(data=st.data())
def test_every_german_line_holds_the_figures_of_the_english_one(data: st.DataObject, made_up: Any) -> None:
    facts = data.draw(companies(made_up))
    english = lines_of(facts, Localization())
    with strictly_german():
        german = lines_of(facts, GERMAN_WITH_HOUSE_NUMBERS)
    assert len(german) == len(english)
    for own, other in zip(german, english, strict=True):
        assert numbers_in(own) == numbers_in(other), f"{own} is not: {other}"
        assert sorted(PART_OF["von"].findall(own)) == sorted(PART_OF["of"].findall(other)), f"{own} is not: {other}"


@given(data=st.data())
def test_a_german_message_is_read_in_twenty_seconds_too(data: st.DataObject, made_up: Any) -> None:
    shown = digest(replace(data.draw(companies(made_up)), localization=GERMAN), workbook_name="scorecard.xlsx")
    assert len(plain_text(shown).splitlines()) < LINES_COUNT
    assert len(plain_text(shown).split()) <= TOKENS_COUNT
