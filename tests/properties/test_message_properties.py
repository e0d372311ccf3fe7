"""The message of any company and kind of period: short, and every word about it follows from its figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.reporting.pages.message import LINES_COUNT, TOKENS_COUNT
from tasks.reporting.render.slack import digest, plain_text, with_buttons

PERIODS = {
    "week": {"2025-W38": "Week 38 of 2025", "2026-W37": "Week 37 of 2026", "2026-W38": "Week 38 of 2026"},
    "month": {"2025-09": "September 2025", "2026-08": "August 2026", "2026-09": "September 2026"},
    "quarter": {"2025-Q3": "Q3 2025", "2026-Q2": "Q2 2026", "2026-Q3": "Q3 2026"},
    "year": {"2025": "2025", "2026": "2026"},
}
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=90) | st.just("w " * 60)
COUNTS = st.integers(0, 400)
MONEY = st.decimals(0, 10**9, places=2)
PAGE = "https://scorecard.example.org/editions/demo/2026-Q3/edition-1/page.html"


@st.composite
def companies(draw: st.DrawFn, made_up: Any) -> Any:
    """Facts of a company with names of any length, reasons, terms that come due and signs of weakening."""
    labels = PERIODS[draw(st.sampled_from(sorted(PERIODS)))]
    moves = {name: made_up.Moves(new=draw(COUNTS), returned=draw(COUNTS), in_and_out=draw(COUNTS), lapsed=draw(COUNTS)) for name in labels}
    groups = {"region": {draw(NAMES): draw(st.integers(1, 90)), "rest": 10}} if draw(st.booleans()) else {}
    facts = made_up.made_up_facts(moves, opening=draw(st.integers(2_000, 10**6)), groups=groups, labels=labels, company=draw(NAMES))
    parts = {code: {"customers_out": draw(COUNTS), "customers_out_amount": draw(MONEY)} for code in ("a", "b")}
    ahead = {"due_ahead_1_customers": draw(COUNTS), "due_ahead_1_amount": draw(MONEY)}
    weak = {"weakening_customers": draw(COUNTS), "weakening_amount": draw(MONEY), "first_time_customers": draw(COUNTS)}
    known = {"staying_customers": 10**6, "reason_known_customers": draw(COUNTS), "reason_known_amount": draw(MONEY)}
    figures = {(facts.period, "all", "all", name): value for name, value in {**ahead, **weak, **known}.items()}
    return replace(
        facts,
        figures={**facts.figures, **figures},
        splits={(facts.period, "all", "all", "reason"): parts},
        reason_labels={"a": draw(NAMES), "b": draw(NAMES)},
        supplied=frozenset({"departures.reason_code"}),
        due_days=(90,),
        smallest_rate_base=draw(st.sampled_from([1, 30, 10_000])),
    )


@settings(max_examples=500)
@given(data=st.data())
def test_a_message_has_at_most_12_lines_and_130_words(data: st.DataObject, made_up: Any) -> None:
    shown = with_buttons(digest(data.draw(companies(made_up)), workbook_name="scorecard.xlsx"), PAGE)
    buttons = " ".join(button["text"]["text"] for each in shown.blocks if each["type"] == "actions" for button in each["elements"])
    text = "\n".join([plain_text(replace(shown, blocks=[each for each in shown.blocks if each["type"] != "actions"])), buttons])
    assert len(text.splitlines()) <= LINES_COUNT
    assert len(text.split()) <= TOKENS_COUNT


@given(lost=st.tuples(st.integers(0, 900), st.integers(0, 900)))
def test_fell_rose_and_steady_agree_with_the_two_rates(lost: tuple[int, int], made_up: Any) -> None:
    then, now = lost
    moves = {"2025-Q3": made_up.Moves(new=then, lapsed=then), "2026-Q3": made_up.Moves(lapsed=now)}
    second = plain_text(digest(made_up.made_up_facts(moves, opening=1_000), workbook_name="x")).splitlines()[1]
    verdict = next(word for word in ("fell", "rose", "steady") if f"retention {word}" in second)
    assert {"fell": now > then, "rose": now < then, "steady": abs(now - then) < 100}[verdict]


@given(came_back=st.integers(1, 500), went=st.integers(0, 900))
def test_where_nobody_is_new_nobody_is_said_to_have_been_brought_in(came_back: int, went: int, made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(returned=came_back, lapsed=went)}, opening=1_000)
    facts = replace(facts, figures={**facts.figures, ("2026-Q3", "all", "all", "first_time_customers"): 0})
    first = plain_text(digest(facts, workbook_name="x")).splitlines()[0]
    assert first.startswith(f"{came_back:,} came back, none new, {'but' if went > came_back else 'and'} we lost ")
    assert Decimal(first.removesuffix(".").rpartition(" ")[2].replace(",", "").replace("none", "0")) == went
