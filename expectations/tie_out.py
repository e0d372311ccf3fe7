"""What a source says of its own extract, and what a company corrects in it: told beside the rules' verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date  # noqa: TC003 - pydantic reads the annotations when what was accepted is kept and read back
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from config.control_total import ControlTotal
    from config.definitions import AllowedDifference

CorrectionState = Literal["applied", "gone", "other value", "no such row", "expired"]

TO_LOOK_AT: dict[CorrectionState, str] = {
    "gone": "its error is gone at the source; remove it from corrections.yaml",
    "other value": "the row now holds neither the wrong value nor the right one, so it was left alone; look at the row",
    "no such row": "there is no row with this key; correct the key, or remove the correction",
    "expired": "it expired on {expiry} and is no longer applied; get the source mended, or extend it",
}
"""What a correction that did nothing asks of its owner."""
IN_SOURCES = "sources.yaml"
"""Who says a control total that is declared as a number."""


@dataclass(frozen=True)
class DeclaredTotal:
    """Rows and money that the source itself says its extract holds."""

    rows: int | None
    amount: Decimal | None
    currency: str | None
    """Currency of the amount; none: not said."""
    said_by: str
    """Where it says so: sources.yaml, a query, the name of a file."""


@dataclass(frozen=True)
class TieOut:
    """A source's own total against what was read, and why a difference is allowed, if it is."""

    extract: str
    declared: DeclaredTotal
    rows_count: int
    """Rows that were read."""
    amount: Decimal | None
    """Money that was read, before any correction."""
    allowed_because: str | None = None
    allowed_until: date | None = None

    @property
    def rows_difference(self) -> int:
        """Rows read less rows declared; 0 where none are declared."""
        return 0 if self.declared.rows is None else self.rows_count - self.declared.rows

    @property
    def amount_difference(self) -> Decimal:
        """Money read less money declared; 0 where none is declared."""
        return Decimal(0) if self.declared.amount is None else (self.amount or Decimal(0)) - self.declared.amount

    @property
    def ties_out(self) -> bool:
        """Whether what the source declares is what was read, to the row and the cent."""
        declares_money_of_none = self.declared.amount is not None and self.amount is None
        return not self.rows_difference and not self.amount_difference and not declares_money_of_none


@dataclass(frozen=True)
class AppliedCorrection:
    """One correction of the company, and what became of it in one extract, or in all."""

    number: int
    """Its place in corrections.yaml, from 0."""
    says: str
    reason: str
    owner: str
    entered_on: date
    expires_on: date
    state: CorrectionState
    rows_count: int
    """Rows that it changed or left out."""
    amount: Decimal | None
    """By how much it changed the extract's money; none where the extract carries none."""


def in_numbers(declared: ControlTotal | None) -> DeclaredTotal | None:
    """A control total that sources.yaml itself holds; none for one that is asked for or arrives in a file."""
    if declared is None or declared.query or declared.file:
        return None
    return DeclaredTotal(declared.rows, declared.amount, declared.currency, IN_SOURCES)


def tie_out(
    extract: str,
    declared: DeclaredTotal | None,
    *,
    actual: tuple[int, Decimal | None],
    allowed: Sequence[AllowedDifference],
    as_of: date,
) -> TieOut | None:
    """The source's own total against what was found, rows and money, with the difference that the company allows for now.

    None where the source declares no total.
    """
    if declared is None:
        return None
    rows_count, amount = actual
    now = [difference for difference in allowed if difference.extract == extract and difference.until >= as_of]
    because, until = (now[0].because, now[0].until) if now else (None, None)
    return TieOut(extract, declared, rows_count, amount, because, until)


def corrections_in_all(applied: Iterable[AppliedCorrection]) -> tuple[AppliedCorrection, ...]:
    """Every correction once, in the order of the file: what it did in all extracts together."""
    together: dict[int, AppliedCorrection] = {}
    for correction in applied:
        so_far = together.setdefault(correction.number, correction)
        if so_far is not correction:
            amounts = [amount for amount in (so_far.amount, correction.amount) if amount is not None]
            state = so_far.state if correction.state == "gone" else correction.state
            rows_count = so_far.rows_count + correction.rows_count
            amount = sum(amounts, Decimal(0)) if amounts else None
            together[correction.number] = replace(so_far, state=state, rows_count=rows_count, amount=amount)
    return tuple(together[number] for number in sorted(together))


def corrections_to_look_at(corrections: Iterable[AppliedCorrection]) -> Iterator[str]:
    """What somebody has to do about corrections that are no longer needed, no longer applied, or fit nothing: a sentence each."""
    for correction in corrections:
        if correction.state in TO_LOOK_AT:
            action = TO_LOOK_AT[correction.state].format(expiry=correction.expires_on)
            yield f"Correction {correction.number + 1} ({correction.says}; owner {correction.owner}): {action}."
