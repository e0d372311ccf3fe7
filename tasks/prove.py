"""Prove: every sentence of a published message with the figures that it is made of, and the command that lists their customers."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from shlex import quote
from typing import TYPE_CHECKING, TypeAlias

from ibis import _

from config.company import find_company
from config.localization import as_localized
from config.measures.experiences import LOST_OF_EXPERIENCE, OF_EXPERIENCE, label_of_name
from config.yaml_file import CompanyFolderError
from expectations.verdict import RefusedError
from tasks.customer_math.analysis.exposures import with_experience_name
from tasks.customer_math.catalogue import MEASURES
from tasks.customer_math.lifetime.flow import EQUITY_MEASURES
from tasks.customer_math.lifetime.summaries import flow_sums
from tasks.customer_math.topics.cohort_measures import cohort_catalogue
from tasks.customer_math.topics.source_reconciliation import with_line_key
from tasks.open_edition import open_edition
from tasks.reporting.model import ALL
from tasks.reporting.sentences import OF_BRIDGE, SENTENCES, FigureName, Sentence
from tasks.reporting.text import money_exact, whole_number
from tasks.store.engine import engine, rows_of

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.settings import Settings
    from tasks.open_edition import OpenEdition
    from tasks.store.editions import Edition


KEY = ("measure", "period", "segment_by", "segment", "split_by", "split")
"""The columns of figures in the order of a figure's name."""
Values: TypeAlias = "dict[FigureName, Decimal]"


@dataclass(frozen=True)
class ProvenFigure:
    """One figure of a sentence."""

    name: FigureName
    label: str
    """What it is called, with its period, group and part where they are not those of the whole."""
    value: str
    command: str
    """What lists its customers, by an edition of the figure's own period."""
    before: str = ""
    """What must be run before that, where the figure's own period was not published; empty: nothing."""
    remark: str = ""
    """What the edition of the figure's own period says instead; empty where it says the same."""


@dataclass(frozen=True)
class ProvenSentence:
    """One line of the message, and what it is made of."""

    line: str
    figures: tuple[ProvenFigure, ...]
    is_in_thread: bool = False
    """Whether it stands below the message."""
    command: str = ""
    """What else lists what it is made of; empty: its figures do."""


@as_localized
def prove(company: Company, period: str, *, settings: Settings, edition: int | None = None) -> tuple[ProvenSentence, ...]:
    """Every line of a published message and of its thread with its figures.

    Raises RefusedError where there is none, or it is not as it was published.
    """
    opened = open_edition(company, period, edition=edition, settings=settings)
    path = opened.edition.folder / SENTENCES
    if not path.exists():
        raise RefusedError(
            f"{opened.period.name} of {company.name}: expected an edition with {SENTENCES}, found none; publish it: "
            f"customer-math run --period {opened.period.name}"
        )
    rows = json.loads(path.read_text(encoding="utf-8"))
    sentences = [Sentence(**{**row, "figures": tuple(FigureName(**name) for name in row["figures"])}) for row in rows]
    proof = _Proof(opened, _values(opened), number=edition, values_of={})
    return tuple(map(proof.of_sentence, sentences))


def _values(opened: OpenEdition) -> Values:
    """Every figure that an edition publishes, and what is still expected of its customers."""
    figures = opened.figures.dropna(subset=["value"])
    values = dict(zip(map(FigureName, *(figures[column] for column in KEY)), figures["value"], strict=True))
    if opened.edition.equity.exists():
        with engine(opened.settings) as connection:
            sums = rows_of(connection, flow_sums(connection.read_parquet(opened.edition.equity)))
        values |= {FigureName(row["measure"], opened.period.name): row["amount"] for row in sums}
    if opened.edition.experiences.exists():
        with engine(opened.settings) as connection:
            had = rows_of(connection, _counted_experiences(opened.edition, connection))
        for row in had:
            name = row["experience_name"]
            values[FigureName(name, opened.period.name)] = Decimal(row["customers_count"])
            values[FigureName(f"{name}{LOST_OF_EXPERIENCE}", opened.period.name)] = Decimal(row["lost_count"])
    if opened.edition.bridges.exists():
        with engine(opened.settings) as connection:
            lines = with_line_key(connection.read_parquet(opened.edition.bridges)).place.value_counts(name="lines_count")
            for row in rows_of(connection, lines):
                values[FigureName(f"{OF_BRIDGE}{row['place']}", opened.period.name)] = Decimal(row["lines_count"])
    return values


