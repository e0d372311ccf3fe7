"""Open an edition: what was published, as typed frames for people; `prove` and `explain` read by it, and nothing of a run does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
from ibis import _

from config.company import Company, load_company
from config.refusal import ExitStatus, Refusal
from config.settings import settings_from_environment
from expectations.verdict import RefusedError
from tasks.customer_lists import coming_due, customers_in, customers_out
from tasks.customer_math.ledger.periods import period_named
from tasks.store.edition_checks import checked_editions
from tasks.store.editions import published_periods
from tasks.store.engine import engine
from tasks.store.homes import home_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.settings import Settings
    from tasks.customer_math.ledger.periods import Period
    from tasks.store.editions import Edition

NAMES = frozenset(
    {
        *("measure", "unit", "segment_by", "segment", "split_by", "split", "movement", "movement_from", "movement_to"),
        *("reason_code", "reason", "ended_by", "cause", "value_group", "opening_group", "closing_group"),
    }
)
"""Columns of few different texts, which are categories, as are periods; periods stand in the order of their days."""


RUN_OF_DAYS = "--"
"""Between the first and the last day in the name of days that are no period of the calendar, such as the year up to now."""


class UnknownNameError(Refusal):
    """A measure, segment or edition was asked for that there is none of; the message says which there are."""

    exit_status = ExitStatus.WRONG_USE


@dataclass(frozen=True)
class OpenEdition:
    """An edition whose seal holds, and its tables as frames: amounts are decimals, days are dates, and periods are categories.

    Nothing is read before it is asked for, and what was is remembered. Where a table is not published, its frame has no row.
    """

    company: Company
    period: Period
    edition: Edition
    settings: Settings

    @cached_property
    def figures(self) -> pd.DataFrame:
        """Every figure: period, segment_by, segment, split_by, split, measure, unit, value; of a rate numerator and denominator, too."""
        return self._of_file("figures.parquet")

    @cached_property
    def movements(self) -> pd.DataFrame:
        """The ledger that the figures are measured on, a row a customer."""
        return self._of_file("movements.parquet")

    @cached_property
    def restatements(self) -> pd.DataFrame:
        """What the edition found that earlier ones had published otherwise: a row a figure and cause."""
        return self._of_file("restatements.parquet")

    @cached_property
    def lists(self) -> Mapping[str, pd.DataFrame]:
        """Customers by name of list, the most valuable first: customers_in, customers_out, coming_due and weakening."""
        definitions = self.company.definitions
        labels = {reason.code: reason.says for reason in definitions.reasons}
        groups, who = (*definitions.segments,), ("customer_id", "customer_name")
        came = (*who, "movement", "moved_on", "first_came_on", "amount")
        with engine(self.settings) as connection:
            moved = connection.read_parquet(self.edition.movements)
            weakening = moved.filter(_.is_weakening).mutate(amount=_.closing_amount)
            tables = {
                "customers_in": (customers_in(moved), came),
                "customers_out": (customers_out(moved, labels), (*came, "reason")),
                "coming_due": (
                    coming_due(moved, number=len(definitions.renewals.due_days)),
                    (*who, "next_due_on", "terms_count", "amount"),
                ),
                "weakening": (weakening, (*who, "last_bought_on", "silent_days_count", "usual_gap_days_count", "amount")),
            }
            return {
                name: self.frame(connection, table.order_by(table.amount.desc(), "customer_id").select(*columns, *groups))
                for name, (table, columns) in tables.items()
            }

    def frame(self, connection: Backend, table: Table) -> pd.DataFrame:
        """What the engine finds as a frame, in which every column has the type that it has there."""
        typed = connection.to_pyarrow(table).to_pandas(types_mapper=pd.ArrowDtype)
        for name in typed.columns:
            if name == "period":
                typed[name] = pd.Categorical(typed[name], self._in_order(typed[name]), ordered=True)
            elif name in NAMES:
                typed[name] = pd.Categorical(typed[name])
        return typed

    def _of_file(self, name: str) -> pd.DataFrame:
        path = self.edition.folder / name
        with engine(self.settings) as connection:
            return self.frame(connection, connection.read_parquet(path)) if path.is_file() else pd.DataFrame()

    def _in_order(self, names: pd.Series[Any]) -> list[str]:
        """The periods by their last days, the shortest first."""
        return sorted(names.dropna().unique(), key=self._days)

    def _days(self, name: str) -> tuple[date, int]:
        """The last day of a period or of a run of days, and how many days before it the first is."""
        first, is_run, last = name.partition(RUN_OF_DAYS)
        if is_run:
            ends = date.fromisoformat(first), date.fromisoformat(last)
        else:
            period = period_named(name, self.company.definitions.calendar)
            ends = period.opens_on, period.closing_day
        return ends[1], (ends[1] - ends[0]).days


def open_edition(
    company: Company | Path | str, period: str, *, edition: int | None = None, settings: Settings | None = None
) -> OpenEdition:
    """A published period, the latest edition unless a number is given; `company` is one that was loaded, its folder, or its name.

    Raises RefusedError where the period was not published or an edition is not as it was published, and UnknownNameError
    where there is no edition of that number.

    open_edition("demo", "2026-Q3").figures.query("measure == 'customers_out' and segment_by == 'region'")
    """
    loaded = company if isinstance(company, Company) else load_company(company)
    chosen = settings or settings_from_environment()
    named, home = period_named(period, loaded.definitions.calendar), home_of(loaded, chosen)
    published = checked_editions(home, named.name)
    if not published:
        there_are = ", ".join(published_periods(home.all_scorecards)) or "none yet"
        raise RefusedError(f"{named.name} of {loaded.name} was not published; published periods: {there_are}")
    for candidate in reversed(published):
        if edition in {None, candidate.number}:
            return OpenEdition(loaded, named, candidate, chosen)
    raise UnknownNameError(f"edition {edition}: {named.name} has editions {', '.join(str(candidate.number) for candidate in published)}")
