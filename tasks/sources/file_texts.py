"""The rows of an extract's files as text: each file read once, and not again while it, and how it is read, are the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow.parquet

from tasks.sources.csv_files import read_csv
from tasks.sources.files import WILD, format_of, refuse_changed, refuse_settings_without_effect
from tasks.sources.json_lines import read_json_lines
from tasks.sources.landed import Advice, SourceError
from tasks.sources.landing_job import LANDED_VERSION, read_as
from tasks.sources.parquet_files import read_parquet
from tasks.sources.raw_tables import RawTable
from tasks.sources.stored_texts import read_stored, store_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasks.sources.landing_job import Landing, Source


@dataclass(frozen=True)
class FileText:
    """The rows of one file as text."""

    path: Path
    notes: tuple[str, ...] = ()
    """What was passed over, in sentences."""
    is_reused: bool = False
    """Whether an earlier landing read it."""


def raw_table(landing: Landing, source: Source) -> RawTable:
    """A source's rows as text; of one of several files it is used again while the file, and how it is read, are the same."""
    if source.table:
        return source.table
    texts = [_file_text(landing, source, number) for number in range(len(source.files))]
    paths = tuple(text.path for text in texts)
    _refuse_unlike_files(source, paths)
    formats = {format_of(source.extract, file, extract_name=source.name) for file in source.files}
    reused_count = sum(text.is_reused for text in texts)
    return RawTable(
        paths,
        has_typed_values=bool(formats & {"parquet", "excel"}),
        notes=tuple(note for text in texts for note in text.notes),
        names=source.shown if reused_count else (),
        reused_count=reused_count,
    )


def _file_text(landing: Landing, source: Source, number: int) -> FileText:
    fingerprint, store = _fingerprint(landing, source, number), landing.store
    stored = store.texts / f"{fingerprint[:32]}.parquet" if fingerprint and store and store.texts else None
    where = f"{source.name}: {source.files[number].name}"
    notes = read_stored(stored, fingerprint, partial(_notes, where=where)) if stored else None
    if stored and notes is not None:
        return FileText(stored, notes, is_reused=True)
    path = landing.folder / f"{source.name}.{number}.parquet"
    text = FileText(path, _read_file(landing, source, number, path=path))
    refuse_changed(source.files[number], digest=source.digests[number], state=source.states[number], extract_name=source.name)
    if stored and store:
        # A later landing may know the file by another name.
        data = {"notes": [[isinstance(note, Advice), note.removeprefix(where)] for note in text.notes]}
        store_text(path, stored, fingerprint=fingerprint, data=data, written_whole=store.written_whole)
    return text


def _notes(data: dict[str, Any], *, where: str) -> tuple[str, ...]:
    return tuple((Advice if is_advice else str)(where + rest) for is_advice, rest in data["notes"])


def _fingerprint(landing: Landing, source: Source, number: int) -> str:
    """Names the text of a file by all that decides it; empty where it is not stored.

    That is so for the file of an extract that never has another, of which nothing would be spared; for the beginning of a file; and
    where `sql` may name any column, since columns that nobody mapped are not to lie about.
    """
    file, wanted = source.files[number], landing.wanted_of(source.name)
    is_only_one = len(source.files) == 1 and not WILD & set(source.extract.path or "")
    if is_only_one or wanted is None or landing.first_rows or WILD & set(str(file.path)):
        return ""
    decided_by = {
        "version": LANDED_VERSION,
        "read": read_as(source.extract.read),
        "format": format_of(source.extract, file, extract_name=source.name),
        "is_packed": file.path.suffix == ".gz",
        # The engine takes folders such as `year=2026` above a Parquet file for columns of it.
        "folders": [part for part in file.path.parts if "=" in part],
        "columns": wanted,
        "file": source.digests[number],
    }
    return hashlib.sha256(json.dumps(decided_by, sort_keys=True).encode()).hexdigest()


def _read_file(landing: Landing, source: Source, number: int, *, path: Path) -> tuple[str, ...]:
    """Write a file's rows as text; returns in sentences what was passed over."""
    file, read, wanted = source.files[number], source.extract.read, landing.wanted_of(source.name)
    where = f"{source.name}: {file.name}"
    file_format = format_of(source.extract, file, extract_name=source.name)
    refuse_settings_without_effect(read, file_format, where=where)
    match file_format:
        case "csv":
            return read_csv(file, read, connection=landing.connection, wanted=wanted, path=path, where=where)
        case "json_lines":
            read_json_lines(file, read, connection=landing.connection, wanted=wanted, path=path, where=where)
        case "parquet":
            read_parquet(file, read, connection=landing.connection, wanted=wanted, path=path, where=where)
        case "excel":
            from tasks.sources.excel_files import read_excel  # noqa: PLC0415 - openpyxl is for workbooks only

            first_rows = landing.first_rows if source.name == landing.name else None
            return read_excel(file, read, wanted=wanted, path=path, where=where, first_rows=first_rows)
    return ()


def _refuse_unlike_files(source: Source, paths: Sequence[Path]) -> None:
    """Files of one extract need the same columns where `sql` may name any of them; otherwise each has been checked by itself."""
    first = set(pyarrow.parquet.read_schema(paths[0]).names)
    for file, path in zip(source.files, paths, strict=True):
        differs = sorted(first ^ set(pyarrow.parquet.read_schema(path).names))
        if differs:
            raise SourceError(
                f"{source.name}: {file.name}: expected the columns of {source.files[0].name}, found a difference in "
                f"{', '.join(f'`{name}`' for name in differs)}; export the files alike, or read them as two extracts"
            )
