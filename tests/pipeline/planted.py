"""Looks for planted words wherever a run leaves something: in files, archives, databases and tables, however they are written there."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import tempfile
import time
import zipfile
import zlib
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SHORTEST = 6
"""A shorter word would be found by chance."""
TRIES = 20
"""Seconds that a server may take to end."""


def spellings(word: str) -> frozenset[bytes]:
    """A word as it may be written: as it is, in a URL, escaped in JSON or Python, and in base64 wherever it begins there."""
    assert len(word) >= SHORTEST
    plain = word.encode()
    texts = {word, quote(word, safe=""), quote(word), quote_plus(word), json.dumps(word)[1:-1], repr(word)[1:-1], ascii(word)[1:-1]}
    return frozenset({text.encode() for text in texts} | {word.encode("utf-16-le")} | set(_in_base64(plain)))


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The letters that are the word's alone, for each of the three ways in which it may lie across them."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain).rstrip(b"=")
        own = encoded[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6]
        yield own
        yield own.translate(bytes.maketrans(b"+/", b"-_"))


def found_in(content: bytes, words: Iterable[str], *, name: str = "") -> list[str]:
    """Where the words are, in some bytes and in all that is packed in them: a line for each, with its place."""
    known = {word: spellings(word) for word in words}
    return [
        f"{place}: {word}"
        for place, piece in _unpacked(name, content)
        for word, written in known.items()
        if any(spelling in piece for spelling in written)
    ]


def found_under(folder: Path, words: Iterable[str]) -> list[str]:
    """Where the words are in the files under a folder, and in their names; looked for anew where one goes meanwhile."""
    words = list(words)
    for _ in range(TRIES):
        with suppress(FileNotFoundError):  # a server that is just ending puts its log into its database
            return _found_now(folder, words)
        time.sleep(1)
    return _found_now(folder, words)


def _found_now(folder: Path, words: Sequence[str]) -> list[str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith("-shm")]  # the index of a log, no data
    found = [each for path in files for each in found_in(_bytes_of(path), words, name=str(path.relative_to(folder)))]
    return found + [each for path in files for each in found_in(path.relative_to(folder).as_posix().encode(), words, name="a file's name")]


def _bytes_of(path: Path) -> bytes:
    """A file's bytes; of a database that is written to, with all that its log still holds."""
    if path.suffix != ".db" or not path.with_name(f"{path.name}-wal").exists():
        return path.read_bytes()
    with closing(sqlite3.connect(path)) as database:
        return database.serialize()


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if content.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            yield from _unpacked(f"{name} > unpacked", gzip.decompress(content))
    elif content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _unpacked(f"{name} > {member}", archive.read(member))
    elif content.startswith(b"SQLite format 3\x00"):
        yield from _of_database(name, content)
    elif content.startswith(b"PAR1"):
        yield f"{name} > its rows", str(pq.read_table(io.BytesIO(content)).to_pylist()).encode()


def _of_database(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Every value of every table: a long one lies on several pages, so that it is not found in the file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        copy.write_bytes(content)
        with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        if isinstance(value, str | bytes):
                            yield from _unpacked(f"{name} > {table}", value.encode() if isinstance(value, str) else value)
