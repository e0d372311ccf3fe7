"""How Parquet files arrive damaged, besides in their bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.pipeline.fuzzing.csv_damages import with_odd
from tests.pipeline.fuzzing.orders import COLUMNS, FORMATS, as_table, parquet_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

    Damage = Callable[[Random, list[Record]], bytes]

TYPES = (
    *(pa.string(), pa.large_string(), pa.float32(), pa.float64(), pa.int64(), pa.int8(), pa.decimal128(38, 10), pa.decimal256(60, 4)),
    *(
        pa.bool_(),
        pa.binary(),
        pa.timestamp("s"),
        pa.timestamp("ns"),
        pa.timestamp("us", tz="Europe/Berlin"),
        pa.date32(),
        pa.date64(),
        pa.time64("us"),
    ),
    *(
        pa.list_(pa.string()),
        pa.struct([("value", pa.string())]),
        pa.map_(pa.string(), pa.string()),
        pa.dictionary(pa.int32(), pa.string()),
    ),
)


def _column_of_another_type(chance: Random, rows: list[Record]) -> bytes:
    table, column = as_table(rows), chance.choice(COLUMNS)
    values: Any = [row[column] for row in rows]
    for kind in chance.sample(TYPES, len(TYPES)):
        for convert in (
            lambda value: value,
            str,
            lambda value: [str(value)],
            lambda value: {"value": str(value)},
            lambda value: [("k", str(value))],
            lambda value: str(value).encode(),
            float,
            int,
        ):
            try:
                array = pa.array([None if value is None else convert(value) for value in values], kind)
                return parquet_of(table.set_column(COLUMNS.index(column), column, array))
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                continue
    raise AssertionError("some type holds any value")


def _odd_values_of_a_type(chance: Random, rows: list[Record]) -> bytes:
    amounts = [float(row["amount"]) for row in rows]
    odd = chance.choice((float("nan"), float("inf"), -float("inf"), 1e-9, 1e20, 5e-324, -0.0, 123456789.123456))
    amounts[chance.randrange(len(rows))] = odd
    return parquet_of(as_table(rows).set_column(COLUMNS.index("amount"), "amount", pa.array(amounts)))


def _with_nulls(chance: Random, rows: list[Record]) -> bytes:
    return parquet_of(as_table(with_odd(chance, rows, chance.choice(COLUMNS), (None,))))


def _renamed(chance: Random, rows: list[Record]) -> bytes:
    names: list[str] = list(COLUMNS)
    names[chance.randrange(len(names))] = chance.choice(
        ("other", "Amount", "amount", "id", "", "source_file", "file_row_number", "a.b", 'q"uote', "\0", "x" * 5000)
    )
    return parquet_of(as_table(rows).rename_columns(names))


def _footer_damaged(chance: Random, rows: list[Record]) -> bytes:
    content = FORMATS["parquet"].write(rows)
    length = int.from_bytes(content[-8:-4], "little")
    patched = chance.choice((0, 1, length - 1, length + 1, 2**31 - 1, 2**32 - 1, len(content)))
    if chance.random() < 0.4:
        return content[:-8] + patched.to_bytes(4, "little") + b"PAR1"
    at = len(content) - 8 - chance.randrange(1, length)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


PARQUET_UNCHANGED: dict[str, Damage] = {
    "rows in groups": lambda chance, rows: parquet_of(as_table(rows), row_group_size=chance.choice((1, 3, 7))),
    "another compression": lambda chance, rows: parquet_of(as_table(rows), compression=chance.choice(("none", "zstd", "gzip", "brotli"))),
    "columns in another order": lambda chance, rows: parquet_of(as_table(rows).select(chance.sample(COLUMNS, len(COLUMNS)))),
    "old dates and a column more": lambda chance, rows: parquet_of(
        as_table(rows).append_column("more", pa.array([b"\0"] * len(rows))), version="1.0"
    ),
}
PARQUET_DAMAGES: dict[str, Damage] = {
    "a column of another type": _column_of_another_type,
    "a column of another type again": _column_of_another_type,
    "odd numbers": _odd_values_of_a_type,
    "nulls": _with_nulls,
    "another name": _renamed,
    "a damaged footer": _footer_damaged,
    "a damaged footer again": _footer_damaged,
    "no rows": lambda chance, rows: parquet_of(as_table(rows).slice(0, 0)),
}
PARQUET_REFUSED: dict[str, Damage] = {
    "a column twice": lambda chance, rows: parquet_of(
        as_table(rows).append_column(chance.choice(COLUMNS), pa.array([Decimal(1)] * len(rows)))
    ),
}
