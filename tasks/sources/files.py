"""Where an extract's files are, and whether they are the same as last time."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from config.sources import FORMATS_BY_SUFFIX
from config.yaml_file import CompanyFolderError
from tasks.sources.landed import MissingExtractError, SourceError
from tasks.sources.remote_files import fetch, is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from config.company import Company
    from config.sources import Extract, Format, Read

    Entries = Callable[[Path], Iterator[os.DirEntry[str]]]
    FileState = tuple[int, int, int]

NAMES_SHOWN = 12
"""How many names of a folder's files an error lists."""
SHOWN_LENGTH = 200
"""How much of a path an error shows that no file can have."""
MOST_LOOKED_AT = 100_000
"""Files and folders that one pattern may lead past; more are a disk, not a folder of extracts."""
CURES_OF_SUFFIXES = {
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".zst"), "unpack it, or pack it as .gz, and correct `path`"),
    **dict.fromkeys((".xlsb", ".numbers"), "save it as .xlsx, or export it as CSV, and correct `path`"),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".html", ".htm", ".xml"), "export the table as CSV or .xlsx, and correct `path`"),
    ".json": "if it has one object a line, write `read: {format: json_lines}`; else export it so, or as CSV",
}
"""What to do with files of a kind that is known and cannot be read, by how their names end."""
WILD = frozenset("*?[")
ANY_FOLDERS = "**"


@dataclass(frozen=True)
class SourceFile:
    """One file of an extract, and the name by which rows and messages speak of it."""

    path: Path
    name: str


def find_files(company: Company, extract_name: str, *, into: Path | None = None) -> tuple[SourceFile, ...]:
    """The files that an extract's `path` leads to, by name; raises SourceError where there are none."""
    return files_at(company, company.sources.extracts[extract_name].path or "", what=extract_name, into=into)


def files_at(company: Company, location: str, *, what: str, into: Path | None = None) -> tuple[SourceFile, ...]:
    """The files that a path, glob or address of sources.yaml leads to, by name; raises SourceError where there are none.

    Files that are elsewhere are fetched, `into` a folder, or for as long as this process lives.
    """
    shown = company.shown_path(location)
    if is_remote(address := company.resolved_path(location)):
        fetched = fetch(address, shown=shown, what=what, into=into)
        return tuple(SourceFile(file.path, company.shown_name(file.name, location)) for file in fetched)
    with _trouble_in_a_sentence(what, shown):
        pattern = (company.folder / Path(company.resolved_path(location)).expanduser()).absolute()
        paths = [pattern] if _is_there(pattern) else sorted(_matches(pattern, what=what))
        if not paths:
            contents = company.shown_name(_folder_contents(pattern, Path(shown)), location)
            raise MissingExtractError(f"{what}: expected a file at {shown}, found none{contents}; put it there or correct `path`")
        if not pattern.is_file() and paths == [pattern]:
            raise SourceError(f"{what}: expected a file at {shown}, found {_kind_of(pattern)}; name a file, or several as in `*.csv`")
    common = Path(os.path.commonpath([path.parent for path in paths]))
    return tuple(SourceFile(path, company.shown_name(path.relative_to(common).as_posix(), location)) for path in paths)


@contextmanager
def _trouble_in_a_sentence(what: str, shown: str) -> Iterator[None]:
    """Say in a sentence what the disk says, and that a path is none at all."""
    expected = f"{what}: expected a file at {shown if len(shown) <= SHOWN_LENGTH else f'{shown[:SHOWN_LENGTH]}...'}"
    try:
        yield
    except OSError as error:
        raise SourceError(f"{expected}, found: {error.strerror or 'the disk says no'}; correct `path`, or who may read it") from None
    except (ValueError, RuntimeError) as error:
        if isinstance(error, SourceError | CompanyFolderError):
            raise
        raise SourceError(f"{expected}, found a path that no file can have; correct `path`") from None


def _is_there(path: Path) -> bool:
    """Whether there is anything of that name; raises OSError where that cannot be known."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _kind_of(path: Path) -> str:
    return "a folder" if path.is_dir() else "something that is no regular file"


def _matches(pattern: Path, *, what: str) -> Iterator[Path]:
    """Files that a pattern fits; hidden ones are somebody's unfinished work."""
    parts = pattern.parts[1:]
    unclear = [part for part in parts if ANY_FOLDERS in part and part != ANY_FOLDERS]
    if unclear or parts[-1:] == (ANY_FOLDERS,):
        raise SourceError(f"{what}: expected `**` between two `/`, for any folders, found it elsewhere; write `**/*.csv`")
    entries = partial(_entries, looked_at=count(1), what=what)
    for path in set(_paths(Path(pattern.anchor), parts, entries=entries)):
        if path.is_file() and not path.name.startswith("."):
            yield path


