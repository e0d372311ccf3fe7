"""The commands `lapse-window`, `presets` and `themes`: what other choices would have said, and what customers write about."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from flows.cli.console import OUT, CompanyOption, show_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from config.company import Company
    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period
    from tasks.reporting.what_if import LapseLine, LapseWindow, PresetLine, Presets

WIDE_OUT = Console(highlight=False, soft_wrap=True, emoji=False, width=160)
"""Where no window bounds a table."""
NumberedColumns = tuple[tuple[str, bool], ...]
LAPSE_COLUMNS: NumberedColumns = (
    ("buyers", False),
    ("suggested", True),
    ("95% interval", True),
    ("in force", True),
    ("come back later", True),
    ("silences", True),
    ("active, in force", True),
    ("active, suggested", True),
)
PRESET_COLUMNS: NumberedColumns = (
    ("rule", False),
    ("opening", True),
    ("new", True),
    ("returned", True),
    ("in and out", True),
    ("in", True),
    ("out", True),
    ("closing", True),
)
"""Headings, and whether numbers stand under them."""


def lapse_window(
    company: CompanyOption = "demo",
    output: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the table to this file, too: .csv or .xlsx.")] = None,
    curves: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write both error curves, day by day, to this file: .csv or .xlsx.")
    ] = None,
) -> None:
    """Suggest after how many days of silence a buyer has lapsed; the setting in force stays."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from tasks.reporting.pages.what_if import lapse_sentences
    from tasks.reporting.what_if import LapseLine, LapsePoint

    show_progress()
    window = lapse_window_of(load_company(company), settings=settings_from_environment())
    for sentence in lapse_sentences(window):
        OUT.print(sentence, markup=False)
    if window.lines:
        _show(_table(LAPSE_COLUMNS, [_lapse_row(window, line) for line in window.lines]))
    in_force = {"in_force_days": window.in_force_days}
    _write(output, LapseLine, [{**asdict(line), **in_force} for line in window.lines], further=tuple(in_force))
    _write(curves, LapsePoint, [asdict(point) for point in window.curve])


def presets(
    period: Annotated[str, typer.Argument(help="A period that is over: 2025-W36, 2025-08, 2025-Q3 or 2025.")],
    company: CompanyOption = "demo",
) -> None:
    """Show customers in and out as other systems' rules would count them."""
    from config.settings import settings_from_environment
    from flows.orchestration.parameters import resolve_request
    from tasks.reporting.pages.what_if import presets_sentence

    show_progress()
    resolved_company, resolved_period = resolve_request(company, period, now=datetime.now(UTC))
    weighed = presets_of(resolved_company, resolved_period, settings=settings_from_environment())
    OUT.print(f"{resolved_period.label}: {presets_sentence(weighed)}", markup=False)
    _show(_table(PRESET_COLUMNS, [_preset_row(line) for line in weighed.lines if line.counts]))
    for line in weighed.lines:
        if line.missing:
            OUT.print(f"{line.label}: not told by the extracts: {'; '.join(line.missing)}", markup=False)


def themes(company: CompanyOption = "demo") -> None:
    """Count what customers wrote by the company's themes, and suggest further ones into its themes.yaml, none of them in use."""
    from config.company import load_company
    from config.settings import settings_from_environment
    from flows.stages import PipelineContext, read_and_validate
    from tasks.themes import suggest_themes

    show_progress()
    resolved_company, settings = load_company(company), settings_from_environment()
    _landed, accepted = read_and_validate(PipelineContext.of(resolved_company, settings=settings, now=datetime.now(UTC)))
    report = suggest_themes(resolved_company, accepted, settings=settings)
    for sentence in report.sentences:
        OUT.print(sentence, markup=False)
    if report.path:
        OUT.print(f"written: {report.path}; read it, name what is meant and say `use: true`: the next run counts it", markup=False)


def lapse_window_of(company: Company, *, settings: Settings) -> LapseWindow:
    """The lapse window that the company's purchases suggest, with the data as they are now."""
    from flows.stages import PipelineContext, analysis_inputs, read_and_validate
    from tasks import analyse
    from tasks.assemble import covered_days
    from tasks.customer_math.ledger.periods import last_complete
    from tasks.store.engine import engine

    context = PipelineContext.of(company, settings=settings, now=datetime.now(UTC))
    _landed, accepted = read_and_validate(context)
    _first, covers_through, _limiting = covered_days(company, accepted)
    week = last_complete("week", covers_through + timedelta(days=1), company.definitions.calendar)
    inputs = analysis_inputs(context, accepted, week)
    with engine(settings) as connection:
        return analyse.lapse_window(connection, company, inputs)


def presets_of(company: Company, period: Period, *, settings: Settings) -> Presets:
    """The headline of a period under every set of choices, with the data as they are now."""
    from flows.stages import PipelineContext, analysis_inputs, read_and_validate
    from tasks import analyse
    from tasks.store.engine import engine

    context = PipelineContext.of(company, settings=settings, now=datetime.now(UTC))
    _landed, accepted = read_and_validate(context, period)
    inputs = analysis_inputs(context, accepted, period)
    with engine(settings) as connection:
        return analyse.presets(connection, company, inputs, period=period)


def _lapse_row(window: LapseWindow, line: LapseLine) -> list[str]:
    from tasks.reporting.pages.what_if import format_interval

    later = "not known" if line.back_in_force_rate is None else f"{line.back_in_force_rate:.1%}"
    suggested = "none" if line.suggested_days is None else f"{line.suggested_days:,}"
    who = "all buyers" if line.segment_by == line.segment else f"{line.segment_by.replace('_', ' ')}: {line.segment}"
    by_suggestion = "" if line.active_suggested_count is None else f"{line.active_suggested_count:,}"
    numbers = (f"{window.in_force_days:,}", later, f"{line.silences_count:,}", f"{line.active_in_force_count:,}", by_suggestion)
    return [who, suggested, format_interval(line), *numbers]


def _preset_row(line: PresetLine) -> list[str]:
    assert line.counts is not None
    return [line.label, *(f"{count:,}" for count in asdict(line.counts).values())]


def _table(columns: NumberedColumns, rows: Iterable[Sequence[str]]) -> Table:
    headings = (Column(name, justify="right" if is_number else "left", no_wrap=not is_number) for name, is_number in columns)
    table = Table(*headings, box=SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _show(table: Table) -> None:
    """Show a table; where it goes into a file or another program, it is as wide as its words."""
    (OUT if OUT.is_terminal else WIDE_OUT).print(table)


def _write(path: Path | None, kind: type, rows: Iterable[dict[str, object]], *, further: tuple[str, ...] = ()) -> None:
    """Write rows of that kind as CSV or as a workbook, whole or not at all; nothing where no file was asked for."""
    if path is None:
        return
    from tasks.store.spreadsheets import write_table

    columns = [*(field.name for field in fields(kind)), *further]
    write_table(path, columns, [[row[name] for name in columns] for row in rows])
