"""How files arrive damaged: every damage is drawn from a seed, and knows what may come of it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from tests.pipeline.fuzzing.orders import COLUMNS, FORMATS, as_csv, as_json, as_json_lines, as_table, parquet_of, records
from tests.pipeline.fuzzing.workbooks import WORKBOOK_DAMAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

    Damage = Callable[[Random, list[Record]], bytes]

Outcome = Literal["as the file says", "unchanged", "unchanged or refused", "refused"]
"""What may come of a damage: what an independent reader finds or a refusal; exactly what was there; one of these two; a refusal."""
ODD_AMOUNTS = (
    *("12,50", "1.234,56", "1,234.56", "(12.00)", "12.00-", "\u221212.00", "EUR 3", "€4", "1e3", "1E400", "NaN", "Infinity", "-inf", "0x10"),
    *("1_000", "\u0661\u0662", "１２", "1.23456", "99999999999999", "-0", "+5", ".5", "5.", "--5", "1 234", "1\u00a0234.5", "", " ", "null", "-"),
    *("12.50 EUR EUR", "=1+1", "#N/A", "#REF!", "true", "12:30", "1/2", "9" * 400),
)
ODD_DAYS = (
    *("02.05.2026", "2026-13-01", "2026-02-30", "20260502", "2026-5-2", "0024-05-02", "20211-05-02", "2026-05-02T10:00:00Z", "", " ", "0"),
    *("46144", "2026/05/02", "May 2, 2026", "２０２６-05-02", "2026-05-02 ", "-2026-05-02", "+2026-05-02", "9999-12-31", "NULL", "#VALUE!"),
)
ODD_TEXTS = (
    *("\u202eQuux\u202c", "Q\u0308uux", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u200b", "\u2028", "\u0085", "\u00a0", "\ufeff", "\ufffd"),
    *("\x0b", "\x1f", "\x7f", "'; DROP TABLE orders; --", "=cmd|'/C calc'!A0", "${SECRET}", "%s%n", "\\", "\\N", "NULL", "a\tb", "x" * 70_000),
    *("İ", "ß", "\U00010ffff", "\ud7ff", "[red]x[/red]", "[/]", "<b>", "{}", "../../etc/passwd", "C:\\Quux"),
)


def flipped_bits(chance: Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def truncated(chance: Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def without_a_chunk(chance: Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice((1, 7, 64, 512)) :]


def with_a_chunk_twice(chance: Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    end = start + chance.choice((1, 7, 64, 512))
    return content[:end] + content[start:]


def with_chunks_swapped(chance: Random, content: bytes) -> bytes:
    first, second, third = sorted(chance.randrange(len(content)) for _ in range(3))
    return content[:first] + content[second:third] + content[first:second] + content[third:]


def with_bytes_between(chance: Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + chance.choice((b"\0", b"\xff", b"\xef\xbb\xbf", b"\x1a", b"\r", b"\n", b"\0" * 4096)) + content[start:]


def zeroed(chance: Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    length = min(chance.choice((1, 16, 256)), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def with_more_behind(chance: Random, content: bytes) -> bytes:
    return content + chance.choice((b"\0", b"PK\x05\x06", b"\n\n\n", b"garbage", content))


def another_file(chance: Random, content: bytes) -> bytes:
    return chance.choice((b"", b"PK\x03\x04", b"PAR1PAR1", b"<html>Sign in</html>", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0" * 128, b"{", b"[]"))


BYTE_DAMAGES = (
    *(flipped_bits, truncated, without_a_chunk, with_a_chunk_twice, with_chunks_swapped),
    *(with_bytes_between, zeroed, with_more_behind, another_file),
)


@dataclass(frozen=True)
class Case:
    """One damaged file, the records that were in it, and what may come of it."""

    number: int
    kind: str
    damage: str
    content: bytes
    whole: list[Record]
    outcome: Outcome

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number} ({self.damage})"


def case(kind: str, number: int) -> Case:
    """The damaged file of a number: always the same one."""
    chance = random.Random(f"{kind} {number}")  # noqa: S311 - it must be the same every time
    whole = records(f"{kind[0]}{number}")
    name, damage, outcome = chance.choice(DAMAGES[kind])
    return Case(number, kind, name, damage(chance, whole), whole, outcome)


def _of_bytes(damage: Any, kind: str) -> Damage:
    return lambda chance, rows: damage(chance, FORMATS[kind].write(rows))


def _csv_with(column: str, odd: tuple[str, ...]) -> Damage:
    def damaged(chance: Random, rows: list[Record]) -> bytes:
        return as_csv(_with_odd(chance, rows, column, odd))

    return damaged


def _with_odd(chance: Random, rows: list[Record], column: str, odd: tuple[Any, ...]) -> list[Record]:
    chosen = {chance.randrange(len(rows)) for _ in range(chance.choice((1, 3)))}
    return [{**row, column: chance.choice(odd)} if number in chosen else row for number, row in enumerate(rows)]


def _line_changed(change: Callable[[Random, str], str]) -> Damage:
    def damaged(chance: Random, rows: list[Record]) -> bytes:
        lines = as_csv(rows).decode().split("\n")
        at = chance.randrange(len(lines) - 1)
        lines[at] = change(chance, lines[at])
        return "\n".join(lines).encode("utf-8", "surrogatepass")

    return damaged


def _cut_anywhere(chance: Random, line: str, put: str, *, without: int = 0) -> str:
    at = chance.randrange(len(line) + 1)
    return line[:at] + put + line[at + without :]


def _text_changed(change: Callable[[Random, str], bytes]) -> Damage:
    return lambda chance, rows: change(chance, as_csv(rows).decode())


def _heading_changed(chance: Random, text: str) -> bytes:
    head, _, rest = text.partition("\n")
    changes = (
        head.upper(),
        head.replace("amount", "Amount"),
        head.replace("amount", "id"),
        head.replace("customer", " customer"),
        head + ",",
        head.replace("day", ""),
        head + ",amount",
        head.replace("state", "source_row"),
        rest.partition("\n")[0],
        ",".join(reversed(head.split(","))),
        "",
        f'"{head}"',
        head.replace(",", ";"),
        "\u200b" + head,
    )
    return f"{chance.choice(changes)}\n{rest}".encode()


def _encoded(chance: Random, text: str) -> bytes:
    encoding = chance.choice(("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp500"))
    if chance.random() < 0.5:
        lines = text.split("\n")
        at = chance.randrange(len(lines))
        return b"\n".join(line.encode(encoding if number == at else "utf-8", "replace") for number, line in enumerate(lines))
    return text.encode(encoding, "replace")


def _with_mixed_ends(chance: Random, text: str) -> bytes:
    ends = chance.choice((("\r\n", "\n"), ("\r\n", "\r"), ("\n", "\r"), ("\n\r", "\n"), ("\n", "\u2028")))
    return "".join(line + chance.choice(ends) for line in text.split("\n")[:-1]).encode()


def _with_blank_lines(chance: Random, text: str) -> bytes:
    lines = text.split("\n")
    head, rest = lines[0], lines[1:]
    for _ in range(3):
        rest.insert(chance.randrange(len(rest) + 1), "")
    return "\n".join([head, *rest]).encode()


CSV_UNCHANGED: dict[str, Callable[[Random, list[Record]], bytes]] = {
    "a byte-order mark": lambda chance, rows: b"\xef\xbb\xbf" + as_csv(rows),
    "every value between quotes": lambda chance, rows: as_csv(rows, quoting=1),
    "lines that end as in Windows": lambda chance, rows: as_csv(rows).replace(b"\n", b"\r\n"),
    "blank lines": _text_changed(_with_blank_lines),
    "no end of the last line": lambda chance, rows: as_csv(rows).removesuffix(b"\n"),
}
CSV_DAMAGES: dict[str, Damage] = {
    "odd amounts": _csv_with("amount", ODD_AMOUNTS),
    "odd days": _csv_with("day", ODD_DAYS),
    "odd texts": _csv_with("contact", ODD_TEXTS),
    "odd customers": _csv_with("customer", (*ODD_TEXTS[:-1], "#N/A")),
    "odd keys": _csv_with("id", (*ODD_TEXTS[:20], "")),
    "other headings": _text_changed(_heading_changed),
    "another encoding": _text_changed(_encoded),
    "mixed ends of lines": _text_changed(_with_mixed_ends),
    "another delimiter": _text_changed(lambda chance, text: text.replace(",", chance.choice((";", "\t", "|", "||", ", "))).encode()),
    "another delimiter in a line": _line_changed(lambda chance, line: line.replace(",", chance.choice((";", "\t", ",,")))),
    "a quote lost": _line_changed(lambda chance, line: line.replace('"', "", 1)),
    "quotes lost": _text_changed(lambda chance, text: text.replace('"', "").encode()),
    "a quote too many": _line_changed(lambda chance, line: _cut_anywhere(chance, line, '"')),
    "a mark in the middle": _line_changed(lambda chance, line: _cut_anywhere(chance, line, chance.choice(("\ufeff", "\0", "\x1a", "\r")))),
    "a value too many or too few": _line_changed(lambda chance, line: _cut_anywhere(chance, line, chance.choice((",", "\n")))),
    "a line within another": _line_changed(lambda chance, line: _cut_anywhere(chance, line, line)),
    "a very long value": _line_changed(lambda chance, line: line + chance.choice("x ,") * chance.choice((5_000, 300_000, 2_200_000))),
    "no headings": _text_changed(lambda chance, text: text.partition("\n")[2].encode()),
    "lines above": _text_changed(lambda chance, text: f"Export of orders\n\n{text}".encode()),
}
ODD_JSON: tuple[Any, ...] = (
    *(None, True, False, 0, -0.0, 12, 12.5, 1e300, 10**25, 0.1 + 0.2, "", " ", [], {}, [1], [1, [2]], {"value": 3}, "12,5", "1e3", "null"),
    *("2026-05-02", "2026-05-02T10:00:00+02:00", 20260502, 1777680000, "\u0000", "\ud800", "Quux\n", "[/]", "${SECRET}", float("nan"), float("inf")),
)


def _json_with_odd(chance: Random, rows: list[Record]) -> bytes:
    objects = _with_odd(chance, [as_json(row) for row in rows], chance.choice(COLUMNS), ODD_JSON)
    return "".join(f"{json.dumps(each)}\n" for each in objects).encode()


def _json_line_changed(chance: Random, rows: list[Record]) -> bytes:
    lines = as_json_lines(rows).decode().split("\n")
    at = chance.randrange(len(lines) - 1)
    line = lines[at]
    lines[at] = chance.choice(
        (
            f"[{line}]",
            line + ",",
            line + line,
            line[:-1],
            line.replace('"', "'"),
            line.replace('"amount"', '"Amount"'),
            line.replace('"amount"', '"id"'),
            line.replace('"amount"', '"amount/x"'),
            f"{line} // seen",
            "[" * 300 + "]" * 300,
            '{"a": ' * 300 + "1" + "}" * 300,
            f"\ufeff{line}",
            line.replace(": ", ":\t"),
            line.replace(", ", ",\r"),
            '"text"',
            "null",
            "{}",
            line.replace('"customer"', '"\\u0063ustomer"'),
        )
    )
    return "\n".join(lines).encode()


def _json_in_disorder(chance: Random, rows: list[Record]) -> bytes:
    objects = [as_json(row) for row in rows]
    return "".join(f"{json.dumps(dict(chance.sample(sorted(each.items(), key=str), len(each))))}\n" for each in objects).encode()


JSON_UNCHANGED: dict[str, Damage] = {
    "names in another order": _json_in_disorder,
    "letters as they are": lambda chance, rows: as_json_lines(rows, ensure_ascii=False),
    "no blanks": lambda chance, rows: as_json_lines(rows, separators=(",", ":")),
    "lines that end as in Windows": lambda chance, rows: as_json_lines(rows).replace(b"\n", b"\r\n"),
    "blank lines": lambda chance, rows: as_json_lines(rows).replace(b"\n", b"\n\n"),
    "amounts as text": lambda chance, rows: "".join(f"{json.dumps({**as_json(row), 'amount': str(row['amount'])})}\n" for row in rows).encode(),
}
JSON_REFUSED: dict[str, Damage] = {
    "a name twice": lambda chance, rows: as_json_lines(rows).replace(b'{"', f'{{"{chance.choice(COLUMNS)}": "1", "'.encode(), 1),
}
JSON_DAMAGES: dict[str, Damage] = {
    "odd values": _json_with_odd,
    "odd values again": _json_with_odd,
    "an odd line": _json_line_changed,
    "an odd line again": _json_line_changed,
    "one array": lambda chance, rows: json.dumps([as_json(row) for row in rows]).encode(),
    "over several lines": lambda chance, rows: as_json_lines(rows, indent=2),
    "a name less": lambda chance, rows: as_json_lines(rows).replace(f'"{chance.choice(COLUMNS)}"'.encode(), b'"other"'),
    "another encoding": lambda chance, rows: as_json_lines(rows, ensure_ascii=False).decode().encode(chance.choice(("utf-16", "latin-1")), "replace"),
}
TYPES = (
    *(pa.string(), pa.large_string(), pa.float32(), pa.float64(), pa.int64(), pa.int8(), pa.decimal128(38, 10), pa.decimal256(60, 4)),
    *(pa.bool_(), pa.binary(), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", tz="Europe/Berlin"), pa.date32(), pa.date64(), pa.time64("us")),
    *(pa.list_(pa.string()), pa.struct([("value", pa.string())]), pa.map_(pa.string(), pa.string()), pa.dictionary(pa.int32(), pa.string())),
)


def _column_of_another_type(chance: Random, rows: list[Record]) -> bytes:
    table, column = as_table(rows), chance.choice(COLUMNS)
    values: Any = [row[column] for row in rows]
    for kind in chance.sample(TYPES, len(TYPES)):
        for convert in (lambda value: value, str, lambda value: [str(value)], lambda value: {"value": str(value)}, lambda value: [("k", str(value))], lambda value: str(value).encode(), float, int):
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
    return parquet_of(as_table(_with_odd(chance, rows, chance.choice(COLUMNS), (None,))))


def _renamed(chance: Random, rows: list[Record]) -> bytes:
    names = list(COLUMNS)
    names[chance.randrange(len(names))] = chance.choice(("other", "Amount", "amount", "id", "", "source_file", "file_row_number", "a.b", 'q"uote', "\0", "x" * 5000))
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
    "old dates and a column more": lambda chance, rows: parquet_of(as_table(rows).append_column("more", pa.array([b"\0"] * len(rows))), version="1.0"),
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
    "a column twice": lambda chance, rows: parquet_of(as_table(rows).append_column(chance.choice(COLUMNS), pa.array([Decimal(1)] * len(rows)))),
}


def _named(damages: dict[str, Damage], outcome: Outcome) -> list[tuple[str, Damage, Outcome]]:
    return [(name, damage, outcome) for name, damage in damages.items()]


def _bytes_of(kind: str, outcome: Outcome) -> list[tuple[str, Damage, Outcome]]:
    return [(damage.__name__.replace("_", " "), _of_bytes(damage, kind), outcome) for damage in BYTE_DAMAGES]


DAMAGES: dict[str, list[tuple[str, Damage, Outcome]]] = {
    "csv": _bytes_of("csv", "as the file says") + _named(CSV_DAMAGES, "as the file says") + _named(CSV_UNCHANGED, "unchanged"),
    "json_lines": _bytes_of("json_lines", "as the file says") + _named(JSON_DAMAGES, "as the file says") + _named(JSON_REFUSED, "refused") + _named(JSON_UNCHANGED, "unchanged"),
    "parquet": _bytes_of("parquet", "as the file says") + _named(PARQUET_DAMAGES, "as the file says") + _named(PARQUET_REFUSED, "refused") + _named(PARQUET_UNCHANGED, "unchanged"),
    # A workbook has a check sum over each of its parts: bytes that changed are found, or are of no meaning.
    "xlsx": _bytes_of("xlsx", "unchanged or refused") + [(name, damage, outcome) for name, (damage, outcome) in WORKBOOK_DAMAGES.items()],
}
