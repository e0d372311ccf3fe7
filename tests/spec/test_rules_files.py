"""Rules as they are written: what a file may say, and what is said where it says something else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest

from config.company import Company
from config.datasets import DATASETS, RECURS
from config.definitions import Definitions
from config.sources import Sources
from config.yaml_file import CompanyFolderError
from expectations.checks import CHECKS
from expectations.rule import Condition, Run
from expectations.suites import (
    ANY_RUN,
    LEDGER,
    RULE_FILES,
    check_rules,
    kinds_of,
    ledger_rules,
    load_suites,
    rules_of,
    shared_suites,
)

if TYPE_CHECKING:
    from pathlib import Path

RUN = Run(as_of=date(2026, 10, 2), covers_through=date(2026, 9, 30))


def file_of(folder: Path, rules: str, *, table: str = "purchases") -> Path:
    path = folder / "rules.yaml"
    path.write_text(f"about: Tried here.\nrules:\n  {table}:\n{indent(dedent(rules).strip(), '    ')}\n", encoding="utf-8")
    return path


def problems(folder: Path, rules: str, *, table: str = "purchases") -> list[str]:
    """What is wrong with the rules of a file, without the file's name; rules that it lacks are another matter."""
    file = file_of(folder, rules, table=table)
    with pytest.raises(CompanyFolderError) as refused:
        load_suites([file])
    return [problem.removeprefix(f"{file}:") for problem in refused.value.problems if problem.startswith(f"{file}:")]


def rule(**changes: Any) -> str:
    said: dict[str, Any] = {"says": "S.", "why": "W.", "check": "is_recorded", "column": "amount", "if_broken": "note"} | changes
    return "\n".join(["tried:", *(f"  {name}: {value}" for name, value in said.items() if value is not None)])


def test_every_shared_table_has_rules_of_its_own_and_every_rule_can_be_judged() -> None:
    assert set(shared_suites().rules) == {"every_extract", LEDGER, *DATASETS}
    assert {written.check for rules in shared_suites().rules.values() for written, _ in rules.values()} <= set(CHECKS)


