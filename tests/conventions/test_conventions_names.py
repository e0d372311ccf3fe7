"""No name of the private dialect is given: the field has standard ones (CONTRIBUTING.md, "How names are given")."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("flows", "tasks", "expectations", "config")
DROPPED = {
    *("asked", "asking", "beside", "bench", "described", "desk", "each", "facts", "found", "heads", "intake", "judge", "judgement", "keep"),
    *("kept", "known", "made", "masters", "place", "rests", "said", "says", "shelf", "tell", "telling", "then", "told", "tone"),
    *("way", "ways", "words"),
}
"""Words that are part of no name: the field has a standard term for each thing that they were the name of."""
WRITTEN_IN_FILES = {
    *("asked_at", "found", "material_heads_rate", "range_told_rate", "said_by", "says", "told_from_rate", "wrongly_kept_rate"),
}
"""Fields that a company's files, or files of earlier versions, hold under their name."""
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""A word of a name, in snake_case, CamelCase or CAPITALS."""


def names_given(tree: ast.Module) -> Iterator[str]:
    """Every name that a module gives: to functions, classes, arguments, fields and variables; what others named is not its own."""
    fields = {
        id(node.target)
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.AnnAssign)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not (id(node) in fields and node.id in WRITTEN_IN_FILES):
            yield node.id


def dropped_words(tree: ast.Module) -> list[str]:
    """The dropped words in the names that a module gives."""
    return [f"{part.lower()} in {name}" for name in names_given(tree) for part in PART.findall(name) if part.lower() in DROPPED]


def test_no_word_that_was_dropped_is_part_of_a_name() -> None:
    paths = (path for layer in LAYERS for path in (PROJECT / layer).rglob("*.py"))
    used = {
        str(path.relative_to(PROJECT)): words for path in paths if (words := dropped_words(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert used == {}, "use the field's standard term; see CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def tell(edition): ...", ["tell in tell"]),
        ("class KeptRows:\n    told: int", ["kept in KeptRows", "told in told"]),
        ("WAY = asked_for(told)", ["way in WAY"]),
        ("class Rule:\n    says: str", []),
        ("says = 1", ["says in says"]),
        ("knowledge = retold = placement = 1", []),
    ],
)
def test_a_dropped_word_is_seen_where_a_name_is_given(source: str, words: list[str]) -> None:
    assert dropped_words(ast.parse(source)) == words
