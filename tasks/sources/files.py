"""Where an extract's files are, and whether they are the same as last time."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.sources import FORMATS_BY_SUFFIX
from tasks.sources.landed import MissingExtractError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.company import Company
    from config.sources import Extract, Format

NAMES_SHOWN = 12
"""How many names of a folder's files an error lists."""


@dataclass(frozen=True)
class SourceFile:
    """One file of an extract, and the name by which rows and messages speak of it."""

    path: Path
    name: str


def find_files(company: Company, extract_name: str) -> tuple[SourceFile, ...]:
    """The files that an extract's `path` leads to, by name; raises SourceError where there are none."""
    return files_at(company, company.sources.extracts[extract_name].path or "", what=extract_name)


def files_at(company: Company, place: str, *, what: str) -> tuple[SourceFile, ...]:
    """The files that a path or glob of sources.yaml leads to, by name; raises SourceError where there are none."""
    pattern = (company.folder / Path(company.place(place)).expanduser()).absolute()
    found = [pattern] if pattern.is_file() else _matches(pattern)
    if not found:
        expected = f"{what}: expected a file at {pattern}, found none{_beside(pattern)}"
        raise MissingExtractError(f"{expected}; put it there or correct `path`")
    common = Path(os.path.commonpath([path.parent for path in found]))
    return tuple(SourceFile(path, path.relative_to(common).as_posix()) for path in found)


def _matches(pattern: Path) -> list[Path]:
    """Files that a pattern fits; hidden ones are somebody's unfinished work."""
    found = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def _beside(pattern: Path) -> str:
    if not pattern.parent.is_dir():
        return f" (there is no folder {pattern.parent})"
    names = sorted(path.name for path in pattern.parent.iterdir())
    more = ", ..." if len(names) > NAMES_SHOWN else ""
    return f" (the folder has: {', '.join(names[:NAMES_SHOWN])}{more})" if names else " (the folder is empty)"


def format_of(extract: Extract, file: SourceFile, *, extract_name: str) -> Format:
    """How a file is written: as declared, or by its name's ending; raises SourceError where neither says."""
    suffix = Path(file.path.name.removesuffix(".gz")).suffix.lower()
    found = extract.read.format or FORMATS_BY_SUFFIX.get(suffix)
    if found is None:
        known = ", ".join(FORMATS_BY_SUFFIX)
        raise SourceError(
            f"{extract_name}: {file.name}: expected a name that ends in one of {known}, found {suffix or 'no ending'}; set `read.format`"
        )
    return found


def digest_of(files: Sequence[SourceFile], *, extract_name: str) -> str:
    """SHA-256 over the files' names and bytes."""
    digest = hashlib.sha256()
    for file in files:
        try:
            with file.path.open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise SourceError(f"{extract_name}: {file.name}: cannot be read: {error.strerror}; check who may read it") from error
        digest.update(f"{file.name}\n{found}\n".encode())
    return digest.hexdigest()
