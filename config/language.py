"""The language of sentences: English as it stands in the code, or the entry of a catalogue of another language.

A catalogue is a file of gettext under `config/languages`; its ids are the English sentences, with names in braces for what is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from config.localization import ENGLISH, localization, number

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""English, and every language that has a catalogue."""
CATALOGUES = Path(__file__).with_name("languages")


def gettext(message: str, **values: object) -> str:
    """The message in the language in force, its names in braces filled in."""
    return _catalogue(localization().language).gettext(message).format_map(values)


def look_up(message: str) -> str:
    """The message in the language in force, as it is written; what no catalogue holds, such as what it gave before, stays as it is."""
    return _catalogue(localization().language).gettext(message) if message else message


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The message for so many, in the language in force; `{count}` is the number as it is written."""
    message = _catalogue(localization().language).ngettext(one, many, count)
    return message.format_map({"count": number(count), **values})


def pgettext(context: str, message: str) -> str:
    """A message that another language words by where it stands; where that makes no difference, as everywhere else."""
    catalogue = _catalogue(localization().language)
    own = catalogue.pgettext(context, message)
    return own if own != message else catalogue.gettext(message)


def gettext_noop(message: str) -> str:
    """The message as it is: one that is looked up where it is shown."""
    return message


def ngettext_noop(one: str, many: str) -> tuple[str, str]:
    """The same of a message for one and for several."""
    return one, many


@dataclass(frozen=True)
class Message:
    """A sentence that is made where nobody knows yet in which language it is shown: as text it is in the language in force by then."""

    text: str
    """Marked by `gettext_noop` where it is made."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Whole numbers for its names in braces."""

    def __str__(self) -> str:
        """The sentence with its numbers as they are written."""
        return gettext(self.text, **{name: number(count) for name, count in self.numbers.items()})


@cache
def _catalogue(language: str) -> NullTranslations:
    """What a language says; English says what stands in the code."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - only a company with another language needs them
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    compiled = BytesIO()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
