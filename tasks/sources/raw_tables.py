"""An extract as it is written in its source: every value as text, every row with its place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.parquet

from config.unreadable_values import NO_VALUE
from tasks.sources.compiled import copy_to, sql_over, sql_text
from tasks.sources.engine_functions import local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

    from config.sources import Read
    from tasks.sources.engine_functions import Rows, Values

INTEGRAL_BELOW = 10**15
"""Floating-point numbers without a fraction are exact integers up to here, so that 17850.0 is the customer 17850."""
TYPED_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z")
"""How a value that its source already knows as a date or an instant is written as text."""


@dataclass(frozen=True)
class MissingValue:
    """A cell that has no value although it is not empty."""

    text: str
    """What it shows, such as #N/A; the company may say in `read.null_texts` that it means nothing."""
    reason: str
    """Why, and in which cell."""


@dataclass(frozen=True)
class RawTable:
    """Parquet files of text, in the order of the source's files; a row's place in its file is its place in the source."""

    paths: tuple[Path, ...]
    has_typed_values: bool
    """Whether dates may be written as in TYPED_DATES, whatever the extract's own patterns."""
    notes: tuple[str, ...] = ()
    """What was passed over, in sentences."""
    names: tuple[str, ...] = ()
    """By what names of files the rows go, where they were written under others."""
    reused_count: int = 0
    """Of how many of its files the text was there already."""

    @property
    def rows_count(self) -> int:
        """How many rows were written, as the files themselves say."""
        return sum(pyarrow.parquet.read_metadata(path).num_rows for path in self.paths)


def write_raw(rows: Rows, columns: Mapping[str, str], *, path: Path, source_file: str, read: Read) -> None:
    """Write some columns of rows with a name as text, under the names given, with that of their file.

    An empty text and the company's null texts become NULL.
    """
    nothing = ("", *read.null_texts)

    def texts_of(rows: Rows) -> Rows:
        texts = {name: _text(rows[column], read.decimal) for name, column in columns.items()}
        return rows.select(**{name: ibis.cases((text.isin(nothing), ibis.null("string")), else_=text) for name, text in texts.items()})

    texts = sql_over(rows, texts_of, "raw", *columns.items(), nothing, read.decimal)
    file_column = "" if "source_file" in columns else f"{sql_text(source_file)} AS source_file, "
    copy_to(rows.get_backend(), f"SELECT {file_column}* FROM ({texts})", path)  # noqa: S608 - the place is written as a text


def _text(value: Values, decimal_mark: str) -> Values:
    """A value as text, exactly; numbers with the decimal mark that the extract declares."""
    kind = value.type()
    if kind.is_floating():
        is_integral = (value.abs() < INTEGRAL_BELOW) & (value == value.floor())
        fraction: Values = value.cast("string")
        text = ibis.cases((is_integral, value.cast("int64").cast("string")), else_=fraction.replace(".", decimal_mark))
        return ibis.cases((value.isnan(), ibis.null("string")), else_=text)
    if kind.is_decimal():
        return value.cast("string").replace(".", decimal_mark)
    if kind.is_boolean():
        return value.ifelse("true", "false")
    if kind.is_timestamp() and kind.timezone:
        text: Values = local_time("UTC", value).cast("string")
        return text.endswith("infinity").ifelse(text, text + "+00:00")
    return value.cast("json").cast("string") if kind.is_nested() else value.cast("string")


def scan(connection: Backend, raw: RawTable) -> Rows:
    """The raw rows with `source_file` and `source_row`, their 1-based place below the headings."""
    tables = [connection.read_parquet(path, file_row_number=True) for path in raw.paths]
    if raw.names:
        tables = [table.mutate(source_file=ibis.literal(name)) for table, name in zip(tables, raw.names, strict=True)]
    table: Rows = ibis.union(*tables) if len(tables) > 1 else tables[0]
    if "source_row" in table.columns:
        return table.drop("file_row_number").mutate(source_row=table.source_row.cast("int64"))
    return table.mutate(source_row=table.file_row_number + 1).drop("file_row_number")


def is_dropped(table: Rows, patterns: dict[str, str]) -> Values:
    """Whether a row is one of those that are not data: any of the named columns reads wholly as its pattern says."""
    is_match: Values = ibis.literal(value=False)
    for name, pattern in patterns.items():
        is_match = is_match | table[name].fill_null("").re_search(whole_value(pattern))
    return is_match


def whole_value(pattern: str) -> str:
    """A regular expression that a value fits as a whole."""
    return f"^(?:{pattern})$"


def write_cells(
    batches: Iterable[Sequence[Sequence[object]]],
    *,
    columns: Sequence[str],
    path: Path,
    source_file: str,
    read: Read,
) -> Iterator[list[list[str | None]]]:
    """Write batches of Python rows as text; hands on each batch's texts, column by column, once it is written."""
    schema = pa.schema([pa.field(name, pa.string()) for name in (*columns, "source_file")])
    as_text = partial(cell_text, decimal_mark=read.decimal)
    nothing = frozenset({"", *read.null_texts})
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for rows in batches:
            texts = [[_unless(nothing, value, as_text) for value in values] for values in zip(*rows, strict=True)]
            arrays = [pa.array(column, pa.string()) for column in texts]
            writer.write_batch(pa.record_batch([*arrays, pa.array([source_file] * len(rows), pa.string())], schema=schema))
            yield texts


def _unless(nothing: frozenset[str], value: object, as_text: Callable[[object], str | None]) -> str | None:
    """The value's text; none where it means nothing, and the reason behind a mark where it is missing."""
    if isinstance(value, MissingValue):
        return None if value.text and value.text in nothing else f"{NO_VALUE}{value.reason}"
    text = as_text(value)
    return None if text is None or text in nothing else text


def cell_text(value: object, *, decimal_mark: str) -> str | None:
    """A cell of a sheet or of a database's row as text, exactly; a number that is none (NaN) as nothing."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (float, Decimal)) and not isinstance(value, bool):
        return _number_text(value, decimal_mark)
    writer = CELL_WRITERS.get(type(value))
    return writer(value) if writer else str(value)


def _number_text(value: float | Decimal, decimal_mark: str) -> str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < INTEGRAL_BELOW:
        return str(int(value))
    return format(Decimal(repr(value)) if isinstance(value, float) else value, "f").replace(".", decimal_mark)


CELL_WRITERS: dict[type, Callable[..., str]] = {
    bool: lambda value: "true" if value else "false",
    datetime: lambda value: value.isoformat(sep=" "),
    date: date.isoformat,
    time: time.isoformat,
    bytes: bytes.hex,
    memoryview: memoryview.hex,
}
"""How values that are neither text nor a fraction are written."""
