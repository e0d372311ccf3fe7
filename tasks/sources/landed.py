"""What reading an extract hands on, and what is known of it later."""

from __future__ import annotations

import dataclasses
import json
import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow.parquet

from config.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from expectations.tie_out import AppliedCorrection, DeclaredTotal
    from expectations.verdict import MatchedKeys


log = logging.getLogger(__name__)
NOT_REMEMBERED = frozenset({"path", "declared", "uncorrected_fingerprint", "uncorrected_amount", "corrections", "matched", "has_unclear"})
"""What is not known of a landed file from itself: where it is, what its source says of it today, how it is corrected, whose rows it has."""


class SourceError(Refusal):
    """An extract cannot be read; the message says what was expected, what was found, where, and what to do."""


class MissingExtractError(SourceError):
    """No file of an extract has arrived; the message says where it was expected."""

    state_name = "Extract missing"


@dataclass(frozen=True)
class Landed:
    """One extract as it was landed: a Parquet file, and what was read into it.

    The file has every column of the shared table (typed; empty where the extract has none), the extract's attributes
    (text), and `record_key` (text), `source_file` (text), `source_row` (int64, 1-based place of the record below the
    headings), `changed_at` (text as found, or empty) and `unreadable` (text naming each value that could not be read
    as its kind, `amount='abc'; purchased_on='2026-13-45'`, or empty).
    Amounts are decimal(18, 4) in the row's own currency; dates are local dates of the company's time zone.
    """

    extract: str
    silo: str
    dataset: str
    path: Path
    fingerprint: str
    """SHA-256 over the files' bytes, or over the rows that a database gave, and over what was asked of them."""
    files: tuple[str, ...]
    """Names of the files, or of the table, that were read; never a URL with its password."""
    file_rows_count: int
    """Records in its own files below the headings; of an extract that `sql` makes of others alone, the rows made."""
    dropped_rows_count: int
    """Records that `drop_rows_where` told to pass over."""
    rows_count: int
    """Rows landed: after `sql`, if there is one; otherwise file_rows_count - dropped_rows_count."""
    amount: Decimal | None
    """Sum of the shared table's amount column over the rows landed, currencies mixed as they are; none without one."""
    covers_from: date | None
    """First day of its event column."""
    covers_through: date | None
    """Last day that the extract covers: as declared, or the latest day of its event column."""
    amount_in_force: Decimal | None = None
    """Where versions are a history: the sum over the latest version of each key on the last day covered; none elsewhere."""
    notes: tuple[str, ...] = ()
    """What reading has changed or passed over, or would have a person look at, in sentences without an id."""
    advice: tuple[str, ...] = ()
    """Those of the notes that say which line to write in sources.yaml."""
    declared: DeclaredTotal | None = None
    """What the source itself says that it holds, asked anew each time."""
    uncorrected_fingerprint: str = ""
    """Fingerprint of what was landed, where the company has corrected it since; empty: it is as it was landed."""
    uncorrected_amount: Decimal | None = None
    """Its amount before it was corrected."""
    corrections: tuple[AppliedCorrection, ...] = ()
    """What became of every correction that is about it."""
    matched: tuple[MatchedKeys, ...] = ()
    """Whose its rows are, a column that names customers each; empty before that is looked at."""
    has_unclear: bool = False
    """Whether rows of it say why it is not certain whose they are."""

    @property
    def records_count(self) -> int:
        """Records that the source gave, as its control total counts them."""
        return self.file_rows_count - self.dropped_rows_count

    @property
    def source_fingerprint(self) -> str:
        """Fingerprint of what was landed, before any correction."""
        return self.uncorrected_fingerprint or self.fingerprint

    @property
    def source_amount(self) -> Decimal | None:
        """The amount that the source gave, which its control total is about; of versions that are a history, those in force."""
        if self.amount_in_force is not None:
            return self.amount_in_force
        return self.uncorrected_amount if self.uncorrected_fingerprint else self.amount


class Advice(str):
    """A note that says which line to write in sources.yaml."""

    __slots__ = ()


def as_json(landed: Landed) -> str:
    """What is known of a landed file, as it is written beside it."""
    data = {name: value for name, value in dataclasses.asdict(landed).items() if name not in NOT_REMEMBERED}
    return json.dumps(data, default=str, indent=1)


def read_landed(path: Path, fingerprint: str, *, removes_damaged: bool) -> Landed | None:
    """What is known of a landed file; none where it, or the knowledge, is not there or damaged.

    To be read anew, what is damaged is removed: what is there under its name is not written again.
    """
    try:
        data = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        days = {name: data[name] and date.fromisoformat(data[name]) for name in ("covers_from", "covers_through")}
        money = {name: data[name] and Decimal(data[name]) for name in ("amount", "amount_in_force")}
        texts = {name: tuple(data.get(name, ())) for name in ("files", "notes", "advice")}
        landed = Landed(**{**data, **days, **money, **texts, "path": path})
        is_whole = pyarrow.parquet.read_metadata(path).num_rows == landed.rows_count
    except FileNotFoundError:
        return None
    except (ArithmeticError, KeyError, OSError, TypeError, ValueError):
        landed, is_whole = None, False
    if not is_whole:
        log.warning("landed file %s is damaged%s", path.name, ", its extract is read anew" if removes_damaged else "")
    if not is_whole and removes_damaged:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
    return landed if is_whole and landed and landed.fingerprint == fingerprint else None
