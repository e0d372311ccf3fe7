"""Names of the private dialect become fewer, never more: the field has standard ones (CONTRIBUTING.md, "How names are given")."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("flows", "tasks", "expectations", "config")
STILL_THERE: dict[str, int] = {
    "asked": 30,
    "asking": 1,
    "beside": 34,
    "described": 13,
    "found": 120,
    "keep": 11,
    "kept": 31,
    "known": 83,
    "made": 21,
    "place": 88,
    "said": 55,
    "says": 65,
    "tell": 11,
    "telling": 14,
    "then": 29,
    "told": 105,
    "way": 15,
    "words": 49,
}
"""How often each dropped word is still part of a name that the code gives; to be lowered when names are mended, never raised."""
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""A word of a name, in snake_case, CamelCase or CAPITALS."""


def names_given(tree: ast.Module) -> Iterator[str]:
    """Every name that a module gives: to functions, classes, arguments, fields and variables; what others named is not its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def dropped_words(tree: ast.Module) -> Counter[str]:
    """The dropped words in the names that a module gives."""
    words = (part.lower() for name in names_given(tree) for part in PART.findall(name))
    return Counter(word for word in words if word in STILL_THERE)


def test_no_word_that_was_dropped_is_used_in_more_names() -> None:
    paths = (path for layer in LAYERS for path in (PROJECT / layer).rglob("*.py"))
    now = sum((dropped_words(ast.parse(path.read_text(encoding="utf-8"))) for path in paths), Counter[str]())
    risen = {word: f"{now[word]} names, {count} before" for word, count in STILL_THERE.items() if now[word] > count}
    assert risen == {}, "use the field's standard term; see CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def tell(edition): ...", {"tell": 1}),
        ("class KeptRows:\n    told: int", {"kept": 1, "told": 1}),
        ("WAY = asked_for(told)", {"way": 1}),
        ("knowledge = retold = placement = 1", {}),
    ],
)
def test_a_dropped_word_is_seen_where_a_name_is_given(source: str, words: dict[str, int]) -> None:
    assert dropped_words(ast.parse(source)) == words
