"""The landed rows of an extract, counted once in every way in which they are looked at."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis

from tasks.looks.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from config.sources import Extract
    from tasks.reporting.model import StatusProfile
    from tasks.validation.job import ValidationJob

LARGE_PART = 0.5
SMALL_PART = 0.05
FAR_YEAR = 2100
"""From here on an end stands for none."""
DAYS = frozenset({"last", "last_end"})
FEWEST_ROWS = 10
"""Of fewer rows nothing is concluded about all."""


@dataclass(frozen=True)
class Seen:
    """The landed rows of an extract, counted once in every way that is looked at."""

    job: ValidationJob
    rows: Table
    statuses: tuple[StatusProfile, ...]
    older_count: int
    is_whole: bool
    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The extract's name."""
        return self.job.landed.extract

    @property
    def extract(self) -> Extract:
        """The extract as sources.yaml has it."""
        return self.job.extract

    def problem(self, sentence: str, setting: tuple[str, ...] = (), *, is_remark: bool = False) -> Problem:
        """What is wrong with the extract, by its name."""
        return Problem(self.name, f"{self.name}: {sentence}", setting, is_remark)


def counts_of(job: ValidationJob, rows: Table) -> dict[str, Any]:
    """What there is to count of an extract's rows, by what it is called here."""
    amount, day = amount_of(job), job.dataset.event_on or ("starts_on" if "starts_on" in job.dataset.column_names else None)
    through = job.extract.covers_through
    counts = {"rows": rows.count(), "customers": rows.customer_id.nunique() if "customer_id" in rows.columns else rows.count()}
    if amount:
        money = rows[amount]
        cents = money * 100
        counts |= {
            "negative": (money < 0).sum(),
            "zero": (money == 0).sum(),
            "positive": (money > 0).sum(),
            "largest": money.max(),
            "sum": money.sum(),
            "with_fraction": (money != money.floor()).sum(),
            "in_thousandths": ((cents != cents.floor()) & ((money * 1000) == (money * 1000).floor())).sum(),
        }
    if day:
        counts |= {"last": rows[day].max(), "last_day_of_month": rows[day].day().max()}
        counts |= {"days_of_month": rows[day].day().nunique(), "months": rows[day].month().nunique()}
        counts |= {"after": (rows[day] > through).sum()} if through else {}
    if "ends_on" in rows.columns:
        counts |= {
            "ends": rows.ends_on.count(),
            "ends_on_last_days": ((rows.ends_on + ibis.interval(days=1)).day() == 1).sum(),
            "first_days": (rows.starts_on.day() == 1).sum(),
            "far_ends": (rows.ends_on.year() >= FAR_YEAR).sum(),
            "last_end": rows.ends_on.max(),
        }
    (counted_rows,) = rows.aggregate(**counts).to_pyarrow().to_pylist()
    return {name: value if name in DAYS else value or 0 for name, value in counted_rows.items()}


def amount_of(job: ValidationJob) -> str | None:
    """The column of its money, where the extract has one."""
    amount = job.dataset.amount
    return amount if amount in {*job.extract.columns, *job.extract.constants} else None
