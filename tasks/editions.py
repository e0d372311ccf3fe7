"""What was published: editions of a period, numbered, written whole, never changed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path  # noqa: TC003 - dataclasses are read at run time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from config.company import Company

EDITION = re.compile(r"edition-(\d+)")
MANIFEST = "manifest.json"
CODE_FOLDERS = ("config", "expectations", "tasks")


class InputInManifest(BaseModel):
    """One extract that an edition rests on: what was read, and what became of it."""

    model_config = ConfigDict(frozen=True)

    extract: str
    silo: str
    dataset: str
    files: tuple[str, ...]
    fingerprint: str
    """SHA-256 over what was read."""
    covers_from: date | None
    covers_through: date | None
    rows_read_count: int
    rows_used_count: int
    rows_set_aside_count: int
    rows_superseded_count: int
    amount_read: Decimal | None
    amount_used: Decimal | None
    amount_set_aside: Decimal | None
    amount_superseded: Decimal | None


class Manifest(BaseModel):
    """What an edition rests on: inputs with their fingerprints, versions of definitions and code, and the four instants."""

    model_config = ConfigDict(frozen=True)

    company: str
    period: str
    edition: int
    headline: str
    inputs: tuple[InputInManifest, ...]
    definitions_fingerprint: str
    code_version: str
    code_fingerprint: str
    figures_fingerprint: str
    """SHA-256 over the figures as text, whatever file format keeps them."""
    as_of: datetime
    data_through: date
    published_at: datetime

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two editions the same: everything but their numbers and instants."""
        return (self.period, self.inputs, self.definitions_fingerprint, self.code_fingerprint, self.figures_fingerprint)


@dataclass(frozen=True)
class Edition:
    """One publication of a period, and where it is kept."""

    number: int
    folder: Path
    manifest: Manifest

    @property
    def workbook(self) -> Path:
        """The scorecard."""
        return self.folder / "scorecard.xlsx"

    @property
    def movements(self) -> Path:
        """The ledger that its figures were measured on."""
        return self.folder / "movements.parquet"

    @property
    def intakes(self) -> Path:
        """The customers of the intakes that it tells of."""
        return self.folder / "intakes.parquet"


def editions(scorecards: Path) -> list[Edition]:
    """Every edition under a period's folder, oldest first."""
    found = [(int(match[1]), folder) for folder in _folders(scorecards) if (match := EDITION.fullmatch(folder.name))]
    return [
        Edition(number, folder, Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8")))
        for number, folder in sorted(found)
    ]


def next_number(scorecards: Path) -> int:
    """The number that the next edition of a period takes."""
    return max((int(match[1]) for folder in _folders(scorecards) if (match := EDITION.fullmatch(folder.name))), default=0) + 1


def same_as(manifest: Manifest, scorecards: Path) -> Edition | None:
    """The latest edition of the period if it says the same and rests on the same; otherwise none."""
    published = editions(scorecards)
    return published[-1] if published and published[-1].manifest.content == manifest.content else None


def folder_of(scorecards: Path, number: int) -> Path:
    """Where an edition of that number is kept."""
    return scorecards / f"edition-{number}"


def definitions_fingerprint(company: Company) -> str:
    """SHA-256 over what the company's words mean and how its extracts are read."""
    return hashlib.sha256((company.definitions.model_dump_json() + company.sources.model_dump_json()).encode()).hexdigest()


def code_fingerprint(project: Path) -> str:
    """SHA-256 over the code and rules that decide figures and how they are shown."""
    digest = hashlib.sha256()
    for folder in CODE_FOLDERS:
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in {".py", ".yaml"} and "examples" not in path.parts and "demo" not in path.parts:
                digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _folders(scorecards: Path) -> list[Path]:
    return [path for path in scorecards.iterdir() if path.is_dir()] if scorecards.is_dir() else []
