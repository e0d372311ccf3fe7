"""Text files of any encoding, packed or not, as a stream of text."""

from __future__ import annotations

import codecs
import gzip
import zlib
from typing import TYPE_CHECKING

from tasks.sources.landed import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tasks.sources.files import SourceFile

CHUNK_BYTES = 1 << 20
"""How much of a file is decoded at a time; headings are expected within the first such piece."""
UNPACKED_RATIO, SMALL_BYTES = 200, 256 << 20
"""Exports unpack to 3 to 50 times their size; what is small may unpack as it likes."""
READ_AS_IT_IS = frozenset({"utf-8", "ascii", "utf-8-sig"})
"""Encodings that the engine reads by itself; every other one is rewritten as UTF-8 first."""


def needs_rewriting(file: SourceFile, encoding: str) -> bool:
    """Whether the engine cannot read the file by itself; it could unpack gzip, but does not notice a file that was cut off."""
    return file.path.suffix == ".gz" or codecs.lookup(encoding).name not in READ_AS_IT_IS


def decoded(file: SourceFile, encoding: str, *, where: str) -> Iterator[str]:
    """A file's text, piece by piece, without its byte-order mark; raises SourceError naming a line that cannot be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines_count, is_first = 1, True
    for piece in _bytes_of(file, where=where):
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line = lines_count + error.object[: error.start].count(b"\n")
            raise _undecodable(error, line=line, where=where) from None
        yield text.removeprefix("\ufeff") if is_first else text
        lines_count, is_first = lines_count + text.count("\n"), False


def _bytes_of(file: SourceFile, *, where: str) -> Iterator[bytes]:
    """A file's bytes, piece by piece and unpacked, with an empty piece at the end."""
    is_packed = file.path.suffix == ".gz"
    try:
        most_bytes = max(SMALL_BYTES, file.path.stat().st_size * UNPACKED_RATIO) if is_packed else None
        with gzip.open(file.path, "rb") if is_packed else file.path.open("rb") as stream:
            while piece := stream.read(CHUNK_BYTES):
                yield piece
                if most_bytes is not None and stream.tell() > most_bytes:
                    raise SourceError(f"{where}: expected a gzip file that unpacks to at most {UNPACKED_RATIO} times its size, found more")
        yield b""
    except (OSError, EOFError, zlib.error) as error:
        found = getattr(error, "strerror", None) or "one that is damaged or cut off"
        expected = "a whole gzip file" if is_packed else "a file that can be read"
        raise SourceError(f"{where}: expected {expected}, found: {found}; copy or export it again") from None


def _undecodable(error: UnicodeDecodeError, *, line: int, where: str) -> SourceError:
    byte = error.object[error.start]
    guess = "utf-16" if error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "cp1252"
    todo = f"set `read.encoding` (perhaps {guess}), or mend the line"
    return SourceError(f"{where}, line {line}: expected text in {error.encoding}, found the byte 0x{byte:02x}; {todo}")


def joined(first: str, rest: Iterable[str]) -> Iterator[str]:
    """A piece of text, then the others."""
    yield first
    yield from rest


def with_one_line_ending(pieces: Iterable[str]) -> Iterator[str]:
    """The text with every line ending as a line feed, where it ended with a carriage return and a line feed."""
    held = ""
    for piece in pieces:
        text = held + piece
        held = "\r" if text.endswith("\r") else ""
        yield text.removesuffix("\r").replace("\r\n", "\n")
    yield held


def write_text(pieces: Iterable[str], path: Path) -> None:
    """Write text as UTF-8, its line endings as they are."""
    with path.open("w", encoding="utf-8", newline="") as out:
        for piece in pieces:
            out.write(piece)