def _counted_experiences(edition: Edition, connection: Backend) -> Table:
    """The customers at opening by the experience that they had, and how many of them were lost."""
    named = with_experience_name(connection.read_parquet(edition.experiences))
    return named.group_by("experience_name").agg(customers_count=named.count(), lost_count=_.is_lost.cast("int64").sum())


def _label_of(name: str, company: Company) -> tuple[str, str]:
    """What a figure is called, and its unit."""
    if name.startswith(OF_BRIDGE):
        return name.removeprefix(OF_BRIDGE), "count"
    if not name.startswith(OF_EXPERIENCE):
        measure = {**MEASURES, **EQUITY_MEASURES, **cohort_catalogue(company.definitions.intakes).measures}[name]
        return measure.label, measure.unit
    label = label_of_name(name.removesuffix(LOST_OF_EXPERIENCE))
    return (f"{label}, lost" if name.endswith(LOST_OF_EXPERIENCE) else label), "customers"


@dataclass(frozen=True)
class _Proof:
    """What the figures of one edition's sentences are proven by."""

    opened: OpenEdition
    values: Values
    number: int | None
    """The edition that was asked for; none: the latest."""
    values_of: dict[str, Values | None]
    """What editions of other periods say, as far as they were looked at; none of a period that has none."""

    def of_sentence(self, sentence: Sentence) -> ProvenSentence:
        """A line with its figures, and with what else lists what it is made of."""
        command = f"customer-math {sentence.command} --company {_as_typed(self.opened.company)}" if sentence.command else ""
        return ProvenSentence(sentence.line, tuple(map(self.of, sentence.figures)), sentence.is_in_thread, command)

    def of(self, name: FigureName) -> ProvenFigure:
        """A figure with what lists its customers."""
        company, value = self.opened.company, self.values.get(name)
        group = f"{name.segment_by}={name.segment}" if name.segment_by != ALL else ""
        part = f"{name.split_by}={name.split}" if name.split_by != ALL else ""
        is_own = name.period == self.opened.period.name
        called, unit = _label_of(name.measure, company)
        label = ", ".join(text for text in (called, "" if is_own else name.period, group, part) if text)
        options = {"--segment": group, "--part": part, "--edition": str(self.number) if is_own and self.number else ""}
        typed = "".join(f" {option} {quote(text)}" for option, text in options.items() if text)
        is_of_bridge = name.measure.startswith(OF_BRIDGE)
        verb, listed = ("bridge" if is_of_bridge else "explain"), name.measure.removeprefix(OF_BRIDGE)
        command = f"customer-math {verb} {name.period} {quote(listed)}{typed} --company {_as_typed(company)}"
        shown = self._shown(unit, value)
        if is_own:
            return ProvenFigure(name, label, shown, command)
        published = self._published(name.period)
        if published is None:
            first = f"customer-math run --period {name.period} --no-slack --company {_as_typed(company)}"
            return ProvenFigure(name, label, shown, command, before=first)
        remark = f"published as {self._shown(unit, published.get(name))}" if published.get(name) != value else ""
        return ProvenFigure(name, label, shown, command, remark=remark)

    def _published(self, period: str) -> Values | None:
        """What the latest edition of another period says; none where there is none, or not as it was published."""
        if period not in self.values_of:
            self.values_of[period] = None
            with suppress(RefusedError):
                self.values_of[period] = _values(open_edition(self.opened.company, period, settings=self.opened.settings))
        return self.values_of[period]

    def _shown(self, unit: str, value: Decimal | None) -> str:
        definitions = self.opened.company.definitions
        if value is not None and unit == "money":
            return money_exact(value, definitions.currency, minor_units=definitions.minor_units)
        return "none" if value is None else whole_number(int(value))


def _as_typed(company: Company) -> str:
    """What leads to the company on the command line: its name, or its folder where that is not among those that have one."""
    with suppress(CompanyFolderError):
        if find_company(company.name) == company.folder.resolve():
            return company.name
    return quote(str(company.folder))
