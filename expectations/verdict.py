"""What judging an extract hands on: every rule with what was found, and what became of every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads the annotations when what was accepted is kept and read back
from decimal import Decimal
from pathlib import Path  # noqa: TC003 - the same
from typing import Literal

from config.definitions import IfBroken  # noqa: TC001 - the same
from config.refusal import Refusal
from expectations.tie_out import AppliedCorrection, TieOut  # noqa: TC001 - the same

State = Literal["kept", "broken", "errored"]


class RefusedError(Refusal):
    """The data is refused: a rule that stops is broken, or the numbers do not add up. The message says which and what to do."""


@dataclass(frozen=True)
class RuleResult:
    """One rule, what it says, and what was found."""

    rule_id: str
    """`extract.rule`, unique in a run."""
    extract: str
    says: str
    why: str
    check: str
    if_broken: IfBroken
    state: State
    rows_count: int
    """Rows that were judged."""
    unexpected_count: int
    """Rows that break the rule, by the judge; 1 or 0 for a rule about the whole table."""
    set_aside_count: int
    """Rows that this rule sets aside (a row may break several)."""
    amount: Decimal | None
    """Money in the rows that break the rule, in the rows' own currencies; none where the table carries none."""
    found: str
    """In words, without any customer's data."""
    relaxed_because: str | None = None
    """The company's reason, where its folder made the rule milder."""


@dataclass(frozen=True)
class ControlTotals:
    """Rows and money of one extract: read = used + set aside + superseded, to the unit."""

    extract: str
    rows_read_count: int
    rows_used_count: int
    rows_set_aside_count: int
    rows_superseded_count: int
    amount_read: Decimal | None
    amount_used: Decimal | None
    amount_set_aside: Decimal | None
    amount_superseded: Decimal | None

    @property
    def rows_residual_count(self) -> int:
        """Rows that are unaccounted for; anything but 0 stops publication."""
        return self.rows_read_count - self.rows_used_count - self.rows_set_aside_count - self.rows_superseded_count

    @property
    def amount_residual(self) -> Decimal | None:
        """Money that is unaccounted for; anything but 0 stops publication."""
        if self.amount_read is None:
            return None
        parts = (self.amount_used, self.amount_set_aside, self.amount_superseded)
        return self.amount_read - sum((part for part in parts if part is not None), start=Decimal(0))


@dataclass(frozen=True)
class MatchedKeys:
    """How many rows of an extract say in a column whose they are, and by which rules that is a customer."""

    extract: str
    column: str
    rows_count: int
    """Rows with a key."""
    id_count: int
    crosswalk_count: int
    email_count: int
    """Rows whose key stands for one customer, each by the first rule that says so."""
    unmatched_count: int
    """Rows whose key stands for nobody whom the company knows."""
    ambiguous_count: int
    """Rows whose key stands for several customers, which is never guessed."""
    alike_count: int = 0
    """Keys that differ only in capitals from ids that other extracts have, and count as different."""

    @property
    def matched_count(self) -> int:
        """Rows whose key stands for one customer."""
        return self.id_count + self.crosswalk_count + self.email_count


@dataclass(frozen=True)
class Accepted:
    """One extract as it was accepted: the rows to use, the rows set aside with their reasons, every rule's verdict.

    `path` has the columns of the landed file without `unreadable`; `set_aside_path` has all of them and `broken_rules`
    (text, rule ids joined by `, `); `superseded_path` has the older versions of a key.
    """

    extract: str
    silo: str
    dataset: str
    path: Path
    set_aside_path: Path
    superseded_path: Path
    fingerprint: str
    totals: ControlTotals
    verdicts: tuple[RuleResult, ...]
    covers_from: date | None
    covers_through: date | None
    files: tuple[str, ...] = ()
    """Names of the files, or of the table, that were read."""
    read_fingerprint: str = ""
    """SHA-256 over what was read; unlike `fingerprint`, which also changes with the day and the rules of the judging."""
    source_fingerprint: str = ""
    """SHA-256 over what was landed, before the company's corrections."""
    notes: tuple[str, ...] = ()
    """What reading has changed or passed over, or would have a person look at."""
    tie_out: TieOut | None = None
    """What the source itself says that it holds, against what was read; none where it says nothing."""
    corrections: tuple[AppliedCorrection, ...] = ()
    """What became of the company's corrections of it."""
    matched: tuple[MatchedKeys, ...] = ()
    """Whose its rows are, a column that names customers each."""
