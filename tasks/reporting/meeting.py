"""The questions in the order in which a meeting asks them, each with its page and what the digest says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.pages_alignment import alignment_lines, alignment_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.reporting.facts import Facts
    from tasks.reporting.pages import Page

PAGES: tuple[Callable[[Facts], Page], ...] = (alignment_page,)
DIGEST_LINES: tuple[Callable[[Facts], list[str]], ...] = (alignment_lines,)


def pages(facts: Facts) -> tuple[Page, ...]:
    """Every page of the scorecard that a meeting goes through."""
    return tuple(page(facts) for page in PAGES)


def digest_lines(facts: Facts) -> tuple[str, ...]:
    """What a leader hears of the questions, a line or two each: `Label: what happened.`, plain text."""
    return tuple(line for lines in DIGEST_LINES for line in lines(facts))
