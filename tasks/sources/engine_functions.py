"""Functions of the engine that Ibis does not name, and what an expression is called here."""

from __future__ import annotations

from typing import Any, TypeAlias

import duckdb
import ibis

NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large", "Could not write")
"""What the engine says where it cannot write."""
Rows: TypeAlias = Any
"""A table of the engine. Ibis knows the kinds of its columns when it runs, a type checker does not."""
Values: TypeAlias = Any
"""A column of it, or a value computed from columns."""
duckdb_builtin: Any = ibis.udf.scalar.builtin
"""Marks a function without a body here: Ibis reads its signature, the engine has the rest."""


@duckdb_builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def local_time(zone: str, instant: Values) -> Values:
    """The local time of an instant in a zone."""


@duckdb_builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
def instant_of(zone: str, local: Values) -> Values:
    """The instant of a local time in a zone."""


@duckdb_builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def local_time_by(text: Values, pattern: str) -> Values:
    """The time that a text means by a pattern that names no zone; NULL where it does not fit."""


@duckdb_builtin(name="try_strptime", signature=(("string", "string"), "timestamp('UTC')"))
def instant_by(text: Values, pattern: str) -> Values:
    """The instant that a text means by a pattern that names a zone; NULL where it does not fit."""


@duckdb_builtin(name="to_timestamp", signature=(("float64",), "timestamp('UTC')"))
def instant_of_seconds(seconds: Values) -> Values:
    """The instant so many seconds after the first of 1970."""


@duckdb_builtin(name="nfc_normalize", signature=(("string",), "string"))
def composed(text: Values) -> Values:
    """The text with every letter and its accents as one sign, as far as Unicode has one (NFC)."""


@duckdb_builtin(name="json_valid", signature=(("string",), "boolean"))
def is_json(line: Values) -> Values:
    """Whether a text is JSON."""


@duckdb_builtin(name="json_type", signature=(("string", "string"), "string"))
def json_type(line: Values, path: str) -> Values:
    """What kind of value JSON has at a place."""


@duckdb_builtin(name="json_keys", signature=(("string",), "array<string>"))
def json_keys(line: Values) -> Values:
    """The names in a JSON object."""


@duckdb_builtin(name="json_extract_string", signature=(("string", "string"), "string"))
def json_text(line: Values, path: str) -> Values:
    """The value at a place of JSON, as text."""


def is_of_the_machine(error: Exception) -> bool:
    """Whether the disk or the memory is in trouble, not the extract."""
    no_room = isinstance(error, duckdb.IOException | OSError) and any(text in str(error) for text in NO_ROOM)
    return no_room or isinstance(error, duckdb.OutOfMemoryException)
