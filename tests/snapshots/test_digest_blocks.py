"""The digest, as Slack gets it and as it is printed."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tasks.reporting.render.slack import Digest, biggest_segment_movements, digest, inert, plain_text
from tests.pipeline.slack_server import block_problems

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tasks.reporting.model import ScorecardData

NASTY = "<!channel> @here <@U024BE7LH> *bold* `code` ~gone~ _thin_ :boom: & <https://example.org|free money>\n> quote"


def told(facts: ScorecardData, **given: Any) -> Digest:
    return digest(facts, workbook_name="scorecard.xlsx", **given)


def texts(shown: Digest) -> str:
    return json.dumps(asdict(shown), ensure_ascii=False)


def lines(shown: Digest) -> list[str]:
    return plain_text(shown).splitlines()


def test_the_digest_for_slack(facts: ScorecardData, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(asdict(told(facts)), indent=1, ensure_ascii=False) == snapshot


def test_the_digest_on_a_terminal(facts: ScorecardData, snapshot: SnapshotAssertion) -> None:
    assert plain_text(told(facts)) == snapshot


def test_the_digest_is_taken_by_slack(facts: ScorecardData) -> None:
    assert block_problems(told(facts).blocks) == []


def test_the_digest_comes_back_from_json_as_it_was(facts: ScorecardData) -> None:
    shown = told(facts)
    assert Digest(**json.loads(json.dumps(asdict(shown)))) == shown


def test_the_digest_is_short(facts: ScorecardData) -> None:
    said = [block for block in told(facts).blocks if block["type"] != "context"]
    assert len(plain_text(replace(told(facts), blocks=said)).split()) < 150
    assert len(lines(told(facts))) < 36


def test_the_fallback_sentence_has_company_period_and_headline(facts: ScorecardData) -> None:
    assert told(facts).text == "Alder &amp; Finch, Q3 2026. We brought in 22,000 customers, but we lost 27,000."


def test_those_who_told_us_stand_apart_from_those_who_went_silent(facts: ScorecardData) -> None:
    assert "10,480 left (on record) · EUR 5.3m" in lines(told(facts))
    assert "16,250 lapsed (went silent) · EUR 6.0m" in lines(told(facts))


def test_the_period_before_and_the_year_before_are_compared_in_whole_numbers(facts: ScorecardData) -> None:
    assert "Against Q2 2026: in -500 (then 22,500), out +1,940 (then 25,060), net -2,440 (then -2,560)" in lines(told(facts))
    assert "Against Q3 2025: in -2,310 (then 24,310), out +2,730 (then 24,270), net -5,040 (then 40)" in lines(told(facts))


def test_where_there_is_nothing_to_compare_with_the_digest_says_so(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5, left=3)}, opening=10)
    assert "Nothing to compare with: the data begins with this period." in lines(told(facts))


def test_where_the_data_does_not_reach_back_a_year_the_digest_says_so(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q2": made_up.Moves(new=5), "2026-Q3": made_up.Moves(new=7, left=3)}, opening=10)
    assert "Against Q2 2026: in +2 (then 5), out +3 (then 0), net -1 (then 5)" in lines(told(facts))
    assert "Against a year before: no data" in lines(told(facts))


def test_where_nobody_went_nothing_is_said_of_how(made_up: Any) -> None:
    shown = lines(told(made_up.made_up_facts({"2026-Q3": made_up.Moves(new=5)}, opening=10)))
    assert shown[shown.index("Out: none") + 1] == ""
    assert "Stayed: none worth more, none worth less" in shown


def test_of_those_who_left_and_those_who_lapsed_both_are_said(made_up: Any) -> None:
    shown = lines(told(made_up.made_up_facts({"2026-Q3": made_up.Moves(lapsed=5)}, opening=10, opening_cents=10**6)))
    assert shown[shown.index("Out: 5 · EUR 1,846") :][:4] == [
        "Out: 5 · EUR 1,846",
        "0 left (on record)",
        "5 lapsed (went silent) · EUR 1,846",
        "",
    ]


def test_a_group_of_whom_nobody_knows_is_called_so(made_up: Any) -> None:
    facts = made_up.made_up_facts({"2026-Q3": made_up.Moves(new=100)}, opening=10, groups={"channel": {"not recorded": 75, "Shops": 25}})
    assert "• channel not recorded: +75 (in 75, out none)" in lines(told(facts))


def test_a_year_is_compared_with_the_year_before_once(made_up: Any) -> None:
    moves = {"2025": made_up.Moves(new=5, left=3), "2026": made_up.Moves(new=5, left=4)}
    shown = told(made_up.made_up_facts(moves, opening=10, labels={"2025": "2025", "2026": "2026"}))
    assert [line for line in lines(shown) if "Against" in line] == ["Against 2025: in 0 (then 5), out +1 (then 3), net -1 (then 2)"]


def test_the_groups_that_changed_most_come_first(facts: ScorecardData) -> None:
    groups = [(by, segment) for by in facts.segment_by for segment in facts.segments_of(by)]
    nets = [abs(facts.heads("net_customers", segment_by=by, segment=segment)) for by, segment in groups]
    assert [abs(movement.net_count) for movement in biggest_segment_movements(facts, 3)] == sorted(nets, reverse=True)[:3]


def test_a_movement_is_told_with_its_group_and_value(made_up: Any) -> None:
    moves = {"2026-Q3": made_up.Moves(new=100, left=300)}
    shown = told(made_up.made_up_facts(moves, opening=1_000, groups={"sold_through": {"Shops": 75, "Agents": 25}}))
    assert "• Shops (sold through): -150 (in 75, out 225 worth EUR 113k)" in lines(shown)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_the_company_chooses_how_many_groups_are_named(facts: ScorecardData, count: int) -> None:
    assert sum(line.startswith("•") for line in lines(told(facts, segment_movements_count=count))) == count


def test_a_company_without_groups_has_no_lines_about_them(made_up: Any) -> None:
    assert "Biggest movements" not in plain_text(told(made_up.made_up_facts(groups={})))


def test_one_group_that_is_the_whole_says_nothing(made_up: Any) -> None:
    assert biggest_segment_movements(made_up.made_up_facts(groups={"plan": {"Basic": 100}}), 3) == []


def test_a_group_without_change_is_not_a_movement(made_up: Any) -> None:
    moves = {"2026-Q3": made_up.Moves(new=100, lapsed=100)}
    facts = made_up.made_up_facts(moves, opening=1_000, groups={"plan": {"Basic": 50, "Best": 50}})
    assert biggest_segment_movements(facts, 3) == []


def data_line(facts: ScorecardData) -> str:
    return next(line for line in lines(told(facts)) if line.startswith("Data to")).removeprefix("Data to 30 September 2026: ")


def test_the_data_line_says_what_was_set_aside_and_what_to_look_at(facts: ScorecardData) -> None:
    assert data_line(facts) == "1,465 of 1,370,099 rows set aside, 1,405 in orders (EUR 209k); 1 finding to look at."


def test_nothing_set_aside_and_nothing_found_is_said_too(facts: ScorecardData) -> None:
    clean = replace(facts, totals=(replace(facts.totals[1]),), verdicts=facts.verdicts[:2], notes=())
    assert data_line(clean) == "none of 18,204 rows set aside; nothing to look at."
    aside = replace(facts, totals=(facts.totals[2],), verdicts=facts.verdicts[:2])
    assert data_line(aside) == "60 of 96,000 rows set aside, all in leads; nothing else to look at."


def test_older_versions_of_rows_are_nothing_to_look_at(facts: ScorecardData) -> None:
    older = replace(facts.verdicts[3], check="has_one_version", rule_id="orders.key_once")
    assert data_line(replace(facts, verdicts=(*facts.verdicts, older))).endswith("; 1 finding to look at.")


def test_money_of_several_currencies_has_none(facts: ScorecardData) -> None:
    rates = replace(facts.covered[1], extract="rates", dataset="exchange_rates")
    assert "1,405 in orders (208,977 in their own currencies);" in data_line(replace(facts, covered=(*facts.covered, rates)))


def test_money_that_cancels_out_is_no_money(facts: ScorecardData) -> None:
    row = replace(facts.totals[0], amount_set_aside=Decimal(0))
    assert data_line(replace(facts, totals=(row,))).startswith("1,405 of 1,204,518 rows set aside, all in orders; ")


def test_a_moment_without_zone_is_told_without_one(facts: ScorecardData) -> None:
    shown = told(replace(facts, edition=2, as_of=datetime(2026, 10, 5, 6, 0)))  # noqa: DTZ001 - a moment without a zone is the case
    assert "Edition 2, as known on 5 October 2026 06:00. More" in plain_text(shown)


def test_names_have_no_effect_in_slack(facts: ScorecardData, made_up: Any) -> None:
    nasty = made_up.made_up_facts(groups={NASTY: {NASTY: 60, "other": 40}}, company=NASTY, notes=(NASTY,))
    shown = told(nasty)
    for active in ("<", ">", "@", "`", "~", "_", ":boom"):
        assert active not in texts(replace(shown, blocks=[block for block in shown.blocks if block["type"] != "header"]))
    bold = [re.findall(r"\*", line) for line in texts(shown).split("\\n")]
    assert all(len(marks) % 2 == 0 for marks in bold)
    assert block_problems(shown.blocks) == []


def test_names_are_printed_as_they_are(facts: ScorecardData) -> None:
    shown = told(replace(facts, company="A&B <Holding> *new* self_serve @home"))
    assert "A&B <Holding> *new* self_serve @home · Q3 2026" in lines(shown)


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
    facts = made_up.made_up_facts(groups=groups, company="&" * 4_000, notes=("<" * 9_000,) * 30)
    shown = told(facts, segment_movements_count=10)
    assert block_problems(shown.blocks) == []
    assert sum(line.startswith("•") for line in lines(shown)) == 10


def test_numbers_beyond_measure_stay_within_slacks_limits(facts: ScorecardData) -> None:
    beyond = {(facts.period, "all", "all", measure): 10**90 for measure in ("customers_in", "customers_out")}
    shown = told(replace(facts, figures={**facts.figures, **beyond}))
    assert block_problems(shown.blocks) == []
    assert shown.blocks[0]["text"]["text"].endswith("…")


def test_a_questions_line_begins_in_bold_and_what_it_names_has_no_effect(facts: ScorecardData) -> None:
    rows = [("agreed", 100), ("duplicate", 9_000)]
    alike = {"silo": "marketing", "extract": "deals", "claimed": "new", "says": "deals <!channel> *won*"}
    bridges = tuple({**alike, "line": line, "customers_count": count} for line, count in rows)
    shown = texts(told(replace(facts, tables={"alignment": bridges}, told_from_rate=Decimal("0.05"))))
    assert "*Alignment:*" in shown or "*Marketing:*" in shown, shown
    assert "<!channel>" not in shown
