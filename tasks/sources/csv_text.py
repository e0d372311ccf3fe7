"""CSV made ready for the engine: its headings, and the lines of its table without those that are none of it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from tasks.sources.landed import SourceError
from tasks.sources.plain_text import decoded, joined, needs_rewriting, with_one_line_ending, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from config.sources import Read
    from tasks.sources.files import SourceFile

UNIT_SEPARATOR = "\x1f"
"""Stands in for a delimiter of several characters while headings are read, and for none at all in JSON lines."""
ESCAPES = {"": "", "backslash": "\\"}
SEPARATOR_LINE = re.compile(r'"?sep=(?P<mark>.)"?(?:\r\n|\n|\r)', re.IGNORECASE)
LINE_END = re.compile(r"\r\n|\n|\r")
LONGEST_RECORD = 2_000_000
"""Characters; the engine reads none that is longer."""


@dataclass(frozen=True)
class PlainText:
    """A file as the engine can read it: UTF-8, not compressed."""

    path: Path
    headings: tuple[str, ...]
    passed_over_count: int
    """Records above the first row of data."""
    delimiter: str
    quote: str
    escape: str = ""
    """What stands before a quote inside a value; empty: a second quote."""
    cut: Mapping[str, int] = field(default_factory=dict)
    """How many lines below the headings are no part of it, by the setting that says so."""


def prepare_csv(file: SourceFile, read: Read, *, copy: Path, where: str, unifies_line_endings: bool = False) -> PlainText:
    """A file as the engine can read it, rewritten to `copy` where it cannot as it is; raises SourceError where it has no headings."""
    chunks = decoded(file, read.encoding, where=where)
    start = next(chunks)
    read = _with_declared_delimiter(start, read)
    headings, data_at = _head(start, read, where=where)
    above = start[: _end_of_lines(start, read.skip_rows)]
    plain = PlainText(file.path, headings, read.skip_rows + read.header_rows, _delimiter(read), read.quote, ESCAPES[read.escape])
    is_quoted_above = bool(read.quote) and read.quote in above
    # Told to pass over several lines, the engine takes none of those below where their endings differ, and says nothing.
    unifies_line_endings |= plain.passed_over_count > 1 and _has_mixed_ends(start, data_at)
    if not (unifies_line_endings or is_quoted_above or cuts_lines(read) or needs_rewriting(file, read.encoding, where=where)):
        return plain
    pieces, cut = joined(start[data_at:], chunks), Counter[str]()
    if cuts_lines(read):
        pieces = lines_of_the_table(pieces, read, cut=cut, where=where)
    # The engine takes one kind of line ending; files that were put together have two.
    write_text(with_one_line_ending(pieces) if unifies_line_endings else pieces, copy)
    return replace(plain, path=copy, passed_over_count=0, cut=cut)


def _has_mixed_ends(start: str, data_at: int) -> bool:
    """Whether the lines down to the first of the data end in more than one way."""
    first = LINE_END.search(start, data_at)
    return len(set(LINE_END.findall(start, 0, first.end() if first else len(start)))) > 1


def _with_declared_delimiter(start: str, read: Read) -> Read:
    """The settings with the delimiter that Excel's line `sep=;` names, where the file begins with one."""
    line = SEPARATOR_LINE.match(start)
    if not line or read.skip_rows or line["mark"] == read.quote:
        return read
    return read.model_copy(update={"delimiter": line["mark"], "skip_rows": 1})


def _delimiter(read: Read) -> str:
    return read.delimiter.replace("\\t", "\t")


def _end_of_lines(text: str, lines_count: int) -> int:
    lines = io.StringIO(text, newline="")
    for _ in islice(lines, lines_count):
        pass
    return lines.tell()