def _paths(folder: Path, parts: Sequence[str], *, entries: Entries) -> Iterator[Path]:
    """What lies below a folder and fits the parts of a pattern; folders that are links are not followed by `**`."""
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == ANY_FOLDERS:
        yield from _paths(folder, rest, entries=entries)
        below = ((entry, parts) for entry in entries(folder) if entry.is_dir(follow_symlinks=False))
    elif WILD & set(part):
        below = ((entry, rest) for entry in entries(folder) if fnmatchcase(entry.name, part))
    else:
        yield from _paths(folder / part, rest, entries=entries) if _is_there(folder / part) else ()
        return
    for entry, remaining in below:
        yield from _paths(Path(entry.path), remaining, entries=entries)


def _entries(folder: Path, *, looked_at: Iterator[int], what: str) -> Iterator[os.DirEntry[str]]:
    """What is in a folder; a folder that may not be read raises, because files in it would be missing without a word."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if next(looked_at) > MOST_LOOKED_AT:
                raise SourceError(f"{what}: expected a pattern that leads past {MOST_LOOKED_AT:,} files at most, found more; narrow `path`")
            yield entry


def _folder_contents(pattern: Path, shown: Path) -> str:
    if not pattern.parent.is_dir():
        return f" (there is no folder {shown.parent})"
    names = sorted(path.name for path in pattern.parent.iterdir())
    more = ", ..." if len(names) > NAMES_SHOWN else ""
    return f" (the folder has: {', '.join(names[:NAMES_SHOWN])}{more})" if names else " (the folder is empty)"


def format_of(extract: Extract, file: SourceFile, *, extract_name: str) -> Format:
    """How a file is written: as declared, or by its name's ending; raises SourceError where neither says."""
    suffix = Path(file.path.name.removesuffix(".gz")).suffix.lower()
    file_format = extract.read.format or FORMATS_BY_SUFFIX.get(suffix)
    if file_format is None:
        suffixes = ", ".join(FORMATS_BY_SUFFIX)
        raise SourceError(
            f"{extract_name}: {file.name}: expected a name that ends in one of {suffixes}, found {suffix or 'no ending'}; "
            f"{CURES_OF_SUFFIXES.get(suffix, 'if it is text with a line a row, write `read: {format: csv}`')}"
        )
    return file_format


def refuse_settings_without_effect(read: Read, file_format: Format, *, where: str) -> None:
    """Raises SourceError where rows are declared to be no part of the table that nothing passes over in a file of that format."""
    without = {"csv": (), "excel": ("drop_lines_matching",)}.get(file_format, ("drop_lines_matching", "skip_last_rows", "until_blank_row"))
    given = [name for name in without if getattr(read, name)]
    if given:
        raise SourceError(f"{where}: `read.{given[0]}` has no effect on a file of {file_format}; remove it, or use `read.drop_rows_where`")


def digests_of(files: Sequence[SourceFile], *, extract_name: str) -> tuple[str, ...]:
    """SHA-256 over the bytes of each file; raises SourceError where one cannot be read."""
    return tuple(_digest(file, extract_name=extract_name) for file in files)


def _digest(file: SourceFile, *, extract_name: str) -> str:
    with _read_errors_explained(file, extract_name):
        return sha256_of(file.path)


@contextmanager
def _read_errors_explained(file: SourceFile, extract_name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"{extract_name}: {file.name}: cannot be read: {error.strerror}; check who may read it") from error


def states_of(files: Sequence[SourceFile], *, extract_name: str) -> tuple[FileState, ...]:
    """What the disk says of each file, other once it is written to or another takes its place; raises SourceError where it is gone."""
    return tuple(_state(file, extract_name=extract_name) for file in files)


def _state(file: SourceFile, *, extract_name: str) -> FileState:
    with _read_errors_explained(file, extract_name):
        status = file.path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def refuse_changed(file: SourceFile, *, digest: str, state: FileState, extract_name: str) -> None:
    """Raises SourceError where a file is no longer what it was: rows that were read meanwhile may be of neither state."""
    if _state(file, extract_name=extract_name) != state and _digest(file, extract_name=extract_name) != digest:
        raise SourceError(
            f"{extract_name}: {file.name}: expected a file that nothing writes to while it is read, found that it changed meanwhile; "
            "run again when its export is complete"
        )


def sha256_of(path: Path) -> str:
    """SHA-256 over a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_of(files: Sequence[SourceFile], digests: Sequence[str]) -> str:
    """SHA-256 over the files' names and what they are."""
    lines = "".join(f"{file.name}\n{digest}\n" for file, digest in zip(files, digests, strict=True))
    return hashlib.sha256(lines.encode()).hexdigest()
