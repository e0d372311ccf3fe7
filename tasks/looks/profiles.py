"""A raw file, or a table of a database, before anybody has said what it is: its layout, its columns, what their values look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from config.company import Company
from config.definitions import Definitions
from config.sources import Extract, Read, Sources
from tasks.sources.files import find_files, format_of
from tasks.sources.guessing import days_of, marks_of
from tasks.sources.landed import SourceError
from tasks.sources.landing import rows_of_query
from tasks.sources.layouts import encoding_of, layout_of
from tasks.sources.plain_text import decoded
from tasks.sources.remote_files import fetched_for_a_look, is_remote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ibis.backends.duckdb import Backend

START_BYTES = 1 << 16
SAMPLE_ROWS = 2000
"""Rows of which every value is looked at; how many different ones there are is counted over all."""
PLAIN_READ = Read()


@dataclass(frozen=True)
class ColumnProfile:
    """One column: its heading and what its values look like."""

    name: str
    texts: tuple[str, ...]
    rows_count: int
    filled_count: int
    distinct_count: int

    @property
    def plain(self) -> str:
        """The heading in small letters with underscores between its words."""
        apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name)
        return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The patterns by which its values are days; none where they are none."""
        patterns = days_of(self.texts).patterns
        named_so = re.search(r"date|_at$|_on$|time|day|created|updated", self.plain)
        return patterns if named_so or any("%Y" in pattern and pattern != "%Y%m%d" for pattern in patterns) else ()

    @cached_property
    def marks(self) -> tuple[str, str] | None:
        """Its marks of decimals and thousands, where its values are numbers."""
        return marks_of(self.texts)

    @property
    def is_unique(self) -> bool:
        """Whether every row has another value."""
        return self.rows_count > 1 and self.distinct_count == self.rows_count

    @property
    def has_groups(self) -> bool:
        """Whether its values repeat so often that they group rows."""
        return 1 < self.distinct_count <= min(60, max(2, self.filled_count // 5)) and not self.dates


@dataclass(frozen=True)
class FileProfile:
    """One source with its columns, and what sources.yaml has to say for it to be read."""

    name: str
    """What the extract is called."""
    source: dict[str, str]
    """`path`, or `database` and `table`."""
    read: dict[str, Any]
    columns: tuple[ColumnProfile, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)

    def named(self, pattern: str, *, among: Sequence[ColumnProfile] | None = None) -> ColumnProfile | None:
        """The first column whose plain name has a pattern, alternatives of which come in the order of preference."""
        columns = self.columns if among is None else among
        alternatives = pattern.split("|")
        return next((column for alternative in alternatives for column in columns if re.search(alternative, column.plain)), None)


def profile_of(folder: Path, name: str, source: dict[str, str], *, connection: Backend) -> FileProfile:
    """What a source looks like; raises SourceError where it cannot be read."""
    here = {**source, "path": fetched_for_a_look(source["path"], what=name)} if is_remote(source.get("path", "")) else source
    read = _layout(folder, name, here) if "path" in source else {}
    company = _company(folder, name, source=here, read=read)
    rows = rows_of_query(company, name, f'SELECT * FROM "{name}"', most=SAMPLE_ROWS, connection=connection)  # noqa: S608 - our own name
    if not rows:
        raise SourceError(f"{name}: expected rows to look at, found none; export it again, or leave it out")
    headings = [heading for heading in rows[0] if heading not in {"source_file", "source_row"}]
    counts = _counts(company, name, headings, connection=connection)
    columns = tuple(
        ColumnProfile(heading, tuple(text for row in rows if (text := row[heading])), int(counts["rows"] or 0), *counts[heading])
        for heading in headings
    )
    return FileProfile(name, source, _with_formats(read, columns), columns)


def _counts(company: Company, name: str, headings: Sequence[str], *, connection: Backend) -> dict[str, Any]:
    """By column, in how many rows it has a value, and how many different ones; and how many rows there are."""
    quoted = {heading: '"' + heading.replace('"', '""') + '"' for heading in headings}
    parts = [f"count({column}) AS f{n}, count(DISTINCT {column}) AS d{n}" for n, column in enumerate(quoted.values())]
    query = f'SELECT count(*) AS rows, {", ".join(parts)} FROM "{name}"'  # noqa: S608 - quoted headings and our own name
    (row,) = rows_of_query(company, name, query, most=1, connection=connection)
    return {"rows": row["rows"]} | {heading: (int(row[f"f{n}"] or 0), int(row[f"d{n}"] or 0)) for n, heading in enumerate(headings)}


def _company(folder: Path, name: str, *, source: dict[str, str], read: dict[str, Any]) -> Company:
    definitions = Definitions.model_validate({"company": name, "currency": "XTS", "time_zone": "UTC", "sells_by": ["repeat_purchase"]})
    extract = {"silo": "sales", "key": "place_in_file", "read": read, **source}
    return Company(folder, definitions, Sources.model_validate({"extracts": {name: extract}}))


def _layout(folder: Path, name: str, source: dict[str, str]) -> dict[str, Any]:
    """How a text file is laid out, as far as that is not the default."""
    file = find_files(_company(folder, name, source=source, read={}), name)[0]
    extract = Extract.model_validate({"silo": "sales", "key": "place_in_file", "path": source["path"]})
    if format_of(extract, file, extract_name=name) != "csv":
        return {}
    with file.path.open("rb") as stream:
        encoding = encoding_of(stream.read(START_BYTES)) if file.path.suffix != ".gz" else "utf-8"
    layout = layout_of(next(decoded(file, encoding, where=name)))
    layout_settings = {
        "encoding": encoding,
        "delimiter": layout.delimiter if layout else ",",
        "skip_rows": layout.skip_rows if layout else 0,
    }
    return {setting: value for setting, value in layout_settings.items() if value != getattr(PLAIN_READ, setting)}


def _with_formats(read: dict[str, Any], columns: Sequence[ColumnProfile]) -> dict[str, Any]:
    """The settings with how days and numbers are written, where that is not the default."""
    patterns = tuple(dict.fromkeys(pattern for column in columns for pattern in column.dates))
    marks = [column.marks for column in columns if column.marks and not column.dates]
    decimal = next((pair for pair in marks if pair[0] == ","), None)
    thousands = next((pair[1] for pair in marks if pair[1] and (decimal is None or pair[0] == ",")), "")
    settings: dict[str, Any] = dict(read)
    if not set(patterns) <= set(PLAIN_READ.dates):
        settings["dates"] = [*patterns]
    if decimal:
        settings["decimal"] = ","
    return settings | ({"thousands": thousands} if thousands else {})
