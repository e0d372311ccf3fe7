"""Statements by all that decides them: of this process, and in a folder where later ones find what was put into SQL before.

To put a question into SQL takes ten times as long as the engine needs to answer it for a small company. A statement is read back only as
it was written: one that is damaged, cut off or not there is made again.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ibis.expr.datashape import DataShape
from ibis.expr.operations import AggUDF, ScalarUDF

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

MOST_REMEMBERED = 1_000
"""Statements of one kind in this process; where there are more, its memory begins anew."""
MOST_STORED = 10_000
"""Statements in a folder; where there are more, it begins anew."""
UNPAIRED = "surrogatepass"
"""Halves of signs, which some files hold, are written and read as they are."""
AT_AN_ADDRESS = " at 0x"
"""What an object says of itself that does not say what is in it."""


def statement_of(remembered: dict[Any, str], decided_by: Hashable, make: Callable[[], str], *, folder: Path | None) -> str:
    """The statement for all that `decided_by` names alike: as it is remembered, as the folder has it, or made."""
    if decided_by in remembered:
        return remembered[decided_by]
    path = None if folder is None else _path_of(folder, decided_by)
    statement = None if path is None else _read(path)
    if statement is None:
        statement = make()
        if path is not None:
            _write(path, statement)
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()
    remembered[decided_by] = statement
    return statement


def folder_of_version(parent: Path, *, version: str) -> Path:
    """The folder for the statements of one version of all that makes them, which is there; those of others are removed."""
    folder = parent / hashlib.sha256(version.encode()).hexdigest()[:16]
    with suppress(OSError):
        for path in parent.iterdir():
            if path != folder or sum(1 for _ in path.iterdir()) > MOST_STORED:
                shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _path_of(folder: Path, decided_by: Hashable) -> Path | None:
    """Where the statement is kept; none where what decides it cannot be told in a text that another process would write alike."""
    text = _in_text(decided_by)
    return None if AT_AN_ADDRESS in text else folder / hashlib.sha256(text.encode(errors=UNPAIRED)).hexdigest()


def _in_text(value: Any) -> str:  # noqa: ANN401 - whatever decides a statement
    """All of a value in a text: its kind, so that 1 is not True, and what is in it."""
    kind = value if isinstance(value, type) else type(value)
    named = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, type):
        return _function_in_text(value) if issubclass(value, ScalarUDF | AggUDF) else f"type {named}"
    if isinstance(value, tuple | list):
        return f"{named}({','.join(map(_in_text, value))})"
    if isinstance(value, frozenset):
        return f"{named}({','.join(sorted(map(_in_text, value)))})"
    if isinstance(value, DataShape):
        return named
    if is_dataclass(value):
        return f"{named}({','.join(f'{field.name}={_in_text(getattr(value, field.name))}' for field in fields(value))})"
    return f"{named} {value!r}"


def _function_in_text(function: Any) -> str:  # noqa: ANN401 - a class that Ibis makes
    """A function of the engine's: Ibis numbers their classes, in another order in another process."""
    takes = [(name, parameter.annotation.pattern) for name, parameter in function.__signature__.parameters.items()]
    return f"function {function.__func_name__} {function.__input_type__} {function.__udf_namespace__!r} {takes!r} {function.dtype!r}"


def _read(path: Path) -> str | None:
    """A kept statement; none where it is not there, or not as it was written."""
    try:
        digest, _line, statement = path.read_bytes().decode(errors=UNPAIRED).partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return statement if digest == _digest(path, statement) else None


def _write(path: Path, statement: str) -> None:
    """Keep a statement, whole or not at all; where the disk takes nothing, later processes make it again."""
    partial = path.with_name(f".{uuid4().hex}")
    with suppress(OSError):
        partial.write_bytes(f"{_digest(path, statement)}\n{statement}".encode(errors=UNPAIRED))
        partial.replace(path)
    with suppress(OSError):
        partial.unlink(missing_ok=True)


def _digest(path: Path, statement: str) -> str:
    """Over the statement, and over what it is kept as: one under another's name is not taken for it."""
    return hashlib.sha256(f"{path.name}\n{statement}".encode(errors=UNPAIRED)).hexdigest()
