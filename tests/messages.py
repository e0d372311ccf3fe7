"""Every message of the code that a catalogue holds, read from the syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from config.measures import relative_value, worth
from config.measures.experiences import EXPERIENCE_TERMS, EXPERIENCES, OUTCOMES
from config.measures.roll_forward import ROLL_FORWARD
from config.measures.table import MEASURES, heading_of
from tasks.customer_math.analysis.counting_rules import OWN, PRESETS
from tasks.reporting.pages.departure_reasons import ENDS
from tests.conventions.test_conventions_code import python_files, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = {"gettext": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_noop": 2}
"""What looks a message up or marks it, and how many of its arguments are messages."""
Message = tuple[str, ...]
"""A message, or the one for one and the one for several."""


def messages_in_code() -> Iterator[Message]:
    """Every message that is written in a call."""
    for path in python_files("config", "expectations", "tasks", "flows"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                written = node.args[: CALLS[node.func.id]]
                texts = [each.value for each in written if isinstance(each, ast.Constant) and isinstance(each.value, str)]
                if len(texts) == CALLS[node.func.id]:
                    yield tuple(texts)


def labels() -> Iterator[Message]:
    """What is called by the table of measures in documents of every language."""
    headed = {name for line in ROLL_FORWARD for name in (line.customers, line.amount) if name}
    yield from ((MEASURES[name].label,) for name in MEASURES)
    yield from ((heading_of(name),) for name in sorted({*headed, "staying_customers"}))
    yield from ((label,) for label in ENDS.values())
    yield from ((preset.label,) for preset in (OWN, *PRESETS))
    yield from ((text,) for entry in EXPERIENCES.values() for text in (entry.who, entry.label, entry.description))
    yield from ((entry.label,) for entry in OUTCOMES.values())
    yield from ((text,) for term in EXPERIENCE_TERMS for text in term)
    yield from ((entry.label,) for entry in (*worth.MEASURES, *relative_value.RATES))
