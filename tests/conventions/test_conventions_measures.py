"""The table of measures is the only place where a measure is called something, and searching for its name finds it there."""

from __future__ import annotations

import ast
import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.measures.table import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
NEARLY = 0.9
"""Two texts whose letters agree so far are one label and a slip of it."""
WITH_A_REMARK = re.compile(r"\b(left|lapsed) \(", re.IGNORECASE)
"""How a page adds words of its own to the two ways to go."""


def plain(text: str) -> str:
    """A text as one hears it: small letters, without brackets and what stands in them, signs and marks."""
    return " ".join(re.sub(r"\([^)]*\)|[^\w\s]", " ", text).lower().split())


LABELS = {plain(label) for entry in ENTRIES.values() for label in (entry.label, entry.heading)}


def trees_of(folder: str) -> dict[str, ast.Module]:
    """Every module of a folder, parsed."""
    paths = sorted((PROJECT / folder).rglob("*.py"))
    return {str(path.relative_to(PROJECT)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def texts_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of a module but its docstrings, with its line."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def is_label(text: str) -> bool:
    """Whether a text calls a measure by its label, or nearly.

    A single small word is a code or part of a sentence; a text with a blank before it goes on with a sentence.
    """
    heard, first = plain(text), next((letter for letter in text if letter.isalpha()), "")
    if text[:1].isspace() or not (first.isupper() or " " in heard):
        return False
    return bool(difflib.get_close_matches(heard, LABELS, n=1, cutoff=NEARLY))


def labels_typed(tree: ast.Module) -> list[str]:
    """Every line of a module that types what the table calls a measure."""
    return [f"{line}: {text!r}" for line, text in texts_of(tree) if is_label(text) or WITH_A_REMARK.search(text)]


def test_no_page_types_what_a_measure_is_called() -> None:
    """Read it by `label_of`, `heading_of` or `column_of`; what no measure is called is changed until it sounds like none."""
    assert [f"{name}:{line}" for name, tree in trees_of("tasks/reporting").items() for line in labels_typed(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        'Column("Customers out")',
        'Column("customers out (-)")',
        'f"{count} left (they told us)"',
        'rows = [("Lapsed (went silent)", 3)]',
        'f"Bought again: {line}"',
        'f"*Stayed:* {more}"',
        'Column("Value of terms due")',
        'Column("Values of terms due")',
    ],
)
def test_a_label_that_is_typed_is_found(source: str) -> None:
    assert len(labels_typed(ast.parse(source))) == 1


@pytest.mark.parametrize("source", ['"""Customers out."""', 'align = "left"', 'label_of("customers_out")', 'f"{count} bought again"'])
def test_what_is_no_label_is_left_alone(source: str) -> None:
    assert labels_typed(ast.parse(source)) == []


def test_every_name_in_the_table_is_written_out_once() -> None:
    calls = [node for tree in trees_of("config/measures").values() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    entries = [call for call in calls if ast.unparse(call.func) in {"MeasureEntry", "RateEntry"}]
    names = [keyword.value for call in entries for keyword in call.keywords if keyword.arg == "name"]
    assert sorted(ast.literal_eval(name) for name in names) == sorted(ENTRIES)
    assert len(names) == len(entries)
