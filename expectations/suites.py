"""Which rules an extract is judged by: the shared ones of its table, and what its company adds or relaxes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from config.datasets import DATASETS
from config.sources import UNCLEAR, VERSION_COLUMNS
from config.yaml_file import CompanyFolderError, check, read_yaml
from expectations.checks import CHECKS
from expectations.rule import Rule, Run
from expectations.rules import CUSTOMERS_OWN, RuleFile, RuleReader, RuleTarget, WrittenRule, did_you_mean, values_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from config.company import Company
    from config.datasets import Kind
    from config.definitions import AddedRule, Definitions, Relaxed
    from config.sources import Extract

RULE_FILES = tuple(Path(__file__).parent / f"{name}.yaml" for name in ("every_extract", "sales", "marketing", "service", "ledger"))
EVERY_EXTRACT = "every_extract"
LEDGER = "ledger"
ADDED_BY_READING: dict[str, Kind] = {
    "record_key": "id",
    "source_file": "text",
    "source_row": "integer",
    "changed_at": "text",
    "unreadable": "text",
    UNCLEAR: "text",
}
LEDGER_KINDS: dict[str, Kind] = {
    "period": "text",
    "customer_id": "id",
    "movement": "text",
    "in_count": "integer",
    "out_count": "integer",
    "is_active_at_opening": "boolean",
    "is_active_at_closing": "boolean",
    "opening_amount": "amount",
    "closing_amount": "amount",
    "fx_effect_amount": "amount",
    "in_and_out_amount": "amount",
    "came_on": "date",
    "went_on": "date",
    "first_came_on": "date",
    "reason_code": "text",
}
NO_NEGATIVE = "amount_not_negative"
"""The rule of contracts that sets negative lines aside."""
SEVERITY = ("stop", "set_aside", "note")
ANY_RUN = Run(as_of=date(2100, 1, 1), covers_through=date(2100, 1, 1))
"""Stands for a run where rules are only checked, not applied."""


@dataclass(frozen=True)
class Suites:
    """The shared rules by table and id, and where each is written."""

    rules: Mapping[str, Mapping[str, tuple[WrittenRule, RuleTarget]]]

    def of(self, dataset: str) -> dict[str, tuple[WrittenRule, RuleTarget]]:
        """The rules of one shared table; its own take the place of those for every extract that have the same id."""
        return {**self.rules.get(EVERY_EXTRACT, {}), **self.rules.get(dataset, {})}


@cache
def shared_suites() -> Suites:
    """The shared rules, checked; raises CompanyFolderError with every problem by file and line."""
    return load_suites(RULE_FILES)


def load_suites(paths: Sequence[Path]) -> Suites:
    """Rules from files, checked against the shared tables; raises CompanyFolderError with every problem by file and line."""
    rules_by_table: dict[str, dict[str, tuple[WrittenRule, RuleTarget]]] = {}
    problems: list[str] = []
    for path in paths:
        file = read_yaml(path)
        for table, rules in check(file, RuleFile).rules.items():
            if table not in {EVERY_EXTRACT, LEDGER, *DATASETS}:
                names = (EVERY_EXTRACT, LEDGER, *DATASETS)
                problems.append(f"{path}:{file.line(('rules', table))}: there is no shared table `{table}`{did_you_mean(table, names)}")
            targets = {name: RuleTarget(name, table, path, ("rules", table, name)) for name in rules}
            rules_by_table.setdefault(table, {}).update({name: (rule, targets[name]) for name, rule in rules.items()})
    suites = Suites(rules_by_table)
    problems += [*_suite_problems(suites)]
    if problems:
        raise CompanyFolderError(problems)
    return suites


def _suite_problems(suites: Suites) -> Iterator[str]:
    yield from _read(RuleReader(LEDGER, LEDGER_KINDS, values_from(None, ANY_RUN)), suites.rules.get(LEDGER, {}))[1]
    seen: set[str] = set()
    for name, dataset in DATASETS.items():
        rules, problems = _read(RuleReader(name, kinds_of(name), values_from(None, ANY_RUN)), suites.of(name))
        yield from (problem for problem in problems if problem not in seen)
        seen.update(problems)
        if not any(rule.check == "row_count_is_between" for rule in rules):
            yield f"{name}: has no rule with `check: row_count_is_between`; without one an empty extract passes; add it"
        if dataset.event_on and not any(rule.check == "latest_is_between" and rule.columns == (dataset.event_on,) for rule in rules):
            yield f"{name}: has no rule with `check: latest_is_between` for {dataset.event_on}; without one an old extract passes; add it"


def _read(reader: RuleReader, written: Mapping[str, tuple[WrittenRule, RuleTarget]]) -> tuple[list[Rule], list[str]]:
    rules, problems = [], []
    for rule, target in written.values():
        try:
            rules.append(reader.rule(rule, target))
        except CompanyFolderError as error:
            problems += error.problems
    return rules, problems


def kinds_of(dataset: str, extract: Extract | None = None) -> dict[str, Kind]:
    """Every column of a landed extract, and of which kind it is."""
    attributes: dict[str, Kind] = dict.fromkeys(extract.attributes, "text") if extract else {}
    versions = VERSION_COLUMNS if extract and extract.versions else {}
    return {**attributes, **DATASETS[dataset].kinds, **ADDED_BY_READING, **versions}


def rules_of(company: Company, extract_name: str, *, run: Run) -> tuple[Rule, ...]:
    """Every rule that one extract is judged by; raises CompanyFolderError where the company's folder names what is not there."""
    extract = company.sources.extracts[extract_name]
    assert extract.dataset is not None, "an extract that is only joined is not judged"
    shared = DATASETS[extract.dataset].kinds
    showable = frozenset(name for name, kind in shared.items() if kind != "id" and name not in CUSTOMERS_OWN)
    reader = RuleReader(extract_name, kinds_of(extract.dataset, extract), values_from(company.definitions, run), showable | {"unreadable"})
    written = _shared_rules_of(extract, extract.dataset)
    problems = [*_relaxing_problems(company), *_adding_problems(company, extract_name, written)]
    rules, rule_problems = _read(reader, {**written, **_added(company, extract_name)})
    if problems or rule_problems:
        raise CompanyFolderError([*problems, *rule_problems])
    return tuple(_relaxed(rule, extract.dataset, company.definitions) for rule in rules)