def test_every_shared_rule_says_what_and_why_in_sentences() -> None:
    texts = [text for rules in shared_suites().rules.values() for written, _ in rules.values() for text in (written.says, written.why)]
    assert [text for text in texts if not text.endswith((".", ")"))] == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"check": "is_recordd"}, "7: rule purchases.tried: there is no check `is_recordd`; did you mean `is_recorded`?"),
        ({"column": "amonut"}, "8: rule purchases.tried: purchases has no column `amonut`; did you mean `amount`?"),
        ({"column": None}, "7: rule purchases.tried: `is_recorded` needs 1 column(s), found 0"),
        ({"column": None, "columns": "[amount, currency]"}, "7: rule purchases.tried: `is_recorded` needs 1 column(s), found 2"),
        ({"check": "is_unique_together"}, "7: rule purchases.tried: `is_unique_together` needs two or more columns, found 1"),
        ({"parameters": "{min: 0}"}, "10: rule purchases.tried: `is_recorded` has no parameter `min`; it knows none"),
        (
            {"check": "is_between", "parameters": "{mim: 0, max: 1}"},
            "10: rule purchases.tried: `is_between` has no parameter `mim`; did you mean `min`?",
        ),
        ({"check": "is_between"}, "7: rule purchases.tried: `is_between` needs one of the parameters above, max, min; add it"),
        ({"check": "is_between", "parameters": "{min: 0, above: 0}"}, "10: rule purchases.tried: has both `min` and `above`; keep one"),
        (
            {"check": "is_between", "parameters": "{min: 2, max: 1}"},
            "10: rule purchases.tried: the smallest value allowed, 2, is larger than the largest, 1",
        ),
        (
            {"check": "is_between", "parameters": "{above: 2.5, max: 1.5}"},
            "10: rule purchases.tried: the smallest value allowed, 2.5, is larger than the largest, 1.5",
        ),
        (
            {"check": "is_between", "parameters": "{min: none}"},
            "10: rule purchases.tried: `min`: expected a value for a column of kind amount, found 'none'",
        ),
        (
            {"check": "is_between", "column": "purchased_on", "parameters": "{min: 2026-02-30}"},
            "10: rule purchases.tried: `min`: expected a value for a column of kind date, found '2026-02-30'",
        ),
        (
            {"check": "is_between", "column": "currency", "parameters": "{min: 1}"},
            "7: rule purchases.tried: `is_between` cannot be asked of `currency`, which is a column of kind text",
        ),
        (
            {"check": "is_between", "column": "purchased_on", "parameters": "{max: {from: run.asof}}"},
            "10: rule purchases.tried: `max`: there is no value to take from `run.asof`; did you mean `run.as_of`?",
        ),
        (
            {"check": "is_between", "column": "purchased_on", "parameters": "{max: {from: run.as_of, days: 3}}"},
            "10: rule purchases.tried: `max`: beside `from` only `days_earlier` is known, a number of days before a day",
        ),
        (
            {"check": "is_one_of", "column": "status", "parameters": "{values: {from: definitions.reason_codes, days_earlier: 3}}"},
            "10: rule purchases.tried: `values`: beside `from` only `days_earlier` is known, a number of days before a day",
        ),
        ({"check": "is_one_of", "column": "status"}, "7: rule purchases.tried: `is_one_of` needs the parameter `values`; add it"),
        (
            {"check": "is_one_of", "column": "status", "parameters": "{values: paid}"},
            "10: rule purchases.tried: `values`: expected a list of values of the column's kind, found 'paid'",
        ),
        (
            {"check": "is_one_of", "column": "status", "parameters": "{values: [1]}"},
            "10: rule purchases.tried: `values`: expected a list of values of the column's kind, found (1,)",
        ),
        (
            {"check": "matches", "column": "status", "parameters": "{pattern: '('}"},
            "10: rule purchases.tried: `pattern`: expected a regular expression, found '('",
        ),
        (
            {"check": "row_count_is_between", "column": None, "parameters": "{min: many}"},
            "9: rule purchases.tried: `min`: expected a value for a column of kind integer, found 'many'",
        ),
        (
            {"check": "row_count_is_between", "column": None, "parameters": "{min: 1}", "if_broken": "set_aside"},
            "8: rule purchases.tried: `row_count_is_between` is about the whole table and sets no row aside; expected stop or note",
        ),
        (
            {"check": "has_one_version", "if_broken": "set_aside"},
            "9: rule purchases.tried: `has_one_version` finds older versions, which are superseded anyway; expected stop or note",
        ),
        (
            {"check": "is_known_customer", "column": "customer_id", "only_where": "{status: paid}"},
            "10: rule purchases.tried: `is_known_customer` looks at every row; remove `only_where`",
        ),
        ({"only_where": "{stauts: paid}"}, "10: rule purchases.tried: purchases has no column `stauts`; did you mean `status`?"),
        (
            {"only_where": "{status: {like: paid}}"},
            "10: rule purchases.tried: `only_where`: expected one of is_recorded, at_least, at_most, found like",
        ),
        (
            {"only_where": "{amount: much}"},
            "10: rule purchases.tried: `only_where`: 'much' is no value for `amount`, which is of kind amount",
        ),
        (
            {"only_where": "{status: [paid, 3]}"},
            "10: rule purchases.tried: `only_where`: ('paid', 3) is no value for `status`, which is of kind text",
        ),
        (
            {"only_where": "{purchased_on: {at_most: {from: run.asof}}}"},
            "10: rule purchases.tried: `purchased_on`: there is no value to take from `run.asof`; did you mean `run.as_of`?",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_a_rule_is_named_with_its_line_and_rule(tmp_path: Path, said: dict[str, Any], problem: str) -> None:
    assert problems(tmp_path, rule(**said)) == [problem]


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (rule(chek="is_unique"), "10: rules.purchases.tried.chek: there is no such setting; did you mean `check`?"),
        (rule(if_broken="halt"), "9: rules.purchases.tried.if_broken: "),
        (rule(says=None), "4: rules.purchases.tried.says: is missing"),
        (rule() + "\n" + rule(), "10: `tried` is written twice, first on line 4; keep one"),
    ],
)
def test_a_word_that_no_rule_has_is_named_with_its_line_and_rule(tmp_path: Path, rules: str, problem: str) -> None:
    (found,) = problems(tmp_path, rules)
    assert found.startswith(problem)


def test_a_table_that_there_is_not_is_named_with_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, rule(), table="purchase")[0] == "3: there is no shared table `purchase`; did you mean `purchases`?"


def test_a_mistake_in_a_rule_for_every_extract_is_told_once_for_each_table_that_lacks_the_column(tmp_path: Path) -> None:
    told = problems(tmp_path, rule(column="record_kye"), table="every_extract")
    assert told[0] == "8: rule every_extract.tried: customers has no column `record_kye`; did you mean `record_key`?"


