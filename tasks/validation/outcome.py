"""What became of an extract, and where that is kept: three tables, a page, and the outcome itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations when an outcome is written and read back
from typing import Any

from pydantic import TypeAdapter, ValidationError

from config.whole_files import is_usable
from expectations.verdict import Accepted  # noqa: TC001 - the same

OUTCOME, PAGE = "outcome.json", "validation.html"


@dataclass(frozen=True)
class Outcome:
    """What became of an extract, and why it is refused, if it is."""

    accepted: Accepted
    refusals: tuple[str, ...]
    page: Path


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Write what became of an extract into its folder."""
    (folder / OUTCOME).write_bytes(TypeAdapter(Outcome).dump_json(outcome, indent=1))


def load_outcome(folder: Path) -> Outcome | None:
    """What was found before, with its paths as they are now; none where it is not there, or damaged."""
    try:
        outcome = TypeAdapter(Outcome).validate_json((folder / OUTCOME).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    if not outcome.refusals and not all(is_usable(path) for path in table_paths(folder).values()):
        return None
    return replace(outcome, accepted=replace(outcome.accepted, **table_paths(folder)), page=folder / PAGE)


def table_paths(folder: Path) -> dict[str, Any]:
    """Where the three tables are, by the names that `Accepted` has for them."""
    return {"path": folder / "accepted.parquet", **{f"{name}_path": folder / f"{name}.parquet" for name in ("set_aside", "superseded")}}
