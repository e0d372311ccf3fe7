"""The tabs in the order of a meeting: questions, what is learnt beyond them, notes; and what the digest says of each question."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop
from config.localization import as_localized
from tasks.reporting.blocks import Column, Page, Tab, Table
from tasks.reporting.pages.behaviour import behaviour_lines, behaviour_page
from tasks.reporting.pages.counting_rules import counting_rules_page
from tasks.reporting.pages.customer_base import customer_base_page
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.definitions import definitions_page
from tasks.reporting.pages.experience import TITLE as EXPERIENCE
from tasks.reporting.pages.experience import experience_page, experience_widths
from tasks.reporting.pages.experience_detail import experience_detail_page
from tasks.reporting.pages.lapse_window import lapse_window_page
from tasks.reporting.pages.lost_customers import lost_customers_lines, lost_customers_page
from tasks.reporting.pages.lost_review import lost_review_page
from tasks.reporting.pages.new_customers import new_customers_lines, new_customers_page
from tasks.reporting.pages.referrals import referrals_lines, referrals_page
from tasks.reporting.pages.renewals import renewals_lines, renewals_page
from tasks.reporting.pages.restatements import restatements_page
from tasks.reporting.pages.segments import segments_page
from tasks.reporting.pages.source_reconciliation import alignment_lines, alignment_page
from tasks.reporting.pages.value_groups import customer_groups_lines, customer_groups_page
from tasks.reporting.pages.worth import TITLE as WORTH
from tasks.reporting.pages.worth import worth_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tasks.reporting.experience import ExperienceLinks
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import Sentence


def _base_page(data: ScorecardData) -> Page | None:
    return customer_base_page(data, data.customer_base) if data.customer_base else None


QUESTION_TABS: tuple[tuple[str, str, tuple[Callable[[ScorecardData], Page | None], ...]], ...] = (
    (
        gettext_noop("Who came"),
        gettext_noop("who came, from where, what they are worth and cost, and who recommended us"),
        (new_customers_page, referrals_page),
    ),
    (gettext_noop("Who left"), gettext_noop("who went, where, why, and what was lost with them"), (lost_customers_page, lost_review_page)),
    (
        gettext_noop("Still to win"),
        gettext_noop("what came due and was renewed, what comes due next, and who weakens"),
        (renewals_page, behaviour_page),
    ),
    (
        gettext_noop("Groups"),
        gettext_noop("customers by segment and by value, what each group brings, and who moved between them"),
        (segments_page, customer_groups_page, _base_page),
    ),
)
"""The tabs of the questions, in the order of a meeting: the tab's name, what it is good for, its pages."""
QUESTIONS: tuple[tuple[Callable[[ScorecardData], list[Sentence]], tuple[str, ...]], ...] = (
    (lost_customers_lines, ("customers_out", "reason_known_customers")),
    (new_customers_lines, ("first_time_customers",)),
    (renewals_lines, ("terms_due_count", "terms_renewed_count", "bought_again_customers")),
    (customer_groups_lines, ("customers_in", "customers_out")),
    (referrals_lines, ("referring_customers", "referrals_count")),
    (behaviour_lines, ("weakening_customers",)),
    (alignment_lines, ("customers_in", "customers_out")),
)
"""What a question says in the thread, and the measures that it is made of."""
YAML = ".yaml"
"""Ending of the files of a company's folder: a sentence that names one is for who looks after it."""
NOTES = gettext_noop("how sure all this is: what was found in the data, other rules, other systems' counts, what the words mean")
SUPPLY = gettext_noop("What further extracts would add")
NOTES_WIDTHS = (24, 20, 34, 11, 11, 10, *(14,) * 5, 10)
DEVIATES = 2
"""Two counts are another beyond chance where they lie further apart than so many times the root of both together."""


@as_localized
def tabs(data: ScorecardData) -> tuple[Tab, ...]:
    """The tabs behind the front sheet; what has nothing to say is left out, and the notes say what an extract would add."""
    *questions, notes = _questions_and_notes(data)
    return (*questions, *_depth(data), notes)


