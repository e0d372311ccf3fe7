"""The message: where, why and still to win, each where it has something to say, and what is said first of a fall."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.experience import ExperienceLine, ExperienceLinks
from tasks.reporting.pages.comparison import percent
from tasks.reporting.pages.front import front_lines
from tasks.reporting.pages.message import message_sentences
from tasks.reporting.pages.three_things import things_to_talk_about
from tasks.reporting.render.slack import digest
from tasks.reporting.retention import ExcessLoss, Whereabouts
from tasks.reporting.sentences import Sentence, clipped, fitted
from tasks.reporting.worth import EquityFlow, HeldOut, HeldOutLine, Worth

if TYPE_CHECKING:
    from tasks.reporting.model import ScorecardData

BEFORE, NOW = "2025-Q3", "2026-Q3"
REASONS = {
    "price": {"customers_out": 20, "customers_out_amount": Decimal(200)},
    "moved": {"customers_out": 10, "customers_out_amount": Decimal(9_000)},
    "x17": {"customers_out": 30, "customers_out_amount": Decimal(90_000)},
    "no_reason_known": {"customers_out": 40},
}

RIGHT = HeldOutLine("all", 50, Decimal(41_000), Decimal(43_000), Decimal(60_000))
OFF = HeldOutLine("all", 50, Decimal(90_000), Decimal(43_000), Decimal(60_000))
HELD = HeldOut(date(2025, 9, 30), 365, RIGHT, expected_error=1.0, rule_error=2.0, deciles=(), cohorts=())
FLOW = EquityFlow(
    amounts={"lost_equity_amount": Decimal(20_000)},
    customers={"lost_equity_amount": 30},
    expected_margin_amount=Decimal(0),
    margin_of_opening_amount=Decimal(0),
    acquisition_cost_amount=None,
)
WORTH = Worth(is_margin=True, discount_rate=Decimal("0.1"), horizon_years=5, equity_amount=Decimal(105_000), flow=FLOW, held_out=HELD)

COMPLAINED = ExperienceLine(
    *("complaint_about", "Delivery that was late and damaged", "lost", 400, 120, 9_600, 1_250, 400, Decimal(1_000)),
    ratio=2.3,
    low=1.9,
    high=2.8,
    is_demonstrated=True,
)
SAYS_WHAT_PRECEDED = (
    "What preceded: customers who complained about “Delivery that was late…” left 2.3 times as often as others alike "
    "(1.9 to 2.8), 120 of 400; an association, not a proof"
)
LINKS = ExperienceLinks((), 90, date(2026, 4, 2), date(2026, 6, 30), ("region",), 5, 6, 9)


def lines(data: ScorecardData) -> list[str]:
    return [each.line for each in message_sentences(data)]


def things(data: ScorecardData) -> list[str]:
    return [each.line for each in things_to_talk_about(data)]


@pytest.fixture
def quiet(made_up: Any) -> ScorecardData:
    """A company of which there is nothing to talk about: as many lost of as many as a year before."""
    alike = made_up.Moves(new=100, lapsed=100)
    return made_up.made_up_facts({BEFORE: alike, NOW: alike}, opening=1_000, groups={"region": {"North": 50, "South": 30, "East": 20}})


def lost_in(data: ScorecardData, losses: dict[str, tuple[int, int]], made_up: Any) -> ScorecardData:
    """The same with so many lost of 200 in each region, a year before and now."""
    figures = dict(data.figures)
    for region, both in losses.items():
        for period, lost in zip((BEFORE, NOW), both, strict=True):
            figures |= {(period, "region", region, "opening_customers"): 200, (period, "region", region, "lapsed_customers"): lost}
    for period, place in ((BEFORE, 0), (NOW, 1)):
        figures |= {(period, "all", "all", "opening_customers"): 200 * len(losses)}
        figures |= {(period, "all", "all", "lapsed_customers"): sum(both[place] for both in losses.values())}
    return made_up.judged(replace(data, figures=figures))


def with_reasons(data: ScorecardData) -> ScorecardData:
    words = {"price": "Too expensive", "moved": "Moved away"}
    splits = {(data.period, "all", "all", "reason"): REASONS}
    return replace(data, splits=splits, reason_labels=words, supplied=frozenset({"departures.reason_code"}))


def with_figures(data: ScorecardData, **figures: int | Decimal) -> ScorecardData:
    return replace(data, figures={**data.figures, **{(data.period, "all", "all", name): value for name, value in figures.items()}})


def test_a_fall_from_100_to_79_per_cent_is_said_in_the_second_line_and_in_bold(made_up: Any) -> None:
    data = made_up.made_up_facts(
        {BEFORE: made_up.Moves(), NOW: made_up.Moves(new=300, lapsed=210)}, opening=1_000, opening_cents=40_000_000
    )
    second = message_sentences(data)[1]
    assert second.line.startswith("Q3 2026: retention fell, 790 of 1,000 customers stayed (79.0%; a year ago 100.0%); value fell, ")
    assert second.is_bold


def test_growth_from_720_to_1483_with_retention_rising_raises_no_alarm(made_up: Any) -> None:
    moves = {BEFORE: made_up.Moves(new=100, lapsed=200), NOW: made_up.Moves(new=863, lapsed=100)}
    data = made_up.made_up_facts(moves, opening=820)
    said = message_sentences(data)
    assert said[1].line.startswith("Q3 2026: retention rose, 620 of 720 customers stayed (86.1%; a year ago 75.6%)")
    assert said[2].line.startswith("720 → 1,483 customers (+763)")
    assert (said[1].is_bold, data.steady_rate, [each.kind for each in said if each.kind == "where"]) == (False, None, [])


def test_nothing_to_talk_about_has_no_heading(quiet: ScorecardData) -> None:
    assert [each.kind for each in message_sentences(quiet)] == ["headline", "retention", "base", "in", "out", "context"]


@pytest.mark.parametrize(
    ("losses", "others"),
    [
        ({"North": (20, 18), "South": (20, 80), "East": (20, 19)}, "; all others improved"),
        ({"North": (20, 22), "South": (20, 80), "East": (20, 21)}, "; all others rose, too"),
        ({"North": (20, 22), "South": (20, 80), "East": (20, 20)}, "; 1 of 2 others rose, too"),
        ({"North": (20, 20), "South": (20, 80), "East": (20, 18)}, "; no other rose"),
        ({"North": (20, 18), "South": (20, 80)}, "; the other improved"),
        ({"North": (20, 22), "South": (20, 80)}, "; the other rose, too"),
    ],
    ids=["all better", "all worse", "some worse", "none worse", "the other better", "the other worse"],
)
def test_what_is_said_of_the_other_groups_holds_for_every_one(made_up: Any, losses: dict[str, tuple[int, int]], others: str) -> None:
    alike = made_up.Moves(new=100, lapsed=100)
    plain = made_up.made_up_facts({BEFORE: alike, NOW: alike}, opening=1_000, groups={"region": dict.fromkeys(losses, 10)})
    (where,) = things(lost_in(plain, losses, made_up))
    assert where.startswith("Where: South lost 80 of 200 (40.0%; a year ago 10.0%), EUR ")
    assert where.endswith(others)


def test_a_group_beside_which_nobody_was_before_has_no_others(made_up: Any, quiet: ScorecardData) -> None:
    alone = ExcessLoss("plan", "Basic", 100, 40, 100, 10, Decimal(900), 30, Decimal(600))
    (where,) = things(replace(quiet, whereabouts=Whereabouts(named=(alone,))))
    assert where == "Where: Basic lost 40 of 100 (40.0%; a year ago 10.0%), EUR 900"


def test_a_fall_that_no_group_stands_out_of_was_everywhere_alike(made_up: Any) -> None:
    moves = {BEFORE: made_up.Moves(lapsed=100), NOW: made_up.Moves(lapsed=300)}
    groups = {"region": {"North": 50, "South": 50}}
    (where,) = things(made_up.made_up_facts(moves, opening=1_000, groups=groups))
    assert where == "Where: everywhere alike, no group lost more than the others beyond chance"
    assert things(made_up.made_up_facts(moves, opening=1_000, groups={})) == []


def test_where_only_the_reasons_have_something_to_say_there_is_one_thing(quiet: ScorecardData) -> None:
    said = lines(with_reasons(quiet))
    assert said[5:7] == ["One thing to talk about", "Why: “Moved away”, 10 of 30 known reasons, EUR 9,000; 100 went"]


def test_codes_that_nobody_mapped_are_no_known_reasons(quiet: ScorecardData) -> None:
    assert things(replace(with_reasons(quiet), reason_labels={})) == []


@pytest.mark.parametrize(
    ("due", "weak", "said"),
    [
        (30, 0, "30 customers come due within 90 days, EUR 900"),
        (1, 0, "1 customer comes due within 90 days, EUR 900"),
        (30, 1, "30 customers come due within 90 days, EUR 900; 1 shows weakening, EUR 70"),
        (0, 20, "20 customers show weakening, EUR 70"),
        (0, 1, "1 customer shows weakening, EUR 70"),
    ],
)
def test_where_only_still_to_win_has_something_to_say_there_is_one_thing(quiet: ScorecardData, due: int, weak: int, said: str) -> None:
    figures = {"due_ahead_1_customers": due, "due_ahead_1_amount": Decimal(900), "weakening_customers": weak}
    data = with_figures(replace(quiet, due_days=(90,)), **figures, weakening_amount=Decimal(70))
    assert lines(data)[5:7] == ["One thing to talk about", f"Still to win: {said}"]


def test_without_anybody_at_opening_there_is_no_retention(made_up: Any) -> None:
    data = made_up.made_up_facts({NOW: made_up.Moves(new=5)}, opening=0, opening_cents=0)
    assert lines(data)[1] == "Q3 2026: nobody was a customer at opening"


def test_of_few_customers_both_numbers_stand_instead_of_a_rate(made_up: Any) -> None:
    moves = {BEFORE: made_up.Moves(lapsed=1), NOW: made_up.Moves(lapsed=2)}
    data = made_up.made_up_facts(moves, opening=10, opening_cents=10**6, smallest_rate_base=30)
    assert lines(data)[1].startswith("Q3 2026: retention steady, 7 of 9 customers stayed (a year ago 9 of 10, within chance); value, EUR ")
    alone = made_up.made_up_facts({NOW: made_up.Moves(lapsed=2)}, opening=10, opening_cents=0, smallest_rate_base=30)
    assert lines(alone)[1] == "Q3 2026: retention, 8 of 10 customers stayed; nothing of value at opening"


def test_a_base_without_value_a_year_before_has_nothing_to_compare_its_value_with(made_up: Any) -> None:
    moves = {BEFORE: made_up.Moves(new=100), NOW: made_up.Moves(lapsed=10)}
    data = made_up.made_up_facts(moves, opening=100, opening_cents=0)
    assert lines(data)[1].endswith("; value, 91.0%")


def test_facts_that_were_not_judged_have_rates_and_no_verdict(data: ScorecardData) -> None:
    second = lines(replace(data, retention=None))[1]
    assert second == "Q3 2026: retention, 95,997 of 122,727 customers stayed (78.2%; a year ago 80.9%); value, 83.0% (84.5%)"


@pytest.mark.parametrize(
    ("rate", "said"), [(1.0, "100.0%"), (0.9999, "over 99.9%"), (0.0, "0.0%"), (0.0001, "under 0.1%"), (0.78217, "78.2%")]
)
def test_a_rate_is_all_or_none_only_where_it_is(rate: float, said: str) -> None:
    assert percent(rate) == said


def test_what_finds_no_room_is_the_last_tail_first() -> None:
    told = [Sentence("a", "one two", tail=" three"), Sentence("b", "four", tail=" five six", label="B")]
    assert [[each.line for each in fitted(told, count)] for count in (7, 6, 4)] == [
        ["one two three", "B: four five six"],
        ["one two three", "B: four"],
        ["one two", "B: four"],
    ]


@pytest.mark.parametrize(
    ("name", "shown"), [("A  B C D", "A B C D"), ("A B C D E", "A B C D…"), ("x" * 40, "x" * 40), ("x" * 41, "x" * 39 + "…")]
)
def test_a_long_name_is_cut_and_marked(name: str, shown: str) -> None:
    assert clipped(name) == shown


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, ["To come: EUR 20.0k of margin that was expected went with 30 customers; EUR 105k is expected in 5 years"]),
        ({"is_margin": False}, ["To come: EUR 20.0k of revenue that was expected went with 30 customers; EUR 105k is expected in 5 years"]),
        ({"held_out": None}, []),
        ({"held_out": "worse in all"}, []),
        ({"held_out": "worse by customer"}, []),
        ({"flow": None}, []),
        ({"equity_amount": None}, []),
        ({"why_rule": "no customer can be seen to stop"}, []),
        ({"flow": replace(FLOW, customers={**FLOW.customers, "lost_equity_amount": 0})}, []),
        ({"horizon_years": 1}, ["To come: EUR 20.0k of margin that was expected went with 30 customers; EUR 105k is expected in 1 year"]),
    ],
)
def test_what_is_to_come_is_a_thing_only_where_the_models_beat_the_plain_rule(
    quiet: ScorecardData, changes: dict[str, Any], says: list[str]
) -> None:
    worse = {"worse in all": replace(HELD, whole=OFF), "worse by customer": replace(HELD, expected_error=9.0)}
    changes = {name: worse.get(str(value), value) for name, value in changes.items()}
    assert things(replace(quiet, worth=replace(WORTH, **changes))) == says
    assert things(quiet) == []


def test_what_is_to_come_stands_in_the_digest_and_on_the_front(data: ScorecardData) -> None:
    nothing_before = replace(data, worth=WORTH, previous=None, year_before=None)
    assert "To come" in str(digest(nothing_before, workbook_name="scorecard.xlsx").blocks)
    assert "Worth" in [line.tab for line in front_lines(nothing_before)]


@pytest.mark.parametrize(
    ("lines_of", "says"),
    [
        (
            (COMPLAINED, replace(COMPLAINED, experience="complaint", part="")),
            [SAYS_WHAT_PRECEDED],
        ),
        ((replace(COMPLAINED, is_demonstrated=False),), []),
        ((replace(COMPLAINED, outcome="stayed"),), []),
        ((), []),
    ],
)
def test_what_preceded_losses_is_one_thing_only_where_it_is_demonstrated(
    quiet: ScorecardData, lines_of: tuple[ExperienceLine, ...], says: list[str]
) -> None:
    data = replace(quiet, experience=replace(LINKS, lines=lines_of))
    assert things(data) == says
    assert [line.tab for line in front_lines(data) if line.tab == "Experience"] == ["Experience"] * len(says)
    assert [name.measure for each in things_to_talk_about(data) for name in each.figures] == [
        f"experience.complaint_about.Delivery that was late and damaged{end}" for end in ("", ".lost") if says
    ]


def test_there_are_never_more_than_three_things(quiet: ScorecardData, made_up: Any) -> None:
    """What preceded and what is to come give way to where, why and still to win, and what is to come to what preceded."""
    due = {(NOW, "all", "all", name): value for name, value in (("weakening_customers", 5), ("weakening_amount", Decimal(50)))}
    spread = with_reasons(replace(quiet, worth=WORTH, figures={**quiet.figures, **due}))
    assert [each.kind for each in things_to_talk_about(spread)] == ["why", "still_to_win", "to_come"]
    preceded = replace(spread, experience=replace(LINKS, lines=(COMPLAINED,)))
    assert [each.kind for each in things_to_talk_about(preceded)] == ["why", "still_to_win", "preceded"]
    one = with_reasons(lost_in(preceded, {"North": (20, 100), "South": (20, 20), "East": (20, 20)}, made_up))
    assert [each.kind for each in things_to_talk_about(one)] == ["where", "why", "still_to_win"]
