"""Correct: what the company knows better than its extracts, applied to landed rows, counted, and told when it is no longer needed."""

# Ibis gives its columns their types when the table is known, which a type checker cannot see.
# pyright: reportArgumentType=false, reportAssignmentType=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportOperatorIssue=false, reportReturnType=false

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import ibis
from ibis import _

from config.corrections import kind_of
from config.sources import NAMES_A_CUSTOMER
from config.whole_files import is_usable
from expectations.quarantine import repeated_keys, with_age
from expectations.tie_out import AppliedCorrection, CorrectionState
from tasks.steps import tracked
from tasks.store.engine import atomic_write, engine

if TYPE_CHECKING:
    from pathlib import Path

    from ibis.backends.duckdb import Backend
    from ibis.expr.types import Table

    from config.company import Company
    from config.corrections import Correction
    from config.datasets import Kind
    from config.settings import Settings
    from config.sources import Extract
    from tasks.sources import Landed
    from tasks.store.engine import Home

LETTERS_SHOWN = 60
"""How much of a value that could not be read is kept with its row."""
BETWEEN_COMPLAINTS = "; "


@dataclass(frozen=True)
class CorrectionJob:
    """One landed extract and the corrections that are about it."""

    company: Company
    landed: Landed
    as_of: date

    @property
    def extract(self) -> Extract:
        """The extract as sources.yaml has it."""
        return self.company.sources.extracts[self.landed.extract]

    @property
    def amount(self) -> str | None:
        """The column of its money; none where it carries none."""
        return self.extract.shared.amount if self.extract.shared and self.landed.amount is not None else None

    @property
    def of_rows(self) -> list[tuple[int, Correction]]:
        """The corrections of its rows, with their place in the file."""
        return [
            (number, correction)
            for number, correction in enumerate(self.company.corrections.corrections)
            if correction.extract == self.landed.extract
        ]

    @property
    def merges(self) -> list[tuple[int, Correction]]:
        """The customers who are one, where its rows name customers."""
        names_some = bool(set(NAMES_A_CUSTOMER) & {*self.extract.columns, *self.extract.constants})
        return [
            (number, correction)
            for number, correction in enumerate(self.company.corrections.corrections)
            if correction.merge and names_some
        ]

    @property
    def is_idle(self) -> bool:
        """Whether nothing is said of its rows."""
        return not self.of_rows and not self.merges

    def is_in_force(self, correction: Correction) -> bool:
        """Whether a correction has not expired."""
        return self.as_of <= correction.expires_on

    def outcome(self, number: int, correction: Correction, *, state: CorrectionState, rows: tuple[int, Decimal]) -> AppliedCorrection:
        """What became of a correction, in rows and in money."""
        rows_count, amount = rows
        return AppliedCorrection(
            number=number,
            says=correction.description,
            reason=correction.reason,
            owner=correction.owner,
            entered_on=correction.entered_on,
            expires_on=correction.expires_on,
            state=state,
            rows_count=rows_count,
            amount=amount if self.amount else None,
        )


NOTHING_CHANGED = (0, Decimal(0))


def correct_landed(company: Company, landed: Landed, *, settings: Settings, home: Home, as_of: date) -> Landed:
    """A landed extract with the company's corrections; the same one where none changes it."""
    job = CorrectionJob(company, landed, as_of)
    if job.is_idle:
        return landed
    with engine(settings) as connection:
        rows, outcomes = _corrected(job, connection.read_parquet(landed.path))
        applied = [outcome for outcome in outcomes if outcome.state == "applied"]
        if not applied:
            return replace(landed, corrections=outcomes)
        fingerprint = _fingerprint(job, applied)
        path = home.corrected(landed.extract, fingerprint)
        if not is_usable(path):
            with atomic_write(path) as unfinished:
                connection.to_parquet(rows, unfinished, compression="zstd")
        return _as_landed(job, connection, path=path, fingerprint=fingerprint, outcomes=outcomes)


def _fingerprint(job: CorrectionJob, applied: list[AppliedCorrection]) -> str:
    corrections = job.company.corrections.corrections
    changes = [
        corrections[outcome.number].model_dump(mode="json", exclude={"reason", "owner", "entered_on", "expires_on"}) for outcome in applied
    ]
    return hashlib.sha256((job.landed.fingerprint + json.dumps(changes, sort_keys=True)).encode()).hexdigest()


