"""Prove: every sentence of a published message with the figures that it is made of, and the command that lists their customers."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

from config.company import find_company
from config.yaml_file import CompanyFolderError
from expectations.verdict import RefusedError
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.ledger.periods import period_named
from tasks.customer_math.lifetime.flow import EQUITY_MEASURES
from tasks.customer_math.lifetime.summaries import flow_sums
from tasks.reporting.model import ALL
from tasks.reporting.sentences import SENTENCES, FigureName, Sentence
from tasks.reporting.text import money_exact, whole_number
from tasks.store.edition_checks import checked_editions
from tasks.store.engine import engine, rows_of
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from decimal import Decimal

    from config.company import Company
    from config.settings import Settings
    from tasks.store.editions import Edition


@dataclass(frozen=True)
class ProvenFigure:
    """One figure of a sentence."""

    name: FigureName
    label: str
    """What it is called, with its period, group and part where they are not those of the whole."""
    value: str
    command: str
    """What lists its customers, by an edition of the figure's own period."""


@dataclass(frozen=True)
class ProvenSentence:
    """One line of the message, and what it is made of."""

    line: str
    figures: tuple[ProvenFigure, ...]


def prove(company: Company, period: str, *, settings: Settings, edition: int | None = None) -> tuple[ProvenSentence, ...]:
    """Every line of a published message with its figures; raises RefusedError where there is none, or it is not as it was published."""
    named = period_named(period, company.definitions.calendar)
    published = checked_editions(home_of(company, settings), named.name)
    chosen = next((each for each in reversed(published) if edition in {None, each.number}), None)
    path = chosen.folder / SENTENCES if chosen else None
    if chosen is None or path is None or not path.exists():
        raise RefusedError(
            f"{named.name} of {company.name}: expected an edition with {SENTENCES}, found none; publish it: "
            f"customer-math run --period {named.name}"
        )
    values = _values(chosen, settings)
    rows = json.loads(path.read_text(encoding="utf-8"))
    sentences = [Sentence(**{**row, "figures": tuple(FigureName(**name) for name in row["figures"])}) for row in rows]
    return tuple(
        ProvenSentence(each.line, tuple(_proven(company, named.name, name, values=values) for name in each.figures)) for each in sentences
    )


def _values(edition: Edition, settings: Settings) -> dict[FigureName, Decimal]:
    columns = ("measure", "period", "segment_by", "segment", "split_by", "split")
    with engine(settings) as connection:
        rows = rows_of(connection, connection.read_parquet(edition.folder / "figures.parquet").select(*columns, "value"))
        to_come = rows_of(connection, flow_sums(connection.read_parquet(edition.equity))) if edition.equity.exists() else []
    of_equity = {FigureName(row["measure"], edition.manifest.period): row["amount"] for row in to_come}
    return {**{FigureName(*(row[column] for column in columns)): row["value"] for row in rows}, **of_equity}


def _proven(company: Company, period: str, name: FigureName, *, values: dict[FigureName, Decimal]) -> ProvenFigure:
    measure, value = {**MEASURES, **EQUITY_MEASURES}[name.measure], values.get(name)
    definitions = company.definitions
    shown = "none" if value is None else whole_number(int(value))
    if value is not None and measure.unit == "money":
        shown = money_exact(value, definitions.currency, minor_units=definitions.minor_units)
    group = f"{name.segment_by}={name.segment}" if name.segment_by != ALL else ""
    part = f"{name.split_by} {name.split}" if name.split_by != ALL else ""
    label = ", ".join(each for each in (measure.label, name.period if name.period != period else "", group, part) if each)
    option = f" --segment {quote(group)}" if group else ""
    return ProvenFigure(name, label, shown, f"customer-math explain {name.period} {name.measure}{option} --company {_as_typed(company)}")


def _as_typed(company: Company) -> str:
    """What leads to the company on the command line: its name, or its folder where that is not among those that have one."""
    with suppress(CompanyFolderError):
        if find_company(company.name) == company.folder.resolve():
            return company.name
    return quote(str(company.folder))
