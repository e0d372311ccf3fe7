"""Sets of figures as one text, and what would be printed were one of them another: how well a reader of printed lines is proven."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tasks.reporting.sentences import FigureName
from tests.printed_sentences import NOW, THEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import Sentence
    from tests.printed_sentences import PrintedReader

SETS_COUNT = 500
"""So many random sets of figures are printed and read."""
NOUNS = "customers|newcomers|people|terms|rows|keys|claims|findings|periods|intakes|recommendations|owners|buyers|days|figures"
ONE_OF_SEVERAL = re.compile(rf"(?<![\d,.])1 (?:new |further )?(?:{NOUNS})\b")
"""One of what is spoken of as several."""
Figures = dict[tuple[str, str, str, str], Any]
"""Values by period, way of splitting, part and measure, as figures.csv has them; tables of their own stand as further parts."""


def text_of(figures: Figures) -> str:
    """The figures as the text of figures.csv."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(["period", "split_by", "split", "measure", "value"])
    rows.writerows([*key, value] for key, value in figures.items())
    return file.getvalue()


def kinds_that_hold(reader: PrintedReader, lines: Iterable[str]) -> list[str]:
    """The kinds of the lines, each of which must follow from the figures."""
    shown = list(lines)
    assert reader.wrong(shown) == []
    assert [line for line in shown if ONE_OF_SEVERAL.search(line)] == []
    return [kind for line in shown if (kind := reader.kind_of(line))]


def kinds_over_random_sets(
    reader_of: Callable[[str], PrintedReader], figures_of: Callable[[int], Figures], printed: Callable[[Figures], list[str]]
) -> set[str]:
    """The kinds of lines that are printed of many random sets of figures, each of which must follow from its figures."""
    sets = map(figures_of, range(SETS_COUNT))
    return {kind for figures in sets for kind in kinds_that_hold(reader_of(text_of(figures)), printed(figures))}


def mutants(figures: Figures) -> Iterator[tuple[str, Figures]]:
    """The figures with one changed: its sign, the other period's, a sibling's, ten times as much, or somewhat more."""
    keys = list(figures)
    for key, value in figures.items():
        alike = [each for each in keys if type(figures[each]) is type(value) and each[1] == key[1]]
        sibling = figures[alike[(alike.index(key) + 1) % len(alike)]]
        then = figures.get((THEN if key[0] == NOW else NOW, *key[1:]), sibling)
        for what, other in (("sign", -value), ("period", then), ("sibling", sibling), ("tenfold", 10 * value + 3), ("more", 2 * value + 7)):
            if other != value:
                yield f"{'|'.join(key)} {what}", {**figures, key: other}


def unnamed_figures(data: ScorecardData, sentences_of: Callable[[ScorecardData], Iterable[Sentence]]) -> Iterator[str]:
    """The figures that change a sentence when they are others, but are not named by any of its kind."""
    before = _by_kind(sentences_of(data))
    for name, changed in _each_changed(data):
        after = _by_kind(sentences_of(changed))
        for kind, (lines, names) in before.items():
            if kind in after and after[kind][0] != lines and name not in names | after[kind][1]:
                yield f"{kind}: {name}"


def _by_kind(sentences: Iterable[Sentence]) -> dict[str, tuple[list[str], set[FigureName]]]:
    kinds: dict[str, tuple[list[str], set[FigureName]]] = {}
    for each in sentences:
        lines, names = kinds.setdefault(each.kind, ([], set()))
        lines.append(each.line)
        names.update(each.figures)
    return kinds


def _each_changed(data: ScorecardData) -> Iterator[tuple[FigureName, ScorecardData]]:
    """Every published figure by its name, with the facts in which it is somewhat more."""
    for key, value in data.figures.items():
        period, segment_by, segment, measure = key
        name = FigureName(measure, period, segment_by, segment)
        yield name, replace(data, figures={**data.figures, key: 2 * value + 7})
    for key, parts in data.splits.items():
        period, segment_by, segment, split_by = key
        for part, measured in parts.items():
            for measure, value in measured.items():
                splits = {**data.splits, key: {**parts, part: {**measured, measure: 2 * value + 7}}}
                yield FigureName(measure, period, segment_by, segment, split_by, part), replace(data, splits=splits)


@dataclass(frozen=True)
class ChangedLines:
    """How many lines of each kind were changed by a changed figure, how many of these were caught, and which were not."""

    made: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)
    survivors: set[str] = field(default_factory=set)


def changed_lines(reader: PrintedReader, figures: Figures, printed: Callable[[Figures], list[str]]) -> ChangedLines:
    """Every line that another figure makes another, read against the figures as they are."""
    lines, found = set(printed(figures)), ChangedLines()
    for what, changed in mutants(figures):
        try:
            now = printed(changed)
        except (ArithmeticError, ValueError, AssertionError):
            continue  # such figures are nobody's
        for line in now:
            kind = reader.kind_of(line)
            if kind and line not in lines:
                is_caught = bool(reader.wrong([line]))
                found.made[kind] += 1
                found.caught[kind] += is_caught
                found.survivors.update(() if is_caught else {f"{kind}: {what} [{line}]"})
    return found


def caught_changes(reader_of: Callable[[str], PrintedReader], figures: Figures, printed: Callable[[Figures], list[str]]) -> ChangedLines:
    """The lines that another figure makes another, of which at least 95 of 100 of every kind must be caught, and are all."""
    found = changed_lines(reader_of(text_of(figures)), figures, printed)
    assert all(found.caught[kind] >= 0.95 * count for kind, count in found.made.items()), found.survivors
    assert found.survivors == set()
    return found
