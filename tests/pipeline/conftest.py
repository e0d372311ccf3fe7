"""What tests of the pipeline share."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from config.company import Company
from config.definitions import Definitions
from config.sources import Sources
from expected_files import write_expected_files
from tasks.sample import write_sample
from tasks.sources.landed import Landed, SourceError
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import atomic_write
from tests.pipeline.golden_edition import GoldenEdition, made_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ibis.backends.duckdb import Backend

PURCHASES = {
    "silo": "sales",
    "dataset": "purchases",
    "path": "orders.csv",
    "key": ["id"],
    "columns": {"customer_id": "customer", "purchased_on": "day", "amount": "amount"},
}


@dataclass(frozen=True)
class Desk:
    """A company's folder in the making: write its files, declare its extracts, land them, look at the rows."""

    folder: Path
    connection: Backend

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the company."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def company(self, extracts: dict[str, Any], *, time_zone: str = "UTC") -> Company:
        """The company with these extracts."""
        said = {"company": "Tried", "currency": "EUR", "time_zone": time_zone, "sells_by": ["repeat_purchase"]}
        return Company(self.folder, Definitions.model_validate(said), Sources.model_validate({"extracts": extracts}))

    def purchases(self, **changes: Any) -> dict[str, Any]:
        """An extract of purchases from orders.csv with the columns id, customer, day, amount; changed as told."""
        return {**PURCHASES, **changes}

    def land(self, extract: dict[str, Any] | None = None, *, others: dict[str, Any] | None = None, time_zone: str = "UTC") -> Landed:
        """The extract `orders`, landed."""
        company = self.company({"orders": extract or self.purchases(), **(others or {})}, time_zone=time_zone)
        store = LandingStore(lambda fingerprint: self.folder / "landed" / f"{fingerprint[:16]}.parquet", atomic_write)
        return land(company, "orders", connection=self.connection, store=store)

    def problem(self, extract: dict[str, Any] | None = None, *, others: dict[str, Any] | None = None) -> str:
        """What is said when the extract cannot be landed; nothing is left behind."""
        with pytest.raises(SourceError) as refused:
            self.land(extract, others=others)
        assert not list(self.folder.glob("landed/*"))
        return str(refused.value)

    def values(self, column: str, extract: dict[str, Any] | None = None, **options: Any) -> list[Any]:
        """A column of the extract `orders`, in the order of its source."""
        return [row[0] for row in self.rows(f'"{column}"', self.land(extract, **options))]

    def rows(self, columns: str, landed: Landed) -> list[tuple[Any, ...]]:
        """Some columns of a landed file, in the order of the source."""
        query = f"SELECT {columns} FROM read_parquet(?) ORDER BY source_file, source_row"
        return self.connection.con.execute(query, [str(landed.path)]).fetchall()


@pytest.fixture
def desk(tmp_path: Path, connection: Backend) -> Desk:
    """A company's folder in the making."""
    return Desk(tmp_path, connection)


@pytest.fixture(scope="session")
def golden_edition(shop: Any, pipelines: Any, of_all_workers: Path) -> GoldenEdition:
    """August of the small company, published once: `golden_edition.copied_to(folder, only=["orders"])`."""
    return GoldenEdition(of_all_workers / "golden-edition", shop, pipelines)


@pytest.fixture(scope="session")
def demo_home(of_all_workers: Path) -> Path:
    """The demo company at a hundredth of its size, with what is expected of it: `demo/sample` and `expected`; nobody changes it."""

    def make(folder: Path) -> None:
        write_expected_files(write_sample(folder / "demo" / "sample", scale=0.01), folder / "expected")

    return made_once(of_all_workers / "demo-home", make)


@pytest.fixture(scope="module")
def demo_stages(demo_home: Path, pipelines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Its extracts, read and judged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTOMER_MATH_HOME", str(demo_home))
        return pipelines.read_and_validate("demo", tmp_path_factory.mktemp("demo"))


@pytest.fixture(autouse=True)
def _commands_leave_the_process_as_it_was() -> Iterator[None]:
    """A command that is called in this process hands what is told to its own console, and has a folder for what is in between.

    No later test shall hear less for it, or make files where only this user may look.
    """
    temporary = tempfile.tempdir
    yield
    told = logging.getLogger("tasks")
    told.handlers, told.propagate = [], True
    tempfile.tempdir = temporary
