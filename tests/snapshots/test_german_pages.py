"""Every page in German: nothing of it is English but names and numbers, and it holds the figures of the English one, text by text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config.language import Message
from config.localization import localized
from expectations.verdict import MatchedKeys
from tasks.customer_math.analysis.counting_rules import PRESETS as OF_HOUSE
from tasks.reporting.pages.agenda import QUESTION_TABS, supply_pages
from tasks.reporting.pages.behaviour import behaviour_page
from tasks.reporting.pages.counting_rules import counting_rules_page
from tasks.reporting.pages.customer_base import customer_base_page
from tasks.reporting.pages.data_quality import data_quality_page
from tasks.reporting.pages.definitions import definitions_page
from tasks.reporting.pages.lapse_window import lapse_window_page
from tasks.reporting.pages.lost_customers import lost_customers_page
from tasks.reporting.pages.lost_review import lost_review_page
from tasks.reporting.pages.new_customers import new_customers_page
from tasks.reporting.pages.referrals import referrals_page
from tasks.reporting.pages.renewals import renewals_page
from tasks.reporting.pages.restatements import restatements_page
from tasks.reporting.pages.segments import segments_page
from tasks.reporting.pages.source_reconciliation import alignment_page
from tasks.reporting.pages.value_groups import customer_groups_page
from tests.properties.test_german_sentences import GERMAN_WITH_HOUSE_NUMBERS, numbers_in, strictly_german
from tests.snapshots.test_choices_sheets import PRESETS, WINDOW
from tests.snapshots.test_german_worth import has_letters, texts_of
from tests.snapshots.test_lost_review_sheet import CALLS, OWNERS, with_reasons
from tests.snapshots.test_restatement_sheets import CORRECTIONS, RECAST, SETTLED, TIE_OUTS
from tests.spec import test_customer_base as base
from tests.spec import test_customer_groups_page as groups
from tests.spec import test_pages_acquisition as acquisition
from tests.spec import test_pages_alignment as alignment
from tests.spec import test_pages_behaviour as behaviour
from tests.spec import test_pages_lost as lost
from tests.spec import test_pages_referrals as referrals
from tests.spec import test_pages_renewals as renewals
from tests.spec.test_statuses_page import REFUNDED, SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tasks.reporting.blocks import Page
    from tasks.reporting.model import ScorecardData
    from tasks.reporting.what_if import Presets

Made = tuple["Callable[[ScorecardData], Page | None]", "Callable[[ScorecardData], ScorecardData]"]
OF_ORDERS = MatchedKeys("orders", "customer_id", 100, 60, 20, 10, 7, 3, 2)
BOUNDS = (90, 1095)
NOTHING: frozenset[str] = frozenset()
SUPPLIED = (renewals.TERMS, renewals.BUYING, *renewals.STAYING)
TABLES = {"funnel": (acquisition.PROSPECTS,), "intake_costs": acquisition.COSTS}
NO_PURCHASES = "Nobody has bought yet, so that no silence can be measured."
FEW_LINES = (replace(WINDOW.lines[0], suggested_days=None, low_days=None, back_in_force_rate=None, active_suggested_count=None),)
CHOICES = ("came and went inside: set off", "lost on the day of notice")
OF_DATA: dict[str, Any] = {
    "statuses": (SHIPPED, REFUNDED, replace(SHIPPED, status="", is_counted=False)),
    "tie_outs": TIE_OUTS,
    "corrections": CORRECTIONS,
    "matched": (OF_ORDERS,),
    "notes": (),
}
ALIKE = {"Code", "Marketing", "Segment", "Team", "Trend"}
"""Words that German has, too."""
OWN = {"service", "Moon", "N9", "Renewed", "deals won", "Marketing: deals won", "K77", "Z9", "A. Okafor", "K. Brandt", "Desk", "Fair"}
MONTH = re.compile(r"[A-Z][a-z]+ \d{4}")
"""As the house writes it in every language; another locale has its own months."""


def ended(data: ScorecardData) -> ScorecardData:
    """Customers went in several ways."""
    return replace(lost.with_ends(data, notified=(30, 300), ended=(20, 200)), tenure_days=BOUNDS)


def presets() -> Presets:
    """Rules by their own names, what they do otherwise as it is said of them."""
    by_name = {preset.name: preset for preset in OF_HOUSE}
    choices = {line.name: tuple(map(Message, CHOICES[: len(line.choices)])) for line in PRESETS.lines}
    lines = (replace(line, label=by_name[line.name].label, habit=by_name[line.name].habit) for line in PRESETS.lines)
    missing = ("no refund has the day of its sale (`sale_on` in sources.yaml)",)
    return replace(
        PRESETS, lines=tuple(replace(line, choices=choices[line.name], missing=missing if line.missing else ()) for line in lines)
    )


PAGES: dict[str, Made] = {
    "who weakens": (behaviour_page, behaviour.behaving),
    "nobody weakens": (behaviour_page, lambda data: behaviour.behaving(data, weakening=0, strengthening=0)),
    "one stayed": (behaviour_page, lambda data: behaviour.behaving(data, staying=1, weakening=0, strengthening=0)),
    "none stayed": (behaviour_page, lambda data: behaviour.behaving(data, staying=0)),
    "one weakens, none grows": (behaviour_page, lambda data: behaviour.behaving(data, staying=9, weakening=1, strengthening=0)),
    "behaviour not supplied": (behaviour_page, lambda data: replace(data, supplied=NOTHING)),
    "renewals": (renewals_page, lambda data: renewals.renewed(data, *SUPPLIED)),
    "no terms due": (renewals_page, lambda data: renewals.renewed(data, *SUPPLIED, terms=(0,) * 8)),
    "no contracts": (renewals_page, lambda data: renewals.renewed(data, renewals.BUYING)),
    "contracts without end": (renewals_page, lambda data: renewals.renewed(data, renewals.CONTRACTS)),
    "staying without a list": (renewals_page, lambda data: renewals.renewed(data, *SUPPLIED, staying_reason_labels={})),
    "lost": (lost_customers_page, lambda data: lost.lost(data, tenure_days=BOUNDS)),
    "nobody lost": (lost_customers_page, lambda data: lost.lost(data, {})),
    "lost without reasons": (lost_customers_page, lambda data: lost.lost(data, supplied=NOTHING, tenure_days=BOUNDS)),
    "lost without a list": (lost_customers_page, lambda data: lost.lost(data, reason_labels={}, tenure_days=BOUNDS)),
    "ended in several ways": (lost_customers_page, ended),
    "calls": (lost_review_page, lambda data: replace(with_reasons(data), tables={**CALLS, **OWNERS})),
    "no calls": (lost_review_page, lambda data: replace(with_reasons(data), tables=OWNERS)),
    "groups": (customer_groups_page, lambda data: groups.told_of(data, year_through="year to 2026-09-30")),
    "groups without costs": (customer_groups_page, lambda data: groups.told_of(data, without=("profit_amount",), supplied=NOTHING)),
    "groups not measured": (customer_groups_page, lambda data: replace(data, value_groups=())),
    "new, better": (new_customers_page, lambda data: acquisition.told_of(data, acquisition.BETTER)),
    "new, worse": (new_customers_page, lambda data: acquisition.told_of(data, acquisition.WORSE)),
    "new, few": (new_customers_page, lambda data: acquisition.told_of(data, acquisition.FEW, supplied=NOTHING)),
    "new, with costs": (new_customers_page, lambda data: acquisition.told_of(data, acquisition.SAME, tables=TABLES)),
    "nobody new": (new_customers_page, lambda data: acquisition.with_new(data, 0)),
    "referrals": (referrals_page, referrals.recommended),
    "referrals not supplied": (referrals_page, lambda data: replace(data, supplied=NOTHING)),
    "referrals in part": (referrals_page, lambda data: referrals.recommended(data, supplied=frozenset({"referrals.referred_on"}))),
    "alignment": (alignment_page, lambda data: alignment.with_bridges(data, ("marketing", "new", alignment.MARKETING))),
    "no claims": (alignment_page, lambda data: data),
    "base": (lambda data: customer_base_page(data, base.BASE), base.with_intakes),
    "no base": (lambda data: customer_base_page(data, replace(base.BASE, tenths=())), lambda data: data),
    "segments": (segments_page, lambda data: data),
    "no segments": (segments_page, lambda data: replace(data, segment_by={})),
    "restatements": (restatements_page, lambda data: replace(data, restated=(RECAST, SETTLED))),
    "nothing restated": (restatements_page, lambda data: data),
    "presets": (lambda data: counting_rules_page(data, presets()), lambda data: data),
    "lapse window": (lambda _facts: lapse_window_page(WINDOW), lambda data: data),
    "no window": (lambda _facts: lapse_window_page(replace(WINDOW, why_not=NO_PURCHASES)), lambda data: data),
    "window of few": (lambda _facts: lapse_window_page(replace(WINDOW, lines=FEW_LINES, curve=())), lambda data: data),
    "data": (data_quality_page, lambda data: replace(data, **OF_DATA)),
    "no rules": (data_quality_page, lambda data: replace(data, verdicts=(), notes=(), covered=(), totals=())),
    "definitions": (definitions_page, lambda data: replace(data, glossary=(), settings=())),
}
"""A page, and the facts that it is made of."""


def names_of(data: ScorecardData) -> set[str]:
    """What the company, its extracts and files are called, and what the company says itself."""
    of_rules = {
        text
        for each in data.verdicts
        for text in (each.extract, each.found, f"{each.says} {each.why}", each.rule_id.removeprefix(f"{each.extract}."))
    }
    of_company = {text for each in data.corrections for text in (each.owner, each.says, each.reason)}
    of_extracts = {text for each in data.covered for text in (each.extract, *each.files, ", ".join(each.files))}
    return {
        *data.labels,
        *data.labels.values(),
        *(group for by in data.segment_by for group in data.segments_of(by)),
        *data.segment_by,
        *data.segment_by.values(),
        *(by.capitalize() for by in data.segment_by),
        *data.reason_labels.values(),
        *data.staying_reason_labels.values(),
        *data.value_groups,
        *data.supplied,
        *of_rules,
        *of_company,
        *(each.declared.said_by for each in data.tie_outs),
        *(each.status for each in data.statuses),
        *of_extracts,
        *ALIKE,
        *OWN,
    }


def pairs(name: str, data: ScorecardData) -> Iterator[tuple[str, str]]:
    """Every text of a page in English, and in German."""
    page, made = PAGES[name]
    own = made(data)
    english = list(texts_of(page(own)))
    with strictly_german(), localized(GERMAN_WITH_HOUSE_NUMBERS):
        german = list(texts_of(page(own)))
    assert len(german) == len(english)
    assert len(german) > 3
    yield from zip(english, german, strict=True)


@pytest.mark.parametrize("name", PAGES)
def test_every_text_of_every_page_has_its_german_with_the_same_numbers(name: str, data: ScorecardData) -> None:
    told = list(pairs(name, data))
    names = names_of(PAGES[name][1](data))
    alike = {english for english, german in told if english == german and has_letters(english) and not MONTH.fullmatch(english)}
    assert alike - names == set()
    assert [(english, german) for english, german in told if numbers_in(english) != numbers_in(german)] == []


def test_every_page_of_the_agenda_is_looked_at() -> None:
    looked_at = {page for page, _made in PAGES.values()}
    of_questions = {page for _title, _about, pages in QUESTION_TABS for page in pages if page.__name__ != "_base_page"}
    assert of_questions <= looked_at


def test_what_further_extracts_would_add_stands_under_a_german_heading() -> None:
    with localized(GERMAN_WITH_HOUSE_NUMBERS):
        (page,) = supply_pages(["orders.yaml"])
    assert (page.title, page.question.partition(":")[0]) == (
        "Was weitere Auszüge ergäben",
        "Für alle, die den Ordner des Unternehmens pflegen",
    )
