"""Sentences that know the figures they are made of, and how many of their words find room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tasks.reporting.model import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

SENTENCES = "sentences.json"
"""The file of an edition that holds its sentences with the names of their figures."""
NAME_TOKENS_COUNT, NAME_LENGTH = 4, 40
"""How much of a name of others a sentence shows, in words and in characters."""


@dataclass(frozen=True)
class FigureName:
    """One published figure: which measure, of which period, group and part."""

    measure: str
    period: str
    segment_by: str = ALL
    segment: str = ALL
    split_by: str = ALL
    split: str = ALL


@dataclass(frozen=True)
class Sentence:
    """One line for people, with the figures that it is made of."""

    kind: str
    """What it speaks of, such as retention."""
    text: str
    figures: tuple[FigureName, ...] = ()
    label: str = ""
    """What stands before a colon; empty: nothing does."""
    tail: str = ""
    """What is left out where there is no room for it."""
    is_bold: bool = False

    @property
    def line(self) -> str:
        """The whole line as plain text."""
        return f"{f'{self.label}: ' if self.label else ''}{self.text}{self.tail}"

    @property
    def tokens_count(self) -> int:
        """How many words and marks with blanks around them it has."""
        return len(self.line.split())


def fitted(sentences: Sequence[Sentence], tokens_count: int) -> list[Sentence]:
    """The sentences in at most so many words: tails are left out, the last one first."""
    shown = list(sentences)
    for number in reversed(range(len(shown))):
        if sum(each.tokens_count for each in shown) > tokens_count:
            shown[number] = replace(shown[number], tail="")
    return shown


def clipped(name: str, *, tokens_count: int = NAME_TOKENS_COUNT, length: int = NAME_LENGTH) -> str:
    """A name of others in few words and characters; what is left out is marked."""
    parts = name.split()
    shown = " ".join(parts[:tokens_count])
    if len(parts) <= tokens_count and len(shown) <= length:
        return shown
    return f"{shown[: length - 1].rstrip()}…"
