"""What was assembled for a plan: written down once everything of it is there, so that the same is not looked at again."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from config.whole_files import is_usable
from expectations.verdict import RuleResult  # noqa: TC001 - pydantic reads the annotations when an assembly is written and read back
from tasks.store.engine import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from tasks.customer_math.ledger.periods import Plan


@dataclass(frozen=True)
class Assembly:
    """What was found while the ledgers of a plan were assembled, and the tables that there were when all were."""

    verdicts: tuple[RuleResult, ...]
    notes: tuple[str, ...]
    tables: tuple[str, ...]
    """Names of every table that they rest on, the ledgers among them."""


ASSEMBLY = TypeAdapter(Assembly)


def write_assembly(folder: Path, plan: Plan, *, verdicts: tuple[RuleResult, ...], notes: tuple[str, ...]) -> None:
    """Write down that the ledgers of a plan are there, in the folder of all that they rest on."""
    tables = tuple(sorted(path.name for path in folder.glob("*.parquet")))
    with atomic_write(_path(folder, plan)) as unfinished:
        unfinished.write_bytes(ASSEMBLY.dump_json(Assembly(verdicts, notes, tables), indent=1))


def load_assembly(folder: Path, plan: Plan) -> Assembly | None:
    """What was written down of a plan; none where it, or any table of it, is not there or damaged."""
    with suppress(FileNotFoundError, ValidationError):
        assembly = ASSEMBLY.validate_json(_path(folder, plan).read_bytes())
        if all(is_usable(folder / name) for name in assembly.tables):
            return assembly
    return None


def _path(folder: Path, plan: Plan) -> Path:
    """Plans differ in the periods that they show, and in those of which they show everything."""
    shown = [f"{period.name} {period in plan.in_full | plan.compared}" for period in plan.periods]
    digest = hashlib.sha256("\n".join([plan.period.name, *shown]).encode()).hexdigest()
    return folder / f"assembly-{digest[:16]}.json"
