"""Sentences that know the figures they are made of, and how many of their words find room."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL = "all"
"""The name of the whole, as a way of grouping and as a group."""
SENTENCES = "sentences.json"
"""The file of an edition that holds its sentences with the names of their figures."""
OF_BRIDGE = "bridge."
"""How the name of a figure begins that stands on a line of a silo's bridge: `bridge.marketing.new.duplicate`."""
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
    is_in_thread: bool = False
    """Whether it stands below the message."""
    command: str = ""
    """What else lists what it is made of, without its company, such as `editions 2026-Q2`; empty: its figures do."""

    @property
    def line(self) -> str:
        """The whole line as plain text."""
        return f"{f'{self.label}: ' if self.label else ''}{self.text}{self.tail}"

    @property
    def tokens_count(self) -> int:
        """How many words and marks with blanks around them it has."""
        return len(self.line.split())


def named_figures(period: str, *measures: str, **group: str) -> tuple[FigureName, ...]:
    """The names of several figures of one period, group and part."""
    return tuple(FigureName(measure, period, **group) for measure in measures)


def fitted(sentences: Sequence[Sentence], tokens_count: int) -> list[Sentence]:
    """The sentences in at most so many words: tails are left out, the last one first."""
    shown = list(sentences)
    for number in reversed(range(len(shown))):
        if sum(sentence.tokens_count for sentence in shown) > tokens_count:
            shown[number] = replace(shown[number], tail="")
    return shown


def clipped(name: str, *, tokens_count: int = NAME_TOKENS_COUNT, length: int = NAME_LENGTH) -> str:
    """A name of others in few words and characters; what is left out is marked."""
    parts = name.split()
    shown = " ".join(parts[:tokens_count])
    if len(parts) <= tokens_count and len(shown) <= length:
        return shown
    return f"{shown[: length - 1].rstrip()}…"
