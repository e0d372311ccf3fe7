"""How files arrive damaged: every damage is drawn from a seed, and knows what may come of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tests.pipeline.fuzzing.csv_damages import CSV_DAMAGES, CSV_UNCHANGED
from tests.pipeline.fuzzing.json_damages import JSON_DAMAGES, JSON_REFUSED, JSON_UNCHANGED
from tests.pipeline.fuzzing.orders import FORMATS, records
from tests.pipeline.fuzzing.parquet_damages import PARQUET_DAMAGES, PARQUET_REFUSED, PARQUET_UNCHANGED
from tests.pipeline.fuzzing.workbooks import WORKBOOK_DAMAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.pipeline.fuzzing.orders import Record

    Damage = Callable[[Random, list[Record]], bytes]

Outcome = Literal["as the file says", "unchanged", "unchanged or refused", "refused"]
"""What may come of a damage: what an independent reader finds or a refusal; exactly what was there; one of these two; a refusal."""


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
    return chance.choice(
        (b"", b"PK\x03\x04", b"PAR1PAR1", b"<html>Sign in</html>", b"\x1f\x8b\x08\x00", b"\xd0\xcf\x11\xe0" * 128, b"{", b"[]")
    )


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
    chance = random.Random(f"{kind} {number}")
    whole = records(f"{kind[0]}{number}")
    name, damage, outcome = chance.choice(DAMAGES[kind])
    return Case(number, kind, name, damage(chance, whole), whole, outcome)


def _of_bytes(damage: Any, kind: str) -> Damage:
    return lambda chance, rows: damage(chance, FORMATS[kind].write(rows))


def _named(damages: dict[str, Damage], outcome: Outcome) -> list[tuple[str, Damage, Outcome]]:
    return [(name, damage, outcome) for name, damage in damages.items()]


def _bytes_of(kind: str, outcome: Outcome) -> list[tuple[str, Damage, Outcome]]:
    return [(damage.__name__.replace("_", " "), _of_bytes(damage, kind), outcome) for damage in BYTE_DAMAGES]


DAMAGES: dict[str, list[tuple[str, Damage, Outcome]]] = {
    "csv": _bytes_of("csv", "as the file says") + _named(CSV_DAMAGES, "as the file says") + _named(CSV_UNCHANGED, "unchanged"),
    "json_lines": _bytes_of("json_lines", "as the file says")
    + _named(JSON_DAMAGES, "as the file says")
    + _named(JSON_REFUSED, "refused")
    + _named(JSON_UNCHANGED, "unchanged"),
    "parquet": _bytes_of("parquet", "as the file says")
    + _named(PARQUET_DAMAGES, "as the file says")
    + _named(PARQUET_REFUSED, "refused")
    + _named(PARQUET_UNCHANGED, "unchanged"),
    # A workbook has a check sum over each of its parts: bytes that changed are found, or are of no meaning.
    "xlsx": _bytes_of("xlsx", "unchanged or refused") + [(name, damage, outcome) for name, (damage, outcome) in WORKBOOK_DAMAGES.items()],
}