def _shared_rules_of(extract: Extract, dataset: str) -> dict[str, tuple[WrittenRule, RuleTarget]]:
    """The shared rules that an extract is judged by.

    Several versions of a key are no finding where they are its history, and a negative amount is none where it is netted.
    """
    ignored = {"key_once": extract.versions, NO_NEGATIVE: bool(extract.nets_with)}
    return {name: rule for name, rule in shared_suites().of(dataset).items() if not ignored.get(name)}


def check_rules(company: Company) -> None:
    """Check every rule that the company adds or relaxes; raises CompanyFolderError with file and line of the first extract's problems."""
    for name, extract in company.sources.extracts.items():
        if extract.dataset:
            rules_of(company, name, run=ANY_RUN)


def ledger_rules(definitions: Definitions) -> tuple[Rule, ...]:
    """Every rule that the ledger of a period is judged by."""
    reader = RuleReader(LEDGER, LEDGER_KINDS, values_from(definitions, ANY_RUN))
    return tuple(_read(reader, shared_suites().rules[LEDGER])[0])


def _target(company: Company, table: str, rule_id: str, *within: str | int) -> RuleTarget:
    """Where the company's folder says something of a rule; nowhere, if the company is not from a folder."""
    path = company.folder / "definitions.yaml"
    return RuleTarget(rule_id, table, path if path.is_file() else None, ("rules", *within))


def _added(company: Company, extract_name: str) -> dict[str, tuple[WrittenRule, RuleTarget]]:
    return {
        added.id: (_as_written(added), _target(company, extract_name, added.id, "add", number))
        for number, added in enumerate(company.definitions.rules.add)
        if added.extract == extract_name
    }


def _as_written(added: AddedRule) -> WrittenRule:
    return WrittenRule.model_validate({name: getattr(added, name) for name in WrittenRule.model_fields})


def _adding_problems(company: Company, extract_name: str, written: Iterable[str]) -> list[str]:
    ids = [*written]
    problems = []
    for number, added in enumerate(company.definitions.rules.add):
        if added.extract == extract_name:
            if added.id in ids:
                problems.append(
                    _target(company, extract_name, added.id, "add", number).problem(
                        "there is a rule of that id already; give it another", "id"
                    )
                )
            ids.append(added.id)
    return problems


def _relaxed(rule: Rule, dataset: str, definitions: Definitions) -> Rule:
    for relaxed in definitions.rules.relax:
        if relaxed.rule in {f"{rule.table}.{rule.id}", f"{dataset}.{rule.id}"}:
            return replace(rule, if_broken=relaxed.to, relaxed_because=relaxed.because)
    return rule


def _relaxing_problems(company: Company) -> Iterator[str]:
    there_are = _rules_by_full_id(company)
    for number, relaxed in enumerate(company.definitions.rules.relax):
        if relaxed.rule not in there_are:
            sentence = f"there is no rule `{relaxed.rule}`{did_you_mean(relaxed.rule, there_are)}"
        elif (not_milder := _not_milder(relaxed, there_are[relaxed.rule])) is not None:
            sentence = f"rule {relaxed.rule} {not_milder}"
        else:
            continue
        yield f"{company.folder / 'definitions.yaml'}:{_target(company, '', '', 'relax', number, 'rule').line()}: rules.relax: {sentence}"


def _not_milder(relaxed: Relaxed, rule: WrittenRule) -> str | None:
    if SEVERITY.index(relaxed.to) <= SEVERITY.index(rule.if_broken):
        return f"says `if_broken: {rule.if_broken}`; `{relaxed.to}` is not milder; remove the line"
    if relaxed.to == "set_aside" and CHECKS[rule.check].is_about == "table":
        return "is about the whole table and sets no row aside; expected `to: note`"
    return None


def _rules_by_full_id(company: Company) -> dict[str, WrittenRule]:
    """Shared rules by `dataset.rule` and by `extract.rule`, for the extracts that the company has."""
    return {
        f"{name}.{rule_id}": rule
        for extract_name, extract in company.sources.extracts.items()
        if extract.dataset
        for name in (extract_name, extract.dataset)
        for rule_id, (rule, _) in shared_suites().of(extract.dataset).items()
    }