def _as_landed(job: CorrectionJob, connection: Backend, *, path: Path, fingerprint: str, outcomes: tuple[AppliedCorrection, ...]) -> Landed:
    rows, landed, shared = connection.read_parquet(path), job.landed, job.extract.shared
    assert shared is not None, "an extract that is only joined is not landed"
    sums = {"rows_count": rows.count()}
    if job.amount:
        sums["amount"] = rows[job.amount].sum().fill_null(0)
    if shared.event_on:
        sums |= {"covers_from": rows[shared.event_on].min(), "covers_through": rows[shared.event_on].max()}
    (totals,) = connection.to_pyarrow(rows.agg(**sums)).to_pylist()
    covers_through = job.extract.covers_through or totals.pop("covers_through", None)
    changes = {**totals, "covers_through": covers_through, "path": path, "fingerprint": fingerprint, "corrections": outcomes}
    return replace(landed, uncorrected_fingerprint=landed.fingerprint, uncorrected_amount=landed.amount, **changes)


def _corrected(job: CorrectionJob, rows: Table) -> tuple[Table, tuple[AppliedCorrection, ...]]:
    """The rows with every correction that is in force, one after the other, and what became of each."""
    outcomes: list[AppliedCorrection] = []
    for number, correction in (*job.of_rows, *job.merges):
        if not job.is_in_force(correction):
            outcomes.append(job.outcome(number, correction, state="expired", rows=NOTHING_CHANGED))
        elif not correction.merge:
            rows, became = _of_a_row(job, rows, number=number, correction=correction)
            outcomes.append(became)
    merges = [(number, correction) for number, correction in job.merges if job.is_in_force(correction)]
    outcomes += [_merge_outcome(job, rows, number=number, correction=correction) for number, correction in merges]
    return _merged(job, rows, [correction for _number, correction in merges]), tuple(outcomes)


def _of_a_row(job: CorrectionJob, rows: Table, *, number: int, correction: Correction) -> tuple[Table, AppliedCorrection]:
    is_meant = (rows.record_key == correction.key).fill_null(False)
    meant = rows.filter(is_meant)
    state = _state(job, meant, correction)
    if state != "applied":
        return rows, job.outcome(number, correction, state=state, rows=NOTHING_CHANGED)
    if correction.drop:
        changed = _changed(job, meant, to=None, is_left_out=True)
        return rows.filter(~is_meant), job.outcome(number, correction, state=state, rows=changed)
    kind, column = kind_of(job.extract, correction.column or ""), correction.column or ""
    assert kind is not None, "the company's folder was checked"
    is_wrong = is_meant & _holds(rows, column, correction.wrong, kind=kind)
    right = _as_typed(rows, column, correction.to, kind=kind)
    new_amount = Decimal(correction.to or 0) if column == job.amount else None
    changed = _changed(job, rows.filter(is_wrong), to=new_amount)
    values = {column: is_wrong.ifelse(right, rows[column])}
    values["unreadable"] = is_wrong.ifelse(_without_complaint(rows, column), rows.unreadable)
    return rows.mutate(**values), job.outcome(number, correction, state=state, rows=changed)


def _state(job: CorrectionJob, meant: Table, correction: Correction) -> CorrectionState:
    """What is to be done, by the latest version of the row; by all of them where they are a history, which is rewritten."""
    latest = meant
    if not job.extract.versions:
        latest = with_age(meant, repeated_keys(meant), dates=job.extract.read.dates).filter(_.age == 0)
    if correction.drop:
        return "applied" if latest.count().to_pyarrow().as_py() else "gone"
    kind, column = kind_of(job.extract, correction.column or ""), correction.column or ""
    assert kind is not None, "the company's folder was checked"
    is_wrong, is_right = (_holds(latest, column, value, kind=kind) for value in (correction.wrong, correction.to))
    (counts,) = latest.agg(rows=latest.count(), wrong=is_wrong.sum(), right=is_right.sum()).to_pyarrow().to_pylist()
    if not counts["rows"]:
        return "no such row"
    return "applied" if counts["wrong"] else "gone" if counts["right"] else "other value"


