"""Check: what is wrong with a company's folder and the first rows of its extracts, all at once, before anything is run."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.refusal import Refusal, shortened
from config.yaml_file import CompanyFolderError, YamlFile, read_yaml
from expectations.suites import check_rules
from expectations.text import counted
from tasks.looks.problem import Problem
from tasks.looks.rates import currencies_without_rate
from tasks.looks.rows import Look
from tasks.sources.control_totals import declared_total
from tasks.sources.files import find_files
from tasks.sources.heads import FIRST_ROWS
from tasks.sources.landing import land
from tasks.sources.landing_job import LandingStore
from tasks.store.engine import TEMPORARY, Home, engine, write_if_absent
from tasks.validation.identity import IdentityJob, first_who_is_who, identified_landed
from tasks.validation.job import ValidationJob
from tasks.validation.rows import ExtractRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from ibis.backends.duckdb import Backend

    from config.company import Company, CompanyParts
    from config.settings import Settings
    from tasks.sources import Landed

READ_WHOLE = frozenset({"customers", "crosswalk", "exchange_rates"})
"""Shared tables that others are held against: of these no row is left out."""


@dataclass(frozen=True)
class Findings:
    """What a look at a company shows, each with its file and line."""

    problems: tuple[str, ...]
    """What stands in the way of a run."""
    remarks: tuple[str, ...] = ()
    """What would not stop a run, and is to be looked at before its figures are believed."""


@dataclass
class Looker:
    """One look at a company: what was landed so far, and what was noticed."""

    company: Company
    settings: Settings
    home: Home
    as_of: date
    is_certain: bool
    """Whether definitions.yaml is as the company means it, so that rules can be judged by it."""
    landed: dict[str, Landed] = field(default_factory=dict)
    noticed: list[Problem] = field(default_factory=list)

    def look_at(self, name: str) -> None:
        """Read and judge the first rows of one extract."""
        dataset = self.company.sources.extracts[name].dataset
        first_rows = None if dataset in READ_WHOLE else FIRST_ROWS
        with engine(self.settings) as connection, self._refusals_noticed(name):
            if dataset is None:
                self._look_for_files(name)
                return
            store = LandingStore(partial(self.home.landed, name), write_if_absent)
            landed = land(self.company, name, connection=connection, store=store, first_rows=first_rows)
            # A file of which no more is read than the first rows may have others; so may files of which each has fewer.
            is_whole = first_rows is None or landed.file_rows_count < first_rows
            if is_whole:
                landed = replace(landed, declared=declared_total(self.company, landed, connection=connection))
            landed = identified_landed(IdentityJob(self.company, landed, [*self.landed.values()], connection), home=self.home)
            self.landed[name] = landed
            if self.is_certain:
                self._validate(landed, is_whole=is_whole, connection=connection)

    def _look_for_files(self, name: str) -> None:
        extract = self.company.sources.extracts[name]
        if extract.path:
            find_files(self.company, name)

    def _validate(self, landed: Landed, *, is_whole: bool, connection: Backend) -> None:
        customers = next((extract.path for extract in self.landed.values() if extract.dataset == "customers"), None)
        job = ValidationJob(self.company, landed, None if landed.dataset == "customers" else customers, self.as_of)
        first = counted(landed.rows_count, "row") if is_whole else f"the first {counted(landed.rows_count, 'row')}"
        look = Look(job, ExtractRows.of(connection, job), is_whole=is_whole, first=first)
        self.noticed += look.problems()

    @contextmanager
    def _refusals_noticed(self, name: str) -> Iterator[None]:
        try:
            yield
        except CompanyFolderError as error:
            # These begin with their own file and line.
            self.noticed += [Problem("", sentence) for sentence in error.problems]
        except Refusal as error:
            self.noticed += [Problem(name, sentence) for sentence in str(error).splitlines()]


def findings_of(
    parts: CompanyParts, *, settings: Settings, now: datetime, progress: Callable[[str], None] = lambda _extract: None
) -> Findings:
    """Everything that is wrong with a company's folder, its files and the first rows of each extract; nothing is kept of the look."""
    problems = list(parts.problems)
    if parts.company is None:
        return Findings(tuple(problems))
    if parts.is_whole:
        problems += _rule_problems(parts.company)
    as_of = now.astimezone(ZoneInfo(parts.company.definitions.time_zone)).date()
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        looker = Looker(parts.company, settings, Home(Path(folder)), as_of, is_certain=not problems)
        extracts = parts.company.sources.extracts
        for name in sorted(extracts, key=lambda name: first_who_is_who(extracts[name].dataset)):
            progress(name)
            looker.look_at(name)
        if looker.is_certain:
            looker.noticed += currencies_without_rate(parts.company, looker.landed)
    file = parts.sources_file or read_yaml(parts.folder / "sources.yaml")
    shown = {problem: _at_its_line(problem, file, parts.company) for problem in looker.noticed}
    wrong = [*problems, *(line for problem, line in shown.items() if not problem.is_remark)]
    remarks = [line for problem, line in shown.items() if problem.is_remark]
    return Findings(*(tuple(map(shortened, dict.fromkeys(lines))) for lines in (wrong, remarks)))


def located(sentences: Iterable[str], parts: CompanyParts) -> list[str]:
    """Sentences that begin with an extract's name, each behind the file and line that it is about."""
    assert parts.company is not None, "extracts are read of a company that is whole"
    assert parts.sources_file is not None, "the same"
    file, company = parts.sources_file, parts.company
    names = [(sentence, sentence.partition(":")[0]) for sentence in sentences]
    return [_at_its_line(Problem(name if name in company.sources.extracts else "", sentence), file, company) for sentence, name in names]


def _at_its_line(problem: Problem, file: YamlFile, company: Company) -> str:
    if not problem.extract:
        return problem.sentence
    # What one extract's SQL reads of another is the other's to mend.
    spoken_of = problem.sentence.partition(":")[0]
    about = replace(problem, extract=spoken_of) if spoken_of in company.sources.extracts else problem
    return about.at_its_line(file, company.sources.extracts[about.extract])


def _rule_problems(company: Company) -> tuple[str, ...]:
    try:
        check_rules(company)
    except CompanyFolderError as error:
        return error.problems
    return ()
