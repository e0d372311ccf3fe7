"""What the commands share: where they print, how they name a company, how they show progress and tables."""

from __future__ import annotations

import logging
import os
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Column, Table
from rich.text import Text

OUT = Console(highlight=False, soft_wrap=True, emoji=False)
ERR = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
CompanyOption = Annotated[str, typer.Option("--company", "-c", help="A company's folder, or its name under config/.")]
SHOWN_WHOLE = ("customer_id", "contribution")
"""What a narrow window cuts last."""


def show_progress() -> None:
    """Tell on standard error what is being done; the workflow engine's own words stay out of the way."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    logger = logging.getLogger("tasks")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(RichHandler(console=ERR, show_path=False, show_level=False, log_time_format="%H:%M:%S"))


def show_rows(columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...]) -> None:
    """Show a table; what is the same in all of its rows is said once above it, so that the rest has room."""
    values = {name: ["" if row[index] is None else str(row[index]) for row in rows] for index, name in enumerate(columns)}
    shared = {name: column[0] for name, column in values.items() if len(rows) > 1 and len(set(column)) == 1}
    nonempty = {name: value for name, value in shared.items() if value}
    if nonempty:
        OUT.print(f"All of those shown: {', '.join(f'{name} {value}' for name, value in nonempty.items())}.", markup=False)
    shown = {name: column for name, column in values.items() if name not in shared}
    table = Table(*(Column(name, no_wrap=name in SHOWN_WHOLE) for name in shown), box=SIMPLE, pad_edge=False)
    for row in zip(*shown.values(), strict=True):
        table.add_row(*map(Text, row))
    OUT.print(table)