def _head(start: str, read: Read, *, where: str) -> tuple[tuple[str, ...], int]:
    """The names in the first row of headings, and where the data begin."""
    if not start.strip():
        raise SourceError(f"{where}: is empty, expected a row of headings at least; export it again")
    lines = io.StringIO(start, newline="")
    lines.seek(_end_of_lines(start, read.skip_rows))
    delimiter = _delimiter(read)
    separator = UNIT_SEPARATOR if len(delimiter) > 1 else delimiter
    quoting = csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE
    unified = (line.replace(delimiter, separator) for line in lines)
    marks: dict[str, Any] = {"quotechar": read.quote or None, "escapechar": ESCAPES[read.escape] or None}
    reader = csv.reader(unified, delimiter=separator, quoting=quoting, strict=True, **marks)
    try:
        rows = list(islice(reader, read.header_rows))
    except csv.Error:
        raise SourceError(
            f"{where}: the headings cannot be told apart: a quote is not closed; mend them, or correct `read.quote`"
        ) from None
    if len(rows) < read.header_rows or not rows[0]:
        raise SourceError(
            f"{where}: expected {read.header_rows} row(s) of headings below {read.skip_rows} line(s), found {len(rows)} or a blank one; "
            "correct `read.skip_rows` or `read.header_rows`"
        )
    return tuple(heading.replace(separator, delimiter) for heading in rows[0]), lines.tell()


def cuts_lines(read: Read) -> bool:
    """Whether some lines below the headings are said to be no part of the table."""
    return bool(read.skip_last_rows or read.until_blank_row or read.drop_lines_matching)


def lines_of_the_table(pieces: Iterable[str], read: Read, *, cut: Counter[str], where: str) -> Iterator[str]:
    """The records of the table, each with its line ending; `cut` counts the lines that are none of it, by setting."""
    records = records_of(pieces, read, where=where)
    if read.drop_lines_matching:
        patterns = [re.compile(pattern) for pattern in read.drop_lines_matching]
        records = _unless_matching(records, patterns, cut)
    if read.until_blank_row:
        records = _until_blank(records, read, cut)
    return _without_last(records, read, cut) if read.skip_last_rows else records


def records_of(pieces: Iterable[str], read: Read, *, where: str) -> Iterator[str]:
    """Lines, those that a value between quotes goes on in together; raises SourceError where one is longer than the engine reads."""
    record, is_open = "", False
    for line in _lines(pieces):
        record += line
        if len(record) > LONGEST_RECORD:
            raise SourceError(f"{where}: expected rows of at most 2 MB, found a longer one; most likely a quote is not closed: mend it")
        is_open ^= _quotes_count(line, read) % 2 == 1
        if not is_open:
            yield record
            record = ""
    if record:
        yield record


def _quotes_count(line: str, read: Read) -> int:
    if not read.quote:
        return 0
    return (re.sub(r"\\.", "", line) if read.escape else line).count(read.quote)


def _lines(pieces: Iterable[str]) -> Iterator[str]:
    """Lines with their endings; one without an end is handed on in parts as soon as it is longer than the engine reads."""
    held = ""
    for piece in pieces:
        text = held + piece
        # What follows a carriage return is in the next piece, if anything does.
        ended = text.removesuffix("\r")
        whole = max(ended.rfind("\n"), ended.rfind("\r")) + 1
        yield from io.StringIO(text[:whole], newline="")
        held = text[whole:]
        if len(held) > LONGEST_RECORD:
            yield held
            held = ""
    if held:
        yield held


def _unless_matching(records: Iterable[str], patterns: list[re.Pattern[str]], cut: Counter[str]) -> Iterator[str]:
    for record in records:
        if any(pattern.fullmatch(record.rstrip("\r\n")) for pattern in patterns):
            cut["drop_lines_matching"] += 1
        else:
            yield record


def _until_blank(records: Iterable[str], read: Read, cut: Counter[str]) -> Iterator[str]:
    """The records down to the first blank one below a row; blank ones above the first row are none of the table either."""
    has_begun = has_ended = False
    for record in records:
        is_blank = _is_blank(record, read)
        has_ended |= has_begun and is_blank
        has_begun |= not is_blank
        if has_begun and not has_ended:
            yield record
        elif not is_blank:
            cut["until_blank_row"] += 1


def _without_last(records: Iterable[str], read: Read, cut: Counter[str]) -> Iterator[str]:
    last: deque[str] = deque()
    for record in records:
        if _is_blank(record, read):
            continue
        last.append(record)
        if len(last) > read.skip_last_rows:
            yield last.popleft()
    cut["skip_last_rows"] += len(last)


def _is_blank(record: str, read: Read) -> bool:
    """Whether a record has no value; delimiters and quotes alone are none."""
    return not record.replace(_delimiter(read), "").replace(read.quote or "\n", "").strip()
