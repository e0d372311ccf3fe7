"""What reading an extract hands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.refusal import Refusal

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal
    from pathlib import Path

    from expectations.tie_out import AppliedCorrection, DeclaredTotal


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
    """Records in the files below the headings."""
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
    declared: DeclaredTotal | None = None
    """What the source itself says that it holds, asked anew each time."""
    uncorrected_fingerprint: str = ""
    """Fingerprint of what was landed, where the company has corrected it since; empty: it is as it was landed."""
    uncorrected_amount: Decimal | None = None
    """Its amount before it was corrected."""
    corrections: tuple[AppliedCorrection, ...] = ()
    """What became of every correction that is about it."""

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
