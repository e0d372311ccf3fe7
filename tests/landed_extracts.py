"""A company whose extracts are landed already, row by row, ready to be judged."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from config.company import Company
from config.datasets import DATASETS
from config.definitions import Definitions
from config.settings import Settings
from config.sources import Sources
from expectations.validator import view_of_file
from expectations.verdict import RefusedError
from tasks.sources.landed import Landed
from tasks.store.engine import Home
from tasks.validate import accept_extract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from expectations.verdict import Accepted, RuleResult

AS_OF = date(2026, 10, 2)
TYPES = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "amount": pa.decimal128(18, 4),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "rate": pa.decimal128(18, 8),
}
Row = dict[str, Any]


@contextmanager
def engine_with(**views: Path) -> Iterator[Any]:
    """An engine where Parquet files have names."""
    connection = ibis.duckdb.connect()
    for name, path in views.items():
        view_of_file(connection, name, path)
    yield connection
    connection.disconnect()


def landed_of(folder: Path, extract: str, rows: Sequence[Row], *, dataset: str, attributes: Sequence[str] = ()) -> Landed:
    """A landed Parquet file, as reading writes it: the rows of one file, in their order."""
    shared = DATASETS[dataset]
    types = {column.name: TYPES[column.kind] for column in shared.columns} | dict.fromkeys(attributes, pa.string())
    types |= {
        "record_key": pa.string(),
        "source_file": pa.string(),
        "source_row": pa.int64(),
        "changed_at": pa.string(),
        "unreadable": pa.string(),
    }
    whole = [
        {"source_file": f"{extract}.csv", "source_row": number, "record_key": f"k{number}", **row}
        for number, row in enumerate(rows, start=1)
    ]
    arrays = {name: pa.array([row.get(name) for row in whole], type=kind) for name, kind in types.items()}
    path = folder / f"{extract}.parquet"
    pq.write_table(pa.table(arrays), path)
    days = [row[shared.event_on] for row in rows if shared.event_on and row.get(shared.event_on)]
    amounts = [row[shared.amount] for row in rows if shared.amount and row.get(shared.amount) is not None]
    return Landed(
        extract=extract,
        silo=shared.silo,
        dataset=dataset,
        path=path,
        fingerprint=str(hash((extract, repr(whole)))),
        files=(f"{extract}.csv",),
        file_rows_count=len(rows),
        dropped_rows_count=0,
        rows_count=len(rows),
        amount=sum(amounts, start=Decimal(0)) if shared.amount else None,
        covers_from=min(days, default=None),
        covers_through=max(days, default=None),
    )  # fmt: skip


def purchase(number: int, **changes: Any) -> Row:
    return {
        "purchase_id": f"p{number}",
        "record_key": f"p{number}",
        "customer_id": f"c{number % 3}",
        "purchased_on": date(2026, 9, 1),
        "amount": Decimal("10.00"),
        "currency": "EUR",
        **changes,
    }


@dataclass(frozen=True)
class Desk:
    """A company with one extract of each kind that a test needs, and a home of its own."""

    folder: Path
    definitions: Row
    extracts: dict[str, Row]

    @property
    def company(self) -> Company:
        defaults = {"company": "Test", "currency": "EUR", "time_zone": "UTC", "sells_by": ["repeat_purchase"]}
        return Company(
            self.folder,
            Definitions.model_validate(defaults | self.definitions),
            Sources.model_validate({"extracts": self.extracts}),
        )

    def accept(self, landed: Landed, *, customers_path: Path | None = None, as_of: date = AS_OF) -> Accepted:
        settings = Settings(self.folder, slack_token=None, slack_channel=None, slack_url="", memory_limit="512MB", threads=1)
        home = Home.of(settings, "test")
        return accept_extract(self.company, landed, customers_path=customers_path, settings=settings, home=home, as_of=as_of)

    def refusal(self, landed: Landed, **options: Any) -> str:
        with pytest.raises(RefusedError) as refused:
            self.accept(landed, **options)
        return str(refused.value)

    def page(self) -> str:
        (page,) = self.folder.glob("test/accepted/*/*/validation.html")
        return page.read_text(encoding="utf-8")


def extract_of(dataset: str, **changes: Any) -> Row:
    required = {name: name for name in DATASETS[dataset].required}
    return {"silo": DATASETS[dataset].silo, "dataset": dataset, "path": "x.csv", "key": ["k"], "columns": required, **changes}


def desk(folder: Path, *, definitions: Row | None = None, **extracts: Row) -> Desk:
    return Desk(folder, definitions or {}, extracts or {"orders": extract_of("purchases")})


LENIENT = {"rules": {"largest_set_aside_rate": 1}}


def rows_in(path: Path) -> list[Row]:
    return pq.read_table(path).to_pylist()


def found(accepted: Accepted, rule: str) -> RuleResult:
    (verdict,) = [verdict for verdict in accepted.verdicts if verdict.rule_id == f"{accepted.extract}.{rule}"]
    return verdict
