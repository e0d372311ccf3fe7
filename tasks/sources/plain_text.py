"""Text files of any encoding, packed or not, as a stream of text."""

from __future__ import annotations

import codecs
import gzip
import re
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
UNSEEN = ("\ufeff", "\0", "\u200b", "\u2060")
"""Signs that nobody sees and nobody means: byte-order marks of files that were put together, NUL, zero-width blanks."""
END_MARK, END_LENGTH = "\x1a", 16
"""Ctrl-Z, with which programs of old end a file; and so far from its end."""
READ_AS_IT_IS = frozenset({"utf-8", "ascii", "utf-8-sig"})
"""Encodings that the engine reads by itself; every other one is rewritten as UTF-8 first."""


def needs_rewriting(file: SourceFile, encoding: str, *, where: str) -> bool:
    """Whether the engine cannot read the file by itself, or would take signs that nobody sees for a part of values.

    It could unpack gzip, but does not notice a file that was cut off.
    """
    is_other = file.path.suffix == ".gz" or codecs.lookup(encoding).name not in READ_AS_IT_IS
    return is_other or _has_unseen_signs(file, where=where)


def _has_unseen_signs(file: SourceFile, *, where: str) -> bool:
    signs = tuple(sign.encode() for sign in UNSEEN)
    held = b""
    for piece in _bytes_of(file, where=where):
        text = (held + piece) if held else piece.removeprefix(codecs.BOM_UTF8)
        if any(sign in text for sign in signs) or (not piece and END_MARK.encode() in held):
            return True
        held = text[-END_LENGTH:]
    return False


def decoded(file: SourceFile, encoding: str, *, where: str) -> Iterator[str]:
    """A file's text, piece by piece, without the signs that nobody sees; raises SourceError naming a line that cannot be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines_count, held = 1, ""
    for piece in _bytes_of(file, where=where):
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            line = lines_count + error.object[: error.start].count(b"\n")
            raise _undecodable(error, line=line, where=where) from None
        _refuse_wide_letters(text, encoding, where=where)
        lines_count += text.count("\n")
        whole = held + _without_unseen(text)
        if not piece:
            whole = re.sub(rf"{END_MARK}\s*$", "", whole)
        held = whole[len(whole) - END_LENGTH :] if piece and END_MARK in whole[-END_LENGTH:] else ""
        yield whole.removesuffix(held)


def _without_unseen(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, UNSEEN))) if any(sign in text for sign in UNSEEN) else text


def _refuse_wide_letters(text: str, encoding: str, *, where: str) -> None:
    if text.count("\0") * 4 > len(text):
        raise SourceError(f"{where}: expected text in {encoding}, found every second byte empty; write `read: {{encoding: utf-16}}`")


def unseen_signs_count(file: SourceFile, encoding: str, *, where: str) -> int:
    """How many signs that nobody sees `decoded` takes out, the byte-order mark at the beginning aside."""
    decoder = codecs.getincrementaldecoder(encoding)()
    texts = (decoder.decode(piece, final=not piece) for piece in _bytes_of(file, where=where))
    first = next(texts, "").removeprefix("\ufeff")
    return sum(text.count(sign) for text in joined(first, texts) for sign in UNSEEN)


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
        reason = getattr(error, "strerror", None) or "one that is damaged or cut off"
        expected = "a whole gzip file" if is_packed else "a file that can be read"
        raise SourceError(f"{where}: expected {expected}, found: {reason}; copy or export it again") from None


def _undecodable(error: UnicodeDecodeError, *, line: int, where: str) -> SourceError:
    byte = error.object[error.start]
    guess = "utf-16" if error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "cp1252"
    todo = f"write `read: {{encoding: {guess}}}`{'' if guess == 'utf-16' else ' if it is of Windows'}, or mend the line"
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


def write_text(pieces: Iterable[str], path: Path, *, encoding: str = "utf-8") -> None:
    """Write text, its line endings as they are."""
    with path.open("w", encoding=encoding, newline="") as out:
        for piece in pieces:
            out.write(piece)
