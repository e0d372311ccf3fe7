"""CSV files for machines, which people open with a spreadsheet nevertheless: nothing in them is calculated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasks.reporting.inert import INERT_STEPS

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table


def write_machine_csv(connection: Backend, table: Table, path: Path) -> None:
    """Write what a query finds as CSV for machines: numbers as they are, texts inert as `inert_cell` says, and back by its rule."""
    texts: dict[str, Any] = {name: table[name] for name, kind in table.schema().items() if kind.is_string()}
    for pattern, replacement in INERT_STEPS:
        texts = {name: text.re_replace(pattern, replacement) for name, text in texts.items()}
    connection.to_csv(table.mutate(**texts), path)
