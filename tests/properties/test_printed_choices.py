"""The proof-reader of other rules, intakes, the base, what others offer, calls and restatements: true over 500 sets, mutants caught."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from config.measures.relative_value import COMPARED, SPENT
from tasks.reporting.customer_base import CohortLine, CustomerBase, ValueTenth
from tasks.reporting.pages.customer_base import customer_base_page
from tasks.reporting.pages.lost_review import CALLS, lost_review_page
from tasks.reporting.pages.new_customers import new_customers_lines
from tasks.reporting.pages.relative_value import relative_value_sentences
from tasks.reporting.pages.what_if import presets_sentence, steady_sentence
from tasks.reporting.restated import RestatedFigure, RestatedPeriod, restated_lines
from tasks.reporting.what_if import CustomerCounts, PresetLine, Presets, SteadyRate
from tests.printed_choices import BEST, CHOICES, COST, EVERY, MONTHS, RECENT, RULES, SPREAD, ChoicesReader
from tests.printed_choices import CALLS as CALLED
from tests.printed_mutants import caught_changes, kinds_over_random_sets
from tests.printed_sentences import ALL, NOW

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData
    from tests.printed_mutants import Figures

SUPPLIED = frozenset((*COMPARED, *SPENT))
OLD, NEW = "up to 365 days", "over 365 days"


def random_figures(seed: int) -> Figures:
    """Figures of which parts are no more than their wholes; the rules lie apart, or nowhere."""
    draw = random.Random(seed)
    scale = draw.choice([40, 900, 90_000])

    def some(most: int | None = None) -> int:
        return draw.randint(1, scale if most is None else most)

    def worth() -> Decimal:
        return Decimal(draw.randint(100, 10 ** draw.randint(4, 10))) / 100

    opening, out = 40 + some(), some()
    whole = {"opening_customers": opening, "lost_customers": some(opening), "customers_out": out, "customers_out_amount": worth()}
    whole |= {"in_and_out_customers": draw.choice([0, some(out)]), "customers_in": some(), "reason_known_customers": some(out)}
    whole |= {"comparing_customers": 30 + some(), "own_points_count": 30 + some(), "competitor_points_count": 30 + some()}
    spent = worth() + 1
    whole |= {
        "spending_customers": 30 + some(),
        "category_spend_amount": spent,
        "wallet_amount": round(spent * draw.randint(0, 100) / 100, 2),
    }
    figures: Figures = {(NOW, *ALL, name): value for name, value in whole.items()}
    lost = some()
    figures |= {(NOW, "rule", rule, "out"): lost if scale == 40 else some() for rule in RULES.values()}
    for month in MONTHS:
        figures |= {
            (NOW, "intake", month, "intake_reached_30_customers"): 30 + some(),
            (NOW, "intake", month, "intake_value_30_amount"): worth(),
        }
    figures |= {(NOW, *SPREAD, "mean_amount"): worth(), (NOW, *COST, "cost_amount"): worth(), (NOW, *COST, "customers_count"): 30 + some()}
    figures[NOW, *COST, "paid_back_days"] = some(365)
    every, value = 10 + some(), worth() + 10
    for place, part in ((BEST, draw.randint(0, 100)), (EVERY, 100), (RECENT, draw.randint(0, 100))):
        figures[NOW, *place, "base_count"] = every if place == EVERY else some(every)
        figures[NOW, *place, "base_amount"] = round(value * part / 100, 2)
    figures |= {(NOW, *CALLED, f"{step}_count"): some() for step in ("called", "reached")}
    return {**figures, **{(NOW, "published", edition, f"customers_{way}"): some() for edition in "12" for way in ("in", "out")}}


def rows_of(figures: Figures, place: tuple[str, str]) -> dict[str, Any]:
    """The measures of one part."""
    return {measure: value for (_period, *at, measure), value in figures.items() if tuple(at) == place}


def facts_of(figures: Figures, plain: ScorecardData) -> ScorecardData:
    """The facts that are these figures."""
    whole = {(NOW, *ALL, name): value for name, value in rows_of(figures, ALL).items()}
    cost, calls = rows_of(figures, COST), rows_of(figures, CALLED)
    spent = {"intake": MONTHS[1], "cost_by": "all", "paid_back_days": cost["paid_back_days"], **cost}
    spread = {"days": 30, "intake": MONTHS[1], "mean_without_largest": rows_of(figures, SPREAD)["mean_amount"], "is_beyond_chance": True}
    return replace(
        plain,
        figures={
            **plain.figures,
            **whole,
            (NOW, *ALL, "intake_value_30_amount"): Decimal(1),
            (NOW, *ALL, "reason_known_amount"): Decimal(1),
        },
        splits={(NOW, *ALL, "intake"): {month: rows_of(figures, ("intake", month)) for month in MONTHS}},
        tables={"intake_costs": (spent,), "intake_spreads": (spread,), CALLS: (defaultdict(int, {"executive": "a", **calls}),)},
        cohort_ages_days=(30,),
        supplied=SUPPLIED,
        smallest_rate_base=30,
    )


def base_of(figures: Figures) -> CustomerBase:
    """The base: its best tenth and the others, and who came within the last year."""
    best, every, recent = (rows_of(figures, place) for place in (BEST, EVERY, RECENT))
    rest = ValueTenth(2, every["base_count"] - best["base_count"], every["base_amount"] - best["base_amount"])
    lines = (CohortLine(NOW, "2026", NEW, recent["base_count"], recent["base_amount"]),)
    return CustomerBase((ValueTenth(1, best["base_count"], best["base_amount"]), rest), (), lines, (OLD, NEW))


def restated_of(figures: Figures) -> RestatedPeriod:
    """A period that was published twice."""
    then, now = (rows_of(figures, ("published", edition)) for edition in "12")
    changed = tuple(
        RestatedFigure(name, name.replace("_", " ").capitalize(), "customers", *ALL, Decimal(then[name]), Decimal(now[name]), ())
        for name in ("customers_in", "customers_out")
    )
    return RestatedPeriod(
        "2026-Q2", "Q2 2026", 1, 2, is_material=True, customers_count=1, figures=changed, changed_count=2, causes=("late row",)
    )


def choices_of(figures: Figures) -> tuple[SteadyRate, Presets]:
    """A rate that did not change, and what other rules say."""
    whole = rows_of(figures, ALL)
    stayed = 1 - whole["lost_customers"] / whole["opening_customers"]
    paid = (whole["customers_out"], whole["customers_in"], whole["customers_out_amount"], Fraction(1, 2), Fraction(1, 2))
    steady = SteadyRate(stayed, (0.0, 1.0), ("2025-Q3", stayed), (0.0, 0.0), 0, (), whole["lost_customers"], *paid)
    heads = {label: CustomerCounts(0, 0, 0, 0, 0, figures[NOW, "rule", rule, "out"], 0) for label, rule in RULES.items()}
    return steady, Presets(tuple(PresetLine(label, label, "", (), each) for label, each in heads.items()), 0.1)


def printed(figures: Figures, plain: ScorecardData) -> list[str]:
    """Every such sentence as it is printed: in the thread, on the sheets."""
    data, (steady, presets) = facts_of(figures, plain), choices_of(figures)
    review = lost_review_page(data)
    sheets = [
        customer_base_page(data, base_of(figures)).sentence,
        *relative_value_sentences(data),
        *([review.sentence] if review else []),
    ]
    lines = [
        steady_sentence(data, steady),
        presets_sentence(presets),
        *(each.line for each in restated_lines([restated_of(figures)], "EUR")),
    ]
    return [*sheets, *(each.line for each in new_customers_lines(data)), *lines]


@pytest.fixture(scope="module")
def plain(made_up: Any) -> ScorecardData:
    """The facts of a company to which figures of the questions are added."""
    return made_up.made_up_facts({NOW: made_up.Moves(700, 80, 7, 300, 800)}, opening=9_000)


def test_every_such_sentence_follows_from_its_figures_over_500_random_sets(plain: ScorecardData) -> None:
    assert kinds_over_random_sets(ChoicesReader, random_figures, partial(printed, plain=plain)) == set(CHOICES)


@pytest.mark.parametrize("seed", [4, 7])
def test_at_least_95_of_100_changed_sentences_of_every_kind_are_caught(seed: int, plain: ScorecardData) -> None:
    found = caught_changes(ChoicesReader, random_figures(seed), partial(printed, plain=plain))
    assert set(found.made) == set(CHOICES)
