"""The pages: the questions in the order of a meeting, each with what the digest says of it, then what other choices would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.pages.behaviour import behaviour_lines, behaviour_page
from tasks.reporting.pages.counting_rules import counting_rules_page
from tasks.reporting.pages.customer_base import customer_base_page
from tasks.reporting.pages.experience import experience_page
from tasks.reporting.pages.experience_detail import experience_detail_page
from tasks.reporting.pages.lapse_window import lapse_window_page
from tasks.reporting.pages.lost_customers import lost_customers_lines, lost_customers_page
from tasks.reporting.pages.lost_review import lost_review_page
from tasks.reporting.pages.new_customers import new_customers_lines, new_customers_page
from tasks.reporting.pages.referrals import referrals_lines, referrals_page
from tasks.reporting.pages.renewals import renewals_lines, renewals_page
from tasks.reporting.pages.source_reconciliation import alignment_lines, alignment_page
from tasks.reporting.pages.value_groups import customer_groups_lines, customer_groups_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.reporting.blocks import Page
    from tasks.reporting.experience import ExperienceLinks
    from tasks.reporting.model import ScorecardData

PAGES: tuple[Callable[[ScorecardData], Page], ...] = (
    new_customers_page,
    lost_customers_page,
    renewals_page,
    customer_groups_page,
    referrals_page,
    behaviour_page,
    alignment_page,
)
QUESTIONS: tuple[tuple[Callable[[ScorecardData], list[str]], tuple[str, ...]], ...] = (
    (lost_customers_lines, ("customers_out", "reason_known_customers")),
    (new_customers_lines, ("first_time_customers",)),
    (renewals_lines, ("terms_due_count", "terms_renewed_count", "bought_again_customers")),
    (customer_groups_lines, ("customers_in", "customers_out")),
    (referrals_lines, ("referring_customers", "referrals_count")),
    (behaviour_lines, ("weakening_customers",)),
    (alignment_lines, ("customers_in", "customers_out")),
)
"""What a question says in the thread, and the measures that it is made of."""
DEVIATES = 2
"""Two counts are another beyond chance where they lie further apart than so many times the root of both together."""


def pages(facts: ScorecardData) -> tuple[Page, ...]:
    """Every page of the scorecard that a meeting goes through."""
    experience = _experience_pages(facts, facts.experience) if facts.experience else ()
    review = lost_review_page(facts)
    base = [customer_base_page(facts, facts.customer_base)] if facts.customer_base else []
    return (*(page(facts) for page in PAGES), *experience, *([review] if review else []), *base)


def _experience_pages(facts: ScorecardData, links: ExperienceLinks) -> Iterator[Page]:
    """What executives read of experiences, and what stands behind it."""
    yield experience_page(facts, links)
    detail = experience_detail_page(facts, links)
    if detail:
        yield detail


def choices_pages(facts: ScorecardData) -> tuple[Page, ...]:
    """What other choices would have said, as far as they were weighed."""
    presets = [counting_rules_page(facts, facts.presets)] if facts.presets else []
    return (*presets, *([lapse_window_page(facts.lapse_window)] if facts.lapse_window else []))


def digest_lines(facts: ScorecardData) -> tuple[str, ...]:
    """What a leader hears of the questions, a line or two each: `Label: what happened.`, plain text; of a week only what changed."""
    return tuple(line for lines, measures in QUESTIONS if not _is_week(facts) or _has_changed(facts, measures) for line in lines(facts))


def _is_week(facts: ScorecardData) -> bool:
    return "-W" in facts.period


def _has_changed(facts: ScorecardData, measures: tuple[str, ...]) -> bool:
    """Whether a count is another than in the period before, beyond chance; without a period before everything is new."""
    counts = [(facts.figure(name) or 0, facts.figure(name, period=facts.previous) or 0) for name in measures]
    return facts.previous is None or any((now - then) ** 2 > DEVIATES**2 * (now + then) for now, then in counts)
