"""The history of a period in words: what was published when, what changed, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expectations.text import counted
from tasks.reporting.restated import story
from tasks.reporting.text import format_day, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from tasks.reporting.restated import RestatedPeriod


@dataclass(frozen=True)
class Input:
    """One extract that an edition rests on."""

    extract: str
    fingerprint: str
    rows_count: int
    """Rows read."""


@dataclass(frozen=True)
class Chapter:
    """One edition of a period."""

    edition: int
    headline: str
    published_at: datetime
    as_of: datetime
    data_through: date
    inputs: tuple[Input, ...]
    definitions_fingerprint: str
    code_fingerprint: str
    restated: RestatedPeriod | None
    """What it restates of the edition before."""
    broken: tuple[str, ...]
    """What of it is not as it was published."""


@dataclass(frozen=True)
class LaterDifference:
    """What an edition of another period found of this one, whose last edition it let stand."""

    label: str
    """What the other period is called."""
    edition: int
    published_at: datetime
    restated: RestatedPeriod


def history(
    label: str,
    chapters: Sequence[Chapter],
    currency: str,
    *,
    broken: Sequence[str] = (),
    later: LaterDifference | None = None,
) -> Iterator[str]:
    """The editions of a period, oldest first: a paragraph each, and what is not as it was published, or known since and not recast."""
    if broken:
        yield "\n".join((f"{label} is not as it was published:", *(f"  {line}" for line in broken)))
    if not chapters:
        return
    times = counted(len(chapters), "edition")
    restated = "it has been restated since, and not recast" if later else "never restated"
    once = f"{label} was published once{'; ' if later else ' and '}{restated}."
    many = f"{label} was published in {times}{'; it has been restated since the last, and not recast' if later else ''}."
    yield many if len(chapters) > 1 else once
    for number, chapter in enumerate(chapters):
        before = chapters[number - 1] if number else None
        yield "\n".join(_paragraph(chapter, before, currency))
    if later:
        yield "\n".join(_later(later, currency))


def _later(later: LaterDifference, currency: str) -> Iterator[str]:
    first, *others = story(later.restated, currency)
    yield f"Since then, as edition {later.edition} of {later.label} found, published {_instant(later.published_at)}:"
    yield f"  {first}"
    yield from (f"  - {line}" for line in others)


def _paragraph(chapter: Chapter, before: Chapter | None, currency: str) -> Iterator[str]:
    yield f"Edition {chapter.edition}, published {_instant(chapter.published_at)}: {chapter.headline}"
    yield f"  As known on {_instant(chapter.as_of)}, data through {format_day(chapter.data_through)}."
    if before:
        yield f"  Since edition {before.edition}: {_changes(chapter, before)}."
        if chapter.restated is None:
            yield "  No figure of the period changed."
        else:
            first, *others = story(chapter.restated, currency)
            yield f"  {first}"
            yield from (f"  - {line}" for line in others)
    yield from (f"  Not as it was published: {line}" for line in chapter.broken)


def _changes(chapter: Chapter, before: Chapter) -> str:
    """Which inputs, definitions and code are others."""
    earlier_inputs = {edition_input.extract: edition_input for edition_input in before.inputs}
    changed = [
        _input(edition_input, earlier_inputs.get(edition_input.extract))
        for edition_input in chapter.inputs
        if edition_input != earlier_inputs.get(edition_input.extract)
    ]
    changed += [
        f"{name} is no longer read" for name in earlier_inputs if name not in {edition_input.extract for edition_input in chapter.inputs}
    ]
    if chapter.definitions_fingerprint != before.definitions_fingerprint:
        changed.append("the company's definitions or sources changed")
    if chapter.code_fingerprint != before.code_fingerprint:
        changed.append("the program changed")
    return "; ".join(changed) or "the same extracts, definitions and program"


def _input(now: Input, earlier: Input | None) -> str:
    if earlier is None:
        return f"{now.extract} is new ({counted(now.rows_count, 'row')})"
    if now.rows_count == earlier.rows_count:
        return f"{now.extract} changed ({counted(now.rows_count, 'row')} as before)"
    return f"{now.extract} changed ({whole_number(earlier.rows_count)} → {counted(now.rows_count, 'row')})"


def _instant(instant: datetime) -> str:
    return f"{format_day(instant.date())} {instant:%H:%M %Z}".rstrip()