def test_tables_without_a_rule_about_their_rows_or_their_latest_day_are_named(tmp_path: Path) -> None:
    with pytest.raises(CompanyFolderError) as refused:
        load_suites([file_of(tmp_path, rule())])
    assert (
        "purchases: has no rule with `check: row_count_is_between`; without one an empty extract passes; add it" in refused.value.problems
    )
    assert (
        "purchases: has no rule with `check: latest_is_between` for purchased_on; without one an old extract passes; add it"
        in refused.value.problems
    )
    assert not any("contracts: has no rule with `check: latest" in problem for problem in refused.value.problems)


def test_a_file_that_is_whole_is_read_and_its_rule_takes_the_place_of_one_for_every_extract(tmp_path: Path) -> None:
    path = file_of(tmp_path, rule(check="is_empty", column="unreadable").replace("tried", "readable"))
    assert load_suites([*RULE_FILES, path]).of("purchases")["readable"][0].says == "S."
    assert load_suites(RULE_FILES).of("customers")["readable"][0].if_broken == "note"


def company(folder: Path, rules: dict[str, Any] | None = None, **definitions: Any) -> Company:
    defaults = {"company": "Test", "currency": "EUR", "time_zone": "UTC", "sells_by": ["contract"], "rules": rules or {}}
    place = {"path": "x.csv", "key": ["k"]}
    extracts = {
        "subscriptions": place
        | {
            "silo": "sales",
            "dataset": "contracts",
            "columns": {name: name for name in DATASETS["contracts"].required},
            "attributes": {"plan": "Plan"},
        },
        "leavers": place
        | {"silo": "service", "dataset": "departures", "columns": {name: name for name in DATASETS["departures"].required}},
        "raw": place | {"silo": "sales"},
    }
    return Company(folder, Definitions.model_validate(defaults | definitions), Sources.model_validate({"extracts": extracts}))


def rule_of(company: Company, extract: str, name: str) -> Any:
    return {rule.id: rule for rule in rules_of(company, extract, run=RUN)}[name]


def test_values_come_from_the_companys_definitions_and_from_the_run(tmp_path: Path) -> None:
    whole = company(tmp_path, reasons=[{"code": "price", "says": "Too dear."}])
    assert rule_of(whole, "leavers", "reason_listed").parameters == {"values": ("price",)}
    assert rule_of(whole, "leavers", "fresh").parameters == {"min": date(2026, 6, 30)}
    assert rule_of(whole, "subscriptions", "recurring_per_known").parameters == {"pattern": RECURS}
    assert rule_of(whole, "subscriptions", "start_plausible").full_id == "subscriptions.start_plausible"


def test_values_of_codes_may_be_shown_and_keys_names_and_comments_may_not(tmp_path: Path) -> None:
    own = {"extract": "leavers", "says": "S.", "why": "W.", "check": "is_recorded", "if_broken": "note"}
    added = [own | {"id": f"own_{column}", "column": column} for column in ("comment", "customer_id", "reason_code", "departed_on")]
    shown = {rule.id: rule.showable for rule in rules_of(company(tmp_path, {"add": added}), "leavers", run=RUN)}
    assert [name for name in ("comment", "customer_id", "reason_code", "departed_on") if shown[f"own_{name}"]] == [
        "reason_code",
        "departed_on",
    ]
    assert shown["readable"] == {"unreadable"}


ADDED = {
    "extract": "subscriptions",
    "id": "plan_known",
    "says": "S.",
    "why": "W.",
    "check": "is_one_of",
    "column": "plan",
    "parameters": {"values": ["basic", "pro"]},
    "only_where": {"recurring_amount": {"at_least": 0.5}, "status": ["live"], "seats_count": 3, "ends_on": {"is_recorded": False}},
    "if_broken": "set_aside",
}


def test_a_company_adds_a_rule_over_an_attribute_of_its_own(tmp_path: Path) -> None:
    added = rule_of(company(tmp_path, {"add": [ADDED]}), "subscriptions", "plan_known")
    assert added.only_where == (
        Condition("recurring_amount", "at_least", Decimal("0.5")),
        Condition("status", "is_one_of", ("live",)),
        Condition("seats_count", "is", 3),
        Condition("ends_on", "is_recorded", False),
    )
    assert (added.columns, added.parameters, added.if_broken) == (("plan",), {"values": ("basic", "pro")}, "set_aside")