def _questions_and_notes(data: ScorecardData) -> tuple[Tab, ...]:
    """The tabs of the questions, and what all rest on."""
    built_tabs = [(title, about, [page for function in functions if (page := function(data))]) for title, about, functions in QUESTION_TABS]
    leader_tabs = [(title, about, [_for_leaders(page) for page in pages if page.tables]) for title, about, pages in built_tabs]
    silos = alignment_page(data)
    supply = dict.fromkeys(text for page in (*chain.from_iterable(pages for *_, pages in built_tabs), silos) for text in page.missing)
    return (
        *(Tab(title, about, tuple(pages), minor_units=0) for title, about, pages in leader_tabs),
        Tab(gettext_noop("Notes"), NOTES, tuple(_notes(data, silos, [text for text in supply if YAML in text])), "notes", NOTES_WIDTHS),
    )


def _for_leaders(page: Page) -> Page:
    """The page without the sentences for who looks after the company's folder."""
    return replace(page, missing=tuple(text for text in page.missing if YAML not in text))


def _depth(data: ScorecardData) -> Iterator[Tab]:
    """What is learnt beyond the figures, where there is anything."""
    if data.experience:
        pages = tuple(_experience_pages(data, data.experience))
        about, widths = gettext_noop("which experiences precede which losses, and how sure that is"), experience_widths(data, pages)
        yield Tab(EXPERIENCE, about, pages, "depth", widths, minor_units=0)
    if data.worth:
        page = worth_page(data, data.worth)
        yield Tab(WORTH, gettext_noop("what customers are still expected to bring"), (page,), "depth", minor_units=0)


def _experience_pages(data: ScorecardData, links: ExperienceLinks) -> Iterator[Page]:
    """What executives read of experiences, and what stands behind it."""
    yield experience_page(data, links)
    detail = experience_detail_page(links)
    if detail:
        yield detail


def _notes(data: ScorecardData, silos: Page, supply: Sequence[str]) -> Iterator[Page]:
    """What the figures rest on, and what else they could have been."""
    if data.restated:
        yield restatements_page(data)
    yield data_quality_page(data)
    yield from choices_pages(data)
    if silos.tables:
        yield silos
    yield from supply_pages(supply)
    yield definitions_page(data)


def supply_pages(supply: Sequence[str]) -> tuple[Page, ...]:
    """What further extracts would answer, a sentence each; no page where nothing is missing."""
    if not supply:
        return ()
    rows = tuple((text,) for text in supply)
    table = Table("", (Column("", "text", spans=len(NOTES_WIDTHS)),), rows, has_headings=False, is_joined=True, is_wrapped=True)
    question = gettext("For who looks after the company's folder: what further extracts would answer.")
    return (Page(gettext(SUPPLY), question, tables=(table,)),)


def choices_pages(data: ScorecardData) -> tuple[Page, ...]:
    """What other choices would have said, as far as they were weighed."""
    presets = [counting_rules_page(data, data.presets)] if data.presets else []
    return (*presets, *([lapse_window_page(data.lapse_window)] if data.lapse_window else []))


def digest_lines(data: ScorecardData) -> tuple[Sentence, ...]:
    """What a leader hears of the questions, a line or two each: `Label: what happened.`, plain text; of a week only what changed."""
    return tuple(line for lines, measures in QUESTIONS if not _is_week(data) or _has_changed(data, measures) for line in lines(data))


def _is_week(data: ScorecardData) -> bool:
    return "-W" in data.period


def _has_changed(data: ScorecardData, measures: tuple[str, ...]) -> bool:
    """Whether a count is another than in the period before, beyond chance; without a period before everything is new."""
    counts = [(data.figure(name) or 0, data.figure(name, period=data.previous) or 0) for name in measures]
    return data.previous is None or any((now - earlier) ** 2 > DEVIATES**2 * (now + earlier) for now, earlier in counts)
