"""Days that a source sends as the instant at which they begin elsewhere: read as instants, they become the day before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis

from config.date_patterns import COUNTED
from tasks.sources.landed import Advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.datasets import Dataset
    from config.sources import Extract
    from tasks.sources.engine_functions import Rows

FEWEST_ROWS = 10
"""Of fewer rows nothing is concluded about all."""
MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})([T ]00:00(?::00(?:\.0+)?)?)"
OF_UTC = r"\s?(?:[Zz]|[+-]00:?00|UTC|GMT)$"


def notes_on_midnights(raw: Rows, extract: Extract, dataset: Dataset, *, to_zone: str, name: str) -> Iterator[str]:
    """A sentence for each column of days of which every value is a midnight that falls on the day before in the company's zone."""
    columns = [extract.columns[column.name] for column in dataset.columns if column.kind == "date" and column.name in extract.columns]
    zones = {"UTC": OF_UTC, **({extract.read.time_zone: "$"} if extract.read.time_zone else {})}
    has_instants = any("H" in pattern or pattern in COUNTED for pattern in extract.read.dates)
    for zone, ending in zones.items() if has_instants else ():
        if _hours(to_zone) < _hours(zone):
            for column in dict.fromkeys(columns):
                yield from _note(raw, column, ending, zone=zone, name=name)


def _note(raw: Rows, column: str, ending: str, *, zone: str, name: str) -> Iterator[str]:
    text = raw[column].strip().nullif("")
    is_midnight = text.re_search(MIDNIGHT + ending)
    counts = {"rows": text.count(), "midnights": is_midnight.sum(), "end": is_midnight.ifelse(text.substr(10), ibis.null("string")).min()}
    (days,) = raw.aggregate(**counts).to_pyarrow().to_pylist()
    if days["rows"] >= FEWEST_ROWS and days["rows"] == days["midnights"]:
        yield Advice(
            f"{name}: `{column}`: all {days['rows']:,} instants are midnights of {zone}: they seem to be days, and become the day before "
            f'by the company\'s zone; if so, write `read: {{dates: ["%Y-%m-%d{days["end"]}"]}}`.'
        )


def _hours(zone: str) -> float:
    """How far a zone is before UTC in winter; which of two is before the other does not change in summer, but for an hour."""
    offset = datetime(2026, 1, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0
