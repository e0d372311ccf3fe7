"""The proof-reader of notes and small print: true over 500 random sets of figures, and a changed figure is caught by kind."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from expectations.verdict import ControlTotals, MatchedKeys, RuleResult
from tasks.reporting.experience import AYearLater, CommentThemes, ExperienceLinks, ScoreForecast, ThemeLine
from tasks.reporting.pages.edition_changes import Correction, HeadlineFigure, correction_note
from tasks.reporting.pages.experience_detail import experience_detail_page
from tasks.reporting.pages.lost_customers import lost_customers_page
from tasks.reporting.pages.matched_keys import matched_tables
from tasks.reporting.pages.migration import matrices
from tasks.reporting.pages.recognition import MOST_OWNERS, RECOGNITION, recognition_table
from tasks.reporting.pages.referrals import TOP_REFERRALS, referrals_page
from tasks.reporting.pages.renewals import renewals_page
from tasks.reporting.pages.thread import thread_lines
from tasks.reporting.pages.value_groups import customer_groups_page
from tasks.reporting.pages.what_if import lapse_sentences, steady_reasons
from tasks.reporting.pages.where_lost import where_tables
from tasks.reporting.retention import ExcessLoss, LossMix, Whereabouts
from tasks.reporting.what_if import LapseLine, LapseWindow, SteadyRate
from tests.printed_mutants import caught_changes, kinds_over_random_sets
from tests.printed_notes import (
    COMMENTS,
    EDITION,
    FORECAST,
    GOLD,
    KEYS,
    LEADS,
    MIX,
    MOST,
    NOTES,
    ORDERS,
    OWNERS,
    RATES,
    SILVER,
    WINDOW,
    NotesReader,
)
from tests.printed_sentences import ALL, NOW, THEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.reporting.model import ScorecardData
    from tests.printed_mutants import Figures

pytestmark = pytest.mark.thorough

SUPPLIED = frozenset(
    {
        *("departures.reason_code", "contracts.ends_on", "purchases.amount", "purchases.cost_amount", "surveys.reason_code"),
        *("surveys.occasion", "referrals.referred_on", "referrals.referred_customer_id"),
    }
)
RULE = RuleResult("orders.a", "orders", "", "", "not_empty", "note", "broken", 9, 1, 0, None, "one")


@dataclass(frozen=True)
class Draws:
    """Random numbers of one set, few or many by its scale."""

    source: random.Random
    scale: int

    def some(self, most: int | None = None) -> int:
        return self.source.randint(1, max(self.scale if most is None else most, 1))

    def worth(self) -> Decimal:
        return Decimal(self.source.randint(100, 10**10)) / 100

    def rate(self, most: int = 10**6) -> Decimal:
        return Decimal(self.source.randint(1, most)) / 10**6

    def signed(self) -> Decimal:
        return self.source.choice([1, -1]) * self.rate(90_000)

    def part_of(self, amount: Decimal) -> Decimal:
        return round(amount * self.source.randint(1, 99) / 100, 2)


def random_figures(seed: int) -> Figures:
    """Figures of which parts are no more than their wholes; often a part is all or nothing."""
    source = random.Random(seed)
    draw = Draws(source, source.choice([3, 900, 90_000]))
    places: dict[tuple[str, str], dict[str, Any]] = {
        ALL: _whole(draw),
        WINDOW: _window(draw),
        **{place: _rows(draw, place) for place in (ORDERS, LEADS)},
        MIX: {"within": draw.signed(), "mix": draw.signed()},
        RATES: dict(zip(("low_rate", "now_rate", "high_rate"), sorted(draw.rate() for _ in range(3)), strict=True)),
        KEYS: {"unmatched_count": draw.some(), "ambiguous_count": draw.some()},
        **{place: {"from_amount": draw.worth()} for place in (GOLD, SILVER)},
        FORECAST: {"with_area": draw.rate(), "without_area": draw.rate(), "low": draw.signed(), "high": draw.rate()},
        COMMENTS: {"comments_count": draw.some() + 2},
        **{place: {"won_amount": draw.worth()} for place in MOST},
        OWNERS: {"further_count": draw.some(40)},
        EDITION: {"before": draw.some(), "after": draw.some() + 100_000},
    }
    places[RATES] |= {"then_rate": draw.rate(), "least_rate": -draw.rate(50_000), "most_rate": draw.rate(50_000)}
    places[KEYS]["rows_count"] = sum(places[KEYS].values()) + draw.some()
    scored = 2 + draw.some()
    places[FORECAST] |= {"customers_count": scored, "lost_count": draw.some(scored)}
    places[COMMENTS]["of_none_count"] = draw.some(places[COMMENTS]["comments_count"])
    figures = {(NOW, *place, name): value for place, named in places.items() for name, value in named.items()}
    return {(THEN, *ALL, "lost_customers"): draw.some(), **figures}


def _whole(draw: Draws) -> dict[str, Any]:
    opening, held, stayed, revenue = 100 + draw.some(), draw.worth() + 100, 40 + draw.some(), draw.worth() + 100
    return {
        "opening_customers": opening,
        "closing_customers": draw.some(),
        "lost_customers": draw.some(opening - 1),
        "opening_amount": held,
        "closing_amount": draw.worth(),
        "lost_amount": draw.part_of(held),
        "in_and_out_customers": draw.some(),
        "terms_in_grace_count": draw.some(),
        "revenue_amount": revenue,
        "uncosted_amount": draw.part_of(revenue),
        "stayed_customers": stayed,
        "staying_reason_known_customers": draw.some(stayed),
        "stayed_amount": held + 7,
        "staying_reason_known_amount": draw.part_of(held),
    }


def _window(draw: Draws) -> dict[str, Any]:
    days = dict(zip(("low_days", "suggested_days", "high_days"), sorted(draw.some(2_000) for _ in range(3)), strict=True))
    counts = ("in_force_days", "within_days", "active_in_force_count", "active_suggested_count")
    rates = {"back_rate": draw.rate(), "tolerance_rate": Decimal(draw.some(99)) / 100}
    return {**days, **{name: 2 + draw.some() for name in counts}, **rates}


def _rows(draw: Draws, place: tuple[str, str]) -> dict[str, Any]:
    aside = draw.source.choice([0, draw.some()])
    findings = {"findings_count": draw.source.choice([0, draw.some(20)])} if place == ORDERS else {}
    amount = draw.worth() if aside and place == ORDERS else Decimal(0)
    return {"read_count": aside + draw.some(), "aside_count": aside, "aside_amount": amount, **findings}


def facts_of(figures: Figures, plain: ScorecardData) -> ScorecardData:
    """The facts that are these figures."""

    def of(place: tuple[str, str], name: str) -> Any:
        return figures[NOW, *place, name]

    whole = {(period, *ALL, name): value for (period, by, _part, name), value in figures.items() if by == "all"}
    totals = [
        ControlTotals(name, of(place, "read_count"), 0, of(place, "aside_count"), 0, None, None, of(place, "aside_amount"), None)
        for name, place in (("orders", ORDERS), ("leads", LEADS))
    ]
    group = ExcessLoss("region", "North", 9, 3, 9, 2, Decimal(1), 1, Decimal(1))
    mix = LossMix(float(of(MIX, "within")), float(of(MIX, "mix")))
    rows, nobody, several = (of(KEYS, f"{name}_count") for name in ("rows", "unmatched", "ambiguous"))
    limits = tuple({"value_group": place[1], "from_amount": of(place, "from_amount"), "cut_on": None} for place in (GOLD, SILVER))
    won = tuple({"amount": of(place, "won_amount")} for place in MOST)
    way = {"opening_customers": 1, "closing_customers": 1, "opening_amount": Decimal(1), "closing_amount": Decimal(1)}
    return replace(
        plain,
        figures={**plain.figures, **whole},
        splits={(NOW, *ALL, "migration"): {"Gold → Silver": way}},
        totals=tuple(totals),
        verdicts=(RULE,) * of(ORDERS, "findings_count"),
        whereabouts=Whereabouts(groups=(group,), mixes={"region": mix}),
        matched=(MatchedKeys("orders", "customer_id", rows, rows - nobody - several, 0, 0, nobody, several),),
        tables={"value_groups": limits, TOP_REFERRALS: won, RECOGNITION: tuple(_owners(of(OWNERS, "further_count")))},
        supplied=SUPPLIED,
        value_groups=("Gold", "Silver", "Bronze"),
        year_through=NOW,
        smallest_rate_base=30,
    )


def _owners(further: int) -> Iterator[dict[str, Any]]:
    counts = dict.fromkeys((f"{name}_{what}" for name in ("stayed", "returned") for what in ("count", "amount")), 0)
    for number in range(MOST_OWNERS + further):
        yield {"owner": f"{number}", "team": "", "complained_count": 0, **counts}


def choices_of(figures: Figures) -> tuple[LapseWindow, SteadyRate]:
    """The window in force and suggested, and a rate that did not change."""
    window = {name: value for (_period, *place, name), value in figures.items() if tuple(place) == WINDOW}
    rates = {name: float(value) for (_period, *place, name), value in figures.items() if tuple(place) == RATES}
    line = LapseLine(
        "all",
        "all",
        customers_count=0,
        silences_count=0,
        returns_count=0,
        suggested_days=window["suggested_days"],
        low_days=window["low_days"],
        high_days=window["high_days"],
        back_in_force_rate=float(window["back_rate"]),
        active_in_force_count=window["active_in_force_count"],
        active_suggested_count=window["active_suggested_count"],
    )
    lost, opening = (figures[NOW, *ALL, f"{name}_customers"] for name in ("lost", "opening"))
    value = Fraction(figures[NOW, *ALL, "lost_amount"]) / Fraction(figures[NOW, *ALL, "opening_amount"])
    steady = SteadyRate(
        *(rates["now_rate"], (rates["low_rate"], rates["high_rate"]), (THEN, rates["then_rate"])),
        (rates["least_rate"], rates["most_rate"]),
        figures[THEN, *ALL, "lost_customers"],
        ("lost_value_exceeds_lost_heads", "lost_heads_rose"),
        *(lost, 0, 0, Decimal(0), Fraction(lost, opening), value),
    )
    return LapseWindow(window["in_force_days"], float(window["tolerance_rate"]), window["within_days"], (line,)), steady


def experience_of(figures: Figures) -> ExperienceLinks:
    """What customers wrote, and whether a score foretold who was lost."""
    told = {name: value for (_period, *place, name), value in figures.items() if tuple(place) == FORECAST}
    areas = (float(told[name]) for name in ("without_area", "with_area", "low", "high"))
    forecast = ScoreForecast(told["customers_count"], told["lost_count"], *areas)
    every, of_none = (figures[NOW, *COMMENTS, f"{name}_count"] for name in ("comments", "of_none"))
    themes = CommentThemes(every, (ThemeLine("", of_none, 1),))
    links = ExperienceLinks((), 90, date(2026, 4, 2), date(2026, 6, 30), (), 5, 6, 9)
    return replace(links, themes=themes, later=AYearLater(date(2025, 9, 30), 0, forecast=forecast))


def printed(figures: Figures, plain: ScorecardData) -> list[str]:
    """Every such sentence as it is printed: in the thread, on the sheets, below a digest that was published again."""
    data, (window, steady) = facts_of(figures, plain), choices_of(figures)
    pages = (lost_customers_page(data), renewals_page(data), customer_groups_page(data), referrals_page(data))
    detail = experience_detail_page(experience_of(figures))
    assert detail is not None
    tables = [*(table for page in (*pages, detail) for table in page.tables), *where_tables(data), *matched_tables(data)]
    tables += [*matrices(data, since=""), *recognition_table(data)]
    cells = [str(row[0]) for table in tables for row in table.rows if row and isinstance(row[0], str)]
    note = correction_note(
        Correction(
            1, 2, [HeadlineFigure("Customers out", *(figures[NOW, *EDITION, end] for end in ("before", "after")))], (), None, "EUR", 2
        )
    )
    below = thread_lines(data, workbook_name="x", segments_count=0)
    return [
        *lapse_sentences(window),
        *(steady_reasons(data, steady), note.text.partition(": ")[2]),
        *(line for line in below if line.startswith("Data to ")),
        *(text for table in tables for text in (table.description, table.below) if text),
        *(text for page in pages for text in (*page.missing, *page.small_print)),
        *(cell for cell in cells if cell.startswith("Last year's score")),
    ]


@pytest.fixture(scope="module")
def plain(made_up: Any) -> ScorecardData:
    """The facts of a company to which figures of the notes are added."""
    moves = {THEN: made_up.Moves(900, 90, 9, 200, 500), NOW: made_up.Moves(700, 80, 7, 300, 800)}
    data = made_up.made_up_facts(moves, opening=9_000, groups={"region": {"North": 60, "South": 40}})
    kinds = ("due", "renewed", "beside", "decided", "on_time", "early", "late", "not_renewed")
    terms = {f"terms_{kind}_{what}": 1 if what == "count" else Decimal(1) for kind in (*kinds, "in_grace") for what in ("count", "amount")}
    customers = dict.fromkeys((f"{kind}_customers" for kind in ("due", "renewed", "not_renewed", "in_grace", "bought_again")), 1)
    reasons = {"reason_known_customers": 1, "unmapped_reason_customers": 0, "reason_conflict_customers": 0, "told_departure_customers": 0}
    amounts = dict.fromkeys(("reason_known_amount", "unmapped_reason_amount", "bought_again_amount", "profit_amount"), Decimal(1))
    referred = {"referrals_count": 0, "referring_customers": 1, "referring_former_customers": 0, "period_customers": 40}
    referred |= {"referred_new_customers": 2}
    added = {**terms, **customers, **reasons, **amounts, **referred, "referred_new_amount": Decimal(3)}
    return replace(data, figures={**data.figures, **{(NOW, *ALL, name): value for name, value in added.items()}})


def test_every_note_follows_from_its_figures_over_500_random_sets(plain: ScorecardData) -> None:
    assert kinds_over_random_sets(NotesReader, random_figures, partial(printed, plain=plain)) == set(NOTES)


@pytest.mark.parametrize("seed", [5, 8])
def test_at_least_95_of_100_changed_notes_of_every_kind_are_caught(seed: int, plain: ScorecardData) -> None:
    found = caught_changes(NotesReader, random_figures(seed), partial(printed, plain=plain))
    assert set(found.made) == set(NOTES)
