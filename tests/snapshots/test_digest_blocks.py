"""The digest, as Slack gets it and as it is printed."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.inert import inert
from tasks.reporting.pages.message import LINES_COUNT, TOKENS_COUNT
from tasks.reporting.render.slack import Digest, digest, plain_text, plain_thread, unbroken, with_buttons
from tasks.reporting.retention import ExcessLoss, Whereabouts
from tests.pipeline.slack_server import block_problems

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

PAGE = "https://scorecard.example.org/editions/demo/2026-Q3/edition-1/page.html"
NASTY = "<!channel> @here <@U024BE7LH> *bold* `code` ~gone~ _thin_ :boom: & <https://example.org|free money>\n> quote"


def told(data: ScorecardData, **given: Any) -> Digest:
    return digest(data, workbook_name="scorecard.xlsx", **given)


def texts(shown: Digest) -> str:
    return json.dumps(asdict(shown), ensure_ascii=False)


def lines(shown: Digest) -> list[str]:
    return plain_text(shown).splitlines()


def thread(shown: Digest) -> list[str]:
    return plain_thread(shown).splitlines()


def test_the_digest_for_slack(data: ScorecardData, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(asdict(told(data)), indent=1, ensure_ascii=False) == snapshot


def test_the_digest_and_its_thread_on_a_terminal(data: ScorecardData, snapshot: SnapshotAssertion) -> None:
    assert f"{plain_text(told(data))}\n\n{plain_thread(told(data))}" == snapshot


@pytest.mark.parametrize(
    ("note", "is_labelled"),
    [
        ("Found: two rows", True),
        ("In `covers_from: founding` nobody was a customer before", False),
        ("What stands in a sentence of so many words has a colon late: it is no label", False),
    ],
)
def test_a_colon_makes_a_label_only_at_the_beginning_of_a_line(data: ScorecardData, note: str, is_labelled: bool) -> None:
    shown = told(replace(data, notes=(note,)))
    assert (f"*{inert(note.partition(':')[0])}:*" in texts(shown)) == is_labelled
    assert note in thread(shown)


def test_the_digest_is_taken_by_slack(data: ScorecardData) -> None:
    shown = with_buttons(told(data), PAGE)
    assert block_problems(shown.blocks) == []
    assert block_problems(shown.thread) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("worth -EUR 14.8m, +EUR 3", "worth -\N{WORD JOINER}EUR\N{NO-BREAK SPACE}14.8m, +\N{WORD JOINER}EUR\N{NO-BREAK SPACE}3"),
        ("CHF 1,200 of the HR 7 team", "CHF\N{NO-BREAK SPACE}1,200 of the HR 7 team"),
    ],
)
def test_no_line_of_a_phone_ends_within_an_amount(text: str, shown: str) -> None:
    assert unbroken(text) == shown


def test_what_is_copied_from_a_terminal_has_plain_blanks_and_signs(data: ScorecardData) -> None:
    shown = told(data)
    assert "EUR\N{NO-BREAK SPACE}" in json.dumps(shown.blocks, ensure_ascii=False)
    assert not {"\N{NO-BREAK SPACE}", "\N{WORD JOINER}"} & {*plain_text(shown), *plain_thread(shown)}


def test_the_digest_comes_back_from_json_as_it_was(data: ScorecardData) -> None:
    shown = told(data)
    assert Digest(**json.loads(json.dumps(asdict(shown)))) == shown


def test_the_digest_is_short(data: ScorecardData) -> None:
    assert len(lines(told(data))) < LINES_COUNT
    assert len(plain_text(told(data)).split()) <= TOKENS_COUNT


def test_the_buttons_stand_above_the_last_line_where_somebody_said_where_the_pages_are(data: ScorecardData) -> None:
    shown = told(data)
    *_above, actions, last = with_buttons(shown, PAGE).blocks
    urls = {each["text"]["text"]: each["url"] for each in actions["elements"]}
    assert (urls, last) == ({"Scorecard": PAGE, "Who went?": f"{PAGE}#who-left"}, shown.blocks[-1])
    assert with_buttons(shown, None) == shown == with_buttons(shown, f"https://{'x' * 3_000}")
    assert with_buttons(replace(shown, buttons=[]), PAGE).blocks == shown.blocks


def test_a_button_leads_to_who_went_and_who_comes_due_only_where_there_are_any(data: ScorecardData) -> None:
    figures = {(data.period, "all", "all", "due_ahead_1_customers"): 3, (data.period, "all", "all", "customers_out"): 0}
    shown = told(replace(data, figures={**data.figures, **figures}, due_days=(30, 90)))
    assert shown.buttons == [["Scorecard", ""], ["Coming due", "still-to-win"]]


def test_the_fallback_sentence_has_company_period_and_headline(data: ScorecardData) -> None:
    assert told(data).text == "Alder &amp; Finch, Q3 2026. We brought in 22,000 customers, but we lost 27,000."


def test_the_second_line_says_what_became_of_retention(data: ScorecardData) -> None:
    assert lines(told(data))[1] == (
        "Q3 2026: retention fell, 95,997 of 122,727 customers stayed (78.2%; a year ago 80.9%); value fell, 83.0% (84.5%)"
    )


def test_those_who_told_us_stand_apart_from_those_who_went_silent(data: ScorecardData) -> None:
    shown = thread(told(data))
    assert "Out: 10,480 left (on record) (EUR 5.3m), 16,250 lapsed (went silent) (EUR 6.0m), 270 in and out (EUR 53.9k)" in shown


def test_the_period_before_and_the_year_before_are_compared_in_whole_numbers(data: ScorecardData) -> None:
    assert "Against Q2 2026: in -500 (then 22,500), out +1,940 (then 25,060), net -2,440 (then -2,560)" in thread(told(data))
    assert "Against Q3 2025: in -2,310 (then 24,310), out +2,730 (then 24,270), net -5,040 (then 40)" in thread(told(data))


def test_nothing_is_held_against_a_period_in_which_nobody_was_a_customer_yet(made_up: Any) -> None:
    moves = {"2026-Q2": made_up.Moves(new=10), "2026-Q3": made_up.Moves(new=7, left=3)}
    shown = told(made_up.made_up_facts(moves, opening=0, opening_cents=0))
    assert not any("Against" in line for line in thread(shown))
    assert lines(shown)[1].startswith("Q3 2026: retention, 7 of 10 customers stayed (70.0%); value, ")


def test_where_the_data_does_not_reach_back_a_year_the_period_before_is_named(made_up: Any) -> None:
    data = made_up.made_up_facts({"2026-Q2": made_up.Moves(new=5), "2026-Q3": made_up.Moves(new=7, left=3)}, opening=10)
    assert "Against Q2 2026: in +2 (then 5), out +3 (then 0), net -1 (then 5)" in thread(told(data))
    assert "In: 7 (in Q2 2026 5), EUR 2,880" in lines(told(data))


def test_where_nobody_went_nothing_is_said_of_how(made_up: Any) -> None:
    shown = told(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=10))
    assert "Out: none" in lines(shown)
    assert not any(line.startswith("Out: ") for line in thread(shown))
    assert "Stayed: none worth more, none worth less" in thread(shown)


def test_of_those_who_left_and_those_who_lapsed_both_are_said(made_up: Any) -> None:
    shown = thread(told(made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=5)}, opening=10, opening_cents=10**6)))
    assert "Out: 0 left (on record), 5 lapsed (went silent) (EUR 1,846)" in shown


def test_a_year_is_compared_with_the_year_before_once(made_up: Any) -> None:
    moves = {"2025": made_up.Moves(new=5, left=3), "2026": made_up.Moves(new=5, left=4)}
    shown = told(made_up.made_up_facts(moves, opening=10, labels={"2025": "2025", "2026": "2026"}))
    assert [line for line in thread(shown) if "Against" in line] == ["Against 2025: in 0 (then 5), out +1 (then 3), net -1 (then 2)"]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_the_company_chooses_how_many_groups_are_named(data: ScorecardData, count: int) -> None:
    worse = ExcessLoss("channel", "Stores", 1_000, 400, 1_000, 200, Decimal(9_000), 190, Decimal(4_000))
    others = (replace(worse, segment=segment) for segment in ("Partners", "Online shop"))
    three = replace(data, whereabouts=Whereabouts(named=(worse, *others)))
    assert sum(line.startswith("Where: ") for line in thread(told(three, segments_count=count))) == min(count, 3)


def test_that_no_group_lost_more_is_said_where_there_are_groups(data: ScorecardData, made_up: Any) -> None:
    alike = "Where: everywhere alike, no group lost more than the others beyond chance"
    assert alike in thread(told(replace(data, whereabouts=Whereabouts())))
    assert alike not in thread(told(made_up.made_up_facts(groups={})))


def data_line(data: ScorecardData) -> str:
    return next(line for line in thread(told(data)) if line.startswith("Data to")).removeprefix("Data to 30 September 2026: ")


def test_the_data_line_says_what_was_set_aside_and_what_to_look_at(data: ScorecardData) -> None:
    assert data_line(data) == "1,465 of 1,370,099 rows set aside, 1,405 in orders (EUR 209k); 1 finding to look at."


def test_nothing_set_aside_and_nothing_found_is_said_too(data: ScorecardData) -> None:
    clean = replace(data, totals=(replace(data.totals[1]),), verdicts=data.verdicts[:2], notes=())
    assert data_line(clean) == "none of 18,204 rows set aside; nothing to look at."
    aside = replace(data, totals=(data.totals[2],), verdicts=data.verdicts[:2])
    assert data_line(aside) == "60 of 96,000 rows set aside, all in leads; nothing else to look at."


def test_older_versions_of_rows_are_nothing_to_look_at(data: ScorecardData) -> None:
    older = replace(data.verdicts[3], check="has_one_version", rule_id="orders.key_once")
    assert data_line(replace(data, verdicts=(*data.verdicts, older))).endswith("; 1 finding to look at.")


def test_money_of_several_currencies_has_none(data: ScorecardData) -> None:
    rates = replace(data.covered[1], extract="rates", dataset="exchange_rates")
    assert "1,405 in orders (208,977 in their own currencies);" in data_line(replace(data, covered=(*data.covered, rates)))


def test_money_that_cancels_out_is_no_money(data: ScorecardData) -> None:
    row = replace(data.totals[0], amount_set_aside=Decimal(0))
    assert data_line(replace(data, totals=(row,))).startswith("1,405 of 1,204,518 rows set aside, all in orders; ")


def test_a_moment_without_zone_is_told_without_one(data: ScorecardData) -> None:
    shown = told(replace(data, edition=2, as_of=datetime(2026, 10, 5, 6, 0)))  # noqa: DTZ001 - a moment without a zone is the case
    assert "Edition 2, as known on 5 October 2026 06:00; all of it is in scorecard.xlsx" in thread(shown)


def test_names_have_no_effect_in_slack(data: ScorecardData, made_up: Any) -> None:
    nasty = made_up.made_up_facts(groups={NASTY: {NASTY: 60, "other": 40}}, company=NASTY, notes=(NASTY,))
    shown = told(nasty)
    for active in ("<", ">", "@", "`", "~", "_", ":boom"):
        assert active not in texts(replace(shown, blocks=[block for block in shown.blocks if block["type"] != "header"]))
    bold = [re.findall(r"\*", line) for line in texts(shown).split("\\n")]
    assert all(len(marks) % 2 == 0 for marks in bold)
    assert block_problems([*shown.blocks, *shown.thread]) == []


def test_names_are_printed_as_they_are(data: ScorecardData) -> None:
    shown = told(replace(data, company="A&B <Holding> *new* @home"))
    assert lines(shown)[-1].startswith("A&B <Holding> *new* @home, edition 1, data to 30 September 2026, reconciled")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("north_east", "north_east"),
        ("_north_", "ˍnorthˍ"),
        ("a\nb\tc\u202ed\x07", "a b c d"),
        ("R&D <x>", "R&amp;D &lt;x&gt;"),
        ("x" * 48, "x" * 48),
        ("x" * 49, "x" * 47 + "…"),
    ],
)
def test_a_name_is_one_short_line_without_effect(name: str, shown: str) -> None:
    assert inert(name) == shown


def test_many_groups_with_long_names_stay_within_slacks_limits(made_up: Any) -> None:
    groups = {"&" * 300: {f"{'<' * 200}{number}": 5 + number for number in range(12)}}
    data = made_up.made_up_facts(groups=groups, company="&" * 4_000, notes=("<" * 9_000,) * 30)
    shown = told(data, segments_count=10)
    assert block_problems([*shown.blocks, *shown.thread]) == []


def test_numbers_beyond_measure_stay_within_slacks_limits(data: ScorecardData) -> None:
    beyond = {(data.period, "all", "all", measure): 10**90 for measure in ("customers_in", "customers_out")}
    shown = told(replace(data, figures={**data.figures, **beyond}))
    assert block_problems(shown.blocks) == []
    assert shown.blocks[0]["text"]["text"].endswith("…")


def test_a_questions_line_begins_in_bold_and_what_it_names_has_no_effect(data: ScorecardData) -> None:
    rows = [("agreed", 100), ("duplicate", 9_000)]
    alike = {"silo": "marketing", "extract": "deals", "claimed": "new", "says": "deals <!channel> *won*"}
    bridges = tuple({**alike, "line": line, "customers_count": count} for line, count in rows)
    shown = texts(told(replace(data, tables={"alignment": bridges}, alignment_threshold_rate=Decimal("0.05"))))
    assert "*Alignment:*" in shown or "*Marketing:*" in shown, shown
    assert "<!channel>" not in shown
