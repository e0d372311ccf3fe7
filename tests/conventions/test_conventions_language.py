"""How numbers are written is decided in one place, and so is the language of sentences: its catalogue is complete."""

from __future__ import annotations

import ast
import re
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.pofile import read_po

from config.language import CATALOGUES, LANGUAGES
from config.localization import ENGLISH
from tests.conventions.test_conventions_code import name_of, python_files, tree_of
from tests.messages import CALLS, HEADED, labels, messages_in_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message

WRITES_NUMBERS = re.compile(r",|%|\bB\b")
"""A format that marks thousands, makes a percentage, or names a month."""
IN_WORDS = re.compile(r"^[^<>;{}]*(?:[A-Za-z]{2,},? [A-Za-z]{2,}|\b[A-Z][a-z]{2,})[^<>;{}]*$")
"""A text of several words, or with one that begins with a capital; neither markup nor a look."""
OF_OPERATORS = {"edition_history.py", "html.py"}
"""What is printed by commands and on the pages of validation, for who runs them: in English."""
NO_SENTENCES = {
    " and before",
    "'Segoe UI','Helvetica Neue','DejaVu Sans',Arial,sans-serif",
    "Calibri",
    "Customer Math",
    "DejaVu Sans",
    "Experience",
    "General",
    "Still to win",
    "TableStyleLight1",
    "WriteOnlyWorksheet",
    "Who left",
    "Worth",
    "`customer-math explain ",
    "charged back",
    "could not be judged",
    "font-family:'Segoe UI','Helvetica Neue',Arial,sans-serif",
    "lower left",
    "money back",
    "more than ",
    "not judged",
    "offset points",
    "set aside",
    "table wide",
}
"""Names of tabs, states and causes that are looked up elsewhere, of fonts, looks, types and commands, and stems of words."""
WITHIN = "within a sentence"
OTHER_LANGUAGES = [language for language in LANGUAGES if language != ENGLISH]


def formats_in(path: Path) -> Iterator[str]:
    """Formats of a file's sentences that write numbers or months in one language only."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FormattedValue) and node.format_spec and WRITES_NUMBERS.search(ast.unparse(node.format_spec)):
            yield f"{name_of(path)}:{node.lineno}: {ast.unparse(node.format_spec)}"


def test_documents_write_no_number_and_no_month_but_by_the_locale() -> None:
    clock = "%H:%M %Z"
    found = [each for path in python_files("tasks/reporting") for each in formats_in(path) if clock not in each]
    assert found == []


def texts_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Texts of a module that a reader may meet as they stand, by line: neither looked up, nor documentation, errors, types or keys."""
    passed_over: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr | ast.Raise | ast.Assert | ast.Compare) or is_call_of(node, {"Literal", "compile"}):
            if not (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)):
                passed_over |= {id(each) for each in ast.walk(node)}
        elif isinstance(node, ast.Call) and is_call_of(node, HEADED):
            passed_over |= {id(each) for each in node.args[: HEADED[name_called(node)]]}
        elif isinstance(node, ast.Subscript):
            passed_over |= {id(each) for each in ast.walk(node.slice)}
        elif isinstance(node, ast.Dict):
            passed_over |= {id(key) for key in node.keys if isinstance(key, ast.Constant)}
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            passed_over |= {id(each) for each in ast.walk(node.annotation)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    yield from ((node.lineno, str(node.value)) for node in texts if id(node) not in passed_over and IN_WORDS.search(str(node.value)))


def name_called(node: ast.Call) -> str:
    """What a call calls, without what it is an attribute of."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def is_call_of(node: ast.AST, names: Iterable[str]) -> bool:
    return isinstance(node, ast.Call) and name_called(node) in names


def test_no_page_has_a_text_that_is_not_looked_up() -> None:
    """So that another language misses no sentence, whatever company and period it is printed of."""
    paths = [path for path in python_files("tasks/reporting") if path.name not in OF_OPERATORS]
    found = [(name_of(path), text) for path in paths for _line, text in texts_of(tree_of(path))]
    assert len(paths) > 60
    assert [each for each in found if each[1] not in NO_SENTENCES] == []
    assert {text for _name, text in found} >= NO_SENTENCES


def test_what_is_looked_up_is_written_in_the_call_or_marked_where_it_stands() -> None:
    """A sentence put together before it is looked up is in no catalogue."""
    calls = [node for path in python_files("config", "tasks") for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    looked_up = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id in CALLS]
    assert len(looked_up) > 200
    assert [ast.unparse(node) for node in looked_up if isinstance(node.args[0], ast.JoinedStr | ast.BinOp)] == []


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def entries(language: str) -> dict[tuple[str, ...], Message]:
    """The entries of a catalogue that belong to no context, by their ids."""
    return {tuple(_texts(each.id)): each for each in catalogue(language) if each.id and not each.context}


def _texts(written: Any) -> list[str]:
    """One text, or one for each number."""
    return [written] if isinstance(written, str) else list(written)


def blanks(text: str) -> set[str]:
    """The names in braces."""
    return {name for _text, name, _format, _conversion in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_sentence_of_the_code_is_in_the_catalogue_and_no_other(language: str) -> None:
    of_code, held = {*messages_in_code(), *labels()}, set(entries(language))
    assert sorted(of_code - held) == [], "write them into the catalogue"
    assert sorted(held - of_code) == [], "nothing prints them any more"


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_entry_says_something_and_fills_in_the_same_names(language: str) -> None:
    plurals_count = catalogue(language).num_plurals
    for ids, entry in entries(language).items():
        texts = _texts(entry.string)
        assert all(texts), f"{ids}: no sentence"
        assert not entry.fuzzy, f"{ids}: not looked at yet"
        assert len(texts) == (1 if len(ids) == 1 else plurals_count), ids
        for own, text in zip((ids[0], *[ids[-1]] * plurals_count), texts, strict=False):
            assert blanks(text) == blanks(own), f"{own}: other names in braces than {text}"


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_what_is_looked_up_twice_stays_as_it_is(language: str) -> None:
    """A heading is looked up where it is made and where its table is: what a language says is the id of nothing else."""
    said = {ids[0]: _texts(entry.string)[0] for ids, entry in entries(language).items() if len(ids) == 1}
    assert {text: said[text] for text in said.values() if said.get(text, text) != text} == {}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_what_a_language_words_otherwise_within_a_sentence_is_worded_alone_too(language: str) -> None:
    within = [each for each in catalogue(language) if each.context]
    assert within
    assert {each.context for each in within} == {WITHIN}
    assert [each.id for each in within if (each.id,) not in entries(language)] == []


def test_every_catalogue_is_a_language_that_a_company_may_choose() -> None:
    assert sorted(path.stem for path in CATALOGUES.glob("*.po")) == sorted(OTHER_LANGUAGES)
