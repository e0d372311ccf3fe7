"""What sources say of their own extracts, and what the company corrects in them: two tables of the page Data quality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.language import gettext, gettext_noop, ngettext
from tasks.reporting.blocks import Column, Marked, Table
from tasks.reporting.text import format_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from expectations.tie_out import AppliedCorrection, CorrectionState, TieOut
    from tasks.reporting.blocks import CellValue, ColourRole
    from tasks.reporting.model import ScorecardData

TIE_OUT_COLUMNS = (
    Column("Extract", "text"),
    Column("Said by", "text"),
    Column("Result", "text"),
    Column("Currency", "text", is_indented=True),
    Column("", "text"),
    Column("Counted in", "text", colour_role="quiet"),
    Column("The source says", "figure"),
    Column("Read", "figure"),
    Column("Difference", "signed_figure"),
)
CORRECTION_COLUMNS = (
    Column("Owner", "text"),
    Column("Correction", "text"),
    Column("Reason", "text"),
    Column("Entered on", "day"),
    Column("Expires on", "day"),
    Column("Result", "text"),
    Column("Rows"),
    Column("Money changed", "signed_money"),
)
RESULTS: dict[CorrectionState, str] = {
    "applied": gettext_noop("applied"),
    "gone": gettext_noop("no longer needed"),
    "other value": gettext_noop("another value"),
    "no such row": gettext_noop("no such row"),
    "expired": gettext_noop("expired"),
}


def tie_out_table(data: ScorecardData) -> Table:
    """Every control total that a source declares against what was read, to the row and the cent."""
    declaring = {tied.extract for tied in data.tie_outs}
    silent = [totals.extract for totals in data.totals if totals.extract not in declaring]
    return Table(
        gettext("Control totals: what the sources say"),
        TIE_OUT_COLUMNS,
        tuple(row for tied in data.tie_outs for row in _tie_out(tied)),
        note=_silent_note(silent),
        note_column=3,
        has_headings=bool(data.tie_outs),
        when_empty="",
        is_wrapped=True,
        is_ruled=True,
    )


def _silent_note(silent: Sequence[str]) -> str:
    """Which extracts have no control total."""
    names = ", ".join(silent)
    without = ngettext("{count} extract without: {names}.", "{count} extracts without: {names}.", len(silent), names=names)
    return without if silent else gettext("Every extract has one.")


def _tie_out(tied: TieOut) -> Iterator[tuple[CellValue, ...]]:
    """A row for rows, and one for money, as far as the source says them; the second goes on with the first."""
    colour_role: ColourRole = "in" if tied.ties_out else "out"
    currency = tied.declared.currency or Marked(gettext("not said"), "quiet")
    about: tuple[CellValue, ...] = (tied.extract, tied.declared.said_by, Marked(_result(tied), colour_role), currency, None)
    if tied.declared.rows is not None:
        yield *about, gettext("rows"), tied.declared.rows, tied.rows_count, Marked(tied.rows_difference, colour_role, is_bold=True)
        about = (None,) * len(about)
    if tied.declared.amount is not None:
        read = Marked(gettext("no amounts"), "quiet") if tied.amount is None else tied.amount
        yield *about, gettext("money"), tied.declared.amount, read, Marked(tied.amount_difference, colour_role, is_bold=True)


def _result(tied: TieOut) -> str:
    if tied.ties_out:
        return gettext("ties out")
    reason = tied.allowed_because
    if not tied.allowed_until:
        return gettext("differs; the company allows it: {reason}", reason=reason)
    return gettext("differs; the company allows it until {day}: {reason}", day=format_day(tied.allowed_until), reason=reason)


def correction_tables(data: ScorecardData) -> tuple[Table, ...]:
    """Every correction of the company, with what it did; nothing where there are none."""
    title, rows = gettext("Corrections by the company, before the rules are applied"), tuple(map(_correction, data.corrections))
    return (Table(title, CORRECTION_COLUMNS, rows, is_wrapped=True),) if rows else ()


def _correction(correction: AppliedCorrection) -> tuple[CellValue, ...]:
    return (
        correction.owner,
        correction.says,
        correction.reason,
        correction.entered_on,
        correction.expires_on,
        Marked(gettext(RESULTS[correction.state]), "base" if correction.state == "applied" else "out", is_bold=True),
        correction.rows_count,
        Marked(gettext("no money"), "quiet") if correction.amount is None else correction.amount,
    )
