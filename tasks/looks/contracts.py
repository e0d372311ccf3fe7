"""What contracts seem to be, and are not: ends that are covered, ends that stand for none, a past of which only the present is left."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false, reportOperatorIssue=false

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from expectations.text import counted
from tasks.looks.seen import FEWEST_ROWS, LARGE_PART, SMALL_PART
from tasks.store.history_notes import AGREED
from tasks.validation.id_differences import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.looks.problem import Problem
    from tasks.looks.seen import Seen

PAST_STEMS = ("paus", "cancel", "suspend", "inactiv", "expired", "ended", "terminat", "on hold", "kündig")
"""How states are called of contracts that were in force before."""


def _ends(seen: Seen) -> Iterator[Problem]:
    ends, starts = seen.counts.get("ends", 0), seen.counts.get("first_days", 0)
    last_days = seen.counts.get("ends_on_last_days", 0)
    if ends >= FEWEST_ROWS and last_days > (1 - SMALL_PART) * ends and starts > LARGE_PART * seen.counts["rows"]:
        theirs = seen.extract.columns.get("ends_on", "ends_on")
        yield seen.problem(
            f"`{theirs}`: expected the first day that is no longer covered, found {last_days:,} of {counted(ends, 'end')} "
            f"on the last day of a month: it seems to be the last day that is covered, so that customers leave a day early; write "
            f"{replacing(seen.name, theirs, 'CAST({} AS DATE) + 1')}",
            ("columns", "ends_on"),
        )


def _next_terms(seen: Seen) -> Iterator[Problem]:
    """Terms of which most end on the day before the customer's next begins."""
    if seen.job.dataset.name != "contracts" or "ends_on" not in seen.extract.columns:
        return
    following = ibis.window(group_by="customer_id", order_by="starts_on")
    terms = seen.rows.mutate(next_on=seen.rows.starts_on.lead().over(following)).filter(lambda rows: rows.ends_on.notnull())
    is_day_before = terms.next_on == terms.ends_on + ibis.interval(days=1)
    counts = terms.aggregate(followed=terms.next_on.count(), day_before=is_day_before.sum().fill_null(0))
    (days,) = counts.to_pyarrow().to_pylist()
    if days["day_before"] >= FEWEST_ROWS and days["day_before"] > LARGE_PART * days["followed"]:
        theirs = seen.extract.columns["ends_on"]
        yield seen.problem(
            f"`{theirs}`: expected the first day that is no longer covered, found {days['day_before']:,} of {days['followed']:,} ends on "
            "the day before the customer's next contract begins: it seems to be the last day that is covered, so that customers leave "
            f"for a day; write {replacing(seen.name, theirs, 'CAST({} AS DATE) + 1')}",
            ("columns", "ends_on"),
        )


def _open_ends(seen: Seen) -> Iterator[Problem]:
    if seen.counts.get("far_ends"):
        theirs = seen.extract.columns.get("ends_on", "ends_on")
        yield seen.problem(
            f"`{theirs}`: expected an open end as an empty value, found {counted(seen.counts['far_ends'], 'row')} with a day "
            f'that stands for one; write `read: {{open_ended: ["{seen.counts["last_end"]}"]}}` with the text as the file has it',
            ("columns", "ends_on"),
        )


def _histories(seen: Seen) -> Iterator[Problem]:
    """Contracts of which only the present is left, although they were something else before."""
    if seen.job.dataset.name != "contracts" or seen.extract.versions:
        return
    changed = _changed_contracts_count(seen) if seen.extract.changed_at else 0
    if changed:
        yield seen.problem(
            f"{counted(changed, 'contract')} with versions of another amount, state, plan or number of seats, of which the latest is "
            "applied to the whole past; write `versions: true`, so that each version holds from its day until the next",
            ("changed_at",),
            is_remark=True,
        )
    excluded = [
        status
        for status in seen.statuses
        if status.status and not status.is_counted and any(stem in status.status.lower() for stem in PAST_STEMS)
    ]
    if excluded:
        contracts, states = (
            counted(sum(status.rows_count for status in excluded), "contract"),
            "`, `".join(status.status for status in excluded),
        )
        yield seen.problem(
            f"no day of {contracts} in a state that does not count (`{states}`) counts, not of their past either, since only the "
            "state of today is there; map the day on which they ended as `ends_on`, or export each state with its day (`versions: true`)",
            ("columns", "status"),
            is_remark=True,
        )


def _changed_contracts_count(seen: Seen) -> int:
    """Contracts whose versions agree something else."""
    agreed = [seen.rows[name].cast("string").fill_null("") for name in AGREED]
    counts = seen.rows.group_by("record_key").agg(**{f"n{number}": column.nunique() for number, column in enumerate(agreed)})
    changed = counts.filter(ibis.or_(*(counts[f"n{number}"] > 1 for number in range(len(agreed)))))
    return int(changed.count().to_pyarrow().as_py())


LOOKS_AT_CONTRACTS = (_ends, _next_terms, _open_ends, _histories)
