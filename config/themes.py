"""Themes of what customers write: the model of `themes.yaml`, with the keywords by which each is recognised."""

from __future__ import annotations

import re
import unicodedata

from pydantic import Field, field_validator, model_validator

from config.yaml_file import YamlModel

THEMES_FILE = "themes.yaml"
ANY_ENDING = "*"
"""What stands at the end of a keyword that may go on: `deliver*` is in `delivery` and `delivered`."""
FIRST_ACCENTED, LAST_ACCENTED = 0x00C0, 0x024F
"""The Latin letters with accents."""
NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")


def _accents() -> tuple[str, str]:
    """Small letters with accents, and beside each in the other text the letter without."""
    letters = [chr(code) for code in range(FIRST_ACCENTED, LAST_ACCENTED + 1)]
    bare = {letter: unicodedata.normalize("NFKD", letter)[0] for letter in letters if letter == letter.lower()}
    changed = {letter: base for letter, base in bare.items() if base.isascii() and base.isalpha()}
    return "".join(changed), "".join(changed.values())


ACCENTED, WITHOUT_ACCENT = _accents()
_PLAIN = str.maketrans(ACCENTED, WITHOUT_ACCENT)


def plain_text(text: str) -> str:
    """A text as keywords are looked for in it: small letters without accents, a blank for everything that is neither letter nor digit."""
    without_marks = "".join(letter for letter in text.lower().translate(_PLAIN) if unicodedata.category(letter)[0] != "M")
    return NEITHER_LETTER_NOR_DIGIT.sub(" ", without_marks).strip()


class Theme(YamlModel):
    """One theme: its name, and the keywords that make a comment one of it."""

    name: str = Field(min_length=2, max_length=60)
    """What it is called on the scorecard, such as Delivery late."""
    keywords: tuple[str, ...] = Field(min_length=1, max_length=200)
    """A comment that has any of these is of the theme: whole words, or several in a row; capitals and accents make no difference.

    A star at the end stands for any ending: `deliver*` is in delivery and delivered.
    """
    use: bool = True
    """Whether the theme counts; what `customer-math themes` suggests does not until a person says true."""

    @field_validator("name")
    @classmethod
    def _has_no_bar(cls, name: str) -> str:
        if "|" in name or "\n" in name:
            raise ValueError("expected a name without `|` and in one line; correct it")
        return name

    @field_validator("keywords")
    @classmethod
    def _can_be_looked_for(cls, keywords: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(plain_text(keyword)) < 2 for keyword in keywords):
            raise ValueError("expected keywords of two letters or more; correct or remove the others")
        return keywords

    @property
    def looked_for(self) -> tuple[str, ...]:
        """What a comment holds that is of the theme, once it stands between blanks as `plain_text` leaves it."""
        return tuple(f" {plain_text(keyword)}{'' if keyword.rstrip().endswith(ANY_ENDING) else ' '}" for keyword in self.keywords)


class Themes(YamlModel):
    """Every theme of the company."""

    themes: tuple[Theme, ...] = ()
    """The themes; a comment may be of several."""

    @model_validator(mode="after")
    def _are_named_once(self) -> Themes:
        names = [theme.name for theme in self.themes]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"lists {', '.join(twice)} twice; keep one")
        return self

    @property
    def used(self) -> tuple[Theme, ...]:
        """The themes that count."""
        return tuple(theme for theme in self.themes if theme.use)
