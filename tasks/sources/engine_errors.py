"""What is wrong with a company's SQL, in our own words: an engine's message may hold a cell, a path or a password."""

from __future__ import annotations

import re

import duckdb

OTHERWISE = "the engine does not take it"
"""What is wrong, where the kind of error says no more."""
MISTAKES: dict[type[BaseException], str] = {
    duckdb.ParserException: "it has a syntax error",
    duckdb.CatalogException: "it names a table, kind or function that is not there",
    duckdb.BinderException: "it names a column that is not there, or joins what does not go together",
    duckdb.ConversionException: "a value cannot be read as the kind that it is cast to (TRY_CAST gives NULL there)",
    duckdb.OutOfRangeException: "a number or a text grows beyond what its kind holds",
    duckdb.InvalidInputException: "a function is given a value that it does not take",
    duckdb.InvalidTypeException: "it compares or combines kinds that do not go together",
    duckdb.TypeMismatchException: "it compares or combines kinds that do not go together",
    duckdb.NotImplementedException: "it asks for what the engine cannot do",
    duckdb.PermissionException: "it reaches for a file or an address, and may read extracts only",
    duckdb.OutOfMemoryException: "it needs more memory than there is (CUSTOMER_MATH_MEMORY)",
    duckdb.InterruptException: "it was stopped",
    duckdb.IOException: "a file that it needs cannot be read",
}
"""What each kind of error means."""
OF_NAMES = (duckdb.ParserException, duckdb.CatalogException, duckdb.BinderException)
"""Errors about what is written, before a row is read: their messages name the word that they stumbled over."""
NAMED = re.compile(r'"([^"\n]+)"|\b[Nn]ame (\S+) does not exist|: ([\w.]+)$', re.MULTILINE)
POSITION = re.compile(r"^LINE (\d+): (.*)\n( *)\^", re.MULTILINE)


def sql_mistake(error: duckdb.Error, sql: str, *, lines_before: int = 0) -> str:
    """The kind of an engine's error, the word of the SQL that it is about, and where that stands: `cannot be run: ...`.

    `lines_before` is how many lines of ours stand above the company's own when it is run.
    """
    word = own_word(str(error), sql) if isinstance(error, OF_NAMES) else ""
    return f"cannot be run: {kind_of(error)}{word}{_position(str(error), lines_before)}; correct it in sources.yaml"


def kind_of(error: duckdb.Error) -> str:
    """What is wrong, by the error's kind alone."""
    return next((MISTAKES[kind] for kind in type(error).__mro__ if kind in MISTAKES), OTHERWISE)


def own_word(message: str, text: str) -> str:
    """The first word in an error's message that stands in the company's own text, in brackets; empty where none does."""
    candidates = (word for groups in NAMED.findall(message) for word in groups if word)
    own = next((word for word in candidates if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)), "")
    return f" (`{own}`)" if own else ""


def _position(message: str, lines_before: int) -> str:
    match = POSITION.search(message)
    if not match:
        return ""
    line = int(match[1]) - lines_before
    column = len(match[3]) - len(f"LINE {match[1]}: ") + 1
    is_cut = match[2].startswith("...")
    return f", at its line {line}" if is_cut else f", at its line {line}, column {column}"
