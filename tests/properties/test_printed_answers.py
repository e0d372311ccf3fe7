"""The proof-reader of answers that rest on tables of their own: true over 500 random sets of figures, and mutants are caught by kind."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.experience import ExperienceLine
from tasks.reporting.pages.behaviour import behaviour_lines, behaviour_page
from tasks.reporting.pages.experience import sentence_of
from tasks.reporting.pages.referrals import TOP_REFERRALS, referrals_lines, referrals_page
from tasks.reporting.pages.source_reconciliation import alignment_lines, alignment_page
from tasks.reporting.pages.thread import thread_lines
from tasks.reporting.pages.three_things import things_to_talk_about
from tasks.reporting.pages.value_groups import customer_groups_lines, customer_groups_page
from tasks.reporting.pages.worth import worth_sentences
from tasks.reporting.retention import ExcessLoss, Whereabouts
from tasks.reporting.worth import EquityFlow, HeldOut, HeldOutLine, LostLine, Worth
from tests.printed_answers import ANSWERS, GROUPS, HELD, LINK, OF_COMPANY, OF_SILO, REGIONS, SILO, STRONG, WAYS, WEAK, WORTH, AnswersReader
from tests.printed_mutants import caught_changes, kinds_over_random_sets, unnamed_figures
from tests.printed_sentences import ALL, NOW, THEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData
    from tasks.reporting.sentences import Sentence
    from tests.printed_mutants import Figures

pytestmark = pytest.mark.thorough

SUPPLIED = frozenset({"referrals.referred_on", "referrals.referred_customer_id", "purchases.amount", "purchases.cost_amount"})


@dataclass(frozen=True)
class Draws:
    """Random numbers of one set, few or many by its scale."""

    source: random.Random
    scale: int

    def some(self, most: int | None = None) -> int:
        return self.source.randint(0, self.scale if most is None else most)

    def worth(self, signs: tuple[int, ...] = (1,)) -> Decimal:
        return self.source.choice(signs) * Decimal(self.source.randint(1, 10 ** self.source.randint(3, 10))) / 100

    def in_order(self, *names: str) -> dict[str, Decimal]:
        """Amounts, each at least as much as the one before."""
        return dict(zip(names, sorted(self.worth() for _name in names), strict=True))


EITHER = (1, -1)


def random_figures(seed: int) -> Figures:
    """Figures of a company that satisfy what the sentences rest on: parts are no more than their wholes."""
    source = random.Random(seed)
    draws = Draws(source, source.choice([3, 40, 900, 90_000]))
    figures = {**of_the_whole(draws), **of_regions(draws), **of_flows(draws), **of_expectations(draws)}
    for name in GROUPS:
        most = figures[NOW, *ALL, "closing_customers"]
        group = {"revenue_amount": draws.worth(), "profit_amount": draws.worth(EITHER), "closing_customers": draws.some(most)}
        figures |= {(NOW, "value_group", name, measure): value for measure, value in group.items()}
    figures[NOW, *ALL, "revenue_amount"] = sum((figures[NOW, "value_group", name, "revenue_amount"] for name in GROUPS), Decimal(0))
    figures |= {(NOW, *SILO, line): draws.some() for line in ("agreed", *OF_SILO, *OF_COMPANY, "unexplained")}
    return {**figures, (NOW, "worth_telling", "0", "best_amount"): draws.worth()}


def of_the_whole(draws: Draws) -> Figures:
    """Figures of all customers: who stayed with signs, who recommended, what they brought."""
    whole: dict[str, Any] = {f"{name}_customers": 1 + draws.some() for name in ("closing", "period", "new", "staying")}
    for name, most in (("weakening", "staying"), ("strengthening", "staying"), ("referring", "period"), ("referred_new", "new")):
        whole[f"{name}_customers"] = draws.some(whole[f"{most}_customers"])
    whole |= {f"{sign}_customers": draws.some(whole["weakening_customers"]) for sign in WEAK}
    whole |= {f"{sign}_customers": draws.some(whole["strengthening_customers"]) for sign in STRONG}
    paid = ("referred_new", "weakening", "strengthening", "left", "lapsed", "staying", *WEAK, *STRONG)
    whole |= {f"{name}_amount": draws.worth() for name in paid}
    whole |= {"referrals_count": 1 + whole["referring_customers"], "referring_former_customers": 0, "profit_amount": draws.worth(EITHER)}
    return {(NOW, *ALL, name): value for name, value in whole.items()}


def of_regions(draws: Draws) -> Figures:
    """What each region lost, now and a year ago, and what is left of what it brought."""
    figures: Figures = {}
    for region in REGIONS:
        figures[NOW, "region", region, "profit_amount"] = draws.worth(EITHER)
        for period in (THEN, NOW):
            opening = 40 + draws.some()
            counts = {"opening": opening, "left": draws.some(opening // 2), "lapsed": draws.some(opening // 2)}
            figures |= {(period, "region", region, f"{name}_customers"): value for name, value in counts.items()}
        figures |= {(NOW, "region", region, f"{name}_amount"): draws.worth() for name in ("left", "lapsed")}
    return figures


def of_flows(draws: Draws) -> Figures:
    """Who went from one value group to another."""
    figures: Figures = {}
    for start, end in WAYS:
        way, heads = (NOW, "migration", f"{start} → {end}"), 1 + draws.some()
        figures[*way, "opening_customers"] = 0 if start == "not a customer" else heads
        figures[*way, "closing_customers"] = 0 if end == "out" else heads
        figures[*way, "net_amount"] = draws.worth(EITHER)
    return figures


def of_expectations(draws: Draws) -> Figures:
    """A demonstrated link, what is still expected of the customers, and the last year held out."""
    low, ratio, high = sorted(Decimal(draws.source.randint(101, 900)) / 100 for _number in range(3))
    link: dict[str, Any] = draws.in_order("explained_low_amount", "explained_high_amount", "lost_amount")
    link |= {"ratio": ratio, "low": low, "high": high, "exposed_count": 1 + draws.some(), "others_count": 1 + draws.some()}
    link |= {f"{who}_events_count": draws.some(link[f"{who}_count"]) for who in ("exposed", "others")}
    held: dict[str, Any] = {f"{name}_amount": draws.worth() for name in ("expected", "actual", "rule")}
    held |= {"customers_count": draws.some(), "expected_error": Decimal(draws.some()), "rule_error": Decimal(draws.some())}
    expected: dict[str, Any] = draws.in_order("low_amount", "equity_amount", "high_amount")
    expected |= {"lost_equity_amount": draws.worth(), "customers_count": draws.some(), "lost_equity_count": draws.some()}
    places = ((LINK, link), (HELD, held), (WORTH, expected))
    return {(NOW, *place, name): value for place, named in places for name, value in named.items()}


@pytest.fixture(scope="module")
def plain(made_up: Any) -> ScorecardData:
    """The facts of a company with two regions, to which figures of the questions are added."""
    moves = {THEN: made_up.Moves(900, 90, 9, 200, 500), NOW: made_up.Moves(700, 80, 7, 300, 800)}
    return made_up.made_up_facts(moves, opening=9_000, groups={"region": {"North": 60, "South": 40}})


def facts_of(figures: Figures, plain: ScorecardData) -> ScorecardData:
    """The facts that are these figures."""
    splits: dict[Any, dict[str, dict[str, Any]]] = {}
    whole = dict(plain.figures)
    for (period, by, part, measure), value in figures.items():
        if by in {"all", "region"}:
            whole[period, by, part, measure] = value
        elif by in {"value_group", "migration"}:
            splits.setdefault((period, "all", "all", by), {}).setdefault(part, {})[measure] = value
    silo = {"silo": "marketing", "extract": "deals", "claimed": "new", "says": "deals won"}
    lines = {line: value for (_period, *place, line), value in figures.items() if tuple(place) == SILO}
    rows = tuple({**silo, "line": line, "customers_count": value} for line, value in lines.items())
    best = figures[NOW, "worth_telling", "0", "best_amount"]
    told = {"referrer_id": "a", "referrer_name": "", "customer_id": "b", "customer_name": "", "amount": best}
    return replace(
        plain,
        figures=whole,
        splits=splits,
        tables={"alignment": rows, TOP_REFERRALS: (told,)},
        supplied=SUPPLIED,
        value_groups=GROUPS,
        smallest_rate_base=30,
        whereabouts=Whereabouts(named=tuple(lost_more(whole))),
    )


def lost_more(figures: Figures) -> Iterator[ExcessLoss]:
    """The regions, each with its excess."""
    count = {key: int(value) for key, value in figures.items() if key[1] == "region" and key[3].endswith("_customers")}
    lost = {
        (p, r): count[p, "region", r, "left_customers"] + count[p, "region", r, "lapsed_customers"] for p in (THEN, NOW) for r in REGIONS
    }
    opening = {(p, r): count[p, "region", r, "opening_customers"] for p in (THEN, NOW) for r in REGIONS}
    change = {r: Decimal(lost[NOW, r]) / opening[NOW, r] - Decimal(lost[THEN, r]) / opening[THEN, r] for r in REGIONS}
    for region, rest in (REGIONS, REGIONS[::-1]):
        excess = round(opening[NOW, region] * (change[region] - change[rest]))
        gone = sum((figures[NOW, "region", region, f"{name}_amount"] for name in ("left", "lapsed")), Decimal(0))
        then = (opening[THEN, region], lost[THEN, region])
        if excess > 0:
            yield ExcessLoss("region", region, opening[NOW, region], lost[NOW, region], *then, gone, excess, gone)


def worth_of(figures: Figures) -> Worth:
    """What is still expected, as the figures have it."""
    held = {name: value for (_period, *place, name), value in figures.items() if tuple(place) == HELD}
    expected = {name: value for (_period, *place, name), value in figures.items() if tuple(place) == WORTH}
    lost = ({"lost_equity_amount": expected["lost_equity_amount"]}, {"lost_equity_amount": expected["lost_equity_count"]})
    line = HeldOutLine("all", held["customers_count"], *(held[f"{name}_amount"] for name in ("expected", "actual", "rule")))
    went = sum((figures[NOW, "all", "all", f"{name}_amount"] for name in ("left", "lapsed")), Decimal(0))
    who = LostLine("lapsed", expected["lost_equity_count"], went, expected["lost_equity_amount"])
    errors = (float(held["expected_error"]), float(held["rule_error"]))
    return Worth(
        is_margin=True,
        discount_rate=Decimal("0.1"),
        horizon_years=5,
        equity_amount=expected["equity_amount"],
        low_amount=expected["low_amount"],
        high_amount=expected["high_amount"],
        customers_count=expected["customers_count"],
        flow=EquityFlow(*lost, Decimal(0), Decimal(0), None, lost=(who,)),
        held_out=HeldOut(date(2024, 9, 30), 365, line, *errors, deciles=(), cohorts=()),
    )


def printed(figures: Figures, plain: ScorecardData) -> list[str]:
    """Every answer as it is printed: in the thread, on the sheets."""
    data, link = facts_of(figures, plain), {name: value for (_p, *place, name), value in figures.items() if tuple(place) == LINK}
    line = ExperienceLine(
        "unresolved_complaint",
        "",
        "lost",
        *(link[name] for name in ("exposed_count", "exposed_events_count", "others_count", "others_events_count")),
        compared_count=0,
        **{name: float(link[name]) for name in ("ratio", "low", "high")},
        **{name: link[name] for name in ("lost_amount", "explained_low_amount", "explained_high_amount")},
        is_demonstrated=True,
    )
    worth = worth_of(figures)
    where = [each for each in thread_lines(data, workbook_name="x", segments_count=3) if each.startswith("Where: ")]
    where += [each.line for each in things_to_talk_about(replace(data, worth=worth)) if each.kind == "to_come"]
    pages = (alignment_page(data), referrals_page(data), behaviour_page(data), customer_groups_page(data))
    lines = [each.line for each in (*alignment_lines(data), *referrals_lines(data), *customer_groups_lines(data))]
    return [*(page.sentence for page in pages), *lines, *where, sentence_of(data, line), *worth_sentences(data, worth)]


def test_every_answer_follows_from_its_figures_over_500_random_sets(plain: ScorecardData) -> None:
    assert kinds_over_random_sets(AnswersReader, random_figures, partial(printed, plain=plain)) == set(ANSWERS)


def test_every_figure_that_an_answer_of_the_thread_is_made_of_is_named_by_it(plain: ScorecardData) -> None:
    data = facts_of(random_figures(11), plain)

    def answers(data: ScorecardData) -> list[Sentence]:
        return [*referrals_lines(data), *customer_groups_lines(data), *behaviour_lines(data)]

    assert {each.kind for each in answers(data)} == {"referrals", "flows", "costly", "weakening"}
    of_flows = next(each for each in answers(data) if each.kind == "flows")
    assert {(each.split_by, each.measure) for each in of_flows.figures} <= {
        ("migration", name) for name in ("opening_customers", "closing_customers", "net_amount")
    }
    of_others = (each for each in unnamed_figures(data, answers) if not each.startswith("flows: "))
    assert list(of_others) == []


@pytest.mark.parametrize("seed", [11, 23])
def test_at_least_95_of_100_changed_answers_of_every_kind_are_caught(seed: int, plain: ScorecardData) -> None:
    found = caught_changes(AnswersReader, random_figures(seed), partial(printed, plain=plain))
    assert set(found.made) <= set(ANSWERS)
    assert sum(found.made.values()) > 400, found.made
