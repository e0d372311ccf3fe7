"""JSON lines: one object a line, its values as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import ibis
from ibis import _

from tasks.sources.compiled import answer, copy_to, named_query, sql_over
from tasks.sources.csv_files import complaint, scan_text
from tasks.sources.csv_text import UNIT_SEPARATOR, PlainText
from tasks.sources.engine_functions import is_json, is_of_the_machine, json_keys, json_text, json_type
from tasks.sources.headings import chosen, distinct
from tasks.sources.landed import SourceError
from tasks.sources.plain_text import decoded, needs_rewriting, write_text
from tasks.sources.raw_tables import write_raw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.engine_functions import Rows, Values
    from tasks.sources.files import SourceFile


def read_json_lines(file: SourceFile, read: Read, *, connection: Backend, wanted: Sequence[str] | None, path: Path, where: str) -> None:
    """Write the objects' values as text, nested ones as JSON; raises SourceError with the first line that is no object."""
    lines = _lines(file, read, connection=connection, path=path, where=where)
    _refuse_what_is_no_object(lines, where=where)
    keys = [row["name"] for row in answer(lines, _names, "names of objects")]
    keys_by_name = dict(zip(distinct(keys), keys, strict=True))
    selected = chosen(tuple(keys_by_name), wanted if wanted is None or keys else (), where=where)
    if not selected:
        raise SourceError(f"{where}: is empty, expected one JSON object a line at least; export it again")

    def values(lines: Rows) -> Rows:
        in_order = _objects(lines).order_by("file_row_number")
        return in_order.select(**{name: _value(in_order.line, keys_by_name[name], decimal_mark=read.decimal) for name in selected})

    query = sql_over(lines, values, "values of objects", read.decimal, *((name, keys_by_name[name]) for name in selected))
    rows = named_query(connection, query, "values_of_objects", schema=ibis.schema(dict.fromkeys(selected, "string")))
    write_raw(rows, {name: name for name in selected}, path=path, source_file=file.name, read=read)


def _lines(file: SourceFile, read: Read, *, connection: Backend, path: Path, where: str) -> Rows:
    text = PlainText(file.path, ("line",), 0, UNIT_SEPARATOR, "")
    chunks = decoded(file, read.encoding, where=where)
    next(chunks)
    if needs_rewriting(file, read.encoding, where=where):
        copy = path.with_suffix(".txt")
        write_text(decoded(file, read.encoding, where=where), copy)
        text = PlainText(copy, ("line",), 0, UNIT_SEPARATOR, "")
    table = scan_text(connection, text)
    as_read = path.with_suffix(".lines.parquet")
    try:
        copy_to(connection, sql_over(table, lambda table: table.select(line=table.c0), "lines"), as_read)
    except duckdb.Error as error:
        if is_of_the_machine(error):
            raise
        raise complaint(error, text, read=read, where=where) from None
    return connection.read_parquet(as_read, file_row_number=True, table_name="lines_of_a_file")


def _objects(lines: Rows) -> Rows:
    """The lines that are not blank."""
    return lines.filter(lines.line.strip() != "")


def _names(lines: Rows) -> Rows:
    """Every name in an object, once."""
    objects = _objects(lines)
    return objects.select(name=json_keys(objects.line).unnest()).distinct().order_by("name")


def _other_than_objects(lines: Rows) -> Rows:
    objects = _objects(lines)
    is_object: Values = ibis.cases((is_json(objects.line), json_type(objects.line, "$") == "OBJECT"), else_=False)
    return objects.filter(~is_object).agg(first=_.file_row_number.min())


def _with_a_name_twice(lines: Rows) -> Rows:
    objects = _objects(lines)
    names = json_keys(objects.line)
    return objects.filter(names.length() != names.unique().length()).agg(first=_.file_row_number.min())


def _refuse_what_is_no_object(lines: Rows, *, where: str) -> None:
    faults = {
        "one JSON object a line, found something else": _other_than_objects,
        "every name of an object once, found one twice": _with_a_name_twice,
    }
    for expected, lines_of in faults.items():
        first = answer(lines, lines_of, expected)[0]["first"]
        if first is not None:
            raise SourceError(f"{where}, line {first + 1}: expected {expected}; mend the line or export the file again")


def _value(line: Values, name: str, *, decimal_mark: str) -> Values:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    text = json_text(line, pointer)
    if decimal_mark == ".":
        return text
    return (json_type(line, pointer) == "DOUBLE").ifelse(text.replace(".", decimal_mark), text)
