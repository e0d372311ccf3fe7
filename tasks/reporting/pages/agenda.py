"""The pages: the questions in the order of a meeting, each with what the digest says of it, then what other choices would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.reporting.pages.behaviour import behaviour_lines, behaviour_page
from tasks.reporting.pages.counting_rules import counting_rules_page
from tasks.reporting.pages.experience import experience_page
from tasks.reporting.pages.lapse_window import lapse_window_page
from tasks.reporting.pages.lost_customers import lost_customers_lines, lost_customers_page
from tasks.reporting.pages.new_customers import new_customers_lines, new_customers_page
from tasks.reporting.pages.referrals import referrals_lines, referrals_page
from tasks.reporting.pages.renewals import renewals_lines, renewals_page
from tasks.reporting.pages.source_reconciliation import alignment_lines, alignment_page
from tasks.reporting.pages.value_groups import customer_groups_lines, customer_groups_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.reporting.blocks import Page
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
DIGEST_LINES: tuple[Callable[[ScorecardData], list[str]], ...] = (
    lost_customers_lines,
    new_customers_lines,
    renewals_lines,
    customer_groups_lines,
    referrals_lines,
    behaviour_lines,
    alignment_lines,
)


def pages(facts: ScorecardData) -> tuple[Page, ...]:
    """Every page of the scorecard that a meeting goes through."""
    experience = [experience_page(facts, facts.experience)] if facts.experience else []
    return (*(page(facts) for page in PAGES), *experience)


def choices_pages(facts: ScorecardData) -> tuple[Page, ...]:
    """What other choices would have said, as far as they were weighed."""
    presets = [counting_rules_page(facts, facts.presets)] if facts.presets else []
    return (*presets, *([lapse_window_page(facts.lapse_window)] if facts.lapse_window else []))


def digest_lines(facts: ScorecardData) -> tuple[str, ...]:
    """What a leader hears of the questions, a line or two each: `Label: what happened.`, plain text."""
    return tuple(line for lines in DIGEST_LINES for line in lines(facts))