def test_rules_that_a_company_adds_belong_to_one_extract(tmp_path: Path) -> None:
    whole = company(tmp_path, {"add": [ADDED]})
    assert "plan_known" not in {rule.id for rule in rules_of(whole, "leavers", run=RUN)}
    check_rules(whole)


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (
            {"add": [ADDED | {"check": "is_one_off"}]},
            "rule subscriptions.plan_known: there is no check `is_one_off`; did you mean `is_one_of`?",
        ),
        (
            {"add": [ADDED | {"column": "plans"}]},
            "rule subscriptions.plan_known: subscriptions has no column `plans`; did you mean `plan`?",
        ),
        ({"add": [ADDED, ADDED]}, "rule subscriptions.plan_known: there is a rule of that id already; give it another"),
        ({"add": [ADDED | {"id": "has_rows"}]}, "rule subscriptions.has_rows: there is a rule of that id already; give it another"),
    ],
)
def test_a_mistake_in_a_rule_of_the_company_is_named(tmp_path: Path, rules: dict[str, Any], problem: str) -> None:
    with pytest.raises(CompanyFolderError) as refused:
        check_rules(company(tmp_path, rules))
    assert list(refused.value.problems) == [problem]


RELAXED = {"to": "note", "because": "We know it and live with it."}


@pytest.mark.parametrize("name", ["subscriptions.customer_recorded", "contracts.customer_recorded"])
def test_a_rule_is_relaxed_by_the_name_of_its_table_or_of_its_extract(tmp_path: Path, name: str) -> None:
    relaxed = rule_of(company(tmp_path, {"relax": [RELAXED | {"rule": name}]}), "subscriptions", "customer_recorded")
    assert (relaxed.if_broken, relaxed.relaxed_because) == ("note", "We know it and live with it.")
    assert rule_of(company(tmp_path, {"relax": [RELAXED | {"rule": name}]}), "leavers", "customer_recorded").if_broken == "set_aside"


@pytest.mark.parametrize(
    ("relaxed", "problem"),
    [
        (
            {"rule": "contracts.customer_recordd"},
            "there is no rule `contracts.customer_recordd`; did you mean `contracts.customer_recorded`?",
        ),
        (
            {"rule": "contracts.seats_not_negative"},
            "rule contracts.seats_not_negative says `if_broken: note`; `note` is not milder; remove the line",
        ),
        (
            {"rule": "contracts.customer_recorded", "to": "set_aside"},
            "rule contracts.customer_recorded says `if_broken: set_aside`; `set_aside` is not milder; remove the line",
        ),
        (
            {"rule": "contracts.has_rows", "to": "set_aside"},
            "rule contracts.has_rows is about the whole table and sets no row aside; expected `to: note`",
        ),
    ],
)
def test_relaxing_what_is_not_there_or_not_milder_is_refused(tmp_path: Path, relaxed: dict[str, str], problem: str) -> None:
    with pytest.raises(CompanyFolderError) as refused:
        check_rules(company(tmp_path, {"relax": [RELAXED | relaxed]}))
    assert str(refused.value) == f"{tmp_path / 'definitions.yaml'}:1: rules.relax: {problem}"


def test_a_mistake_in_a_companys_rules_is_named_with_its_line(tmp_path: Path) -> None:
    text = """\
    company: Test
    rules:
      relax:
        - rule: contracts.nothing_like_it
          to: note
          because: There is no such rule.
      add:
        - extract: subscriptions
          id: plan_known
          says: S.
          why: W.
          check: is_nothing
          column: plan
          if_broken: note
    """
    (tmp_path / "definitions.yaml").write_text(dedent(text), encoding="utf-8")
    added = {name: value for name, value in ADDED.items() if name not in {"parameters", "only_where"}}
    rules = {"relax": [RELAXED | {"rule": "contracts.nothing_like_it"}], "add": [added | {"check": "is_nothing"}]}
    with pytest.raises(CompanyFolderError) as refused:
        check_rules(company(tmp_path, rules))
    first, second = refused.value.problems
    assert first.startswith(f"{tmp_path / 'definitions.yaml'}:4: rules.relax: there is no rule `contracts.nothing_like_it`; did you mean ")
    assert second.startswith(f"{tmp_path / 'definitions.yaml'}:12: rule subscriptions.plan_known: there is no check `is_nothing`; ")


def test_the_ledgers_rules_are_ready_for_any_company(tmp_path: Path) -> None:
    rules = ledger_rules(company(tmp_path).definitions)
    assert {rule.if_broken for rule in rules} == {"stop"}
    assert len(rules) == len(shared_suites().rules[LEDGER])


def test_a_landed_extract_has_its_attributes_and_what_reading_adds(tmp_path: Path) -> None:
    kinds = kinds_of("contracts", company(tmp_path).sources.extracts["subscriptions"])
    assert {"plan": "text", "unreadable": "text", "starts_on": "date"}.items() <= kinds.items()
    assert ANY_RUN.as_of.year == 2100
