"""What was published: editions of a period, numbered, written whole, never changed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path  # noqa: TC003 - dataclasses are read at run time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from expectations.verdict import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.company import Company

EDITION = re.compile(r"edition-([1-9][0-9]*)")
MANIFEST = "manifest.json"
COMPANY = "company"
"""Folder of an edition that holds the company's files as they were."""
EQUITY = "equity.parquet"
"""The customers behind what is still expected of them."""
RESTORE = "what was published stays: put it back from a backup"
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


class LandedInManifest(BaseModel):
    """One landed extract that an edition can be replayed from."""

    model_config = ConfigDict(frozen=True)

    extract: str
    path: str
    """Below the company's part of the home folder."""
    fingerprint: str


class PlanInManifest(BaseModel):
    """The periods that an edition shows, by name."""

    model_config = ConfigDict(frozen=True)

    previous: str | None
    year_before: str | None
    trend: tuple[str, ...]


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
    company_folder: str = ""
    """Name of the company's folder, under which its editions lie; empty in editions from before there was a log of them."""
    plan: PlanInManifest | None = None
    landed: tuple[LandedInManifest, ...] = ()
    previous_seal: str = ""
    """Seal of the edition before, so that none can be taken out unnoticed; empty for the first."""
    files: dict[str, str] = {}
    """SHA-256 of every other file of the edition as it was published, by its name."""
    seal: str = ""
    """SHA-256 over everything above."""

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
    def customers(self) -> Path:
        """The lists of customers by name; not there in editions whose scorecard holds them itself."""
        return self.folder / "customers.xlsx"

    @property
    def movements(self) -> Path:
        """The ledger that its figures were measured on."""
        return self.folder / "movements.parquet"

    @property
    def bridges(self) -> Path:
        """The claims and customers of the silos' bridges; not there where no silo's claims are declared."""
        return self.folder / "alignment.parquet"

    @property
    def experiences(self) -> Path:
        """Who had which experience; not there where nobody had any."""
        return self.folder / "experiences.parquet"

    @property
    def equity(self) -> Path:
        """What is still expected of its customers; not there where both ends could not be valued."""
        return self.folder / EQUITY

    @property
    def cohorts(self) -> Path:
        """The customers of the intakes that it tells of."""
        return self.folder / "intakes.parquet"


def editions(scorecards: Path) -> list[Edition]:
    """Every edition under a period's folder, oldest first; raises RefusedError for a manifest that cannot be read."""
    numbered = [(int(match[1]), folder) for folder in _folders(scorecards) if (match := EDITION.fullmatch(folder.name))]
    return [read_edition(folder, number) for number, folder in sorted(numbered)]


def read_edition(folder: Path, number: int) -> Edition:
    """The edition of that number in a folder; raises RefusedError where its manifest cannot be read."""
    return Edition(number, folder, _manifest(folder))


def _manifest(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        problem = f"none that can be read ({error.strerror})" if isinstance(error, OSError) else "one that is damaged or of another version"
        raise RefusedError(f"{folder / MANIFEST}: expected the manifest as it was published, found {problem}; {RESTORE}") from None


def published_periods(scorecards: Path) -> list[str]:
    """Names of the periods that have an edition, under the folder of all scorecards."""
    return sorted(
        folder.name for folder in _folders(scorecards) if any(EDITION.fullmatch(subfolder.name) for subfolder in _folders(folder))
    )


def edition_of(scorecards: Path, number: int | None) -> Edition:
    """One edition of a period, the latest where no number is given; raises RefusedError where there is none."""
    published = editions(scorecards)
    if not published:
        others = ", ".join(published_periods(scorecards.parent)) or "none yet"
        raise RefusedError(f"{scorecards.name} was not published; published periods: {others}")
    for edition in reversed(published):
        if number in (None, edition.number):
            return edition
    raise RefusedError(f"edition {number}: {scorecards.name} has editions {', '.join(str(edition.number) for edition in published)}")


def sealed(manifest: Manifest, folder: Path) -> Manifest:
    """The manifest of an edition that is written, with a fingerprint of each of its files and its own seal."""
    files = {path.relative_to(folder).as_posix(): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    whole = manifest.model_copy(update={"files": files})
    return whole.model_copy(update={"seal": seal_of(json.loads(whole.model_dump_json()))})


def seal_of(content: dict[str, object]) -> str:
    """SHA-256 over a manifest's content, whatever its layout."""
    sealed_content = {name: value for name, value in content.items() if name != "seal"}
    return hashlib.sha256(json.dumps(sealed_content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def broken_seals(edition: Edition) -> Iterator[str]:
    """What of an edition is not as it was published: a sentence each; none where its seal holds and its files are just those sealed."""
    content = json.loads((edition.folder / MANIFEST).read_text(encoding="utf-8"))
    if not edition.manifest.seal:
        yield f"{edition.folder / MANIFEST}: expected a seal, found none; {RESTORE}"
        return
    if seal_of(content) != edition.manifest.seal:
        yield f"{edition.folder / MANIFEST}: was changed after it was published: its seal does not hold; {RESTORE}"
    for name, digest in edition.manifest.files.items():
        path = edition.folder / name
        if not path.is_file():
            yield f"{path}: was published, and is no longer there; {RESTORE}"
        elif _digest(path) != digest:
            yield f"{path}: was changed after it was published: expected SHA-256 {digest[:16]}..., found {_digest(path)[:16]}...; {RESTORE}"
    yield from _strangers(edition)


def _strangers(edition: Edition) -> Iterator[str]:
    """Files and folders, hidden ones too, that were not published with an edition, and links that lead elsewhere."""
    published = {edition.folder / name for name in (MANIFEST, *edition.manifest.files)}
    folders = {folder for path in published for folder in path.parents}
    for path in (edition.folder, *sorted(edition.folder.rglob("*"))):
        if path.is_symlink():
            yield f"{path}: expected what was published, found a link to {path.readlink()}; {RESTORE}"
        elif path not in (folders if path.is_dir() else published):
            yield f"{path}: lies among what was published and was not published; move it away"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    """SHA-256 over what the company's words and themes mean and how its extracts are read."""
    parts = (company.definitions, company.sources, *([company.themes] if company.themes.themes else []))
    return hashlib.sha256("".join(part.model_dump_json() for part in parts).encode()).hexdigest()


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
