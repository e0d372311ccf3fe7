"""Every message of the code that a catalogue holds, read from the syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, get_args

import yaml

from config.definitions import Definitions
from config.measures import cohorts
from config.measures.experiences import EXPERIENCE_TERMS, EXPERIENCES, OUTCOMES
from config.measures.table import ENTRIES, TERMS
from config.yaml_file import YamlModel
from expectations.suites import RULE_FILES
from tasks.customer_math.analysis.counting_rules import OWN, PRESETS
from tasks.reporting.model import Unit
from tests.conventions.test_conventions_code import python_files, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CALLS = {"gettext": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_noop": 2}
"""What looks a message up or marks it, and how many of its arguments are messages."""
HEADED = {**CALLS, "Column": 1}
"""The same where pages are made: the heading of a column is a message, which its table looks up."""
Message = tuple[str, ...]
"""A message, or the one for one and the one for several."""


def messages_in_code() -> Iterator[Message]:
    """Every message that is written in a call."""
    of_pages = {*python_files("tasks/reporting")}
    for path in python_files("config", "expectations", "tasks", "flows"):
        counts = HEADED if path in of_pages else CALLS
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in counts:
                written = node.args[: counts[node.func.id]]
                texts = [each.value for each in written if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value]
                if len(texts) == counts[node.func.id]:
                    yield tuple(texts)


def settings_of(model: type[YamlModel]) -> Iterator[str]:
    """What the settings of a company mean, and whose they are."""
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, YamlModel):
            yield from settings_of(field.annotation)
        elif isinstance(field.json_schema_extra, dict) and "owner" in field.json_schema_extra:
            yield from filter(None, (field.description, str(field.json_schema_extra["owner"])))


def shared_rules() -> Iterator[Mapping[str, str]]:
    """Every rule of the house, as it is written."""
    for path in RULE_FILES:
        for rules in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"].values():
            yield from rules.values()


def labels() -> Iterator[Message]:
    """What is called by the table of measures in documents of every language."""
    entries = (*ENTRIES.values(), *cohorts.RATES)
    yield from ((text,) for entry in entries for text in (entry.label, entry.heading, entry.description))
    yield from ((text,) for word in TERMS for text in word)
    yield from ((text,) for text in get_args(Unit))
    yield from ((text,) for text in settings_of(Definitions))
    yield from ((rule[text],) for rule in shared_rules() for text in ("says", "why"))
    yield from ((text,) for preset in (OWN, *PRESETS) for text in (preset.label, preset.habit))
    yield from ((text,) for entry in EXPERIENCES.values() for text in (entry.who, entry.label, entry.description))
    yield from ((entry.label,) for entry in OUTCOMES.values())
    yield from ((text,) for term in EXPERIENCE_TERMS for text in term)
