"""The states of accepted purchases and contracts: how many rows each has, of which sign their amounts are, whether they count."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from config.datasets import DATASETS
from tasks.reporting.model import StatusProfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.backends.duckdb import Backend

    from config.company import Company
    from expectations.verdict import Accepted

MOST_STATUSES = 1_000
"""States of an extract that are looked at, those with the most rows first."""


def status_profiles(connection: Backend, company: Company, accepted: Sequence[Accepted]) -> Iterator[StatusProfile]:
    """A profile for every state of every extract whose rows have states."""
    for extract in accepted:
        declared = company.sources.extracts[extract.extract]
        if "status" in DATASETS[extract.dataset].column_names and "status" in {*declared.columns, *declared.constants}:
            yield from _profiles(connection, extract, excluded=company.definitions.activity.excluded_statuses)


def _profiles(connection: Backend, extract: Accepted, *, excluded: Sequence[str]) -> Iterator[StatusProfile]:
    rows = connection.read_parquet(extract.path)
    amount = rows[DATASETS[extract.dataset].amount or ""]
    statuses = rows.group_by(status=rows.status.fill_null("")).agg(
        rows_count=rows.count(),
        positive_count=(amount > 0).sum().fill_null(0),
        zero_count=(amount == 0).sum().fill_null(0),
        negative_count=(amount < 0).sum().fill_null(0),
        amount=amount.sum().fill_null(0),
        positive_amount=amount.sum(where=amount > 0).fill_null(0),
    )
    for row in connection.to_pyarrow(statuses.order_by(ibis.desc("rows_count"), "status").limit(MOST_STATUSES)).to_pylist():
        yield StatusProfile(extract.extract, is_counted=row["status"] not in excluded, **row)