def _holds(rows: Table, column: str, text: str | None, *, kind: Kind) -> Any:  # noqa: ANN401 - Ibis knows at run time what a column holds
    """Whether a row holds a value, be it one that could not be read."""
    if text is None:
        return rows[column].isnull() & ~_complains(rows, column)
    could_not_be_read = rows.unreadable.fill_null("").contains(f"{column}='{text[:LETTERS_SHOWN]}'")
    typed = _readable(text, kind)
    return could_not_be_read if typed is None else could_not_be_read | (rows[column] == _literal(typed, rows, column)).fill_null(False)


def _as_typed(rows: Table, column: str, text: str | None, *, kind: Kind) -> Any:  # noqa: ANN401 - the same
    return ibis.null(rows[column].type()) if text is None else _literal(_readable(text, kind), rows, column)


def _literal(value: object, rows: Table, column: str) -> Any:  # noqa: ANN401 - the same
    return ibis.literal(value).cast(rows[column].type())


def _readable(text: str, kind: Kind) -> object | None:
    """The text as a value of its kind; none where it is no such value."""
    try:
        match kind:
            case "date":
                return date.fromisoformat(text)
            case "amount" | "rate":
                return Decimal(text)
            case "integer":
                return int(Decimal(text))
            case "boolean":
                return {"true": True, "false": False}.get(text)
            case _:
                return text
    except (ValueError, ArithmeticError):
        return None


def _complains(rows: Table, column: str) -> Any:  # noqa: ANN401 - the same
    return rows.unreadable.fill_null("").contains(f"{column}='")


def _without_complaint(rows: Table, column: str) -> Any:  # noqa: ANN401 - the same
    complaints = rows.unreadable.split(BETWEEN_COMPLAINTS).filter(lambda complaint: ~complaint.startswith(f"{column}='"))
    return complaints.join(BETWEEN_COMPLAINTS).nullif("")


def _changed(job: CorrectionJob, rows: Table, *, to: Decimal | None, is_left_out: bool = False) -> tuple[int, Decimal]:
    """How many rows change, and by how much their money does: to another amount, or wholly for a row that is left out."""
    if job.amount is None or (to is None and not is_left_out):
        return int(rows.count().to_pyarrow().as_py()), Decimal(0)
    before: Any = rows[job.amount]
    (totals,) = rows.agg(rows_count=rows.count(), amount=before.sum().fill_null(0)).to_pyarrow().to_pylist()
    return int(totals["rows_count"]), totals["rows_count"] * (to or Decimal(0)) - totals["amount"]


def _merge_outcome(job: CorrectionJob, rows: Table, *, number: int, correction: Correction) -> AppliedCorrection:
    names_one = [rows[column].isin(correction.merge) for column in NAMES_A_CUSTOMER if column in rows.columns]
    is_meant = reduce(or_, names_one)
    rows_count = int(rows.filter(is_meant).count().to_pyarrow().as_py())
    return job.outcome(number, correction, state="applied" if rows_count else "gone", rows=(rows_count, Decimal(0)))


def _merged(job: CorrectionJob, rows: Table, merges: list[Correction]) -> Table:
    """The rows with every merged customer under its master; of the table of customers, the master's own row stays."""
    merged_into = {customer_id: correction.into for correction in merges for customer_id in correction.merge}
    if not merged_into:
        return rows
    if job.landed.dataset == "customers":
        has_row = rows.filter(rows.customer_id.isin(list(merged_into.values()))).select(master="customer_id").distinct()
        under = rows.mutate(master=_under(rows.customer_id, merged_into))
        is_absorbed = under.customer_id.isin(list(merged_into)) & under.master.isin(has_row.master)
        rows = under.filter(~is_absorbed.fill_null(False)).drop("master")
    return rows.mutate(**{column: _under(rows[column], merged_into) for column in NAMES_A_CUSTOMER if column in rows.columns})


def _under(customer_id: Any, merged_into: dict[str, str | None]) -> Any:  # noqa: ANN401 - the same
    return ibis.cases(*((customer_id == merged_id, master) for merged_id, master in merged_into.items()), else_=customer_id)


_correct_step = tracked(correct_landed, name="correct", run_name="correct {landed.extract}")


def correct(company: Company, landed: Landed, *, settings: Settings, home: Home, as_of: date) -> Landed:
    """The same as a step of its own, where there is anything to correct."""
    is_idle = CorrectionJob(company, landed, as_of).is_idle
    return landed if is_idle else _correct_step(company, landed, settings=settings, home=home, as_of=as_of)
